"""Carries one task out: what was done before is not done again, what cannot be done is said."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline.errors import UserError, file_name, place
from pipeline.features.feature_file import write_feature
from pipeline.features.grid_streams import (
    make_blendshapes,
    make_dinov2,
    make_log_mel,
    make_motion_grid,
    make_w2vbert,
)
from pipeline.features.stream_table import sums_file
from pipeline.features.streams import make_faces, make_motion, make_speech
from pipeline.features.task import Made, Outcome, Task, about_file, target_file

MAKERS = {
    "faces": make_faces,
    "speech": make_speech,
    "motion": make_motion,
    "dinov2": make_dinov2,
    "w2vbert": make_w2vbert,
    "motion_grid": make_motion_grid,
    "log_mel": make_log_mel,
    "blendshapes": make_blendshapes,
}


def run(task: Task, seen: Callable[[float], None] = lambda time_s: None) -> Outcome:
    """Carries a task out. Never raises: what is wrong becomes an outcome, so that the other tasks go on."""
    began, cpu = time.perf_counter(), time.process_time()
    outcome = partial(Outcome, file_name(task.video), task.stream)
    try:
        target, content = target_file(task)
        if target.exists():
            return outcome("present", target.name)
        made = MAKERS[task.stream](task, seen)
        about = about_file(task, content)
        write_feature(made.table, target, about | made.about, partial(write_beside, made, target, about))
    except UserError as fault:
        return outcome("failed", error=str(fault))
    except Exception as fault:
        return outcome("failed", error=broken(task, fault))
    spent = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - began}
    return outcome("done", target.name, "", made.said, made.frames, made.media_s, **spent)


def write_beside(made: Made, target: Path, about: dict[str, str]) -> None:
    """The second file of a stream that has one, complete before the stream's own file has its name."""
    if made.beside is not None:
        table, own = made.beside()
        write_feature(table, sums_file(target), about | own)


def broken(task: Task, fault: Exception) -> str:
    """A sentence for a fault that nobody foresaw."""
    if isinstance(fault, OSError):
        return f"{file_name(task.video)}: the result cannot be written ({fault.strerror}). Check the folder of --out."
    where = f"{type(fault).__name__} in {place(fault)}"
    return f"{file_name(task.video)}: {task.stream} could not be extracted; this is a fault of Dyadscope ({where})."
