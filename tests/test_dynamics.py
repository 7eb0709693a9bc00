"""What follows what: published tables, pictures checked by hand, and every formula by a second road."""

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM

from pipeline.measures import contingent, recurrence
from pipeline.measures.dynamics import MISSING, Pairs, bootstrap, chain, sampled, shown, stream_of
from pipeline.measures.dynamics_numbers import of_grid, of_pairs, of_responses, of_waits
from pipeline.measures.lag_sequential import (
    analyse,
    bouts_after_bouts,
    expected_counts,
    onsets_after_onsets,
    samples_after_samples,
    tables,
    yule_q,
)
from pipeline.measures.latency import answered_within, kaplan_meier, median_ms, waits
from pipeline.measures.latency_medians import Medians
from pipeline.measures.state_space import dispersion, grid, summary
from pipeline.measures.transitions import irreducible, probabilities, stationary
from tests.dynamics_parts import LETTERS, drawn, drawn_events, sessions

CHATS = """
2,1,4,3,3,4,3,4,2,1,4,4,5,4,1,3,4,5,3,2,2,1,4,1,2,5,2,1,2,3,3,1,4,4,1,4,1,3,3,3,1,5,2,1,1,3,1,4,1,2,3,3,4,5,5,2,3,3,5,
2,5,4,4,2,3,1,5,5,2,2,1,3,3,3,3
"""
"""Bakeman and Quera 2011, p. 159: 1 Chat, 2 Write, 3 Read, 4 Ask, 5 Attentive."""
COUPLE = """
0,0,0,0,2,2 / 0,10,5,5,60,20 / 0,9,2,1,3,0 / 0,3,0,1,5,0 / 3,54,6,2,24,8 / 1,24,2,1,3,12
"""
"""Griffin and Gottman 1990, p. 137: H+ Ho H- W+ Wo W-."""


def chats(lag: int) -> np.ndarray:
    codes = np.array([int(each) - 1 for each in re.findall(r"\d", CHATS)])
    assert len(codes) == 75
    return tables(Pairs(np.zeros(75 - lag, int), codes[:-lag], codes[lag:]), 1, 5, 5)[0]


def couple() -> np.ndarray:
    return np.array([[int(each) for each in row.split(",")] for row in COUPLE.strip().split("/")])


def test_bakeman_and_quera():
    found = analyse(chats(1))
    assert found.g2 == pytest.approx(30.9549, abs=5e-5)
    assert found.x2 == pytest.approx(27.6620, abs=5e-5)
    assert found.df == 16
    assert found.residual == pytest.approx(
        np.array(
            [
                [-1.687, 0.140, -0.206, 1.936, -0.134],
                [2.144, -0.358, 0.145, -2.095, 0.094],
                [-0.070, -1.635, 2.316, 0.098, -1.220],
                [1.234, -0.483, -1.337, -0.029, 0.823],
                [-1.786, 2.898, -1.304, -0.023, 0.645],
            ]
        ),
        abs=5e-4,
    )
    assert found.yule_q[0, 3] == 0.53125
    assert analyse(chats(2)).residual[0] == pytest.approx([0.499, -1.368, 1.025, -0.201, -0.158], abs=5e-4)


def test_griffin_and_gottman():
    found = analyse(couple())
    assert found.observed.sum() == 268
    cells = [found.residual[cell] for cell in ((1, 4), (1, 1), (4, 1), (5, 5))]
    assert cells == pytest.approx([6.257, -7.133, 4.680, 2.409], abs=5e-4)
    assert (found.x2, found.g2) == pytest.approx((92.816, 107.599), abs=5e-4)


def test_residuals_are_the_textbook_product_without_impossible_cells():
    found = analyse(couple())
    n, rows, columns = 268, couple().sum(1)[:, None], couple().sum(0)
    e = rows * columns / n
    assert found.residual == pytest.approx((couple() - e) / np.sqrt(e * (1 - rows / n) * (1 - columns / n)))


