"""From draws of the full engine to a Fit, and what each unit says about them."""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.catalogue.spec import Spec
from pipeline.models.design import Design
from pipeline.models.fit import ENDS, Fit, Note, Settings, Term, frame_of, random_names, random_values
from pipeline.models.sampling import failures, summary

if TYPE_CHECKING:
    from pipeline.models.two_level import Drawn


def report(drawn: "Drawn", settings: Settings, seed: int, spec: Spec | None, level: str) -> Fit:
    """Terms, random part, diagnostics and notes of draws."""
    design = drawn.design
    terms = [
        Term(column.response, column.term, *numbers[:4], column.rows, column.units, *numbers[4:])
        for column, numbers in zip(design.every, summary(drawn.coefficients, ENDS), strict=True)
    ]
    table, random = frame_of(terms), frame_of(random_terms(drawn, level))
    chains, draws = drawn.coefficients.shape[:2]
    divergences = int(drawn.trace.sample_stats["diverging"].sum())
    rhat = float(np.nanmax([*table["rhat"], *random["rhat"]]))
    ess = float(np.nanmin([*table["ess"], *random["ess"]]))
    diagnostics = {
        "rhat": rhat, "ess": ess, "divergences": float(divergences), "draws": float(chains * draws),
        "chains": float(chains), "tune": float(drawn.trace.posterior.attrs["tune"]),
        "seconds": float(drawn.trace.posterior.attrs["seconds"]),
    }  # fmt: skip
    return Fit(
        table, random, diagnostics, settings, seed, "full", spec, (*design.notes, *notes_of(drawn, settings, level)),
        len(design.y), design.units, failures(rhat, ess, divergences),
    )  # fmt: skip


def notes_of(drawn: "Drawn", settings: Settings, level: str) -> tuple[Note, ...]:
    """What the reader must know of the prior and of the sampling."""
    notes = []
    if drawn.layout.floored and settings.prior == "mlwin":
        text = "The best estimate of the variances lies on the boundary. MLwiN's prior is built around it, so it was"
        text = f"{text} first moved off it: unit variances at least 1 % of the row variance, correlation within rows at"
        notes.append(Note("prior", f"{text} most .999. The weak prior does not need this."))
    if drawn.further is not None and settings.prior == "mlwin":
        text = f"MLwiN's prior is built around an estimate of the variances of units, rows and the {level} together"
        notes.append(Note("prior", f"{text} (RIGLS)."))
    if drawn.stopped:
        chains, draws = drawn.coefficients.shape[:2]
        text = f"The sampling was stopped early; {chains * draws:,} draws of {chains} chains were kept."
        notes.append(Note("warning", text))
    return tuple(notes)


def random_terms(drawn: "Drawn", level: str) -> list[Term]:
    """The random part; with a third level its variances, covariance and correlation follow, and `unit_share` is the
    units' share of all three.
    """
    design = drawn.design
    names, values = dict(random_names(design.responses)), random_part(drawn.omega)
    if drawn.further is not None:
        first, second = design.responses
        between = values[..., [6]] * 0 + drawn.further
        total = drawn.omega[..., [0, 2]] + drawn.omega[..., [3, 5]] + between[..., [0, 2]]
        values[..., [8, 9]] = drawn.omega[..., [0, 2]] / total
        r = between[..., 1] / np.sqrt(between[..., 0] * between[..., 2])
        values = np.concatenate([values, between, r[..., None], between[..., [0, 2]] / total], axis=-1)
        names |= {f"{level}_var_{first}": (first,), f"{level}_cov": (), f"{level}_var_{second}": (second,)}
        names |= {f"{level}_correlation": (), f"{level}_share_{first}": (first,), f"{level}_share_{second}": (second,)}
    present = ~np.isnan(design.y)
    terms = []
    for (name, owners), numbers in zip(names.items(), summary(values, ENDS), strict=True):
        sides = [design.responses.index(owner) for owner in owners]
        count = int(present[:, sides[0]].sum() if sides else present.any(axis=1).sum())
        terms.append(Term(owners[0] if owners else "", name, *numbers[:4], count, design.units, *numbers[4:]))
    return terms


def random_part(omega: np.ndarray) -> np.ndarray:
    """Chains x draws x six variances -> chains x draws x the ten of `random_names`."""
    return random_values(omega.reshape(-1, 6)).reshape(*omega.shape[:2], -1)


def unit_log_likelihood(design: Design, coefficients: np.ndarray, omega: np.ndarray) -> np.ndarray:
    """Log-likelihood of each unit's values with its random effects integrated out (draws x units), of draws of
    coefficients (x p) and six variances. A two-level model; constants included.
    """
    has, edge = ~np.isnan(design.y), design.x[0].shape[1]
    pair = has.all(axis=1)
    sides = (coefficients[:, :edge], coefficients[:, edge:])
    rest = [
        np.where(has[:, side], design.y[:, side] - draws @ design.x[side].T, 0.0) for side, draws in enumerate(sides)
    ]
    u1, u12, u2, e1, e12, e2 = omega.T[:, :, None]
    det = e1 * e2 - e12**2
    inverse = (np.where(pair, e2 / det, 1 / e1), -e12 / det * pair, np.where(pair, e1 / det, 1 / e2))
    told = [inverse[0] * rest[0] + inverse[1] * rest[1], inverse[1] * rest[0] + inverse[2] * rest[1]]
    told = [one * has[:, side] for side, one in enumerate(told)]
    square = told[0] * rest[0] + told[1] * rest[1]
    logs = np.where(pair, np.log(det), np.where(has[:, 0], np.log(e1), np.log(e2)))
    member = np.equal.outer(design.unit, np.arange(design.units)).astype(float)
    square, logs, t1, t2 = (one @ member for one in (square, logs, *told))
    m1, m12, m2 = (one @ member for one in (inverse[0] * has[:, 0], inverse[1], inverse[2] * has[:, 1]))
    # V^-1 = R^-1 - R^-1 Z K^-1 Omega_u Z' R^-1 and |V| = |R| |K| with K = 1 + Omega_u M: no inverse of Omega_u.
    k11, k12, k21, k22 = 1 + u1 * m1 + u12 * m12, u1 * m12 + u12 * m2, u12 * m1 + u2 * m12, 1 + u12 * m12 + u2 * m2
    det_k = k11 * k22 - k12 * k21
    v1, v2 = u1 * t1 + u12 * t2, u12 * t1 + u2 * t2
    taken = (t1 * (k22 * v1 - k12 * v2) + t2 * (k11 * v2 - k21 * v1)) / det_k
    values = has.sum(axis=1) @ member
    return -0.5 * (values * np.log(2 * np.pi) + logs + np.log(det_k) + square - taken)
