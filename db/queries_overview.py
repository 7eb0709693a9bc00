"""Questions of the overview page: who was coded, who answered what, who belongs to the families."""

import duckdb
import pandas as pd

from db.queries import rows


def overview_streams(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Per observation, coder and group: coder_kind, group_title, position, whether infant and caregiver were coded."""
    return rows(cursor, "overview_streams")


def overview_scores(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Long: person_id, instrument, wave, phase, total, family_id, role; of everyone who is a dyad's caregiver."""
    return rows(cursor, "overview_scores")


def overview_parents(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """family_id, role, age_years of the adults of each family, filmed or not (the first by id of each role)."""
    return rows(cursor, "overview_parents")
