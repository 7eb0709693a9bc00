"""Which figure a view of a release has: its masked frame, handed to the charts that the analyst's pages have.

Nothing but the masked frame reaches a chart: what a chart needs beside that (words, n, what a colour means) is made of
the frame. What is hidden is said to be so, or left out where nothing of its kind is shown; the table has its cells.
"""

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go

from pages.parts import presented_forests, presented_panels, presented_shares
from pipeline.steps.open_release import ReleasedView
from pipeline.steps.release import ReleasedFrame
from pipeline.steps.report_figures import Draw, figure_of

Chart = Callable[[dict[str, object], pd.DataFrame], go.Figure | None]
CHARTS: dict[str, Chart] = {
    "draw_shares": presented_shares.shares, "draw_bins": presented_shares.bins,
    "draw_bands": presented_shares.bands, "draw_correlations": presented_shares.correlations,
    "draw_kappas": presented_forests.kappas, "draw_groups": presented_forests.groups,
    "draw_terms": presented_forests.terms, "draw_effect": presented_panels.effect,
    "draw_changes": presented_panels.changes, "draw_means": presented_panels.means,
    "draw_numbers": presented_panels.numbers,
}  # fmt: skip
"""Name of a chart in a release -> what draws it of the view's options and its masked frame."""


def figure(view: ReleasedView, released: ReleasedFrame) -> go.Figure | None:
    """The figure of a view; None where it is a table, or where nothing of it is shown."""
    draw = CHARTS.get(view.chart)
    return draw(view.options, _masked(released)) if draw else None


def paper_figure(view: ReleasedView, released: ReleasedFrame) -> Draw | None:
    """The same as a figure for a paper (`width_mm` may be given); None where there is none."""
    return figure_of(view, _masked(released))


def _masked(released: ReleasedFrame) -> pd.DataFrame:
    """The frame without anything that is hidden, whatever stands in those cells."""
    if not isinstance(released, ReleasedFrame):
        raise TypeError("only a ReleasedFrame may be drawn: pass the frame through release() first")
    frame = released.frame.reset_index(drop=True)
    hidden = released.hidden.reset_index(drop=True).reindex(columns=frame.columns, fill_value=False)
    return frame.mask(hidden.astype(bool)) if len(hidden) else frame
