"""Figures of the dynamics page over pairs of behaviours: the table of what follows what, its diagram, and the grid."""

import math
from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base
from pages.parts.charts_durations import QUIET, lines

LABEL_WIDTH, NODE_WIDTH, SIDE_WIDTH, UPRIGHT = 20, 12, 16, 24
CELL, LETTER, NODE = 48, 8, 56
"""Pixels: a cell, a letter of an upright label, a code in a diagram of two sides."""
MOST_RESIDUAL = 5.0
"""Residuals beyond this have the strongest colour."""
RESIDUALS = [[0, "rgba(230,120,0,0.75)"], [0.5, "rgba(128,128,128,0.06)"], [1, "rgba(0,114,178,0.75)"]]
TIME = [[0, "rgba(0,114,178,0.05)"], [1, "rgba(0,114,178,0.75)"]]
SHARE_AT, BOW = 0.15, 0.16
"""How far along an arrow its number stands: near the start, where arrows do not meet yet; how bent arrows are."""
IMPOSSIBLE = "\u2715"


def draw_lags(cells: pd.DataFrame, chosen: tuple[str, str], sides: tuple[str, str], shown: str) -> go.Figure:
    """Rows what came first, columns what followed. Colour: adjusted residual; number: share of the row (%) or count.

    `cells`: given, target, observed, residual, share, possible. `shown`: "share" or "observed".
    """
    table = _square(cells, "residual")
    numbers, may = _square(cells, shown), _square(cells, "possible").astype(bool)
    text = [[_number(numbers.iat[i, j], may.iat[i, j], shown) for j in range(may.shape[1])] for i in range(len(may))]
    hover = _lag_hover(cells, table)
    figure = base(go.Figure(), CELL * len(table) + heads(table.columns))
    figure.add_trace(
        go.Heatmap(
            z=table.to_numpy(float), zmin=-MOST_RESIDUAL, zmax=MOST_RESIDUAL, colorscale=RESIDUALS, xgap=2, ygap=2,
            text=text, texttemplate="%{text}", textfont={"size": FONT_SIZE - 1, "color": INK}, hovertext=hover,
            hoverinfo="text", showscale=False,
        )
    )  # fmt: skip
    _frame(figure, table, chosen, sides)
    return figure


def draw_grid(cells: pd.DataFrame, chosen: tuple[str, str], sides: tuple[str, str]) -> go.Figure:
    """Rows states of the first side, columns of the second. Colour and first number: share of time (%); then visits.

    `cells`: given, target, seconds, visits, share.
    """
    share, visits = _square(cells, "share"), _square(cells, "visits")
    text = [
        [
            "" if visits.iat[i, j] == 0 else f"{_percent(share.iat[i, j])}<br>{visits.iat[i, j]:,.0f}"
            for j in range(share.shape[1])
        ]
        for i in range(len(share))
    ]
    figure = base(go.Figure(), CELL * len(share) + heads(share.columns))
    figure.add_trace(
        go.Heatmap(
            z=np.sqrt(share.to_numpy(float)), colorscale=TIME, xgap=2, ygap=2, text=text, texttemplate="%{text}",
            textfont={"size": FONT_SIZE - 2, "color": INK}, hovertext=_grid_hover(share, visits), hoverinfo="text",
            showscale=False,
        )
    )  # fmt: skip
    _frame(figure, share, chosen, sides)
    return figure


def heads(labels: pd.Index) -> int:
    """Pixels above and below a table: its columns' names are upright, and none lies on another."""
    return 90 + LETTER * min(max((len(str(label)) for label in labels), default=0), UPRIGHT)


def _square(cells: pd.DataFrame, value: str) -> pd.DataFrame:
    """Codes of the first side in rows and of the second in columns, in scheme order."""
    rows, columns = list(dict.fromkeys(cells["given"])), list(dict.fromkeys(cells["target"]))
    return cells.pivot(index="given", columns="target", values=value).reindex(index=rows, columns=columns)


