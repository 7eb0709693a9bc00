"""Figures of a release, row by row: agreement, who answers whom, terms of stored fits."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts_agreement import draw_kappas
from pages.parts.charts_dynamics import draw_groups
from pages.parts.charts_models import LINES, Look, draw_terms
from pages.parts.charts_released import say_below
from pages.parts.presented_words import NOT_SHOWN, about, between, joined, number, one_line, rows_left_out
from pipeline.steps.report_figures import whose

NONE = float("nan")
UNCLEAR = "No clear evidence"
CHANCE = "by chance"
MORE = "The table has recordings with each caregiver alone, too."
FURTHEST = "; furthest above chance first"
LEGEND_ROOM = 40
"""Pixels of a legend of one line."""
BOLD_LETTERS = 64
"""Up to so many bold letters fit a narrow screen."""


def kappas(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Kappa of every pool that is shown; how many are not stands below. With one caregiver alone in the table only."""
    there = _by_person(frame[frame["kappa"].notna()])
    if there.empty:
        return None
    whole, more = there["role"] == "", ""
    if whole.any():
        more = "" if whole.all() else MORE
        frame, there = frame[frame["role"] == ""], there[whole]
    blank = {name: NONE for name in ("kappa_max", "agreement", "ac1", "recordings") if name not in there}
    found = draw_kappas(there.assign(who=whose(there), reason="", **blank), None)
    families = {row.label: about(row.families) for row in there.itertuples()}
    for trace in found.data:
        if trace.hovertext is not None:
            said = zip(trace.hovertext, trace.customdata, strict=True)
            trace.hovertext = [joined(words, families[label]) for words, label in said]
    return say_below(found, f"{rows_left_out(len(frame) - len(there))} {more}".strip())


def _by_person(frame: pd.DataFrame) -> pd.DataFrame:
    """Behaviours in their order, in each all of a person beneath each other, with any caregiver first."""
    ranks = pd.DataFrame({name: pd.factorize(frame[name])[0] for name in ("behaviour", "who")}, index=frame.index)
    return frame.loc[ranks.assign(role=frame["role"]).sort_values(["behaviour", "who", "role"], kind="stable").index]


def groups(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """One row per label: the number beside chance."""
    if frame["value"].isna().all():
        return None
    unit = str(options.get("unit", ""))
    by = str(options.get("chance", CHANCE))
    axis, answers = str(options.get("axis", "")), "code" in frame
    if answers:
        frame = frame.loc[(frame["chance"] - frame["value"]).sort_values(kind="stable").index]
    rows = [_answer(row, unit, by) for row in frame.itertuples()]
    labels, texts = zip(*rows, strict=True)
    drawn = frame.assign(label=labels, text=texts)
    drawn = drawn if "chance" in drawn else drawn.assign(chance=NONE)
    found = draw_groups(drawn, f"{axis}{FURTHEST if answers else ''}", unit, None, (by, ""))
    found.data[-1].name = str(options.get("observed", found.data[-1].name))
    return _closer(found, LEGEND_ROOM if len(found.data) > 1 else 0)


def _closer(found: go.Figure, top: int) -> go.Figure:
    """The rows nearer to the finding: only so many pixels above them; a legend only where there are two things."""
    height, margin = found.layout.height, found.layout.margin
    return found.update_layout(height=height - margin.t + top, margin={"t": top}, showlegend=top > 0)


def _answer(row: tuple, unit: str, by: str) -> tuple[str, str]:
    """("After the infant's Smile", "the caregiver too: 6.6 % (3.9 to 9.7), ..."): no line is longer than a screen."""
    label, code = str(row.label), str(getattr(row, "code", ""))
    first, colon, then = label.partition(f"{code}: ")
    if colon and then.endswith(f"'s {code}"):
        label, who = first + code, then.removesuffix(f"'s {code}") + " too: "
    else:
        who = ""
    label = one_line(label, BOLD_LETTERS)
    if pd.isna(row.value):
        return label, NOT_SHOWN
    chance = getattr(row, "chance", NONE)
    beside = "" if pd.isna(chance) else f"{by} {number(chance, unit)}"
    said = f"<b>{number(row.value, unit)}</b>{between(row.low, row.high)}"
    icc = getattr(row, "icc", NONE)
    agree = "" if pd.isna(icc) else f"agreement (ICC) {number(icc)}"
    return label, escape(who) + joined(said, beside, agree, about(row.families))


def terms(options: dict[str, object], frame: pd.DataFrame) -> go.Figure | None:
    """Forest plot of a stored fit."""
    if frame["mean"].isna().all():
        return None
    drawn = frame.assign(
        code=frame["term"].astype("str"), model="", evidence=frame["evidence"].fillna(UNCLEAR), inner_low=NONE,
        inner_high=NONE, said=[_term(row, str(options["outcome"])) for row in frame.itertuples()],
        counts=[NOT_SHOWN if pd.isna(row.mean) else about(row.families) for row in frame.itertuples()],
    )  # fmt: skip
    people, seconds = list(dict.fromkeys(drawn["person"])), dict(options["seconds"])
    heads = {who: str(dict(options["heads"]).get(who, "")) for who in people}
    look = Look(heads, {who: seconds.get(who, 1.0) for who in people}, str(options["outcome"]))
    found = draw_terms(drawn, look)
    for place, who in enumerate(people):
        if who not in seconds:
            found.update_layout({f"xaxis{place + 11}": {"visible": False}})
    return found.for_each_xaxis(
        lambda axis: axis.update(title_text=axis.title.text.replace(LINES, "lines: 95 % intervals"))
    )


def _term(row: tuple, outcome: str) -> str:
    """What a mark says when pointed at."""
    if pd.isna(row.mean):
        return ""
    parts = [f"<b>{escape(str(row.term))}</b>", f"{number(row.mean)}{between(row.lower, row.upper)}: {escape(outcome)}"]
    if pd.notna(row.seconds):
        parts.append(f"{number(row.seconds)} s per 5 min{between(row.seconds_low, row.seconds_high)}")
    return "<br>".join([*parts, joined(str(row.evidence), about(row.families))])
