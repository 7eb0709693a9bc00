"""Questions about the episodes of still-face sessions."""

import duckdb
import pandas as pd

from db.queries import rows


def episodes(cursor: duckdb.DuckDBPyConnection, ids: list[str] | None = None) -> pd.DataFrame:
    """Episodes of the named observations (None: all): observation_id, episode, onset_ms, offset_ms; by time."""
    return rows(cursor, "episodes", ids=ids)
