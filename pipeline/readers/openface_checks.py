"""Which OpenFace tables can be used, and which of their rows: other tools, single images, time, faces, bounds."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_parameters import LANDMARKS
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.reading import Note
from pipeline.readers.track import TRACK_COLUMNS, chosen_face, in_order

OPENFACE_3 = ("AU03_r", "AU08_r")
"""Columns that OpenFace 2 does not have: OpenFace 3 numbers its eight outputs in a row, whatever they mean."""
PY_FEAT = re.compile(r"AU\d\d?|FaceScore|FaceRect\w+")
SMALLEST_STEP_S, LARGEST_STEP_S = 0.0015, 1.0
"""Frames are neither 1.5 ms or less apart (a counter instead of a clock) nor longer than a second."""
LARGEST = 1e7
"""No pixel, millimetre or second of a recording lies beyond."""
LARGEST_AU12 = 5.0


def refuse_other_tools(names: list[str], path: Path) -> None:
    """Raises UnreadableFile for tables of OpenFace 3 and py-feat and for single images, told by their columns."""
    name = file_name(path)
    if any(one in names for one in OPENFACE_3):
        text = "this is a table of OpenFace 3, which gives the names of action units to other ones"
        raise UnreadableFile(f"{name}: {text}. Use OpenFace 2.", file=name)
    if "AU12_r" not in names and any(PY_FEAT.fullmatch(one) for one in names):
        text = "this is a table of py-feat, OpenFace 3 or the like, whose AU12 is not on OpenFace 2's scale of 0 to 5"
        raise UnreadableFile(f"{name}: {text}. Use OpenFace 2.", file=name)
    if "timestamp" not in names:
        what = "single images" if "face" in names else "something else"
        text = f"the table has no column timestamp, so it is about {what}, and a smile needs time"
        raise UnreadableFile(f"{name}: {text}. Run FeatureExtraction on the video.", file=name)
    twice = sorted({one for one in names if one and names.count(one) > 1})
    if twice:
        text = f"the column {twice[0]} stands twice, so two tables were joined"
        raise UnreadableFile(f"{name}: {text}. Use the file as OpenFace wrote it.", file=name)
    if "confidence" not in names:
        text = "the table has no column confidence, so frames that can be trusted cannot be told from others"
        raise UnreadableFile(f"{name}: {text}. Use the file as OpenFace wrote it.", file=name)


def checked(frame: pd.DataFrame, names: list[str], path: Path) -> tuple[pd.DataFrame, tuple[str, ...], list[Note]]:
    """The rows that can be used, under TRACK_COLUMNS; names of GROUPS they lack; and what was found.

    Raises UnreadableFile where there is no row, or where time or confidence cannot be used.
    """
    if frame.empty:
        name = file_name(path)
        raise UnreadableFile(f"{name}: the table has no rows. Run OpenFace on the video again.", file=name)
    missing = _missing(names)
    full, notes = _bounded(_completed(frame))
    timed = full[full["t_s"].notna()]
    if len(timed) < len(full):
        notes.append(_left_out("no_time", len(full) - len(timed), "no usable time"))
    _check_confidence(timed, path)
    ordered, repeated = in_order(timed)
    _check_time(timed, path)
    if repeated:
        notes.append(_left_out("repeated_time", repeated, "the same time as another one of the same face"))
    if ordered["face"].nunique() > 1:
        notes.append(_several_faces(ordered))
    notes += [_lacking(group) for group in missing]
    return ordered, missing, notes


def _missing(names: list[str]) -> tuple[str, ...]:
    """Names of GROUPS of which the table has no columns (landmarks: not both lip corners and a nostril)."""
    here = {mark for mark in LANDMARKS if {f"x_{mark}", f"y_{mark}"} <= set(names)}
    mouth = {48, 54} <= here and bool(here - {48, 54})
    has = {"au12": "AU12_r" in names, "landmarks": mouth, "distance": "pose_Tz" in names}
    return tuple(group for group, there in has.items() if not there)


def _completed(frame: pd.DataFrame) -> pd.DataFrame:
    """All TRACK_COLUMNS; where OpenFace found no face (success 0) nothing was measured."""
    full = frame.reindex(columns=[*TRACK_COLUMNS, "success"])
    if "success" in frame:
        full.loc[full["success"] == 0, list(TRACK_COLUMNS[4:])] = np.nan
    full = full[list(TRACK_COLUMNS)]
    number = pd.Series(np.arange(1, len(full) + 1), index=full.index)
    full["frame"] = _whole(full["frame"], number)
    full["face"] = _whole(full["face"], pd.Series(0, index=full.index))
    full["confidence"] = full["confidence"].fillna(0.0)
    return full


def _whole(values: pd.Series, otherwise: pd.Series) -> pd.Series:
    """Whole numbers up to a thousand million; another number in place of what is none."""
    usable = values.abs() < 1e9
    return values.where(usable, otherwise).round().astype("int64")


def _bounded(full: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Values beyond all bounds are taken for not measured: (frame, note where there are any)."""
    measured = list(TRACK_COLUMNS[2:])
    beyond = full[measured].abs() > LARGEST
    beyond["au12"] |= (full["au12"] < 0) | (full["au12"] > LARGEST_AU12)
    cells = int(beyond.to_numpy().sum())
    if not cells:
        return full, []
    full[measured] = full[measured].mask(beyond)
    full["confidence"] = full["confidence"].fillna(0.0)
    detail = f"{cells:,} {'value lies' if cells == 1 else 'values lie'} beyond all bounds (AU12 from 0 to 5)."
    return full, [Note("beyond_bounds", "warning", detail, "They are taken for not measured.", count=cells)]


