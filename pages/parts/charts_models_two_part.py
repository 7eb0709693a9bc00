"""Forest plot of the two-part model: whether a behaviour occurs on the left, how long where it does on the right."""

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base

COLOURS = {"Clear": PALETTE[0], "Suggestive": PALETTE[5], "No clear evidence": "#808080"}
SYMBOLS = {"Clear": "square", "Suggestive": "diamond", "No clear evidence": "circle"}
ZERO = "rgba(128,128,128,0.9)"
ROW, HEAD, FOOT, LEGEND, FAILED = 54, 44, 64, 48, 34
"""Pixels: a behaviour, the head of a panel, its axes, the legend, and a title that says that the fit failed."""
LABEL_AT, MARKS_AT, REACH = -0.24, 0.2, 0.3
"""Parts of a row: where the label stands, where the marks lie, how far the line of no difference goes."""
SPANS = ((0.0, 0.47), (0.53, 1.0))
"""Where the two columns lie, from left to right."""
TICKS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32)
WIDEST = 5
"""Doublings either way beyond which an odds ratio is cut, so that one wild interval leaves the others readable."""
COLUMNS = {
    "odds": ("Odds that it occurs (times)", 1.0),
    "seconds": ("Seconds per 5 min, where it occurs", 0.0),
}
"""Column -> title of its axis, and the value of no difference."""


def draw_two_parts(frame: pd.DataFrame, failed: bool = False) -> go.Figure:
    """Two columns of intervals, one panel per person, one line per behaviour.

    Columns: person, code, counts (what it rests on), and for odds and seconds: the estimate, `_low`, `_high` (95 %),
    `_evidence`; missing where a part cannot say. `failed`: the title says that the fit cannot be used.
    """
    people = list(dict.fromkeys(frame["person"]))
    lines = {person: list(dict.fromkeys(frame.loc[frame["person"] == person, "code"])) for person in people}
    inner = sum(ROW * len(codes) for codes in lines.values()) + (HEAD + FOOT) * (len(people) - 1)
    above = HEAD + LEGEND + (FAILED if failed else 0)
    figure, top = base(go.Figure(), inner + above + FOOT), 1.0
    for place, person in enumerate(people):
        bottom = max(top - ROW * len(lines[person]) / inner, 0.0)
        _panel(figure, place, frame[frame["person"] == person], lines[person], (bottom, top), frame)
        _say(figure, f"<b>{escape(person)}</b>", top, "paper", {"yanchor": "bottom", "yshift": 12}, FONT_SIZE + 1)
        top = bottom - (HEAD + FOOT) / inner
    _legend(figure, frame)
    legend = {"y": 1 + (HEAD + LEGEND) / inner, "yanchor": "top", "traceorder": "normal"}
    figure.update_layout(margin={"t": above, "b": FOOT, "l": 4, "r": 12}, legend=legend, dragmode=False)
    if failed:
        title = {"text": "This fit failed its own checks: do not report it", "x": 0, "y": 1, "yref": "container"}
        figure.update_layout(title={**title, "yanchor": "top", "pad": {"t": 8}})
    return figure


def _panel(
    figure: go.Figure, place: int, rows: pd.DataFrame, codes: list[str], span: tuple[float, float], frame: pd.DataFrame
) -> None:
    """One person: both columns, and the labels above the marks."""
    for column, name in enumerate(COLUMNS):
        number = 2 * place + column + 1
        x, y = (f"x{number}", f"y{number}") if number > 1 else ("x", "y")
        _axes(figure, (x, y), (SPANS[column], span), len(codes), name, frame)
        _none(figure, len(codes), COLUMNS[name][1], x, y)
        _intervals(figure, rows, codes, name, x, y)
        if column == 0:
            for line, code in enumerate(codes):
                row = rows[rows["code"] == code].iloc[0]
                text = f"{escape(code)} <span style='font-size:13px'>({escape(row['counts'])})</span>"
                _say(figure, text, line + LABEL_AT, y, {"yanchor": "middle"})


def _say(figure: go.Figure, text: str, at: float, y: str, more: dict[str, object], size: int = FONT_SIZE) -> None:
    """Text at the left edge of the figure."""
    figure.add_annotation(
        text=text, x=0, xref="paper", xanchor="left", y=at, yref=y, showarrow=False, font={"size": size, "color": INK},
        **more,
    )  # fmt: skip


