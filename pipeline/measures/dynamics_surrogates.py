"""Surrogates: partners that cannot have responded, and how far the real ones stand out from them. Pure, seeded.

"shift": the target stream of every recording turned round by a random time (what runs over the end comes in at the
start). "shuffle": bouts, and gaps between them, in random order, no code after itself. "partner": the target stream of
another family, both ended with the shorter session. Each keeps what each side does alone and breaks what links the two.

In simulations of independent streams a twentieth of the pooled p values is at most .05; with exchanged partners of few
recordings (12 of 6 families) it is 6 to 7 in 100, from 30 recordings on 5.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from pipeline.errors import UserError
from pipeline.measures.dynamics import BOUT, MISSING, Stream, changes, ordered

Kind = Literal["shift", "shuffle", "partner"]
SWEEPS, FEWEST = 3, 20
"""A shuffle tries so many exchanges per bout of the longest recording, starting from the real order; bouts at least."""
AT_ONCE = 5_000_000
"""Bouts shuffled at a time: with six bytes each it bounds the memory."""
Statistic = Callable[[Stream, Stream], np.ndarray]
"""Numbers of a given and a target stream, always the same number of them."""


@dataclass(frozen=True)
class Compared:
    """A number beside its surrogates: arrays over what the statistic returns.

    `mean`, `low`, `high` (2.5 % and 97.5 %) of the surrogates, `p_more` = (1 + surrogates at least as large) / (1 + n),
    `p_less` the same the other way, `p` two-sided. Surrogates without a value do not count; `n` are those with one.
    """

    observed: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    p_more: np.ndarray
    p_less: np.ndarray
    p: np.ndarray
    n: np.ndarray


def compare(
    given: Stream, target: Stream, statistic: Statistic, kind: Kind, number: int, seed: int, families: np.ndarray
) -> Compared:
    """The statistic of the real streams beside that of `number` surrogates; `families`: one name per recording."""
    draws = surrogates(given, target, kind, number, seed, families)
    values = np.stack([statistic(*pair) for pair in draws])
    return beside(statistic(given, target), values)


def beside(observed: np.ndarray, values: np.ndarray) -> Compared:
    """A number (k,) beside its surrogates (draws, k)."""
    known, n = ~np.isnan(values), (~np.isnan(values)).sum(0)
    sums = np.where(known, values, 0).sum(0)
    mean = np.divide(sums, n, out=np.full(len(n), np.nan), where=n > 0)
    ends = np.full((2, len(n)), np.nan)
    if (n > 0).any():
        ends[:, n > 0] = np.nanquantile(values[:, n > 0], [0.025, 0.975], axis=0)
    reached = [(known & side).sum(0) for side in (values >= observed - 1e-12, values <= observed + 1e-12)]
    missing = np.isnan(observed) | (n == 0)
    more, less = (np.where(missing, np.nan, (1 + each) / (1 + n)) for each in reached)
    return Compared(observed, mean, *ends, more, less, np.minimum(2 * np.minimum(more, less), 1), n)


def surrogates(
    given: Stream, target: Stream, kind: Kind, number: int, seed: int, families: np.ndarray
) -> Iterator[tuple[Stream, Stream]]:
    """Pairs of the given stream and a surrogate of the target."""
    random = np.random.default_rng(seed)
    if kind == "shift":
        return ((given, shifted(target, random)) for _ in range(number))
    if kind == "shuffle":
        return ((given, each) for each in shuffled(target, number, random))
    return (exchanged(given, target, donors) for donors in partners(np.asarray(families), number, random))


def shifted(stream: Stream, random: np.random.Generator) -> Stream:
    """Every recording turned round by its own random time; a bout over the end is cut, its rest has no onset."""
    length = stream.lengths_ms[stream.observation]
    turn = random.integers(0, stream.lengths_ms)[stream.observation]
    onset = (stream.onset_ms + turn) % length
    offset = onset + stream.offset_ms - stream.onset_ms
    over = offset > length
    rest = stream.taken(over)
    nothing = np.zeros(len(rest.code), dtype=np.int64)
    rest = replace(rest, onset_ms=nothing, offset_ms=(offset - length)[over], begins=nothing.astype(bool))
    whole = replace(stream, onset_ms=onset, offset_ms=np.minimum(offset, length))
    both = {name: np.concatenate([getattr(whole, name), getattr(rest, name)]) for name in BOUT}
    return ordered(replace(stream, **both))


def partners(families: np.ndarray, number: int, random: np.random.Generator) -> np.ndarray:
    """(number, recordings): the recording whose target stream each gets, each given once, of another family.

    UserError where no such exchange exists, because one family has more than half of the recordings.
    """
    n = len(families)
    _, of = np.unique(families, return_inverse=True)
    if n == 0 or 2 * np.bincount(of).max() > n:
        text = "Partners cannot be exchanged: one family has more than half of the recordings."
        raise UserError(f"{text} Choose more recordings, or compare with shuffled bouts.")
    drawn = random.permuted(np.tile(np.arange(n), (number, 1)), axis=1)
    for row in drawn:
        _mend(row, of, random)
    return drawn


def _mend(row: np.ndarray, of: np.ndarray, random: np.random.Generator) -> None:
    """Exchanges donors until none is of the same family, in place."""
    while (wrong := np.flatnonzero(of[row] == of)).size:
        place, others = wrong[0], random.permutation(len(row))
        fits = (of[row[others]] != of[place]) & (of[row[place]] != of[others])
        other = others[np.flatnonzero(fits)[0]]
        row[place], row[other] = row[other], row[place]


def exchanged(given: Stream, target: Stream, donors: np.ndarray) -> tuple[Stream, Stream]:
    """The given stream and the donors' target streams, both ended with the shorter of the two sessions."""
    lengths = np.minimum(given.lengths_ms, target.lengths_ms[donors])
    place = np.argsort(donors)
    moved = replace(target, observation=place[target.observation], lengths_ms=target.lengths_ms[donors])
    return given.cut(lengths), ordered(moved).cut(lengths)


