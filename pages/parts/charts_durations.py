"""Figures of the durations page: shares per code side by side, and the values behind one bar."""

import math
from html import escape
from textwrap import wrap

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, HATCH, MUTED, PALETTE, base

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x")
Note = dict[str, object]
"""An annotation or shape in plotly's words."""
QUIET = "#808080"
SPACE = "\u00a0"
"""A space at which no line breaks."""
OUTLINE = {"color": "rgba(128,128,128,0.9)", "width": 1}
LABEL_WIDTH = 48
AXIS_WIDTH = 54
ROOM, SPLIT_ROOM = 1.9, 1.08
"""Width of a panel over its longest interval: the rest holds the value and the column 'seen in'."""
FIVE = ("minimum", "lower_quartile", "median", "upper_quartile", "maximum")
SMALL = {"color": QUIET, "size": FONT_SIZE - 1}
MOST_DOTS = 2000
"""Up to so many dyads each is drawn as a dot."""
ROW, MARK, HEAD = 62, 24, 66
TICKS, LINE = 38, 20
"""Height of the numbers below an axis, and of one line of the sentence below them (pixels)."""
GAP = 0.08
"""Room between two panels, in parts of the width: the last number of one and the first of the next never touch."""
BAR_AT, THICK = 0.19, 0.4
"""Where a bar lies in its row, in parts of a row: the code's label stands above it, so that no label is ever cut."""


def lines(text: str, width: int) -> str:
    """Text broken into lines that fit a narrow screen; nothing in it is read as markup."""
    return "<br>".join(escape(line) for line in wrap(text, width)) or escape(text)


def spoken(value: float, unit: str) -> str:
    """A value as a person says it: '31 %', '<1 %', '94 s', '+0.42'; the unit never wraps to another line."""
    if pd.isna(value):
        return ""
    if unit == "SD":
        return _minus(f"{value:+.2f}")
    return f"<1{SPACE}{unit}" if 0 < value <= 0.5 else f"{value:.0f}{SPACE}{unit}"


def _minus(text: str) -> str:
    """A number with a minus sign instead of a hyphen."""
    return text.replace("-", "\u2212")


def in_order(frame: pd.DataFrame) -> list[str]:
    """Codes from most to least time; codes that say 'cannot see' last."""
    largest = frame.groupby("code", observed=True).agg(mean=("mean", "max"), unobservable=("unobservable", "max"))
    largest = largest.reset_index().astype({"code": "str"})
    return largest.sort_values(["unobservable", "mean"], ascending=[True, False])["code"].tolist()


def levels_of(frame: pd.DataFrame) -> list[str]:
    """Groups of the split that occur, in order; [""] without a split."""
    return [str(level) for level in frame["level"].cat.categories if (frame["level"] == level).any()]


def draw_shares(frame: pd.DataFrame, unit: str, axis: str) -> go.Figure:
    """One panel per person, one row per code: bars with their interval, or one mark per group of a split.

    Columns: person, code, level, mean, low, high, dyads, colour, unobservable, observations_with, coded_observations.
    `unit` is '%', 's' or 'SD'; `axis` is the sentence below the panels.
    """
    people, codes, levels = frame["person"].unique().tolist(), in_order(frame), levels_of(frame)
    frame = frame.assign(line=frame["code"].astype("str").map({code: line for line, code in enumerate(codes)}))
    row = ROW if len(levels) == 1 else ROW - MARK + MARK * len(levels)
    figure = make_subplots(rows=1, cols=len(people), shared_yaxes=True, horizontal_spacing=GAP)
    whole, notes = len(levels) == 1, _labels(codes)
    for column, person in enumerate(people, start=1):
        own = frame[frame["person"] == person]
        traces = [_bars(own, unit), _said(own, unit)] if whole else _marks(own, levels, unit, MARK / row)
        figure.add_traces(traces, rows=1, cols=column)
        notes += [_head(person, column), *_not_coded(own, codes, column), *(_seen_in(own, column) if whole else [])]
    _dress(figure, axis, row, len(codes), notes, len(people))
    if not whole:
        _one_legend(figure)
    ends = pd.concat([frame["mean"], frame["low"], frame["high"]]).dropna()
    _measure(figure, ends, unit, ROOM if whole else SPLIT_ROOM)
    return figure


def _dress(figure: go.Figure, axis: str, row: int, rows: int, notes: list[Note], panels: int) -> None:
    """Size, margins, lines between rows, the legend above the panels, the sentence below them and all other notes.

    Notes are set at once: plotly needs a hundred times longer to add them one by one.
    """
    height, words = row * rows, lines(axis, AXIS_WIDTH)
    foot = TICKS + LINE * (words.count("<br>") + 1)
    base(figure, HEAD + foot + height)
    sentence = {
        "text": words, "x": 0, "xref": "paper", "xanchor": "left", "align": "left",
        "y": 0, "yref": "paper", "yanchor": "top", "yshift": -28, "showarrow": False,
    }  # fmt: skip
    figure.update_layout(
        margin={"t": HEAD, "b": foot, "l": 4, "r": 4},
        legend={"y": 1 + HEAD / height, "yanchor": "bottom", "traceorder": "normal"},
        annotations=[*notes, sentence],
        shapes=[*(_line(place - 0.5) for place in range(1, rows)), *_zeros(row, rows, panels)],
    )
    figure.update_yaxes(showgrid=False, showticklabels=False, range=[rows - 0.5, -0.5])


