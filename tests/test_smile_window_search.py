"""The search by a second road, what it finds where something is to be found and where nothing is, and what it leaves
behind: metrics, and nothing about a person."""

import itertools
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.__main__ import main
from pipeline.catalogue.smile_feature_names import FEATURE_NAMES, FIGURE_FEATURES
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.jobs import kinds
from pipeline.jobs.progress import Progress
from pipeline.measures.smile_windows import numbered, scored
from pipeline.models import window_mlp
from pipeline.steps import run_folder, smile_window_commands, smile_window_search
from pipeline.steps.smile_cohort import SmileCohort
from pipeline.steps.smile_window_report import Choice, nested_answers, report
from pipeline.steps.smile_window_runs import SearchDamaged, read, searches
from pipeline.steps.smile_window_search import SearchRefused, fits, refuse, search
from pipeline.steps.smile_windows import Asked, expected_s, in_order, order, rows, run_smile_windows, unsuited
from tests.test_architecture import modules
from tests.window_smiles import TINY, made_up

PHQ = "score:PHQ-9"
BANDS = {"PHQ-9": [(0.0, 4.0), (5.0, 9.0), (10.0, 14.0), (15.0, 19.0), (20.0, 27.0)]}
TAUGHT = WindowSettings(
    windows=(2, 3), epochs=(10, 20), seeds=(1,), folds=5, inner=2, permutations=4, hidden=(16, 8), learning_rate=0.01
)


@pytest.fixture(scope="module")
def smiles() -> pd.DataFrame:
    return scored(numbered(made_up(relation=2)), PHQ)


@pytest.fixture(scope="module")
def found(smiles):
    return search(smiles, TINY, lambda epochs: None)


# ---- who teaches, who is asked --------------------------------------------------------------------------------------


def test_every_mother_is_asked_by_every_seed_and_never_by_a_network_she_taught(monkeypatch, smiles):
    """All tasks of a whole search are looked at: no row that was asked stands among those that taught."""
    seen = []
    real = smile_window_search.sides

    def spied(cell):
        people = cell.cut.frame
        teaching, asking = (
            set(people.loc[side[people["mother"]], "mother"]) for side in (cell.fold.teaching, cell.fold.asked)
        )
        sessions = [set(people.loc[people["mother"].isin(side), "session"]) for side in (teaching, asking)]
        seen.append((cell, teaching & asking, sessions[0] & sessions[1]))
        return real(cell)

    monkeypatch.setattr(smile_window_search, "sides", spied)
    found = search(smiles, TINY, lambda epochs: None)
    assert len(seen) == fits(TINY) == 2 * (2 * 3 * 3 + 2 * 3)
    assert not any(mothers or sessions for _, mothers, sessions in seen)
    outside = {cell.fold.name: cell.fold.asked for cell, _, _ in seen if len(cell.fold.name) == 2}
    nested = [cell.fold for cell, _, _ in seen if len(cell.fold.name) == 3]
    assert len(nested) == 2 * 2 * 3 * 2
    for fold in nested:
        assert not ((fold.teaching | fold.asked) & outside[fold.name[:2]]).any(), "the nested choice knows nobody asked"
    for size, answers in found.outer.items():
        for seed in TINY.seeds:
            assert len(answers[answers["seed"] == seed]) == len(found.cuts[size].frame)


def test_features_and_scales_know_nothing_of_those_who_are_asked(smiles):
    """Scores and smiles of the asked are turned upside down: features and what is taught stay as they were."""
    outer = smile_window_search.folds(np.ones(30, dtype=bool), 3, 30, (1,))
    for fold in outer:
        asked = fold.asked[smiles["mother"]]
        other = smiles.copy()
        other.loc[asked, "score"] = 27 - other.loc[asked, "score"]
        other.loc[asked, list(FEATURE_NAMES)] *= -7
        names = smile_window_search.chosen(smiles, fold, TINY)
        assert names == smile_window_search.chosen(other, fold, TINY) and len(names) == 4
        tasks = []
        for frame in (smiles, other):
            cut = smile_window_search.windows(frame, 2)
            tasks.append(smile_window_search.sides(smile_window_search.Cell(cut, fold, names))[0])
        assert (tasks[0].features == tasks[1].features).all() and (tasks[0].scores == tasks[1].scores).all()
        assert tasks[0].features.mean(axis=0) == pytest.approx(0, abs=1e-9)


