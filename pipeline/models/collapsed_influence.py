"""What a group of units (a dyad, a family) does to a fit: the posterior without it, for one group after the other.

All data enter through cross-products, so the rows are not read again: the group's cross-products are taken off, the
REML estimate that the prior stands on is found anew from where it was, and the draws of the variances are weighted
anew. Given each draw the coefficients without the group are exact. What 1 of an outcome and 1 of an exposure stand for
stays as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.models.collapsed import Posterior, filled, log_target, searched
from pipeline.models.collapsed_blocks import Blocks, cross_products, scaled
from pipeline.models.collapsed_marginal import Factored, factored, marginal
from pipeline.models.collapsed_mixture import Mixture, mixture
from pipeline.models.collapsed_mode import best_variances
from pipeline.models.collapsed_priors import omega_of_phi, prior_of
from pipeline.models.collapsed_sampling import Draws, weighted

DRAWS = 300
"""Draws of the variances that each group is judged with: every group sees the same ones."""
FEWEST_EFFECTIVE = 60.0
ROUGH = 1e-4
OWN = 1e-6
"""A column of which less than this part is left without the group cannot be estimated."""


@dataclass(frozen=True)
class Without:
    """The posterior of some quantities without a group. `mixture` is None where the draws do not do, or a column
    cannot be estimated any more: such a group needs a fit of its own.
    """

    group: object
    mixture: Mixture | None
    effective: float


@dataclass(frozen=True)
class Groups:
    """Cross-products of each group (all columns of the data), and its number of values."""

    labels: tuple[object, ...]
    blocks: tuple[Blocks, ...]


def groups_of(model: Posterior, labels: np.ndarray) -> Groups:
    """Cross-products per group of the model's active columns. `labels`: the group of each unit, by its number."""
    design = model.data.design
    _, y, matrices = scaled(design)
    names, group = np.unique(labels, return_inverse=True)
    order = np.argsort(group[design.unit], kind="stable")
    edges = np.searchsorted(group[design.unit][order], np.arange(len(names) + 1))
    found = []
    for first, last in zip(edges[:-1], edges[1:], strict=True):
        rows = order[first:last]
        numbers, unit = np.unique(design.unit[rows], return_inverse=True)
        mine = cross_products(y[rows], [one[rows] for one in matrices], unit, len(numbers))
        found.append(mine.subset(model.active))
    return Groups(tuple(names.tolist()), tuple(found))


def taken_off(whole: Blocks, part: Blocks) -> Blocks:
    """The cross-products of the units of `whole` that are not among those of `part`."""
    place = [int(np.flatnonzero((whole.patterns == one).all(axis=1))[0]) for one in part.patterns]
    sizes = whole.sizes.copy()
    sizes[place] -= part.sizes
    sums = []
    for kinds, all_of, mine in zip((3, 3, 4), whole.sums, part.sums, strict=True):
        rest = all_of.reshape(len(sizes), kinds, -1).copy()
        rest[place] -= mine.reshape(len(place), kinds, -1)
        sums.append(rest[sizes > 0].reshape(-1, all_of.shape[1]))
    counts = tuple(int(a - b) for a, b in zip(whole.counts, part.counts, strict=True))
    gram = tuple(a - b for a, b in zip(whole.gram, part.gram, strict=True))
    return Blocks(whole.q, counts, gram, whole.patterns[sizes > 0], sizes[sizes > 0], tuple(sums))


def thinned(model: Posterior, count: int = DRAWS) -> tuple[np.ndarray, np.ndarray]:
    """(positions of draws, their log target): a systematic sample by weight, which then counts equally."""
    edges = np.cumsum(model.draws.weights)
    chosen = np.searchsorted(edges, (np.arange(count) + 0.5) / count * edges[-1])
    chosen = np.minimum(chosen, len(edges) - 1)
    found = Factored(model.found.factor[chosen], model.found.log_det_v[chosen], model.found.usable[chosen])
    points = model.draws.points[chosen]
    return chosen, log_target(found, model.data.values, model.prior, points, model.free)


def leave_out(model: Posterior, groups: Groups, maps: np.ndarray) -> Iterator[Without]:
    """The posterior of `maps @ coefficients` (quantities x active columns) without each group in turn."""
    whole = model.data.blocks.subset(model.active)
    chosen, before = thinned(model)
    scale = model.data.scale
    inside, shift = maps @ scale.back(model.active), maps @ scale.shift(model.active)
    for label, part in zip(groups.labels, groups.blocks, strict=True):
        blocks = taken_off(whole, part)
        if not carried(whole, blocks):
            yield Without(label, None, 0.0)
            continue
        found, draws = _weighted(model, blocks, chosen, before)
        good = np.isfinite(draws.ess) and draws.ess >= FEWEST_EFFECTIVE
        yield Without(label, mixture(found, draws.weights, inside, shift) if good else None, draws.ess)


def first_guess(model: Posterior, groups: Groups, maps: np.ndarray) -> np.ndarray:
    """Largest shift of any of the quantities (in its SD) without each group, at the mean of the variances alone: enough
    to choose which groups to look at.
    """
    whole = model.data.blocks.subset(model.active)
    omega = (model.draws.weights @ omega_of_phi(filled(model.draws.points, model.free)))[None]
    inside = maps @ model.data.scale.back(model.active)
    all_of = marginal(whole, omega).a[0]
    precision, right = all_of[:-1, :-1], all_of[:-1, -1]
    before = inside @ np.linalg.solve(precision, right)
    sd = np.sqrt(np.einsum("ij,ij->i", inside, np.linalg.solve(precision, inside.T).T))
    found = []
    for part in groups.blocks:
        mine = marginal(part, omega).a[0]
        rest = np.linalg.lstsq(precision - mine[:-1, :-1], right - mine[:-1, -1], rcond=1e-12)[0]
        found.append(np.abs((inside @ rest - before) / sd).max())
    return np.array(found)


def carried(whole: Blocks, rest: Blocks) -> bool:
    """Whether what is left can still carry every column of the model, on each side."""
    for side, (pairs, singles) in enumerate(((0, 1), (2, 3))):
        size = whole.q[side] - 1
        before, after = ((one.gram[pairs] + one.gram[singles])[:size, :size] for one in (whole, rest))
        spread = np.sqrt(np.diagonal(before))
        try:
            factor = np.linalg.cholesky(after / np.outer(spread, spread))
        except np.linalg.LinAlgError:
            return False
        base = np.linalg.cholesky(before / np.outer(spread, spread))
        if (np.diagonal(factor) ** 2 < OWN * np.diagonal(base) ** 2).any():
            return False
    return len(rest.sizes) > 1


def _weighted(model: Posterior, blocks: Blocks, chosen: np.ndarray, before: np.ndarray) -> tuple[Factored, Draws]:
    """The chosen draws with the weights they have without the group."""
    reml = best_variances(blocks, searched(model.prior.paired), start=model.reml.omega, tolerance=ROUGH)
    prior = prior_of(model.settings, reml.omega, model.prior.paired, model.data.scale)
    points = model.draws.points[chosen]
    penalty = model.pooling.penalty[chosen] if model.pooling else None
    found = factored(marginal(blocks, omega_of_phi(filled(points, model.free))), penalty)
    pairs, first, second = blocks.counts
    target = log_target(found, 2 * pairs + first + second, prior, points, model.free)
    return found, weighted(points, before, target)
