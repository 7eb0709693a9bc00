"""Does a score show in the n-th smile: correlation and simple regression of each feature of the n-th smile with a score
(Figure 2 of the smile paper), each number of smiles on its own.

A recording has one n-th smile, but a mother may have several recordings. Beside the naive test, which takes recordings
as independent, stands a mixed model with a random intercept per mother; its slope in standard deviations is the
correlation's counterpart (without repeated mothers the two are the same).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pipeline.measures.correlation import interval
from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.mixed_tests import Tested, contrast
from pipeline.measures.smile_frames import numbered

FEWEST_ROWS = 3
"""Two recordings always lie on a line."""
FEWEST_MOTHERS = 5
"""With fewer mothers a model of mothers says more about its formula than about them."""
TOO_FEW_ROWS = "fewer than three recordings"
SAME_FEATURE = "the feature is the same in every recording"
SAME_SCORE = "the score is the same in every recording"
TOO_FEW_MOTHERS = "fewer than five mothers: no test by mothers"
COLUMNS = (
    "n", "mothers", "families", "r", "low", "high", "slope", "intercept", "slope_low", "slope_high", "t", "p",
    "mixed_r", "mixed_low", "mixed_high", "mixed_slope", "mixed_df", "mixed_p", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """Simple regression: r, slope and intercept, 95 % interval of the slope, t and two-sided p on n - 2 df."""

    r: float
    slope: float
    intercept: float
    slope_low: float
    slope_high: float
    t: float
    p: float


def by_number(smiles: pd.DataFrame, features: tuple[str, ...], score: str) -> pd.DataFrame:
    """One row per feature and smile number: feature, smile_number, then COLUMNS. `smiles`: rows of the cohort frame
    (caregiver_id, family_id, smile_number, features and the score's column); rows without a score are left out.

    r is missing below FEWEST_ROWS recordings and where nothing varies; `note` says why. Intervals are 95 %.
    """
    known = numbered(smiles[smiles[score].notna()])
    rows = [
        {"feature": feature, "smile_number": int(number)} | related(part, feature, score)
        for feature in features
        for number, part in known.groupby("smile_number", sort=True)
    ]
    return pd.DataFrame(rows, columns=["feature", "smile_number", *COLUMNS])


def related(rows: pd.DataFrame, feature: str, score: str) -> dict[str, object]:
    """COLUMNS of one feature and one score over rows that are taken as recordings."""
    rows = rows[rows[feature].notna()]
    y, x = rows[feature].to_numpy(float), rows[score].to_numpy(float)
    mothers = rows["caregiver_id"].to_numpy()
    found: dict[str, object] = {"n": len(rows), "mothers": rows["caregiver_id"].nunique()}
    found |= {"families": rows["family_id"].nunique(), "note": _note(y, x)}
    if found["note"]:
        return found
    line = regression(x, y)
    low, high = interval(line.r, len(rows))
    found |= {"low": low, "high": high} | line.__dict__
    if found["mothers"] < FEWEST_MOTHERS:
        return found | {"note": TOO_FEW_MOTHERS}
    tested = slope_by_mothers(x, y, mothers)
    scale = x.std() / y.std()
    found |= {"mixed_r": tested.estimate * scale, "mixed_low": tested.low * scale, "mixed_high": tested.high * scale}
    return found | {"mixed_slope": tested.estimate, "mixed_df": tested.df, "mixed_p": tested.p}


def _note(y: np.ndarray, x: np.ndarray) -> str:
    """Why there is no correlation; empty where there is one."""
    if len(y) < FEWEST_ROWS:
        return TOO_FEW_ROWS
    if not varies(y):
        return SAME_FEATURE
    return "" if varies(x) else SAME_SCORE


def varies(values: np.ndarray) -> bool:
    """Whether numbers differ by more than rounding."""
    return len(values) > 1 and bool(np.ptp(values) > 1e-12 * max(1.0, np.abs(values).max()))


def regression(x: np.ndarray, y: np.ndarray) -> Line:
    """Least squares of y on x (n,), both varying, n >= 3."""
    n = len(x)
    from_mean, to_mean = x - x.mean(), y - y.mean()
    sxx, syy, sxy = from_mean @ from_mean, to_mean @ to_mean, from_mean @ to_mean
    r = float(np.clip(sxy / np.sqrt(sxx * syy), -1, 1))
    slope = float(sxy / sxx)
    se = float(np.sqrt(max(syy - slope * sxy, 0.0) / (n - 2) / sxx))
    t = slope / se if se > 0 else np.inf * np.sign(slope)
    reach = stdtrit(n - 2, 0.975) * se
    p = float(2 * stdtr(n - 2, -abs(t)))
    return Line(r, slope, float(y.mean() - slope * x.mean()), slope - reach, slope + reach, float(t), p)


def slope_by_mothers(x: np.ndarray, y: np.ndarray, mothers: np.ndarray, recordings: np.ndarray | None = None) -> Tested:
    """Slope of y on x (n,) in a mixed model with a random intercept per mother, and per recording where several smiles
    of it are among the rows."""
    design = np.column_stack([np.ones(len(x)), x - x.mean()])
    return contrast(fit_mixed(blocks(y - y.mean(), design, mothers, recordings)), np.array([0.0, 1.0]))
