"""A linear mixed model by restricted likelihood (REML), in numpy alone: for rows that belong together (smiles of one
recording, recordings of one mother; recordings of one dyad, dyads of one family).

The likelihood is profiled over the coefficients and the residual variance as in Bates et al., J. Stat. Softw. 2015;
67(1); what is left is a search over at most four numbers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from pipeline.measures.mixed_blocks import Blocks

GRID = np.array([0.0, 0.05, 0.15, 0.3, 0.5, 0.8, 1.2, 2.0, 4.0, 10.0])
"""Where the search over one ratio of standard deviations begins."""
MOST = 1e3
AT_ZERO = 1e-3
"""A ratio of standard deviations below this stands for none."""
STARTS = {2: [0.5, 0.5], 3: [0.5, 0.0, 0.1], 4: [0.5, 0.0, 0.1, 0.5]}
"""Where the search over several ratios begins, by their number."""
STEP = 0.1
"""The ratio a search first moves by, and tries where it was caught at zero."""
LEVEL = 1e-4
"""A flatter deviance is at its minimum, even where the search ends because numbers have no more digits."""
WORTH = 1e-6
"""A smaller change of the deviance is none."""


@dataclass(frozen=True)
class Mixed:
    """Estimates `beta` (k,), their covariance (k, k), residual variance, ratios of SDs `theta` as in Blocks.factor,
    -2 x restricted log-likelihood, and the cross-products. `settled`: whether the search arrived."""

    beta: np.ndarray
    covariance: np.ndarray
    variance: float
    theta: np.ndarray
    deviance: float
    blocks: Blocks
    settled: bool

    @property
    def se(self) -> np.ndarray:
        """Standard errors of `beta` (k,): generalised least squares at the estimated variances, also where one is 0."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def random(self) -> np.ndarray:
        """Variances and covariances of person, slope and recordings (q, q)."""
        factor = self.blocks.factor(self.theta)
        return self.variance * factor @ factor.T


@dataclass(frozen=True)
class _Solved:
    beta: np.ndarray
    inverse: np.ndarray
    variance: float
    deviance: float


def fit_mixed(blocks: Blocks) -> Mixed:
    """The restricted maximum. Raises numpy's LinAlgError where columns of x are combinations of each other."""
    theta, settled = _search(blocks)
    found = _solve(blocks, theta)
    return Mixed(
        found.beta, found.variance * found.inverse, found.variance, theta, found.deviance, blocks, settled
    )  # fmt: skip


def weighted(blocks: Blocks, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Z'H^-1 Z (J, q, q), Z'H^-1 [x y] (J, q, k + 1) and log|H|, where s2 H is the covariance of the rows."""
    factor = blocks.factor(theta)
    both = np.concatenate([blocks.zx, blocks.zy[:, :, None]], axis=2)
    inner = np.eye(len(factor)) + factor.T @ blocks.zz @ factor
    middle = factor @ np.linalg.inv(inner) @ factor.T
    taken = blocks.zz @ middle
    log_size = np.linalg.slogdet(inner)[1].sum() if len(factor) else 0.0
    return blocks.zz - taken @ blocks.zz, both - taken @ both, log_size


def _cross(blocks: Blocks, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """x'H^-1 x, x'H^-1 y, y'H^-1 y and log|H|."""
    size = blocks.zz.shape[1]
    if size == 0:
        return blocks.xx, blocks.xy, blocks.yy, 0.0
    factor = blocks.factor(theta)
    both = np.concatenate([blocks.zx, blocks.zy[:, :, None]], axis=2)
    if size == 1:
        inner = 1 + theta[0] ** 2 * blocks.zz[:, 0, 0]
        rows = both[:, 0, :]
        taken = (rows * (theta[0] ** 2 / inner)[:, None]).T @ rows
        log_size = float(np.log(inner).sum())
    else:
        turned = both.transpose(0, 2, 1) @ factor
        rows, log_size = _halved(_scaled(blocks.zz, factor), turned.transpose(2, 0, 1))
        taken = rows.T @ rows
    return blocks.xx - taken[:-1, :-1], blocks.xy - taken[:-1, -1], blocks.yy - float(taken[-1, -1]), log_size


def _scaled(zz: np.ndarray, factor: np.ndarray) -> np.ndarray:
    """I + L'ZZ L with the persons last (q, q, J)."""
    size = len(factor)
    right = (zz.reshape(-1, size) @ factor).reshape(zz.shape)
    whole = (right.transpose(0, 2, 1).reshape(-1, size) @ factor).reshape(zz.shape)
    return whole.transpose(1, 2, 0) + np.eye(size)[:, :, None]


def _halved(inner: np.ndarray, columns: np.ndarray) -> tuple[np.ndarray, float]:
    """M^-1/2 times the columns of every person, as rows (q * J, k), and the sum of log|M|; `inner` (q, q, J), `columns`
    (q, J, k). Cholesky written out: numpy's own is slow on many small matrices.
    """
    size, log_size = len(inner), 0.0
    lower: dict[tuple[int, int], np.ndarray] = {}
    rows: list[np.ndarray] = []
    for i in range(size):
        for j in range(i + 1):
            rest = inner[i, j] - sum(lower[i, m] * lower[j, m] for m in range(j))
            lower[i, j] = np.sqrt(rest) if i == j else rest / lower[j, j]
        log_size += 2 * float(np.log(lower[i, i]).sum())
        rest = columns[i] - sum(lower[i, m][:, None] * rows[m] for m in range(i))
        rows.append(rest / lower[i, i][:, None])
    return np.concatenate(rows), log_size


def _solve(blocks: Blocks, theta: np.ndarray) -> _Solved:
    """Coefficients, their covariance over the residual variance, that variance, and the profiled deviance."""
    xx, xy, yy, log_size = _cross(blocks, theta)
    factor = np.linalg.cholesky(xx)
    inverse = np.linalg.inv(xx)
    beta = inverse @ xy
    free = blocks.rows - len(xy)
    variance = max(yy - xy @ beta, 1e-300) / free
    deviance = free * (np.log(2 * np.pi * variance) + 1) + log_size + 2 * np.log(np.diagonal(factor)).sum()
    return _Solved(beta, inverse, float(variance), float(deviance))


def _search(blocks: Blocks) -> tuple[np.ndarray, bool]:
    """The ratios of standard deviations at the restricted maximum, and whether the search arrived."""
    if blocks.thetas == 0:
        return np.zeros(0), True
    if blocks.thetas == 1:
        return _search_one(blocks), True
    return _search_several(blocks)


def _search_one(blocks: Blocks) -> np.ndarray:
    """One ratio: the best of a grid, then refined between its neighbours."""
    values = [_solve(blocks, np.array([theta])).deviance for theta in GRID]
    best = int(np.argmin(values))
    low, high = GRID[max(best - 1, 0)], GRID[best + 1] if best + 1 < len(GRID) else MOST
    found = minimize_scalar(
        lambda theta: _solve(blocks, np.array([theta])).deviance, bounds=(low, high), method="bounded",
        options={"xatol": 1e-6},
    )  # fmt: skip
    return np.array([found.x if found.fun < values[best] else GRID[best]])


def _search_several(blocks: Blocks) -> tuple[np.ndarray, bool]:
    """Two to four ratios, from a mild start; variances stay at or above zero.

    At a variance of zero the deviance is level in its SD whether or not it falls in the variance, so a search that was
    caught there is sent on.
    """
    theta, deviance, settled = _down(blocks, np.array(STARTS[blocks.thetas]))
    for _ in range(blocks.thetas):
        onward = _off_zero(blocks, theta, deviance)
        if onward is None:
            break
        theta, deviance, settled = _down(blocks, onward)
    for place in range(len(theta)):
        without = theta.copy()
        without[place] = 0.0
        if abs(theta[place]) < AT_ZERO and _solve(blocks, without).deviance <= deviance + 1e-6:
            theta = without
    return theta, settled


def _down(blocks: Blocks, start: np.ndarray) -> tuple[np.ndarray, float, bool]:
    """The nearest minimum: ratios, deviance, and whether the search arrived. Steps are counted in STEP, so that the
    first one cannot reach from the start to zero."""
    most = MOST / STEP
    bounds = [(0, most) if place != 1 or blocks.thetas == 2 else (-most, most) for place in range(len(start))]

    def at(steps: np.ndarray) -> tuple[float, np.ndarray]:
        deviance, slopes = _slopes(blocks, steps * STEP)
        return deviance, slopes * STEP

    found = minimize(
        at, start / STEP, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-8}
    )
    return found.x * STEP, float(found.fun), bool(found.success or np.abs(found.jac).max() < LEVEL)


