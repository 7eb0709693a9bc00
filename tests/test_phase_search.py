"""Nested cross-validation: what leaks and what does not, order, resuming, and the published choices one by one."""

import io
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.phase_recipe import PaperCompat
from pipeline.device import fast_precision
from pipeline.measures.phase_metrics import METRICS, confusion, metrics, with_intervals
from pipeline.measures.phase_sessions import PhasesRefused
from pipeline.models import phase_search
from pipeline.models.phase_search import Searched, final_fit, outer_fold, search, searched
from pipeline.models.phase_work import Design, Progress, key, made_ready
from pipeline.models.phases import predict
from pipeline.models.phases_lesson import lesson
from tests.phase_sessions import QUICK_LINEAR, QUICK_LSTM, cohort, phases, session

TINY = replace(QUICK_LINEAR, hidden=(4,), epochs=2)
TINY_LSTM = replace(QUICK_LSTM, hidden=(4,), epochs=2)
COSINE = replace(TINY_LSTM, window=10, stride=10, epochs=2, batch=2, schedule="cosine")
NAMES = ("a", "b", "c")


def ready(sessions, features, *settings, classes=NAMES, **choices):
    design = Design(classes, settings or (TINY,), **({"outer": 3, "inner": 2} | choices))
    return made_ready(sessions, lambda names: features.__getitem__, design)


def answered_frames(found: Searched) -> pd.DataFrame:
    """Every answer of every outer fold: session, family, fold, frame, truth, predicted and its probability."""
    rows = []
    for result in found.results:
        for name in (one.removeprefix("frames/") for one in result if one.startswith("frames/")):
            session, frames = found.sessions[name], result[f"frames/{name}"]
            columns = {"session": name, "family": session.family, "fold": int(result["number"]), "frame": frames}
            sure = result[f"probabilities/{name}"]
            columns |= {"truth": session.labels[frames], "predicted": sure.argmax(axis=1)}
            rows.append(pd.DataFrame(columns | {"confidence": sure.max(axis=1)}))
    return pd.concat(rows, ignore_index=True)


def frames_of(sessions, features, *settings, **choices) -> pd.DataFrame:
    return answered_frames(search(ready(sessions, features, *settings, **choices)))


def score(frames: pd.DataFrame, name: str, classes: int = 3) -> float:
    return float(
        metrics(confusion(frames["truth"].to_numpy(), frames["predicted"].to_numpy(), classes))[METRICS.index(name)]
    )


# what can be learnt and what cannot


def test_labels_as_features_are_learnt():
    sessions, _ = cohort(6, 100, 3, 0)
    shown = {one.name: np.eye(3, dtype=np.float32)[one.labels] for one in sessions}
    assert score(frames_of(sessions, shown, replace(QUICK_LINEAR, epochs=8, learning_rate=0.1)), "accuracy") == 1


def test_shuffled_labels_are_not_learnt():
    """Features would tell the classes apart, if the labels were not shuffled within the session."""
    sessions, features = cohort(6, 150, 3, 4)
    rng = np.random.default_rng(2)
    mixed = [replace(one, labels=rng.permutation(one.labels)) for one in sessions]
    frames = frames_of(mixed, features, QUICK_LINEAR)
    found = score(frames, "f1_unweighted")
    chance = []
    for _ in range(200):
        drawn = np.concatenate([rng.permutation(one) for one in np.split(frames["truth"].to_numpy(), 6)])
        chance.append(score(frames.assign(truth=drawn), "f1_unweighted"))
    assert np.quantile(chance, 0.005) <= found <= np.quantile(chance, 0.995)
    own = [part for _, part in frames.groupby("family")]
    each = np.stack([confusion(part["truth"].to_numpy(), part["predicted"].to_numpy(), 3) for part in own])
    table = with_intervals(each, draws=500).set_index("metric")
    assert table.loc["f1_unweighted", "low"] <= np.mean(chance) <= table.loc["f1_unweighted", "high"]
    assert score(frames_of(sessions, features, QUICK_LINEAR), "kappa") > 0.9


