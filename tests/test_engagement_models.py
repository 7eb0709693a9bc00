"""The view "Models" of the engagement page: the finding first, what stands behind it, and nothing that is no result."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import engagement_models_agreement as agreement
from pages.parts import engagement_models_durations as lengths
from pages.parts import engagement_models_start_words as start_words
from pages.parts import engagement_models_tables as tables
from pages.parts import engagement_models_words as words
from pages.parts import store_engagement_models as model_store
from pages.parts.charts_engagement_models import draw_confusion, draw_folds, draw_sure
from pages.parts.charts_engagement_models_durations import draw_bias, draw_bland_altman
from pages.parts.engagement_models_fitness import reasons, verdict
from pages.parts.engagement_models_words import Facts
from pages.parts.timelines_choices import CODER, OBSERVATION
from pages.parts.timelines_jump import MOMENT
from pipeline import jobs
from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.jobs import Job
from tests import engagement_models_study as example
from tests import studies
from tests.conftest import once
from tests.opening import opened_page

ROOT = Path(__file__).parents[1]
SCRIPT = """
from pages.parts import store
store.pin()
from pages.parts.engagement_models import models
models()
"""
MAIN = ("multimodal", "lstm")
NAN = float("nan")


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """A still-face study with a model for each role. Do not change it."""
    return once(tmp_path_factory, "engagement_models_study", example.publish)


@pytest.fixture
def home(study, tmp_path, monkeypatch) -> Path:
    """The same, to write in."""
    shutil.copytree(study, tmp_path / "study")
    monkeypatch.delenv("DYADSCOPE_MODE", raising=False)
    return tmp_path / "study"


@pytest.fixture
def quick(monkeypatch) -> None:
    """How long a training takes is said without looking at any stream."""
    found = model_store.Expectation(120.0, 600.0, ("Two sessions are left out.",))
    monkeypatch.setattr(model_store, "expected", lambda asked: found)


def opened(home: Path, monkeypatch, **query: str) -> AppTest:
    """The view alone, without the pages around it."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def whole_page(home: Path, monkeypatch) -> AppTest:
    return opened_page("engagement", home, monkeypatch, {"view": "Models"})


def said(app: AppTest) -> str:
    parts = [*app.main.markdown, *app.main.subheader, *app.info, *app.error, *app.warning, *app.main.caption]
    return " ".join(one.value.replace("\\", "").replace("\u00a0", " ") for one in parts)


def answers(role: str = "infant") -> pd.DataFrame:
    return example.answers(role)


# ---- the finding ----------------------------------------------------------------------------------------------------


def facts(**changes: float) -> Facts:
    found = {"right": 0.68, "low": 0.61, "high": 0.74, "common": 0.49, "ahead_low": 0.1, "ahead_high": 0.3}
    return Facts(**(found | {"kappa": 0.47, "people": 0.81} | changes))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "The model names the infant's phase in **68 % of the frames (95 % 61 to 74)**; always naming the "
         "commonest would be right in 49 %. Agreement with the coder: kappa **.47**; two people reach .81."),
        ({"ahead_low": -0.1, "people": NAN}, "The model names the infant's phase in **68 % of the frames (95 % 61 to "
         "74)**; **not clearly better than a blind guess**: always naming the commonest would be right in 49 %. "
         "Agreement with the coder: kappa **.47**."),
        ({"ahead_low": -0.3, "ahead_high": -0.1, "kappa": NAN}, "The model names the infant's phase in **68 % of the "
         "frames (95 % 61 to 74)**; **worse than a blind guess**: always naming the commonest would be right in 49 %."),
        ({"low": NAN, "high": NAN, "common": NAN, "kappa": NAN}, "The model names the infant's phase in **68 % of the "
         "frames**."),
    ],
)  # fmt: skip
def test_the_finding_is_one_sentence_with_its_figures(changes, sentence):
    assert words.finding(example.card(), facts(**changes)).replace("\u00a0", " ") == sentence


def test_the_finding_says_what_a_recount_of_the_answers_says():
    found = tables.facts(example.card(), example.report())
    rows = answers()
    mine = rows[(rows["modality"] == "multimodal") & (rows["kind"] == "lstm") & (rows["truth"] >= 0)]
    blind = rows[(rows["kind"] == "majority") & (rows["truth"] >= 0)]
    assert found.right == pytest.approx((mine["truth"] == mine["predicted"]).mean())
    assert found.common == pytest.approx((blind["truth"] == blind["predicted"]).mean())
    crossed = pd.crosstab(mine["truth"], mine["predicted"], normalize=True).to_numpy()
    chance = crossed.sum(0) @ crossed.sum(1)
    assert found.kappa == pytest.approx((np.trace(crossed) - chance) / (1 - chance))
    assert found.low < found.right < found.high and found.people > found.kappa


