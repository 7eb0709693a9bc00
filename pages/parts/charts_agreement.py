"""Figures of the agreement page: kappa with its interval per behaviour and person, and the agreement matrix."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base
from pages.parts.charts_durations import SPACE, lines

LOOKS = {
    "Two people": (PALETTE[0], "circle"),
    "Person and model": (PALETTE[5], "diamond"),
    "Two models": (PALETTE[2], "square"),
}
QUIET = "#808080"
ROW, HEAD, TOP, FOOT = 50, 36, 66, 44
"""Pixels: a row (its words above its mark), a behaviour's heading, and what stands above and below the rows."""
WORDS_AT, MARK_AT = 13, 36
"""Pixels from the top of a row to its words and to its mark, so that no label is ever cut."""
CHOSEN = "rgba(86,180,233,0.22)"
SAME, OTHER = "0,114,178", "230,120,0"
CELL, LABEL_WIDTH, LETTER, UPRIGHT = 46, 22, 8, 24


def kappa_text(value: float, decimals: int = 2) -> str:
    """'.78', '1.00', '−.04'."""
    if pd.isna(value):
        return ""
    size = f"{abs(value):.{decimals}f}"
    return ("\u2212" if value < 0 and float(size) else "") + (size[1:] if size.startswith("0") else size)


def per_cent(value: float) -> str:
    """'83', '99.6': only what is perfect is 100."""
    return f"{min(value, 99.9):.1f}" if 99.5 <= value < 100 else f"{value:.0f}"


def draw_kappas(frame: pd.DataFrame, chosen: str | None) -> go.Figure:
    """One row per pool under the heading of its behaviour: kappa, interval, the highest kappa possible, and in figures
    kappa, percent agreement and n. A kappa that does not exist says why.

    Columns: behaviour, who, compared, label, kappa, low, high, kappa_max, agreement, ac1, recordings, reason. A mark
    carries its label as custom data; `chosen` is the label that is marked.
    """
    frame, heads, height = _placed(frame)
    figure = base(go.Figure(), height + TOP + FOOT)
    figure.add_trace(_ceiling(frame))
    for compared in LOOKS:
        rows = frame[(frame["compared"] == compared) & frame["kappa"].notna()]
        if len(rows):
            figure.add_trace(_marks(rows, compared))
    notes = [_heading(name, at) for name, at in heads.items()]
    for row in frame.itertuples():
        notes += _said(row)
    low = min(0.0, frame["kappa"].min(), frame["low"].min()) if frame["kappa"].notna().any() else 0.0
    _axes(figure, low if low == 0 else low - 0.05, height)
    shapes = [_band(row) for row in frame.itertuples() if row.label == chosen]
    figure.update_layout(
        annotations=[*notes, _columns()],
        shapes=[*shapes, *map(_track, frame["at"][frame["kappa"].notna()])],
        dragmode=False,
        clickmode="event+select",
    )
    return figure


def _placed(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int], int]:
    """Rows with `top` and `at` (pixels from the top to the row and its mark), the headings' places, and the height."""
    heads: dict[str, int] = {}
    tops, top = [], 0
    for behaviour in frame["behaviour"]:
        if behaviour not in heads:
            heads[behaviour] = top + HEAD * 2 // 3
            top += HEAD
        tops.append(top)
        top += ROW
    return frame.assign(top=tops, at=[each + MARK_AT for each in tops]), heads, top


def _marks(rows: pd.DataFrame, compared: str) -> go.Scatter:
    """Kappa with its interval."""
    colour, symbol = LOOKS[compared]
    above, below = (rows["high"] - rows["kappa"]).fillna(0), (rows["kappa"] - rows["low"]).fillna(0)
    return go.Scatter(
        x=rows["kappa"], y=rows["at"], mode="markers", name=f"{compared}: kappa, 95 % interval",
        marker={"color": colour, "symbol": symbol, "size": 13},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": colour, "thickness": 3, "width": 6},
        customdata=rows["label"], hovertext=[_hover(row) for row in rows.itertuples()], hoverinfo="text",
    )  # fmt: skip


def _ceiling(frame: pd.DataFrame) -> go.Scatter:
    """The highest kappa possible with how often each coder uses each code."""
    rows = frame[frame["kappa_max"].notna()]
    return go.Scatter(
        x=rows["kappa_max"], y=rows["at"], mode="markers", name="highest kappa possible", legendrank=2000,
        marker={"symbol": "line-ns-open", "size": 15, "color": QUIET, "line": {"width": 3, "color": QUIET}},
        customdata=rows["label"], hoverinfo="skip",
    )  # fmt: skip


def _hover(row: tuple) -> str:
    interval = f" (95 % interval {kappa_text(row.low)} to {kappa_text(row.high)})" if pd.notna(row.low) else ""
    parts = [f"<b>{escape(row.label)}</b>", f"kappa {kappa_text(row.kappa)}{interval}"]
    parts.append(f"at most {kappa_text(row.kappa_max)} possible")
    return "<br>".join([*parts, f"{per_cent(row.agreement)} % agreement, {row.recordings:.0f} recordings"])


def _heading(name: str, at: float) -> dict[str, object]:
    """The behaviour above its rows."""
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "y", "y": at, "yanchor": "middle", "showarrow": False}
    return place | {"text": f"<b>{escape(name)}</b>", "font": {"size": FONT_SIZE + 2, "color": INK}}


