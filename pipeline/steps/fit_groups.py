"""Does the association differ between groups? Fits per group, one joint fit with the difference, covariates that act on
each behaviour, and the partner's score as another exposure.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Moderator, Spec
from pipeline.errors import UserError
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.design import RESPONSES, build
from pipeline.models.fit import ModelRefused, settings_of
from pipeline.steps.fit_comparable import (
    DRAWS,
    FAILED,
    LOST,
    SEED,
    Compared,
    about,
    comparable,
    compared,
    exposure_terms,
    narrowed_to,
    summary,
)
from pipeline.steps.fit_rows import ModelRows, rows_from
from pipeline.steps.fit_source import Source

DIFFERENCE = ("first_rows", "other_rows")
"""Values of a behaviour in the first group, and in the other."""


def group_fit(
    source: Source, spec: Spec, observations: pd.DataFrame, one: Moderator, level: str, sd: float
) -> Compared:
    """The spec's model in the recordings of one level of a moderator alone. `sd`: see `fit_comparable.common_sd`."""
    plain = _quick(spec.changed(moderator=None))
    return compared(rows_from(source, plain, narrowed_to(source, observations, one.column, (level,))), plain, sd)


def difference(source: Source, spec: Spec, observations: pd.DataFrame, one: Moderator, sd: float) -> Compared:
    """Exposure x moderator x behaviour from one model of both levels: the second level's term minus the first's, with
    `first_rows` and `other_rows`. A behaviour with too few values at a level is in `lost`.
    """
    joint = _quick(spec.changed(moderator=one.model_dump()))
    rows = rows_from(source, joint, narrowed_to(source, observations, one.column, one.levels))
    model = collapsed.posterior(collapsed.prepare(build(rows.frame, joint)), settings_of(joint), SEED)
    counts = level_rows(rows, one)
    terms = difference_terms(model, joint).merge(counts, on=["response", "code"], how="left")
    enough = (terms[list(DIFFERENCE)] >= spec.options.fewest_rows).all(axis=1)
    found = comparable(terms[enough].reset_index(drop=True), joint, rows, sd)
    lost = without_difference(exposure_terms(model, joint), found, counts, joint)
    return about(rows, found, lost, "" if model.draws.good else FAILED)


def difference_terms(model: Posterior, spec: Spec) -> pd.DataFrame:
    """The products of exposure, moderator and behaviour: response, term, code, mean, sd, lower, upper, rows, units,
    evidence (clear or none).
    """
    one, every = spec.moderator, model.data.design.every
    places = [
        at
        for at, column in enumerate(model.active)
        if every[column].code
        and every[column].variable == one.column
        and every[column].term.startswith(f"{every[column].code} x {spec.exposure} x ")
    ]
    columns = [every[model.active[at]] for at in places]
    named = [(each.response, each.term, each.code, each.rows, each.units) for each in columns]
    frame = pd.DataFrame(named, columns=["response", "term", "code", "rows", "units"])
    frame = frame.assign(**summary(model, np.eye(len(model.active))[places]))
    return frame.assign(evidence=np.where((frame["lower"] > 0) | (frame["upper"] < 0), "clear", "none"))


def level_rows(rows: ModelRows, one: Moderator) -> pd.DataFrame:
    """response, code, first_rows, other_rows: values of each behaviour at each level."""
    parts = []
    for response in RESPONSES:
        mine = rows.frame[rows.frame[f"y_{response}"].notna()]
        counts = mine.groupby([mine["code"].astype("str"), mine[one.column].astype("str")]).size().unstack(fill_value=0)
        counts = counts.reindex(columns=list(one.levels), fill_value=0).set_axis(list(DIFFERENCE), axis=1)
        parts.append(counts.rename_axis(index="code", columns=None).reset_index().assign(response=response))
    return pd.concat(parts, ignore_index=True)