def test_the_main_arm_sees_everything_there_is():
    scores = example.report().scores
    assert tables.main_arm(example.card(), scores) == MAIN
    assert tables.main_arm(example.card(kind="linear"), scores) == ("multimodal", "linear")
    assert tables.main_arm(example.card(), scores[scores["modality"] == "audio"]) == ("audio", "lstm")


# ---- tables and figures ---------------------------------------------------------------------------------------------


def test_the_table_of_results_has_the_papers_values_in_brackets():
    frame = tables.results(example.report().scores, example.card())
    text = tables.results_in_words(frame)
    assert text["Model"][0] == "Video and sound: windows of frames (bi-LSTM)"
    assert [cell.split("\u00a0")[1] for cell in text.iloc[0].tolist()[1:]] == ["(68)", "(72)", "(60)", "(68)"]
    assert frame["recall"].tolist() == pytest.approx(frame["accuracy"].tolist())
    assert not text[text["Model"] == words.KINDS["majority"]].iloc[0].str.contains("(", regex=False).any()
    assert text["Model"].tolist()[-3:] == [words.KINDS[name] for name in words.BASELINES]
    rows = answers()
    mine = rows[(rows["modality"] == "video") & (rows["kind"] == "linear") & (rows["truth"] >= 0)]
    f1 = [
        2 * ((mine["truth"] == one) & (mine["predicted"] == one)).sum()
        / ((mine["truth"] == one).sum() + (mine["predicted"] == one).sum())
        for one in range(4)
    ]  # fmt: skip
    row = frame[(frame["modality"] == "video") & (frame["kind"] == "linear")].iloc[0]
    assert row["f1_unweighted"] == pytest.approx(100 * np.mean(f1))


def test_a_map_with_other_classes_has_nothing_published_beside():
    card = example.card("caregiver", class_map="caregiver4", classes=("Cneg", "Cneu", "Cpos", "Cpvc"))
    assert tables.results(example.report("caregiver").scores, card)["paper_accuracy"].isna().all()
    assert "nothing of its tables" in words.beside_the_paper(card, "")


def test_a_phase_that_is_never_predicted_has_no_precision():
    report = example.report()
    frame = tables.classes(report.classes, report.counts, ("multimodal", "majority")).set_index("class")
    never = frame[frame["predicted"] == 0]
    assert len(never) == 3 and set(never["note"]) == {"none predicted"} and never["precision"].isna().all()
    assert frame.loc[frame["predicted"] > 0, "recall"].tolist() == [100.0]
    text = tables.classes_in_words(frame.reset_index())
    assert text["Precision (%)"].tolist().count("none predicted") == 3 and "100" in text["Recall (%)"].tolist()


def test_codes_before_and_after_the_map():
    frame = tables.mapped(example.report().counts).set_index("what")
    assert frame.loc["Ipro", "goes_to"] == "Ineg (negative)" and frame.loc["Islp", "goes_to"] == "none"
    parts = frame.loc[["Ipro", "Iwit", "Ineg"], "frames"].sum()
    assert frame.loc["all of Ineg (negative)", "frames"] == parts and frame["frames"].sum() == 2 * 12 * 3000


def test_rows_of_the_confusion_matrix_add_up_to_all_frames_of_a_phase():
    report = example.report()
    frame = tables.confusion(report.confusion, report.counts, MAIN)
    assert frame.groupby("truth")["share"].sum().tolist() == pytest.approx([100] * 4)
    assert frame["frames"].sum() == example.card().scored_frames
    shares = [trace.z for trace in draw_confusion(frame).data]
    assert np.nansum(shares[0]) == pytest.approx(frame.loc[frame["truth"] == frame["predicted"], "share"].sum())
    assert np.isfinite(shares[0]).sum() == 4 and np.isfinite(shares[1]).sum() == 12


def test_figures_show_what_the_tables_say():
    report = example.report()
    folds = tables.folds(report.scores)
    learnt = folds[~folds["kind"].isin(words.BASELINES)]
    guesses = tables.guesses(report.scores)
    dots, means, *upright = draw_folds(learnt, guesses, "F1").data
    assert len(dots.x) == 4 * 4 and list(means.x) == learnt.loc[learnt["fold"].isna(), "value"].tolist()
    assert [trace.x[0] for trace in upright] == list(guesses.values())
    sure = tables.calibration(report.calibration, report.scores, MAIN)
    assert list(draw_sure(sure).data[1].y) == sure["right"].tolist() and sure["frames"].sum() > 0