def _line(place: float) -> Note:
    """A line between two rows, across all panels."""
    return {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "paper",
        "y0": place,
        "y1": place,
        "yref": "y",
        "line": {"color": MUTED},
    }


def _zeros(row: int, rows: int, panels: int) -> list[Note]:
    """The line at zero in each row of each panel, below the row's label: it never runs through a word."""
    top = MARK / row
    return [
        {"type": "line", "layer": "below", "line": {"color": QUIET, "width": 1}, "x0": 0, "x1": 0}
        | {"xref": f"x{panel if panel > 1 else ''}", "yref": "y", "y0": place - 0.5 + top, "y1": place + 0.5}
        for place in range(rows)
        for panel in range(1, panels + 1)
    ]


def _labels(codes: list[str]) -> list[Note]:
    """The label of each row, above its bars."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "align": "left", "yref": "y", "yanchor": "top", "yshift": -2}
    place |= {"showarrow": False, "font": {"size": FONT_SIZE}}
    return [place | {"text": lines(code, LABEL_WIDTH), "y": line - 0.5} for line, code in enumerate(codes)]


def _measure(figure: go.Figure, known: pd.Series, unit: str, room: float) -> None:
    """The same horizontal axis in every panel: up to `room` times the largest value, a few round numbers with units."""
    low, high = min([0.0, *known]), max([0.01, *known])
    at = ticks(low, high)
    said = [_minus(f"{place:g}") + ("" if unit == "SD" else f"{SPACE}{unit}") for place in at]
    ends = [low - 0.02 * (high - low), low + (high - low) * room]
    figure.update_xaxes(range=ends, tickvals=at, ticktext=said, tickangle=0)


def ticks(low: float, high: float) -> list[float]:
    """Two or three round numbers from low to high, never beyond what was measured: more would touch each other."""
    power = 10 ** math.floor(math.log10((high - low) / 3))
    steps = (each * power for each in (1, 2, 2.5, 5, 10, 20))
    step = next(each for each in steps if math.floor(high / each) - math.ceil(low / each) < 3)
    return [round(place * step, 10) for place in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _reach(frame: pd.DataFrame, colour: str) -> dict[str, object]:
    """Arms of the interval around the mean."""
    above, below = (frame["high"] - frame["mean"]).fillna(0), (frame["mean"] - frame["low"]).fillna(0)
    return {"type": "data", "array": above, "arrayminus": below, "color": colour, "thickness": 2.5, "width": 5}


def _hover(frame: pd.DataFrame, unit: str) -> list[str]:
    """What a mark says when pointed at."""
    return [
        f"<b>{escape(row.code)}</b><br>{_who(row)}: {spoken(row.mean, unit)}"
        + (f" (95 % interval {spoken(row.low, unit)} to {spoken(row.high, unit)})" if pd.notna(row.low) else "")
        + f"<br>seen in {row.observations_with:.0f} of {row.coded_observations:.0f} observations"
        for row in frame.itertuples()
    ]


def _who(row: object) -> str:
    """'Infant' or 'Infant, Mother'."""
    return escape(f"{row.person}, {row.level}" if row.level else row.person)


def _bars(own: pd.DataFrame, unit: str) -> go.Bar:
    """Bars in the codes' own colours; what could not be seen is hatched."""
    hatch = own["unobservable"].map({True: HATCH, False: ""})
    return go.Bar(
        x=own["mean"], y=own["line"] + BAR_AT, orientation="h", width=THICK, error_x=_reach(own, QUIET),
        marker={"color": own["colour"], "line": OUTLINE, "pattern": {"shape": hatch}},
        hovertext=_hover(own, unit), hoverinfo="text", showlegend=False,
    )  # fmt: skip


def _said(own: pd.DataFrame, unit: str) -> go.Scatter:
    """The value in figures, right of the interval."""
    ends = own[["mean", "high"]].max(axis=1).clip(lower=0)
    return go.Scatter(
        x=ends, y=own["line"] + BAR_AT, mode="text", text=["  " + spoken(value, unit) for value in own["mean"]],
        textposition="middle right", textfont={"size": FONT_SIZE + 1}, hoverinfo="skip", showlegend=False,
        cliponaxis=False,
    )  # fmt: skip


def _marks(own: pd.DataFrame, levels: list[str], unit: str, step: float) -> list[go.Scatter]:
    """One mark with its interval per group of the split, one below the other."""
    traces = []
    for number, level in enumerate(levels):
        part, colour = own[own["level"] == level], PALETTE[number % len(PALETTE)]
        marker = {"color": colour, "size": 12, "symbol": SYMBOLS[number % len(SYMBOLS)]}
        mark = go.Scatter(
            x=part["mean"], y=part["line"] + 0.5 - (len(levels) - number - 0.35) * step, mode="markers",
            name=_with_dyads(level, part["dyads"].max()), legendgroup=level, legendrank=number, marker=marker,
            error_x=_reach(part, colour), hovertext=_hover(part, unit), hoverinfo="text",
        )  # fmt: skip
        traces.append(mark)
    return traces


