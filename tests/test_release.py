"""What may leave: the naive mask of the paper's Table 1 is broken here, ours is attacked in the same ways and holds."""

import csv
import io
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures.suppression import LEAST_WIDTH, Cells, hidden_cells
from pipeline.steps.release import (
    SYMBOL,
    NotReleased,
    ReleaseSpec,
    T,
    csv_bytes,
    release,
    renamed,
    shown,
    small,
)

# Table 1 of the head-camera paper as printed: n and percent of families with the score, n and percent of those without.
PRINTED = """
EPDS  sex    female 38 52.05 9  37.50
EPDS  sex    male   35 47.95 15 69.50
EPDS  order  first  50 68.49 18 75.00
EPDS  order  second 20 27.40 5  20.83
EPDS  order  third  <5 4.11  <5 4.17
EPDS  camera old    53 72.60 13 54.17
EPDS  camera new    20 27.40 11 45.83
EPDS  role   mother 61 83.56 20 83.33
EPDS  role   father 12 16.44 <5 16.67
SAPAS sex    female 36 43.37 11 78.57
SAPAS sex    male   47 56.63 <5 21.43
SAPAS order  first  58 69.88 10 71.43
SAPAS order  second 21 25.30 <5 28.57
SAPAS order  third  <5 4.82  0  0
SAPAS camera old    55 66.27 11 78.57
SAPAS camera new    28 33.73 <5 21.43
SAPAS role   mother 70 84.34 11 78.57
SAPAS role   father 13 15.66 <5 21.43
"""
COLUMN_N = {"EPDS": (73, 24), "SAPAS": (83, 14)}
"""Families with and without each score, as printed (N of the child's age)."""
GROUPS = ("complete", "missing")
LINES = ReleaseSpec(
    labels=("instrument", "characteristic", "level"),
    counts=("n_complete", "n_missing"),
    percents=(("percent_complete", "n_complete"), ("percent_missing", "n_missing")),
    margins=(("instrument", "characteristic"),),
    across=(("n_complete", "n_missing"),),
)


def printed() -> pd.DataFrame:
    """The published table: NaN where it prints '<5'."""
    columns = ["instrument", "characteristic", "level"]
    columns += [f"{what}_{group}" for group in GROUPS for what in ("n", "percent")]
    frame = pd.DataFrame([line.split() for line in PRINTED.strip().splitlines()], columns=columns)
    for column in columns[3:]:
        frame[column] = pd.to_numeric(frame[column].replace("<5", None))
    return frame


def from_percentages(table: pd.DataFrame) -> pd.DataFrame:
    """Hidden cells filled where exactly one count of 1 to 4 gives the printed percentage."""
    table = table.copy()
    for row, place in product(table.index, range(2)):
        n, percent = f"n_{GROUPS[place]}", table.loc[row, f"percent_{GROUPS[place]}"]
        total = COLUMN_N[table.loc[row, "instrument"]][place]
        fits = [count for count in range(1, T) if abs(100 * count / total - percent) < 0.006]
        if np.isnan(table.loc[row, n]) and len(fits) == 1:
            table.loc[row, n] = fits[0]
    return table


def from_totals(table: pd.DataFrame) -> pd.DataFrame:
    """Hidden cells filled where they are the only one of their characteristic: column N minus the others."""
    table = table.copy()
    for (instrument, _), rows in table.groupby(["instrument", "characteristic"]):
        for place, group in enumerate(GROUPS):
            values = rows[f"n_{group}"]
            if values.isna().sum() == 1:
                table.loc[values.index[values.isna()], f"n_{group}"] = COLUMN_N[instrument][place] - values.sum()
    return table


def hidden_count(table: pd.DataFrame) -> int:
    return int(table[["n_complete", "n_missing"]].isna().sum().sum())


def test_the_naive_mask_of_the_paper_is_recovered_twice() -> None:
    """8 of 8 hidden cells by their percentage, 8 of 8 again by the column N, and both ways agree."""
    table = printed()
    assert hidden_count(table) == 8
    by_percentage, by_total = from_percentages(table), from_totals(table)
    assert hidden_count(by_percentage) == 0 and hidden_count(by_total) == 0
    pd.testing.assert_frame_equal(by_percentage, by_total)


def test_the_printed_69_50_is_an_erratum() -> None:
    male = printed().set_index(["instrument", "characteristic", "level"]).loc[("EPDS", "sex", "male")]
    assert 100 * male["n_missing"] / COLUMN_N["EPDS"][1] == 62.5 and male["percent_missing"] == 69.5


