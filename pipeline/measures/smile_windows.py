"""Windows of consecutive smiles: what the smile paper's networks are fed.

Source: Dust, Levitt & Mataric, Behind the Smile, section III.C. Frames of smiles have one row per kept smile: `mother`,
`session` (whole numbers from 0), `smile_number`, the eight features and `score`.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pipeline.catalogue.smile_feature_names import FEATURE_NAMES

FEWEST_SESSIONS = 10
"""A smile number that fewer sessions reach says nothing about how a feature goes with a score (ours)."""


@dataclass(frozen=True)
class Windows:
    """Windows of `size` smiles: `frame` has one row per window (mother, session, score, features averaged);
    `sessions` gave at least one, `dropped` had fewer smiles than that.
    """

    size: int
    frame: pd.DataFrame
    sessions: int
    dropped: int


def numbered(smiles: pd.DataFrame) -> pd.DataFrame:
    """Smiles with numbers instead of identifiers: mother, session, smile_number, the eight features, all scores.

    A mother is everyone tied together by a family or a person: two visits, twins and a second caregiver of a family
    stay on the same side of every split. Needs family_id, caregiver_id, observation_id, smile_number, the features and
    columns `score:<instrument>`; smiles without a feature are left out.
    """
    known = smiles[smiles[list(FEATURE_NAMES)].notna().all(axis=1)]
    known = known.sort_values(["family_id", "observation_id", "smile_number"], kind="stable").reset_index(drop=True)
    numbers = {
        "mother": tied(known["family_id"], known["caregiver_id"]),
        "session": pd.factorize(known["observation_id"])[0],
    }
    scores = [column for column in known if str(column).startswith("score:")]
    return pd.DataFrame(numbers).join(known[["smile_number", *FEATURE_NAMES, *scores]])


def scored(smiles: pd.DataFrame, column: str) -> pd.DataFrame:
    """Numbered smiles of the sessions that have a score, as `score`; mothers and sessions numbered anew from 0."""
    known = smiles[smiles[column].notna()]
    kept = known[["smile_number", *FEATURE_NAMES]].assign(score=known[column].astype(float))
    numbers = {name: pd.factorize(known[name], sort=True)[0] for name in ("mother", "session")}
    return kept.assign(**numbers).reset_index(drop=True)


def tied(some: pd.Series, others: pd.Series) -> np.ndarray:
    """A number per row, the same for rows that share a word of either column, also by way of other rows; a missing word
    ties nobody. Numbered in the order of the rows.
    """
    first, second = pd.factorize(some)[0], pd.factorize(others)[0]
    edges = (first >= 0) & (second >= 0)
    count = first.max(initial=-1) + 1
    size = count + second.max(initial=-1) + 1
    graph = coo_array((np.ones(edges.sum()), (first[edges], count + second[edges])), shape=(size, size))
    label = connected_components(graph, directed=False)[1] if size else np.empty(0, int)
    place = np.where(first >= 0, first, count + second)
    return pd.factorize(label[place])[0] if len(place) else np.empty(0, int)


def windows(smiles: pd.DataFrame, size: int) -> Windows:
    """All runs of `size` consecutive kept smiles of one session, each moved on by one smile, features averaged."""
    columns = list(FEATURE_NAMES)
    kept = smiles.sort_values(["session", "smile_number"], kind="stable")
    session = kept["session"].to_numpy()
    last = np.arange(size - 1, len(kept))
    last = last[session[last] == session[last - size + 1]] if len(last) else last
    values = kept[columns].to_numpy(float)
    frame = kept[["mother", "session", "score"]].iloc[last].reset_index(drop=True)
    frame[columns] = sum(values[last - back] for back in range(size)) / size
    whole = frame["session"].nunique()
    return Windows(size, frame, whole, kept["session"].nunique() - whole)


def related(smiles: pd.DataFrame, count: int) -> tuple[str, ...]:
    """The `count` features most linearly related to the score, in their usual order: the mean, over smile numbers that
    at least FEWEST_SESSIONS sessions reach, of the absolute correlation, weighted by sessions.

    The paper takes those of p < .05 "on average"; a number is taken here, so that every network has as many inputs.
    """
    values = smiles[list(FEATURE_NAMES)].to_numpy(float)
    score, number = smiles["score"].to_numpy(float), smiles["smile_number"].to_numpy(int)
    strength = np.zeros(values.shape[1])
    for one in np.unique(number):
        mine = number == one
        if mine.sum() >= FEWEST_SESSIONS:
            strength += mine.sum() * np.abs(_correlation(values[mine], score[mine]))
    best = np.argsort(-strength, kind="stable")[:count]
    return tuple(FEATURE_NAMES[place] for place in sorted(best))


def _correlation(values: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Pearson's r of each column with the score; 0 where one of them does not vary."""
    values, score = values - values.mean(axis=0), score - score.mean()
    spread = np.sqrt((values**2).sum(axis=0) * (score**2).sum())
    return np.divide(score @ values, spread, out=np.zeros(values.shape[1]), where=spread > 0)


def shuffled(smiles: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The same smiles with the scores of whole mothers exchanged: what a score could be guessed from is gone, and the
    scores, and who belongs together, are as they were.

    A session gets the score that the other mother has at her session of the same rank, or her mean where she has fewer.
    """
    sessions = smiles.drop_duplicates("session")[["mother", "session", "score"]]
    rank = sessions.groupby("mother").cumcount()
    table = sessions.assign(rank=rank).pivot(index="mother", columns="rank", values="score")
    table = table.T.fillna(table.mean(axis=1)).T
    taken = table.to_numpy()[rng.permutation(len(table))]
    row = np.searchsorted(table.index, sessions["mother"])
    score = pd.Series(taken[row, rank], index=sessions["session"])
    return smiles.assign(score=smiles["session"].map(score).to_numpy())
