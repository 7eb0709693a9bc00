"""Windows of smiles by hand, folds without a mother on both sides, baselines and errors by a second road."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.instrument import load_instrument
from pipeline.catalogue.smile_feature_names import FEATURE_NAMES
from pipeline.catalogue.smile_paper import TABLE_II, published
from pipeline.measures import smile_window_errors
from pipeline.measures.smile_baselines import PENALTIES, ridge, ridge_answers
from pipeline.measures.smile_folds import folds, scaled
from pipeline.measures.smile_window_errors import (
    FEWEST_FAMILIES,
    calibration,
    difference,
    errors,
    metric,
    per_session,
    spread_difference,
)
from pipeline.measures.smile_windows import numbered, related, scored, shuffled, tied, windows
from tests.window_smiles import made_up


def smiles(*sessions: tuple[int, list[float], float]) -> pd.DataFrame:
    """(mother, onset amplitudes in order, score) of each session; the other features are twice that."""
    rows = []
    for session, (mother, amplitudes, score) in enumerate(sessions):
        for number, value in enumerate(amplitudes, 1):
            features = dict.fromkeys(FEATURE_NAMES, 2 * value) | {"onset_amplitude": value}
            rows.append({"mother": mother, "session": session, "smile_number": number, **features, "score": score})
    return pd.DataFrame(rows)


# ---- windows --------------------------------------------------------------------------------------------------------


def test_windows_by_hand():
    """Session 0:  1 2 6   size 2: (1 2) (2 6)   size 3: (1 2 6)
    Session 1:  9       too few
    Session 2:  4 8     size 2: (4 8)"""
    frame = smiles((0, [1, 2, 6], 5), (0, [9], 7), (1, [4, 8], 3))
    two, three = windows(frame, 2), windows(frame, 3)
    assert two.frame["onset_amplitude"].tolist() == [1.5, 4.0, 6.0]
    assert two.frame["offset_amplitude"].tolist() == [3.0, 8.0, 12.0]
    assert two.frame[["mother", "session", "score"]].to_numpy().tolist() == [[0, 0, 5], [0, 0, 5], [1, 2, 3]]
    assert (two.sessions, two.dropped) == (2, 1)
    assert three.frame["onset_amplitude"].tolist() == [3.0] and (three.sessions, three.dropped) == (1, 2)


def test_windows_of_nothing_and_of_one_smile():
    frame = smiles((0, [1, 2], 5))
    none = windows(frame, 3)
    assert none.frame.empty and list(none.frame) == list(windows(frame, 1).frame) and none.dropped == 1
    assert windows(frame, 1).frame["onset_amplitude"].tolist() == [1, 2]
    assert windows(frame.head(0), 2).frame.empty


@pytest.mark.parametrize("size", [1, 2, 5])
def test_windows_equal_one_statement(size):
    frame = scored(numbered(made_up(mothers=12)), "score:PHQ-9").sample(frac=1, random_state=1)
    columns = ", ".join(f"avg({name}) OVER w AS {name}" for name in FEATURE_NAMES)
    statement = (
        f"SELECT mother, session, score, {columns}, count(*) OVER w AS n FROM frame WINDOW w AS (PARTITION BY session "
        f"ORDER BY smile_number ROWS BETWEEN {size - 1} PRECEDING AND CURRENT ROW) QUALIFY n = {size} "
        "ORDER BY session, smile_number"
    )
    with duckdb.connect() as connection:
        expected = connection.register("frame", frame).execute(statement).df().drop(columns="n")
    pd.testing.assert_frame_equal(windows(frame, size).frame, expected, check_dtype=False, atol=1e-12)


def test_whoever_is_tied_is_one_mother():
    """Twins (one caregiver in two families), two caregivers of a family, and nobody."""
    families = pd.Series(["A", "A", "B", "C", "D"])
    people = pd.Series(["m1", "m2", "m2", "m3", None])
    assert tied(families, people).tolist() == [0, 0, 0, 1, 2]
    assert tied(families.head(0), people.head(0)).tolist() == []


def test_identifiers_do_not_go_further():
    frame = numbered(made_up(mothers=4))
    assert not {"observation_id", "family_id", "caregiver_id", "dyad_id"} & set(frame)
    assert frame["mother"].nunique() == 4 and frame["session"].nunique() == 8


def test_sessions_without_the_score_are_left_out_and_numbers_close_up():
    rows = made_up(mothers=4)
    rows.loc[rows["family_id"] == "F01", "score:PHQ-9"] = np.nan
    frame = scored(numbered(rows), "score:PHQ-9")
    assert sorted(frame["mother"].unique()) == [0, 1, 2] and sorted(frame["session"].unique()) == list(range(6))


def test_the_order_of_rows_is_no_matter():
    rows = made_up(mothers=6)
    one, other = (scored(numbered(frame), "score:PHQ-9") for frame in (rows, rows.sample(frac=1, random_state=3)))
    pd.testing.assert_frame_equal(one, other)


# ---- features -------------------------------------------------------------------------------------------------------


def test_the_related_features_are_found_and_said_in_their_order():
    frame = scored(numbered(made_up(relation=3, mothers=40)), "score:PHQ-9")
    frame["total_duration_s"] = frame["score"] + np.random.default_rng(1).normal(size=len(frame))
    found = related(frame, 4)
    assert {"onset_amplitude", "total_duration_s"} <= set(found) and len(found) == 4
    assert list(found) == sorted(found, key=FEATURE_NAMES.index)


def test_related_features_equal_pandas():
    frame = scored(numbered(made_up(relation=0.3, mothers=40)), "score:PHQ-9")
    strength = pd.Series(0.0, index=FEATURE_NAMES)
    for _, mine in frame.groupby("smile_number"):
        if len(mine) >= 10:
            strength += len(mine) * mine[list(FEATURE_NAMES)].corrwith(mine["score"]).abs()
    assert set(related(frame, 4)) == set(strength.nlargest(4).index)


# ---- folds ----------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(10, 60), st.integers(2, 5), st.integers(2, 4), st.integers(0, 9))
def test_nobody_is_on_both_sides_and_everybody_is_asked_once(among, count, inner, seed):
    everyone = np.ones(among, dtype=bool)
    outer = folds(everyone, count, among, (seed,))
    assert np.sum([fold.asked for fold in outer], axis=0).tolist() == [1] * among
    names = [fold.name for fold in outer]
    for fold in outer:
        assert not (fold.teaching & fold.asked).any() and (fold.teaching | fold.asked).all()
        for one in folds(fold.teaching, inner, among, fold.name):
            assert not (one.asked & fold.asked).any() and not (one.teaching & fold.asked).any()
            assert not (one.asked & one.teaching).any()
            names.append(one.name)
    assert len(set(names)) == len(names), "every network has words of its own"
    sizes = [fold.asked.sum() for fold in outer]
    assert max(sizes) - min(sizes) <= 1


def test_another_seed_draws_other_folds_and_the_same_one_the_same():
    everyone = np.ones(20, dtype=bool)
    one, again, other = (folds(everyone, 5, 20, (seed,))[0].asked for seed in (1, 1, 2))
    assert (one == again).all() and (one != other).any()


def test_scales_are_the_teaching_sides():
    teaching, asked = np.array([[0.0, 5.0], [2.0, 5.0]]), np.array([[3.0, 6.0], [1.0, 5.0]])
    inside, outside = scaled(teaching, asked)
    assert inside.tolist() == [[-1, 0], [1, 0]] and outside.tolist() == [[2, 1], [0, 0]]


# ---- shuffled scores ------------------------------------------------------------------------------------------------


def test_shuffling_moves_scores_of_whole_mothers():
    frame = smiles((0, [1, 2], 5), (0, [3], 6), (1, [4], 7), (1, [5], 8), (2, [6, 7], 9))
    for seed in range(6):
        found = shuffled(frame, np.random.default_rng(seed))
        assert found.drop(columns="score").equals(frame.drop(columns="score"))
        assert (found.groupby("session")["score"].nunique() == 1).all()
        pairs = found.drop_duplicates("session").groupby("mother")["score"].agg(tuple).tolist()
        assert pairs[0] in [(5, 6), (7, 8), (9, 9)] and pairs[1] in [(5, 6), (7, 8), (9, 9)]
        assert pairs[2] in [(5,), (7,), (9,)]


# ---- baselines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [0.01, 3.0, 500.0])
def test_ridge_equals_least_squares_with_added_rows(penalty):
    """Penalised least squares is plain least squares with one row sqrt(penalty) per column."""
    rng = np.random.default_rng(1)
    features, scores, asked = rng.normal(size=(40, 4)), rng.normal(5, 2, 40), rng.normal(size=(6, 4))
    centred = features - features.mean(axis=0)
    wide = np.vstack([centred, np.sqrt(penalty) * np.eye(4)])
    weights = np.linalg.lstsq(wide, np.append(scores - scores.mean(), np.zeros(4)), rcond=None)[0]
    expected = scores.mean() + (asked - features.mean(axis=0)) @ weights
    assert ridge_answers(features, scores, asked, np.array([penalty]))[0] == pytest.approx(expected, abs=1e-10)


def test_ridge_shrinks_all_the_way_where_nothing_is_related_and_hardly_where_all_is():
    rng = np.random.default_rng(2)
    features, mothers = rng.normal(size=(200, 4)), np.repeat(np.arange(50), 4)
    asked = rng.normal(size=(9, 4))
    clear = ridge(features, 3 + features[:, 0], mothers, asked)
    assert clear == pytest.approx(3 + asked[:, 0], abs=0.01)
    noise = ridge(features, rng.normal(5, 1, 200), mothers, asked)
    assert np.ptp(noise) < 0.5 and PENALTIES.max() > 1000


# ---- errors ---------------------------------------------------------------------------------------------------------


def answers(rows: list[tuple[int, int, int, float, float, float]]) -> pd.DataFrame:
    """(seed, mother, session, score, network, mean); the other guesses are the mean's."""
    frame = pd.DataFrame(rows, columns=["seed", "mother", "session", "score", "network", "mean"])
    return frame.assign(median=frame["mean"], ridge=frame["mean"])


