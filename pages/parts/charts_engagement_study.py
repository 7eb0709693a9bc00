"""Figures of the still-face effect and of the labels: codes over the episodes, their changes, and how much of each."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, HATCH, INK, MUTED, PALETTE, base
from pages.parts.charts_durations import AXIS_WIDTH, OUTLINE, lines

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "star", "hexagon", "x")
LOOKS = ((PALETTE[0], "circle"), (PALETTE[5], "diamond"), (PALETTE[7], "square"))
"""Colour and mark of each change."""
WIDE = 0.5
"""How much of the room of an episode the marks of its codes take."""
HEAD, LINE, BELOW = 30, 25, 12
"""Pixels of a row: its name, each of its marks, and what is free below."""
MARKS_TO = 0.62
"""Part of the width that the marks take; the figures stand right of it."""
BAR, ROOM = 46, 1.45
"""Pixels of a bar with its name; width over the longest bar, in which the numbers stand."""
TEXT = {"size": FONT_SIZE, "color": INK}


def draw_effect(frame: pd.DataFrame, episodes: list[str], axis: str) -> go.Figure:
    """One line per code over the episodes, with intervals. Columns: name, colour, episode, mean, low, high, hover."""
    figure = base(go.Figure(), 470)
    names = list(dict.fromkeys(frame["name"]))
    for number, name in enumerate(names):
        part = frame[frame["name"] == name].set_index("episode").reindex(episodes).dropna(subset=["mean"])
        shift = WIDE * ((number + 0.5) / len(names) - 0.5)
        colour = part["colour"].iloc[0] if len(part) else INK
        figure.add_trace(
            go.Scatter(
                x=[episodes.index(one) + shift for one in part.index], y=part["mean"], mode="lines+markers",
                name=escape(name), line={"color": colour, "width": 2.5},
                marker={"size": 10, "symbol": SYMBOLS[number % len(SYMBOLS)], "line": OUTLINE, "color": colour},
                error_y=_reach(part, colour), hovertext=part["hover"], hoverinfo="text",
            )
        )  # fmt: skip
    places = list(range(len(episodes)))
    figure.update_xaxes(tickvals=places, ticktext=episodes, range=[-0.5, len(episodes) - 0.5], showgrid=False)
    figure.update_yaxes(title={"text": axis}, rangemode="tozero", nticks=6)
    for edge in places[1:]:
        figure.add_vline(x=edge - 0.5, line={"color": MUTED, "width": 1})
    figure.update_layout(legend={"y": -0.12}, dragmode=False, margin={"t": 14})
    return figure


def _reach(part: pd.DataFrame, colour: str) -> dict[str, object]:
    """Arms of the intervals; nothing where there is none."""
    above, below = (part["high"] - part["mean"]).fillna(0), (part["mean"] - part["low"]).fillna(0)
    return {"type": "data", "array": above, "arrayminus": below, "color": colour, "thickness": 2, "width": 5}


def draw_changes(frame: pd.DataFrame, steps: list[str], axis: str) -> go.Figure:
    """One row per code (`name`, in order), one mark per change (`step`). Columns: name, step, mean, low, high, said."""
    names = list(dict.fromkeys(frame["name"]))
    row = HEAD + LINE * len(steps) + BELOW
    height = row * len(names)
    figure = base(go.Figure(), height + 132)
    notes = [_note(f"<b>{escape(name)}</b>", 0, place * row + HEAD / 2) for place, name in enumerate(names)]
    notes.append(_note(lines(axis, AXIS_WIDTH), 0, height) | {"yanchor": "top", "yshift": -28, "align": "left"})
    for number, step in enumerate(steps):
        part = frame[(frame["step"] == step) & frame["mean"].notna()]
        at = part["name"].map(names.index).astype(float) * row + HEAD + LINE * (number + 0.5)
        colour, symbol = LOOKS[number % len(LOOKS)]
        figure.add_trace(
            go.Scatter(
                x=part["mean"], y=at, mode="markers", name=escape(step), error_x=_reach(part, colour), hoverinfo="skip",
                marker={"color": colour, "symbol": symbol, "size": 11},
            )
        )  # fmt: skip
        notes += [_note(said, MARKS_TO + 0.02, place) for said, place in zip(part["said"], at, strict=True)]
    zeros = [
        {"type": "line", "layer": "below", "x0": 0, "x1": 0, "y0": place * row + HEAD, "y1": (place + 1) * row - BELOW}
        | {"line": {"color": "#808080", "width": 1.5}}
        for place in range(len(names))
    ]
    figure.update_xaxes(domain=[0, MARKS_TO], nticks=6, tickangle=0)
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    legend = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(
        annotations=notes, shapes=zeros, legend=legend, showlegend=True, dragmode=False,
        margin={"l": 4, "r": 4, "t": 44, "b": 88},
    )  # fmt: skip
    return figure


def _note(text: str, x: float, y: float) -> dict[str, object]:
    place = {"xref": "paper", "xanchor": "left", "yref": "y", "yanchor": "middle", "showarrow": False, "font": TEXT}
    return place | {"text": text, "x": x, "y": y}


def draw_labels(frame: pd.DataFrame, heads: dict[str, str]) -> go.Figure:
    """Bars of minutes per code and, below them, per class. Columns: level, words, minutes, colour, hatched, said.

    `heads`: level -> its heading, in order.
    """
    figure, notes, at = go.Figure(), [], 0.0
    for level, title in heads.items():
        part = frame[frame["level"] == level]
        notes.append(_note(f"<b>{escape(title)}</b>", 0, at + 16))
        at += 40
        middles = [at + BAR * place + BAR * 0.68 for place in range(len(part))]
        hatch = ["" if not one else HATCH for one in part["hatched"]]
        figure.add_trace(
            go.Bar(
                x=part["minutes"], y=middles, orientation="h", width=BAR * 0.4, hoverinfo="skip", showlegend=False,
                marker={"color": part["colour"], "line": OUTLINE, "pattern": {"shape": hatch}},
                text=part["said"], textposition="outside", textfont=TEXT, cliponaxis=False,
            )
        )  # fmt: skip
        notes += [
            _note(escape(words), 0, place - BAR * 0.48) for words, place in zip(part["words"], middles, strict=True)
        ]
        at += BAR * len(part) + 12
    base(figure, int(at) + 66)
    most = max(frame["minutes"].max(), 0.01)
    figure.update_xaxes(range=[0, most * ROOM], title={"text": "Minutes in all sessions"}, nticks=6)
    figure.update_yaxes(range=[at, 0], showticklabels=False, showgrid=False, automargin=False)
    figure.update_layout(annotations=notes, dragmode=False, bargap=0, margin={"l": 4, "r": 8, "t": 4, "b": 54})
    return figure
