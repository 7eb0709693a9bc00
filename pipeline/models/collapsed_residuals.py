"""Residuals of the quick engine, and what their shape says: of values (rows) and of units, posterior means."""

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_mixture import Mixture
from pipeline.models.collapsed_units import Effects, Given, Values
from pipeline.models.fit import ENDS

BLOM = (0.375, 0.25)
"""Normal quantile of a rank: (rank - 3/8) / (n + 1/4)."""
FEWEST = 8
"""Below so many values the shape of a distribution is not judged."""


def row_residuals(model: Posterior, values: Values, given: Given, effects: Effects, code: pd.Series) -> pd.DataFrame:
    """One line per value: response, unit (its number), code, fitted (coefficients and unit effect), residual, and the
    normal quantile of its rank within the response. Raw units. `code`: of each row of the design.
    """
    rest = np.einsum("s,sra->ra", given.weights, effects.rest)
    sides = [_rows(model, values, rest, code.to_numpy(), side) for side in (0, 1)]
    return pd.concat(sides, ignore_index=True)


def _rows(model: Posterior, values: Values, rest: np.ndarray, code: np.ndarray, side: int) -> pd.DataFrame:
    rows, design = np.flatnonzero(values.has[:, side]), model.data.design
    residual = rest[rows, side] * model.data.scale.unit[side]
    return pd.DataFrame(
        {
            "response": design.responses[side],
            "unit": design.unit[rows],
            "code": code[rows],
            "fitted": design.y[rows, side] - residual,
            "residual": residual,
            "normal": normal_quantiles(residual),
        }
    )


def unit_effects(model: Posterior, given: Given, effects: Effects) -> pd.DataFrame:
    """One line per response and unit: unit (its number), mean, lower, upper (95 %, exact mixture over the draws), and
    the normal quantile of its rank. Raw units.
    """
    lines = []
    for side, response in enumerate(model.data.design.responses):
        sds = np.sqrt(np.maximum(effects.covariance[:, :, side, side], 1e-300))
        mixed = Mixture(effects.mean[:, :, side], sds, given.weights)
        numbers = np.column_stack([mixed.mean, *(mixed.quantile(end) for end in ENDS)]) * model.data.scale.unit[side]
        frame = pd.DataFrame(numbers, columns=["mean", "lower", "upper"])
        lines.append(frame.assign(response=response, unit=np.arange(len(frame)), normal=normal_quantiles(mixed.mean)))
    return pd.concat(lines, ignore_index=True)


def unit_fitted(rows: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """The unit effects with `fitted`: mean of what the coefficients alone expect of the unit's values (nan without
    values on that side).
    """
    key = ["response", "unit"]
    fitted = rows.groupby(key)["fitted"].mean().rename("whole")
    found = units.join(fitted, on=key)
    return found.assign(fitted=found["whole"] - found["mean"]).drop(columns="whole")


def normal_quantiles(values: np.ndarray) -> np.ndarray:
    """Standard normal quantiles of the ranks."""
    return ndtri((rankdata(values) - BLOM[0]) / (len(values) + BLOM[1]))


def shape_of(values: np.ndarray) -> dict[str, float]:
    """count, sd, skewness and excess kurtosis with their standard errors under normality; nan below `FEWEST`."""
    count = len(values)
    centred = values - values.mean() if count else values
    sd = float(centred.std()) if count else np.nan
    if count < FEWEST or sd == 0:
        unknown = dict.fromkeys(("skewness", "skewness_se", "kurtosis", "kurtosis_se"), np.nan)
        return {"count": count, "sd": sd} | unknown
    skew_se = np.sqrt(6 * count * (count - 1) / ((count - 2) * (count + 1) * (count + 3)))
    return {
        "count": count,
        "sd": sd,
        "skewness": float((centred**3).mean() / sd**3),
        "skewness_se": float(skew_se),
        "kurtosis": float((centred**4).mean() / sd**4 - 3),
        "kurtosis_se": float(2 * skew_se * np.sqrt((count**2 - 1) / ((count - 3) * (count + 5)))),
    }


def spread_by_code(rows: pd.DataFrame) -> pd.DataFrame:
    """response, code, values, units and sd (root mean square) of the residuals."""
    groups = rows.groupby(["response", "code"], observed=True, sort=False)
    found = groups.agg(
        values=("residual", "size"),
        units=("unit", "nunique"),
        sd=("residual", lambda one: float(np.sqrt((one**2).mean()))),
    )
    return found.reset_index()
