"""Questions of the annotation with a trained model: which recordings and videos there are."""

import duckdb
import pandas as pd

from db.queries import rows


def media(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All videos: observation_id, view, path, offset_ms (video time = observation time + offset_ms)."""
    return rows(cursor, "media")
