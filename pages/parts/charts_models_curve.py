"""Figures of "All choices": the curve of estimates over the matrix of choices, and how far each choice moves them."""

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base

COLOURS = {"Clear": PALETTE[0], "Suggestive": PALETTE[5], "No clear evidence": "#808080"}
OWN = PALETTE[2]
OWN_NAME = "Pre-specified"
DOT = "#808080"
CURVE, ROW, GAP, HEAD, FOOT = 330, 21, 34, 84, 16
"""Pixels: the curve, a row of the matrix, between the two, above and below them."""
SMALL = 13
INSIDE = (0.05, 0.95)
"""Quantiles of the ends of intervals that the axis shows; what lies beyond is cut and said."""
BAR = 44
SHOWN = 0.1
"""Smallest change in seconds that is written out."""


def limits(frame: pd.DataFrame) -> tuple[float, float]:
    """Ends of the axis: every estimate, and most of the intervals (columns seconds, seconds_low, seconds_high)."""
    low = min(frame["seconds"].min(), frame["seconds_low"].quantile(INSIDE[0]), 0)
    high = max(frame["seconds"].max(), frame["seconds_high"].quantile(INSIDE[1]), 0)
    room = 0.05 * (high - low)
    return float(low - room), float(high + room)


def beyond(frame: pd.DataFrame) -> int:
    """Fits whose interval leaves the axis."""
    low, high = limits(frame)
    return int(((frame["seconds_low"] < low) | (frame["seconds_high"] > high)).sum())


def draw_curve(frame: pd.DataFrame, choices: dict[str, str], own: str = OWN_NAME) -> go.Figure:
    """Estimates with 95 % intervals from the smallest to the largest, and below what each fit chose.

    Columns: seconds, seconds_low, seconds_high, evidence, prespecified, said (under the pointer), and one column of
    words per choice. `choices`: column -> head of its rows; `own`: what the fit is called that the others are
    compared with.
    """
    frame = frame.sort_values("seconds", kind="stable", ignore_index=True)
    rows = matrix_rows(frame, choices)
    figure, plot = go.Figure(), CURVE + GAP + ROW * len(rows)
    base(figure, plot + HEAD + FOOT)
    lower = ROW * len(rows) / plot
    _axes(figure, frame, [(choices[column], column, level) for column, level in rows], lower, 1 - CURVE / plot)
    _own_band(figure, frame)
    for word, colour in COLOURS.items():
        _estimates(figure, frame[(frame["evidence"] == word) & ~frame["prespecified"]], word, colour)
    _own(figure, frame[frame["prespecified"]], own)
    for place, (column, level) in enumerate(rows):
        if level:
            mine = frame[frame[column] == level]
            _dots(figure, mine, place)
    figure.update_layout(
        margin={"t": HEAD, "b": FOOT, "l": 4, "r": 12}, dragmode=False,
        legend={"y": 1 + HEAD / plot, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )  # fmt: skip
    return figure


def matrix_rows(frame: pd.DataFrame, choices: dict[str, str]) -> list[tuple[str, str]]:
    """(column, level) from top to bottom; the head of a choice has no level. A choice with one level has no rows."""
    found = []
    for column in choices:
        levels = list(dict.fromkeys(frame.sort_values("prespecified", ascending=False)[column]))
        if len(levels) > 1:
            found += [(column, ""), *((column, level) for level in levels)]
    return found


def _axes(figure: go.Figure, frame: pd.DataFrame, rows: list[tuple[str, str, str]], lower: float, upper: float) -> None:
    text = {"size": FONT_SIZE, "color": INK}
    ends = limits(frame)
    labels = [_row_label(*row, frame) for row in rows]
    figure.update_layout(
        xaxis={
            "range": [-1, len(frame)], "showticklabels": False, "showgrid": False, "fixedrange": True, "anchor": "y2",
            "domain": [0, 1],
        },
        yaxis={
            "domain": [upper, 1], "range": list(ends), "fixedrange": True, "gridcolor": MUTED, "nticks": 7,
            "title": {"text": "Seconds per 5 minutes", "font": text}, "zeroline": True, "zerolinecolor": DOT,
            "zerolinewidth": 2,
        },
        yaxis2={
            "domain": [0, lower], "range": [len(rows) - 0.5, -0.5], "fixedrange": True, "showgrid": False,
            "tickmode": "array", "tickvals": list(range(len(rows))), "ticktext": labels, "anchor": "x",
            "tickfont": {"size": SMALL, "color": INK}, "automargin": True, "zeroline": False,
        },
    )  # fmt: skip


def _row_label(head: str, column: str, level: str, frame: pd.DataFrame) -> str:
    """The head of a choice in bold; its pre-specified level underlined."""
    if not level:
        return f"<b>{escape(head)}</b>"
    own = frame.loc[frame["prespecified"], column]
    return f"<u>{escape(level)}</u>" if len(own) and own.iloc[0] == level else escape(level)


def _own_band(figure: go.Figure, frame: pd.DataFrame) -> None:
    """A band through both panels at the pre-specified fit."""
    for place in np.flatnonzero(frame["prespecified"]):
        half = max(0.5, len(frame) / 250)
        figure.add_shape(
            type="rect", x0=place - half, x1=place + half, xref="x", y0=0, y1=1, yref="paper", layer="below",
            fillcolor="rgba(0,158,115,0.25)", line={"width": 0},
        )  # fmt: skip


def _estimates(figure: go.Figure, rows: pd.DataFrame, word: str, colour: str) -> None:
    if rows.empty:
        return
    xs = [value for place in rows.index for value in (place, place, None)]
    ys = [value for ends in zip(rows["seconds_low"], rows["seconds_high"], strict=True) for value in (*ends, None)]
    figure.add_trace(
        go.Scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": colour, "width": 1},
            opacity=0.45,
            hoverinfo="skip",
            showlegend=False,
        )  # fmt: skip
    )
    figure.add_trace(
        go.Scatter(
            x=rows.index,
            y=rows["seconds"],
            mode="markers",
            name=word,
            text=rows["said"],
            hoverinfo="text",
            marker={"color": colour, "size": 5 if len(rows) > 60 else 7},
        )  # fmt: skip
    )


