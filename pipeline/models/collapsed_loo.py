"""Leave one unit out: how well a model foretells a recording that it has not seen.

Random and fixed effects are integrated out, so only the six variances are weighted anew. Given a draw of them, with
V_j the unit's covariance, H_j = X_j C X_j' and r_j = y_j - X_j b from the whole data:

    y_j | the others ~ Normal with density (2 pi)^-n/2 |V_j|^-1 |S_j|^1/2 exp(-r_j' S_j^-1 r_j / 2),  S_j = V_j - H_j

and over the draws, with weights w, p(y_j | the others) = 1 / sum(w / p_s(y_j | the others)) (Gelfand 1996; Vehtari,
Gelman and Gabry 2017). A unit whose weights have a Pareto k above 0.7 is left out of a new fit instead. The scale of
MLwiN's prior stays that of the whole data.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import logsumexp

from pipeline.models.collapsed import Posterior, posterior, prepare
from pipeline.models.collapsed_sampling import LARGEST_K, pareto_k
from pipeline.models.collapsed_units import (
    FEWEST_DRAWS,
    Given,
    Values,
    chunks,
    raw_rest,
    shrinkage,
    some_draws,
    values_of,
)
from pipeline.models.design import Design
from pipeline.models.fit import ModelRefused

LOG_2PI = np.log(2 * np.pi)
BUDGET = 36_000
"""Units x draws: the Monte Carlo error of the sum stays near 0.1."""
LARGE = 1e30
"""Corner of a matrix whose Cholesky factor shall hold L^-1 r in its last row."""
SPENT = 1e-7
"""Share of a unit's own variation below which a coefficient rests on this unit alone."""


@dataclass(frozen=True)
class Loo:
    """Per unit: log density of its values when it is left out (`elpd`; nan where a coefficient rests on it alone), the
    same when it is kept (`lpd`), Pareto k of its weights, and whether it was left out of a new fit. `values`: number of
    its values.
    """

    elpd: np.ndarray
    lpd: np.ndarray
    k_hat: np.ndarray
    refitted: np.ndarray
    values: np.ndarray

    @property
    def usable(self) -> np.ndarray:
        """Units that could be left out and foretold."""
        return np.isfinite(self.elpd)

    @property
    def parameters(self) -> float:
        """Effective number of parameters: how much better the units are foretold when they are kept."""
        return float((self.lpd - self.elpd)[self.usable].sum())


