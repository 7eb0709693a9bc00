"""Figures of the sensitivity view: two analyses per behaviour, two groups of recordings, and the fit without each
dyad. One line per behaviour, its label above its marks, so that no label is ever cut.
"""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base

ZERO = "rgba(128,128,128,0.9)"
BEFORE, AFTER, CHANGED, QUIET = "#808080", PALETTE[0], PALETTE[5], "rgba(86,180,233,0.75)"
ROW, HEAD, TOP, ENTRY, FOOT = 60, 0.75, 16, 25, 76
"""Pixels of a behaviour, part of it that a person's heading takes, pixels above the lines, for each entry of the legend
(on a narrow screen each has a line of its own) and below.
"""
LABEL_AT, MARK_AT, SHIFT, REACH = -0.24, 0.19, 0.13, 0.3
"""Parts of a row: where the label stands, where the marks lie, how far two of them stand apart, how long the zero line
is.
"""

KINDS = {
    "interval includes 0": ("circle", AFTER),
    "interval excludes 0": ("diamond", CHANGED),
    "too few for an interval": ("circle-open", BEFORE),
}
"""What the marks of a difference mean: symbol and colour."""


def draw_pairs(frame: pd.DataFrame, names: tuple[str, str], axis: str) -> go.Figure:
    """Estimates and 95 % intervals of two analyses. Columns: person, code, label, changed (bool), and seconds,
    seconds_low, seconds_high with `_before` and `_after`; `names`: what the two are called.
    """
    figure, places = _lines(frame)
    colours = [CHANGED if one else AFTER for one in frame["changed"]]
    looks = {"_before": (-SHIFT, ["circle-open"] * len(frame), [BEFORE] * len(frame))}
    looks["_after"] = (SHIFT, ["diamond" if one else "circle" for one in frame["changed"]], colours)
    for end, (shift, symbols, shades) in looks.items():
        at = [place + MARK_AT + shift for place in places]
        low, high = frame[f"seconds_low{end}"], frame[f"seconds_high{end}"]
        for shade in dict.fromkeys(shades):
            mine = [one == shade for one in shades]
            _intervals(figure, low[mine], high[mine], [one for one, own in zip(at, mine, strict=True) if own], shade)
        said = [
            f"{escape(code)}, {name}<br>{value:+.0f} s ({first:.0f} to {last:.0f})"
            for code, name, value, first, last in zip(
                frame["code"], [names[end == "_after"]] * len(frame), frame[f"seconds{end}"], low, high, strict=True
            )
        ]
        _marks(figure, frame[f"seconds{end}"], at, symbols, shades, said)
    legend = [(names[0], "circle-open", BEFORE), (names[1], "circle", AFTER)]
    if frame["changed"].any():
        legend.append((f"{names[1]}, other conclusion", "diamond", CHANGED))
    ends = [frame[f"seconds_{one}{end}"] for one in ("low", "high") for end in looks]
    return _finished(figure, places, pd.concat(ends), axis, legend)


def draw_contrasts(frame: pd.DataFrame, axis: str) -> go.Figure:
    """Differences with 95 % intervals. Columns: person, code, label, difference, low, high."""
    figure, places = _lines(frame)
    kinds = [_kind(row) for row in frame.to_dict("records")]
    at = [place + MARK_AT for place in places]
    for kind in dict.fromkeys(kinds):
        mine = [one == kind for one in kinds]
        own = [place for place, kept in zip(at, mine, strict=True) if kept]
        _intervals(figure, frame["low"][mine], frame["high"][mine], own, KINDS[kind][1])
    said = [
        f"{escape(row['code'])}<br>{row['difference']:+.0f} s"
        + (f" ({row['low']:.0f} to {row['high']:.0f})" if row["low"] == row["low"] else "")
        for row in frame.to_dict("records")
    ]
    _marks(figure, frame["difference"], at, [KINDS[one][0] for one in kinds], [KINDS[one][1] for one in kinds], said)
    legend = [(name, *look) for name, look in KINDS.items() if name in kinds]
    return _finished(figure, places, pd.concat([frame["low"], frame["high"], frame["difference"]]), axis, legend)


def _kind(row: dict) -> str:
    """Which of `KINDS` a difference is."""
    if row["low"] != row["low"]:
        return "too few for an interval"
    return "interval excludes 0" if row["low"] > 0 or row["high"] < 0 else "interval includes 0"


