"""Variances of the two levels: six numbers (u11, u12, u22, e11, e12, e22), their boundary, and the prior's scale."""

import numpy as np

BOUNDARY = 1e-4
"""Share of the residual variance below which an eigenvalue of the unit covariance counts as 0."""
FLOOR = 0.01
"""Smallest eigenvalue of the prior's unit covariance, in units of the row covariance."""
LARGEST_R = 0.999
"""Largest correlation within rows that the prior is built around."""
DEGREES = 2.0
GAMMA = 0.001
"""MLwiN's defaults: inverse-Wishart(2, 2 x estimate) for a matrix, Gamma(.001, .001) for one precision."""


def on_boundary(omega: np.ndarray) -> bool:
    """Whether an eigenvalue of the unit covariance is nothing beside the row covariance, or a correlation is 1."""
    return abs(row_correlation(omega)) > 0.9999 or bool(np.linalg.eigvalsh(relative(omega)).min() < BOUNDARY)


def row_correlation(omega: np.ndarray) -> float:
    """Correlation of the two sides within rows."""
    return float(omega[4] / np.sqrt(omega[3] * omega[5]))


def relative(omega: np.ndarray) -> np.ndarray:
    """The unit covariance in units of the row covariance (2 x 2, symmetric)."""
    unit, row = square(omega[:3]), square(omega[3:])
    factor = np.linalg.cholesky(row)
    inner = np.linalg.solve(factor, np.linalg.solve(factor, unit).T)
    return (inner + inner.T) / 2


def square(three: np.ndarray) -> np.ndarray:
    """(v1, c, v2) as a 2 x 2 matrix."""
    return np.array([[three[0], three[1]], [three[1], three[2]]])


def off_boundary(omega: np.ndarray) -> tuple[np.ndarray, bool]:
    """The estimate with the eigenvalues of its unit covariance (relative to the row covariance) not below `FLOOR`, and
    its row correlation not beyond `LARGEST_R`; and whether anything moved.
    """
    u11, u12, u22, e11, e12, e22 = omega
    limit = LARGEST_R * np.sqrt(e11 * e22)
    row = np.array([e11, np.clip(e12, -limit, limit), e22])
    moved = np.concatenate([[u11, u12, u22], row])
    values, vectors = np.linalg.eigh(relative(moved))
    if values.min() >= FLOOR:
        return moved, abs(e12) > limit
    factor = np.linalg.cholesky(square(row)) @ vectors
    unit = (factor * np.maximum(values, FLOOR)) @ factor.T
    return np.concatenate([[unit[0, 0], unit[0, 1], unit[1, 1]], row]), True