def test_the_papers_four_and_all_eight_can_be_asked_for(smiles):
    fold = smile_window_search.folds(np.ones(30, dtype=bool), 3, 30, (1,))[0]
    assert smile_window_search.chosen(smiles, fold, WindowSettings(features="paper")) == FIGURE_FEATURES
    assert smile_window_search.chosen(smiles, fold, WindowSettings(features="all")) == FEATURE_NAMES


# ---- choosing -------------------------------------------------------------------------------------------------------


def test_the_papers_choice_is_the_least_mean_of_seeds(found, smiles):
    """By another road: plain loops over the answers."""
    worth = {}
    for size, epochs in itertools.product(TINY.windows, TINY.epochs):
        answers, of_seeds = found.outer[size], []
        for seed in TINY.seeds:
            mine = answers[answers["seed"] == seed]
            of_seeds.append(sum((row[str(epochs)] - row["score"]) ** 2 for _, row in mine.iterrows()) / len(mine))
        worth[size, epochs] = sum(of_seeds) / len(of_seeds)
    one = report(found, smiles, BANDS["PHQ-9"], TINY)
    assert (one["size"], one["epochs"]) == min(worth, key=worth.get)
    assert {(row["size"], row["epochs"]): row["mse"] for row in one["grid"]} == pytest.approx(worth, rel=1e-5)
    assert one["spread"] == 5.6 and one["spread_differences"]["paper"][0]["difference"] < 0


def test_the_nested_choice_is_made_by_those_who_teach(found):
    """For each outer fold: the least error of its own inner folds, and the answers of that fold after that choice."""
    answers, choices = nested_answers(found, TINY)
    counted = {}
    for seed, fold in itertools.product(TINY.seeds, range(TINY.folds)):
        worth = {}
        for size, epochs in itertools.product(TINY.windows, TINY.epochs):
            inner = found.inner[size]
            mine = inner[(inner["seed"] == seed) & (inner["fold"] == fold)]
            worth[Choice(size, epochs)] = ((mine[str(epochs)] - mine["score"]) ** 2).mean()
        best = min(worth, key=worth.get)
        counted[best] = counted.get(best, 0) + 1
        outer = found.outer[best.size]
        expected = outer[(outer["seed"] == seed) & (outer["fold"] == fold)]
        mine = answers[(answers["seed"] == seed) & answers["session"].isin(expected["session"])]
        assert mine["network"].to_numpy() == pytest.approx(expected[str(best.epochs)].to_numpy())
    assert {Choice(one["size"], one["epochs"]): one["times"] for one in choices} == counted


def test_the_baselines_are_the_teaching_sides(found, smiles):
    """The mean and the median of the windows of everybody else, fold by fold."""
    answers = found.outer[2]
    cut = found.cuts[2].frame
    for (seed, fold), mine in answers.groupby(["seed", "fold"]):
        others = cut[~cut["mother"].isin(mine["mother"])]["score"]
        asked_all = set(smile_window_search.folds(np.ones(30, dtype=bool), 3, 30, (seed,))[fold].asked.nonzero()[0])
        assert set(mine["mother"]) <= asked_all
        assert mine["mean"].unique() == pytest.approx([others.mean()])
        assert mine["median"].unique() == pytest.approx([others.median()])


# ---- recovery -------------------------------------------------------------------------------------------------------


