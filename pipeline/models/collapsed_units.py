"""What a posterior of the quick engine says about single units and values: the values in one list, the units' effects
and the values' residuals, exactly given each draw of the variances.

With K = (Omega_u^-1 + M)^-1, M = Z' R^-1 Z, B = Z' R^-1 X and C the covariance of the coefficients:

    u | y = K Z' R^-1 (y - X b),  Var(u | y) = K + K B C B' K,  residual = y - X b - u

`T = Omega_u^-1 K = (I + M Omega_u)^-1` holds for a singular Omega_u too.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_blocks import scaled
from pipeline.models.collapsed_marginal import Factored
from pipeline.models.collapsed_mixture import inverse_factors

BUDGET = 60_000
"""Units x draws that are looked at: with many units fewer draws say as much."""
FEWEST_DRAWS = 100
CHUNK = 10
"""Draws at a time: keeps the temporaries small."""


@dataclass(frozen=True)
class Values:
    """The observed responses, scaled, as rows x 2 and as one list (`row`, `side`, `unit`, `y` of each value). `x`:
    active columns per side (rows x columns); `counts`: units x (pairs, first only, second only).
    """

    rest: np.ndarray
    has: np.ndarray
    unit_of_row: np.ndarray
    x: tuple[np.ndarray, np.ndarray]
    row: np.ndarray
    side: np.ndarray
    counts: np.ndarray

    @property
    def unit(self) -> np.ndarray:
        """Unit of each value."""
        return self.unit_of_row[self.row]

    @property
    def pair(self) -> np.ndarray:
        """Whether a row has both sides."""
        return self.has.all(axis=1)

    def sums(self, rows: np.ndarray) -> np.ndarray:
        """Sums over the rows of each unit (rows x anything -> units x anything)."""
        count = len(self.counts)
        member = sparse.csr_array((np.ones(len(rows)), (self.unit_of_row, np.arange(len(rows)))), (count, len(rows)))
        return (member @ rows.reshape(len(rows), -1)).reshape(count, *rows.shape[1:])


@dataclass(frozen=True)
class Given:
    """Some draws: scaled variances (draws x 6), their weights, the coefficients' means (draws x p), the inverse
    Cholesky factors of their precision (draws x p x p), and which draws of the posterior they are.
    """

    omega: np.ndarray
    weights: np.ndarray
    b: np.ndarray
    inverse: np.ndarray
    places: np.ndarray

    def some(self, chosen: slice | np.ndarray) -> "Given":
        """A part of them; the weights are not made to sum to 1 again."""
        return Given(*(getattr(self, name)[chosen] for name in ("omega", "weights", "b", "inverse", "places")))


@dataclass(frozen=True)
class Effects:
    """Given each draw: unit effects' means (draws x units x 2) and covariances (x 2 x 2), residuals (draws x rows x 2,
    0 where missing), and tr(Omega_u^-1 Var(u)) over all units (draws; see `collapsed_deviance`).
    """

    mean: np.ndarray
    covariance: np.ndarray
    rest: np.ndarray
    used: np.ndarray


def values_of(model: Posterior) -> Values:
    """The values of a posterior's design with its active columns."""
    design, active = model.data.design, model.active
    _, y, matrices = scaled(design)
    has = ~np.isnan(y)
    first = matrices[0].shape[1]
    x = (matrices[0][:, active[active < first]], matrices[1][:, active[active >= first] - first])
    row, side = np.nonzero(has)
    order = np.lexsort((row, side, design.unit[row]))
    pair = has.all(axis=1)
    kinds = (pair, has[:, 0] & ~pair, has[:, 1] & ~pair)
    counts = np.column_stack([np.bincount(design.unit[mine], minlength=design.units) for mine in kinds])
    return Values(np.nan_to_num(y), has, design.unit, x, row[order], side[order], counts.astype(float))


