"""Algebra of time intervals: integer milliseconds, half-open [onset, offset), written as plain pairs.

Every function takes intervals in any order, overlapping or not, and returns them in *plain form*: sorted, disjoint,
not touching, none empty. Two events that meet at one moment are therefore one stretch of time.
"""

from collections.abc import Iterable

Interval = tuple[int, int]
Intervals = list[Interval]


def union(*parts: Iterable[Interval]) -> Intervals:
    """Time covered by any of the parts; with one part, its plain form."""
    plain: Intervals = []
    for onset, offset in sorted(pair for part in parts for pair in part if pair[1] > pair[0]):
        if plain and onset <= plain[-1][1]:
            plain[-1] = (plain[-1][0], max(plain[-1][1], offset))
        else:
            plain.append((int(onset), int(offset)))
    return plain


def intersect(first: Iterable[Interval], second: Iterable[Interval]) -> Intervals:
    """Time covered by both."""
    left, right, shared = union(first), union(second), []
    i = j = 0
    while i < len(left) and j < len(right):
        onset, offset = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if onset < offset:
            shared.append((onset, offset))
        if left[i][1] <= right[j][1]:
            i += 1
        else:
            j += 1
    return shared


def clip(intervals: Iterable[Interval], start: int, end: int) -> Intervals:
    """The part of the intervals inside [start, end)."""
    return union((max(onset, start), min(offset, end)) for onset, offset in intervals)


def complement(intervals: Iterable[Interval], start: int, end: int) -> Intervals:
    """Time of [start, end) that no interval covers."""
    inside = clip(intervals, start, end)
    edges = [start, *(edge for pair in inside for edge in pair), end]
    return union(zip(edges[::2], edges[1::2], strict=True))


def subtract(first: Iterable[Interval], second: Iterable[Interval]) -> Intervals:
    """Time covered by the first but not by the second."""
    kept = union(first)
    return intersect(kept, complement(second, kept[0][0], kept[-1][1])) if kept else []


def total(intervals: Iterable[Interval]) -> int:
    """Length of the covered time in ms; overlapping intervals count once."""
    return sum(offset - onset for onset, offset in union(intervals))
