"""The audit finds what can be worked out from all views together: by hand, by brute force, on the paper's table."""

import time
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures.release_admission import admitted
from pipeline.measures.release_audit import (
    Sums,
    audit,
    changed,
    exposed_families,
    leaking_sums,
    leaking_tables,
    small_differences,
    small_sums,
)
from pipeline.measures.release_intervals import Cell, Table, given_away, hide, protected, ranges
from pipeline.measures.release_shapes import binned, bins, whiskers
from pipeline.selection import Selection
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_mask import View, admit, sums
from pipeline.steps.release_profile import profile, rounded, significant
from pipeline.steps.release_views import Answer, Part, Template, top_two
from tests.release_parts import naive_tables

T = 5


def masks(*pictures: str) -> np.ndarray:
    """One mask per line: '##..' are the first two of four recordings."""
    return np.array([[sign == "#" for sign in picture] for picture in pictures])


def own(size: int) -> np.ndarray:
    """Every recording is of a family of its own."""
    return np.arange(size)


@pytest.mark.parametrize("percentages", [True, False])
def test_the_papers_table_fails_with_all_of_its_hidden_cells_recovered(percentages: bool) -> None:
    """8 of 8, by the printed percentages and again by the N of the columns."""
    leaks = leaking_tables(naive_tables(percentages), T)
    assert [(leak.view, leak.exact) for leak in leaks] == [("Table 1", 8)]


def test_two_views_that_differ_by_four_families() -> None:
    whole, level = "##########", "######...."
    assert small_differences(masks(whole, level), own(10), T) == [(0, 1)]
    assert not small_differences(masks(whole, "#####....."), own(10), T), "five may be subtracted"
    pairs = np.array([0, 1, 2, 3, 4, 5, 6, 6, 7, 7])
    assert small_differences(masks(whole, "#####....."), pairs, T) == [(0, 1)], "families count, not recordings"
    assert not small_differences(masks(whole, whole), own(10), T)


def test_all_levels_of_a_variable_add_up_to_a_view() -> None:
    """Whole minus both levels leaves the two families whose camera is not known."""
    views = masks("############", "#####.......", ".....#####..")
    assert small_differences(views, own(12), T) == [(0, 2)]


def named(views: np.ndarray, families: np.ndarray, threshold: int) -> set[frozenset[int]]:
    """Which views give a few families together."""
    return {frozenset(set(one) - {-1}) for one in small_sums(views, families, threshold).tolist()}


def test_fathers_less_the_fathers_at_the_meal() -> None:
    """Fathers, mothers, mothers at the meal, all at the meal: fathers + mothers at the meal - all at the meal are three
    fathers who were seen elsewhere only. No two views say anything, nor does a union of those that do not meet."""
    fathers, mothers = "########..........", "........##########"
    views, families = masks(fathers, mothers, "........#####.....", "...##########....."), own(18)
    assert not small_differences(views, families, T)
    assert named(views, families, T) == {frozenset({0, 2, 3})}
    words = f"with up to three other views it is a number of fewer than {T} families"
    assert leaking_sums(views, families, T) == [(3, words)]
    batches = np.array(["role", "role", "meal", "meal"], dtype=object)
    assert admitted(views, batches, families, T).tolist() == [True, True, False, True], "the larger one of the two"
    assert not named(views, families, 3), "three are not few"


def smiles_view(key: str, measured: str, kind: str, part: str, picture: str) -> View:
    """A view of one mean at 12 months, of some recordings."""
    spec = ReleaseSpec(labels=("group", "kind"), counts=("families",), statistics=(("mean", "families"),))
    frame = pd.DataFrame({"group": ["12 months"], "kind": [kind], "families": [picture.count("#")], "mean": [1.0]})
    answer = Answer(frame, masks(picture)[None])
    template = Template(
        key, "smiles", "play", "", "", "", spec, lambda _: answer, {}, among=("group", "kind"), measured=measured
    )
    return View(
        f"{key} {part}", template, Part(Selection(), part), answer, np.ones(11, dtype=bool), np.array([[False]])
    )