def shuffled(stream: Stream, number: int, random: np.random.Generator) -> Iterator[Stream]:
    """Bouts and gaps in random order, each as long as it was, no code beside itself.

    From the real order pairs are exchanged at random wherever no code meets itself: all orders that can be reached so
    are equally likely in the long run. UserError where codes overlap: such bouts have no order to change.
    """
    tiles = _tiles(stream)
    if len(tiles.onset_ms) == 0:
        return iter([stream] * number)
    most = max(1, AT_ONCE // len(tiles.code))
    batches = [min(most, number - done) for done in range(0, number, most)]
    return (_laid(tiles, order) for size in batches for order in _orders(tiles, size, random))


def _tiles(stream: Stream) -> Stream:
    """Bouts and gaps that fill every session; what touches a bout of its own code is one with it."""
    length = stream.lengths_ms[stream.observation]
    last = np.r_[stream.observation[1:] != stream.observation[:-1], True] if len(length) else np.zeros(0, bool)
    follows = np.where(last, length, np.r_[stream.onset_ms[1:], 0][: len(length)])
    if (stream.offset_ms > follows).any():
        text = "Bouts cannot be shuffled where codes of one person overlap."
        raise UserError(f"{text} Compare with shifted streams or with exchanged partners.")
    first = np.r_[True, last[:-1]][: len(length)]
    lead, gap = first & (stream.onset_ms > 0), follows > stream.offset_ms
    open_ends = [
        (stream.observation[lead], 0 * stream.onset_ms[lead], stream.onset_ms[lead]),
        (stream.observation[gap], stream.offset_ms[gap], follows[gap]),
    ]
    parts = [(number, np.full(len(number), len(stream.labels)), *times) for number, *times in open_ends]
    parts.append((stream.observation, stream.code, stream.onset_ms, stream.offset_ms))
    columns = [np.concatenate(each) for each in zip(*parts, strict=True)]
    every = ordered(Stream(stream.labels, *columns, np.ones(len(columns[0]), dtype=bool), stream.lengths_ms))
    first_of = np.flatnonzero(changes(every))
    return replace(every.taken(first_of), offset_ms=every.offset_ms[np.r_[first_of[1:], len(every.code)] - 1])


def _orders(tiles: Stream, number: int, random: np.random.Generator) -> np.ndarray:
    """(number, tiles): which tile stands where, exchanged within recordings."""
    n = np.bincount(tiles.observation, minlength=tiles.recordings)
    first = np.cumsum(n) - n + np.arange(len(n)) + 1
    size = len(tiles.code) + len(n) + 1
    seat = np.arange(len(tiles.code)) + tiles.observation + 1
    codes = np.full((number, size), MISSING, dtype=np.int16)
    codes[:, seat] = tiles.code
    order = np.zeros((number, size), dtype=np.int32)
    order[:, seat] = np.arange(len(tiles.code))
    many = np.flatnonzero(n > 2)
    codes, order = codes.ravel(), order.ravel()
    rows = (np.arange(number) * size)[:, None] + first[many]
    for _ in range(SWEEPS * max(int(n.max()), FEWEST)):
        one, other = (rows + (random.random(rows.shape, dtype=np.float32) * n[many]).astype(np.int64) for _ in range(2))
        _exchange(codes, order, one.ravel(), other.ravel())
    return order.reshape(number, size)[:, seat]


def _exchange(codes: np.ndarray, order: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    """Exchanges the tiles of two seats each, in place, unless a code would then stand beside itself."""
    here, there = codes[one], codes[other]
    codes[one], codes[other] = there, here
    clash = (there == codes[one - 1]) | (there == codes[one + 1])
    clash |= (here == codes[other - 1]) | (here == codes[other + 1])
    clash &= here != there
    codes[one[clash]], codes[other[clash]] = here[clash], there[clash]
    done = ~clash
    one, other = one[done], other[done]
    order[one], order[other] = order[other], order[one]


def _laid(tiles: Stream, order: np.ndarray) -> Stream:
    """The bouts in their new order, gaps left out."""
    length = (tiles.offset_ms - tiles.onset_ms)[order]
    end = np.cumsum(length)
    start = end - length - (np.cumsum(tiles.lengths_ms) - tiles.lengths_ms)[tiles.observation]
    moved = replace(tiles, code=tiles.code[order], onset_ms=start, offset_ms=start + length)
    moved = replace(moved, begins=(start > 0) | (length == 0))
    return moved.taken(moved.code < len(tiles.labels))
