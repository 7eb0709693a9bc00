"""What a t-test or an analysis of variance takes for granted, with figures: normal values and equal variances."""

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.measures.smile_correlation import varies

COLUMNS = ("n", "groups", "skew", "kurtosis", "shapiro_w", "shapiro_p", "variance_ratio", "levene", "levene_p", "note")
MOST_SHAPIRO = 5000
"""The p value of Shapiro and Wilk's test is known up to so many values."""
NO_SPREAD = "no spread within groups"


def assumptions(values: np.ndarray, groups: np.ndarray) -> dict[str, object]:
    """COLUMNS of `values` (n,) in `groups` (n,) labels, missing values left out.

    Normality is looked at in what is left after taking off each group's mean: skewness, excess kurtosis, Shapiro and
    Wilk's W. Variances: the largest over the smallest, and Brown and Forsythe's test (Levene's with medians).
    """
    known = np.isfinite(values)
    values, groups = values[known], groups[known]
    parts = [values[groups == name] for name in pd.unique(groups)]
    found: dict[str, object] = {"n": len(values), "groups": len(parts), "note": ""}
    rest = np.concatenate([part - part.mean() for part in parts]) if parts else values
    if len(rest) < 3 or not varies(rest):
        return found | {"note": NO_SPREAD}
    found |= {"skew": float(stats.skew(rest)), "kurtosis": float(stats.kurtosis(rest))}
    if len(rest) <= MOST_SHAPIRO:
        w, p = stats.shapiro(rest)
        found |= {"shapiro_w": float(w), "shapiro_p": float(p)}
    several = [part for part in parts if len(part) > 1]
    spreads = [float(part.var(ddof=1)) for part in several]
    if len(several) > 1 and min(spreads) > 0:
        level, p = stats.levene(*several, center="median")
        found |= {"variance_ratio": max(spreads) / min(spreads), "levene": float(level), "levene_p": float(p)}
    return found
