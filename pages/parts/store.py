"""The only road down and the only cache: everything is keyed by generation, file checksum and mode.

A page adds its own small cached functions here (or in `store_<page>.py`) in this shape:

    @st.cache_data(max_entries=64, show_spinner=False)
    def _shares(key: Key, ids: tuple[str, ...]) -> pd.DataFrame:
        return durations.shares(cursor(key), list(ids))

    def shares() -> pd.DataFrame:
        return _shares(key(), ids(selected()))
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import streamlit as st

from db import queries
from db.connect import Current
from pages import _mode
from pipeline.errors import StudyError
from pipeline.selection import Selection, select
from pipeline.steps.observe import observation_frame
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.steps.release import Mode, ReleasedFrame, ReleaseSpec, release

CLOSED = "This program presents a release. It does not open the data that the release was made of."


@dataclass(frozen=True)
class Key:
    """What every cached answer depends on: generation number, file, checksum and mode."""

    number: int
    file: str
    sha256: str
    mode: Mode


def mode() -> Mode:
    """'analyst' (the whole study) or 'presenting' (a release): fixed when the program starts."""
    return _mode.mode()


def published() -> Current | None:
    """The generation that is current on disk now; StudyError when its pointer is damaged."""
    return current_generation()


def pin() -> Current | None:
    """Fixes the generation for this run of the script: a page never mixes two generations."""
    st.session_state["pinned_generation"] = published()
    return st.session_state["pinned_generation"]


def generation() -> Current | None:
    """The generation this run shows; None when there is no study yet."""
    pinned = st.session_state.get("pinned_generation")
    return pinned if pinned is not None else published()


def key() -> Key:
    """The cache key of this run. Call it only when there is a study."""
    current = generation()
    assert current is not None, "the router shows pages only when there is a study"
    return Key(current.number, str(current.file), current.sha256, mode())


@st.cache_resource(max_entries=2, show_spinner=False)
def _reader(key: Key) -> duckdb.DuckDBPyConnection:
    if key.mode == "presenting":
        raise StudyError(CLOSED)
    return open_generation(Current(key.number, Path(key.file), key.sha256, ""))


def cursor(key: Key) -> duckdb.DuckDBPyConnection:
    """A cursor of one's own on the generation; never share it between calls."""
    return _reader(key).cursor()


@st.cache_data(max_entries=4, show_spinner=False)
def _study(key: Key) -> dict[str, str]:
    return queries.study(cursor(key))


@st.cache_data(max_entries=4, show_spinner=False)
def _observations(key: Key) -> pd.DataFrame:
    return observation_frame(cursor(key))


@st.cache_data(max_entries=16, show_spinner=False)
def _catalogue(key: Key, name: str) -> pd.DataFrame:
    return queries.rows(cursor(key), name)


def study() -> dict[str, str]:
    """What the study is: title, study_id, synthetic, attribution, schema_version."""
    return _study(key())


def observations() -> pd.DataFrame:
    """The wide observation frame, all observations: one row each, `score:<instrument>` and `var:<name>` columns."""
    return _observations(key())


def selection() -> Selection:
    """What the filters in the sidebar say now."""
    return st.session_state.get("selection", Selection())


def selected() -> pd.DataFrame:
    """The wide observation frame after the filters."""
    return select(observations(), selection())


def ids(frame: pd.DataFrame) -> tuple[str, ...]:
    """Observation ids of a frame as a hashable cache argument."""
    return tuple(frame["observation_id"])


def codes() -> pd.DataFrame:
    """Codes of the groups that occur in scheme order, with colour, kind, unobservable and subjects."""
    return _catalogue(key(), "codes")


def groups() -> pd.DataFrame:
    """Behaviour groups that occur: scheme, behaviour_group, title, exclusive, exhaustive, reference."""
    return _catalogue(key(), "groups")


def instruments() -> pd.DataFrame:
    """Questionnaires: instrument, title, short_title, items, low, high, missing_rule, citation."""
    return _catalogue(key(), "instruments")


def variables() -> pd.DataFrame:
    """Further variables: name, label, kind, level, unit, levels (JSON list)."""
    return _catalogue(key(), "variables")


def released(frame: pd.DataFrame, spec: ReleaseSpec | None = None) -> ReleasedFrame:
    """The frame as it may be shown in this mode."""
    return release(frame, spec or ReleaseSpec(), mode())
