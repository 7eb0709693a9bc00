"""Streams of engagement phases as files: same rows for all of one video, what was not there is said."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipeline.__main__ import main
from pipeline.features import streams
from pipeline.features.blendshapes import FACE_VALUES
from pipeline.features.choices import BlendshapeChoices, LogMelChoices, MotionGridChoices
from pipeline.features.feature_file import described
from pipeline.features.stream_table import read_stream
from pipeline.features.task import Task
from pipeline.features.work import run
from tests.feature_clips import GREEN, DrawnNets, scene, tone, write_clip

TIMES = [number / 30 for number in range(24)]


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> Path:
    """30 pictures per second for .8 s; a face walks to the right and is gone after 12 of them. Sound starts late."""
    shown = [scene([(GREEN, 80 + 4 * number, 90, 70)] if number < 12 else []) for number in range(24)]
    folder = tmp_path_factory.mktemp("streams")
    return write_clip(folder / "P011.infant.mkv", shown, TIMES, sound=tone(0.5), sound_at_s=0.1)


@pytest.fixture
def drawn(monkeypatch):
    """Nets that see drawn faces."""
    monkeypatch.setattr(streams, "_nets", lambda model: DrawnNets())


def test_streams_of_one_video_have_the_same_rows(video, tmp_path):
    """.8 s at 30 pictures per second: steps 0 to 19 of the grid; sound from .1 to .6 s."""
    made = {}
    for name, choices in (("motion_grid", MotionGridChoices()), ("log_mel", LogMelChoices())):
        outcome = run(Task(video, name, choices, tmp_path))
        assert outcome.status == "done", outcome.error
        made[name] = read_stream(tmp_path / outcome.file), described(tmp_path / outcome.file)
    (motion, about), (sound, heard) = made.values()
    assert motion.t_s.tolist() == sound.t_s.tolist() == [step / 25 for step in range(20)]
    assert motion.values.shape == (20, 1024) and sound.values.shape == (20, 160) and sound.values.dtype == np.float16
    assert (about["fps"], about["dim"], about["random_weights"], about["pca_scope"]) == ("25", "1024", "false", "none")
    assert about["crop"] == "none" and heard["context"].startswith("50 ms before to 50 ms after")
    assert heard["normalised"] == "over the session" and heard["start_s"] == "0.100000"


def test_a_part_of_the_picture_is_a_stream_of_its_own(video, tmp_path, monkeypatch):
    """The face walks on the left only: nothing moves in the view of the right third."""
    monkeypatch.setattr("pipeline.steps.extract.on_pool", lambda tasks, jobs, progress: (run(task) for task in tasks))
    views = ["--view", "infant=0,0,0.5,1", "--view", "caregiver=0.66,0,1,1"]
    assert main(["extract", str(video), "--streams", "motion_grid", *views, "--out", str(tmp_path)]) == 0
    (infant,) = tmp_path.glob("P011.infant.motion_grid-infant.*.parquet")
    (caregiver,) = tmp_path.glob("P011.infant.motion_grid-caregiver.*.parquet")
    assert read_stream(infant).values[:8].any() and not read_stream(caregiver).values[:8].any()
    assert described(infant)["view"] == "infant=0,0,0.5,1"


def test_fewer_cells_on_the_command_line(video, tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.steps.extract.on_pool", lambda tasks, jobs, progress: (run(task) for task in tasks))
    for cells in ("16", "4"):
        assert main(["extract", str(video), "--streams", "motion_grid", "--cells", cells, "--out", str(tmp_path)]) == 0
    about = sorted((described(file) for file in tmp_path.glob("*.parquet")), key=lambda one: int(one["dim"]))
    assert [(one["dim"], one["cells"]) for one in about] == [("64", "4 x 4"), ("1024", "16 x 16")]
    assert json.loads(about[0]["choices"])["cells"] == 4 and "cells" not in json.loads(about[1]["choices"])


def test_windows_beyond_the_sound_are_marked(video, tmp_path):
    outcome = run(Task(video, "log_mel", LogMelChoices(), tmp_path))
    statement = "SELECT t_s FROM read_parquet(?) WHERE NOT padded ORDER BY t_s"
    found = [time for (time,) in duckdb.execute(statement, [str(tmp_path / outcome.file)]).fetchall()]
    assert found == [step / 25 for step in range(4, 14)]
    assert "20 frames, 10 of them at the ends of the sound" in outcome.said


def test_a_sound_without_pictures_has_a_stream(tmp_path):
    path = write_clip(tmp_path / "P012.wav", [], sound=tone(0.4))
    outcome = run(Task(path, "log_mel", LogMelChoices(), tmp_path))
    assert outcome.status == "done" and described(tmp_path / outcome.file)["times"] == "sound"
    assert read_stream(tmp_path / outcome.file).t_s.tolist() == [step / 25 for step in range(10)]
    short = write_clip(tmp_path / "P013.wav", [], sound=tone(0.03))
    said = run(Task(short, "log_mel", LogMelChoices(), tmp_path)).error
    assert said == "P013.wav: its sound track is shorter than a twentieth of a second."


def test_blendshapes_come_out_of_the_face_track(video, tmp_path, drawn):
    """Each step shows the face of the picture shown there; where it is not in view there is only confidence 0."""
    outcome = run(Task(video, "blendshapes", BlendshapeChoices(), tmp_path))
    assert outcome.status == "done", outcome.error
    assert "55 numbers for 20 frames, in 50% of them face 0 is in view" in outcome.said
    (track,) = tmp_path.glob("*.faces.*.parquet")
    rows, about = read_stream(tmp_path / outcome.file), described(tmp_path / outcome.file)
    assert json.loads(about["columns"]) == list(FACE_VALUES) and about["track"] == track.name
    assert rows.values.shape == (20, 55) and rows.values.dtype == np.float32
    there = ~np.isnan(rows.values).any(axis=1)
    assert there.tolist() == [True] * 10 + [False] * 10 and rows.source_s[9] == pytest.approx(10 / 30, abs=1e-3)
    sums = duckdb.execute(
        "SELECT sum(confidence), count(mouthSmileLeft), max(mouthSmileRight) FROM read_parquet(?)",
        [str(tmp_path / outcome.file)],
    ).fetchone()
    assert sums == (pytest.approx(10, abs=0.01), 10, pytest.approx(0.6))
    again = run(Task(video, "faces", BlendshapeChoices(), tmp_path))
    missing = run(Task(video, "blendshapes", BlendshapeChoices(face=3), tmp_path))
    assert again.status == "done" and "there is no face 3 in this track; it has 1" in missing.error


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--left-ms", "20", "--right-ms", "10"), "--left-ms 20 --right-ms 10: write at least 35 ms together"),
        (("--left-ms", "-20"), "--left-ms -20 --right-ms 50: write at least 35 ms together, none below 0."),
        (("--streams", "dinov2", "--sample-fps", "30"), "--sample-fps 30: write a whole number from 1 to 25."),
        (("--streams", "dinov2", "--precision", "int8"), "--precision 'int8': choose from auto, bfloat16, float32."),
        (
            ("--streams", "motion_grid", "--cells", "5"),
            "--cells 5: choose from 1, 2, 4, 8, 16.",
        ),
        (
            ("--streams", "motion_grid", "--view", "a.b=0,0,1,1"),
            "--view 'a.b': write a name of letters, digits and _ only",
        ),
        (("--streams", "w2vbert", "--sound", "loud"), "--sound 'loud': choose from continuous, windowed."),
    ],
)
def test_choices_that_cannot_be_are_told(video, tmp_path, capsys, words, sentence):
    assert main(["extract", str(video), "--streams", "log_mel", *words, "--out", str(tmp_path / "out")]) == 1
    assert sentence in capsys.readouterr().err and not (tmp_path / "out").exists()