@pytest.mark.parametrize("seed", range(4))
def test_impossible_cells_as_a_log_linear_model(seed):
    """Deviance, Pearson's X2, df and standardised residuals of statsmodels' Poisson regression on the other cells."""
    table = np.random.default_rng(seed).poisson(6, (4, 4)) + 1
    possible = ~np.eye(4, dtype=bool)
    possible[0, 3] &= seed % 2 == 0
    row, column = np.nonzero(possible)
    design = np.c_[row[:, None] == np.arange(4), column[:, None] == np.arange(1, 4)].astype(float)
    model = GLM(table[possible], design, family=Poisson()).fit(tol=1e-13, maxiter=200)
    found = analyse(table, possible)
    assert found.g2 == pytest.approx(model.deviance, abs=1e-6)
    assert found.x2 == pytest.approx(model.pearson_chi2, abs=1e-6)
    assert found.df == model.df_resid == 5 - seed % 2
    hat = model.get_influence().hat_matrix_diag
    expected = (table[possible] - model.mu) / np.sqrt(model.mu * (1 - hat))
    assert found.residual[possible] == pytest.approx(expected, abs=1e-5)
    assert np.isnan(found.residual[~possible]).all()
    assert np.isnan(found.yule_q[~possible]).all()


def test_expected_counts_keep_both_margins():
    table = couple() * ~np.eye(6, dtype=bool)
    found = expected_counts(table.astype(float), ~np.eye(6, dtype=bool))
    assert found.sum(1) == pytest.approx(table.sum(1), abs=1e-6)
    assert found.sum(0) == pytest.approx(table.sum(0), abs=1e-6)
    assert (np.diag(found) == 0).all()


def test_two_codes_that_alternate_leave_nothing_to_test():
    found = analyse(np.array([[0, 7], [6, 0]]), ~np.eye(2, dtype=bool))
    assert (found.df, found.g2) == (0, pytest.approx(0))
    assert np.isnan(found.g2_p)
    assert np.isnan(found.residual).all()
    empty = analyse(np.zeros((2, 2)))
    assert (empty.g2, empty.df) == (0, 0)
    assert np.isnan(empty.share).all()


def test_pairs_from_bout_to_bout_and_from_one_to_the_other():
    """a b a: a>b, b>a. The gap between the two a of the second recording makes them one bout."""
    stream = drawn("aabbba", "aa..ab")
    pairs = bouts_after_bouts(stream)
    assert list(zip(pairs.observation, pairs.given, pairs.target, strict=True)) == [(0, 0, 1), (0, 1, 0), (1, 0, 1)]
    assert len(bouts_after_bouts(stream, 2).given) == 1
    other = drawn("ccdccd", ".ccdd.")
    found = onsets_after_onsets(stream, other)
    """b begins at 2, as d does, which is not after it: the next is c at 3. After a at 5 nothing begins."""
    assert list(zip(found.observation, found.given, found.target, strict=True)) == [(0, 1, 2)]
    assert [tuple(each) for each in zip(*onsets_after_onsets(other, stream).__dict__.values(), strict=True)] == [
        (0, 3, 0),
        (0, 2, 0),
        (1, 2, 0),
        (1, 3, 0),
    ]


def test_pairs_from_moment_to_moment():
    one, other = (sampled(drawn(picture), 1000) for picture in ("aab.b", "ab.bb"))
    table = tables(samples_after_samples(one, other, 1), 1, 2, 2)[0]
    assert table.tolist() == [[0, 1], [0, 1]]
    assert tables(samples_after_samples(one, one, 1), 1, 2, 2)[0].tolist() == [[1, 1], [0, 0]]
    assert tables(samples_after_samples(one, other, 0), 1, 2, 2)[0].tolist() == [[1, 1], [0, 1]]


def test_samples_show_what_is_on_at_that_moment():
    """Every 400 ms of "aab": 0, .4, .8, 1.2, 1.6 show a; 2.0, 2.4, 2.8 show b. Of two codes the later one."""
    assert sampled(drawn("aab"), 400).codes.tolist() == [0] * 5 + [1] * 3
    events = pd.DataFrame(
        [("O0", "a", 5000, 15_000), ("O0", "b", 7000, 9000), ("O0", "c", 8000, 8000)], columns=drawn_events("a").columns
    )
    stream = stream_of(events, sessions(10), LETTERS)
    assert sampled(stream, 1000).codes.tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    assert shown(stream, np.array([0, 1999, 2000, 3999, 4000, 9999, 10_000])).tolist() == [0, 0, 1, 1, 0, 0, MISSING]


