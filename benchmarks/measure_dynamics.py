"""How long the dynamics of a study take: pooled lag-sequential analysis and contingent response with 200 surrogates."""

import time
from dataclasses import replace
from pathlib import Path

from benchmarks.figures import Figure
from db.connect import current, open_reader
from pipeline.steps.dynamics import ask, read_stream
from pipeline.steps.dynamics_pools import responses, sequences
from pipeline.steps.dynamics_question import SURROGATES, Question, Side
from pipeline.steps.observe import observation_frame

INFANT = Side("mhint", "facial_expression", "infant", "Positive")
CAREGIVER = replace(INFANT, subject="caregiver1")
DRAWS = 200
TARGET = 1.5
"""Seconds: from the database to the numbers of both questions with all their surrogates."""
REPEATS = 3


def measure_dynamics(home: Path, size: str) -> list[Figure]:
    """Seconds per kind of surrogate (the best of three): streams read, both questions asked, tables made."""
    figures = []
    for kind in SURROGATES:
        found = min(_both(home, kind) for _ in range(REPEATS))
        name = f"What follows what, lag table and responses, {DRAWS} surrogates each ({kind})"
        figures.append(Figure(name, size, found, "s", TARGET))
    return figures


def _both(home: Path, kind: str) -> float:
    """Seconds from opening the streams on."""
    with open_reader(current(home).file) as connection:
        observations = observation_frame(connection.cursor())
        begin = time.perf_counter()
        streams = [read_stream(connection.cursor(), side) for side in (INFANT, CAREGIVER)]
        asked = Question("lag", INFANT, CAREGIVER, surrogates=DRAWS, surrogate=kind)
        sequences(ask(asked, *streams, observations))
        responses(ask(replace(asked, measure="contingent"), *streams, observations))
        return time.perf_counter() - begin
