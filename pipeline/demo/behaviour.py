"""Target shares of time: which codes a person shows in a recording, and how much, before any behaviour is simulated."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.demo.parameters import SIDES, Codes, codes_of, parameters
from pipeline.demo.questionnaires import Answers
from pipeline.demo.sample import Sample


@dataclass(frozen=True)
class Units:
    """What the shares depend on, one entry per recording; `scores` are the true z-scores, also where nobody
    answered.
    """

    frame: pd.DataFrame
    scores: dict[str, np.ndarray]
    present: dict[str, np.ndarray]
    one_camera: np.ndarray

    def __len__(self) -> int:
        return len(self.frame)


def units_of(rng: np.random.Generator, sample: Sample, answered: dict[str, Answers]) -> Units:
    """The recordings of a sample with the exposures of the caregiver filmed in them and who else was in the room."""
    frame, wanted = sample.observations, parameters()
    people = frame["family"].to_numpy()
    scores = {name: (answered[name].total[people] - to["mean"]) / to["sd"] for name, to in wanted["exposures"].items()}
    present = {
        "caregiver2": rng.random(len(frame)) < wanted["caregiver2_present"],
        "sibling": rng.random(len(frame)) < wanted["sibling_present"],
        "": np.ones(len(frame), bool),
    }
    return Units(frame, scores, present, rng.random(len(frame)) < wanted["one_camera"])


def shares_of_pair(rng: np.random.Generator, units: Units, group: str) -> dict[str, np.ndarray]:
    """Target shares (recordings x codes, rows sum to 1) of infant and caregiver in one group."""
    dyads = units.frame["dyad"].to_numpy()
    together = rng.standard_normal(dyads.max() + 1)[dyads]
    return {side: _shares(rng, units, group, side, together) for side in SIDES}


def _shares(rng: np.random.Generator, units: Units, group: str, side: str, together: np.ndarray) -> np.ndarray:
    codes, wanted = codes_of(parameters()["groups"][group][side]), parameters()
    dyads = units.frame["dyad"].to_numpy()
    log_share = np.log(codes.share) + _context(units, codes)
    log_share = log_share + wanted["noise_sd"] * rng.standard_normal((len(units), len(codes.labels)))
    log_share += wanted["dyad_sd"] * rng.standard_normal((dyads.max() + 1, len(codes.labels)))[dyads]
    log_share += wanted["shared_sd"] * np.outer(together, codes.loadings(wanted["shared"].get(group, {}), 0.0))
    shown = rng.random(log_share.shape) < codes.occurs
    shown &= np.column_stack([units.present[name] for name in codes.when])
    shown[~shown.any(axis=1), 0] = True
    share = np.where(shown, np.exp(log_share), 0.0)
    share /= share.sum(axis=1, keepdims=True)
    return _with_exposures(units, group, side, codes, share)


def _context(units: Units, codes: Codes) -> np.ndarray:
    """Log factors of activity and camera (recordings x codes)."""
    factors = np.zeros((len(units), len(codes.labels)))
    for column in ("activity", "camera"):
        for level, table in parameters()[column].items():
            rows = (units.frame[column] == level).to_numpy()
            factors[rows] += np.log(codes.loadings(table, 1.0))
    return factors


def _with_exposures(units: Units, group: str, side: str, codes: Codes, share: np.ndarray) -> np.ndarray:
    """Shares moved by the exposures' points where the code is shown; the other codes give or take what is left."""
    points = np.zeros_like(share)
    for name, z in units.scores.items():
        table = parameters()["effects"].get(name, {}).get(group, {}).get(side, {})
        points += np.outer(z, codes.loadings(table, 0.0)) / 100
    shown, moved = share > 0, points != 0
    target = np.where(shown & moved, np.maximum(share + points, parameters()["minimum_share"]), 0.0)
    target /= np.maximum(target.sum(axis=1, keepdims=True) / 0.9, 1.0)
    rest = np.where(moved, 0.0, share)
    room, size = 1 - target.sum(axis=1, keepdims=True), rest.sum(axis=1, keepdims=True)
    result = target + np.where(size > 0, rest / np.where(size > 0, size, 1.0) * room, 0.0)
    return result / result.sum(axis=1, keepdims=True)
