"""Sessions with phases that follow a known process, and features that show them as clearly as wanted."""

import numpy as np

from pipeline.catalogue.phase_recipe import LINEAR, LSTM, Recipe
from pipeline.measures.phase_sessions import Session, present_frames

QUICK_LINEAR = Recipe("linear", 1, 1, (16,), "adam", 0.01, 0.0, 64, dropout=0.1, epochs=6, patience=2)
QUICK_LSTM = Recipe("lstm", 25, 25, (8,), "adam", 0.05, 0.0, 8, dropout=0.1, epochs=8, patience=3)
assert QUICK_LINEAR.kind == LINEAR.kind and QUICK_LSTM.kind == LSTM.kind


def session(name: str, labels: np.ndarray, features: np.ndarray, family: str = "", episodes=None) -> Session:
    return Session(name, family or f"family of {name}", np.asarray(labels), present_frames(features), episodes)


def phases(rng: np.random.Generator, frames: int, classes: int, mean: float = 30.0) -> np.ndarray:
    """Labels: bouts of geometric length, each followed by another class."""
    found, now = [], int(rng.integers(classes))
    while len(found) < frames:
        found += [now] * int(rng.geometric(1 / mean))
        now = (now + 1 + int(rng.integers(classes - 1))) % classes
    return np.array(found[:frames])


def cohort(count: int, frames: int, classes: int, apart: float, seed: int = 1, width: int = 4):
    """Sessions and their features: a Gaussian cloud of SD 1 around a centre of each class, `apart` from the others."""
    rng = np.random.default_rng(seed)
    centres = np.eye(classes, width) * apart
    features, sessions = {}, []
    for number in range(count):
        name, labels = f"s{number:02d}", phases(rng, frames, classes)
        features[name] = (centres[labels] + rng.normal(size=(frames, width))).astype(np.float32)
        sessions.append(session(name, labels, features[name]))
    return sessions, features
