"""The road down of the checks of a model: residuals, units, replicates, the comparison of all rungs; each cached."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pages.parts.store_models import SECONDS, SEED, Answer, fitted, rows, unit_shares
from pipeline.catalogue.spec import Spec
from pipeline.errors import UserError
from pipeline.models import collapsed_residuals
from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_compare import Comparison, compare
from pipeline.models.collapsed_deviance import deviance
from pipeline.models.collapsed_loo import leave_one_out
from pipeline.models.collapsed_replicates import by_code, replicate
from pipeline.models.collapsed_residuals import row_residuals, spread_by_code, unit_effects, unit_fitted
from pipeline.models.collapsed_units import effects, some_draws, values_of
from pipeline.models.design import entered
from pipeline.selection import Selection
from pipeline.steps.fit import ModelRows

SCALED = ("mean", "sd")
"""Statistics of replicates that are times; the others are shares of values."""


@dataclass(frozen=True)
class Scale:
    """How an outcome reads: per response what 0 of it and 1 of it are in `unit` ('s per 5 min', or '' for the outcome
    itself), and which outcome is 0 seconds (nan: none).
    """

    zero: dict[str, float]
    one: dict[str, float]
    below: dict[str, float]
    unit: str


@dataclass(frozen=True)
class Checked:
    """Checks of one fit, times in `unit`. `rows`, `units`, `spread`, `replicated`: see `collapsed_residuals` and
    `collapsed_replicates`, units named; `row_sd`: the model's own residual SD; `between`: mean covariance of units.
    """

    rows: pd.DataFrame
    units: pd.DataFrame
    spread: pd.DataFrame
    replicated: pd.DataFrame
    row_sd: dict[str, float]
    between: np.ndarray
    unit: str

    def shape(self, which: str, response: str) -> dict[str, float]:
        """Shape of the residuals of 'rows' or 'units' on one side (see `shape_of`)."""
        frame, column = (self.rows, "residual") if which == "rows" else (self.units, "mean")
        return collapsed_residuals.shape_of(frame.loc[frame["response"] == response, column].to_numpy())


@dataclass(frozen=True)
class Ladder:
    """All rungs on the same rows: `titles`, what `failed` (reasons), what was `refused` (sentence), the comparison, and
    per rung dbar, d_means, pd, dic, ml and reml (log-likelihoods) and coefficients.
    """

    titles: dict[int, str]
    failed: dict[int, tuple[str, ...]]
    refused: dict[int, str]
    comparison: Comparison
    deviances: pd.DataFrame


def scale_of(spec: Spec, entered_rows: ModelRows) -> Scale:
    """How the outcome of a spec reads."""
    table = entered_rows.scale.set_index("response")
    names = list(table.index)
    if spec.options.outcome == "normal_scores":
        return Scale(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0), dict.fromkeys(names, np.nan), "")
    one = unit_shares(spec, entered_rows)
    zero = {name: 0.0 if spec.options.outcome == "share" else float(table.loc[name, "mean"]) for name in names}
    below = {name: -zero[name] / one[name] for name in names}
    seconds = {name: one[name] * SECONDS for name in names}
    return Scale({name: zero[name] * SECONDS for name in names}, seconds, below, "s per 5 min")


@st.cache_resource(max_entries=8, show_spinner=False)
def _checked(key: Key, spec_json: str, rows_json: str, selection: Selection) -> Checked:
    spec = Spec.model_validate_json(spec_json)
    model, frame = fitted(key, spec_json, rows_json, selection).posterior, rows(key, rows_json, selection)
    scale, used = scale_of(spec, frame), entered(frame.frame, spec)[0]
    values, given = values_of(model), some_draws(model)
    found = effects(values, given)
    code, order = used["code"].astype(str), [str(one) for one in used["code"].cat.categories]
    residuals = row_residuals(model, values, given, found, code)
    units = unit_fitted(residuals, unit_effects(model, given, found)).dropna(subset="fitted")
    residuals, units = (_in_seconds(one, scale) for one in (residuals, units))
    names = np.unique(used["unit"].astype(str))
    variances = dict(zip(scale.one, (given.weights @ model.data.scale.omega(given.omega))[[3, 5]], strict=True))
    return Checked(
        residuals.assign(unit=names[residuals["unit"]]),
        units.assign(unit=names[units["unit"]]),
        _in_order(spread_by_code(residuals), order),
        _in_order(_replicated(model, code.to_numpy(), scale), order),
        {name: float(np.sqrt(variances[name]) * size) for name, size in scale.one.items()},
        _between(model, scale),
        scale.unit,
    )


def _in_order(frame: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """The infant's rows, then the caregiver's, behaviours in the order of the scheme."""
    place = pd.Series({code: number for number, code in enumerate(codes)})
    first = frame["response"].eq(frame["response"].iloc[0])
    order = frame.assign(side=~first, place=frame["code"].map(place)).sort_values(["side", "place"], kind="stable")
    return order.drop(columns=["side", "place"]).reset_index(drop=True)


def _in_seconds(frame: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """Differences in the unit of the scale, and `fitted` as a time."""
    one, zero = frame["response"].map(scale.one), frame["response"].map(scale.zero)
    found = {name: frame[name] * one for name in ("residual", "mean", "lower", "upper") if name in frame}
    return frame.assign(**found, fitted=zero + frame["fitted"] * one)


def _replicated(model: Posterior, code: np.ndarray, scale: Scale) -> pd.DataFrame:
    responses = model.data.design.responses
    found = by_code(replicate(model, SEED), code, responses, tuple(scale.below[name] for name in responses))
    one, zero = found["response"].map(scale.one), found["response"].map(scale.zero)
    one = one.where(found["statistic"].isin(SCALED), 100.0)
    zero = zero.where(found["statistic"] == "mean", 0.0)
    numbers = ["observed", "lower", "upper", "inner_low", "inner_high", "middle"]
    return found.assign(**{name: zero + found[name] * one for name in numbers})


def _between(model: Posterior, scale: Scale) -> np.ndarray:
    """Posterior mean of the units' covariance (2 x 2) in the unit of the scale."""
    u11, u12, u22 = (model.draws.weights @ model.omega)[:3]
    size = np.array(list(scale.one.values()))
    return np.array([[u11, u12], [u12, u22]]) * np.outer(size, size)


