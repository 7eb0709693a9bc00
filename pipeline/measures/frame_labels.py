"""Labels of video frames out of events, and events out of labels: a frame has the code that holds at its mid-time."""

from fractions import Fraction

import numpy as np
import pandas as pd

from pipeline.errors import UserError

UNCODED = -1
"""Label of a frame that no event covers."""


class OverlappingCodes(UserError):
    """Two codes of an exclusive group hold at one time, so a frame has no one label."""


def rate(fps: float | int | str | Fraction) -> Fraction:
    """Frames per second as a fraction: 25 -> 25, '30000/1001' -> 30000/1001; a float by its shortest decimal."""
    found = Fraction(str(fps)) if isinstance(fps, float) else Fraction(fps)
    if found <= 0:
        raise ValueError("frames per second must be positive")
    return found


def mid_times(frames: int, fps: Fraction) -> tuple[np.ndarray, int]:
    """Numerators (int64) and common denominator of the frames' mid-times (i + 1/2) / fps in ms: exact, no rounding."""
    steps = 2 * np.arange(frames, dtype=np.int64) + 1
    return steps * (1000 * fps.denominator), 2 * fps.numerator


def frame_count(length_ms: int, fps: Fraction) -> int:
    """Frames whose mid-time lies before the end: 360,000 ms at 25 fps are 9,000."""
    last = Fraction(length_ms, 1000) * fps - Fraction(1, 2)
    return max(0, -(-last.numerator // last.denominator))


def frame_labels(
    events: pd.DataFrame, codes: tuple[str, ...], frames: int, fps: Fraction, origin_ms: int = 0
) -> np.ndarray:
    """Label of each frame as a position in `codes`, int16 of shape (frames,); UNCODED where nothing holds.

    `events`: code, onset_ms, offset_ms (whole ms, half-open) of one subject, one exclusive group, one coder; frame i
    lies at origin_ms + [i, i + 1) / fps. A code that is not in `codes` leaves its frames UNCODED.
    Raises OverlappingCodes where two events overlap. Source: mid-time rule, exact for whole milliseconds.
    """
    ordered = events.sort_values(["onset_ms", "offset_ms"], kind="stable")
    onsets, offsets = (ordered[name].to_numpy(dtype=np.int64) - origin_ms for name in ("onset_ms", "offset_ms"))
    lasting = offsets > onsets
    onsets, offsets, names = onsets[lasting], offsets[lasting], ordered["code"].to_numpy(dtype=object)[lasting]
    _refuse_overlaps(onsets, offsets, names, origin_ms)
    mids, per = mid_times(frames, fps)
    place = np.searchsorted(onsets * per, mids, side="right") - 1
    numbers = np.array([codes.index(name) if name in codes else UNCODED for name in names] or [UNCODED], dtype=np.int16)
    ends = np.append(offsets, 0) * per
    covered = (place >= 0) & (mids < ends[place])
    return np.where(covered, numbers[np.clip(place, 0, len(numbers) - 1)], UNCODED).astype(np.int16)


def _refuse_overlaps(onsets: np.ndarray, offsets: np.ndarray, names: np.ndarray, origin_ms: int) -> None:
    late = np.flatnonzero(onsets[1:] < offsets[:-1])
    if len(late):
        first = int(late[0])
        at = (int(onsets[first + 1]) + origin_ms) / 1000
        text = f"'{names[first]}' and '{names[first + 1]}' overlap at {at:g} s, so frames there have no one label."
        raise OverlappingCodes(f"{text} Correct one of them in the coding tool and import again.")


def label_events(labels: np.ndarray, codes: tuple[str, ...], fps: Fraction, origin_ms: int = 0) -> pd.DataFrame:
    """Equal neighbouring labels as events: code, onset_ms, offset_ms, first_frame, frames; UNCODED gives none.

    `frame_labels` of the result is `labels` again, for rates below 500 frames per second.
    """
    edges = np.flatnonzero(np.diff(labels)) + 1
    starts, stops = np.append(0, edges), np.append(edges, len(labels))
    kept = (stops > starts) & (np.append(labels, UNCODED)[starts] != UNCODED)
    starts, stops = starts[kept].astype(np.int64), stops[kept].astype(np.int64)
    columns = {"code": np.array(codes, dtype=object)[labels[starts]]}
    columns |= {name: frame_edges_ms(at, fps, origin_ms) for name, at in (("onset_ms", starts), ("offset_ms", stops))}
    return pd.DataFrame({**columns, "first_frame": starts, "frames": stops - starts})


def frame_edges_ms(frames: np.ndarray, fps: Fraction, origin_ms: int = 0) -> np.ndarray:
    """Starts of frames (int64) in whole ms, rounded half to even by whole numbers: frame 1 at 25 fps starts at 40."""
    whole, rest = np.divmod(frames * (1000 * fps.denominator), fps.numerator)
    up = (2 * rest > fps.numerator) | ((2 * rest == fps.numerator) & (whole % 2 == 1))
    return origin_ms + whole + up
