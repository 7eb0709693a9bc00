"""Extraction of many videos: the same files on every engine, nothing twice, nothing half, one sentence per fault."""

import json
import multiprocessing
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.__main__ import main
from pipeline.features import feature_file, work
from pipeline.features.choices import FaceChoices, MotionChoices, SpeechChoices
from pipeline.features.feature_file import described, remove_unfinished, write_feature
from pipeline.features.pool import on_pool
from pipeline.features.task import Task, target_file
from pipeline.features.work import run
from pipeline.steps.extract import shard
from tests.feature_clips import tone, write_clip

ROOT = Path(__file__).parents[1]
KNOWN = "blendshapes, dinov2, faces, log_mel, motion, motion_grid, speech, w2vbert"


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[Path]:
    """Three clips of a moving square; the first has sound, the last is no video."""
    folder = tmp_path_factory.mktemp("clips")
    rng = np.random.default_rng(4)
    pictures = [rng.integers(0, 255, (40, 60)).astype(np.uint8) for _ in range(8)]
    first = write_clip(folder / "0012.A.6m.mkv", pictures, sound=tone(0.3))
    second = write_clip(folder / "0013.A.6m.mkv", pictures[::-1])
    (folder / "broken.mp4").write_bytes(b"no video")
    return [first, second, folder / "broken.mp4"]


def tasks(clips: list[Path], out: Path) -> list[Task]:
    return [Task(clip, "motion", MotionChoices(), out) for clip in clips]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.parquet"))}


def test_a_file_is_named_by_what_it_was_made_from(clips, tmp_path):
    task = tasks(clips, tmp_path)[0]
    name = target_file(task)[0].name
    assert name.startswith("0012.A.6m.motion.") and len(name) == len("0012.A.6m.motion..parquet") + 16
    others = [
        replace(task, video=clips[1]),
        replace(task, choices=MotionChoices(difference_min=10)),
        replace(task, stream="speech", choices=SpeechChoices()),
        replace(task, model_sha256="0"),
    ]
    keys = {target_file(one)[0].name.split(".")[-2] for one in [task, *others]}
    assert len(keys) == 5


def test_the_pattern_of_the_documents_finds_the_recording(clips, tmp_path):
    text = (ROOT / "docs" / "extraction.md").read_text(encoding="utf-8")
    (pattern,) = re.findall(r"observation = '(.+faces.+)'", text)
    name = target_file(replace(tasks(clips, tmp_path)[0], stream="faces", choices=FaceChoices()))[0].stem
    assert re.match(pattern, name)["observation"] == "0012.A.6m"


def test_what_is_done_is_not_done_again(clips, tmp_path, monkeypatch):
    task = tasks(clips, tmp_path)[0]
    first, before = run(task), contents(tmp_path)
    monkeypatch.setitem(work.MAKERS, "motion", None)
    second = run(task)
    assert (first.status, first.frames, second.status, second.file) == ("done", 8, "present", first.file)
    assert contents(tmp_path) == before


def test_a_file_says_what_it_is(clips, tmp_path):
    about = described(tmp_path / run(tasks(clips, tmp_path)[0]).file)
    assert about["stream"] == "motion" and about["video"] == "0012.A.6m.mkv" and about["times"] == "file"
    assert json.loads(about["choices"])["difference_min"] == 12 and "av" in json.loads(about["libraries"])
    assert str(tmp_path) not in json.dumps(about)


