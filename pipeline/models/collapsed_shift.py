"""What other covariates move: the exact posterior of the difference between two models on the same rows.

Let W hold the columns of both models and b_W be its coefficients. For given variances (V) and flat priors a model with
the columns S estimates P_S b_W, where P_S = (X_S' V^-1 X_S)^-1 X_S' V^-1 X_W: what the columns that are left out leave
to those that stay. The shift (P_B - P_A) b_W is therefore a linear map of b_W. Given the variances it is Normal, with

    mean      bhat_B - bhat_A                                      (each model's own estimate)
    variance  diag(C_A + C_B - 2 C_A Q_AB C_B),  Q = X' V^-1 X,  C_S = Q_SS^-1

(for nested models: C of the larger minus C of the smaller, as in Hausman's test). Over the draws of the variances of W
it is a mixture, like every other quantity of the quick engine. The two estimates share their data, so this interval is
far narrower than their two intervals would make believe.
"""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.models.collapsed_marginal import Factored, Marginal, factored
from pipeline.models.collapsed_mixture import Mixture, estimates, inverse_factors

if TYPE_CHECKING:
    from pipeline.models.collapsed import Posterior

DRAWS = 300
"""Draws of the variances that the mixture uses: they are independent, and the shift hardly depends on them."""
SMALLEST = 1e-12
"""Smallest SD (scaled) of a shift: a mixture of points has no quantiles."""


def shift(model: "Posterior", before: np.ndarray, now: np.ndarray, terms: np.ndarray) -> Mixture:
    """The posterior of the coefficients `terms` under the columns `now` minus under `before`. All three are positions
    among the columns of the data; `terms` stand in both and are no intercepts; `model` has the columns of both.
    """
    some = slice(None, None, max(1, len(model.draws.weights) // DRAWS))
    weights = model.draws.weights[some]
    all_draws = Marginal(model.marginal.a[some], model.marginal.log_det_v[some])
    first, second = (factored(all_draws.subset(one)) for one in (before, now))
    usable = first.usable & second.usable & (weights > 0)
    first, second = _kept(first, usable), _kept(second, usable)
    parts = [_estimate(one, _places(columns, terms)) for one, columns in ((first, before), (second, now))]
    (mean_a, variance_a, c_a), (mean_b, variance_b, c_b) = parts
    q = all_draws.a[usable][:, before[:, None], now]
    shared = np.einsum("kit,kit->kt", c_a, q @ c_b)
    spread = np.sqrt(np.maximum(variance_a + variance_b - 2 * shared, SMALLEST**2))
    scale = model.data.scale
    factor = scale.unit[scale.sides[terms]] / scale.spreads[terms]
    chosen = weights[usable]
    return Mixture((mean_b - mean_a) * factor, spread * factor, chosen / chosen.sum())


def _kept(found: Factored, usable: np.ndarray) -> Factored:
    return Factored(found.factor[usable], found.log_det_v[usable], found.usable[usable])


def _places(columns: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """Where the terms stand among the columns of a model."""
    order = np.argsort(columns)
    return order[np.searchsorted(columns, terms, sorter=order)]


def _estimate(found: Factored, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Per draw the estimates of some coefficients, their variances, and their columns of C (draws x p x some)."""
    inverse = inverse_factors(found)
    some = inverse[:, :, places]
    covariance = np.matmul(inverse.transpose(0, 2, 1), some)
    return estimates(found, inverse)[:, places], np.einsum("kis,kis->ks", some, some), covariance
