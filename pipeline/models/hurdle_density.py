"""The two-part model written out in PyMC, every array as data.

    part 1   o_rij ~ Bernoulli(logit^-1(x1_rij' a_r + v_rj))           every cell that could occur
    part 2   y_rij = x2_rij' b_r + u_rj + e_rij                         cells that occurred
    (v_1j, v_2j, u_1j, u_2j) ~ N4(0, S C S)    S: half-Normal SDs, C ~ LKJ(2)
    (e_1ij, e_2ij) ~ N2(0, Omega_e)            SDs half-Normal, correlation LKJ(2); only the sides that were seen

Part 1 has Normal priors (`hurdle_parts`), because a slope can run off to infinity where occurring and not occurring are
separated. Part 2 has flat priors on b, turned by a QR decomposition so that the sampler meets a round density. C is
built from its six partial correlations: under LKJ(eta) those given k others are independent and (p + 1) / 2 is
Beta(eta + (2 - k) / 2) on both sides (Lewandowski, Kurowicka & Joe 2009, 10.1016/j.jmva.2009.04.008), which leaves the
sampler no funnel where an SD is near 0.
"""

from typing import TYPE_CHECKING

import numpy as np
from scipy.linalg import block_diag

from pipeline.models.fit import Settings
from pipeline.models.hurdle_parts import TwoParts
from pipeline.models.sampling import libraries

if TYPE_CHECKING:
    import pymc as pm
    import pytensor.tensor as pt

ETA = 2.0
"""LKJ parameter of both correlation matrices. For 2 x 2 it says (r + 1) / 2 ~ Beta(2, 2)."""
LOGIT_SD = 1.0
"""Scale of the half-Normal of the units' SDs in log odds: 95 % below 2."""
PAIRS = ((1, 0), (2, 0), (3, 0), (2, 1), (3, 1), (3, 2))
"""Of which two effects each partial correlation is; the second number is also how many others are given."""
BETAS = np.array([ETA + (2 - given) / 2 for _, given in PAIRS])


def scales(parts: TwoParts, settings: Settings) -> np.ndarray:
    """Half-Normal scales of the four unit SDs: both of part 1, then both of part 2 (SD of the response)."""
    sds = np.nanstd(parts.duration.y, axis=0, ddof=1) if settings.prior_sd is None else np.array(settings.prior_sd)
    return np.array([LOGIT_SD, LOGIT_SD, *sds])


def turned(parts: TwoParts, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(basis, back) of one side of part 2: columns of length sqrt(rows) at right angles, and the matrix that turns
    their coefficients into those of the design.
    """
    x = parts.duration.x[side][seen(parts, side)]
    basis, triangle = np.linalg.qr(x)
    root = np.sqrt(len(x))
    return basis * root, np.linalg.inv(triangle) * root


def seen(parts: TwoParts, side: int) -> np.ndarray:
    """Rows of part 2 with a value of that side."""
    return np.flatnonzero(~np.isnan(parts.duration.y[:, side]))


def arrays(parts: TwoParts, settings: Settings) -> dict[str, np.ndarray]:
    """Everything the model is given, by name, the first side's rows before the second's; a smaller graph compiles in
    half the time. `cell_*`: part 1; `partner`: the row of the other side's value of the same row, where `both` is 1.
    """
    bases = [turned(parts, side)[0] for side in (0, 1)]
    first, second = seen(parts, 0), seen(parts, 1)
    both = np.isin(second, first) & settings.row_covariance
    side = np.repeat([0, 1], [len(first), len(second)])
    cell_side = np.repeat([0, 1], [len(part.occurred) for part in parts.occurrence])
    return {
        "scale": scales(parts, settings),
        "cell_x": block_diag(*(part.x for part in parts.occurrence)),
        "cell_prior": np.concatenate([part.prior_sd for part in parts.occurrence]),
        "cell_effect": np.concatenate([part.unit for part in parts.occurrence]) * 4 + cell_side,
        "cell_occurred": np.concatenate([part.occurred for part in parts.occurrence]).astype(np.int64),
        "basis": block_diag(*bases),
        "value": np.concatenate([parts.duration.y[first, 0], parts.duration.y[second, 1]]),
        "effect": parts.unit[np.concatenate([first, second])] * 4 + 2 + side,
        "side": side,
        "partner": np.concatenate([np.zeros(len(first), int), np.where(both, np.searchsorted(first, second), 0)]),
        "both": np.concatenate([np.zeros(len(first)), both]),
    }


def density(parts: TwoParts, settings: Settings) -> "pm.Model":
    """The model. Its free parameters: cell_b (part 1, both sides), turned (part 2, to be turned back), unit_sd (4),
    half_partial (6, see `PAIRS`), row_sd (2), half_row (row correlation), raw (standard effects, units x 4).
    """
    pm = libraries().pm
    given = arrays(parts, settings)
    with pm.Model(check_bounds=False) as model:
        data = {name: pm.Data(name, values) for name, values in given.items()}
        unit_sd = pm.HalfNormal("unit_sd", data["scale"], shape=4)
        partial = 2 * pm.Beta("half_partial", BETAS, BETAS, shape=len(PAIRS)) - 1
        raw = pm.Normal("raw", shape=(parts.units, 4))
        effects = (raw @ (unit_sd[:, None] * triangle(partial)).T).ravel()
        coefficients = pm.Normal("cell_b", 0.0, data["cell_prior"], shape=given["cell_x"].shape[1])
        log_odds = data["cell_x"] @ coefficients + effects[data["cell_effect"]]
        pm.Bernoulli("occurred", logit_p=log_odds, observed=data["cell_occurred"])
        _durations(data, effects, given["basis"].shape[1])
    return model


def triangle(partial: "pt.TensorVariable") -> "pt.TensorVariable":
    """The Cholesky factor (4 x 4) of the correlation matrix with these partial correlations p: in each row the entry of
    column c is p times the root of (1 - p^2) of all columns before it, with p = 1 on the diagonal.
    """
    pt = libraries().pt
    place = np.zeros((16, len(PAIRS)))
    place[[4 * row + column for row, column in PAIRS], range(len(PAIRS))] = 1
    below = (place @ partial).reshape((4, 4))
    before = np.triu(np.ones((4, 4)), 1)
    return (below + np.eye(4)) * pt.exp(0.5 * pt.log1p(-(below**2)) @ before)


def _durations(data: dict[str, "pt.TensorVariable"], effects: "pt.TensorVariable", width: int) -> None:
    """Part 2: the first side's values, then the second's given the first where a row has both."""
    pm, pt = libraries().pm, libraries().pt
    row_sd = pm.HalfNormal("row_sd", data["scale"][2:], shape=2)
    correlation = 2 * pm.Beta("half_row", ETA, ETA) - 1
    mean = data["basis"] @ pm.Flat("turned", shape=width) + effects[data["effect"]]
    shared = correlation * data["both"]
    rest = (data["value"] - mean)[data["partner"]] / row_sd[0]
    sd = row_sd[data["side"]]
    pm.Normal("y", mean + shared * sd * rest, sd * pt.sqrt(1 - shared**2), observed=data["value"])
