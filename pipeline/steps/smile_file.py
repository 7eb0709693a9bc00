"""The command `smiles`: one row per episode of one face track, without a study."""

import sys
from argparse import Namespace
from pathlib import Path

import pandas as pd
from pydantic import ValidationError

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import UnreadableFile, UserError, file_name, listed
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_gate import confident
from pipeline.measures.smiles import smiles
from pipeline.measures.speech import heard_speech
from pipeline.readers.openface import read_openface
from pipeline.readers.speech_file import read_speech_table, read_speech_track
from pipeline.readers.track import TrackFile, chosen_face, face_track, read_faces
from pipeline.steps.issues import begun_small
from pipeline.steps.whole_file import write_whole

COLUMNS = ("episode", "status", "reason", "onset_s", "apex_s", "offset_s", "end_s", *FEATURES)
"""What the command writes, in this order."""
CHOICES = ("au12_min", "confidence_min", "gate_frames", "gate_window_s", "margin_s", "corner", "nostril", "smoothing")
CHOICES += ("ir_frame", "gap_factor", "offset_amplitude_min", "head_distance_flag", "speech_min_s", "speech_threshold")
CHOICES += ("speech_method",)
"""Parameters that are options of the command too."""
DECIMALS = 6


def run_smiles(options: Namespace) -> None:
    """Writes the episodes of a track as CSV (to --csv, else here), and says on the error stream what to know."""
    parameters = chosen_parameters(options)
    track_file = read_track(options.track)
    if track_file.unfit:
        raise UnreadableFile(track_file.unfit, file=file_name(options.track))
    track = one_face(track_file, options.face)
    speech = None if options.speech is None else read_speech(options.speech, options.track.stem, parameters)
    found = smiles(track, parameters, speech)
    write(found, options.csv)
    for line in said(track_file, track, parameters, found, options.face):
        print(line, file=sys.stderr)


def chosen_parameters(options: Namespace) -> SmileParameters:
    """The parameters with those given as options; UserError says which one cannot be."""
    given = {name: value for name in CHOICES if (value := getattr(options, name)) is not None}
    try:
        return SmileParameters(**given)
    except ValidationError as faults:
        fault = faults.errors()[0]
        option = f"--{str(fault['loc'][0]).replace('_', '-')}"
        raise UserError(f"{option}: {begun_small(fault['msg'])}.", column=option) from None


def read_track(path: Path) -> TrackFile:
    """A track file by its ending: .parquet is one of `extract`, anything else an OpenFace table."""
    return read_faces(path) if path.suffix.casefold() == ".parquet" else read_openface(path)


def one_face(track_file: TrackFile, face: int | None) -> FaceTrack:
    """The face asked for, or the one with the largest mean confidence."""
    if face is not None and face not in track_file.faces:
        name = file_name(track_file.path)
        faces = listed(tuple(map(str, track_file.faces))) or "none"
        raise UserError(f"{name}: there is no face {face}. Faces in the file: {faces}.", file=name)
    return face_track(track_file.frame, track_file.au12_source, face)


def read_speech(path: Path, observation: str, parameters: SmileParameters) -> pd.DataFrame:
    """Speech intervals in seconds of the track: a table, or a speech track read by the rule of the parameters."""
    if path.suffix.casefold() != ".parquet":
        return read_speech_table(path, observation)
    return heard_speech(read_speech_track(path), parameters)


def write(found: pd.DataFrame, target: Path | None) -> None:
    """The episodes as CSV, numbers with six decimals at most; only the header where there is none.

    A file appears as a whole or not at all. StudyError says why it could not be written.
    """
    text = found[list(COLUMNS)].round(DECIMALS).to_csv(index=False, lineterminator="\n")
    if target is None:
        print(text, end="")
        return
    write_whole(target, text)


def said(
    track_file: TrackFile, track: FaceTrack, parameters: SmileParameters, found: pd.DataFrame, face: int | None
) -> list[str]:
    """What a reader of the rows must know: coverage, why there are none, faces, flags, notes of the reader."""
    frames, usable = len(track.t_s), int(confident(track, parameters).sum())
    kept = int((found["status"] == "ok").sum())
    lines = [f"{note.detail} {note.action}" for note in track_file.notes if note.severity != "info"]
    if len(track_file.faces) > 1 and face is None:
        lines.append(f"Face {chosen_face(track_file.frame)} of {len(track_file.faces)} was followed (--face N).")
    left = len(found) - kept
    lines.append(f"{kept} smile{'s' * (kept != 1)}, {left} rejected episode{'s' * (left != 1)}.")
    if frames:
        share = f"{usable:,} of {frames:,} frames ({usable / frames:.1%})"
        lines.append(f"Coverage: {share} have confidence of {parameters.confidence_min:g} or more.")
    if not len(found):
        lines.append(why_none(track, parameters))
    if track.au12_source == "blendshape":
        lines.append("AU12 is a proxy from blendshapes here, not calibrated against OpenFace.")
    if found["flags"].str.contains("head_moved").any():
        lines.append(f"The head's distance to the camera varies by more than {parameters.head_distance_flag:.0%}.")
    return lines


def why_none(track: FaceTrack, parameters: SmileParameters) -> str:
    """Why a track has no episode, in one sentence."""
    if not confident(track, parameters).any():
        return "No smiles: no frame shows a face with enough confidence."
    active = int((track.au12[confident(track, parameters)] >= parameters.au12_min).sum())
    if not active:
        return f"No smiles: AU12 never reaches {parameters.au12_min:g} in a confident frame."
    frames = f"{active} {'frame' if active == 1 else 'frames'}"
    return f"No smiles: AU12 reaches {parameters.au12_min:g} in {frames} only, never twice within one second."
