"""Two coders side by side: elementary units in which neither changes his code. Pure; one behaviour group at a time.

`pairs`: one row per pair of codings (index 0, 1, ...) with `start_ms`, `end_ms`. `events`: `pair`, `side` (0 first
coder, 1 second), `code` (position in `Codes.labels`), `kind`, `onset_ms`, `offset_ms`. All pairs are laid end to end
on one line, so that one sweep serves a study of any size.

What a coder shows at a moment is a *category*: "Uncoded", one code, or several codes at once ("a + b"). At the moment
of a point event it is the point; where this coder has none there, it is the state of that moment.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

UNCODED = "Uncoded"
MS = 1000
WORD = 64


@dataclass(frozen=True)
class Codes:
    """The codes of one behaviour group in scheme order, and which of them say "cannot see"."""

    labels: tuple[str, ...]
    unobservable: tuple[bool, ...]


@dataclass(frozen=True)
class Categories:
    """What a row or column of a matrix stands for: 0 Uncoded, then the codes, then combinations that occur."""

    labels: tuple[str, ...]
    unobservable: np.ndarray


@dataclass(frozen=True)
class Units:
    """`frame`: pair, onset_ms, offset_ms, first, second (categories), point; states in order, then point events."""

    frame: pd.DataFrame
    categories: Categories


@dataclass(frozen=True)
class Side:
    """One coder's states on the line: which codes are on at any place, as bits."""

    starts: np.ndarray
    ends: np.ndarray
    opened: np.ndarray
    closed: np.ndarray

    def at(self, places: np.ndarray) -> np.ndarray:
        """Bits (n, words) of the codes that are on at each place; past events cancel exactly."""
        begun = self.opened[np.searchsorted(self.starts, places, side="right")]
        return begun - self.closed[np.searchsorted(self.ends, places, side="right")]


