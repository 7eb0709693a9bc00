"""Training of phase classifiers through the whole road: who teaches, what is kept, what is refused, what leaks."""

import json
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.phase_asked import COMPAT, PhasesAsked
from pipeline.errors import UserError
from pipeline.measures.frame_labels import label_events, rate
from pipeline.measures.phase_arms import arms
from pipeline.measures.phase_metrics import METRICS, confusion, metrics
from pipeline.measures.phase_sessions import PhasesRefused
from pipeline.models import phase_search
from pipeline.models.phases import predict
from pipeline.models.sampling import SamplingStopped, Silent
from pipeline.steps import phase_arms, phase_folds_run, phase_keep, phase_models, phase_sessions_read, phase_watch
from pipeline.steps.phase_cost import expected_s, in_words
from pipeline.steps.phase_engines import on_pool
from pipeline.steps.phase_folds_run import fold_tasks, read_fold, run_task
from pipeline.steps.phase_material import order
from pipeline.steps.phase_plan import done_before, plan
from pipeline.steps.phase_report_durations import duration_points
from pipeline.steps.stream_files import StoredRows
from pipeline.steps.train_phases import run_phases, train
from tests.phase_sessions import QUICK_LINEAR
from tests.phase_study import CODES, FPS, material, shown, store, stream_row

TINY = replace(QUICK_LINEAR, hidden=(8,), epochs=3, patience=2, learning_rate=0.03)


def asked(**changes) -> PhasesAsked:
    given = {"role": "infant", "streams": ("motion_grid",), "kind": "linear", "outer": 3, "inner": 2, "jobs": 1}
    return PhasesAsked(**(given | changes))


@contextmanager
def small_networks(report: bool = False):
    """Small networks in place of the catalogue's, and no report, which takes longer than they do."""
    grids = {"linear": (TINY,), "lstm": (replace(TINY, kind="lstm", window=25, stride=25, hidden=(4,), batch=8),)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phase_arms, "grid", lambda kind, name: grids[kind])
        patch.setattr(phase_arms, "MOTION", TINY)
        if not report:
            patch.setattr(phase_keep, "build_report", lambda *parts: None)
            patch.setattr(phase_keep, "write_report", lambda report, folder: None)
        yield


@pytest.fixture(autouse=True)
def quick():
    with small_networks():
        yield


def ready(home, given=None, **choices):
    """The plan of a training of a small study."""
    one = asked(**(given or {}))
    return plan(home, material(home, one, **choices), one)


def trained(home, given=None, **choices):
    made = ready(home, given, **choices)
    card = train(made, Silent(), "here")
    return made, card, phase_models.model_folder(home, card.id)


def kappa(frames: pd.DataFrame, classes: int = 4) -> float:
    matrix = confusion(frames["truth"].to_numpy(), frames["predicted"].to_numpy(), classes)
    return float(metrics(matrix)[METRICS.index("kappa")])


def main(folder) -> pd.DataFrame:
    answers = phase_models.read_answers(folder)
    return answers[answers["kind"] == phase_models.read_card(folder).kind]


# the sessions


def test_a_frame_has_the_class_of_its_code_and_the_features_of_its_time(tmp_path):
    made = ready(tmp_path, count=3, frames=100)
    one = made.cohort.sessions[1]
    coded = made.cohort.coded[1]
    events = coded.events["ann"]
    for frame in (0, 37, 99):
        middle = 40 * frame + 20
        (code,) = events.loc[(events["onset_ms"] <= middle) & (middle < events["offset_ms"]), "code"]
        assert made.cohort.classes[one.labels[frame]] == code
    assert one.present.all() and one.family == "F01"
    assert made.cohort.task.classes == tuple(sorted(CODES))


def test_streams_that_begin_later_are_shifted_and_frames_outside_the_session_do_not_count(tmp_path):
    """The stream begins 400 ms before the recording; the session is coded from 1 s to 3 s."""
    one = asked()
    found = material(tmp_path, one, count=3, frames=100)
    found.streams["offset_ms"] = 400
    found.codings[["start_ms", "end_ms"]] = 1000, 3000
    made = plan(tmp_path, found, one)
    session = made.cohort.sessions[0]
    assert len(session.labels) == 75 and not session.present[:25].any() and session.present[25:75].all()
    numbers = made.main.reading(("S00",))("S00")
    stored = np.asarray(shown(np.zeros(1, dtype=int), 0, np.random.default_rng()))
    assert numbers.shape == (75, stored.shape[1])
    with StoredRows(tmp_path / found.streams["file"].iloc[0]) as rows:
        np.testing.assert_array_equal(numbers[0], rows.between(10, 11)[0])


