"""Exact mixtures: given the variances the coefficients are Normal, so a posterior is a weighted sum of Normals."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dtrtri
from scipy.special import ndtr, ndtri

from pipeline.models.collapsed_marginal import Factored

NEGLIGIBLE = 1e-7
"""Draws with less weight than this part of the mean weight are left out."""


@dataclass(frozen=True)
class Mixture:
    """A weighted sum of Normals per quantity. `means`, `sds`: draws x quantities; `weights`: draws, sum 1."""

    means: np.ndarray
    sds: np.ndarray
    weights: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """Posterior means."""
        return self.weights @ self.means

    @property
    def sd(self) -> np.ndarray:
        """Posterior SDs: within draws and between them."""
        return np.sqrt(self.weights @ (self.sds**2 + (self.means - self.mean) ** 2))

    def below(self, values: np.ndarray) -> np.ndarray:
        """P(quantity < value), one value per quantity."""
        return self.weights @ ndtr((values - self.means) / self.sds)

    def quantile(self, probability: float) -> np.ndarray:
        """Quantiles by Newton steps kept within halving brackets, to about 1e-10 of the posterior SD."""
        sd, mean = self.sd, self.mean
        low, high = mean - 12 * sd, mean + 12 * sd
        value = mean + ndtri(probability) * sd
        for _ in range(60):
            inner = (value - self.means) / self.sds
            miss = self.weights @ ndtr(inner) - probability
            low, high = np.where(miss < 0, value, low), np.where(miss < 0, high, value)
            density = self.weights @ (np.exp(-0.5 * inner**2) / self.sds) / np.sqrt(2 * np.pi)
            step = value - np.divide(miss, density, out=np.full_like(miss, np.inf), where=density > 0)
            inside = (step >= low) & (step <= high)
            new = np.where(inside, step, (low + high) / 2)
            done, value = np.all(inside & (np.abs(new - value) < 1e-5 * sd)), new  # the next step would be its square
            if done:
                break
        return value

    def probability_of_direction(self) -> np.ndarray:
        """P(the sign is that of the more likely side)."""
        below = self.below(np.zeros(self.means.shape[1]))
        return np.maximum(below, 1 - below)

    def probability_beyond(self, size: float | np.ndarray) -> np.ndarray:
        """P(|quantity| > size)."""
        sizes = np.broadcast_to(np.asarray(size, float), (self.means.shape[1],))
        return 1 - self.below(sizes) + self.below(-sizes)


def inverse_factors(found: Factored) -> np.ndarray:
    """Inverses of the Cholesky factors of X' V^-1 X (draws x p x p, lower)."""
    p = found.factor.shape[1] - 1
    inverse = np.empty((len(found.factor), p, p))
    for draw, factor in enumerate(found.factor):
        inverse[draw] = dtrtri(factor[:p, :p].T, lower=0)[0].T
    return inverse


def estimates(found: Factored, inverse: np.ndarray) -> np.ndarray:
    """Generalised least squares estimates given each draw (draws x p)."""
    return np.einsum("kij,ki->kj", inverse, found.factor[:, -1, :-1])


def mixture(found: Factored, weights: np.ndarray, maps: np.ndarray, shift: np.ndarray) -> Mixture:
    """The mixture of `maps @ coefficients + shift` (maps: quantities x p)."""
    kept = weights > NEGLIGIBLE / len(weights)
    some = Factored(found.factor[kept], found.log_det_v[kept], found.usable[kept])
    inverse = inverse_factors(some)
    means = estimates(some, inverse) @ maps.T + shift
    return Mixture(means, np.sqrt(variances(inverse, maps)), weights[kept] / weights[kept].sum())


def variances(inverse: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Variances of the maps given each draw (draws x quantities). Maps of one coefficient only need its own."""
    k, p, _ = inverse.shape
    found = np.einsum("kij,kij->kj", inverse, inverse) @ (maps**2).T
    mixed = np.flatnonzero((maps != 0).sum(axis=1) > 1)
    if len(mixed):
        spread = (inverse.reshape(k * p, p) @ maps[mixed].T).reshape(k, p, len(mixed))
        found[:, mixed] = np.einsum("kij,kij->kj", spread, spread)
    return found


def joint_draws(found: Factored, chosen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One scaled coefficient vector for each chosen draw of the variances (chosen x p)."""
    some = Factored(found.factor[chosen], found.log_det_v[chosen], found.usable[chosen])
    inverse = inverse_factors(some)
    noise = rng.standard_normal(inverse.shape[:2])
    return estimates(some, inverse) + np.einsum("kij,ki->kj", inverse, noise)


def weighted_summary(values: np.ndarray, weights: np.ndarray, ends: tuple[float, float]) -> np.ndarray:
    """Mean, SD and the two quantiles of weighted draws, per column (columns x 4)."""
    mean = weights @ values
    sd = np.sqrt(weights @ (values - mean) ** 2)
    quantiles = [weighted_quantile(column, weights, ends) for column in values.T]
    return np.column_stack([mean, sd, np.array(quantiles)])


def weighted_quantile(values: np.ndarray, weights: np.ndarray, probabilities: tuple[float, ...]) -> np.ndarray:
    """Quantiles of weighted draws, straight lines between the middles of their steps."""
    order = np.argsort(values)
    middle = np.cumsum(weights[order]) - weights[order] / 2
    return np.interp(probabilities, middle, values[order])
