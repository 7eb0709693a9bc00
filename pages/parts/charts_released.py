"""Figures that only a release has: families per band, and in bins of two scores; a sentence below any figure."""

from html import escape

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, PALETTE, base
from pages.parts.charts_durations import AXIS_WIDTH, OUTLINE, lines

CELL, LEAST_HEIGHT, AROUND = 58, 230, 130
"""Pixels: a bin, the lowest picture, and what stands around the bins."""
FULL, HIDDEN, EMPTY = "0,114,178", "rgba(128,128,128,0.30)", "rgba(128,128,128,0.07)"
"""Colour of many families; of a bin whose number is not shown; of a bin without a number."""
HEAD, BAND, BELOW, FOOT = 38, 52, 12, 62
"""Pixels: a questionnaire's name, a band with its name above its bar, what is free below the last, the axis."""
LABEL_AT, BAR_AT, THICK = 12, 34, 20
"""Pixels from the top of a band to its name and its bar, and of the bar."""
ROOM = 1.6
"""Width over the longest bar: the numbers stand in the rest."""
LINE = 20
"""Pixels of a further line below a figure."""
PANEL, ABOVE, TICKS, BETWEEN = 104, 36, 48, 0.09
"""Pixels of the marks of a panel, of its name above them, of two lines of ticks below the lowest panels; room between
two panels side by side, in parts of the width."""


