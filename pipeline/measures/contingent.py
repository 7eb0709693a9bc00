"""Contingent response: how often an onset of the one is followed by an onset of the other within a window. Pure.

An antecedent onset at t is followed when a consequent begins in (t, t + window]. States already on at the start of the
session have no onset. The base is what a Poisson process with the consequent's own rate would give,
`1 - exp(-window * n / T)`; the odds ratio sets the odds of being followed against the odds of the base.
"""

import numpy as np

from pipeline.measures.dynamics import Stream

COUNTS = ("antecedents", "followed", "consequents", "session_ms")


def counts(given: Stream, target: Stream, codes: tuple[int, int], window_ms: int) -> np.ndarray:
    """(recordings, 4): the COUNTS of a given and a target code."""
    first = given.taken(given.begins & (given.code == codes[0]))
    second = target.taken(target.begins & (target.code == codes[1]))
    n = given.recordings
    followed = np.bincount(first.observation[_followed(first, second, window_ms)], minlength=n)
    began = [np.bincount(each.observation, minlength=n) for each in (first, second)]
    return np.stack([began[0], followed, began[1], given.lengths_ms], axis=1).astype(float)


def _followed(first: Stream, second: Stream, window_ms: int) -> np.ndarray:
    """Whether each onset of the first is followed by an onset of the second."""
    begun, later = first.places(first.onset_ms), second.places(second.onset_ms)
    place = np.searchsorted(later, begun, side="right")
    inside = place < len(later)
    at = place[inside]
    near = later[at] - begun[inside] <= window_ms
    inside[inside] = near & (second.observation[at] == first.observation[inside])
    return inside


def share(sums: np.ndarray) -> np.ndarray:
    """Share of antecedents that were followed; missing without antecedents. `sums` (..., 4) as COUNTS."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 0] > 0, sums[..., 1] / sums[..., 0], np.nan)


def base(sums: np.ndarray, window_ms: int) -> np.ndarray:
    """Share that chance alone would follow; missing for a session without length."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sums[..., 3] > 0, -np.expm1(-window_ms * sums[..., 2] / sums[..., 3]), np.nan)


def odds_ratio(sums: np.ndarray, window_ms: int) -> np.ndarray:
    """Odds of being followed against the odds of the base; missing where one of them has none."""
    found, chance = share(sums), base(sums, window_ms)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (found / (1 - found)) / (chance / (1 - chance))
    return np.where(np.isfinite(ratio), ratio, np.nan)
