"""The linear head on single frames: layers with GELU and dropout, then one number per class. torch loads when built."""

from typing import TYPE_CHECKING

from pipeline.catalogue.phase_recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module


def build(width: int, classes: int, recipe: Recipe) -> "Module":
    """A new network for features of this width, started by torch's generator."""
    from torch import nn

    sizes, layers = (width, *recipe.hidden), []
    for before, after in zip(sizes, sizes[1:], strict=False):
        layers += [nn.Linear(before, after), nn.GELU(), nn.Dropout(recipe.dropout)]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], classes))


def forward(network: "Module", windows: "Tensor", lengths: "Tensor") -> "Tensor":
    """Logits (windows, frames, classes) of features (windows, frames, width); the neighbours do not matter."""
    return network(windows)