def _with_dyads(level: str, dyads: float) -> str:
    """'Mother (74 dyads)'."""
    return escape(level) + ("" if pd.isna(dyads) else f" ({dyads:.0f} {'dyad' if dyads == 1 else 'dyads'})")


def _one_legend(figure: go.Figure) -> None:
    """Each group stands once in the legend: from the first panel in which it has a mark."""
    named = set()
    for trace in figure.data:
        trace.showlegend = trace.legendgroup not in named and trace.x is not None and len(trace.x) > 0
        if trace.showlegend:
            named.add(trace.legendgroup)


def _head(person: str, column: int) -> Note:
    """The person's name above a panel."""
    return {
        "text": f"<b>{escape(person)}</b>", "x": 0, "xref": _domain(column), "xanchor": "left", "y": 1, "yref": "paper",
        "yanchor": "bottom", "yshift": 6, "showarrow": False, "font": {"size": FONT_SIZE + 4},
    }  # fmt: skip


def _domain(column: int) -> str:
    """Plotly's name for the width of a panel."""
    return f"x{column if column > 1 else ''} domain"


def _not_coded(own: pd.DataFrame, codes: list[str], column: int) -> list[Note]:
    """Says of which codes the person has none, by the scheme."""
    place = {"x": 0, "xref": _domain(column).removesuffix(" domain"), "xanchor": "left", "xshift": 12, "yref": "y"}
    place |= {"text": "not coded for them", "font": SMALL, "showarrow": False}
    return [place | {"y": line + BAR_AT} for line in sorted(set(range(len(codes))) - set(own["line"]))]


def _seen_in(own: pd.DataFrame, column: int) -> list[Note]:
    """The column 'seen in': in how many of the coded observations each code occurs at all."""
    coded = own["coded_observations"].max()
    place = {"x": 1, "xref": _domain(column), "xanchor": "right", "align": "right", "showarrow": False, "font": SMALL}
    text = f"seen in<br>(of {coded:,.0f})" if pd.notna(coded) else ""
    head = place | {"text": text, "y": 1, "yref": "paper", "yanchor": "bottom", "yshift": 2}
    known = own[own["observations_with"].notna()]
    return [head] + [
        place | {"text": f"{row.observations_with:,.0f}", "y": row.line + BAR_AT, "yref": "y"}
        for row in known.itertuples()
    ]


def draw_values(dots: pd.DataFrame, boxes: pd.DataFrame, unit: str, axis: str, colour: str) -> go.Figure:
    """The values behind one bar: a box per person and group, and a dot per dyad while they can be told apart.

    `dots`: person, level, value. `boxes`: person, level, minimum, lower_quartile, median, upper_quartile, maximum.
    """
    people, levels = boxes["person"].unique().tolist(), levels_of(boxes)
    figure = make_subplots(rows=1, cols=len(people), horizontal_spacing=GAP)
    notes = _labels(levels)
    for column, person in enumerate(people, start=1):
        for number, level in enumerate(levels):
            shade = colour if len(levels) == 1 else PALETTE[number % len(PALETTE)]
            some = dots[(dots["person"] == person) & (dots["level"] == level)]
            box = boxes[(boxes["person"] == person) & (boxes["level"] == level)]
            figure.add_traces(_box(some, box, number, shade), rows=1, cols=column)
        notes.append(_head(person, column))
    _dress(figure, axis, 100 if len(levels) == 1 else 124, len(levels), notes, len(people))
    known = pd.concat([dots["value"], *(boxes[name] for name in boxes.columns.intersection(FIVE))]).dropna()
    _measure(figure, known, unit, room=1.04)
    figure.update_layout(showlegend=False)
    return figure


def _box(dots: pd.DataFrame, box: pd.DataFrame, line: int, colour: str) -> list[go.Box]:
    """One box from its five numbers, with its dots unless there are too many.

    The five numbers are given, not left to plotly: its quartiles are others than those of the tables.
    """
    look = {"orientation": "h", "line": {"color": QUIET}, "width": 0.6, "name": "", "y0": line + 0.08}
    edges = dict(zip(("lowerfence", "q1", "median", "q3", "upperfence"), FIVE, strict=True))
    five = {edge: box[name] for edge, name in edges.items() if name in box}
    if 0 < len(dots) <= MOST_DOTS:
        dot = {"color": colour, "size": 9, "opacity": 0.75, "line": OUTLINE}
        look |= {"boxpoints": "all", "jitter": 0.7, "pointpos": 0, "marker": dot, "fillcolor": "rgba(128,128,128,0.15)"}
        return [go.Box(x=[dots["value"].tolist()], **five, **look)]
    return [go.Box(**five, fillcolor=colour, **look)] if len(box) and box["median"].notna().all() else []
