"""The analysis with all units: missing values of the exposure are imputed per person, and the fits are pooled.

The imputation model of a person holds the other questionnaires, the covariates of the ladder and, per side and
behaviour, how far the person's durations lie above or below the behaviour's mean (0 where the behaviour never occurred,
as if nothing were known). One drawn value serves all recordings of a person. What 1 SD of exposure and outcome mean is
taken from the complete cases.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Covariate, Spec
from pipeline.models import collapsed
from pipeline.models.collapsed_imputed import mixed, spread_of
from pipeline.models.collapsed_mixture import Mixture
from pipeline.models.design import build
from pipeline.models.design_columns import Column
from pipeline.models.fit import ModelRefused, Note, settings_of
from pipeline.models.imputation import People, impute
from pipeline.steps.fit_exposure import exposures
from pipeline.steps.fit_rows import SIDES, ModelRows, rows_from
from pipeline.steps.fit_sensitivity import Check, interactions, sd_of, terms_in_seconds
from pipeline.steps.fit_source import Source

IMPUTATIONS = 20
Ranges = dict[str, tuple[float, float]]
"""Lowest and highest total of each questionnaire."""


@dataclass(frozen=True)
class OpenRows:
    """Rows of all units with known or missing exposure. `frame`: as in `ModelRows`, `exposure` missing where unknown,
    and `entity`: whose value it is (the person, or the recording where a person's values differ). `scores`: entities x
    (exposure, other questionnaires), missing where unknown; `unmatched`: units left out because nobody is known whose
    value theirs would be.
    """

    frame: pd.DataFrame
    scores: pd.DataFrame
    unmatched: int

    @property
    def missing(self) -> tuple[int, int]:
        """How many people, and how many units, lack the exposure."""
        gone = self.frame.loc[self.frame["exposure"].isna()]
        return gone["entity"].nunique(), gone["unit"].nunique()


@dataclass(frozen=True)
class Imputed:
    """The pooled analysis. `people`, `units`: how many lacked the exposure; `count`: imputations; `outcomes` of
    `of_outcomes`: columns of durations that entered the imputation model; `lost`: largest part of a term's variance
    that is due to missing values.
    """

    check: Check
    people: int
    units: int
    count: int
    outcomes: int
    of_outcomes: int
    lost: float


def imputed(
    source: Source,
    spec: Spec,
    observations: pd.DataFrame,
    complete: ModelRows,
    ranges: Ranges,
    seed: int,
    count: int = IMPUTATIONS,
) -> Imputed | None:
    """The pooled analysis of `count` imputations; None where nobody lacks the exposure. `complete`: rows of the
    analysis of complete cases.
    """
    rows = open_rows(source, spec, observations, complete)
    missing = rows.missing
    if not missing[1]:
        return None
    people = people_of(rows, spec, ranges)
    drawn = impute(people, count, seed)[:, :, 0]
    check, lost = pooled(rows, spec, complete, drawn, seed)
    every = people.outcomes.shape[1]
    return Imputed(check, *missing, count, min(people.room, every), every, lost)


def open_rows(source: Source, spec: Spec, observations: pd.DataFrame, complete: ModelRows) -> OpenRows:
    """Rows of all units of the selection that have the covariates, with the exposure where it is known."""
    rows = rows_from(source, without_exposure(spec), observations)
    units = observations[observations["observation_id"].isin(rows.frame["unit"])]
    known = exposures(spec, units, source)
    person = known["person"].where(known["person"].notna(), _filmed(spec, units))
    value = known["exposure"].where(~known["late"].astype(bool))
    table = pd.DataFrame({"unit": units["observation_id"], "person": person, "exposure": value})
    kept = table[table["person"].notna()]
    same = kept.groupby("person")["exposure"].agg(lambda one: one.nunique(dropna=False)).max() <= 1
    kept = kept.assign(entity=kept["person"] if same else kept["unit"])
    frame = rows.frame.merge(kept, on="unit", how="inner")
    scores = units.set_index("observation_id")[_others(spec, units)].reindex(kept["unit"])
    scores = scores.assign(exposure=kept["exposure"].to_numpy(), entity=kept["entity"].to_numpy())
    scores = scores.groupby("entity").mean()
    order = ["exposure", *(name for name in scores if name != "exposure")]
    return OpenRows(rescaled(frame, spec, complete), scores[order], len(table) - len(kept))


def without_exposure(spec: Spec) -> Spec:
    """The spec whose rows do not ask for the exposure; its moderator stays a column that must be known."""
    rungs = [rung.model_dump() | {"exposure": False} for rung in spec.rungs]
    covariates = list(spec.covariates)
    if spec.moderator:
        one = spec.moderator
        if one.column not in {each.column for each in covariates}:
            kind = "categorical" if one.levels else "numeric"
            covariates.append(Covariate(column=one.column, label=one.label, kind=kind, levels=one.levels))
        rungs[-1]["covariates"] = tuple(dict.fromkeys((*rungs[-1]["covariates"], one.column)))
    return spec.changed(
        exposure=None, moderator=None, hypotheses=(), rungs=rungs,
        covariates=tuple(one.model_dump() for one in covariates),
        options={"standardise": "units", "score_timing": "named", "whose_score": "filmed"},
    )  # fmt: skip


def _filmed(spec: Spec, units: pd.DataFrame) -> pd.Series:
    """Whose value a unit without a record of one lacks: the caregiver filmed; the partner is not known."""
    if spec.options.whose_score == "partner":
        return pd.Series(np.nan, units.index, dtype=object)
    return units["caregiver_id"]


def _others(spec: Spec, units: pd.DataFrame) -> list[str]:
    """Columns of the other questionnaires of the caregiver filmed."""
    own = f"score:{spec.exposure}" if spec.options.whose_score == "filmed" else ""
    return [name for name in units if name.startswith("score:") and name != own and units[name].notna().any()]


def rescaled(frame: pd.DataFrame, spec: Spec, complete: ModelRows) -> pd.DataFrame:
    """The rows with outcomes on the scale of the complete cases (normal scores keep their own ranks)."""
    if spec.options.outcome != "normalised":
        return frame
    scale = complete.scale.set_index("response")
    values = {
        f"y_{one}": (frame[f"share_{one}"] - scale.loc[one, "mean"]) / scale.loc[one, "sd"] for one in scale.index
    }
    return frame.assign(**values)


def people_of(rows: OpenRows, spec: Spec, ranges: Ranges) -> People:
    """What is known of each entity, in the order of `rows.scores`."""
    scores = rows.scores
    names = [str(spec.exposure), *(name.removeprefix("score:") for name in scores.columns[1:])]
    ends = [
        ranges.get(name, (values.min(), values.max())) for name, (_, values) in zip(names, scores.items(), strict=True)
    ]
    lowest, highest = np.array(ends, float).T
    covariates = covariates_of(rows.frame, spec).reindex(scores.index).to_numpy(float)
    outcomes = outcomes_of(rows.frame).reindex(scores.index).to_numpy(float)
    return People(scores.to_numpy(float), lowest, highest, covariates, outcomes)


def covariates_of(frame: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Covariates of the ladder per entity: means of numbers, shares of the levels of categories."""
    units = frame.drop_duplicates("unit").set_index("entity")
    numeric = {one.column for one in spec.covariates if one.kind == "numeric"}
    parts = [pd.DataFrame(index=units.index)]
    for name in spec.ladder:
        if name in numeric or pd.api.types.is_numeric_dtype(units[name]):
            parts.append(units[[name]].astype(float))
        else:
            parts.append(pd.get_dummies(units[name].astype(str), prefix=name, drop_first=True, dtype=float))
    return pd.concat(parts, axis=1).groupby(level=0).mean()


def outcomes_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Per entity, side and behaviour: mean distance of the value from the mean of the behaviour, 0 without a value."""
    parts = {}
    for response in SIDES:
        value = frame[f"y_{response}"]
        rest = value - value.groupby(frame["code"], observed=True).transform("mean")
        wide = rest.groupby([frame["entity"], frame["code"]], observed=True).mean().unstack("code")
        parts[response] = wide.loc[:, wide.notna().any()].fillna(0.0)
    return pd.concat(parts, axis=1).fillna(0.0)


def pooled(rows: OpenRows, spec: Spec, complete: ModelRows, drawn: np.ndarray, seed: int) -> tuple[Check, float]:
    """(one fit for each row of `drawn` (imputations x entities), pooled; the largest part lost to missing values)."""
    parts: list[tuple[list[Column], Mixture]] = []
    bad, notes = 0, ()
    for values in drawn:
        model = fit_to(rows.frame, spec, complete, dict(zip(rows.scores.index, values, strict=True)), seed)
        columns, maps = interactions(model)
        parts.append((columns, model.mixture(maps)))
        bad, notes = bad + (not model.draws.good), model.data.design.notes
    columns, mixtures = _common(parts)
    terms = terms_in_seconds(mixed(mixtures), columns, spec, sd_of(complete, spec))
    failed = (f"{bad} of {len(drawn)} imputed fits have too few effective draws",) if bad else ()
    units, dyads = rows.frame["unit"].nunique(), rows.frame["dyad_id"].nunique()
    if rows.unmatched:
        text = f"{rows.unmatched} units did not enter: it is not known whose value theirs would be."
        notes = (*notes, Note("lost", text))
    return Check(terms, units, dyads, failed, tuple(notes)), float(spread_of(mixtures).missing.max())


def fit_to(
    frame: pd.DataFrame, spec: Spec, complete: ModelRows, values: dict[object, float], seed: int
) -> collapsed.Posterior:
    """The quick fit with these values of the exposure, standardised as the complete cases were."""
    mean, sd = complete.exposure
    exposure = frame["entity"].map(values).astype(float)
    filled = frame.assign(exposure=exposure, z=(exposure - mean) / (sd if sd > 0 else 1.0))
    return collapsed.posterior(collapsed.prepare(build(filled, spec)), settings_of(spec), seed)


def _common(parts: list[tuple[list[Column], Mixture]]) -> tuple[list[Column], list[Mixture]]:
    """The terms that every fit has, in the order of the first, and each fit's posterior of them."""
    names = [[(one.response, one.term) for one in columns] for columns, _ in parts]
    shared = set(names[0]).intersection(*names[1:])
    if not shared:
        raise ModelRefused("No term can be estimated in every imputed data set. Widen the selection.")
    columns = [one for one in parts[0][0] if (one.response, one.term) in shared]
    found = []
    for own, (_, mixture) in zip(names, parts, strict=True):
        place = [own.index((one.response, one.term)) for one in columns]
        found.append(replace(mixture, means=mixture.means[:, place], sds=mixture.sds[:, place]))
    return columns, found
