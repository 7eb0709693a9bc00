"""Folds on the cores of this computer (spawned workers of one thread each) or on Ray; results are the same."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import replace
from multiprocessing.process import BaseProcess

from pipeline.errors import UserError
from pipeline.features.pool import THREADS
from pipeline.features.ray_engine import ENDED, calls_on_ray
from pipeline.models.phase_work import Work
from pipeline.steps.phase_folds_run import FoldOutcome, FoldTask, here, run_task

TICK_S = 0.2
"""How often it is looked whether to go on: a cancelled job must return within a second."""

Tick = Callable[[], None]
Engine = Callable[[Sequence[FoldTask], int, Tick], Iterator[FoldOutcome]]


def engine(name: str) -> Engine:
    """The engine of that name: pool, ray, or here (this process)."""
    return {"pool": on_pool, "ray": on_ray, "here": here}[name]


def on_pool(tasks: Sequence[FoldTask], jobs: int, tick: Tick) -> Generator[FoldOutcome, None, None]:
    """Outcomes in the order in which they come. When `tick` raises or the caller stops, the workers end at once."""
    for name in THREADS:
        os.environ.setdefault(name, "1")
    left, running = list(tasks), set[Future]()
    context = multiprocessing.get_context("spawn")
    before = set(multiprocessing.active_children())
    with ProcessPoolExecutor(min(jobs, max(1, len(left))), context, _begin) as pool:
        try:
            while left or running:
                while left and len(running) < jobs:
                    running.add(pool.submit(run_task, left.pop(0)))
                done, running = wait(running, TICK_S, FIRST_COMPLETED)
                for future in done:
                    yield future.result()
                tick()
        except BrokenProcessPool:
            raise UserError(ENDED) from None
        except BaseException:
            _end(set(multiprocessing.active_children()) - before)
            raise


def _end(workers: set[BaseProcess]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()


def _begin() -> None:
    """In a new worker: Ctrl-C is the coordinator's affair, and no worker outlives it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()


def _end_with(coordinator: BaseProcess) -> None:
    coordinator.join()
    os._exit(1)


def on_ray(tasks: Sequence[FoldTask], jobs: int, tick: Tick) -> Iterator[FoldOutcome]:
    """The same on the cluster that RAY_ADDRESS names, or on one on this computer; all must see the study folder."""
    given = [(task.work, replace(task, work=None)) for task in tasks]
    with closing(calls_on_ray(_run_sent, given, jobs, TICK_S)) as running:
        for outcome in running:
            if outcome is not None:
                yield outcome
            tick()


def _run_sent(work: Work, task: FoldTask) -> FoldOutcome:
    """A task whose work, which is large, was sent once for all folds."""
    return run_task(replace(task, work=work))
