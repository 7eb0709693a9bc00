"""What a study offers to a model: exposures, covariates, and an analysis for a behaviour group that the catalogue has
none for.
"""

import json
import re
from dataclasses import dataclass

import pandas as pd

from pipeline.catalogue.spec import Covariate, Rung, Spec
from pipeline.models.fit import ModelRefused
from pipeline.steps.fit_rows import SIDES

RECORDED = 0.9
"""A covariate enters a generic analysis by itself when this part of the recordings has it: each one missing costs its
units.
"""
MOST_LEVELS = 12
"""A categorical covariate with more levels than this is a name, not a group."""
CONFOUNDER = "caregiver_age_years"
COLUMNS = (
    (CONFOUNDER, "Parental age (years)", "numeric"),
    ("infant_age_months", "Child age (months)", "numeric"),
    ("child_sex", "Child sex", "categorical"),
    ("role", "Caregiver role", "categorical"),
    ("birth_order", "Birth order", "categorical"),
    ("camera", "Camera", "categorical"),
    ("activity", "Activity", "categorical"),
    ("visit", "Visit", "categorical"),
)
"""Columns of every study that can adjust: name, label, kind. The visit says much the same as the age: it is offered,
but enters no analysis by itself.
"""
BY_ITSELF = tuple(name for name, _, _ in COLUMNS if name != "visit")
NUMBERS = (("infant_age_months", "Infant age", "months"), ("caregiver_age_years", "Caregiver age", "years"))
TWO_LEVELS = (("role", "Caregiver role"), ("child_sex", "Child sex"), ("camera", "Camera"))
"""Columns that can be an exposure: numbers with their unit, and two words."""


@dataclass(frozen=True)
class Exposure:
    """Something a model can be asked about. `name`: as a spec names it; `label`: in words; `unit`: of its numbers;
    `levels`: (compared with, other) of a two-level one; `score`: whether it is a questionnaire.
    """

    name: str
    label: str
    unit: str = "points"
    levels: tuple[str, ...] = ()
    score: bool = False

    @property
    def options(self) -> dict[str, object]:
        """What it sets in a spec: two levels stay 0 and 1, so that a coefficient is their difference."""
        return {"standardise": (0.0, 1.0)} if self.levels else {}

    def step(self, sd: float) -> str:
        """What a coefficient stands for: '1 SD (4.6 points)', or 'father rather than mother'."""
        return f"{self.levels[1]} rather than {self.levels[0]}" if self.levels else f"1 SD ({sd:.1f} {self.unit})"


def exposures_of(instruments: pd.DataFrame, variables: pd.DataFrame, observations: pd.DataFrame) -> dict[str, Exposure]:
    """Words on the screen -> exposure: every questionnaire, then numbers and two-level columns that vary."""
    found = {
        f"{one.instrument}: {one.short_title.lower()}": Exposure(one.instrument, one.instrument, score=True)
        for one in instruments.itertuples()
        if observations[f"score:{one.instrument}"].nunique() > 1
    }
    for name, label, unit in NUMBERS:
        if observations[name].nunique() > 1:
            found[f"{label} ({unit})"] = Exposure(name, _inside(label), unit)
    for name, label in TWO_LEVELS:
        found |= _two_levels(name, label, observations[name])
    for one in variables.itertuples():
        values = observations[f"var:{one.name}"]
        if one.kind == "numeric":
            words = f"{one.label} ({one.unit})" if one.unit else one.label
            found |= {words: Exposure(one.name, _inside(one.label), one.unit or "")} if values.nunique() > 1 else {}
        else:
            found |= _two_levels(one.name, one.label, values, tuple(json.loads(one.levels or "[]")))
    return found


def _two_levels(name: str, label: str, values: pd.Series, known: tuple[str, ...] = ()) -> dict[str, Exposure]:
    """A column of two words as an exposure, in the order in which the rows have them as 0 and 1: the study's own, or
    the alphabet's.
    """
    seen = sorted(set(values.dropna().astype(str)))
    if len(seen) != 2 or len(known) not in (0, 2):
        return {}
    levels = known or tuple(seen)
    return {f"{label}: {levels[1]} or {levels[0]}": Exposure(name, _inside(label), "", levels)}


