"""The choices of the agreement page, all bound to the URL and checked here: what was coded, of whom, pooled over whom,
and by which method.
"""

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.durations_choices import group_names
from pages.parts.models_options import named, select
from pages.parts.words import SUBJECTS
from pipeline.measures.agreement_method import Kind, Method

EVERY = ""
"""Stands for all behaviours, or for everyone."""
METHODS: dict[Kind, str] = {
    "weighted": "Time: every second counts",
    "alignment": "Events: paired one by one",
    "tolerance": "Time, with a tolerance",
    "scan": "Scan at regular moments",
}
HELP_METHOD = (
    "**Time** is the default: each stretch of time counts by its length. "
    "**Events** asks whether both coders marked the same events. "
    "**Time, with a tolerance** forgives late and early onsets. "
    "**Scan** looks at both codings at regular moments, as older reports do: its step is not a tolerance."
)
BY = {"overall": "All recordings together", "role": "Per caregiver role", "coders": "Per two coders"}
MOST_S, LEAST_STEP_S = 60.0, 0.1
WIDTHS = {"agree_on": 220, "agree_who": 180, "agree_by": 225}
"""Pixels of the choices: side by side on a large screen, below each other on a small one."""


@dataclass(frozen=True)
class Question:
    """What the page shows: a scheme and behaviour group (EVERY: all), a subject (EVERY: all), pools, the method."""

    scheme: str
    behaviour_group: str
    subject: str
    by: str
    method: Method


def choose(pairs: pd.DataFrame) -> Question:
    """Draws the choices over what two coders coded in the study, and returns them as a question."""
    groups = store.groups().merge(pairs[["scheme", "behaviour_group"]].drop_duplicates())
    names = {"All behaviours": (EVERY, EVERY)} | group_names(groups)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        scheme, group = names[select("Behaviour", list(names), "agree_on", WIDTHS["agree_on"])]
        subject = _subject(pairs, scheme, group)
        said = select("Pooled over", list(BY.values()), "agree_by", WIDTHS["agree_by"])
        with st.popover("Method and options", icon=":material/tune:"):
            method = _method()
    return Question(scheme, group, subject, next(name for name, word in BY.items() if word == said), method)


def _subject(pairs: pd.DataFrame, scheme: str, group: str) -> str:
    """Who was coded for the group by two coders."""
    mine = pairs if group == EVERY else pairs[(pairs["scheme"] == scheme) & (pairs["behaviour_group"] == group)]
    words = {"Everyone": EVERY} | {SUBJECTS[one]: one for one in SUBJECTS if one in set(mine["subject"])}
    return words[select("Of whom", list(words), "agree_who", WIDTHS["agree_who"])]


def _method() -> Method:
    """The kind of agreement with its parameters."""
    said = st.selectbox("Method", list(METHODS.values()), key="agree_method", bind="query-params", help=HELP_METHOD)
    return _options(next((kind for kind, word in METHODS.items() if word == said), "weighted"))


def _options(kind: Kind) -> Method:
    """The parameters that this kind has."""
    step = tolerance = 1.0
    if kind == "scan":
        step = _seconds("A look every (s)", "agree_step", LEAST_STEP_S)
    if kind in ("tolerance", "alignment"):
        tolerance = _seconds("Tolerance (s)", "agree_tolerance", 0.0)
    weight = 1.0
    if (store.codes()["kind"] == "point").any():
        weight = _seconds("A moment without length counts as (s); 0 leaves moments out", "agree_point", 0.0)
    unseen = named("Time either coder could not see", {False: "Counts as a code", True: "Left out"}, "agree_unseen")
    uncoded = named("Time either coder left uncoded", {False: "Counts as a code", True: "Left out"}, "agree_uncoded")
    return Method(kind, weight, round(step * 1000), round(tolerance * 1000), unseen, uncoded)


def _seconds(label: str, key: str, least: float) -> float:
    """A number of seconds; one outside the limits, which hold in the browser only, is brought inside."""
    said = st.number_input(
        label, min_value=least, max_value=MOST_S, value=1.0, step=0.1, key=key, bind="query-params", format="%.1f"
    )
    return min(max(float(said), least), MOST_S) if said is not None and math.isfinite(said) else 1.0
