"""Statistics of agreement matrices: published tables, statsmodels, laws."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import cohens_kappa

from pipeline.measures.agreement import NO_TIME, ONE_CATEGORY, kappa, statistics
from pipeline.measures.agreement_icc import ALIKE, FORMS, TOO_FEW, icc
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import ONE_RECORDING, influence, interval
from tests.agreement_parts import codes_of, matrix, numbers, pictures, table

SMALL = [[44, 5, 1], [7, 20, 3], [9, 5, 6]]
NOLDUS = [[2, 3, 0], [0, 4, 1], [1, 1, 3]]
SHROUT_FLEISS = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (SMALL, {"kappa": 0.491525, "se": 0.072127, "kappa_max": 0.830508, "alpha": 0.489744, "ac1": 0.575972}),
        (NOLDUS, {"kappa": 0.400, "se": 0.181989, "kappa_max": 0.700, "ac1": 0.406919}),
    ],
)
def test_reference_tables(written, expected):
    row = numbers(written)
    assert {name: round(row[name], 6) for name in expected} == expected
    assert row["outcome"] == ""


@pytest.mark.parametrize(("written", "low", "high"), [(SMALL, 0.350158, 0.632893), (NOLDUS, 0.043308, 0.756692)])
def test_reference_asymptotic_intervals(written, low, high):
    row = numbers(written)
    reach = 1.959963984540054 * row["se"]
    assert (round(row["kappa"] - reach, 6), round(row["kappa"] + reach, 6)) == (low, high)


def test_childproject_grid():
    """CHI 0-5, FEM 5-12 against CHI 0-10, FEM 10-15 in 20 units; rows are the second coder; 'overlap' never occurs."""
    first, second = "C" * 5 + "F" * 7 + "." * 8, "C" * 10 + "F" * 5 + "." * 5
    found, labels = matrix(pictures((second, first)), Method("scan"))
    order = [labels.index(each) for each in ("C", "F", "Uncoded")]
    assert found[np.ix_(order, order)].tolist() == [[5, 5, 0], [0, 2, 3], [0, 0, 5]]
    assert numbers(found.tolist())["kappa"] == pytest.approx(0.418182, abs=5e-7)
    assert matrix(pictures((second, first)), Method())[0].tolist() == found.tolist()
    assert numbers([[5, 5, 0, 0], [0, 2, 0, 3], [0, 0, 0, 0], [0, 0, 0, 5]])["kappa"] == pytest.approx(23 / 55)


def test_shrout_and_fleiss_1979():
    found = icc(np.array(SHROUT_FLEISS))
    assert [round(float(found[form]), 4) for form in FORMS] == [0.1657, 0.2898, 0.7148, 0.4428, 0.6201, 0.9093]
    assert (found["n"], found["outcome"]) == (6, "")


def test_icc_two_coders_by_hand():
    """1-1, 3-5: mean squares of recordings 9, within 1, coders 1, rest 1 (by hand); both two-way forms follow."""
    found = icc(np.array([(1, 1), (3, 5)]))
    assert found["icc_1_1"] == pytest.approx(8 / 10)
    assert found["icc_c_1"] == pytest.approx(8 / 10)
    assert found["icc_a_1"] == pytest.approx(8 / 10)
    assert found["icc_1_k"] == pytest.approx(8 / 9)


def test_icc_of_a_constant_shift_is_consistent_but_does_not_agree():
    values = np.array([(1, 2), (2, 3), (5, 6)], dtype=float)
    found = icc(values)
    assert found["icc_c_1"] == pytest.approx(1)
    assert found["icc_a_1"] < 1
    assert icc(values[:, ::-1]) == found


@pytest.mark.parametrize(
    ("values", "outcome"),
    [([(2, 2), (2, 2)], ALIKE), ([(1, 2)], TOO_FEW), ([(1, 2), (np.nan, 3)], TOO_FEW), (np.zeros((0, 2)), TOO_FEW)],
)
def test_icc_that_does_not_exist_says_why(values, outcome):
    found = icc(np.array(values, dtype=float))
    assert found["outcome"] == outcome
    assert all(np.isnan(float(found[form])) for form in FORMS)


def test_one_category_is_undefined_with_agreement_and_ac1():
    row = numbers([[0, 0], [0, 12]])
    assert row["outcome"] == ONE_CATEGORY
    assert np.isnan([row["kappa"], row["kappa_max"], row["se"], row["alpha"]]).all()
    assert (row["agreement"], row["ac1"], row["total"]) == (1, 1, 12)


def test_ac1_counts_the_categories_that_could_have_been_used():
    """pi = (.9, .1) twice: chance .18 with two categories, .09 with three; agreement .8."""
    written = [[8, 1, 0], [1, 0, 0], [0, 0, 0]]
    offered = np.array([[True, True, False]])
    assert numbers(written)["ac1"] == pytest.approx((0.8 - 0.09) / 0.91)
    assert numbers(written, offered=offered)["ac1"] == pytest.approx((0.8 - 0.18) / 0.82)


def test_no_time_is_named():
    row = numbers([[0, 0], [0, 0]])
    assert row["outcome"] == NO_TIME
    assert np.isnan(row["kappa"])
    assert row["total"] == 0


def test_seconds_have_no_standard_error():
    """How many independent units a stretch of time holds is not known."""
    row = numbers(SMALL, counts=False)
    assert np.isnan(row["se"])
    assert np.isnan(row["alpha"])
    assert row["kappa"] == numbers(SMALL)["kappa"]


def test_an_empty_stack_has_the_columns():
    assert list(statistics(np.zeros((0, 3, 3)))) == list(numbers(SMALL).index)


def fitted(written: np.ndarray) -> np.ndarray:
    """Expected counts with nil x nil = 0 by iterative proportional fitting, the slow way."""
    found = np.ones_like(written)
    found[0, 0] = 0
    for _ in range(3000):
        for axis in (1, 0):
            now, aim = found.sum(axis, keepdims=True), written.sum(axis, keepdims=True)
            found = found * np.divide(aim, now, out=np.zeros_like(aim), where=now > 0)
    return found


@pytest.mark.parametrize(
    "written", [[[0, 2, 1], [3, 8, 2], [1, 0, 5]], [[0, 0, 4], [0, 3, 1], [2, 1, 7]], [[0, 1, 0], [0, 2, 2], [0, 1, 6]]]
)
def test_expected_counts_with_nil_are_those_of_iterative_fitting(written):
    counts = np.array(written, dtype=float)
    row = numbers(written, nil=True)
    assert row["expected"] == pytest.approx(np.trace(fitted(counts)) / counts.sum(), abs=1e-9)
    assert row["agreement"] == pytest.approx(np.trace(counts) / counts.sum())
    assert row["kappa"] == pytest.approx((row["agreement"] - row["expected"]) / (1 - row["expected"]))


def test_one_code_beside_nil_has_no_kappa():
    """Chance cannot be told from agreement: any such table fits chance exactly."""
    row = numbers([[0, 3], [2, 9]], nil=True)
    assert row["outcome"] == ONE_CATEGORY
    assert np.isnan(row["kappa"])
    assert row["agreement"] == 9 / 14


def square(size: int) -> st.SearchStrategy[list[list[int]]]:
    row = st.lists(st.integers(0, 30), min_size=size, max_size=size)
    return st.lists(row, min_size=size, max_size=size)


counts = st.integers(2, 5).flatmap(square)


@settings(max_examples=40)
@given(counts)
def test_kappa_is_that_of_exact_fractions_and_of_statsmodels(written):
    total = sum(map(sum, written))
    row = numbers(written)
    rows, columns = [sum(line) for line in written], [sum(line) for line in zip(*written, strict=True)]
    used = sum(bool(a or b) for a, b in zip(rows, columns, strict=True))
    if used < 2:
        assert row["outcome"] == (ONE_CATEGORY if total else NO_TIME)
        return
    chance = sum(Fraction(a * b, total**2) for a, b in zip(rows, columns, strict=True))
    agreed = Fraction(sum(line[at] for at, line in enumerate(written)), total)
    assert row["kappa"] == pytest.approx(float((agreed - chance) / (1 - chance)), abs=1e-9)
    with np.errstate(all="ignore"):  # its z value divides by 0
        other = cohens_kappa(np.array(written))
    assert row["kappa"] == pytest.approx(other.kappa, abs=1e-9)
    assert row["kappa_max"] == pytest.approx(other.kappa_max, abs=1e-9)
    assert row["se"] ** 2 == pytest.approx(max(other.var_kappa, 0), abs=1e-9)


@settings(max_examples=40)
@given(counts, st.booleans())
def test_kappa_is_below_its_maximum_and_swapping_coders_changes_nothing(written, nil):
    found = np.array(written, dtype=float)
    found[0, 0] *= not nil
    row = statistics(found[None], nil=nil).iloc[0]
    swapped = statistics(found.T[None], nil=nil).iloc[0]
    same = ["kappa", "kappa_max", "agreement", "expected", "se", "ac1", "alpha", "total"]
    assert row[same].astype(float).to_numpy() == pytest.approx(swapped[same].astype(float).to_numpy(), nan_ok=True)
    if not np.isnan(row["kappa"]):
        assert row["kappa"] <= row["kappa_max"] + 1e-12
        assert row["kappa_max"] <= 1 + 1e-12


@settings(max_examples=40)
@given(counts, st.randoms())
def test_renaming_codes_changes_nothing(written, random):
    order = random.sample(range(len(written)), len(written))
    renamed = [[written[i][j] for j in order] for i in order]
    left, right = numbers(written), numbers(renamed)
    assert left.iloc[:8].astype(float).to_numpy() == pytest.approx(right.iloc[:8].astype(float).to_numpy(), nan_ok=True)


def recordings(n: int) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 40, (n, 3, 3)) + 60.0 * np.eye(3)


def test_bootstrap_is_that_of_drawing_matrices_one_by_one():
    """The same draws, each summed and measured by itself."""
    found = recordings(7)
    low, high, note = interval(found, draws=300, seed=11)
    chosen = np.random.default_rng(11).integers(0, 7, (300, 7))
    slow = [float(kappa(found[draw].sum(0))) for draw in chosen]
    assert (low, high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    assert note == ""
    assert low < kappa(found.sum(0)) < high


def test_bootstrap_interval_repeats_and_narrows_with_more_recordings():
    few, many = interval(recordings(6), seed=2), interval(recordings(200), seed=2)
    assert interval(recordings(6), seed=2) == few
    assert interval(recordings(6), seed=3) != few
    assert many[1] - many[0] < (few[1] - few[0]) / 2


def test_one_recording_has_no_interval():
    low, high, note = interval(np.concatenate([recordings(1), np.zeros((2, 3, 3))]))
    assert np.isnan([low, high]).all()
    assert note == ONE_RECORDING


def test_a_recording_without_common_time_changes_no_interval():
    found = recordings(6)
    assert interval(np.concatenate([found, np.zeros((1, 3, 3))])) == interval(found)


def test_influence_is_leaving_out_one_by_one():
    found = recordings(5)
    found[3] = [[0, 50, 0], [0, 0, 50], [50, 0, 0]]  # never agree
    rows = influence(found)
    for number in range(5):
        rest = np.delete(found, number, axis=0).sum(0)
        assert rows["kappa_without"][number] == pytest.approx(float(kappa(rest)))
        assert rows["kappa"][number] == pytest.approx(float(kappa(found[number])))
        assert rows["pull"][number] == pytest.approx(float(kappa(found.sum(0)) - kappa(rest)))
    assert np.argmin(rows["pull"]) == 3
    assert rows["pull"][3] < 0


def test_without_the_only_recording_that_uses_a_second_category_nothing_is_left():
    """Subtracting 0.1 + 0.2 from itself leaves a rounding, not time in a second category."""
    found = np.array([[[0.1, 0.0], [0.0, 0.0]], [[0.0, 0.1], [0.0, 0.2]], [[0.2, 0.0], [0.0, 0.0]]])
    assert np.isnan(influence(found)["kappa_without"][1])
    assert np.isnan(influence(found[:1])["kappa_without"]).all()


def test_point_events_weigh_beside_time():
    """A 0-1, B 1-2 by both coders; the first adds the point E at 1.5: kappa 1 without its weight, .5 with 1 s."""
    events, pairs, codes = pictures(("AB", "AB"))
    codes = codes_of([*codes.labels, "E"])
    point = events.iloc[:1].assign(code=2, kind="point", onset_ms=1500, offset_ms=1500)
    study = (pd.concat([events, point], ignore_index=True), pairs, codes)
    without, with_one = (matrix(study, Method(point_weight_s=weight))[0] for weight in (0, 1))
    assert float(kappa(without)) == 1
    assert float(kappa(with_one)) == pytest.approx(0.5)
    assert table(study, Method()) == {("A", "A"): 1, ("B", "B"): 1, ("E", "B"): 1}
