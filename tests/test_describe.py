"""Describing a sample: numbers by hand, against one DuckDB statement, and the paper's own Table 1."""

from fractions import Fraction
from math import sqrt

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.measures.completers import compare_completers
from pipeline.measures.describe import (
    SAMPLE_COLUMNS,
    Characteristic,
    chance_limit,
    describe,
    levels_of,
    merge_rare,
    one_per,
    standardised_difference,
    standardised_difference_of_shares,
)
from tests.test_release import COLUMN_N, from_totals, printed

AGE = Characteristic("age", "Age", "dyads", "numeric")
ORDER = Characteristic("order", "Birth order", "dyads", "category", ("first", "second", "third"))
#                dyad   A    B    C    D    E
AGES = pd.Series([6.0, 7.0, 7.0, 8.0, None])
ORDERS = pd.Series(["second", "first", "first", None, "fourth"])


def by_hand() -> pd.DataFrame:
    return describe({"dyads": pd.DataFrame({"age": AGES, "order": ORDERS})}, (AGE, ORDER))


def test_a_sample_of_five_dyads() -> None:
    """Ages 6 7 7 8, one missing: mean 7, SD sqrt(2/3), quartiles 6.75 and 7.25; orders first 2, second 1, fourth 1."""
    frame = by_hand()
    assert tuple(frame.columns) == SAMPLE_COLUMNS
    age = frame.iloc[0]
    assert (age["n"], age["missing"], age["mean"], age["median"]) == (4, 1, 7.0, 7.0)
    assert age["sd"] == pytest.approx(sqrt(2 / 3))
    assert (age["q1"], age["q3"], age["low"], age["high"]) == (6.75, 7.25, 6.0, 8.0)
    orders = frame.iloc[1:].set_index("level")
    assert orders.index.tolist() == ["first", "second", "fourth"], "declared order first, then the rest"
    assert orders["n"].tolist() == [2, 1, 1] and orders["percent"].tolist() == [50.0, 25.0, 25.0]
    assert orders["missing"].tolist() == [1, 1, 1]


def test_nobody_has_no_mean() -> None:
    frame = describe({"dyads": pd.DataFrame({"age": pd.Series([None, None], dtype=float)})}, (AGE,))
    assert (frame.loc[0, "n"], frame.loc[0, "missing"]) == (0, 2) and np.isnan(frame.loc[0, "mean"])
    alone = describe({"dyads": pd.DataFrame({"age": [7.0]})}, (AGE,)).iloc[0]
    assert alone["mean"] == 7.0 and np.isnan(alone["sd"])


numbers = st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3).map(lambda x: round(x, 3))), min_size=2, max_size=30)


@settings(max_examples=40, deadline=None)
@given(numbers)
def test_numbers_equal_one_duckdb_statement(values: list[float | None]) -> None:
    frame = pd.DataFrame({"age": pd.Series(values, dtype=float)})
    ours = describe({"dyads": frame}, (AGE,)).iloc[0]
    theirs = duckdb.execute(
        "SELECT count(x), count(*) - count(x), avg(x), stddev_samp(x), median(x), quantile_cont(x, .25), "
        "quantile_cont(x, .75), min(x), max(x) "
        "FROM (SELECT CASE WHEN isnan(age) THEN NULL ELSE age END AS x FROM frame)"
    ).fetchone()
    for name, value in zip(("n", "missing", "mean", "sd", "median", "q1", "q3", "low", "high"), theirs, strict=True):
        assert (np.isnan(ours[name]) and value is None) or ours[name] == pytest.approx(value, abs=1e-9)


def test_one_per_takes_the_youngest_recording() -> None:
    ages = [7, 6, None, None]
    frame = pd.DataFrame({"dyad_id": list("AABB"), "observation_id": list("4321"), "infant_age_months": ages})
    assert one_per(frame, "dyad_id")["observation_id"].tolist() == ["3", "1"]


def test_levels_by_declared_order_then_frequency_then_name() -> None:
    assert levels_of(pd.Series([*"dbcca", None]), ("a", "z")) == ["a", "c", "b", "d"]


def test_rare_levels_join_their_neighbour() -> None:
    values = pd.Series(["first"] * 9 + ["second"] * 6 + ["third"] * 3 + [None])
    merged = merge_rare(values, ("first", "second", "third"), 5)
    assert merged.value_counts().to_dict() == {"first": 9, "second or third": 9} and merged.isna().sum() == 1
    assert merge_rare(pd.Series(["x", "y"]), (), 5).tolist() == ["x or y", "x or y"], "all rare: one level"


# Standardised differences: 61 of 73 against 20 of 24 (mothers filmed), as exact fractions.
def test_difference_of_two_shares_by_fractions() -> None:
    p, q = Fraction(61, 73), Fraction(20, 24)
    variance = (p * (1 - p) + q * (1 - q)) / 2
    some = pd.Series(["mother"] * 61 + ["father"] * 12)
    others = pd.Series(["mother"] * 20 + ["father"] * 4)
    expected = abs(float(p - q)) / sqrt(variance)
    assert standardised_difference_of_shares(some, others) == pytest.approx(expected, abs=1e-12)
    assert standardised_difference_of_shares(some, some) == 0


