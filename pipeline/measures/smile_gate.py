"""Where a face smiles for long enough to look closer: episodes of AU12 on consecutive frames that can be trusted.

Source: Dust, Levitt & Mataric, Behind the Smile, section III.B ("at least twice in one second of consecutive
high-confidence video frames").
"""

import numpy as np

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack

ROUNDING_S = 1e-9
"""Two times that are written as one second apart may differ by a rounding of the arithmetic."""


def confident(track: FaceTrack, parameters: SmileParameters) -> np.ndarray:
    """Whether each frame may be used (frames,): confidence at or above `confidence_min`; unknown counts as no."""
    return np.asarray(track.confidence >= parameters.confidence_min)


def consecutive(track: FaceTrack, parameters: SmileParameters) -> np.ndarray:
    """Whether each frame follows the one before it (frames,): both confident, and no gap between them in time.

    A gap is a step longer than `gap_factor` median steps; a step that does not go forward joins nothing.
    """
    usable = confident(track, parameters)
    joined = np.zeros(len(usable), dtype=bool)
    if len(usable) < 2:
        return joined
    steps = np.diff(track.t_s)
    largest = parameters.gap_factor * np.median(steps) + ROUNDING_S
    joined[1:] = usable[1:] & usable[:-1] & (steps > 0) & (steps <= largest)
    return joined


def episodes(track: FaceTrack, parameters: SmileParameters) -> list[tuple[int, int]]:
    """First and last gate frame of each episode, from 0, in order of time.

    Gate frames are those of AU12 >= `au12_min` in a window of consecutive frames, at most `gate_window_s` from its
    first to its last, that holds at least `gate_frames` of them; windows that share a gate frame are one episode.
    """
    return merged(*windows(track, parameters))


def windows(track: FaceTrack, parameters: SmileParameters) -> tuple[np.ndarray, np.ndarray]:
    """First and last gate frame of the smallest windows that open the gate, both (windows,), ascending.

    Larger windows hold nothing else: they are chains of these, except where one frame is enough, so then windows of
    two frames are given as well.
    """
    active = np.flatnonzero(confident(track, parameters) & (track.au12 >= parameters.au12_min))
    stretch = np.cumsum(~consecutive(track, parameters))
    number = parameters.gate_frames
    found = [_windows_of(active, size, track.t_s, stretch, parameters) for size in {number, max(number, 2)}]
    first, last = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((last, first))
    return first[order], last[order]


def _windows_of(
    active: np.ndarray, size: int, t_s: np.ndarray, stretch: np.ndarray, parameters: SmileParameters
) -> tuple[np.ndarray, np.ndarray]:
    """Windows from each active frame to the one that makes `size` of them."""
    first, last = active[: max(len(active) - size + 1, 0)], active[size - 1 :]
    within = t_s[last] - t_s[first] <= parameters.gate_window_s + ROUNDING_S
    kept = within & (stretch[first] == stretch[last])
    return first[kept], last[kept]


def merged(first: np.ndarray, last: np.ndarray) -> list[tuple[int, int]]:
    """Windows that share a frame, joined: ascending first and last frames in, pairs out."""
    if not len(first):
        return []
    begins = np.flatnonzero(np.concatenate([[True], first[1:] > last[:-1]]))
    ends = np.concatenate([begins[1:], [len(first)]]) - 1
    return list(zip(first[begins].tolist(), last[ends].tolist(), strict=True))
