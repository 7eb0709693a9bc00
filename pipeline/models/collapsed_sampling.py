"""Importance sampling of a few parameters: t proposals at the mode, then matched to the moments of pilots."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, logsumexp

from pipeline.models.collapsed_mode import climb

LogDensity = Callable[[np.ndarray], np.ndarray]

DEGREES = 7
PILOT = 400
WIDEST = np.array([1.0, 1.0, 1.0, 0.5, 0.5, 1.0])
"""Largest SD of the first proposal per coordinate: flat directions would run away."""
FEWEST_EFFECTIVE, LARGEST_K = 100.0, 0.7
"""Below / above these the draws are not to be trusted."""


@dataclass(frozen=True)
class Proposal:
    """A t distribution with 7 degrees of freedom over the `free` coordinates, whose first coordinates are folded
    (`folds`: which positions).
    """

    centre: np.ndarray
    factor: np.ndarray
    folds: tuple[int, ...]

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Draws x coordinates, folded."""
        normal = rng.standard_normal((count, len(self.centre)))
        points = self.centre + (normal @ self.factor.T) / np.sqrt(rng.chisquare(DEGREES, count) / DEGREES)[:, None]
        points[:, self.folds] = np.abs(points[:, self.folds])
        return points

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Log density of folded points: the sum over the points that fold onto them."""
        d = len(self.centre)
        found = []
        for signs in np.ndindex(*(2,) * len(self.folds)):
            flip = np.ones(d)
            flip[list(self.folds)] = 1 - 2 * np.array(signs)
            distance = np.linalg.solve(self.factor, (points * flip - self.centre).T)
            found.append(-0.5 * (DEGREES + d) * np.log1p((distance**2).sum(axis=0) / DEGREES))
        constant = gammaln((DEGREES + d) / 2) - gammaln(DEGREES / 2) - 0.5 * d * np.log(DEGREES * np.pi)
        return logsumexp(found, axis=0) + constant - np.log(np.abs(np.diagonal(self.factor))).sum()


@dataclass(frozen=True)
class Draws:
    """Weighted draws: points, log density of the proposal there, normalised weights, and their diagnostics."""

    points: np.ndarray
    log_proposal: np.ndarray
    weights: np.ndarray
    ess: float
    k_hat: float

    @property
    def good(self) -> bool:
        """Whether the weights may be trusted."""
        return self.ess >= FEWEST_EFFECTIVE and self.k_hat <= LARGEST_K


def weighted(points: np.ndarray, log_proposal: np.ndarray, log_target: np.ndarray) -> Draws:
    """Draws with normalised weights."""
    log_weight = np.where(np.isfinite(log_target), log_target, -np.inf) - log_proposal
    weights = np.exp(log_weight - logsumexp(log_weight))
    return Draws(points, log_proposal, weights, float(1 / (weights**2).sum()), pareto_k(weights))


def pareto_k(weights: np.ndarray) -> float:
    """Shape of the generalised Pareto distribution of the largest weights (Vehtari et al. 2024, tail of min(20 %,
    3 sqrt(n)); estimator of Zhang and Stephens 2009 with the weak prior towards 0.5).
    """
    tail = int(min(0.2 * len(weights), 3 * np.sqrt(len(weights))))
    ordered = np.sort(weights)
    excess = ordered[-tail:] - ordered[-tail - 1]
    if tail < 5 or excess[-1] <= 0:
        return -np.inf
    excess = excess[excess > 0]
    n = len(excess)
    count = 30 + int(np.sqrt(n))
    quartile = excess[int(n / 4 + 0.5) - 1]
    theta = 1 / excess[-1] + (1 - np.sqrt(count / (np.arange(1, count + 1) - 0.5))) / (3 * quartile)
    k = np.log1p(-theta[:, None] * excess).mean(axis=1)
    fit = n * (np.log(-theta / k) - k - 1)
    weight = np.exp(fit - logsumexp(fit))
    shape = np.log1p(-(theta @ weight) * excess).mean()
    return float((shape * n + 0.5 * 10) / (n + 10))


def proposal_at(log_density: LogDensity, start: np.ndarray, folds: tuple[int, ...], widest: np.ndarray) -> Proposal:
    """A t at the mode with the curvature there as its scale."""

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return bool(np.abs(one - other).max() < 1e-5)

    mode, hessian, _ = climb(log_density, start, same)
    values, vectors = np.linalg.eigh(-hessian)
    reach = np.abs(vectors.T) @ widest
    precision = np.maximum(values, 1 / reach**2)
    factor = np.linalg.cholesky((vectors / precision) @ vectors.T)
    return Proposal(mode, factor, folds)


def matched(points: np.ndarray, weights: np.ndarray, folds: tuple[int, ...]) -> Proposal:
    """A t with the weighted mean and covariance of draws (weights capped, so that no single draw decides)."""
    capped = np.minimum(weights, np.sqrt(len(weights)) * weights.mean())
    capped = capped / capped.sum()
    centre = capped @ points
    spread = (points - centre) * np.sqrt(capped)[:, None]
    covariance = spread.T @ spread + 1e-10 * np.eye(len(centre))
    return Proposal(centre, np.linalg.cholesky(covariance * (DEGREES - 2) / DEGREES * 1.1), folds)


def adapted(log_density: LogDensity, first: Proposal, rng: np.random.Generator) -> Proposal:
    """The proposal after two pilots, each matched to the one before; up to two more while few of their draws count."""
    proposal = first
    for pilot in range(4):
        points = proposal.draw(rng, PILOT)
        found = weighted(points, proposal.log_density(points), log_density(points))
        proposal = matched(points, found.weights, first.folds)
        if pilot > 0 and found.ess > PILOT / 2:
            break
    return proposal
