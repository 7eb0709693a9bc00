"""Figures of the checks with a line per behaviour or model: replicates, residual SDs, and models compared."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import CAREGIVER, FONT_SIZE, INFANT, INK, MUTED, PALETTE, base

QUIET = "#808080"
INSIDE, OUTSIDE = PALETTE[0], PALETTE[5]
COLOURS = {"Infant": INFANT, "Caregiver": CAREGIVER}
ROW, HEAD, FOOT, LEGEND, TITLE = 46, 44, 64, 90, 36
"""Pixels: a line, what stands above a panel, below it, the legend, and the title of a fit that failed."""
FAR = 3.0
"""A model so many times as far behind as the next is not drawn to scale."""
LABEL_AT, MARK_AT, REACH = -0.22, 0.22, 0.2
"""Parts of a line: its label stands above its marks, so that no label is ever cut."""


def panels(frame: pd.DataFrame) -> tuple[go.Figure, list[tuple[int, pd.DataFrame]], int]:
    """An empty panel per person with the label of each behaviour: the figure, (panel, rows) with `at` for the marks,
    and the height of all panels in pixels.
    """
    people = list(dict.fromkeys(frame["person"]))
    counts = [int((frame["person"] == person).sum()) for person in people]
    plot = ROW * sum(counts) + HEAD * (len(people) - 1)
    figure = make_subplots(
        rows=len(people), cols=1, shared_xaxes=True, row_heights=[count / sum(counts) for count in counts],
        vertical_spacing=HEAD / plot if len(people) > 1 else 0,
        subplot_titles=[f"<b>{person}</b>" for person in people],
    )  # fmt: skip
    figure.update_annotations(font={"size": FONT_SIZE + 1, "color": INK}, x=0, xanchor="left")
    found = []
    for place, person in enumerate(people, start=1):
        mine = frame[frame["person"] == person].reset_index(drop=True)
        mine = mine.assign(at=mine.index + MARK_AT)
        figure.add_traces([_label_trace(mine)], rows=[place], cols=[1])
        figure.update_yaxes(range=[len(mine) - 0.5, -0.5], showticklabels=False, showgrid=False, row=place, col=1)
        found.append((place, mine))
    labels = [_label(row, line, place) for place, mine in found for line, row in enumerate(mine.to_dict("records"))]
    figure.update_layout(annotations=[*figure.layout.annotations, *labels])
    return figure, found, plot


def _label_trace(rows: pd.DataFrame) -> go.Scatter:
    """Nothing to see: it gives a panel without other traces its axes."""
    return go.Scatter(x=[None], y=[0.0] if len(rows) else [None], showlegend=False, hoverinfo="skip")


def _label(row: dict, line: int, place: int) -> dict[str, object]:
    """'Smile (46 values)' above the marks of a line."""
    return {
        "text": f"{escape(row['code'])} <span style='font-size:13px'>({row['values']} values)</span>",
        "x": 0, "xref": "paper", "xanchor": "left", "y": line + LABEL_AT, "yref": f"y{place if place > 1 else ''}",
        "showarrow": False, "font": {"size": FONT_SIZE, "color": INK},
    }  # fmt: skip


def _finished(figure: go.Figure, plot: int, axis: str, failed: str, legend: int) -> go.Figure:
    """Height, margins, the title of the lowest axis, and the title only when the fit cannot be used."""
    top = HEAD + (TITLE if failed else 0)
    base(figure, plot + top + FOOT + legend)
    figure.update_layout(
        margin={"t": top, "b": FOOT + legend, "l": 4, "r": 12},
        legend={"y": -FOOT / plot, "yanchor": "top", "traceorder": "normal"},
        showlegend=legend > 0,
    )
    return titled(figure, axis, failed)


def titled(figure: go.Figure, axis: str, failed: str) -> go.Figure:
    """The figure with the title of its lowest x axis, and a title that says when the fit cannot be used."""
    names = sorted((name for name in figure.layout.to_plotly_json() if name.startswith("xaxis")), key=len)
    figure.layout[max(names)].title.text = axis
    if failed:
        figure.update_layout(title={"text": failed, "x": 0, "y": 0.99, "yanchor": "top"})
    return figure


def gaps(*ends: pd.Series) -> list[float | None]:
    """Values of line pieces with gaps between them: a1, b1, None, a2, b2, None."""
    return [value for piece in zip(*ends, strict=True) for value in (*piece, None)]


def draw_replicates(frame: pd.DataFrame, axis: str, failed: str = "") -> go.Figure:
    """One panel per person, one line per behaviour: the 50 and 95 % interval of replicates, and what was observed.

    Columns: person, code, values, observed, lower, upper, inner_low, inner_high, inside. `axis`: what is measured, with
    its unit; `failed`: the title of a fit that cannot be used.
    """
    figure, parts, plot = panels(frame)
    for place, rows in parts:
        figure.add_traces([*_intervals(rows, place == 1), _observed(rows)], rows=place, cols=1)
    for name, colour, symbol in _legend(frame):
        marker = {"color": colour, "symbol": symbol, "size": 12}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker), row=1, col=1)
    return _finished(figure, plot, axis, failed, LEGEND)


def _intervals(rows: pd.DataFrame, named: bool) -> list[go.Scatter]:
    kinds = (("lower", "upper", 2, "95 % of replicates"), ("inner_low", "inner_high", 7, "50 % of replicates"))
    return [
        go.Scatter(
            x=gaps(rows[low], rows[high]), y=gaps(rows["at"], rows["at"]), mode="lines", name=name,
            line={"color": QUIET, "width": width}, hoverinfo="skip", showlegend=named,
        )
        for low, high, width, name in kinds
    ]  # fmt: skip


def _observed(rows: pd.DataFrame) -> go.Scatter:
    said = [
        f"{escape(row['code'])}: observed {row['observed']:.1f}<br>replicates {row['lower']:.1f} to {row['upper']:.1f}"
        for row in rows.to_dict("records")
    ]
    colours = [INSIDE if inside else OUTSIDE for inside in rows["inside"]]
    symbols = ["circle" if inside else "diamond" for inside in rows["inside"]]
    marker = {"color": colours, "symbol": symbols, "size": 12}
    return go.Scatter(
        x=rows["observed"], y=rows["at"], mode="markers", text=said, hoverinfo="text", showlegend=False, marker=marker
    )


def _legend(frame: pd.DataFrame) -> list[tuple[str, str, str]]:
    """What the marks mean; only what occurs."""
    words = ((True, "Observed, inside", INSIDE, "circle"), (False, "Observed, outside", OUTSIDE, "diamond"))
    return [entry for inside, *entry in words if (frame["inside"] == inside).any()]


def draw_spread(frame: pd.DataFrame, unit: str, failed: str = "") -> go.Figure:
    """Per person, one line per behaviour: residual SD, and the one value the model assumes (bar).

    Columns: person, code, values, sd, assumed.
    """
    figure, parts, plot = panels(frame)
    for place, rows in parts:
        bars = go.Scatter(
            x=gaps(rows["assumed"], rows["assumed"]), y=gaps(rows["at"] - REACH, rows["at"] + REACH), mode="lines",
            line={"color": QUIET, "width": 3}, hoverinfo="skip", name="Assumed for all", showlegend=place == 1,
        )  # fmt: skip
        marker = {"color": COLOURS[rows["person"].iloc[0]], "size": 12}
        said = [f"{escape(row['code'])}: {row['sd']:.1f}" for row in rows.to_dict("records")]
        marks = go.Scatter(
            x=rows["sd"], y=rows["at"], mode="markers", marker=marker, text=said, hoverinfo="text", showlegend=False
        )
        figure.add_traces([bars, marks], rows=place, cols=1)
    figure.update_xaxes(rangemode="tozero")
    return _finished(figure, plot, f"SD of residuals ({unit})", failed, LEGEND // 2)


def draw_comparison(frame: pd.DataFrame, failed: str = "") -> go.Figure:
    """Models by how well they foretell a recording they have not seen: difference to the best, 2 SE either side. One
    that lies far behind all others is an arrow at the edge, so that the others can be told apart.

    Columns: model, behind, behind_se, best, failed.
    """
    edge = far_edge(frame)
    away = frame["behind"] < edge
    labels = pd.Series([f"{escape(row.model)} ({_minus(row.behind)})" for row in frame.itertuples()])
    low, high = frame["behind"] - 2 * frame["behind_se"], frame["behind"] + 2 * frame["behind_se"]
    lines = go.Scatter(
        x=gaps(low[~away], high[~away]), y=gaps(labels[~away], labels[~away]), mode="lines",
        line={"color": QUIET, "width": 3}, hoverinfo="skip",
    )  # fmt: skip
    colours = [OUTSIDE if row.failed else INSIDE if row.best else QUIET for row in frame.itertuples()]
    symbols = [_symbol(row, far) for row, far in zip(frame.itertuples(), away, strict=True)]
    said = [f"{row.behind:.1f} (SE {row.behind_se:.1f})" for row in frame.itertuples()]
    marker = {"color": colours, "symbol": symbols, "size": 14}
    at = frame["behind"].where(~away, edge)
    marks = go.Scatter(x=at, y=labels, mode="markers", marker=marker, text=said, hoverinfo="text")
    figure = go.Figure([marks, lines])
    figure.add_vline(x=0, line={"color": MUTED, "width": 2})
    top = 16 + (TITLE if failed else 0)
    base(figure, ROW * len(frame) + top + FOOT)
    figure.update_layout(showlegend=False, margin={"t": top, "b": FOOT, "l": 4, "r": 12})
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return titled(figure, "Log density, minus the best model's", failed)


def far_edge(frame: pd.DataFrame) -> float:
    """Where the axis of a comparison ends: left of all models, but of one that lies `FAR` times as far as the rest."""
    low = (frame["behind"] - 2 * frame["behind_se"]).sort_values()
    if len(low) < 3 or low.iloc[0] > FAR * low.iloc[1]:
        return float("-inf")
    return float(1.1 * low.iloc[1])


def _symbol(row: object, far: bool) -> str:
    if row.failed:
        return "x"
    return "triangle-left" if far else "square" if row.best else "circle"


def _minus(value: float) -> str:
    return f"{value:.1f}".replace("-0.0", "0").replace("-", "\u2212") if value else "best"


def stamped(figure: go.Figure, failed: bool) -> go.Figure:
    """Any figure of a model; the title of one whose fit failed its checks says so."""
    if failed:
        top = (figure.layout.margin.t or 0) + TITLE
        figure.update_layout(
            title={"text": "This fit failed its own checks: do not report it", "x": 0, "y": 0.99, "yanchor": "top"},
            margin={"t": top}, height=(figure.layout.height or 380) + TITLE,
        )  # fmt: skip
    return figure