def _axes(
    figure: go.Figure,
    names: tuple[str, str],
    spans: tuple[tuple[float, float], tuple[float, float]],
    lines: int,
    name: str,
    frame: pd.DataFrame,
) -> None:
    """The axes of one column of one panel; both persons have the same range."""
    x, y = names
    text = {"size": FONT_SIZE, "color": INK}
    shared = {"fixedrange": True, "showgrid": False, "zeroline": False, "tickfont": text}
    title = {"text": COLUMNS[name][0], "font": text, "standoff": 6}
    across = {**shared, "domain": spans[0], "anchor": y, "title": title, "tickangle": 0}
    low, high = ends_of(frame, name)
    if name == "odds":
        ticks = [tick for tick in TICKS if np.log10(tick) >= low and np.log10(tick) <= high]
        ticks = ticks if len(ticks) <= 7 else [tick for tick in ticks if np.log2(tick) % 2 == 0]
        words = [f"{tick:g}" if tick >= 1 else f"1/{1 / tick:g}" for tick in ticks]
        across |= {"type": "log", "range": [low, high], "tickvals": ticks, "ticktext": words}
    else:
        across |= {"range": [low, high], "nticks": 6}
    down = {**shared, "domain": spans[1], "anchor": x, "range": [lines - 0.5, -0.5], "showticklabels": False}
    figure.update_layout({f"xaxis{x[1:]}": across, f"yaxis{y[1:]}": down})


def ends_of(frame: pd.DataFrame, name: str) -> tuple[float, float]:
    """The ends of a column's axis, with a little room: seconds, or log10 of odds ratios."""
    low, high = frame[f"{name}_low"].min(), frame[f"{name}_high"].max()
    if name == "odds":
        reach = WIDEST * np.log10(2)
        low, high = np.clip(np.log10([low, high]), -reach, reach) if np.isfinite([low, high]).all() else (-0.5, 0.5)
    low, high = (min(low, 0.0), max(high, 0.0)) if np.isfinite([low, high]).all() else (-1.0, 1.0)
    room = 0.06 * (high - low or 1.0)
    return float(low - room), float(high + room)


def _none(figure: go.Figure, lines: int, at: float, x: str, y: str) -> None:
    """The line of no difference, with gaps where the labels stand."""
    ys = [value for line in range(lines) for value in (line + MARKS_AT - REACH, line + MARKS_AT + REACH, None)]
    figure.add_trace(
        go.Scatter(
            x=[at, at, None] * lines,
            y=ys,
            xaxis=x,
            yaxis=y,
            mode="lines",
            line={"color": ZERO, "width": 2},
            showlegend=False,
            hoverinfo="skip",
            name="none",
        )  # fmt: skip
    )


def _intervals(figure: go.Figure, rows: pd.DataFrame, codes: list[str], name: str, x: str, y: str) -> None:
    """95 % lines and marks of one column."""
    for word, colour in COLOURS.items():
        mine = rows[rows[f"{name}_evidence"] == word]
        if mine.empty:
            continue
        at = [codes.index(code) + MARKS_AT for code in mine["code"]]
        ends = zip(mine[f"{name}_low"], mine[f"{name}_high"], strict=True)
        xs = [value for low, high in ends for value in (low, high, None)]
        ys = [value for place in at for value in (place, place, None)]
        line = {"color": colour, "width": 3}
        lines = go.Scatter(x=xs, y=ys, xaxis=x, yaxis=y, mode="lines", line=line, showlegend=False, hoverinfo="skip")
        marker = {"color": colour, "symbol": SYMBOLS[word], "size": 12}
        said = [_said(row, name) for row in mine.to_dict("records")]
        marks = go.Scatter(
            x=mine[name], y=at, xaxis=x, yaxis=y, mode="markers", marker=marker, text=said, hoverinfo="text",
            showlegend=False,
        )  # fmt: skip
        figure.add_traces([lines, marks])


def _said(row: dict[str, object], name: str) -> str:
    """What is shown under the pointer."""
    digits = 2 if name == "odds" else 0
    mean, low, high = (f"{row[f'{name}{end}']:.{digits}f}" for end in ("", "_low", "_high"))
    what = f"Odds x {mean}" if name == "odds" else f"{mean} s per 5 min where it occurs"
    return f"{escape(str(row['code']))}<br>{what} ({low} to {high})<br>{row[f'{name}_evidence']}"


def _legend(figure: go.Figure, frame: pd.DataFrame) -> None:
    """What colours and shapes mean; only what occurs."""
    for word, colour in COLOURS.items():
        if (frame[["odds_evidence", "seconds_evidence"]] == word).any(axis=None):
            marker = {"color": colour, "symbol": SYMBOLS[word], "size": 12}
            figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=word, marker=marker))
