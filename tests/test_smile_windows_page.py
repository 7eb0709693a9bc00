"""The panel "Can smiles predict a score?": the finding first, honest figures beside it, nothing about one person."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import smiles_windows_tables as tables
from pages.parts import smiles_windows_words as words
from pages.parts import store_smiles_windows as search_store
from pages.parts.charts_smiles_windows import draw_against, draw_calibration, draw_grid, draw_shuffled
from pipeline import jobs
from pipeline.jobs import Job
from pipeline.selection import Selection
from pipeline.steps import run_folder
from pipeline.steps.release import release
from pipeline.steps.smile_cohort import SmileCohort
from pipeline.steps.smile_windows import Asked, asked_bands, order, rows, searched
from pipeline.steps.stored_fits import selection_json
from tests.window_smiles import TINY, made_up

SCRIPT = """
from pages.parts import store
store.pin()
from pages.parts.smiles_windows import windows
windows()
"""
SMILES = made_up(relation=2)
COHORT = SmileCohort(SMILES, SMILES, {"PHQ-9": pd.DataFrame({"low": [0.0, 5.0], "high": [4.0, 9.0]})}, ())
SMALL = TINY.model_copy(update={"seeds": (1,), "folds": 5})
NOTHING = "There is no recording here with a kept smile and a questionnaire score."


@pytest.fixture(scope="module")
def result() -> dict:
    """What a tiny search leaves, once for all tests."""
    request = Asked(("PHQ-9", "PEARLS"), SMALL)
    spec = order(request, asked_bands(COHORT.bands))
    return searched(spec, rows(SMILES, request.scores))


@pytest.fixture
def home(hand_study: Path, tmp_path: Path, monkeypatch) -> Iterator[Path]:
    """A study folder to write in, whose smiles are made up."""
    shutil.copytree(hand_study / "published", tmp_path / "published")
    (tmp_path / "runs").mkdir()
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    monkeypatch.delenv("DYADSCOPE_MODE", raising=False)
    monkeypatch.setattr(search_store, "cohort", lambda: COHORT)
    yield tmp_path


def keep(home: Path, result: dict, id: str = "a" * 64, **changes: object) -> Path:
    """A finished search in the study folder, of the current data and selection unless `changes` say otherwise."""
    request = Asked(("PHQ-9", "PEARLS"), SMALL)
    about = {"selection": selection_json(Selection()), "words": "All recordings, no filter", "number": 1} | changes
    spec = order(request, asked_bands(COHORT.bands), **about)
    generation = connect.current(home).sha256
    whole = {"id": id, "kind": "smile_windows", "spec": spec, "generation": generation, "version": "0"}
    run_folder.store(home, id, whole, rows(SMILES, request.scores))
    folder = run_folder.begin(home, id)
    (folder / "windows.json").write_text(json.dumps(result), encoding="utf-8")
    run_folder.keep(folder)
    return run_folder.result(home, id)


def opened(**query: str) -> AppTest:
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.query_params.update(query)
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    assert not app.exception, [one.message for one in app.exception]
    return app


def said(app: AppTest) -> str:
    parts = [*app.main.markdown, *app.info, *app.error, *app.warning, *app.caption]
    return " ".join(one.value.replace("\\", "").replace("\u00a0", " ") for one in parts)


def row(value: float, difference: float | None = None, low: float | None = None, high: float | None = None) -> dict:
    return {"value": value, "difference": difference, "low": low, "high": high}


def found(difference: tuple[float, float, float], ridge: tuple[float, float, float] = (0.0, -1.0, 1.0)) -> dict:
    """A score's metrics with these differences from the mean and from ridge regression."""
    guesses = {"network": (None,) * 3, "mean": difference, "median": difference, "ridge": ridge}
    errors = [
        {"unit": unit, "guess": guess, "metric": metric, **row(4.0 if guess == "network" else 4.5, *ends)}
        for unit in ("window", "session")
        for metric in ("mae", "rmse")
        for guess, ends in guesses.items()
    ]
    asked = {"mothers": 40, "sessions": 70, "windows": 200}
    return {"errors": {"paper": errors, "nested": errors}, "asked": {"paper": asked, "nested": asked}}


