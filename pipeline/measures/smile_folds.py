"""Who teaches and who is asked: folds of mothers, and scales that the asked had no part in."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Fold:
    """One split of the mothers: `teaching` and `asked` (boolean per mother) have nobody in common. `name`: words that
    tell it from every other one (seed, fold, inner fold), for generators of random numbers.
    """

    name: tuple[int, ...]
    teaching: np.ndarray
    asked: np.ndarray


def folds(mothers: np.ndarray, count: int, among: int, name: tuple[int, ...]) -> list[Fold]:
    """`count` folds of as equal size as can be of the `mothers` (boolean among all `among`), drawn by the name."""
    members = np.random.default_rng((*name, len(name))).permutation(np.flatnonzero(mothers))
    found = []
    for number, part in enumerate(np.array_split(members, count)):
        asked = np.zeros(among, dtype=bool)
        asked[part] = True
        found.append(Fold((*name, number), mothers & ~asked, asked))
    return found


def scaled(teaching: np.ndarray, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns of both with mean 0 and SD 1 among the teaching rows; one that does not vary is only centred."""
    mean, spread = teaching.mean(axis=0), teaching.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    return (teaching - mean) / spread, (asked - mean) / spread
