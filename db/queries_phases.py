"""Questions of the training of phase classifiers: what people coded of one behaviour group, in which recordings."""

import duckdb
import pandas as pd

from db.queries import rows


def phase_codings(cursor: duckdb.DuckDBPyConnection, behaviour_group: str, subjects: list[str]) -> pd.DataFrame:
    """Codings of people: observation_id, family_id, subject, coder_id, scheme, is_primary, start_ms, end_ms."""
    return rows(cursor, "phase_codings", behaviour_group=behaviour_group, subjects=subjects)


def phase_events(cursor: duckdb.DuckDBPyConnection, behaviour_group: str, subjects: list[str]) -> pd.DataFrame:
    """States (ms) in them: observation_id, subject, coder_id, code, onset_ms, offset_ms; in order of time."""
    return rows(cursor, "phase_events", behaviour_group=behaviour_group, subjects=subjects)
