"""How many smiles a recording has: by visit, and whether the number goes with a score.

Every tracked recording counts, also one without any smile. Beside the naive correlation, which takes recordings as
independent, stands a mixed model with a random intercept per mother (see smile_correlation).
"""

import numpy as np
import pandas as pd

from pipeline.measures.cluster_means import cluster_means
from pipeline.measures.smile_correlation import COLUMNS, related

BY_VISIT = (
    "visit", "recordings", "mothers", "families", "smiles", "mean", "low", "high", "sd", "median", "q1", "q3",
    "without", "per_minute", "rejected", "in_speech", "coverage",
)  # fmt: skip


def counts_by_visit(sessions: pd.DataFrame) -> pd.DataFrame:
    """One row per visit (BY_VISIT), and one with visit "" for all. `sessions`: one row per tracked recording with
    visit, caregiver_id, family_id, smiles, rejected, in_speech, length_s, frames, confident_frames.

    The interval of the mean respects mothers. `coverage`: share of frames seen well enough; `without`: recordings
    without a smile.
    """
    whole = sessions.assign(visit="")
    both = pd.concat([whole, sessions[sessions["visit"].notna()]], ignore_index=True)
    means = cluster_means(both, ["visit"], "smiles", "caregiver_id", "identity").set_index("visit")
    rows = []
    for visit, part in both.groupby("visit", sort=True):
        number = part["smiles"].astype(float)
        row = {name: means.loc[visit, name] for name in ("mean", "low", "high")}
        row |= {"visit": visit, "recordings": len(part), "smiles": int(number.sum()), "sd": number.std()}
        row |= {"mothers": part["caregiver_id"].nunique(), "families": part["family_id"].nunique()}
        row |= {"median": number.median(), "q1": number.quantile(0.25), "q3": number.quantile(0.75)}
        row |= {"without": int((number == 0).sum()), "per_minute": _share(60 * number.sum(), part["length_s"].sum())}
        row |= {name: int(part[name].sum()) for name in ("rejected", "in_speech")}
        rows.append(row | {"coverage": _share(part["confident_frames"].sum(), part["frames"].sum())})
    return pd.DataFrame(rows, columns=list(BY_VISIT))


def counts_by_score(sessions: pd.DataFrame, instruments: tuple[str, ...]) -> pd.DataFrame:
    """One row per visit (and "" for all) and instrument: the number of smiles with its score, columns as in
    `smile_correlation.by_number`. Recordings without a score are left out.
    """
    rows = []
    visits = [("", sessions)] + list(sessions.groupby("visit", sort=True))
    for visit, part in visits:
        for name in instruments:
            known = part[part[f"score:{name}"].notna()]
            rows.append({"visit": visit, "instrument": name} | related(known, "smiles", f"score:{name}"))
    return pd.DataFrame(rows, columns=["visit", "instrument", *COLUMNS])


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else np.nan