@dataclass(frozen=True)
class Line:
    """Clipped events of all pairs on one line; `step` is the room of one pair."""

    events: pd.DataFrame
    starts_ms: np.ndarray
    lengths_ms: np.ndarray
    step: int
    codes: Codes

    @property
    def words(self) -> int:
        """How many 64-bit words hold one bit per code."""
        return max(1, -(-len(self.codes.labels) // WORD))

    def side(self, side: int) -> Side:
        """The states of the first (0) or second (1) coder."""
        rows = self.events[(self.events["side"] == side) & (self.events["kind"] == "state")]
        pair, code = rows["pair"].to_numpy(), rows["code"].to_numpy()
        room = (pair * max(len(self.codes.labels), 1) + code) * self.step
        opens, closes, of = _joined(room + rows["from"].to_numpy(), room + rows["to"].to_numpy())
        shift = pair[of] * self.step - room[of]
        bits = _bits(code[of], self.words)
        return Side(*_sorted(opens + shift, bits, closes + shift))

    def places(self, rows: pd.DataFrame) -> np.ndarray:
        """Places of the onsets of events."""
        return rows["pair"].to_numpy() * self.step + rows["from"].to_numpy()


def on_line(events: pd.DataFrame, pairs: pd.DataFrame, codes: Codes) -> Line:
    """Events cut to their sessions `[start_ms, end_ms)`, with `from` and `to` (ms since the start)."""
    starts, ends = (pairs[name].to_numpy(dtype=np.int64) for name in ("start_ms", "end_ms"))
    pair = events["pair"].to_numpy(dtype=np.int64)
    onset, offset = (events[name].to_numpy(dtype=np.int64) for name in ("onset_ms", "offset_ms"))
    inside = (onset < ends[pair]) & ((offset > starts[pair]) | (onset >= starts[pair]))
    begin, length = np.maximum(onset - starts[pair], 0), np.maximum(ends - starts, 0)
    clipped = events.assign(pair=pair, **{"from": begin, "to": np.minimum(offset - starts[pair], length[pair])})
    return Line(clipped[inside], starts, length, int(length.max(initial=0)) + 2, codes)


def plain_lengths(line: Line, cell: np.ndarray, cells: int) -> np.ndarray:
    """Time (ms) covered by the events of each cell, a whole number per event; overlapping events count once."""
    room = cell * line.step
    starts, ends, _ = _joined(room + line.events["from"].to_numpy(), room + line.events["to"].to_numpy())
    return np.bincount(starts // line.step, ends - starts, cells)


def both_marked(line: Line) -> np.ndarray:
    """Per pair: whether both coders marked at least one event."""
    marked = np.zeros((len(line.starts_ms), 2), dtype=bool)
    marked[line.events["pair"].to_numpy(), line.events["side"].to_numpy()] = True
    return marked.all(axis=1)


def elementary(line: Line, points: bool = True, cuts: np.ndarray | None = None) -> Units:
    """The stretches between all boundaries of both coders, and one unit per moment of a point event.

    Pairs of which one coder marked nothing have no units. `cuts` are further boundaries (places on the line).
    """
    marked = both_marked(line)
    sides = [line.side(0), line.side(1)]
    edges = _edges(line, sides, cuts)
    onset, offset = edges[:-1], edges[1:]
    kept = (onset % line.step < line.lengths_ms[onset // line.step]) & marked[onset // line.step]
    onset, offset = onset[kept], offset[kept]
    moments, marks = _moments(line, points, marked)
    both = zip(sides, marks, strict=True)
    shown = [np.concatenate([side.at(onset), _over(mark, side.at(moments))]) for side, mark in both]
    places = np.concatenate([onset, moments])
    pair = places // line.step
    first, second, categories = named(shown, line.codes)
    back = line.starts_ms[pair] - pair * line.step
    columns = {"pair": pair, "onset_ms": places + back, "offset_ms": np.concatenate([offset, moments]) + back}
    point = np.arange(len(places)) >= len(onset)
    return Units(pd.DataFrame({**columns, "first": first, "second": second, "point": point}), categories)


def scanned(line: Line, step_ms: int, points: bool) -> Units:
    """What both coders show at `start + i * step_ms`; a point event counts at the nearest of these moments."""
    marked = both_marked(line)
    n = np.where(marked, -(-line.lengths_ms // step_ms), 0)
    pair = np.repeat(np.arange(len(n)), n)
    first_of = np.cumsum(n) - n
    moment = (np.arange(len(pair)) - first_of[pair]) * step_ms
    places = pair * line.step + moment
    rows = line.events[(line.events["kind"] == "point") & points & marked[line.events["pair"].to_numpy()]]
    nearest = (2 * rows["from"].to_numpy() + step_ms) // (2 * step_ms)
    of = rows["pair"].to_numpy()
    unit = first_of[of] + np.minimum(nearest, n[of] - 1)
    shown = []
    for side in (0, 1):
        mine = rows["side"].to_numpy() == side
        marks = _gathered(unit[mine], _bits(rows["code"].to_numpy()[mine], line.words), len(places))
        shown.append(_over(marks, line.side(side).at(places)))
    first, second, categories = named(shown, line.codes)
    at = moment + line.starts_ms[pair]
    frame = pd.DataFrame({"pair": pair, "onset_ms": at, "offset_ms": at, "first": first, "second": second})
    return Units(frame.assign(point=False), categories)


def named(shown: list[np.ndarray], codes: Codes) -> tuple[np.ndarray, np.ndarray, Categories]:
    """Categories of bits of both coders (n, words): two arrays of numbers and what they mean."""
    every = np.concatenate(shown)
    flat = every[:, 0] if every.shape[1] == 1 else every
    sets, which = np.unique(flat, axis=0, return_inverse=True)
    members = [_members(bits) for bits in sets.reshape(-1, every.shape[1])]
    combined = sorted(each for each in members if len(each) > 1)
    known = [(), *((code,) for code in range(len(codes.labels))), *combined]
    number = {each: place for place, each in enumerate(known)}
    ids = np.array([number[each] for each in members], dtype=np.int64)[which.ravel()]
    labels = (UNCODED, *(" + ".join(codes.labels[code] for code in each) for each in known[1:]))
    hidden = np.array([any(codes.unobservable[code] for code in each) for each in known])
    return ids[: len(shown[0])], ids[len(shown[0]) :], Categories(labels, hidden)


def _edges(line: Line, sides: list[Side], cuts: np.ndarray | None) -> np.ndarray:
    """All boundaries of states of both coders and of the sessions, in order, each once."""
    begin = np.arange(len(line.lengths_ms), dtype=np.int64) * line.step
    own = [begin, begin + line.lengths_ms, *(part for side in sides for part in (side.starts, side.ends))]
    edges = np.sort(np.concatenate([*own, *([] if cuts is None else [cuts])]))
    return edges[np.append(True, edges[1:] != edges[:-1])[: len(edges)]]


def _moments(line: Line, points: bool, marked: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Places with a point event of either coder, and the bits of each coder's points there."""
    rows = line.events[(line.events["kind"] == "point") & points & marked[line.events["pair"].to_numpy()]]
    moments, unit = np.unique(line.places(rows), return_inverse=True)
    marks = []
    for side in (0, 1):
        mine = rows["side"].to_numpy() == side
        marks.append(_gathered(unit[mine], _bits(rows["code"].to_numpy()[mine], line.words), len(moments)))
    return moments, marks


def _gathered(unit: np.ndarray, bits: np.ndarray, n: int) -> np.ndarray:
    """Bits of all events of a unit together."""
    found = np.zeros((n, bits.shape[1]), dtype=np.uint64)
    np.bitwise_or.at(found, unit, bits)
    return found


def _over(marks: np.ndarray, states: np.ndarray) -> np.ndarray:
    """The points where there is one, else the states."""
    return np.where((marks != 0).any(axis=1, keepdims=True), marks, states)


def _bits(code: np.ndarray, words: int) -> np.ndarray:
    """One bit per code, (n, words)."""
    found = np.zeros((len(code), words), dtype=np.uint64)
    found[np.arange(len(code)), code // WORD] = np.uint64(1) << (code % WORD).astype(np.uint64)
    return found


def _members(bits: np.ndarray) -> tuple[int, ...]:
    """Codes whose bits are set."""
    return tuple(
        place * WORD + bit for place, word in enumerate(bits.tolist()) for bit in range(WORD) if word >> bit & 1
    )


def _joined(starts: np.ndarray, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Starts and ends of the union (touching ones joined, empty ones left out), with the row each began in."""
    order = np.lexsort((ends, starts))
    order = order[ends[order] > starts[order]]
    onset, reach = starts[order], np.maximum.accumulate(ends[order])
    opens = np.flatnonzero(np.r_[True, onset[1:] > reach[:-1]][: len(onset)])
    return onset[opens], reach[np.r_[opens[1:] - 1, len(onset) - 1][: len(opens)]], order[opens]


def _sorted(
    starts: np.ndarray, bits: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Starts, ends in order, and the running sums of bits before each."""
    up, down = np.argsort(starts, kind="stable"), np.argsort(ends, kind="stable")
    nothing = np.zeros((1, bits.shape[1]), dtype=np.uint64)
    opened = np.concatenate([nothing, np.cumsum(bits[up], axis=0, dtype=np.uint64)])
    closed = np.concatenate([nothing, np.cumsum(bits[down], axis=0, dtype=np.uint64)])
    return starts[up], ends[down], opened, closed
