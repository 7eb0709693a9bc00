"""Figures of the dynamics page along time: the diagonal profile, waiting curves, and one pair's way through a grid."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base
from pages.parts.charts_durations import lines

BAND = "rgba(128,128,128,0.28)"
DASHES = ("solid", "dash", "dot", "dashdot")
FILLS = ("0,114,178", "230,159,0", "0,158,115", "204,121,167")
MOST_GROUPS = len(FILLS)
"""Waiting curves of more groups than this cannot be told apart."""


def draw_profile(frame: pd.DataFrame, band: pd.DataFrame | None, sides: tuple[str, str], chance: str) -> go.Figure:
    """Share together (%) at every lag (s), with what surrogates make of it. Columns: lag, lag_s, share; lag, low, high.

    `sides`: words left and right of 0.
    """
    figure = base(go.Figure(), 430)
    if band is not None and len(band):
        seconds = frame.set_index("lag")["lag_s"].reindex(band["lag"])
        x = [*seconds, *seconds[::-1]]
        y = [*(100 * band["high"]), *(100 * band["low"][::-1])]
        figure.add_trace(
            go.Scatter(x=x, y=y, fill="toself", fillcolor=BAND, line={"width": 0}, mode="lines", name=chance,
                       hoverinfo="skip")
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=frame["lag_s"], y=100 * frame["share"], mode="lines+markers", name="observed",
            line={"color": PALETTE[0], "width": 3}, marker={"size": 7},
            hovertemplate="%{x:g} s: %{y:.1f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#808080", "dash": "dot"})
    figure.update_xaxes(title={"text": "Lag (s)"})
    figure.update_yaxes(title={"text": "Together (%)"}, rangemode="tozero")
    note = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False, "xref": "paper"}
    notes = [
        note | {"text": text, "x": x, "xanchor": side, "font": {"size": FONT_SIZE, "color": INK}}
        for text, x, side in ((sides[0], 0, "left"), (sides[1], 1, "right"))
    ]
    figure.update_layout(annotations=notes, margin={"t": 50}, dragmode=False)
    return figure


def draw_waiting(curves: list[tuple[str, pd.DataFrame]], most_s: float) -> go.Figure:
    """Share still waiting (%) along time, one curve per group with its band. Columns: time_s, waiting, low, high."""
    figure = base(go.Figure(), 440)
    for number, (name, curve) in enumerate(curves):
        figure.add_traces(_curve(name, _from_start(curve), number))
    figure.add_hline(y=50, line={"color": "#808080", "dash": "dot"})
    figure.update_xaxes(title={"text": "Seconds since the clock started"}, range=[0, most_s])
    figure.update_yaxes(title={"text": "Still without an answer (%)"}, range=[0, 103])
    figure.update_layout(dragmode=False, margin={"t": 16})
    return figure


def _from_start(curve: pd.DataFrame) -> pd.DataFrame:
    """The curve from everybody at time 0."""
    start = pd.DataFrame({"time_s": [0.0], "waiting": [1.0], "low": [1.0], "high": [1.0]})
    return pd.concat([start, curve[list(start)]], ignore_index=True).astype(float)


def _curve(name: str, curve: pd.DataFrame, number: int) -> list[go.Scatter]:
    """A staircase and its band."""
    rgb, colour = FILLS[number % MOST_GROUPS], PALETTE[(0, 1, 2, 3)[number % MOST_GROUPS]]
    same = {"x": curve["time_s"], "mode": "lines", "hoverinfo": "skip", "showlegend": False, "legendgroup": name}
    edge = {"shape": "hv", "width": 0, "color": colour}
    return [
        go.Scatter(y=100 * curve["high"], line=edge, **same),
        go.Scatter(y=100 * curve["low"], line=edge, fill="tonexty", fillcolor=f"rgba({rgb},0.18)", **same),
        go.Scatter(
            x=curve["time_s"], y=100 * curve["waiting"], mode="lines", name=escape(name), legendgroup=name,
            line={"shape": "hv", "color": colour, "width": 3, "dash": DASHES[number % MOST_GROUPS]},
            hovertemplate="%{x:.1f} s: %{y:.0f} %<extra>" + escape(name) + "</extra>",
        ),
    ]  # fmt: skip


def draw_way(visits: pd.DataFrame, sides: tuple[str, str], colours: dict[tuple[str, str], str]) -> go.Figure:
    """One pair's way: the state of each side along time. Columns: given, target, onset_ms, offset_ms, in order."""
    codes = [list(dict.fromkeys(visits[name])) for name in ("given", "target")]
    rows = [(side, name) for side, names in zip(("given", "target"), codes, strict=True) for name in names]
    figure = base(go.Figure(), 120 + 34 * len(rows))
    for place, (side, name) in enumerate(rows):
        bouts = visits[visits[side] == name]
        figure.add_trace(
            go.Bar(
                base=bouts["onset_ms"] / 1000, x=(bouts["offset_ms"] - bouts["onset_ms"]) / 1000,
                y=[place] * len(bouts), orientation="h",
                marker={"color": colours.get((side, name), PALETTE[0]), "line": {"width": 0}},
                showlegend=False, hovertemplate=f"{escape(name)}: %{{base:.1f}} s<extra></extra>",
            )
        )  # fmt: skip
    said = [f"{sides[0] if side == 'given' else sides[1]}: {lines(name, 22)}" for side, name in rows]
    figure.update_yaxes(tickvals=list(range(len(rows))), ticktext=said, autorange="reversed", showgrid=False)
    figure.update_xaxes(title={"text": "Seconds of the recording"})
    figure.update_layout(barmode="overlay", dragmode=False, margin={"t": 8})
    return figure
