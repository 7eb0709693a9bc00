"""Two fits of one question beside each other: differences of their terms, in Monte Carlo errors where both sampled."""

import numpy as np
import pandas as pd

KEY = ["response", "term"]
SHOWN = ("mean", "lower", "upper")
LARGEST = 4.0
"""Two roads to one posterior agree when no mean differs by more than so many combined Monte Carlo errors."""


def monte_carlo_error(table: pd.DataFrame) -> pd.Series:
    """Monte Carlo error of each posterior mean: SD / sqrt(effective draws); nan where an engine has none."""
    return table["sd"] / np.sqrt(table["ess"])


def agreement(one: pd.DataFrame, other: pd.DataFrame, other_error: pd.Series | None = None) -> pd.DataFrame:
    """The terms both have: response, term, mean, mean_other, difference (one - other), error (combined Monte Carlo
    error) and errors (difference / error). `other_error`: Monte Carlo errors of `other` known better, by its index.
    """
    error = monte_carlo_error(other) if other_error is None else other_error
    left = one[[*KEY, "mean", "lower", "upper"]].assign(error=monte_carlo_error(one))
    right = other[[*KEY, "mean", "lower", "upper"]].assign(error=error)
    both = left.merge(right, on=KEY, suffixes=("", "_other"))
    both["difference"] = both["mean"] - both["mean_other"]
    both["error"] = np.hypot(both["error"], both["error_other"])
    both["errors"] = both["difference"] / both["error"]
    return both.drop(columns="error_other")


def largest(both: pd.DataFrame) -> float:
    """The largest difference in Monte Carlo errors; nan where none is known."""
    return float(both["errors"].abs().max()) if both["errors"].notna().any() else float("nan")


def root_mean_square(both: pd.DataFrame) -> float:
    """Root mean square of the differences in Monte Carlo errors: about 1 for two roads to one posterior."""
    known = both["errors"].dropna()
    return float(np.sqrt((known**2).mean())) if len(known) else float("nan")


def side_by_side(fits: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Terms of several fits by name, one row per response and term of any: response, term, per fit `<name>: mean`,
    `<name>: lower` and `<name>: upper`, and `spread`, the largest minus the smallest mean.
    """
    parts = [table.set_index(KEY)[list(SHOWN)].add_prefix(f"{name}: ") for name, table in fits.items()]
    order = list(dict.fromkeys(place for part in parts for place in part.index))
    wide = pd.concat(parts, axis=1).reindex(pd.MultiIndex.from_tuples(order, names=KEY))
    means = wide[[f"{name}: mean" for name in fits]]
    return wide.assign(spread=means.max(axis=1) - means.min(axis=1)).reset_index()
