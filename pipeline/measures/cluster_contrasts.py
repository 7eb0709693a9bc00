"""Two groups of observations compared, with intervals that respect dyads: difference of means and ratio of SDs.

Each observation's part in an estimate is added up per dyad and group; a group's variance is G / (G - 1) times the sum
of the squared totals of its G dyads (cluster-robust, Liang and Zeger 1986), and a dyad that stands in both groups adds
the product of its two totals. The t has Satterthwaite's degrees of freedom, so that a small group gets the wide
interval that it deserves. SDs are compared as the log of their ratio.
"""

import numpy as np
import pandas as pd
from scipy.special import stdtrit

COLUMNS = (
    "mean_first", "mean_second", "difference", "low", "high", "sd_first", "sd_second", "ratio", "ratio_low",
    "ratio_high", "observations_first", "observations_second", "dyads_first", "dyads_second", "note",
)  # fmt: skip
FEWEST_DYADS = 5
"""With fewer in a group an interval would say more about the formula than about the dyads."""
TOO_FEW = "fewer than five dyads in a group: no interval"
ALIKE = "the same in every observation of a group: no ratio of SDs"


def cluster_contrasts(
    rows: pd.DataFrame, by: list[str], value: str, first: str, dyad: str = "dyad_id", level: float = 0.95
) -> pd.DataFrame:
    """One row per combination of `by`: mean of `value` where the column `first` is True minus the mean where it is
    False, and the SD (n - 1) of the first over that of the second, each with its interval (COLUMNS).
    """
    known = rows[rows[value].notna()]
    found = []
    for name, cell in known.groupby(by, observed=True, sort=True):
        numbers = _contrast(cell[value].to_numpy(float), cell[first].to_numpy(bool), cell[dyad], level)
        found.append(dict(zip(by, name, strict=True)) | numbers)
    return pd.DataFrame(found, columns=[*by, *COLUMNS])


def _contrast(values: np.ndarray, first: np.ndarray, dyad: pd.Series, level: float) -> dict[str, object]:
    """The numbers of one cell."""
    groups = (first, ~first)
    dyads = [int(dyad[mine].nunique()) for mine in groups]
    found: dict[str, object] = {"note": ""}
    for name, mine, count in zip(("first", "second"), groups, dyads, strict=True):
        some = values[mine]
        found |= {
            f"mean_{name}": float(some.mean()) if len(some) else np.nan,
            f"sd_{name}": float(some.std(ddof=1)) if len(some) > 1 else np.nan,
            f"observations_{name}": len(some),
            f"dyads_{name}": count,
        }
    found["difference"] = found["mean_first"] - found["mean_second"]
    if min(dyads) < FEWEST_DYADS:
        return found | {"note": TOO_FEW}
    clusters = pd.factorize(dyad)[0]
    found["low"], found["high"] = _interval(found["difference"], _of_mean(values, groups), clusters, groups, level)
    if min(found["sd_first"], found["sd_second"]) < 1e-12:
        return found | {"note": ALIKE}
    log_ratio = np.log(found["sd_first"] / found["sd_second"])
    ends = _interval(log_ratio, _of_log_sd(values, groups), clusters, groups, level)
    found["ratio"], found["ratio_low"], found["ratio_high"] = map(float, np.exp([log_ratio, *ends]))
    return found


def _of_mean(values: np.ndarray, groups: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Each observation's part in the difference of means."""
    parts = np.zeros(len(values))
    for sign, mine in zip((1, -1), groups, strict=True):
        parts[mine] = sign * (values[mine] - values[mine].mean()) / mine.sum()
    return parts


def _of_log_sd(values: np.ndarray, groups: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Each observation's part in the log of the ratio of SDs (delta method)."""
    parts = np.zeros(len(values))
    for sign, mine in zip((1, -1), groups, strict=True):
        squares = (values[mine] - values[mine].mean()) ** 2
        parts[mine] = sign * (squares / squares.mean() - 1) / (2 * mine.sum())
    return parts


def _interval(
    estimate: float, parts: np.ndarray, clusters: np.ndarray, groups: tuple[np.ndarray, np.ndarray], level: float
) -> tuple[float, float]:
    """Both ends of the interval of one estimate."""
    totals, variances, freedom = [], [], []
    for mine in groups:
        count = len(np.unique(clusters[mine]))
        total = np.bincount(clusters[mine], parts[mine], clusters.max() + 1) * np.sqrt(count / (count - 1))
        totals.append(total)
        variances.append(total @ total)
        freedom.append(count - 1)
    shared = 2 * (totals[0] @ totals[1])
    variance = max(sum(variances) + shared, 0.0)
    if variance == 0:
        return estimate, estimate
    degrees = sum(variances) ** 2 / sum(one**2 / free for one, free in zip(variances, freedom, strict=True))
    reach = stdtrit(degrees, 0.5 + level / 2) * np.sqrt(variance)
    return float(estimate - reach), float(estimate + reach)