def _number(value: float, may: bool, shown: str) -> str:
    """'16', '<1', a cross where it cannot be, nothing where the row has no exits."""
    if not may:
        return IMPOSSIBLE
    if pd.isna(value):
        return ""
    return _percent(value) if shown == "share" else f"{value:,.0f}"


def _percent(share: float) -> str:
    return "<1" if 0 < share < 0.005 else f"{100 * share:.0f}"


def _lag_hover(cells: pd.DataFrame, table: pd.DataFrame) -> list[list[str]]:
    said = cells.assign(
        said=[
            f"{escape(row.given)} → {escape(row.target)}<br>"
            + (f"{row.observed:,.0f} times, {_percent(row.share)} % of the row, residual {row.residual:.2f}"
               if row.possible and pd.notna(row.residual) else "cannot be, or never occurs")
            for row in cells.itertuples()
        ]
    )  # fmt: skip
    return _square(said, "said").reindex(index=table.index, columns=table.columns).to_numpy().tolist()


def _grid_hover(share: pd.DataFrame, visits: pd.DataFrame) -> list[list[str]]:
    return [
        [
            f"{escape(str(share.index[i]))}, {escape(str(share.columns[j]))}<br>"
            f"{_percent(share.iat[i, j])} % of the time, {visits.iat[i, j]:,.0f} visits"
            for j in range(share.shape[1])
        ]
        for i in range(len(share))
    ]


def _frame(figure: go.Figure, table: pd.DataFrame, chosen: tuple[str, str], sides: tuple[str, str]) -> None:
    """Labels of rows and columns, whose they are, and a frame around the chosen cell."""
    rows, columns = list(map(str, table.index)), list(map(str, table.columns))
    place = {"showgrid": False, "ticks": ""}
    figure.update_xaxes(
        **place, tickvals=list(range(len(columns))), ticktext=[lines(one, UPRIGHT) for one in columns], side="top",
        tickangle=-90, title={"text": escape(sides[1]), "standoff": 18},
    )  # fmt: skip
    figure.update_yaxes(
        **place, tickvals=list(range(len(rows))), ticktext=[lines(one, LABEL_WIDTH) for one in rows],
        autorange="reversed", title={"text": escape(sides[0]), "standoff": 6},
    )  # fmt: skip
    if chosen[0] in rows and chosen[1] in columns:
        y, x = rows.index(chosen[0]), columns.index(chosen[1])
        figure.add_shape(
            type="rect", x0=x - 0.5, x1=x + 0.5, y0=y - 0.5, y1=y + 0.5, line={"color": PALETTE[5], "width": 3}
        )
    figure.update_layout(margin={"t": 8, "b": 8}, dragmode=False)


def draw_diagram(cells: pd.DataFrame, least: float, sides: tuple[str, str], within: bool) -> go.Figure:
    """Arrows from what came first to what followed, as wide as they are probable; those below `least` are left out.

    Within one stream the codes stand on a circle; between two, the first side stands left and the second right.
    """
    edges = cells[cells["possible"].astype(bool) & (cells["share"] >= least) & (cells["observed"] > 0)]
    at = _circle(edges) if within else _columns(edges)
    most = max(edges["given"].nunique(), edges["target"].nunique())
    bow = BOW if within else 0.0
    figure = base(go.Figure(), 560 if within else max(300, 110 + NODE * most))
    notes = []
    for row in edges.itertuples():
        start, end = at["given", row.given], at["given" if within else "target", row.target]
        if start == end:
            notes.append(_loop(start, row.share))
            continue
        figure.add_trace(_arrow(start, end, row.share, bow))
        notes += [_head(start, end, bow), _share(start, end, row.share, bow)]
    notes += [_node(name, side, place, within) for (side, name), place in at.items()]
    if not within:
        notes += [_above(sides[0], -1), _above(sides[1], 1)]
    figure.update_layout(
        annotations=notes, showlegend=False, margin={"t": 30 if within else 70, "b": 10}, dragmode=False
    )
    wide = 2.2 if within else 2.6
    figure.update_xaxes(visible=False, range=[-wide, wide])
    figure.update_yaxes(visible=False, range=[-1.35, 1.35])
    return figure


