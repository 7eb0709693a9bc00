"""What the paper's words mean, computed: clear, suggestive, as hypothesised, opposite.

"Clear" = the 95 % interval excludes 0. "Suggestive" = it includes 0, but all related behaviours (at least two of a
hypothesis) point the same way. Both are decided on unrounded numbers. Related behaviours and their signs are data of
the spec.
"""

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Hypothesis, Spec

FEWEST_RELATED = 2


def evidence(terms: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The exposure x behaviour terms of a fit with `code`, `evidence` (clear, suggestive, none), `direction` (as
    hypothesised, opposite, '' without a hypothesis) and `hypothesis` (its title).
    """
    suffix = f" x {spec.exposure}"
    codes = terms["term"].str.removesuffix(suffix)
    single = terms["term"].str.endswith(suffix) & ~codes.str.contains(" x ", regex=False)
    rows = terms[single].assign(code=codes[single], hypothesis="", direction="")
    excludes = (rows["lower"] > 0) | (rows["upper"] < 0)
    rows["evidence"] = np.where(excludes, "clear", "none")
    for one in spec.hypotheses:
        rows = _judged(rows, one)
    return rows.reset_index(drop=True)


def _judged(rows: pd.DataFrame, one: Hypothesis) -> pd.DataFrame:
    """The rows with one hypothesis applied to its behaviours."""
    mine = (rows["response"] == one.response) & rows["code"].isin(one.codes)
    signs = np.sign(rows.loc[mine, "mean"])
    expected = 1 if one.sign == "+" else -1
    rows = rows.copy()
    rows.loc[mine, "hypothesis"] = one.title
    rows.loc[mine, "direction"] = np.where(signs == expected, "as hypothesised", "opposite")
    if mine.sum() >= FEWEST_RELATED and signs.nunique() == 1:
        rows.loc[mine & (rows["evidence"] == "none"), "evidence"] = "suggestive"
    return rows
