"""Smiles of one recording under any choice of parameters, and how much they depend on the choice."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TypeVar

import duckdb
import numpy as np
import pandas as pd

from db import queries_smiles
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import StudyError, UnreadableFile
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_gate import confident
from pipeline.measures.smile_noise import frame_noise, mouth_at_rest
from pipeline.measures.smile_radius import between, corner_distance
from pipeline.measures.smiles import as_table, long_speech, overlaps, smile_rows, smiles
from pipeline.measures.speech import has_loudness, heard_speech
from pipeline.readers.speech_file import read_speech_track
from pipeline.readers.track import face_track, read_faces

Read = TypeVar("Read")
PAIRS = ((48, 34), (48, 32), (54, 34), (54, 32))
"""Lip corner and inner nostril: the paper's right corner with the person's left and right nostril, then the left."""
SMOOTHINGS = ("raw", "3", "5")
THRESHOLDS = (0.3, 0.5, 0.7)
"""Probabilities from which a moment is speech, where a probability track is stored."""
KEPT = "not regarded"
IMPORTED = "as imported"
LOUD = "by loudness"
"""Levels of the choice about speech besides a threshold."""


@dataclass(frozen=True)
class Tracked:
    """One face track in seconds of the observation, with the speech known of the recording.

    `row`: columns of table track. `imported`: onset_s, offset_s of the study's own speech table, None where it has none
    of this recording. `probable`: t_s, probability of a stored speech track, None without one.
    """

    observation_id: str
    track: FaceTrack
    row: dict[str, object]
    imported: pd.DataFrame | None
    probable: pd.DataFrame | None

    @property
    def has_speech(self) -> bool:
        """Whether anything is known about speech in this recording."""
        return self.imported is not None or self.probable is not None

    @property
    def by_probability(self) -> bool:
        """Whether speech is found by a rule, from a speech track."""
        return self.imported is None and self.probable is not None

    @property
    def by_loudness(self) -> bool:
        """Whether that track says how loud it was, too."""
        return self.by_probability and has_loudness(self.probable)

    def speech(self, parameters: SmileParameters) -> pd.DataFrame | None:
        """Intervals (onset_s, offset_s): the study's table where it has some, else the track by the rule chosen."""
        if self.imported is not None:
            return self.imported
        if self.probable is None:
            return None
        return heard_speech(self.probable, parameters)


@dataclass(frozen=True)
class Answer:
    """What the page shows of one track: `episodes` (columns of `smiles` and smile_number), `r` of every frame in
    halves of the mouth at rest (`ir_px` pixels), speech that was regarded, frames that could be used, and the
    frame-to-frame noise of r in the same unit (nan where too few calm frames).
    """

    tracked: Tracked
    parameters: SmileParameters
    episodes: pd.DataFrame
    r: np.ndarray
    ir_px: float
    speech: pd.DataFrame | None
    usable: np.ndarray
    noise: float

    @property
    def coverage(self) -> float:
        """Share of frames that show the face with enough confidence; 0 without frames."""
        return float(self.usable.mean()) if len(self.usable) else 0.0


def stored_parameters(cursor: duckdb.DuckDBPyConnection) -> SmileParameters:
    """The choices the stored smiles were measured with; the paper's where the study has no tracks."""
    return SmileParameters(**queries_smiles.smile_parameters(cursor))


def read_tracked(cursor: duckdb.DuckDBPyConnection, home: Path, observation: str, coder: str) -> Tracked:
    """One track of the generation. StudyError when it is not known, or its stored frames are gone or damaged."""
    tracks = queries_smiles.tracks(cursor)
    row = tracks[(tracks["observation_id"] == observation) & (tracks["coder_id"] == coder)].head(1)
    if row.empty:
        raise StudyError("This recording has no face track by that coder. Choose another one.")
    found = row.to_dict("records")[0]
    offset_s = found["offset_ms"] / 1000
    frames = _stored(read_faces, home / found["file"]).frame
    track = face_track(frames, found["au12_source"], int(found["face"]))
    probable = _probable(cursor, home, observation)
    imported = _imported(cursor, observation)
    return Tracked(observation, replace(track, t_s=track.t_s - offset_s), found, imported, probable)


def _imported(cursor: duckdb.DuckDBPyConnection, observation: str) -> pd.DataFrame | None:
    speech = queries_smiles.speech(cursor, [observation])
    table = speech.loc[speech["origin"] == "table", ["onset_ms", "offset_ms"]]
    return None if table.empty else table.set_axis(["onset_s", "offset_s"], axis=1).reset_index(drop=True) / 1000


def _probable(cursor: duckdb.DuckDBPyConnection, home: Path, observation: str) -> pd.DataFrame | None:
    tracks = queries_smiles.speech_tracks(cursor, [observation])
    if tracks.empty:
        return None
    frames = _stored(read_speech_track, home / tracks["file"].iloc[0])
    return frames.assign(t_s=frames["t_s"] - tracks["offset_ms"].iloc[0] / 1000)


def _stored(read: Callable[[Path], Read], file: Path) -> Read:
    """What a reader finds in a stored file; StudyError when it is gone or damaged."""
    try:
        return read(file)
    except UnreadableFile:
        text = "The stored frames of this recording are gone or damaged."
        raise StudyError(f"{text} Import the study again: they are read anew from the study's files.") from None


