"""Forest plot of several fits beside each other: one panel per person, one mark per fit."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base

COLOURS = (PALETTE[0], PALETTE[5], PALETTE[2], PALETTE[3])
SYMBOLS = ("square", "circle", "diamond", "triangle-up")
ZERO = "rgba(128,128,128,0.9)"
LABEL, MARK, HEAD, FOOT, LEGEND = 30, 20, 50, 50, 40
"""Pixels: the label of a behaviour, one mark, the head of a panel, its axis, one line of the legend."""


def draw_fits(frame: pd.DataFrame, axis: str) -> go.Figure:
    """Forest plot; columns: fit (its name), person, code, mean, lower, upper, rows, units. Filled marks: the 95 %
    interval excludes 0. `axis`: what 1 on the axis is.
    """
    names, people = list(dict.fromkeys(frame["fit"])), list(dict.fromkeys(frame["person"]))
    lines = {person: list(dict.fromkeys(frame.loc[frame["person"] == person, "code"])) for person in people}
    row = LABEL + MARK * len(names)
    inner = sum(row * len(codes) for codes in lines.values()) + (HEAD + FOOT) * (len(people) - 1)
    figure = base(go.Figure(), inner + HEAD + FOOT + LEGEND * len(names) + 20)
    low, high = min(frame["lower"].min(), 0), max(frame["upper"].max(), 0)
    room, top = 0.05 * (high - low), 1.0
    for place, person in enumerate(people, start=1):
        bottom = max(top - row * len(lines[person]) / inner, 0.0)
        axes = (f"x{place}" if place > 1 else "x", f"y{place}" if place > 1 else "y")
        _axes(figure, axes, (bottom, top), (low - room, high + room), len(lines[person]), axis)
        _panel(figure, frame[frame["person"] == person], lines[person], names, axes, row)
        figure.add_annotation(
            text=f"<b>{escape(person)}</b>", x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom",
            yshift=12, showarrow=False, font={"size": FONT_SIZE + 1, "color": INK},
        )  # fmt: skip
        top = bottom - (HEAD + FOOT) / inner
    _legend(figure, names)
    margin = {"t": HEAD, "b": FOOT + LEGEND * len(names) + 20, "l": 4, "r": 12}
    figure.update_layout(margin=margin, legend={"y": -FOOT / inner, "orientation": "v", "traceorder": "normal"})
    return figure


def _axes(
    figure: go.Figure,
    axes: tuple[str, str],
    span: tuple[float, float],
    ends: tuple[float, float],
    lines: int,
    axis: str,
) -> None:
    x, y = axes
    text = {"size": FONT_SIZE, "color": INK}
    shared = {"fixedrange": True, "showgrid": False, "zeroline": False, "tickfont": text}
    figure.update_layout(
        {
            f"yaxis{y[1:]}": {
                **shared, "domain": span, "anchor": x, "range": [lines, 0], "showticklabels": False,
            },
            f"xaxis{x[1:]}": {
                **shared, "anchor": y, "range": list(ends), "nticks": 6, "tickangle": 0,
                "title": {"text": axis, "font": text, "standoff": 4},
            },
        }
    )  # fmt: skip


def _panel(
    figure: go.Figure, rows: pd.DataFrame, codes: list[str], names: list[str], axes: tuple[str, str], height: int
) -> None:
    x, y = axes
    ys = [value for line in range(len(codes)) for value in (line + LABEL / height, line + 1, None)]
    figure.add_trace(
        go.Scatter(
            x=[0, 0, None] * len(codes), y=ys, xaxis=x, yaxis=y, mode="lines", line={"color": ZERO, "width": 2},
            showlegend=False, hoverinfo="skip", name="zero",
        )
    )  # fmt: skip
    for line, code in enumerate(codes):
        first = rows[rows["code"] == code].iloc[0]
        text = f"{escape(code)} <span style='font-size:13px'>({first['rows']} rows, {first['units']} units)</span>"
        figure.add_annotation(
            text=text, x=0, xref="paper", xanchor="left", y=line + LABEL / 2 / height, yref=y, showarrow=False,
            font={"size": FONT_SIZE, "color": INK},
        )  # fmt: skip
    for number, name in enumerate(names):
        mine = rows[rows["fit"] == name]
        at = [codes.index(code) + (LABEL + MARK * (number + 0.5)) / height for code in mine["code"]]
        figure.add_traces(_marks(mine, at, number, axes))


def _marks(rows: pd.DataFrame, at: list[float], number: int, axes: tuple[str, str]) -> list[go.Scatter]:
    """Interval lines and marks of one fit."""
    x, y = axes
    colour, symbol = COLOURS[number % len(COLOURS)], SYMBOLS[number % len(SYMBOLS)]
    clear = (rows["lower"] > 0) | (rows["upper"] < 0)
    said = [
        f"{escape(row.code)}<br>{escape(row.fit)}<br>{row.mean:+.2f} ({row.lower:.2f} to {row.upper:.2f})"
        for row in rows.itertuples()
    ]
    xs = [value for low, high in zip(rows["lower"], rows["upper"], strict=True) for value in (low, high, None)]
    shared = {"xaxis": x, "yaxis": y, "showlegend": False}
    return [
        go.Scatter(
            x=xs, y=[value for place in at for value in (place, place, None)], mode="lines",
            line={"color": colour, "width": 2}, hoverinfo="skip", **shared,
        ),
        go.Scatter(
            x=rows["mean"], y=at, mode="markers", text=said, hoverinfo="text", **shared,
            marker={
                "color": colour, "size": 11, "symbol": [symbol if one else f"{symbol}-open" for one in clear],
                "line": {"color": colour, "width": 2},
            },
        ),
    ]  # fmt: skip


def _legend(figure: go.Figure, names: list[str]) -> None:
    for number, name in enumerate(names):
        colour = COLOURS[number % len(COLOURS)]
        marker = {"color": colour, "symbol": SYMBOLS[number % len(SYMBOLS)], "size": 11}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers+lines", name=escape(name), marker=marker,
                                    line={"color": colour, "width": 2}))  # fmt: skip
