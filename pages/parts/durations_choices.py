"""The choices of the durations page: which behaviour, share of which time, shown how, split by what; all bound to the
URL.
"""

import json

import pandas as pd
import streamlit as st

from pages.parts import store, store_durations, store_timelines
from pages.parts.words import SUBJECTS, one_of
from pipeline.measures.splits import Split
from pipeline.steps.durations import Question

DENOMINATORS = {
    "observable": "While it could be seen",
    "session": "Whole session",
    "coded": "While it was coded",
}
DISPLAYS = {"share": "Share of time (%)", "seconds": "Seconds per 5 min", "normalised": "Normalised (SD units)"}
ZEROS = {"observed": "Only where the behaviour occurs", "include": "All, with zeros"}
NO_SPLIT = "No split"
WORDS = (
    ("role", "Caregiver role", ("mother", "father")),
    ("activity", "Activity", ()),
    ("camera", "Camera", ("old", "new")),
    ("visit", "Visit", ()),
    ("child_sex", "Sex of the child", ("female", "male")),
    ("birth_order", "Birth order", ("first", "second", "third", "later")),
)
NUMBERS = (
    ("infant_age_months", "Age of the infant", "observation_id"),
    ("caregiver_age_years", "Age of the caregiver", "caregiver_id"),
)
UNITS = {"families": "family_id", "people": "caregiver_id", "infants": "infant_id", "dyads": "dyad_id"}


def choose() -> Question:
    """Draws the choices and returns them as a question; what the URL says beyond the choices falls back to the
    default.
    """
    first, second, third = st.columns(2), st.columns(2), st.columns(2)
    names = _coded_groups()
    with first[0]:
        name = st.selectbox("Behaviour", list(names), key="behaviour", bind="query-params")
    with first[1]:
        denominator = _choice("Share of which time", DENOMINATORS, "of_time", HELP_OF_TIME)
    with second[0]:
        display = _choice("Shown as", DISPLAYS, "shown_as")
    options = splits()
    with second[1]:
        split = st.selectbox("Split by", [NO_SPLIT, *options], key="split_by", bind="query-params")
    scheme, group = names.get(name, next(iter(names.values())))
    with third[0]:
        people = _people(store_durations.subjects(scheme, group))
    with third[1]:
        zeros = _choice("Rows that are normalised", ZEROS, "zeros") if display == "normalised" else "observed"
    return Question(scheme, group, denominator, display, zeros, options.get(split, Split()), people)


HELP_OF_TIME = (
    "**While it could be seen**: the session without the time in which the behaviour could not be seen. "
    "**Whole session**: all of the recording's coded session, whatever could be seen. "
    "**While it was coded**: the time that carries any code of this behaviour, also 'could not be seen'."
)


def _choice(label: str, words: dict[str, str], key: str, help: str | None = None) -> str:
    """A choice among a few words; returns the name behind the words."""
    said = st.selectbox(label, list(words.values()), key=key, bind="query-params", help=help)
    return next((name for name, word in words.items() if word == said), next(iter(words)))


def _people(subjects: tuple[str, ...]) -> tuple[str, ...]:
    """Two people side by side; a choice only where more than two were coded."""
    pairs = [subjects[start : start + 2] for start in range(0, len(subjects), 2)]
    words = {
        pair: one_of([SUBJECTS[one] if one == pair[0] else SUBJECTS[one].lower() for one in pair], "and")
        for pair in pairs
    }
    if len(pairs) < 2:
        return subjects
    said = st.selectbox("People", list(words.values()), key="people", bind="query-params")
    return next((pair for pair, word in words.items() if word == said), pairs[0])


def _coded_groups() -> dict[str, tuple[str, str]]:
    """Behaviour groups that were coded in the chosen kind of recording."""
    streams = store_timelines.streams()
    coded = set(zip(streams["scheme"], streams["behaviour_group"], strict=True))
    return {title: place for title, place in group_names(store.groups()).items() if place in coded}


def group_names(groups: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Title on the screen -> (scheme, behaviour group); the scheme is named only where two share a title."""
    twice = groups["title"].duplicated(keep=False)
    said = groups["title"].where(~twice, groups["title"] + " (" + groups["scheme"] + ")")
    return dict(zip(said, zip(groups["scheme"], groups["behaviour_group"], strict=True), strict=True))


def splits() -> dict[str, Split]:
    """Words on the screen -> split, for every column of the study that has at least two values."""
    frame = store.observations()
    found = {label: Split(column, order=order) for column, label, order in WORDS}
    found |= {f"{label} (thirds)": Split(column, True, unit) for column, label, unit in NUMBERS}
    for row in store.instruments().itertuples():
        found[f"{row.instrument}: {row.short_title.lower()} (thirds)"] = Split(f"score:{row.instrument}", True)
    for row in store.variables().itertuples():
        unit = UNITS.get(row.level, "observation_id")
        numeric = row.kind == "numeric"
        label = f"{row.label} (thirds)" if numeric else row.label
        found[label] = Split(f"var:{row.name}", numeric, unit, tuple(json.loads(row.levels or "[]")))
    return {label: split for label, split in found.items() if _varies(frame, split.column)}


def _varies(frame: pd.DataFrame, column: str) -> bool:
    return column in frame and frame[column].nunique() > 1


def level_words(split: Split) -> dict[str, str]:
    """Names of levels that need other words than their own."""
    return {"low": "Lowest third", "middle": "Middle third", "high": "Highest third"} if split.numeric else {}
