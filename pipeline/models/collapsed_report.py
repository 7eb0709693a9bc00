"""From a posterior or an optimum of the quick engine to a Fit."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.collapsed_blocks import Blocks
from pipeline.models.collapsed_marginal import factored, marginal
from pipeline.models.collapsed_mixture import mixture, weighted_summary
from pipeline.models.collapsed_mode import Mode, best_variances, derivatives
from pipeline.models.collapsed_sampling import FEWEST_EFFECTIVE, LARGEST_K
from pipeline.models.fit import ENDS, Fit, Note, Settings, Term, frame_of, random_names, random_values

if TYPE_CHECKING:
    from pipeline.models.collapsed import Data, Posterior

WALD = 1.959963984540054
"""97.5 % point of the Normal distribution."""


def bayes_fit(model: "Posterior", spec: Spec | None = None) -> Fit:
    """The posterior as terms, random part, diagnostics and notes."""
    mixed = model.mixture()
    numbers = np.column_stack([mixed.mean, mixed.sd, *(mixed.quantile(end) for end in ENDS)])
    every = [model.data.design.every[place] for place in model.active]
    terms = [
        Term(one.response, one.term, *map(float, row), one.rows, one.units, np.nan, model.draws.ess)
        for one, row in zip(every, numbers, strict=True)
    ]
    values = random_values(model.omega)
    names = list(random_names(model.data.design.responses))
    if model.pooling:
        values, names = np.column_stack([values, model.pooling.tau]), [*names, "tau"]
    summary = weighted_summary(values, model.draws.weights, ENDS)
    diagnostics = {"ess": model.draws.ess, "pareto_k": model.draws.k_hat, "draws": float(len(model.draws.weights))}
    diagnostics["reml_log_likelihood"] = raw_log_likelihood(model.data, model.active, model.reml, True)
    return finished(
        model.data, frame_of(terms), random_frame(model.data, names, summary, model.draws.ess), diagnostics,
        model.settings, model.seed, spec, (*notes_of_mode(model.reml), *_notes_of_draws(model)),
    )  # fmt: skip


def finished(
    data: "Data",
    terms: pd.DataFrame,
    random: pd.DataFrame,
    diagnostics: dict[str, float],
    settings: Settings,
    seed: int,
    spec: Spec | None,
    notes: tuple[Note, ...],
) -> Fit:
    """A Fit of the quick engine, with what failed."""
    failed = []
    if diagnostics.get("ess", np.inf) < FEWEST_EFFECTIVE:
        failed.append(f"effective draws {diagnostics['ess']:.0f}, below {FEWEST_EFFECTIVE:.0f}")
    if diagnostics.get("pareto_k", -np.inf) > LARGEST_K:
        failed.append(f"Pareto k {diagnostics['pareto_k']:.2f}, above {LARGEST_K}")
    if diagnostics.get("settled", 1.0) == 0:
        failed.append("the optimum was not reached")
    design = data.design
    return Fit(
        terms, random, diagnostics, settings, seed, "quick", spec, (*design.notes, *notes), len(design.y),
        design.units, tuple(failed),
    )  # fmt: skip


def notes_of_mode(mode: Mode) -> tuple[Note, ...]:
    """What the REML (or ML) estimate says about itself."""
    if not mode.boundary:
        return ()
    text = "The best estimate of the variances lies on the boundary (no variance between units, or a correlation of 1)."
    return (Note("warning", f"{text} Read the random part with care."),)


def _notes_of_draws(model: "Posterior") -> tuple[Note, ...]:
    notes = []
    if model.prior.floored:
        text = "MLwiN's prior is built around that estimate, which was first moved off the boundary: unit variances at"
        text = f"{text} least 1 % of the row variance, correlation within rows at most .999."
        notes.append(Note("prior", f"{text} The weak prior does not need this."))
    if not model.draws.good:
        text = "The weighted draws do not represent the posterior well. Use the full engine for this model."
        notes.append(Note("warning", text))
    return tuple(notes)


def random_frame(data: "Data", names: list[str], summary: np.ndarray, ess: float) -> pd.DataFrame:
    """The random part as rows with the columns of terms; `response` is '' where both sides share it."""
    owners = random_names(data.design.responses) | {"tau": ()}
    present = ~np.isnan(data.design.y)
    terms = []
    for name, row in zip(names, summary, strict=True):
        sides = [data.design.responses.index(one) for one in owners[name]]
        rows = int(present[:, sides[0]].sum() if sides else present.any(axis=1).sum())
        response = owners[name][0] if owners[name] else ""
        terms.append(Term(response, name, *map(float, row), rows, data.design.units, np.nan, ess))
    return frame_of(terms)


def raw_log_likelihood(data: "Data", active: np.ndarray, mode: Mode, restricted: bool) -> float:
    """Log-likelihood of the values as they were given (the same constants as statsmodels and lme4)."""
    pairs, first, second = data.blocks.counts
    return mode.value + data.scale.log_jacobian(active, (pairs + first, pairs + second), restricted)


def likelihood_fit(data: "Data", settings: Settings, seed: int, free: np.ndarray, spec: Spec | None = None) -> Fit:
    """REML or ML: generalised least squares at the best variances, with Wald intervals."""
    restricted = settings.method == "reml"
    mode = best_variances(data.blocks, free, restricted)
    active = np.arange(data.blocks.p)
    found = factored(marginal(data.blocks, mode.omega[None]))
    mixed = mixture(found, np.ones(1), data.scale.back(active), data.scale.shift(active))
    terms = [
        Term(one.response, one.term, *wald(mean, sd), one.rows, one.units)
        for one, mean, sd in zip(data.design.every, mixed.means[0], mixed.sds[0], strict=True)
    ]
    omega = data.scale.omega(mode.omega[None])
    errors = data.scale.omega(standard_errors(data.blocks, mode, free, restricted, data.values)[None])[0]
    values = random_values(omega)[0]
    summary = np.array([wald(value, sd) for value, sd in zip(values, [*errors, *[np.nan] * 4], strict=True)])
    names = list(random_names(data.design.responses))
    diagnostics = {
        "log_likelihood": raw_log_likelihood(data, active, mode, restricted),
        "settled": float(mode.settled),
        "parameters": float(data.blocks.p + free.sum()),
    }
    random = random_frame(data, names, summary, np.nan)
    return finished(data, frame_of(terms), random, diagnostics, settings, seed, spec, notes_of_mode(mode))


def wald(mean: float, sd: float) -> tuple[float, float, float, float]:
    """Mean, SD and the ends of the Normal interval."""
    return float(mean), float(sd), float(mean - WALD * sd), float(mean + WALD * sd)


def standard_errors(blocks: Blocks, mode: Mode, free: np.ndarray, restricted: bool, values: int) -> np.ndarray:
    """Standard errors of the variances (scaled) from the curvature at the optimum; nan on the boundary."""
    errors = np.full(6, np.nan)
    if mode.boundary:
        return errors
    inside = np.flatnonzero(free)

    def surface(points: np.ndarray) -> np.ndarray:
        omega = np.tile(mode.omega, (len(points), 1))
        omega[:, inside] = points
        return factored(marginal(blocks, omega)).log_likelihood(values, restricted)

    _, _, hessian = derivatives(surface, mode.omega[inside])
    if np.isfinite(hessian).all() and np.linalg.eigvalsh(hessian).max() < 0:
        errors[inside] = np.sqrt(np.diagonal(np.linalg.inv(-hessian)))
    return errors