def without_difference(every: pd.DataFrame, found: pd.DataFrame, counts: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """response, code, reason of the behaviours of `every` that have no difference in `found`."""
    known = set(zip(found["response"], found["code"], strict=True))
    rows = []
    for row in every.merge(counts, on=["response", "code"], how="left").itertuples():
        if (row.response, row.code) in known:
            continue
        count, level = min(zip((row.first_rows, row.other_rows), spec.moderator.levels, strict=True))
        few = f"{count:.0f} with {level}, fewer than {spec.options.fewest_rows}"
        reason = few if count < spec.options.fewest_rows else "the groups cannot be told apart in its values"
        rows.append((row.response, row.code, f"{row.code} ({row.response}): {reason}."))
    return pd.DataFrame(rows, columns=list(LOST))


def by_covariate(
    source: Source, spec: Spec, observations: pd.DataFrame, sd: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(moves, lost). Moves: per covariate x exposure x behaviour term what the term becomes when that covariate also
    acts on each behaviour; all products with behaviours partially pooled in both fits. Columns: covariate (label),
    response, code, before, seconds, seconds_low, seconds_high, shift (seconds minus before), rows, units. Lost:
    covariate, reason.
    """
    plain = _quick(spec.changed(moderator=None, by_code=(), options={"pooled": True}))
    rows = rows_from(source, plain, observations)
    before = _terms(rows, plain, sd).rename(columns={"seconds": "before"})[["response", "code", "before"]]
    moves, lost = [], []
    for covariate in plain.adjusted_for:
        try:
            terms = _terms(rows, plain.changed(by_code=(covariate.column,)), sd)
        except UserError as refusal:
            lost.append((covariate.label, refusal.message))
            continue
        both = terms.merge(before, on=["response", "code"])
        moves.append(both.assign(covariate=covariate.label, shift=both["seconds"] - both["before"]))
    wanted = ["covariate", "response", "code", "before", "seconds", "seconds_low", "seconds_high", "shift"]
    found = pd.concat(moves, ignore_index=True)[[*wanted, "rows", "units"]] if moves else pd.DataFrame(columns=wanted)
    return found, pd.DataFrame(lost, columns=["covariate", "reason"])


def _terms(rows: ModelRows, spec: Spec, sd: float) -> pd.DataFrame:
    model = collapsed.posterior(collapsed.prepare(build(rows.frame, spec)), settings_of(spec), SEED)
    return comparable(exposure_terms(model, spec), spec, rows, sd)


@dataclass(frozen=True)
class OwnAndPartner:
    """Fits by name: 'own' (own score, all recordings), 'own_same' (own score, the recordings that have the partner's)
    and 'partner' (the partner's score there). `refused`: '' or why they have no covariates.
    """

    fits: dict[str, Compared]
    refused: str = ""


def own_and_partner(source: Source, spec: Spec, observations: pd.DataFrame, sd: float) -> OwnAndPartner:
    """The partner's score as another exposure beside the own. Where the recordings with a partner's score cannot carry
    the covariates, all three fits are made without.
    """
    own = _quick(spec.changed(moderator=None, options={"whose_score": "filmed"}))
    other = own.changed(options={"whose_score": "partner"})
    mine, theirs = rows_from(source, own, observations), rows_from(source, other, observations)
    same = rows_from(source, own, observations[observations["observation_id"].isin(theirs.frame["unit"])])
    parts = {"own": (mine, own), "own_same": (same, own), "partner": (theirs, other)}
    try:
        return OwnAndPartner({name: compared(rows, one, sd) for name, (rows, one) in reversed(parts.items())})
    except ModelRefused as refusal:
        bare = {name: (rows, without_covariates(one)) for name, (rows, one) in parts.items()}
        return OwnAndPartner({name: compared(rows, one, sd) for name, (rows, one) in bare.items()}, refusal.message)


def without_covariates(spec: Spec) -> Spec:
    """The spec whose running rung has no covariates; the others keep theirs."""
    rungs = [rung.model_dump() for rung in spec.rungs]
    rungs[spec.rung]["covariates"] = ()
    return spec.changed(rungs=rungs, by_code=())


def _quick(spec: Spec) -> Spec:
    """The spec with as many draws as a comparison needs."""
    return spec.changed(options={"draws": min(DRAWS, spec.options.draws)})