def test_errors_by_hand():
    """Seed 1: off by 1, 3 (one session) and 2; seed 2: off by 0, 0 and 4."""
    frame = answers([(1, 0, 0, 5, 6, 5), (1, 0, 0, 5, 8, 5), (1, 1, 1, 4, 2, 5),
                     (2, 0, 0, 5, 5, 5), (2, 0, 0, 5, 5, 5), (2, 1, 1, 4, 8, 5)])  # fmt: skip
    assert metric(frame, "network", "mae") == pytest.approx((2 + 4 / 3) / 2)
    assert metric(frame, "network", "rmse") == pytest.approx((np.sqrt(14 / 3) + np.sqrt(16 / 3)) / 2)
    sessions = per_session(frame)
    assert sessions["network"].tolist() == [7, 2, 5, 8]
    assert metric(sessions, "network", "mae") == pytest.approx(2.0)
    found = errors(frame).set_index(["unit", "guess", "metric"])
    assert found.loc[("session", "network", "mae"), "value"] == pytest.approx(2.0)
    assert found.loc[("session", "mean", "mae"), "difference"] == pytest.approx(2.0 - 0.5)
    assert np.isnan(found.loc[("session", "network", "mae"), "difference"])


def test_a_network_that_is_always_one_point_closer_is_so_in_every_sample():
    rows = [(1, mother, mother, 10.0, 12.0 + mother, 13.0 + mother) for mother in range(8)]
    found = errors(answers(rows)).set_index(["unit", "guess", "metric"]).loc[("window", "mean", "mae")]
    assert (found["difference"], found["low"], found["high"]) == pytest.approx((-1, -1, -1))
    assert spread_difference(answers(rows), 20.0, "window")[0] == pytest.approx(5.5 - 20)


