"""Priors of the variance parameters, in the coordinates they are sampled in.

phi = (s1, s2, atanh r) of the units and (log s1, log s2, atanh r) of the rows; the sign of the first two is ignored
(folded), so that a variance of 0 is an inner point. With Omega = (s1^2, r s1 s2, s2^2):

    |d(O11, O12, O22) / d(s1, s2, r)| = 2 s1 x 2 s2 x s1 s2 = 4 s1^2 s2^2;  dr / d atanh r = 1 - r^2;  ds / d log s = s

"mlwin": each 2 x 2 matrix ~ inverse-Wishart(2, 2 x REML estimate), density |Omega|^-(2 + 2 + 1)/2 exp(-tr(Psi
Omega^-1)/2) (MLwiN's default); a variance without a covariance: 1/s^2 ~ Gamma(.001, .001). "weak": s ~ half-Normal
with the SD of the response, r ~ LKJ(2), density proportional to 1 - r^2. Constants are left out.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.catalogue.spec import Prior
from pipeline.models.collapsed_blocks import Scale
from pipeline.models.collapsed_mode import LARGEST_Z
from pipeline.models.fit import Settings
from pipeline.models.variances import DEGREES, GAMMA, LARGEST_R, off_boundary

SMALLEST = 1e-9


@dataclass(frozen=True)
class VariancePrior:
    """Prior of scaled variances. `psi_unit`, `psi_row`: inverse-Wishart scales (v1, c, v2); `paired`: whether units and
    rows have a covariance; `floored`: whether the estimate had to be moved off the boundary.
    """

    kind: Prior
    psi_unit: np.ndarray
    psi_row: np.ndarray
    paired: tuple[bool, bool]
    response_sd: np.ndarray
    unit: np.ndarray
    floored: bool = False


def prior_of(settings: Settings, estimate: np.ndarray, paired: tuple[bool, bool], scale: Scale) -> VariancePrior:
    """The prior the settings ask for, around an estimate of the variances (scaled, six)."""
    inside, floored = off_boundary(estimate)
    psi = DEGREES * inside
    spread = scale.response_sd if settings.prior_sd is None else np.array(settings.prior_sd) / scale.unit
    moved = floored and settings.prior == "mlwin"
    return VariancePrior(settings.prior, psi[:3], psi[3:], paired, spread, scale.unit, moved)


def omega_of_phi(phi: np.ndarray) -> np.ndarray:
    """Draws x six coordinates -> draws x six variances (scaled). A negative SD turns the sign of the correlation, which
    keeps the surface smooth across 0.
    """
    u1, u2 = phi[:, 0], phi[:, 1]
    e1, e2 = np.exp(phi[:, 3]), np.exp(phi[:, 4])
    r = np.tanh(np.clip(phi[:, [2, 5]], -LARGEST_Z, LARGEST_Z))
    return np.column_stack([u1 * u1, r[:, 0] * u1 * u2, u2 * u2, e1 * e1, r[:, 1] * e1 * e2, e2 * e2])


def phi_of_omega(omega: np.ndarray) -> np.ndarray:
    """Coordinates of one set of variances (scaled)."""
    u11, u12, u22, e11, e12, e22 = omega
    unit_r = u12 / np.sqrt(u11 * u22) if u11 * u22 > 0 else 0.0
    r = np.clip([unit_r, e12 / np.sqrt(e11 * e22)], -LARGEST_R, LARGEST_R)
    return np.array([np.sqrt(u11), np.sqrt(u22), np.arctanh(r[0]), *np.log([e11, e22]) / 2, np.arctanh(r[1])])


def log_one_minus_r2(z: np.ndarray) -> np.ndarray:
    """log(1 - tanh(z)^2), exact for large |z|."""
    return 2 * (np.log(2) - np.abs(z) - np.log1p(np.exp(-2 * np.abs(z))))


def log_prior(prior: VariancePrior, phi: np.ndarray) -> np.ndarray:
    """Log density in the coordinates phi, up to a constant. Without a covariance its coordinate is not searched."""
    unit = np.where(np.abs(phi[:, :2]) < SMALLEST, SMALLEST, phi[:, :2])
    row = np.exp(phi[:, 3:5])
    density = _weak if prior.kind == "weak" else _mlwin
    value = density(prior, 0, unit, phi[:, 2]) + density(prior, 1, row, phi[:, 5])
    return value + phi[:, 3] + phi[:, 4]


def _mlwin(prior: VariancePrior, level: int, sd: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Density in (s1, s2, z) of one level: log|Omega| and the log Jacobian 4 s1^2 s2^2 (1 - r^2) are the same sum of
    logarithms.
    """
    if not prior.paired[level]:
        variance = sd**2
        density = -(GAMMA + 1) * np.log(variance) - GAMMA / (variance * prior.unit**2)
        return (density + np.log(2 * np.abs(sd))).sum(axis=1)
    first, both, second = (prior.psi_unit, prior.psi_row)[level]
    s1, s2 = sd.T
    log_rest = log_one_minus_r2(z)
    logs = 2 * np.log(np.abs(s1)) + 2 * np.log(np.abs(s2)) + log_rest
    trace = first / s1**2 + second / s2**2 - 2 * np.tanh(z) * both / (s1 * s2)
    with np.errstate(over="ignore"):
        return (1 - 0.5 * (DEGREES + 3)) * logs - 0.5 * trace * np.exp(-log_rest)


def _weak(prior: VariancePrior, level: int, sd: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Density in (s1, s2, z) of one level."""
    value = -0.5 * ((sd / prior.response_sd) ** 2).sum(axis=1)
    return value + 2 * log_one_minus_r2(z) if prior.paired[level] else value
