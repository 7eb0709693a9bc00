"""Tests of a mixed model with degrees of freedom by Satterthwaite, so that few mothers give the wide interval they
deserve.

The degrees of freedom of one contrast are 2 v**2 / Var(v), v its estimated variance, Var(v) from the expected
information of the variances under restricted likelihood; several contrasts at once as in Fai & Cornelius, J. Stat.
Comput. Simul. 1996; 54: 363-378. In a balanced design a number that is constant within mothers gets (mothers - 2).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

from pipeline.measures.mixed_model import Mixed, weighted


@dataclass(frozen=True)
class Tested:
    """One contrast: estimate, standard error, t, degrees of freedom, two-sided p and 95 % interval."""

    estimate: float
    se: float
    t: float
    df: float
    p: float
    low: float
    high: float


@dataclass(frozen=True)
class JointTest:
    """Several contrasts at once: F with its two degrees of freedom, and p."""

    f: float
    df1: int
    df2: float
    p: float


@dataclass(frozen=True)
class _Information:
    """`inverse`: covariance of the variances (in units where the whole is 1); `turns` (parts, k, k): how the covariance
    of the coefficients changes with each."""

    inverse: np.ndarray
    turns: np.ndarray


def contrast(mixed: Mixed, weights: np.ndarray) -> Tested:
    """Whether weights'beta is zero; `weights` (k,)."""
    return contrasts(mixed, np.atleast_2d(weights))[0]


def contrasts(mixed: Mixed, weights: np.ndarray) -> list[Tested]:
    """Whether each row of `weights` (m, k) times beta is zero, one by one."""
    information = _information(mixed)
    return [_tested(mixed, row, information) for row in np.asarray(weights, dtype=float)]


def joint(mixed: Mixed, weights: np.ndarray) -> JointTest:
    """Whether every row of `weights` (m, k) times beta is zero."""
    weights = np.atleast_2d(np.asarray(weights, dtype=float))
    information = _information(mixed)
    sizes, directions = np.linalg.eigh(weights @ mixed.covariance @ weights.T)
    parts = [_tested(mixed, direction @ weights, information) for direction in directions.T]
    count = len(sizes)
    f = float(np.mean([part.t**2 for part in parts]))
    if count == 1:
        return JointTest(f, 1, parts[0].df, parts[0].p)
    expected = sum(part.df / (part.df - 2) for part in parts if part.df > 2)
    df2 = 2 * expected / (expected - count) if expected > count and all(part.df > 2 for part in parts) else 2.0
    return JointTest(f, count, float(df2), float(fdtrc(count, df2, f)))


def _tested(mixed: Mixed, weights: np.ndarray, information: _Information) -> Tested:
    estimate = float(weights @ mixed.beta)
    size = float(weights @ mixed.covariance @ weights)
    slopes = np.array([weights @ turn @ weights for turn in information.turns])
    df = float(2 * size**2 / (slopes @ information.inverse @ slopes))
    df = float(np.clip(df, 1.0, mixed.blocks.rows - len(mixed.beta)))
    se = float(np.sqrt(size))
    t = estimate / se
    reach = stdtrit(df, 0.975) * se
    return Tested(estimate, se, t, df, float(2 * stdtr(df, -abs(t))), estimate - reach, estimate + reach)


def _summed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Sum over mothers of left' right (J, q, k) -> (k, k)."""
    return np.tensordot(left, right, axes=([0, 1], [0, 1]))


def _information(mixed: Mixed) -> _Information:
    """Expected information of the size of the whole covariance and of each of its parts, at the estimates.

    With P the restricted projection and V the covariance of the rows: tr(PVPV) = N - k, tr(PVPA) = tr(PA), and
    tr(PAPB) = tr(V'AV'B) - 2 tr(C X'V'AV'BV'X) + tr(C X'V'AV'X C X'V'BV'X), all from cross-products per mother.
    """
    blocks, cov = mixed.blocks, mixed.covariance / mixed.variance
    z, zx, _ = weighted(blocks, mixed.theta)
    zx, patterns = zx[:, :, :-1], blocks.patterns()
    turned = [_summed(zx, each @ zx) for each in patterns]
    size = len(patterns) + 1
    found = np.zeros((size, size))
    found[0, 0] = blocks.rows - len(cov)
    for a, (first, first_turn) in enumerate(zip(patterns, turned, strict=True), start=1):
        found[0, a] = found[a, 0] = np.einsum("ab,jba->", first, z) - np.trace(cov @ first_turn)
        left = first @ z
        for b, (second, second_turn) in enumerate(zip(patterns[:a], turned[:a], strict=True), start=1):
            crossed = _summed(zx, left @ second @ zx)
            found[a, b] = found[b, a] = (
                np.einsum("jab,jba->", left, second @ z)
                - 2 * np.trace(cov @ crossed)
                + np.trace(cov @ first_turn @ cov @ second_turn)
            )
    turns = np.array([cov, *(cov @ each @ cov for each in turned)]) * mixed.variance
    return _Information(np.linalg.pinv(found / 2, hermitian=True), turns)
