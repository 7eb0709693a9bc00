"""The dynamics page's road down: streams read once per generation and side, answers cached per question and
selection.
"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pipeline.measures.splits import Split
from pipeline.selection import Selection, select
from pipeline.steps import dynamics, dynamics_groups
from pipeline.steps.dynamics import Answer, Coded
from pipeline.steps.dynamics_design import Explanation
from pipeline.steps.dynamics_question import Question, Side

Levels = list[tuple[str, Answer]]


@st.cache_resource(max_entries=12, show_spinner=False)
def _stream(key: Key, stream: tuple[str, str, str]) -> Coded:
    """Shared by everyone and never changed."""
    return dynamics.read_stream(store.cursor(key), Side(*stream))


@st.cache_resource(max_entries=16, show_spinner=False)
def _answer(key: Key, question: Question, selection: Selection) -> Answer:
    """Shared by the panels of a page and never changed."""
    return dynamics.ask(question, *_sides(key, question), select(store.observations(), selection))


@st.cache_resource(max_entries=16, show_spinner=False)
def _levels(key: Key, question: Question, split: Split, selection: Selection) -> Levels:
    """Shared by the panels of a page and never changed."""
    observations = select(store.observations(), selection)
    return dynamics_groups.of_levels(question, _sides(key, question), observations, split)


@st.cache_data(max_entries=32, show_spinner=False)
def _band(key: Key, question: Question, selection: Selection) -> pd.DataFrame:
    return dynamics_groups.profile_band(_answer(key, replace(question, surrogates=0), selection), question)


@st.cache_resource(max_entries=32, show_spinner=False)
def _explained(key: Key, question: Question, chosen: Explanation, selection: Selection) -> object:
    """Loads the model library: called on a click only."""
    from pipeline.steps.dynamics_model import explain_answer

    return explain_answer(_answer(key, question, selection), select(store.observations(), selection), chosen)


def _sides(key: Key, question: Question) -> tuple[Coded, Coded]:
    return _stream(key, question.given.stream), _stream(key, question.target.stream)


@st.cache_resource(max_entries=2, show_spinner=False)
def _done(key: Key) -> set[tuple[Question, Selection]]:
    """Which comparisons with chance were already made: their answers are at hand."""
    return set()


def ready(question: Question) -> bool:
    """Whether `compared` (and a band of the profile) was already worked out for the current selection."""
    return (question, store.selection()) in _done(store.key())


def made(question: Question) -> None:
    """Remembers that the comparison with chance was worked out."""
    _done(store.key()).add((question, store.selection()))


def plain(question: Question) -> Question:
    """The question without surrogates: quick."""
    return replace(question, surrogates=0, surrogate="shift", seed=1)


def answer(question: Question) -> Answer:
    """The answer for the current selection, without surrogates."""
    return _answer(store.key(), plain(question), store.selection())


def compared(question: Question) -> Answer:
    """The answer with its surrogates; may take seconds the first time."""
    return _answer(store.key(), question, store.selection())


def levels(question: Question, split: Split) -> Levels:
    """The answer of every level of a split, in order."""
    return _levels(store.key(), plain(question), split, store.selection())


def band(question: Question) -> pd.DataFrame:
    """What surrogates make of the diagonal profile: lag, mean, low, high; may take seconds the first time."""
    return _band(store.key(), question, store.selection())


def explained(question: Question, chosen: Explanation) -> object:
    """The model of the numbers (`dynamics_model.Explained`); seconds the first time."""
    return _explained(store.key(), plain(question), chosen, store.selection())
