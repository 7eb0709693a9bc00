"""Figures of the models page: the forest plot, one panel per person."""

from dataclasses import dataclass, field
from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base

COLOURS = {"Clear": PALETTE[0], "Suggestive": PALETTE[5], "No clear evidence": "#808080"}
SYMBOLS = {"Clear": "square", "Suggestive": "diamond", "No clear evidence": "circle"}
ZERO = "rgba(128,128,128,0.9)"
CHOSEN = "rgba(86,180,233,0.22)"
"""Behind the behaviour whose recordings are shown."""
LINES = "lines: 50 and 95 % intervals"
FILL_SYMBOL = "triangle-up"
"""In the legend only: no mark of the plot has this shape, so that it stands for filling alone."""
PAIR_ROW, ONE_ROW, HEAD, FOOT, LEGEND = 62, 50, 88, 60, 80
"""Pixels: a behaviour with two models and with one, what stands above a panel, below it, and the legend."""
LABEL_AT, MARKS_AT, SHIFT, ZERO_REACH = -0.25, 0.2, 0.14, 0.32
"""Parts of a row: where the label stands and where the marks lie, so that no label is ever cut."""
Panel = tuple[str, pd.DataFrame, tuple[float, float]]
"""Person, the rows, and where the panel lies from bottom to top (parts of the height)."""


@dataclass(frozen=True)
class Look:
    """What a forest plot says beside its numbers. `heads`: person -> head of the panel; `seconds`: person -> seconds
    per 5 minutes that 1 of the outcome is; `outcome`: title of the lower axis; `hollow`: the model drawn with hollow
    marks; `chosen`: (person, behaviour) that is marked; `remarks`: (person, behaviour) -> what stands on the right of
    its line; `failed`: the title says that the fit cannot be used.
    """

    heads: dict[str, str]
    seconds: dict[str, float]
    outcome: str = "SD of the behaviour's time"
    hollow: str = "Unadjusted"
    chosen: tuple[str, str] | None = None
    remarks: dict[tuple[str, str], str] = field(default_factory=dict)
    failed: bool = False


def draw_terms(frame: pd.DataFrame, look: Look) -> go.Figure:
    """Forest plot, one line per behaviour and model.

    Columns: person, code, model, evidence, mean, lower, upper, inner_low, inner_high, counts (what the estimate rests
    on), said (what is shown under the pointer). A mark carries (person, code) as its custom data.
    """
    figure, pair = go.Figure(), frame["model"].nunique() > 1
    row = PAIR_ROW if pair else ONE_ROW
    parts = panels(frame, row)
    plot = sum(row * rows["code"].nunique() for _, rows, _ in parts) + (HEAD + FOOT) * (len(parts) - 1)
    above = LEGEND + (34 if look.failed else 0)
    base(figure, plot + HEAD + FOOT + above)
    low, high = min(frame["lower"].min(), 0), max(frame["upper"].max(), 0)
    room = 0.05 * (high - low)
    ends = (low - room, high + room)
    for place, panel in enumerate(parts, start=1):
        _panel(figure, place, panel, ends, look)
    _legend(figure, frame, look.hollow)
    figure.update_layout(
        margin={"t": HEAD + above, "b": FOOT, "l": 4, "r": 12},
        legend={"y": 1 + (HEAD + LEGEND) / plot, "yanchor": "top", "traceorder": "normal"},
        dragmode=False,
        clickmode="event+select",
    )
    if look.failed:
        title = {"text": "This fit failed its own checks: do not report it", "x": 0, "y": 1, "yref": "container"}
        figure.update_layout(title={**title, "yanchor": "top", "pad": {"t": 8}})
    return figure


def panels(frame: pd.DataFrame, row: int) -> list[Panel]:
    """Persons from top to bottom, as high as they have behaviours; `row`: pixels of one."""
    people = list(dict.fromkeys(frame["person"]))
    heights = [row * frame.loc[frame["person"] == person, "code"].nunique() for person in people]
    total, top, found = sum(heights) + (HEAD + FOOT) * (len(people) - 1), 1.0, []
    for person, height in zip(people, heights, strict=True):
        bottom = max(top - height / total, 0.0)
        found.append((person, frame[frame["person"] == person], (bottom, top)))
        top = bottom - (HEAD + FOOT) / total
    return found


