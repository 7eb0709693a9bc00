"""Figures of residuals: against what was fitted, against the Normal distribution, and the effects of recordings."""

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import CAREGIVER, FONT_SIZE, INFANT, INK, MUTED, base

COLOURS = {"Infant": INFANT, "Caregiver": CAREGIVER}
LINE = {"color": "#808080", "width": 2}
PANEL, GAP, HEAD, FOOT = 280, 96, 44, 64
"""Pixels: a panel, room between two rows of panels, and what stands above and below."""
MOST_POINTS = 3_000
"""Above so many points an even sample of them is drawn."""
WITHIN = 5.991
"""95 % point of chi-square with 2 degrees of freedom: squared reach of the ellipse."""


def thinned(frame: pd.DataFrame) -> pd.DataFrame:
    """At most `MOST_POINTS` rows, evenly."""
    if len(frame) <= MOST_POINTS:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, MOST_POINTS).astype(int)]


def draw_residuals(frame: pd.DataFrame, unit: str, failed: str = "") -> go.Figure:
    """Per person (rows of panels): residual against fitted value, and against its Normal quantile with the line that a
    Normal distribution follows. Columns: person, fitted, residual, normal, said.
    """
    people = list(dict.fromkeys(frame["person"]))
    titles = [title for person in people for title in (f"<b>{person}</b>", "")]
    figure = make_subplots(
        rows=len(people), cols=2, subplot_titles=titles, horizontal_spacing=0.06, shared_yaxes=True,
        vertical_spacing=GAP / (PANEL * len(people) + GAP),
    )  # fmt: skip
    for place, person in enumerate(people, start=1):
        mine = frame[frame["person"] == person]
        low, high = float(mine["normal"].min()), float(mine["normal"].max())
        sd = float(mine["residual"].std())
        figure.add_trace(_points(mine, "fitted", COLOURS[person]), row=place, col=1)
        figure.add_trace(_points(mine, "normal", COLOURS[person]), row=place, col=2)
        figure.add_trace(_line([low, high], [low * sd, high * sd]), row=place, col=2)
        figure.add_hline(y=0, line=LINE, row=place, col=1)
        figure.update_xaxes(title_text=f"Fitted ({unit})", row=place, col=1)
        figure.update_xaxes(title_text="Normal quantile", row=place, col=2)
        figure.update_yaxes(title_text=f"Residual ({unit})", row=place, col=1)
    return _dressed(figure, len(people), failed)


def _points(frame: pd.DataFrame, x: str, colour: str) -> go.Scatter:
    some = thinned(frame)
    marker = {"color": colour, "size": 6, "opacity": 0.55}
    said = [escape(text) for text in some["said"]]
    return go.Scatter(x=some[x], y=some["residual"], mode="markers", marker=marker, text=said, hoverinfo="text")


def _line(x: list[float], y: list[float]) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", line=LINE, hoverinfo="skip")


def _dressed(figure: go.Figure, rows: int, failed: str) -> go.Figure:
    top = HEAD + (36 if failed else 0)
    base(figure, PANEL * rows + GAP * (rows - 1) + top + FOOT)
    figure.update_layout(showlegend=False, margin={"t": top, "b": FOOT, "l": 4, "r": 12})
    figure.update_annotations(font={"size": FONT_SIZE, "color": INK})
    if failed:
        figure.update_layout(title={"text": failed, "x": 0, "y": 0.99, "yanchor": "top"})
    return figure


def draw_units(frame: pd.DataFrame, between: np.ndarray, unit: str, failed: str = "") -> go.Figure:
    """Effects of recordings: per person in order with their 95 % intervals, and infant against caregiver with the
    ellipse that holds 95 % of recordings. Columns: person, unit, mean, lower, upper; `between`: covariance (infant,
    caregiver).
    """
    people = list(dict.fromkeys(frame["person"]))
    both = frame.pivot(index="unit", columns="person", values="mean").dropna()
    paired = len(people) == 2 and len(both) > 0
    titles = [f"<b>{person}</b>, recordings in order" for person in people]
    titles += ["<b>Infant against caregiver</b>, with the 95 % ellipse"] if paired else []
    count = len(titles)
    figure = make_subplots(
        rows=count, cols=1, subplot_titles=titles, vertical_spacing=GAP / (PANEL * count + GAP * (count - 1))
    )
    for place, person in enumerate(people, start=1):
        _ordered(figure, thinned(frame[frame["person"] == person].sort_values("mean")), place, COLOURS[person])
        figure.update_xaxes(title_text="Recordings, from lowest to highest", showticklabels=False, row=place, col=1)
        figure.update_yaxes(title_text=unit, row=place, col=1)
    if paired:
        _together(figure, both, between, count)
        figure.update_xaxes(title_text=f"Infant ({unit})", row=count, col=1)
        figure.update_yaxes(title_text=f"Caregiver ({unit})", row=count, col=1)
    figure = _dressed(figure, count, failed)
    figure.update_annotations(x=0, xanchor="left")
    return figure


def _ordered(figure: go.Figure, rows: pd.DataFrame, place: int, colour: str) -> None:
    """The caterpillar: thin intervals, small marks, the line at 0."""
    at = np.arange(len(rows))
    xs = [value for one in at for value in (one, one, None)]
    ys = [value for ends in zip(rows["lower"], rows["upper"], strict=True) for value in (*ends, None)]
    thin = {"color": MUTED, "width": 1.5}
    figure.add_trace(go.Scatter(x=xs, y=ys, mode="lines", line=thin, hoverinfo="skip"), row=place, col=1)
    said = [
        f"{escape(str(row.unit))}: {row.mean_:+.1f} ({row.lower:.1f} to {row.upper:.1f})"
        for row in rows.rename(columns={"mean": "mean_"}).itertuples()
    ]
    marker = {"color": colour, "size": 6}
    figure.add_trace(
        go.Scatter(x=at, y=rows["mean"], mode="markers", marker=marker, text=said, hoverinfo="text"), row=place, col=1
    )
    figure.add_hline(y=0, line=LINE, row=place, col=1)


def _together(figure: go.Figure, both: pd.DataFrame, between: np.ndarray, place: int) -> None:
    """The scatter of both persons' effects with the ellipse of the units' covariance."""
    some = thinned(both)
    marker = {"color": "#808080", "size": 7, "opacity": 0.7}
    said = [escape(str(name)) for name in some.index]
    figure.add_trace(
        go.Scatter(x=some["Infant"], y=some["Caregiver"], mode="markers", marker=marker, text=said, hoverinfo="text"),
        row=place, col=1,
    )  # fmt: skip
    x, y = ellipse(between)
    figure.add_trace(_line(x.tolist(), y.tolist()), row=place, col=1)


def ellipse(covariance: np.ndarray, reach: float = WITHIN) -> tuple[np.ndarray, np.ndarray]:
    """Points of the ellipse x' covariance^-1 x = reach (a line where the covariance is singular)."""
    values, vectors = np.linalg.eigh(covariance)
    angle = np.linspace(0, 2 * np.pi, 121)
    circle = np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(np.maximum(values, 0) * reach)[:, None]
    x, y = vectors @ circle
    return x, y
