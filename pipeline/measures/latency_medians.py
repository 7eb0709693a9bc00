"""Median latencies by Kaplan-Meier: of every recording, and of all clocks together with an interval over families."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.measures.dynamics import DRAWS, SEED

HALF = 0.5 + 1e-12


@dataclass(frozen=True)
class Medians:
    """Clocks of `recordings` recordings (frame of `latency.waits`): median wait in seconds.

    Missing where more than half are still waiting when the last clock stops; the pooled median takes all clocks
    together.
    """

    waits: pd.DataFrame
    recordings: int

    @property
    def each(self) -> np.ndarray:
        """The median of each recording (s)."""
        found = np.full(self.recordings, np.nan)
        for recording, rows in self.waits.groupby("observation"):
            found[recording] = _medians(rows, np.ones((1, len(rows))))[0]
        return found

    @property
    def pooled(self) -> float:
        """The median of all clocks (s)."""
        return float(_medians(self.waits, np.ones((1, len(self.waits))))[0])

    @property
    def n(self) -> np.ndarray:
        """Clocks of each recording."""
        return np.bincount(self.waits["observation"].to_numpy(), minlength=self.recordings).astype(float)

    def grouped(self, of: np.ndarray, groups: int) -> "Medians":
        """The same of groups of recordings (dyads), `of` the group of each: all clocks of a group together."""
        return Medians(self.waits.assign(observation=of[self.waits["observation"].to_numpy()]), groups)

    @property
    def frame(self) -> pd.DataFrame:
        """Clocks, answered clocks and clocks whose answer was already on when they started, per recording."""
        observation = self.waits["observation"].to_numpy()
        weights = {name: self.waits[name].to_numpy(dtype=float) for name in ("answered", "already_on")}
        sums = {name: np.bincount(observation, each, self.recordings) for name, each in weights.items()}
        return pd.DataFrame({"clocks": self.n, **sums})

    def interval(self, families: np.ndarray, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
        """95 % interval of the pooled median, families drawn with replacement; missing with fewer than two families, or
        where a twentieth of the draws has no median.
        """
        names, of = np.unique(np.asarray(families), return_inverse=True)
        if len(names) < 2:
            return np.nan, np.nan
        chance = np.full(len(names), 1 / len(names))
        times = np.random.default_rng(seed).multinomial(len(names), chance, size=draws)
        found = _medians(self.waits, times[:, of[self.waits["observation"].to_numpy()]])
        known = found[~np.isnan(found)]
        if len(known) < 0.95 * draws:
            return np.nan, np.nan
        low, high = np.quantile(known, [0.025, 0.975])
        return float(low), float(high)


def _medians(waits: pd.DataFrame, weights: np.ndarray) -> np.ndarray:
    """Kaplan-Meier medians (s) of the same clocks, each counted as often as its weight (draws, clocks)."""
    wait, answered = waits["wait_ms"].to_numpy(), waits["answered"].to_numpy(dtype=bool)
    if not len(wait):
        return np.full(len(weights), np.nan)
    order = np.lexsort((~answered, wait))
    weight = weights[:, order].astype(float)
    starts = np.flatnonzero(np.r_[True, np.diff(wait[order]) > 0])
    stopped = np.add.reduceat(weight, starts, axis=1)
    answers = np.add.reduceat(weight * answered[order], starts, axis=1)
    risk = stopped[:, ::-1].cumsum(axis=1)[:, ::-1]
    waiting = np.cumprod(1 - np.divide(answers, risk, out=np.zeros_like(risk), where=risk > 0), axis=1)
    reached = waiting <= HALF
    seconds = wait[order][starts][reached.argmax(axis=1)] / 1000
    return np.where(reached.any(axis=1), seconds, np.nan)
