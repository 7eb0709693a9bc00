"""Questions of the export: events as they are written into the files of other tools."""

import duckdb
import pandas as pd

from db.queries import rows


def export_events(cursor: duckdb.DuckDBPyConnection, coder: str | None, behaviour_group: str | None) -> pd.DataFrame:
    """Events (ms) with title and exclusiveness of their group; of the analysed coders, or of the one named."""
    return rows(cursor, "export_events", coder=coder, behaviour_group=behaviour_group)


def export_coders(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    """All coders of the study."""
    return list(rows(cursor, "export_coders")["coder_id"])
