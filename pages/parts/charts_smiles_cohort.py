"""Figures of the smiles of all mothers: small panels one below the other, and differences row by row."""

from html import escape

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base
from pages.parts.charts_durations import AXIS_WIDTH, lines

NAIVE, MOTHERS = "smile by smile", "by mothers"
"""What the two marks of every figure are called: the naive test, and the one that keeps smiles of a mother together."""
LOOKS = {
    NAIVE: {"color": PALETTE[0], "symbol": "circle", "size": 9},
    MOTHERS: {"color": PALETTE[5], "symbol": "diamond", "size": 10},
}
GROUP_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
APART = 0.22
"""How far the two marks of a place stand from each other, in places."""
PANEL, TITLE = 150, 34
"""Pixels: the room of a panel's marks, and of its name above it."""
TOP, FOOT = 44, 76
ROW, NAME_AT, WORDS_AT, MARK_AT = 98, 12, 34, 60
WRAP = 13
"""Letters of a line below a mark."""


def draw_numbers(frame: pd.DataFrame) -> go.Figure:
    """Correlation with a score by smile number, one panel per `title` (in order), naive and by mothers, with intervals.

    Columns: title, smile_number, n, mark (behind n), r, low, high, mixed_r, mixed_low, mixed_high (missing where not
    known).
    """
    titles = list(dict.fromkeys(frame["title"]))
    figure = _panels(titles)
    for row, title in enumerate(titles, start=1):
        part = frame[frame["title"] == title]
        for kind, names, shift in (
            (NAIVE, ("r", "low", "high"), -APART / 2),
            (MOTHERS, ("mixed_r", "mixed_low", "mixed_high"), APART / 2),
        ):
            marks = _marks(
                part["smile_number"] + shift, part[list(names)].set_axis(["value", "low", "high"], axis=1), kind
            )
            figure.add_trace(marks.update(showlegend=row == 1), row=row, col=1)
    ends = frame[["r", "low", "high", "mixed_r", "mixed_low", "mixed_high"]].abs().max(axis=None)
    reach = min(1.02, 1.08 * ends) if pd.notna(ends) else 1.0
    figure.update_yaxes(range=[-reach, reach], zeroline=True, zerolinecolor="#808080", zerolinewidth=1.5, nticks=5)
    counts = frame.drop_duplicates("smile_number").sort_values("smile_number")
    words = [f"{row.smile_number}<br>{_count(row.n)}{row.mark}" for row in counts.itertuples()]
    figure.update_xaxes(
        tickvals=counts["smile_number"], ticktext=words, tickangle=0, range=_ends(counts["smile_number"])
    )
    figure.update_xaxes(title={"text": "Number of the smile; n: recordings that have it"}, row=len(titles), col=1)
    return figure


def draw_means(frame: pd.DataFrame, axis: str) -> go.Figure:
    """Means with intervals, one panel per `title` (in order), a place per `group`, a colour per `kind`.

    Columns: title, group, kind, mean, low, high, few (True: an open mark), n. Below a group stand its n of the first
    panel, one per kind.
    """
    titles, groups, kinds = (list(dict.fromkeys(frame[name])) for name in ("title", "group", "kind"))
    figure = _panels(titles)
    for row, title in enumerate(titles, start=1):
        for number, kind in enumerate(kinds):
            part = frame[(frame["title"] == title) & (frame["kind"] == kind)]
            at = part["group"].map({group: place for place, group in enumerate(groups, start=1)})
            shift = APART * (number - (len(kinds) - 1) / 2)
            numbers = part[["mean", "low", "high"]].set_axis(["value", "low", "high"], axis=1)
            symbols = [GROUP_SYMBOLS[number % 5] + ("-open" if few else "") for few in part["few"]]
            look = {"color": PALETTE[number % len(PALETTE)], "symbol": symbols, "size": 10}
            marks = _marks(at.astype(float) + shift, numbers, str(kind), look, joined=False)
            figure.add_trace(marks.update(showlegend=row == 1 and len(kinds) > 1), row=row, col=1)
    figure.update_yaxes(nticks=5, rangemode="tozero")
    places = list(range(1, len(groups) + 1))
    counts = frame[frame["title"] == titles[0]].set_index(["group", "kind"])["n"]
    words = [f"{lines(str(group), WRAP)}<br>{_counts(counts, group, kinds)}" for group in groups]
    figure.update_xaxes(tickvals=places, ticktext=words, tickangle=0, range=_ends(pd.Series(places)))
    figure.update_xaxes(title={"text": lines(axis, AXIS_WIDTH)}, row=len(titles), col=1)
    return figure


