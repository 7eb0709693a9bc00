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
from pipeline.models.collapsed_maps import Quantities, single
from pipeline.models.collapsed_mixture import Mixture
from pipeline.models.design import build
from pipeline.models.evidence import evidence
from pipeline.models.fit import ENDS, Fit, settings_of
from pipeline.selection import Selection, select
from pipeline.steps import fit_source
from pipeline.steps.fit import ModelRows, refuse, rows_from
from pipeline.steps.fit_choices import Exposure
from pipeline.steps.fit_source import Source

SEED = 1
HALF = (0.25, 0.75)
"""Ends of the inner interval: 50 %."""
SECONDS, POINTS = float(FIVE_MINUTES_S), 100.0
"""A share of 1 in seconds per 5 minutes, and in percentage points."""


@dataclass(frozen=True)
class Question:
    """What is asked: the adjusted analysis, the rung without covariates beside it, which of the two to show, what the
    exposure is called, and whether the catalogue holds just this analysis.
    """

    adjusted: Spec
    unadjusted_rung: int
    shown: tuple[str, ...] = ("adjusted", "unadjusted")
    about: Exposure | None = None
    prespecified: bool = True

    @property
    def exposure(self) -> Exposure:
        """The exposure in words."""
        name = str(self.adjusted.exposure)
        return self.about or Exposure(name, name)

    @property
    def unadjusted(self) -> Spec:
        """The same analysis without covariates."""
        return self.adjusted.changed(rung=self.unadjusted_rung)

    @property
    def leading(self) -> Spec:
        """The analysis that the words are about."""
        return self.adjusted if "adjusted" in self.shown else self.unadjusted


@dataclass(frozen=True)
class Estimates:
    """Quantities of a model with their exact posterior. `frame`: response, code, rows, units, mean, sd, lower, upper,
    inner_low, inner_high (50 %), p_direction, evidence, hypothesis, direction, and the estimate with its 95 % interval
    in seconds per 5 minutes and in percentage points (seconds, seconds_low, ...); `sd`: what 1 of the outcome is, as a
    share, per row.
    """

    frame: pd.DataFrame
    mixed: Mixture
    sd: np.ndarray

    def beyond(self, seconds: float) -> np.ndarray:
        """P(|quantity| > so many seconds per 5 minutes)."""
        return self.mixed.probability_beyond(seconds / (self.sd * SECONDS))


@dataclass(frozen=True)
class Fitted:
    """A fit, the posterior that what-ifs are asked of, and its terms (the frame of `estimates`): exposure x behaviour,
    or each behaviour minus the reference where the model has no exposure.
    """

    fit: Fit
    posterior: Posterior
    terms: pd.DataFrame
    estimates: Estimates | None = None


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
        """Response -> what 1 of the outcome stands for, as a share of time (see `unit_shares`)."""
        return unit_shares(self.question.adjusted, self.rows)


def unit_shares(spec: Spec, rows: ModelRows) -> dict[str, float]:
    """Response -> what 1 of its outcome is as a share of time: the SD of its shares; 1 where the outcome is the share
    itself. Normal scores are no straight line in the shares: there the SD is only near.
    """
    sds = dict(zip(rows.scale["response"], rows.scale["sd"], strict=True))
    return dict.fromkeys(sds, 1.0) if spec.options.outcome == "share" else sds


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
    terms = estimated(model, single(model.columns, "interaction" if spec.step.exposure else "code"), spec, entered)
    return Fitted(found, model, terms.frame, terms)


def estimated(model: Posterior, asked: Quantities, spec: Spec, rows: ModelRows) -> Estimates:
    """Quantities of a model with everything the screen says of them."""
    mixed = model.mixture(asked.maps) if len(asked.maps) else _nothing()
    numbers = {"mean": mixed.mean, "sd": mixed.sd, "p_direction": mixed.probability_of_direction()}
    ends = zip(("lower", "upper", "inner_low", "inner_high"), (*ENDS, *HALF), strict=True)
    numbers |= {name: mixed.quantile(end) for name, end in ends}
    frame = judged(asked.names.assign(**numbers, rhat=np.nan, ess=model.draws.ess), spec)
    sd = frame["response"].map(unit_shares(spec, rows)).to_numpy(float)
    return Estimates(in_time(frame, sd), mixed, sd)


def judged(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The frame with `term`, evidence, hypothesis and direction; without an exposure there is nothing to expect."""
    if spec.step.exposure:
        return evidence(frame.assign(term=frame["code"] + f" x {spec.exposure}"), spec)
    clear = (frame["lower"] > 0) | (frame["upper"] < 0)
    words = np.where(clear, "clear", "none")
    return frame.assign(term=frame["code"], evidence=words, hypothesis="", direction="")


def in_time(frame: pd.DataFrame, sd: np.ndarray) -> pd.DataFrame:
    """The frame with its estimates and 95 % intervals in seconds per 5 minutes and percentage points."""
    found = frame.copy()
    for name, size in (("seconds", SECONDS), ("points", POINTS)):
        for end, column in (("", "mean"), ("_low", "lower"), ("_high", "upper")):
            found[f"{name}{end}"] = found[column] * sd * size
    return found


def _nothing() -> Mixture:
    return Mixture(np.empty((1, 0)), np.empty((1, 0)), np.ones(1))


def answer(question: Question) -> Answer:
    """Both models of a question for the current selection; UserError says why there is none."""
    key, selection = store.key(), store.selection()
    whole = question.adjusted.model_dump_json()
    specs = {"adjusted": whole, "unadjusted": question.unadjusted.model_dump_json()}
    models = {name: fitted(key, spec, whole, selection) for name, spec in specs.items()}
    return Answer(question, rows(key, whole, selection), models)
