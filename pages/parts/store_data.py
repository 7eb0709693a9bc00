"""What the data page asks of the store: answers about files, issues, coders and columns, cached per generation."""

import pandas as pd
import streamlit as st

from db import queries_data, queries_streams
from pages.parts import store
from pages.parts.store import Key
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

MOST_ISSUES = 1_000
"""Issues sent to the browser at once; the filters reach the others."""
AROUND = 2
"""Raw lines shown before and after the one meant."""
INDIVIDUAL = ReleaseSpec(individual=True)

ANSWERS = {
    "generations": queries_data.data_generations,
    "sources": queries_data.data_sources,
    "issue_kinds": queries_data.data_issue_kinds,
    "coders": queries_data.data_coders,
    "primary_reasons": queries_data.data_primary_reasons,
    "dictionary": queries_data.data_dictionary,
    "bands": queries_data.data_bands,
    "streams": queries_streams.data_streams,
    "stream_files": queries_streams.feature_streams,
}


@st.cache_data(max_entries=32, show_spinner=False)
def _answer(key: Key, name: str) -> pd.DataFrame:
    return ANSWERS[name](store.cursor(key))


@st.cache_data(max_entries=32, show_spinner=False)
def _issues(key: Key, severities: tuple[str, ...], kinds: tuple[str, ...]) -> pd.DataFrame:
    return queries_data.data_issues(store.cursor(key), list(severities), list(kinds), MOST_ISSUES)


@st.cache_data(max_entries=64, show_spinner=False)
def _raw_rows(key: Key, source_id: int, line: int) -> pd.DataFrame:
    return queries_data.data_raw_rows(store.cursor(key), source_id, line, AROUND)


def _plain(name: str) -> ReleasedFrame:
    frame = _answer(store.key(), name)
    return store.released(frame, ReleaseSpec(labels=tuple(frame.columns)))


def generations() -> ReleasedFrame:
    """Imports, newest first, with versions, files and rows."""
    return _plain("generations")


def sources() -> ReleasedFrame:
    """Files with checksum and row counts."""
    return store.released(_answer(store.key(), "sources"), INDIVIDUAL)


def totals() -> dict[str, int]:
    """How many files, and their rows together: files, rows, accepted, rejected, blank."""
    frame = _answer(store.key(), "sources")
    counts = {name: int(frame[name].sum()) for name in ("rows", "accepted", "rejected", "blank")}
    return {"files": len(frame), **counts}


def issue_kinds() -> ReleasedFrame:
    """How many issues of each kind and severity there are."""
    return _plain("issue_kinds")


def issues(severities: tuple[str, ...], kinds: tuple[str, ...]) -> ReleasedFrame:
    """At most MOST_ISSUES issues, errors first; an empty tuple means all."""
    return store.released(_issues(store.key(), severities, kinds), INDIVIDUAL)


def raw_rows(source_id: int, line: int) -> ReleasedFrame:
    """The raw row of a line with its neighbours."""
    return store.released(_raw_rows(store.key(), source_id, line), INDIVIDUAL)


def coders() -> ReleasedFrame:
    """Who coded how much, and how much of it is analysed."""
    return _plain("coders")


def primary_reasons() -> ReleasedFrame:
    """Why streams are, or are not, the ones that are analysed."""
    return _plain("primary_reasons")


def dictionary() -> ReleasedFrame:
    """Every column with its description."""
    return _plain("dictionary")


def codes() -> ReleasedFrame:
    """Codes of the groups that occur."""
    frame = store.codes()
    return store.released(frame, ReleaseSpec(labels=tuple(frame.columns)))


def instruments() -> ReleasedFrame:
    """Questionnaires with their range."""
    frame = store.instruments()
    return store.released(frame, ReleaseSpec(labels=tuple(frame.columns)))


def streams() -> ReleasedFrame:
    """Feature streams by name and person, over all observations."""
    return _plain("streams")


def stream_files() -> ReleasedFrame:
    """Every feature stream with its recording and file."""
    return store.released(_answer(store.key(), "stream_files"), INDIVIDUAL)


def bands() -> ReleasedFrame:
    """Categories of the totals."""
    return _plain("bands")
