"""Face tracks as files hold them: all faces in one frame of fixed columns, and one face of it for the measures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.smile_parameters import LANDMARKS
from pipeline.errors import UnreadableFile, file_name
from pipeline.measures.face_track import Au12Source, FaceTrack
from pipeline.readers.reading import Note

POINTS = tuple(f"{axis}_{number}" for axis in "xy" for number in LANDMARKS)
TRACK_COLUMNS = ("frame", "face", "t_s", "confidence", "au12", "distance_mm", *POINTS)
"""Columns of every track: whole numbers `frame` and `face`, the others float64 with nan where not measured."""

GROUPS = {
    "au12": "the intensity of AU12 (column AU12_r)",
    "landmarks": "the 2-D landmarks of lips and nose (columns x_31 to y_54)",
    "distance": "the distance to the camera (column pose_Tz)",
}
"""What a track may lack, in words."""
FOR_SMILES = ("au12", "landmarks")


@dataclass(frozen=True)
class TrackFile:
    """One track file. `frame`: TRACK_COLUMNS, ordered by face and time. `missing`: names of GROUPS that the file lacks.

    `rows` counts the data rows of the file; `refused` those that are not in `frame`, `blank` the empty ones.
    """

    path: Path
    format: str
    frame: pd.DataFrame
    au12_source: Au12Source
    missing: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    rows: int = 0
    refused: int = 0
    dialect: str = ""
    sha256: str = ""
    size: int = 0

    @property
    def unfit(self) -> str:
        """Why no smiles can be measured on it, one sentence; '' where they can."""
        lacks = [GROUPS[name] for name in FOR_SMILES if name in self.missing]
        if not lacks:
            return ""
        return f"{file_name(self.path)}: smiles cannot be measured: the file lacks {' and '.join(lacks)}."

    @property
    def faces(self) -> tuple[int, ...]:
        """Numbers of the faces, ascending."""
        return tuple(sorted(self.frame["face"].unique().tolist()))


def chosen_face(frame: pd.DataFrame) -> int:
    """The face with the largest mean confidence; among equals the one with the lower number."""
    means = frame.groupby("face", sort=True)["confidence"].mean()
    return int(means.idxmax())


def face_track(frame: pd.DataFrame, au12_source: Au12Source, face: int | None = None) -> FaceTrack:
    """One face (default `chosen_face`) of a frame of TRACK_COLUMNS ordered by time; its points are those measured."""
    number = chosen_face(frame) if face is None and len(frame) else face
    one = frame[frame["face"] == number]
    columns = {name: one[name].to_numpy(dtype=float) for name in TRACK_COLUMNS[2:]}
    points = {mark: np.column_stack([columns[f"x_{mark}"], columns[f"y_{mark}"]]) for mark in LANDMARKS}
    measured = {mark: place for mark, place in points.items() if np.isfinite(place).any()}
    distance = columns["distance_mm"]
    return FaceTrack(
        columns["t_s"],
        columns["confidence"],
        columns["au12"],
        measured,
        distance if np.isfinite(distance).any() else None,
        au12_source,
    )


def in_order(frame: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The frame by face and time, and how many rows were left out because their time repeats that of another one."""
    ordered = frame.sort_values(["face", "t_s"], kind="stable", ignore_index=True)
    repeated = ordered.duplicated(["face", "t_s"])
    return ordered[~repeated].reset_index(drop=True), int(repeated.sum())


def read_faces(path: Path) -> TrackFile:
    """A face track (.parquet) that `extract` wrote; UnreadableFile when it is none, or damaged."""
    name = file_name(path)
    try:
        table = pq.read_table(path, columns=None)
    except FileNotFoundError:
        raise UnreadableFile(f"{name}: there is no such file. Check its name.", file=name) from None
    except (pa.ArrowException, OSError):
        text = f"{name}: the file is damaged or no Parquet file. Extract the track again."
        raise UnreadableFile(text, file=name) from None
    lacking = [one for one in TRACK_COLUMNS if one not in table.column_names]
    if lacking:
        text = f"{name}: this is no face track: it lacks the column {lacking[0]}. Choose a file that extract wrote."
        raise UnreadableFile(text, file=name)
    source = (table.schema.metadata or {}).get(b"au12_source", b"blendshape").decode()
    frame, repeated = in_order(table.select(TRACK_COLUMNS).to_pandas())
    missing = () if frame["distance_mm"].notna().any() else ("distance",)
    return TrackFile(path, "faces", frame, source, missing, rows=table.num_rows, refused=repeated, dialect="Parquet")