def test_windows_do_not_cross_an_episode(tmp_path):
    one = asked()
    found = material(tmp_path, one, count=3, frames=100)
    rows = [("S00", "play", 0, 2000), ("S00", "still_face", 2400, 4000)]
    episodes = pd.DataFrame(rows, columns=["observation_id", "episode", "onset_ms", "offset_ms"])
    made = plan(tmp_path, replace(found, episodes=episodes), one)
    numbers = made.cohort.sessions[0].episodes
    assert numbers.tolist() == [0] * 50 + [-1] * 10 + [1] * 40
    assert made.cohort.sessions[1].episodes is None


def test_sessions_without_the_stream_or_made_otherwise_are_left_out_and_counted(tmp_path):
    one = asked()
    found = material(tmp_path, one, count=7, frames=60)
    streams = found.streams[found.streams["observation_id"] != "S06"].copy()
    streams.loc[streams["observation_id"] == "S05", "choices"] = '{"cells": 4}'
    made = plan(tmp_path, replace(found, streams=streams), one)
    assert [session.name for session in made.cohort.sessions] == ["S00", "S01", "S02", "S03", "S04"]
    assert "1 of 7 coded sessions have no motion_grid of the infant or of the whole session: they are left out." in (
        made.notes
    )
    assert any(
        note.startswith("1 of 6 coded sessions have streams that were extracted with other") for note in made.notes
    )
    assert not any("S05" in note or "S06" in note for note in made.notes)


def test_the_infant_s_own_stream_comes_before_that_of_the_session(tmp_path):
    one = asked()
    found = material(tmp_path, one, count=3, frames=60)
    numbers = np.zeros((60, 8), dtype=np.float32)
    own = stream_row("S01", "motion_grid", store(tmp_path, "own", numbers), numbers, subject="infant")
    streams = pd.concat([found.streams, pd.DataFrame([own])], ignore_index=True)
    made = plan(tmp_path, replace(found, streams=streams), one)
    assert (made.main.reading(("S00",))("S01") == 0).all()


# what is refused, in one sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: replace(one, streams=one.streams[:0]), "This study has no feature streams. Extract some"),
        (lambda one: replace(one, streams=one.streams.assign(stream="motion_grit")), "Did you mean 'motion_grit'?"),
        (
            lambda one: replace(one, streams=one.streams.assign(subject="caregiver1")),
            "No coded session has motion_grid of the infant or of the whole session",
        ),
        (
            lambda one: replace(one, codings=one.codings.assign(is_primary=False)),
            "No coding of a person is the analysed",
        ),
        (
            lambda one: replace(one, codings=one.codings.assign(family_id="F00")),
            "The coded sessions come from 1 families",
        ),
        (lambda one: replace(one, events=one.events.assign(code="Ipos")), "Only Ipos occurs in these sessions"),
        (
            lambda one: replace(one, events=one.events[:0]),
            "No frame of these sessions has both a code of the class map",
        ),
        (lambda one: replace(one, streams=one.streams.assign(random_weights=True)), "network with random weights"),
        (lambda one: replace(one, events=one.events.assign(code="Ixyz")), "'Ixyz' is not a code of the class map"),
    ],
)
def test_refusals(tmp_path, change, sentence):
    one = asked()
    with pytest.raises(UserError, match=sentence) as refusal:
        plan(tmp_path, change(material(tmp_path, one, count=3, frames=40)), one)
    assert "Error" not in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_class_in_one_session_only_is_refused_by_name(tmp_path):
    labels = lambda number, rng: np.repeat([0, 1, 2, 3 if number == 2 else 0], 20)  # noqa: E731
    with pytest.raises(PhasesRefused, match="Ipos occurs in one session only"):
        ready(tmp_path, count=4, labels=labels)


