"""Cross-products of a linear mixed model, per person: all that its likelihood needs, so that no pass over the rows is
repeated.

A row is y = x'b + z'u + e with u ~ N(0, s2 * L L') per person, e ~ N(0, s2). Columns of z: 1 (the person), a slope
where wanted, and one column per recording of the person, which share one variance. A person stands for the outer of two
levels, a recording for the inner one: mothers and their recordings, or families and their dyads.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Blocks:
    """Of N rows, k columns of x, J persons, q columns of z: `xx` (k, k), `xy` (k,), `yy`, `zz` (J, q, q),
    `zx` (J, q, k), `zy` (J, q). `slope`: whether column 1 of z is a slope; `recordings`: columns of z for recordings.
    """

    rows: int
    xx: np.ndarray
    xy: np.ndarray
    yy: float
    zz: np.ndarray
    zx: np.ndarray
    zy: np.ndarray
    slope: bool
    recordings: int

    @property
    def thetas(self) -> int:
        """How many numbers L has that are to be found: 0 to 4."""
        own = self.zz.shape[1] - self.recordings
        return (0, 1, 3)[own] + (self.recordings > 0)

    def factor(self, theta: np.ndarray) -> np.ndarray:
        """L (q, q), lower triangular, from its free numbers: person, slope with person, slope, recording."""
        size = self.zz.shape[1]
        own, found = size - self.recordings, np.zeros((size, size))
        if own:
            found[0, 0] = theta[0]
        if own == 2:
            found[1, 0], found[1, 1] = theta[1], theta[2]
        if self.recordings:
            found[range(own, size), range(own, size)] = theta[-1]
        return found

    def patterns(self) -> np.ndarray:
        """What each free variance or covariance adds to L L': (thetas, q, q), zeros and ones."""
        size = self.zz.shape[1]
        own, found = size - self.recordings, []
        for first, second in ((0, 0), (1, 1), (0, 1)):
            if second < own:
                each = np.zeros((size, size))
                each[first, second] = each[second, first] = 1.0
                found.append(each)
        if self.recordings:
            found.append(np.diag([0.0] * own + [1.0] * self.recordings))
        return np.array(found).reshape(len(found), size, size)


def blocks(
    y: np.ndarray,
    x: np.ndarray,
    person: np.ndarray,
    recording: np.ndarray | None = None,
    slope: np.ndarray | None = None,
) -> Blocks:
    """Cross-products of y (N,) and x (N, k); `person` (N,) and `recording` (N,) are labels; `slope` (N,) a number.

    A part that the rows cannot tell from another is left out: persons with one row each, recordings of persons with
    one recording each, or of one row each.
    """
    people, rows = np.unique(person, return_inverse=True)
    columns = _columns(rows, len(people), recording, slope)
    z = np.stack(columns[0], axis=1) if columns[0] else np.zeros((len(y), 0))
    order = np.argsort(rows, kind="stable")
    starts = np.searchsorted(rows[order], np.arange(len(people)))
    z, both = z[order], np.column_stack([x, y])[order]
    if z.shape[1]:
        zz = np.add.reduceat(z[:, :, None] * z[:, None, :], starts)
        zb = np.add.reduceat(z[:, :, None] * both[:, None, :], starts)
    else:
        zz, zb = np.zeros((len(people), 0, 0)), np.zeros((len(people), 0, both.shape[1]))
    cross = both.T @ both
    return Blocks(
        len(y), cross[:-1, :-1], cross[:-1, -1], float(cross[-1, -1]), zz, zb[:, :, :-1], zb[:, :, -1], *columns[1:]
    )


def _columns(
    rows: np.ndarray, people: int, recording: np.ndarray | None, slope: np.ndarray | None
) -> tuple[list[np.ndarray], bool, int]:
    """Columns of z, whether there is a slope, and how many columns stand for recordings."""
    if len(rows) == people:
        return [], False, 0
    columns = [np.ones(len(rows))]
    if slope is not None:
        columns.append(np.asarray(slope, dtype=float))
    own = [] if recording is None else _recordings(rows, recording)
    return columns + own, slope is not None, len(own)


def _recordings(rows: np.ndarray, recording: np.ndarray) -> list[np.ndarray]:
    """One 0/1 column for the first, second, ... recording of each person; none where they say nothing."""
    names, of_row = np.unique(recording, return_inverse=True)
    owner = np.zeros(len(names), dtype=int)
    owner[of_row] = rows
    order = np.argsort(owner, kind="stable")
    place = np.empty(len(names), dtype=int)
    place[order] = np.arange(len(names)) - np.searchsorted(owner[order], owner[order])
    if place.max() == 0 or len(names) == len(rows):
        return []
    return [(place[of_row] == number).astype(float) for number in range(place.max() + 1)]
