"""Questions about the smiles of all recordings: of the caregiver, one track per recording (OpenFace before a model)."""

import duckdb
import pandas as pd

from db.queries import rows


def smile_cohort_smiles(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Kept smiles: observation_id, smile_number, start_s, and the eight features; in order of recording and number."""
    return rows(cursor, "smile_cohort_smiles")


def smile_cohort_tracks(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Tracked recordings: observation_id, subject, coder_id, frames, confident_frames, length_s, unfit, and how many
    episodes were kept (`smiles`), rejected, and rejected for speech (`in_speech`).
    """
    return rows(cursor, "smile_cohort_tracks")


def smile_cohort_bands(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Bands of all questionnaires in order: instrument, band, low, high."""
    return rows(cursor, "data_bands")
