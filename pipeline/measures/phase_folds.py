"""Nested folds of families: whoever is asked has no relative among those who teach."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.measures.phase_sessions import PhasesRefused

FEWEST_FAMILIES = 3
"""One is asked, one validates, one teaches."""


@dataclass(frozen=True)
class Fold:
    """Names of the sessions that teach and that are asked, sorted."""

    number: int
    teaching: tuple[str, ...]
    asked: tuple[str, ...]


@dataclass(frozen=True)
class Folds:
    """`note`: what differs from what was asked for, '' when nothing does."""

    folds: tuple[Fold, ...]
    note: str = ""


def grouped(families: Mapping[str, str], count: int, seed: tuple[int, ...]) -> Folds:
    """`count` folds of as equal numbers of families as can be, drawn by the seed. `families`: session -> family.

    Fewer families than folds: each family is asked once (said in the note). The order of the sessions does not matter.
    """
    names = sorted(set(families.values()))
    used = min(count, len(names))
    drawn = np.random.default_rng(seed).permutation(len(names))
    place = np.empty(len(names), dtype=np.int64)
    for number, part in enumerate(np.array_split(drawn, used)):
        place[part] = number
    part_of = {name: int(place[names.index(family)]) for name, family in sorted(families.items())}
    folds = tuple(
        Fold(
            number,
            tuple(name for name, part in part_of.items() if part != number),
            tuple(name for name, part in part_of.items() if part == number),
        )
        for number in range(used)
    )
    left = f"Only {len(names)} families for {count} folds: each family is left out once."
    return Folds(folds, left if used < count else "")


def outer_folds(families: Mapping[str, str], count: int, seed: int) -> Folds:
    """The outer folds; raises PhasesRefused for fewer than FEWEST_FAMILIES families."""
    if (found := len(set(families.values()))) < FEWEST_FAMILIES:
        raise PhasesRefused(
            f"The coded sessions come from {found} families. At least {FEWEST_FAMILIES} are needed, so that one can be "
            "asked, one can validate and one can teach. Widen the filters."
        )
    return grouped(families, count, (seed,))


def inner_folds(families: Mapping[str, str], outer: Fold, count: int, seed: int) -> Folds:
    """Folds inside the teaching side of an outer fold."""
    inside = {name: families[name] for name in outer.teaching}
    return grouped(inside, count, (seed, outer.number + 1))
