"""The rows of a model: one per unit (recording) x behaviour, with both sides' values, the exposure and the covariates,
and what was lost on the way, with the reason.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
from scipy.special import ndtri

from pipeline.catalogue.spec import Spec
from pipeline.errors import listed
from pipeline.measures.shares import share_of_time
from pipeline.models.fit import ModelRefused, Note
from pipeline.steps.fit_exposure import FIXED, TOO_LATE, column_of, exposures, refuse_idle, standardised
from pipeline.steps.fit_source import Source, source_of

SIDES = {"infant": "infant", "caregiver": "caregiver1"}
"""Response of a model -> subject of the coding (the caregiver filmed)."""
BLOM = (0.375, 0.25)
"""Normal scores: quantile of (rank - 3/8) / (n + 1/4)."""


@dataclass(frozen=True)
class ModelRows:
    """Rows ready for `pipeline.models.design`.

    `frame`: unit, dyad_id, family_id, code (categories in scheme order), share_infant, share_caregiver, y_infant,
    y_caregiver, and with an exposure: person, exposure, z; then the covariates under their names in the spec. `flow`:
    stage (recordings, units, values), reason, lost, left. `scale`: per response the number of values and the mean and
    SD (n - 1) of their shares. `exposure`: mean and SD that z stands on, nan without one.
    """

    frame: pd.DataFrame
    flow: pd.DataFrame
    scale: pd.DataFrame
    exposure: tuple[float, float] = (np.nan, np.nan)

    @property
    def units(self) -> int:
        """Number of units."""
        return int(self.frame["unit"].nunique())

    @property
    def notes(self) -> tuple[Note, ...]:
        """The losses of recordings and units as notes of a fit."""
        lost = self.flow[(self.flow["lost"] > 0) & (self.flow["stage"] != "values")]
        words = {stage: stage.removesuffix("s") for stage in ("recordings", "units")}
        return tuple(
            Note("lost", f"{row.lost} {row.stage if row.lost != 1 else words[row.stage]} did not enter: {row.reason}.")
            for row in lost.itertuples()
        )


class Flow:
    """Counts what is left after each step."""

    def __init__(self, left: int) -> None:
        self.rows: list[tuple[str, str, int, int]] = [("recordings", "in the selection", 0, left)]

    def step(self, stage: str, reason: str, left: int, lost: int | None = None) -> None:
        """A step that left `left`; steps that cost nothing are not listed."""
        gone = self.rows[-1][3] - left if lost is None else lost
        if gone:
            self.rows.append((stage, reason, gone, left))

    def total(self, stage: str, reason: str, left: int) -> None:
        """A line that only counts."""
        self.rows.append((stage, reason, 0, left))

    @property
    def frame(self) -> pd.DataFrame:
        """stage, reason, lost, left."""
        return pd.DataFrame(self.rows, columns=["stage", "reason", "lost", "left"])


def rows_of(cursor: duckdb.DuckDBPyConnection, spec: Spec, observations: pd.DataFrame) -> ModelRows:
    """The rows of a spec from the stored durations of the analysed coder; `observations` are the selected rows of the
    wide observation frame. ModelRefused or StudyError says what cannot be used.
    """
    return rows_from(source_of(cursor, spec), spec, observations)


def rows_from(source: Source, spec: Spec, observations: pd.DataFrame) -> ModelRows:
    """The same from what was read before."""
    refuse_idle(spec)
    refuse_reference(source, spec)
    flow = Flow(len(observations))
    units = complete_units(source, spec, of_protocol(spec, observations, flow), flow)
    values = values_of(source, spec, units, flow)
    before = len(units)
    units = units[units["observation_id"].isin(values["observation_id"].unique())]
    flow.step("units", "no behaviour with a value", len(units), before - len(units))
    flow.total("units", "entered", len(units))
    flow.total("values", "entered", len(values))
    units, exposure = with_z(units, spec)
    frame, scale = side_by_side(values, units, spec)
    return ModelRows(frame, flow.frame, scale, exposure)


def with_z(units: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, tuple[float, float]]:
    """The units with z where the spec has an exposure, and the mean and SD that z stands on (nan without one)."""
    if not spec.exposure:
        return units, (np.nan, np.nan)
    z, mean, sd = standardised(units, spec)
    return units.assign(z=z), (mean, sd)


def refuse_reference(source: Source, spec: Spec) -> None:
    """Refuses a reference that the group does not have, or that the denominator takes out of the time."""
    codes = source.level.drop_duplicates("code").set_index("code")["unobservable"]
    if spec.reference not in codes.index:
        text = f"{spec.title}: '{spec.reference}' is not a code of {source.title}."
        raise ModelRefused(f"{text} Name another reference: {', '.join(source.level['code'].cat.categories)}.")
    if spec.options.denominator == "observable" and codes[spec.reference]:
        text = f"{spec.title}: time in which the behaviour could be seen does not hold the reference"
        text = f"{text} '{spec.reference}'. Name another reference, or another denominator."
        raise ModelRefused(text)


def of_protocol(spec: Spec, observations: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    """The recordings of the spec's protocol; of the only one when the spec names none."""
    found = sorted(observations["protocol"].dropna().unique())
    if spec.protocol is None:
        if len(found) > 1:
            text = f"{spec.title}: the recordings are of {len(found)} protocols ({listed(found)}), and one analysis"
            raise ModelRefused(f"{text} uses one. Name the protocol.")
        return observations
    kept = observations[observations["protocol"] == spec.protocol]
    if kept.empty:
        text = f"{spec.title}: no recording of the protocol '{spec.protocol}' is in the selection."
        raise ModelRefused(f"{text} Its protocols: {listed(found) or 'none'}.")
    flow.step("recordings", f"another protocol than {spec.protocol}", len(kept))
    return kept


