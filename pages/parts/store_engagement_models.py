"""Trained models of engagement phases, for the engagement page: their cards and reports, and what could teach one."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from db import connect
from db.queries_data import data_sources
from db.queries_engagement import engagement_streams
from db.queries_streams import feature_streams
from pages.parts import store
from pages.parts.store import Key
from pipeline import jobs
from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.catalogue.phase_card import Card
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.errors import UserError
from pipeline.jobs import Job
from pipeline.steps import phase_models
from pipeline.steps.phase_material import KIND, Material, order, read_material
from pipeline.steps.phase_models import REPORT
from pipeline.steps.phase_plan import expected as expected_s
from pipeline.steps.phase_plan import plan
from pipeline.steps.phase_report_frames import Report

SUBJECTS = {"infant": ("infant",), "caregiver": ("caregiver1", "caregiver2")}
GROUPS = {"infant": "infant_engagement", "caregiver": "caregiver_engagement"}
SCHEME = "icepr"
PREDICTIONS = "model"
"""What the predictions of a model are among the sources of a study."""


@st.cache_data(max_entries=4, show_spinner=False)
def _maps(role: str) -> dict[str, ClassMap]:
    every = load_scheme(scheme_path(SCHEME)).class_maps
    return {name: one for name, one in every.items() if one.group == GROUPS[role]}


def maps(role: str) -> dict[str, ClassMap]:
    """Class maps of a role by name: which phases a model tells apart."""
    return _maps(role)


@st.cache_data(max_entries=4, show_spinner=False)
def _coded(key: Key) -> pd.DataFrame:
    return engagement_streams(store.cursor(key))


def coded(role: str) -> pd.DataFrame:
    """Streams of phases that people coded for a role: observation_id, coder_id, subject."""
    frame = _coded(store.key())
    mine = (frame["behaviour_group"] == GROUPS[role]) & frame["subject"].isin(SUBJECTS[role])
    return frame[mine & (frame["coder_kind"] == "human")]


@st.cache_data(max_entries=4, show_spinner=False)
def _streams(key: Key) -> pd.DataFrame:
    return feature_streams(store.cursor(key))


def streams(role: str) -> pd.DataFrame:
    """Feature streams a model of a role may use, those of the whole session too: observation_id, stream, subject,
    dim, random_weights, ...
    """
    frame = _streams(store.key())
    return frame[frame["subject"].isin(("", *SUBJECTS[role]))]


@st.cache_data(max_entries=4, show_spinner=False)
def _newest_file(key: Key) -> int:
    frame = data_sources(store.cursor(key))
    files = frame.loc[frame["content"] != PREDICTIONS, "generation"]
    return int(files.max()) if len(files) else 0


def older(card: Card) -> bool:
    """Whether files were read since a model was trained: its families or their codes may be others now. Predictions
    that entered the study are no such file.
    """
    return _newest_file(store.key()) > card.generation


def cards(role: str) -> tuple[list[Card], list[Card]]:
    """(models of a role that have results, trials with random weights), both the newest first."""
    found = [one for one in phase_models.cards(connect.home()) if one.role == role]
    return [one for one in found if not one.random_weights], [one for one in found if one.random_weights]


@st.cache_resource(max_entries=16, show_spinner=False)
def _report(home: str, id: str, changed: int) -> Report:
    """Shared by everyone and never changed."""
    return phase_models.read_report(phase_models.model_folder(Path(home), id))


def report(card: Card) -> Report:
    """What is known of a model; UserError when its files are damaged."""
    folder = phase_models.model_folder(connect.home(), card.id)
    changed = max((one.stat().st_mtime_ns for one in (folder / REPORT).glob("*")), default=0)
    return _report(str(connect.home()), card.id, changed)


def queue() -> list[Job]:
    """The trainings that were asked for, the newest first."""
    return [one for one in jobs.jobs(connect.home()) if one.kind == KIND]


@dataclass(frozen=True)
class Expectation:
    """How long a training will take (s), what there is to say about it; `refusal`: why it cannot be started."""

    low_s: float = 0.0
    high_s: float = 0.0
    notes: tuple[str, ...] = ()
    refusal: str = ""


def stream_names(role: str) -> tuple[str, ...]:
    """Streams that a model of a role may be taught with: none with random weights."""
    frame = streams(role)
    return tuple(sorted(set(frame.loc[~frame["random_weights"].astype(bool), "stream"])))


def _material(key: Key, asked: PhasesAsked) -> Material:
    return read_material(store.cursor(key), store.generation(), asked)


@st.cache_data(max_entries=32, show_spinner=False)
def _expected(key: Key, asked: str) -> Expectation:
    wanted = PhasesAsked.model_validate_json(asked)
    try:
        made = plan(connect.home(), _material(key, wanted), wanted, look=False)
        found = expected_s(made)
    except UserError as refusal:
        return Expectation(refusal=refusal.message)
    return Expectation(found.low, found.high, made.notes)


def expected(asked: PhasesAsked) -> Expectation:
    """How long a training of the whole study will take, or why it cannot be started."""
    return _expected(store.key(), asked.model_dump_json())


def submit(asked: PhasesAsked) -> str:
    """Asks for a training on the whole study and returns its id; once is enough. UserError says why not."""
    material = _material(store.key(), asked)
    return jobs.submit(connect.home(), KIND, order(asked, material), material.events, generation=material.sha256)


def cancel(id: str) -> None:
    """Ends a waiting or running training; folds that are done are kept."""
    jobs.cancel(connect.home(), id)