# ---- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((-0.5, -0.9, -0.1), "Smiles predict PHQ-9 **better than** guessing the mean: typically 4.00 points off, "
         "against 4.50 (difference −0.50, 95 % −0.90 to −0.10)."),
        ((-0.5, -0.9, 0.1), "Smiles predict PHQ-9 **not clearly better than** guessing the mean: typically 4.00 "
         "points off, against 4.50 (difference −0.50, 95 % −0.90 to +0.10)."),
        ((0.5, 0.1, 0.9), "Smiles predict PHQ-9 **worse than** guessing the mean: typically 4.00 points off, against "
         "4.50 (difference +0.50, 95 % +0.10 to +0.90)."),
    ],
)  # fmt: skip
def test_the_finding_is_one_sentence_with_its_figures(difference, said):
    assert words.finding("PHQ-9", found(difference)).replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("spread", "end"),
    [
        (5.6, "is below it, and so is guessing the mean (4.50)."),
        (4.2, "is below it, and guessing the mean is not (4.50)."),
        (3.0, "is not below it, and guessing the mean is not (4.50)."),
    ],
)
def test_the_width_of_a_band_is_no_test_where_guessing_passes_it_too(spread, end):
    assert words.spread_says(found((0, 0, 0)) | {"spread": spread}).endswith(end)
    assert words.spread_says(found((0, 0, 0)) | {"spread": None}) == ""


@pytest.mark.parametrize(
    ("done", "seconds", "text"),
    [(50, 60.0, ", about 1 minute left"), (90, 180.0, ", about 20 seconds left"), (1, 60.0, ""), (0, 0.0, "")],
)
def test_the_time_that_is_left(done, seconds, text):
    now = datetime.now(UTC)
    job = Job("b", "smile_windows", "running", {"done": done, "total": 100}, "", None, now, now, None, "local")
    assert words.left(job, seconds) == text


def test_a_network_that_a_line_equals_is_said_to_be():
    assert "does as well" in words.line_says(found((0, 0, 0)))
    assert "does better" in words.line_says(found((0, 0, 0), (0.4, 0.1, 0.8)))
    assert "also better than a straight line" in words.line_says(found((0, 0, 0), (-0.4, -0.8, -0.1)))


def test_shuffled_scores_in_words():
    clear = words.shuffled_says("PHQ-9", {"observed": 0.3, "shuffled": [-0.1, 0.05], "p": 0.04}).replace("\u00a0", " ")
    assert clear.startswith("**The real scores stand out**: the search saves 30 % of the squared error with them, and "
                            "−10 % to 5 % when the PHQ-9 scores")  # fmt: skip
    assert "do not stand out" in words.shuffled_says("PHQ-9", {"observed": 0.0, "shuffled": [-0.1, 0.05], "p": 0.67})


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(3, "about 10 seconds"), (38, "about 40 seconds"), (58, "about 1 minute"), (200, "about 3 minutes")],
)
def test_how_long_it_takes(seconds, text):
    assert words.duration(seconds) == text


# ---- the panel ------------------------------------------------------------------------------------------------------


def test_before_a_search_the_panel_says_what_it_answers_and_how_long_it_takes(home):
    app = opened()
    text = said(app)
    assert "Not known yet for PHQ-9: start the search below." in text and "For research only." in text
    assert "for PHQ-9, about" in text and "for all 2 scores, in the background; this page may be closed." in text
    assert [one.label for one in app.button] == ["Start for PHQ-9", "Start for all 2 scores"]
    assert not app.get("plotly_chart")


def test_a_click_asks_for_a_search_without_an_identifier(home, monkeypatch):
    taken = []
    monkeypatch.setattr(jobs, "submit", lambda home, kind, spec, frame, **more: taken.append((kind, spec, frame, more)))
    app = opened(window_features="All eight", window_single="true")
    whole(app.button(key="window_start_0").click().run())
    ((kind, spec, frame, more),) = taken
    assert (
        kind == "smile_windows" and spec["scores"] == ["PHQ-9"] and more["generation"] == connect.current(home).sha256
    )
    assert spec["settings"]["features"] == "all" and spec["settings"]["windows"] == [1, 2, 3, 4, 5]
    assert spec["selection"] == selection_json(Selection()) and spec["bands"] == {"PHQ-9": [[0.0, 4.0], [5.0, 9.0]]}
    assert not {"observation_id", "family_id", "caregiver_id", "dyad_id", "score:PEARLS"} & set(frame)
    whole(app.button(key="window_start_1").click().run())
    assert taken[1][1]["scores"] == ["PHQ-9", "PEARLS"]


