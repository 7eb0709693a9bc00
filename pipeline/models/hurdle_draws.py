"""Draws of the two-part model under the names and on the scales that are reported."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from pipeline.models.hurdle_density import PAIRS, turned
from pipeline.models.hurdle_parts import TwoParts

EFFECTS = (
    ("occurrence", "infant"), ("occurrence", "caregiver"), ("duration", "infant"), ("duration", "caregiver"),
)  # fmt: skip
"""The four effects of a unit, in order."""


@dataclass(frozen=True)
class HurdleDraws:
    """All arrays are chains x draws x ...: coefficients of both parts per side, the four unit SDs, their correlations
    (4 x 4), the two row SDs and the row correlation.
    """

    occurrence: tuple[np.ndarray, np.ndarray]
    duration: tuple[np.ndarray, np.ndarray]
    unit_sd: np.ndarray
    unit_correlation: np.ndarray
    row_sd: np.ndarray
    row_correlation: np.ndarray


def named_draws(sampled: dict[str, np.ndarray], parts: TwoParts) -> HurdleDraws:
    """From the free parameters of `hurdle_density.density`, as the sampler keeps them (chains x draws x shape)."""
    partial = 2 * expit(sampled["half_partial_logodds__"]) - 1
    factor = triangles(partial)
    cells = np.split(sampled["cell_b"], [len(parts.occurrence[0].columns)], axis=2)
    rows = np.split(sampled["turned"], [len(parts.duration.columns[0])], axis=2)
    return HurdleDraws(
        (cells[0], cells[1]),
        (rows[0] @ turned(parts, 0)[1].T, rows[1] @ turned(parts, 1)[1].T),
        np.exp(sampled["unit_sd_log__"]),
        factor @ np.swapaxes(factor, -1, -2),
        np.exp(sampled["row_sd_log__"]),
        2 * expit(sampled["half_row_logodds__"]) - 1,
    )


def labelled(draws: HurdleDraws, parts: TwoParts) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """(draws by name, chains x draws x ...; the labels of the last axis by the same name), as a file of draws keeps
    them.
    """
    effects = [f"{part}_{side}" for part, side in EFFECTS]
    values = {
        "unit_sd": draws.unit_sd, "unit_correlation": draws.unit_correlation, "row_sd": draws.row_sd,
        "row_correlation": draws.row_correlation,
    }  # fmt: skip
    labels = {"unit_sd": effects, "unit_correlation": effects, "row_sd": list(parts.duration.responses)}
    for side, response in enumerate(parts.duration.responses):
        values |= {f"occurrence_{response}": draws.occurrence[side], f"duration_{response}": draws.duration[side]}
        labels[f"occurrence_{response}"] = [column.term for column in parts.occurrence[side].columns]
        labels[f"duration_{response}"] = [column.term for column in parts.duration.columns[side]]
    return values, labels


def triangles(partial: np.ndarray) -> np.ndarray:
    """Cholesky factors (... x 4 x 4) of the correlation matrices with these partial correlations (... x 6)."""
    factor, left = np.zeros((*partial.shape[:-1], 4, 4)), np.ones((*partial.shape[:-1], 4))
    for place, (row, column) in enumerate(PAIRS):
        factor[..., row, column] = partial[..., place] * left[..., row]
        left[..., row] *= np.sqrt(1 - partial[..., place] ** 2)
    factor[..., range(4), range(4)] = left
    return factor
