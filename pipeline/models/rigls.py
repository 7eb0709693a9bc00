"""RIGLS: restricted iterative generalised least squares, the start values of the paper's estimator (Goldstein 1989).

The fixed part is generalised least squares; the six variances are a weighted regression of r r' + X C X' on the
matrices they multiply, with the weights V^-1 of the step before. At the end this is REML. Every unit's matrices are
written out: slow, plain, and nothing is shared with the quick engine.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.design import Design
from pipeline.models.variances import square

STEPS = 100
TOLERANCE = 1e-9


@dataclass(frozen=True)
class UnitRecords:
    """The observed responses of one unit: values, columns, and the six matrices that Omega multiplies."""

    y: np.ndarray
    x: np.ndarray
    shapes: np.ndarray


def records(design: Design) -> list[UnitRecords]:
    """Records per unit."""
    first = design.x[0].shape[1]
    total = first + design.x[1].shape[1]
    found = []
    order = np.argsort(design.unit, kind="stable")
    edges = np.searchsorted(design.unit[order], np.arange(design.units + 1))
    for begin, end in zip(edges[:-1], edges[1:], strict=True):
        rows = order[begin:end]
        at, side = np.nonzero(~np.isnan(design.y[rows]))
        x = np.zeros((len(at), total))
        for number, response in enumerate((slice(0, first), slice(first, total))):
            mine = side == number
            x[mine, response] = design.x[number][rows[at[mine]]]
        found.append(UnitRecords(design.y[rows[at], side], x, _shapes(at, side)))
    return found


def _shapes(row: np.ndarray, side: np.ndarray) -> np.ndarray:
    """dV / d(u11, u12, u22, e11, e12, e22): 6 x records x records."""
    one, two = (side == 0).astype(float), (side == 1).astype(float)
    same = row[:, None] == row
    unit = [np.outer(one, one), np.outer(one, two) + np.outer(two, one), np.outer(two, two)]
    return np.array([*unit, *(shape * same for shape in unit)])


def rigls(design: Design, row_covariance: bool = True) -> tuple[np.ndarray, np.ndarray, bool]:
    """Variances (six), coefficients, and whether the iteration settled. A step out of the space of covariances is
    pulled back to its boundary, as MLwiN does.
    """
    units = records(design)
    free = np.array([True, True, True, True, row_covariance and design.pairs > 0, True])
    spread = np.nanvar(design.y, axis=0)
    omega = np.array([0.2 * spread[0], 0, 0.2 * spread[1], 0.8 * spread[0], 0, 0.8 * spread[1]])
    for _ in range(STEPS):
        new, coefficients = _step(units, omega, free)
        new = pulled_back(new)
        settled = np.abs(new - omega).max() < TOLERANCE * spread.max()
        omega = new
        if settled:
            return omega, coefficients, True
    return omega, coefficients, False


def _step(units: list[UnitRecords], omega: np.ndarray, free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """One step: the fixed part given the variances, then the variances given the fixed part."""
    weights = [np.linalg.inv(np.tensordot(omega, unit.shapes, axes=1)) for unit in units]
    precision = sum(unit.x.T @ weight @ unit.x for unit, weight in zip(units, weights, strict=True))
    right = sum(unit.x.T @ weight @ unit.y for unit, weight in zip(units, weights, strict=True))
    coefficients = np.linalg.solve(precision, right)
    covariance = np.linalg.inv(precision)
    left, target = np.zeros((6, 6)), np.zeros(6)
    for unit, weight in zip(units, weights, strict=True):
        rest = unit.y - unit.x @ coefficients
        products = np.outer(rest, rest) + unit.x @ covariance @ unit.x.T
        turned = weight @ unit.shapes @ weight
        left += np.einsum("aij,bij->ab", turned, unit.shapes)
        target += np.einsum("aij,ij->a", turned, products)
    new = np.zeros(6)
    new[free] = np.linalg.solve(left[np.ix_(free, free)], target[free])
    return new, coefficients


def pulled_back(omega: np.ndarray) -> np.ndarray:
    """The nearest covariances: negative eigenvalues become 0 (units) or nearly 0 (rows)."""
    found = []
    for three, least in ((omega[:3], 0.0), (omega[3:], 1e-6 * np.abs(omega[3:]).max())):
        values, vectors = np.linalg.eigh(square(three))
        matrix = (vectors * np.maximum(values, least)) @ vectors.T if values.min() < least else square(three)
        found += [matrix[0, 0], matrix[0, 1], matrix[1, 1]]
    return np.array(found)
