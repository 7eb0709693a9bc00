"""Figures of the dynamics page: a number per group with chance beside it, and the numbers of single recordings."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base
from pages.parts.charts_durations import AXIS_WIDTH, OUTLINE, QUIET, SYMBOLS, lines

ROW, TOP, FOOT = 78, 74, 66
"""Pixels: a row (its words above its mark), and what stands above and below the rows."""
NAME_AT, WORDS_AT, MARK_AT = 12, 33, 58
"""Pixels from the top of a row to its name, its figures and its mark: one below the other, so that none is ever cut."""
BAND = "rgba(128,128,128,0.28)"
MOST_DOTS = 1_500


def draw_groups(
    frame: pd.DataFrame, axis: str, unit: str, band: tuple[float, float] | None, names: tuple[str, str]
) -> go.Figure:
    """One row per group: the number with its interval, a line where chance alone would be, and in figures what it is.

    Columns: label, value, low, high, chance (may be missing), text. `band`: chance of the first row (all recordings).
    `names`: what the line and the band are called.
    """
    height = ROW * len(frame)
    figure = base(go.Figure(), height + TOP + FOOT)
    at = [row * ROW + MARK_AT for row in range(len(frame))]
    frame = frame.assign(at=at)
    ends = pd.concat([frame[name] for name in ("value", "low", "high", "chance")] + [pd.Series(band or [])]).dropna()
    low, high = min([0.0, *ends]), max([0.001, *ends])
    if band is not None:
        figure.add_trace(_band(band, names[1]))
    if frame["chance"].notna().any():
        figure.add_trace(_chance(frame, names[0]))
    figure.add_trace(_marks(frame))
    _axes(figure, axis, unit, (low, high + 0.05 * (high - low)), height)
    figure.update_layout(annotations=[note for row in frame.itertuples() for note in _said(row)], dragmode=False)
    figure.update_layout(shapes=_tracks(frame, low, high), showlegend=True)
    return figure


def _marks(frame: pd.DataFrame) -> go.Scatter:
    """Numbers with their intervals."""
    above, below = (frame["high"] - frame["value"]).fillna(0), (frame["value"] - frame["low"]).fillna(0)
    return go.Scatter(
        x=frame["value"], y=frame["at"], mode="markers", name="observed",
        marker={"color": PALETTE[0], "size": 13},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": PALETTE[0], "thickness": 3, "width": 6},
        hovertext=[f"<b>{escape(row.label)}</b><br>{row.text}" for row in frame.itertuples()], hoverinfo="text",
    )  # fmt: skip


def _chance(frame: pd.DataFrame, name: str) -> go.Scatter:
    """Where chance alone would be."""
    return go.Scatter(
        x=frame["chance"], y=frame["at"], mode="markers", name=name, hoverinfo="skip",
        marker={"symbol": "line-ns-open", "size": 20, "color": PALETTE[5], "line": {"width": 3, "color": PALETTE[5]}},
    )  # fmt: skip


def _band(band: tuple[float, float], name: str) -> go.Scatter:
    """The surrogates' middle 95 % behind the first row."""
    top, bottom = MARK_AT - 12, MARK_AT + 12
    return go.Scatter(
        x=[band[0], band[1], band[1], band[0], band[0]], y=[top, top, bottom, bottom, top], fill="toself", mode="lines",
        line={"width": 0}, fillcolor=BAND, name=name, hoverinfo="skip",
    )  # fmt: skip


def _said(row: tuple) -> list[dict[str, object]]:
    """Above the mark the group and its numbers."""
    place = {"yref": "y", "xref": "paper", "yanchor": "middle", "showarrow": False, "x": 0, "xanchor": "left"}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    top = row.at - MARK_AT
    return [
        place | {"text": f"<b>{escape(row.label)}</b>", "y": top + NAME_AT},
        place | {"text": row.text, "y": top + WORDS_AT},
    ]


def _tracks(frame: pd.DataFrame, low: float, high: float) -> list[dict[str, object]]:
    """A thin line on which a mark lies: it runs through no words."""
    line = {"type": "line", "layer": "below", "x0": low, "x1": high, "line": {"color": MUTED, "width": 1}}
    return [line | {"y0": at, "y1": at} for at in frame["at"]]


def _axes(figure: go.Figure, axis: str, unit: str, ends: tuple[float, float], height: int) -> None:
    """Round numbers with their unit; the words of the axis below."""
    room = 0.02 * (ends[1] - ends[0])
    figure.update_xaxes(range=[ends[0] - room, ends[1] + room], showgrid=False, **_ticks(unit))
    figure.update_xaxes(title={"text": lines(axis, AXIS_WIDTH), "standoff": 12})
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": TOP, "b": FOOT},
        legend={"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "traceorder": "reversed"},
    )


def _ticks(unit: str) -> dict[str, object]:
    """Few round numbers with their unit, never turned."""
    return {"nticks": 6, "tickangle": 0, "ticksuffix": f"\u00a0{unit}" if unit else ""}


def draw_recordings(dots: pd.DataFrame, axis: str, unit: str) -> go.Figure:
    """A box per group with a dot per recording. Columns: label (in order), value; recordings without one are left out.

    Boxes are drawn from quartiles by linear interpolation, as the table beside them has them.
    """
    labels = list(dict.fromkeys(dots["label"]))
    figure = base(go.Figure(), 40 + 96 * len(labels) + FOOT)
    for number, label in enumerate(labels):
        values = dots.loc[dots["label"] == label, "value"].dropna()
        if len(values):
            figure.add_trace(_box(values, number, PALETTE[number % len(PALETTE)], SYMBOLS[number % len(SYMBOLS)]))
    place = {"x": 0, "xref": "paper", "xanchor": "left", "yanchor": "middle", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    counts = dots.groupby("label")["value"].count()
    notes = [
        place | {"text": f"<b>{escape(label)}</b>  n\u00a0{counts[label]:,}", "y": number - 0.42}
        for number, label in enumerate(labels)
    ]
    known = [0.0, *dots["value"].dropna()]
    room = 0.04 * ((max(known) - min(known)) or 1)
    figure.update_xaxes(title={"text": lines(axis, AXIS_WIDTH), "standoff": 12}, **_ticks(unit))
    figure.update_xaxes(range=[min(known) - room, max(known) + room])
    figure.update_yaxes(range=[len(labels) - 0.45, -0.6], showticklabels=False, showgrid=False)
    figure.update_layout(annotations=notes, showlegend=False, margin={"t": 8, "l": 4, "r": 4}, dragmode=False)
    return figure


def _box(values: pd.Series, place: int, colour: str, symbol: str) -> go.Box:
    """The five numbers are given, not left to plotly."""
    low, first, middle, third, high = ([float(values.quantile(part))] for part in (0, 0.25, 0.5, 0.75, 1))
    look: dict[str, object] = {
        "orientation": "h",
        "line": {"color": QUIET},
        "width": 0.5,
        "name": "",
        "y0": place + 0.06,
    }
    if len(values) <= MOST_DOTS:
        dot = {"color": colour, "size": 8, "opacity": 0.7, "line": OUTLINE, "symbol": symbol}
        look |= {"x": [values.tolist()], "boxpoints": "all", "jitter": 0.7, "pointpos": 0, "marker": dot}
        colour = "rgba(128,128,128,0.15)"
    return go.Box(
        lowerfence=low, q1=first, median=middle, q3=third, upperfence=high, fillcolor=colour, hoverinfo="skip", **look
    )
