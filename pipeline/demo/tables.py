"""The tables beside the coded files: families, people, dyads, recordings, covariates, media and questionnaires, as a
lab would keep them.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.demo.questionnaires import Answers
from pipeline.demo.sample import Sample, scaled

ACTIVITY_WORDS = {
    "feeding": "Feeding",
    "stacking": "Stacking",
    "free_play": "Free play",
    "bedtime": "Bedtime",
    "reading": "Reading",
}
PRECONCEPTION_SHARE = 0.03
POSTPARTUM_SHARE = 0.07
SKIPPED_ITEMS = {"EPDS": 3, "SAPAS": 2}
"""Of the caregivers without a score, so many handed in a questionnaire with a question left open (at 97 families)."""


def write_tables(
    folder: Path,
    sample: Sample,
    answered: dict[str, Answers],
    media: pd.DataFrame,
    more: Mapping[str, pd.DataFrame],
    rng: np.random.Generator,
) -> None:
    """Writes the tables of the study below `folder`/tables; media has columns observation_id, view, path, offset_ms;
    `more`: further rows of the tables, by name.
    """
    tables = folder / "tables"
    tables.mkdir(parents=True, exist_ok=True)
    whole = {name: pd.concat([rows, more[name]] if name in more else [rows]) for name, rows in _rows(sample).items()}
    for name in ("families", "dyads", "observations"):
        write_csv(tables / f"{name}.csv", whole[name])
    for name in ("people", "covariates"):
        write_csv(tables / f"{name}.csv", whole[name], sep=";", decimal=",")
    write_csv(tables / "media.csv", media)
    _epds(tables / "epds.csv", sample, answered["EPDS"], rng)
    _sapas(tables / "sapas.csv", sample, answered["SAPAS"], rng)


def _rows(sample: Sample) -> dict[str, pd.DataFrame]:
    """Families, people, dyads, covariates and recordings of the sample, by the name of their table."""
    dyads = sample.dyads
    family_ids = sample.families["family_id"].to_numpy()
    caregivers = sample.caregivers["person_id"].to_numpy()[dyads["family"]]
    ages = sample.caregivers["age_years"].to_numpy()[dyads["family"]]
    parent = dyads["role"].str.capitalize()
    covariates = dyads[["dyad_id"]].assign(
        parental_age=ages,
        infant_sex=dyads["child_sex"].str[0],
        birth_order=dyads["birth_order"],
        primary_caregiver=parent,
    )
    pairs = {"family_id": family_ids[dyads["family"]], "infant_id": dyads["infant_id"], "caregiver_id": caregivers}
    return {
        "families": sample.families[["family_id", "income_band", "home_language"]],
        "people": _people(sample),
        "dyads": dyads[["dyad_id"]].assign(**pairs),
        "covariates": covariates,
        "observations": _observations(sample),
    }


def write_csv(path: Path, table: pd.DataFrame, sep: str = ",", decimal: str = ".", encoding: str = "utf-8") -> None:
    """A table as text, without its index."""
    table.to_csv(path, index=False, sep=sep, decimal=decimal, encoding=encoding, lineterminator="\n")


def _people(sample: Sample) -> pd.DataFrame:
    """Caregivers and infants; sex as 1 / 2, ages with a decimal comma, unknown education as 999."""
    adults, infants = sample.caregivers, sample.dyads
    ids = sample.families["family_id"].to_numpy()
    education = adults["education_years"].astype("int64").where(adults.index % 23 != 7, 999).astype(str)
    grown = pd.DataFrame(
        {
            "person": adults["person_id"],
            "family": ids[adults["family"]],
            "role": adults["role"],
            "sex": adults["role"].map({"mother": "2", "father": "1"}),
            "age": adults["age_years"].map(lambda years: f"{years:.1f}".replace(".", ",")),
            "education_years": education,
        }
    )
    small = pd.DataFrame(
        {
            "person": infants["infant_id"],
            "family": ids[infants["family"]],
            "role": "infant",
            "sex": infants["child_sex"].map({"female": "2", "male": "1"}),
            "age": "",
            "education_years": "",
        }
    )
    return pd.concat([grown, small], ignore_index=True).sort_values(["family", "person"], kind="stable")


def _observations(sample: Sample) -> pd.DataFrame:
    table = sample.observations
    return pd.DataFrame(
        {
            "observation_id": table["observation_id"],
            "dyad_id": sample.dyads["dyad_id"].to_numpy()[table["dyad"]],
            "activity": table["activity"].map(ACTIVITY_WORDS),
            "length_s": table["length_ms"].map(lambda ms: f"{ms / 1000:.3f}"),
            "camera": table["camera"],
            "infant_age_months": table["infant_age_months"],
            "protocol": "home_headcam",
            "visit": "home visit",
        }
    )


def _handed_in(sample: Sample, answers: Answers, name: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """People with a questionnaire (positions), and the answers with questions left open (NaN) where no score can be
    formed.
    """
    silent = np.flatnonzero(~answers.answered)
    partly = silent[: scaled(SKIPPED_ITEMS[name], len(sample.families))]
    items = answers.items.copy()
    for person in partly:
        items[person, rng.integers(items.shape[1])] = np.nan
    return np.sort(np.concatenate([np.flatnonzero(answers.answered), partly])), items


def _early(people: np.ndarray, answers: Answers, sample: Sample, share: float, rng: np.random.Generator) -> np.ndarray:
    """True for a share of the filmed caregivers with a score, in the order of `people`."""
    scored = answers.answered & sample.caregivers["filmed"].to_numpy()
    chosen = rng.choice(np.flatnonzero(scored), round(share * scored.sum()), replace=False)
    return np.isin(people, chosen)


def _epds(path: Path, sample: Sample, answers: Answers, rng: np.random.Generator) -> None:
    """Numbers 0-3 as ticked, -9 for a question left open; one wave in pregnancy, some before conception."""
    people, items = _handed_in(sample, answers, "EPDS", rng)
    early = _early(people, answers, sample, PRECONCEPTION_SHARE, rng)
    table = pd.DataFrame({"person": sample.caregivers["person_id"].to_numpy()[people]})
    table["wave"] = np.where(early, "annual questionnaire", "antenatal clinic")
    table["phase"] = np.where(early, "before conception", "during pregnancy")
    for item in range(items.shape[1]):
        table[f"epds_{item + 1}"] = np.where(np.isnan(items[people, item]), -9, items[people, item]).astype(int)
    write_csv(path, table)


def _sapas(path: Path, sample: Sample, answers: Answers, rng: np.random.Generator) -> None:
    """Words yes / no, 'not answered' for a question left open; one wave (clinic at 24 years), for some after the
    recording.
    """
    people, items = _handed_in(sample, answers, "SAPAS", rng)
    late = _early(people, answers, sample, POSTPARTUM_SHARE, rng)
    table = pd.DataFrame({"ID": sample.caregivers["person_id"].to_numpy()[people]})
    table["Visit"] = "Clinic 24"
    table["Timing"] = np.where(
        late, "after filming", np.where(rng.random(len(people)) < 0.15, "pregnant", "before pregnancy")
    )
    for item in range(items.shape[1]):
        column = items[people, item]
        table[f"Q{item + 1}"] = np.where(np.isnan(column), "not answered", np.where(column == 1, "Yes", "No"))
    write_csv(path, table, sep=";", encoding="utf-8-sig")