def _said(row: tuple) -> list[dict[str, object]]:
    """Above the mark the label and the numbers; in the place of a mark why there is no kappa."""
    place = {"y": row.top + WORDS_AT, "yref": "y", "xref": "paper", "yanchor": "middle", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    notes = [place | {"text": escape(row.who), "x": 0, "xanchor": "left"}]
    notes.append(place | {"text": _figures(row), "x": 1, "xanchor": "right"})
    if pd.isna(row.kappa):
        notes.append(place | {"text": escape(row.reason), "x": 0, "xanchor": "left", "xshift": 16, "y": row.at})
    return notes


def _figures(row: tuple) -> str:
    """Kappa and its interval, percent agreement and n."""
    if pd.isna(row.agreement):
        return ""
    ac1 = f"AC1 {kappa_text(row.ac1)}" if pd.notna(row.ac1) else ""
    interval = f" ({kappa_text(row.low)} to {kappa_text(row.high)})" if pd.notna(row.low) else ""
    first = f"<b>{kappa_text(row.kappa)}</b>{interval}" if pd.notna(row.kappa) else ac1
    return f"{first}  {per_cent(row.agreement)}{SPACE}%  n{SPACE}{row.recordings:.0f}"


def _columns() -> dict[str, object]:
    """What the numbers on the right are."""
    return {
        "text": "kappa (95 % interval), agreement, n recordings", "x": 1, "xref": "paper", "xanchor": "right", "y": 1,
        "yref": "paper", "yanchor": "bottom", "yshift": -16, "showarrow": False,
        "font": {"size": FONT_SIZE - 2, "color": QUIET},
    }  # fmt: skip


def _band(row: tuple) -> dict[str, object]:
    """What stands behind the row that is looked at below."""
    return {
        "type": "rect", "x0": 0, "x1": 1, "xref": "paper", "yref": "y", "layer": "below", "fillcolor": CHOSEN,
        "y0": row.top, "y1": row.top + ROW, "line": {"width": 0},
    }  # fmt: skip


def _track(at: int) -> dict[str, object]:
    """A thin line from chance to perfect, on which a mark lies: it runs through no words."""
    line = {"color": MUTED, "width": 1}
    return {"type": "line", "layer": "below", "x0": 0, "x1": 1, "y0": at, "y1": at, "xref": "x", "line": line}


def _axes(figure: go.Figure, low: float, height: int) -> None:
    """The same axis whatever is shown: from chance (or the lowest kappa) to 1."""
    at = [0, 0.2, 0.4, 0.6, 0.8, 1]
    figure.update_xaxes(
        range=[low, 1.02], tickvals=at, ticktext=["0", ".2", ".4", ".6", ".8", "1"], tickangle=0, showgrid=False
    )
    figure.update_xaxes(title={"text": "kappa (0: chance, 1: perfect)", "standoff": 4})
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    figure.update_layout(
        margin={"l": 4, "r": 4, "t": TOP, "b": FOOT},
        legend={"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "traceorder": "normal"},
    )


def draw_matrix(cells: pd.DataFrame, unit: str) -> go.Figure:
    """The agreement matrix: rows the first coder, columns the second, numbers in the cells.

    `cells`: first_code, second_code (ordered categories), weight. Blue: both say the same; orange: they differ,
    stronger the larger the part of its row.
    """
    table = cells.pivot(index="first_code", columns="second_code", values="weight").fillna(0)
    codes = [str(code) for code in table.index]
    share = table.div(table.sum(axis=1).where(lambda sums: sums > 0), axis=0).fillna(0)
    same = pd.DataFrame(False, index=table.index, columns=table.columns)
    for code in codes:
        same.loc[code, code] = True
    longest = max((len(code) for code in codes), default=0)
    base(figure := go.Figure(), CELL * len(codes) + 60 + LETTER * min(longest, UPRIGHT))
    for colour, part, most in ((SAME, share.where(same), 1.0), (OTHER, share.where(~same), 0.35)):
        scale = [[0, f"rgba({colour},0.04)"], [1, f"rgba({colour},0.62)"]]
        figure.add_trace(_cells(part, table, scale, most, unit))
    rows = [lines(code, LABEL_WIDTH) for code in codes]
    place = {"tickvals": list(range(len(codes))), "showgrid": False, "ticks": ""}
    figure.update_xaxes(**place, ticktext=[lines(code, UPRIGHT) for code in codes], side="top", tickangle=-90)
    figure.update_yaxes(**place, ticktext=rows, autorange="reversed")
    figure.update_layout(margin={"t": 8, "b": 8}, dragmode=False)
    return figure


def _cells(part: pd.DataFrame, table: pd.DataFrame, scale: list, most: float, unit: str) -> go.Heatmap:
    """One half of the matrix: the diagonal, or everything beside it."""
    shown = part.notna()
    text = [[_weight(table.iat[i, j]) if shown.iat[i, j] else "" for j in range(len(table))] for i in range(len(table))]
    hover = [
        [
            f"first: {escape(str(table.index[i]))}<br>second: {escape(str(table.columns[j]))}<br>"
            f"{table.iat[i, j]:,.1f} {unit}, {100 * (part.iat[i, j] if shown.iat[i, j] else 0):.0f} % of the row"
            for j in range(len(table))
        ]
        for i in range(len(table))
    ]
    return go.Heatmap(
        z=part.to_numpy(), zmin=0, zmax=most, colorscale=scale, showscale=False, xgap=2, ygap=2, text=text,
        texttemplate="%{text}", textfont={"size": FONT_SIZE - 1, "color": INK}, hovertext=hover, hoverinfo="text",
        hoverongaps=False,
    )  # fmt: skip


def _weight(value: float) -> str:
    """'2,848', '3', '<1', '0'."""
    return "<1" if 0 < value < 0.5 else f"{value:,.0f}"
