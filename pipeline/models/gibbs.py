"""The paper's own estimator: RIGLS start values, then plain Gibbs sampling of the uncollapsed model under MLwiN's
default priors, 1,000 + 10,000 iterations, one chain. It shares nothing with the quick engine but the design and the
prior's scale, so that each checks the other.

A row with one side only has an unknown residual on the other; it is drawn, which makes the row covariance conjugate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.chains import effective_size, split_rhat
from pipeline.models.design import Design, build
from pipeline.models.fit import (
    ENDS,
    Fit,
    ModelRefused,
    Note,
    Settings,
    Term,
    frame_of,
    random_names,
    random_values,
    settings_of,
)
from pipeline.models.rigls import rigls
from pipeline.models.variances import DEGREES, GAMMA, off_boundary, square

BURN_IN, KEPT = 1_000, 10_000
"""Iterations of the paper (Methods, Objective 1)."""
LARGEST_RHAT, FEWEST_EFFECTIVE = 1.05, 100.0
"""Above / below these one chain is not to be trusted."""
EVERY = 100
"""Iterations between two reports."""

Heard = Callable[[int, int], None]
"""Told (iterations done, all of them) now and then; what it raises ends the chain."""


@dataclass(frozen=True)
class Rows:
    """The observed values of a design, per side: positions, columns and values; cross-products of pairs and singles."""

    design: Design
    has: np.ndarray
    pair: np.ndarray
    gram: tuple[np.ndarray, ...]
    counts: np.ndarray

    @property
    def first(self) -> int:
        """Number of coefficients of the first response."""
        return self.design.x[0].shape[1]


@dataclass(frozen=True)
class Chain:
    """Draws kept: coefficients (iterations x p), variances (iterations x 6), deviances, and the mean unit effects."""

    coefficients: np.ndarray
    omega: np.ndarray
    deviance: np.ndarray
    effects: np.ndarray


def rows_of(design: Design) -> Rows:
    """Cross-products and counts of a design."""
    has = ~np.isnan(design.y)
    pair = has.all(axis=1)
    x0, x1 = design.x
    single = [has[:, side] & ~pair for side in (0, 1)]
    gram = (
        x0[pair].T @ x0[pair], x0[single[0]].T @ x0[single[0]], x1[pair].T @ x1[pair],
        x1[single[1]].T @ x1[single[1]], x0[pair].T @ x1[pair],
    )  # fmt: skip
    counts = [np.bincount(design.unit[mine], minlength=design.units) for mine in (pair, *single)]
    return Rows(design, has, pair, gram, np.array(counts, float))


def weighted_residuals(rows: Rows, rest: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """R^-1 times residuals (rows x 2; 0 where missing)."""
    q = np.linalg.inv(square(omega[3:]))
    alone = rest / omega[[3, 5]]
    return np.where(rows.pair[:, None], rest @ q, np.where(rows.has, alone, 0.0))


def draw_coefficients(rows: Rows, effects: np.ndarray, omega: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Coefficients given unit effects and variances."""
    design = rows.design
    q = np.linalg.inv(square(omega[3:]))
    a0, s0, a1, s1, cross = rows.gram
    precision = np.block(
        [[q[0, 0] * a0 + s0 / omega[3], q[0, 1] * cross], [q[0, 1] * cross.T, q[1, 1] * a1 + s1 / omega[5]]]
    )
    rest = np.where(rows.has, design.y - effects[design.unit], 0.0)
    weighted = weighted_residuals(rows, rest, omega)
    right = np.concatenate([design.x[side].T @ weighted[:, side] for side in (0, 1)])
    factor = np.linalg.cholesky(precision)
    half = np.linalg.solve(factor, right) + rng.standard_normal(len(right))
    return np.linalg.solve(factor.T, half)


