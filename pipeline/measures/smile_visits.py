"""Do smiles differ between two visits: Welch's t-test and Cohen's d with the pooled SD (Table III of the smile paper),
and beside them a test that knows which smiles belong to one mother.

Every difference is first minus second, in the order the caller names. Mothers seen at both visits count in both
groups: the naive test takes their smiles as independent; the mixed model (random intercepts per mother and per
recording) compares them with themselves and still uses mothers seen once; the paired test uses only mothers seen at
both visits, with one mean each.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.mixed_tests import contrast
from pipeline.measures.multiple_testing import benjamini_hochberg
from pipeline.measures.smile_correlation import FEWEST_MOTHERS, TOO_FEW_MOTHERS, varies
from pipeline.measures.smile_frames import numbered

TOO_FEW = "fewer than two smiles at a visit"
ALIKE = "the feature is the same in every smile"
COLUMNS = (
    "feature", "first", "second", "n_first", "n_second", "families_first", "families_second", "families",
    "mean_first", "mean_second", "sd_first", "sd_second", "difference", "low", "high", "t", "df", "p", "q", "d",
    "variance_ratio", "mixed_difference", "mixed_low", "mixed_high", "mixed_df", "mixed_p", "mixed_q", "pairs",
    "paired_difference", "paired_low", "paired_high", "paired_p", "note",
)  # fmt: skip


def visit_contrasts(smiles: pd.DataFrame, features: tuple[str, ...], first: str, second: str) -> pd.DataFrame:
    """One row per feature (COLUMNS): the visit `first` minus the visit `second`; q are p values by Benjamini-Hochberg
    over the features. `smiles`: rows of the cohort frame. What cannot be computed is missing, and `note` says why.
    """
    both = numbered(smiles[smiles["visit"].isin([first, second])])
    rows = [_row(both[both[feature].notna()], feature, first, second) for feature in features]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for p, q in (("p", "q"), ("mixed_p", "mixed_q")):
        frame[q] = benjamini_hochberg(frame[p].to_numpy(float))
    return frame


def welch(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """Difference of means with its interval, t, Welch's degrees of freedom, p, pooled d and the ratio of variances."""
    n, m = len(first), len(second)
    v, w = float(first.var(ddof=1)), float(second.var(ddof=1))
    difference, size = float(first.mean() - second.mean()), v / n + w / m
    df = size**2 / ((v / n) ** 2 / (n - 1) + (w / m) ** 2 / (m - 1))
    t, reach = difference / np.sqrt(size), float(stdtrit(df, 0.975) * np.sqrt(size))
    found = {"difference": difference, "low": difference - reach, "high": difference + reach}
    found |= {"t": float(t), "df": float(df), "p": float(2 * stdtr(df, -abs(t)))}
    return found | {"d": difference / pooled_sd(v, w, n, m), "variance_ratio": v / w if w > 0 else np.inf}


def pooled_sd(first: float, second: float, n: int, m: int) -> float:
    """The SD of two groups together from their variances (n - 1) and sizes."""
    return float(np.sqrt(((n - 1) * first + (m - 1) * second) / (n + m - 2)))


def from_printed(t: float, df: float, n: int, m: int) -> tuple[float, float]:
    """Cohen's d (pooled SD) and the ratio of variances first / second behind a printed Welch t(df) of groups n and m.

    With w the first group's share of the squared standard error, 1/df = w**2 / (n - 1) + (1 - w)**2 / (m - 1); of the
    two solutions the one with the larger first variance is taken. df must lie between the smaller n - 1 and n + m - 2.
    """
    a, b = 1 / (n - 1), 1 / (m - 1)
    inside = max(b**2 - (a + b) * (b - 1 / df), 0.0)
    share = min((b + np.sqrt(inside)) / (a + b), 1 - 1e-12)
    ratio = share / (1 - share) * n / m
    return float(t * np.sqrt(ratio / n + 1 / m) / pooled_sd(ratio, 1.0, n, m)), float(ratio)


def _row(rows: pd.DataFrame, feature: str, first: str, second: str) -> dict[str, object]:
    """The numbers of one feature."""
    earlier = (rows["visit"] == first).to_numpy(bool)
    values = rows[feature].to_numpy(float)
    found: dict[str, object] = {"feature": feature, "first": first, "second": second, "note": ""}
    found["families"] = rows["family_id"].nunique()
    for name, mine in (("first", earlier), ("second", ~earlier)):
        some = values[mine]
        found |= {f"n_{name}": len(some), f"families_{name}": rows["family_id"][mine].nunique()}
        found[f"mean_{name}"] = float(some.mean()) if len(some) else np.nan
        found[f"sd_{name}"] = float(some.std(ddof=1)) if len(some) > 1 else np.nan
    if min(found["n_first"], found["n_second"]) < 2:
        return found | {"note": TOO_FEW}
    if not varies(values) or found["sd_first"] + found["sd_second"] == 0:
        return found | {"note": ALIKE}
    found |= welch(values[earlier], values[~earlier])
    found |= paired(rows, feature, first, second)
    if rows["caregiver_id"].nunique() < FEWEST_MOTHERS:
        return found | {"note": TOO_FEW_MOTHERS}
    return found | _by_mothers(rows, values, earlier)


def _by_mothers(rows: pd.DataFrame, values: np.ndarray, first: np.ndarray) -> dict[str, object]:
    """The difference in a mixed model: random intercepts per mother and per recording."""
    design = np.column_stack([np.ones(len(values)), first.astype(float)])
    mothers, recordings = rows["caregiver_id"].to_numpy(), rows["observation_id"].to_numpy()
    tested = contrast(fit_mixed(blocks(values - values.mean(), design, mothers, recordings)), np.array([0.0, 1.0]))
    found = {"mixed_difference": tested.estimate, "mixed_low": tested.low, "mixed_high": tested.high}
    return found | {"mixed_df": tested.df, "mixed_p": tested.p}


def paired(rows: pd.DataFrame, feature: str, first: str, second: str) -> dict[str, object]:
    """Mothers seen at both visits: the mean of one visit minus that of the other, averaged over mothers; a paired t."""
    means = rows.groupby(["caregiver_id", "visit"])[feature].mean().unstack().reindex(columns=[first, second])
    changes = (means[first] - means[second]).dropna().to_numpy(float)
    found: dict[str, object] = {"pairs": len(changes)}
    if len(changes) < 3 or not varies(changes):
        return found
    se = float(changes.std(ddof=1) / np.sqrt(len(changes)))
    mean, reach = float(changes.mean()), float(stdtrit(len(changes) - 1, 0.975)) * se
    p = float(2 * stdtr(len(changes) - 1, -abs(mean / se)))
    return found | {
        "paired_difference": mean, "paired_low": mean - reach, "paired_high": mean + reach, "paired_p": p,
    }  # fmt: skip
