"""One number per recording, and the same number of all recordings together, from sums that add up over recordings."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.measures import contingent, recurrence
from pipeline.measures.dynamics import DRAWS, MISSING, SEED, Pairs, Series, Stream, bootstrap
from pipeline.measures.lag_sequential import yule_q
from pipeline.measures.state_space import dispersion, flattened, grid

Value = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Numbers:
    """`sums` (recordings, parts) and what makes a number of any such sums; `n` of a recording is the part `rests_on`.

    The pooled number is that of the added sums, never a mean of numbers.
    """

    parts: tuple[str, ...]
    sums: np.ndarray
    value: Value
    rests_on: str

    @property
    def each(self) -> np.ndarray:
        """The number of each recording."""
        return self.value(self.sums)

    @property
    def pooled(self) -> float:
        """The number of all recordings together."""
        return float(self.value(self.sums.sum(0)))

    @property
    def n(self) -> np.ndarray:
        """What the number of each recording rests on."""
        return self.sums[:, self.parts.index(self.rests_on)]

    def grouped(self, of: np.ndarray, groups: int) -> "Numbers":
        """The same of groups of recordings (dyads), `of` the group of each: sums are added, then made a number."""
        sums = np.zeros((groups, self.sums.shape[1]))
        np.add.at(sums, of, self.sums)
        return replace(self, sums=sums)

    @property
    def frame(self) -> pd.DataFrame:
        """The sums with their names."""
        return pd.DataFrame(self.sums, columns=list(self.parts))

    def interval(self, families: np.ndarray, draws: int = DRAWS, seed: int = SEED) -> tuple[float, float]:
        """95 % interval of the pooled number over families."""
        return bootstrap(self.sums, families, self.value, draws, seed)


def of_pairs(pairs: Pairs, recordings: int, codes: tuple[int, int], number: str) -> Numbers:
    """Yule's Q or share (target given the given code) of one cell of a lag table."""
    first, second = pairs.given == codes[0], pairs.target == codes[1]
    chosen = (first & second, first, second, np.ones(len(first), dtype=bool))
    sums = np.stack([np.bincount(pairs.observation[each], minlength=recordings) for each in chosen], axis=1)
    parts = ("both", "given", "target", "pairs")
    if number == "share":
        return Numbers(parts, sums.astype(float), lambda some: _ratio(some[..., 0], some[..., 1]), "given")
    return Numbers(parts, sums.astype(float), lambda some: yule_q(*np.moveaxis(some, -1, 0)), "pairs")


def of_responses(given: Stream, target: Stream, codes: tuple[int, int], window_ms: int, number: str) -> Numbers:
    """Contingent response: "share" followed, its "excess" over the base, or the "odds_ratio"."""
    values: dict[str, Value] = {
        "share": contingent.share,
        "excess": lambda sums: contingent.share(sums) - contingent.base(sums, window_ms),
        "odds_ratio": lambda sums: contingent.odds_ratio(sums, window_ms),
    }
    sums = contingent.counts(given, target, codes, window_ms)
    return Numbers(contingent.COUNTS, sums, values[number], "antecedents")


def of_recurrence(first: Series, second: Series, number: str, lag: int = 0) -> Numbers:
    """Recurrence: "rate", "determinism", "laminarity_second", "laminarity_first" (percent), or the share "at_lag"."""
    if number == "at_lag":
        sums = recurrence.profile(first, second, abs(lag))[:, abs(lag) + lag]
        return Numbers(("matches", "samples"), sums, lambda some: _ratio(some[..., 0], some[..., 1]), "samples")
    values: dict[str, Value] = {
        "rate": recurrence.rate,
        "determinism": recurrence.determinism,
        "laminarity_second": lambda sums: recurrence.laminarity(sums, "second"),
        "laminarity_first": lambda sums: recurrence.laminarity(sums, "first"),
    }
    sums = np.c_[recurrence.counts(first, second), np.bincount(first.observation, minlength=first.recordings)]
    return Numbers((*recurrence.COUNTS, "samples"), sums, values[number], "samples")


def of_grid(first: Stream, second: Stream, number: str, codes: tuple[int, int] = (MISSING, MISSING)) -> Numbers:
    """State-space grid: "dispersion", "share" of the time in one cell, or "seconds_per_visit"."""
    found = grid(first, second)
    shape = found.time_ms.shape
    time = flattened(found.time_ms)
    cells = [f"{one} x {other}" for one in first.labels for other in second.labels]
    cell = max(codes[0], 0) * shape[2] + max(codes[1], 0)
    values: dict[str, Value] = {
        "dispersion": lambda sums: dispersion(sums[..., 2:].reshape(*sums.shape[:-1], *shape[1:])),
        "share": lambda sums: _ratio(sums[..., 2 + cell], sums[..., 0]),
        "seconds_per_visit": lambda sums: _ratio(sums[..., 0] / 1000, sums[..., 1]),
    }
    sums = np.c_[time.sum(1), flattened(found.counts).sum(1), time].astype(float)
    return Numbers(("ms", "visits", *cells), sums, values[number], "visits")


def of_waits(waits: pd.DataFrame, recordings: int, number: str) -> Numbers:
    """Latencies without their order: "mean" of the answered (s), or "rate" of answers per minute waited."""
    observation, answered = waits["observation"].to_numpy(), waits["answered"].to_numpy(dtype=bool)
    wait = waits["wait_ms"].to_numpy(dtype=float)
    weights = (np.ones(len(wait)), answered.astype(float), wait, wait * answered)
    sums = np.stack([np.bincount(observation, each, recordings) for each in weights], axis=1)
    parts = ("clocks", "answered", "waited_ms", "answered_ms")
    if number == "mean":
        return Numbers(parts, sums, lambda some: _ratio(some[..., 3] / 1000, some[..., 1]), "clocks")
    return Numbers(parts, sums, lambda some: _ratio(some[..., 1] * 60_000, some[..., 2]), "clocks")


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Shares; missing where the whole is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)
