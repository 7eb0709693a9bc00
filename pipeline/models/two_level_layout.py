"""What the sampler of the two-level model is given: arrays of a design, turned and padded, and the way back.

The responses are divided by the row SDs of a first estimate, and the coefficients turned and moved so that at that
estimate they are independent with SD 1 (b = first + turn w): the flat prior stays flat, and every model is of one
scale to the sampler. Columns and units are padded to round numbers so that one compiled model serves many fits.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.design import Design
from pipeline.models.fit import Settings
from pipeline.models.two_level_start import inside
from pipeline.models.variances import DEGREES, GAMMA, square

ROUND = 64
"""Columns, units and groups are padded to multiples of this."""


@dataclass(frozen=True)
class Shape:
    """What a compiled model is made for; the number of rows is free. `groups`: 0 without a third level."""

    columns: int
    units: int
    groups: int = 0

    @property
    def levels(self) -> int:
        """Rows, units, and groups where there are some."""
        return 3 if self.groups else 2


@dataclass(frozen=True)
class Layout:
    """Arrays of one fit by name (see `arrays_of`), and what turns draws back: coefficients = first + turn w; `unit`:
    the row SDs the responses were divided by; `start`: variances the chains begin at, per level (SDs and atanh r).
    """

    design: Design
    shape: Shape
    arrays: dict[str, np.ndarray]
    first: np.ndarray
    turn: np.ndarray
    unit: np.ndarray
    start: np.ndarray
    floored: bool


def padded(number: int) -> int:
    """The next multiple of `ROUND`."""
    return -(-number // ROUND) * ROUND


def layout_of(design: Design, settings: Settings, estimate: np.ndarray, group: np.ndarray | None = None) -> Layout:
    """The layout of a design around an estimate of its six variances (units, rows); with a third level nine, the groups
    last (see `two_level_start`). `group`: number of the third level's group per unit.
    """
    omega, floored = inside(estimate)
    unit = np.sqrt(omega[[3, 5]])
    levels = omega.reshape(-1, 3) / [unit[0] ** 2, unit[0] * unit[1], unit[1] ** 2]
    levels[[0, 1]] = levels[[1, 0]]
    columns = sum(x.shape[1] for x in design.x)
    groups = 0 if group is None else padded(int(group.max()) + 1)
    shape = Shape(padded(columns), padded(design.units), groups)
    first, turn = turned(design, unit, np.concatenate([levels[1:].sum(axis=0), levels[0]]))
    start = coordinates(levels)
    arrays = arrays_of(design, shape, first, turn, unit) | prior_arrays(design, settings, levels, unit, start)
    if group is not None:
        owner = np.concatenate([group, np.zeros(shape.units - design.units, int)])
        side, place = np.divmod(arrays["unit"], shape.units)
        arrays["group"] = owner[place] + side * shape.groups
    return Layout(design, shape, arrays, first, turn, unit, start, floored)


def coordinates(levels: np.ndarray) -> np.ndarray:
    """(v1, c, v2) per level as (log s1, log s2, atanh r)."""
    r = np.clip(levels[:, 1] / np.sqrt(levels[:, 0] * levels[:, 2]), -0.999, 0.999)
    return np.column_stack([np.log(levels[:, 0]) / 2, np.log(levels[:, 2]) / 2, np.arctanh(r)])


def arrays_of(
    design: Design, shape: Shape, first: np.ndarray, turn: np.ndarray, unit: np.ndarray
) -> dict[str, np.ndarray]:
    """Values of the first side, then of the second (`y`, `x`, `second`: 0 or 1); `unit`: place of the value's effect
    among those of both sides; `partner`: place of the first side's value of its row, and `pair`, whether the value is a
    second one that has such a partner; `unused` columns.
    """
    present = ~np.isnan(design.y)
    count, edge = len(first), design.x[0].shape[1]
    y, x, place, second = [], [], [], []
    for side, block in enumerate((slice(0, edge), slice(edge, count))):
        mine, raw = present[:, side], design.x[side][present[:, side]]
        wide = np.zeros((len(raw), shape.columns))
        wide[:, :count] = raw @ turn[block] / unit[side]
        x.append(wide)
        y.append((design.y[mine, side] - raw @ first[block]) / unit[side])
        place.append(design.unit[mine] + side * shape.units)
        second.append(np.full(len(raw), float(side)))
    row = (np.cumsum(present[:, 0]) - 1)[present[:, 1]]
    pair = present[present[:, 1], 0]
    none = np.zeros(len(y[0]))
    return {
        "y": np.concatenate(y), "x": np.concatenate(x), "second": np.concatenate(second),
        "unit": np.concatenate(place), "pair": np.concatenate([none, pair]),
        "partner": np.concatenate([none.astype(int), np.where(pair, row, 0)]),
        "unused": (np.arange(shape.columns) >= count).astype(float),
    }  # fmt: skip


def prior_arrays(
    design: Design, settings: Settings, levels: np.ndarray, unit: np.ndarray, start: np.ndarray
) -> dict[str, np.ndarray]:
    """The prior of (log s1, log s2, atanh r) per level (rows, units, groups) as weights of its parts:

        power (log s1 + log s2) + rest_power log(1 - r^2) - tr(psi Omega^-1) / 2 - gamma / s^2 - half s^2 / 2
        - standard (atanh r)^2 / 2

    mlwin: Omega ~ inverse-Wishart(2, psi), |Omega|^-5/2 times the Jacobian 4 s1^3 s2^3 (1 - r^2); a variance without a
    covariance: 1/s^2 ~ Gamma(.001, .001). weak: s ~ half-Normal, times s; r ~ LKJ(2), times 1 - r^2.
    """
    present = ~np.isnan(design.y)
    seen = [np.isin(np.arange(design.units), design.unit[present[:, side]]) for side in (0, 1)]
    both = float((seen[0] & seen[1]).any())
    paired = np.array([float(design.pairs > 0 and settings.row_covariance), *[both] * (len(levels) - 1)])
    spread = np.nanstd(design.y, axis=0, ddof=1) if settings.prior_sd is None else np.array(settings.prior_sd)
    weak = float(settings.prior == "weak")
    wishart, alone = (1 - weak) * paired, (1 - weak) * (1 - paired)
    every = np.ones(len(levels))
    return {
        "paired": paired,
        "psi": DEGREES * levels.T * wishart,
        "gamma": np.outer(GAMMA / unit**2, alone),
        "half": np.outer((unit / spread) ** 2, weak * every),
        "standard": 1 - paired,
        "power": weak - 2 * wishart - 2 * GAMMA * alone,
        "rest_power": paired * (weak * 2 - (1 - weak) * 1.5),
        "start": start.T * np.array([every, every, paired]),
    }


def turned(design: Design, unit: np.ndarray, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Generalised least squares at the variances `omega` (of divided responses): coefficients (p) in the columns' own
    units, and the matrix (p x p) whose columns are their independent directions of SD 1.
    """
    has = ~np.isnan(design.y)
    edge, count = design.x[0].shape[1], sum(x.shape[1] for x in design.x)
    back, g = np.zeros((count, count)), []
    for side, block in enumerate((slice(0, edge), slice(edge, count))):
        q, r = np.linalg.qr(np.where(has[:, side, None], design.x[side], 0.0))
        back[block, block] = np.linalg.inv(r) * unit[side]
        wide = np.zeros((len(q), count + 1))
        wide[:, block], wide[:, count] = q, np.where(has[:, side], design.y[:, side], 0.0) / unit[side]
        g.append(wide)
    products = gram(design, has, g, omega)
    factor = np.linalg.cholesky(products[:count, :count])
    turn = np.linalg.solve(factor, np.eye(count)).T
    return back @ turn @ (turn.T @ products[:count, count]), back @ turn