def test_the_interval_is_of_mothers_drawn_with_replacement():
    """By another road: rows of drawn mothers put together, again and again."""
    rng = np.random.default_rng(5)
    rows = [
        (1, mother, mother, 5.0, 5 + off, 5 + other)
        for mother in range(12)
        for off, other in rng.normal(size=(int(rng.integers(1, 5)), 2))
    ]
    frame = answers(rows)
    found = errors(frame).set_index(["unit", "guess", "metric"]).loc[("window", "mean", "rmse")]
    parts = [mine.to_numpy() for _, mine in frame[["network", "mean"]].groupby(frame["mother"])]
    apart = []
    for _ in range(2000):
        drawn = np.vstack([parts[place] for place in rng.integers(0, 12, 12)]) - 5
        network, mean = np.sqrt((drawn**2).mean(axis=0))
        apart.append(network - mean)
    low, high = np.quantile(apart, [0.025, 0.975])
    assert (found["low"], found["high"]) == pytest.approx((low, high), abs=0.04)


def test_a_difference_covers_the_truth_about_as_often_as_it_says(monkeypatch):
    """Two guesses equally far off: 0 lies inside the interval in about 95 of 100 samples of 40 mothers."""
    monkeypatch.setattr(smile_window_errors, "DRAWS", 400)
    rng, inside = np.random.default_rng(7), 0
    for _ in range(120):
        off = np.abs(rng.normal(size=(40, 2)))
        _, low, high = difference(off[:, :1], off[:, 1:], np.ones((40, 1)), "mae", 1)
        inside += low <= 0 <= high
    assert 0.88 <= inside / 120 <= 1