@cache
def outcome(relation: float, seed: int) -> dict:
    """The report of a search on made-up smiles with this relation."""
    smiles = scored(numbered(made_up(relation=relation, mothers=40, seed=seed, smiles=(3, 8))), PHQ)
    return report(search(smiles, TAUGHT, lambda epochs: None), smiles, BANDS["PHQ-9"], TAUGHT)


def against_mean(one: dict) -> dict:
    rows = one["errors"]["nested"]
    return next(row for row in rows if (row["unit"], row["metric"], row["guess"]) == ("session", "rmse", "mean"))


def test_a_strong_relation_is_found():
    one = outcome(relation=2, seed=1)
    row = against_mean(one)
    assert row["high"] < 0 and row["difference"] < -0.25 * row["value"]
    assert one["permutation"]["observed"] > max(one["permutation"]["shuffled"])
    assert one["permutation"]["p"] == pytest.approx(1 / 5)
    assert one["features"]["onset_amplitude"] == one["of_folds"]
    bins = [row["observed"] for row in one["calibration"]]
    assert bins[-1] > bins[0] + 3


def test_where_there_is_none_none_is_found():
    """Nor with shuffled scores of the strong relation: no network is better than guessing the mean."""
    assert against_mean(outcome(relation=0, seed=2))["high"] > 0
    strong = outcome(relation=2, seed=1)
    assert max(strong["permutation"]["shuffled"]) < 0.25 < strong["permutation"]["observed"]


# ---- the job --------------------------------------------------------------------------------------------------------


def asked(**changes: object) -> tuple[dict, pd.DataFrame]:
    about = {"selection": {}, "words": "All recordings, no filter", "number": 1} | changes
    request = Asked(("PHQ-9",), TINY)
    return order(request, BANDS, **about), rows(made_up(relation=2), request.scores)


class Heard(Progress):
    """A job's progress that remembers what it was told, and is cancelled after `most` reports."""

    def __init__(self, folder: Path, most: int = 10**9) -> None:
        super().__init__(folder)
        self.told, self.most = [], most

    def report(self, news: dict[str, object]) -> None:
        """Remembers."""
        super().report(news)
        self.told.append(news)
        if len(self.told) >= self.most:
            self.end()


def stored(home: Path) -> str:
    """A search run as the worker runs it: asked, begun, kept."""
    spec, frame = asked()
    id = "a" * 64
    run_folder.store(
        home, id, {"id": id, "kind": "smile_windows", "spec": spec, "generation": "g", "version": "0"}, frame
    )
    progress = Heard(run_folder.begin(home, id))
    kinds.load("smile_windows")(run_folder.read_order(home, id)["spec"], run_folder.read_rows(home, id), progress)
    run_folder.keep(progress.folder)
    return id


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "runs").mkdir()
    return tmp_path


def test_a_job_tells_how_far_it_is_and_can_be_read_again(home):
    spec, frame = asked()
    progress = Heard(home)
    run_smile_windows(spec, frame, progress)
    done = [news["done"] for news in progress.told if "done" in news]
    assert done == sorted(done) and done[-1] == progress.told[-1]["total"] == fits(TINY) * 3
    assert progress.told[-1]["score"] == "PHQ-9"
    id = stored(home)
    assert searches(home) == [id]
    one = read(home, id)
    again = json.loads((home / "windows.json").read_text(encoding="utf-8"))
    assert one.scores == again["scores"], "the same metrics in every run"
    assert one.settings == TINY and one.words == "All recordings, no filter" and one.scores["PHQ-9"]["mothers"] == 30
    (run_folder.result(home, id) / "windows.json").write_text("{", encoding="utf-8")
    with pytest.raises(SearchDamaged, match="Nothing was changed"):
        read(home, id)


def test_a_cancelled_job_leaves_nothing(home):
    spec, frame = asked()
    run_smile_windows(spec, frame, Heard(home, most=3))
    assert [path.name for path in home.iterdir()] == ["runs"]