def gram(design: Design, has: np.ndarray, g: list[np.ndarray], omega: np.ndarray) -> np.ndarray:
    """g' V^-1 g of stacked columns of both sides, by 2 x 2 matrices per unit."""
    pair = has.all(axis=1)[:, None]
    row = np.linalg.inv(square(omega[3:]))
    weighted = [
        np.where(pair, row[side, 0] * g[0] + row[side, 1] * g[1], g[side] / omega[3 + 2 * side]) for side in (0, 1)
    ]
    weighted = [np.where(has[:, side, None], one, 0.0) for side, one in enumerate(weighted)]
    total = np.zeros((design.units, 2, g[0].shape[1]))
    for side in (0, 1):
        np.add.at(total[:, side], design.unit, weighted[side])
    single = [np.bincount(design.unit[has[:, side] & ~pair[:, 0]], minlength=design.units) for side in (0, 1)]
    pairs = np.bincount(design.unit[pair[:, 0]], minlength=design.units)[:, None, None]
    alone = np.zeros((design.units, 2, 2))
    alone[:, 0, 0], alone[:, 1, 1] = single[0] / omega[3], single[1] / omega[5]
    inner = np.linalg.inv(np.linalg.inv(square(omega[:3])) + pairs * row + alone)
    within = sum(g[side].T @ weighted[side] for side in (0, 1))
    return within - np.einsum("jap,jab,jbq->pq", total, inner, total, optimize=True)
