"""What many fits of one question say together: how many agree, and which choice moves the estimate most.

A frame of fits has one row per fit, one column per choice (what was chosen), `estimate` (any unit), `evidence`
(clear, suggestive, none) and `prespecified` (True in one row). Source: Simonsohn, Simmons & Nelson (2020),
Specification curve analysis, Nature Human Behaviour 4.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Agreement:
    """Number of fits, and how many of them: have the sign of the pre-specified fit, its sign and its evidence, are
    clear with its sign, are clear with the other sign.
    """

    fits: int
    same_sign: int
    same_evidence: int
    clear: int
    clear_opposite: int

    def share(self, count: int) -> float:
        """A count as a share of all fits; missing where there is none."""
        return count / self.fits if self.fits else np.nan


def agreement(fits: pd.DataFrame) -> Agreement:
    """How the fits compare with the pre-specified one, which is counted too; all zero but `fits` where it is not
    among them.
    """
    own = fits[fits["prespecified"]]
    if own.empty:
        return Agreement(len(fits), 0, 0, 0, 0)
    first = own.iloc[0]
    same = np.sign(fits["estimate"]) == np.sign(first["estimate"])
    clear = fits["evidence"] == "clear"
    alike = same & (fits["evidence"] == first["evidence"])
    return Agreement(
        len(fits), int(same.sum()), int(alike.sum()), int((same & clear).sum()), int((~same & clear).sum())
    )


def moved_by(fits: pd.DataFrame, choices: tuple[str, ...]) -> pd.DataFrame:
    """Per choice with at least two levels, largest first: `change` (median absolute difference of the estimate
    between two fits that differ in this choice alone: a few fits on few rows do not decide it), `largest` (of those
    differences), `pairs` (their number) and
    `spread_share` (variance of the levels' means as a share of the variance of all estimates; 0 to 1, missing where
    all are the same). A choice that no pair differs in alone has missing changes.
    """
    rows = []
    for choice in choices:
        if fits[choice].nunique() < 2:
            continue
        changes = switched(fits, choice, choices)
        change, largest = (np.median(changes), changes.max()) if len(changes) else (np.nan, np.nan)
        rows.append((choice, fits[choice].nunique(), change, largest, len(changes), spread_share(fits, choice)))
    found = pd.DataFrame(rows, columns=["choice", "levels", "change", "largest", "pairs", "spread_share"])
    return found.sort_values("change", ascending=False, na_position="last", ignore_index=True)


def switched(fits: pd.DataFrame, choice: str, choices: tuple[str, ...]) -> np.ndarray:
    """|difference of estimates| of every pair of fits that differ in `choice` alone."""
    others = [one for one in choices if one != choice]
    found = []
    for _, group in fits.groupby(others, observed=True, dropna=False) if others else [(None, fits)]:
        values = group["estimate"].to_numpy(float)
        first, second = np.triu_indices(len(values), 1)
        found.append(np.abs(values[first] - values[second]))
    return np.concatenate(found) if found else np.empty(0)


def spread_share(fits: pd.DataFrame, choice: str) -> float:
    """Variance of the means of the levels of a choice, weighted by their fits, over the variance of all estimates."""
    values = fits["estimate"].to_numpy(float)
    total = values.var()
    if total == 0:
        return np.nan
    means = fits.groupby(choice, observed=True)["estimate"].transform("mean").to_numpy(float)
    return float(means.var() / total)
