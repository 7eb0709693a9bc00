"""Cross-products of a design, and the marginal model they give for any variance parameters.

With V = Z Omega_u Z' + R(Omega_e), everything the model needs is A = W' V^-1 W for W = [X, y] and log|V|. Per unit,
Woodbury gives V^-1 = R^-1 - R^-1 Z K Z' R^-1 with the 2 x 2 matrix K = (Omega_u^-1 + M)^-1, M = Z' R^-1 Z, depending
on the unit's counts (pairs, first side only, second side only) alone. So sums of unit totals' cross-products per
pattern of counts are enough, and they are made once.

Columns and responses are centred and scaled inside (`Scale`); terms are mapped back exactly.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pipeline.models.design import Design
from pipeline.models.fit import ModelRefused

CHUNK = 250
"""Draws evaluated at a time: keeps the temporaries in the processor's cache."""


@dataclass(frozen=True)
class Scale:
    """What was taken off and divided out. `means`, `spreads`: per coefficient (intercepts: 0 and 1); `level`, `unit`:
    location and residual SD of each response; `response_sd`: SD of each response in units of that residual SD.
    """

    means: np.ndarray
    spreads: np.ndarray
    level: np.ndarray
    unit: np.ndarray
    response_sd: np.ndarray
    first: int

    @property
    def sides(self) -> np.ndarray:
        """Response (0 or 1) of each coefficient."""
        return (np.arange(len(self.means)) >= self.first).astype(int)

    def omega(self, scaled: np.ndarray) -> np.ndarray:
        """Variances in the responses' own units (draws x 6)."""
        a, b = self.unit
        return scaled * np.array([a * a, a * b, b * b] * 2)

    def inside(self, omega: np.ndarray) -> np.ndarray:
        """The inverse of `omega`."""
        a, b = self.unit
        return omega / np.array([a * a, a * b, b * b] * 2)

    def back(self, active: np.ndarray) -> np.ndarray:
        """Matrix that turns scaled coefficients of the active columns into those of the raw columns (without the
        responses' level).
        """
        sides, spreads = self.sides[active], self.spreads[active]
        matrix = np.diag(self.unit[sides] / spreads)
        for side in (0, 1):
            (intercept,) = np.flatnonzero((sides == side) & (np.isin(active, [0, self.first])))
            others = np.flatnonzero((sides == side) & ~np.isin(active, [0, self.first]))
            matrix[intercept, others] = -self.unit[side] * self.means[active][others] / spreads[others]
        return matrix

    def shift(self, active: np.ndarray) -> np.ndarray:
        """What the responses' level adds to the coefficients: to the intercepts only."""
        added = np.zeros(len(active))
        added[np.isin(active, [0, self.first])] = self.level
        return added

    def log_jacobian(self, active: np.ndarray, counts: tuple[int, int], restricted: bool) -> float:
        """What must be added to a scaled log-likelihood to give that of the raw values."""
        value = -float(np.dot(counts, np.log(self.unit)))
        if restricted:
            _, log_det = np.linalg.slogdet(self.back(active))
            value += float(log_det)
        return value


@dataclass(frozen=True)
class Blocks:
    """Cross-products of W = [X, y] of the two sides. `q`: their columns, y last. `gram`: pairs and singles per side,
    and between sides; `patterns`: groups x (pairs, first only, second only); `sizes`: units per group; `sums`: stacked
    cross-products of unit totals, groups x (kinds) flattened to rows of (upper triangle or rectangle).
    """

    q: tuple[int, int]
    counts: tuple[int, int, int]
    gram: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
    patterns: np.ndarray
    sizes: np.ndarray
    sums: tuple[np.ndarray, np.ndarray, np.ndarray]

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return self.q[0] + self.q[1] - 2

    def subset(self, active: np.ndarray) -> "Blocks":
        """The blocks of some of the columns (positions among the coefficients): no pass over the data."""
        first = self.q[0] - 1
        mine = (np.append(active[active < first], first), np.append(active[active >= first] - first, self.q[1] - 1))
        a0, s0, a1, s1, cross = self.gram
        within = [np.ix_(one, one) for one in mine]
        gram = (a0[within[0]], s0[within[0]], a1[within[1]], s1[within[1]], cross[np.ix_(*mine)])
        sums = []
        for side in (0, 1):
            upper = np.triu_indices(self.q[side])
            place = np.zeros((self.q[side],) * 2, dtype=np.intp)
            place[upper] = np.arange(len(upper[0]))
            place = np.maximum(place, place.T)
            chosen = np.triu_indices(len(mine[side]))
            sums.append(self.sums[side][:, place[mine[side][chosen[0]], mine[side][chosen[1]]]])
        flat = (mine[0][:, None] * self.q[1] + mine[1]).ravel()
        sums.append(self.sums[2][:, flat])
        return Blocks((len(mine[0]), len(mine[1])), self.counts, gram, self.patterns, self.sizes, tuple(sums))


