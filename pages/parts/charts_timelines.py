"""All observations at once: which code fills each second, one row per observation, and the mean picture above."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, HATCH, base

MEAN_PX, LEAST_PX, ROW_PX, MOST_PX = 190, 260, 5, 900
TEXTS = 30_000
"""With more cells than this the names of the codes stay out of the hover labels: the page would become slow."""


def many_timelines(
    cells: np.ndarray,
    names: list[str],
    bands: list[tuple[str, int]],
    shares: pd.DataFrame,
    codes: pd.DataFrame,
    bin_ms: int,
) -> go.Figure:
    """Rows x time (numbers of codes, -1 = not coded) below, shares of observations per code (columns) above.

    `names` are the rows' names, `bands` their groups from top to bottom as (name, rows); `codes` has code, colour,
    unobservable in the order of the numbers.
    """
    height = int(np.clip(ROW_PX * len(names), LEAST_PX, MOST_PX))
    whole = MEAN_PX + height + 60
    figure = make_subplots(2, 1, shared_xaxes=True, row_heights=[MEAN_PX, height], vertical_spacing=40 / whole)
    for row in codes.itertuples():
        figure.add_trace(_area(row, shares[row.code], bin_ms), row=1, col=1)
    figure.add_trace(_cells(cells, names, codes, bin_ms), row=2, col=1)
    base(figure, whole + 130)
    _axes(figure, len(names), bands, bin_ms * cells.shape[1])
    figure.update_layout(legend={"y": -70 / whole, "traceorder": "normal"}, margin={"t": 34}, hovermode="closest")
    return figure


def _area(row, share: pd.Series, bin_ms: int) -> go.Scatter:
    pattern = {"shape": HATCH, "fgcolor": "#8a8a8a", "bgcolor": row.colour, "size": 6} if row.unobservable else None
    return go.Scatter(
        y=(100 * share).round(2).to_numpy(),
        x0=0,
        dx=bin_ms,
        name=_plain(row.code),
        stackgroup="codes",
        mode="lines",
        line={"width": 0, "color": row.colour, "shape": "hv"},
        fillcolor=row.colour,
        fillpattern=pattern,
        hovertemplate="%{y:.0f} % of observations at %{x}<extra>" + _plain(row.code) + "</extra>",
    )


def _cells(cells: np.ndarray, names: list[str], codes: pd.DataFrame, bin_ms: int) -> go.Heatmap:
    count = max(len(codes), 1)
    scale = [(edge / count, colour) for i, colour in enumerate(codes["colour"]) for edge in (i, i + 1)]
    labels = np.array([_plain(code) for code in codes["code"]] + ["Not coded"], dtype=object)
    return go.Heatmap(
        z=np.where(cells < 0, np.nan, cells).astype(np.float32),
        x0=bin_ms / 2,
        dx=bin_ms,
        text=labels[cells] if cells.size <= TEXTS else None,
        y=np.arange(len(names)),
        zmin=-0.5,
        zmax=count - 0.5,
        colorscale=scale or None,
        showscale=False,
        hovertemplate=("%{text}, " if cells.size <= TEXTS else "") + "%{x}<extra></extra>",
    )


def _axes(figure: go.Figure, rows: int, bands: list[tuple[str, int]], length_ms: int) -> None:
    clock = "%-M:%S" if length_ms < 3_600_000 else "%-H:%M:%S"
    figure.update_xaxes(type="date", tickformat=clock, hoverformat=clock, range=[0, length_ms], showticklabels=True)
    figure.update_xaxes(title_text="Time (min:s)", row=2, col=1)
    figure.update_yaxes(range=[0, 100], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"], row=1, col=1)
    edges = np.cumsum([0, *(size for _, size in bands)])
    middles = [(a + b - 1) / 2 for a, b in zip(edges, edges[1:], strict=False)]
    ticks = [f"{_plain(name)}<br>({size})" for name, size in bands]
    figure.update_yaxes(
        range=[rows - 0.5, -0.5], tickvals=middles, ticktext=ticks, showgrid=False, ticklen=0, row=2, col=1
    )
    for edge in edges[1:-1]:
        figure.add_hline(y=edge - 0.5, line={"color": "rgba(128,128,128,0.9)", "width": 2}, row=2, col=1)
    figure.add_annotation(
        text="Share of observations", x=0, xref="paper", y=1, yref="paper", yanchor="bottom", showarrow=False
    )
    figure.update_annotations(font={"size": FONT_SIZE})


def _plain(text: str) -> str:
    """Text from the data inside a Plotly label: never markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
