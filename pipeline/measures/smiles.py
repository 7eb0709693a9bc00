"""Smiles of one face: episodes, their phases and features, and why an episode is not counted.

Source: Dust, Levitt & Mataric, Behind the Smile, section III.B. Nothing is invented: an episode without a phase is
rejected with its reason.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_features import FEATURES, phase_features, smile_features
from pipeline.measures.smile_gate import ROUNDING_S, confident, consecutive, episodes
from pipeline.measures.smile_phases import Runs, largest_change, longest, runs
from pipeline.measures.smile_radius import corner_distance, initial_radius

COLUMNS = (
    "episode",
    "status",
    "reason",
    "gate_on_s",
    "gate_off_s",
    "onset_s",
    "apex_s",
    "offset_s",
    "end_s",
    *FEATURES,
    "flags",
)
ROUNDING_IR = 1e-9
"""An amplitude that equals the smallest one may fall short of it by a rounding of the arithmetic."""
TEXTS = ("status", "reason", "flags")
REASONS = (
    "no_landmarks",
    "low_confidence",
    "no_initial_radius",
    "no_onset",
    "no_offset",
    "offset_too_small",
    "clip_ends",
    "speech",
)
"""Why an episode is rejected. `no_initial_radius`: both lip corners lie on one point before the smile."""


@dataclass(frozen=True)
class Search:
    """What the phases are looked for in: the track, its distances (pixels, smoothed), runs and usable frames."""

    track: FaceTrack
    parameters: SmileParameters
    distance: np.ndarray
    rising: Runs
    falling: Runs
    usable: np.ndarray
    speech: np.ndarray


def smiles(track: FaceTrack, parameters: SmileParameters, speech: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per episode of a track, in order of time, with the columns COLUMNS.

    `speech`: `onset_s`, `offset_s` in the track's seconds, half-open. `status` is 'ok' or 'rejected' with one of
    REASONS; what was found of a rejected episode is given, the rest is nan. `onset_s`..`apex_s` is the onset phase,
    `apex_s`..`offset_s` the apex, `offset_s`..`end_s` the offset. Amplitudes in initial radii (IR), speeds in IR/s.
    `flags`: 'head_moved', 'at_clip_end', joined by ';'. Without episodes the frame is empty.
    """
    return as_table(smile_rows(track, parameters, speech))


def as_table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """Rows of `smile_rows`, of one track or of many, as a frame with the columns COLUMNS."""
    numbers = {name: [row.get(name, np.nan) for row in rows] for name in COLUMNS if name not in (*TEXTS, "episode")}
    columns = {name: np.array(values, dtype=float) for name, values in numbers.items()}
    columns["episode"] = np.array([row["episode"] for row in rows], dtype=np.int64)
    columns |= {name: pd.array([row[name] for row in rows], dtype="str") for name in TEXTS}
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def smile_rows(
    track: FaceTrack, parameters: SmileParameters, speech: pd.DataFrame | None = None
) -> list[dict[str, object]]:
    """The rows of `smiles` as dictionaries: cheaper than a frame where there are many tracks."""
    search, rows, free_from = None, [], -np.inf
    moved = head_moved(track, parameters)
    for number, (first, last) in enumerate(episodes(track, parameters), 1):
        search = search or searching(track, parameters, speech)
        found = _judged(search, first, last, free_from)
        flags = [name for name, raised in (("head_moved", moved), ("at_clip_end", found.pop("at_end"))) if raised]
        gate = {"gate_on_s": float(track.t_s[first]), "gate_off_s": float(track.t_s[last])}
        rows.append({"episode": number, **gate, **found, "flags": ";".join(flags)})
        if found["reason"] in ("", "speech"):
            free_from = found["end_s"]
    return rows


def searching(track: FaceTrack, parameters: SmileParameters, speech: pd.DataFrame | None = None) -> Search:
    """Distances and runs of a whole track, computed once for all of its episodes."""
    distance, joined = corner_distance(track, parameters), consecutive(track, parameters)
    rising, falling = runs(distance, joined, 1), runs(distance, joined, -1)
    counted = long_speech(speech, parameters)
    return Search(track, parameters, distance, rising, falling, confident(track, parameters), counted)


def long_speech(speech: pd.DataFrame | None, parameters: SmileParameters) -> np.ndarray:
    """Speech that counts (intervals, 2) in seconds: longer than `speech_min_s`."""
    if speech is None or speech.empty:
        return np.empty((0, 2))
    times = speech[["onset_s", "offset_s"]].to_numpy(dtype=float)
    return times[times[:, 1] - times[:, 0] > parameters.speech_min_s + ROUNDING_S]


