"""Figures of feature traces: a mean with its band over the episodes; and what features see of a picture."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base

BAND = "rgba(0,114,178,0.22)"
GAP = 0.03
"""Room between two episodes on the axis, in parts of their whole length."""


def draw_traces(frame: pd.DataFrame, titles: dict[str, str], axis: str, step_s: float) -> go.Figure:
    """Mean and band per episode, side by side on one axis. Columns: episode, step, mean, low, high."""
    figure, start, marks, edges = base(go.Figure(), 440), 0.0, [], []
    lengths = frame.groupby("episode")["step"].max().add(1) * step_s
    gap, apart = GAP * lengths.sum(), _apart(lengths.max())
    for episode, title in titles.items():
        part = frame[frame["episode"] == episode].dropna(subset=["mean"])
        if part.empty:
            continue
        length = (part["step"].max() + 1) * step_s
        at = start + (part["step"] + 0.5) * step_s
        figure.add_traces(_trace(part, at, title, step_s, first=not edges))
        marks += [(start + second, f"{second:g}") for second in _ticks(length, apart)]
        edges.append((start, start + length, title))
        start += length + gap
    for first, last, title in edges:
        figure.add_vrect(x0=first, x1=last, fillcolor=MUTED, opacity=0.18, line_width=0, layer="below")
        note = {"x": first, "y": 1, "yref": "paper", "yanchor": "bottom", "xanchor": "left", "showarrow": False}
        figure.add_annotation(text=f"<b>{escape(title)}</b>", font={"size": FONT_SIZE, "color": INK}, **note)
    figure.update_xaxes(
        tickvals=[at for at, _ in marks], ticktext=[words for _, words in marks], showgrid=False,
        title={"text": "Seconds from the start of each episode"},
    )  # fmt: skip
    figure.update_yaxes(title={"text": axis}, nticks=6)
    figure.update_layout(legend={"y": -0.22}, dragmode=False, margin={"t": 34})
    return figure


def _trace(part: pd.DataFrame, at: pd.Series, title: str, step_s: float, first: bool) -> list[go.Scatter]:
    """The band and the mean of one episode."""
    known = part["low"].notna()
    x, low, high = at[known], part.loc[known, "low"], part.loc[known, "high"]
    hover = [
        f"{escape(title)}, {row.step * step_s:g} to {(row.step + 1) * step_s:g} s: {row.mean:.4g}"
        for row in part.itertuples()
    ]
    return [
        go.Scatter(
            x=[*x, *x[::-1]], y=[*high, *low[::-1]], fill="toself", fillcolor=BAND, line={"width": 0}, mode="lines",
            name="95 % interval by families", hoverinfo="skip", showlegend=first, legendgroup="band",
        ),
        go.Scatter(
            x=at, y=part["mean"], mode="lines", line={"color": PALETTE[0], "width": 2.5}, name="Mean over dyads",
            hovertext=hover, hoverinfo="text", showlegend=first, legendgroup="mean",
        ),
    ]  # fmt: skip


def _apart(length: float) -> float:
    """Round seconds from one number of the axis to the next."""
    return next(one for one in (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1e9) if length / one <= 4)


def _ticks(length: float, step: float) -> list[float]:
    """Numbers within an episode, 0 included, none so near its end that it would touch the next one's 0."""
    return [step * number for number in range(int(length / step) + 1) if step * number < length - step / 3]


def draw_pictures(images: list[tuple[str, str]], aspect: float, side: int = 330) -> go.Figure:
    """Pictures side by side, each a data address with its title; `aspect`: width over height."""
    figure = make_subplots(rows=1, cols=len(images), horizontal_spacing=0.03)
    base(figure, side + 50)
    notes = []
    for number, (image, title) in enumerate(images, start=1):
        axes = f"x{number if number > 1 else ''}", f"y{number if number > 1 else ''}"
        figure.add_trace(go.Scatter(x=[], y=[], showlegend=False), row=1, col=number)
        figure.add_layout_image(
            source=image, x=0, y=0, sizex=aspect, sizey=1, xref=axes[0], yref=axes[1], xanchor="left", yanchor="top",
            sizing="stretch", layer="below",
        )  # fmt: skip
        place = {"x": 0, "xref": f"{axes[0]} domain", "xanchor": "left", "y": 1, "yanchor": "bottom"}
        place |= {"yref": f"{axes[1]} domain"}
        words = {"text": f"<b>{escape(title)}</b>", "showarrow": False, "font": {"size": FONT_SIZE, "color": INK}}
        notes.append(place | words)
        figure.update_yaxes(scaleanchor=axes[0], row=1, col=number)
    figure.update_xaxes(range=[0, aspect], visible=False, constrain="domain")
    figure.update_yaxes(range=[1, 0], visible=False, constrain="domain")
    figure.update_layout(annotations=notes, dragmode=False, margin={"t": 34, "l": 4, "r": 4, "b": 4})
    return figure
