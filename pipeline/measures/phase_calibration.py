"""Whether a classifier is as sure as it may be: confidence beside how often it is right, over families."""

import numpy as np
import pandas as pd

from pipeline.measures.phase_arms import Arm
from pipeline.measures.phase_metrics import DRAWS, drawn, interval

BINS = 10


def calibration(arm: Arm, bins: int = BINS) -> pd.DataFrame:
    """Frames with a class by how sure the model was of its answer: `low`, `high` (edges), `confidence` (mean),
    `right` (share), `frames`, `sessions`; empty groups are left out. Confidence is that of the answer given.
    """
    kept, place = _binned(arm, bins)
    sure, right = arm.rows["confidence"][kept], (arm.rows["predicted"] == arm.rows["truth"])[kept]
    table = pd.DataFrame(
        {"bin": place, "confidence": sure.astype(float), "right": right, "session": arm.session_of[kept]}
    )
    columns = {"confidence": ("confidence", "mean"), "right": ("right", "mean")}
    counts = {"frames": ("right", "size"), "sessions": ("session", "nunique")}
    return _edges(arm, table.groupby("bin").agg(**columns, **counts).reset_index(), bins)


def _binned(arm: Arm, bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows that count, and the group of each."""
    kept = (arm.rows["truth"] >= 0) & (arm.rows["predicted"] >= 0) & np.isfinite(arm.rows["confidence"])
    return kept, _group(arm.rows["confidence"][kept], bins)


def _group(sure: np.ndarray, bins: int) -> np.ndarray:
    return np.clip((sure * bins).astype(np.int64), 0, bins - 1)


def _edges(arm: Arm, found: pd.DataFrame, bins: int) -> pd.DataFrame:
    place = found.pop("bin")
    for at, (name, column) in enumerate(
        {"modality": arm.modality, "kind": arm.kind, "low": place / bins, "high": (place + 1) / bins}.items()
    ):
        found.insert(at, name, column)
    return found


def calibration_error(arm: Arm, seed: int = 1, draws: int = DRAWS, bins: int = BINS) -> pd.DataFrame:
    """One row: `error` (expected calibration error: mean distance of confidence and share right over frames) and
    `too_sure` (mean confidence minus share right; below 0: too modest), each with a 95 % interval over families.
    """
    kept, place = _binned(arm, bins)
    names, family = arm.families
    cell = family[arm.session_of[kept]] * bins + place
    right = (arm.rows["predicted"] == arm.rows["truth"])[kept].astype(float)
    apart = np.bincount(cell, arm.rows["confidence"][kept] - right, len(names) * bins).reshape(-1, bins)
    frames = np.bincount(cell, minlength=len(names) * bins).reshape(-1, bins)
    counted = frames.sum(axis=1) > 0
    apart, frames = apart[counted], frames[counted]
    times = drawn(len(frames), seed, draws)
    value = _errors(apart.sum(axis=0)[None], frames.sum(axis=0)[None])[0]
    low, high = interval(_errors(times @ apart, times @ frames), len(frames))
    row: dict[str, object] = {"modality": arm.modality, "kind": arm.kind}
    for place, name in enumerate(("error", "too_sure")):
        row |= {name: value[place], f"{name}_low": low[place], f"{name}_high": high[place]}
    return pd.DataFrame([row | {"frames": int(frames.sum()), "families": len(frames)}])


def _errors(apart: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Both errors (n, 2) from summed differences and counts per group (n, bins)."""
    with np.errstate(invalid="ignore"):
        return np.stack([np.abs(apart).sum(1), apart.sum(1)], axis=1) / frames.sum(1)[:, None]


def class_calibration(arm: Arm, names: tuple[str, ...], bins: int = BINS) -> pd.DataFrame:
    """Per class, frames by the probability the model gave it: `probability` (mean), `share` of frames that have it."""
    kept = (arm.rows["truth"] >= 0) & np.isfinite(arm.probabilities).all(axis=1)
    truth, found = arm.rows["truth"][kept], []
    for number, name in enumerate(names):
        sure = arm.probabilities[kept, number].astype(float)
        table = pd.DataFrame({"bin": _group(sure, bins), "probability": sure, "share": truth == number})
        columns = {"probability": ("probability", "mean"), "share": ("share", "mean"), "frames": ("share", "size")}
        one = _edges(arm, table.groupby("bin").agg(**columns).reset_index(), bins)
        one.insert(2, "class", name)
        found.append(one)
    return pd.concat(found, ignore_index=True)