def numbers_in(value: object) -> list[float]:
    """All numbers of a JSON value."""
    if isinstance(value, dict | list):
        return [one for each in (value.values() if isinstance(value, dict) else value) for one in numbers_in(each)]
    return [float(value)] if isinstance(value, int | float) and not isinstance(value, bool) else []


def longest_list(value: object) -> int:
    """How many numbers stand in the longest plain list of a JSON value."""
    if isinstance(value, dict):
        return max((longest_list(one) for one in value.values()), default=0)
    if isinstance(value, list):
        plain = len(value) if all(isinstance(one, int | float) for one in value) else 0
        return max([plain, *map(longest_list, value)])
    return 0


def test_no_weight_and_no_answer_about_a_person_is_ever_written(monkeypatch, home):
    """Every weight and every answer of a search is caught as it is made, and looked for in all that is left behind: to
    four digits, in every file of the run.
    """
    caught = {"weights": [], "answers": []}
    real = window_mlp._Networks.taught

    def spied(self, heard):
        answers = real(self, heard)
        caught["weights"] += self.flat.numpy().ravel().tolist()
        caught["answers"] += [value for one in answers for value in one.ravel().tolist()]
        return answers

    monkeypatch.setattr(window_mlp._Networks, "taught", spied)
    id = stored(home)
    monkeypatch.undo()
    files = {path.name for path in run_folder.folder(home, id).rglob("*") if path.is_file()}
    assert files == {"spec.json", "data.parquet", "windows.json"}, (
        "metrics, and the rows and choices that were asked for"
    )
    text = run_folder.result(home, id).joinpath("windows.json").read_text(encoding="utf-8")
    content = json.loads(text)
    written = np.array(sorted(set(numbers_in(content))))
    fractions = written[(written * 100) % 1 > 1e-9]
    for values in caught.values():
        assert len(values) > 1000
        near = np.abs(fractions[:, None] - np.array(values)) < 1e-6 * np.maximum(np.abs(fractions[:, None]), 1e-3)
        assert not near.any(axis=1).any()
    assert longest_list(content) <= max(TINY.permutations, len(TINY.hidden), len(TINY.epochs), len(TINY.seeds))
    assert 'seed":' not in text.replace(" ", "") and 'session":' not in re.sub(r'"unit": "session"', "", text)
    frame = run_folder.read_rows(home, id)
    assert set(frame) == {"mother", "session", "smile_number", *FEATURE_NAMES, PHQ}
    everything = "".join(path.read_text("utf-8") for path in run_folder.folder(home, id).rglob("*.json"))
    assert not re.search(r"\b[FMD]\d\d\b|\b\d\d\.[01]\b\D", everything.replace(".0", "")), "no identifier"


def test_nothing_of_ours_can_save_a_network():
    """Networks that predict a score; classifiers of what is seen on a film (`phase*`) may be kept."""
    for name, path in modules().items():
        if name.startswith(("pipeline.models.phase", "pipeline.steps.phase_")):
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"torch\.save|state_dict|save_file\(|torch\.jit|torch\.onnx|export_onnx", text), name


# ---- refusals, order, time ------------------------------------------------------------------------------------------


def test_too_few_mothers_and_a_score_of_one_value_are_refused():
    few = scored(numbered(made_up(mothers=5)), PHQ)
    with pytest.raises(SearchRefused, match="^PHQ-9: only 5 mothers have the score and a session with 2 kept smiles"):
        refuse(few, TINY, "PHQ-9")
    same = scored(numbered(made_up()), PHQ).assign(score=3.0)
    with pytest.raises(SearchRefused, match="^PHQ-9 is the same for everybody here"):
        refuse(same, TINY, "PHQ-9")
    frame = rows(made_up(mothers=30).assign(**{"score:PEARLS": 1.0}), ("PHQ-9", "PEARLS"))
    assert list(unsuited(frame, ("PHQ-9", "PEARLS"), TINY)) == ["PEARLS"]


