"""The worker: one detached program per study that runs the jobs of the table, one after the other, user by user."""

import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TypeVar

from pipeline import VERSION
from pipeline.jobs import kinds, living, reaping, words
from pipeline.jobs.progress import Progress
from pipeline.jobs.watch import TICK_S, Run, Watch, restart
from pipeline.models.sampling_libraries import COMPILED
from pipeline.steps import queue, run_folder
from pipeline.steps.queue import JobError, Worker

IDLE_S = 300.0
IDLE = "DYADSCOPE_WORKER_IDLE"
MEMORY = "DYADSCOPE_WORKER_MEMORY"
MEMORY_SHARE = 0.75
NICE = 10
SETTLE_TRIES = 60
LIBRARIES = ("numpy", "pandas", "scipy", "pymc", "nutpie", "arviz", "torch", "statsmodels")

Answer = TypeVar("Answer")


def main(arguments: Sequence[str]) -> int:
    """Runs jobs until none came for a while (`DYADSCOPE_WORKER_IDLE` seconds, default 300) or the study is gone."""
    home, me = Path(arguments[0]), living.named(os.getpid())
    os.umask(0o077)
    os.setpriority(os.PRIO_PROCESS, 0, max(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
    os.environ.setdefault(COMPILED, str(home.absolute() / "compiled"))
    limit_memory()
    with suppress(JobError), queue.table(home):
        if not queue.enrol(home, me, living.alive):
            return 0
        watch = Watch(home, me)
        watch.start()
        reaping.settle_left(home, nobody=True)
        run_folder.sweep(home)
        serve(watch)
    return 0


def serve(watch: Watch) -> None:
    """Takes one job after the other; leaves when none came for a while."""
    home, me = watch.home, watch.me
    idle_s, last = float(os.environ.get(IDLE, IDLE_S)), time.monotonic()
    while time.monotonic() - last < idle_s or not tried(lambda: queue.resign(home, me), otherwise=True):
        row = tried(lambda: queue.take(home, me), otherwise=None)
        if row is None:
            time.sleep(TICK_S)
        else:
            carry_out(watch, row)
            last = time.monotonic()


def tried(action: Callable[[], Answer], otherwise: Answer) -> Answer:
    """An action on the table, or another answer when the table cannot be used just now."""
    try:
        return action()
    except JobError:
        time.sleep(TICK_S)
        return otherwise


def carry_out(watch: Watch, row: queue.Row) -> None:
    """Runs one job and writes how it ended; what it left unfinished is removed."""
    home, me, id = watch.home, watch.me, str(row["id"])
    run = Run(id, float(row["timeout_s"]), Progress(Path()))
    watch.run_now = run
    try:
        ending, sentence = compute(home, row, run.progress)
        run.over.acquire()
        if run.ending:
            ending, sentence = run.ending, run.sentence()
        elif ending == "done":
            ending, sentence = store(run.progress.folder)
        run_folder.sweep(home, id)
        finish(home, me, run, ending, sentence)
    finally:
        watch.run_now = None
    if row["version"] != VERSION:
        restart(home)  # the program was updated while this worker ran


def compute(home: Path, row: queue.Row, progress: Progress) -> tuple[str, str]:
    """Calls the job's callable; 'done' or 'failed', and why."""
    try:
        if row["version"] != VERSION:
            return "failed", words.OTHER_VERSION
        progress.folder = run_folder.begin(home, str(row["id"]))
        run = kinds.load(str(row["kind"]))
        spec = run_folder.read_order(home, str(row["id"]))["spec"]
        run(spec, run_folder.read_rows(home, str(row["id"])), progress)
        (progress.folder / "versions.json").write_text(json.dumps(versions(), indent=1), encoding="utf-8")
    except BaseException as fault:
        return "failed", words.why(fault)
    return "done", ""


def store(partial: Path) -> tuple[str, str]:
    """Makes a finished result the run's; 'done' or 'failed', and why."""
    try:
        run_folder.keep(partial)
    except OSError as fault:
        return "failed", words.why(fault)
    return "done", ""


def finish(home: Path, me: Worker, run: Run, ending: str, sentence: str) -> None:
    """Writes how a job ended, again and again while the table cannot be written (a full disk)."""
    for _ in range(SETTLE_TRIES):
        try:
            queue.advance(home, me, run.id, run.progress.state, run.progress.text)
            queue.settle(home, run.id, me.token, ending, sentence)
            return
        except JobError:
            time.sleep(1)
    os._exit(1)


def versions() -> dict[str, str]:
    """What computed a result: this program, Python, and the libraries that were loaded."""
    used = [name for name in LIBRARIES if name in sys.modules]
    return {"dyadscope": VERSION, "python": sys.version.split()[0]} | {name: metadata.version(name) for name in used}


def limit_memory() -> None:
    """A job that asks for more than `DYADSCOPE_WORKER_MEMORY` (default: three quarters of all) gets a MemoryError."""
    said = re.fullmatch(r"(\d+(?:\.\d+)?) ?([KMGT])B", os.environ.get(MEMORY, ""))
    if said:
        allowed = int(float(said[1]) * 1000 ** (" KMGT".index(said[2])))
    else:
        allowed = int(MEMORY_SHARE * os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_DATA, (allowed, resource.getrlimit(resource.RLIMIT_DATA)[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
