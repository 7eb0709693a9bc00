"""Alignment of two coders' lists of events by dynamic programming, many pairs at once.

Two events at most the tolerance apart can be a match (same code, cost 0) or a substitution (cost 1); an event only
the first coder marked is an omission, one only the second marked a commission (cost 1 each). Of the alignments with
the lowest cost the one with most matches is taken; where several remain, the way back from the last events prefers a
match, then a substitution, then an omission.
"""

import numpy as np
import pandas as pd

ROOM = 4_000_000
"""Cells of the tables of one batch."""
PAIRED, OMITTED, ADDED = 0, 1, 2
NONE = -1
FAR = np.int64(1) << 60


def align(events: pd.DataFrame, tolerance_ms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pair, code of the first and code of the second coder of every aligned unit; -1 where one has no event.

    `events`: pair, side (0, 1), code (whole number >= 0), onset_ms.
    """
    ordered = events.sort_values(["pair", "side", "onset_ms", "code"], kind="stable")
    pair, side = ordered["pair"].to_numpy(dtype=np.int64), ordered["side"].to_numpy(dtype=np.int64)
    names, of = np.unique(pair, return_inverse=True)
    n = np.bincount(of * 2 + side, minlength=2 * len(names))
    begins = (np.cumsum(n) - n).reshape(-1, 2)
    sizes = n.reshape(-1, 2)
    columns = ordered["code"].to_numpy(dtype=np.int64), ordered["onset_ms"].to_numpy(dtype=np.int64)
    found = [_batch(columns, names, begins, sizes, rows, tolerance_ms) for rows in _batches(sizes)]
    parts = [np.concatenate(each) for each in zip(*found, strict=True)] if found else [np.zeros(0, np.int64)] * 3
    order = np.argsort(parts[0], kind="stable")
    return parts[0][order], parts[1][order], parts[2][order]


def _batches(sizes: np.ndarray) -> list[np.ndarray]:
    """Rows of similar size together, each batch within ROOM."""
    order = np.lexsort((sizes[:, 1], sizes[:, 0] + sizes[:, 1]))[::-1]
    found: list[list[int]] = []
    high = (0, 0)
    for row in order.tolist():
        n, m = sizes[row].tolist()
        high = (max(high[0], n + 1), max(high[1], m + 1))
        if not found or (len(found[-1]) + 1) * high[0] * high[1] > ROOM:
            found.append([])
            high = (n + 1, m + 1)
        found[-1].append(row)
    return [np.array(rows) for rows in found]


def _batch(
    columns: tuple[np.ndarray, np.ndarray],
    names: np.ndarray,
    begins: np.ndarray,
    sizes: np.ndarray,
    rows: np.ndarray,
    tolerance_ms: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Aligned units of the given rows."""
    first, second = ([_padded(column, begins[rows, side], sizes[rows, side]) for column in columns] for side in (0, 1))
    ways = _ways(first, second, tolerance_ms)
    return _traced(ways, names[rows], sizes[rows].copy(), first[0], second[0])


def _padded(column: np.ndarray, begins: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Lists as rows of one table; what lies beyond a list's end is never looked at."""
    place = begins[:, None] + np.arange(sizes.max(initial=0))
    return column[np.minimum(place, len(column) - 1)]


def _ways(first: list[np.ndarray], second: list[np.ndarray], tolerance_ms: int) -> np.ndarray:
    """The last step (PAIRED, OMITTED, ADDED) of the best alignment of every two beginnings: (lists, n + 1, m + 1).

    Cost and matches are one number: cost x big - matches. The table is filled along its diagonals, on which no cell
    needs another.
    """
    (codes, times), (others, moments) = first, second
    lists, n, m = len(codes), codes.shape[1], others.shape[1]
    big = np.int64(n + m + 1)
    ways = np.full((lists, n + 1, m + 1), ADDED, dtype=np.int8)
    ways[:, 1:, 0] = OMITTED
    cost = np.full((lists, n + 1), FAR)
    cost[:, 0], before = 0, np.full((lists, n + 1), FAR)
    for diagonal in range(1, n + m + 1):
        i = np.arange(max(1, diagonal - m), min(n, diagonal - 1) + 1)
        j = diagonal - i
        near = np.abs(times[:, i - 1] - moments[:, j - 1]) <= tolerance_ms
        step = np.where(codes[:, i - 1] == others[:, j - 1], np.int64(-1), big)
        paired = np.where(near, before[:, i - 1] + step, FAR)
        omitted, added = cost[:, i - 1] + big, cost[:, i] + big
        best = np.minimum(np.minimum(paired, omitted), added)
        ways[:, i, j] = np.where(paired == best, PAIRED, np.where(omitted == best, OMITTED, ADDED))
        before, cost = cost, np.full((lists, n + 1), FAR)
        cost[:, i] = best
        if diagonal <= m:
            cost[:, 0] = diagonal * big
        if diagonal <= n:
            cost[:, diagonal] = diagonal * big
    return ways


def _traced(
    ways: np.ndarray, names: np.ndarray, at: np.ndarray, codes: np.ndarray, others: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follows the steps back from the end of both lists."""
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    rows = np.arange(len(names))
    while len(rows := rows[at[rows].any(axis=1)]):
        i, j = at[rows].T
        way = ways[rows, i, j]
        mine, theirs = way != ADDED, way != OMITTED
        one = np.where(mine, codes[rows, i - 1] if codes.shape[1] else NONE, NONE)
        two = np.where(theirs, others[rows, j - 1] if others.shape[1] else NONE, NONE)
        found.append((names[rows], one, two))
        at[rows] -= np.column_stack([mine, theirs]).astype(at.dtype)
    parts = zip(*found, strict=True) if found else [[np.zeros(0, np.int64)]] * 3
    one, two, three = (np.concatenate(list(part)) for part in parts)
    return one, two, three
