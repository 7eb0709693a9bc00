"""Transition matrices: the chance of each next code, and where it leads in the long run. Pure."""

import numpy as np
from scipy.sparse.csgraph import connected_components


def probabilities(table: np.ndarray) -> np.ndarray:
    """Counts of given x target code as shares of the row; rows without exits are missing."""
    exits = table.sum(-1, keepdims=True)
    return np.divide(table, exits, out=np.full(table.shape, np.nan), where=exits > 0)


def irreducible(table: np.ndarray) -> bool:
    """Whether each code that occurs leads, over others, to each other code that occurs."""
    kept = _occurring(table)
    parts, _ = connected_components(table[np.ix_(kept, kept)] > 0, directed=True, connection="strong")
    return len(kept) > 0 and parts == 1 and bool((table[kept].sum(1) > 0).all())


def stationary(table: np.ndarray) -> np.ndarray:
    """Share of each code (of bouts, or of samples) when the chain runs on: p = p P; all missing unless irreducible.

    Codes that do not occur have share 0.
    """
    if not irreducible(table):
        return np.full(len(table), np.nan)
    kept = _occurring(table)
    chain = probabilities(table[np.ix_(kept, kept)].astype(float))
    equations = np.vstack([chain.T - np.eye(len(kept)), np.ones(len(kept))])
    shares, *_ = np.linalg.lstsq(equations, np.r_[np.zeros(len(kept)), 1.0], rcond=None)
    found = np.zeros(len(table))
    found[kept] = shares
    return found


def _occurring(table: np.ndarray) -> np.ndarray:
    """Codes that are left or entered."""
    return np.flatnonzero((table.sum(0) > 0) | (table.sum(1) > 0))
