"""Does the link between a score and a smile feature grow over the interaction? The smile paper draws it (Figure 2) and
does not test it.

Feature = score + smile number + score x smile number (+ visit, where there are several), with a random intercept and a
random slope of the smile number per mother, and a random intercept per recording: mothers may change at their own pace,
so that the product is judged against differences between mothers, not between smiles. Beside it the naive test, least
squares over all smiles. The product in SDs is how much the feature, in its SD, changes per SD of the score with every
further smile.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.mixed_tests import contrasts
from pipeline.measures.multiple_testing import benjamini_hochberg
from pipeline.measures.smile_correlation import FEWEST_MOTHERS, varies
from pipeline.measures.smile_frames import numbered

MANY = 5
"""Recordings with so many smiles: late smiles of mothers who smile rarely do not exist, and may be others' smiles."""
TOO_FEW_MOTHERS = "fewer than five mothers"
ALIKE = "the feature or the score is the same everywhere"
ONE_NUMBER = "no recording has two smiles, or too few do"
UNSETTLED = "the model did not settle: read as rough"
COLUMNS = (
    "feature", "least", "n", "recordings", "mothers", "families", "growth", "low", "high", "p", "q", "mixed_growth",
    "mixed_low", "mixed_high", "mixed_df", "mixed_p", "mixed_q", "at_first", "at_first_low", "at_first_high", "note",
)  # fmt: skip
ROOM = 3
"""Rows needed beyond the coefficients."""


def growth(smiles: pd.DataFrame, features: tuple[str, ...], score: str, least: int = 1) -> pd.DataFrame:
    """One row per feature (COLUMNS), over recordings with at least `least` smiles. `growth`, `mixed_growth`: the
    product in SDs per further smile; `at_first`: the score's slope (SD per SD) at the first smile, mixed model.
    Intervals are 95 %.
    """
    known = numbered(smiles[smiles[score].notna()])
    sizes = known.groupby("observation_id")["smile_number"].transform("size")
    known = known[sizes >= least]
    rows = [{"feature": one, "least": least} | _row(known[known[one].notna()], one, score) for one in features]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for p, q in (("p", "q"), ("mixed_p", "mixed_q")):
        frame[q] = benjamini_hochberg(frame[p].to_numpy(float))
    return frame


def _row(rows: pd.DataFrame, feature: str, score: str) -> dict[str, object]:
    """The numbers of one feature."""
    found: dict[str, object] = {"n": len(rows), "note": ""}
    names = {"recordings": "observation_id", "mothers": "caregiver_id", "families": "family_id"}
    found |= {name: rows[column].nunique() for name, column in names.items()}
    if found["mothers"] < FEWEST_MOTHERS:
        return found | {"note": TOO_FEW_MOTHERS}
    y, x = rows[feature].to_numpy(float), rows[score].to_numpy(float)
    if not varies(y) or not varies(x):
        return found | {"note": ALIKE}
    y, further = (y - y.mean()) / y.std(), rows["smile_number"].to_numpy(float) - 1
    design = _design(standardised(rows, score), further, rows["visit"])
    if len(rows) < design.shape[1] + ROOM or np.linalg.matrix_rank(design) < design.shape[1]:
        return found | {"note": ONE_NUMBER}
    found |= dict(zip(("growth", "low", "high", "p"), _naive(y, design), strict=True))
    return found | _by_mothers(rows, y, design, further)


def standardised(rows: pd.DataFrame, score: str) -> np.ndarray:
    """The score of each row in SDs, mean and SD over recordings (each counts once)."""
    once = rows.drop_duplicates("observation_id")[score].to_numpy(float)
    spread = once.std() if varies(once) else 1.0
    return (rows[score].to_numpy(float) - once.mean()) / spread


def _design(score: np.ndarray, further: np.ndarray, visit: pd.Series) -> np.ndarray:
    """Columns: 1, score, number, their product, and one per further visit."""
    codes, names = pd.factorize(visit.astype(object), sort=True, use_na_sentinel=False)
    visits = np.eye(len(names))[codes][:, 1:]
    return np.column_stack([np.ones(len(score)), score, further, score * further, visits])


def _naive(y: np.ndarray, design: np.ndarray) -> tuple[float, float, float, float]:
    """The product by least squares: estimate, interval, p."""
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ y
    free = len(y) - design.shape[1]
    rest = y - design @ beta
    se = float(np.sqrt(rest @ rest / free * inverse[3, 3]))
    reach = float(stdtrit(free, 0.975)) * se
    p = float(2 * stdtr(free, -abs(beta[3] / se))) if se > 0 else 0.0
    return float(beta[3]), float(beta[3] - reach), float(beta[3] + reach), p


def _by_mothers(rows: pd.DataFrame, y: np.ndarray, design: np.ndarray, further: np.ndarray) -> dict[str, object]:
    """The product and the score's slope at the first smile in the mixed model."""
    mothers, recordings = rows["caregiver_id"].to_numpy(), rows["observation_id"].to_numpy()
    fitted = fit_mixed(blocks(y, design, mothers, recordings, further))
    product, first = contrasts(fitted, np.eye(design.shape[1])[[3, 1]])
    found = {"mixed_growth": product.estimate, "mixed_low": product.low, "mixed_high": product.high}
    found |= {"mixed_df": product.df, "mixed_p": product.p, "note": "" if fitted.settled else UNSETTLED}
    return found | {"at_first": first.estimate, "at_first_low": first.low, "at_first_high": first.high}
