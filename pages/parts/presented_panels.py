"""Figures of a release over episodes, visits and smiles: means, changes, correlations."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts_durations import AXIS_WIDTH, lines
from pages.parts.charts_engagement_study import HEAD, LINE, MARKS_TO, TEXT, draw_changes, draw_effect
from pages.parts.charts_released import arranged, room_below, say_below
from pages.parts.charts_smiles_cohort import MOTHERS, NAIVE, draw_means, draw_numbers
from pages.parts.presented_words import NOT_SHOWN, about, between, gone, joined, left_out, number
from pipeline.steps.report_figures import in_session_order, steps_of

COUNTED = "n: families (about)"
EPISODES_HIGH = 390
"""Pixels of the figure of episodes: as much as stands below the finding on a screen."""
MOST_IN_A_COLUMN = 4
"""More panels stand in two columns."""


def effect(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Codes over the episodes; a line is not drawn across an episode that is not shown."""
    there = frame[frame["mean"].notna()]
    if there.empty:
        return None
    asked = options.get("episodes") or in_session_order(there["episode"])
    order = [episode for episode in asked if (there["episode"] == episode).any()]
    found = draw_effect(there.assign(hover=[_hover(row) for row in there.itertuples()]), order, str(options["axis"]))
    for trace in found.data:
        if any(second - first > 1.5 for first, second in zip(trace.x[:-1], trace.x[1:], strict=True)):
            trace.mode = "markers"
    return found.update_layout(height=EPISODES_HIGH)


def _hover(row: tuple) -> str:
    said = f"{number(row.mean)}{between(row.low, row.high)}"
    return joined(f"<b>{escape(row.name)}</b><br>{escape(row.episode)}: {said}", about(row.families))


def changes(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Changes between episodes; a change that is not shown says so beside those of the same code."""
    there = frame[frame["mean"].notna()]
    if there.empty:
        return None
    drawn = frame[frame["name"].isin(there["name"])]
    drawn = drawn.assign(step=drawn["first"] + " \u2192 " + drawn["second"])
    drawn = drawn.assign(said=[_change(row) for row in drawn.itertuples()])
    steps = steps_of(drawn)
    out = left_out(gone(frame["name"], there["name"]))
    axis = f"{options['axis']}; {COUNTED}. {out}".rstrip(" .")
    found = draw_changes(drawn, steps, axis)
    room_below(found, max(0, lines(axis, AXIS_WIDTH).count("<br>") - 1))
    names, row = list(dict.fromkeys(drawn["name"])), _row_height(found, drawn["name"].nunique())
    place = {"xref": "paper", "x": MARKS_TO + 0.02, "xanchor": "left", "yref": "y", "showarrow": False, "font": TEXT}
    hidden = [
        place | {"text": NOT_SHOWN, "y": names.index(one.name) * row + HEAD + LINE * (steps.index(one.step) + 0.5)}
        for one in drawn[drawn["mean"].isna()].itertuples()
    ]
    found.update_layout(annotations=[*found.layout.annotations, *hidden])
    return found


def _row_height(found: go.Figure, rows: int) -> float:
    """Pixels of a code: the axis runs over all of them."""
    return found.layout.yaxis.range[0] / rows


def _change(row: tuple) -> str:
    """'+3.4 (0.1 to 6.8), n 10'."""
    if pd.isna(row.mean):
        return NOT_SHOWN
    sign = "+" if row.mean > 0 else ""
    return joined(f"{sign}{number(row.mean)}{between(row.low, row.high)}", f"n\u00a0{row.families:.0f}")


def means(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Means per group and kind, one panel per title; kinds of which nothing is shown are named below."""
    there = frame[frame["mean"].notna()]
    if there.empty:
        return None
    kinds = list(dict.fromkeys(there["kind"]))
    of_kinds = f", {' / '.join(map(str, kinds))}" if len(kinds) > 1 else ""
    found = draw_means(there.assign(few=False, n=there["families"]), f"{options['axis']}; {COUNTED}{of_kinds}")
    traces = iter(found.data)
    for title in dict.fromkeys(there["title"]):
        for kind in kinds:
            part = there[(there["title"] == title) & (there["kind"] == kind)]
            next(traces).hovertext = [_mean(row) for row in part.itertuples()]
    found.data[0].showlegend = len(kinds) > 1 or bool(kinds[0])
    say_below(found, left_out(gone(frame["kind"], there["kind"])))
    return arranged(found, 2 if there["title"].nunique() > MOST_IN_A_COLUMN else 1)


def _mean(row: tuple) -> str:
    where = escape(joined(str(row.group), str(row.kind)))
    said = f"{where}: {number(row.mean)}{between(row.low, row.high)}"
    return joined(f"<b>{escape(str(row.title))}</b><br>{said}", about(row.families))


def numbers(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Correlations smile by smile, one panel per title."""
    there = frame[frame["r"].notna()]
    if there.empty:
        return None
    there = there.assign(smile_number=there["smile_number"].astype(int), n=there["families"], mark="")
    found = draw_numbers(there)
    traces = iter(found.data)
    for title in dict.fromkeys(there["title"]):
        part = there[there["title"] == title]
        for kind, names in ((NAIVE, ["r", "low", "high"]), (MOTHERS, ["mixed_r", "mixed_low", "mixed_high"])):
            next(traces).hovertext = [_link(kind, row, names) for row in part.to_dict("records")]
    words = f"Number of the smile; {COUNTED} that have it"
    found.for_each_xaxis(lambda axis: axis.update(title_text=words), selector=lambda axis: bool(axis.title.text))
    return arranged(found, 1)


def _link(kind: str, row: dict[str, object], names: list[str]) -> str:
    value, low, high = (row[name] for name in names)
    if pd.isna(value):
        return ""
    said = f"{kind}: {number(value)}{between(low, high)}"
    return joined(f"<b>{escape(str(row['title']))}</b><br>smile {row['smile_number']}, {said}", about(row["families"]))
