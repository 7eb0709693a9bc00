"""The three ways of masking a release: what is small, whether counts are rounded, whether zero is small."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import UserError, listed
from pipeline.steps.release import SYMBOL

ROUND_TO = 5
DIGITS = 2
"""Significant digits of means and their intervals."""
MOST_OF_TWO = 0.9
"""A mean is not shown where two families make up more of its total than this."""


@dataclass(frozen=True)
class Profile:
    """`threshold`: smallest number of families that may be shown; `rounded`: counts are rounded to 5 and percentages
    computed from them; `zeros`: zero counts as small."""

    threshold: int
    rounded: bool = False
    zeros: bool = False

    @property
    def half(self) -> int:
        """A rounded count stands for so much more or less."""
        return ROUND_TO // 2

    def note(self, masked: bool, table: bool) -> str:
        """What stands below a view. `masked`: whether a cell is hidden; `table`: counts only, else they stand beside
        means and are always rounded."""
        why = f"a number of fewer than {self.threshold} families could be read or worked out"
        parts = [f"{SYMBOL}: not shown, because otherwise {why}."] if masked else []
        about = f"rounded to {ROUND_TO}" if self.rounded or not table else "exact"
        others = "" if table else f", others to {DIGITS} significant digits"
        return " ".join([*parts, f"Numbers of families are {about}{others}."])

    def small(self, counts: np.ndarray) -> np.ndarray:
        """True where a count may not be shown."""
        counts = np.asarray(counts, dtype=float)
        return (counts < self.threshold) & ((counts >= 0) if self.zeros else (counts > 0))


PROFILES = {5: Profile(5, rounded=True), 8: Profile(8, rounded=True), 10: Profile(10, rounded=True, zeros=True)}
"""Of releases: exact counts of all and of a filter, or of two kinds of recording, could be subtracted."""


def profile(threshold: int) -> Profile:
    """The profile of a threshold; UserError for another one."""
    if threshold not in PROFILES:
        text = f"{threshold} is not a threshold of a release. Choose one of: {listed(tuple(map(str, PROFILES)))}."
        raise UserError(text, value=str(threshold))
    return PROFILES[threshold]


def rounded(counts: pd.Series) -> pd.Series:
    """Counts to the nearest 5."""
    return (counts.astype(float) / ROUND_TO).round() * ROUND_TO


def significant(numbers: pd.Series) -> pd.Series:
    """Numbers to DIGITS significant digits."""
    values = numbers.to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where((values != 0) & np.isfinite(values), np.floor(np.log10(np.abs(values))), 0)
    step = 10.0 ** (power - DIGITS + 1)
    return pd.Series(np.round(np.round(values / step) * step, 12), index=numbers.index)


def to_digits(number: float) -> float:
    """One number to DIGITS significant digits."""
    return float(significant(pd.Series([number])).iloc[0])