def test_who_it_is_helps_only_when_the_folds_leak():
    """Each session prefers one class; the only feature is which session it is. Halves of a session are two sessions."""
    rng = np.random.default_rng(4)
    sessions, features = [], {}
    for number in range(12):
        one, half = number // 2, number % 2
        labels = np.where(rng.random(60) < 0.8, one % 3, rng.integers(0, 3, 60))
        name = f"s{one}.{half}"
        features[name] = np.tile(np.eye(6, dtype=np.float32)[one], (60, 1))
        sessions.append(session(name, labels, features[name], family=f"f{one}"))
    recipe = replace(QUICK_LINEAR, epochs=6, learning_rate=0.1)
    grouped = [score(frames_of(sessions, features, recipe, outer=6, seed=seed), "kappa") for seed in range(2)]
    alone = [replace(one, family=one.name) for one in sessions]
    leaking = score(frames_of(alone, features, recipe, outer=6), "kappa")
    assert np.mean(grouped) < 0.2 < 0.5 < leaking, grouped


@pytest.mark.parametrize(("apart", "better"), [(1.2, True), (8.0, False)])
def test_the_lstm_wins_where_single_frames_are_ambiguous(apart, better):
    sessions, features = cohort(6, 240, 3, apart)
    linear, lstm = (score(frames_of(sessions, features, one), "f1_weighted") for one in (QUICK_LINEAR, QUICK_LSTM))
    if better:
        assert lstm > linear + 0.1
    else:
        assert min(lstm, linear) > 0.98 and lstm == pytest.approx(linear, abs=0.02)


# leaks


def changed(features, name):
    return features | {name: features[name] * 3 + 5}


@pytest.mark.parametrize("switch", ["", "scaling_on_all"])
def test_whoever_is_asked_has_no_part_in_the_scaling(switch):
    """Other features of one asked session: the network is the same to the last byte, unless everybody scales."""
    sessions, features = cohort(4, 80, 3, 1)
    compat = PaperCompat(**{switch: True}) if switch else PaperCompat()
    fitted = []
    for shown in (features, changed(features, "s00")):
        work = ready(sessions, shown, TINY, compat=compat)
        fold = next(one for one in work.plan.folds if "s00" in one.asked)
        fitted.append((phase_search._lesson(work, fold, shown.__getitem__), outer_fold(work, fold)))
    (first, one), (second, other) = fitted
    same = all((getattr(first.scaling, end) == getattr(second.scaling, end)).all() for end in ("low", "high", "mean"))
    others = [name for name in one if name.startswith("probabilities/") and name != "probabilities/s00"]
    assert same == (not switch) and (one["scores"] == other["scores"]).all() == (not switch)
    assert all((one[name] == other[name]).all() for name in others) or switch


@pytest.mark.parametrize("switch", ["", "weights_on_all"])
def test_whoever_is_asked_has_no_part_in_the_class_weights(switch):
    sessions, features = cohort(4, 80, 3, 1)
    compat = PaperCompat(**{switch: True}) if switch else PaperCompat()
    relabelled = [replace(one, labels=np.arange(80) % 2) if one.name == "s00" else one for one in sessions]
    found = []
    for every in (sessions, relabelled):
        work = ready(every, features, TINY, compat=compat)
        fold = next(one for one in work.plan.folds if "s00" in one.asked)
        found.append((phase_search._lesson(work, fold, features.__getitem__).weights, outer_fold(work, fold)))
    (first, one), (second, other) = found
    assert (first == second).all() == (not switch)
    assert (one["probabilities/s00"] == other["probabilities/s00"]).all() == (not switch)


def test_components_are_asked_for_once_per_outer_fold_with_its_teaching_side():
    sessions, features = cohort(5, 60, 3, 1)
    asked = []

    def prepare(names):
        asked.append(names)
        return features.__getitem__

    work = made_ready(sessions, prepare, Design(NAMES, (TINY, TINY_LSTM), outer=5, inner=2))
    found = search(work)
    assert asked == [fold.teaching for fold in work.plan.folds] and all(len(one) == 4 for one in asked)
    final_fit(work, found.results)
    assert asked[-1] == tuple(sorted(features))


# order, padding, odd sessions


def test_the_order_of_sessions_and_classes_changes_nothing():
    sessions, features = cohort(4, 90, 3, 1)
    first = search(ready(sessions, features, TINY_LSTM))
    other = [replace(one, labels=np.array([2, 0, 1])[one.labels]) for one in reversed(sessions)]
    second = search(ready(other, features, TINY_LSTM, classes=("b", "c", "a")))
    assert first.classes == second.classes == NAMES
    for one, again in zip(first.results, second.results, strict=True):
        assert all((one[name] == again[name]).all() for name in one if name.startswith(("prob", "frames", "scores")))


