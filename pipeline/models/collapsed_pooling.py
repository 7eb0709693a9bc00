"""Partial pooling: the products with behaviours share one Normal(0, tau^2), so that each is drawn towards the others.

tau is in SDs of the response per SD of the variable, with a half-Normal(0.5) prior. It is drawn beside the variances
from a piecewise constant proposal on a grid of log tau, made at the posterior mean of the variances.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.models.collapsed_marginal import factored, marginal

if TYPE_CHECKING:
    from pipeline.models.collapsed import Data

TAU_SD = 0.5
GRID = np.linspace(np.log(0.004), np.log(3.0), 60)
POOLED = ("interaction", "product")


@dataclass(frozen=True)
class Pooling:
    """tau of each draw, the log density of its proposal, and what it does to the active columns: a diagonal `penalty`
    (draws x columns) and the log weight it adds to each draw.
    """

    tau: np.ndarray
    log_proposal: np.ndarray
    penalty: np.ndarray
    log_weight: np.ndarray

    def of(self, data: "Data", active: np.ndarray) -> "Pooling":
        """The same draws of tau for other columns."""
        return Pooling(
            self.tau,
            self.log_proposal,
            ratio(data, active) / self.tau[:, None] ** 2,
            log_tau_prior(self.tau, int((ratio(data, active) > 0).sum())) - self.log_proposal,
        )


def ratio(data: "Data", active: np.ndarray) -> np.ndarray:
    """Per active column: the squared factor from its scaled coefficient to SDs of response per SD of variable; 0 when
    it is not pooled.
    """
    columns, scale = data.design.every, data.scale
    main = {(one.response, one.term): place for place, one in enumerate(columns) if not one.code}
    found = np.zeros(len(active))
    for place, column in enumerate(active):
        one = columns[column]
        if one.kind in POOLED and one.code:
            variable = main[one.response, one.term.removeprefix(f"{one.code} x ")]
            spread = 1.0 if one.kind == "interaction" else scale.spreads[variable]
            found[place] = (spread / (scale.spreads[column] * scale.response_sd[scale.sides[column]])) ** 2
    return found


def log_tau_prior(tau: np.ndarray, count: int) -> np.ndarray:
    """Log prior density of log tau and the part of the coefficients' density that depends on tau, up to a constant."""
    return -0.5 * (tau / TAU_SD) ** 2 + np.log(tau) - count * np.log(tau)


def pooling_of(data: "Data", active: np.ndarray, omega: np.ndarray, rng: np.random.Generator, count: int) -> Pooling:
    """Draws of tau. `omega`: the variances (six, scaled) at which the proposal is made."""
    inner = data.blocks.subset(active)
    factors = ratio(data, active)
    penalties = factors / np.exp(GRID)[:, None] ** 2
    one = marginal(inner, omega[None])
    repeated = type(one)(np.repeat(one.a, len(GRID), axis=0), np.repeat(one.log_det_v, len(GRID)))
    likelihood = factored(repeated, penalties).log_likelihood(data.values, restricted=True)
    log_density = likelihood + log_tau_prior(np.exp(GRID), int((factors > 0).sum()))
    density = np.exp(0.8 * (log_density - log_density.max()))
    chance = 0.9 * density / density.sum() + 0.1 / len(GRID)
    width = GRID[1] - GRID[0]
    cell = rng.choice(len(GRID), count, p=chance / chance.sum())
    tau = np.exp(GRID[cell] + width * (rng.random(count) - 0.5))
    empty = np.empty((count, 0))
    return Pooling(tau, np.log(chance[cell] / width), empty, empty[:, :0].sum(axis=1)).of(data, active)