def _check_confidence(timed: pd.DataFrame, path: Path) -> None:
    outside = (timed["confidence"] < 0) | (timed["confidence"] > 1)
    if outside.any():
        name = file_name(path)
        text = f"confidence lies outside 0 to 1 in {int(outside.sum()):,} of {len(timed):,} rows"
        raise UnreadableFile(f"{name}: {text}. Use the file as OpenFace wrote it.", file=name)


def _check_time(timed: pd.DataFrame, path: Path) -> None:
    """Refuses times that stand still or count frames instead of seconds, in the face with the most rows."""
    sizes = timed["face"].value_counts()
    steps = np.array([])
    if len(sizes):
        steps = np.diff(np.sort(timed.loc[timed["face"] == sizes.index[0], "t_s"].to_numpy()))
    if len(steps) and SMALLEST_STEP_S < np.median(steps) <= LARGEST_STEP_S:
        return
    name = file_name(path)
    how = f"frames are {np.median(steps):.4g} s apart" if len(steps) else "fewer than two rows have one"
    text = f"{name}: timestamps are not usable ({how}). Run OpenFace on the video, not on single images."
    raise UnreadableFile(text, file=name)


def _left_out(kind: str, rows: int, what: str) -> Note:
    detail = f"{rows:,} {'row has' if rows == 1 else 'rows have'} {what}."
    return Note(kind, "warning", detail, "They were left out.", count=rows)


def _several_faces(ordered: pd.DataFrame) -> Note:
    counts = ordered["face"].value_counts().sort_index()
    words = ", ".join(f"{face} ({rows:,} rows)" for face, rows in counts.items())
    detail = f"The file holds {len(counts)} faces: {words}."
    action = f"Face {chosen_face(ordered)}, of the largest mean confidence, is followed unless the manifest names one."
    return Note("several_faces", "warning", detail, action, count=len(counts))


def _lacking(group: str) -> Note:
    words = {
        "au12": ("no_au12", "error", "The file has no AU12_r.", "No smiles are measured on it."),
        "landmarks": ("no_landmarks", "error", "The file has no 2-D landmarks.", "No smiles are measured on it."),
        "distance": ("no_distance", "info", "The file has no pose_Tz.", "Head movement is not pointed out."),
    }
    return Note(*words[group])
