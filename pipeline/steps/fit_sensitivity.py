"""Does the conclusion hold? The same analysis with one choice changed, and who is behind it.

Every check keeps what 1 SD of the exposure means as it was in the analysis that is checked, and is compared with it in
seconds per 5 minutes.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.measures.cluster_contrasts import cluster_contrasts
from pipeline.measures.shares import FIVE_MINUTES_S, share_of_time
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_influence import Groups, Without, first_guess, groups_of, leave_out
from pipeline.models.collapsed_mixture import Mixture
from pipeline.models.design import build, entered
from pipeline.models.design_columns import Column
from pipeline.models.evidence import evidence
from pipeline.models.fit import ENDS, ModelRefused, Note, settings_of
from pipeline.steps.fit_exposure import exposures
from pipeline.steps.fit_rows import SIDES, Flow, ModelRows, of_protocol, rows_from
from pipeline.steps.fit_source import Source

TERM = ["response", "code"]
MOST_DYADS = 300
"""Dyads that are left out one by one; with more, those that a first guess finds most influential."""
FRAGILE = 50
"""A behaviour with so many values or more stays estimable whoever is left out."""
CAMERAS = 2


@dataclass(frozen=True)
class Check:
    """The exposure x behaviour terms under another choice (`terms`: response, code, mean, sd, lower, upper, rows,
    units, evidence, direction, seconds, seconds_low, seconds_high), what entered, what failed, and what to know.
    """

    terms: pd.DataFrame
    units: int
    dyads: int
    failed: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Influence:
    """The fit without each dyad in turn. `frame`: dyad, recordings, then as in `Check.terms`; `dyads` of the analysis,
    `judged` of them; `refused`: dyads without which nothing can be fitted.
    """

    frame: pd.DataFrame
    dyads: int
    judged: int
    refused: tuple[str, ...] = ()


def interactions(model: Posterior) -> tuple[list[Column], np.ndarray]:
    """(exposure x behaviour columns of a fit, the maps that pick them: terms x coefficients)."""
    every = [model.data.design.every[place] for place in model.active]
    chosen = [place for place, one in enumerate(every) if one.kind == "interaction"]
    return [every[place] for place in chosen], np.eye(len(every))[chosen]


def terms_in_seconds(mixture: Mixture, columns: list[Column], spec: Spec, sd: dict[str, float]) -> pd.DataFrame:
    """Terms of a posterior with evidence and seconds per 5 minutes; `sd`: response -> SD of its shares."""
    low, high = (mixture.quantile(end) for end in ENDS)
    numbers = {"mean": mixture.mean, "sd": mixture.sd, "lower": low, "upper": high}
    names = pd.DataFrame([(one.response, one.term, one.rows, one.units) for one in columns])
    names.columns = ["response", "term", "rows", "units"]
    found = evidence(names.assign(**numbers), spec)
    size = found["response"].map(sd).astype(float) * FIVE_MINUTES_S
    for name, column in (("seconds", "mean"), ("seconds_low", "lower"), ("seconds_high", "upper")):
        found[name] = found[column] * size
    return found


def sd_of(rows: ModelRows, spec: Spec) -> dict[str, float]:
    """Response -> what 1 of the outcome stands for as a share of time."""
    sd = dict(zip(rows.scale["response"], rows.scale["sd"], strict=True))
    return dict.fromkeys(sd, 1.0) if spec.options.outcome == "share" else sd


def refit(rows: ModelRows, spec: Spec, seed: int) -> Check:
    """The quick fit of a spec to rows."""
    model = collapsed.posterior(collapsed.prepare(build(rows.frame, spec)), settings_of(spec), seed)
    columns, maps = interactions(model)
    found = collapsed.bayes_fit(model, spec)
    terms = terms_in_seconds(model.mixture(maps), columns, spec, sd_of(rows, spec))
    return Check(terms, found.units, len(np.unique(dyad_of_units(rows.frame, spec))), found.failed, found.notes)


def dyad_of_units(frame: pd.DataFrame, spec: Spec) -> np.ndarray:
    """The dyad of each unit of the design, by the unit's number there."""
    units = entered(frame, spec)[0].drop_duplicates("unit")
    return units.sort_values("unit")["dyad_id"].to_numpy(str)


def other_prior(rows: ModelRows, spec: Spec, seed: int) -> Check:
    """The same rows with the other prior of the variances."""
    other = "weak" if spec.options.prior == "mlwin" else "mlwin"
    return refit(rows, spec.changed(options={"prior": other}), seed)


def other_pooling(rows: ModelRows, spec: Spec, seed: int) -> Check:
    """The same rows with the exposure x behaviour terms drawn towards each other, or without when they are."""
    return refit(rows, spec.changed(options={"pooled": not spec.options.pooled}), seed)


def before_recording(
    source: Source, spec: Spec, observations: pd.DataFrame, exposure: tuple[float, float], seed: int
) -> Check:
    """Only units whose score was taken before the recording. `exposure`: mean and SD that z stands on."""
    chosen = spec.changed(options={"score_timing": "before_recording", "standardise": exposure})
    return refit(rows_from(source, chosen, observations), chosen, seed)


def both_cameras(
    source: Source, spec: Spec, observations: pd.DataFrame, exposure: tuple[float, float], seed: int
) -> Check:
    """Only recordings with usable footage of both head-cameras."""
    chosen = spec.changed(options={"standardise": exposure})
    return refit(rows_from(source, chosen, observations[observations["camera_count"] == CAMERAS]), chosen, seed)


