"""Smiles of the placed tracks, measured with the study's parameters, as rows of the tables of a generation."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from db import stage
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.smiles import smiles
from pipeline.measures.speech import heard_speech
from pipeline.readers.track import face_track
from pipeline.steps.issues import Log
from pipeline.steps.track_kinds import SpeechTrack, Track
from pipeline.steps.track_store import Lost, frames
from pipeline.steps.tracks import Placed, Seen, Tracked

SCHEME, GROUP = "smiles", "smile_phases"
PHASES = {
    "Smile onset": ("onset_s", "apex_s"),
    "Smile apex": ("apex_s", "offset_s"),
    "Smile offset": ("offset_s", "end_s"),
}
"""Code -> columns of its start and end."""

TIMES = ("gate_on_s", "gate_off_s", "onset_s", "apex_s", "offset_s", "end_s")
TOLERATED_MS = 1_000
"""A track may end so much later than its recording without a word."""
SPEECH = ["observation_id", "onset_ms", "offset_ms", "origin", "source_id"]
WITH_A_TRACK = ("track", "speech", "speech_track", "smile", "event")


@dataclass(frozen=True)
class Measured:
    """Rows of the tables WITH_A_TRACK, as frames by name."""

    frames: dict[str, pd.DataFrame]

    def insert(self, connection: duckdb.DuckDBPyConnection, parameters: SmileParameters) -> None:
        """Adds them to the build, with the parameters they were measured with."""
        for name in WITH_A_TRACK:
            stage.insert(connection, name, self.frames[name])
        values = [(name, json.dumps(value)) for name, value in parameters.model_dump().items()]
        if len(self.frames["track"]):
            stage.insert(connection, "smile_parameter", pd.DataFrame(values, columns=["name", "value"]))


def measure(
    placed: Placed,
    tracked: Tracked,
    home: Path,
    parameters: SmileParameters,
    table: pd.DataFrame,
    ends: dict[str, int],
    log: Log,
) -> Measured:
    """Smiles of every track of a recording in `ends` (its end in ms), one track after the other.

    `table`: rows of table speech from the study's own table; where it has none of a recording, its speech track counts.
    """
    read = {one.source_id: one for one in tracked.seen}
    known = table[table["observation_id"].isin(list(ends))]
    heard = [one for one in placed.speech if one.observation_id in ends]
    spoken, heard = _speech(known, heard, home, read, parameters, log)
    by_recording = dict(list(spoken.groupby("observation_id")))
    rows: dict[str, list] = {"track": [], "smile": [], "event": []}
    for one in placed.tracks:
        frame = _frames(one, home, read, log) if one.observation_id in ends else None
        if frame is None:
            continue
        episodes = _smiles(one, frame, parameters, by_recording.get(one.observation_id))
        confident = int((frame["confidence"] >= parameters.confidence_min).sum())
        rows["track"].append(asdict(one) | {"confident_frames": confident})
        rows["smile"] += episodes.to_dict("records")
        rows["event"] += _events(one, episodes, frame, ends[one.observation_id])
        _say_past_end(one, ends[one.observation_id], log)
    found = {name: pd.DataFrame(values) for name, values in rows.items()}
    return Measured(found | {"speech": spoken, "speech_track": pd.DataFrame([asdict(one) for one in heard])})


def _say_past_end(one: Track, end_ms: int, log: Log) -> None:
    past = one.end_ms - end_ms
    if past > TOLERATED_MS:
        log.add("track_past_end", one.source_id, observation_id=one.observation_id, seconds=f"{past / 1000:.1f}")


def _frames(one: Track | SpeechTrack, home: Path, read: dict[int, Seen], log: Log) -> pd.DataFrame | None:
    """Frames of the face, or steps of the speech track; None, with an issue, where they are lost."""
    file = read[one.source_id].file if one.source_id in read else None
    try:
        found = frames(home, one.file, file)
    except Lost:
        shown = log.files[one.source_id]
        log.add("track_lost", None, file=shown, observation_id=one.observation_id)
        return None
    return found[found["face"] == one.face] if isinstance(one, Track) else found


def _smiles(one: Track, frame: pd.DataFrame, parameters: SmileParameters, speech: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of table smile; none of a track that is unfit."""
    if one.unfit:
        return pd.DataFrame()
    offset_s = one.offset_ms / 1000
    heard = None
    if speech is not None:
        heard = speech[["onset_ms", "offset_ms"]].set_axis(["onset_s", "offset_s"], axis=1) / 1000 + offset_s
    found = smiles(face_track(frame, one.au12_source, one.face), parameters, heard)
    found[list(TIMES)] -= offset_s
    number = (found["status"] == "ok").cumsum().where(found["status"] == "ok")
    whose = {"observation_id": one.observation_id, "subject": one.subject, "coder_id": one.coder_id}
    return found.assign(**whose, smile_number=number.astype("Int64"))


def _events(one: Track, found: pd.DataFrame, frame: pd.DataFrame, end_ms: int) -> Iterator[dict[str, object]]:
    """Phases of the kept smiles inside the recording; their lines are the frames of start and end."""
    if found.empty:
        return
    t_s, number = frame["t_s"].to_numpy() - one.offset_ms / 1000, frame["frame"].to_numpy()
    for smile in found[found["status"] == "ok"].to_dict("records"):
        for code, (start, stop) in PHASES.items():
            whole = round(smile[start] * 1000), round(smile[stop] * 1000)
            onset, offset = max(whole[0], 0), min(whole[1], end_ms)
            if offset <= onset:
                continue
            whose = {name: smile[name] for name in ("observation_id", "coder_id", "subject")}
            what = {"behaviour_group": GROUP, "code": code, "modifier": "", "kind": "state"}
            cut = "" if (onset, offset) == whole else "clipped"
            at = [int(number[np.abs(t_s - smile[column]).argmin()]) for column in (start, stop)]
            when = {"onset_ms": onset, "offset_ms": offset, "repaired": cut, "start_line": at[0], "stop_line": at[1]}
            yield whose | what | when | {"source_id": one.source_id}


def _speech(
    table: pd.DataFrame,
    heard: list[SpeechTrack],
    home: Path,
    read: dict[int, Seen],
    parameters: SmileParameters,
    log: Log,
) -> tuple[pd.DataFrame, list[SpeechTrack]]:
    """Rows of table speech: those of the study's table, and of the speech tracks of recordings it says nothing of; and
    the speech tracks that could be read."""
    parts, kept = [table.assign(origin="table")[SPEECH]], []
    for one in heard:
        steps = _frames(one, home, read, log)
        if steps is None:
            continue
        kept.append(one)
        if (table["observation_id"] == one.observation_id).any():
            continue
        found = heard_speech(steps, parameters)
        times = (found * 1000).round().astype("int64") - one.offset_ms
        named = times.set_axis(["onset_ms", "offset_ms"], axis=1).assign(observation_id=one.observation_id)
        parts.append(named.assign(origin=parameters.speech_method, source_id=one.source_id)[SPEECH])
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True), kept
