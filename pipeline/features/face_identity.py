"""Which stretches of following are one person: whoever comes back at about the same place and size is the same.

Place and size alone: nothing that could recognise a person is computed or kept. Two people who change seats while both
are out of sight are not told apart; the manifest can say whose face is whose.
"""

from dataclasses import dataclass
from math import hypot, log2

import numpy as np

FAR = 1.5
"""A newcomer further away than this many face widths (a doubled size counts two) is somebody else."""
SIZE_WEIGHT = 2.0


@dataclass(frozen=True)
class Stretch:
    """An unbroken stretch of following: `first`, `last` frame; `places` (frames, 3) of face centre x, y and width in
    pixels; `confidence` summed over its frames."""

    track: int
    first: int
    last: int
    places: np.ndarray
    confidence: float


@dataclass
class _Person:
    """Stretches of one person, `last` frame, and the `places` of that frame and of the middle of all frames."""

    stretches: list[Stretch]
    last: int
    places: tuple[np.ndarray, np.ndarray]

    def apart(self, stretch: Stretch) -> float:
        """How far a stretch begins from where the person was last, or usually is, in face widths."""
        return min(_apart(place, stretch.places[0]) for place in self.places)

    @property
    def confidence(self) -> float:
        """Summed over all frames."""
        return sum(stretch.confidence for stretch in self.stretches)


def faces_of(stretches: list[Stretch]) -> list[list[int]]:
    """The tracks of each person, whoever is seen best first.

    In order of appearance, each stretch goes to the person nearest to it who is out of sight then (by where that
    person was last, or usually is); when nobody is near enough, it is a new person.
    """
    people: list[_Person] = []
    for stretch in sorted(stretches, key=lambda one: (one.first, one.track)):
        away = [(person.apart(stretch), number) for number, person in enumerate(people) if person.last < stretch.first]
        distance, number = min(away, default=(np.inf, len(people)))
        if distance <= FAR:
            people[number] = _person([*people[number].stretches, stretch])
        else:
            people.append(_person([stretch]))
    people.sort(key=lambda person: -person.confidence)
    return [[stretch.track for stretch in person.stretches] for person in people]


def _person(stretches: list[Stretch]) -> _Person:
    usual = np.median(np.concatenate([stretch.places for stretch in stretches]), axis=0)
    return _Person(stretches, stretches[-1].last, (stretches[-1].places[-1], usual))


def _apart(place: np.ndarray, other: np.ndarray) -> float:
    (x, y, size), (other_x, other_y, other_size) = place.tolist(), other.tolist()
    size, other_size = max(size, 1e-9), max(other_size, 1e-9)
    moved = hypot(x - other_x, y - other_y) / ((size + other_size) / 2)
    return moved + SIZE_WEIGHT * abs(log2(size / other_size))