@pytest.mark.parametrize(
    ("change", "words"),
    [({"compat": ("scale_on_all",)}, "no published choice"), ({"outer": 1}, "greater than or equal")],
)
def test_choices_are_checked(change, words):
    with pytest.raises(ValueError, match=words):
        asked(**change)


def test_random_weights_are_allowed_for_a_trial_that_says_so_and_is_no_coder(tmp_path):
    one = asked(allow_random_weights=True)
    found = material(tmp_path, one, count=3, frames=60)
    made = plan(tmp_path, replace(found, streams=found.streams.assign(random_weights=True)), one)
    card = train(made, Silent(), "here")
    assert "random weights: these figures mean nothing" in card.title and not card.may_be_coder


# the whole road


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One training with everything beside it."""
    home = tmp_path_factory.mktemp("whole")
    with small_networks(report=True):
        streams = ("motion_grid", "log_mel")
        return trained(
            home, {"streams": streams, "compare": True, "kind": "lstm"}, count=4, frames=130, streams=streams
        )


def test_every_frame_is_answered_once_by_every_arm(whole):
    made, _, folder = whole
    answers = phase_models.read_answers(folder)
    arms = set(answers[["modality", "kind"]].drop_duplicates().itertuples(index=False, name=None))
    pairs = {(side, kind) for side in ("multimodal", "video", "audio") for kind in ("lstm", "linear")}
    assert arms == pairs | {("multimodal", kind) for kind in ("majority", "transition", "motion_linear")}
    for _, rows in answers.groupby(["modality", "kind"], observed=True):
        assert not rows.duplicated(["observation_id", "frame"]).any()
        assert len(rows) == sum(int(one.present.sum()) for one in made.cohort.sessions)
    shares = answers[[f"p_{name}" for name in made.main.work.design.classes]].to_numpy()
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-4)
    np.testing.assert_array_equal(shares.argmax(axis=1), answers["predicted"])


def test_nobody_is_answered_by_a_network_that_a_relative_taught(whole):
    made, _, folder = whole
    answers = phase_models.read_answers(folder)
    assert (answers.groupby("family", observed=True)["fold"].nunique() == 1).all()
    for fold in made.main.work.plan.folds:
        asked_families = {made.main.work.families[name] for name in fold.asked}
        assert not asked_families & {made.main.work.families[name] for name in fold.teaching}


def test_predictions_are_the_answers_merged(whole):
    made, _, folder = whole
    answers, predictions = main(folder), phase_models.read_predictions(folder)
    answers = answers[answers["modality"] == "multimodal"]
    classes = made.main.work.design.classes
    for name, rows in answers.groupby("observation_id", observed=True):
        rows = rows.sort_values("frame")
        expected = label_events(rows["predicted"].to_numpy(), classes, rate(FPS))
        found = predictions[predictions["observation_id"] == name]
        assert found["code"].tolist() == expected["code"].tolist()
        assert found["onset_ms"].tolist() == expected["onset_ms"].tolist()
        assert found["offset_ms"].tolist() == expected["offset_ms"].tolist()
        first = expected.iloc[0]
        np.testing.assert_allclose(found["confidence"].iloc[0], rows["confidence"][: first["frames"]].mean(), rtol=1e-5)
    assert set(predictions["subject"]) == {"infant"}


def test_durations_are_those_of_whole_sessions_where_a_stream_ends_early(tmp_path):
    """What a person coded after the end of the film counts: the classifier says nothing there, and a lab loses it."""
    made, _, folder = trained(tmp_path, count=3, frames=100, values=lambda _, labels, rng: shown(labels[:60], 3, rng))
    points = duration_points(
        list(arms(phase_models.read_answers(folder), made.cohort.task.classes)), made.cohort.coded, made.cohort.task
    )
    assert (points["session_s"] == 4.0).all()
    mine = points[points["kind"] == "linear"].groupby("observation_id")[["human_s", "predicted_s"]].sum()
    np.testing.assert_allclose(mine["human_s"], 4.0)
    np.testing.assert_allclose(mine["predicted_s"], 2.4)
    assert len(main(folder)) == 3 * 60


def test_the_card_says_what_was_done(whole):
    made, card, folder = whole
    rows = main(folder)
    assert card.metrics["kappa"] == pytest.approx(kappa(rows[rows["modality"] == "multimodal"]))
    assert card.sessions == 4 and card.families == 4 and card.generation == 1 and card.pca_scope == "as_imported"
    assert [one.stream for one in card.streams] == ["motion_grid", "log_mel"] and card.streams[0].dim == 8
    assert card.title == "Infant engagement, bi-LSTM on motion_grid and log_mel" and card.may_be_coder
    assert card.merge["Ipro"] == "Ineg" and "Islp" in card.drop
    scores = phase_models.read_report(folder).scores
    pooled = scores[scores["fold"].isna() & (scores["kind"] == "lstm") & (scores["modality"] == "multimodal")]
    assert pooled["kappa"].iloc[0] == pytest.approx(card.metrics["kappa"])
    assert done_before(made) == card and card.precision == "float32"


def test_the_precision_that_was_asked_for_is_that_of_the_teaching(tmp_path):
    """It reaches the network's lesson, and the card says it."""
    made = ready(tmp_path, {"precision": "bfloat16"})
    work = made.main.work
    given = phase_search._lesson(work, work.plan.folds[0], made.main.reading(()))
    assert given.precision == work.where.precision == "bfloat16"


