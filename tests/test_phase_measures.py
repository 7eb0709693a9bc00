"""Windows, scaling, folds, weights, baselines, metrics and durations of phases, each by a second road."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import statsmodels.stats.inter_rater as inter_rater
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from pipeline.catalogue import engagement_paper
from pipeline.catalogue.phase_recipe import LSTM, PaperCompat, Recipe
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.measures import phase_calibration, phase_metrics
from pipeline.measures.phase_arms import arms
from pipeline.measures.phase_baselines import majority, transition_answers, transitions
from pipeline.measures.phase_durations import UnequalFrames, durations, limits, over_codes
from pipeline.measures.phase_folds import FEWEST_FAMILIES, Fold, inner_folds, outer_folds
from pipeline.measures.phase_metrics import METRICS, NONE_CODED, NONE_PREDICTED
from pipeline.measures.phase_scaling import fit_scaling
from pipeline.measures.phase_sessions import (
    PhasesRefused,
    Session,
    counted,
    mapped,
    present_frames,
    rare_classes,
)
from pipeline.measures.phase_weights import class_weights
from pipeline.measures.phase_windows import asked_windows, teaching_windows

labels_of = st.lists(st.integers(-1, 2), min_size=1, max_size=60).map(np.array)


def made(labels, present=None, episodes=None, name="s1", family="f1") -> Session:
    labels = np.asarray(labels)
    there = np.ones(len(labels), dtype=bool) if present is None else np.asarray(present, dtype=bool)
    return Session(name, family, labels, there, None if episodes is None else np.asarray(episodes))


def pairs(windows) -> list[tuple[int, int]]:
    return [(int(start), int(stop)) for start, stop in zip(windows.starts, windows.stops, strict=True)]


# windows


def test_teaching_windows_by_hand():
    """Dropped frame 5, no features in frame 9, another episode from frame 12."""
    labels = [0, 0, 0, 1, 1, -1, 1, 1, 1, 1, 0, 0, 0, 0]
    present = [place != 9 for place in range(14)]
    one = made(labels, present, [0] * 12 + [1] * 2)
    assert pairs(teaching_windows(one, 3, 3)) == [(0, 3), (3, 5), (6, 9), (10, 12), (12, 14)]
    assert pairs(teaching_windows(made(labels, present), 3, 3)) == [(0, 3), (3, 5), (6, 9), (10, 13), (13, 14)]
    assert teaching_windows(one, 3, 3).frames()[1].tolist() == [3, 4, -1]
    assert pairs(asked_windows(one, 5)) == [(0, 5), (5, 9), (10, 12), (12, 14)]


def test_windows_may_overlap_for_teaching_only():
    assert pairs(teaching_windows(made([0] * 60), 50, 25)) == [(0, 50), (25, 60)]
    assert pairs(teaching_windows(made([0] * 10), 50, 25)) == [(0, 10)], "a session shorter than a window"
    with pytest.raises(ValueError, match="skip"):
        teaching_windows(made([0] * 60), 25, 26)


@settings(max_examples=50)
@given(labels_of, st.integers(1, 9), st.data())
def test_every_frame_that_counts_is_asked_once(labels, length, data):
    present = np.array(data.draw(st.lists(st.booleans(), min_size=len(labels), max_size=len(labels))))
    stride = data.draw(st.integers(1, length))
    one = made(labels, present, np.arange(len(labels)) // 11)
    asked = asked_windows(one, length).frames()
    assert sorted(asked[asked >= 0]) == np.flatnonzero(present).tolist()
    taught = teaching_windows(one, length, stride).frames()
    assert set(taught[taught >= 0]) == set(np.flatnonzero(one.scored))
    for window in taught:
        inside = window[window >= 0]
        assert len({frame // 11 for frame in inside}) == 1 and (np.diff(inside) == 1).all()


@settings(max_examples=30)
@given(labels_of, st.integers(1, 9), st.integers(0, 30), st.integers(0, 30))
def test_video_around_the_coded_time_moves_no_window(labels, length, before, after):
    labels = np.concatenate([[0], labels, [1]])
    more = np.concatenate([np.full(before, -1), labels, np.full(after, -1)])
    plain = pairs(asked_windows(made(labels), length))
    assert set(plain) <= {(start - before, stop - before) for start, stop in pairs(asked_windows(made(more), length))}


# scaling


def two_steps(training: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Standardise, then min-max, then clip: written out."""
    spread = np.where(training.std(axis=0) > 0, training.std(axis=0), 1)
    own, other = (training - training.mean(axis=0)) / spread, (rows - training.mean(axis=0)) / spread
    low, high = own.min(axis=0), own.max(axis=0)
    found = np.where(high > low, (other - low) / np.where(high > low, high - low, 1) * 2 - 1, 0)
    return np.clip(found, -1, 1)


