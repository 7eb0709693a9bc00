"""`python -m pipeline extract`: face, speech and motion tracks out of videos, many at a time, resumable."""

import json
import os
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from db.connect import home
from pipeline.errors import UserError, file_name, listed
from pipeline.features.choices import STREAMS
from pipeline.features.feature_file import remove_unfinished
from pipeline.features.pool import on_pool
from pipeline.features.task import Outcome, Task
from pipeline.features.video import length_s
from pipeline.steps.extract_choices import Source, sources
from pipeline.steps.progress_bar import Bar

ENGINES = ("pool", "ray")
OUT = Path("features", "extracted")
"""Where files go in the study folder when --out is not given."""
SPEED_SAID = ("faces", "blendshapes", "dinov2", "w2vbert", "motion_grid")
"""Streams that take long enough for their speed to matter."""
RECORD = "extraction"
"""Name of the record: one JSON line per attempt."""


class Incomplete(UserError):
    """Some tasks failed; the others are done."""


def run_extract(options: Namespace) -> None:
    """Extracts the streams asked for from every video; raises Incomplete at the end when some could not be read."""
    folder = (options.out or home() / OUT).resolve()
    mine = shard(tasks(options, folder), options.shard)
    run_on, jobs = engine(options.engine), workers(options.jobs)
    make_folder(folder)
    remove_unfinished(folder)
    outcomes = extract(mine, run_on, jobs, folder / record_name(options.shard))
    conclude(outcomes, str(options.out or f"{OUT.as_posix()} of the study folder"))


def tasks(options: Namespace, folder: Path) -> list[Task]:
    """One per video and stream, the slow stream first, videos in the order given, each once."""
    chosen: dict[str, list[Source]] = {name: sources(name, options, home()) for name in streams(options.streams)}
    if "blendshapes" in chosen:
        # They make the face track they are read from; a task of its own would make it at the same time again.
        chosen.pop("faces", None)
    videos = list(dict.fromkeys(path.resolve() for path in options.videos))
    return [
        Task(video, stream, one.choices, folder, one.model, one.sha256)
        for stream, found in chosen.items()
        for one in found
        for video in videos
    ]


def streams(text: str) -> list[str]:
    """The streams named, in our order; UserError names an unknown one."""
    asked = [part.strip() for part in text.split(",") if part.strip()]
    if unknown := [name for name in asked if name not in STREAMS]:
        raise UserError(f"'{unknown[0]}' is not a stream. Choose from: {listed(list(STREAMS))}.")
    if not asked:
        raise UserError(f"No stream was asked for. Choose from: {listed(list(STREAMS))}.")
    return [name for name in STREAMS if name in asked]


def shard(every: list[Task], text: str) -> list[Task]:
    """The part `i/n` of the tasks: every n-th, from the i-th (counted from 1) on."""
    try:
        number, count = (int(part) for part in text.split("/"))
    except ValueError:
        number, count = 0, 0
    if not 1 <= number <= count:
        raise UserError(f"--shard '{text}': write i/n, for example 2/8: the second of eight parts.")
    return every[number - 1 :: count]


def workers(jobs: int | None) -> int:
    """How many videos are worked on at a time."""
    if jobs is not None and jobs < 1:
        raise UserError("--jobs: at least one worker is needed. Write 1 or more.")
    return jobs or os.cpu_count() or 1


def engine(name: str) -> Callable[..., Iterator[Outcome]]:
    """Runs tasks: on this computer's cores, or on Ray."""
    if name not in ENGINES:
        raise UserError(f"'{name}' is not an engine. Choose from: {listed(ENGINES)}.")
    return on_pool if name == "pool" else import_module("pipeline.features.ray_engine").on_ray


def extract(mine: Sequence[Task], run_on: Callable[..., Iterator[Outcome]], jobs: int, record: Path) -> list[Outcome]:
    """Works through the tasks; each attempt is a line of the record at once, and a line on the terminal."""
    bar = Bar(len(mine), sum(length_s(task.video) for task in mine))
    outcomes: list[Outcome] = []
    try:
        with closing(run_on(mine, jobs, bar.at)) as running:
            for outcome in running:
                note(record, outcome)
                outcomes.append(outcome)
                bar.say(words(outcome))
    except KeyboardInterrupt:
        raise Incomplete(
            f"Stopped. {len(outcomes)} of {len(mine)} are done; the same command goes on from there."
        ) from None
    finally:
        bar.close()
    return outcomes


def words(outcome: Outcome) -> str:
    """One line on what became of a task."""
    if outcome.status == "failed":
        return outcome.error
    said = "done before" if outcome.status == "present" else outcome.said
    if outcome.stream in SPEED_SAID and outcome.cpu_s:
        said += f", {outcome.frames / outcome.cpu_s:.0f} frames per second of one core"
    return f"{outcome.video}: {outcome.stream}: {said}"


def note(record: Path, outcome: Outcome) -> None:
    """Adds an attempt to the record: one line, written at once."""
    row = {"at": datetime.now(UTC).isoformat(timespec="seconds")} | asdict(outcome)
    with open(record, "a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")


def record_name(text: str) -> str:
    """Each part of a divided run has a record of its own, so that no two write into one file."""
    return f"{RECORD}.jsonl" if text == "1/1" else f"{RECORD}.{text.replace('/', 'of')}.jsonl"


def make_folder(folder: Path) -> None:
    """The folder for the files; UserError when it cannot be made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UserError(f"--out {file_name(folder)}: this folder cannot be made ({fault.strerror}).") from None


def conclude(outcomes: list[Outcome], folder: str) -> None:
    """Says what there is now; raises Incomplete when something failed."""
    count = Counter(outcome.status for outcome in outcomes)
    line = f"{count['done']} extracted, {count['present']} done before, {count['failed']} failed; in {folder}"
    print(line, file=sys.stderr)
    if count["failed"]:
        raise Incomplete(f"{count['failed']} of {len(outcomes)} could not be extracted; the sentences above say why.")