def _panel(figure: go.Figure, place: int, panel: Panel, ends: tuple[float, float], look: Look) -> None:
    """One person: axes, the zero line, intervals, marks and the head."""
    person, rows, (bottom, top) = panel
    codes = list(dict.fromkeys(rows["code"]))
    x, y, upper = f"x{place}" if place > 1 else "x", f"y{place}" if place > 1 else "y", f"x{place + 10}"
    _axes(figure, (x, y, upper), (bottom, top), ends, look.seconds[person], look.outcome)
    figure.update_layout({_name(y): {"range": [len(codes) - 0.5, -0.5], "showticklabels": False}})
    for line, code in enumerate(codes):
        _line(figure, rows[rows["code"] == code].iloc[0], line, y, look)
    figure.add_trace(_zero(len(codes), x, y))
    for model in dict.fromkeys(rows["model"]):
        mine = rows[rows["model"] == model]
        shift = SHIFT * (1 if model == look.hollow else -1) if rows["model"].nunique() > 1 else 0
        at = [codes.index(code) + MARKS_AT + shift for code in mine["code"]]
        figure.add_traces([*_intervals(mine, at, x, y), _marks(mine, at, x, y, model == look.hollow)])
    figure.add_trace(go.Scatter(x=[0], y=[0], xaxis=upper, yaxis=y, opacity=0, showlegend=False, hoverinfo="skip"))
    figure.add_annotation(
        text=f"<b>{escape(person)}</b>{escape(look.heads[person])}", x=0, xref="paper", xanchor="left",
        y=top, yref="paper", yanchor="bottom", yshift=58, showarrow=False,
        font={"size": FONT_SIZE + 1, "color": INK},
    )  # fmt: skip


def _line(figure: go.Figure, row: pd.Series, line: int, y: str, look: Look) -> None:
    """What stands above a behaviour's marks, and the band behind the chosen one."""
    place = (row["person"], row["code"])
    if place == look.chosen:
        figure.add_shape(
            type="rect", x0=0, x1=1, xref="paper", y0=line - 0.48, y1=line + 0.48, yref=y, layer="below",
            fillcolor=CHOSEN, line={"width": 0},
        )  # fmt: skip
    text = {"y": line + LABEL_AT, "yref": y, "xref": "paper", "showarrow": False}
    text |= {"font": {"size": FONT_SIZE, "color": INK}}
    figure.add_annotation(text=_label(row, place not in look.remarks), x=0, xanchor="left", **text)
    if place in look.remarks:
        figure.add_annotation(text=escape(look.remarks[place]), x=1, xanchor="right", **text)


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
    outcome: str,
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
            _name(x): {"title": {"text": f"{outcome} ({LINES})"}},
            _name(upper): {"title": {"text": "Seconds per 5 minutes"}},
        }
    )


def _name(axis: str) -> str:
    """'x2' -> 'xaxis2'."""
    return f"{axis[0]}axis{axis[1:]}"


def _label(row: pd.Series, counts: bool) -> str:
    """Behaviour, and what its estimate rests on."""
    said = f" <span style='font-size:13px'>({escape(row['counts'])})</span>" if counts else ""
    return f"{escape(row['code'])}{said}"


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
    symbols = [SYMBOLS[word] + ("-open" if hollow else "") for word in rows["evidence"]]
    return go.Scatter(
        x=rows["mean"], y=at, xaxis=x, yaxis=y, mode="markers", text=rows["said"], hoverinfo="text", showlegend=False,
        customdata=rows[["person", "code"]].to_numpy(), unselected={"marker": {"opacity": 1}},
        marker={"color": colours, "symbol": symbols, "size": 13, "line": {"color": colours, "width": 2.5}},
    )  # fmt: skip


def _legend(figure: go.Figure, frame: pd.DataFrame, hollow: str) -> None:
    """What colours, shapes and filling mean; only what occurs."""
    entries = [(word, COLOURS[word], SYMBOLS[word]) for word in COLOURS if (frame["evidence"] == word).any()]
    models = dict.fromkeys(frame["model"])
    if len(models) > 1:
        fills = {model: ("Hollow", "-open") if model == hollow else ("Filled", "") for model in models}
        entries += [(f"{word}: {model.lower()}", "#808080", FILL_SYMBOL + end) for model, (word, end) in fills.items()]
    for name, colour, symbol in entries:
        marker = {"color": colour, "symbol": symbol, "size": 13, "line": {"color": colour, "width": 2.5}}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=name, marker=marker))