def test_our_mask_of_the_same_table_gives_nothing_away() -> None:
    """The recovered table through release: both attacks find nothing, nor does trying every table that fits."""
    true = from_totals(printed())
    released = release(true, LINES, "presenting")
    ours = released.frame
    before = hidden_count(ours)
    assert before >= 8
    assert hidden_count(from_percentages(ours)) == before and hidden_count(from_totals(ours)) == before
    for _, rows in true.groupby(["instrument", "characteristic"]):
        mask = released.hidden.loc[rows.index, list(LINES.counts)].to_numpy()
        counts = rows[list(LINES.counts)].to_numpy(dtype=int)
        rare = counts.sum(axis=1).min() < T  # third-born: their total is itself small, so it is never shown by us
        assert all(len(values) > (1 if rare else LEAST_WIDTH) for values in possible(counts, mask))
    assert ours.loc[ours["n_missing"].isna(), "percent_missing"].isna().all(), "no percentage of a hidden count"


def possible(counts: np.ndarray, mask: np.ndarray) -> list[set[int]]:
    """Every hidden cell's values over all two-column tables with these margins: brute force, the attacker's view.

    He knows all row and column totals and that a hidden count is at least 1 (0 where a zero was hidden).
    """
    least = 0 if (counts[mask] == 0).any() else 1
    totals, column = counts.sum(axis=1), counts[:, 0].sum()
    choices = [
        range(least, total - least + 1) if mask[row].all() else (counts[row, 0],) for row, total in enumerate(totals)
    ]
    found: dict[tuple[int, int], set[int]] = {(row, place): set() for row, place in zip(*np.nonzero(mask), strict=True)}
    for first in product(*choices):
        if sum(first) == column:
            for row, place in found:
                found[row, place].add(first[row] if place == 0 else totals[row] - first[row])
    return list(found.values())


two_columns = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 14)), min_size=2, max_size=3)


@settings(max_examples=40, deadline=None)
@given(two_columns)
def test_no_hidden_count_can_be_worked_out(table: list[tuple[int, int]]) -> None:
    """Any table whose totals may be shown at all (T and more): four or more values stay possible for a hidden cell."""
    counts = np.array(table)
    margins = [*counts.sum(axis=0), *counts.sum(axis=1)]
    position = np.arange(counts.size).reshape(counts.shape)
    lines = (*map(tuple, position), *map(tuple, position.T))
    mask = hidden_cells(Cells(counts.ravel().astype(float), lines), T).reshape(counts.shape)
    assert mask[(counts > 0) & (counts < T)].all(), "every small count is hidden"
    assert mask.any() == ((counts > 0) & (counts < T)).any(), "nothing is hidden without need"
    assert (mask.sum(axis=0) != 1).all() and (mask.sum(axis=1) != 1).all(), "never one alone in a line"
    if min(margins) >= 2 * T:
        assert all(len(values) > LEAST_WIDTH for values in possible(counts, mask))


def test_a_table_without_small_counts_is_untouched() -> None:
    frame = pd.DataFrame({"level": ["a", "b", "c"], "n": [5, 0, 90], "percent": [5.3, 0.0, 94.7]})
    spec = ReleaseSpec(labels=("level",), counts=("n",), percents=(("percent", "n"),))
    released = release(frame, spec, "presenting")
    assert not released.masked
    pd.testing.assert_frame_equal(released.frame, frame, check_dtype=False)
    assert released.note == "Nothing is hidden: no cell shows or gives away a count of 1 to 4 families."


def test_four_is_hidden_and_five_is_shown() -> None:
    frame = pd.DataFrame({"level": ["a", "b", "c", "d"], "n": [4, 5, 60, 31]})
    spec = ReleaseSpec(labels=("level",), counts=("n",), margins=((),))
    alone = release(frame, ReleaseSpec(labels=("level",), counts=("n",)), "presenting")
    assert shown(alone)["n"].tolist() == [SYMBOL, 5, 60, 31]
    frame["all"] = "x"
    together = release(frame, ReleaseSpec(labels=("level", "all"), counts=("n",), margins=(("all",),)), "presenting")
    assert shown(together)["n"].tolist() == [SYMBOL, SYMBOL, 60, 31], "the smallest neighbour goes with it, same symbol"
    assert spec.threshold == T == 5


def test_a_line_of_ones_hides_its_zeros_too() -> None:
    """Five ones and a zero with a known total of 5: hiding only the ones would give all of them away."""
    mask = hidden_cells(Cells(np.array([1.0, 1, 1, 1, 1, 0]), (tuple(range(6)),)), T)
    assert mask.all()