def test_the_last_network_answers_a_session_it_never_saw(whole):
    made, _, folder = whole
    card, fitted, components = phase_models.read_model(folder)
    session = made.cohort.sessions[0]
    answers = predict(fitted, session, made.main.reading(())(session.name))
    right = answers.probabilities.argmax(axis=1) == made.main.work.sessions[session.name].labels[answers.frames]
    assert components is None and right.mean() > 0.5 and card.recipe == fitted.recipe


def test_nothing_unfinished_is_left(whole):
    made, card, folder = whole
    names = {path.name for path in folder.parent.iterdir()}
    assert names <= {card.id, "unfinished"} and not list((folder.parent / "unfinished").rglob("*.npz"))


# stopped and taken up again, the same everywhere


class StopAfter(Silent):
    """Cancelled once some folds are kept."""

    def __init__(self, home, folds):
        self.home, self.folds = home, folds

    def cancelled(self):
        return len(list(self.home.glob("phase_models/unfinished/*/fold_*.npz"))) >= self.folds


def test_a_stopped_training_goes_on_where_it_was(tmp_path, monkeypatch):
    made = ready(tmp_path, count=3, frames=60)
    with pytest.raises(SamplingStopped):
        train(made, StopAfter(tmp_path, 2), "here")
    files = sorted(tmp_path.glob("phase_models/unfinished/*/fold_*.npz"))
    assert len(files) == 2 and phase_models.cards(tmp_path) == []
    files[1].write_bytes(files[1].read_bytes()[:500])
    computed, real = [], phase_folds_run.outer_fold

    def seen(work, fold, heard):
        computed.append((fold.number, work.prepare.energy))
        return real(work, fold, heard)

    monkeypatch.setattr(phase_folds_run, "outer_fold", seen)
    card = train(made, Silent(), "here")
    monkeypatch.undo()
    assert (0, False) not in computed and (1, False) in computed, "a kept fold is computed again, or a torn one is not"
    other = phase_models.read_answers(phase_models.model_folder(tmp_path, card.id))
    with small_networks():
        _, _, folder = trained(tmp_path / "whole", count=3, frames=60)
    pd.testing.assert_frame_equal(other, phase_models.read_answers(folder))


CHANGED = ({"seed": 7}, {"outer": 2}, {"precision": "bfloat16"})


def test_a_changed_label_or_stream_is_another_model(tmp_path):
    one = asked()
    found = material(tmp_path, one, count=3, frames=60)
    made = plan(tmp_path, found, one)
    events = found.events.copy()
    events.loc[0, "code"] = "Ipos" if events.loc[0, "code"] != "Ipos" else "Ineg"
    streams = found.streams.assign(file=found.streams["file"].iloc[::-1].to_numpy())
    others = {
        plan(tmp_path, replace(found, events=events), one).id,
        plan(tmp_path, replace(found, streams=streams), one).id,
    }
    others |= {plan(tmp_path, found, asked(**one)).id for one in CHANGED}
    assert len(others) == 5 and made.id not in others
    assert plan(tmp_path, found, asked(jobs=2, engine="ray")).id == made.id


