"""When two codes are on at once, and when two coders disagree: pure functions on the events of one observation."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.intervals import Interval, Intervals, clip, intersect, subtract, total, union


@dataclass(frozen=True)
class Strand:
    """One code of one subject: what a co-occurrence is made of."""

    subject: str
    behaviour_group: str
    code: str


@dataclass(frozen=True)
class CoOccurrence:
    """Bouts (plain intervals, ms) in which both codes were on, with the two denominators of their share.

    `seen_ms` is the session without the time in which either behaviour could not be seen.
    """

    bouts: tuple[Interval, ...]
    session_ms: int
    seen_ms: int

    @property
    def together_ms(self) -> int:
        """Time together in ms."""
        return total(self.bouts)

    @property
    def share_of_session(self) -> float | None:
        """Time together / session; missing for an empty session."""
        return self.together_ms / self.session_ms if self.session_ms else None

    @property
    def share_of_seen(self) -> float | None:
        """Time together / time in which both could be seen; missing when there was none."""
        return self.together_ms / self.seen_ms if self.seen_ms else None


@dataclass(frozen=True)
class Disagreement:
    """Stretches (plain intervals, ms) that both coders coded, but not with the same code."""

    bouts: tuple[Interval, ...]
    both_coded_ms: int

    @property
    def differing_ms(self) -> int:
        """Time of disagreement in ms."""
        return total(self.bouts)

    @property
    def share(self) -> float | None:
        """Time of disagreement / time both coded; missing when they share none."""
        return self.differing_ms / self.both_coded_ms if self.both_coded_ms else None


def spans(events: pd.DataFrame, strand: Strand, codes: Iterable[str]) -> Intervals:
    """Plain intervals of any of the codes in the strand's stream; point events take no time."""
    rows = events[
        (events["subject"] == strand.subject)
        & (events["behaviour_group"] == strand.behaviour_group)
        & events["code"].isin(list(codes))
    ]
    return union(zip(rows["onset_ms"].tolist(), rows["offset_ms"].tolist(), strict=True))


def co_occurrence(
    events: pd.DataFrame, first: Strand, second: Strand, session: Interval, unobservable: Iterable[str] = ()
) -> CoOccurrence:
    """When both strands are on inside the session (ms).

    `events` are one coder's events of one observation (subject, behaviour_group, code, onset_ms, offset_ms);
    `unobservable` are the codes that say "cannot see". Bouts that touch are one bout: cutting an event changes nothing.
    """
    blind = tuple(unobservable)
    bouts = clip(intersect(spans(events, first, [first.code]), spans(events, second, [second.code])), *session)
    unseen = clip(union(spans(events, first, blind), spans(events, second, blind)), *session)
    length = session[1] - session[0]
    return CoOccurrence(tuple(bouts), length, length - total(unseen))


def time_together(events: pd.DataFrame, first: Strand, second: Strand, coded: Iterable[str]) -> pd.Series:
    """Time together (ms) per observation of `coded` (observation_id); 0 where both were coded but never at once.

    `events` are bouts of the two strands, clipped to their sessions, with their `observation_id`. All observations
    are laid end to end on one line, so that one sweep serves a study of any size.
    """
    place, names = pd.factorize(events["observation_id"])
    step = int(events["offset_ms"].max()) + 1 if len(events) else 1
    line = events.assign(onset_ms=events["onset_ms"] + place * step, offset_ms=events["offset_ms"] + place * step)
    starts, ends = _plain(line[_of(line, first)])
    other = _plain(line[_of(line, second)])
    shared = _covered(ends, *other) - _covered(starts, *other)
    sums = pd.Series(np.bincount(starts // step, shared, len(names)), index=names).round().astype("int64")
    return sums.reindex(list(coded), fill_value=0).rename("together_ms").rename_axis("observation_id")


def _of(events: pd.DataFrame, strand: Strand) -> pd.Series:
    """Rows of one strand."""
    same = (events["subject"] == strand.subject) & (events["code"] == strand.code)
    return same & (events["behaviour_group"] == strand.behaviour_group)


def _plain(events: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends of the union of events, in order, touching ones joined."""
    events = events.sort_values("onset_ms")
    onset, reach = events["onset_ms"].to_numpy(), np.maximum.accumulate(events["offset_ms"].to_numpy())
    opens = np.flatnonzero(np.r_[True, onset[1:] > reach[:-1]][: len(onset)])
    return onset[opens], reach[np.r_[opens[1:] - 1, len(onset) - 1][: len(opens)]]


def _covered(times: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """How much of the plain intervals lies before each time (ms)."""
    before = np.r_[0, np.cumsum(ends - starts)]
    last = np.searchsorted(starts, times, side="right")
    into = np.minimum(times - np.r_[0, starts][last], np.r_[0, ends - starts][last])
    return before[np.maximum(last - 1, 0)] + np.where(last > 0, into, 0)


def disagreement(first: pd.DataFrame, second: pd.DataFrame, session: Interval) -> Disagreement:
    """Where two coders of one stream (code, onset_ms, offset_ms) differ: both coded something, no code in common.

    Time that only one of them coded is not disagreement: nobody knows what the other saw.
    """
    left, right = _by_code(first), _by_code(second)
    both = clip(intersect(union(*left.values()), union(*right.values())), *session)
    agreed = union(*(intersect(left[code], right[code]) for code in left.keys() & right.keys()))
    return Disagreement(tuple(subtract(both, agreed)), total(both))


def _by_code(events: pd.DataFrame) -> dict[str, Intervals]:
    """Plain intervals per code."""
    return {
        str(code): union(zip(rows["onset_ms"].tolist(), rows["offset_ms"].tolist(), strict=True))
        for code, rows in events.groupby("code")
    }