def _circle(edges: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Codes round a circle, the first on top."""
    names = list(dict.fromkeys([*edges["given"], *edges["target"]]))
    angles = [math.pi / 2 - 2 * math.pi * place / max(len(names), 1) for place in range(len(names))]
    return {("given", name): (math.cos(a), math.sin(a)) for name, a in zip(names, angles, strict=True)}


def _columns(edges: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Codes of both sides one below the other, left and right."""
    found = {}
    for side, x in (("given", -1.0), ("target", 1.0)):
        names = list(dict.fromkeys(edges[side]))
        heights = np.linspace(1.1, -1.1, len(names)) if len(names) > 1 else [0.0]
        found |= {(side, name): (x, float(y)) for name, y in zip(names, heights, strict=True)}
    return found


def _bent(start: tuple[float, float], end: tuple[float, float], part: float, bow: float) -> tuple[float, float]:
    """A point of the bow from start to end; `bow` (0: straight) lays arrows there and back side by side."""
    (x0, y0), (x1, y1) = start, end
    middle = ((x0 + x1) / 2 - bow * (y1 - y0), (y0 + y1) / 2 + bow * (x1 - x0))
    a, b, c = (1 - part) ** 2, 2 * part * (1 - part), part**2
    return a * x0 + b * middle[0] + c * x1, a * y0 + b * middle[1] + c * y1


def _arrow(start: tuple[float, float], end: tuple[float, float], share: float, bow: float) -> go.Scatter:
    points = [_bent(start, end, part, bow) for part in np.linspace(0.06 if bow else 0.02, 0.9, 20)]
    return go.Scatter(
        x=[x for x, _ in points], y=[y for _, y in points], mode="lines", hoverinfo="skip",
        line={"width": 1 + 12 * share, "color": "rgba(0,114,178,0.6)"},
    )  # fmt: skip


def _head(start: tuple[float, float], end: tuple[float, float], bow: float) -> dict[str, object]:
    """The head of an arrow."""
    (x0, y0), (x1, y1) = _bent(start, end, 0.85, bow), _bent(start, end, 0.92, bow)
    return {
        "x": x1, "y": y1, "ax": x0, "ay": y0, "xref": "x", "yref": "y", "axref": "x", "ayref": "y", "text": "",
        "showarrow": True, "arrowhead": 2, "arrowsize": 1.4, "arrowwidth": 2, "arrowcolor": PALETTE[0],
    }  # fmt: skip


def _share(start: tuple[float, float], end: tuple[float, float], share: float, bow: float) -> dict[str, object]:
    x, y = _bent(start, end, SHARE_AT, bow)
    return {"x": x, "y": y, "text": f"{_percent(share)}\u00a0%", "showarrow": False, "font": {"size": FONT_SIZE - 1}}


def _loop(place: tuple[float, float], share: float) -> dict[str, object]:
    """What a code that follows itself says below its name."""
    text = f"again {_percent(share)}\u00a0%"
    return {"x": place[0], "y": place[1], "text": text, "showarrow": False, "yshift": -20, "font": {"color": QUIET}}


def _node(name: str, side: str, place: tuple[float, float], within: bool) -> dict[str, object]:
    """A code's name."""
    look = {"x": place[0], "y": place[1], "showarrow": False}
    look |= {"text": f"<b>{lines(name, NODE_WIDTH if within else SIDE_WIDTH)}</b>"}
    look |= {"font": {"size": FONT_SIZE, "color": INK}}
    if within:
        side = "center" if abs(place[0]) < 0.3 else "left" if place[0] > 0 else "right"
        return look | {"x": 1.08 * place[0], "y": 1.14 * place[1], "xanchor": side}
    return look | {"xanchor": "right" if side == "given" else "left"}


def _above(side: str, x: int) -> dict[str, object]:
    place = {"x": x, "y": 1.3, "yanchor": "bottom", "showarrow": False, "font": {"size": FONT_SIZE, "color": QUIET}}
    return place | {"text": lines(side, SIDE_WIDTH), "xanchor": "right" if x < 0 else "left"}
