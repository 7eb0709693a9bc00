"""What the tests of agreement share: codings drawn as text, and the two recordings of the BORIS test project."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.measures.agreement import kappa, statistics
from pipeline.measures.agreement_matrices import cells, dense
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_units import Codes
from tests.reading_parts import read, real, rows

EVENT = ["pair", "side", "code", "kind", "onset_ms", "offset_ms"]
UNSEEN = "?"
"""In a picture: the code that says 'cannot see'."""


def pictures(*drawn: tuple[str, str], step_ms: int = 1000, start_ms: int = 0) -> tuple:
    """Events, pairs and codes of codings drawn as text: one letter per step, '.' is uncoded, '?' cannot be seen."""
    labels = sorted({letter for pair in drawn for line in pair for letter in line} - {"."})
    found = [
        (number, side, labels.index(letter), "state", start_ms + at * step_ms, start_ms + to * step_ms)
        for number, pair in enumerate(drawn)
        for side, line in enumerate(pair)
        for letter, at, to in runs(line)
    ]
    lengths = [max(map(len, pair)) * step_ms for pair in drawn]
    pairs = pd.DataFrame({"start_ms": start_ms, "end_ms": [start_ms + length for length in lengths]})
    return pd.DataFrame(found, columns=EVENT), pairs, codes_of(labels)


def codes_of(labels: list[str]) -> Codes:
    return Codes(tuple(labels), tuple(label == UNSEEN for label in labels))


def runs(line: str) -> list[tuple[str, int, int]]:
    """'AA.B' -> [('A', 0, 2), ('B', 3, 4)]."""
    edges = [at for at in range(len(line)) if at == 0 or line[at] != line[at - 1]] + [len(line)]
    return [(line[at], at, to) for at, to in zip(edges, edges[1:], strict=False) if line[at] != "."]


def matrix(study: tuple, method: Method, direction: str = "") -> tuple[np.ndarray, tuple[str, ...]]:
    """The summed matrix of all pairs, with the labels of its categories."""
    found = cells(*study, method)
    frame = found.frame[found.frame["direction"] == direction]
    size = len(found.categories.labels)
    return dense(frame, np.zeros(len(frame), dtype=int), 1, size)[0], found.categories.labels


def table(study: tuple, method: Method, direction: str = "") -> dict[tuple[str, str], float]:
    """The same matrix as {(first, second): weight} without its zeros."""
    found, labels = matrix(study, method, direction)
    return {(labels[i], labels[j]): float(found[i, j]) for i, j in zip(*np.nonzero(found), strict=True)}


def kappa_by(study: tuple, method: Method, direction: str = "") -> float:
    return float(kappa(matrix(study, method, direction)[0], method.nil))


def numbers(written: list[list[float]], **more) -> pd.Series:
    """Statistics of one matrix written out."""
    return statistics(np.array([written], dtype=float), **more).iloc[0]


def boris(scratch: Path) -> dict[str, pd.DataFrame]:
    """Recordings of the BORIS test project by its reader: subject, code, kind, onset_ms, offset_ms (exact)."""
    reading = read(real("boris/test.boris"), "boris_project", scratch)
    running: dict[tuple, Decimal] = {}
    found: dict[str, list[tuple]] = {}
    for _, (name, onset, subject, code, modifier, _, status) in rows(reading):
        stream, ms = (name, subject, code, modifier), int(Decimal(onset) * 1000)
        if status == "POINT":
            found.setdefault(name, []).append((subject, code, "point", ms, ms))
        elif status == "START":
            running[stream] = ms
        else:
            found.setdefault(name, []).append((subject, code, "state", running.pop(stream), ms))
    columns = ["subject", "code", "kind", "onset_ms", "offset_ms"]
    return {name: pd.DataFrame(events, columns=columns) for name, events in found.items()}
