"""Cached rows of the feature traces: which streams there are, their numbers per frame, traces of the selection."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from db import connect
from pages.parts import store
from pages.parts.store import Key
from pipeline.selection import Selection, select
from pipeline.steps import feature_traces, token_picture
from pipeline.steps.feature_traces import Answer, Stream
from pipeline.steps.token_picture import Picture


@st.cache_resource(max_entries=4, show_spinner=False)
def _traceable(key: Key, home: str) -> tuple[list[Stream], list[str]]:
    return feature_traces.traceable(store.cursor(key), Path(home))


@st.cache_resource(max_entries=8, show_spinner=False)
def _steps(key: Key, home: str, stream: str) -> pd.DataFrame:
    """Shared and never changed."""
    mine = next(one for one in _traceable(key, home)[0] if one.key == stream)
    return feature_traces.stepped(store.cursor(key), Path(home), mine)


@st.cache_data(max_entries=64, show_spinner=False)
def _answer(key: Key, home: str, stream: str, number: int, selection: Selection, centred: bool) -> Answer:
    observations = select(store.observations(), selection)
    return feature_traces.answer(_steps(key, home, stream), number, observations, centred)


@st.cache_data(max_entries=16, show_spinner="Decoding one picture ...")
def _picture(
    key: Key, home: str, stream: str, observation: str, time_ms: int, film: Path | None, film_ms: int
) -> Picture:
    mine = next(one for one in _traceable(key, home)[0] if one.key == stream)
    return token_picture.picture(Path(home), mine, observation, time_ms, film, film_ms)


def home() -> Path:
    """The study folder: stored streams lie under it."""
    return connect.home()


def traceable() -> tuple[list[Stream], list[str]]:
    """Streams that can be traced, and names of those with random weights."""
    return _traceable(store.key(), str(home()))


def is_kept(stream: Stream) -> bool:
    """Whether the numbers of a stream have been read."""
    return feature_traces.is_kept(home(), stream)


def is_small(stream: Stream) -> bool:
    """Whether it can be read while the page waits."""
    return stream.seconds <= feature_traces.AT_ONCE_S


def keep(stream: Stream, done: Callable[[int], None] = lambda sessions: None) -> None:
    """Reads a stream and keeps its numbers."""
    feature_traces.keep(home(), stream, done)


def answer(stream: Stream, number: int, centred: bool) -> Answer:
    """Traces of one number in the current selection."""
    return _answer(store.key(), str(home()), stream.key, number, store.selection(), centred)


def picture(stream: Stream, observation: str, time_ms: int, film: Path | None, film_ms: int) -> Picture:
    """What a stream sees at one moment of a session, beside the picture of its film."""
    return _picture(store.key(), str(home()), stream.key, observation, time_ms, film, film_ms)
