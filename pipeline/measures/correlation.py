"""Correlations between numbers of people: pairwise complete, each with its n and an interval."""

from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd

Method = Literal["pearson", "spearman"]

COLUMNS = ("x", "y", "n", "r", "low", "high")
LEAST_N = 4
"""Fewest people for an interval: its standard error is 1 / sqrt(n - 3)."""
Z_95 = 1.959963984540054


def correlations(people: pd.DataFrame, method: Method = "pearson") -> pd.DataFrame:
    """Every pair of columns once: x, y, n, r, low, high (95 %). `people`: one row per person, numeric columns.

    Pearson's interval by Fisher's z (SE 1/sqrt(n - 3)); Spearman's with the SE sqrt((1 + r**2/2) / (n - 3)) of
    Bonett & Wright, Psychometrika 2000; 65: 23-28. Below LEAST_N people, or where a column does not vary, r is missing.
    """
    values = people.astype(float)
    known = values.notna().to_numpy(dtype=float)
    shared = known.T @ known
    matrix = values.corr(method=method, min_periods=LEAST_N).to_numpy()
    rows = [
        (x, y, int(shared[i, j]), matrix[i, j], *interval(matrix[i, j], int(shared[i, j]), method))
        for (i, x), (j, y) in combinations(enumerate(values.columns), 2)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def interval(r: float, n: int, method: Method = "pearson") -> tuple[float, float]:
    """95 % interval of a correlation; missing below LEAST_N people; a perfect correlation has no width."""
    if n < LEAST_N or np.isnan(r):
        return np.nan, np.nan
    if abs(r) >= 1:
        return float(np.sign(r)), float(np.sign(r))
    spread = 1 if method == "pearson" else 1 + r**2 / 2
    half = Z_95 * np.sqrt(spread / (n - 3))
    return float(np.tanh(np.arctanh(r) - half)), float(np.tanh(np.arctanh(r) + half))
