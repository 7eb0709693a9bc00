"""Categorical cross-recurrence: when does the one show the code that the other shows, at every pair of moments? Pure.

Two moments i (first stream) and j (second stream) recur when both show the same code; a moment without a code recurs
with none. RR = 100 * points / N^2. DET and LAM = share of the points that lie on diagonal and on straight lines of at
least two points. LAM along the second: the first at one moment, the second staying on. The diagonal profile at lag k
is `matches / (N - |k|)`; at positive lags the second follows the first. Source: Dale, Warlaumont and Richardson 2011.

Nothing of the N x N points is ever laid out: a point lies on a line of two when a neighbour recurs, so the points on
lines are counted from how often each code, each pair and each triple of successive codes occurs in both streams.
"""

import numpy as np

from pipeline.measures.dynamics import MISSING, Series

COUNTS = ("samples2", "points", "on_diagonals", "along_second", "along_first")
"""Sums of each recording: N^2, recurrent points, and those on lines of two or more in each direction."""


def counts(first: Series, second: Series) -> np.ndarray:
    """(recordings, 5): the COUNTS of two series of the same recordings and step with the same codes."""
    n = np.bincount(first.observation, minlength=first.recordings)
    points, pairs, triples = (_ways(first, second, (length, length)) for length in (1, 2, 3))
    columns = [n * n, points, 2 * pairs - triples]
    columns.append(2 * _ways(first, second, (1, 2), still=True) - _ways(first, second, (1, 3), still=True))
    columns.append(2 * _ways(first, second, (2, 1), still=True) - _ways(first, second, (3, 1), still=True))
    return np.stack(columns, axis=1).astype(float)


def _ways(first: Series, second: Series, lengths: tuple[int, int], still: bool = False) -> np.ndarray:
    """Per recording: in how many ways a stretch of the first and an equal stretch of the second can be paired."""
    ours, times = np.unique(_stretches(first, lengths[0], still), return_counts=True)
    theirs, other = np.unique(_stretches(second, lengths[1], still), return_counts=True)
    common, here, there = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    recording = common // len(first.labels) ** (1 if still else lengths[0])
    return np.bincount(recording, times[here] * other[there], minlength=first.recordings)


def _stretches(series: Series, length: int, still: bool) -> np.ndarray:
    """A number for every stretch of `length` coded samples: its recording and codes; `still`: those of one code only,
    with the number of its single sample.
    """
    end = max(len(series.codes) - length + 1, 0)
    parts = [series.codes[shift : shift + end] for shift in range(length)]
    kept = series.left[:end] >= length - 1
    for part in parts:
        kept = kept & (part != MISSING) & ((part == parts[0]) | (not still))
    number = series.observation[:end][kept]
    for part in parts[:1] if still else parts:
        number = number * len(series.labels) + part[kept]
    return number


def rate(sums: np.ndarray) -> np.ndarray:
    """RR in percent, of COUNTS (..., 5); missing without samples."""
    return 100 * _ratio(sums[..., 1], sums[..., 0])


def determinism(sums: np.ndarray) -> np.ndarray:
    """DET in percent: recurrent points on diagonal lines; missing without recurrent points."""
    return 100 * _ratio(sums[..., 2], sums[..., 1])


def laminarity(sums: np.ndarray, along: str = "second") -> np.ndarray:
    """LAM in percent, along the "second" (it stays on) or the "first"; missing without recurrent points."""
    return 100 * _ratio(sums[..., 3 if along == "second" else 4], sums[..., 1])


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Shares; missing where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0)


def profile(first: Series, second: Series, reach: int) -> np.ndarray:
    """(recordings, 2 reach + 1, 2): matches and samples compared at lags -reach ... reach (steps); positive: the
    second follows the first.
    """
    found = np.zeros((first.recordings, 2 * reach + 1, 2))
    for lag in range(-reach, reach + 1):
        earlier, later = (first, second) if lag >= 0 else (second, first)
        end = max(len(earlier.codes) - abs(lag), 0)
        inside = earlier.left[:end] >= abs(lag)
        same = inside & (earlier.codes[:end] != MISSING) & (earlier.codes[:end] == later.codes[abs(lag) :])
        for place, which in enumerate((same, inside)):
            found[:, lag + reach, place] = np.bincount(earlier.observation[:end][which], minlength=first.recordings)
    return found
