"""Intraclass correlations: how alike several coders' totals are (Shrout and Fleiss 1979; McGraw and Wong 1996)."""

import numpy as np

FORMS = ("icc_1_1", "icc_a_1", "icc_c_1", "icc_1_k", "icc_a_k", "icc_c_k")
"""One-way, two-way absolute agreement, two-way consistency: of a single coder, then of the mean of all k."""
ALIKE = "undefined (all alike)"
TOO_FEW = "fewer than two recordings"


def icc(values: np.ndarray) -> dict[str, float | str | int]:
    """The six FORMS of an n x k table (rows = recordings, columns = coders) with `n` and `outcome`.

    Rows with a missing value are left out. All forms are missing, and the outcome is named, where fewer than two rows
    remain or every value is the same; a form whose denominator is 0 is missing.
    """
    table = np.asarray(values, dtype=float)
    table = table[np.isfinite(table).all(axis=1)]
    n, k = table.shape
    outcome = TOO_FEW if n < 2 or k < 2 else ALIKE if np.ptp(table) == 0 else ""
    forms = dict.fromkeys(FORMS, np.nan) if outcome else dict(zip(FORMS, _forms(table), strict=True))
    return {**forms, "n": n, "outcome": outcome}


def _forms(table: np.ndarray) -> list[float]:
    """The six forms from the mean squares of a two-way analysis of variance without replication."""
    n, k = table.shape
    centre, row, column = table.mean(), table.mean(1, keepdims=True), table.mean(0, keepdims=True)
    rows = k * ((row - centre) ** 2).sum() / (n - 1)
    within = ((table - row) ** 2).sum() / (n * (k - 1))
    columns = n * ((column - centre) ** 2).sum() / (k - 1)
    error = ((table - row - column + centre) ** 2).sum() / ((n - 1) * (k - 1))
    apart = columns - error
    pairs = (
        (rows - within, rows + (k - 1) * within),
        (rows - error, rows + (k - 1) * error + k / n * apart),
        (rows - error, rows + (k - 1) * error),
        (rows - within, rows),
        (rows - error, rows + apart / n),
        (rows - error, rows),
    )
    return [above / below if below > 0 else np.nan for above, below in pairs]
