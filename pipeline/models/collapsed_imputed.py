"""Posteriors of several imputed data sets as one: each counts the same, mixed rather than averaged."""

from dataclasses import dataclass

import numpy as np

from pipeline.models.collapsed_mixture import Mixture


@dataclass(frozen=True)
class Spread:
    """Where the uncertainty of pooled quantities comes from: variance within an imputation, between imputations, and
    the part of the whole that is due to the missing values.
    """

    within: np.ndarray
    between: np.ndarray
    missing: np.ndarray


def mixed(parts: list[Mixture]) -> Mixture:
    """One posterior of the same quantities from those of each imputed data set: the mixture of all of them."""
    weights = np.concatenate([one.weights for one in parts]) / len(parts)
    return Mixture(np.concatenate([one.means for one in parts]), np.concatenate([one.sds for one in parts]), weights)


def spread_of(parts: list[Mixture]) -> Spread:
    """Rubin's rules (1987): total = within + (1 + 1/m) x between."""
    within = np.mean([one.sd**2 for one in parts], axis=0)
    between = np.var([one.mean for one in parts], axis=0, ddof=1) if len(parts) > 1 else np.zeros_like(within)
    added = (1 + 1 / len(parts)) * between
    return Spread(within, between, added / (within + added))