@pytest.mark.parametrize(("measured", "shown"), [("features", [True, False, True]), ("", [True, True, True])])
def test_what_two_templates_show_together(measured: str, shown: list[bool]) -> None:
    """All at 12 months less those of a low band (a filter) and of a moderate band (another view): one family is left.
    Templates that say that they show the same are looked at together, and the bands of all come before a filter."""
    pictures = ("features", "", "", "###########"), ("features", "", "PSS", "#####......"), ("bands", "moderate", "")
    views = [smiles_view(one[0], measured, one[1], one[2], (*one, ".....#####.")[3]) for one in pictures]
    data = SimpleNamespace(families=own(11))
    assert named(np.vstack([view.answer.behind[0] for view in views]), own(11), T) == {frozenset({0, 1, 2})}
    assert bool(audit(sums(views, data), (), T)) == bool(measured)
    admit(views, data, profile(T))
    assert [not view.hidden[0, 0] for view in views] == shown
    assert not audit(sums(views, data), (), T)


def test_four_views_leave_a_few_families() -> None:
    """A + B + D - C is the last family; C + D - A - B are the last two. With five families each no two or three do."""
    thirds = masks("#####...........", ".....#####......", "..........######", "###############.")
    assert named(thirds, own(16), 2) == {frozenset(range(4))}
    across = masks("######........", "......######..", "###...###...#.", "...###...###.#")
    assert named(across, own(14), T) == {frozenset(range(4))}


def test_a_few_families_twice() -> None:
    """All but the last five, all but the middle five, all but the first four: the first four are left twice."""
    views = masks("#########.....", "####.....#####", "....##########")
    assert named(views, own(14), T) == {frozenset({0, 1, 2})} and not named(views, own(14), 4)


def test_a_few_families_on_either_side_of_a_difference() -> None:
    """Two families less two others are a number of four, though neither view lies within the other."""
    assert named(masks("########..", "..########"), own(10), T) == {frozenset({0, 1})}
    assert not named(masks("########..", "..########"), own(10), 4)


def test_single_families_out_of_overlapping_views() -> None:
    """No view lies inside another, yet (a+b) + (a+c) - (b+c) = 2a."""
    assert exposed_families(masks("##.", "#.#", ".##"), own(3)).tolist() == [0, 1, 2]
    assert exposed_families(masks("##.", ".##"), own(3)).tolist() == []
    twice = np.array([0, 0, 1, 2])
    assert exposed_families(masks("####", "..##"), twice).tolist() == [0], "the sum over both recordings of a family"


def rank_road(views: np.ndarray, families: np.ndarray) -> list[int]:
    """Second road: a family comes to light when leaving its recordings out lowers the rank of the rest's equations."""
    whole = np.linalg.matrix_rank(views.astype(float))
    return [
        int(one) for one in np.unique(families)
        if np.linalg.matrix_rank(views[:, families != one].astype(float)) < whole
    ]  # fmt: skip


family_views = st.integers(3, 9).flatmap(
    lambda size: st.tuples(
        st.lists(st.lists(st.booleans(), min_size=size, max_size=size), min_size=1, max_size=6),
        st.lists(st.integers(0, 5), min_size=size, max_size=size),
    )
)


@settings(max_examples=50)
@given(family_views)
def test_the_rank_test_agrees_with_leaving_families_out(given_views: tuple) -> None:
    views, families = np.array(given_views[0]), pd.factorize(np.array(given_views[1]))[0]
    assert exposed_families(views, families).tolist() == rank_road(views, families)


