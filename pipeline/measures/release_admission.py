"""Which sums of one quantity may be shown together: taken in one by one, and only while nothing can be subtracted."""

import numpy as np

from pipeline.measures.release_audit import exposed_families, family_counts, small_differences


def admitted(
    masks: np.ndarray, batches: np.ndarray, families: np.ndarray, threshold: int, zeros: bool = False
) -> np.ndarray:
    """Boolean per row. `masks`: sums x recordings of one quantity; `batches`: rows that come in together (the levels
    of one filter), the whole study first.

    Of a batch the rows of fewer than T families stay out, then the smallest while a difference with what is shown is
    small; the batch as a whole stays out where single families would come to light. `zeros`: a row that is the same as
    one that is shown stays out too, since it says that the rest is nobody.
    """
    taken = np.zeros(len(masks), dtype=bool)
    for batch in dict.fromkeys(batches.tolist()):
        rows = np.flatnonzero((batches == batch) & (family_counts(masks, families) >= threshold))
        if zeros:
            rows = np.array([row for row in rows if not (masks[taken] == masks[row]).all(axis=1).any()], dtype=int)
        rows = _without_differences(masks, taken, rows, families, threshold)
        trial = taken.copy()
        trial[rows] = True
        if len(rows) and not len(exposed_families(masks[trial], families)):
            taken = trial
    return taken


def _without_differences(
    masks: np.ndarray, taken: np.ndarray, rows: np.ndarray, families: np.ndarray, threshold: int
) -> np.ndarray:
    """The rows that can come in without a small difference: the smallest is given up first."""
    while len(rows):
        places = np.concatenate([np.flatnonzero(taken), rows])
        pairs = small_differences(masks[places], families, threshold)
        if not pairs:
            return rows
        involved = {int(places[at]) for pair in pairs for at in pair} & set(rows.tolist()) or set(rows.tolist())
        counts = family_counts(masks, families)
        rows = rows[rows != min(involved, key=lambda row: (counts[row], row))]
    return rows
