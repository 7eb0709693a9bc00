"""Means over observations with intervals that respect dyads.

The mean weighs every observation equally. Observations of one dyad resemble each other, so the standard error is the
cluster-robust one of an intercept-only regression (clusters = dyads, factor G / (G - 1)), with t on G - 1 degrees of
freedom. Shares are put on the logit scale (delta method), which keeps the interval inside 0 to 1.
"""

from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit, logit, stdtrit

Scale = Literal["logit", "identity"]
COLUMNS = ("mean", "se", "low", "high", "observations", "dyads", "note")
ONE_DYAD = "one dyad: no interval"
NO_TIME = "no value"
NEVER = "no time in any observation: no interval"
ALWAYS = "all of the time: no interval"
ALIKE = "the same in every observation: no interval"


def cluster_means(
    rows: pd.DataFrame, by: list[str], value: str, dyad: str = "dyad_id", scale: Scale = "logit", level: float = 0.95
) -> pd.DataFrame:
    """One row per combination of `by` that occurs: mean of `value`, `se`, interval, n, and a `note` where no interval
    exists.

    Rows with a missing value are left out of the mean but their combination stays, with 0 observations.
    """
    cells = rows.groupby(by, observed=True, sort=True)
    cell = cells.ngroup().to_numpy()
    frame = cells.size().index.to_frame(index=False)
    numbers = _moments(cell, pd.factorize(rows[dyad])[0], rows[value].to_numpy(dtype=float), len(frame))
    for name, column in numbers.items():
        frame[name] = column
    low, high = _interval(frame, scale, level)
    frame["note"] = _notes(frame, scale)
    shown = frame["note"] == ""
    frame["low"], frame["high"] = np.where(shown, low, np.nan), np.where(shown, high, np.nan)
    return frame[[*by, *COLUMNS]]


def _moments(cell: np.ndarray, dyad: np.ndarray, value: np.ndarray, cells: int) -> dict[str, np.ndarray]:
    """Mean, cluster-robust standard error and counts per cell."""
    known = np.isfinite(value)
    cell, dyad, value = cell[known], dyad[known], value[known]
    n = np.bincount(cell, minlength=cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(cell, value, cells) / n
        pair, place = np.unique(cell * (dyad.max(initial=0) + 1) + dyad, return_inverse=True)
        sums = np.bincount(place, value - mean[cell], len(pair))
        of_pair = pair // (dyad.max(initial=0) + 1)
        groups = np.bincount(of_pair, minlength=cells)
        se = np.sqrt(groups / (groups - 1) * np.bincount(of_pair, sums**2, cells)) / n
    return {"mean": mean, "se": np.where(groups > 1, se, np.nan), "observations": n, "dyads": groups}


def _interval(frame: pd.DataFrame, scale: Scale, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Both ends of the interval per row."""
    mean, se = frame["mean"].to_numpy(), frame["se"].to_numpy()
    with np.errstate(all="ignore"):
        reach = stdtrit(np.maximum(frame["dyads"].to_numpy() - 1, 1), 0.5 + level / 2)
        if scale == "identity":
            return mean - reach * se, mean + reach * se
        centre, spread = logit(mean), reach * se / (mean * (1 - mean))
        return expit(centre - spread), expit(centre + spread)


def _notes(frame: pd.DataFrame, scale: Scale) -> np.ndarray:
    """Why a row has no interval; empty where it has one. Differences below 1e-12 are rounding, not variation."""
    mean, bounded = frame["mean"], scale == "logit"
    reasons = {
        NO_TIME: frame["observations"] == 0,
        NEVER: (mean <= 0) & bounded,
        ALWAYS: (mean >= 1) & bounded,
        ONE_DYAD: frame["dyads"] < 2,
        ALIKE: frame["se"] < 1e-12,
    }
    return np.select(list(reasons.values()), list(reasons), default="")