def draw_contrasts(frame: pd.DataFrame, axis: str) -> go.Figure:
    """One row per `label`: a number with its interval, naive and by mothers, and in figures what it is (`text`).

    Columns: label, text, value, low, high, mixed, mixed_low, mixed_high.
    """
    height = ROW * len(frame)
    figure = base(go.Figure(), height + TOP + FOOT)
    at = pd.Series([row * ROW + MARK_AT for row in range(len(frame))], index=frame.index, dtype=float)
    for kind, names, shift in (
        (NAIVE, ["value", "low", "high"], 0),
        (MOTHERS, ["mixed", "mixed_low", "mixed_high"], 17),
    ):
        numbers = frame[names].set_axis(["value", "low", "high"], axis=1)
        look = LOOKS[kind]
        figure.add_trace(
            go.Scatter(
                x=numbers["value"], y=at + shift, mode="markers", name=kind, marker=look, hoverinfo="skip",
                error_x=_errors(numbers, look["color"]),
            )
        )  # fmt: skip
    figure.update_xaxes(title={"text": lines(axis, AXIS_WIDTH), "standoff": 12}, tickangle=0, nticks=7)
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    notes = [note for place, row in zip(at, frame.itertuples(), strict=True) for note in _said(row, place)]
    _finish(figure, {"l": 4, "r": 12, "t": TOP, "b": FOOT})
    figure.update_layout(annotations=notes, shapes=[_zero(place) for place in at])
    return figure


def _zero(place: float) -> dict[str, object]:
    """A line at 0 behind the marks of one row: it runs through no words."""
    look = {"color": "#808080", "width": 1.5}
    return {"type": "line", "layer": "below", "x0": 0, "x1": 0, "y0": place - 11, "y1": place + 28, "line": look}


def _panels(titles: list[str]) -> go.Figure:
    """Empty panels one below the other, each with its name above it."""
    count = len(titles)
    height = count * (PANEL + TITLE)
    gap = TITLE / height if count > 1 else 0.0
    figure = make_subplots(rows=count, cols=1, shared_xaxes=True, vertical_spacing=gap)
    base(figure, height + TOP + FOOT)
    _finish(figure, {"l": 8, "r": 12, "t": TOP + TITLE, "b": FOOT})
    notes = []
    for number, title in enumerate(titles, start=1):
        axis = f"y{number if number > 1 else ''} domain"
        place = {"x": 0, "xref": "paper", "xanchor": "left", "y": 1, "yref": axis, "yanchor": "bottom"}
        notes.append(
            place | {"text": f"<b>{escape(title)}</b>", "showarrow": False, "font": {"size": FONT_SIZE, "color": INK}}
        )
    figure.update_layout(annotations=notes)
    figure.update_xaxes(showgrid=False)
    return figure


def _finish(figure: go.Figure, margin: dict[str, int]) -> None:
    """Legend above, no dragging, given margins."""
    legend = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "orientation": "h"}
    figure.update_layout(margin=margin, legend=legend, showlegend=True, dragmode=False)


def _marks(
    x: pd.Series, numbers: pd.DataFrame, name: str, look: dict[str, object] | None = None, joined: bool = True
) -> go.Scatter:
    """Numbers (value, low, high) with their intervals at `x`."""
    look = look or LOOKS[name]
    words = [_hover(name, row) for row in numbers.itertuples()]
    return go.Scatter(
        x=x, y=numbers["value"], mode="lines+markers" if joined else "markers", name=name, marker=look,
        line={"color": look["color"], "width": 1.5, "dash": "dot" if name == MOTHERS else "solid"},
        error_y=_errors(numbers, str(look["color"])), hovertext=words, hoverinfo="text",
    )  # fmt: skip


def _errors(numbers: pd.DataFrame, colour: str) -> dict[str, object]:
    """Intervals; nothing where there is none."""
    above, below = (numbers["high"] - numbers["value"]).fillna(0), (numbers["value"] - numbers["low"]).fillna(0)
    return {"type": "data", "array": above, "arrayminus": below, "color": colour, "thickness": 2, "width": 4}


def _hover(name: str, row: tuple) -> str:
    """'by mothers: 0.31 (0.02 to 0.57)'."""
    ends = f" ({row.low:.2f} to {row.high:.2f})" if pd.notna(row.low) else ""
    return f"{escape(name)}: {row.value:.2f}{ends}"


def _said(row: tuple, place: float) -> list[dict[str, object]]:
    """Above the marks of a row its name and its numbers."""
    note = {"yref": "y", "xref": "paper", "yanchor": "middle", "showarrow": False, "x": 0, "xanchor": "left"}
    note |= {"font": {"size": FONT_SIZE, "color": INK}}
    top = place - MARK_AT
    return [
        note | {"text": f"<b>{escape(row.label)}</b>", "y": top + NAME_AT},
        note | {"text": row.text, "y": top + WORDS_AT},
    ]


def _ends(places: pd.Series) -> list[float]:
    return [float(places.min()) - 0.5, float(places.max()) + 0.5] if len(places) else [0, 1]


def _counts(counts: pd.Series, group: object, kinds: list[object]) -> str:
    """'n 31 / 30', one number per kind; a dash where there is none."""
    known = [counts.get((group, kind)) for kind in kinds]
    return "n\u00a0" + " / ".join("\u2013" if pd.isna(n) else f"{n:.0f}" for n in known)


def _count(n: float) -> str:
    return "" if pd.isna(n) else f"n\u00a0{n:.0f}"
