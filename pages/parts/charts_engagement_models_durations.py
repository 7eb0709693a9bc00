"""Figures of durations from predictions beside durations from a person's codes: bias with limits, and Bland-Altman."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base
from pages.parts.charts_durations import SPACE, lines

ROW, NAME_AT, MARK_AT = 66, 14, 42
"""Pixels: a phase, its words and its marks."""
TOP, FOOT = 74, 66
PANEL, GAP = 270, 96
QUIET = "#808080"
LIMITS, BIAS = "rgba(128,128,128,0.75)", PALETTE[5]
AXIS_WIDTH = 46


def draw_bias(frame: pd.DataFrame, axis: str) -> go.Figure:
    """One row per phase: mean of predicted minus coded with its 95 % interval, on the limits of agreement.

    Columns: phase, bias, bias_low, bias_high, lower, upper, said (figures on the right).
    """
    height = ROW * len(frame)
    figure = base(go.Figure(), height + TOP + FOOT)
    at = [row * ROW + MARK_AT for row in range(len(frame))]
    figure.add_trace(_reach(frame, at, ("bias", "lower", "upper"), "95 % of sessions lie here", LIMITS, 11, 0))
    figure.add_trace(_reach(frame, at, ("bias", "bias_low", "bias_high"), "mean, 95 % interval", BIAS, 3, 12))
    ends = pd.concat([frame[name] for name in ("lower", "upper", "bias_low", "bias_high", "bias")]).dropna()
    room = 0.06 * max(ends.max() - ends.min(), 1.0) if len(ends) else 1.0
    low, high = (min(ends.min(), 0) - room, max(ends.max(), 0) + room) if len(ends) else (-1.0, 1.0)
    zero = {"type": "line", "layer": "below", "x0": 0, "x1": 0, "line": {"color": QUIET, "dash": "dot", "width": 2}}
    shapes = [zero | {"y0": place - 16, "y1": place + 16} for place in at]
    figure.update_xaxes(
        title={"text": lines(axis, AXIS_WIDTH), "standoff": 10}, range=[low, high], nticks=7, tickangle=0
    )
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    notes = [note for row, place in zip(frame.itertuples(), at, strict=True) for note in _names(row, place - MARK_AT)]
    legend = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(annotations=[*notes, *_sides()], shapes=shapes, dragmode=False, showlegend=True, legend=legend)
    figure.update_layout(margin={"l": 4, "r": 12, "t": TOP, "b": FOOT})
    return figure


def _reach(
    frame: pd.DataFrame, at: list[int], names: tuple[str, str, str], name: str, colour: str, thick: int, size: int
) -> go.Scatter:
    """A value with its two ends; without a mark only the ends are seen."""
    value, low, high = (frame[one] for one in names)
    ends = {"array": (high - value).fillna(0), "arrayminus": (value - low).fillna(0)}
    look = {"size": size, "symbol": "diamond"} if size else {"size": thick, "symbol": "square"}
    return go.Scatter(
        x=value, y=at, mode="markers", name=name, marker={"color": colour, **look}, hoverinfo="skip",
        error_x={"type": "data", **ends, "color": colour, "thickness": thick, "width": 6 if size else 0},
    )  # fmt: skip


def _names(row: tuple, top: float) -> list[dict[str, object]]:
    place = {"xref": "paper", "y": top + NAME_AT, "yanchor": "middle", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    return [
        place | {"text": f"<b>{escape(row.phase)}</b>", "x": 0, "xanchor": "left"},
        place | {"text": escape(row.said), "x": 1, "xanchor": "right"},
    ]


def _sides() -> list[dict[str, object]]:
    """What left and right of zero mean, in the corners, where they are never cut."""
    place = {"xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    return [
        place | {"text": "\u2190 the model says less", "x": 0, "xanchor": "left"},
        place | {"text": "the model says more \u2192", "x": 1, "xanchor": "right"},
    ]


def draw_bland_altman(points: pd.DataFrame, limits: pd.DataFrame) -> go.Figure:
    """A panel per phase, two side by side: a session's mean of both durations, and how far they are apart (s).

    `points`: phase, mean_s, apart_s, observation. `limits`: phase, bias, lower, upper.
    """
    names = limits["phase"].tolist()
    rows = -(-len(names) // 2)
    height = rows * PANEL + (rows - 1) * GAP
    figure = make_subplots(
        rows=rows, cols=2, subplot_titles=[f"<b>{escape(name)}</b>" for name in names], horizontal_spacing=0.11,
        vertical_spacing=GAP / height if rows > 1 else 0,
    )  # fmt: skip
    base(figure, height + 120)
    shapes = []
    for number, name in enumerate(names):
        mine, line = points[points["phase"] == name], limits[limits["phase"] == name].iloc[0]
        figure.add_trace(_dots(mine), row=number // 2 + 1, col=number % 2 + 1)
        shapes += _levels(line, str(number + 1) if number else "")
    figure.update_annotations(font={"size": FONT_SIZE, "color": INK})
    figure.update_xaxes(nticks=5, tickangle=0, rangemode="tozero")
    figure.update_yaxes(nticks=5)
    figure.update_xaxes(title={"text": "mean of both (s)", "standoff": 4})
    figure.update_yaxes(title={"text": f"predicted{SPACE}\u2212{SPACE}coded (s)"}, col=1)
    figure.update_layout(showlegend=False, dragmode=False, margin={"t": 36, "b": 8}, shapes=shapes)
    return figure


def _levels(limits: pd.Series, axis: str) -> list[dict[str, object]]:
    """Lines through a panel: no difference, the bias and its limits. (One layout update: `add_hline` is slow.)"""
    place = {"type": "line", "x0": 0, "x1": 1, "xref": f"x{axis} domain", "yref": f"y{axis}"}
    found = [place | {"y0": 0, "y1": 0, "line": {"color": QUIET, "dash": "dot", "width": 1.5}}]
    for name, dash in (("bias", "solid"), ("lower", "dash"), ("upper", "dash")):
        if pd.notna(limits[name]):
            line = {"color": BIAS, "dash": dash, "width": 2}
            found.append(place | {"y0": limits[name], "y1": limits[name], "line": line})
    return found


def _dots(points: pd.DataFrame) -> go.Scatter:
    said = [
        f"{escape(str(row.observation))}<br>mean {row.mean_s:.0f} s, apart {row.apart_s:+.0f} s"
        for row in points.itertuples()
    ]
    return go.Scatter(
        x=points["mean_s"], y=points["apart_s"], mode="markers", hovertext=said, hoverinfo="text",
        marker={"color": PALETTE[0], "size": 10, "opacity": 0.8},
    )  # fmt: skip
