"""The quick engine: the bivariate two-level Normal model with its random and fixed effects integrated out.

Six variance parameters are drawn by importance sampling; given them the coefficients are Normal, so their posterior is
reported as an exact mixture. All data enter through cross-products made once, so a what-if never reads rows again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.collapsed_blocks import Blocks, Scale, blocks_of
from pipeline.models.collapsed_marginal import Factored, Marginal, factored, marginal
from pipeline.models.collapsed_mixture import Mixture, joint_draws, mixture
from pipeline.models.collapsed_mode import Mode, best_variances
from pipeline.models.collapsed_pooling import Pooling, pooling_of, ratio
from pipeline.models.collapsed_priors import VariancePrior, log_prior, omega_of_phi, phi_of_omega, prior_of
from pipeline.models.collapsed_report import bayes_fit, likelihood_fit
from pipeline.models.collapsed_sampling import WIDEST, Draws, adapted, matched, proposal_at, weighted
from pipeline.models.design import Design, build
from pipeline.models.design_columns import Column
from pipeline.models.fit import Fit, Settings, settings_of
from pipeline.models.variances import DEGREES

ROUGH = 1e-4
"""Precision of the REML estimate of a what-if: it only places the prior."""
TRIES, ENOUGH = 3, 0.35
"""How often the draws are made anew, from a better matched proposal, while a smaller part of them counts."""


@dataclass(frozen=True)
class Data:
    """What of the rows every fit on them shares."""

    design: Design
    blocks: Blocks
    scale: Scale

    @property
    def values(self) -> int:
        """Number of observed responses."""
        pairs, first, second = self.blocks.counts
        return 2 * pairs + first + second


@dataclass(frozen=True)
class Posterior:
    """A fitted model that what-ifs and linear maps can be asked of. `active`: positions of its columns among those of
    the data; `phi`: the free coordinates of each draw, `marginal` their A over all columns of the data.
    """

    data: Data
    active: np.ndarray
    settings: Settings
    seed: int
    reml: Mode
    prior: VariancePrior
    free: np.ndarray
    draws: Draws
    marginal: Marginal
    found: Factored
    pooling: Pooling | None = None
    refitted: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each coefficient is."""
        return tuple(self.data.design.every[place] for place in self.active)

    @property
    def terms(self) -> tuple[tuple[str, str], ...]:
        """(response, term) of each coefficient."""
        return tuple((one.response, one.term) for one in self.columns)

    @property
    def omega(self) -> np.ndarray:
        """Draws of the six variances in the responses' units."""
        return self.data.scale.omega(omega_of_phi(filled(self.draws.points, self.free)))

    def mixture(self, maps: np.ndarray | None = None) -> Mixture:
        """Exact posterior of the coefficients, or of linear maps of them (quantities x coefficients)."""
        scale = self.data.scale
        maps = np.eye(len(self.active)) if maps is None else maps
        return mixture(self.found, self.draws.weights, maps @ scale.back(self.active), maps @ scale.shift(self.active))

    def coefficients(self, count: int, seed: int) -> np.ndarray:
        """Joint draws of the coefficients (count x coefficients): variances by weight, then the Normal given them."""
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(self.draws.weights), count, p=self.draws.weights)
        scale = self.data.scale
        return joint_draws(self.found, chosen, rng) @ scale.back(self.active).T + scale.shift(self.active)

    def what_if(self, active: np.ndarray) -> "Posterior":
        """The model with other columns of the same data: the draws are weighted anew, and drawn anew when the weights
        are bad.
        """
        inner = self.data.blocks.subset(active)
        reml = best_variances(inner, searched(self.prior.paired), start=self.reml.omega, tolerance=ROUGH)
        prior = prior_of(self.settings, reml.omega, self.prior.paired, self.data.scale)
        pooling = self.pooling and self.pooling.of(self.data, active)
        found = factored(self.marginal.subset(active), pooling and pooling.penalty)
        target = log_target(found, self.data.values, prior, self.draws.points, self.free)
        drawn = weighted(self.draws.points, self.draws.log_proposal, target + (pooling.log_weight if pooling else 0))
        other = replace(
            self, active=active, reml=reml, prior=prior, draws=drawn, found=found, pooling=pooling, refitted=False
        )
        if drawn.good:
            return other
        return replace(posterior(self.data, self.settings, self.seed, active), refitted=True)


