"""Questions of the dynamics page: what the analysed coder marked in one stream of every recording."""

import duckdb
import pandas as pd

from db.queries import rows


def dynamics_events(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str, subject: str) -> pd.DataFrame:
    """Events (ms) of one behaviour group of one subject: observation_id, code, onset_ms, offset_ms."""
    return rows(cursor, "dynamics_events", scheme=scheme, behaviour_group=behaviour_group, subject=subject)


def dynamics_coded(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str, subject: str) -> pd.DataFrame:
    """Recordings in which this stream was coded, with or without events: observation_id."""
    return rows(cursor, "dynamics_coded", scheme=scheme, behaviour_group=behaviour_group, subject=subject)
