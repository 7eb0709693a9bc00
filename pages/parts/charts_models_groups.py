"""Figures of "Groups": estimates of several fits side by side with their difference, and what covariates move."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base

SERIES = (PALETTE[0], PALETTE[5], PALETTE[2])
SYMBOLS = ("circle", "square", "diamond")
DIFFERENCE = "Difference"
QUIET, ZERO = "#808080", "rgba(128,128,128,0.9)"
LABEL, MARK, AIR, HEAD, FOOT, LEGEND = 24, 13, 8, 44, 62, 84
"""Pixels: the label of a behaviour, each of its marks, the air below, a person's head, below and above the panels."""
COLUMNS = (0.0, 0.60, 0.66, 1.0)
"""Where the column of estimates and that of differences begin and end (parts of the width)."""
SMALL = 13
STRIP = 42


def draw_groups(frame: pd.DataFrame, difference: pd.DataFrame | None = None) -> go.Figure:
    """One line per behaviour: the estimates of every series with 95 % intervals, and on the right their difference.

    `frame`: person, code, series, seconds, seconds_low, seconds_high, counts (what stands behind the label), said.
    `difference`: person, code, seconds, seconds_low, seconds_high, clear, said.
    """
    lines, figure = lines_of(frame), go.Figure()
    names = list(dict.fromkeys(frame["series"]))
    at, height = places(lines, len(names))
    base(figure, height + LEGEND + FOOT)
    _axes(figure, frame, difference, height)
    for person, code in lines:
        _label(figure, frame, person, code, at[person, code] - (0 if code is None else label_above(len(names))))
    both = difference is not None and len(difference) > 0
    for axis in ("x", "x2") if both else ("x",):
        figure.add_trace(_zero([at[line] for line in lines if line[1] is not None], len(names), axis))
    for number, name in enumerate(names):
        shift = MARK * (number - (len(names) - 1) / 2)
        look = (SERIES[number % len(SERIES)], SYMBOLS[number % len(SYMBOLS)])
        _series(figure, frame[frame["series"] == name], at, shift, name, look, "x")
    if both:
        clear = difference["clear"]
        _series(figure, difference[clear], at, 0, "Difference, clear", (INK, "diamond"), "x2")
        _series(figure, difference[~clear], at, 0, "Difference, not clear", (QUIET, "diamond-open"), "x2")
    figure.update_layout(
        margin={"t": LEGEND, "b": FOOT, "l": 4, "r": 12}, dragmode=False,
        legend={"y": 1 + LEGEND / height, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )  # fmt: skip
    return figure


def lines_of(frame: pd.DataFrame) -> list[tuple[str, str | None]]:
    """(person, behaviour) from top to bottom; the head of a person has no behaviour."""
    found: list[tuple[str, str | None]] = []
    for person, rows in frame.groupby("person", sort=False):
        found += [(str(person), None), *((str(person), code) for code in dict.fromkeys(rows["code"]))]
    return found


def places(lines: list[tuple[str, str | None]], series: int) -> tuple[dict[tuple[str, str | None], float], int]:
    """(middle of the marks of each line, or of a head, in pixels from the top; the height of all)."""
    found, top = {}, 0
    for person, code in lines:
        if code is None:
            found[person, code] = top + HEAD / 2
            top += HEAD
        else:
            found[person, code] = top + LABEL + MARK * series / 2
            top += LABEL + MARK * series + AIR
    return found, top


def label_above(series: int) -> float:
    """Pixels from the middle of the marks of a line up to the middle of its label."""
    return MARK * series / 2 + LABEL / 2


def _zero(middles: list[float], series: int, axis: str) -> go.Scatter:
    """The zero line, with gaps where the labels stand."""
    half = MARK * series / 2 + AIR / 2
    ys = [value for middle in middles for value in (middle - half, middle + half, None)]
    line = {"color": ZERO, "width": 2}
    return go.Scatter(
        x=[0, 0, None] * len(middles), y=ys, xaxis=axis, mode="lines", line=line, showlegend=False, hoverinfo="skip",
        name="zero",
    )  # fmt: skip


def _axes(figure: go.Figure, frame: pd.DataFrame, difference: pd.DataFrame | None, height: int) -> None:
    text = {"size": FONT_SIZE, "color": INK}
    shared = {
        "showgrid": False, "zeroline": False, "nticks": 5, "ticks": "outside", "tickcolor": MUTED, "showline": True,
        "linecolor": MUTED, "fixedrange": True, "anchor": "y", "tickangle": 0, "tickfont": text,
    }  # fmt: skip
    figure.update_layout(yaxis={"range": [height, 0], "visible": False, "fixedrange": True, "domain": [0, 1]})
    both = difference is not None and len(difference) > 0
    left = list(COLUMNS[:2]) if both else [0, 1]
    title = {"text": "Seconds per 5 minutes", "font": text, "standoff": 6}
    figure.update_layout(xaxis={**shared, "domain": left, "range": ends(frame), "title": title})
    if both:
        title = {**title, "text": "Difference (s per 5 min)"}
        right = {"domain": list(COLUMNS[2:]), "range": ends(difference), "title": title, "nticks": 4}
        figure.update_layout(xaxis2={**shared, **right})


def ends(frame: pd.DataFrame) -> list[float]:
    """Ends of an axis: every estimate and most of the intervals; the rest is cut at the edge."""
    low = min(frame["seconds"].min(), frame["seconds_low"].quantile(0.1), 0)
    high = max(frame["seconds"].max(), frame["seconds_high"].quantile(0.9), 0)
    room = 0.06 * (high - low) or 1.0
    return [float(low - room), float(high + room)]


def beyond(frame: pd.DataFrame) -> int:
    """Intervals that leave the axis."""
    low, high = ends(frame)
    return int(((frame["seconds_low"] < low) | (frame["seconds_high"] > high)).sum())


def _label(figure: go.Figure, frame: pd.DataFrame, person: str, code: str | None, middle: float) -> None:
    """The head of a person, or a behaviour with what its estimates rest on."""
    text = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "y", "showarrow": False, "align": "left"}
    font = {"size": FONT_SIZE, "color": INK}
    if code is None:
        figure.add_annotation(text=f"<b>{escape(person)}</b>", y=middle, font={**font, "size": FONT_SIZE + 1}, **text)
        return
    row = frame[(frame["person"] == person) & (frame["code"] == code)].iloc[0]
    said = f"{escape(code)} <span style='font-size:{SMALL}px'>({escape(row['counts'])})</span>"
    figure.add_annotation(text=said, y=middle, font=font, **text)


