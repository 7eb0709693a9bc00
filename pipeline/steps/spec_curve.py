"""The specification curve: one question fitted in every way of a grid, with the quick engine.

Fits that differ in covariates or prior alone are what-ifs on one posterior, and fits that share their rows read them
once. Estimates are made comparable (see `fit_comparable`).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Prior, Spec
from pipeline.errors import UserError
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior, log_target
from pipeline.models.collapsed_priors import prior_of
from pipeline.models.collapsed_sampling import weighted
from pipeline.models.design import Design, build
from pipeline.models.design_columns import Column
from pipeline.models.fit import ModelRefused, settings_of
from pipeline.steps.fit_comparable import DRAWS, FAILED, comparable, exposure_terms, narrowed_to, removed
from pipeline.steps.fit_rows import ModelRows, rows_from
from pipeline.steps.fit_source import Source
from pipeline.steps.spec_grid import Cell, CovariateSet, Stratum, own_cell, own_set

CHOICES = ("covariates", "denominator", "zeros", "outcome", "prior", "stratum", "timing")


@dataclass(frozen=True)
class CellFits:
    """Fits of one cell. `terms`: the choices, `prespecified`, response, code, mean, sd, lower, upper (in the outcome's
    own unit per own SD of the exposure), seconds, seconds_low, seconds_high (per 5 minutes and common SD), evidence,
    rows, units, fit_units (units of the whole fit). `lost`: the choices, response, code ('' for a whole fit), reason.
    """

    terms: pd.DataFrame
    lost: pd.DataFrame


def cell_spec(spec: Spec, cell: Cell) -> Spec:
    """The spec with the options of a cell, without a moderator."""
    options = {
        "denominator": cell.denominator,
        "zeros": cell.zeros,
        "outcome": cell.outcome,
        "score_timing": cell.timing,
    }
    return spec.changed(options=options, moderator=None)


def set_spec(spec: Spec, covariates: CovariateSet) -> Spec:
    """The spec whose running rung has these covariates."""
    rungs = [rung.model_dump() for rung in spec.rungs]
    rungs[spec.rung]["covariates"] = covariates.columns
    return spec.changed(rungs=rungs, by_code=covariates.by_code)


def of_stratum(source: Source, observations: pd.DataFrame, stratum: Stratum) -> pd.DataFrame:
    """The recordings of a stratum."""
    if not stratum.column:
        return observations
    return narrowed_to(source, observations, stratum.column, (stratum.value,))


def cell_fits(
    source: Source,
    spec: Spec,
    observations: pd.DataFrame,
    cell: Cell,
    sets: tuple[CovariateSet, ...],
    priors: tuple[Prior, ...],
    sd: float,
    seed: int = 1,
) -> CellFits:
    """All fits of one cell: covariate sets x priors. `sd`: of `common_sd`. A fit that cannot be made is a row of `lost`
    with the reason.
    """
    chosen = cell_spec(spec, cell)
    made, lost = [], []
    try:
        rows = rows_from(source, chosen, of_stratum(source, observations, cell.stratum))
    except UserError as refusal:
        lost = [(_choices(cell, one, prior), "", "", refusal.message) for prior, one in product(priors, sets)]
        return CellFits(pd.DataFrame(), _lost(lost))
    quick = chosen.changed(options={"draws": DRAWS})
    for one, prior, model in _fits(rows, quick, sets, priors, seed):
        choices = _choices(cell, one, prior)
        if isinstance(model, str):
            lost.append((choices, "", "", model))
            continue
        own = prior == spec.options.prior and cell == own_cell(spec) and _same(one, own_set(spec))
        terms = comparable(exposure_terms(model, spec), chosen, rows, sd)
        made.append(terms.assign(**choices, prespecified=own, fit_units=model.data.design.units))
        lost += [(choices, note.response, note.term, note.text) for note in removed(model.data.design)]
    return CellFits(pd.concat(made, ignore_index=True) if made else pd.DataFrame(), _lost(lost))


def _same(one: CovariateSet, other: CovariateSet) -> bool:
    return (one.columns, set(one.by_code)) == (other.columns, set(other.by_code))


def _choices(cell: Cell, one: CovariateSet, prior: str) -> dict[str, str]:
    named = asdict(cell) | {"covariates": one.name, "prior": prior, "stratum": cell.stratum.name}
    return {choice: named[choice] for choice in CHOICES}


def _lost(rows: list[tuple[dict[str, str], str, str, str]]) -> pd.DataFrame:
    columns = [*CHOICES, "response", "code", "reason"]
    found = [{**choices, "response": response, "code": code, "reason": text} for choices, response, code, text in rows]
    return pd.DataFrame(found, columns=columns)


Made = tuple[CovariateSet, Prior, Posterior | str]


def _fits(
    rows: ModelRows, spec: Spec, sets: tuple[CovariateSet, ...], priors: tuple[Prior, ...], seed: int
) -> Iterator[Made]:
    """Each set and prior with its posterior, or with the reason why there is none. The widest model is fitted, the
    others are what-ifs on it; where it cannot be built, or left products out that a narrower one may have, each set is
    fitted alone.
    """
    first = spec.changed(options={"prior": priors[0]})
    try:
        data = collapsed.prepare(build(rows.frame, set_spec(first, widest(spec, sets))))
        whole = None if _products_lost(data.design) else collapsed.posterior(data, settings_of(first), seed)
    except ModelRefused:
        whole = None
    bases = {} if whole is None else {prior: _base(whole, prior, seed) for prior in priors}
    for one in sets:
        try:
            alone = None if bases else _alone(rows, first, one, seed)
        except ModelRefused as refusal:
            yield from ((one, prior, refusal.message) for prior in priors)
            continue
        for prior in priors:
            found = _checked(with_prior(alone, prior) if alone else narrowed(bases[prior], one), seed)
            yield one, prior, found if found.draws.good else FAILED


def _base(whole: Posterior, prior: Prior, seed: int) -> Posterior:
    """The widest model under a prior, drawn anew where the weights of a swapped prior are bad: once for all sets."""
    found = with_prior(whole, prior)
    if found.draws.good or found is whole:
        return found
    return collapsed.posterior(whole.data, found.settings, seed)


def widest(spec: Spec, sets: tuple[CovariateSet, ...]) -> CovariateSet:
    """All covariates and products of the sets together, in the order of the spec."""
    used = {column for one in sets for column in one.columns}
    by_code = {column for one in sets for column in one.by_code}
    known = [one.column for one in spec.covariates]
    return CovariateSet(
        "widest", tuple(one for one in known if one in used), tuple(one for one in known if one in by_code)
    )


def _products_lost(design: Design) -> bool:
    """Whether a product was left out: a narrower model might have it."""
    return any(" x " in note.term for note in removed(design))


def _alone(rows: ModelRows, spec: Spec, one: CovariateSet, seed: int) -> Posterior:
    """The model of one set, fitted cold."""
    data = collapsed.prepare(build(rows.frame, set_spec(spec, one)))
    return collapsed.posterior(data, settings_of(spec), seed)


def narrowed(whole: Posterior, one: CovariateSet) -> Posterior:
    """The model of one set as a what-if on the widest."""
    kept = [place for place, column in enumerate(whole.data.design.every) if _has(one, column)]
    return whole if len(kept) == len(whole.active) else whole.what_if(np.array(kept))


def _has(one: CovariateSet, column: Column) -> bool:
    """Whether a column of the widest model belongs to a set."""
    if column.kind == "covariate":
        return column.variable in one.columns
    return column.variable in one.by_code if column.kind == "product" else True


def with_prior(model: Posterior, prior: Prior) -> Posterior:
    """The model under another prior: the same draws, weighted anew. The prior does not enter the likelihood, so nothing
    is factored again.
    """
    if model.settings.prior == prior:
        return model
    settings = replace(model.settings, prior=prior)
    chosen = prior_of(settings, model.reml.omega, model.prior.paired, model.data.scale)
    target = log_target(model.found, model.data.values, chosen, model.draws.points, model.free)
    pooled = model.pooling.log_weight if model.pooling else 0.0
    drawn = weighted(model.draws.points, model.draws.log_proposal, target + pooled)
    return replace(model, settings=settings, prior=chosen, draws=drawn)


def _checked(model: Posterior, seed: int) -> Posterior:
    """The model, drawn anew with twice as many draws where its weights are not to be trusted."""
    if model.draws.good:
        return model
    settings = replace(model.settings, draws=2 * model.settings.draws)
    return collapsed.posterior(model.data, settings, seed, model.active)