def test_statistics_of_small_groups_and_extremes_are_not_shown() -> None:
    frame = pd.DataFrame({"role": ["mother", "father"], "n": [40, 3], "mean": [6.1, 4.0], "low": [0, 1], "id": [7, 8]})
    spec = ReleaseSpec(labels=("role",), counts=("n",), statistics=(("mean", "n"),), extremes=("low",))
    released = release(frame, spec, "presenting")
    assert list(released.frame) == ["role", "n", "mean"], "extremes and undeclared columns (ids) do not come along"
    assert shown(released)["mean"].tolist() == [6.1, SYMBOL]


def test_a_difference_is_hidden_with_any_count_of_its_characteristic() -> None:
    gaps = [0.8, np.nan, np.nan]
    frame = pd.DataFrame({"what": ["order"] * 3, "level": [1, 2, 3], "n": [40, 30, 2], "difference": gaps})
    spec = ReleaseSpec(labels=("what", "level"), counts=("n",), statistics=(("difference", "n"),), margins=(("what",),))
    table = shown(release(frame, spec, "presenting"))
    assert table["n"].tolist() == [40, SYMBOL, SYMBOL] and table["difference"].tolist()[0] == SYMBOL


def test_analyst_mode_passes_the_frame_as_it_is() -> None:
    frame = pd.DataFrame({"n": [1, 2]})
    released = release(frame, ReleaseSpec(counts=("n",)), "analyst")
    assert released.frame is frame and not released.masked and released.note == ""


def test_disc_single_recordings_are_refused_when_presenting() -> None:
    with pytest.raises(NotReleased) as refusal:
        release(pd.DataFrame({"observation_id": ["O1"]}), ReleaseSpec(individual=True), "presenting")
    assert str(refusal.value) == (
        "This view is not available in presenting mode: it describes fewer than 5 families. "
        "Choose a view of the whole study."
    )


def test_small_marks_one_to_four() -> None:
    assert small(pd.Series([0, 1, 4, 5, 90])).tolist() == [False, True, True, False, False]


def test_renamed_keeps_masks_with_their_columns() -> None:
    frame = pd.DataFrame({"level": ["a", "b"], "n": [2, 50], "share": [3.846, 96.154]})
    spec = ReleaseSpec(labels=("level",), counts=("n",), percents=(("share", "n"),))
    told = renamed(release(frame, spec, "presenting"), {"share": "Percent", "n": "Families", "absent": "?"}, 1)
    assert list(told.frame) == ["Percent", "Families"]
    assert shown(told).to_numpy().tolist() == [[SYMBOL, SYMBOL], [96.2, 50]]


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_csv_of_a_masked_table_holds_no_hidden_number() -> None:
    frame = pd.DataFrame({"level": ["a", "b"], "n": [3, 17]})
    content = rows_of(csv_bytes(release(frame, ReleaseSpec(labels=("level",), counts=("n",)), "presenting")))
    assert content[:3] == [["level", "n"], ["a", SYMBOL], ["b", "17"]]
    assert content[3][0].startswith(f"{SYMBOL}: not shown, because a count of 1 to 4 families")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=1+1", "'=1+1"), ("+cmd", "'+cmd"), ("-2+3", "'-2+3"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("\rx", "'\rx"), ("\nx", "'\nx"), ("-3.5", "-3.5"), ("+7", "+7"), ("-1e-5", "-1e-5"), ("- 3", "'- 3"),
        ("a=1", "a=1"), ("", ""), ("NA", "NA"), ("0012", "0012"), ("-inf", "'-inf"),
    ],
)  # fmt: skip
def test_csv_text_that_a_spreadsheet_would_run_is_defused(text: str, written: str) -> None:
    released = release(pd.DataFrame({"=label": [text]}), ReleaseSpec(), "analyst")
    assert rows_of(csv_bytes(released)) == [["'=label"], [written]]


def test_csv_writes_missing_as_nothing_and_whole_numbers_whole() -> None:
    frame = pd.DataFrame({"n": [3.0, np.nan], "share": [1 / 3, -2.5], "text": ["Größe", None], "yes": [True, False]})
    assert rows_of(csv_bytes(release(frame, ReleaseSpec(), "analyst"))) == [
        ["n", "share", "text", "yes"],
        ["3", "0.3333333333", "Größe", "True"],
        ["", "-2.5", "", "False"],
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_csv_round_trip_never_starts_with_a_formula(texts: list[str]) -> None:
    content = csv_bytes(release(pd.DataFrame({"a": texts, "b": "end"}), ReleaseSpec(), "analyst"))
    back = rows_of(content)[1:]
    assert [row[0].lstrip("'") for row in back] == [text.lstrip("'") for text in texts]
    assert not any(row[0].startswith(("=", "@", "\t", "\r", "\n")) for row in back)
