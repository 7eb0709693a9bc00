"""Smiles of all mothers: the frames that statistics and window models rest on, from one published generation."""

from dataclasses import dataclass

import duckdb
import pandas as pd

from db import queries, queries_smile_cohort
from pipeline.catalogue.smile_paper import TABLE_II
from pipeline.measures.smile_features import FEATURES

OF_OBSERVATION = ("observation_id", "dyad_id", "family_id", "caregiver_id", "visit", "activity")


@dataclass(frozen=True)
class SmileRows:
    """What is read once per generation: kept smiles, tracked recordings, bands of questionnaires, and from which wave
    the score of a recording is (`waves`: observation_id, instrument, wave).
    """

    smiles: pd.DataFrame
    tracks: pd.DataFrame
    bands: pd.DataFrame
    waves: pd.DataFrame


@dataclass(frozen=True)
class SmileCohort:
    """`smiles`: one row per kept smile; `sessions`: one row per tracked recording, also those without a smile, with
    columns `wave:<instrument>`; `bands`: instrument -> band, low, high; `visits`: in the order of age, or of their
    names.
    """

    smiles: pd.DataFrame
    sessions: pd.DataFrame
    bands: dict[str, pd.DataFrame]
    visits: tuple[str, ...]

    @property
    def instruments(self) -> tuple[str, ...]:
        """Questionnaires with a score in some tracked recording, those of the smile paper first."""
        scores = [str(name) for name in self.sessions if str(name).startswith("score:")]
        known = [name.removeprefix("score:") for name in scores if self.sessions[name].notna().any()]
        first = [name for name in TABLE_II if name in known]
        return (*first, *(name for name in known if name not in first))


def read_smiles(cursor: duckdb.DuckDBPyConnection) -> SmileRows:
    """Everything about smiles of caregivers in the generation."""
    return SmileRows(
        queries_smile_cohort.smile_cohort_smiles(cursor),
        queries_smile_cohort.smile_cohort_tracks(cursor),
        queries_smile_cohort.smile_cohort_bands(cursor),
        queries.observation_scores(cursor)[["observation_id", "instrument", "wave"]],
    )


def smile_frame(cursor: duckdb.DuckDBPyConnection, observations: pd.DataFrame) -> pd.DataFrame:
    """One row per kept smile of these rows of the wide observation frame: observation_id, dyad_id, family_id,
    caregiver_id, visit, activity, smile_number, start_s (s), the eight features, `score:<instrument>` columns."""
    return gathered(read_smiles(cursor), observations).smiles


def gathered(rows: SmileRows, observations: pd.DataFrame) -> SmileCohort:
    """The frames of the selected observations. A track on which no smile can be measured is left out."""
    scores = [name for name in observations if str(name).startswith("score:")]
    known = observations[[*OF_OBSERVATION, "infant_age_months", *scores]]
    sessions = rows.tracks[rows.tracks["unfit"] == ""].merge(known, on="observation_id")
    waves = rows.waves.pivot(index="observation_id", columns="instrument", values="wave").add_prefix("wave:")
    sessions = sessions.merge(waves, how="left", left_on="observation_id", right_index=True)
    smiles = rows.smiles.merge(sessions[[*OF_OBSERVATION, *scores]], on="observation_id")
    smiles = smiles[[*OF_OBSERVATION, "smile_number", "start_s", *FEATURES, *scores]]
    smiles = smiles.sort_values(["observation_id", "smile_number"], ignore_index=True)
    bands = {name: part.reset_index(drop=True) for name, part in rows.bands.groupby("instrument", sort=True)}
    return SmileCohort(smiles, sessions, bands, visits_in_order(sessions))


def visits_in_order(sessions: pd.DataFrame) -> tuple[str, ...]:
    """Visits by the infants' mean age; without ages by name, numbers in it first ("6 months" before "12 months")."""
    known = sessions[sessions["visit"].notna()]
    ages = known.groupby("visit")["infant_age_months"].mean()

    def place(visit: str) -> tuple[float, float, str]:
        digits = "".join(sign if sign.isdigit() else " " for sign in str(visit)).split()
        age = ages[visit]
        return (age if pd.notna(age) else float("inf"), float(digits[0]) if digits else float("inf"), str(visit))

    return tuple(sorted(ages.index, key=place))