def test_scaling_is_standardising_and_then_min_max():
    rng = np.random.default_rng(1)
    training, rows = rng.normal(3, 2, (90, 5)), rng.normal(3, 4, (40, 5))
    training[:, 2] = 7.0
    scaling = fit_scaling([training[:1], training[:0], training[1:30], training[30:]])
    assert scaling.mean == pytest.approx(training.mean(axis=0)) and scaling.spread == pytest.approx(
        training.std(axis=0)
    )
    found, outside = scaling.scaled(rows), scaling.outside(rows)
    single = rows.astype(np.float32)
    assert np.array_equal(scaling.scaled(single), found) and found.dtype == np.float32
    assert np.array_equal(single, rows.astype(np.float32)), "what was given is not changed"
    assert found == pytest.approx(two_steps(training, rows), abs=1e-5) and (found[:, 2] == 0).all()
    beyond = (rows < training.min(axis=0)) | (rows > training.max(axis=0))
    assert outside == beyond[:, [0, 1, 3, 4]].sum() > 0
    assert scaling.outside(training) == 0
    assert scaling.scaled(training).min(axis=0) == pytest.approx([-1, -1, 0, -1, -1])
    with pytest.raises(ValueError, match="training frames"):
        fit_scaling([training[:0]])


# folds


def families_apart(fold: Fold, families: dict[str, str]) -> bool:
    return not {families[one] for one in fold.teaching} & {families[one] for one in fold.asked}


@settings(max_examples=30)
@given(st.lists(st.integers(0, 12), min_size=3, max_size=40), st.integers(2, 20), st.integers(0, 5), st.randoms())
def test_families_stand_on_one_side(members, count, seed, random):
    families = {f"s{place:02d}": f"f{family}" for place, family in enumerate(members)}
    if len(set(families.values())) < FEWEST_FAMILIES:
        with pytest.raises(PhasesRefused, match="families"):
            outer_folds(families, count, seed)
        return
    found = outer_folds(families, count, seed)
    assert all(families_apart(fold, families) for fold in found.folds)
    assert Counter(name for fold in found.folds for name in fold.asked) == Counter(list(families))
    assert len(found.folds) == min(count, len(set(families.values()))) and bool(found.note) == (
        len(found.folds) < count
    )
    sizes = [len({families[name] for name in fold.asked}) for fold in found.folds]
    assert max(sizes) - min(sizes) <= 1
    inner = inner_folds(families, found.folds[0], 3, seed)
    assert all(families_apart(fold, families) for fold in inner.folds)
    assert {name for fold in inner.folds for name in fold.asked} == set(found.folds[0].teaching)
    shuffled = list(families.items())
    random.shuffle(shuffled)
    assert outer_folds(dict(shuffled), count, seed) == found


# classes and weights


def test_class_weights_by_hand():
    assert class_weights(np.array([0, 0, 0, 1, -1]), 3).tolist() == pytest.approx([4 / 6, 2.0, 0.0])
    labels = np.random.default_rng(1).integers(0, 4, 100)
    assert class_weights(labels, 4)[labels].mean() == pytest.approx(1)


def test_merged_codes_equal_files_already_merged():
    """A file with protest and withdrawal gives the labels of one coded as negative."""
    infant = load_scheme(scheme_path("icepr")).class_map("infant4")
    codes = ("Ineg", "Ineu", "Ipro", "Islp", "Iwit")
    own = mapped(codes, infant, np.array([2, 4, 1, 3, -1, 2]))
    assert own.tolist() == mapped(codes, infant, np.array([0, 0, 1, 3, -1, 0])).tolist()
    assert [infant.classes[label] if label >= 0 else "" for label in own] == ["Ineg", "Ineg", "Ineu", "", "", "Ineg"]


