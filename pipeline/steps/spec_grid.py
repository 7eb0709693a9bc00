"""The grid of a specification curve: which choices an analysis could have made, and what each is in its spec."""

from dataclasses import dataclass
from itertools import product

import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.steps.fit_exposure import AFTER, column_of
from pipeline.steps.fit_source import Source
from pipeline.steps.fit_splits import Split


@dataclass(frozen=True)
class CovariateSet:
    """Covariates (columns) of one fit, and those of them that also enter as a product with each behaviour."""

    name: str
    columns: tuple[str, ...] = ()
    by_code: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stratum:
    """Recordings with one value of a column; all recordings where `column` is empty."""

    name: str = "all"
    column: str = ""
    value: str = ""


@dataclass(frozen=True)
class Cell:
    """The choices that decide which rows enter: fits that share them share their rows."""

    denominator: str
    zeros: str
    outcome: str
    timing: str
    stratum: Stratum


@dataclass(frozen=True)
class Grid:
    """Levels of each choice; every combination is one fit."""

    covariates: tuple[CovariateSet, ...]
    denominators: tuple[str, ...]
    zeros: tuple[str, ...]
    outcomes: tuple[str, ...]
    priors: tuple[str, ...]
    strata: tuple[Stratum, ...]
    timings: tuple[str, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every combination of the choices that decide the rows."""
        parts = product(self.denominators, self.zeros, self.outcomes, self.timings, self.strata)
        return tuple(Cell(*one) for one in parts)

    @property
    def size(self) -> int:
        """Number of fits."""
        return len(self.cells) * len(self.covariates) * len(self.priors)


def own_cell(spec: Spec) -> Cell:
    """The cell of the spec itself: all recordings, and its own options."""
    options = spec.options
    return Cell(options.denominator, options.zeros, options.outcome, options.score_timing, Stratum())


def own_set(spec: Spec) -> CovariateSet:
    """The covariates of the spec itself."""
    used = tuple(one.column for one in spec.adjusted_for)
    return CovariateSet("as pre-specified", used, tuple(one for one in spec.by_code if one in used))


def covariate_sets(spec: Spec) -> tuple[CovariateSet, ...]:
    """The pre-specified set first, then none, then those of the other rungs with the exposure; no set twice."""
    own = own_set(spec)
    found = [own, CovariateSet("none")]
    for rung in spec.rungs:
        if rung.exposure and rung.covariates:
            columns = tuple(one.column for one in spec.covariates if one.column in rung.covariates)
            found.append(CovariateSet(_listed(spec, columns), columns))
    return unique(found)


def further_sets(spec: Spec) -> tuple[CovariateSet, ...]:
    """Sets that may be added: the pre-specified one without each covariate in turn, and with each covariate's products
    with the behaviours (many coefficients: with few rows they carry the estimates far).
    """
    own, labels = own_set(spec), {one.column: one.label for one in spec.covariates}
    less = [
        CovariateSet(
            f"without {labels[column].lower()}",
            tuple(one for one in own.columns if one != column),
            tuple(one for one in own.by_code if one != column),
        )
        for column in own.columns
    ]
    more = [
        CovariateSet(f"with {labels[column].lower()} x behaviour", own.columns, (*own.by_code, column))
        for column in own.columns
        if column not in own.by_code
    ]
    return tuple(one for one in unique([*covariate_sets(spec), *less, *more]) if one not in covariate_sets(spec))


def unique(sets: list[CovariateSet]) -> tuple[CovariateSet, ...]:
    """The sets without those that repeat an earlier one."""
    first_of = {(one.columns, one.by_code): one for one in reversed(sets)}
    return tuple(one for one in sets if first_of[one.columns, one.by_code] is one)


def _listed(spec: Spec, columns: tuple[str, ...] | list[str]) -> str:
    """Labels of up to two covariates, else how many they are."""
    labels = {one.column: one.label for one in spec.covariates}
    if len(columns) > 2:
        return f"{len(columns)} covariates"
    return " and ".join(labels[one] for one in columns).lower()


def strata_of(split: Split | None) -> tuple[Stratum, ...]:
    """All recordings, and those of each value of a split."""
    if split is None:
        return (Stratum(),)
    return (Stratum(), *(Stratum(f"{value} only", split.column, value) for value in split.levels))


def late_scores(source: Source, spec: Spec, observations: pd.DataFrame) -> int:
    """Recordings whose score was taken after them: without any, the timing of scores changes nothing."""
    if spec.exposure is None or not column_of(spec.exposure, observations, source).startswith("score:"):
        return 0
    scores = source.scores[(source.scores["instrument"] == spec.exposure) & source.scores["total"].notna()]
    late = scores.loc[scores["phase"] == AFTER, "observation_id"]
    return int(observations["observation_id"].isin(late).sum())


def default_grid(source: Source, spec: Spec, observations: pd.DataFrame, split: Split | None = None) -> Grid:
    """The grid of a spec; its own choice stands first in each list.

    Left out, because they add no fit of their own: raw shares (in seconds the same fit as z, see `Options.outcome`),
    a denominator that takes the reference out of the time, and the timing of scores where all were taken before.
    """
    level = source.level.drop_duplicates("code").set_index("code")["unobservable"]
    denominators = ["session", "coded"]
    if not level.get(spec.reference, True):
        denominators.append("observable")
    timings = ["named", "before_recording"] if late_scores(source, spec, observations) else ["named"]
    options = spec.options
    return Grid(
        covariate_sets(spec),
        first(options.denominator, denominators),
        first(options.zeros, ["observed", "include"]),
        first(options.outcome, ["normalised", "normal_scores"] if options.outcome != "share" else ["normal_scores"]),
        first(options.prior, ["mlwin", "weak"]),
        strata_of(split),
        first(options.score_timing, timings),
    )


def first(own: str, levels: list[str]) -> tuple[str, ...]:
    """The spec's own level, then the others."""
    return (own, *(one for one in levels if one != own))