def draw_bands(frame: pd.DataFrame, axis: str) -> go.Figure:
    """One bar per band under the heading of its questionnaire. Columns: head, label, families (may be missing), said
    (right of the bar)."""
    figure, notes, at = go.Figure(), [], 0
    for head, part in frame.groupby("head", sort=False):
        notes.append(_note(f"<b>{escape(str(head))}</b>", at + HEAD // 2))
        at += HEAD
        tops = [at + BAND * place for place in range(len(part))]
        notes += [_note(escape(str(one)), top + LABEL_AT) for one, top in zip(part["label"], tops, strict=True)]
        middles, known = pd.Series(tops, part.index) + BAR_AT, part["families"].notna()
        words = "\u00a0" + part["said"][known]
        notes += [_note(said, middle) for said, middle in zip(part["said"][~known], middles[~known], strict=True)]
        figure.add_trace(
            go.Bar(
                x=part["families"][known], y=middles[known], orientation="h", width=THICK,
                marker={"color": PALETTE[0], "line": OUTLINE}, text=words, textposition="outside",
                textfont={"size": FONT_SIZE, "color": INK}, cliponaxis=False, hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
        at += BAND * len(part) + BELOW
    base(figure, at + FOOT)
    most = max(frame["families"].max(), 1.0)
    figure.update_xaxes(range=[0, most * ROOM], title={"text": escape(axis)}, nticks=6)
    figure.update_yaxes(range=[at, 0], showticklabels=False, showgrid=False, automargin=False)
    figure.update_layout(annotations=notes, dragmode=False, bargap=0, margin={"l": 4, "r": 8, "t": 4, "b": FOOT - 4})
    return figure


def _note(text: str, at: float) -> dict[str, object]:
    place = {"x": 0, "xref": "paper", "xanchor": "left", "yref": "y", "yanchor": "middle", "showarrow": False}
    return place | {"text": text, "y": at, "font": {"size": FONT_SIZE, "color": INK}}


def draw_bins(frame: pd.DataFrame, edges: dict[str, list[float]], symbol: str, below: str) -> go.Figure:
    """Families per bin of two scores on the full range of both instruments.

    Columns: x, y (the bin in words), families (missing: `symbol` in its place). `edges`: name -> ends of its bins, of
    x first. Bins without a row stay empty. `below`: a sentence below the picture.
    """
    (across, wide), (upward, high) = edges.items()
    places = {"x": bin_words(wide), "y": bin_words(high)}
    counts = np.full((len(places["y"]), len(places["x"])), np.nan)
    empty, words = np.zeros(counts.shape), np.full(counts.shape, "", dtype=object)
    for row in frame.itertuples():
        place = places["y"].index(row.y), places["x"].index(row.x)
        counts[place], empty[place] = row.families, np.nan
        words[place] = symbol if pd.isna(row.families) else f"<b>{row.families:,.0f}</b>"
    figure = go.Figure()
    scale = [[0, f"rgba({FULL},0.10)"], [1, f"rgba({FULL},0.62)"]]
    hidden = np.where(np.isnan(counts) & np.isnan(empty), 0.0, np.nan)
    said = [[escape(f"{across} {x}, {upward} {y}") for x in places["x"]] for y in places["y"]]
    for values, colours in ((counts, scale), (hidden, _flat(HIDDEN)), (empty, _flat(EMPTY))):
        figure.add_trace(_cells(values, (wide, high), words, said, colours))
    base(figure, max(LEAST_HEIGHT, CELL * len(places["y"])) + AROUND)
    text = f"{escape(across)}<br>{lines(below, AXIS_WIDTH)}" if below else escape(across)
    figure.update_xaxes(**_axis(wide, places["x"], text))
    figure.update_yaxes(**_axis(high, places["y"], escape(upward)))
    figure.update_layout(margin={"t": 8, "b": 8}, dragmode=False)
    return figure


def _flat(colour: str) -> list[list[object]]:
    return [[0, colour], [1, colour]]


def bin_words(edges: list[float]) -> list[str]:
    """'0 to 6': bins of whole numbers as a release calls them."""
    return [f"{first:g} to {last - 1:g}" for first, last in zip(edges[:-1], edges[1:], strict=True)]


def _cells(
    values: np.ndarray, edges: tuple[list[float], list[float]], words: np.ndarray, said: list[list[str]], colours: list
) -> go.Heatmap:
    """The bins that have a number, or those that have none to show."""
    here = ~np.isnan(values)
    most = max(float(np.nanmax(values)), 1.0) if here.any() else 1.0
    text = np.where(here, words, "")
    hover = [[f"{said[i][j]}: {_bare(text[i][j])}" for j in range(here.shape[1])] for i in range(here.shape[0])]
    return go.Heatmap(
        x=edges[0], y=edges[1], z=values, zmin=0, zmax=most, colorscale=colours, showscale=False, xgap=3, ygap=3,
        text=text, texttemplate="%{text}", textfont={"size": FONT_SIZE + 3, "color": INK}, hovertext=hover,
        hoverinfo="text", hoverongaps=False,
    )  # fmt: skip


def _bare(words: str) -> str:
    number = words.removeprefix("<b>").removesuffix("</b>")
    return f"{number} families" if words.startswith("<b>") else number or "nothing to show"


def _axis(edges: list[float], words: list[str], title: str) -> dict[str, object]:
    """The full range of the instrument, whatever was found; the bins named in their middles."""
    middles = [(first + last) / 2 for first, last in zip(edges[:-1], edges[1:], strict=True)]
    return {
        "range": [edges[0], edges[-1]], "tickvals": middles, "ticktext": words, "tickangle": 0, "showgrid": False,
        "title": {"text": title, "standoff": 10},
    }  # fmt: skip


def arranged(figure: go.Figure, columns: int) -> go.Figure:
    """The same figure, its panels (one below the other until now) in so many columns, and what its lowest axis says in
    words of their own below all. A name stands above its panel.
    """
    count = len(list(figure.select_yaxes()))
    columns = min(columns, count)
    rows = -(-count // columns)
    height, margin = rows * (PANEL + ABOVE) - ABOVE, figure.layout.margin
    wide, high = (1 - BETWEEN * (columns - 1)) / columns, PANEL / height
    for place in range(count):
        row, column = divmod(place, columns)
        left, top = column * (wide + BETWEEN), 1 - row * (PANEL + ABOVE) / height
        name = str(place + 1) if place else ""
        lowest = place + columns >= count
        figure.layout[f"xaxis{name}"].update(domain=[left, left + wide], showticklabels=lowest)
        figure.layout[f"yaxis{name}"].update(domain=[max(0.0, top - high), top])
        figure.layout.annotations[place].update(xref=f"x{name} domain")
    said = [axis.title.text for axis in figure.select_xaxes() if axis.title.text]
    figure.update_xaxes(title={"text": ""})
    top = margin.t if any(trace.showlegend for trace in figure.data) else ABOVE
    figure.update_layout(height=height + top + margin.b, margin={"t": top})
    below = {"x": 0, "xref": "paper", "xanchor": "left", "y": 0, "yref": "paper", "yanchor": "top", "yshift": -TICKS}
    font = {"size": FONT_SIZE, "color": INK}
    for text in said:
        figure.add_annotation(text=text, showarrow=False, align="left", font=font, **below)
    return figure


def say_below(figure: go.Figure, words: str) -> go.Figure:
    """The same figure with a sentence below the words of its lowest axis, and room for it."""
    if words:
        axis = [one for one in figure.select_xaxes() if one.title.text][-1]
        more = lines(words, AXIS_WIDTH)
        axis.title.text = f"{axis.title.text}<br>{more}"
        room_below(figure, more.count("<br>") + 1)
    return figure


def room_below(figure: go.Figure, number: int) -> None:
    """Makes room for so many further lines below a figure."""
    layout, room = figure.layout, LINE * number
    figure.update_layout(height=layout.height + room, margin={"b": (layout.margin.b or 0) + room})