def compared(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Both sets of terms side by side (`*_before`, `*_after`) with `shift`: seconds per 5 minutes after minus before.
    A term that one of them does not have is missing there.
    """
    numbers = [*TERM, "mean", "seconds", "seconds_low", "seconds_high", "evidence", "rows", "units"]
    both = before[numbers].merge(after[numbers], on=TERM, how="outer", suffixes=("_before", "_after"), sort=False)
    order = {name: place for place, name in enumerate(zip(before["response"], before["code"], strict=True))}
    place = [order.get(name, len(order)) for name in zip(both["response"], both["code"], strict=True)]
    both = both.iloc[np.argsort(place, kind="stable")].reset_index(drop=True)
    return both.assign(shift=both["seconds_after"] - both["seconds_before"])


def changed(both: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compared` whose part in the conclusion differs: clear or suggestive, and in which direction."""
    return both[verdict(both, "before") != verdict(both, "after")]


def verdict(both: pd.DataFrame, when: str) -> pd.Series:
    """'clear more', 'suggestive less', ... or '' where nothing is concluded."""
    said = both[f"evidence_{when}"].fillna("none")
    way = np.where(both[f"mean_{when}"] > 0, " more", " less")
    return (said + way).where(said.isin(["clear", "suggestive"]), "")


def completers(source: Source, spec: Spec, observations: pd.DataFrame) -> pd.DataFrame:
    """Seconds per 5 minutes of recordings with the exposure (first) and without it (second), per side and behaviour
    (see `cluster_contrasts`).
    """
    units = of_protocol(spec, observations, Flow(len(observations)))
    found = exposures(spec, units, source)
    known = found["exposure"].notna() & ~found["late"].astype(bool)
    return _contrasts(source, spec, units.assign(first=known))


def cameras(source: Source, spec: Spec, observations: pd.DataFrame) -> pd.DataFrame:
    """The same for recordings with usable footage of one head-camera (first) and of both (second)."""
    units = of_protocol(spec, observations, Flow(len(observations)))
    units = units[units["camera_count"].notna()]
    return _contrasts(source, spec, units.assign(first=units["camera_count"] != CAMERAS))


def _contrasts(source: Source, spec: Spec, units: pd.DataFrame) -> pd.DataFrame:
    """Contrasts of the column `first` of units; rows: response, code, ... in scheme order."""
    level = source.level
    mine = level["subject"].isin(SIDES.values()) & level["observation_id"].isin(units["observation_id"])
    shares = share_of_time(level[mine], spec.options.denominator)
    kept = shares["share"].notna() & (shares["observed"] | (spec.options.zeros == "include"))
    values = shares[kept].merge(units[["observation_id", "dyad_id", "first"]], on="observation_id")
    names = {subject: response for response, subject in SIDES.items()}
    values = values.assign(
        seconds=values["share"] * FIVE_MINUTES_S,
        response=pd.Categorical(values["subject"].astype(str).map(names), list(SIDES), ordered=True),
    )
    found = cluster_contrasts(values, ["response", "code"], "seconds", "first")
    return found.astype({"response": "str", "code": "str"})


def influence(rows: ModelRows, spec: Spec, model: Posterior) -> Influence:
    """The fit without each dyad in turn (of many dyads: without each of the most influential ones)."""
    labels = dyad_of_units(rows.frame, spec)
    columns, maps = interactions(model)
    groups = groups_of(model, labels)
    chosen = _chosen(model, groups, maps)
    fragile = fragile_dyads(rows.frame, spec)
    quick = Groups(
        tuple(groups.labels[place] for place in chosen if groups.labels[place] not in fragile),
        tuple(groups.blocks[place] for place in chosen if groups.labels[place] not in fragile),
    )
    sd = sd_of(rows, spec)
    parts, cold = [], [groups.labels[place] for place in chosen if groups.labels[place] in fragile]
    for one in leave_out(model, quick, maps):
        if one.mixture is None:
            cold.append(one.group)
            continue
        parts.append(_of_dyad(one, columns, spec, sd))
    refused = []
    for dyad in cold:
        try:
            found = refit(replace(rows, frame=rows.frame[rows.frame["dyad_id"] != dyad]), spec, model.seed)
            parts.append(found.terms.assign(dyad=dyad))
        except ModelRefused:
            refused.append(str(dyad))
    recordings = pd.Series(labels).value_counts()
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*TERM, "dyad"])
    frame = frame.assign(recordings=frame["dyad"].map(recordings))
    return Influence(frame, len(groups.labels), len(chosen), tuple(refused))


def _of_dyad(one: Without, columns: list[Column], spec: Spec, sd: dict[str, float]) -> pd.DataFrame:
    return terms_in_seconds(one.mixture, columns, spec, sd).assign(dyad=one.group)


def _chosen(model: Posterior, groups: Groups, maps: np.ndarray) -> np.ndarray:
    """Positions of the dyads to leave out."""
    if len(groups.labels) <= MOST_DYADS:
        return np.arange(len(groups.labels))
    return np.sort(np.argsort(-first_guess(model, groups, maps), kind="stable")[:MOST_DYADS])


def fragile_dyads(frame: pd.DataFrame, spec: Spec) -> set[object]:
    """Dyads without which a behaviour cannot be estimated on a side that can be estimated with them."""
    found = set()
    for response in SIDES:
        values = frame[frame[f"y_{response}"].notna()]
        for _, mine in values.groupby("code", observed=True):
            if len(mine) >= FRAGILE:
                continue
            for dyad, own in mine.groupby("dyad_id"):
                rest = mine.drop(index=own.index)
                if len(rest) < spec.options.fewest_rows or np.ptp(rest["z"].to_numpy(float)) < 1e-8:
                    found.add(dyad)
    return found