def _inside(label: str) -> str:
    """A label inside a sentence: 'Infant age' -> 'infant age'; an acronym stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def covariates_of(observations: pd.DataFrame, variables: pd.DataFrame, exposure: str | None = None) -> list[Covariate]:
    """Every column and study variable that can adjust: it varies, and it is not the exposure."""
    offered = [(name, name, label, kind) for name, label, kind in COLUMNS]
    offered += [
        (one.name, f"var:{one.name}", one.label, "numeric" if one.kind == "numeric" else "categorical")
        for one in variables.itertuples()
    ]
    found = []
    for name, column, label, kind in offered:
        values = observations[column] if column in observations else pd.Series(dtype=float)
        if name != exposure and 1 < values.nunique() <= (MOST_LEVELS if kind == "categorical" else len(values)):
            found.append(Covariate(column=name, label=label, kind=kind))
    return found


def generic_spec(
    place: tuple[str, str], title: str, reference: str, exposure: Exposure, observations: pd.DataFrame
) -> Spec:
    """An analysis of the behaviour group `place` (scheme, group) with the published ladder of models: nothing,
    behaviours, the exposure, the putative confounder (the caregiver's age) where it is recorded, then every other
    covariate that nearly all recordings have. No hypotheses.
    """
    every = [
        one
        for one in covariates_of(observations, pd.DataFrame(columns=["name"]), exposure.name)
        if one.column in BY_ITSELF and observations[one.column].notna().mean() >= RECORDED
    ]
    columns = tuple(one.column for one in every)
    rungs = [Rung(title="Model 0: null"), Rung(title="Model 1: behaviours", codes=True)]
    rungs.append(Rung(title="Model 2: unadjusted", codes=True, exposure=True))
    if CONFOUNDER in columns and len(columns) > 1:
        rungs.append(_adjusted("Model 3: adjusted for parental age", (CONFOUNDER,)))
    if columns:
        rungs.append(_adjusted(f"Model {len(rungs)}: fully adjusted", columns))
    spec = Spec(
        name=name_of(place[1], exposure),
        title=f"{title} and {exposure.label}",
        scheme=place[0],
        behaviour_group=place[1],
        reference=reference,
        exposure=exposure.name,
        rung=len(rungs) - 1,
        rungs=tuple(rungs),
        covariates=tuple(every),
    )
    return spec.changed(options=exposure.options)


def _adjusted(title: str, columns: tuple[str, ...]) -> Rung:
    return Rung(title=title, codes=True, exposure=True, covariates=columns)


def name_of(behaviour_group: str, exposure: Exposure) -> str:
    """The name of an analysis that the catalogue does not hold, as specs have them."""
    found = re.sub(r"[^a-z0-9]+", "_", f"{behaviour_group}_{exposure.name}".lower()).strip("_")
    return found if found[:1].isalpha() else f"group_{found}"


def reference_of(level: pd.DataFrame, named: str | None) -> str:
    """The code that the scheme names as reference; without one the code that both sides show most often (`level`: see
    `pipeline.measures.shares.level_one`). ModelRefused when no code occurs on both sides.
    """
    if named:
        return named
    seen = level[level["observed"] & level["subject"].isin(SIDES.values())]
    counts = seen.groupby(["code", "subject"], observed=False).size().unstack("subject", fill_value=0)
    both = counts.reindex(columns=list(SIDES.values()), fill_value=0).min(axis=1)
    if both.empty or both.max() == 0:
        raise ModelRefused("No behaviour of this group occurs in both infant and caregiver. Choose another group.")
    return str(both.idxmax())


def both_sides(codes: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """(scheme, group) -> whether the scheme has codes for infant and for caregiver: the model describes both."""
    found: dict[tuple[str, str], bool] = {}
    for place, rows in codes.groupby(["scheme", "behaviour_group"], sort=False):
        subjects = {subject for text in rows["subjects"] for subject in text.split(",")}
        found[place] = set(SIDES.values()) <= subjects
    return found