def test_bias_and_limits_are_those_of_the_sessions():
    points = tables.of_arm(example.report().duration_points, MAIN)
    apart = (points["predicted_s"] - points["human_s"]).groupby(points["class"]).agg(["mean", "std"])
    frame = lengths._drawn(lengths._limits(example.report(), MAIN)).set_index("class")
    assert frame["bias"].sort_index().tolist() == pytest.approx(apart["mean"].tolist())
    assert (frame["upper"] - frame["lower"]).sort_index().tolist() == pytest.approx((2 * 1.96 * apart["std"]).tolist())
    assert list(draw_bias(frame.reset_index(), "s").data[1].x) == frame["bias"].tolist()
    shown = points.assign(phase=points["class"].map(words.phase), mean_s=1.0, apart_s=0.0, observation="x")
    panels = draw_bland_altman(shown, frame.reset_index())
    assert [len(trace.x) for trace in panels.data] == [12] * 4
    assert [one.y0 for one in panels.layout.shapes[1::4]] == frame["bias"].tolist()


def test_model_and_people_stand_on_one_scale():
    frame = agreement.rows(example.report(), MAIN)
    assert set(frame["compared"]) == {"Two people", "Person and model"}
    assert frame.groupby("behaviour")["who"].apply(list).map(len).tolist() == [3] * 3
    said = agreement.says(frame)
    assert said.startswith("In the 4 sessions that two people coded, the model reaches kappa .") and "lower" in said
    alone = agreement.says(frame[frame["compared"] != "Two people"])
    assert alone.endswith("No session here was coded by two people.")
    undefined = frame.assign(kappa=frame["kappa"].where(frame["compared"] != "Two people"))
    assert agreement.says(undefined).endswith("For two people no kappa can be given.")


# ---- whether durations may be analysed ------------------------------------------------------------------------------


def limits(icc: list[float], slope: float = 0.4, sessions: int = 40) -> pd.DataFrame:
    names = ["Ineg (negative)", "Ipos (social positive)"]
    return pd.DataFrame({"phase": names, "icc": icc, "slope": slope, "bias_s": [6.0, -2.0], "bias_low": [2.0, -5.0],
                         "bias_high": [10.0, 1.0], "sessions": sessions})  # fmt: skip


NOBODY = pd.DataFrame(columns=["phase", "icc"])


@pytest.mark.parametrize(
    ("icc", "sentence"),
    [
        ([0.9, 0.8], "**Yes**: for every phase."),
        ([0.9, 0.2], "**Only for “negative”**, not for “social positive”."),
        ([0.1, NAN], "**No**: for no phase."),
    ],
)
def test_whether_durations_are_good_enough(icc, sentence):
    assert verdict(limits(icc)) == sentence


def test_what_bad_durations_do_to_an_analysis():
    text = reasons(limits([0.9, 0.2], sessions=12), limits([0.95, 0.93])).replace("\u00a0", " ")
    assert "(ICC; .75 or more is called good): negative .90, social positive .20." in text
    assert "A difference between two sessions in social positive would be seen at 40 % of its size" in text
    assert "On average clearly off: negative 6 s too long per session." in text
    assert "Two people reach: negative .95, social positive .93." in text
    assert "With 12 sessions this verdict is itself uncertain." in text
    good = reasons(limits([0.9, 0.9]), NOBODY)
    assert "seen at" not in good and "uncertain" not in good and "Two people" not in good


# ---- the view -------------------------------------------------------------------------------------------------------


def test_the_finding_stands_first_and_everything_behind_it(study, quick, monkeypatch):
    app = opened(study, monkeypatch)
    found = words.finding(example.card(), tables.facts(example.card(), example.report()))
    assert next(one.value for one in app.main.markdown if one.value.startswith("### ")) == f"### {found}"
    text = said(app)
    assert text.count("Nothing here can be checked against the paper's tables") == 1
    assert "Published, other data" in text.replace("published, other data", "Published, other data")
    assert "12 sessions of 12 families" in text and "are of no phase it knows and count nowhere" in text
    assert "no principal components were fitted here" in text and "10 outer, 3 inner" in text and "left 50 ms" in text
    assert len(app.get("plotly_chart")) == 6
    assert [one.value for one in app.main.subheader] == ["Where is the model unsure?", "Train another model"]
    assert "Are its durations good enough for the multilevel model?** ### **" in text
    assert "negative engagement" not in text.lower() and "older state" not in text


def test_the_caregivers_model_says_that_it_is_blind_for_negative_engagement(study, quick, monkeypatch):
    text = said(opened(study, monkeypatch, engagement_role="Caregiver"))
    assert "The model names the caregiver's phase in" in text
    assert "Negative engagement of the caregiver can never be predicted by this model" in text


