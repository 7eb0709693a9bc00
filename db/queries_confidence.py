"""Questions about how sure trained models are of their events."""

import duckdb
import pandas as pd

from db.queries import rows


def confidences(cursor: duckdb.DuckDBPyConnection, observation: str | None = None) -> pd.DataFrame:
    """Per event of a trained model, in one recording or all: observation_id, coder_id, subject, behaviour_group, code,
    onset_ms, confidence (0 to 1)."""
    return rows(cursor, "confidences", observation=observation)
