"""Figures of the smiles page about one recording: how the choices move the number of smiles and their features."""

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base

SYMBOLS = ("circle", "diamond", "square")
COLOURS = (PALETTE[5], PALETTE[0], PALETTE[2])
SPREAD = 0.2
"""Marks of one row stand this far apart, so that none hides another."""


def draw_sensitivity(table: pd.DataFrame, column: str, chosen: tuple[str, str]) -> go.Figure:
    """Rows are pairs of landmarks, marks are smoothings; `column` is drawn.

    `table`: Landmarks, Smoothing and `column`; `chosen`: (landmarks, smoothing), drawn with a ring.
    """
    pairs, smoothings = list(dict.fromkeys(table["Landmarks"])), list(dict.fromkeys(table["Smoothing"]))
    place = {name: -number for number, name in enumerate(pairs)}
    shift = {name: SPREAD * (1 - number) for number, name in enumerate(smoothings)}
    at = table["Landmarks"].map(place) + table["Smoothing"].map(shift)
    figure = go.Figure()
    for number, smoothing in enumerate(smoothings):
        mine = table["Smoothing"] == smoothing
        figure.add_trace(_marks(table[mine], at[mine], column, number))
    ring = (table["Landmarks"] == chosen[0]) & (table["Smoothing"] == chosen[1])
    if ring.any():
        figure.add_trace(_ring(table[ring], at[ring], column))
    base(figure, 340)
    figure.update_xaxes(title={"text": column}, rangemode="tozero", nticks=6)
    figure.update_yaxes(tickvals=list(place.values()), ticktext=[name.replace(", ", ",<br>") for name in pairs])
    figure.update_layout(legend={"y": -0.3})
    return figure


def _marks(part: pd.DataFrame, at: pd.Series, column: str, number: int) -> go.Scatter:
    smoothing = part["Smoothing"].iloc[0]
    return go.Scatter(
        x=part[column],
        y=at,
        mode="markers",
        name=smoothing,
        text=part["Landmarks"],
        marker={"symbol": SYMBOLS[number % 3], "size": 12, "color": COLOURS[number % 3]},
        hovertemplate=f"%{{text}}<br>{smoothing}<br>%{{x:.3g}}<extra></extra>",
    )


def _ring(ring: pd.DataFrame, at: pd.Series, column: str) -> go.Scatter:
    marker = {"symbol": "circle-open", "size": 23, "color": INK, "line": {"width": 2}}
    return go.Scatter(x=ring[column], y=at, mode="markers", name="As chosen", marker=marker, hoverinfo="skip")


def draw_noise(curve: pd.DataFrame, real: tuple[float, float], here: float) -> go.Figure:
    """Share of boundaries found within two frames against landmark noise, one line per smoothing.

    `curve`: 'Noise (IR)' and one column per smoothing (%); `real`: noise of real tracks, shaded; `here`: this track's
    noise, a line (nan: none).
    """
    figure = go.Figure()
    figure.add_vrect(x0=real[0], x1=real[1], fillcolor=MUTED, line_width=0, layer="below")
    words = {"text": "real tracks", "showarrow": False, "font": {"size": FONT_SIZE, "color": INK}}
    figure.add_annotation(x=sum(real) / 2, y=6, **words)
    for number, name in enumerate(curve.columns[1:]):
        look = {"symbol": SYMBOLS[number % 3], "size": 9}
        line = {"color": COLOURS[number % 3], "width": 3}
        figure.add_trace(
            go.Scatter(x=curve["Noise (IR)"], y=curve[name], name=name, mode="lines+markers", line=line, marker=look)
        )
    if here == here:
        figure.add_vline(x=here, line={"color": INK, "dash": "dash", "width": 2})
        figure.add_annotation(x=here, y=30, xanchor="left", xshift=5, **words | {"text": "this<br>recording"})
    base(figure, 340)
    figure.update_xaxes(title={"text": "Noise of the curve from frame to frame (IR)"}, rangemode="tozero")
    figure.update_yaxes(title={"text": "Boundaries within<br>two frames (%)"}, range=[0, 104])
    figure.update_layout(legend={"y": -0.3})
    return figure
