"""Questions the screen and the steps ask of a generation: one statement per file in `sql/`, one short function here.

Every function takes a cursor and returns a DataFrame; `ids` are observation ids; parameters are always bound.
"""

from functools import lru_cache
from pathlib import Path

import duckdb
import pandas as pd

SQL_FOLDER = Path(__file__).parent / "sql"


@lru_cache(maxsize=256)
def statement(name: str) -> str:
    """The SQL of `sql/<name>.sql`."""
    return (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def rows(cursor: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """Rows of one statement with `$name` parameters."""
    return cursor.execute(statement(name), parameters).df()


def study(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """What the study is: title, study_id, synthetic, attribution, schema_version."""
    frame = rows(cursor, "study")
    return dict(zip(frame["key"], frame["value"], strict=True))


def observations(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per observation with its dyad, family, quality and coder counts (see `sql/observations.sql`)."""
    return rows(cursor, "observations")


def observation_scores(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Long: observation_id, instrument, person_id, wave, phase, total."""
    return rows(cursor, "observation_scores")


def observation_variables(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Long: observation_id, name, number, text."""
    return rows(cursor, "observation_variables")


def variables(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The study's further variables: name, label, kind, level, unit, levels."""
    return rows(cursor, "variables")


def instruments(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """The study's questionnaires: instrument, title, short_title, items, low, high, missing_rule, citation."""
    return rows(cursor, "instruments")


def codes(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Codes of the groups that occur in the study, in scheme order, with colour, kind, unobservable and subjects."""
    return rows(cursor, "codes")


def groups(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Behaviour groups that occur in the study: scheme, behaviour_group, title, exclusive, exhaustive, reference."""
    return rows(cursor, "groups")


def timeline_streams(cursor: duckdb.DuckDBPyConnection, observation: str) -> pd.DataFrame:
    """Streams of one observation in the order of the screen: coder, subject, group, title, is_primary, coded time."""
    return rows(cursor, "timeline_streams", observation=observation)


def timeline_events(cursor: duckdb.DuckDBPyConnection, observation: str) -> pd.DataFrame:
    """Events of one observation, all coders: coder, subject, group, code, modifier, kind, onset_ms, offset_ms."""
    return rows(cursor, "timeline_events", observation=observation)


def timeline_media(cursor: duckdb.DuckDBPyConnection, observation: str) -> pd.DataFrame:
    """Videos of one observation: view, path, offset_ms (video time = observation time + offset_ms)."""
    return rows(cursor, "timeline_media", observation=observation)


def timeline_subjects(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Which subject was coded for which behaviour group: scheme, behaviour_group, subject."""
    return rows(cursor, "timeline_subjects")


def timeline_pair_events(cursor: duckdb.DuckDBPyConnection, strands: dict[str, str]) -> pd.DataFrame:
    """Bouts (ms) of two strands (`subject1`, `group1`, `code1`, `subject2`, ...) everywhere, analysed coding."""
    return rows(cursor, "timeline_pair_events", **strands)


def timeline_pair_coded(cursor: duckdb.DuckDBPyConnection, strands: dict[str, str]) -> pd.DataFrame:
    """Observations in which both streams of a pair were coded: observation_id."""
    return rows(cursor, "timeline_pair_coded", **{name: strands[name] for name in strands if name[:4] != "code"})


def timeline_cells(
    cursor: duckdb.DuckDBPyConnection, ids: list[str], subject: str, behaviour_group: str, bin_ms: int
) -> pd.DataFrame:
    """The code that fills most of each cell of `bin_ms` from the session's start on: observation_id, cell, code."""
    return rows(cursor, "timeline_cells", ids=ids, subject=subject, behaviour_group=behaviour_group, bin_ms=bin_ms)


def duration_rows(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str) -> pd.DataFrame:
    """Stored time and bouts of one group of the analysed coder: observation_id, subject, code, ms, bouts, ..."""
    return rows(cursor, "duration_rows", scheme=scheme, behaviour_group=behaviour_group)


def duration_streams(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str) -> pd.DataFrame:
    """Streams of one group, analysed coder: coded, unobservable and session time (ms), number of events."""
    return rows(cursor, "duration_streams", scheme=scheme, behaviour_group=behaviour_group)


def duration_bouts(
    cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str, ids: list[str]
) -> pd.DataFrame:
    """Events of one group of the analysed coder in the named observations (ms)."""
    return rows(cursor, "duration_bouts", scheme=scheme, behaviour_group=behaviour_group, ids=ids)