def test_counts_of_frames_and_sessions():
    found = counted(("a", "b"), {"s1": np.array([0, 0, -1]), "s2": np.array([0, 1, 1])})
    assert found.to_numpy().tolist() == [["a", 3, 2], ["b", 2, 1], ["", 1, 1]]


def test_what_cannot_be_taught_is_said():
    every = [made([0, 1, 1], name="s1"), made([0, 1, 0], name="s2"), made([0, 0, 0], name="s3")]
    assert rare_classes(every, ("a", "b"), 2) == []
    assert rare_classes(every, ("a", "b", "c"), 3) == [
        "c does not occur and can never be predicted.",
        "b occurs in 2 sessions only: some folds are tested without it.",
    ]
    with pytest.raises(PhasesRefused, match="b occurs in one session only"):
        rare_classes([every[0], every[2]], ("a", "b"), 3)
    with pytest.raises(PhasesRefused, match="Only a occurs"):
        rare_classes([every[2], made([0])], ("a", "b"), 3)
    with pytest.raises(PhasesRefused, match="No frame"):
        rare_classes([made([-1, 0], [True, False])], ("a", "b"), 3)


def test_a_frame_with_a_missing_number_has_no_features():
    assert present_frames(np.array([[1, 2], [np.nan, 1], [np.inf, 0]])).tolist() == [True, False, False]


# metrics


matrices = st.integers(2, 5).flatmap(
    lambda k: st.lists(st.integers(0, 30), min_size=k * k, max_size=k * k).map(lambda one: np.array(one).reshape(k, k))
)


def written_out(matrix: np.ndarray) -> dict[str, float]:
    """The definitions over a list of frames, one class at a time, in fractions."""
    pairs = [(i, j) for i, row in enumerate(matrix.tolist()) for j, count in enumerate(row) for _ in range(count)]
    rows = []
    for one in sorted({truth for truth, _ in pairs}):
        right = sum(truth == said == one for truth, said in pairs)
        said, own = sum(said == one for _, said in pairs), sum(truth == one for truth, _ in pairs)
        precision, recall = Fraction(right, said) if said else Fraction(0), Fraction(right, own)
        f1 = 2 * precision * recall / (precision + recall) if right else Fraction(0)
        rows.append((own, precision, recall, f1))
    found = {"accuracy": float(Fraction(sum(one == other for one, other in pairs), len(pairs)))}
    for place, name in enumerate(("precision", "recall", "f1"), 1):
        found[f"{name}_weighted"] = float(sum(row[0] * row[place] for row in rows) / len(pairs))
        found[f"{name}_unweighted"] = float(sum(row[place] for row in rows) / len(rows))
    return found


@settings(max_examples=50)
@given(matrices)
def test_metrics_are_their_definitions(matrix):
    found = dict(zip(METRICS, phase_metrics.metrics(matrix), strict=True))
    if not matrix.sum():
        assert all(np.isnan(value) for value in found.values())
        return
    assert {name: found[name] for name in METRICS[:-1]} == pytest.approx(written_out(matrix))
    assert found["recall_weighted"] == pytest.approx(found["accuracy"])
    if (matrix.sum(0) + matrix.sum(1) > 0).sum() > 1:
        assert found["kappa"] == pytest.approx(inter_rater.cohens_kappa(matrix.astype(float)).kappa)


def test_the_papers_tables_obey_the_same_identity():
    for table in engagement_paper.TABLES.values():
        assert len(table) == 6 and all(one.recall == one.accuracy for one in table.values())
    assert engagement_paper.TABLE_3["dinov2", "lstm"].f1_weighted == 82
    assert sum(one.accuracy for one in engagement_paper.TABLE_4.values()) == 346


