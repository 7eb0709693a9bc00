"""Where a model with a third level begins: RIGLS of all three levels (Goldstein 1989, 10.1093/biomet/76.3.622).

MLwiN's prior is built around this estimate. Half of the two-level variance for each level would be no substitute: such
a prior says that both levels matter, and pulls a small variance up by as much as its own standard error. One step is
generalised least squares for the fixed part, then a weighted regression of r r' + X C X' on the nine matrices that the
variances multiply; where it settles inside, it is REML.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.design import Design
from pipeline.models.rigls import pulled_back
from pipeline.models.variances import off_boundary

STEPS = 60
TOLERANCE = 1e-6
"""Largest last change, as a share of the variance of the values: a scale needs no more."""


@dataclass(frozen=True)
class GroupRecords:
    """The observed values of one group: values, columns, and the nine matrices that the variances multiply."""

    y: np.ndarray
    x: np.ndarray
    shapes: np.ndarray


def three_levels(design: Design, group: np.ndarray, row_covariance: bool = True) -> tuple[np.ndarray, bool]:
    """Variances of units, rows and groups (nine: v1, c, v2 of each), and whether the iteration settled. `group`: number
    of the group per unit.
    """
    groups = records(design, group)
    free = np.ones(9, bool)
    free[4] = row_covariance and design.pairs > 0
    one, two = np.nanvar(design.y, axis=0)
    omega = np.array([0.1 * one, 0, 0.1 * two, 0.8 * one, 0, 0.8 * two, 0.1 * one, 0, 0.1 * two])
    for _ in range(STEPS):
        new = step(groups, omega, free)
        settled = np.abs(new - omega).max() < TOLERANCE * max(one, two)
        omega = new
        if settled:
            return omega, True
    return omega, False


def records(design: Design, group: np.ndarray) -> list[GroupRecords]:
    """Records per group."""
    edge, total = design.x[0].shape[1], sum(x.shape[1] for x in design.x)
    row, side = np.nonzero(~np.isnan(design.y))
    unit = design.unit[row]
    x = np.zeros((len(row), total))
    x[side == 0, :edge], x[side == 1, edge:] = design.x[0][row[side == 0]], design.x[1][row[side == 1]]
    found = []
    for number in range(int(group.max()) + 1):
        mine = np.flatnonzero(group[unit] == number)
        matrices = shapes(unit[mine], row[mine], side[mine])
        found.append(GroupRecords(design.y[row[mine], side[mine]], x[mine], matrices))
    return found


def shapes(unit: np.ndarray, row: np.ndarray, side: np.ndarray) -> np.ndarray:
    """dV / d(v1, c, v2) of units, rows and the group: 9 x values x values."""
    one, two = (side == 0).astype(float), (side == 1).astype(float)
    sides = np.array([np.outer(one, one), np.outer(one, two) + np.outer(two, one), np.outer(two, two)])
    return np.concatenate([sides * np.equal.outer(unit, unit), sides * np.equal.outer(row, row), sides])


def step(groups: list[GroupRecords], omega: np.ndarray, free: np.ndarray) -> np.ndarray:
    """One step; covariances outside their space are pulled back to its boundary, as MLwiN does."""
    weights = [np.linalg.inv(np.tensordot(omega, one.shapes, axes=1)) for one in groups]
    precision = sum(one.x.T @ weight @ one.x for one, weight in zip(groups, weights, strict=True))
    right = sum(one.x.T @ weight @ one.y for one, weight in zip(groups, weights, strict=True))
    covariance = np.linalg.inv(precision)
    coefficients = covariance @ right
    left, target = np.zeros((9, 9)), np.zeros(9)
    for one, weight in zip(groups, weights, strict=True):
        rest = one.y - one.x @ coefficients
        turned = (weight @ one.shapes @ weight).reshape(9, -1)
        left += turned @ one.shapes.reshape(9, -1).T
        target += turned @ (np.outer(rest, rest) + one.x @ covariance @ one.x.T).ravel()
    new = np.zeros(9)
    # A covariance that nothing tells of (no unit was seen on both sides) has no row of its own, and stays 0.
    new[free] = np.linalg.lstsq(left[np.ix_(free, free)], target[free])[0]
    units, further = pulled_back(new[:6]), pulled_back(np.concatenate([new[6:], new[3:6]]))
    return np.concatenate([units, further[:3]])


def inside(omega: np.ndarray) -> tuple[np.ndarray, bool]:
    """Six or nine variances off their boundary (see `off_boundary`), and whether anything moved."""
    six, moved = off_boundary(omega[:6])
    if len(omega) == 6:
        return six, moved
    further, also = off_boundary(np.concatenate([omega[6:], six[3:]]))
    return np.concatenate([six, further[:3]]), moved or also
