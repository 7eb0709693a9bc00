"""Agreement of many recordings together: matrices are summed, kappas are never averaged."""

import numpy as np
import pandas as pd

from pipeline.measures.agreement import NO_TIME, ONE_EMPTY, kappa, kappa_of, statistics

DRAWS, SEED, LEVEL = 1000, 1, 0.95
ROUNDING = 1e-9
"""A cell below this (s) is the rounding of a subtraction, not time."""
ONE_RECORDING = "one recording: no interval"
NO_INTERVAL = "no interval"


def interval(
    matrices: np.ndarray, nil: bool = False, draws: int = DRAWS, seed: int = SEED, level: float = LEVEL
) -> tuple[float, float, str]:
    """Percentile bootstrap interval of the pooled kappa: recordings (n, K, K) are drawn with replacement.

    Missing with a reason for one recording, and where fewer than half of the draws have a kappa.
    """
    used = matrices.sum((1, 2)) > 0
    if used.sum() < 2:
        return np.nan, np.nan, ONE_RECORDING if used.any() else NO_TIME
    values = drawn(matrices[used], nil, draws, seed)
    values = values[np.isfinite(values)]
    if len(values) < draws / 2:
        return np.nan, np.nan, NO_INTERVAL
    low, high = np.quantile(values, [0.5 - level / 2, 0.5 + level / 2])
    return float(low), float(high), ""


def drawn(matrices: np.ndarray, nil: bool, draws: int, seed: int) -> np.ndarray:
    """Pooled kappa of each draw; the same seed draws the same recordings.

    Sums over the drawn recordings are taken of the margins and the diagonal only: a kappa needs no more.
    """
    n = len(matrices)
    chosen = np.random.default_rng(seed).integers(0, n, (draws, n)) + n * np.arange(draws)[:, None]
    times = np.bincount(chosen.ravel(), minlength=draws * n).reshape(draws, n).astype(float)
    agreed = np.diagonal(matrices, axis1=1, axis2=2)[:, int(nil) :].sum(1)
    return kappa_of(times @ agreed, times @ matrices.sum(2), times @ matrices.sum(1), nil)


def influence(matrices: np.ndarray, nil: bool = False) -> dict[str, np.ndarray]:
    """Per pair of codings (n, K, K): its own `kappa`, the pooled `kappa_without` it, and `pull` = pooled - without.

    A negative pull means that it pulls the pooled kappa down. Missing where a kappa does not exist.
    """
    whole = matrices.sum(0)
    rest = np.where(whole - matrices > ROUNDING, whole - matrices, 0)
    without = kappa(rest, nil) if len(matrices) > 1 else np.full(len(matrices), np.nan)
    return {"kappa": kappa(matrices, nil), "kappa_without": without, "pull": kappa(whole, nil) - without}


def per_pair(
    matrices: np.ndarray, marked: np.ndarray, nil: bool, counts: bool, offered: np.ndarray | None
) -> pd.DataFrame:
    """Statistics of each pair of codings by itself; a pair of which one coder marked nothing is named so."""
    frame = statistics(matrices, nil, counts, offered)
    frame.loc[~marked, "outcome"] = ONE_EMPTY
    return frame