def test_transitions_of_a_picture():
    """Of a: once to b, once to c; b and c always to a. In the long run half of the bouts are a."""
    pairs = bouts_after_bouts(drawn("abacaba", labels=tuple("abcd")))
    counts = tables(pairs, 1, 4, 4)[0]
    shares = probabilities(counts)
    assert shares[:3].tolist() == [[0, 2 / 3, 1 / 3, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
    assert np.isnan(shares[3]).all()
    assert stationary(counts) == pytest.approx([1 / 2, 1 / 3, 1 / 6, 0])


def test_a_chain_that_ends_has_no_long_run():
    assert not irreducible(np.array([[0, 3, 0], [2, 0, 1], [0, 0, 0]]))
    assert np.isnan(stationary(np.array([[0, 3, 0], [2, 0, 1], [0, 0, 0]]))).all()
    assert not irreducible(np.array([[4, 1], [0, 5]]))
    assert not irreducible(np.zeros((2, 2)))


@given(st.lists(st.lists(st.integers(1, 9), min_size=3, max_size=3), min_size=3, max_size=3))
def test_the_long_run_is_what_many_steps_lead_to(counts):
    table = np.array(counts)
    shares = probabilities(table)
    assert shares.sum(1) == pytest.approx(np.ones(3))
    assert stationary(table) == pytest.approx(np.linalg.matrix_power(shares, 200)[0])


def test_responses_of_a_picture():
    """a begins at 2, 6, 9 (not at 0: it is on when the session starts); c at 3 and 8. Within 2 s: 2>3 and 6>8."""
    first, second = drawn("abaabbabba"), drawn("dddcddddcd")
    sums = contingent.counts(first, second, (0, 2), 2000)
    assert sums.tolist() == [[3, 2, 2, 10_000]]
    assert contingent.share(sums) == pytest.approx([2 / 3])
    base = 1 - np.exp(-2 * 2 / 10)
    assert contingent.base(sums, 2000) == pytest.approx([base])
    assert contingent.odds_ratio(sums, 2000) == pytest.approx([2 / (base / (1 - base))])
    assert contingent.counts(first, second, (0, 2), 1999)[0, 1] == 1
    assert contingent.counts(first, first, (0, 0), 9000)[0, 1] == 2
    assert np.isnan(contingent.share(contingent.counts(first, second, (5, 2), 2000))).all()
    assert np.isnan(contingent.odds_ratio(np.array([3.0, 3, 2, 10_000]), 2000))


def brute_recurrence(first: np.ndarray, second: np.ndarray) -> dict[str, float]:
    """The N x N plot, and its lines one after the other."""
    plot = (first[:, None] == second) & (first[:, None] != MISSING)
    diagonals = [np.diagonal(plot, shift) for shift in range(-len(first) + 1, len(first))]
    lines = {"diagonal": diagonals, "second": list(plot), "first": list(plot.T)}
    found = {"rate": 100 * plot.sum() / plot.size}
    for name, runs in lines.items():
        lengths = [len(run) for line in runs for run in re.findall("1+", "".join(map(str, line.astype(int))))]
        found[name] = 100 * sum(each for each in lengths if each >= 2) / max(plot.sum(), 1)
    return found


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 14).flatmap(lambda n: st.tuples(*[st.text("aab.c", min_size=n, max_size=n)] * 2)))
def test_recurrence_is_that_of_the_plot(pictures):
    """Beside a second recording that must not mix with the first."""
    first, second = (sampled(drawn(picture, "cabba"), 1000) for picture in pictures)
    sums = recurrence.counts(first, second)[0]
    n = len(pictures[0])
    expected = brute_recurrence(first.codes[:n], second.codes[:n])
    assert recurrence.rate(sums) == pytest.approx(expected["rate"])
    if sums[1]:
        assert recurrence.determinism(sums) == pytest.approx(expected["diagonal"])
        assert recurrence.laminarity(sums, "second") == pytest.approx(expected["second"])
        assert recurrence.laminarity(sums, "first") == pytest.approx(expected["first"])
    else:
        assert np.isnan(recurrence.determinism(sums))


def test_the_profile_names_who_follows():
    """The second shows every code 2 s after the first."""
    first, second = (sampled(drawn(picture), 1000) for picture in ("abcdefab", "..abcdef"))
    profile = recurrence.profile(first, second, 7)[0]
    shares = profile[:, 0] / profile[:, 1]
    assert profile[:, 1].tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1]
    assert shares[7 + 2] == 1
    assert shares[7 - 4] == pytest.approx(2 / 4)
    assert profile[:, 0].sum() == recurrence.counts(first, second)[0, 1]


