"""Figures of the models page on the scale of the recordings: raw times against the exposure, and predicted times."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base
from pages.parts.charts_models import panels

BAND = "rgba(0,114,178,0.18)"
POINT, LINE = "#808080", PALETTE[0]
LEVEL_COLOURS = (PALETTE[4], "#808080", PALETTE[5])
LEVEL_SYMBOLS = ("triangle-left", "circle", "triangle-right")
ROW, HEAD, FOOT, LEGEND = 56, 40, 60, 56
LABEL_AT, MARKS_AT, SHIFT = -0.28, 0.2, 0.2


def draw_recordings(points: pd.DataFrame, line: pd.DataFrame, exposure: str) -> go.Figure:
    """Seconds per 5 minutes of one behaviour in each recording against the exposure, with the model's line and its 95 %
    band. `points`: exposure, seconds, said; `line`: exposure, seconds, seconds_low, seconds_high (may be empty).
    """
    figure = base(go.Figure(), 430)
    if len(line):
        around = pd.concat([line["seconds_high"], line["seconds_low"][::-1]])
        figure.add_scatter(
            x=pd.concat([line["exposure"], line["exposure"][::-1]]), y=around, fill="toself", fillcolor=BAND,
            line={"width": 0}, hoverinfo="skip", name="95 % interval of the model's mean",
        )  # fmt: skip
        figure.add_scatter(
            x=line["exposure"], y=line["seconds"], mode="lines", line={"color": LINE, "width": 3}, hoverinfo="skip",
            name="The model's mean, covariates at their means",
        )  # fmt: skip
    figure.add_scatter(
        x=points["exposure"], y=points["seconds"], mode="markers", text=points["said"], hoverinfo="text",
        marker={"color": POINT, "size": 9, "opacity": 0.75, "line": {"width": 1, "color": INK}}, name="A recording",
    )  # fmt: skip
    figure.update_layout(legend={"y": -0.2}, margin={"t": 8})
    figure.update_xaxes(title_text=exposure, showgrid=False, fixedrange=True)
    figure.update_yaxes(title_text="Seconds per 5 minutes", fixedrange=True)
    return figure


def draw_levels(frame: pd.DataFrame, names: tuple[str, ...]) -> go.Figure:
    """Predicted seconds per 5 minutes of each behaviour at the levels of the exposure, one panel per person.

    Columns: person, code, level (one of `names`), seconds, seconds_low, seconds_high, rows, units, said.
    """
    parts = panels(frame, ROW)
    plot = sum(ROW * rows["code"].nunique() for _, rows, _ in parts) + 148 * (len(parts) - 1)
    figure = base(go.Figure(), plot + HEAD + FOOT + LEGEND)
    ends = (min(frame["seconds_low"].min(), 0), frame["seconds_high"].max())
    room = 0.04 * (ends[1] - ends[0])
    for place, (person, rows, (bottom, top)) in enumerate(parts, start=1):
        x, y = ("x", "y") if place == 1 else (f"x{place}", f"y{place}")
        _level_axes(figure, (x, y), (bottom, top), (ends[0] - room, ends[1] + room), rows["code"].nunique())
        _level_panel(figure, person, rows, names, (x, y))
        figure.add_annotation(
            text=f"<b>{escape(person)}</b>", x=0, xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom",
            yshift=8, showarrow=False, font={"size": FONT_SIZE + 1, "color": INK},
        )  # fmt: skip
    for name, colour, symbol in zip(names, LEVEL_COLOURS, LEVEL_SYMBOLS, strict=False):
        marker = {"color": colour, "symbol": symbol, "size": 12}
        figure.add_scatter(x=[None], y=[None], mode="markers", name=name, marker=marker)
    figure.update_layout(
        margin={"t": HEAD + LEGEND, "b": FOOT, "l": 4, "r": 12},
        legend={"y": 1 + (HEAD + LEGEND) / plot, "yanchor": "top", "traceorder": "normal"},
        dragmode=False,
    )
    return figure


def _level_axes(
    figure: go.Figure, names: tuple[str, str], span: tuple[float, float], ends: tuple[float, float], lines: int
) -> None:
    x, y = (f"{name[0]}axis{name[1:]}" for name in names)
    text = {"size": FONT_SIZE, "color": INK}
    figure.update_layout(
        {
            x: {"anchor": names[1], "range": ends, "fixedrange": True, "gridcolor": MUTED, "zeroline": False,
                "tickfont": text, "title": {"text": "Seconds per 5 minutes", "font": text}},
            y: {"anchor": names[0], "domain": span, "range": [lines - 0.5, -0.5], "fixedrange": True,
                "showticklabels": False, "showgrid": False, "zeroline": False},
        }
    )  # fmt: skip


def _level_panel(
    figure: go.Figure, person: str, rows: pd.DataFrame, names: tuple[str, ...], axes: tuple[str, str]
) -> None:
    codes = list(dict.fromkeys(rows["code"]))
    for line, code in enumerate(codes):
        row = rows[rows["code"] == code].iloc[0]
        figure.add_annotation(
            text=f"{escape(code)} <span style='font-size:13px'>({row['rows']} rows, {row['units']} units)</span>", x=0,
            xref="paper", xanchor="left", y=line + LABEL_AT, yref=axes[1], showarrow=False,
            font={"size": FONT_SIZE, "color": INK},
        )  # fmt: skip
    for place, (name, colour, symbol) in enumerate(zip(names, LEVEL_COLOURS, LEVEL_SYMBOLS, strict=False)):
        mine = rows[rows["level"] == name]
        at = [codes.index(code) + MARKS_AT + SHIFT * (place - (len(names) - 1) / 2) for code in mine["code"]]
        figure.add_scatter(
            x=mine["seconds"], y=at, xaxis=axes[0], yaxis=axes[1], mode="markers", text=mine["said"], hoverinfo="text",
            marker={"color": colour, "symbol": symbol, "size": 11}, showlegend=False,
            error_x={
                "type": "data", "symmetric": False, "array": mine["seconds_high"] - mine["seconds"],
                "arrayminus": mine["seconds"] - mine["seconds_low"], "width": 0, "thickness": 1.5, "color": colour,
            },
        )  # fmt: skip
