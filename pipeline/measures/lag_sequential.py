"""Lag-sequential analysis: which code follows which more often than their frequencies let expect. Pure.

A table counts pairs: given code (row), target code at lag L (column). Expected counts are those of independence,
`R C / N`; where cells cannot occur (a code cannot follow itself from bout to bout) those of quasi-independence, by
iterative proportional fitting. Adjusted residuals are Haberman's: without such cells
`(f - e) / sqrt(e (1 - R/N)(1 - C/N))`, with them the leverage of the log-linear model takes the place of the product.
Sources: Bakeman and Quera 2011; Haberman 1973; Yule 1912.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from pipeline.measures.dynamics import MISSING, Pairs, Series, Stream, chain

ROUNDS, CLOSE = 5_000, 1e-12
"""Proportional fitting ends when no expected count moves by more than this share, or after so many rounds."""


@dataclass(frozen=True)
class LagTable:
    """One table with its statistics: matrices over given x target code, and both omnibus tests.

    `possible` False: the cell cannot occur. Residuals and Yule's Q are missing where they are undefined. `g2` is the
    likelihood ratio, `x2` Pearson's; p values are those of chi-square with `df`.
    """

    observed: np.ndarray
    possible: np.ndarray
    expected: np.ndarray
    residual: np.ndarray
    yule_q: np.ndarray
    share: np.ndarray
    g2: float
    x2: float
    df: int
    g2_p: float
    x2_p: float


def bouts_after_bouts(stream: Stream, lag: int = 1) -> Pairs:
    """Event-based within one stream: each bout and the bout `lag` bouts later; repetitions count as one bout."""
    bouts = chain(stream)
    same = bouts.observation[lag:] == bouts.observation[: len(bouts.observation) - lag]
    given, target = bouts.code[: len(bouts.code) - lag], bouts.code[lag:]
    return Pairs(bouts.observation[lag:][same], given[same], target[same])


def onsets_after_onsets(given: Stream, target: Stream, lag: int = 1) -> Pairs:
    """Event-based between two streams: each onset of the one and the `lag`-th onset of the other after it."""
    first, second = given.taken(given.begins), target.taken(target.begins)
    begun, later = first.places(first.onset_ms), second.places(second.onset_ms)
    place = np.searchsorted(later, begun, side="right") + lag - 1
    inside = place < len(later)
    inside[inside] = second.observation[place[inside]] == first.observation[inside]
    return Pairs(first.observation[inside], first.code[inside], second.code[place[inside]])


def samples_after_samples(given: Series, target: Series, lag: int = 1) -> Pairs:
    """Time-sampled: the one stream at each moment and the other `lag` steps later, where both are coded."""
    end = len(given.codes) - lag
    first, second = given.codes[:end], target.codes[lag:]
    kept = (given.left[:end] >= lag) & (first != MISSING) & (second != MISSING)
    return Pairs(given.observation[:end][kept], first[kept], second[kept])


def tables(pairs: Pairs, recordings: int, rows: int, columns: int) -> np.ndarray:
    """Counts (recordings, rows, columns)."""
    cell = (pairs.observation * rows + pairs.given) * columns + pairs.target
    return np.bincount(cell, minlength=recordings * rows * columns).reshape(recordings, rows, columns)


def analyse(table: np.ndarray, possible: np.ndarray | None = None) -> LagTable:
    """All statistics of one table (rows, columns); `possible` marks the cells that can occur, by default all."""
    may = np.ones(table.shape, dtype=bool) if possible is None else possible
    counts = np.where(may, table, 0).astype(float)
    used = may & (counts.sum(1) > 0)[:, None] & (counts.sum(0) > 0)
    expected = expected_counts(counts, may)
    leverage, df = _leverage(expected, used)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(expected * (1 - leverage))
        residual = np.where(used & (1 - leverage > 1e-9), (counts - expected) / spread, np.nan)
        x2 = float(np.where(expected > 0, (counts - expected) ** 2 / expected, 0).sum())
        g2 = 2 * float(np.where((counts > 0) & (expected > 0), counts * np.log(counts / expected), 0).sum())
        share = counts / counts.sum(1, keepdims=True)
    p = [float(chi2.sf(value, df)) if df > 0 else np.nan for value in (g2, x2)]
    q = np.where(may, yule_q(counts, counts.sum(1)[:, None], counts.sum(0), counts.sum()), np.nan)
    return LagTable(counts, may, expected, residual, q, share, g2, x2, df, *p)


def yule_q(both: np.ndarray, given: np.ndarray, target: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Yule's Q of the 2 x 2 table of a cell: pairs with both codes, with the given, with the target, and in all.

    `(ad - bc)/(ad + bc)`, from -1 to 1; missing where the table has no two rows and columns.
    """
    alone, other = given - both, target - both
    neither = total - given - other
    with np.errstate(divide="ignore", invalid="ignore"):
        return (both * neither - alone * other) / (both * neither + alone * other)


def expected_counts(table: np.ndarray, possible: np.ndarray) -> np.ndarray:
    """Expected counts with the margins of the table, 0 where a cell is impossible."""
    rows, columns = table.sum(1), table.sum(0)
    if possible.all():
        return np.outer(rows, columns) / max(table.sum(), 1)
    fitted = possible.astype(float)
    for _ in range(ROUNDS):
        before = fitted
        fitted = fitted * _ratio(rows, fitted.sum(1))[:, None]
        fitted = fitted * _ratio(columns, fitted.sum(0))
        if np.abs(fitted - before).max(initial=0) <= CLOSE * max(table.sum(), 1):
            break
    return fitted


def _ratio(wanted: np.ndarray, found: np.ndarray) -> np.ndarray:
    """What to multiply by; 0 where nothing can be had."""
    return np.divide(wanted, found, out=np.zeros_like(wanted, dtype=float), where=found > 0)


def _leverage(expected: np.ndarray, used: np.ndarray) -> tuple[np.ndarray, int]:
    """Leverage of every cell in the log-linear model of rows and columns, and the degrees of freedom left."""
    row, column = np.nonzero(used)
    design = np.zeros((len(row), sum(expected.shape)))
    design[np.arange(len(row)), row] = 1
    design[np.arange(len(row)), expected.shape[0] + column] = 1
    if not len(row):
        return np.full(expected.shape, np.nan), 0
    weight = expected[used]
    inverse = np.linalg.pinv(design.T @ (design * weight[:, None]), rcond=1e-10, hermitian=True)
    leverage = np.full(expected.shape, np.nan)
    leverage[used] = weight * np.einsum("ij,jk,ik->i", design, inverse, design)
    return leverage, len(row) - int(np.linalg.matrix_rank(design))