def _series(
    figure: go.Figure,
    rows: pd.DataFrame,
    at: dict[tuple[str, str | None], float],
    shift: float,
    name: str,
    look: tuple[str, str],
    axis: str,
) -> None:
    """Marks with 95 % intervals of one series."""
    if rows.empty:
        return
    colour, symbol = look
    ys = [at[row.person, row.code] + shift for row in rows.itertuples()]
    arms = {
        "type": "data", "symmetric": False, "array": rows["seconds_high"] - rows["seconds"], "width": 0,
        "arrayminus": rows["seconds"] - rows["seconds_low"], "color": colour, "thickness": 2,
    }  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=rows["seconds"],
            y=ys,
            xaxis=axis,
            mode="markers",
            name=name,
            text=rows["said"],
            hoverinfo="text",
            error_x=arms,
            marker={"color": colour, "symbol": symbol, "size": 10, "line": {"color": colour, "width": 2}},
        )  # fmt: skip
    )


def draw_covariates(frame: pd.DataFrame) -> go.Figure:
    """A strip per covariate: the shift of every exposure x behaviour term, the largest one named.

    Columns: covariate, shift (seconds), said, name (of the term).
    """
    names = list(dict.fromkeys(frame["covariate"]))
    figure = go.Figure()
    base(figure, STRIP * len(names) + 90)
    figure.add_trace(
        go.Scatter(
            x=frame["shift"],
            y=frame["covariate"],
            mode="markers",
            text=frame["said"],
            hoverinfo="text",
            marker={"color": PALETTE[4], "size": 10, "opacity": 0.8},
            showlegend=False,
        )  # fmt: skip
    )
    reach = max(1.2 * float(frame["shift"].abs().max()), 1.0)
    figure.update_xaxes(
        title_text="Shift in seconds per 5 minutes", range=[-reach, reach], zeroline=True, zerolinecolor=ZERO,
        fixedrange=True, nticks=7,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=True, fixedrange=True, categoryorder="array")
    figure.update_layout(margin={"t": 8, "b": 8, "l": 4, "r": 12}, dragmode=False)
    return figure
