"""Cached rows of the smiles page: which recordings have a face track, and what is measured on one or on all of them."""

from pathlib import Path

import pandas as pd
import streamlit as st

from db import connect, queries_smiles
from pages.parts import store, store_timelines
from pages.parts.store import Key
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.steps import smiles
from pipeline.steps.smiles import Answer, Tracked
from pipeline.steps.timelines import Recording


@st.cache_data(max_entries=4, show_spinner=False)
def _tracks(key: Key) -> pd.DataFrame:
    return queries_smiles.tracks(store.cursor(key))


@st.cache_data(max_entries=4, show_spinner=False)
def _parameters(key: Key) -> SmileParameters:
    return smiles.stored_parameters(store.cursor(key))


@st.cache_resource(max_entries=8, show_spinner=False)
def _track(key: Key, home: str, observation: str, coder: str) -> Tracked:
    return smiles.read_tracked(store.cursor(key), Path(home), observation, coder)


@st.cache_resource(max_entries=32, show_spinner=False)
def _answer(key: Key, home: str, observation: str, coder: str, parameters: SmileParameters) -> Answer:
    return smiles.answer(_track(key, home, observation, coder), parameters)


@st.cache_data(max_entries=32, show_spinner=False)
def _sensitivity(key: Key, home: str, observation: str, coder: str, parameters: SmileParameters) -> pd.DataFrame:
    return smiles.sensitivity([_track(key, home, observation, coder)], parameters)


@st.cache_data(max_entries=8, show_spinner="Measuring the smiles of all recordings in every way ...")
def _sensitivity_of_all(
    key: Key, home: str, recordings: tuple[tuple[str, str], ...], parameters: SmileParameters
) -> pd.DataFrame:
    cursor = store.cursor(key)
    return smiles.sensitivity((smiles.read_tracked(cursor, Path(home), *one) for one in recordings), parameters)


def home() -> str:
    """The study folder: stored tracks lie under it."""
    return str(connect.home())


def tracked() -> pd.DataFrame:
    """Tracks of the selected observations on which smiles can be measured: columns of table track, role, visit, ..."""
    tracks = _tracks(store.key())
    return tracks[tracks["unfit"] == ""].merge(store.selected(), on="observation_id", suffixes=("_track", ""))


def tracked_protocols() -> list[tuple[str, int]]:
    """Kinds of recording that have such tracks, with the number of recordings, the most common first."""
    tracks = _tracks(store.key())
    ids = tracks.loc[tracks["unfit"] == "", "observation_id"]
    observations = store.observations()
    kinds = observations.loc[observations["observation_id"].isin(ids), "protocol"].value_counts()
    return [(str(name), int(number)) for name, number in kinds.items()]


def unfit() -> int:
    """How many tracks of the study no smile can be measured on."""
    return int((_tracks(store.key())["unfit"] != "").sum())


def parameters() -> SmileParameters:
    """The choices that the study's smiles were measured with."""
    return _parameters(store.key())


def track(observation: str, coder: str) -> Tracked:
    """One track with its speech."""
    return _track(store.key(), home(), observation, coder)


def answer(observation: str, coder: str, chosen: SmileParameters) -> Answer:
    """Episodes of one track under the chosen parameters, and what they rest on."""
    return _answer(store.key(), home(), observation, coder, chosen)


def agreement_with_au12(found: Answer) -> pd.DataFrame:
    """How each pair of landmarks goes with AU12 on one track: corner, nostril, r."""
    return smiles.agreement_with_au12(found.tracked.track, found.parameters)


def recording(observation: str) -> Recording:
    """Streams, events and videos of one observation."""
    return store_timelines.recording(observation)


def sensitivity(observation: str, coder: str, chosen: SmileParameters) -> pd.DataFrame:
    """How many smiles one track has and how their features move, over smoothing, landmarks and speech."""
    return _sensitivity(store.key(), home(), observation, coder, chosen)


def sensitivity_of_all(chosen: SmileParameters) -> pd.DataFrame:
    """The same over all selected recordings; some seconds the first time."""
    found = tracked()
    recordings = tuple(zip(found["observation_id"], found["coder_id"], strict=True))
    return _sensitivity_of_all(store.key(), home(), recordings, chosen)