STEPS = ((0, 1, 2), (2000, 2, 2), (2480, 2, 2), (5320, 4, 3), (7830, 3, 2), (9670, 2, 4), (11850, 2, 2), (12160, 4, 2))


def test_the_grid_of_the_reference():
    ends = [onset for onset, *_ in STEPS[1:]] + [14_800]
    session = pd.DataFrame({"observation_id": ["O0"], "start_ms": [0], "end_ms": [14_800]})
    streams = []
    for side in (1, 2):
        rows = [("O0", str(step[side]), step[0], end) for step, end in zip(STEPS, ends, strict=True)]
        streams.append(stream_of(pd.DataFrame(rows, columns=drawn_events("a").columns), session, tuple("1234")))
    found = grid(*streams)
    row = summary(found.time_ms, found.counts).iloc[0]
    assert (row["visits"], row["cells"], row["seconds"]) == (7, 6, 14.8)
    assert row["seconds_per_visit"] == pytest.approx(2.1143, abs=5e-5)
    assert row["seconds_per_cell"] == pytest.approx(2.4667, abs=5e-5)
    assert row["dispersion"] == pytest.approx(0.878770, abs=5e-7)
    assert found.visits["offset_ms"].tolist() == [2000, 5320, 7830, 9670, 11_850, 12_160, 14_800]


def test_a_grid_has_holes_where_one_is_not_coded():
    """(a, c) 0-2, nothing 2-3, (a, c) again 3-4: two visits of one cell."""
    found = grid(drawn("aaaa", labels=("a", "b")), drawn("cc.c", labels=("c", "d")))
    assert found.visits[["onset_ms", "offset_ms"]].to_numpy().tolist() == [[0, 2000], [3000, 4000]]
    assert found.counts.tolist() == [[[2, 0], [0, 0]]]
    assert dispersion(found.time_ms) == pytest.approx([0])
    assert dispersion(np.full((1, 2, 3), 500)) == pytest.approx([1])
    assert np.isnan(dispersion(np.zeros((1, 2, 2)))).all()
    empty = grid(drawn("....", labels=("a", "b")), drawn("cc.c", labels=("c", "d")))
    assert empty.visits.empty
    assert summary(empty.time_ms, empty.counts)["visits"].tolist() == [0]


def test_latencies_of_the_reference():
    a = drawn("aaaa......aa......")
    b = stream_of(
        pd.DataFrame([("O0", "b", 12_500, 14_000), ("O0", "b", 20_000, 23_000)], columns=drawn_events("a").columns),
        sessions(18),
        LETTERS,
    )
    found = waits(a, b, (0, 1))
    assert found["wait_ms"].tolist() == [3500, 3000]
    assert found["answered"].all()
    assert found["wait_ms"].mean() == 3250
    back = waits(b, a, (1, 0))
    assert (back["wait_ms"].tolist(), back["answered"].tolist()) == ([1000], [True])


def test_waits_that_end_without_an_answer():
    """a ends at 2, 5, 10 and 15; b begins at 10 and 15. The clock of 2 stops at 5, that of 5 at 10, where the next one
    starts, both without an answer; those of 10 and 15 are answered at once. By onsets (4, 8, 13; a is on at 0): none
    until the next a, then after 2 s each.
    """
    first, second = drawn("aac.acccaacccaacc"), drawn("ccccccccccbccccbb")
    found = waits(first, second, (0, 1))
    assert found["since_ms"].tolist() == [2000, 5000, 10_000, 15_000]
    assert found["wait_ms"].tolist() == [3000, 5000, 0, 0]
    assert found["answered"].tolist() == [False, False, True, True]
    started = waits(first, second, (0, 1), "start")
    assert started[["since_ms", "wait_ms", "answered"]].to_numpy().tolist() == [
        [4000, 4000, False],
        [8000, 2000, True],
        [13_000, 2000, True],
    ]


def test_whether_the_answer_was_already_on():
    found = waits(drawn("aac.aacc"), drawn("cbbbcccc"), (0, 1))
    assert found["already_on"].tolist() == [True, False]
    assert found["answered"].tolist() == [False, False]