def test_difference_of_three_shares_by_cramers_rule() -> None:
    """p = (5, 3, 2) / 10, q = (2, 4, 4) / 10: the 2 x 2 system solved by hand."""
    p, q = (Fraction(5, 10), Fraction(3, 10)), (Fraction(2, 10), Fraction(4, 10))
    a, d = ((p[i] * (1 - p[i]) + q[i] * (1 - q[i])) / 2 for i in range(2))
    b = -(p[0] * p[1] + q[0] * q[1]) / 2
    u, v = p[0] - q[0], p[1] - q[1]
    squared = (d * u * u - 2 * b * u * v + a * v * v) / (a * d - b * b)
    some = pd.Series(list("aaaaabbbcc"))
    others = pd.Series(list("aabbbbcccc"))
    assert standardised_difference_of_shares(some, others) == pytest.approx(sqrt(squared), abs=1e-12)
    assert standardised_difference_of_shares(others, some) == pytest.approx(sqrt(squared), abs=1e-12)


def test_difference_of_means_by_hand() -> None:
    """1 2 3 (mean 2, variance 1) against 3 5 7 (mean 5, variance 4): -3 / sqrt(2.5)."""
    assert standardised_difference(pd.Series([1, 2, 3]), pd.Series([3, 5, 7, None])) == pytest.approx(-3 / sqrt(2.5))
    assert np.isnan(standardised_difference(pd.Series([1]), pd.Series([1, 2])))
    assert np.isnan(standardised_difference(pd.Series([1, 1]), pd.Series([2, 2]))), "no spread, no unit to say it in"


def test_chance_limit_is_the_chi_square_quantile_and_holds_in_one_of_twenty_samples() -> None:
    assert chance_limit(73, 24) == pytest.approx(sqrt(stats.chi2.ppf(0.95, 1) * (1 / 73 + 1 / 24)), abs=1e-12)
    assert chance_limit(73, 24, 3) == pytest.approx(sqrt(stats.chi2.ppf(0.95, 2) * (1 / 73 + 1 / 24)), abs=1e-12)
    assert np.isnan(chance_limit(73, 0)) and np.isnan(chance_limit(73, 24, 1))
    generator = np.random.default_rng(20)
    draws = generator.normal(size=(2000, 97))
    beyond = [
        abs(standardised_difference(pd.Series(row[:73]), pd.Series(row[73:]))) > chance_limit(73, 24)
        for row in draws[:400]
    ]
    assert 0.02 <= np.mean(beyond) <= 0.09


def families_of_the_paper(instrument: str) -> tuple[pd.DataFrame, pd.Series]:
    """97 families with the paper's counts of sex, order, camera and role (hidden cells computed, not written here)."""
    table = from_totals(printed())
    table = table[table["instrument"] == instrument]
    columns = {}
    for name, rows in table.groupby("characteristic", sort=False):
        some = np.repeat(rows["level"], rows["n_complete"].astype(int))
        others = np.repeat(rows["level"], rows["n_missing"].astype(int))
        columns[name] = pd.concat([some, others], ignore_index=True)
    complete = np.repeat([True, False], COLUMN_N[instrument])
    return pd.DataFrame(columns), pd.Series(complete)


@pytest.mark.parametrize("instrument", ["EPDS", "SAPAS"])
def test_table_1_of_the_paper(instrument: str) -> None:
    """Every printed percentage, but the erratum 69.50 (15 of 24 is 62.50)."""
    families, complete = families_of_the_paper(instrument)
    wanted = tuple(Characteristic(name, name, "families", "category") for name in families)
    ours = compare_completers(families, complete, wanted).set_index(["characteristic", "level"])
    for row in printed().query("instrument == @instrument").itertuples():
        place = ours.loc[(row.characteristic, row.level)]
        assert place["percent_complete"] == pytest.approx(row.percent_complete, abs=0.0051)
        erratum = (instrument, row.level) == ("EPDS", "male")
        assert place["percent_missing"] == pytest.approx(62.5 if erratum else row.percent_missing, abs=0.0051)
        assert np.isnan(row.n_complete) or place["n_complete"] == row.n_complete
    assert ours.groupby(level=0)["n_complete"].sum().unique().tolist() == [COLUMN_N[instrument][0]]


def test_the_printed_ages_differ_as_their_means_and_sds_say() -> None:
    """Infant's age, EPDS: 6.88 (0.93) against 7.79 (2.64): standardised -0.4598, within the chance limit 0.461."""
    generator = np.random.default_rng(7)

    def exactly(n: int, mean: float, sd: float) -> np.ndarray:
        draws = generator.normal(size=n)
        return mean + sd * (draws - draws.mean()) / draws.std(ddof=1)

    families = pd.DataFrame({"age": np.concatenate([exactly(73, 6.88, 0.93), exactly(24, 7.79, 2.64)])})
    row = compare_completers(families, pd.Series([True] * 73 + [False] * 24), (AGE,)).iloc[0]
    assert (row["mean_complete"], row["sd_missing"]) == (pytest.approx(6.88), pytest.approx(2.64))
    assert row["difference"] == pytest.approx((6.88 - 7.79) / sqrt((0.93**2 + 2.64**2) / 2), abs=1e-12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), min_size=1, max_size=25), st.randoms())
def test_order_of_families_does_not_matter_and_nobody_is_lost(rows: list[tuple[str, bool]], random) -> None:
    frame = pd.DataFrame(rows, columns=["order", "complete"])
    shuffled = frame.sample(frac=1, random_state=random.randint(0, 99))
    first, second = (compare_completers(one[["order"]], one["complete"], (ORDER,)) for one in (frame, shuffled))
    pd.testing.assert_frame_equal(first, second)
    assert first["n_complete"].sum() == frame["complete"].sum()
    assert first["n_missing"].sum() == (~frame["complete"]).sum()
