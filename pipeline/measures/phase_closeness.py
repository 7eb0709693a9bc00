"""Whether sessions keep their places when durations are predicted: what is left of differences between them.

A model of durations lives on differences between sessions. `slope` says how much of one the predictions show (1: all
of it, 0.5: half), `correlation` how well they follow it, `icc` how far they are the same numbers (ICC(A,1)).
"""

import numpy as np
import pandas as pd

from pipeline.measures.agreement_icc import icc
from pipeline.measures.phase_metrics import DRAWS, drawn, interval

COLUMNS = ("class", "human_sd", "predicted_sd", "noise", "correlation", "correlation_low", "correlation_high",
           "slope", "slope_low", "slope_high", "icc")  # fmt: skip


def closeness(points: pd.DataFrame, seed: int = 1, draws: int = DRAWS) -> pd.DataFrame:
    """One row of COLUMNS per class of `points` (session, family, class, human_s, predicted_s). SDs between sessions in
    s; `noise`: SD of predicted minus human over the human SD. Intervals: families drawn with replacement. What does not
    exist (fewer than two sessions, all alike) is missing.
    """
    rows = [
        {"class": name, **_one(mine["human_s"].to_numpy(), mine["predicted_s"].to_numpy(), mine["family"], seed, draws)}
        for name, mine in points.groupby("class", sort=False)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _one(human: np.ndarray, said: np.ndarray, family: pd.Series, seed: int, draws: int) -> dict[str, float]:
    place, names = pd.factorize(family.astype("str"), sort=True)
    sums = _sums(human, said, place, len(names))
    value = _lines(sums.sum(axis=0)[None])[0]
    low, high = interval(_lines(drawn(len(names), seed, draws) @ sums), len(names))
    enough = len(human) > 1
    own, other, apart = (float(one.std(ddof=1)) if enough else np.nan for one in (human, said, said - human))
    alike = icc(np.column_stack([human, said]))["icc_a_1"]
    lines = {"correlation": 0, "slope": 1}
    found = {"human_sd": own, "predicted_sd": other, "noise": apart / own if own > 0 else np.nan, "icc": float(alike)}
    for name, at in lines.items():
        found |= {name: value[at], f"{name}_low": low[at], f"{name}_high": high[at]}
    return found


def _sums(human: np.ndarray, said: np.ndarray, family: np.ndarray, families: int) -> np.ndarray:
    """Per family (families, 6): sessions, sums of both, of both squared and of the product; centred first, so that no
    digit is lost.
    """
    x, y = human - human.mean(), said - said.mean()
    columns = (np.ones(len(x)), x, y, x * x, y * y, x * y)
    return np.column_stack([np.bincount(family, one, families) for one in columns])


def _lines(sums: np.ndarray) -> np.ndarray:
    """Correlation and slope of predicted on human (n, 2) of summed rows (n, 6)."""
    n, x, y, xx, yy, xy = sums.T
    with np.errstate(divide="ignore", invalid="ignore"):
        own, other, both = xx - x * x / n, yy - y * y / n, xy - x * y / n
        alike, still = (one <= 1e-9 * n for one in (own, other))
        correlation = np.where(alike | still, np.nan, both / np.sqrt(own * other))
        return np.stack([correlation, np.where(alike, np.nan, both / own)], axis=1)