def test_unlabelled_video_before_and_after_changes_no_metric():
    sessions, features = cohort(4, 90, 3, 1)
    more = {name: np.vstack([rows[::-1][:37], rows, rows[:60] + 9]) for name, rows in features.items()}
    edge = [np.full(37, -1), np.full(60, -1)]
    longer = [session(one.name, np.concatenate([edge[0], one.labels, edge[1]]), more[one.name]) for one in sessions]
    plain, padded = (frames_of(*both, TINY_LSTM) for both in ((sessions, features), (longer, more)))
    assert len(padded) == len(plain) + 4 * 97
    inside = padded[padded["truth"] >= 0].reset_index(drop=True)
    assert (inside["predicted"] == plain["predicted"]).all() and (inside["frame"] - 37 == plain["frame"]).all()
    assert inside["confidence"].to_numpy() == pytest.approx(plain["confidence"].to_numpy(), abs=1e-5)


def test_odd_sessions_give_their_counts_and_sentences():
    """One class only, shorter than a window, no labels, dropped stretches, frames without features."""
    sessions, features = cohort(4, 90, 2, 2)
    features |= {"one": features["s00"], "short": features["s01"][:7], "bare": features["s02"]}
    features["s03"] = np.where(np.arange(90)[:, None] < 5, np.nan, features["s03"])
    odd = [
        *sessions[:3],
        session("s03", np.where(np.arange(90) > 80, -1, sessions[3].labels), features["s03"]),
        session("one", np.zeros(90, dtype=int), features["one"]),
        session("short", sessions[1].labels[:7], features["short"]),
        session("bare", np.full(90, -1), features["bare"]),
    ]
    work = ready(odd, features, TINY_LSTM, classes=("a", "b"), outer=10)
    assert work.plan.notes[0] == "bare has no frame with a class and features: it is left out."
    assert any(one.startswith("Only 6 families for 10 folds") for one in work.plan.notes)
    frames = answered_frames(search(work))
    counts = frames.groupby("session").size().to_dict()
    assert counts == {"s00": 90, "s01": 90, "s02": 90, "s03": 85, "one": 90, "short": 7}
    assert not frames.duplicated(["session", "frame"]).any()
    scored = frames[frames["truth"] >= 0].groupby("session").size()
    assert scored.to_dict() == {one.name: int(one.scored.sum()) for one in odd if one.name != "bare"}


def test_what_cannot_be_searched_is_refused():
    sessions, features = cohort(4, 60, 3, 1)
    with pytest.raises(PhasesRefused, match="2 families"):
        ready(sessions[:2], features)
    with pytest.raises(PhasesRefused, match="same name"):
        ready([*sessions, sessions[0]], features)
    with pytest.raises(PhasesRefused, match="Only a occurs"):
        ready([replace(one, labels=np.zeros(60, dtype=int)) for one in sessions], features)
    lonely = [replace(one, labels=one.labels % 2) for one in sessions]
    lonely = [replace(one, labels=np.where(one.labels == 1, 2, one.labels)) if one.name < "s02" else
              replace(one, family="twins") for one in lonely]  # fmt: skip
    work = ready(lonely, features)
    assert any("was taught without b and cannot predict it" in note for note in work.plan.notes)


# resuming, progress, cancelling


def test_kept_results_are_not_computed_again_and_survive_a_file():
    sessions, features = cohort(4, 60, 3, 1)
    work, kept, told = ready(sessions, features, TINY, TINY_LSTM), [], []
    first = search(work, keep=kept.append, heard=told.append)
    assert len(kept) == 3 and work.plan.networks == 3 * (2 * 2 + 1)
    assert len({(one.outer, one.inner, one.setting) for one in told}) == work.plan.networks
    assert len(told) <= work.plan.epochs and Progress(0, 0, 0, 1) in told
    stored = {}
    for result in kept[:2]:
        file = io.BytesIO()
        np.savez(file, **result)
        file.seek(0)
        with np.load(file, allow_pickle=False) as arrays:
            stored[int(arrays["number"])] = dict(arrays)
    again = []
    second = search(work, stored, heard=again.append)
    assert {one.outer for one in again} == {2}
    assert answered_frames(first).equals(answered_frames(second))
    assert answered_frames(searched(work, kept[::-1])).equals(answered_frames(first))
    other = ready([replace(sessions[0], labels=np.roll(sessions[0].labels, 1)), *sessions[1:]], features, TINY)
    assert key(other) != key(work)
    again.clear()
    search(ready(sessions, features, TINY, TINY_LSTM, seed=43), stored, heard=again.append)
    assert {one.outer for one in again} == {0, 1, 2}, "results of another design are not taken"