def draw_effects(rows: Rows, rest: np.ndarray, omega: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unit effects (units x 2) given residuals of the fixed part and variances."""
    design = rows.design
    weighted = weighted_residuals(rows, rest, omega)
    total = np.column_stack([np.bincount(design.unit, weighted[:, side], design.units) for side in (0, 1)])
    pairs, first, second = rows.counts[:, :, None, None]
    q = np.linalg.inv(square(omega[3:]))
    alone = first * np.diag([1 / omega[3], 0]) + second * np.diag([0, 1 / omega[5]])
    covariance = np.linalg.inv(np.linalg.inv(square(omega[:3])) + pairs * q + alone)
    mean = np.einsum("jab,jb->ja", covariance, total)
    factor = np.linalg.cholesky(covariance)
    return mean + np.einsum("jab,jb->ja", factor, rng.standard_normal(mean.shape))


def draw_missing(rows: Rows, rest: np.ndarray, omega: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Residuals (rows x 2) with the unknown side drawn given the known one."""
    e1, e12, e2 = omega[3:]
    complete = rest.copy()
    for side, own, other in ((0, e1, e2), (1, e2, e1)):
        gone = ~rows.has[:, side]
        noise = np.sqrt(own - e12**2 / other) * rng.standard_normal(int(gone.sum()))
        complete[gone, side] = e12 / other * rest[gone, 1 - side] + noise
    return complete


def draw_covariance(products: np.ndarray, degrees: float, rng: np.random.Generator) -> np.ndarray:
    """One inverse-Wishart draw (v1, c, v2): the inverse of a Wishart draw by Bartlett's triangle."""
    factor = np.linalg.cholesky(np.linalg.inv(products))
    triangle = np.array([[np.sqrt(rng.chisquare(degrees)), 0], [rng.standard_normal(), 0]])
    triangle[1, 1] = np.sqrt(rng.chisquare(degrees - 1))
    root = factor @ triangle
    drawn = np.linalg.inv(root @ root.T)
    return np.array([drawn[0, 0], drawn[0, 1], drawn[1, 1]])


def draw_rows(
    rows: Rows, rest: np.ndarray, psi: np.ndarray | None, omega: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Row variances given residuals: a covariance matrix, or two variances where the covariance is not estimated."""
    if psi is None:
        squares, number = (rest**2).sum(axis=0), rows.has.sum(axis=0)
        first, second = (GAMMA + squares / 2) / rng.gamma(GAMMA + number / 2)
        return np.array([first, 0.0, second])
    complete = draw_missing(rows, rest, omega, rng)
    return draw_covariance(psi + complete.T @ complete, DEGREES + len(complete), rng)


def fixed_part(rows: Rows, coefficients: np.ndarray) -> np.ndarray:
    """What the fixed part expects (rows x 2)."""
    x0, x1 = rows.design.x
    return np.column_stack([x0 @ coefficients[: rows.first], x1 @ coefficients[rows.first :]])


def deviance(rows: Rows, rest: np.ndarray, omega: np.ndarray) -> float:
    """-2 log p(values | coefficients, unit effects, row variances), as MLwiN counts it."""
    pairs, alone = int(rows.pair.sum()), (rows.has & ~rows.pair[:, None]).sum(axis=0)
    log_det = pairs * np.log(omega[3] * omega[5] - omega[4] ** 2) + alone @ np.log(omega[[3, 5]])
    values = 2 * pairs + alone.sum()
    return float(values * np.log(2 * np.pi) + log_det + (weighted_residuals(rows, rest, omega) * rest).sum())


def run(
    rows: Rows,
    start: np.ndarray,
    settings: Settings,
    seed: int,
    burn_in: int = BURN_IN,
    kept: int = KEPT,
    heard: Heard | None = None,
) -> Chain:
    """The chain. `start`: RIGLS or REML variances (six): where it begins, and what the prior is built around."""
    rng = np.random.default_rng(seed)
    omega, _ = off_boundary(start)
    with_covariance = settings.row_covariance and bool(rows.pair.any())
    psi = DEGREES * omega
    prior_row = square(psi[3:]) if with_covariance else None
    y, unit = rows.design.y, rows.design.unit
    effects = np.zeros((rows.design.units, 2))
    total, drawn, kept_omega, deviances = np.zeros_like(effects), [], [], []
    for iteration in range(burn_in + kept):
        if heard and iteration % EVERY == 0:
            heard(iteration, burn_in + kept)
        coefficients = draw_coefficients(rows, effects, omega, rng)
        fixed = np.where(rows.has, y - fixed_part(rows, coefficients), 0.0)
        effects = draw_effects(rows, fixed, omega, rng)
        rest = np.where(rows.has, fixed - effects[unit], 0.0)
        row = draw_rows(rows, rest, prior_row, omega, rng)
        between = square(psi[:3]) + effects.T @ effects
        omega = np.concatenate([draw_covariance(between, DEGREES + len(effects), rng), row])
        if iteration >= burn_in:
            drawn.append(coefficients)
            kept_omega.append(omega)
            deviances.append(deviance(rows, rest, omega))
            total += effects
    return Chain(np.array(drawn), np.array(kept_omega), np.array(deviances), total / kept)


def fit_design(
    design: Design,
    settings: Settings,
    seed: int,
    spec: Spec | None = None,
    start: np.ndarray | None = None,
    burn_in: int = BURN_IN,
    kept: int = KEPT,
    heard: Heard | None = None,
) -> Fit:
    """The Fit of a design. `start`: variances to start from; RIGLS makes them otherwise."""
    if settings.prior != "mlwin" or settings.method != "bayes" or settings.pooled:
        text = "The Gibbs engine has MLwiN's default priors only, without pooling."
        raise ModelRefused(f"{text} Choose the quick engine for other settings.")
    settled = True
    if start is None:
        start, _, settled = rigls(design, settings.row_covariance)
    rows = rows_of(design)
    chain = run(rows, start, settings, seed, burn_in, kept, heard)
    return _fit(design, rows, chain, settings, seed, spec, start, settled)


def _fit(
    design: Design,
    rows: Rows,
    chain: Chain,
    settings: Settings,
    seed: int,
    spec: Spec | None,
    start: np.ndarray,
    settled: bool,
) -> Fit:
    terms = [
        Term(column.response, column.term, *numbers[:4], column.rows, column.units, *numbers[4:])
        for column, numbers in zip(design.every, summary(chain.coefficients), strict=True)
    ]
    random = []
    values = summary(random_values(chain.omega))
    for (name, owners), numbers in zip(random_names(design.responses).items(), values, strict=True):
        sides = [design.responses.index(owner) for owner in owners]
        count = int(rows.has[:, sides[0]].sum() if sides else len(rows.has))
        random.append(Term(owners[0] if owners else "", name, *numbers[:4], count, design.units, *numbers[4:]))
    notes = () if settled else (Note("warning", "The start values (RIGLS) did not settle; the chain began there."),)
    if off_boundary(start)[1]:
        text = "The start values lie on the boundary. For the prior they were moved off it: unit variances at least 1 %"
        notes = (*notes, Note("prior", f"{text} of the row variance, correlation within rows at most .999."))
    return Fit(
        frame_of(terms), frame_of(random), deviances(rows, chain), settings, seed, "gibbs", spec,
        (*design.notes, *notes), len(design.y), design.units, complaints([*terms, *random]),
    )  # fmt: skip


def complaints(terms: list[Term]) -> tuple[str, ...]:
    """What of the chain failed its limits, in words; () when nothing did. What never moves is not judged."""
    rhat = max((term.rhat for term in terms if np.isfinite(term.rhat)), default=1.0)
    ess = min((term.ess for term in terms if np.isfinite(term.ess)), default=np.inf)
    failed = []
    if rhat > LARGEST_RHAT:
        failed.append(f"R-hat {rhat:.3f}, above {LARGEST_RHAT}: the two halves of the chain do not agree yet")
    if ess < FEWEST_EFFECTIVE:
        failed.append(f"effective draws {ess:.0f}, below {FEWEST_EFFECTIVE:.0f}")
    return tuple(failed)


def summary(draws: np.ndarray) -> list[tuple[float, ...]]:
    """Mean, SD, the ends of the 95 % interval, R-hat and effective size per column."""
    ends = np.quantile(draws, ENDS, axis=0)
    parts = (draws.mean(axis=0), draws.std(axis=0, ddof=1), *ends, split_rhat(draws), effective_size(draws))
    return [tuple(float(number) for number in row) for row in np.column_stack(parts)]


def deviances(rows: Rows, chain: Chain) -> dict[str, float]:
    """Dbar, D at the posterior means, effective parameters pD and DIC."""
    means = chain.coefficients.mean(axis=0)
    fixed = fixed_part(rows, means) + chain.effects[rows.design.unit]
    rest = np.where(rows.has, rows.design.y - fixed, 0.0)
    mean, at_means = float(chain.deviance.mean()), deviance(rows, rest, chain.omega.mean(axis=0))
    return {
        "draws": float(len(chain.deviance)),
        "deviance_mean": mean,
        "deviance_at_means": at_means,
        "effective_parameters": mean - at_means,
        "dic": 2 * mean - at_means,
    }


def fit(frame: pd.DataFrame, spec: Spec, seed: int, heard: Heard | None = None) -> Fit:
    """Fits the rung of the spec to rows of units x behaviours (see `pipeline.models.design`)."""
    return fit_design(build(frame, spec), settings_of(spec), seed, spec, heard=heard)
