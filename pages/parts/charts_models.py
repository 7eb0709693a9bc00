"""Figures of the models page: the forest plot, one panel per person."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base

COLOURS = {"Clear": PALETTE[0], "Suggestive": PALETTE[5], "No clear evidence": "#808080"}
SYMBOLS = {"Clear": "square", "Suggestive": "diamond", "No clear evidence": "circle"}
ZERO = "rgba(128,128,128,0.9)"
HOLLOW = "Unadjusted"
"""The model drawn with hollow marks."""
ROW, HEAD, FOOT, LEGEND = 70, 96, 64, 100
"""Pixels: a behaviour, what stands above a panel, below it, and the legend."""
LABEL_AT, MARKS_AT, SHIFT, ZERO_REACH = -0.27, 0.2, 0.13, 0.32
"""Parts of a row: where the label stands and where the marks lie, so that no label is ever cut."""
Panel = tuple[str, pd.DataFrame, tuple[float, float]]
"""Person, the rows, and where the panel lies from bottom to top (parts of the height)."""


def draw_terms(frame: pd.DataFrame, reference: str, seconds: dict[str, float], failed: bool = False) -> go.Figure:
    """Forest plot of exposure x behaviour terms.

    Columns: person, code, model, evidence, mean, lower, upper, inner_low, inner_high, seconds, rows, units. `seconds`:
    person -> seconds per 5 minutes that 1 SD of the outcome is. `failed`: the title says that the fit cannot be used.
    """
    figure, parts = go.Figure(), panels(frame)
    plot = sum(ROW * rows["code"].nunique() for _, rows, _ in parts) + (HEAD + FOOT) * (len(parts) - 1)
    base(figure, plot + HEAD + FOOT + LEGEND)
    low, high = min(frame["lower"].min(), 0), max(frame["upper"].max(), 0)
    room = 0.05 * (high - low)
    ends = (low - room, high + room)
    for place, panel in enumerate(parts, start=1):
        _panel(figure, place, panel, ends, seconds[panel[0]], reference)
    _legend(figure, frame)
    figure.update_layout(
        margin={"t": HEAD + (30 if failed else 0), "b": FOOT + LEGEND, "l": 4, "r": 12},
        legend={"y": -FOOT / plot, "yanchor": "top", "traceorder": "normal"},
    )
    if failed:
        figure.update_layout(title={"text": "This fit failed its own checks: do not report it", "x": 0})
    return figure


def panels(frame: pd.DataFrame) -> list[Panel]:
    """Persons from top to bottom, as high as they have behaviours."""
    people = list(dict.fromkeys(frame["person"]))
    heights = [ROW * frame.loc[frame["person"] == person, "code"].nunique() for person in people]
    total, top, found = sum(heights) + (HEAD + FOOT) * (len(people) - 1), 1.0, []
    for person, height in zip(people, heights, strict=True):
        bottom = max(top - height / total, 0.0)
        found.append((person, frame[frame["person"] == person], (bottom, top)))
        top = bottom - (HEAD + FOOT) / total
    return found


def _panel(
    figure: go.Figure, place: int, panel: Panel, ends: tuple[float, float], seconds: float, reference: str
) -> None:
    """One person: axes, the zero line, intervals, marks and the head."""
    person, rows, (bottom, top) = panel
    codes = list(dict.fromkeys(rows["code"]))
    x, y, upper = f"x{place}" if place > 1 else "x", f"y{place}" if place > 1 else "y", f"x{place + 10}"
    _axes(figure, (x, y, upper), (bottom, top), ends, seconds)
    figure.update_layout({_name(y): {"range": [len(codes) - 0.5, -0.5], "showticklabels": False}})
    for line, code in enumerate(codes):
        figure.add_annotation(
            text=_label(rows[rows["code"] == code].iloc[0]), x=0, xref="paper", xanchor="left", y=line + LABEL_AT,
            yref=y, showarrow=False, font={"size": FONT_SIZE, "color": INK},
        )  # fmt: skip
    figure.add_trace(_zero(len(codes), x, y))
    for model in dict.fromkeys(rows["model"]):
        mine = rows[rows["model"] == model]
        shift = SHIFT * (1 if model == HOLLOW else -1) if rows["model"].nunique() > 1 else 0
        at = [codes.index(code) + MARKS_AT + shift for code in mine["code"]]
        figure.add_traces([*_intervals(mine, at, x, y), _marks(mine, at, x, y, model == HOLLOW)])
    figure.add_trace(go.Scatter(x=[0], y=[0], xaxis=upper, yaxis=y, opacity=0, showlegend=False, hoverinfo="skip"))
    figure.add_annotation(
        text=f"<b>{escape(person)}</b>, compared with '{escape(reference)}'", x=0, xref="paper", xanchor="left",
        y=top, yref="paper", yanchor="bottom", yshift=62, showarrow=False,
        font={"size": FONT_SIZE + 1, "color": INK},
    )  # fmt: skip


def _zero(lines: int, x: str, y: str) -> go.Scatter:
    """The zero line, with gaps where the labels stand."""
    low, high = MARKS_AT - ZERO_REACH, MARKS_AT + ZERO_REACH
    ys = [value for line in range(lines) for value in (line + low, line + high, None)]
    return go.Scatter(
        x=[0, 0, None] * lines, y=ys, xaxis=x, yaxis=y, mode="lines", line={"color": ZERO, "width": 2},
        showlegend=False, hoverinfo="skip", name="zero",
    )  # fmt: skip


def _axes(
    figure: go.Figure,
    names: tuple[str, str, str],
    span: tuple[float, float],
    ends: tuple[float, float],
    seconds: float,
) -> None:
    x, y, upper = names
    text = {"size": FONT_SIZE, "color": INK}
    shared = {"fixedrange": True, "tickangle": 0, "title": {"font": text, "standoff": 4}, "tickfont": text}
    figure.update_layout(
        {
            _name(y): {**shared, "domain": span, "anchor": x, "showgrid": False, "automargin": True, "zeroline": False},
            _name(x): {
                **shared, "anchor": y, "range": list(ends), "showgrid": False, "zeroline": False, "nticks": 6,
            },
            _name(upper): {
                **shared, "anchor": y, "overlaying": x, "side": "top", "showgrid": False, "zeroline": False,
                "range": [end * seconds for end in ends], "nticks": 6, "tickmode": "auto",
            },
        }
    )  # fmt: skip
    figure.update_layout(
        {
            _name(x): {"title": {"text": "SD of the behaviour's time"}},
            _name(upper): {"title": {"text": "Seconds per 5 minutes"}},
        }
    )


def _name(axis: str) -> str:
    """'x2' -> 'xaxis2'."""
    return f"{axis[0]}axis{axis[1:]}"


def _label(row: pd.Series) -> str:
    """Behaviour, and what its estimate rests on."""
    counts = f"{row['rows']} rows, {row['units']} units"
    return f"{escape(row['code'])} <span style='font-size:13px'>({counts})</span>"


def _intervals(rows: pd.DataFrame, at: list[float], x: str, y: str) -> list[go.Scatter]:
    """Thin 95 % and thick 50 % lines, one trace per evidence and width."""
    found = []
    for word, colour in COLOURS.items():
        mine = [(row, place) for row, place in zip(rows.to_dict("records"), at, strict=True) if row["evidence"] == word]
        for low, high, width in (("lower", "upper", 1.5), ("inner_low", "inner_high", 5)):
            xs = [value for row, _ in mine for value in (row[low], row[high], None)]
            ys = [value for _, place in mine for value in (place, place, None)]
            line = {"color": colour, "width": width}
            found.append(
                go.Scatter(x=xs, y=ys, xaxis=x, yaxis=y, mode="lines", line=line, showlegend=False, hoverinfo="skip")
            )
    return [trace for trace in found if len(trace.x)]


def _marks(rows: pd.DataFrame, at: list[float], x: str, y: str, hollow: bool) -> go.Scatter:
    colours = [COLOURS[word] for word in rows["evidence"]]
    said = [
        f"{escape(row['code'])}, {row['model'].lower()}<br>{row['mean']:+.2f} SD ({row['lower']:.2f} to "
        f"{row['upper']:.2f})<br>{row['seconds']:+.0f} s per 5 min<br>{row['evidence']}"
        for row in rows.to_dict("records")
    ]
    symbols = [SYMBOLS[word] + ("-open" if hollow else "") for word in rows["evidence"]]
    return go.Scatter(
        x=rows["mean"], y=at, xaxis=x, yaxis=y, mode="markers", text=said, hoverinfo="text", showlegend=False,
        marker={"color": colours, "symbol": symbols, "size": 13, "line": {"color": colours, "width": 2.5}},
    )  # fmt: skip


def _legend(figure: go.Figure, frame: pd.DataFrame) -> None:
    """What colours, shapes and filling mean; only what occurs."""
    entries = [(word, COLOURS[word], SYMBOLS[word]) for word in COLOURS if (frame["evidence"] == word).any()]
    if frame["model"].nunique() > 1:
        entries += [(f"{word} ({fill})", "#808080", f"circle{end}") for word, fill, end in FILLS]
    for name, colour, symbol in entries:
        marker = {"color": colour, "symbol": symbol, "size": 13, "line": {"color": colour, "width": 2.5}}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker))


FILLS = (("Adjusted", "filled", ""), (HOLLOW, "hollow", "-open"))
