"""Longer and stored fits, for the models page: asking for them, the queue, and reading what is in the study folder."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st

from db import connect
from pages.parts import store
from pages.parts.store_models import Answer
from pages.parts.store_models_two_part import cells
from pages.parts.words import plain
from pipeline import jobs
from pipeline.catalogue.spec import Spec
from pipeline.jobs import Job
from pipeline.models import collapsed
from pipeline.models.design import build
from pipeline.models.fit import Fit, settings_of
from pipeline.steps import fit, run_folder, stored_fits
from pipeline.steps.fit import ModelRows
from pipeline.steps.stored_fits import KIND, Asked, FitDamaged, StoredFit

MOST_LISTED = 60
"""So many runs of a study are offered, the newest."""
SEED = 1


def engines() -> tuple[str, ...]:
    """The engines of this version that run as a job, by name."""
    return tuple(name for name in fit.ENGINES if name != "quick")


def selection_words() -> str:
    """The selection in words: 'Home headcam, only Caregiver: Father' (plain text)."""
    phrases = list(st.session_state.get("selection_phrases", ()))
    protocol = store.selection().protocol
    head = plain(protocol) if protocol else "All recordings"
    return f"{head}, only {'; '.join(phrases)}" if phrases else f"{head}, no filter"


def spec_of(answer: Answer, model: str) -> Spec:
    """The spec of one of the two models on the screen."""
    return answer.question.adjusted if model == "adjusted" else answer.question.unadjusted


def order_of(answer: Answer, model: str, engine: str, seed: int = SEED) -> dict[str, object]:
    """What a job is asked to fit: the question on the screen with its selection."""
    number, study = store.key().number, store.study().get("study_id", "")
    spec, words = spec_of(answer, model), selection_words()
    rows = entered(answer, spec, engine)
    return stored_fits.order(spec, engine, seed, rows, store.selection(), words, number, study)


def entered(answer: Answer, spec: Spec, engine: str) -> ModelRows:
    """The rows that an engine fits: the two-part model's also say what did not occur."""
    return cells(spec) if engine == "two_part" else answer.rows


def identity(order: dict[str, object]) -> str:
    """The id of a run, known before it is asked for."""
    return jobs.identity(connect.home(), KIND, order, store.key().sha256)


def submit(answer: Answer, order: dict[str, object]) -> None:
    """Asks for a fit; once is enough. UserError says why it cannot be started."""
    spec, engine = Spec.model_validate_json(json.dumps(order["spec"])), str(order["engine"])
    fit.refuse(spec, engine)
    frame = entered(answer, spec, engine).frame
    jobs.submit(connect.home(), KIND, order, frame, generation=store.key().sha256)


def keep(answer: Answer, model: str, order: dict[str, object]) -> None:
    """Stores the quick fit that is on the screen. UserError says why it cannot be stored."""
    try:
        found = answer.models[model].fit
        stored_fits.keep(connect.home(), identity(order), order, store.key().sha256, answer.rows.frame, found)
    except OSError as fault:
        text = f"The fit cannot be stored ({fault.strerror}). Nothing was stored. Free some space and try again."
        raise FitDamaged(text) from None


def cancel(id: str) -> None:
    """Ends a waiting or running fit; nothing of it is stored."""
    jobs.cancel(connect.home(), id)


def stop(id: str) -> None:
    """Ends a running fit and stores the draws it has."""
    jobs.stop(connect.home(), id)


def queue() -> list[Job]:
    """The fits that were asked for, the newest first."""
    return [one for one in jobs.jobs(connect.home()) if one.kind == KIND]


@st.cache_data(max_entries=512, show_spinner=False)
def _asked(home: str, id: str) -> Asked | None:
    return stored_fits.asked(Path(home), id)


def asked(id: str) -> Asked | None:
    """What a run was asked to fit; None when it is no fit or cannot be read."""
    try:
        return _asked(str(connect.home()), id)
    except FitDamaged:
        return None


def runs() -> list[Asked]:
    """The fits of this study that were asked for or stored, the newest first."""
    found = (asked(id) for id in stored_fits.ids(connect.home()))
    return [one for one in found if one is not None][:MOST_LISTED]


def finished(id: str) -> bool:
    """Whether the whole result of a run is there."""
    return stored_fits.finished(connect.home(), id)


@st.cache_data(max_entries=16, show_spinner=False)
def _opened(home: str, id: str, changed: int) -> StoredFit:
    return stored_fits.with_losses(stored_fits.read(Path(home), id))


def opened(id: str) -> StoredFit:
    """A finished fit; FitDamaged when its files cannot be read."""
    folder = run_folder.result(connect.home(), id)
    try:
        changed = max(one.stat().st_mtime_ns for one in folder.iterdir())
    except (OSError, ValueError):
        changed = 0
    return _opened(str(connect.home()), id, changed)


@st.cache_resource(max_entries=8, show_spinner=False)
def _quick(home: str, id: str) -> tuple[Fit, pd.Series]:
    question, frame = _asked(home, id), run_folder.read_rows(Path(home), id)
    spec = question.spec.changed(options={"level": "unit"})
    model = collapsed.posterior(collapsed.prepare(build(frame, spec)), settings_of(spec), question.seed)
    mixed = model.mixture()
    error = np.sqrt(mixed.weights**2 @ (mixed.means - mixed.mean) ** 2)
    found = collapsed.bayes_fit(model, spec)
    return found, pd.Series(error, index=found.terms.index)


def quick(id: str) -> tuple[Fit, pd.Series]:
    """The quick fit of a stored fit's spec to the rows it ran on, and the Monte Carlo errors of its means.

    UserError when the quick engine refuses it; FitDamaged when the rows cannot be read.
    """
    try:
        return _quick(str(connect.home()), id)
    except (OSError, ValueError):
        raise FitDamaged(f"The rows of the fit {id[: stored_fits.SHORT]} cannot be read any more.") from None