def draw_influence(frame: pd.DataFrame, dots: pd.DataFrame, axis: str) -> go.Figure:
    """The estimate and its 95 % interval, and one dot per dyad: the estimate without it. `frame`: person, code, label,
    seconds, seconds_low, seconds_high; `dots`: person, code, dyad, seconds, changed (bool).
    """
    figure, places = _lines(frame)
    line = dict(zip(zip(frame["person"], frame["code"], strict=True), places, strict=True))
    at = [place + MARK_AT - SHIFT for place in places]
    _intervals(figure, frame["seconds_low"], frame["seconds_high"], at, BEFORE)
    said = [f"{escape(row['code'])}, everybody<br>{row['seconds']:+.0f} s" for row in frame.to_dict("records")]
    _marks(figure, frame["seconds"], at, ["circle-open"] * len(frame), [BEFORE] * len(frame), said)
    for changed, symbol, shade in ((False, "circle", QUIET), (True, "diamond", CHANGED)):
        mine = dots[dots["changed"] == changed]
        rows = mine.to_dict("records")
        at = [line[row["person"], row["code"]] + MARK_AT + SHIFT for row in rows]
        said = [f"{escape(row['code'])} without {escape(str(row['dyad']))}<br>{row['seconds']:+.0f} s" for row in rows]
        _marks(figure, mine["seconds"], at, [symbol] * len(rows), [shade] * len(rows), said, 11 if changed else 8)
    legend = [("everybody, 95 % interval", "circle-open", BEFORE), ("without one dyad", "circle", QUIET)]
    if dots["changed"].any():
        legend.append(("without one dyad, other conclusion", "diamond", CHANGED))
    return _finished(figure, places, pd.concat([frame["seconds_low"], frame["seconds_high"]]), axis, legend)


def _lines(frame: pd.DataFrame) -> tuple[go.Figure, list[float]]:
    """The figure with headings and labels, and where each row of the frame lies (in rows from the top)."""
    figure, places, at = go.Figure(), [], 0.0
    person = None
    for row in frame.to_dict("records"):
        if row["person"] != person:
            person = row["person"]
            _text(figure, f"<b>{escape(person)}</b>", at + HEAD / 2 - 0.5, FONT_SIZE + 1)
            at += HEAD
        places.append(at)
        _text(figure, row["label"], at + LABEL_AT, FONT_SIZE)
        at += 1
    return figure, places


def _text(figure: go.Figure, text: str, y: float, size: int) -> None:
    figure.add_annotation(
        text=text, x=0, xref="paper", xanchor="left", y=y, showarrow=False, font={"size": size, "color": INK}
    )


def _intervals(figure: go.Figure, low: pd.Series, high: pd.Series, at: list[float], colour: str) -> None:
    """95 % lines of one colour; a missing end draws nothing."""
    pairs = [(a, b, y) for a, b, y in zip(low, high, at, strict=True) if a == a and b == b]
    xs = [value for a, b, _ in pairs for value in (a, b, None)]
    ys = [value for _, _, y in pairs for value in (y, y, None)]
    line = {"color": colour, "width": 2}
    figure.add_scatter(x=xs, y=ys, mode="lines", line=line, showlegend=False, hoverinfo="skip")


def _marks(
    figure: go.Figure, x: pd.Series, at: list[float], symbols: list[str], colours: list[str], said: list[str],
    size: int = 12,
) -> None:  # fmt: skip
    marker = {"color": colours, "symbol": symbols, "size": size, "line": {"color": colours, "width": 2}}
    figure.add_scatter(x=x, y=at, mode="markers", marker=marker, text=said, hoverinfo="text", showlegend=False)


def _finished(
    figure: go.Figure, places: list[float], values: pd.Series, axis: str, legend: list[tuple[str, str, str]]
) -> go.Figure:
    """Axes, the zero line (with gaps where labels stand), and the legend above."""
    bottom = (places[-1] if places else 0) + 0.6
    ys = [value for place in places for value in (place + MARK_AT - REACH, place + MARK_AT + REACH, None)]
    figure.add_scatter(
        x=[0, 0, None] * len(places), y=ys, mode="lines", line={"color": ZERO, "width": 1.5}, showlegend=False,
        hoverinfo="skip", name="zero",
    )  # fmt: skip
    for name, symbol, colour in legend:
        marker = {"color": colour, "symbol": symbol, "size": 12, "line": {"color": colour, "width": 2}}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)
    plot, top = ROW * (bottom + 0.5), TOP + ENTRY * len(legend)
    base(figure, round(plot + top + FOOT))
    low, high = min(values.min(), 0), max(values.max(), 0)
    room = 0.05 * (high - low)
    figure.update_layout(
        margin={"t": top, "b": FOOT, "l": 4, "r": 12},
        legend={"y": 1 + top / plot, "yanchor": "top", "traceorder": "normal"},
        dragmode=False,
    )
    figure.update_yaxes(range=[bottom, -0.5], visible=False, fixedrange=True)
    title = {"text": axis, "font": {"size": FONT_SIZE, "color": INK}, "standoff": 6}
    figure.update_xaxes(range=[low - room, high + room], title=title, fixedrange=True, nticks=7, tickangle=0)
    return figure