def test_kaplan_meier_by_hand_and_by_statsmodels():
    wait, answered = np.array([1, 2, 2, 3, 5, 5, 8]), np.array([1, 1, 0, 1, 0, 1, 0], dtype=bool)
    curve = kaplan_meier(wait, answered)
    assert curve["at_risk"].tolist() == [7, 6, 4, 3, 1]
    assert curve["waiting"].tolist() == pytest.approx([6 / 7, 5 / 7, 15 / 28, 5 / 14, 5 / 14])
    other = SurvfuncRight(wait, answered.astype(int))
    assert curve.loc[curve["answers"] > 0, "waiting"].tolist() == pytest.approx(list(other.surv_prob))
    assert median_ms(wait, answered) == other.quantile(0.5) == 5
    se = dict(zip(other.surv_times, other.surv_prob_se, strict=True))
    row = curve[curve["time_ms"] == 3].iloc[0]
    theta = 1.959963984540054 * se[3] / (row["waiting"] * np.log(row["waiting"]))
    assert (row["high"], row["low"]) == pytest.approx(
        (row["waiting"] ** np.exp(theta), row["waiting"] ** np.exp(-theta))
    )
    assert answered_within(wait, answered, 3) == pytest.approx(13 / 28)
    """The ends of the interval as lifelines 0.30.3 prints them."""
    assert curve["low"].round(6).tolist() == [0.334054, 0.258154, 0.131988, 0.051977, 0.051977]
    assert curve["high"].round(6).tolist() == [0.978561, 0.919797, 0.824997, 0.698713, 0.698713]
    assert np.isnan(answered_within(wait, answered, 9))
    assert np.isnan(median_ms(wait, answered & False))
    assert kaplan_meier(wait[:0], answered[:0]).empty


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=25),
    st.integers(1, 99),
)
def test_medians_are_those_of_each_curve(clocks, seed):
    frame = pd.DataFrame(clocks, columns=["observation", "wait_ms", "answered"]).assign(already_on=False)
    frame["answered"] = frame["answered"].astype(bool)
    found = Medians(frame, 4)
    for number in range(4):
        rows = frame[frame["observation"] == number]
        expected = median_ms(rows["wait_ms"].to_numpy(), rows["answered"].to_numpy()) / 1000
        assert found.each[number] == pytest.approx(expected, nan_ok=True)
    shuffled = frame.sample(frac=1, random_state=seed)
    assert Medians(shuffled, 4).each.tolist() == pytest.approx(found.each.tolist(), nan_ok=True)
    twice = Medians(pd.concat([frame, frame]), 4)
    assert twice.pooled == pytest.approx(found.pooled, nan_ok=True)


def test_numbers_add_up_over_recordings():
    """Two recordings: 1 of 2 answers and 2 of 2: together 3 of 4, not the mean of the shares."""
    given_, target = drawn(".a.a.c", ".a.a.a.."), drawn("..b...", "..b.b...")
    found = of_responses(given_, target, (0, 1), 1000, "share")
    assert found.each.tolist() == pytest.approx([1 / 2, 2 / 3])
    assert found.pooled == pytest.approx(3 / 5)
    assert found.n.tolist() == [2, 3]
    low, high = found.interval(np.array(["one", "two"]))
    assert (low, high) == (0.5, pytest.approx(2 / 3))
    assert np.isnan(found.interval(np.array(["one", "one"]))).all()


def test_q_and_share_of_pairs_are_those_of_the_table():
    table = chats(1)
    cells = np.repeat([divmod(cell, 5) for cell in range(25)], table.ravel(), axis=0)
    pairs = Pairs(np.zeros(len(cells), int), cells[:, 0], cells[:, 1])
    for row, column in product(range(5), repeat=2):
        found = of_pairs(pairs, 1, (row, column), "yule_q")
        assert found.pooled == analyse(table).yule_q[row, column]
        assert of_pairs(pairs, 1, (row, column), "share").pooled == pytest.approx(table[row, column] / table[row].sum())
    assert yule_q(*(np.array(each) for each in (6.0, 9, 8, 20))) == (6 * 9 - 3 * 2) / (6 * 9 + 3 * 2)


