"""Features on the scale from -1 to 1 of the training frames; nobody else has a part in it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scaling:
    """Per feature (d,): mean, SD, smallest and largest value of the training frames."""

    mean: np.ndarray
    spread: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def scaled(self, rows: np.ndarray) -> np.ndarray:
        """Rows (n, d) standardised and then put between -1 and 1, float32; what lies beyond is clipped.

        Standardising divides out again when the extremes become -1 and 1, so that one step does both. A feature that
        is constant in training is 0. In place, as this is done with every batch.
        """
        found = np.array(rows, dtype=np.float32)
        room = (self.high - self.low).astype(np.float32)
        varies = room > 0
        found -= self.low.astype(np.float32)
        found *= np.where(varies, 2 / np.where(varies, room, 1), 0).astype(np.float32)
        found -= varies.astype(np.float32)
        return np.clip(found, -1, 1, out=found)

    def outside(self, rows: np.ndarray) -> int:
        """How many numbers of the rows (n, d) lie beyond the training range and are clipped."""
        wide, low, high = np.asarray(rows, dtype=np.float32), self.low.astype(np.float32), self.high.astype(np.float32)
        varies = (self.high - self.low).astype(np.float32) > 0
        return int(np.count_nonzero(varies & ((wide < low) | (wide > high))))


def fit_scaling(blocks: Iterable[np.ndarray]) -> Scaling:
    """Scaling of training frames that come in blocks (n, d), for example one per session; in float64, one pass.

    Raises ValueError when there are no frames.
    """
    count, mean, square, low, high = 0, 0.0, 0.0, np.inf, -np.inf
    for block in blocks:
        if not len(block):
            continue
        rows = np.asarray(block, dtype=np.float64)
        own, n = rows.mean(axis=0), len(rows)
        apart, both = own - mean, count + n
        square = square + ((rows - own) ** 2).sum(axis=0) + apart**2 * (count * n / both)
        mean, count = mean + apart * (n / both), both
        low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
    if not count:
        raise ValueError("a scaling needs training frames")
    return Scaling(np.asarray(mean), np.sqrt(np.asarray(square) / count), np.asarray(low), np.asarray(high))
