"""The still-face effect: what part of play, still face and reunion each code takes, and how that part changes.

Events are cut to the episodes; an episode that a session has in several pieces counts once. Only sessions that were
coded in all the episodes that are compared count, so that a change is the difference of the means that are shown. Means
weigh every session equally; intervals keep the sessions of a family together (see `cluster_means`).
"""

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.catalogue.episodes import EPISODES
from pipeline.measures.cluster_means import cluster_means

CELL = ["observation_id", "episode"]
NO_EPISODES, WITHOUT, NOT_CODED = "no episodes", "without {}", "not coded in {}"
"""Why a session is left out, in the order in which it is asked."""


def episode_shares(
    events: pd.DataFrame, episodes: pd.DataFrame, codes: tuple[str, ...], unseen: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Share (0 to 1) of each episode's coded time per session, episode and code; 0 where the code does not occur.

    `events`: observation_id, code, onset_ms, offset_ms of one subject, group and coder. `episodes`: observation_id,
    episode, onset_ms, offset_ms. Codes in `unseen` are taken out of the coded time and get no rows. Returns
    observation_id, episode, code, ms, of_ms, share; the share is missing where nothing was coded.
    """
    cut = _cut(events[~events["code"].isin(unseen)], episodes)
    cells = episodes[CELL].drop_duplicates(ignore_index=True)
    cells = cells.merge(_covered(cut, CELL).rename("of_ms").reset_index(), how="left", on=CELL)
    cells["of_ms"] = cells["of_ms"].fillna(0).astype("int64")
    rows = cells.merge(pd.DataFrame({"code": [code for code in codes if code not in unseen]}), how="cross")
    rows = rows.merge(_covered(cut, [*CELL, "code"]).rename("ms").reset_index(), how="left", on=[*CELL, "code"])
    rows["ms"] = rows["ms"].fillna(0).astype("int64")
    return rows.assign(share=rows["ms"] / rows["of_ms"].where(rows["of_ms"] > 0))


def _cut(events: pd.DataFrame, episodes: pd.DataFrame) -> pd.DataFrame:
    """Events cut to the episodes they meet; one that meets two becomes two."""
    pairs = events.merge(episodes, on="observation_id", suffixes=("", "_episode"))
    onset = pairs[["onset_ms", "onset_ms_episode"]].max(axis=1)
    offset = pairs[["offset_ms", "offset_ms_episode"]].min(axis=1)
    cut = pairs[[*CELL, "code"]].assign(onset_ms=onset, offset_ms=offset)[(offset > onset).to_numpy(dtype=bool)]
    return cut.astype({"onset_ms": "int64", "offset_ms": "int64"})


def _covered(cut: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Milliseconds that any event of a cell covers; overlapping events count once."""
    ordered = cut.sort_values([*keys, "onset_ms"], kind="stable")
    by = [ordered[key] for key in keys]
    reached = ordered["offset_ms"].groupby(by).cummax().groupby(by).shift()
    begins = np.fmax(reached.to_numpy(dtype=float), ordered["onset_ms"].to_numpy(dtype=float))
    added = (ordered["offset_ms"] - begins).clip(lower=0).astype("int64")
    return added.groupby(by).sum()


def compared(episodes: pd.DataFrame) -> tuple[str, ...]:
    """The episodes that occur, in the order of a session."""
    found = set(episodes["episode"])
    return tuple(name for name in EPISODES if name in found)


def left_out(sessions: tuple[str, ...], shares: pd.DataFrame, asked: tuple[str, ...]) -> pd.Series:
    """Why each session (index) does not count: '' where it does, else NO_EPISODES, WITHOUT or NOT_CODED of the first
    episode that fails."""
    coded = shares.groupby(CELL)["of_ms"].first()
    known = set(coded.index.get_level_values(0))
    reasons = {}
    for one in sessions:
        lacking = [name for name in asked if (one, name) not in coded.index]
        silent = [name for name in asked if name not in lacking and coded[one, name] == 0]
        reason = NOT_CODED.format(silent[0]) if silent else ""
        reasons[one] = NO_EPISODES if one not in known else WITHOUT.format(lacking[0]) if lacking else reason
    return pd.Series(reasons, dtype="str")


def mean_shares(shares: pd.DataFrame, family: str = "family_id") -> pd.DataFrame:
    """Mean share per code and episode with its 95 % interval by families (logit scale).

    `shares`: rows of complete sessions with a column `family_id`. Returns code, episode, mean, se, low, high,
    observations, families, note.
    """
    return _by_family(cluster_means(shares, ["code", "episode"], "share", family))


def changes(shares: pd.DataFrame, asked: tuple[str, ...], family: str = "family_id") -> pd.DataFrame:
    """Mean change of each code's share within session, for every pair of episodes in order, with its 95 % interval.

    Paired: one difference per session, t with as many degrees of freedom as there are families less one. Returns code,
    first, second, mean, se, low, high, observations, families, note.
    """
    wide = shares.pivot_table("share", ["observation_id", family, "code"], "episode").reindex(columns=list(asked))
    pairs = [
        (wide[second] - wide[first]).rename("change").reset_index().assign(first=first, second=second)
        for first, second in combinations(asked, 2)
    ]
    if not pairs:
        return pd.DataFrame(columns=["code", "first", "second", "mean", "low", "high", "observations", "families"])
    found = cluster_means(pd.concat(pairs), ["code", "first", "second"], "change", family, "identity")
    return _by_family(found)


def _by_family(means: pd.DataFrame) -> pd.DataFrame:
    """The clusters are families here, in names and notes."""
    named = means.rename(columns={"dyads": "families"})
    return named.assign(note=named["note"].str.replace("dyad", "family"))


def merged(events: pd.DataFrame, classes: dict[str, str]) -> pd.DataFrame:
    """Events with each code replaced by its class; codes of no class keep their name."""
    return events.assign(code=events["code"].replace(classes))
