"""Questions about face tracks, speech and smiles; the frames of a track lie in a Parquet file beside the database."""

import json
from pathlib import Path

import duckdb
import pandas as pd

from db.queries import rows


def tracks(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Face tracks: the columns of table track, and the path of the file each came from (`path`)."""
    return rows(cursor, "smiles_tracks")


def smiles(cursor: duckdb.DuckDBPyConnection, ids: list[str]) -> pd.DataFrame:
    """Episodes of the named observations, kept and rejected: the columns of table smile, in order of time."""
    return rows(cursor, "smiles_episodes", ids=ids)


def speech(cursor: duckdb.DuckDBPyConnection, ids: list[str]) -> pd.DataFrame:
    """Speech of the named observations: observation_id, onset_ms, offset_ms, origin, in order of time."""
    return rows(cursor, "smiles_speech", ids=ids)


def speech_tracks(cursor: duckdb.DuckDBPyConnection, ids: list[str] | None = None) -> pd.DataFrame:
    """Probability tracks of the named observations (None: all): observation_id, file, offset_ms, source_id."""
    return rows(cursor, "smiles_speech_tracks", ids=ids)


def smile_parameters(cursor: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Choices the stored smiles were measured with, by name; empty where the study has no tracks."""
    frame = rows(cursor, "smiles_parameters")
    return {name: json.loads(value) for name, value in zip(frame["name"], frame["value"], strict=True)}


def track_frames(file: Path, face: int) -> pd.DataFrame:
    """Frames of one face of a stored track, in order of time, with the columns of its file.

    Columns: frame, face, t_s, confidence, au12, distance_mm, x_31, y_31, ... y_54 (what was not measured is nan).
    Raises duckdb.Error when the file is missing or damaged.
    """
    with _reader() as connection:
        return connection.read_parquet(str(file)).filter(f"face = {int(face)}").order("t_s, frame").df()


def _reader() -> duckdb.DuckDBPyConnection:
    """A connection of its own: published generations open no other files."""
    config = {"threads": "1", "autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    return duckdb.connect(config=config)
