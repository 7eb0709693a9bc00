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
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    whole = windows.shape[1]
    if bool((lengths == whole).all()):
        found, _ = network["lstm"](windows)
    else:
        packed = pack_padded_sequence(windows, lengths, batch_first=True, enforce_sorted=False)
        found, _ = pad_packed_sequence(network["lstm"](packed)[0], batch_first=True, total_length=whole)
    return network["out"](network["drop"](found))
