"""`python -m pipeline train phases`, on an imported study: what it says, what it leaves, and the new generation."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from db.connect import current
from pipeline.__main__ import main
from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.steps import phase_arms, phase_engines, phase_folds_run, phase_models
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.steps.phase_material import as_words, of_words, read_material
from tests import still_face_study
from tests.phase_sessions import QUICK_LINEAR

ROOT = Path(__file__).parents[1]
TINY = replace(QUICK_LINEAR, hidden=(4,), epochs=1)
OPTIONS = ("--streams", "motion_grid", "--kind", "linear", "--folds", "2x2", "--jobs", "1")


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Five imported sessions of four families, no model yet."""
    return still_face_study.build(tmp_path_factory.mktemp("study"), 5, model=False)


@pytest.fixture(autouse=True)
def quick(monkeypatch, home):
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(phase_arms, "grid", lambda kind, name: (TINY,))
    monkeypatch.setattr(phase_arms, "MOTION", TINY)
    monkeypatch.setattr(phase_engines, "on_pool", phase_folds_run.here)


def run(*words) -> int:
    return main(["train", "phases", *words])


def ask(home, question):
    with duckdb.connect(str(current(home).file), read_only=True) as connection:
        return connection.execute(question).fetchall()


def test_it_says_what_it_will_do_trains_and_publishes(home, capsys):
    before = current(home).number
    assert run("--role", "infant", *OPTIONS) == 0
    said = capsys.readouterr().out
    assert "Infant engagement, linear model on motion_grid." in said
    assert "5 sessions of 4 families" in said and "2 outer folds of families x 2 inner ones, 1 settings" in said
    assert said.index("Expected: ") < said.index("accuracy")
    (card,) = phase_models.cards(home)
    assert card.generation == before and f"Generation {before + 1} is published." in said
    events = ask(home, f"SELECT count(*) FROM event WHERE coder_id = '{card.coder_id}'")[0][0]
    assert events == len(phase_models.read_predictions(phase_models.model_folder(home, card.id))) > 0
    assert ask(home, f"SELECT count(*) FROM coding WHERE is_primary AND coder_id = '{card.coder_id}'") == [(0,)]
    assert run("--role", "infant", *OPTIONS) == 0
    again = capsys.readouterr().out
    assert "was trained before, on the same data" in again and "The study has its predictions already." in again
    assert len(phase_models.cards(home)) == 1


def test_with_published_choices_nothing_enters_the_study(home, capsys):
    before = current(home).number
    assert run("--role", "caregiver", "--compat", "single_split", *OPTIONS) == 0
    said = capsys.readouterr().out
    assert "published choices: single split" in said and "do not enter the study" in said
    assert "Negative engagement is in no class of this map" in said
    assert current(home).number == before


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--role", "mother", *OPTIONS), "--role: input should be 'infant' or 'caregiver'."),
        (("--role", "infant", *OPTIONS, "--folds", "ten"), "--folds 'ten': write outer x inner folds"),
        (("--role", "infant", *OPTIONS, "--folds", "1x3"), "--folds: input should be greater than or equal to 2."),
        (("--role", "infant", *OPTIONS, "--streams", "motion_gird"), "Did you mean 'motion_grid'?"),
        (("--role", "infant", *OPTIONS, "--class-map", "infant5"), "Did you mean 'infant4'?"),
        (("--role", "infant", *OPTIONS, "--compat", "scaling"), "Choose from: cosine_in_steps,"),
        (("--role", "caregiver", *OPTIONS, "--class-map", "infant4"), "No session of this study was coded"),
    ],
)
def test_wrong_words_are_one_sentence(words, sentence, capsys):
    assert run(*words) == 1
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_what_a_job_is_handed_is_what_the_study_has(home):
    """Through JSON and a Parquet file, as a job gets it."""
    asked = PhasesAsked(role="infant", streams=("motion_grid",))
    found = read_material(open_generation(current_generation()).cursor(), current_generation(), asked)
    again = of_words(json.loads(json.dumps(as_words(found))), found.events)
    for name in ("codings", "streams", "episodes", "codes"):
        one, other = getattr(found, name), getattr(again, name)
        assert one.to_dict("records") == other.to_dict("records"), name
    assert again.class_map == found.class_map and again.study_id == "phases"


@pytest.mark.soak
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an optional extra and is not installed here")
def test_ray_gives_the_same_answers_as_the_pool(home, tmp_path):
    """In processes of their own, as a person runs them: Ray starts servers."""
    answers = {}
    for engine in ("pool", "ray"):
        folder = tmp_path / engine
        shutil.copytree(home, folder, ignore=shutil.ignore_patterns("phase_models"))
        command = [
            sys.executable,
            "-m",
            "pipeline",
            "train",
            "phases",
            "--role",
            "infant",
            *OPTIONS,
            "--engine",
            engine,
        ]
        environment = os.environ | {"DYADSCOPE_HOME": str(folder)}
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        (card,) = phase_models.cards(folder)
        answers[engine] = phase_models.read_answers(phase_models.model_folder(folder, card.id))
    pd.testing.assert_frame_equal(answers["pool"], answers["ray"])
