"""The models page's road down: rows, fits and what-ifs of the quick engine for the selection, each cached."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pipeline.catalogue.spec import Spec
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.design import build
from pipeline.models.evidence import evidence
from pipeline.models.fit import Fit, settings_of
from pipeline.selection import Selection, select
from pipeline.steps import fit_source
from pipeline.steps.fit import ModelRows, refuse, rows_from
from pipeline.steps.fit_source import Source

SEED = 1
HALF = (0.25, 0.75)
"""Ends of the inner interval: 50 %."""
SECONDS, POINTS = float(FIVE_MINUTES_S), 100.0
"""A share of 1 in seconds per 5 minutes, and in percentage points."""


@dataclass(frozen=True)
class Question:
    """What is asked: the adjusted analysis, the rung without covariates beside it, and which of the two to show."""

    adjusted: Spec
    unadjusted_rung: int
    shown: tuple[str, ...] = ("adjusted", "unadjusted")

    @property
    def unadjusted(self) -> Spec:
        """The same analysis without covariates."""
        return self.adjusted.changed(rung=self.unadjusted_rung)

    @property
    def leading(self) -> Spec:
        """The analysis that the words are about."""
        return self.adjusted if "adjusted" in self.shown else self.unadjusted


@dataclass(frozen=True)
class Fitted:
    """A fit, the posterior that what-ifs are asked of, and its exposure x behaviour terms (see `terms_of`)."""

    fit: Fit
    posterior: Posterior
    terms: pd.DataFrame


@dataclass(frozen=True)
class Answer:
    """What the page shows: the rows that entered, and each model by its name (adjusted, unadjusted)."""

    question: Question
    rows: ModelRows
    models: dict[str, Fitted]

    @property
    def leading(self) -> Fitted:
        """The fit that the words are about."""
        return self.models[self.question.shown[0]]

    @property
    def sd(self) -> dict[str, float]:
        """Response -> SD of its shares of time: what 1 of the outcome stands for."""
        return dict(zip(self.rows.scale["response"], self.rows.scale["sd"], strict=True))


@st.cache_resource(max_entries=4, show_spinner=False)
def source(key: Key, scheme: str, behaviour_group: str) -> Source:
    """Shared by everyone and never changed."""
    return fit_source.load(store.cursor(key), scheme, behaviour_group)


@st.cache_resource(max_entries=16, show_spinner=False)
def rows(key: Key, spec_json: str, selection: Selection) -> ModelRows:
    """The same rows serve every rung."""
    spec = Spec.model_validate_json(spec_json)
    coded = source(key, spec.scheme, spec.behaviour_group)
    return rows_from(coded, spec, select(store.observations(), selection))


@st.cache_resource(max_entries=16, show_spinner=False)
def fitted(key: Key, spec_json: str, rows_json: str, selection: Selection) -> Fitted:
    """The quick fit of `spec_json` to the rows of `rows_json`: one set of rows serves several specs."""
    spec = Spec.model_validate_json(spec_json)
    refuse(spec, "quick")
    entered = rows(key, rows_json, selection)
    model = collapsed.posterior(collapsed.prepare(build(entered.frame, spec)), settings_of(spec), SEED)
    found = collapsed.bayes_fit(model, spec)
    found = replace(found, notes=(*entered.notes, *found.notes))
    return Fitted(found, model, terms_of(found, model, spec, entered))


def terms_of(found: Fit, model: Posterior, spec: Spec, rows: ModelRows) -> pd.DataFrame:
    """The exposure x behaviour terms with evidence, the 50 % interval (`inner_low`, `inner_high`), and the estimate
    and its 95 % interval in seconds per 5 minutes and in percentage points (`seconds`, `seconds_low`, ...).
    """
    mixed = model.mixture()
    inner = {name: mixed.quantile(end) for name, end in zip(("inner_low", "inner_high"), HALF, strict=True)}
    terms = evidence(found.terms.assign(**inner), spec)
    sd = terms["response"].map(dict(zip(rows.scale["response"], rows.scale["sd"], strict=True))).astype(float)
    for name, size in (("seconds", SECONDS), ("points", POINTS)):
        for end, column in (("", "mean"), ("_low", "lower"), ("_high", "upper")):
            terms[f"{name}{end}"] = terms[column] * sd * size
    return terms


@st.cache_data(max_entries=64, show_spinner=False)
def _without(key: Key, spec_json: str, selection: Selection, left_out: tuple[str, ...]) -> pd.DataFrame:
    """response, code, mean, lower, upper of the exposure x behaviour terms without some covariates."""
    spec = Spec.model_validate_json(spec_json)
    before = fitted(key, spec_json, spec_json, selection)
    columns = before.posterior.data.design.every
    active = [place for place, column in enumerate(columns) if column.variable not in left_out]
    found = collapsed.bayes_fit(before.posterior.what_if(np.array(active)), spec)
    return evidence(found.terms, spec)[["response", "code", "mean", "lower", "upper", "evidence"]]


def answer(question: Question) -> Answer:
    """Both models of a question for the current selection; UserError says why there is none."""
    key, selection = store.key(), store.selection()
    whole = question.adjusted.model_dump_json()
    specs = {"adjusted": whole, "unadjusted": question.unadjusted.model_dump_json()}
    models = {name: fitted(key, spec, whole, selection) for name, spec in specs.items()}
    return Answer(question, rows(key, whole, selection), models)


def without(question: Question, left_out: tuple[str, ...]) -> pd.DataFrame:
    """The terms of the adjusted model when these covariates (columns) are left out; the rows stay the same."""
    return _without(store.key(), question.adjusted.model_dump_json(), store.selection(), left_out)
