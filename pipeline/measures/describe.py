"""Describes a sample: numbers by mean, SD and quartiles, categories by counts and shares, each per unit that matters.

A measure of nothing is decided: a count is 0, a mean or share of nobody is missing.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

SAMPLE_COLUMNS = (
    "characteristic", "level", "unit", "n", "missing", "percent", "mean", "sd", "median", "q1", "q3", "low", "high",
)  # fmt: skip
NUMBERS = ("mean", "sd", "median", "q1", "q3", "low", "high")
OTHER = "other"


@dataclass(frozen=True)
class Characteristic:
    """What is described: `column` of a frame with one row per `unit` (families, dyads, observations, infants, ...).

    `levels` gives the order of a category's values; levels not named follow, the most frequent first.
    """

    column: str
    label: str
    unit: str
    kind: Literal["numeric", "category"]
    levels: tuple[str, ...] = ()


def one_per(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    """One row per value of `key`: of the earliest recording (youngest infant, then observation id)."""
    order = [column for column in ("infant_age_months", "observation_id") if column in frame]
    return frame.sort_values(order, na_position="last").drop_duplicates(key)


def describe(units: dict[str, pd.DataFrame], characteristics: tuple[Characteristic, ...]) -> pd.DataFrame:
    """One row per numeric characteristic and per level of a categorical one (columns SAMPLE_COLUMNS, in percent)."""
    rows = [row for what in characteristics for row in _rows(units[what.unit][what.column], what)]
    return pd.DataFrame(rows, columns=SAMPLE_COLUMNS)


def levels_of(values: pd.Series, declared: tuple[str, ...] = ()) -> list[str]:
    """Levels that occur: the declared order first, then by frequency, then by name."""
    counts = values.dropna().astype(str).value_counts()
    first = [level for level in declared if level in counts.index]
    rest = sorted(set(counts.index) - set(first), key=lambda level: (-counts[level], level))
    return first + rest


def merge_rare(values: pd.Series, declared: tuple[str, ...], least: int) -> pd.Series:
    """Levels of fewer than `least` joined with the level before them ('second or third'; the first with the next)."""
    names = values.astype(str).where(values.notna())
    levels = levels_of(names, declared)
    while len(levels) > 1:
        counts = [int((names == level).sum()) for level in levels]
        if min(counts) >= least:
            break
        place = max(counts.index(min(counts)), 1)
        pair = levels[place - 1 : place + 1]
        names = names.replace(dict.fromkeys(pair, " or ".join(pair)))
        levels[place - 1 : place + 1] = [" or ".join(pair)]
    return names


def name_no_rare(values: pd.Series, declared: tuple[str, ...], least: int) -> tuple[pd.Series, tuple[str, ...]]:
    """As `merge_rare`, but without the names of what a few have: undeclared levels of fewer than `least` are all
    'other'. Also the order it went by: declared levels, then the alphabet, 'other' last."""
    names = values.astype(str).where(values.notna())
    counts = names.value_counts()
    other = next((name for name in (*declared, *counts.index) if name.strip().casefold() == OTHER), OTHER)
    rare = [name for name in counts.index if name not in declared and counts[name] < least]
    names = names.replace(dict.fromkeys(rare, other))
    order = dict.fromkeys((*declared, *sorted(set(names.dropna()) - {other}), other))
    return merge_rare(names, tuple(order), least), tuple(order)


def standardised_difference(some: pd.Series, others: pd.Series) -> float:
    """(mean of some - mean of others) / sqrt of the mean of both variances (n - 1); missing below two values a side.

    Austin, Statistics in Medicine 2009; 28: 3083-3107.
    """
    some, others = some.dropna().astype(float), others.dropna().astype(float)
    if min(len(some), len(others)) < 2:
        return np.nan
    spread = np.sqrt((some.var() + others.var()) / 2)
    return float((some.mean() - others.mean()) / spread) if spread > 0 else np.nan


def standardised_difference_of_shares(some: pd.Series, others: pd.Series) -> float:
    """Distance of two multinomial share vectors in SDs (always positive); for two levels |p - q| / sqrt(mean variance).

    Yang & Dalton, SAS Global Forum 2012, paper 335.
    """
    levels = levels_of(pd.concat([some, others]))[:-1]
    if not levels or not some.notna().any() or not others.notna().any():
        return np.nan
    p, q = (values.dropna().astype(str).value_counts(normalize=True) for values in (some, others))
    p, q = p.reindex(levels, fill_value=0).to_numpy(), q.reindex(levels, fill_value=0).to_numpy()
    covariance = (np.diag(p) - np.outer(p, p) + np.diag(q) - np.outer(q, q)) / 2
    if np.linalg.matrix_rank(covariance) < len(levels):
        return np.nan
    return float(np.sqrt((p - q) @ np.linalg.solve(covariance, p - q)))


def chance_limit(some: int, others: int, levels: int = 2) -> float:
    """Standardised difference that two groups of the same population pass in 1 of 20 samples (large samples).

    d**2 * n1 * n2 / (n1 + n2) is chi-square with levels - 1 degrees of freedom (1 for a numeric characteristic).
    """
    from scipy.special import chdtri

    if min(some, others) < 1 or levels < 2:
        return np.nan
    return float(np.sqrt(chdtri(levels - 1, 0.05) * (1 / some + 1 / others)))


def _rows(values: pd.Series, what: Characteristic) -> list[dict]:
    missing = int(values.isna().sum())
    if what.kind == "numeric":
        return [_row(what, "", len(values) - missing, missing) | _numbers(values.dropna().astype(float))]
    known = values.dropna().astype(str)
    counts = known.value_counts()
    return [
        _row(what, level, int(counts[level]), missing) | {"percent": 100 * counts[level] / len(known)}
        for level in levels_of(values, what.levels)
    ]


def _row(what: Characteristic, level: str, n: int, missing: int) -> dict:
    return {"characteristic": what.label, "level": level, "unit": what.unit, "n": n, "missing": missing}


def _numbers(values: pd.Series) -> dict[str, float]:
    if values.empty:
        return dict.fromkeys(NUMBERS, np.nan)
    q1, median, q3 = values.quantile([0.25, 0.5, 0.75])
    sd = values.std() if len(values) > 1 else np.nan
    numbers = (values.mean(), sd, median, q1, q3, values.min(), values.max())
    return dict(zip(NUMBERS, map(float, numbers), strict=True))
