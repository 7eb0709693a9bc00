"""The durations page's road down: rows of one behaviour group, measured for the selection, each answer cached."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pages.parts.words import SUBJECTS
from pipeline.measures.splits import Levels, Split, Thirds
from pipeline.selection import Selection, select
from pipeline.steps import durations
from pipeline.steps.durations import Question


@dataclass(frozen=True)
class Answer:
    """What the page shows for one question: means per bar, time seen, the scale of normalised shares, cut points of a
    split into thirds, and the observations that belong to no group of the split."""

    means: pd.DataFrame
    coverage: pd.DataFrame
    scale: pd.DataFrame
    thirds: Thirds | None
    left_out: int


@st.cache_resource(max_entries=4, show_spinner=False)
def _level(key: Key, scheme: str, behaviour_group: str) -> pd.DataFrame:
    """Shared by everyone and never changed: a copy of 25,000 recordings per click would cost more than the measure."""
    return durations.level_rows(store.cursor(key), scheme, behaviour_group)


def _rows(key: Key, question: Question, selection: Selection) -> tuple[pd.DataFrame, Levels]:
    """Level-one rows of the selection, and the levels of its recordings."""
    return _selected(key, question.scheme, question.behaviour_group, question.split, question.subjects, selection)


@st.cache_resource(max_entries=3, show_spinner=False)
def _selected(
    key: Key, scheme: str, behaviour_group: str, split: Split, subjects: tuple[str, ...], selection: Selection
) -> tuple[pd.DataFrame, Levels]:
    """Shared by the panels of a page and never changed."""
    observations = select(store.observations(), selection)
    levels = durations.levels_of(observations, split)
    return durations.of_selection(_level(key, scheme, behaviour_group), observations, levels, subjects), levels


@st.cache_data(max_entries=64, show_spinner=False)
def _answer(key: Key, question: Question, selection: Selection) -> Answer:
    rows, levels = _rows(key, question, selection)
    scale, coverage = durations.scale_of(rows, question), durations.coverage(rows)
    return Answer(durations.means(rows, question), coverage, scale, levels.thirds, levels.missing)


@st.cache_data(max_entries=64, show_spinner=False)
def _values(key: Key, question: Question, selection: Selection, code: str) -> pd.DataFrame:
    return durations.per_dyad(_rows(key, question, selection)[0], question, code)


@st.cache_data(max_entries=64, show_spinner=False)
def _budget(key: Key, question: Question, selection: Selection) -> pd.DataFrame | None:
    rows, _ = _rows(key, question, selection)
    if durations.few(rows):
        observations = select(store.observations(), selection)
        return durations.budget_of_events(store.cursor(key), rows, observations, question)
    return durations.budget(rows)


def subjects(scheme: str, behaviour_group: str) -> tuple[str, ...]:
    """Who was coded for the group in the study, in the order of the screen."""
    found = set(_level(store.key(), scheme, behaviour_group)["subject"].cat.categories)
    return tuple(subject for subject in SUBJECTS if subject in found)


def answer(question: Question) -> Answer:
    """The answer for the current selection."""
    return _answer(store.key(), question, store.selection())


def values(question: Question, code: str) -> pd.DataFrame:
    """One value per dyad behind the bars of a code: subject, level, dyad_id, family_id, value, observations."""
    return _values(store.key(), question, store.selection(), code)


def budget(question: Question) -> pd.DataFrame | None:
    """Number, total, mean, spread and gaps of bouts per person and code; None where they were not stored."""
    return _budget(store.key(), question, store.selection())
