"""Folds of a training as tasks: each computes one outer fold of one arm into a file of its own, wherever it runs.

A file stands whole or not at all, in a folder named by everything the fold depends on: what was computed before a stop,
a kill or a restart is not computed again.
"""

import json
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import numpy as np

from pipeline.errors import UserError, place
from pipeline.models.phase_search import Result, final_fit, outer_fold
from pipeline.models.phase_work import Progress, Work, key
from pipeline.models.phases import Fitted
from pipeline.models.sampling import SamplingStopped
from pipeline.steps.phase_features import Reading
from pipeline.steps.phase_models import FOLDER, UNFINISHED

TELL_S = 0.5
"""How often a running fold says where it is."""
FINAL = -1
VERSION = "1"
"""Raised when folds of the same choices would come out differently: kept ones are then computed anew."""


@dataclass(frozen=True)
class FoldTask:
    """One outer fold (or FINAL: the last network, by every session) of one arm. `folder`: where its files stand."""

    arm: int
    number: int
    work: Work
    folder: Path
    kept: tuple[Path, ...] = ()

    @property
    def file(self) -> Path:
        """The result of a fold."""
        return self.folder / f"fold_{self.number:02d}.npz"

    @property
    def told(self) -> Path:
        """Where the fold says how far it is."""
        return self.folder / f"progress_{self.number:02d}.json"


@dataclass(frozen=True)
class FoldOutcome:
    """What became of a task: `error` is a sentence, '' when it was done. `fitted`: of FINAL."""

    arm: int
    number: int
    error: str = ""
    fitted: Fitted | None = None


def unfinished(home: Path, work: Work) -> Path:
    """Folder of the folds of a work: named by design, sessions, labels, the content and the place in time of their
    streams, and versions.
    """
    reading: Reading = work.prepare
    columns = ["observation_id", "stream", "subject", "file", "offset_ms"]
    names = [str(value) for value in reading.rows[columns].to_numpy().ravel()]
    parts = [VERSION, key(work), reading.scope, str(reading.energy), metadata.version("torch"), *names]
    return home / FOLDER / UNFINISHED / sha256(json.dumps(parts).encode()).hexdigest()[:16]


def fold_tasks(home: Path, works: Sequence[Work]) -> list[FoldTask]:
    """One task per outer fold of each arm, arm by arm."""
    return [
        FoldTask(arm, fold.number, work, unfinished(home, work))
        for arm, work in enumerate(works)
        for fold in work.plan.folds
    ]


def run_task(task: FoldTask, heard: Callable[[], None] = lambda: None) -> FoldOutcome:
    """Carries a task out; `heard` is called after each epoch and may end it by raising. Faults that a person can mend
    come back as sentences.
    """
    try:
        if task.number == FINAL:
            results = [read_fold(file) for file in task.kept]
            return FoldOutcome(task.arm, FINAL, fitted=final_fit(task.work, results, _telling(task, heard)))
        if kept(task) is None:
            fold = next(one for one in task.work.plan.folds if one.number == task.number)
            write_fold(task.file, outer_fold(task.work, fold, _telling(task, heard)))
    except SamplingStopped:
        raise
    except UserError as fault:
        return FoldOutcome(task.arm, task.number, str(fault))
    except OSError as fault:
        text = f"A fold could not be kept ({fault.strerror}). Check the study folder; what was computed before stays."
        return FoldOutcome(task.arm, task.number, text)
    except Exception as fault:
        if os.environ.get("DYADSCOPE_DEBUG"):
            raise
        words = f"This is a fault of Dyadscope ({type(fault).__name__} in {place(fault)})."
        return FoldOutcome(task.arm, task.number, f"{words} Please report it with these words.")
    finally:
        task.told.unlink(missing_ok=True)
    return FoldOutcome(task.arm, task.number)


def _telling(task: FoldTask, heard: Callable[[], None]) -> Callable[[Progress], None]:
    """Writes where a fold is, not too often."""
    last = 0.0

    def told(progress: Progress) -> None:
        nonlocal last
        heard()
        now = time.monotonic()
        if now - last >= TELL_S:
            last = now
            text = json.dumps([progress.inner, progress.setting, progress.epoch])
            _write(task.told, text.encode())

    return told


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(content)
    os.replace(part, path)


def where(task: FoldTask) -> Progress | None:
    """Where a running task is; None when it has not begun or has ended."""
    try:
        inner, setting, epoch = json.loads(task.told.read_text(encoding="utf-8"))
        return Progress(task.number, int(inner), int(setting), int(epoch))
    except (OSError, ValueError, TypeError):
        return None


def write_fold(path: Path, result: Result) -> None:
    """Keeps the result of a fold: plain arrays, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as handle:
            np.savez(handle, **result)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def read_fold(path: Path) -> Result:
    """The result of a fold; OSError, ValueError or BadZipFile when it is not there whole."""
    with path.open("rb") as handle, np.load(handle, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def kept(task: FoldTask) -> Result | None:
    """The result of a fold that was computed before; None when there is none, or it is torn or another's."""
    try:
        found = read_fold(task.file)
        return found if str(found["key"]) == key(task.work) else None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def share_done(task: FoldTask, costs: Sequence[float]) -> float:
    """How much of a running fold is done, 0 to 1. `costs`: of an epoch of each setting, in any unit.

    A network that ends early counts as done whole as soon as the next one begins.
    """
    now = where(task)
    if now is None:
        return 0.0
    design = task.work.design
    networks = [recipe.epochs * cost for recipe, cost in zip(design.settings, costs, strict=True)]
    whole = design.inner * sum(networks) + max(networks)
    if now.inner < 0:
        before = 0.0 if task.number == FINAL else design.inner * sum(networks)
        whole = max(networks) if task.number == FINAL else whole
    else:
        before = now.inner * sum(networks) + sum(networks[: now.setting])
    return min(1.0, (before + now.epoch * costs[now.setting]) / whole)


def here(tasks: Sequence[FoldTask], jobs: int, tick: Callable[[], None]) -> Iterator[FoldOutcome]:
    """Tasks one after the other in this process; `tick` is called after each epoch and may end it by raising."""
    for task in tasks:
        yield run_task(task, tick)
