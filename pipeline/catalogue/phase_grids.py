"""Settings that a training searches, by name: a small grid, and the engagement paper's own."""

from dataclasses import replace
from itertools import product
from typing import Literal

from pipeline.catalogue.phase_recipe import LINEAR, LSTM, LSTM_PRINTED, Recipe

GridName = Literal["default", "paper"]

_SMALL = replace(LSTM, hidden=(32,), learning_rate=5e-3, batch=32, epochs=16, patience=4)
LSTM_DEFAULT = (_SMALL, replace(_SMALL, window=50, stride=50))
"""Narrow networks, both lengths of window: with some tens of sessions wider ones learn no more and take far longer."""
LINEAR_DEFAULT = (replace(LINEAR, hidden=(64,), batch=256, epochs=12, patience=3),)
MOTION = replace(LINEAR, hidden=(8,), batch=512, learning_rate=5e-3, epochs=6, patience=2)
"""The baseline on motion energy: two numbers per frame."""

LSTM_PAPER = tuple(
    replace(
        LSTM_PRINTED, window=length, stride=length, batch=batch, hidden=(hidden,), optimiser=name, learning_rate=rate
    )
    for length, batch, hidden, name, rate in product(
        (25, 50), (64, 128, 512), (128, 256, 512), ("sgd", "adam"), (1e-4, 1e-5)
    )
)
"""The paper's example grid: 72 settings."""
LINEAR_PAPER = (LINEAR,)


def grid(kind: str, name: str) -> tuple[Recipe, ...]:
    """The settings of a kind of network (lstm | linear)."""
    every = {
        ("lstm", "default"): LSTM_DEFAULT,
        ("linear", "default"): LINEAR_DEFAULT,
        ("lstm", "paper"): LSTM_PAPER,
        ("linear", "paper"): LINEAR_PAPER,
    }
    return every[kind, name]