def test_a_search_that_runs_says_how_far_it_is_and_can_be_stopped(home, monkeypatch):
    ended, now = [], datetime.now(UTC)
    job = Job("b" * 64, "smile_windows", "running", {"done": 30, "total": 120, "score": "PHQ-9"}, "", None, now, now,
              None, "local")  # fmt: skip
    lost = Job("c" * 64, "smile_windows", "failed", {}, "Disk full.", None, now, now, now, "local")
    other = Job("d" * 64, "fit", "running", {}, "", None, now, now, None, "local")
    monkeypatch.setattr(jobs, "jobs", lambda home: [job, lost, other])
    monkeypatch.setattr(jobs, "cancel", lambda home, id: ended.append(id))
    app = opened()
    (bar,) = app.main.get("progress")
    assert bar.proto.value == 25 and bar.proto.text.replace("\\", "").startswith(
        "Running: PHQ-9, 25\u00a0% of all, about"
    )
    assert "Failed. Disk full." in said(app)
    whole(app.button(key=f"window_stop_{job.id}").click().run())
    assert ended == [job.id]


def test_the_finding_stands_first_and_everything_behind_it(home, result):
    keep(home, result)
    app = opened()
    heading = next(one.value for one in app.main.markdown if one.value.startswith("### "))
    assert heading.replace("\\", "") == f"### {words.finding('PHQ-9', result['scores']['PHQ-9'])}"
    figures = [json.loads(one.proto.spec) for one in app.get("plotly_chart")]
    assert len(figures) == 4
    assert {trace["name"] for trace in figures[0]["data"]} == set(words.WAYS.values())
    text = said(app)
    assert "For research only." in text and "Could it be chance?" in text and "shuffled between mothers" in text
    assert "Social Support it is not: 17.34 > 15.97" in text
    assert "Window and epochs" in str([list(one.value) for one in app.dataframe])
    (paper,) = [one.value for one in app.table if "Paper" in one.value]
    assert paper["Score"].tolist() == ["PHQ\u20119", "PEARLS"]
    assert paper["Paper"].tolist() == ["1.43, 1.92 (4, 150)", "0.37, 0.61 (3, 200)"]
    mine = result["scores"]["PHQ-9"]
    assert paper["Here, paper's choice"].tolist()[0].endswith(f" ({mine['size']}, {mine['epochs']})")
    mean = [words.points(words.entry(mine, "paper", "window", name, "mean")["value"]) for name in ("mae", "rmse")]
    assert paper["Guessing the mean"].tolist()[0] == ", ".join(mean)
    assert paper["Mothers"].tolist()[0] == str(mine["asked"]["paper"]["mothers"])
    whole(app.selectbox(key="window_score").set_value("PEARLS").run())
    heading = next(one.value for one in app.main.markdown if one.value.startswith("### "))
    assert "Smiles predict PEARLS" in heading


def test_no_identifier_and_no_row_per_person_reaches_the_screen(home, result):
    keep(home, result)
    app = opened()
    frames = [one.value for one in [*app.dataframe, *app.table]]
    assert frames and max(len(one) for one in frames) <= 16
    text = said(app) + "".join(one.to_csv() for one in frames)
    assert not [one for one in SMILES["observation_id"].unique() if f"{one}," in text]
    assert not [one for one in (*SMILES["family_id"].unique(), *SMILES["caregiver_id"].unique()) if one in text]


def test_the_width_of_a_band_is_compared_by_mean_absolute_error(home, result):
    keep(home, result)
    app = opened(window_error="Mean absolute error (MAE)", window_unit="Per window, as in the paper")
    frame = next(one.value for one in app.dataframe if "Compared with" in one.value)
    assert frame["Compared with"].tolist().count(words.SPREAD) == 2
    mine = frame[(frame["Compared with"] == words.SPREAD)].iloc[0]
    assert mine["Guess off by"] == 5 and mine["Difference"] == pytest.approx(mine["Network off by"] - 5, abs=0.011)