def leave_one_out(model: Posterior, largest_k: float = LARGEST_K) -> Loo:
    """Leaves out each unit in turn. Log densities are those of the values as they were given."""
    values = values_of(model)
    count = len(values.counts)
    given = some_draws(model, max(BUDGET // count, FEWEST_DRAWS))
    out, kept = (np.full((len(given.weights), count), np.nan) for _ in range(2))
    for members in of_equal_size(values):
        alone = members[alone_in(values, given, members)]
        rest = np.setdiff1d(members, alone)
        if len(rest):
            out[:, rest], kept[:, rest] = densities(values, given, rest)
    raw = jacobian(values, model.data.scale.unit)
    log_weight = np.log(given.weights)[:, None]
    found = Loo(
        -logsumexp(log_weight - out, axis=0) - raw,
        logsumexp(log_weight + kept, axis=0) - raw,
        np.array([k_of(given.weights, column) for column in out.T]),
        np.zeros(count, dtype=bool),
        np.bincount(values.unit, minlength=count),
    )
    return refitted(found, model, largest_k)


def of_equal_size(values: Values) -> list[np.ndarray]:
    """Units with the same number of values, together."""
    size = np.bincount(values.unit, minlength=len(values.counts))
    return [np.flatnonzero(size == one) for one in np.unique(size) if one]


def jacobian(values: Values, unit: np.ndarray) -> np.ndarray:
    """What scaling adds to the log density of each unit."""
    return np.bincount(values.unit, np.log(unit)[values.side], minlength=len(values.counts))


def k_of(weights: np.ndarray, log_density: np.ndarray) -> float:
    """Pareto k of the weights that leave out a unit; nan where it cannot be left out."""
    if not np.isfinite(log_density).all():
        return np.nan
    log_ratio = np.log(weights) - log_density
    return pareto_k(np.exp(log_ratio - logsumexp(log_ratio)))


def places_of(values: Values, members: np.ndarray) -> np.ndarray:
    """Positions of the values of units that have equally many (units x values)."""
    mine = np.flatnonzero(np.isin(values.unit, members))
    return mine.reshape(len(members), -1)


def covariance(values: Values, places: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """V of units (draws x units x values x values)."""
    side, row = values.side[places], values.row[places]
    kind = side[:, :, None] + side[:, None, :]
    same = row[:, :, None] == row[:, None, :]
    return omega[:, :3][:, kind] + np.where(same, omega[:, 3:][:, kind], 0.0)


def root_of(values: Values, places: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """G with X C X' = G G' (draws x units x values x p): one matrix product per side for all draws."""
    first, (draws, p, _) = values.x[0].shape[1], inverse.shape
    found = np.empty((places.size, draws, p))
    side, row = values.side[places].ravel(), values.row[places].ravel()
    for number, columns in enumerate((slice(0, first), slice(first, p))):
        mine = side == number
        flat = np.ascontiguousarray(inverse[:, :, columns]).reshape(draws * p, -1)
        found[mine] = (values.x[number][row[mine]] @ flat.T).reshape(-1, draws, p)
    return np.ascontiguousarray(found.transpose(1, 0, 2)).reshape(draws, *places.shape, p)


def alone_in(values: Values, given: Given, members: np.ndarray) -> np.ndarray:
    """Which of the units carry a coefficient alone, seen at the heaviest draw: without them it is not estimated."""
    best = int(np.argmax(given.weights))
    places = places_of(values, members)
    v = covariance(values, places, given.omega[best : best + 1])[0]
    root = root_of(values, places, given.inverse[best : best + 1])[0]
    own = np.linalg.solve(np.linalg.cholesky(v), root)
    return np.linalg.svd(own, compute_uv=False).max(axis=1) ** 2 > 1 - SPENT


def densities(values: Values, given: Given, members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log densities of scaled values given each draw (draws x units): left out, and kept."""
    places = places_of(values, members)
    parts = [_densities(values, some, members, places) for some in chunks(given)]
    out, kept = (np.concatenate(one) for one in zip(*parts, strict=True))
    return out, kept


def _densities(values: Values, given: Given, members: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    v = covariance(values, places, given.omega)
    root = root_of(values, places, given.inverse)
    h = root @ root.transpose(0, 1, 3, 2)
    rest = raw_rest(values, given.b)[:, values.row[places], values.side[places]]
    size = places.shape[1] * LOG_2PI
    log_v = log_det_v(values, given.omega)[:, members]
    log_out, fit_out = factors(v - h, rest)
    log_kept, fit_kept = factors(v + h, rest)
    return -0.5 * (size + 2 * log_v - log_out + fit_out), -0.5 * (size + log_kept + fit_kept)


def log_det_v(values: Values, omega: np.ndarray) -> np.ndarray:
    """log|V| of each unit (draws x units)."""
    e11, e12, e22 = omega[:, 3], omega[:, 4], omega[:, 5]
    rows = np.log(np.column_stack([e11 * e22 - e12**2, e11, e22]))
    return rows @ values.counts.T + shrinkage(values, omega)[2]


def factors(matrices: np.ndarray, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """log|A| and r' A^-1 r of each matrix and vector, from one Cholesky factor."""
    size = rest.shape[-1]
    whole = np.empty((*matrices.shape[:-2], size + 1, size + 1))
    whole[..., :size, :size] = matrices
    whole[..., size, :size] = whole[..., :size, size] = rest
    whole[..., size, size] = LARGE
    factor = np.linalg.cholesky(whole)
    diagonal = np.diagonal(factor, axis1=-2, axis2=-1)[..., :size]
    return 2 * np.log(diagonal).sum(axis=-1), (factor[..., size, :size] ** 2).sum(axis=-1)


def refitted(found: Loo, model: Posterior, largest_k: float) -> Loo:
    """The same with units whose weights are bad left out of a fit of their own."""
    bad = np.flatnonzero(found.k_hat > largest_k)
    if not len(bad):
        return found
    elpd, done = found.elpd.copy(), found.refitted.copy()
    for unit in bad:
        elpd[unit], done[unit] = foretold(model, int(unit)), True
    return replace(found, elpd=elpd, refitted=done)


def foretold(model: Posterior, unit: int) -> float:
    """Log density of a unit's values given a new fit to the others; nan when that cannot be fitted."""
    design = model.data.design
    others = without(design, unit)
    if any(no_spread(others, side) for side in (0, 1)):
        return np.nan
    try:
        other = posterior(prepare(others), model.settings, model.seed, model.active)
    except (ModelRefused, np.linalg.LinAlgError):
        return np.nan
    has = (design.unit == unit)[:, None] & ~np.isnan(design.y)
    row, side = np.nonzero(has)
    columns = (model.active < design.x[0].shape[1], model.active >= design.x[0].shape[1])
    first = design.x[0].shape[1]
    x = np.zeros((len(row), len(model.active)))
    for number, start in enumerate((0, first)):
        mine = side == number
        x[np.ix_(mine, columns[number])] = design.x[number][row[mine]][:, model.active[columns[number]] - start]
    return log_density(other, x, design.y[row, side], row, side)


def no_spread(design: Design, side: int) -> bool:
    """Whether a column of a side is the same in all its values, so that nothing can be learnt about it."""
    x = design.x[side][~np.isnan(design.y[:, side])]
    return bool((np.ptp(x[:, 1:], axis=0) == 0).any())


def without(design: Design, unit: int) -> Design:
    """The design without the rows of a unit."""
    kept = design.unit != unit
    number = design.unit[kept]
    return replace(
        design, unit=number - (number > unit), units=design.units - 1, y=design.y[kept],
        x=(design.x[0][kept], design.x[1][kept]), labels=(),
    )  # fmt: skip


def log_density(model: Posterior, x: np.ndarray, y: np.ndarray, row: np.ndarray, side: np.ndarray) -> float:
    """Log predictive density of the values of one new unit. `x`: values x coefficients, raw."""
    mixed = some_draws(model)
    scale, omega = model.data.scale, model.data.scale.omega(mixed.omega)
    inside = x @ scale.back(model.active)
    kind = side[:, None] + side
    same = row[:, None] == row
    root = inside @ mixed.inverse.transpose(0, 2, 1)
    v = omega[:, :3][:, kind] + np.where(same, omega[:, 3:][:, kind], 0.0)
    rest = y - mixed.b @ inside.T - x @ scale.shift(model.active)
    log_det, fit = factors(v + root @ root.transpose(0, 2, 1), rest)
    return float(logsumexp(np.log(mixed.weights) - 0.5 * (len(y) * LOG_2PI + log_det + fit)))
