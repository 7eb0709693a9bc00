"""Cached rows of the view of one session: pairs of a person's and a model's coding, and how right each session is."""

import pandas as pd
import streamlit as st

from db import connect
from pages.parts import store, store_timelines
from pages.parts.store import Key
from pipeline.selection import Selection, select
from pipeline.steps import engagement_session
from pipeline.steps.engagement_session import Compared, Pair
from pipeline.steps.timelines import Recording


@st.cache_data(max_entries=64, show_spinner=False)
def _scores(key: Key, observation: str, pair: int, selection: Selection) -> pd.DataFrame:
    observations = select(store.observations(), selection)
    mine = _pairs(key, observation)[pair]
    return engagement_session.session_scores(store.cursor(key), connect.home(), mine, observations)


@st.cache_resource(max_entries=64, show_spinner=False)
def _pairs(key: Key, observation: str) -> list[Pair]:
    return engagement_session.pairs(store_timelines.recording(observation), connect.home())


def recording(observation: str) -> Recording:
    """Streams, events, videos and episodes of one session."""
    return store_timelines.recording(observation)


def pairs(observation: str) -> list[Pair]:
    """Codings of phases in one session (see `engagement_session.pairs`)."""
    return _pairs(store.key(), observation)


def events(recording: Recording, pair: Pair, coder: str) -> pd.DataFrame:
    """Events of one coder of a pair."""
    return engagement_session.events(recording, pair, coder)


def compared(observation: str, pair: Pair) -> Compared | None:
    """How person and model agree in one session."""
    row = store.observations().set_index("observation_id").loc[observation]
    return engagement_session.compared(recording(observation), pair, (int(row["start_ms"]), int(row["end_ms"])))


def session_scores(observation: str, pair: Pair) -> pd.DataFrame:
    """Agreement with the pair's model in each selected session that both coded: the least right first."""
    return _scores(store.key(), observation, pairs(observation).index(pair), store.selection())
