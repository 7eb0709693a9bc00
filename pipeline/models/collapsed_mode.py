"""The top of a smooth surface over a few parameters (Newton with differences), and the REML and ML estimates.

Unit covariances are searched as Cholesky factors: the surface stays smooth where a variance is 0 or a correlation 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.models.collapsed_blocks import Blocks
from pipeline.models.collapsed_marginal import factored, marginal
from pipeline.models.variances import on_boundary

STEP = 4e-3
STEPS = 80
TOLERANCE = 1e-9
"""Largest change of any variance (in units of the residual variance) at the end; the promise is 1e-7."""
LARGEST_Z = 7.0
"""Largest |atanh| of a correlation that is searched: 0.999998."""

Surface = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Mode:
    """REML or ML estimate: variances (6, scaled), log-likelihood (scaled), whether Newton settled, and whether the unit
    covariance lies on the boundary.
    """

    omega: np.ndarray
    value: float
    settled: bool
    boundary: bool


def derivatives(surface: Surface, point: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, gradient (fourth order) and Hessian by central differences, in one call of the surface."""
    d = len(point)
    axes = np.eye(d) * STEP
    pairs = [(i, j) for i in range(d) for j in range(i)]
    corners = [axes[i] + axes[j] for i, j in pairs]
    offsets = [np.zeros((1, d)), axes, -axes, 2 * axes, -2 * axes, np.reshape(corners, (-1, d))]
    values = surface(point + np.vstack([*offsets, -offsets[-1]]))
    here, rest = values[0], values[1:]
    up, down, up2, down2 = rest[: 4 * d].reshape(4, d)
    both = rest[4 * d :].reshape(2, -1).sum(axis=0)
    gradient = (8 * (up - down) - (up2 - down2)) / (12 * STEP)
    second = up + down - 2 * here
    hessian = np.diag((16 * second - (up2 + down2 - 2 * here)) / (12 * STEP**2))
    for (i, j), total in zip(pairs, both, strict=True):
        mixed = (total - 2 * here - second[i] - second[j]) / (2 * STEP**2)
        hessian[i, j] = hessian[j, i] = mixed
    return float(here), gradient, hessian


def climb(
    surface: Surface, start: np.ndarray, same: Callable[[np.ndarray, np.ndarray], bool]
) -> tuple[np.ndarray, np.ndarray, bool]:
    """The top near `start`: point, Hessian there, and whether two steps in a row were the `same`."""
    point, hessian = start, np.eye(len(start))
    for _ in range(STEPS):
        here, gradient, hessian = derivatives(surface, point)
        values, vectors = np.linalg.eigh(hessian)
        along = vectors.T @ gradient
        curvature = np.maximum(np.abs(values), 1e-6 * max(1.0, np.abs(values).max()))
        step = vectors @ (along / curvature)
        if (values > 1e-3 * curvature.max()).any() and np.abs(along / curvature).max() < 1e-5:
            step = step + 0.1 * vectors[:, -1]  # a saddle: leave it along the rising direction
        step = step / max(1.0, np.abs(step).max() / 1.5)
        lengths = np.array([1.0, 0.5, 0.25, 0.1, 0.02, 0.002])
        tried = surface(point + lengths[:, None] * step)
        best = int(np.argmax(np.round(tried - here, 11)))
        new = point + lengths[best] * step
        if not tried[best] >= here - 1e-10 * max(1.0, abs(here)) or same(point, new):
            return point if tried[best] < here else new, hessian, True
        point = new
    return point, hessian, False


def omega_of(eta: np.ndarray) -> np.ndarray:
    """Cholesky of the unit covariance (a, b, c), log SDs and atanh correlation of rows -> six variances."""
    a, b, c, s1, s2, z = eta.T
    first, second = np.exp(s1), np.exp(s2)
    return np.column_stack([a * a, a * b, b * b + c * c, first**2, np.tanh(z) * first * second, second**2])


def eta_of(omega: np.ndarray) -> np.ndarray:
    """The inverse of `omega_of` for one set of variances."""
    u11, u12, u22, e11, e12, e22 = omega
    a = np.sqrt(max(u11, 0.0))
    b = u12 / a if a > 0 else 0.0
    c = np.sqrt(max(u22 - b * b, 0.0))
    r = np.clip(e12 / np.sqrt(e11 * e22), -0.99999, 0.99999)
    return np.array([a, b, c, 0.5 * np.log(e11), 0.5 * np.log(e22), np.arctanh(r)])


def best_variances(
    blocks: Blocks,
    free: np.ndarray,
    restricted: bool = True,
    start: np.ndarray | None = None,
    tolerance: float = TOLERANCE,
) -> Mode:
    """REML (or ML) estimate of the variances. `free`: which of the six parameters of `omega_of` are searched (the
    others stay 0).
    """
    values = 2 * blocks.counts[0] + blocks.counts[1] + blocks.counts[2]
    inside = np.flatnonzero(free)

    def fill(points: np.ndarray) -> np.ndarray:
        every = np.zeros((len(points), 6))
        every[:, inside] = points
        every[:, 5] = np.clip(every[:, 5], -LARGEST_Z, LARGEST_Z)
        return every

    def surface(points: np.ndarray) -> np.ndarray:
        found = factored(marginal(blocks, omega_of(fill(points))))
        return found.log_likelihood(values, restricted)

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        change = np.abs(np.diff(omega_of(fill(np.array([one, other]))), axis=0))
        return bool(change.max() < tolerance)

    starts = [start] if start is not None else [np.array([0.3, 0, 0.3, 0.95, 0, 0.95]), np.array([1, 0, 1, 1, 0, 1.0])]
    points = np.array([eta_of(np.asarray(one, float))[inside] for one in starts])
    begin = points[int(np.argmax(surface(points)))]
    top, _, settled = climb(surface, begin, same)
    omega = omega_of(fill(top[None]))[0]
    return Mode(omega, float(surface(top[None])[0]), settled, on_boundary(omega))
