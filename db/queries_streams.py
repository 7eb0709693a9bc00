"""Questions about feature streams; their frames lie in Parquet files beside the database."""

import duckdb
import pandas as pd

from db.queries import rows


def feature_streams(cursor: duckdb.DuckDBPyConnection, ids: list[str] | None = None) -> pd.DataFrame:
    """Streams of the named observations (None: all), in order: the columns of table feature_stream, and the path of the
    file each came from (`path`)."""
    return rows(cursor, "feature_streams", ids=ids)


def data_streams(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Streams by name, person, dim, fps and random_weights: observations that have one, their frames and seconds."""
    return rows(cursor, "data_streams")
