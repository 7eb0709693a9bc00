"""Compares those who have a value with those who do not (Table 1 of the head-camera paper)."""

import numpy as np
import pandas as pd

from pipeline.measures.describe import (
    Characteristic,
    chance_limit,
    levels_of,
    standardised_difference,
    standardised_difference_of_shares,
)

GROUPS = ("complete", "missing")
COLUMNS = (
    "characteristic", "level", "n_complete", "mean_complete", "sd_complete", "percent_complete",
    "n_missing", "mean_missing", "sd_missing", "percent_missing", "difference", "chance_limit",
)  # fmt: skip


def compare_completers(
    units: pd.DataFrame, complete: pd.Series, characteristics: tuple[Characteristic, ...]
) -> pd.DataFrame:
    """One row per numeric characteristic and per level of a category (COLUMNS); `complete` is True or False per row.

    Means and SDs (n - 1) of those with a known value, shares in percent of those with a known value. `difference` is
    standardised (complete - missing for numbers, a distance for categories) and stands on a characteristic's first row.
    """
    some, others = units[complete.to_numpy()], units[~complete.to_numpy()]
    rows = [row for what in characteristics for row in _rows(some[what.column], others[what.column], what)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(some: pd.Series, others: pd.Series, what: Characteristic) -> list[dict]:
    groups = dict(zip(GROUPS, (some.dropna(), others.dropna()), strict=True))
    sizes = [len(values) for values in groups.values()]
    if what.kind == "numeric":
        row = {"characteristic": what.label, "level": ""}
        for name, values in groups.items():
            row |= _numbers(values.astype(float), name)
        difference = standardised_difference(some, others)
        return [row | {"difference": difference, "chance_limit": chance_limit(*sizes)}]
    levels = levels_of(pd.concat(list(groups.values())), what.levels)
    rows = [_shares(level, groups, what) for level in levels]
    if rows:
        rows[0]["difference"] = standardised_difference_of_shares(some, others)
        rows[0]["chance_limit"] = chance_limit(*sizes, len(levels))
    return rows


def _numbers(values: pd.Series, group: str) -> dict[str, float]:
    return {
        f"n_{group}": len(values),
        f"mean_{group}": float(values.mean()) if len(values) else np.nan,
        f"sd_{group}": float(values.std()) if len(values) > 1 else np.nan,
    }


def _shares(level: str, groups: dict[str, pd.Series], what: Characteristic) -> dict:
    row: dict = {"characteristic": what.label, "level": level}
    for name, values in groups.items():
        n = int((values.astype(str) == level).sum())
        row |= {f"n_{name}": n, f"percent_{name}": 100 * n / len(values) if len(values) else np.nan}
    return row
