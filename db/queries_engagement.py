"""Questions about engagement phases: who coded what of whom, and the phases of one coder in all sessions."""

import duckdb
import pandas as pd

from db.queries import rows


def engagement_streams(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every stream: observation_id, coder_id, coder_kind, scheme, behaviour_group, subject, is_primary, title."""
    return rows(cursor, "engagement_streams")


def engagement_events(
    cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str, subject: str, coder: str
) -> pd.DataFrame:
    """States of one subject and group everywhere, by one coder ('': the analysed one): observation_id, code, ms."""
    return rows(
        cursor, "engagement_events", scheme=scheme, behaviour_group=behaviour_group, subject=subject, coder=coder
    )
