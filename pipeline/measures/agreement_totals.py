"""Seconds and bouts of every code as each of two coders saw them: what the intraclass correlations compare."""

import numpy as np

from pipeline.measures.agreement_icc import FORMS, icc
from pipeline.measures.agreement_units import MS, Line, plain_lengths

MEASURES = ("seconds", "bouts")
SEVERAL_PAIRS = "several pairs of coders: one-way forms only"
TWO_WAY = [form for form in FORMS if form.startswith(("icc_a", "icc_c"))]


def totals(line: Line) -> dict[str, np.ndarray]:
    """Per measure a table (pairs, codes, 2): time with the code in s (overlaps count once) and number of events."""
    size = (len(line.starts_ms), len(line.codes.labels), 2)
    events = line.events
    cell = (events["pair"].to_numpy() * size[1] + events["code"].to_numpy()) * 2 + events["side"].to_numpy()
    cells = int(np.prod(size))
    seconds = plain_lengths(line, cell, cells) / MS
    return {"seconds": seconds.reshape(size), "bouts": np.bincount(cell, minlength=cells).reshape(size).astype(float)}


def correlations(tables: dict[str, np.ndarray], codes: list[int], several: bool) -> list[dict[str, object]]:
    """One row per code and measure: the six forms, n, outcome, and each coder's mean.

    `several`: the rows come from more than one pair of coders. Then first and second are not the same two people in
    every row, and only the one-way forms are given.
    """
    return [_row(tables[measure][:, code, :], several) | {"code": code, "measure": measure}
            for code in codes for measure in MEASURES]  # fmt: skip


def _row(values: np.ndarray, several: bool) -> dict[str, object]:
    """One code by one measure."""
    row: dict[str, object] = {**icc(values)}
    if several:
        row |= dict.fromkeys(TWO_WAY, np.nan)
        row["outcome"] = row["outcome"] or SEVERAL_PAIRS
    first, second = values.mean(0).tolist() if len(values) else (np.nan, np.nan)
    return row | {"first_mean": first, "second_mean": second}
