"""Tasks on the cores of this computer: spawned workers of one thread each.

A worker that dies (a broken file may kill a decoder) takes nobody with it: the tasks that were running are tried once
more one by one, and the one that kills its worker again is the failed one.
"""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import SpawnContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from pipeline.errors import file_name
from pipeline.features.feature_file import remove_parts_of
from pipeline.features.task import Outcome, Task
from pipeline.features.work import run

TICK_S = 0.25
"""How often progress is looked at."""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
Progress = Callable[[float], None]

_worked = None
"""In a worker: seconds of recording all workers have gone through, shared with the coordinator."""


def on_pool(tasks: Sequence[Task], jobs: int, progress: Progress = lambda media_s: None) -> Iterator[Outcome]:
    """Outcomes in the order in which they come; `progress` is told the seconds of recording gone through so far.

    When the caller stops (Ctrl-C, an exception, closing this), the workers are ended and leave nothing half written.
    """
    for name in THREADS:
        os.environ.setdefault(name, "1")
    context = multiprocessing.get_context("spawn")
    worked, left = context.Value("d", 0.0), deque(tasks)
    while left:
        for task in (yield from _round(left, min(jobs, len(left)), context, worked, progress)):
            for one in (yield from _round(deque([task]), 1, context, worked, progress)):
                yield _dead(one)


def _round(
    left: deque[Task], jobs: int, context: SpawnContext, worked: object, progress: Progress
) -> Generator[Outcome, None, list[Task]]:
    """Works until nothing is left or a worker dies; returns the tasks that were running then.

    Never more tasks are handed out than there are workers, so that few are lost with one.
    """
    folders = {task.out for task in left}
    running: dict[Future, Task] = {}
    with ProcessPoolExecutor(jobs, context, _begin, (worked,)) as pool:
        try:
            while left or running:
                while left and len(running) < jobs:
                    task = left.popleft()
                    running[pool.submit(_work, task)] = task
                done, _ = wait(running, TICK_S, FIRST_COMPLETED)
                progress(worked.value)
                for future in (future for future in done if not _died(future)):
                    running.pop(future)
                    yield future.result()
                if any(_died(future) for future in done):
                    return list(running.values())
        except BaseException:
            _end_workers(folders)
            raise
    return []


def _died(future: Future) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _end_workers(folders: set[Path]) -> None:
    """Ends the workers now and removes what they were writing."""
    workers = multiprocessing.active_children()
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join()
        for folder in folders:
            remove_parts_of(folder, worker.pid)


def _dead(task: Task) -> Outcome:
    words = f"{file_name(task.video)}: the worker that read it was ended by the system (the file or the memory)."
    return Outcome(file_name(task.video), task.stream, "failed", error=f"{words} Convert it to MP4 and try again.")


def _begin(worked: object) -> None:
    """In a new worker: the shared count; Ctrl-C is the coordinator's affair, and no worker outlives it."""
    global _worked
    _worked = worked
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process(),), daemon=True).start()


def _end_with(coordinator: BaseProcess) -> None:
    """Waits for the coordinator to end, however it does; the worker then ends at once."""
    coordinator.join()
    os._exit(1)


def _work(task: Task) -> Outcome:
    """In a worker: one task, telling how far it is."""
    reached = 0.0

    def seen(time_s: float) -> None:
        nonlocal reached
        if time_s - reached >= 1:
            with _worked.get_lock():
                _worked.value += time_s - reached
            reached = time_s

    return run(task, seen)