def test_the_papers_scores_come_first_and_in_its_order():
    assert in_order(("ACEs", "EPDS", "PEARLS", "PHQ-9", "PSS-10", "SAPAS")) == (
        "PHQ-9", "ACEs", "PSS-10", "PEARLS", "EPDS", "SAPAS",
    )  # fmt: skip


def test_more_work_is_said_to_take_longer():
    frame = rows(made_up(), ("PHQ-9", "PEARLS"))
    one = expected_s(frame, Asked(("PHQ-9",), WindowSettings()))
    assert one < expected_s(frame, Asked(("PHQ-9", "PEARLS"), WindowSettings()))
    assert one > expected_s(frame, Asked(("PHQ-9",), TINY)) > 0


def test_the_settings_are_the_papers():
    one = WindowSettings()
    assert (one.windows, one.epochs, one.hidden) == ((2, 3, 4, 5), (50, 100, 150, 200), (32, 32, 8))
    assert (len(one.seeds), one.folds) == (5, 5)


# ---- the command ----------------------------------------------------------------------------------------------------


@pytest.fixture
def study(monkeypatch) -> None:
    """The command on made-up smiles, tiny."""
    smiles = made_up(relation=2)
    bands = {"PHQ-9": pd.DataFrame(BANDS["PHQ-9"], columns=["low", "high"])}
    cohort = SmileCohort(smiles, smiles, bands, ())
    monkeypatch.setattr(smile_window_commands, "study_cursor", lambda: None)
    monkeypatch.setattr(smile_window_commands, "read_smiles", lambda cursor: None)
    monkeypatch.setattr(smile_window_commands, "observation_frame", lambda cursor: None)
    monkeypatch.setattr(smile_window_commands, "gathered", lambda read, observations: cohort)
    tiny = {name: value for name, value in TINY if name not in ("windows", "epochs", "features", "permutations")}
    settings = lambda **given: WindowSettings(**{**tiny, **given})  # noqa: E731
    monkeypatch.setattr(smile_window_commands, "WindowSettings", settings)


COMMAND = ["smile-windows", "--windows", "2,3", "--epochs", "2,3", "--permutations", "0"]


def test_the_command_writes_metrics_and_nothing_else(study, tmp_path, capsys):
    target = tmp_path / "windows.csv"
    assert main([*COMMAND, "--score", "phq-9", "--csv", str(target)]) == 0
    said = capsys.readouterr().out
    assert (
        re.search(r"PHQ-9: RMSE per recording [\d.]+ points, guessing the mean [\d.]+", said) and "Research use" in said
    )
    found = pd.read_csv(target)
    assert list(found) == smile_window_commands.COLUMNS
    assert found.groupby("choice").size().to_dict() == {"grid": 16, "nested": 16, "paper": 16}
    assert set(found["mothers"]) <= set(range(20, 31)) and found["value"].notna().all()
    assert [path.name for path in tmp_path.iterdir()] == ["windows.csv"]


def test_the_command_prints_all_scores(study, capsys):
    assert main([*COMMAND[:2], "2", "--epochs", "1", "--permutations", "0"]) == 0
    said = capsys.readouterr().out
    assert said.index("PHQ-9") < said.index("PEARLS") and "nested" in said and "grid" not in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--score", "PHQ-8"], "'PHQ-8' is no score of a recording with smiles. Did you mean 'PHQ-9'?"),
        (["--windows", "two"], "--windows and --epochs take whole numbers"),
        (["--windows", "9"], "PHQ-9: only 0 mothers have the score"),
        (["--permutations", "-1"], "--permutations: input should be greater than or equal to 0."),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_a_sentence(study, capsys, words, sentence):
    assert main([*COMMAND, *words]) == 1
    assert capsys.readouterr().err.startswith(sentence)


def test_nothing_heavy_is_loaded_before_a_search_runs():
    names = "pipeline.steps.smile_windows, pipeline.steps.smile_window_commands, pages.parts.smiles_windows"
    code = f"import sys, {names}; print([one for one in ('torch', 'sklearn', 'statsmodels') if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[]", done.stderr
