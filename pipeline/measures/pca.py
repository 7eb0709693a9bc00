"""Principal components from sums that can be added: any set of sessions, without reading their rows again.

A session keeps `Sums` (n, mean, covariance). Sums of sessions are merged exactly, so components of a fold's training
sessions, of one session or of one frame are functions of what is stored. Each component is turned so that its entry of
largest absolute value is positive (of equal ones the first): otherwise its sign would be an accident of the solver.
Source of the merge: Chan, Golub and LeVeque (1979), each chunk centred on its own mean.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

import numpy as np

CHUNK = 8_192
"""Rows centred and multiplied at a time."""


@dataclass(frozen=True)
class Sums:
    """Of `n` rows of width d: `mean` (d,) and `scatter` (d, d), the summed products of deviations, in float64."""

    n: int
    mean: np.ndarray
    scatter: np.ndarray

    @property
    def covariance(self) -> np.ndarray:
        """Scatter / n."""
        return self.scatter / max(self.n, 1)


@dataclass(frozen=True)
class Components:
    """`axes` (d, k): columns of length 1, largest variance first; `variance` (k,) along each; `mean` (d,) that is taken
    off first."""

    mean: np.ndarray
    axes: np.ndarray
    variance: np.ndarray


def no_rows(width: int) -> Sums:
    """The sums of nothing."""
    return Sums(0, np.zeros(width), np.zeros((width, width)))


def sums_of(rows: np.ndarray) -> Sums:
    """Sums of rows (n, d), products in the rows' own precision, summed over chunks in float64."""
    found = no_rows(rows.shape[1])
    for first in range(0, len(rows), CHUNK):
        found = merged(found, _chunk(rows[first : first + CHUNK]))
    return found


def _chunk(rows: np.ndarray) -> Sums:
    """Centring before multiplying keeps the digits that a large mean would eat."""
    mean = rows.mean(axis=0, dtype=np.float64)
    centred = rows - mean.astype(rows.dtype)
    # The mean was rounded to the rows' precision: what is left of it is taken off afterwards.
    rest = centred.mean(axis=0, dtype=np.float64)
    scatter = (centred.T @ centred).astype(np.float64) - len(rows) * np.outer(rest, rest)
    return Sums(len(rows), mean.astype(rows.dtype).astype(np.float64) + rest, scatter)


def merged(one: Sums, other: Sums) -> Sums:
    """Sums of both sets of rows together, exact up to rounding and the same in either order."""
    n = one.n + other.n
    if not one.n or not other.n:
        return other if not one.n else one
    apart = other.mean - one.mean
    mean = (one.n * one.mean + other.n * other.mean) / n
    return Sums(n, mean, one.scatter + other.scatter + np.outer(apart, apart) * (one.n * other.n / n))


def pooled(every: Iterable[Sums]) -> Sums:
    """Sums of all sessions given, for example of a fold's training sessions; ValueError when there is none."""
    found = list(every)
    if not found:
        raise ValueError("components need the sums of at least one session")
    return reduce(merged, found)


def components(sums: Sums, count: int) -> Components:
    """The `count` components of largest variance (fewer where there are fewer dimensions)."""
    values, vectors = np.linalg.eigh(sums.covariance)
    chosen = np.argsort(-values, kind="stable")[:count]
    return Components(sums.mean, signed(vectors[:, chosen]), np.maximum(values[chosen], 0.0))


def signed(axes: np.ndarray) -> np.ndarray:
    """Columns (..., d, k) turned so that the entry of largest absolute value is positive; of equal ones the first.

    Entries count as equal when they differ by less than rounding does.
    """
    size = np.abs(axes)
    largest = (size >= size.max(axis=-2, keepdims=True) * (1 - 1e-9)).argmax(axis=-2)
    decides = np.take_along_axis(axes, largest[..., None, :], axis=-2)
    return axes * np.where(decides < 0, -1.0, 1.0)


def scores(rows: np.ndarray, found: Components) -> np.ndarray:
    """Rows (..., d) in terms of components: (..., k)."""
    return (rows - found.mean.astype(rows.dtype)) @ found.axes.astype(rows.dtype)


def variance_explained(sums: Sums, found: Components) -> np.ndarray:
    """Share (k,) of the rows' whole variance along each component; 0 where nothing varies."""
    whole = np.trace(sums.scatter)
    along = np.einsum("ik,ij,jk->k", found.axes, sums.scatter, found.axes)
    return along / whole if whole > 0 else np.zeros(found.axes.shape[1])
