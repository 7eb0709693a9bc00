"""The sample description and the comparison of those with and without a score, of a selection of observations."""

import json

import pandas as pd

from pipeline.measures.completers import compare_completers
from pipeline.measures.describe import Characteristic, describe, levels_of, name_no_rare, one_per
from pipeline.steps.overview import Study
from pipeline.steps.release import ReleaseSpec

BIRTH_ORDER = ("first", "second", "third", "fourth", "third or later")
LEVEL_UNITS = {
    "families": "families",
    "people": "caregivers",
    "infants": "infants",
    "dyads": "dyads",
    "observations": "observations",
}

SAMPLE = ReleaseSpec(
    labels=("characteristic", "level", "unit"),
    counts=("n", "missing"),
    percents=(("percent", "n"),),
    statistics=tuple((column, "n") for column in ("mean", "sd", "median", "q1", "q3")),
    extremes=("low", "high"),
    margins=(("characteristic", "unit"),),
)
COMPLETERS = ReleaseSpec(
    labels=("characteristic", "level"),
    counts=("n_complete", "n_missing"),
    percents=(("percent_complete", "n_complete"), ("percent_missing", "n_missing")),
    statistics=tuple((f"{what}_{group}", f"n_{group}") for group in ("complete", "missing") for what in ("mean", "sd"))
    + (("difference", "n_missing"), ("chance_limit", "n_missing")),
    margins=(("characteristic",),),
    across=(("n_complete", "n_missing"),),
)


def sample(selected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The sample description: one row per number and per level of a category, each per the unit it belongs to."""
    cameras = selected["camera_count"].map({1: "one", 2: "two"})
    observations = selected.assign(minutes=selected["length_ms"] / 60_000, cameras=cameras)
    counted = selected.groupby("family_id").agg(infants=("infant_id", "nunique"), adults=("caregiver_id", "nunique"))
    counted = counted.where(counted < 2, 2).replace({1: "one", 2: "two or more"})
    units = {
        "observations": observations,
        "dyads": one_per(selected, "dyad_id"),
        "infants": one_per(selected, "infant_id"),
        "caregivers": one_per(selected, "caregiver_id"),
        "families": one_per(selected, "family_id").join(counted, on="family_id"),
    }
    for role in levels_of(selected["role"]):
        units[role] = units["caregivers"][units["caregivers"]["role"] == role]
    return describe(units, (*_characteristics(observations), *_of_variables(study.variables)))


def completers(selected: pd.DataFrame, study: Study, instrument: str, least: int = 0) -> pd.DataFrame:
    """Families with and without a score of the main caregiver (the one filmed most often), compared.

    Levels of fewer than `least` families are merged with their neighbour first: for files that are masked afterwards.
    """
    families = by_family(selected, study.parents)
    complete = families[f"score:{instrument}"].notna()
    wanted = of_families(families, study.variables)
    for what in wanted:
        if least and what.kind == "category":
            families[what.column], _ = name_no_rare(families[what.column], what.levels, least)
    return compare_completers(families, complete, wanted)


def _characteristics(frame: pd.DataFrame) -> tuple[Characteristic, ...]:
    """What is described of every study, left out where nothing is recorded."""
    wanted = [
        Characteristic("activity", "Activity", "observations", "category"),
        Characteristic("role", "Caregiver filmed", "observations", "category"),
        Characteristic("visit", "Visit", "observations", "category"),
        Characteristic("minutes", "Length (minutes)", "observations", "numeric"),
        Characteristic("camera", "Camera", "observations", "category"),
        Characteristic("cameras", "Cameras with usable film", "observations", "category", ("one", "two")),
        Characteristic("infant_age_months", "Infant's age at first recording (months)", "infants", "numeric"),
        Characteristic("child_sex", "Infant's sex", "infants", "category", ("female", "male")),
        Characteristic("birth_order", "Infant's birth order", "infants", "category", BIRTH_ORDER),
    ]
    least = {"visit": 2}
    kept = [what for what in wanted if frame[what.column].nunique() >= least.get(what.column, 1)]
    ages = [
        Characteristic("caregiver_age_years", f"Age of {role} (years)", role, "numeric")
        for role in levels_of(frame["role"])
        if frame.loc[frame["role"] == role, "caregiver_age_years"].notna().any()
    ]
    family = [
        Characteristic("infants", "Infants per family", "families", "category", ("one", "two or more")),
        Characteristic("adults", "Caregivers filmed per family", "families", "category", ("one", "two or more")),
    ]
    return (*kept, *ages, *family)


def _of_variables(variables: pd.DataFrame) -> tuple[Characteristic, ...]:
    return tuple(
        Characteristic(
            f"var:{row.name}",
            f"{row.label} ({row.unit})" if row.unit else row.label,
            LEVEL_UNITS.get(row.level, "observations"),
            "numeric" if row.kind == "numeric" else "category",
            tuple(json.loads(row.levels)),
        )
        for row in variables.itertuples(index=False)
    )


def by_family(selected: pd.DataFrame, parents: pd.DataFrame) -> pd.DataFrame:
    """One row per family: the earliest recording with its main caregiver, and `age:<role>` of all its adults."""
    times_filmed = selected.groupby(["family_id", "caregiver_id"])["observation_id"].transform("size")
    order = ["times_filmed", "infant_age_months", "observation_id"]
    ordered = selected.assign(times_filmed=-times_filmed).sort_values(order, na_position="last")
    families = ordered.drop_duplicates("family_id").set_index("family_id")
    for role, rows in parents.groupby("role"):
        families[f"age:{role}"] = rows.set_index("family_id")["age_years"].reindex(families.index)
    return families


def of_families(families: pd.DataFrame, variables: pd.DataFrame) -> tuple[Characteristic, ...]:
    """What is described of every family, in order; left out where nothing is recorded."""
    ages = [column for column in families if column.startswith("age:")]
    known = (
        *(Characteristic(column, f"Age of {column[4:]} (years)", "families", "numeric") for column in ages[::-1]),
        Characteristic("infant_age_months", "Infant's age (months)", "families", "numeric"),
        Characteristic("child_sex", "Infant's sex", "families", "category", ("female", "male")),
        Characteristic("birth_order", "Birth order", "families", "category", BIRTH_ORDER),
        Characteristic("camera", "Camera", "families", "category", ("old", "new")),
        Characteristic("role", "Main caregiver of the interaction", "families", "category", ("mother", "father")),
    )
    return tuple(what for what in (*known, *_of_variables(variables)) if families[what.column].notna().any())
