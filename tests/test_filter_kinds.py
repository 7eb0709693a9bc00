"""Filters as values: answers from a link are checked, and each narrows and says exactly what it should."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.parts.filter_kinds import Choice, Flag, Range, Recorded
from pages.parts.filter_list import narrowed, offered, sentences
from pages.parts.words import escape, number, one_of, plain
from pipeline.selection import Selection, select
from tests import studies

ROLE = Choice("role", "role", "Caregiver", "", (("father", "Father"), ("mother", "Mother"), (None, "Not recorded")))
EPDS = Range("score.EPDS", "score:EPDS", "EPDS", "", 0, 30, 1)
LENGTH = Range("length", "length_ms", "Length", "", 3.0, 5.0, 0.5, "minutes", ends="low", times=60_000)
HIDDEN = Range("hidden", "not_visible_share", "Not visible", "", 0, 30, 1, "%", ends="high", over=100)
DOUBLE = Flag("double", "double_coded", "Coded by two people", "")
BOTH = Recorded("recorded", "Must be recorded", "", (("score:EPDS", "EPDS"), ("var:income", "Income")))
ALL = (ROLE, EPDS, LENGTH, HIDDEN, DOUBLE, BOTH)

HOSTILE = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.sampled_from(ROLE.words),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@given(st.sampled_from(ALL), HOSTILE)
@settings(max_examples=50)
def test_any_answer_at_all_gives_a_selection_within_the_limits(one, answer) -> None:
    selection = one.narrow(Selection(), answer)
    for _, values in selection.choices:
        assert set(values) <= {"father", "mother", None, True}
    for _, low, high in selection.ranges:
        assert all(end is None or math.isfinite(end) for end in (low, high))
    assert isinstance(one.says(answer), str)
    assert bool(one.says(answer)) == selection.narrowed


@pytest.mark.parametrize("one", ALL)
def test_the_default_narrows_nothing_and_says_nothing(one) -> None:
    assert one.narrow(Selection(), one.default) == Selection() and one.says(one.default) == ""


@pytest.mark.parametrize(
    ("one", "answer", "expected", "words"),
    [
        (ROLE, ["Father"], Selection(choices=(("role", ("father",)),)), "Caregiver: Father"),
        (ROLE, ["Not recorded", "Nobody"], Selection(choices=(("role", (None,)),)), "Caregiver: Not recorded"),
        (ROLE, ["Mother", "Father", "Not recorded"], Selection(), ""),
        (EPDS, (3, 12), Selection(ranges=(("score:EPDS", 3.0, 12.0),)), "EPDS: 3 to 12"),
        (EPDS, (3, 30), Selection(ranges=(("score:EPDS", 3.0, None),)), "EPDS: at least 3"),
        (EPDS, (0, 30), Selection(), ""),
        (EPDS, (12, 3), Selection(), ""),
        (EPDS, (-5, 999), Selection(), ""),
        (EPDS, (float("nan"), 3), Selection(), ""),
        (LENGTH, 4.5, Selection(ranges=(("length_ms", 270_000, None),)), "Length: at least 4.5 minutes"),
        (HIDDEN, 12, Selection(ranges=(("not_visible_share", None, 0.12),)), "Not visible: at most 12%"),
        (DOUBLE, True, Selection(choices=(("double_coded", (True,)),)), "Coded by two people"),
        (DOUBLE, "yes", Selection(), ""),
        (BOTH, ["Income", "EPDS"], Selection(complete=("score:EPDS", "var:income")), "EPDS and Income recorded"),
    ],
)
def test_by_hand(one, answer, expected: Selection, words: str) -> None:
    assert one.narrow(Selection(), answer) == expected
    assert one.says(answer) == words


def test_only_filters_that_can_matter_are_offered(hand_frame, hand_lists) -> None:
    home = hand_frame[hand_frame["protocol"] == "home_headcam"]
    keys = {one.key for one in offered(home, *hand_lists)}
    assert {"role", "child_sex", "visit", "age", "score.EPDS", "var.income", "var.years", "length", "cameras"} <= keys
    mothers = home[(home["role"] == "mother") & (home["activity"] == "feeding")]
    keys = {one.key for one in offered(mothers, *hand_lists)}
    assert not {"role", "activity", "length", "visit"} & keys


def test_limits_are_round_and_hold_every_value(hand_frame, hand_lists) -> None:
    found = {one.key: one for one in offered(hand_frame, *hand_lists) if isinstance(one, Range)}
    assert (found["score.EPDS"].low, found["score.EPDS"].high, found["score.EPDS"].step) == (0, 30, 1)
    assert (found["age"].low, found["age"].high, found["age"].step) == (6.0, 9.4, 0.1)
    assert (found["length"].low, found["length"].high) == (2.0, 6.0)
    for one in found.values():
        column = hand_frame[one.column].dropna() * one.over / one.times
        assert one.low <= column.min() + 1e-9 and column.max() <= one.high + 1e-9


def test_answers_become_one_selection(hand_frame, hand_lists) -> None:
    filters = offered(hand_frame, *hand_lists)
    answers = {"role": ["Mother"], "var.income": ["Low", "Not recorded"], "score.EPDS": (0, 12), "bogus": [1]}
    kept = select(hand_frame, narrowed(filters, answers, Selection(protocol="home_headcam")))
    assert list(kept["observation_id"]) == ["O01", "O02", "O08"]
    assert sentences(filters, answers) == (
        "Caregiver: Mother",
        "EPDS (depressive symptoms): at most 12",
        "Household income: Low or Not recorded",
    )


def test_the_wide_frame_equals_the_table_it_was_written_from(hand_frame) -> None:
    written = studies.rows()
    assert list(hand_frame["observation_id"]) == list(written["observation_id"])
    for wide, column in (("score:EPDS", "EPDS"), ("var:years", "years"), ("var:income", "income")):
        assert hand_frame[wide].isna().tolist() == written[column].isna().tolist()
        assert hand_frame[wide].dropna().tolist() == written[column].dropna().tolist()


def test_words() -> None:
    assert plain("free_play") == "Free play" and plain(None) == plain(float("nan")) == "Not recorded"
    assert one_of(["a"]) == "a" and one_of(["a", "b", "c"]) == "a, b or c" and one_of([]) == ""
    assert number(7.0) == "7" and number(7.25) == "7.25"
    assert escape("**b** [x](y) :material/bug: 3: 4") == r"\*\*b\*\* \[x\](y) \:material/bug: 3: 4"