def test_waits_per_minute_and_shares_of_the_grid():
    frame = pd.DataFrame({"observation": [0, 0, 1], "wait_ms": [2000, 4000, 3000], "answered": [True, False, False]})
    found = of_waits(frame, 2, "rate")
    assert (found.each.tolist(), found.pooled) == ([10, 0], pytest.approx(20 / 3))
    assert of_waits(frame, 2, "mean").each.tolist() == pytest.approx([2, np.nan], nan_ok=True)
    one, two = drawn("aab", labels=("a", "b")), drawn("ccc", labels=("c", "d"))
    assert of_grid(one, two, "share", (0, 0)).each == pytest.approx([2 / 3])
    assert of_grid(one, two, "seconds_per_visit").each == pytest.approx([1.5])
    assert of_grid(one, two, "dispersion").pooled == pytest.approx(1 - (4 * (4 / 9 + 1 / 9) - 1) / 3)


def test_the_bootstrap_draws_families():
    sums = np.array([[1.0, 1], [0, 1], [1, 1], [0, 1]])
    low, high = bootstrap(sums, np.array([1, 1, 2, 2]), lambda some: some[..., 0] / some[..., 1])
    assert (low, high) == (0.5, 0.5)
    values = np.random.default_rng(1).normal(10, 2, 400)
    ends = bootstrap(np.c_[values, np.ones(400)], np.arange(400), lambda some: some[..., 0] / some[..., 1])
    half = 1.96 * values.std() / 20
    assert ends == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


PICTURES = st.integers(2, 12).flatmap(lambda n: st.tuples(*[st.text("ab.c", min_size=n, max_size=n)] * 2))


@settings(max_examples=40, deadline=None)
@given(PICTURES, st.permutations(range(3)), st.integers(0, 5))
def test_renaming_shifting_and_an_empty_recording_change_nothing(pictures, order, extra):
    first, second = (drawn(each) for each in pictures)
    before = everything(first, second, [0, 1, 2])
    renamed = [each.translate(str.maketrans("abc", "".join("abc"[place] for place in order))) for each in pictures]
    assert everything(*(drawn(each) for each in renamed), list(order)) == pytest.approx(before, nan_ok=True)
    empty = "." * extra + "."
    assert everything(*(drawn(empty, each) for each in pictures), [0, 1, 2]) == pytest.approx(before, nan_ok=True)
    events = drawn_events(pictures[0])
    moved = events.assign(onset_ms=events["onset_ms"] + 777, offset_ms=events["offset_ms"] + 777).iloc[::-1]
    later = sessions(len(pictures[0])).assign(start_ms=5777, end_ms=lambda frame: frame["end_ms"] + 777)
    assert everything(stream_of(moved, later, LETTERS), second, [0, 1, 2]) == pytest.approx(before, nan_ok=True)


def everything(first, second, order) -> list[float]:
    """Pooled numbers of the first two codes as the order names them."""
    codes = order[0], order[1]
    one, other = (sampled(each, 500) for each in (first, second))
    clocks = waits(first, second, codes)
    found = grid(first, second)
    return [
        *contingent.counts(first, second, codes, 2000).sum(0)[:3],
        *recurrence.counts(one, other).sum(0)[1:],
        of_pairs(bouts_after_bouts(first), first.recordings, codes, "share").pooled,
        of_pairs(onsets_after_onsets(first, second), first.recordings, codes, "share").pooled,
        of_pairs(samples_after_samples(one, other, 1), first.recordings, codes, "yule_q").pooled,
        float(dispersion(found.time_ms.sum(0))),
        float(found.counts.sum()),
        float(len(clocks)),
        float(clocks["wait_ms"].sum()),
    ]


@settings(max_examples=30, deadline=None)
@given(PICTURES, st.integers(1, 999))
def test_cutting_a_state_changes_no_time(pictures, cut):
    """Grid, recurrence and sequences are the same; only the number of onsets differs."""
    events = drawn_events(pictures[0])
    halves = [events.assign(offset_ms=events["onset_ms"] + cut), events.assign(onset_ms=events["onset_ms"] + cut)]
    length = sessions(len(pictures[0]))
    whole, halved = (stream_of(each, length, LETTERS) for each in (events, pd.concat(halves)))
    other = drawn(pictures[1])
    assert chain(halved).onset_ms.tolist() == chain(whole).onset_ms.tolist()
    assert (grid(halved, other).time_ms == grid(whole, other).time_ms).all()
    assert (grid(halved, other).counts == grid(whole, other).counts).all()
    assert (sampled(halved, 300).codes == sampled(whole, 300).codes).all()
    assert halved.begins.sum() == whole.begins.sum() + len(events)