def test_the_least_sure_segment_is_one_click_from_its_video(study, quick, monkeypatch):
    app = whole_page(study, monkeypatch)
    first = example.report().unsure.iloc[0]
    app.button(key="engagement_unsure_0").click().run()
    assert not app.exception and app.title[0].value == "Timelines"
    assert app.session_state[OBSERVATION] == first["observation_id"]
    assert app.session_state[MOMENT] == (first["observation_id"], max(0, first["onset_ms"] - 1000))
    assert not [value for values in app.query_params.values() for value in values if "SF" in value]
    assert CODER not in app.session_state or "Compare" not in app.session_state[CODER]


def test_a_timeline_opens_at_the_moment_that_was_asked_for(study, quick, monkeypatch):
    told = []
    monkeypatch.setattr("pages.parts.timelines_one.timeline", lambda data, key: told.append(data))
    app = whole_page(study, monkeypatch)
    app.button(key="engagement_unsure_1").click().run()
    asked = app.session_state[MOMENT]
    assert told[-1]["at"] == asked[1] and told[-1]["key"].endswith(str(asked[1]))
    app.session_state[OBSERVATION] = "SF00" if asked[0] != "SF00" else "SF02"
    app.switch_page("timelines.py").run()
    assert told[-1]["at"] is None and told[-1]["key"] != told[0]["key"]


def test_published_choices_stand_in_the_title(home, quick, monkeypatch):
    card = example.card(id="0000ffff", compat=("scaling_on_all",), created="2026-11-21T00:00:00+00:00")
    example.keep(home, card, example.report())
    app = opened(home, monkeypatch)
    assert "With choices of the published code" not in said(app), "for comparison only: never the first that is seen"
    assert "published choices" in app.selectbox(key="engagement_model").options[-1]
    app.selectbox(key="engagement_model").set_value("0000ffff").run()
    assert "With choices of the published code: scaling on all." in said(app)


def test_a_model_trained_meanwhile_is_chosen_and_said_once(home, quick, monkeypatch):
    app = opened(home, monkeypatch)
    assert not app.success, "models of before are no news"
    old = app.selectbox(key="engagement_model").value
    example.keep(home, example.card(id="0000ffff", created="2026-11-21T00:00:00+00:00"), example.report())
    app.run()
    assert app.selectbox(key="engagement_model").value == "0000ffff" != old
    assert [one.value for one in app.success] == ["Model 0000ffff has just been trained; its results are shown now."]
    app.run()
    assert not app.success and app.selectbox(key="engagement_model").value == "0000ffff"


def test_components_have_a_sign_only_where_they_were_fitted():
    assert "Sign of a component" in words.taught(example.card(pca_scope="train_fold"))
    text = words.taught(example.card(pca_scope="as_imported"))
    assert "no principal components were fitted here" in text and "Sign of a component" not in text


def test_random_weights_are_a_trial_and_no_result(home, quick, monkeypatch):
    card = example.card()
    dreams = tuple(one.model_copy(update={"random_weights": True}) for one in card.streams)
    shutil.rmtree(home / "phase_models" / card.id)
    example.keep(home, example.card(id="0000eeee", streams=dreams), example.report())
    app = opened(home, monkeypatch)
    text = said(app)
    assert "No model has learnt the infant's phases yet" in text and "never a coder" in text
    assert [one.label for one in app.expander if "random" in one.label] == [
        "Trials with random weights (1): no results"
    ]
    assert not app.get("plotly_chart")


def test_a_model_of_an_older_state_of_the_study_is_marked(home, quick, monkeypatch):
    content = example.tables()
    later = pd.concat([content["source"], example.source(2, 2, "model")])
    studies.publish(home, content | {"source": later}, number=2)
    assert "older state" not in said(opened(home, monkeypatch)), "predictions alone change no session"
    later = pd.concat([content["source"], example.source(2, 2)])
    studies.publish(home, content | {"source": later}, number=3)
    assert "Taught on an older state of the study (generation 1)" in said(opened(home, monkeypatch)).replace("*", "")


def test_a_damaged_report_is_one_sentence(home, quick, monkeypatch):
    (home / "phase_models" / example.ID / "report" / "scores.parquet").write_bytes(b"PAR1")
    app = opened(home, monkeypatch)
    assert [one.value for one in app.warning] == [
        "The report of this model is missing or damaged. Train the model again."
    ]


# ---- nothing yet ----------------------------------------------------------------------------------------------------


