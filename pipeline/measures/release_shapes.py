"""What of a distribution may be shown: whiskers that are no single person's value, points gathered in bins."""

import numpy as np
import pandas as pd

LEAST_FOR_TAILS = 20
"""From so many families the 5th and 95th percentile may be shown, if T families lie beyond each."""


def whiskers(values: pd.Series, families: pd.Series, threshold: int) -> tuple[float, float, str]:
    """(low, high, which percentiles): the 5th and 95th, else the 10th and 90th, else none (missing, '').

    Each needs T families at or beyond it on its side; the 5th and 95th 20 families in all as well. The lowest and the
    highest value are never shown: a percentile that is one of them counts as none.
    """
    for low, high, least in ((5, 95, LEAST_FOR_TAILS), (10, 90, 0)):
        ends = values.quantile([low / 100, high / 100]).to_numpy(dtype=float)
        tails = (values <= ends[0], values >= ends[1])
        enough = min(families[tail].nunique() for tail in tails) >= threshold and families.nunique() >= least
        if enough and ends[0] > values.min() and ends[1] < values.max():
            return float(ends[0]), float(ends[1]), f"{low}th and {high}th percentile"
    return np.nan, np.nan, ""


def bins(low: float, high: float, number: int) -> np.ndarray:
    """Edges of so many bins of whole numbers over the full range of an instrument, so that axes say nothing of data."""
    return np.unique(np.floor(np.linspace(low, high + 1, number + 1)))


def binned(values: pd.Series, edges: np.ndarray) -> pd.Series:
    """'0 to 7': the bin of each whole-numbered value; missing stays missing."""
    names = [f"{first:g} to {last - 1:g}" for first, last in zip(edges[:-1], edges[1:], strict=True)]
    found = pd.cut(values, edges, right=False, labels=names)
    return found.astype("object").where(values.notna(), None)
