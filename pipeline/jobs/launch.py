"""Starts the worker: detached from the server, one for a study, gentle to the rest of the computer."""

import os
import subprocess
import sys
from pathlib import Path

from pipeline.jobs import living, words
from pipeline.steps import queue
from pipeline.steps.queue import JobError, Worker

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "pipeline.jobs.worker")
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_started: list[subprocess.Popen] = []
"""Workers that this server started: asked now and then, so that an ended one does not stay as a zombie."""


def ensure(home: Path) -> None:
    """Makes sure a worker runs when jobs wait; JobError when none can be started."""
    _started[:] = [one for one in _started if one.poll() is None]
    if queue.waiting(home):
        queue.engage(home, living.alive, lambda: start(home))


def start(home: Path) -> Worker:
    """Starts a worker for a study folder; it goes on when this server ends."""
    try:
        begun = subprocess.Popen(
            [*COMMAND, str(home.resolve())],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        raise JobError(words.NO_WORKER) from None
    _started.append(begun)
    return living.named(begun.pid)


def environment() -> dict[str, str]:
    """The server's environment, with one core left to the server unless a person decided otherwise."""
    threads = str(max(1, cores() - 1))
    return dict.fromkeys(THREADS, threads) | os.environ


def cores() -> int:
    """How many cores this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