def test_a_stream_that_lies_at_another_time_is_another_model(tmp_path):
    """The film begins before the recording and ends after it: every frame has numbers either way, but other ones."""
    one = asked()
    found = material(tmp_path, one, count=3, frames=100)
    found.codings["end_ms"] = 2000
    first, second = (
        plan(tmp_path, replace(found, streams=found.streams.assign(offset_ms=offset)), one) for offset in (400, 800)
    )
    assert first.cohort.sessions[0].present.all() and second.cohort.sessions[0].present.all()
    assert first.id != second.id


def test_a_report_of_codes_that_were_changed_since_is_made_anew(tmp_path):
    """The same classes teach, so the model keeps its name; but its report speaks of codes and of second coders."""
    one = asked()
    found = material(tmp_path, one, count=3, frames=60)
    made = plan(tmp_path, found, one)
    card = train(made, Silent(), "here")
    assert done_before(made) == card
    finer = found.events.replace({"code": {"Ineg": "Ipro"}})
    second = (frame.iloc[:1].assign(coder_id="ben") for frame in (found.codings, found.events))
    codings, events = (pd.concat(both) for both in zip((found.codings, found.events), second, strict=True))
    codings["is_primary"] = codings["coder_id"] == "ann"
    for other in (replace(found, events=finer), replace(found, codings=codings, events=events)):
        again = plan(tmp_path, other, one)
        assert again.id == made.id and done_before(again) is None
    shuffled = replace(found, events=found.events.iloc[::-1])
    assert done_before(plan(tmp_path, shuffled, one)) == card


def test_workers_give_the_same_folds_as_this_process(tmp_path):
    made = ready(tmp_path, count=3, frames=60)
    tasks = fold_tasks(tmp_path, [made.main.work])
    for task in tasks:
        assert not run_task(task).error
    own = {task.number: read_fold(task.file) for task in tasks}
    for task in tasks:
        task.file.unlink()
    assert {one.number for one in on_pool(tasks, 1, lambda: None)} == {0, 1, 2}
    for task in tasks:
        again = read_fold(task.file)
        assert again.keys() == own[task.number].keys()
        for name, array in again.items():
            np.testing.assert_array_equal(array, own[task.number][name])


def test_a_fault_in_a_fold_is_one_sentence(tmp_path):
    made = ready(tmp_path, count=3, frames=60)
    (tmp_path / made.cohort.rows["file"].iloc[0]).unlink()
    with pytest.raises(PhasesRefused, match="are missing or damaged"):
        train(made, Silent(), "here")


def test_progress_only_grows_and_ends_early_when_cancelled(tmp_path):
    class Heard(Silent):
        shares: list = []

        def report(self, news):
            self.shares.append(news["done"])
            assert news["total"] == 1000 and 0 <= news["done"] <= 1000 and news["folds"] == 6

    made = ready(tmp_path, count=3, frames=60)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phase_watch, "TELL_S", 0)
        patch.setattr(phase_folds_run, "TELL_S", 0)
        train(made, Heard(), "here")
    assert Heard.shares == sorted(Heard.shares) and Heard.shares[-1] > 900 and len(set(Heard.shares)) > 6


def test_the_expected_time_counts_folds_and_workers(tmp_path):
    made = ready(tmp_path, count=6, frames=2000)
    work = made.main.work
    one = expected_s([(work, 8)], 1)
    assert one.low <= one.high
    assert expected_s([(work, 8)], 3).high < one.high
    assert expected_s([(work, 8), (work, 8)], 1).high > one.high
    assert [in_words(one) for one in (40, 720, 9000, 800_000)] == ["40 seconds", "12 minutes", "2.5 hours", "9 days"]


# leaks