def test_a_graphics_card_is_used_where_there_is_one_and_the_question_stays_the_same(monkeypatch):
    import torch

    sessions, features = cohort(4, 60, 3, 2.0)
    works = [ready(sessions, features), ready(sessions, features, device="cpu", precision="auto")]
    assert [work.where.precision for work in works] == ["float32", fast_precision("cpu")]
    assert works[0].where.name == "cpu"
    named = key(works[0])
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**30, 2**31))
    assert [work.where.name for work in works] == ["cuda", "cpu"] and key(works[0]) == named
    taken = []
    monkeypatch.setattr(phase_search, "fit", lambda given, *_: taken.append((given.device, given.precision)))
    final_fit(works[0], [{"scores": np.ones((1, 1)), "epochs": np.ones((1, 1))}])
    assert taken == [("cuda", "float32")]


def test_a_search_can_be_ended_in_any_epoch():
    sessions, features = cohort(4, 60, 3, 1)
    told = []

    def end(progress):
        told.append(progress)
        if len(told) == 3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        search(ready(sessions, features), heard=end)
    assert len(told) == 3


def test_the_best_setting_is_taught_again_for_the_median_of_its_epochs():
    sessions, features = cohort(6, 120, 3, 3)
    still = replace(QUICK_LINEAR, learning_rate=1e-9)
    told = []
    found = search(ready(sessions, features, still, QUICK_LINEAR), heard=told.append)
    for result in found.results:
        number = int(result["number"])
        assert result["best"] == result["scores"].mean(axis=1).argmax() == 1
        assert result["refit_epochs"] == int(np.median(result["epochs"][1]) + 0.5)
        last = [one for one in told if one.outer == number and one.inner == -1]
        assert len(last) == result["refit_epochs"] and {one.setting for one in last} == {1}
    work = ready(sessions, features, still, QUICK_LINEAR)
    fitted = final_fit(work, found.results)
    assert fitted.recipe == QUICK_LINEAR and fitted.taught.all()
    answers = predict(fitted, sessions[0], features["s00"]).probabilities.argmax(axis=1)
    assert (answers == sessions[0].labels).mean() > 0.8
    assert (fitted.scaling.low == lesson(sessions, features.__getitem__, 3).scaling.low).all()


# the published choices


@pytest.mark.parametrize("switch", ["", "one_model_throughout"])
def test_inner_folds_know_nothing_of_each_other(switch):
    sessions, features = cohort(6, 80, 3, 1)
    work = ready(sessions, features, TINY, compat=PaperCompat(**{switch: True}) if switch else PaperCompat())
    fold = work.plan.folds[0]
    inner = phase_search.inner_folds(work.families, fold, 2, 42).folds
    found = [
        phase_search._inner_scores(work, fold, order, features.__getitem__, lambda progress: None)
        for order in (inner, inner[::-1])
    ]
    assert (found[0][0] == found[1][0]).all() == (not switch)


def test_each_published_choice_changes_what_it_names():
    sessions, features = cohort(3, 60, 3, 1)
    plain = search(ready(sessions, features, COSINE))
    assert plain.compat.may_be_coder
    for field in fields(PaperCompat):
        compat = PaperCompat(**{field.name: True})
        found = search(ready(sessions, features, COSINE, compat=compat))
        assert not found.compat.may_be_coder
        twice = answered_frames(found).duplicated(["session", "frame"]).any()
        assert twice == (field.name == "overlapping_asked_windows")
        assert (len(found.results) == 1) == (field.name == "single_split")
        if field.name != "single_split":
            pairs = zip(plain.results, found.results, strict=True)
            assert any(not np.array_equal(one[name], other[name]) for one, other in pairs for name in one
                       if name.startswith(("scores", "prob"))), field.name  # fmt: skip


def test_early_epochs_are_rewarded_only_in_the_published_score():
    sessions, features = cohort(4, 60, 3, 3)
    plain, bonus = (
        search(ready(sessions, features, TINY, compat=PaperCompat(early_epoch_bonus=on))).results[0]
        for on in (False, True)
    )
    assert (plain["epochs"] == bonus["epochs"]).all()
    assert (bonus["scores"] <= 0.5 + 0.5 * (1 - 1 / 100)).all() and (plain["scores"] != bonus["scores"]).any()


def test_the_process_that_made_the_phases_is_what_it_says():
    """Bouts of the synthetic sessions have the mean length that was asked for, or the ceilings above mean nothing."""
    labels = phases(np.random.default_rng(1), 60_000, 3)
    bouts = np.count_nonzero(np.diff(labels)) + 1
    assert 60_000 / bouts == pytest.approx(30, rel=0.05)
