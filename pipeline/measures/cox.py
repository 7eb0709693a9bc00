"""Cox's proportional hazards model in numpy: ties by Efron's rule, standard errors robust over clusters. Pure.

The chance of an answer at any moment is a common unknown curve times exp(x b); exp(b) is the ratio of chances for one
unit of x. Waits that ended without an answer count for as long as they lasted. The robust variance is the sandwich of
the score residuals added up per cluster (Lin and Wei 1989), without a correction for few clusters.
"""

from dataclasses import dataclass

import numpy as np

ROUNDS, CLOSE = 50, 1e-10


@dataclass(frozen=True)
class Cox:
    """`estimates` (log ratios), their robust `se` and the `plain_se` of independent waits; `settled` False: the
    estimation ran off, as it does when a column separates the answered from the rest.
    """

    estimates: np.ndarray
    se: np.ndarray
    plain_se: np.ndarray
    loglik: float
    settled: bool


@dataclass(frozen=True)
class Steps:
    """The likelihood at one point: `value`, `score` (p), `information` (p, p), `residuals` (n, p)."""

    value: float
    score: np.ndarray
    information: np.ndarray
    residuals: np.ndarray


def cox(waits: np.ndarray, answered: np.ndarray, columns: np.ndarray, clusters: np.ndarray) -> Cox:
    """The model of waits (n,), answered or not (n,), by columns (n, p); clusters (n,) name who belongs together."""
    x = columns - columns.mean(0)
    times, of = np.unique(waits, return_inverse=True)
    point = np.zeros(x.shape[1])
    found, settled = _steps(point, x, of, answered, len(times)), False
    for _ in range(ROUNDS):
        step = np.linalg.pinv(found.information, hermitian=True) @ found.score
        point, found = _uphill(point, step, found, (x, of, answered, len(times)))
        settled = bool(np.abs(step).max(initial=0) < CLOSE * (1 + np.abs(point).max(initial=0)))
        if settled:
            break
    inverse = np.linalg.pinv(found.information, hermitian=True)
    names, group = np.unique(clusters, return_inverse=True)
    sums = np.zeros((len(names), x.shape[1]))
    np.add.at(sums, group, found.residuals)
    spread = [np.sqrt(np.maximum(np.diag(each), 0)) for each in (inverse @ sums.T @ sums @ inverse, inverse)]
    return Cox(point, *spread, found.value, settled)


def _uphill(point: np.ndarray, step: np.ndarray, before: Steps, data: tuple) -> tuple[np.ndarray, Steps]:
    """A whole step, or the first half of it that does not lead down."""
    for _ in range(30):
        found = _steps(point + step, *data)
        if found.value >= before.value - 1e-9 * abs(before.value):
            return point + step, found
        step = step / 2
    return point, before


def _steps(point: np.ndarray, x: np.ndarray, of: np.ndarray, answered: np.ndarray, n: int) -> Steps:
    """Log partial likelihood with its derivatives; everything per distinct time `of` (0 ... n - 1)."""
    hazard = np.exp(np.clip(x @ point, -500, 500))
    dead = answered.astype(bool)
    risk, died = ([_added(each, of, n, kept) for each in _moments(hazard, x)] for kept in (None, dead))
    risk = [each[::-1].cumsum(0)[::-1] for each in risk]
    ties = np.bincount(of[dead], minlength=n)
    at = np.repeat(np.arange(n), ties)
    part = (np.arange(len(at)) - (np.cumsum(ties) - ties)[at]) / ties[at]
    zero, one, two = (all_[at] - _by(part, some) * some[at] for all_, some in zip(risk, died, strict=True))
    mean = one / zero[:, None]
    value = float((x @ point)[dead].sum() - np.log(zero).sum())
    score = x[dead].sum(0) - mean.sum(0)
    information = (two / zero[:, None, None]).sum(0) - mean.T @ mean
    return Steps(value, score, information, _residuals(x, hazard, of, dead, (at, part, zero, mean, ties)))


def _by(part: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A vector that multiplies the rows of an array with more dimensions."""
    return part.reshape(-1, *[1] * (like.ndim - 1))


def _moments(hazard: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, ...]:
    """Hazard, hazard times x, hazard times x x'."""
    weighted = hazard[:, None] * x
    return hazard, weighted, weighted[:, :, None] * x[:, None, :]


def _added(values: np.ndarray, of: np.ndarray, n: int, kept: np.ndarray | None) -> np.ndarray:
    """Sums per distinct time."""
    sums = np.zeros((n, *values.shape[1:]))
    np.add.at(sums, of if kept is None else of[kept], values if kept is None else values[kept])
    return sums


def _residuals(x: np.ndarray, hazard: np.ndarray, of: np.ndarray, dead: np.ndarray, tied: tuple) -> np.ndarray:
    """Score residuals (n, p): what each wait adds to the score."""
    at, part, zero, mean, ties = tied
    n = len(ties)
    weights = (1 / zero, mean / zero[:, None], part / zero, _by(part, mean) * mean / zero[:, None], mean)
    rate, rate_x, own, own_x, middle = (_added(each, at, n, None) for each in weights)
    rate, rate_x = rate.cumsum(), rate_x.cumsum(0)
    middle = middle / np.maximum(ties, 1)[:, None]
    shared = hazard[:, None] * (x * rate[of][:, None] - rate_x[of])
    back = hazard[:, None] * (x * own[of][:, None] - own_x[of])
    return dead[:, None] * (x - middle[of] + back) - shared
