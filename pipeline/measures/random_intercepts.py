"""Linear model with random intercepts of families and of dyads within them, by restricted likelihood (REML). Pure.

Recordings of a dyad share its intercept, those of a family share the family's. Both variances are counted in residual
variances (`ratios`, 0 or more), so that residual variance and coefficients have a closed form, and no matrix larger
than the number of columns is inverted (Sherman-Morrison, once per dyad and once per family). Standard errors are those
of generalised least squares at the estimated variances, which hold also where a variance is estimated as 0.
Source: Laird and Ware 1982.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, OptimizeResult, minimize

MOST = 1 - 1e-7
"""Largest share of a variance in itself and the residual variance that is tried."""
STARTS = ((0, 0), (0.05, 0.05), (0.6, 0.1), (0.1, 0.6))


@dataclass(frozen=True)
class Intercepts:
    """`estimates` and `se` of the columns; `residual` variance, and the variances of `families` and `dyads`."""

    estimates: np.ndarray
    se: np.ndarray
    residual: float
    families: float
    dyads: float


@dataclass(frozen=True)
class Sums:
    """What the likelihood needs: the columns with the outcome last (n, p + 1) as `squares` and as sums per dyad, the
    recordings of each dyad, and the family of each dyad.
    """

    squares: np.ndarray
    sums: np.ndarray
    sizes: np.ndarray
    family: np.ndarray
    n: int


def random_intercepts(y: np.ndarray, columns: np.ndarray, families: np.ndarray, dyads: np.ndarray | None) -> Intercepts:
    """The model of y (n,) by columns (n, p < n, of full rank); `families`, `dyads` (n,) name who belongs together, None
    leaves dyads out. Raises FloatingPointError where the columns leave nothing of y to explain.
    """
    both = _summed(y, columns, families, dyads)
    may = np.array([1.0, float(dyads is not None)])
    found = min((_down(each * may, both, Bounds(0, MOST * may)) for each in STARTS), key=lambda each: each.fun)
    ratios = found.x / (1 - found.x)
    estimates, residual, inverse, _ = _solved(ratios, both)
    se = np.sqrt(np.diag(residual * inverse))
    return Intercepts(estimates, se, residual, *(float(each) for each in residual * ratios))


def _summed(y: np.ndarray, columns: np.ndarray, families: np.ndarray, dyads: np.ndarray | None) -> Sums:
    """Sums per dyad; without dyads each recording stands alone."""
    every = np.column_stack([columns, y])
    names = np.arange(len(y)) if dyads is None else dyads
    _, family = np.unique(families, return_inverse=True)
    _, first, dyad = np.unique(names, return_index=True, return_inverse=True)
    sums = np.zeros((len(first), every.shape[1]))
    np.add.at(sums, dyad, every)
    return Sums(every.T @ every, sums, np.bincount(dyad).astype(float), family[first], len(y))


def _down(start: np.ndarray, both: Sums, room: Bounds) -> OptimizeResult:
    """The nearest lowest point of minus twice the restricted log likelihood."""
    options = {"ftol": 1e-14, "gtol": 1e-8}
    return minimize(_badness, start, args=(both,), method="L-BFGS-B", jac="3-point", bounds=room, options=options)


def _badness(shares: np.ndarray, both: Sums) -> float:
    """Minus twice the restricted log likelihood, but for a constant; `shares` = ratio / (1 + ratio)."""
    _, residual, inverse, spread = _solved(shares / (1 - shares), both)
    freedom = both.n - len(inverse)
    return float(freedom * np.log(residual) + spread - np.linalg.slogdet(inverse)[1])


def _solved(ratios: np.ndarray, both: Sums) -> tuple[np.ndarray, float, np.ndarray, float]:
    """Coefficients, residual variance, inverse of the weighted squares of the columns, and log determinant."""
    inside = 1 + ratios[1] * both.sizes
    reach = np.bincount(both.family, both.sizes / inside)
    sums = np.zeros((len(reach), both.sums.shape[1]))
    np.add.at(sums, both.family, both.sums / inside[:, None])
    across = 1 + ratios[0] * reach
    squares = both.squares - (both.sums * (ratios[1] / inside)[:, None]).T @ both.sums
    squares = squares - (sums * (ratios[0] / across)[:, None]).T @ sums
    inverse = np.linalg.inv(squares[:-1, :-1])
    estimates = inverse @ squares[:-1, -1]
    rest = squares[-1, -1] - squares[:-1, -1] @ estimates
    if rest <= 1e-12 * both.squares[-1, -1]:
        raise FloatingPointError("the columns leave nothing to explain")
    residual = float(rest / (both.n - len(inverse)))
    return estimates, residual, inverse, float(np.log(inside).sum() + np.log(across).sum())
