"""How far answers are off: per window and per session, beside the baselines, with intervals over mothers.

Frames of answers have one row per seed and window: `seed`, `mother`, `session`, `score`, and a column per guess
(`network`, `mean`, `median`, `ridge`), all in points.
"""

from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.measures.cluster_means import cluster_means

GUESSES = ("network", "mean", "median", "ridge")
UNITS = ("window", "session")
METRICS = ("mae", "rmse")
DRAWS = 4000
"""Bootstrap samples of mothers."""
BINS = 5
FEWEST_FAMILIES = 5
"""A point of the calibration rests on so many families at least."""


def per_session(answers: pd.DataFrame) -> pd.DataFrame:
    """One row per seed and session: its answer is the mean over its windows."""
    keys = ["seed", "mother", "session"]
    return answers.groupby(keys, as_index=False)[["score", *GUESSES]].mean()


def metric(answers: pd.DataFrame, guess: str, name: str) -> float:
    """Mean absolute error or root mean squared error in points of each seed, then the mean over seeds."""
    off = (answers[guess] - answers["score"]).abs()
    if name == "mae":
        return float(off.groupby(answers["seed"]).mean().mean())
    return float(np.sqrt((off**2).groupby(answers["seed"]).mean()).mean())


def errors(answers: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """One row per unit (window, session), guess and metric: `value`, and for the others than the network `difference`
    (network minus guess: below 0 the network is better) with `low`, `high`, its 95 % interval over mothers.
    """
    rows = []
    for unit in UNITS:
        frame = answers if unit == "window" else per_session(answers)
        for name in METRICS:
            worth = {guess: _sums(frame, guess, name) for guess in GUESSES}
            counts = frame.pivot_table(index="mother", columns="seed", values="score", aggfunc="size", fill_value=0)
            ends = {guess: difference(worth["network"], worth[guess], counts.to_numpy(float), name, seed)
                    for guess in GUESSES[1:]}  # fmt: skip
            for guess in GUESSES:
                apart = ends.get(guess, (np.nan, np.nan, np.nan))
                rows.append((unit, guess, name, metric(frame, guess, name), *apart))
    return pd.DataFrame(rows, columns=["unit", "guess", "metric", "value", "difference", "low", "high"])


def _sums(frame: pd.DataFrame, guess: str, name: str) -> np.ndarray:
    """Sum of absolute or squared errors per mother and seed."""
    off = (frame[guess] - frame["score"]).abs()
    worth = frame.assign(worth=off if name == "mae" else off**2)
    table = worth.pivot_table(index="mother", columns="seed", values="worth", aggfunc="sum", fill_value=0)
    return table.to_numpy(float)


def difference(
    network: np.ndarray, guess: np.ndarray, counts: np.ndarray, name: str, seed: int
) -> tuple[float, float, float]:
    """Network minus guess and its 95 % percentile interval, mothers drawn with replacement; sums are (mothers, seeds).

    The networks are not trained again: the interval speaks of other mothers asked, not of other mothers taught.
    """
    every = _drawn(len(counts), DRAWS, seed)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = [(every @ sums) / (every @ counts) for sums in (network, guess)]
    if name == "rmse":
        values = [np.sqrt(one) for one in values]
    apart = np.nanmean(values[0] - values[1], axis=1)
    low, high = np.quantile(apart[1:], [0.025, 0.975])
    return float(apart[0]), float(low), float(high)


@lru_cache(maxsize=16)
def _drawn(mothers: int, draws: int, seed: int) -> np.ndarray:
    """How often each mother is in each sample, (1 + draws, mothers): all of them once, then drawn with replacement."""
    drawn = np.random.default_rng((seed, mothers)).multinomial(mothers, np.full(mothers, 1 / mothers), size=draws)
    return np.vstack([np.ones((1, mothers)), drawn])


def spread_difference(answers: pd.DataFrame, spread: float, unit: str, seed: int = 1) -> tuple[float, float, float]:
    """MAE of the network minus the width of a band, with its interval."""
    frame = answers if unit == "window" else per_session(answers)
    counts = frame.pivot_table(index="mother", columns="seed", values="score", aggfunc="size", fill_value=0)
    table = counts.to_numpy(float)
    return difference(_sums(frame, "network", "mae"), spread * table, table, "mae", seed)


def calibration(answers: pd.DataFrame) -> pd.DataFrame:
    """Sessions in up to BINS groups by their answer, the mean over seeds: `predicted`, `observed` with `low`, `high`
    (over mothers), `sessions`, `families`; groups of fewer than FEWEST_FAMILIES families are left out of the numbers.
    """
    frame = per_session(answers).groupby(["mother", "session"], as_index=False)[["score", "network"]].mean()
    edges = np.unique(np.quantile(frame["network"], np.linspace(0, 1, BINS + 1)[1:-1])) if len(frame) else []
    frame["bin"] = np.searchsorted(edges, frame["network"], side="left")
    found = cluster_means(frame, ["bin"], "score", dyad="mother", scale="identity")
    found = found.rename(columns={"mean": "observed", "observations": "sessions", "dyads": "families"})
    found["predicted"] = frame.groupby("bin")["network"].mean().to_numpy()
    hidden = found["families"] < FEWEST_FAMILIES
    numbers = ["predicted", "observed", "low", "high"]
    found[numbers] = found[numbers].mask(hidden)
    return found[["bin", *numbers, "sessions", "families"]]
