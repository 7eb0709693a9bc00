"""Questionnaire totals with the published mean and SD, their items, and who did not answer."""

import math
from dataclasses import dataclass

import numpy as np

from pipeline.demo.parameters import parameters
from pipeline.demo.sample import Sample, scaled

EPDS_MISSING = {1: 23, 2: 1}
SAPAS_MISSING = {1: 5, 2: 9}
"""Families without the score, by how many recordings they have: 24 of 97 (117 recordings remain) and 14 of 97 (119
remain).
"""


@dataclass(frozen=True)
class Answers:
    """One instrument. Arrays over `Sample.caregivers`: total (always there: the truth), answered, and answers
    (people x items, reversed items as ticked; NaN = skipped).
    """

    total: np.ndarray
    answered: np.ndarray
    items: np.ndarray


def latent_scores(rng: np.random.Generator, people: int) -> np.ndarray:
    """Two standard normal values per person (depression, personality), correlated as the generator says."""
    first, second = rng.standard_normal((2, people))
    r = parameters()["score_correlation"]
    return np.column_stack([first, r * first + math.sqrt(1 - r * r) * second])


def epds_totals(latent: np.ndarray) -> np.ndarray:
    """Totals 0-30 with a negative binomial distribution of the published mean and SD."""
    mean, sd = (parameters()["exposures"]["EPDS"][key] for key in ("mean", "sd"))
    return at_chances(latent, negative_binomial(mean, sd, 30))


def sapas_totals(latent: np.ndarray) -> np.ndarray:
    """Totals 0-8 with a beta-binomial distribution of the published mean and SD."""
    mean, sd = (parameters()["exposures"]["SAPAS"][key] for key in ("mean", "sd"))
    return at_chances(latent, beta_binomial(mean, sd, 8))


def negative_binomial(mean: float, sd: float, high: int) -> list[float]:
    """Chances of 0..high, up to a factor; the SD must be larger than that of a Poisson distribution."""
    size = mean**2 / (sd**2 - mean)
    return [
        math.exp(
            math.lgamma(k + size)
            - math.lgamma(size)
            - math.lgamma(k + 1)
            + size * math.log(size / (size + mean))
            + k * math.log(mean / (size + mean))
        )
        for k in range(high + 1)
    ]


def beta_binomial(mean: float, sd: float, high: int) -> list[float]:
    """Chances of 0..high; the SD must be larger than that of a binomial distribution."""
    p = mean / high
    rho = (sd**2 / (high * p * (1 - p)) - 1) / (high - 1)
    a, b = p * (1 / rho - 1), (1 - p) * (1 / rho - 1)

    def beta(x: float, y: float) -> float:
        return math.lgamma(x) + math.lgamma(y) - math.lgamma(x + y)

    return [math.comb(high, k) * math.exp(beta(k + a, high - k + b) - beta(a, b)) for k in range(high + 1)]


def at_chances(latent: np.ndarray, chances: list[float]) -> np.ndarray:
    """Standard normal values -> the whole number (from 0) at the same quantile of the distribution."""
    normal = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in latent])
    edges = np.cumsum(chances) / np.sum(chances)
    return np.searchsorted(edges[:-1], normal, side="right")


def missing_families(rng: np.random.Generator, sample: Sample, pattern: dict[int, int]) -> np.ndarray:
    """Families (bool per family) whose filmed caregiver has no score, chosen by their number of recordings."""
    families = len(sample.families)
    recordings = np.bincount(sample.observations["family"], minlength=families)
    missing = np.zeros(families, bool)
    for count, how_many in pattern.items():
        candidates = np.flatnonzero(recordings == count)
        missing[rng.choice(candidates, min(scaled(how_many, families), len(candidates)), replace=False)] = True
    return missing


def to_moments(rng: np.random.Generator, totals: np.ndarray, mean: float, sd: float, high: int) -> np.ndarray:
    """The totals, changed by as few single points as needed so that mean and SD (n - 1) are the published ones to
    two decimals.
    """
    totals, count = totals.copy(), len(totals)
    wanted = round(mean * count)
    while (gap := wanted - totals.sum()) != 0:
        step = 1 if gap > 0 else -1
        movable = np.flatnonzero((totals + step >= 0) & (totals + step <= high))
        totals[rng.choice(movable)] += step
    squares = sd**2 * (count - 1) + wanted**2 / count
    for _ in range(100_000):
        gap = squares - (totals**2).sum()
        if abs(gap) <= 1.0:
            return totals
        up, down = rng.choice(count, 2, replace=False)
        change = 2 * (totals[up] - totals[down] + 1)
        allowed = totals[up] < high and totals[down] > 0
        if allowed and abs(gap - change) < abs(gap):
            totals[up] += 1
            totals[down] -= 1
    return totals


def answers(
    rng: np.random.Generator, totals: np.ndarray, count: int, high: int, reversed_items: tuple[int, ...]
) -> np.ndarray:
    """Answers (people x items) whose sum after reversing is the total; `reversed_items` count from 1."""
    scored = np.stack([rng.multivariate_hypergeometric([high] * count, int(total)) for total in totals]).astype(float)
    columns = [item - 1 for item in reversed_items]
    scored[:, columns] = high - scored[:, columns]
    return scored


def answer_questionnaires(rng: np.random.Generator, sample: Sample) -> dict[str, Answers]:
    """EPDS and SAPAS of all caregivers; the filmed ones who answered have exactly the published mean and SD."""
    people = sample.caregivers
    latent = latent_scores(rng, len(people))
    filmed = people["filmed"].to_numpy()
    found = {}
    for column, (name, totals_of, pattern, shape) in enumerate(
        (
            ("EPDS", epds_totals, EPDS_MISSING, (10, 3, (3, 5, 6, 7, 8, 9, 10))),
            ("SAPAS", sapas_totals, SAPAS_MISSING, (8, 1, (3,))),
        )
    ):
        total = totals_of(latent[:, column])
        missing = filmed & missing_families(rng, sample, pattern)[people["family"].to_numpy()]
        seen = filmed & ~missing
        wanted = parameters()["exposures"][name]
        total[seen] = to_moments(rng, total[seen], wanted["mean"], wanted["sd"], shape[0] * shape[1])
        found[name] = Answers(total, ~missing, answers(rng, total, *shape))
    return found
