"""Correlations: by hand, against scipy and against one DuckDB statement."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.measures.correlation import COLUMNS, correlations, interval

#                      Ann  Ben  Cat  Dan  Eva  Fay
PEOPLE = pd.DataFrame(
    {
        "EPDS": [0.0, 2, 4, 6, 8, None],
        "SAPAS": [1.0, 3, 2, 5, 4, 8],
        "same": [7.0] * 6,
        "few": [1.0, 2, 3, None, None, None],
    }
)


def pair(frame: pd.DataFrame, x: str, y: str) -> pd.Series:
    return frame[(frame["x"] == x) & (frame["y"] == y)].iloc[0]


def test_five_people_by_hand() -> None:
    """EPDS 0 2 4 6 8 and SAPAS 1 3 2 5 4: deviations -4 -2 0 2 4 and -2 0 -1 2 1, r = 16 / sqrt(40 * 10) = 0.8."""
    found = pair(correlations(PEOPLE), "EPDS", "SAPAS")
    assert tuple(found.index) == COLUMNS
    assert found["n"] == 5 and found["r"] == pytest.approx(0.8, abs=1e-12)
    half = 1.959963984540054 / np.sqrt(2)
    assert found["low"] == pytest.approx(np.tanh(np.arctanh(0.8) - half), abs=1e-12)
    assert found["high"] == pytest.approx(np.tanh(np.arctanh(0.8) + half), abs=1e-12)


def test_no_number_where_nothing_varies_or_too_few_have_both() -> None:
    frame = correlations(PEOPLE)
    assert np.isnan(pair(frame, "EPDS", "same")["r"]) and pair(frame, "EPDS", "same")["n"] == 5
    few = pair(frame, "SAPAS", "few")
    assert few["n"] == 3 and np.isnan(few["r"]) and np.isnan(few["low"])
    assert len(frame) == 6, "every pair once"


def test_a_perfect_correlation_has_no_width() -> None:
    found = correlations(pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [-1.0, -2, -3, -4]})).iloc[0]
    assert (found["r"], found["low"], found["high"]) == (-1, -1, -1)


def test_pearson_equals_scipy() -> None:
    generator = np.random.default_rng(11)
    x = generator.normal(size=87)
    y = 0.4 * x + generator.normal(size=87)
    ours = correlations(pd.DataFrame({"x": x, "y": y})).iloc[0]
    theirs = stats.pearsonr(x, y)
    limits = theirs.confidence_interval(0.95)
    assert ours["r"] == pytest.approx(theirs.statistic, abs=1e-12)
    assert (ours["low"], ours["high"]) == (pytest.approx(limits.low, abs=1e-12), pytest.approx(limits.high, abs=1e-12))


def test_spearman_equals_scipy_and_its_interval_is_wider() -> None:
    generator = np.random.default_rng(12)
    people = pd.DataFrame({"x": generator.integers(0, 9, 60), "y": generator.integers(0, 31, 60)}).astype(float)
    ours = correlations(people, "spearman").iloc[0]
    assert ours["r"] == pytest.approx(stats.spearmanr(people["x"], people["y"]).statistic, abs=1e-12)
    low, high = interval(0.5, 50), interval(0.5, 50, "spearman")
    assert high[0] < low[0] and high[1] > low[1]
    half = 1.959963984540054 * np.sqrt((1 + 0.5**2 / 2) / 47)
    assert high == (pytest.approx(np.tanh(np.arctanh(0.5) - half)), pytest.approx(np.tanh(np.arctanh(0.5) + half)))


def test_the_interval_holds_the_truth_in_19_of_20_samples() -> None:
    """rho = 0.3, 40 people, 400 samples: coverage 95 % within simulation error."""
    generator = np.random.default_rng(13)
    x = generator.normal(size=(400, 40))
    y = 0.3 * x + np.sqrt(1 - 0.09) * generator.normal(size=(400, 40))
    limits = [interval(np.corrcoef(a, b)[0, 1], 40) for a, b in zip(x, y, strict=True)]
    assert 0.92 <= np.mean([low <= 0.3 <= high for low, high in limits]) <= 0.98


cells = st.one_of(st.none(), st.integers(0, 30).map(float))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=4, max_size=25))
def test_equals_one_duckdb_statement(rows: list[tuple[float | None, float | None]]) -> None:
    people = pd.DataFrame(rows, columns=["x", "y"], dtype=float)
    ours = correlations(people).iloc[0]
    n, r = duckdb.execute("SELECT count(*), corr(x, y) FROM people WHERE NOT isnan(x) AND NOT isnan(y)").fetchone()
    assert ours["n"] == n
    if np.isnan(ours["r"]):
        assert n < 4 or r is None or np.isnan(r) or people.dropna().nunique().min() == 1
    else:
        assert ours["r"] == pytest.approx(r, abs=1e-9)
        assert -1 <= ours["low"] <= ours["r"] + 1e-12 and ours["r"] - 1e-12 <= ours["high"] <= 1


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(12)), st.floats(0.1, 9), st.floats(-50, 50))
def test_order_of_people_and_unit_of_measurement_do_not_matter(order: list[int], scale: float, shift: float) -> None:
    generator = np.random.default_rng(14)
    people = pd.DataFrame(generator.normal(size=(12, 2)), columns=["x", "y"])
    changed = people.iloc[order] * [scale, 1] + [shift, 0]
    for method in ("pearson", "spearman"):
        assert correlations(changed, method).iloc[0]["r"] == pytest.approx(correlations(people, method).iloc[0]["r"])


def test_nobody_gives_an_empty_table_with_the_right_columns() -> None:
    assert tuple(correlations(pd.DataFrame()).columns) == COLUMNS
    assert tuple(correlations(pd.DataFrame({"a": [1.0]})).columns) == COLUMNS
