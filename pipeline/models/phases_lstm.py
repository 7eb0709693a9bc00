"""The bi-LSTM on windows of frames: two layers in both directions, one number per class for every frame. torch loads
when built.
"""

from typing import TYPE_CHECKING

from pipeline.catalogue.phase_recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

LAYERS = 2


def build(width: int, classes: int, recipe: Recipe) -> "Module":
    """A new network for features of this width, started by torch's generator."""
    from torch import nn

    hidden = recipe.hidden[0]
    lstm = nn.LSTM(width, hidden, LAYERS, batch_first=True, dropout=recipe.dropout, bidirectional=True)
    return nn.ModuleDict({"lstm": lstm, "drop": nn.Dropout(recipe.dropout), "out": nn.Linear(2 * hidden, classes)})


def forward(network: "Module", windows: "Tensor", lengths: "Tensor") -> "Tensor":
    """Logits (windows, frames, classes) of features (windows, frames, width); `lengths` (windows,): frames that are
    not padding. Padding is never read, not even from behind.
    """
    return network["out"](network["drop"](_hidden(network["lstm"], windows, lengths)))


def _hidden(lstm: "Module", windows: "Tensor", lengths: "Tensor") -> "Tensor":
    """Hidden states (windows, frames, both directions). Whole windows go without the packing that short ones need:
    packed, all of them would take up to twice as long.
    """
    import torch

    full = lengths == windows.shape[1]
    if bool(full.all()):
        return lstm(windows)[0]
    if not bool(full.any()):
        return _packed(lstm, windows, lengths)
    whole, short = full.nonzero()[:, 0], (~full).nonzero()[:, 0]
    parts = lstm(windows[whole])[0], _packed(lstm, windows[short], lengths[short])
    back = torch.argsort(torch.cat([whole, short]))
    return torch.cat(parts)[back]


def _packed(lstm: "Module", windows: "Tensor", lengths: "Tensor") -> "Tensor":
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    packed = pack_padded_sequence(windows, lengths, batch_first=True, enforce_sorted=False)
    return pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=windows.shape[1])[0]
