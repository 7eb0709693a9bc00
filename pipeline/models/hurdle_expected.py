"""Both parts together: the seconds per 5 minutes a behaviour takes on average, those units counted that never show it.

For a unit with average covariates and the exposure z, averaged over the units' effects (v of part 1, u of part 2):

    E[share] = E_v[ logit^-1(a + v) (m + s (b + cov(u, v) / var(v) v)) ]      v ~ N(0, var(v))

with m and s the mean and SD that turn z-scores back into shares; the integral over v is Gauss-Hermite. A share below 0
counts as 0: the Normal model of part 2 does not know that time cannot be negative.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from pipeline.catalogue.spec import Spec
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.models.design_columns import Column
from pipeline.models.fit import Note
from pipeline.models.hurdle_draws import HurdleDraws
from pipeline.models.hurdle_parts import TwoParts

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
"""Of the standard Normal; the weights are made to sum to 1 below."""
STRAIGHT = 1e-6
"""Largest distance of shares from a straight line in the outcome that counts as none."""
STEPS = {"-1 SD": -1.0, "0 SD": 0.0, "+1 SD": 1.0}


@dataclass(frozen=True)
class Quantity:
    """Something computed from every draw: chains x draws, in seconds per 5 minutes."""

    response: str
    term: str
    values: np.ndarray
    rows: int
    units: int


def line_of(frame: pd.DataFrame, response: str) -> tuple[float, float] | None:
    """(mean, SD) with share = mean + SD x outcome; None where the outcome is no straight line in the share."""
    if f"share_{response}" not in frame:
        return None
    known = frame[[f"y_{response}", f"share_{response}"]].dropna().to_numpy(float)
    slope, start = np.polyfit(known[:, 0], known[:, 1], 1)
    straight = np.abs(start + slope * known[:, 0] - known[:, 1]).max() < STRAIGHT
    return (float(start), float(slope)) if straight else None


def quantities(
    parts: TwoParts, draws: HurdleDraws, frame: pd.DataFrame, spec: Spec
) -> tuple[list[Quantity], list[Note]]:
    """Per side and behaviour: its own slope of the seconds where it occurs, and the expected seconds at three values
    of the exposure with the change between the outer two (without an exposure: at the average).
    """
    found, notes = [], []
    for side, response in enumerate(parts.duration.responses):
        line = line_of(frame, response)
        if line is None:
            text = "no times were computed from both parts: the outcome cannot be turned back into seconds"
            notes.append(Note("warning", f"{response.capitalize()}: {text}.", response))
            continue
        for code in codes_of(parts, side, spec):
            found += _of_code(parts, draws, spec, side, code, line)
    return found, notes


def codes_of(parts: TwoParts, side: int, spec: Spec) -> list[str]:
    """Behaviours of a side that both parts know, or that always occur; [] where the rung has no behaviours."""
    if not spec.step.codes:
        return []
    lengths = {spec.reference} | {column.code for column in parts.duration.columns[side] if column.code}
    part = parts.occurrence[side]
    return [code for code in dict.fromkeys((*(one.code for one in part.columns), *part.always)) if code in lengths]


def _of_code(
    parts: TwoParts, draws: HurdleDraws, spec: Spec, side: int, code: str, line: tuple[float, float]
) -> list[Quantity]:
    """The quantities of one behaviour of one side."""
    response, exposure = parts.duration.responses[side], spec.exposure
    rows, units = _counts(parts, side, code)
    if not spec.step.exposure:
        values = expected_seconds(parts, draws, spec, side, code, 0.0, line)
        return [Quantity(response, f"expected seconds: {code}", values, rows, units)]
    ends = [_length(parts, draws, spec, side, code, z) for z in (0.0, 1.0)]
    slope = (ends[1] - ends[0]) * line[1] * FIVE_MINUTES_S
    at = {name: expected_seconds(parts, draws, spec, side, code, z, line) for name, z in STEPS.items()}
    label = f"expected seconds: {code}"
    return [
        Quantity(response, f"seconds if present: {code} x {exposure}", slope, rows, units),
        *(Quantity(response, f"{label} at {exposure} {name}", values, rows, units) for name, values in at.items()),
        Quantity(response, f"{label}, {exposure} +1 SD minus -1 SD", at["+1 SD"] - at["-1 SD"], rows, units),
    ]


def _counts(parts: TwoParts, side: int, code: str) -> tuple[int, int]:
    """(units in which the behaviour occurred, units in which it could)."""
    mine = [column for column in parts.occurrence[side].columns if column.code == code]
    if mine:
        return mine[0].rows, mine[0].units
    units = len(np.unique(parts.occurrence[side].unit))
    return units, units


def expected_seconds(
    parts: TwoParts, draws: HurdleDraws, spec: Spec, side: int, code: str, z: float, line: tuple[float, float]
) -> np.ndarray:
    """Expected seconds per 5 minutes at exposure z, per draw (chains x draws)."""
    length = line[0] + line[1] * _length(parts, draws, spec, side, code, z)
    if code in parts.occurrence[side].always:
        return np.maximum(length, 0.0) * FIVE_MINUTES_S
    sd, correlation = draws.unit_sd, draws.unit_correlation[..., side, 2 + side]
    shared = line[1] * correlation * sd[..., 2 + side]
    row = weights_of(parts.occurrence[side].columns, code, z, spec, parts.means, centred=True)
    share = expected_share(draws.occurrence[side] @ row, sd[..., side], length, shared)
    return np.maximum(share, 0.0) * FIVE_MINUTES_S


def expected_share(log_odds: np.ndarray, sd: np.ndarray, length: np.ndarray, shared: np.ndarray) -> np.ndarray:
    """Mean over standard Normal v of logit^-1(log_odds + sd v) x (length + shared v)."""
    weights = WEIGHTS / WEIGHTS.sum()
    total = np.zeros_like(length)
    for node, weight in zip(NODES, weights, strict=True):
        total += weight * expit(log_odds + sd * node) * (length + shared * node)
    return total


def _length(parts: TwoParts, draws: HurdleDraws, spec: Spec, side: int, code: str, z: float) -> np.ndarray:
    """Expected outcome of a behaviour where it occurs, for an average unit."""
    row = weights_of(parts.duration.columns[side], code, z, spec, parts.means, centred=False)
    return draws.duration[side] @ row


def weights_of(
    columns: tuple[Column, ...], code: str, z: float, spec: Spec, means: dict[str, float], centred: bool
) -> np.ndarray:
    """Values of the columns for one behaviour in a unit with the exposure z and average covariates."""
    exposure = f"{spec.exposure} x "

    def value(column: Column) -> float:
        if column.code not in ("", code):
            return 0.0
        if column.kind in ("intercept", "code"):
            return 1.0
        term = column.term.removeprefix(f"{column.code} x ") if column.code else column.term
        if term == spec.exposure:
            return z
        centre = means[term] if centred else 0.0
        plain = z * means[term.removeprefix(exposure)] if term.startswith(exposure) else means[term]
        return plain - centre

    return np.array([value(column) for column in columns])
