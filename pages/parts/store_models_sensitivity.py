"""What the sensitivity view asks of the quick engine; each check is computed once per analysis and selection."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store, store_models
from pages.parts.store import Key
from pages.parts.store_models import SEED, Answer
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection, select
from pipeline.steps import fit_imputed, fit_sensitivity
from pipeline.steps.fit_imputed import Imputed
from pipeline.steps.fit_sensitivity import Check, Influence


@dataclass(frozen=True)
class Asked:
    """An analysis and a selection as hashable arguments."""

    key: Key
    spec: str
    rows: str
    selection: Selection


@dataclass(frozen=True)
class Refitted:
    """A check that fits again: the two analyses side by side (see `fit_sensitivity.compared`), which terms play another
    part in the conclusion, and what the check says of itself.
    """

    check: Check
    both: pd.DataFrame
    changed: pd.DataFrame


def asked(answer: Answer) -> Asked:
    """The analysis that the words of the page are about."""
    question = answer.question
    return Asked(
        store.key(), question.leading.model_dump_json(), question.adjusted.model_dump_json(), store.selection()
    )


def refitted(which: str, answer: Answer) -> Refitted:
    """One of `REFITS`, compared with the analysis on the screen. UserError says why it cannot be fitted."""
    found = _refit(which, asked(answer))
    return _beside(found, answer)


def imputed(answer: Answer) -> tuple[Imputed, Refitted] | None:
    """The pooled analysis of imputed scores; None where no score is missing."""
    found = _imputed(asked(answer))
    return None if found is None else (found, _beside(found.check, answer))


def influence(answer: Answer) -> Influence:
    """The analysis without each dyad in turn."""
    return _influence(asked(answer))


def contrasts(which: str, answer: Answer) -> pd.DataFrame:
    """Durations of two groups of recordings: 'completers' or 'cameras' (see `cluster_contrasts`)."""
    return _contrasts(which, asked(answer))


def _beside(check: Check, answer: Answer) -> Refitted:
    both = fit_sensitivity.compared(answer.leading.terms, check.terms)
    return Refitted(check, both, fit_sensitivity.changed(both))


REFITS: dict[str, Callable[[Asked, Spec], Check]] = {
    "prior": lambda one, spec: fit_sensitivity.other_prior(_rows(one), spec, SEED),
    "pooled": lambda one, spec: fit_sensitivity.other_pooling(_rows(one), spec, SEED),
    "timing": lambda one, spec: fit_sensitivity.before_recording(*_read(one, spec), _rows(one).exposure, SEED),
    "two_cameras": lambda one, spec: fit_sensitivity.both_cameras(*_read(one, spec), _rows(one).exposure, SEED),
}
"""Checks that fit the analysis again with one choice changed."""


@st.cache_resource(max_entries=64, show_spinner=False, hash_funcs={Asked: repr})
def _refit(which: str, one: Asked) -> Check:
    return REFITS[which](one, Spec.model_validate_json(one.spec))


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Asked: repr})
def _imputed(one: Asked) -> Imputed | None:
    spec = Spec.model_validate_json(one.spec)
    ranges = {row.instrument: (float(row.low), float(row.high)) for row in store.instruments().itertuples()}
    source, spec, chosen = _read(one, spec)
    return fit_imputed.imputed(source, spec, chosen, _rows(one), ranges, SEED, fit_imputed.IMPUTATIONS)


@st.cache_resource(max_entries=16, show_spinner=False, hash_funcs={Asked: repr})
def _influence(one: Asked) -> Influence:
    spec = Spec.model_validate_json(one.spec)
    model = store_models.fitted(one.key, one.spec, one.rows, one.selection).posterior
    return fit_sensitivity.influence(_rows(one), spec, model)


@st.cache_data(max_entries=64, show_spinner=False, hash_funcs={Asked: repr})
def _contrasts(which: str, one: Asked) -> pd.DataFrame:
    compare = {"completers": fit_sensitivity.completers, "cameras": fit_sensitivity.cameras}[which]
    return compare(*_read(one, Spec.model_validate_json(one.spec)))


def _rows(one: Asked) -> "store_models.ModelRows":
    return store_models.rows(one.key, one.rows, one.selection)


def _read(one: Asked, spec: Spec) -> tuple["store_models.Source", Spec, pd.DataFrame]:
    """(the behaviour group, the spec, the selected recordings)."""
    source = store_models.source(one.key, spec.scheme, spec.behaviour_group)
    return source, spec, select(store.observations(), one.selection)
