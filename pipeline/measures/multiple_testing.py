"""Several tests at once: the false discovery rate."""

import numpy as np


def benjamini_hochberg(p: np.ndarray) -> np.ndarray:
    """Adjusted p values (q), shape as given: declaring all q <= 0.05 keeps the expected share of false ones at 5 %.

    Missing p values stay missing and are not counted. Benjamini & Hochberg, J. R. Stat. Soc. B 1995; 57: 289-300.
    """
    p = np.asarray(p, dtype=float)
    known = np.flatnonzero(np.isfinite(p))
    found = np.full(p.shape, np.nan)
    if not len(known):
        return found
    order = known[np.argsort(p[known], kind="stable")]
    raised = p[order] * len(order) / np.arange(1, len(order) + 1)
    found[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return found
