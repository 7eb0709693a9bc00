"""How stable scores are between two visits of the same mothers ("ACEs changing by an average of only 0.89 points")."""

import numpy as np
import pandas as pd

from pipeline.measures.correlation import interval
from pipeline.measures.smile_correlation import FEWEST_ROWS, SAME_SCORE, regression, varies

TOO_FEW = "fewer than three mothers with a score of each visit"
TAKEN_ONCE = "one and the same score stands for both visits"
COLUMNS = (
    "instrument", "first", "second", "n", "families", "change", "absolute_change", "sd_change", "unchanged",
    "mean_first", "mean_second", "r", "low", "high", "note",
)  # fmt: skip


def stability(sessions: pd.DataFrame, instruments: tuple[str, ...], first: str, second: str) -> pd.DataFrame:
    """One row per instrument (COLUMNS): mothers with a score at both visits, one mean score per mother and visit.

    `sessions`: one row per recording with caregiver_id, family_id, visit, `score:<name>`, and, where known,
    `wave:<name>`: a mother whose recordings carry the score of one and the same wave says nothing about change and is
    left out.

    `change`: second minus first; `absolute_change`: mean of its size; `unchanged`: mothers with the very same score.
    r is missing below three mothers or where the scores of a visit are all the same; `note` says why.
    """
    rows = [_row(sessions, name, first, second) for name in instruments]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(sessions: pd.DataFrame, name: str, first: str, second: str) -> dict[str, object]:
    """The numbers of one instrument."""
    means = sessions.groupby(["caregiver_id", "visit"])[f"score:{name}"].mean().unstack()
    whole = means.reindex(columns=[first, second]).dropna()
    both = whole[~whole.index.isin(_taken_once(sessions, name, first, second))]
    x, y = both[first].to_numpy(float), both[second].to_numpy(float)
    families = sessions[sessions["caregiver_id"].isin(both.index)]["family_id"].nunique()
    found: dict[str, object] = {"instrument": name, "first": first, "second": second, "n": len(both), "note": ""}
    found["families"] = families
    if len(both):
        change = y - x
        found |= {"change": float(change.mean()), "absolute_change": float(np.abs(change).mean())}
        found |= {"unchanged": int((change == 0).sum()), "mean_first": float(x.mean()), "mean_second": float(y.mean())}
        found["sd_change"] = float(change.std(ddof=1)) if len(both) > 1 else np.nan
    if len(both) < FEWEST_ROWS:
        return found | {"note": TAKEN_ONCE if len(whole) > len(both) else TOO_FEW}
    if not (varies(x) and varies(y)):
        return found | {"note": SAME_SCORE}
    r = regression(x, y).r
    low, high = interval(r, len(both))
    return found | {"r": r, "low": low, "high": high}


def _taken_once(sessions: pd.DataFrame, name: str, first: str, second: str) -> list[str]:
    """Mothers whose scores at both visits come from the same wave; nobody where waves are not known."""
    if f"wave:{name}" not in sessions:
        return []
    known = sessions[sessions["visit"].isin([first, second]) & sessions[f"score:{name}"].notna()]
    waves = known.groupby("caregiver_id")[f"wave:{name}"].nunique()
    return list(waves.index[waves == 1])