def test_a_calibration_point_is_never_of_few_families():
    """Sixty recordings of thirty families make five points; of six families the points are withheld."""
    rng = np.random.default_rng(1)
    many = answers([(1, one // 2, one, float(one % 9), float(one), 5.0) for one in range(60)])
    found = calibration(many)
    assert len(found) == 5 and found["sessions"].sum() == 60 and (found["families"] >= FEWEST_FAMILIES).all()
    assert found["predicted"].is_monotonic_increasing and (found["low"] <= found["observed"]).all()
    few = answers([(1, one // 2, one, float(rng.integers(9)), float(one), 5.0) for one in range(12)])
    hidden = calibration(few)
    assert (hidden["families"] < FEWEST_FAMILIES).all()
    assert hidden[["predicted", "observed", "low", "high"]].isna().all().all()


def test_a_calibration_point_is_the_mean_of_its_group():
    many = answers([(1, one, one, float(one % 4), float(one), 5.0) for one in range(50)])
    first = calibration(many).iloc[0]
    assert first["predicted"] == pytest.approx(4.5)
    assert first["observed"] == pytest.approx(np.mean([0, 1, 2, 3, 0, 1, 2, 3, 0, 1]))


# ---- the paper ------------------------------------------------------------------------------------------------------


def test_what_the_paper_printed_and_where_it_contradicts_itself():
    """Table II, and the errata computed from it and the SDs of Table I."""
    assert TABLE_II["PHQ-9"].window == 4 and TABLE_II["PHQ-9"].epochs == 150
    assert (TABLE_II["PSS-10"].mae, TABLE_II["PSS-10"].rmse) == (3.05, 3.85)
    assert published("PSS") == published("PSS-10") and published("EPDS") is None
    sd = {name: load_instrument(name).sample.sd for name in TABLE_II}
    assert [name for name in TABLE_II if TABLE_II[name].rmse > sd[name]] == ["Social Support"]
    assert {name for name in TABLE_II if TABLE_II[name].mae < sd[name] / 2} >= {"PSS-10", "PEARLS"}
    half = {name for name in ("PHQ-9", "PSS-10", "PEARLS") if TABLE_II[name].rmse < sd[name] / 2}
    assert half == {"PHQ-9"}, half