def _own(figure: go.Figure, rows: pd.DataFrame, name: str) -> None:
    """The pre-specified fit, on top."""
    if rows.empty:
        return
    arms = {
        "type": "data", "symmetric": False, "array": rows["seconds_high"] - rows["seconds"], "width": 0,
        "arrayminus": rows["seconds"] - rows["seconds_low"], "color": OWN, "thickness": 3,
    }  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=rows.index,
            y=rows["seconds"],
            mode="markers",
            name=name,
            text=rows["said"],
            hoverinfo="text",
            error_y=arms,
            marker={"color": OWN, "size": 13, "symbol": "diamond"},
        )  # fmt: skip
    )


def _dots(figure: go.Figure, rows: pd.DataFrame, place: int) -> None:
    colours = [OWN if own else DOT for own in rows["prespecified"]]
    sizes = [11 if own else 6 for own in rows["prespecified"]]
    figure.add_trace(
        go.Scatter(
            x=rows.index,
            y=[place] * len(rows),
            yaxis="y2",
            mode="markers",
            showlegend=False,
            hoverinfo="skip",
            marker={"color": colours, "size": sizes, "symbol": "line-ns", "line": {"width": 2, "color": colours}},
        )  # fmt: skip
    )


def draw_moves(frame: pd.DataFrame) -> go.Figure:
    """How far each choice moves the estimate: a bar per choice (columns name, change; seconds), largest on top."""
    figure = go.Figure(
        go.Bar(
            x=frame["change"],
            y=frame["name"],
            orientation="h",
            marker={"color": PALETTE[0]},
            hoverinfo="skip",
            text=[f"{value:.1f} s" if value >= SHOWN else f"< {SHOWN} s" for value in frame["change"]],
            textposition="outside",
            cliponaxis=False,
            textfont={"size": FONT_SIZE, "color": INK},
        )  # fmt: skip
    )
    base(figure, BAR * len(frame) + 70)
    top = max(float(frame["change"].max()), 1e-9)
    figure.update_xaxes(range=[0, 1.25 * top], title_text="Seconds per 5 minutes", fixedrange=True, nticks=6)
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True)
    figure.update_layout(showlegend=False, margin={"t": 8, "b": 8, "l": 4, "r": 12}, dragmode=False)
    return figure
