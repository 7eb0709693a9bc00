"""Do smiles differ between bands of a score: one-way analysis of variance with partial eta squared per feature and
visit (Table IV of the smile paper), and beside it an F test that knows which smiles belong to one mother.

A band describes groups only; it is never shown for a person.
"""

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.mixed_tests import joint
from pipeline.measures.multiple_testing import benjamini_hochberg
from pipeline.measures.smile_correlation import FEWEST_MOTHERS, TOO_FEW_MOTHERS, varies
from pipeline.measures.smile_frames import numbered

ONE_BAND = "smiles of one band only"
TOO_FEW = "no more smiles than bands"
ALIKE = "no spread within the bands"
FEW_FOR_BANDS = "too few mothers for so many bands: no test by mothers"
FEWEST_BEYOND = 2
"""Mothers needed beyond the number of bands."""
COLUMNS = (
    "visit", "instrument", "feature", "n", "mothers", "families", "smallest", "bands", "f", "df1", "df2", "p", "q",
    "eta", "mixed_f", "mixed_df1", "mixed_df2", "mixed_p", "mixed_q", "mixed_eta", "note",
)  # fmt: skip


def band_of(totals: pd.Series, bands: pd.DataFrame) -> pd.Series:
    """The band of each total as ordered categories; `bands`: band, low, high (both ends included), in order."""
    names = bands["band"].tolist()
    found = np.select([totals.between(row.low, row.high) for row in bands.itertuples()], names, default=None)
    return pd.Series(pd.Categorical(found, categories=names, ordered=True), index=totals.index)


def band_tests(smiles: pd.DataFrame, features: tuple[str, ...], instruments: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row per visit, instrument and feature (COLUMNS); q over all rows of the table. `instruments`: name -> its
    bands; the score's column is `score:<name>`. `smallest`: families in the smallest band.
    """
    rows = []
    for visit, part in numbered(smiles).groupby("visit", sort=True):
        for name, bands in instruments.items():
            known = part.assign(band=band_of(part[f"score:{name}"], bands)).dropna(subset=["band"])
            for feature in features:
                tested = banded(known[known[feature].notna()], feature)
                rows.append({"visit": visit, "instrument": name, "feature": feature} | tested)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    for p, q in (("p", "q"), ("mixed_p", "mixed_q")):
        frame[q] = benjamini_hochberg(frame[p].to_numpy(float))
    return frame


def partial_eta(f: float, df1: float, df2: float) -> float:
    """Share of the variance that an effect explains: F df1 / (F df1 + df2)."""
    return float(f * df1 / (f * df1 + df2))


def anova(values: np.ndarray, groups: np.ndarray) -> dict[str, float]:
    """One-way analysis of variance of `values` (n,) over `groups` (n,), numbers from 0 on: f, df1, df2, p, eta."""
    n = np.bincount(groups)
    sums = np.bincount(groups, values - values.mean())
    between = float((sums**2 / n).sum())
    total = float(((values - values.mean()) ** 2).sum())
    df1, df2 = len(n) - 1, len(values) - len(n)
    f = between / df1 / ((total - between) / df2)
    return {"f": f, "df1": df1, "df2": df2, "p": float(fdtrc(df1, df2, f)), "eta": partial_eta(f, df1, df2)}


def banded(rows: pd.DataFrame, feature: str) -> dict[str, object]:
    """The numbers of one visit, instrument and feature; `rows` have a column `band`."""
    values, groups = rows[feature].to_numpy(float), pd.factorize(rows["band"], sort=True)[0]
    count = int(groups.max(initial=-1)) + 1
    families = rows.groupby("band", observed=True)["family_id"].nunique()
    found: dict[str, object] = {"n": len(rows), "mothers": rows["caregiver_id"].nunique(), "bands": count, "note": ""}
    found |= {"families": rows["family_id"].nunique(), "smallest": int(families.min()) if count else 0}
    if count < 2:
        return found | {"note": ONE_BAND}
    if len(rows) <= count:
        return found | {"note": TOO_FEW}
    means = np.bincount(groups, values) / np.bincount(groups)
    if not varies(values) or not np.abs(values - means[groups]).max() > 1e-12 * max(1.0, np.abs(values).max()):
        return found | {"note": ALIKE}
    found |= anova(values, groups)
    if found["mothers"] < FEWEST_MOTHERS:
        return found | {"note": TOO_FEW_MOTHERS}
    if found["mothers"] < count + FEWEST_BEYOND:
        return found | {"note": FEW_FOR_BANDS}
    return found | _by_mothers(rows, values, groups, count)


def _by_mothers(rows: pd.DataFrame, values: np.ndarray, groups: np.ndarray, count: int) -> dict[str, object]:
    """F of the bands in a mixed model: random intercepts per mother, and per recording where a mother has several."""
    design = np.column_stack([np.ones(len(values)), *(groups == band for band in range(1, count))]).astype(float)
    mothers, recordings = rows["caregiver_id"].to_numpy(), rows["observation_id"].to_numpy()
    tested = joint(fit_mixed(blocks(values - values.mean(), design, mothers, recordings)), np.eye(count)[1:])
    found = {"mixed_f": tested.f, "mixed_df1": tested.df1, "mixed_df2": tested.df2, "mixed_p": tested.p}
    return found | {"mixed_eta": partial_eta(tested.f, tested.df1, tested.df2)}