@settings(max_examples=50)
@given(family_views, st.integers(2, 4))
def test_what_is_admitted_leaks_nothing(given_views: tuple, threshold: int) -> None:
    views, families = np.array(given_views[0]), pd.factorize(np.array(given_views[1]))[0]
    kept = admitted(views, np.arange(len(views)) // 2, families, threshold)
    assert not leaking_sums(views[kept], families, threshold)


def few_left(views: np.ndarray, families: np.ndarray, threshold: int) -> list[tuple[int, ...]]:
    """Brute force: every choice of -1, 0 and 1 with at most three of them not 0 that leaves 1 to T - 1 families."""
    found = []
    for signs in product((-1, 0, 1), repeat=len(views)):
        left = np.array(signs) @ views.astype(int)
        if np.count_nonzero(signs) <= 3 and 0 < len(set(families[left != 0])) < threshold:
            found.append(signs)
    return found


@settings(max_examples=40)
@given(family_views, st.integers(2, 5))
def test_no_three_of_what_is_admitted_leave_a_few_families(given_views: tuple, threshold: int) -> None:
    views, families = np.array(given_views[0]), pd.factorize(np.array(given_views[1]))[0]
    kept = admitted(views, np.arange(len(views)) // 2, families, threshold)
    assert few_left(views[kept], families, threshold) == []
    large = views[[len(set(families[mask])) >= threshold for mask in views]]
    assert bool(few_left(large, families, threshold)) == any(len(one) < 4 for one in named(large, families, threshold))


def test_the_whole_comes_in_before_its_filters() -> None:
    views = masks("##########", "######....", "......####")
    batches = np.array(["", "camera", "camera"], dtype=object)
    assert admitted(views, batches, own(10), T).tolist() == [True, False, False]
    same = masks("##########", "##########")
    assert admitted(same, batches[:2], own(10), T).tolist() == [True, True]
    assert admitted(same, batches[:2], own(10), T, zeros=True).tolist() == [True, False], "it says the rest is nobody"


def test_every_rule_of_the_audit_names_the_view() -> None:
    views = masks("##########", "######....", "###.......")
    leaks = audit(Sums(("whole", "old", "few"), ("mean",) * 3, views, own(10)), (), T)
    found = {(leak.view, leak.why) for leak in leaks}
    assert ("few", "a number of fewer than 5 families") in found
    assert ("whole", "less another view it is a number of fewer than 5 families") in found
    apart = audit(Sums(("whole", "old"), ("mean", "other"), views[:2], own(10)), (), T)
    assert not apart, "sums of different quantities cannot be subtracted"


@pytest.mark.parametrize(("count", "leaks"), [(0, 0), (1, 1), (4, 1), (5, 0)])
def test_a_small_count_that_is_shown_is_a_leak(count: int, leaks: int) -> None:
    cell = Cell("Table 1", "a", "", frozenset(range(count)), count, count)
    assert len(leaking_tables((Table((cell,)),), T)) == leaks


def table_of(counts: np.ndarray) -> Table:
    """Rows x two parts with their totals and the rows of the whole, small cells masked."""
    cells, taken = [], 0
    who = np.empty(counts.shape, dtype=object)
    for place, count in np.ndenumerate(counts):
        who[place] = frozenset(range(taken, taken + count))
        taken += count
        cell = Cell("parts", f"r{place[0]}", f"p{place[1]}", who[place], count, count)
        cells.append(hide(cell) if 0 < count < T else cell)
    for row in range(len(counts)):
        mine = who[row, 0] | who[row, 1]
        cells.append(Cell("whole", f"r{row}", "", mine, len(mine), len(mine)))
    for part in (0, 1):
        mine = frozenset().union(*who[:, part])
        cells.append(Cell("parts", "", f"p{part}", mine, len(mine), len(mine)))
    return Table(tuple(cells))


def possible(counts: np.ndarray, hidden: np.ndarray) -> dict[tuple[int, int], set[int]]:
    """Brute force: values of every hidden cell over all tables with these row and column totals."""
    totals, found = counts.sum(1), {tuple(place): set() for place in np.argwhere(hidden)}
    least = np.minimum(counts, 1)
    choices = [
        range(least[row, 0], totals[row] - least[row, 1] + 1) if hidden[row].all() else (counts[row, 0],)
        for row in range(len(counts))
    ]
    for first in product(*choices):
        if sum(first) == counts[:, 0].sum():
            for row, part in found:
                found[row, part].add(first[row] if part == 0 else totals[row] - first[row])
    return found


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=2, max_size=3))
def test_ranges_are_those_of_every_table_that_fits(rows: list[tuple[int, int]]) -> None:
    counts = np.array(rows)
    found = protected(table_of(counts))
    if found is None:
        return
    assert not given_away((found,))
    hidden = np.array([cell.hidden for cell in found.cells[: counts.size]]).reshape(counts.shape)
    every = possible(counts, hidden)
    for place, (low, high) in ranges(found).items():
        values = every[divmod(place, 2)]
        assert (low, high) == (min(values), max(values)) and high - low >= 3


def test_one_small_cell_takes_the_three_others_with_it() -> None:
    """4 of 24 and 10 of 40, with all totals known: the four hidden counts go together, each by the same amount."""
    found = protected(table_of(np.array([[20, 4], [30, 10]])))
    assert found is not None
    assert list(ranges(found).values()) == [(11, 23), (1, 13), (27, 39), (1, 13)]
    assert hide(found.cells[0]).low == 1 and hide(found.cells[0], 0).low == 0