def test_a_search_of_other_data_or_another_selection_is_no_finding(home, result):
    keep(home, result, selection=selection_json(Selection(protocol="free_play")), words="Free play, no filter")
    app = opened()
    assert "Not known yet for PHQ-9" in said(app) and "Free play, no filter" in said(app)
    assert not app.get("plotly_chart")


def test_the_newest_search_is_the_finding_and_a_damaged_one_is_said(home, result):
    keep(home, result)
    other = json.loads(json.dumps(result))
    for one in other["scores"]["PHQ-9"]["errors"]["nested"]:
        one["value"] = 9.99
    keep(home, other, "b" * 64)
    (keep(home, result, "c" * 64) / "windows.json").write_text("{", encoding="utf-8")
    text = said(opened())
    assert "typically 9.99 points off" in text.split("For research only")[0]
    assert "runs/cccccccc...: the files of this search are missing or damaged." in text


def test_recordings_with_too_few_smiles_are_counted(home, result):
    few = json.loads(json.dumps(result))
    few["scores"]["PHQ-9"]["sizes"][0]["dropped"] = 3
    keep(home, few)
    text = said(opened())
    assert "these have too few for a window: 3 for 2;" in text and "Smiles predict PHQ-9" in text


def test_a_score_that_cannot_be_searched_says_why(home, monkeypatch):
    lonely = SMILES.assign(**{"score:EPDS": SMILES["score:PHQ-9"].where(SMILES["family_id"] < "F04")})
    monkeypatch.setattr(search_store, "cohort", lambda: SmileCohort(lonely, lonely, {}, ()))
    app = opened(window_score="EPDS")
    assert "EPDS: only 4 mothers have the score" in said(app)
    assert [one.label for one in app.button] == ["Start for all 2 scores"]


def test_without_smiles_or_scores_there_is_nothing_to_start(home, monkeypatch):
    empty = SMILES.head(0)
    monkeypatch.setattr(search_store, "cohort", lambda: SmileCohort(empty, empty, {}, ()))
    app = opened()
    assert NOTHING in said(app) and not app.button


# ---- figures and tables ---------------------------------------------------------------------------------------------


def test_figures_show_what_the_tables_say(result):
    one = result["scores"]["PHQ-9"]
    against, grid = tables.against(one, "session", "rmse"), tables.grid(one)
    marks = draw_against(against, "points").data
    assert [list(trace.x) for trace in marks] == [
        against[against["way"] == way]["difference"].tolist() for way in words.WAYS.values()
    ]
    assert (against["difference"] - (against["network"] - against["guess"])).abs().max() < 1e-4
    lines = draw_grid(grid, "RMSE").data
    assert (
        len(lines) == len(SMALL.epochs) + 1 and list(lines[-1].y) == grid.drop_duplicates("size")["mean_rmse"].tolist()
    )
    groups = tables.calibration(one).dropna()
    assert list(draw_calibration(groups, "PHQ-9").data[1].y) == groups["observed"].tolist()
    marks = draw_shuffled(one["permutation"]["shuffled"], one["permutation"]["observed"]).data
    assert len(marks[0].x) == SMALL.permutations and list(marks[1].x) == [100 * one["permutation"]["observed"]]


def test_a_group_of_few_families_has_no_point():
    one = {"calibration": [
        {"bin": 0, "predicted": None, "observed": None, "low": None, "high": None, "sessions": 6, "families": 4},
        {"bin": 1, "predicted": 2.0, "observed": 3.0, "low": 1.0, "high": 5.0, "sessions": 6, "families": 5},
    ]}  # fmt: skip
    frame = tables.calibration(one)
    assert frame["predicted"].isna().tolist() == [True, False]
    masked = release(frame, tables.CALIBRATION, "presenting")
    assert masked.hidden["families"].tolist() == [True, False]


def test_every_table_may_be_released(result):
    one = result["scores"]["PHQ-9"]
    for frame, spec in (
        (tables.against(one, "session", "mae"), tables.AGAINST), (tables.grid(one), tables.GRID),
        (tables.shuffled(one["permutation"]), tables.SHUFFLED), (tables.table_ii({"PHQ-9": one}), tables.TABLE_II),
    ):  # fmt: skip
        shown = release(frame, spec, "presenting")
        assert len(shown.frame) == len(frame) and not shown.masked
        assert set(spec.labels) <= set(shown.frame)
