"""Builds the cohort of a study from its tables: families, people, dyads, recordings, videos, scores, variables."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.catalogue.manifest import TABLES, Manifest
from pipeline.steps.cohort_episodes import gather_episodes
from pipeline.steps.cohort_log import Log
from pipeline.steps.cohort_observations import gather_media, gather_observations
from pipeline.steps.cohort_people import gather_people
from pipeline.steps.cohort_rows import Rows, read_rows
from pipeline.steps.cohort_scores import Answers, gather_scores, scores_of_observations
from pipeline.steps.cohort_speech import gather_speech
from pipeline.steps.cohort_variables import gather_variables

TEXT, REAL, WHOLE = "str", "float64", "Int64"

COLUMNS: dict[str, dict[str, str]] = {
    "family": {"family_id": TEXT},
    "person": {"person_id": TEXT, "family_id": TEXT, "role": TEXT, "sex": TEXT, "age_years": REAL},
    "dyad": {
        **dict.fromkeys(("dyad_id", "family_id", "infant_id", "caregiver_id"), TEXT),
        **{"role": TEXT, "child_sex": TEXT, "birth_order": TEXT, "caregiver_age_years": REAL},
    },
    "observation": {
        **dict.fromkeys(("observation_id", "dyad_id", "protocol", "activity", "visit"), TEXT),
        **{"start_ms": WHOLE, "end_ms": WHOLE, "camera": TEXT, "camera_count": WHOLE, "infant_age_months": REAL},
    },
    "media": {"observation_id": TEXT, "view": TEXT, "path": TEXT, "offset_ms": WHOLE},
    "speech": {"observation_id": TEXT, "onset_ms": WHOLE, "offset_ms": WHOLE, "file": TEXT},
    "episode": {"observation_id": TEXT, "episode": TEXT, "onset_ms": WHOLE, "offset_ms": WHOLE},
    "instrument": {
        **{"instrument": TEXT, "title": TEXT, "short_title": TEXT, "items": WHOLE},
        **{"low": REAL, "high": REAL, "missing_rule": TEXT, "citation": TEXT},
    },
    "band": {"instrument": TEXT, "band": TEXT, "low": REAL, "high": REAL},
    "score": {
        **{"person_id": TEXT, "instrument": TEXT, "wave": TEXT, "phase": TEXT},
        **{"total": REAL, "origin": TEXT, "missing_items": WHOLE},
    },
    "item_response": {"person_id": TEXT, "instrument": TEXT, "wave": TEXT, "item": WHOLE, "value": REAL},
    "observation_score": {
        **{"observation_id": TEXT, "instrument": TEXT, "person_id": TEXT},
        **{"wave": TEXT, "phase": TEXT, "total": REAL},
    },
    "variable": {
        **dict.fromkeys(("name", "label", "kind", "level", "unit", "levels"), TEXT),
        **{"position": WHOLE},
    },
    "observation_variable": {"observation_id": TEXT, "name": TEXT, "number": REAL, "text": TEXT},
    "sources": {
        **{"path": TEXT, "sha256": TEXT, "bytes": WHOLE, "format": TEXT, "dialect": TEXT},
        **{"rows": WHOLE, "accepted": WHOLE, "rejected": WHOLE, "blank": WHOLE},
    },
    "issues": {
        **{"kind": TEXT, "severity": TEXT, "file": TEXT, "line": WHOLE, "observation_id": TEXT},
        **{"detail": TEXT, "action": TEXT, "count": WHOLE},
    },
}
"""Columns and dtypes of every frame of a cohort; those of tables of the database have the columns of db/schema.sql."""


@dataclass(frozen=True)
class Cohort:
    """One frame per table of the database, and two more: `sources` (one row per table file; rows = accepted + rejected
    + blank) and `issues`. `observation.end_ms` is missing where the tables give no length; `speech` names its file."""

    family: pd.DataFrame
    person: pd.DataFrame
    dyad: pd.DataFrame
    observation: pd.DataFrame
    media: pd.DataFrame
    speech: pd.DataFrame
    episode: pd.DataFrame
    instrument: pd.DataFrame
    band: pd.DataFrame
    score: pd.DataFrame
    item_response: pd.DataFrame
    observation_score: pd.DataFrame
    variable: pd.DataFrame
    observation_variable: pd.DataFrame
    sources: pd.DataFrame
    issues: pd.DataFrame


def build_cohort(
    manifest: Manifest, folder: Path, observation_names: Sequence[str] = (), beside: Path | None = None
) -> Cohort:
    """The cohort that a manifest describes whose table files lie in `folder`.

    `observation_names` are the recordings found in the coded files, for tables that are made from their names;
    instruments of the lab's own (`.toml`) lie `beside` the manifest (default: `folder`).
    Raises ManifestError (unknown key, missing column: named, with the choices), CatalogueError (instrument) and
    UnreadableFile (a table file as a whole).
    """
    log = Log(folder)
    tables = _read_tables(manifest, log, list(observation_names))
    found = gather_people(tables, log)
    observations, records = gather_observations(tables["observations"], found.dyads, manifest.study, log)
    media = gather_media(tables["media"], records, log) if "media" in tables else []
    speech = gather_speech(tables["speech"], records, log) if "speech" in tables else []
    episodes = gather_episodes(tables["episodes"], records, log) if "episodes" in tables else []
    answers = gather_scores(manifest.scores, beside or folder, found.people, log)
    described, values = gather_variables(manifest.variables, tables, found, records, observations, log)
    rows = {
        "family": list(found.families.values()),
        "person": list(found.people.values()),
        "dyad": list(found.dyads.values()),
        "observation": observations,
        "media": media,
        "speech": speech,
        "episode": episodes,
        **_instruments(answers),
        "score": list(answers.scores.values()),
        "item_response": answers.items,
        "observation_score": scores_of_observations(observations, found.dyads, answers, log),
        "variable": described,
        "observation_variable": values,
    }
    rows |= {"sources": log.sources(), "issues": log.issues()}
    return Cohort(**{name: _frame(name, rows[name]) for name in COLUMNS})


def _read_tables(manifest: Manifest, log: Log, observation_names: list[str]) -> dict[str, Rows]:
    given = ((name, getattr(manifest.tables, name)) for name in TABLES)
    return {name: read_rows(name, entry, log, observation_names) for name, entry in given if entry is not None}


def _instruments(answers: Answers) -> dict[str, list[dict]]:
    instruments = [
        {
            "instrument": one.name,
            "items": one.items.count if one.items else 0,
            **one.model_dump(include={"title", "short_title", "low", "high", "missing_rule", "citation"}),
        }
        for one in answers.instruments.values()
    ]
    bands = [
        {"instrument": one.name, "band": band.name, "low": band.low, "high": band.high}
        for one in answers.instruments.values()
        for band in one.bands
    ]
    return {"instrument": instruments, "band": bands}


def _frame(name: str, rows: list[dict]) -> pd.DataFrame:
    columns = COLUMNS[name]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)
