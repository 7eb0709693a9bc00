"""Cells for the tests of the two-part model, simulated from the model itself."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from tests.model_rows import BARE, REFERENCE, contrasts

CHANCES = {REFERENCE: (0.9, 0.9), "Smile": (0.6, 0.5), "Negative": (0.4, 0.3), "Woe face": (0.0, 0.3)}
"""How often each side shows a code at an average score; 0: that side cannot."""
SPEC: Spec = BARE.changed(options={"prior": "weak"})
UNIT_SD = np.array([0.8, 0.7, 0.5, 0.4])
UNIT_CORRELATION = np.array([[1, 0.3, 0.5, 0.0], [0.3, 1, 0.2, -0.4], [0.5, 0.2, 1, 0.3], [0.0, -0.4, 0.3, 1]])
ROW = np.array([[0.20, 0.06], [0.06, 0.17]])
SHARE = (0.25, 0.2)
"""Mean and SD that turn an outcome into a share of time."""
SIDES = ("infant", "caregiver")


@dataclass(frozen=True)
class Truth:
    """Cells, the coefficients of both parts by (response, term with its part in front), and each behaviour's own level
    and slope of the length by (response, term).
    """

    frame: pd.DataFrame
    coefficients: dict[tuple[str, str], float]
    lengths: dict[tuple[str, str], float]


def simulate(rng: np.random.Generator, units: int = 100, unit_sd: np.ndarray = UNIT_SD) -> Truth:
    """Units x codes from the two-part model with an exposure and no covariates."""
    z = rng.standard_normal(units)
    z = (z - z.mean()) / z.std(ddof=1)
    effects = rng.multivariate_normal(np.zeros(4), np.outer(unit_sd, unit_sd) * UNIT_CORRELATION, units)
    first: dict[tuple[str, str], float] = {}
    second: dict[tuple[str, str], float] = {}
    parts = []
    for label, chances in CHANCES.items():
        within = rng.multivariate_normal([0, 0], ROW, units)
        part: dict[str, object] = {"unit": [f"U{one:04}" for one in range(units)], "code": label, "z": z}
        for side, response in enumerate(SIDES):
            level, slope, steep = rng.normal(0, 0.5), rng.normal(0, 0.3), rng.normal(0, 0.5)
            second[response, label], second[response, f"{label} x EPDS"] = level, slope
            y = level + slope * z + effects[:, 2 + side] + within[:, side]
            odds = np.log(chances[side] / (1 - chances[side])) if chances[side] else -np.inf
            there = rng.random(units) < 1 / (1 + np.exp(-(odds + steep * z + effects[:, side])))
            part[f"y_{response}"] = np.where(there, y, np.nan)
            part[f"share_{response}"] = SHARE[0] + SHARE[1] * part[f"y_{response}"]
            part[f"occurred_{response}"] = there.astype(float) if chances[side] else np.nan
            if chances[side]:
                first[response, f"occurrence: {label}"] = odds
                first[response, f"occurrence: {label} x EPDS"] = steep
        parts.append(pd.DataFrame(part))
    frame = pd.concat(parts, ignore_index=True)
    frame["code"] = pd.Categorical(frame["code"], categories=list(CHANCES), ordered=True)
    compared = contrasts(second, list(CHANCES))
    return Truth(frame, first | {(side, f"duration: {term}"): one for (side, term), one in compared.items()}, second)
