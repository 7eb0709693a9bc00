"""Onset and offset of a smile: the longest run in which the lip corner moves out, and the longest in after it.

Source: Dust, Levitt & Mataric, Behind the Smile, section III.B ("the longest increasing value of r was recorded as
the smile onset, while the longest decreasing value of r after the onset indicated the smile offset").
"""

from dataclasses import dataclass

import numpy as np

TIE = 1e-9
"""Values (pixels) closer than this are equal: their means differ by rounding of the arithmetic only."""


@dataclass(frozen=True)
class Runs:
    """Maximal runs of one direction in a whole track: `first` and `last` frame of each, both (runs,), ascending."""

    first: np.ndarray
    last: np.ndarray


def runs(values: np.ndarray, joined: np.ndarray, direction: int) -> Runs:
    """Runs in which `values` strictly rise (direction 1) or fall (-1) from frame to frame.

    `joined` (frames,) says whether a frame follows the one before it; a missing value ends a run.
    """
    moves = np.zeros(len(values) + 1, dtype=bool)
    moves[1:-1] = joined[1:] & (direction * np.diff(values) > TIE)
    edges = np.flatnonzero(moves[1:] != moves[:-1])
    return Runs(edges[0::2], edges[1::2])


def longest(found: Runs, values: np.ndarray, start: int, end: int) -> tuple[int, int] | None:
    """First and last frame of the longest run within start..end (both inside), cut where the window cuts it.

    Longest by frames; among equals the larger change, then the earlier. None where nothing moves.
    """
    first, last = inside(found, start, end)
    if not len(first):
        return None
    frames = last - first
    equals = np.flatnonzero(frames == frames.max())
    change = np.abs(values[last[equals]] - values[first[equals]])
    best = equals[np.argmax(change > change.max() - TIE)]
    return int(first[best]), int(last[best])


def inside(found: Runs, start: int, end: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last frames of the runs as far as they lie in start..end, of at least two frames each."""
    if end <= start:
        return found.first[:0], found.last[:0]
    some = slice(int(np.searchsorted(found.last, start, "right")), int(np.searchsorted(found.first, end)))
    return np.maximum(found.first[some], start), np.minimum(found.last[some], end)


def largest_change(found: Runs, values: np.ndarray, start: int, end: int) -> float:
    """The largest change over a run within start..end, minus infinity where there is none."""
    first, last = inside(found, start, end)
    return float(np.abs(values[last] - values[first]).max()) if len(first) else -np.inf
