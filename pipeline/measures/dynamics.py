"""Streams of several recordings as arrays, the common ground of all measures of what follows what. Pure.

Events of one subject and behaviour group are cut to their sessions; times are whole milliseconds since the start of
the session. A state that is already on when the session starts has no onset: nobody saw it begin (`begins` False).
"Event-based" goes from bout to bout, without transitions of a code to itself; "time-sampled" looks every `step_ms`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.measures.durations import clip

MISSING = -1
"""Code of a moment at which nothing is coded."""
BOUT = ("observation", "code", "onset_ms", "offset_ms", "begins")
DRAWS, SEED = 1_000, 20_240_117


@dataclass(frozen=True)
class Stream:
    """Bouts in order of recording and onset: one element per bout in `observation` (0, 1, ...), `code` (position in
    `labels`), `onset_ms`, `offset_ms`, `begins`; one per recording in `lengths_ms`.
    """

    labels: tuple[str, ...]
    observation: np.ndarray
    code: np.ndarray
    onset_ms: np.ndarray
    offset_ms: np.ndarray
    begins: np.ndarray
    lengths_ms: np.ndarray

    @property
    def recordings(self) -> int:
        """How many recordings, those without a bout included."""
        return len(self.lengths_ms)

    @property
    def room(self) -> int:
        """Length of one recording's place on the line on which all recordings lie end to end; never reached."""
        return 4 * int(self.lengths_ms.max(initial=0)) + 4

    def places(self, times_ms: np.ndarray) -> np.ndarray:
        """Places on the line of times of all bouts."""
        return self.observation * self.room + times_ms

    def taken(self, which: np.ndarray) -> "Stream":
        """The chosen bouts (mask or positions) of the same recordings."""
        return replace(self, **{name: getattr(self, name)[which] for name in BOUT})

    def cut(self, lengths_ms: np.ndarray) -> "Stream":
        """The same recordings, ended earlier."""
        kept = self.taken(self.onset_ms < lengths_ms[self.observation])
        offset = np.minimum(kept.offset_ms, lengths_ms[kept.observation])
        return replace(kept, offset_ms=offset, lengths_ms=lengths_ms)


@dataclass(frozen=True)
class Series:
    """What was coded every `step_ms`: `codes` of all recordings one after another (MISSING: nothing), the recording of
    each sample, and how many samples follow it in its recording.
    """

    labels: tuple[str, ...]
    codes: np.ndarray
    observation: np.ndarray
    left: np.ndarray
    step_ms: int
    recordings: int


@dataclass(frozen=True)
class Pairs:
    """What followed what: recording, given code and target code of each counted pair."""

    observation: np.ndarray
    given: np.ndarray
    target: np.ndarray


def stream_of(events: pd.DataFrame, sessions: pd.DataFrame, labels: tuple[str, ...]) -> Stream:
    """The events (observation_id, code, onset_ms, offset_ms) of the sessions (observation_id, start_ms, end_ms).

    Recordings are numbered in the order of `sessions`; codes that are not in `labels` are left out: they are missing.
    """
    found = clip(events[events["code"].isin(labels)], sessions)
    number = pd.Index(sessions["observation_id"]).get_indexer(found["observation_id"]).astype(np.int64)
    start, end = (sessions[name].to_numpy(dtype=np.int64) for name in ("start_ms", "end_ms"))
    onset, offset = (found[name].to_numpy(dtype=np.int64) - start[number] for name in ("onset_ms", "offset_ms"))
    code = pd.Index(labels).get_indexer(found["code"]).astype(np.int64)
    return ordered(Stream(labels, number, code, onset, offset, (onset > 0) | (offset == onset), end - start))


def ordered(stream: Stream) -> Stream:
    """The stream with its bouts in order of recording, onset, end and code."""
    return stream.taken(np.lexsort((stream.code, stream.offset_ms, stream.onset_ms, stream.observation)))


def changes(stream: Stream) -> np.ndarray:
    """Whether each bout is the first of its recording, or of another code than the one before."""
    same = np.zeros(len(stream.code), dtype=bool)
    same[1:] = (stream.observation[1:] == stream.observation[:-1]) & (stream.code[1:] == stream.code[:-1])
    return ~same


def chain(stream: Stream) -> Stream:
    """Bouts without immediate repetitions: a bout of the same code as the one before belongs to it."""
    return stream.taken(changes(stream))


def shown(stream: Stream, places: np.ndarray) -> np.ndarray:
    """Code that is on at each place of the line (sorted); of several the one that began last. Points are never on."""
    first = np.searchsorted(places, stream.places(stream.onset_ms))
    last = np.searchsorted(places, stream.places(stream.offset_ms))
    n = np.maximum(last - first, 0)
    of = np.repeat(np.arange(len(n)), n)
    codes = np.full(len(places), MISSING, dtype=np.int64)
    codes[first[of] + np.arange(len(of)) - (np.cumsum(n) - n)[of]] = stream.code[of]
    return codes


def sampled(stream: Stream, step_ms: int) -> Series:
    """The stream at 0, step_ms, 2 step_ms, ... before the end of each recording."""
    n = -(-stream.lengths_ms // step_ms)
    observation = np.repeat(np.arange(len(n)), n)
    place = np.arange(len(observation)) - (np.cumsum(n) - n)[observation]
    codes = shown(stream, observation * stream.room + place * step_ms)
    return Series(stream.labels, codes, observation, n[observation] - place - 1, step_ms, len(n))


def bootstrap(
    sums: np.ndarray,
    families: np.ndarray,
    value: Callable[[np.ndarray], np.ndarray],
    draws: int = DRAWS,
    seed: int = SEED,
) -> tuple[float, float]:
    """95 % interval of `value` (of sums (..., k) over recordings) by drawing families with replacement.

    `sums` (recordings, k) are added up per family; missing with fewer than two families, or where a twentieth of the
    draws has no value.
    """
    names, of = np.unique(families, return_inverse=True)
    if len(names) < 2:
        return np.nan, np.nan
    totals = np.zeros((len(names), sums.shape[1]))
    np.add.at(totals, of, sums)
    times = np.random.default_rng(seed).multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    found = value(times @ totals)
    known = found[~np.isnan(found)]
    if len(known) < 0.95 * draws:
        return np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975])
    return float(low), float(high)
