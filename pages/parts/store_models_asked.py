"""What the models page asks of fits that are there: own slopes, predicted times, what-ifs; each cached."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pages.parts.store_models import SECONDS, SEED, Answer, Estimates, estimated, fitted, rows
from pipeline.catalogue.spec import Spec
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_maps import Quantities, covariate_means, own_slopes, predicted, single
from pipeline.models.collapsed_shift import shift
from pipeline.models.design import build
from pipeline.models.fit import ENDS, settings_of
from pipeline.selection import Selection

LEVELS = (-1.0, 0.0, 1.0)
"""SDs of the exposure at which times are predicted."""


@st.cache_resource(max_entries=16, show_spinner=False)
def _slopes(key: Key, spec_json: str, rows_json: str, selection: Selection) -> Estimates:
    spec = Spec.model_validate_json(spec_json)
    model = fitted(key, spec_json, rows_json, selection).posterior
    return estimated(model, own_slopes(model.columns, spec.reference), spec, rows(key, rows_json, selection))


@st.cache_data(max_entries=64, show_spinner=False)
def _predicted(
    key: Key, spec_json: str, rows_json: str, selection: Selection, at: tuple[float, ...], one: tuple[str, str] | None
) -> pd.DataFrame:
    spec = Spec.model_validate_json(spec_json)
    model, entered = fitted(key, spec_json, rows_json, selection).posterior, rows(key, rows_json, selection)
    means = covariate_means(model.data.design)[model.active]
    asked = predicted(model.columns, means, spec.reference, at)
    if one is not None:
        mine = ((asked.names["response"] == one[0]) & (asked.names["code"] == one[1])).to_numpy()
        asked = Quantities(asked.names[mine].reset_index(drop=True), asked.maps[mine])
    mixed = model.mixture(asked.maps)
    scale = entered.scale.set_index("response")
    raw = spec.options.outcome == "share"
    sd = 1.0 if raw else asked.names["response"].map(scale["sd"]).to_numpy(float)
    mean = 0.0 if raw else asked.names["response"].map(scale["mean"]).to_numpy(float)
    ends = {"seconds": mixed.mean, "seconds_low": mixed.quantile(ENDS[0]), "seconds_high": mixed.quantile(ENDS[1])}
    exposure = entered.exposure[0] + asked.names["z"] * entered.exposure[1]
    seconds = {name: (mean + sd * values) * SECONDS for name, values in ends.items()}
    return asked.names.assign(exposure=exposure, **seconds)


def _spec(answer: Answer, name: str) -> str:
    question = answer.question
    return (question.adjusted if name == "adjusted" else question.unadjusted).model_dump_json()


def slopes(answer: Answer, name: str) -> Estimates:
    """Each behaviour's own slope in the model `name` (adjusted, unadjusted)."""
    return _slopes(store.key(), _spec(answer, name), answer.question.adjusted.model_dump_json(), store.selection())


def times(
    answer: Answer, at: tuple[float, ...] = LEVELS, one: tuple[str, str] | None = None, name: str | None = None
) -> pd.DataFrame:
    """Predicted seconds per 5 minutes: response, code, rows, units, z, exposure (raw), seconds, seconds_low,
    seconds_high; covariates at their means. `one`: only this (response, code).
    """
    whole = answer.question.adjusted.model_dump_json()
    spec = _spec(answer, name or answer.question.shown[0])
    return _predicted(store.key(), spec, whole, store.selection(), at, one)


@dataclass(frozen=True)
class Change:
    """What is switched: covariates left out, and covariates whose product with each behaviour enters (columns)."""

    left_out: tuple[str, ...] = ()
    by_code: tuple[str, ...] = ()


@st.cache_resource(max_entries=8, show_spinner=False)
def _wide(key: Key, spec_json: str, selection: Selection, by_code: tuple[str, ...]) -> Posterior:
    """The model with every column that either side of a what-if needs."""
    spec = Spec.model_validate_json(spec_json)
    if by_code == spec.by_code:
        return fitted(key, spec_json, spec_json, selection).posterior
    entered = rows(key, spec_json, selection)
    data = collapsed.prepare(build(entered.frame, spec.changed(by_code=by_code)))
    return collapsed.posterior(data, settings_of(spec), SEED)


@st.cache_data(max_entries=64, show_spinner=False)
def _what_if(key: Key, spec_json: str, selection: Selection, change: Change) -> pd.DataFrame:
    spec = Spec.model_validate_json(spec_json)
    wide = _wide(key, spec_json, selection, tuple(dict.fromkeys((*spec.by_code, *change.by_code))))
    columns = wide.data.design.every
    products = [place for place, one in enumerate(columns) if one.kind == "product" and one.code]
    wanted = {*change.by_code} - {*change.left_out}
    now = [
        place
        for place, one in enumerate(columns)
        if one.variable not in change.left_out and (place not in products or one.variable in wanted)
    ]
    before = [place for place, one in enumerate(columns) if place not in products or one.variable in spec.by_code]
    model = wide if len(now) == len(columns) else wide.what_if(np.array(now))
    terms = single(model.columns, "interaction")
    found = estimated(model, terms, spec, rows(key, spec_json, selection)).frame
    failed = not (model.draws.good and wide.draws.good)
    moved = _shift(wide, np.array(before), np.array(now), np.array(now)[terms.maps.argmax(axis=1)])
    return found.assign(failed=failed, **moved)


def _shift(wide: Posterior, before: np.ndarray, now: np.ndarray, terms: np.ndarray) -> dict[str, np.ndarray | float]:
    """Mean and 95 % interval of each term's shift; the interval is missing where products are pooled."""
    if len(before) == len(now) and (before == now).all():
        return dict.fromkeys(("shift", "shift_low", "shift_high"), 0.0)
    mixed = shift(wide, before, now, terms)
    ends = (mixed.quantile(ENDS[0]), mixed.quantile(ENDS[1])) if wide.pooling is None else (np.nan, np.nan)
    return {"shift": mixed.mean, "shift_low": ends[0], "shift_high": ends[1]}


def what_if(answer: Answer, change: Change) -> pd.DataFrame:
    """The terms (see `Estimates`) of the adjusted model after a change, on the same rows, with `shift`, `shift_low`,
    `shift_high`: this minus the adjusted model, in SD of the outcome. UserError says why it cannot be fitted.
    """
    return _what_if(store.key(), answer.question.adjusted.model_dump_json(), store.selection(), change)
