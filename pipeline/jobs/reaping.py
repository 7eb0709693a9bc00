"""Ends jobs whose worker is gone: lost, cancelled, or done when the whole result is there."""

import time
from pathlib import Path

from pipeline.jobs import living, words
from pipeline.steps import queue, run_folder

DEAF_S = 15.0
"""A worker that has not ended a cancelled job after this long does not listen any more."""


def settle_left(home: Path, nobody: bool = False) -> list[str]:
    """Ends every job that runs in no living worker (`nobody`: in none at all); returns their ids.

    The rows are read before the worker: a job that a new worker takes in between cannot be mistaken for a left one.
    """
    left = []
    for row in queue.running(home):
        worker = None if nobody else queue.worker(home)
        if worker is not None and row["worker"] == worker.token:
            if deaf(row):
                living.kill(worker)
            if living.alive(worker):
                continue
        if _settle(home, row):
            left.append(str(row["id"]))
    return left


def deaf(row: queue.Row) -> bool:
    """Whether a cancel has gone unheard for too long."""
    return row["cancel_asked"] is not None and time.time() - row["cancel_asked"] > DEAF_S


def _settle(home: Path, row: queue.Row) -> bool:
    id, token = str(row["id"]), str(row["worker"])
    if run_folder.result(home, id).is_dir():
        return queue.settle(home, id, token, "done")
    run_folder.sweep(home, id)
    if row["cancel_asked"] is not None:
        return queue.settle(home, id, token, "cancelled", queue.CANCELLED)
    return queue.settle(home, id, token, "lost", words.LOST)
