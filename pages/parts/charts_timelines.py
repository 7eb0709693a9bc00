"""All observations at once: which code fills each second, one row per observation, and the mean picture above."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, HATCH, base

MEAN_PX, LEAST_PX, ROW_PX, MOST_PX = 190, 260, 5, 900
TEXTS = 50_000
"""With more cells than this the names of the codes stay out of the hover labels: the page would become slow."""
GAP = 3
"""Empty rows between two bands."""


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
    figure.add_trace(_cells(*_spaced(cells, names, bands), codes, bin_ms), row=2, col=1)
    base(figure, whole + 130)
    _axes(figure, len(names), bands, bin_ms * cells.shape[1])
    figure.update_layout(legend={"y": -70 / whole, "traceorder": "normal"}, margin={"t": 34}, hovermode="closest")
    return figure


def _area(row: tuple, share: pd.Series, bin_ms: int) -> go.Scatter:
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


def _spaced(cells: np.ndarray, names: list[str], bands: list[tuple[str, int]]) -> tuple[np.ndarray, list[str]]:
    """Cells and names with GAP empty rows between bands."""
    edges = np.cumsum([size for _, size in bands])[:-1].repeat(GAP)
    return np.insert(cells, edges, -1, axis=0), np.insert(np.array(names, dtype=object), edges, "").tolist()


def _cells(cells: np.ndarray, names: list[str], codes: pd.DataFrame, bin_ms: int) -> go.Heatmap:
    count = max(len(codes), 1)
    colours = ["rgba(0,0,0,0)", *codes["colour"]]
    scale = [(edge / (count + 1), colour) for i, colour in enumerate(colours) for edge in (i, i + 1)]
    labels = np.array([_plain(code) for code in codes["code"]] + ["not coded"], dtype=object)
    most = int(np.bincount((cells % len(labels)).ravel()).argmax())
    texts = np.where(cells % len(labels) == most, None, labels[cells])
    return go.Heatmap(
        z=cells.astype(np.int8),
        x0=bin_ms / 2,
        dx=bin_ms,
        text=texts if cells.size <= TEXTS else None,
        y0=0,
        dy=1,
        zmin=-1.5,
        zmax=count - 0.5,
        colorscale=scale or None,
        showscale=False,
        hovertemplate=("%{text} at " if cells.size <= TEXTS else "") + "%{x}<extra></extra>",
        hovertemplatefallback=str(labels[most]),
    )


def _axes(figure: go.Figure, rows: int, bands: list[tuple[str, int]], length_ms: int) -> None:
    clock = "%-M:%S" if length_ms < 3_600_000 else "%-H:%M:%S"
    figure.update_xaxes(type="date", tickformat=clock, hoverformat=clock, range=[0, length_ms], showticklabels=True)
    figure.update_xaxes(title_text="Time (min:s)", row=2, col=1)
    figure.update_yaxes(range=[0, 100], tickvals=[0, 50, 100], ticktext=["0 %", "50 %", "100 %"], row=1, col=1)
    starts = np.cumsum([0, *(size + GAP for _, size in bands)])[:-1]
    middles = [start + (size - 1) / 2 for start, (_, size) in zip(starts, bands, strict=True)]
    ticks = [f"{_plain(name)} ({size})" for name, size in bands]
    last = rows + GAP * (len(bands) - 1) - 0.5
    figure.update_yaxes(range=[last, -0.5], tickvals=middles, ticktext=ticks, showgrid=False, ticklen=0, row=2, col=1)
    figure.add_annotation(
        text="Share of observations", x=0, xref="paper", y=1, yref="paper", yanchor="bottom", showarrow=False
    )
    figure.update_annotations(font={"size": FONT_SIZE})


def _plain(text: str) -> str:
    """Text from the data inside a Plotly label: never markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