def test_a_killed_write_leaves_no_file(tmp_path, monkeypatch):
    """Broken off after the bytes are written, before the name is given: no file; the rest of it is removed later."""
    monkeypatch.setattr(feature_file.os, "fsync", lambda number: os.kill(os.getpid(), 0) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_feature(pd.DataFrame({"a": [1.0]}), tmp_path / "a.parquet", {})
    assert list(tmp_path.iterdir()) == []
    part = tmp_path / ".a.parquet.1.part"
    part.write_bytes(b"half")
    remove_unfinished(tmp_path)
    assert part.exists()
    remove_unfinished(tmp_path, older_than_s=0)
    assert not part.exists()


def test_a_fault_of_ours_is_one_sentence_without_its_text(clips, tmp_path, monkeypatch):
    def fail(task, seen):
        raise RuntimeError("participant 0012")

    monkeypatch.setitem(work.MAKERS, "motion", fail)
    outcome = run(tasks(clips, tmp_path)[0])
    assert outcome.status == "failed" and "participant" not in outcome.error
    assert outcome.error.startswith("0012.A.6m.mkv: motion could not be extracted; this is a fault of Dyadscope")


@dataclass(frozen=True)
class Deadly(MotionChoices):
    """Choices that end the worker that looks at them, as a broken file may."""

    def __getattribute__(self, name: str):
        if name == "difference_min" and multiprocessing.parent_process() is not None:
            os._exit(9)
        return super().__getattribute__(name)


@pytest.fixture(scope="module")
def pooled(clips, tmp_path_factory):
    """The list on two workers, with one task that kills its worker; what is left when it is stopped early."""
    out = tmp_path_factory.mktemp("pooled")
    deadly = Task(clips[0], "motion", Deadly(), out)
    return out, list(on_pool([deadly, *tasks(clips, out)], 2))


def test_a_bad_video_and_a_dead_worker_take_nobody_with_them(pooled, clips):
    out, outcomes = pooled
    # The other worker may be ended just after its file was written: it then lies there when the task comes again.
    found = sorted((one.video, one.status.replace("present", "done")) for one in outcomes)
    expected = [(clips[0].name, "done"), (clips[0].name, "failed"), (clips[1].name, "done"), ("broken.mp4", "failed")]
    assert found == sorted(expected)
    errors = sorted(one.error for one in outcomes if one.error)
    assert errors[0].startswith("0012.A.6m.mkv: the worker that read it was ended by the system")
    assert errors[1].startswith("broken.mp4: this cannot be read as a video.")
    assert len(contents(out)) == 2


def test_stopping_leaves_no_worker_and_nothing_half(clips, tmp_path):
    running = on_pool(
        [
            replace(task, choices=MotionChoices(cut_share=share))
            for task in tasks(clips, tmp_path)[:1]
            for share in (0.5, 0.6, 0.7)
        ],
        1,
    )
    assert next(running).status == "done"
    running.close()
    assert multiprocessing.active_children() == []
    assert not list(tmp_path.glob(".*"))


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is an optional extra and is not installed here")
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_files_as_the_pool(pooled, clips, tmp_path):
    """In a process of its own: Ray starts servers."""
    videos = [str(clip) for clip in clips]
    command = [sys.executable, "-m", "pipeline", "extract", *videos, "--streams", "motion", "--engine", "ray"]
    environment = os.environ | {"DYADSCOPE_HOME": str(tmp_path / "home")}
    command += ["--jobs", "1", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "1 of 3 could not be extracted" in done.stderr
    assert contents(tmp_path) == contents(pooled[0])


def command(*words: object) -> int:
    return main(["extract", *(str(word) for word in words)])


@pytest.fixture
def at_once(monkeypatch):
    """An engine without workers."""
    engine = lambda tasks, jobs, progress: (run(task) for task in tasks)  # noqa: E731
    monkeypatch.setattr("pipeline.steps.extract.on_pool", engine)


def test_the_command_says_what_became_of_each(clips, tmp_path, capsys, at_once):
    options = ("--streams", "motion,speech", "--out", tmp_path / "out", "--jobs", 1)
    assert command(*clips, *options) == 1
    said = capsys.readouterr().err
    assert "0012.A.6m.mkv: motion: movement in 2 regions of 8 frames" in said
    assert "0013.A.6m.mkv: the video has no sound track" in said
    assert said.count("broken.mp4: this cannot be read as a video.") == 1
    assert "3 extracted, 0 done before, 3 failed; in " in said
    assert command(*clips[:1], *options) == 0
    assert "0 extracted, 2 done before, 0 failed" in capsys.readouterr().err
    record = [json.loads(line) for line in (tmp_path / "out" / "extraction.jsonl").read_text().splitlines()]
    assert [row["status"] for row in record].count("done") == 3 and len(record) == 8
    assert all(row["error"] for row in record if row["status"] == "failed") and str(tmp_path) not in str(record)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--streams", "face"), f"'face' is not a stream. Choose from: {KNOWN}."),
        (("--streams", ","), f"No stream was asked for. Choose from: {KNOWN}."),
        (
            ("--streams", "motion", "--shard", "3/2"),
            "--shard '3/2': write i/n, for example 2/8: the second of eight parts.",
        ),
        (("--streams", "motion", "--engine", "spark"), "'spark' is not an engine. Choose from: pool, ray."),
        (("--streams", "motion", "--jobs", "0"), "--jobs: at least one worker is needed. Write 1 or more."),
        (("--faces", "0"), "--faces: at least one face must be followed. Write 1 or more."),
    ],
)
def test_what_cannot_be_asked_is_told(clips, tmp_path, capsys, words, sentence):
    assert command(clips[0], *words, "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err.strip() == sentence
    assert not (tmp_path / "out").exists()


def test_parts_of_the_work_are_all_of_it_once(clips, tmp_path):
    every = tasks(clips, tmp_path) + [replace(task, stream="speech") for task in tasks(clips, tmp_path)]
    for count in (1, 2, 4, 9):
        parts = [task for number in range(1, count + 1) for task in shard(every, f"{number}/{count}")]
        assert sorted(map(str, parts)) == sorted(map(str, every))


def test_the_database_reads_a_track(pooled):
    """Plain columns: any tool reads them."""
    out, _ = pooled
    table = pq.read_table(next(iter(sorted(out.glob("*.parquet")))))
    assert table.column_names == ["frame", "t_s", "region", "share", "share_per_s", "cut"] and table.num_rows == 16
