"""The time budget: number, total, mean, spread and gaps of the bouts of each code.

Two roads to the same table: from events (with the median), or from the stored summaries of table `duration`, which
add up over any selection of recordings (without the median). A gap lies between two successive bouts of one code of
one stream. SDs use n - 1 and are missing below two values; a mean of nothing is missing, a total of nothing is 0.
"""

import math

import numpy as np
import pandas as pd

from pipeline.measures.durations import KEY, SUMMARY, bouts

COLUMNS = ("n", "total_s", "mean_s", "median_s", "sd_s", "min_s", "max_s", "gaps", "gap_mean_s", "gap_sd_s")
MS = 1000


def time_budget(events: pd.DataFrame, by: tuple[str, ...], key: tuple[str, ...] = KEY) -> pd.DataFrame:
    """Bouts of the events per combination of `by`; gaps are taken within `key` (add "modifier" to keep modifiers
    apart).
    """
    marked = bouts(events, key)
    seconds = marked.assign(
        length=marked["length_ms"] / MS, gap=(marked["gap_ms"] / MS).astype("Float64").astype(float)
    )
    budget = seconds.groupby(list(by), observed=True, sort=True).agg(
        n=("length", "size"),
        total_s=("length_ms", "sum"),
        mean_s=("length", "mean"),
        median_s=("length", "median"),
        sd_s=("length", "std"),
        min_s=("length", "min"),
        max_s=("length", "max"),
        gaps=("gap", "count"),
        gap_mean_s=("gap", "mean"),
        gap_sd_s=("gap", "std"),
    )
    return budget.assign(total_s=budget["total_s"] / MS)[list(COLUMNS)].reset_index()


def time_budget_of(stored: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """The same table from stored summaries (ms, ms^2); `median_s` is missing because medians do not add up."""
    whole = {name: "sum" for name in SUMMARY} | {"shortest_ms": "min", "longest_ms": "max"}
    sums = stored.loc[stored["bouts"] > 0].groupby(list(by), observed=True, sort=True)[list(SUMMARY)].agg(whole)
    frame = pd.DataFrame(index=sums.index)
    frame["n"], frame["total_s"], frame["mean_s"] = sums["bouts"], sums["ms"] / MS, _mean(sums["ms"], sums["bouts"])
    frame["median_s"] = np.nan
    frame["sd_s"] = _sd(sums["bouts"], sums["ms"], sums["squares_ms2"])
    frame["min_s"], frame["max_s"] = sums["shortest_ms"] / MS, sums["longest_ms"] / MS
    frame["gaps"], frame["gap_mean_s"] = sums["gaps"], _mean(sums["gap_ms"], sums["gaps"])
    frame["gap_sd_s"] = _sd(sums["gaps"], sums["gap_ms"], sums["gap_squares_ms2"])
    return frame[list(COLUMNS)].reset_index()


def _mean(total: pd.Series, n: pd.Series) -> pd.Series:
    """Mean in seconds; missing where nothing was counted."""
    return total / MS / n.where(n > 0)


def _sd(n: pd.Series, total: pd.Series, squares: pd.Series) -> np.ndarray:
    """Sample SD in seconds; the subtraction is done in whole numbers of any size, so nothing cancels."""
    rows = zip(n.tolist(), total.tolist(), squares.tolist(), strict=True)
    return np.array([_sample_sd(*row) / MS for row in rows], dtype=float)


def _sample_sd(n: int, total: int, squares: int) -> float:
    """Square root of (sum of squares - total^2 / n) / (n - 1)."""
    return math.sqrt((n * squares - total * total) / (n * (n - 1))) if n > 1 else math.nan