def head_moved(track: FaceTrack, parameters: SmileParameters) -> bool:
    """Whether the distance of the head to the camera varies by more than `head_distance_flag` in the whole track."""
    if track.distance_mm is None:
        return False
    measured = track.distance_mm[confident(track, parameters) & np.isfinite(track.distance_mm)]
    if not len(measured) or measured.min() <= 0:
        return False
    return bool(measured.max() / measured.min() - 1 > parameters.head_distance_flag)


def search_window(search: Search, first: int, last: int, free_from: float) -> tuple[int, int]:
    """First and last frame in which the phases of an episode may lie; not before `free_from` (the last smile's end)."""
    margin, t_s = search.parameters.margin_s + ROUNDING_S, search.track.t_s
    start = np.searchsorted(t_s, max(free_from, t_s[first] - margin))
    end = np.searchsorted(t_s, t_s[last] + margin, "right") - 1
    return int(start), int(end)


def _judged(search: Search, first: int, last: int, free_from: float) -> dict[str, object]:
    """Status, reason, times and features of one episode, and whether a phase touches the last frame."""
    start, end = search_window(search, first, last, free_from)
    frame = radius_frame(search, start, end)
    ir = initial_radius(search.track, frame)
    reason = _unusable(search, frame, (start, end), ir)
    if reason:
        return _row(reason)
    onset = longest(search.rising, search.distance, start, end)
    if onset is None:
        return _row("no_onset")
    offset = longest(search.falling, search.distance, onset[1], end)
    return _with_phases(search, ir, onset, offset, end)


def radius_frame(search: Search, start: int, end: int) -> int:
    """The frame of a search window at which the initial radius is taken."""
    if search.parameters.ir_frame == "first_of_window":
        return start
    return start + int(np.argmax(search.usable[start : end + 1]))


def _unusable(search: Search, frame: int, window: tuple[int, int], ir: float) -> str:
    """Why the window cannot be measured at all, '' where it can."""
    if not search.usable[frame]:
        return "low_confidence"
    if not np.isfinite(search.distance[window[0] : window[1] + 1]).any() or not np.isfinite(ir):
        return "no_landmarks"
    return "" if ir > 0 else "no_initial_radius"


def _with_phases(
    search: Search, ir: float, onset: tuple[int, int], offset: tuple[int, int] | None, end: int
) -> dict[str, object]:
    """The row of an episode that has an onset."""
    t_s, distance = search.track.t_s, search.distance
    reason = _offset_reason(search, ir, onset[1], offset, end)
    if offset is None:
        times = {"onset_s": float(t_s[onset[0]]), "apex_s": float(t_s[onset[1]])}
        return _row(reason, **times, **phase_features(t_s, distance, ir, *onset, "onset"))
    times = dict(zip(("onset_s", "apex_s", "offset_s", "end_s"), t_s[[*onset, *offset]].tolist(), strict=True))
    if not reason and overlaps(search.speech, times["onset_s"], times["end_s"]):
        reason = "speech"
    return _row(reason, at_end=offset[1] == len(t_s) - 1, **times, **smile_features(t_s, distance, ir, onset, offset))


def _offset_reason(search: Search, ir: float, after: int, offset: tuple[int, int] | None, end: int) -> str:
    """Why the offset does not count, '' where it does."""
    smallest = search.parameters.offset_amplitude_min - ROUNDING_IR
    if offset is not None and abs(search.distance[offset[1]] - search.distance[offset[0]]) / ir >= smallest:
        return ""
    cut = end == len(search.track.t_s) - 1
    if cut and largest_change(search.falling, search.distance, after, end) / ir < smallest:
        return "clip_ends"
    return "no_offset" if offset is None else "offset_too_small"


def overlaps(speech: np.ndarray, start_s: float, end_s: float) -> bool:
    """Whether any half-open interval of speech (intervals, 2) shares a moment with start..end, both ends inside."""
    return bool(((speech[:, 0] <= end_s) & (speech[:, 1] > start_s)).any())


def _row(reason: str, at_end: bool = False, **found: float) -> dict[str, object]:
    """A row's own part; what is not given is missing."""
    return {"status": "rejected" if reason else "ok", "reason": reason, "at_end": at_end, **found}
