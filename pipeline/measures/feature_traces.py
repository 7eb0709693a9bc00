"""Traces of features over the episodes: one number per frame out of many, put in short steps from each episode's start.

Out of a wide stream come a few numbers per frame: means over the cells of a picture, or over its patches along a few
components. A session's mean in each step is averaged within its dyad, then over dyads; the interval keeps the dyads of
a family together (see `cluster_means`).
"""

from fractions import Fraction

import numpy as np
import pandas as pd

from pipeline.catalogue.episodes import EPISODES
from pipeline.measures.cluster_means import cluster_means
from pipeline.measures.frame_labels import mid_times
from pipeline.measures.pca import Components, scores
from pipeline.measures.token_scores import TokenStore, features

KEY = ["episode", "step"]


def mean_cells(values: np.ndarray, per_cell: int) -> np.ndarray:
    """(n, cells x per_cell) -> (n, per_cell): the mean of each of a cell's numbers over all cells."""
    return values.astype(np.float32).reshape(len(values), -1, per_cell).mean(axis=1)


def mean_patches(values: np.ndarray, store: TokenStore, asked: Components) -> np.ndarray:
    """Scores of patches (n, patches x kept) -> (n, k): the mean patch of each picture along the components asked for.

    The mean patch along an axis is the mean of the patches along it, so that no patch has to be turned on its own.
    """
    return features(mean_cells(values, store.kept.axes.shape[1])[:, None, :], store, asked)


def along(values: np.ndarray, found: Components) -> np.ndarray:
    """(n, d) -> (n, k): each frame along components that were fitted over frames; a frame with a gap stays missing."""
    return scores(values.astype(np.float32), found)


def session_steps(
    numbers: np.ndarray, fps: Fraction, episodes: pd.DataFrame, step_ms: int, first_frame_ms: int = 0
) -> pd.DataFrame:
    """Mean per whole step of each episode of one session: episode, step (from 0), and columns 0, 1, ... of `numbers`.

    `numbers`: (frames, k), missing where a frame has none; a frame belongs to the step in which its mid-time lies, and
    one at a step's edge to the later step. `episodes`: episode, onset_ms, offset_ms. An episode's rest that is shorter
    than a step is left out; of an episode in several pieces each piece goes on where the one before ended.
    """
    mids, per = mid_times(len(numbers), fps)
    found, done = [], {}
    for row in episodes.sort_values("onset_ms").itertuples():
        onset, offset = (int(edge) - first_frame_ms for edge in (row.onset_ms, row.offset_ms))
        count = (offset - onset) // step_ms
        edges = np.arange(count + 1, dtype=np.int64) * step_ms + onset
        cuts = np.searchsorted(mids, edges * per, side="left")
        start = done.get(row.episode, 0)
        done[row.episode] = start + count
        if count:
            means = _means(numbers, cuts)
            found.append(pd.DataFrame(means).assign(episode=row.episode, step=start + np.arange(count)))
    empty = pd.DataFrame(columns=[*range(numbers.shape[1]), *KEY])
    return pd.concat(found, ignore_index=True) if found else empty


def _means(numbers: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Means (steps, k) of the finite numbers between neighbouring cuts; missing where there is none."""
    there = np.isfinite(numbers)
    values = np.where(there, numbers, 0).astype(np.float64)
    sums, counts = (
        np.concatenate([np.zeros((1, numbers.shape[1])), np.cumsum(one, axis=0)]) for one in (values, there)
    )
    n = counts[cuts[1:]] - counts[cuts[:-1]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, (sums[cuts[1:]] - sums[cuts[:-1]]) / n, np.nan)


def from_play(rows: pd.DataFrame) -> pd.DataFrame:
    """Each session's `value` less its mean over the first episode; sessions without one are left out."""
    first = next((name for name in EPISODES if (rows["episode"] == name).any()), "")
    own = rows[rows["episode"] == first].groupby("observation_id")["value"].mean()
    found = rows.assign(value=rows["value"] - rows["observation_id"].map(own))
    return found[found["observation_id"].isin(own.dropna().index)]


def traces(rows: pd.DataFrame) -> pd.DataFrame:
    """Mean over dyads of each step with its 95 % interval by families.

    `rows`: observation_id, dyad_id, family_id, episode, step, value. Returns episode, step, mean, low, high, dyads,
    families, note, in the order of a session.
    """
    by_dyad = rows.groupby(["family_id", "dyad_id", *KEY], as_index=False)["value"].mean()
    found = cluster_means(by_dyad, KEY, "value", "family_id", "identity")
    found = found.rename(columns={"dyads": "families"}).rename(columns={"observations": "dyads"})
    order = found["episode"].map({name: place for place, name in enumerate(EPISODES)})
    found = found.assign(order=order, note=found["note"].str.replace("dyad", "family"))
    found = found.sort_values(["order", "step"], ignore_index=True)
    return found[[*KEY, "mean", "low", "high", "dyads", "families", "note"]]


def episode_means(rows: pd.DataFrame) -> pd.DataFrame:
    """A session's mean `share` in each episode (the mean of its steps): observation_id, family_id, episode, share."""
    keys = ["observation_id", "family_id", "episode"]
    return rows.groupby(keys, as_index=False)["value"].mean().rename(columns={"value": "share"})