@st.cache_resource(max_entries=8, show_spinner=False)
def _ladder(key: Key, spec_json: str, selection: Selection) -> Ladder:
    spec = Spec.model_validate_json(spec_json)
    failed, refused, loos, lines = {}, {}, {}, {}
    for rung in range(len(spec.rungs)):
        try:
            one = fitted(key, spec.changed(rung=rung).model_dump_json(), spec_json, selection)
        except UserError as refusal:
            refused[rung] = refusal.message
            continue
        failed[rung], loos[rung] = one.fit.failed, leave_one_out(one.posterior)
        lines[rung] = _deviance(one.posterior)
    titles = {rung: step.title for rung, step in enumerate(spec.rungs)}
    return Ladder(titles, failed, refused, compare(loos), pd.DataFrame.from_dict(lines, orient="index"))


def _deviance(model: Posterior) -> dict[str, float]:
    values, given = values_of(model), some_draws(model)
    found = deviance(model, values, given, effects(values, given))
    return {
        "coefficients": len(model.active), "dbar": found.mean, "d_means": found.at_means, "pd": found.parameters,
        "dic": found.dic, "ml": found.log_likelihood, "reml": found.reml_log_likelihood,
    }  # fmt: skip


def checked(answer: Answer) -> Checked:
    """The checks of the model that the words of the page are about."""
    question = answer.question
    whole = question.adjusted.model_dump_json()
    return _checked(store.key(), question.leading.model_dump_json(), whole, store.selection())


def ladder(answer: Answer) -> Ladder:
    """All rungs of the analysis on the rows of the page."""
    return _ladder(store.key(), answer.question.adjusted.model_dump_json(), store.selection())
