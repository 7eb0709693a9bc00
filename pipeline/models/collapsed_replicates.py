"""Posterior predictive check of the quick engine: data that the fitted model makes, against the data.

A replicate has the rows of the design, new units (effects drawn from their covariance) and new residuals; coefficients
and variances are one joint draw of the posterior.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_mixture import joint_draws
from pipeline.models.fit import ENDS
from pipeline.models.variances import square

REPLICATES, FEWEST, MOST_VALUES = 400, 60, 20_000_000
"""Replicates; fewer where so many values in all would be drawn."""
INNER = (0.25, 0.75)


@dataclass(frozen=True)
class Replicates:
    """`rows`, `side`: of each value of the design; `drawn`: replicates x values, raw units; `observed`: values."""

    row: np.ndarray
    side: np.ndarray
    drawn: np.ndarray
    observed: np.ndarray


def replicate(model: Posterior, seed: int, count: int = REPLICATES) -> Replicates:
    """Draws up to `count` data sets like the one that was fitted, with new units."""
    rng = np.random.default_rng(seed)
    design, scale = model.data.design, model.data.scale
    count = min(count, max(MOST_VALUES // model.data.values, FEWEST))
    chosen = rng.choice(len(model.draws.weights), count, p=model.draws.weights)
    b = joint_draws(model.found, chosen, rng) @ scale.back(model.active).T + scale.shift(model.active)
    noise = noise_of(model.omega[chosen], design.unit, design.units, rng)
    first = design.x[0].shape[1]
    columns = (model.active[model.active < first], model.active[model.active >= first] - first)
    used = (slice(0, len(columns[0])), slice(len(columns[0]), None))
    parts = []
    for side in (0, 1):
        row = np.flatnonzero(~np.isnan(design.y[:, side]))
        drawn = b[:, used[side]] @ design.x[side][row][:, columns[side]].T + noise[:, row, side]
        parts.append((row, np.full(len(row), side), drawn, design.y[row, side]))
    row, side, drawn, observed = zip(*parts, strict=True)
    drawn = np.concatenate(drawn, axis=1)
    return Replicates(np.concatenate(row), np.concatenate(side), drawn, np.concatenate(observed))


def noise_of(omega: np.ndarray, unit: np.ndarray, units: int, rng: np.random.Generator) -> np.ndarray:
    """Effects of new units and residuals, added (draws x rows x 2)."""
    found = np.empty((len(omega), len(unit), 2))
    for draw, one in enumerate(omega):
        effects = rng.standard_normal((units, 2)) @ root(square(one[:3])).T
        found[draw] = effects[unit] + rng.standard_normal((len(unit), 2)) @ root(square(one[3:])).T
    return found


def root(matrix: np.ndarray) -> np.ndarray:
    """A matrix whose square (with its transpose) is the given one, singular or not."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def by_code(found: Replicates, code: np.ndarray, responses: tuple[str, str], zero: tuple[float, float]) -> pd.DataFrame:
    """Per response, behaviour and statistic (mean, sd, below: share of values under `zero`): values, observed, the 95
    and 50 % intervals of the replicates (lower, upper, inner_low, inner_high, middle), and `p`: the share of replicates
    at least as large (ties count half). `code`: of each row; `zero`: what 0 seconds is on each side.
    """
    lines = []
    for side, response in enumerate(responses):
        for label in dict.fromkeys(code[found.row[found.side == side]]):
            mine = (found.side == side) & (code[found.row] == label)
            both = np.vstack([found.observed[mine], found.drawn[:, mine]])
            about = {"response": response, "code": label, "values": int(mine.sum())}
            for name, numbers in statistics(both, zero[side]).items():
                lines.append({**about, "statistic": name, **placed(numbers)})
    return pd.DataFrame(lines)


def statistics(rows: np.ndarray, zero: float) -> dict[str, np.ndarray]:
    """Statistics of each data set (one per row); no SD of a single value, and no share where `zero` is nan."""
    found = {"mean": rows.mean(axis=1)}
    if rows.shape[1] > 1:
        found["sd"] = rows.std(axis=1, ddof=1)
    if np.isfinite(zero):
        found["below"] = (rows < zero).mean(axis=1)
    return found


def placed(numbers: np.ndarray) -> dict[str, float]:
    """Where the first number, the observed one, lies among the others."""
    observed, drawn = numbers[0], numbers[1:]
    lower, inner_low, middle, inner_high, upper = np.quantile(drawn, (ENDS[0], INNER[0], 0.5, INNER[1], ENDS[1]))
    p = (drawn > observed).mean() + 0.5 * (drawn == observed).mean()
    return {
        "observed": float(observed), "lower": float(lower), "upper": float(upper), "inner_low": float(inner_low),
        "inner_high": float(inner_high), "middle": float(middle), "p": float(p),
    }  # fmt: skip
