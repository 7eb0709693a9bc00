"""Five questionnaires of the mothers at both visits: totals with the published means and SDs, and their items."""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.demo.parameters import smile_parameters
from pipeline.demo.questionnaires import answers, at_chances, beta_binomial, to_moments

ITEMS = {"PHQ-9": (9, 3, ()), "ACEs": (10, 1, ()), "PSS-10": (10, 4, (4, 5, 7, 8))}
"""Instruments handed in with their items: (items, highest answer, reversed items); the others as totals only."""
HIGHEST = {"PHQ-9": 27, "ACEs": 10, "PSS-10": 40, "PEARLS": 10, "Social Support": 100}


@dataclass(frozen=True)
class VisitScores:
    """Totals per instrument (recordings,), ordered by mother and then visit; answers (recordings, items) as ticked; and
    the load of every recording: the weighted sum of the standardised totals, mean 0 and SD 1.
    """

    totals: dict[str, np.ndarray]
    items: dict[str, np.ndarray]
    load: np.ndarray


def draw_scores(rng: np.random.Generator, mothers: int, visits: int) -> VisitScores:
    """The five questionnaires of `mothers` at `visits` visits."""
    wanted = smile_parameters()["scores"]
    common = rng.standard_normal(mothers)
    totals = {name: _totals(rng, name, common, visits) for name in wanted}
    items = {name: answers(rng, totals[name], *shape) for name, shape in ITEMS.items()}
    return VisitScores(totals, items, _load(totals))


def _load(totals: dict[str, np.ndarray]) -> np.ndarray:
    weights = {name: entry["weight"] for name, entry in smile_parameters()["scores"].items()}
    return standardised(sum(weight * standardised(totals[name]) for name, weight in weights.items()))


def standardised(values: np.ndarray) -> np.ndarray:
    """Mean 0, SD (n - 1) 1."""
    return (values - values.mean()) / values.std(ddof=1)


def _totals(rng: np.random.Generator, name: str, common: np.ndarray, visits: int) -> np.ndarray:
    """Totals of one instrument, mothers x visits in one row, with the published mean and SD to two decimals."""
    wanted, high = smile_parameters()["scores"][name], HIGHEST[name]
    turn = (lambda totals: totals) if wanted["loading"] > 0 else (lambda totals: high - totals)
    drawn = at_chances(
        _latent(rng, wanted, common, visits).ravel(), beta_binomial(turn(wanted["mean"]), wanted["sd"], high)
    )
    most = turn(wanted["reaches"]) if "reaches" in wanted else high
    drawn = np.minimum(drawn, most)
    if "reaches" in wanted:
        last = np.arange(visits - 1, len(drawn), visits)
        drawn[last[np.argmax(drawn[last])]] = most
    totals = to_moments(rng, drawn, turn(wanted["mean"]), wanted["sd"], most)
    if "mean_change" in wanted:
        totals = _with_mean_change(rng, totals.reshape(-1, visits), wanted["mean_change"]).ravel()
    return turn(totals)


def _latent(rng: np.random.Generator, wanted: dict, common: np.ndarray, visits: int) -> np.ndarray:
    """Standard normal values (mothers, visits): a common factor, what stays of the questionnaire, and the day."""
    loading, stable = abs(wanted["loading"]), wanted["stability"]
    own = rng.standard_normal(len(common))
    day = rng.standard_normal((len(common), visits))
    stays = loading * common + math.sqrt(max(stable - loading**2, 0.0)) * own
    return stays[:, None] + math.sqrt(1 - max(stable, loading**2)) * day


def _with_mean_change(rng: np.random.Generator, totals: np.ndarray, wanted: float) -> np.ndarray:
    """The totals (mothers, 2), those of the second visit exchanged between mothers until the mean absolute difference
    of the visits is `wanted` (or one point of one mother from it); mean and SD stay.
    """
    totals, goal = totals.copy(), round(wanted * len(totals))
    gap = abs(int(np.abs(totals[:, 1] - totals[:, 0]).sum()) - goal)
    for _ in range(20_000):
        if gap <= 1:
            break
        pair = rng.choice(len(totals), 2, replace=False)
        trial = totals.copy()
        trial[pair, 1] = totals[pair[::-1], 1]
        other = abs(int(np.abs(trial[:, 1] - trial[:, 0]).sum()) - goal)
        if other < gap:
            totals, gap = trial, other
    return totals
