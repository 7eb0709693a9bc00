"""The marginal likelihood of the variance parameters, for many of them at once.

`omega` is draws x (u11, u12, u22, e11, e12, e22): variances and covariance of units, then of rows. For 2 x 2 matrices
K = (Omega_u^-1 + M)^-1 = (Omega_u + det(Omega_u) adj(M)) / det(I + M Omega_u), which holds for a singular Omega_u too.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.collapsed_blocks import CHUNK, Blocks

LOG_2PI = np.log(2 * np.pi)


@dataclass(frozen=True)
class Marginal:
    """A = W' V^-1 W (draws x (p + 1) x (p + 1), y last) and log|V| for each draw."""

    a: np.ndarray
    log_det_v: np.ndarray

    def subset(self, active: np.ndarray) -> "Marginal":
        """Of some of the columns."""
        kept = np.append(active, self.a.shape[1] - 1)
        return Marginal(self.a[:, kept[:, None], kept], self.log_det_v)


@dataclass(frozen=True)
class Factored:
    """Lower Cholesky factors of A; draws whose A is not positive definite are marked not `usable`."""

    factor: np.ndarray
    log_det_v: np.ndarray
    usable: np.ndarray

    def log_likelihood(self, values: int, restricted: bool) -> np.ndarray:
        """REML (restricted) or ML log-likelihood of the scaled values; -inf where not usable."""
        diagonal = np.diagonal(self.factor, axis1=1, axis2=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_det_x = 2 * np.log(diagonal[:, :-1]).sum(axis=1)
        p = self.factor.shape[1] - 1
        free = values - p if restricted else values
        total = free * LOG_2PI + self.log_det_v + restricted * log_det_x + diagonal[:, -1] ** 2
        return np.where(self.usable, -0.5 * total, -np.inf)


def marginal(blocks: Blocks, omega: np.ndarray) -> Marginal:
    """A and log|V| at each row of `omega`."""
    size = blocks.p + 1
    a, log_det = np.empty((len(omega), size, size)), np.empty(len(omega))
    for first in range(0, len(omega), CHUNK):
        some = slice(first, first + CHUNK)
        a[some], log_det[some] = _chunk(blocks, omega[some])
    return Marginal(a, log_det)


def _chunk(blocks: Blocks, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    u11, u12, u22, e11, e12, e22 = (column[:, None] for column in omega.T)
    det_e = e11 * e22 - e12**2
    q11, q12, q22, i1, i2 = e22 / det_e, -e12 / det_e, e11 / det_e, 1 / e11, 1 / e22
    pairs, first, second = blocks.patterns.T
    m11, m12, m22 = pairs * q11 + first * i1, pairs * q12, pairs * q22 + second * i2
    det_u = u11 * u22 - u12**2
    det_f = 1 + m11 * u11 + 2 * m12 * u12 + m22 * u22 + (m11 * m22 - m12**2) * det_u
    k = ((u11 + det_u * m22) / det_f, (u12 - det_u * m12) / det_f, (u22 + det_u * m11) / det_f)
    counts = blocks.counts
    with np.errstate(divide="ignore", invalid="ignore"):
        log_det = counts[0] * np.log(det_e) + counts[1] * np.log(e11) + counts[2] * np.log(e22)
        log_det = log_det[:, 0] + np.log(det_f) @ blocks.sizes
    weights = (q11, q12, q22, i1, i2)
    return _assemble(blocks, _sides(blocks, k, weights)), log_det


def _sides(blocks: Blocks, k: tuple, weights: tuple) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A within the first side, within the second (both as upper triangles), and between them (flattened)."""
    k11, k12, k22 = k
    q11, q12, q22, i1, i2 = weights
    a0, s0, a1, s1, cross = blocks.gram
    kp1, kp2 = (k11 * q11 + k12 * q12, k12 * q11 + k22 * q12), (k11 * q12 + k12 * q22, k12 * q12 + k22 * q22)
    within = (
        (q11 * kp1[0] + q12 * kp1[1], i1 * kp1[0], i1 * i1 * k11),
        (q12 * kp2[0] + q22 * kp2[1], i2 * kp2[1], i2 * i2 * k22),
    )
    between = (q11 * kp2[0] + q12 * kp2[1], i2 * kp1[1], i1 * kp2[0], i1 * i2 * k12)
    upper0, upper1 = np.triu_indices(blocks.q[0]), np.triu_indices(blocks.q[1])
    return (
        q11 * a0[upper0] + i1 * s0[upper0] - _contract(within[0], blocks.sums[0]),
        q22 * a1[upper1] + i2 * s1[upper1] - _contract(within[1], blocks.sums[1]),
        q12 * cross.ravel() - _contract(between, blocks.sums[2]),
    )


def _contract(coefficients: tuple, sums: np.ndarray) -> np.ndarray:
    """Sum over patterns and kinds: one matrix product."""
    stacked = np.stack(coefficients, axis=2)
    return stacked.reshape(len(stacked), -1) @ sums


def _assemble(blocks: Blocks, sides: tuple[np.ndarray, np.ndarray, np.ndarray]) -> np.ndarray:
    """Symmetric A with the two responses' y put together in the last row and column."""
    first, second, between = sides
    q0, q1 = blocks.q
    p0, p1 = q0 - 1, q1 - 1
    a = np.zeros((len(first), p0 + p1 + 1, p0 + p1 + 1))
    full0, full1 = _square(first, q0), _square(second, q1)
    cross = between.reshape(-1, q0, q1)
    a[:, :p0, :p0], a[:, p0:-1, p0:-1] = full0[:, :p0, :p0], full1[:, :p1, :p1]
    a[:, :p0, p0:-1] = cross[:, :p0, :p1]
    a[:, p0:-1, :p0] = cross[:, :p0, :p1].transpose(0, 2, 1)
    a[:, :p0, -1] = full0[:, :p0, -1] + cross[:, :p0, -1]
    a[:, p0:-1, -1] = full1[:, :p1, -1] + cross[:, -1, :p1]
    a[:, -1, :-1] = a[:, :-1, -1]
    a[:, -1, -1] = full0[:, -1, -1] + full1[:, -1, -1] + 2 * cross[:, -1, -1]
    return a


def _square(upper: np.ndarray, size: int) -> np.ndarray:
    rows, columns = np.triu_indices(size)
    full = np.empty((len(upper), size, size))
    full[:, rows, columns] = upper
    full[:, columns, rows] = upper
    return full


def factored(found: Marginal, penalty: np.ndarray | None = None) -> Factored:
    """Cholesky factors of A (+ a diagonal penalty per draw, draws x p)."""
    a = found.a
    if penalty is not None:
        a = a.copy()
        place = np.arange(penalty.shape[1])
        a[:, place, place] += penalty
    usable = np.isfinite(a[:, -1, -1]) & np.isfinite(found.log_det_v)
    try:
        if usable.all():
            return Factored(np.linalg.cholesky(a), found.log_det_v, usable)
    except np.linalg.LinAlgError:
        pass
    return _one_by_one(a, found.log_det_v, usable)


def _one_by_one(a: np.ndarray, log_det: np.ndarray, usable: np.ndarray) -> Factored:
    """The same when some matrix cannot be factored."""
    factor, usable = np.tile(np.eye(a.shape[1]), (len(a), 1, 1)), usable.copy()
    for draw in np.flatnonzero(usable):
        try:
            factor[draw] = np.linalg.cholesky(a[draw])
        except np.linalg.LinAlgError:
            usable[draw] = False
    return Factored(factor, log_det, usable)