def filled(points: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Free coordinates as all six; those not searched are 0."""
    every = np.zeros((len(points), 6))
    every[:, free] = points
    return every


def log_target(found: Factored, values: int, prior: VariancePrior, points: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Log posterior density of the free coordinates, up to a constant."""
    return found.log_likelihood(values, restricted=True) + log_prior(prior, filled(points, free))


def prepare(design: Design) -> Data:
    """Cross-products of a design."""
    blocks, scale = blocks_of(design)
    return Data(design, blocks, scale)


def paired(data: Data, settings: Settings) -> tuple[bool, bool]:
    """Whether units, and rows, tell anything about the covariance of the two sides."""
    pairs, first, second = data.blocks.patterns.T
    both = ((pairs > 0) | ((first > 0) & (second > 0))).any()
    return bool(both), bool(data.blocks.counts[0] > 0 and settings.row_covariance)


def posterior(data: Data, settings: Settings, seed: int, active: np.ndarray | None = None) -> Posterior:
    """Fits the columns `active` (default: all) by importance sampling."""
    active = np.arange(data.blocks.p) if active is None else np.asarray(active)
    pair = paired(data, settings)
    inner = data.blocks.subset(active)
    reml = best_variances(inner, searched(pair))
    prior = prior_of(settings, reml.omega, pair, data.scale)
    free = np.array([True, True, pair[0], True, True, pair[1]])
    density = density_of(inner, data.values, prior, free)
    start = phi_of_omega(np.concatenate([prior.psi_unit, prior.psi_row]) / DEGREES)[free]
    rng = np.random.default_rng(seed)
    proposal = adapted(density, proposal_at(density, start, (0, 1), WIDEST[free]), rng)
    best = None
    for _ in range(TRIES):
        points = proposal.draw(rng, settings.draws)
        everything = marginal(data.blocks, omega_of_phi(filled(points, free)))
        found = factored(everything.subset(active))
        target = log_target(found, data.values, prior, points, free)
        draws = weighted(points, proposal.log_density(points), target)
        if best is None or draws.ess > best.draws.ess:
            best = Posterior(data, active, settings, seed, reml, prior, free, draws, everything, found)
        if best.draws.good and best.draws.ess > ENOUGH * settings.draws:
            break
        proposal = matched(points, draws.weights, proposal.folds)
    return pooled(best, rng) if settings.pooled else best


def searched(pair: tuple[bool, bool]) -> np.ndarray:
    """Which of the six parameters of the variance search are free."""
    return np.array([True, pair[0], True, True, True, pair[1]])


def density_of(
    blocks: Blocks, values: int, prior: VariancePrior, free: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The log posterior density as a function of the free coordinates."""

    def density(points: np.ndarray) -> np.ndarray:
        found = factored(marginal(blocks, omega_of_phi(filled(points, free))))
        return log_target(found, values, prior, points, free)

    return density


def pooled(model: Posterior, rng: np.random.Generator) -> Posterior:
    """The same draws with the products with behaviours pooled; a model without such products stays as it is."""
    data, draws = model.data, model.draws
    if not ratio(data, model.active).any():
        return model
    centre = draws.weights @ omega_of_phi(filled(draws.points, model.free))
    pooling = pooling_of(data, model.active, centre, rng, len(draws.weights))
    found = factored(model.marginal.subset(model.active), pooling.penalty)
    target = log_target(found, data.values, model.prior, draws.points, model.free) + pooling.log_weight
    return replace(model, draws=weighted(draws.points, draws.log_proposal, target), found=found, pooling=pooling)


def fit_design(design: Design, settings: Settings, seed: int, spec: Spec | None = None) -> Fit:
    """The Fit of a design with the settings' method."""
    data = prepare(design)
    if settings.method != "bayes":
        return likelihood_fit(data, settings, seed, searched(paired(data, settings)), spec)
    return bayes_fit(posterior(data, settings, seed), spec)


def fit(frame: pd.DataFrame, spec: Spec, seed: int) -> Fit:
    """Fits the rung of the spec to rows of units x behaviours (see `pipeline.models.design`)."""
    return fit_design(build(frame, spec), settings_of(spec), seed, spec)