def test_why_there_is_no_model(tmp_path, quick, monkeypatch):
    nobody = said(opened(example.publish(tmp_path / "a", (), with_codes=False), monkeypatch))
    assert "No phases of the infant are coded in this study." in nobody
    blind = opened(example.publish(tmp_path / "b", (), with_streams=False), monkeypatch)
    assert "there is nothing a model could see" in said(blind) and not blind.main.button
    ready = opened(example.publish(tmp_path / "c", ()), monkeypatch)
    assert "No model has learnt the infant's phases yet. Start a training below." in said(ready)
    assert [one.label for one in ready.main.button] == ["Start training"]
    assert "Takes about 2 minutes, at most about 10 minutes" in said(ready)


# ---- training -------------------------------------------------------------------------------------------------------


def test_a_click_asks_for_a_training(study, quick, monkeypatch):
    taken = []
    monkeypatch.setattr(jobs, "submit", lambda home, kind, spec, frame, **more: taken.append((kind, spec, frame, more)))
    app = opened(study, monkeypatch, engagement_role="Caregiver", engagement_kind="Both", engagement_compare="true")
    app.selectbox(key="engagement_map_caregiver").select("Caregiver, 4 classes: negative engagement kept").run()
    app.button(key="engagement_start").click().run()
    assert not app.exception
    ((kind, spec, frame, more),) = taken
    asked = PhasesAsked.model_validate(spec["asked"])
    assert kind == "phases" and more["generation"]
    assert (asked.role, asked.streams, asked.class_map) == ("caregiver", ("log_mel", "motion_grid"), "caregiver4")
    assert asked.kind == "both" and asked.compare and not asked.allow_random_weights and not asked.compat
    assert set(frame["subject"]) == {"caregiver1"}


def test_a_click_right_after_a_change_asks_for_what_is_chosen_now(study, quick, monkeypatch):
    """A slow computer: the change and the click reach the same run."""
    taken = []
    monkeypatch.setattr(jobs, "submit", lambda home, kind, spec, frame, **more: taken.append(spec["asked"]))
    app = opened(study, monkeypatch)
    app.selectbox(key="engagement_kind").set_value("Single frames (linear)")
    app.button(key="engagement_start").click().run()
    assert [one["kind"] for one in taken] == ["linear"]


def test_a_training_that_runs_says_how_far_it_is_and_can_be_stopped(study, quick, monkeypatch):
    ended, now = [], datetime.now(UTC)
    told = {"done": 250, "total": 1000, "fold": 2, "folds": 10, "left_s": 180}
    job = Job("b" * 64, "phases", "running", told, "", None, now, now, None, "local")
    lost = Job("c" * 64, "phases", "failed", {}, "Disk full.", None, now, now, now, "local")
    other = Job("d" * 64, "fit", "running", {}, "", None, now, now, None, "local")
    monkeypatch.setattr(jobs, "jobs", lambda home: [job, lost, other])
    monkeypatch.setattr(jobs, "cancel", lambda home, id: ended.append(id))
    app = opened(study, monkeypatch)
    (bar,) = app.main.get("progress")
    assert bar.proto.value == 25 and bar.proto.text.startswith("Training, 2 of 10 parts done, 25\u00a0% of all")
    assert "Failed. Disk full." in said(app)
    app.button(key=f"engagement_stop_{job.id}").click().run()
    assert ended == [job.id]
    assert start_words.state(job, 60.0).endswith(", about 3 minutes left")


def test_why_a_training_cannot_be_started(study, monkeypatch):
    found = model_store.Expectation(refusal="Two families at least are needed. Code more sessions.")
    monkeypatch.setattr(model_store, "expected", lambda asked: found)
    app = opened(study, monkeypatch)
    assert "Two families at least are needed." in said(app)
    assert not [one for one in app.main.button if one.label == "Start training"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "about 10 seconds"), (38, "about 40 seconds"), (200, "about 3 minutes"), (20_000, "about 6 hours")],
)
def test_how_long_it_takes(seconds, text):
    assert start_words.lasting(seconds) == text


def test_stored_results_are_shown_without_torch(study):
    """In a fresh process: the view with a model, then what was imported."""
    script = (
        "import sys, json\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('pages/_router.py', default_timeout=60).run()\n"
        "app.query_params['view'] = 'Models'\n"
        "app.switch_page('engagement.py').run()\n"
        "assert not app.exception, app.exception\n"
        "heavy = [one for one in ('torch', 'ray', 'transformers') if one in sys.modules]\n"
        "print(json.dumps([len(app.get('plotly_chart')), heavy]))\n"
    )
    environment = os.environ | {"DYADSCOPE_HOME": str(study), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == [6, []]