def _off_zero(blocks: Blocks, theta: np.ndarray, deviance: float) -> np.ndarray | None:
    """The ratios with a little variance where there is none although the deviance falls with it; None at a minimum."""
    change, own = _change(blocks, theta, _solve(blocks, theta)), blocks.zz.shape[1] - blocks.recordings
    factor = blocks.factor(theta)[:own, :own]
    sizes, directions = np.linalg.eigh(factor @ factor.T)
    none = directions[:, sizes < AT_ZERO**2]
    steep, turned = np.linalg.eigh(none.T @ change[:own, :own] @ none)
    towards = none @ turned[:, :1] if len(steep) and steep[0] * STEP**2 < -WORTH else np.zeros((own, 1))
    alike = blocks.recordings and theta[-1] < AT_ZERO and np.trace(change[own:, own:]) * STEP**2 < -WORTH
    if not (towards.any() or alike):
        return None
    for step in STEP * np.array([1, 1 / 4, 1 / 16, 1 / 64]):
        grown = factor @ factor.T + step**2 * towards @ towards.T + (step * AT_ZERO) ** 2 * np.eye(own)
        onward = np.append(np.linalg.cholesky(grown)[np.tril_indices(own)], [step] * bool(alike))
        onward = np.append(onward, theta[len(onward) :])
        if _solve(blocks, onward).deviance < deviance - WORTH / 10:
            return onward
    return None


def _slopes(blocks: Blocks, theta: np.ndarray) -> tuple[float, np.ndarray]:
    """The profiled deviance and how it changes with every ratio."""
    found = _solve(blocks, theta)
    change = _change(blocks, theta, found)
    steep, own = 2 * change @ blocks.factor(theta), len(change) - blocks.recordings
    parts = [steep[place] for place in ((0, 0), (1, 0), (1, 1)) if place[0] < own]
    if blocks.recordings:
        parts.append(np.trace(steep[own:, own:]))
    return found.deviance, np.array(parts)


def _change(blocks: Blocks, theta: np.ndarray, found: _Solved) -> np.ndarray:
    """How the deviance changes with every entry of L L' (q, q): tr(PA) - y'PAPy / s2 for each part A."""
    z, both, _ = weighted(blocks, theta)
    left = both[:, :, -1] - both[:, :, :-1] @ found.beta
    turned = (both[:, :, :-1].transpose(1, 0, 2) @ found.inverse).transpose(1, 0, 2)
    change = z.sum(axis=0) - np.tensordot(turned, both[:, :, :-1], axes=([0, 2], [0, 2]))
    return change - left.T @ left / found.variance
