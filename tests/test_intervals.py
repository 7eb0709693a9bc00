"""Interval algebra: pictures a person can check, then laws checked millisecond by millisecond."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.intervals import clip, complement, intersect, subtract, total, union


def drawn(picture: str) -> list[tuple[int, int]]:
    """Intervals of a picture: every character is 1 ms, '#' is covered."""
    edges = [i for i, (a, b) in enumerate(zip(f".{picture}", f"{picture}.", strict=True)) if a != b and "#" in (a, b)]
    return list(zip(edges[::2], edges[1::2], strict=True))


PICTURES = {
    "apart and crossing": ("##..####...#", ".#....####..", "##..######.#", ".#....##...."),
    "touching is one stretch, sharing nothing": ("###.....", "...###..", "######..", "........"),
    "inside": ("########", "..##....", "########", "..##...."),
    "nothing on one side": ("..##....", "........", "..##....", "........"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pictures_say_what_union_and_intersection_are(name):
    """Four drawn cases, answers drawn by hand."""
    first, second, either, both = PICTURES[name]
    assert union(drawn(first), drawn(second)) == drawn(either)
    assert intersect(drawn(first), drawn(second)) == drawn(both)


def test_clip_complement_subtract_total_by_hand():
    """[0,4) and [6,9) in a session of 1-8 ms."""
    coded = [(6, 9), (0, 4)]
    assert clip(coded, 1, 8) == [(1, 4), (6, 8)]
    assert complement(coded, 1, 8) == [(4, 6)]
    assert complement([], 1, 8) == [(1, 8)]
    assert subtract(coded, [(2, 7)]) == [(0, 2), (7, 9)]
    assert subtract([], [(2, 7)]) == []
    assert total([(0, 4), (2, 6), (10, 11)]) == 7


def test_empty_and_backward_intervals_take_no_time():
    """A point event has offset = onset: no time; a window that ends before it starts is empty."""
    assert union([(5, 5), (7, 6)]) == []
    assert clip([(0, 10)], 8, 3) == []
    assert complement([(0, 10)], 4, 4) == []


PAIRS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def moments(intervals) -> set[int]:
    """Second road: the covered milliseconds themselves."""
    return {t for onset, offset in intervals for t in range(onset, offset)}


@settings(max_examples=50)
@given(PAIRS, PAIRS, st.integers(0, 40), st.integers(0, 40))
def test_algebra_equals_sets_of_milliseconds(first, second, start, end):
    """Every operation is the set operation on the covered milliseconds, and its result is in plain form."""
    a, b, window = moments(first), moments(second), set(range(start, end))
    results = {
        "union": (union(first, second), a | b),
        "intersect": (intersect(first, second), a & b),
        "subtract": (subtract(first, second), a - b),
        "clip": (clip(first, start, end), a & window),
        "complement": (complement(first, start, end), window - a),
    }
    for name, (intervals, expected) in results.items():
        assert moments(intervals) == expected, name
        assert all(x < y for x, y in intervals), name
        assert all(x[1] < y[0] for x, y in zip(intervals, intervals[1:], strict=False)), name
    assert total(first) == len(a)