def test_a_table_that_cannot_be_protected() -> None:
    """One family of five in each part: all cells hidden, and the totals still give them away."""
    assert protected(table_of(np.array([[1, 1], [1, 1]]))) is None


def test_who_is_in_no_part_may_be_of_any_row() -> None:
    """All ten of row a are in part p, which nobody can know: with ten of row b outside p, a in p is 1 to 10."""
    a, b, inside = frozenset(range(10)), frozenset(range(10, 30)), frozenset(range(10, 20))
    cells = [Cell("whole", "a", "", a, 10, 10), Cell("whole", "b", "", b, 20, 20), Cell("whole", "", "", a | b, 30, 30)]
    cells += [hide(Cell("part", row, "p", who, 10, 10)) for row, who in (("a", a), ("b", inside))]
    cells.append(Cell("part", "", "p", a | inside, 20, 20))
    assert list(ranges(Table(tuple(cells))).values()) == [(1, 10), (10, 19)]


def test_what_two_tables_say_together() -> None:
    """One says 3 to 8, the other 1 to 5: together 3 to 5, which is too close."""
    cell = Cell("whole", "r", "", frozenset(range(4)), 1, np.inf, True)

    def table(low: int, high: int) -> Table:
        return Table((cell, Cell("other", "r", "", cell.families, low, high)))

    assert not given_away((table(3, 8),)) and not given_away((table(1, 5),))
    assert given_away((table(3, 8), table(1, 5))) == {"whole": [(3, 5)]}


def test_new_data_by_a_few_families() -> None:
    old = frozenset("abcdefgh")
    assert changed(old, old | {"x"}, T) and changed(old, old - {"a"}, T)
    assert not changed(old, old, T) and not changed(old, old | set("uvwxy"), T)
    assert changed(old, (old - {"a"}) | set("uvwxyz"), T), "one went while six came"


def test_whiskers_stand_for_enough_families() -> None:
    values = pd.Series(np.arange(200.0))
    low, high, which = whiskers(values, pd.Series(np.arange(200)), T)
    assert (round(low, 2), round(high, 2), which) == (9.95, 189.05, "5th and 95th percentile")
    assert whiskers(values[:60], pd.Series(np.arange(60)), T)[2] == "10th and 90th percentile"
    assert whiskers(values[:40], pd.Series(np.arange(40)), T)[2] == "", "four in each tail"
    assert whiskers(values, pd.Series(np.arange(200) % 4), T)[2] == "", "of four families"
    assert whiskers(pd.Series([0.0] * 30 + [9.0] * 30), pd.Series(np.arange(60)), T)[2] == "", "never the extremes"


def test_bins_cover_the_questionnaire_not_the_data() -> None:
    edges = bins(0, 30, 4)
    assert binned(pd.Series([0, 7, 6, 30, np.nan]), edges).tolist() == ["0 to 6", "7 to 14", "0 to 6", "23 to 30", None]


def test_two_significant_digits_and_counts_to_five() -> None:
    assert significant(pd.Series([0.01234, 26.79, -184.0, 0.0])).tolist() == [0.012, 27.0, -180.0, 0.0]
    assert np.isnan(significant(pd.Series([np.nan]))[0])
    assert rounded(pd.Series([0, 2, 3, 97])).tolist() == [0, 0, 5, 95]


def test_what_is_small_in_each_profile() -> None:
    counts = np.array([0, 1, 4, 5, 7, 8, 9, 10])
    assert profile(5).small(counts).tolist() == [False, True, True, False, False, False, False, False]
    assert profile(8).small(counts).tolist() == [False, True, True, True, True, False, False, False]
    assert profile(10).small(counts).tolist() == [True] * 7 + [False]


def test_two_families_of_a_total() -> None:
    assert top_two(pd.Series([50.0, 41, 9])) == 0.91 and top_two(pd.Series([0.0, 0])) == 0


def test_the_rank_test_takes_seconds() -> None:
    """729 views of 97 families, as many as six filters of three choices make."""
    views = np.random.default_rng(1).random((729, 97)) < 0.5
    begun = time.process_time()
    assert len(exposed_families(views, own(97))) == 97
    assert time.process_time() - begun < 5
