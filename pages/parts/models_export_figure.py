"""The forest plot of a fit for a paper: what it says, handed to `pipeline.figures.forest`."""

from typing import TYPE_CHECKING

from pages.parts.models_export_table import Export
from pipeline.figures import forest, paper
from pipeline.figures.paper import DOUBLE_MM, DPI, KINDS
from pipeline.steps.paper_fit import forest_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "draw_forest", "figure_bytes"]


def figure_bytes(export: Export, kind: str, width_mm: float = DOUBLE_MM, dpi: int = DPI) -> bytes:
    """The figure as a file (`kind` of `KINDS`): the same bytes for the same fit."""
    return paper.figure_bytes(lambda: draw_forest(export, width_mm), kind, dpi)


def draw_forest(export: Export, width_mm: float = DOUBLE_MM) -> "Figure":
    """Forest plot: a panel per person; models as a pair, the last one filled."""
    return forest.draw_forest(forest_of(export), width_mm)
