"""Questions of the models: whose scores there are beside those of the caregivers filmed."""

import duckdb
import pandas as pd

from db.queries import rows


def model_scores(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Long: person_id, instrument, wave, phase, total, family_id, role; of every adult, filmed or not."""
    return rows(cursor, "model_scores")
