"""Questionnaire totals: hand tables, exact fractions, and one DuckDB statement as the second road."""

import math
from fractions import Fraction

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.instrument import known_instruments, load_instrument
from pipeline.measures.scores import Fault, bands, reverse, score

NAN = math.nan
EPDS = load_instrument("EPDS")
SAPAS = load_instrument("SAPAS")
PSS = load_instrument("PSS-10")
PHQ = load_instrument("PHQ-9")
WITH_ITEMS = [name for name in known_instruments() if load_instrument(name).items]

# EPDS: items 3 and 5-10 count 3 - answer.
#        1  2  3  4  5  6  7  8  9  10    by hand
HAND_EPDS = [
    ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 21),  # 7 reversed items give 3 each
    ([0, 0, 3, 0, 3, 3, 3, 3, 3, 3], 0),  # best answer everywhere
    ([3, 3, 0, 3, 0, 0, 0, 0, 0, 0], 30),  # worst answer everywhere
    ([1, 2, 3, 0, 2, 1, 0, 3, 2, 1], 12),  # 1 + 2 + 0 + 0 + 1 + 2 + 3 + 0 + 1 + 2
]
# SAPAS: item 3 counts 1 - answer. PSS-10: items 4, 5, 7, 8 count 4 - answer.
HAND_OTHERS = [
    (SAPAS, [0, 0, 0, 0, 0, 0, 0, 0], 1),
    (SAPAS, [0, 0, 1, 0, 0, 0, 0, 0], 0),
    (SAPAS, [1, 1, 0, 1, 1, 1, 1, 1], 8),
    (PSS, [2, 2, 2, 2, 2, 2, 2, 2, 2, 2], 20),
    (PSS, [4, 4, 4, 0, 0, 4, 0, 0, 4, 4], 40),
    (PSS, [0, 1, 2, 3, 4, 0, 1, 2, 3, 4], 16),  # 0 + 1 + 2 + 1 + 0 + 0 + 3 + 2 + 3 + 4
    (PHQ, [0, 1, 2, 3, 0, 1, 2, 3, 0], 12),
]


@pytest.mark.parametrize(("answers", "total"), HAND_EPDS)
def test_epds_by_hand(answers, total):
    scored = score(EPDS, answers)
    assert (scored.total, scored.origin, scored.missing_items, scored.faults) == (total, "items", 0, ())


@pytest.mark.parametrize(("instrument", "answers", "total"), HAND_OTHERS)
def test_other_instruments_by_hand(instrument, answers, total):
    assert score(instrument, answers).total == total


@pytest.mark.parametrize("name", WITH_ITEMS)
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_sum_in_fractions_and_in_sql(name, data):
    """Total == exact sum == one statement in DuckDB; and it lies in the instrument's range."""
    instrument = load_instrument(name)
    items = instrument.items
    answers = data.draw(
        st.lists(st.integers(int(items.low), int(items.high)), min_size=items.count, max_size=items.count)
    )
    exact = sum(
        Fraction(items.low + items.high) - answer if number in items.reversed else Fraction(answer)
        for number, answer in enumerate(answers, start=1)
    )
    frame = pd.DataFrame({"item": range(1, items.count + 1), "value": answers})  # noqa: F841 (read by the statement)
    statement = "select sum(case when list_contains($turned, item) then $turn - value else value end) from frame"
    [in_sql] = duckdb.execute(statement, {"turned": list(items.reversed), "turn": items.low + items.high}).fetchone()
    total = score(instrument, answers).total
    assert total == float(exact) == in_sql
    assert instrument.low <= total <= instrument.high


@given(answers=st.lists(st.integers(0, 3), min_size=10, max_size=10), hole=st.integers(0, 9))
@settings(max_examples=30)
def test_any_missing_item_makes_the_total_missing(answers, hole):
    answers = [NAN if place == hole else answer for place, answer in enumerate(answers)]
    scored = score(EPDS, answers)
    assert math.isnan(scored.total) and scored.missing_items == 1 and scored.faults == ()


@given(st.lists(st.integers(0, 3), min_size=10, max_size=10))
@settings(max_examples=30)
def test_reversing_twice_changes_nothing(answers):
    assert reverse(EPDS, reverse(EPDS, answers)) == tuple(answers)


#   answers of SAPAS (8)            file's total   ->  total, origin, missing, faults
TOTALS = [
    ([0, 0, 1, 0, 0, 0, 0, 1], 1, 1, "items", 0, []),
    ([0, 0, 1, 0, 0, 0, 0, 1], 2, 1, "items", 0, ["total_contradicts_items"]),
    ([0, 0, 1, 0, 0, 0, 0, NAN], 1, NAN, "items", 1, ["total_without_all_items"]),
    ([NAN] * 8, 3, 3, "total", 8, []),
    ([NAN] * 8, NAN, NAN, "items", 8, []),
    ([NAN] * 8, 9, NAN, "items", 8, ["total_out_of_range"]),
    ([0, 0, 1, 0, 0, 0, 0, 2], NAN, NAN, "items", 1, ["item_out_of_range"]),
    ([0, 0, 1, 0, 0, 0, 0, 0.5], NAN, NAN, "items", 1, ["item_out_of_range"]),
    ([0, 0, 1, 0, 0, 0, 0, -9], 4, NAN, "items", 1, ["item_out_of_range", "total_without_all_items"]),
    ([-9] * 8, 4, NAN, "items", 8, ["item_out_of_range"] * 8 + ["total_without_all_items"]),
    ([], 8, 8, "total", 0, []),
    ([], -1, NAN, "total", 0, ["total_out_of_range"]),
    ([], NAN, NAN, "total", 0, []),
]


@pytest.mark.parametrize(("answers", "given_total", "total", "origin", "missing", "faults"), TOTALS)
def test_items_and_totals(answers, given_total, total, origin, missing, faults):
    scored = score(SAPAS, answers, given_total)
    assert scored.total == pytest.approx(total, nan_ok=True)
    assert (scored.origin, scored.missing_items) == (origin, missing)
    assert [fault.kind for fault in scored.faults] == faults


def test_a_refused_item_is_named_and_not_stored():
    scored = score(SAPAS, [0, 0, 1, 7, 0, 0, 0, 0])
    assert scored.faults == (Fault("item_out_of_range", 4),)
    assert math.isnan(scored.answers[3]) and scored.answers[2] == 1


def test_a_wrong_number_of_answers_is_a_bug():
    with pytest.raises(ValueError, match="SAPAS has 8 items, not 7"):
        score(SAPAS, [0] * 7)
    with pytest.raises(ValueError, match="PEARLS has 0 items, not 3"):
        score(load_instrument("PEARLS"), [0] * 3)


def test_bands_at_their_edges():
    totals = pd.Series([0, 4, 5, 9, 10, 14, 15, 19, 20, 27, NAN, 4.5])
    expected = ["minimal"] * 2 + ["mild"] * 2 + ["moderate"] * 2 + ["moderately severe"] * 2 + ["severe"] * 2
    found = bands(totals, PHQ)
    assert found.tolist()[:10] == expected
    assert found.isna().tolist() == [False] * 10 + [True, True]
    assert found.cat.ordered and found.cat.categories[0] == "minimal"


def test_no_bands_no_category():
    assert bands(pd.Series([3.0, 12.0]), EPDS).isna().all()