def scaled(design: Design) -> tuple[Scale, np.ndarray, list[np.ndarray]]:
    """Centres and scales columns and responses: the scale, responses (rows x 2) and matrices of both sides."""
    y, matrices, means, spreads, level, unit, spread_y = design.y.copy(), [], [], [], [], [], []
    for side, x in enumerate(design.x):
        present = ~np.isnan(y[:, side])
        mean, spread = x[present].mean(axis=0), x[present].std(axis=0)
        mean[0], spread[0] = 0.0, 1.0
        inside = np.where(present[:, None], (x - mean) / spread, 0.0)
        values = y[present, side]
        chosen = inside[present]
        rest = values - chosen @ np.linalg.solve(chosen.T @ chosen, chosen.T @ values)
        residual = np.sqrt(rest @ rest / (len(values) - x.shape[1]))
        if residual < 1e-9 * values.std():
            text = f"The columns explain the values of {design.responses[side]} without rest, so that no model is left"
            raise ModelRefused(f"{text} to fit. Leave covariates out or widen the selection.")
        y[:, side] = (y[:, side] - values.mean()) / residual
        level, unit = [*level, values.mean()], [*unit, residual]
        spread_y.append(values.std(ddof=1) / residual)
        means, spreads, matrices = [*means, mean], [*spreads, spread], [*matrices, inside]
    arrays = [np.concatenate(means), np.concatenate(spreads), *(np.array(one) for one in (level, unit, spread_y))]
    return Scale(*arrays, first=design.x[0].shape[1]), y, matrices


def blocks_of(design: Design) -> tuple[Blocks, Scale]:
    """The cross-products of a design: one pass over the rows."""
    scale, y, matrices = scaled(design)
    return cross_products(y, matrices, design.unit, design.units), scale


def cross_products(y: np.ndarray, matrices: list[np.ndarray], unit: np.ndarray, units: int) -> Blocks:
    """The cross-products of scaled responses (rows x 2) and matrices of both sides; `unit`: number of the unit of each
    row.
    """
    has = ~np.isnan(y)
    pair, single = has.all(axis=1), [has[:, 0] & ~has[:, 1], has[:, 1] & ~has[:, 0]]
    w = [np.column_stack([matrices[side], np.nan_to_num(y[:, side])]) for side in (0, 1)]
    gram = []
    totals = []
    for side in (0, 1):
        for rows in (pair, single[side]):
            chosen = w[side][rows]
            gram.append(chosen.T @ chosen)
            member = sparse.csr_array(
                (np.ones(len(chosen)), (unit[rows], np.arange(len(chosen)))), (units, len(chosen))
            )
            totals.append(member @ chosen)
    gram.append(w[0][pair].T @ w[1][pair])
    counts = [np.bincount(unit[rows], minlength=units) for rows in (pair, *single)]
    patterns, group = np.unique(np.column_stack(counts), axis=0, return_inverse=True)
    sizes = np.bincount(group)
    sums = pattern_sums(totals, group, sizes)
    q = (w[0].shape[1], w[1].shape[1])
    number = (int(pair.sum()), int(single[0].sum()), int(single[1].sum()))
    return Blocks(q, number, tuple(gram), patterns.astype(float), sizes, sums)


def pattern_sums(totals: list[np.ndarray], group: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, ...]:
    """Cross-products of unit totals per pattern. `totals`: first side pairs and singles, second side pairs and
    singles. Kinds: within a side (pairs pairs, pairs singles both ways, singles singles), between sides all four.
    """
    order = np.argsort(group, kind="stable")
    edges = np.concatenate([[0], np.cumsum(sizes)])
    uppers = [np.triu_indices(totals[side].shape[1]) for side in (0, 2)]
    found: tuple[list, list, list] = ([], [], [])
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        mine = order[first:last]
        p0, s0, p1, s1 = (total[mine] for total in totals)
        for side, (p, s) in enumerate(((p0, s0), (p1, s1))):
            mixed = p.T @ s
            found[side].extend(matrix[uppers[side]] for matrix in (p.T @ p, mixed + mixed.T, s.T @ s))
        found[2].extend((a.T @ b).ravel() for a in (p0, s0) for b in (p1, s1))
    return tuple(np.array(one) for one in found)
