"""Cached rows of the engagement page about the study: who coded what, the still-face effect, labels."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pages.parts.words import SUBJECTS
from pipeline.selection import Selection, select
from pipeline.steps import still_face
from pipeline.steps.still_face import Asked, Effect


@dataclass(frozen=True)
class Behaviour:
    """One behaviour group of one person, and the models that coded it."""

    title: str
    scheme: str
    behaviour_group: str
    subject: str
    models: tuple[str, ...]
    humans: bool


@st.cache_data(max_entries=4, show_spinner=False)
def _streams(key: Key) -> tuple[pd.DataFrame, pd.DataFrame]:
    return still_face.streams_and_episodes(store.cursor(key))


@st.cache_data(max_entries=64, show_spinner=False)
def _effect(key: Key, asked: Asked, selection: Selection) -> Effect:
    return still_face.effect(store.cursor(key), asked, select(store.observations(), selection))


@st.cache_data(max_entries=64, show_spinner=False)
def _labels(key: Key, asked: Asked, selection: Selection) -> pd.DataFrame:
    return still_face.label_counts(store.cursor(key), asked, select(store.observations(), selection))


def episodes() -> pd.DataFrame:
    """Episodes of the selected sessions: observation_id, episode, onset_ms, offset_ms."""
    found = _streams(store.key())[1]
    return found[found["observation_id"].isin(store.selected()["observation_id"])]


def streams() -> pd.DataFrame:
    """Coded streams of the selected sessions (see `engagement_streams`)."""
    found = _streams(store.key())[0]
    return found[found["observation_id"].isin(store.selected()["observation_id"])]


def protocols() -> list[tuple[str, int]]:
    """Kinds of recording with episodes, or else coded in a scheme with class maps, with the number of recordings."""
    streams, episodes = _streams(store.key())
    phases = streams[[bool(still_face.class_maps(*place)) for place in _places(streams)]]
    ids = episodes["observation_id"] if len(episodes) else phases["observation_id"]
    every = store.observations()
    kinds = every.loc[every["observation_id"].isin(set(ids)), "protocol"].value_counts()
    return [(str(name), int(number)) for name, number in kinds.items()]


def _places(streams: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(streams["scheme"], streams["behaviour_group"], strict=True))


def behaviours(phases: bool = False) -> dict[str, Behaviour]:
    """Exclusive behaviour groups per person in the selected sessions, those with class maps first; `phases`: only
    those."""
    groups = store.groups()
    exclusive = set(zip(groups["scheme"], groups["behaviour_group"], groups["exclusive"], strict=True))
    found = {}
    for (scheme, group, subject), part in streams().groupby(["scheme", "behaviour_group", "subject"], sort=False):
        mapped = bool(still_face.class_maps(scheme, group))
        if (scheme, group, True) in exclusive and (mapped or not phases):
            title = str(part["title"].iloc[0])
            words = title if mapped and subject != "caregiver2" else f"{title} ({SUBJECTS.get(subject, subject)})"
            models = tuple(sorted(set(part.loc[part["coder_kind"] == "model", "coder_id"])))
            humans = bool((part["coder_kind"] == "human").any())
            found[words] = (not mapped, Behaviour(title, scheme, group, subject, models, humans))
    ordered = sorted(found.items(), key=lambda one: one[1][0])
    return {words: behaviour for words, (_, behaviour) in ordered}


def effect(asked: Asked) -> Effect:
    """The still-face effect in the current selection."""
    return _effect(store.key(), asked, store.selection())


def labels(asked: Asked) -> pd.DataFrame:
    """Frames, sessions and families per code and per class in the current selection."""
    return _labels(store.key(), asked, store.selection())


def codes(behaviour: Behaviour) -> pd.DataFrame:
    """Codes of the group in order, with colour, unobservable and description."""
    every = store.codes()
    here = (every["scheme"] == behaviour.scheme) & (every["behaviour_group"] == behaviour.behaviour_group)
    return every[here].reset_index(drop=True)
