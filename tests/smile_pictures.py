"""Face tracks drawn with letters, one per frame, and a second way to find smiles: straight from the definition."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack

STEP_S = 0.1
IR_PX = 10


def drawn(r: str, au12: str, sure: str = "", step_s: float = STEP_S, times: list[float] | None = None) -> FaceTrack:
    """A track whose mouth is 20 px wide in every frame, so that IR is 10 px.

    `r`: a digit d is a corner d px further than 10 px from the nostril, '?' is not measured. `au12`: '#' is 2, '=' is
    1.5, '.' is 0. `sure`: '-' is confidence .80, 'x' .79 (default: all '-').
    """
    far = np.array([np.nan if mark == "?" else IR_PX + int(mark) for mark in r], dtype=float)
    level = np.array([{"#": 2.0, "=": 1.5, ".": 0.0}[mark] for mark in au12])
    confidence = np.array([0.80 if mark == "-" else 0.79 for mark in sure or "-" * len(r)])
    t_s = np.round(np.arange(len(r)) * step_s, 6) if times is None else np.array(times, dtype=float)
    return placed(t_s, far, level, confidence)


def placed(t_s: np.ndarray, far: np.ndarray, au12: np.ndarray, confidence: np.ndarray) -> FaceTrack:
    """A track with the nostril 34 at the origin and the corner 48 `far` pixels to its left."""
    corner = np.column_stack([-far, np.zeros(len(far))])
    nose = np.where(np.isfinite(far)[:, None], 0.0, np.nan) * np.ones(2)
    points = {34: nose, 48: corner, 54: corner + [2 * IR_PX, 0]}
    return FaceTrack(t_s, confidence, au12, points)


def shown(row: dict, t_s: np.ndarray) -> str:
    """The phases of a row as a picture: '/' onset, '-' apex, '\\' offset, '.' the rest; times as frames."""
    frames = [int(np.argmin(np.abs(t_s - row[name]))) for name in ("onset_s", "apex_s", "offset_s", "end_s")]
    marks = ["."] * len(t_s)
    a, b, c, d = frames
    marks[a : b + 1] = "/" * (b + 1 - a)
    marks[c : d + 1] = "\\" * (d + 1 - c)
    marks[b + 1 : c] = "-" * (c - b - 1)
    return "".join(marks)


# ---- the definition, word by word -----------------------------------------------------------------------------------


def by_definition(track: FaceTrack, p: SmileParameters, speech: list[tuple[float, float]] = ()) -> list[dict]:
    """Episodes as fractions, found by trying every window and every run; landmarks must be whole pixels on a line."""
    t = [Fraction(str(time)) for time in track.t_s]
    sure = [bool(c >= p.confidence_min) for c in track.confidence]
    far = smoothed(track, p)
    rows, free_from = [], Fraction(-(10**9))
    for first, last in gates(track, p, t, sure):
        row = judged(track, p, t, sure, far, first, last, free_from, speech)
        rows.append(row)
        if row["reason"] in ("", "speech"):
            free_from = row["end_s"]
    return rows


def smoothed(track: FaceTrack, p: SmileParameters) -> list[Fraction | None]:
    """Distance of corner and nostril in pixels, its mean over the frames around."""
    raw = [None if np.isnan(x) else abs(Fraction(x)) for x in track.points[48][:, 0] - track.points[34][:, 0]]
    half = 0 if p.smoothing == "raw" else int(p.smoothing) // 2
    found = []
    for i, value in enumerate(raw):
        around = [other for other in raw[max(0, i - half) : i + half + 1] if other is not None]
        found.append(None if value is None else sum(around) / len(around))
    return found


def follows(t: list[Fraction], sure: list[bool], p: SmileParameters, i: int) -> bool:
    """Whether frame i follows the one before it."""
    steps = sorted(later - earlier for earlier, later in pairwise(t))
    middle = len(steps) // 2
    median = steps[middle] if len(steps) % 2 else (steps[middle - 1] + steps[middle]) / 2
    return sure[i] and sure[i - 1] and t[i] - t[i - 1] <= Fraction(str(p.gap_factor)) * median


def gates(track: FaceTrack, p: SmileParameters, t: list[Fraction], sure: list[bool]) -> list[tuple[int, int]]:
    """First and last gate frame of each episode: every stretch of frames is tried as a window."""
    linked: list[set[int]] = []
    for i in range(len(t)):
        for j in range(i, len(t)):
            whole = sure[i] and all(follows(t, sure, p, k) for k in range(i + 1, j + 1))
            inside = {k for k in range(i, j + 1) if track.au12[k] >= p.au12_min}
            if whole and t[j] - t[i] <= Fraction(str(p.gate_window_s)) and len(inside) >= p.gate_frames:
                touching = [group for group in linked if group & inside]
                linked = [group for group in linked if not group & inside] + [inside.union(*touching)]
    return sorted((min(group), max(group)) for group in linked)


def judged(track, p, t, sure, far, first, last, free_from, speech) -> dict:
    """One episode: reason, times, features."""
    margin = Fraction(str(p.margin_s))
    window = [i for i in range(len(t)) if max(free_from, t[first] - margin) <= t[i] <= t[last] + margin]
    start = window[0]
    row = {"reason": "", "gate": (first, last)}
    if p.ir_frame == "first_sure_of_window":
        start = next((i for i in window if sure[i]), start)
    if not sure[start]:
        return row | {"reason": "low_confidence"}
    mouth = track.points[48][start, 0] - track.points[54][start, 0]
    if np.isnan(mouth) or all(far[i] is None for i in window):
        return row | {"reason": "no_landmarks"}
    if mouth == 0:
        return row | {"reason": "no_initial_radius"}
    ir = abs(Fraction(mouth)) / 2
    onset = best_run(t, sure, p, far, window, 1)
    if onset is None:
        return row | {"reason": "no_onset"}
    a, b = onset
    after = [i for i in window if i >= b]
    offset = best_run(t, sure, p, far, after, -1)
    row |= {"onset_s": t[a], "apex_s": t[b]}
    falls = [far[i] - far[j] for i, j in all_runs(t, sure, p, far, after, -1)]
    smallest = Fraction(str(p.offset_amplitude_min))
    if offset is not None:
        c, d = offset
        row |= {"offset_s": t[c], "end_s": t[d], **features(t, far, ir, a, b, c, d), "at_end": d == len(t) - 1}
    if offset is None or (far[c] - far[d]) / ir < smallest:
        if window[-1] == len(t) - 1 and not any(fall / ir >= smallest for fall in falls):
            return row | {"reason": "clip_ends"}
        return row | {"reason": "no_offset" if offset is None else "offset_too_small"}
    if any(
        onset <= float(t[d]) and offset > float(t[a]) and offset - onset > p.speech_min_s for onset, offset in speech
    ):
        row["reason"] = "speech"
    return row


def all_runs(t, sure, p, far, window, direction) -> list[tuple[int, int]]:
    """Every pair of frames between which the distance moves in one direction all the time."""
    return [
        (i, j)
        for i in window
        for j in window
        if i < j
        and all(
            follows(t, sure, p, k)
            and far[k] is not None
            and far[k - 1] is not None
            and direction * (far[k] - far[k - 1]) > 0
            for k in range(i + 1, j + 1)
        )
    ]


def best_run(t, sure, p, far, window, direction) -> tuple[int, int] | None:
    """The longest run by frames, then the larger, then the earlier."""
    found = all_runs(t, sure, p, far, window, direction)
    return max(found, key=lambda run: (run[1] - run[0], abs(far[run[1]] - far[run[0]]), -run[0]), default=None)


def features(t, far, ir, a, b, c, d) -> dict:
    """The eight features as fractions."""

    def fastest(i: int, j: int) -> Fraction:
        return max(abs(far[k] - far[k - 1]) / ir / (t[k] - t[k - 1]) for k in range(i + 1, j + 1))

    return {
        "onset_amplitude": (far[b] - far[a]) / ir,
        "offset_amplitude": (far[c] - far[d]) / ir,
        "max_onset_speed": fastest(a, b),
        "max_offset_speed": fastest(c, d),
        "onset_duration_s": t[b] - t[a],
        "apex_duration_s": t[c] - t[b],
        "offset_duration_s": t[d] - t[c],
        "total_duration_s": t[d] - t[a],
    }


def moved(track: FaceTrack, change) -> FaceTrack:
    """The track with every point changed by a function of (frames, 2)."""
    return replace(track, points={name: change(place) for name, place in track.points.items()})