def answer(tracked: Tracked, parameters: SmileParameters) -> Answer:
    """The smiles of one track, and what is drawn beside them."""
    track, speech = tracked.track, tracked.speech(parameters)
    episodes = smiles(track, parameters, speech)
    kept = episodes["status"] == "ok"
    episodes["smile_number"] = kept.cumsum().where(kept).astype("Int64")
    ir_px = mouth_at_rest(track, parameters)
    r = corner_distance(track, parameters) / ir_px
    noise = frame_noise(track, parameters, None if speech is None else speech.to_numpy(dtype=float))
    return Answer(tracked, parameters, episodes, r, ir_px, speech, confident(track, parameters), noise)


def agreement_with_au12(track: FaceTrack, parameters: SmileParameters) -> pd.DataFrame:
    """How the distance of each pair of landmarks goes with AU12 (Pearson r over confident frames).

    Columns: corner, nostril (0 for the distance of the two lip corners), r (nan where a landmark is missing).
    """
    usable, rows = confident(track, parameters), []
    for corner, other in (*PAIRS, (48, 54)):
        far = between(track, corner, other)
        both = usable & np.isfinite(far) & np.isfinite(track.au12)
        moving = both.sum() > 2 and np.ptp(far[both]) > 0 and np.ptp(track.au12[both]) > 0
        r = float(np.corrcoef(far[both], track.au12[both])[0, 1]) if moving else np.nan
        rows.append((corner, 0 if other == 54 else other, r))
    return pd.DataFrame(rows, columns=["corner", "nostril", "r"])


def sensitivity(tracks: Iterable[Tracked], parameters: SmileParameters) -> pd.DataFrame:
    """Smiles under every smoothing, pair of landmarks and choice about speech, everything else as in `parameters`.

    Columns: smoothing, corner, nostril, speech (a threshold, 'by loudness', 'as imported' or 'not regarded'),
    recordings, episodes, smiles, with_speech (left out for speech), and the mean of each feature over the kept smiles
    (nan without one).
    """
    choices = [
        replaced(parameters, smoothing=smoothing, corner=corner, nostril=nostril)
        for smoothing, (corner, nostril) in product(SMOOTHINGS, PAIRS)
    ]
    found: dict[tuple, list[pd.DataFrame]] = {}
    recordings = 0
    for tracked in tracks:
        recordings += 1
        levels = _speech_levels(tracked, parameters)
        for chosen in choices:
            episodes = as_table(smile_rows(tracked.track, chosen))
            key = (chosen.smoothing, chosen.corner, chosen.nostril)
            for level, intervals in levels.items():
                found.setdefault((*key, level), []).append(_heard(episodes, intervals))
    return pd.DataFrame([_summary(key, tables, recordings) for key, tables in _complete(found).items()])


def replaced(parameters: SmileParameters, **changes: object) -> SmileParameters:
    """The parameters with some others, checked again."""
    return SmileParameters(**(parameters.model_dump() | changes))


def _speech_levels(tracked: Tracked, parameters: SmileParameters) -> dict[str, np.ndarray]:
    """Level of the choice about speech -> intervals that count (n, 2)."""
    nothing = np.empty((0, 2))
    if not tracked.by_probability:
        return {IMPORTED: long_speech(tracked.imported, parameters), KEPT: nothing}
    thresholds = sorted({*THRESHOLDS, parameters.speech_threshold})
    sure = replaced(parameters, speech_method="silero")
    chosen = {f"{level:g}": replaced(sure, speech_threshold=level) for level in thresholds}
    if tracked.by_loudness:
        chosen[LOUD] = replaced(parameters, speech_method="energy")
    return {level: long_speech(tracked.speech(one), one) for level, one in chosen.items()} | {KEPT: nothing}


def _heard(episodes: pd.DataFrame, speech: np.ndarray) -> pd.DataFrame:
    """The episodes with those that meet speech rejected: phases do not depend on speech."""
    meets = [
        reason == "" and overlaps(speech, start, end)
        for reason, start, end in zip(episodes["reason"], episodes["onset_s"], episodes["end_s"], strict=True)
    ]
    return episodes.assign(reason=episodes["reason"].mask(np.array(meets, dtype=bool), "speech"))


def _complete(found: dict[tuple, list[pd.DataFrame]]) -> dict[tuple, list[pd.DataFrame]]:
    """Where recordings differ in what is known of speech, those with a table count at every threshold."""
    levels = list(dict.fromkeys(key[-1] for key in found))
    thresholds = [level for level in levels if level not in (IMPORTED, KEPT)]
    if not thresholds or IMPORTED not in levels:
        return found
    whole = {key: tables for key, tables in found.items() if key[-1] != IMPORTED}
    return {
        key: tables if key[-1] == KEPT else [*tables, *found.get((*key[:-1], IMPORTED), [])]
        for key, tables in whole.items()
    }


def _summary(key: tuple, tables: list[pd.DataFrame], recordings: int) -> dict[str, object]:
    every = pd.concat(tables, ignore_index=True)
    kept = every[every["reason"] == ""]
    row = dict(zip(("smoothing", "corner", "nostril", "speech"), key, strict=True))
    counts = {"episodes": len(every), "smiles": len(kept), "with_speech": int((every["reason"] == "speech").sum())}
    return row | {"recordings": recordings} | counts | kept[list(FEATURES)].mean().to_dict()
