"""Answers as segments with their confidence, and the order in which a person should look at them again."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pandas as pd

from pipeline.measures.frame_labels import label_events

SHORTEST_MS = 1_000
"""Shorter segments can hardly be judged by eye: they come after all others."""


def segments(
    predicted: np.ndarray, confidence: np.ndarray, classes: Sequence[str], fps: Fraction, origin_ms: int = 0
) -> pd.DataFrame:
    """Equal neighbouring answers as segments: code, onset_ms, offset_ms, first_frame, frames, confidence (mean), and
    `doubt_s`, the seconds of it that are expected to be wrong. `predicted`: UNCODED where nothing was answered, which
    belongs to no segment.
    """
    found = label_events(predicted, tuple(classes), fps, origin_ms)
    sums = np.append(0.0, np.cumsum(np.where(predicted >= 0, confidence, 0.0), dtype=np.float64))
    first, count = (found[name].to_numpy(dtype=np.int64) for name in ("first_frame", "frames"))
    sure = sums[first + count] - sums[first]
    return found.assign(confidence=sure / np.maximum(count, 1), doubt_s=(count - sure) / float(fps))


def least_sure_first(found: pd.DataFrame, keys: Sequence[str] = ()) -> pd.DataFrame:
    """Segments to look at first: the least sure ones of at least SHORTEST_MS, of equally sure ones the longest; shorter
    ones last. `keys`: columns that settle what is still equal, so that no order of rows matters.
    """
    length = found["offset_ms"] - found["onset_ms"]
    rows = found.assign(short=length < SHORTEST_MS, length=-length)
    ordered = rows.sort_values(["short", "confidence", "length", *keys, "onset_ms"], kind="stable", ignore_index=True)
    return ordered.drop(columns=["short", "length"])
