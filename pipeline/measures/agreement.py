"""How well two coders agree, from agreement matrices: pure functions on stacks of matrices (first coder = rows).

Cohen's kappa is `(po - pe) / (1 - pe)`: po the share of agreement, pe what chance would give. In a matrix with a nil
row and column (index 0: an event only one coder marked) the cell nil x nil cannot occur. Its pe comes from the
expected counts under quasi-independence: the limit of iterative proportional fitting, which one such cell has in
closed form.
A kappa that does not exist is missing and its outcome has a name.
"""

import numpy as np
import pandas as pd

ONE_CATEGORY = "undefined (one category)"
NO_TIME = "no common time"
ONE_EMPTY = "one coder marked nothing"
COLUMNS = ("kappa", "kappa_max", "agreement", "expected", "se", "ac1", "alpha", "total", "outcome")


def kappa(matrices: np.ndarray, nil: bool = False) -> np.ndarray:
    """Cohen's kappa of each matrix of a stack (..., K, K); missing where fewer than two categories are used."""
    diagonal = np.diagonal(matrices, axis1=-2, axis2=-1)
    return kappa_of(diagonal[..., int(nil) :].sum(-1), matrices.sum(-1), matrices.sum(-2), nil)


def kappa_of(agreed: np.ndarray, rows: np.ndarray, columns: np.ndarray, nil: bool) -> np.ndarray:
    """The same kappa from what it needs: the sum of the diagonal (...) and both margins (..., K)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        total = rows.sum(-1)
        expected = _expected(rows / total[..., None], columns / total[..., None], nil)
        value = (agreed / total - expected) / (1 - expected)
    return np.where(_used(rows, columns, nil) > 1, value, np.nan)


def statistics(
    matrices: np.ndarray, nil: bool = False, counts: bool = True, offered: np.ndarray | None = None
) -> pd.DataFrame:
    """One row of COLUMNS per matrix of a stack (n, K, K).

    `agreement` and `expected` are shares, `total` is the sum of the matrix. `counts`: the cells count units; else they
    are seconds, and `se` (large-sample, Fleiss, Cohen and Everitt 1969) and `alpha` (Krippendorff, nominal), which
    need a number of units, are missing. `offered` (n, K): categories the coders could have used, for Gwet's AC1; by
    default all. A matrix with nil has neither se, alpha nor AC1.
    """
    observed, rows, columns = _shares(matrices)
    used, total = _used(rows, columns, nil), matrices.sum((-2, -1))
    found = {"kappa": kappa(matrices, nil)}
    expected, agreed = _expected(rows, columns, nil), _agreed(observed, nil)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.minimum(rows, columns)[..., int(nil) :].sum(-1)
        found["kappa_max"] = np.where(used > 1, (reach - expected) / (1 - expected), np.nan)
    found |= {"agreement": agreed, "expected": expected}
    missing = np.full(len(matrices), np.nan)
    found["se"] = _se(observed, rows, columns, total) if counts and not nil else missing
    found["ac1"] = missing if nil else _ac1(agreed, rows, columns, offered)
    found["alpha"] = _alpha(agreed, rows, columns, total) if counts and not nil else missing
    found["total"] = total
    found["outcome"] = np.select([total <= 0, used < 2], [NO_TIME, ONE_CATEGORY], default="")
    return pd.DataFrame(found)[list(COLUMNS)]


def _shares(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Matrices as shares of their sum, with both margins; all missing where the sum is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        observed = matrices / matrices.sum((-2, -1), keepdims=True)
    return observed, observed.sum(-1), observed.sum(-2)


def _agreed(observed: np.ndarray, nil: bool) -> np.ndarray:
    """Share on the diagonal; nil x nil is no agreement."""
    return np.diagonal(observed, axis1=-2, axis2=-1)[..., int(nil) :].sum(-1)


def _used(rows: np.ndarray, columns: np.ndarray, nil: bool) -> np.ndarray:
    """Number of categories either coder used; with one code beside nil, chance cannot be told from agreement."""
    return ((rows > 0) | (columns > 0))[..., int(nil) :].sum(-1)


def _expected(rows: np.ndarray, columns: np.ndarray, nil: bool) -> np.ndarray:
    """Chance agreement pe from both margins."""
    if not nil:
        return (rows * columns).sum(-1)
    paired = 1 - rows[..., 0] - columns[..., 0]
    room = (1 - rows[..., 0]) * (1 - columns[..., 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where(room > 0, paired / room, 0 * paired)
    return (rows[..., 1:] * columns[..., 1:]).sum(-1) * scale


def _se(observed: np.ndarray, rows: np.ndarray, columns: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Large-sample standard error of kappa."""
    diagonal, pe = np.diagonal(observed, axis1=-2, axis2=-1), (rows * columns).sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (diagonal.sum(-1) - pe) / (1 - pe)
        lost = (1 - value)[..., None]
        on = (diagonal * (1 - (rows + columns) * lost) ** 2).sum(-1)
        pairs = observed * (columns[..., :, None] + rows[..., None, :]) ** 2
        off = lost[..., 0] ** 2 * (pairs.sum((-2, -1)) - np.diagonal(pairs, axis1=-2, axis2=-1).sum(-1))
        variance = (on + off - (value - pe * lost[..., 0]) ** 2) / (1 - pe) ** 2 / total
        return np.where(_used(rows, columns, False) > 1, np.sqrt(np.maximum(variance, 0)), np.nan)


def _ac1(agreed: np.ndarray, rows: np.ndarray, columns: np.ndarray, offered: np.ndarray | None) -> np.ndarray:
    """Gwet's AC1; chance = sum of pi (1 - pi) / (q - 1) over the q categories offered or used, at least two."""
    share = (rows + columns) / 2
    possible = np.ones_like(share, dtype=bool) if offered is None else offered | (share > 0)
    chance = (share * (1 - share)).sum(-1) / (np.maximum(possible.sum(-1), 2) - 1)
    return (agreed - chance) / (1 - chance)


def _alpha(agreed: np.ndarray, rows: np.ndarray, columns: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Krippendorff's alpha for two coders, nominal, nothing missing; missing where one category is used."""
    n = 2 * total
    with np.errstate(divide="ignore", invalid="ignore"):
        differing = n / (n - 1) * (1 - (((rows + columns) / 2) ** 2).sum(-1))
        value = 1 - (1 - agreed) / differing
    return np.where(_used(rows, columns, False) > 1, value, np.nan)