def test_what_does_not_exist_is_named():
    """Class c was coded and never predicted; class d the other way round."""
    matrix = phase_metrics.confusion(np.array([0, 0, 1, 2, 2, -1, 0]), np.array([0, 3, 1, 0, 1, 1, -1]), 4)
    assert matrix.sum() == 5
    found = phase_metrics.per_class(matrix, ("a", "b", "c", "d")).set_index("class")
    assert found["note"].tolist() == ["", "", NONE_PREDICTED, NONE_CODED]
    assert found["support"].tolist() == [2, 1, 2, 0] and found["predicted"].tolist() == [2, 2, 0, 1]
    assert np.isnan(found.loc["c", "precision"]) and found.loc["c", "recall"] == 0 and found.loc["c", "f1"] == 0
    assert np.isnan(found.loc["d", "recall"]) and np.isnan(found.loc["d", "f1"]) and found.loc["d", "precision"] == 0
    values = dict(zip(METRICS, phase_metrics.metrics(matrix), strict=True))
    assert values["precision_weighted"] == pytest.approx((2 * 0.5 + 1 * 0.5 + 2 * 0) / 5)


def test_folds_and_families():
    rng = np.random.default_rng(3)
    frames = pd.DataFrame({"family": rng.choice(["x", "y", "z", "w"], 400), "truth": rng.integers(-1, 3, 400)})
    frames["predicted"] = np.where(rng.random(400) < 0.6, frames["truth"], rng.integers(0, 3, 400))
    own = [part for _, part in frames.groupby("family")]
    both = [(part["truth"].to_numpy(), part["predicted"].to_numpy()) for part in own]
    found = np.stack([phase_metrics.confusion(*one, 3) for one in both])
    for part, matrix in zip(own, found, strict=True):
        assert (matrix == pd.crosstab(part["truth"], part["predicted"]).loc[0:2, 0:2].to_numpy()).all()
    spread = phase_metrics.fold_spread(found).set_index("metric").loc["accuracy"]
    shares = [np.trace(one) / one.sum() for one in found]
    assert (spread["mean"], spread["sd"]) == pytest.approx((np.mean(shares), np.std(shares, ddof=1)))
    table = phase_metrics.with_intervals(found, seed=2, draws=300).set_index("metric")
    drawn = np.random.default_rng((2, 4)).multinomial(4, [0.25] * 4, size=300)
    brute = [phase_metrics.metrics(sum(count * one for count, one in zip(row, found, strict=True)))[3] for row in drawn]
    assert table.loc["f1_weighted", ["low", "high"]].tolist() == pytest.approx(np.quantile(brute, [0.025, 0.975]))
    assert table.loc["accuracy", "value"] == pytest.approx(np.trace(found.sum(0)) / found.sum())
    assert phase_metrics.with_intervals(found[:1])[["low", "high"]].isna().all(axis=None)


def test_calibration_by_hand():
    """One frame that nobody coded and one of which the model does not say how sure it was count nowhere."""
    sure = np.array([[0.95, 0.05], [0.91, 0.09], [0.4, 0.6], [1.0, 0.0], [np.nan, np.nan], [0.3, 0.7]])
    columns = {"observation_id": list("aabbbb"), "family": list("aabbbb"), "modality": "video", "kind": "lstm"}
    columns |= {"fold": 0, "frame": range(6), "truth": [0, 1, 1, 0, 0, -1], "predicted": [0, 0, 1, 0, 0, 1]}
    columns |= {"confidence": sure.max(axis=1), "p_x": sure[:, 0], "p_y": sure[:, 1]}
    (arm,) = arms(pd.DataFrame(columns), ("x", "y"))
    found = phase_calibration.calibration(arm)
    expected = [[0.6, 0.7, 0.6, 1.0, 1, 1], [0.9, 1.0, (0.95 + 0.91 + 1) / 3, 2 / 3, 3, 2]]
    assert found.iloc[:, 2:].to_numpy(dtype=float) == pytest.approx(np.array(expected))
    error = phase_calibration.calibration_error(arm, draws=50).iloc[0]
    assert error["error"] == pytest.approx((0.4 + 3 * ((0.95 + 0.91 + 1) / 3 - 2 / 3)) / 4)
    assert error["too_sure"] == pytest.approx((0.95 + 0.91 + 0.6 + 1 - 3) / 4)
    assert (error["frames"], error["families"]) == (4, 2)
    of_y = phase_calibration.class_calibration(arm, ("x", "y")).query("`class` == 'y'")
    assert of_y[["low", "share", "frames"]].to_numpy().tolist() == [[0, 1 / 3, 3], [0.6, 1, 1]]


# baselines


