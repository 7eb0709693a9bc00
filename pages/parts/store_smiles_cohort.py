"""The road of the smiles of all mothers down: read once per generation, answers cached per selection and question."""

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pipeline.selection import Selection, select
from pipeline.steps import smile_cohort, smile_cohort_answers
from pipeline.steps.smile_cohort import SmileCohort, SmileRows


@st.cache_resource(max_entries=2, show_spinner=False)
def _rows(key: Key) -> SmileRows:
    """Shared by everyone and never changed."""
    return smile_cohort.read_smiles(store.cursor(key))


@st.cache_resource(max_entries=8, show_spinner=False)
def _cohort(key: Key, selection: Selection) -> SmileCohort:
    """Shared by the panels of a page and never changed."""
    return smile_cohort.gathered(_rows(key), select(store.observations(), selection))


@st.cache_data(max_entries=64, show_spinner=False)
def _answer(key: Key, name: str, selection: Selection, asked: tuple[str, ...]) -> pd.DataFrame:
    return getattr(smile_cohort_answers, name)(_cohort(key, selection), *asked)


def cohort() -> SmileCohort:
    """Smiles, tracked recordings and bands of the current selection."""
    return _cohort(store.key(), store.selection())


def answer(name: str, *asked: str) -> pd.DataFrame:
    """A function of `smile_cohort_answers` by its name, for the current selection."""
    return _answer(store.key(), name, store.selection(), asked)
