"""What the overview asks of the store: cached per generation and selection, released before it is handed on."""

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pipeline.measures.correlation import Method
from pipeline.selection import Selection, select
from pipeline.steps import overview, overview_sample
from pipeline.steps.release import ReleasedFrame, ReleaseSpec, T, release

AS_ANALYSED = overview.AS_ANALYSED


@st.cache_resource(max_entries=2, show_spinner=False)
def _study(key: Key) -> overview.Study:
    return overview.load(store.cursor(key))


@st.cache_data(max_entries=200, show_spinner=False)
def _frame(key: Key, selection: Selection, topic: str) -> pd.DataFrame:
    build = {
        "tiles": overview.tiles,
        "sample": overview_sample.sample,
        "flow": overview.flow,
        "score_summary": overview.score_summary,
        "histogram": overview.histogram,
    }[topic]
    return build(select(store.observations(), selection), _study(key))


@st.cache_data(max_entries=100, show_spinner=False)
def _correlations(key: Key, selection: Selection, role: str | None, wave: str, method: Method) -> pd.DataFrame:
    selected = select(store.observations(), selection)
    return overview.score_correlations(selected, _study(key), role, wave, method)


@st.cache_data(max_entries=100, show_spinner=False)
def _completers(key: Key, selection: Selection, instrument: str, least: int) -> pd.DataFrame:
    return overview_sample.completers(select(store.observations(), selection), _study(key), instrument, least)


@st.cache_data(max_entries=100, show_spinner=False)
def _masked_completers(key: Key, selection: Selection, instrument: str) -> ReleasedFrame:
    return release(_completers(key, selection, instrument, T), overview_sample.COMPLETERS, "presenting")


def _released(topic: str, spec: ReleaseSpec) -> ReleasedFrame:
    return store.released(_frame(store.key(), store.selection(), topic), spec)


def tiles() -> ReleasedFrame:
    """One row: families, dyads, observations, hours, coders, double_coded."""
    return _released("tiles", overview.TILES)


def sample() -> ReleasedFrame:
    """The sample description, one row per number and per level."""
    return _released("sample", overview_sample.SAMPLE)


def flow() -> ReleasedFrame:
    """Who has what: stage, what, families, dyads, observations."""
    return _released("flow", overview.FLOW)


def score_summary() -> ReleasedFrame:
    """Per instrument and role: n, missing, mean, SD, median, quartiles, lowest, highest."""
    return _released("score_summary", overview.SCORES)


def histogram() -> ReleasedFrame:
    """Caregivers per bin of each instrument and role."""
    return _released("histogram", overview.HISTOGRAM)


def histogram_of_all() -> ReleasedFrame:
    """The same of the whole study: it fixes the axes, whatever the filters say."""
    return store.released(_frame(store.key(), Selection(), "histogram"), overview.HISTOGRAM)


def waves() -> tuple[str, ...]:
    """Waves to choose from, 'As analysed' first."""
    return overview.waves(_study(store.key()))


def correlations(role: str | None, wave: str, method: Method) -> ReleasedFrame:
    """Pairs of scores and numbers, one value per caregiver: x, y, n, r, low, high."""
    return store.released(_correlations(store.key(), store.selection(), role, wave, method), overview.CORRELATIONS)


def completers(instrument: str) -> ReleasedFrame:
    """Families with and without a score, compared; as shown on the screen."""
    return store.released(_completers(store.key(), store.selection(), instrument, 0), overview_sample.COMPLETERS)


def completers_for_export(instrument: str) -> ReleasedFrame:
    """The same as it may leave the program: rare levels merged, small counts masked."""
    return _masked_completers(store.key(), store.selection(), instrument)