def test_majority_and_transitions_by_hand():
    assert majority(np.array([2, 1, 1, 2, 0, -1, -1, -1]), 3) == 1
    one = made([0, 0, 1, -1, 1, 1, 0], episodes=[0, 0, 0, 0, 1, 1, 1])
    model = transitions([one], 2)
    assert model.start.tolist() == [0.5, 0.5]
    assert model.step == pytest.approx(np.array([[1.5 / 2.5, 1 / 2.5], [1 / 2.5, 1.5 / 2.5]]))
    found = transition_answers(model, one)
    by_power = [model.start @ np.linalg.matrix_power(model.step, frame) for frame in (0, 1, 2, 3, 0, 1, 2)]
    assert found == pytest.approx(np.array(by_power))


@settings(max_examples=30)
@given(st.lists(labels_of, min_size=1, max_size=4))
def test_transitions_are_counted_shares(every):
    model = transitions([made(one) for one in every], 3)
    steps = Counter(
        pair for one in every for pair in zip(one.tolist(), one.tolist()[1:], strict=False) if min(pair) >= 0
    )
    for row in range(3):
        counts = [steps[row, column] + (0.5 if row == column else 0) for column in range(3)]
        assert model.step[row] == pytest.approx(np.array(counts) / sum(counts))


# durations


def test_durations_bias_and_limits_by_hand():
    fps = Fraction(25)
    human = {"s1": np.repeat([0, 1, -1], [50, 25, 25]), "s2": np.repeat([0, 1], [25, 75]), "s3": np.full(100, 1)}
    said = {"s1": np.repeat([0, 1], [75, 25]), "s2": np.repeat([0, 1], [25, 75]), "s3": np.repeat([1, -1], [75, 25])}
    table = durations(human, said, ("a", "b"), fps)
    assert table["human_s"].tolist() == [2, 1, 1, 3, 0, 4] and table["predicted_s"].tolist() == [3, 1, 1, 3, 0, 3]
    found = limits(table).set_index("class")
    apart = {"a": np.array([1.0, 0, 0]), "b": np.array([0.0, 0, -1])}
    for name, values in apart.items():
        sd = values.std(ddof=1)
        low, high = stats.t.interval(0.95, 2, values.mean(), stats.sem(values))
        expected = [values.mean(), low, high, sd, values.mean() - 1.96 * sd, values.mean() + 1.96 * sd]
        assert found.loc[name].tolist()[:6] == pytest.approx(expected)
        assert found.loc[name, "sessions"] == 3
    assert limits(table, share=True)["bias"].tolist() == pytest.approx([1 / 12, -1 / 12])
    own = {"s1": np.repeat([0, 1, 2], [50, 25, 25]), "s2": human["s2"], "s3": human["s3"]}
    over = over_codes(own, ("a", "b", "dropped"), said, ("a", "b"), fps).set_index("code")
    assert over.loc["dropped"].tolist() == [0, 1, 0] and over.loc["b"].tolist() == [1, 6, 1]
    assert over.to_numpy().sum() == pytest.approx(12) and over.loc["uncoded"].sum() == 0
    with pytest.raises(UnequalFrames, match="s1: 100 frames are coded and 99 predicted"):
        durations({"s1": human["s1"]}, {"s1": said["s1"][:99]}, ("a", "b"), fps)


def test_one_session_has_a_bias_and_no_limits():
    found = limits(durations({"s": np.array([0])}, {"s": np.array([1])}, ("a", "b"), Fraction(25)))
    assert found["bias"].tolist() == [-0.04, 0.04] and found[["sd", "lower", "upper", "bias_low"]].isna().all(axis=None)


# settings


def test_published_choices_are_off_and_named():
    assert PaperCompat().may_be_coder and PaperCompat().title == ""
    one = PaperCompat(no_refit=True, weights_on_all=True)
    assert not one.may_be_coder and one.title == " (published choices: weights on all, no refit)"
    with pytest.raises(ValueError, match="skip"):
        Recipe("lstm", 25, 26, (8,), "adam", 0.01, 0, 8)
    with pytest.raises(ValueError, match="single frames"):
        Recipe("linear", 25, 25, (8,), "adam", 0.01, 0, 8)
    assert (LSTM.window, LSTM.hidden, LSTM.dropout) == (25, (128,), 0.25)