def complete_units(source: Source, spec: Spec, observations: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    """The coded recordings with the exposure and every covariate of the ladder, under the spec's names."""
    sides = source.level[source.level["subject"].isin(SIDES.values())]
    units = observations[observations["observation_id"].isin(sides["observation_id"].unique())]
    flow.step("units", f"not coded for {source.title}", len(units))
    columns = {name: column_of(name, observations, source) for name in dict.fromkeys(spec.ladder)}
    if taken := sorted(set(columns) & {*FIXED, "observation_id", "dyad_id", "family_id"}):
        raise ModelRefused(f"The column '{taken[0]}' cannot be a covariate: the model uses the name itself. Rename it.")
    named = {name: units[column] for name, column in columns.items()}
    kept = units[["observation_id", "dyad_id", "family_id"]].assign(**named)
    if spec.exposure:
        kept = kept.join(exposures(spec, units, source))
        whose = f"the partner's {spec.exposure}" if spec.options.whose_score == "partner" else spec.exposure
        for lost, reason in ((kept["late"], TOO_LATE), (kept["exposure"].isna(), f"no value of {whose}")):
            kept = kept[~lost.reindex(kept.index).astype(bool)]
            flow.step("units", reason, len(kept))
    labels = {one.column: one.label for one in spec.covariates}
    labels |= {spec.moderator.column: spec.moderator.label} if spec.moderator else {}
    for name in columns:
        kept = kept[kept[name].notna()]
        flow.step("units", f"no value of {labels[name]}", len(kept))
    return kept


def possible_shares(source: Source, spec: Spec, units: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    """The share of each behaviour of each side that could occur, zeros among them (see `share_of_time`)."""
    level = source.level
    mine = level["subject"].isin(SIDES.values()) & level["observation_id"].isin(units["observation_id"])
    shares = share_of_time(level[mine], spec.options.denominator)
    flow.total("values", "behaviours x sides that could occur", len(shares))
    if spec.options.denominator == "observable":
        shares = shares[~shares["unobservable"]]
        flow.step("values", "not part of the time in which the behaviour could be seen", len(shares))
    return shares


def values_of(source: Source, spec: Spec, units: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    """The shares that enter, one row per unit x side x behaviour: observation_id, subject, code, share."""
    kept = possible_shares(source, spec, units, flow)
    if spec.options.zeros == "observed":
        kept = kept[kept["observed"]]
        flow.step("values", "the behaviour never occurred", len(kept))
    kept = kept[kept["share"].notna()]
    flow.step("values", f"no {spec.options.denominator} time", len(kept))
    return kept[["observation_id", "subject", "code", "share"]]


def side_by_side(values: pd.DataFrame, units: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows of unit x behaviour with both sides, scale of each side)."""
    scale, sides = [], []
    for response, subject in SIDES.items():
        mine = values[values["subject"] == subject].astype({"observation_id": "str"})
        share = mine["share"].to_numpy(float)
        mean, sd = (share.mean(), share.std(ddof=1)) if len(share) > 1 else (np.nan, np.nan)
        scale.append((response, len(share), float(mean), float(sd)))
        mine = mine.assign(**{f"share_{response}": share, f"y_{response}": outcome(share, spec, mean, sd)})
        sides.append(mine.drop(columns=["subject", "share"]).set_index(["observation_id", "code"]))
    frame = pd.concat(sides, axis=1).reset_index()
    frame["code"] = pd.Categorical(
        frame["code"], values["code"].cat.categories, ordered=True
    ).remove_unused_categories()
    frame = frame.merge(units.drop(columns="late", errors="ignore"), on="observation_id", how="left")
    frame = frame.sort_values(["observation_id", "code"], ignore_index=True).rename(columns={"observation_id": "unit"})
    return frame, pd.DataFrame(scale, columns=["response", "values", "mean", "sd"])


def outcome(share: np.ndarray, spec: Spec, mean: float, sd: float) -> np.ndarray:
    """The shares of one side as the spec's outcome: z, the share itself, or normal scores (ties share their rank)."""
    if spec.options.outcome == "share":
        return share
    if spec.options.outcome == "normal_scores":
        rank = pd.Series(share).rank().to_numpy(float)
        return ndtri((rank - BLOM[0]) / (len(share) + BLOM[1]))
    return (share - mean) / sd if sd > 0 else np.zeros(len(share))