def some_draws(model: Posterior, most: int | None = None) -> Given:
    """The draws, or so many that units x draws stay within `BUDGET` (systematic sample by weight)."""
    weights = model.draws.weights
    most = most or max(BUDGET // model.data.design.units, FEWEST_DRAWS)
    chosen = np.flatnonzero(weights > 0)
    if most < len(chosen):
        chosen = np.searchsorted(np.cumsum(weights), (np.arange(most) + 0.5) / most * weights.sum())
        chosen = np.minimum(chosen, len(weights) - 1)
        share = np.full(most, 1 / most)
    else:
        share = weights[chosen] / weights[chosen].sum()
    found = model.found
    inverse = inverse_factors(Factored(found.factor[chosen], found.log_det_v[chosen], found.usable[chosen]))
    b = np.einsum("kij,ki->kj", inverse, found.factor[chosen][:, -1, :-1])
    return Given(model.data.scale.inside(model.omega)[chosen], share, b, inverse, chosen)


def raw_rest(values: Values, b: np.ndarray) -> np.ndarray:
    """y - X b (draws x rows x 2; 0 where missing)."""
    first = values.x[0].shape[1]
    fixed = np.stack([b[:, :first] @ values.x[0].T, b[:, first:] @ values.x[1].T], axis=2)
    return np.where(values.has, values.rest - fixed, 0.0)


def precision(omega: np.ndarray) -> tuple[np.ndarray, ...]:
    """q11, q12, q22 of pairs, then 1 / e11 and 1 / e22 of single values (each: draws)."""
    e11, e12, e22 = omega[:, 3], omega[:, 4], omega[:, 5]
    det = e11 * e22 - e12**2
    return e22 / det, -e12 / det, e11 / det, 1 / e11, 1 / e22


def weighted(values: Values, rest: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """R^-1 times residuals (draws x rows x 2)."""
    q11, q12, q22, i1, i2 = (one[:, None] for one in precision(omega))
    first, second = rest[:, :, 0], rest[:, :, 1]
    both = np.stack([q11 * first + q12 * second, q12 * first + q22 * second], axis=2)
    alone = np.stack([i1 * first, i2 * second], axis=2)
    return np.where(values.pair[None, :, None], both, alone)


def shrinkage(values: Values, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """K (draws x units x 2 x 2), T = Omega_u^-1 K, and log det(I + M Omega_u) (draws x units)."""
    q11, q12, q22, i1, i2 = (one[:, None] for one in precision(omega))
    pairs, first, second = values.counts.T
    m = symmetric(pairs * q11 + first * i1, pairs * q12, pairs * q22 + second * i2)
    u = symmetric(*(omega[:, place][:, None] for place in (0, 1, 2)))
    f = np.eye(2) + m @ u
    det = f[..., 0, 0] * f[..., 1, 1] - f[..., 0, 1] * f[..., 1, 0]
    t = np.stack([f[..., 1, 1], -f[..., 0, 1], -f[..., 1, 0], f[..., 0, 0]], axis=-1).reshape(f.shape)
    t = t / det[..., None, None]
    return u @ t, t, np.log(det)


def symmetric(first: np.ndarray, both: np.ndarray, second: np.ndarray) -> np.ndarray:
    """2 x 2 matrices in the last two axes."""
    first, both, second = np.broadcast_arrays(first, both, second)
    return np.stack([np.stack([first, both], -1), np.stack([both, second], -1)], -2)


def effects(values: Values, given: Given) -> Effects:
    """Unit effects and residuals given each draw."""
    parts = [_effects(values, some) for some in chunks(given)]
    return Effects(*(np.concatenate(one) for one in zip(*parts, strict=True)))


def chunks(given: Given) -> list[Given]:
    """The draws in handy portions."""
    return [given.some(slice(first, first + CHUNK)) for first in range(0, len(given.weights), CHUNK)]


def _effects(values: Values, given: Given) -> tuple[np.ndarray, ...]:
    k, t, _ = shrinkage(values, given.omega)
    rest = raw_rest(values, given.b)
    total = values.sums(weighted(values, rest, given.omega).transpose(1, 0, 2)).transpose(1, 0, 2)
    mean = np.einsum("sjab,sjb->sja", k, total)
    root = cross(values, given.omega) @ given.inverse.transpose(0, 2, 1)[:, None]
    spread = root @ root.transpose(0, 1, 3, 2) @ k
    used = np.einsum("sjaa->s", t) + np.einsum("sjba,sjba->s", t.transpose(0, 1, 3, 2), spread)
    rest = np.where(values.has, rest - mean[:, values.unit_of_row], 0.0)
    return mean, k + k @ spread, rest, used


def cross(values: Values, omega: np.ndarray) -> np.ndarray:
    """B = Z' R^-1 X of each unit (draws x units x 2 x p)."""
    q11, q12, q22, i1, i2 = (one[:, None, None] for one in precision(omega))
    pair = values.pair[:, None]
    p0, s0 = (values.sums(np.where(mine, values.x[0], 0.0)) for mine in (pair, ~pair))
    p1, s1 = (values.sums(np.where(mine, values.x[1], 0.0)) for mine in (pair, ~pair))
    first = np.concatenate([q11 * p0 + i1 * s0, q12 * p1], axis=2)
    second = np.concatenate([q12 * p0, q22 * p1 + i2 * s1], axis=2)
    return np.stack([first, second], axis=2)