def told_by_family(number: int, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Features that say who it is, and nothing else."""
    return np.tile(np.eye(6, dtype=np.float32)[number // 2], (len(labels), 1))


def preferred(number: int, rng: np.random.Generator) -> np.ndarray:
    """Two sessions of a family prefer one class."""
    return np.where(rng.random(80) < 0.8, (number // 2) % 3, rng.integers(0, 3, 80))


def test_knowing_who_it_is_helps_only_when_families_are_ignored(tmp_path, monkeypatch):
    choices = {"count": 12, "per_family": 2, "labels": preferred, "values": told_by_family, "streams": ("who",)}
    given = {"streams": ("who",)}
    monkeypatch.setattr(
        phase_arms, "grid", lambda kind, name: (replace(TINY, epochs=8, learning_rate=0.1, patience=8),)
    )
    _, card, _ = trained(tmp_path / "grouped", given, **choices)
    made = ready(tmp_path / "ignored", given, **choices)
    alone = phase_sessions_read.ignoring_families(made.cohort)
    arms, _ = phase_arms.trained_arms(made.home, alone, made.material.streams, made.asked)
    leaking = train(replace(made, cohort=alone, arms=tuple(arms)), Silent(), "here")
    assert card.metrics["kappa"] < 0.1, "families are on both sides"
    assert leaking.metrics["kappa"] > 0.3, "the planted leak does not show: the test could not fail"


def test_the_numbers_of_one_asked_session_change_nothing_in_what_teaches(tmp_path):
    """Scaled training arrays and weights of a fold are the same whatever the asked session holds."""
    made = ready(tmp_path, count=4, frames=60)
    tasks = fold_tasks(tmp_path, [made.main.work])
    fold = tasks[0]
    name = fold.work.plan.folds[0].asked[0]
    run_task(fold)
    before = read_fold(fold.file)
    file = tmp_path / str(made.cohort.rows.loc[made.cohort.rows["observation_id"] == name, "file"].iloc[0])
    store(tmp_path, file.stem, np.full((60, 8), 1000, dtype=np.float32))
    fold.file.unlink()
    run_task(fold)
    after = read_fold(fold.file)
    np.testing.assert_array_equal(before["scores"], after["scores"])
    others = [one for one in fold.work.plan.folds[0].asked if one != name]
    for one in others:
        np.testing.assert_array_equal(before[f"probabilities/{one}"], after[f"probabilities/{one}"])
    assert not np.array_equal(before[f"probabilities/{name}"], after[f"probabilities/{name}"])


@pytest.mark.parametrize("choice", COMPAT)
def test_a_published_choice_is_named_and_never_a_coder(tmp_path, choice):
    made = ready(tmp_path, {"compat": (choice,)}, count=3, frames=40)
    assert choice.replace("_", " ") in made.title and not made.may_be_coder


def test_published_choices_beside_ours(tmp_path):
    """One session has features of another size. Scaled by all, its size squeezes those of the others together."""

    def far(number, labels, rng):
        return shown(labels, 4, rng) * (2000 if number == 0 else 1)

    found = {}
    for choice in ("", "scaling_on_all", "overlapping_asked_windows", "single_split"):
        given = {"compat": (choice,) if choice else (), "kind": "lstm", "streams": ("faces",)}
        home = tmp_path / (choice or "ours")
        _, card, folder = trained(home, given, count=6, frames=100, values=far, streams=("faces",))
        rows = main(folder)
        found[choice] = kappa(rows[rows["observation_id"] != "S00"]), len(rows), rows["fold"].nunique()
        assert card.may_be_coder == (not choice)
    assert found["overlapping_asked_windows"][1] > found[""][1] == 600
    assert found["single_split"][2] == 1 and found[""][2] == 3
    assert found["scaling_on_all"][0] != found[""][0]


# as a job


class Job(Silent):
    def __init__(self, folder):
        self.folder, self.told = folder, []

    def report(self, news):
        self.told.append(news)


def test_a_job_keeps_the_model_and_publishes_it(tmp_path, monkeypatch):
    one = asked()
    found = material(tmp_path, one, count=3, frames=60)
    spec = order(one, found, words="all")
    published = []
    monkeypatch.setattr("pipeline.steps.model_coder.publish_models", lambda home, report: published.append(home))
    monkeypatch.setattr("pipeline.steps.train_phases.engine", lambda name: phase_folds_run.here)
    folder = tmp_path / "runs" / "id" / ".partial-1"
    folder.mkdir(parents=True)
    job = Job(folder)
    run_phases(json.loads(json.dumps(spec)), found.events, job)
    (card,) = phase_models.cards(tmp_path)
    assert published == [tmp_path] and card.id in (folder / "card.json").read_text() and job.told
    monkeypatch.setattr("pipeline.steps.train_phases.train", None)
    run_phases(json.loads(json.dumps(spec)), found.events, job)
