"""Cached rows of the timelines page."""

from dataclasses import astuple

import pandas as pd
import streamlit as st

from db import connect, queries
from pages.parts import store
from pages.parts.store import Key
from pipeline.measures.co_occurrence import Strand
from pipeline.steps.timelines import Recording, read_recording, together_everywhere

CELLS_PER_ROW = 1200
"""More cells side by side than this cannot be told apart on a screen: the cells become longer."""


@st.cache_data(max_entries=64, show_spinner=False)
def _recording(key: Key, observation: str) -> Recording:
    return read_recording(store.cursor(key), observation)


@st.cache_data(max_entries=16, show_spinner=False)
def _cells(key: Key, ids: tuple[str, ...], subject: str, behaviour_group: str, bin_ms: int) -> pd.DataFrame:
    return queries.timeline_cells(store.cursor(key), list(ids), subject, behaviour_group, bin_ms)


@st.cache_data(max_entries=4, show_spinner=False)
def _streams(key: Key) -> pd.DataFrame:
    return queries.timeline_subjects(store.cursor(key))


@st.cache_data(max_entries=64, show_spinner=False)
def _together(key: Key, first: tuple[str, str, str], second: tuple[str, str, str]) -> pd.Series:
    return together_everywhere(store.cursor(key), (Strand(*first), Strand(*second)))


def together(pair: tuple[Strand, Strand]) -> pd.Series:
    """Time together (ms) by observation_id, all observations in which both streams were coded."""
    return _together(store.key(), astuple(pair[0]), astuple(pair[1]))


def recording(observation: str) -> Recording:
    """Streams, events and videos of one observation."""
    return _recording(store.key(), observation)


def cell_ms(longest_ms: int) -> int:
    """Length of a cell: 1 s, or whole seconds more where recordings are long."""
    return 1000 * max(1, -(-longest_ms // (1000 * CELLS_PER_ROW)))


def cells(ids: tuple[str, ...], subject: str, behaviour_group: str, bin_ms: int) -> pd.DataFrame:
    """Long: observation_id, cell (number from the session's start), code that fills most of it (analysed coding)."""
    return _cells(store.key(), ids, subject, behaviour_group, bin_ms)


def streams() -> pd.DataFrame:
    """Which subject was coded for which group in the chosen kind of recording: scheme, behaviour_group, subject.

    Where nothing of that kind was coded: in the whole study.
    """
    everything, kind = _streams(store.key()), store.selection().protocol
    mine = everything[everything["protocol"] == kind]
    found = everything if kind is None or mine.empty else mine
    return found.drop(columns="protocol").drop_duplicates(ignore_index=True)


def home() -> str:
    """The study folder: videos with a relative path lie under it."""
    return str(connect.home())
