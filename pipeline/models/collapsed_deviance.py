"""Deviance and DIC of the quick engine, counted as MLwiN does: conditional on the units' effects.

D = -2 log p(values | coefficients, unit effects, row variances). Given the variances its expectation is exact:

    E[D] = n log 2 pi + log|R| + e' R^-1 e + (p + 2 J - tr(Lambda Var))

with e the residuals at the conditional means, J units and Lambda the prior precision of effects (and of pooled
coefficients). Spiegelhalter et al. (2002): pD = mean of D - D at the means, DIC = mean of D + pD.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.collapsed import Posterior, paired, searched
from pipeline.models.collapsed_mode import best_variances
from pipeline.models.collapsed_report import raw_log_likelihood
from pipeline.models.collapsed_units import Effects, Given, Values, raw_rest, weighted


@dataclass(frozen=True)
class Deviance:
    """Mean deviance, deviance at the posterior means, and the ML and REML log-likelihoods at their optima."""

    mean: float
    at_means: float
    log_likelihood: float
    reml_log_likelihood: float

    @property
    def parameters(self) -> float:
        """Effective number of parameters (pD)."""
        return self.mean - self.at_means

    @property
    def dic(self) -> float:
        """Deviance information criterion."""
        return self.mean + self.parameters


def deviance(model: Posterior, values: Values, given: Given, effects: Effects) -> Deviance:
    """Of a posterior; `given` and `effects` from `collapsed_units`. Values as they were given, not scaled."""
    centre = np.einsum("s,sja->ja", given.weights, effects.mean)
    rest = raw_rest(values, (given.weights @ given.b)[None]) - centre[values.unit_of_row]
    at_means = written(values, np.where(values.has, rest, 0.0), (given.weights @ given.omega)[None])[0]
    free = given.b.shape[1] + 2 * len(values.counts) - effects.used - pooled_part(model, given)
    average = given.weights @ (written(values, effects.rest, given.omega) + free)
    jacobian = 2 * float(np.log(model.data.scale.unit)[values.side].sum())
    pair = paired(model.data, model.settings)
    ml = best_variances(model.data.blocks.subset(model.active), searched(pair), restricted=False)
    return Deviance(
        float(average) + jacobian,
        float(at_means) + jacobian,
        raw_log_likelihood(model.data, model.active, ml, False),
        raw_log_likelihood(model.data, model.active, model.reml, True),
    )


def written(values: Values, rest: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """n log 2 pi + log|R| + e' R^-1 e of scaled residuals (draws)."""
    e11, e12, e22 = omega[:, 3], omega[:, 4], omega[:, 5]
    pairs, first, second = values.counts.sum(axis=0)
    log_det = pairs * np.log(e11 * e22 - e12**2) + first * np.log(e11) + second * np.log(e22)
    return len(values.row) * np.log(2 * np.pi) + log_det + (weighted(values, rest, omega) * rest).sum(axis=(1, 2))


def pooled_part(model: Posterior, given: Given) -> np.ndarray | float:
    """What pooled coefficients do not cost: tr(penalty x covariance of the coefficients)."""
    if model.pooling is None:
        return 0.0
    penalty = model.pooling.penalty[given.places]
    return ((given.inverse**2).sum(axis=1) * penalty).sum(axis=1)
