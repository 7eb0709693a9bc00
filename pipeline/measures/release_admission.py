"""Which sums of one quantity may be shown together: taken in one by one, and only while nothing can be subtracted."""

import numpy as np

from pipeline.measures.release_audit import exposed_families, family_counts, small_differences, small_sums


def admitted(
    masks: np.ndarray, batches: np.ndarray, families: np.ndarray, threshold: int, zeros: bool = False
) -> np.ndarray:
    """Boolean per row. `masks`: sums x recordings of one quantity; `batches`: rows that come in together (the levels
    of one filter), the whole study first.

    Of a batch the rows of fewer than T families stay out. The others come in together where they may stand beside what
    is shown; else one by one, the largest first, each that may. They may where no combination of the audit
    (`leaking_sums`) gives away a number of 1 to T - 1 families. `zeros`: a row that is the same as one that is shown
    stays out too, since it says that the rest is nobody.
    """
    counts = family_counts(masks, families)
    large = np.flatnonzero(counts >= threshold)
    combinations = _by_pattern(masks, large, families, threshold)
    taken = np.zeros(len(masks), dtype=bool)
    for batch in dict.fromkeys(batches.tolist()):
        rows = large[batches[large] == batch]
        if zeros:
            rows = np.array([row for row in rows if not (masks[taken] == masks[row]).all(axis=1).any()], dtype=int)
        for group in (rows, *([row] for row in sorted(rows, key=lambda row: (-counts[row], row)))):
            trial = taken.copy()
            trial[group] = True
            if (trial != taken).any() and _nothing_given_away(masks, trial, combinations, families, threshold):
                taken = trial
    return taken


def _by_pattern(
    masks: np.ndarray, large: np.ndarray, families: np.ndarray, threshold: int
) -> tuple[np.ndarray, np.ndarray]:
    """The pattern of every row, and the combinations of patterns that must not be shown together; the pattern of small
    rows and of no row is one more, which is always there."""
    found = small_sums(masks[large], families, threshold)
    _, first, which = np.unique(masks[large], axis=0, return_index=True, return_inverse=True)
    place, patterns = np.full(len(large) + 1, len(masks)), np.full(len(masks), len(masks))
    place[first], patterns[large] = np.arange(len(first)), which.ravel()
    return patterns, place[found]


def _nothing_given_away(
    masks: np.ndarray, shown: np.ndarray, known: tuple[np.ndarray, np.ndarray], families: np.ndarray, threshold: int
) -> bool:
    """Whether these rows may be shown together."""
    patterns, combinations = known
    there = np.zeros(len(masks) + 1, dtype=bool)
    there[patterns[shown]] = there[-1] = True
    if there[combinations].all(axis=1).any() or small_differences(masks[shown], families, threshold):
        return False
    return not len(exposed_families(masks[shown], families))
