"""A coupled semi-Markov walk: who shows which code from when to when, for all recordings at once.

Each person stays in a code for a gamma-distributed bout, then draws the next code with a chance proportional to
target share / mean bout length, multiplied by the coupling factor of what the other person shows at that moment.
(Drawing the same code again lengthens the bout.) Without coupling the expected share of time is the target share.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.demo.parameters import SIDES, Codes, coupling_of, parameters


@dataclass(frozen=True)
class Bouts:
    """Maximal bouts, ordered by recording, side and onset. Parallel arrays: recording (position), side (0 infant, 1
    caregiver), code (position in the side's labels), onset_ms, offset_ms.
    """

    unit: np.ndarray
    side: np.ndarray
    code: np.ndarray
    onset_ms: np.ndarray
    offset_ms: np.ndarray


class Walk:
    """The state of all recordings while they are simulated (two people per recording)."""

    def __init__(
        self, rng: np.random.Generator, shares: dict[str, np.ndarray], codes: dict[str, Codes], length_ms: np.ndarray
    ):
        self.rng, self.length_ms, self.wanted = rng, length_ms, parameters()
        with np.errstate(divide="ignore"):
            self.log_chance = [np.log(shares[side] / codes[side].bout_s) for side in SIDES]
            self.log_share = [np.log(shares[side]) for side in SIDES]
        self.bout_s = [codes[side].bout_s for side in SIDES]
        self.coupling = [
            coupling_of(codes[side], codes[other], side) for side, other in zip(SIDES, SIDES[::-1], strict=True)
        ]
        units = np.arange(len(length_ms))
        self.code = np.stack([self._draw(self.log_share[side]) for side in (0, 1)])
        self.until = np.stack([self._bout_ms(side, self.code[side]) for side in (0, 1)])
        self.log = [
            (units, np.full(len(units), side), self.code[side], np.zeros(len(units), np.int64)) for side in (0, 1)
        ]

    def _draw(self, log_chance: np.ndarray) -> np.ndarray:
        return np.argmax(log_chance + self.rng.gumbel(size=log_chance.shape), axis=1)

    def _bout_ms(self, side: int, code: np.ndarray) -> np.ndarray:
        shortest, shape = self.wanted["shortest_s"], self.wanted["bout_shape"]
        seconds = shortest + self.rng.gamma(shape, (self.bout_s[side][code] - shortest) / shape)
        return np.round(seconds * 1000).astype(np.int64)

    def step(self) -> bool:
        """Moves, in every recording that still runs, the person whose bout ends first; False when all are over."""
        first = np.argmin(self.until, axis=0)
        now = np.take_along_axis(self.until, first[None], axis=0)[0]
        going = now < self.length_ms
        for side in (0, 1):
            rows = np.flatnonzero(going & (first == side))
            if len(rows):
                log_chance = self.log_chance[side][rows] + self.coupling[side][self.code[1 - side][rows]]
                code = self._draw(log_chance)
                self.code[side][rows] = code
                self.until[side][rows] = now[rows] + self._bout_ms(side, code)
                self.log.append((rows, np.full(len(rows), side), code, now[rows]))
        return bool(going.any())

    def bouts(self) -> Bouts:
        """All bouts so far, each until the next one of the same person; equal neighbours are one bout."""
        unit, side, code, onset = (np.concatenate(column) for column in zip(*self.log, strict=True))
        order = np.lexsort((onset, side, unit))
        unit, side, code, onset = unit[order], side[order], code[order], onset[order]
        same = (unit[1:] == unit[:-1]) & (side[1:] == side[:-1])
        keep = np.concatenate([[True], ~(same & (code[1:] == code[:-1]))])
        unit, side, code, onset = unit[keep], side[keep], code[keep], onset[keep]
        last = np.concatenate([(unit[1:] != unit[:-1]) | (side[1:] != side[:-1]), [True]])
        offset = np.where(last, self.length_ms[unit], np.concatenate([onset[1:], [0]]))
        return Bouts(unit, side, code, onset, offset)


def simulate(
    rng: np.random.Generator, shares: dict[str, np.ndarray], codes: dict[str, Codes], length_ms: np.ndarray
) -> Bouts:
    """Bouts of both people in all recordings; `shares` are recordings x codes, each row sums to 1."""
    walk = Walk(rng, shares, codes, length_ms)
    while walk.step():
        pass
    return walk.bouts()
