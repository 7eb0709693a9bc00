"""The worker's second thread: a sign of life each second, and an ear for cancel, time-out and a vanished study."""

import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.jobs import launch, words
from pipeline.jobs.progress import Progress
from pipeline.steps import queue, run_folder
from pipeline.steps.queue import JobError, Worker

TICK_S = 0.2
BEAT_S = 1.0
GRACE_S = 1.2
"""How long a job may take to return once it should; then the worker starts itself afresh without it."""


@dataclass
class Run:
    """One job while it runs."""

    id: str
    timeout_s: float
    progress: Progress
    begun: float = field(default_factory=time.monotonic)
    ending: str = ""
    """'cancelled' or 'failed' once it should end before it is done."""
    asked: float = 0.0
    told: tuple[str, str] = ("running", "{}")
    """State and progress as the table has them."""
    over: threading.Lock = field(default_factory=threading.Lock)
    """Whoever takes this lock ends the run; it is never given back."""

    def stop(self, ending: str) -> None:
        """Tells the job to return, once."""
        if not self.ending:
            self.ending, self.asked = ending, time.monotonic()
            self.progress.end()

    def sentence(self) -> str:
        """Why it was ended early."""
        return queue.CANCELLED if self.ending == "cancelled" else words.timed_out(self.timeout_s)


class Watch(threading.Thread):
    """Looks after the run in `run`, which the main thread sets and takes away."""

    def __init__(self, home: Path, me: Worker) -> None:
        super().__init__(daemon=True, name="watch")
        self.home, self.me = home, me
        self.run_now: Run | None = None
        self._table = queue.mark(home)
        self._beaten = 0.0

    def run(self) -> None:
        """Until the worker ends; a table that is busy is asked again at the next tick."""
        while True:
            if queue.mark(self.home) != self._table:
                os._exit(0)
            try:
                self._beat()
                if self.run_now is not None:
                    self._look_at(self.run_now)
            except JobError:
                pass
            time.sleep(TICK_S)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten < BEAT_S:
            return
        if not queue.beat(self.home, self.me):
            os._exit(0)
        self._beaten = time.monotonic()

    def _look_at(self, run: Run) -> None:
        told = (run.progress.state, run.progress.text)
        if told != run.told:
            queue.advance(self.home, self.me, run.id, *told)
            run.told = told
        if queue.cancel_asked(self.home, run.id):
            run.stop("cancelled")
        elif run_folder.stop_asked(self.home, run.id):
            run.progress.stop()
        if time.monotonic() - run.begun > run.timeout_s:
            run.stop("failed")
        if run.ending and time.monotonic() - run.asked > GRACE_S and run.over.acquire(blocking=False):
            self._abandon(run)

    def _abandon(self, run: Run) -> None:
        """The job does not return: write how it ended and start afresh, which ends all threads of this program."""
        run_folder.sweep(self.home, run.id)
        try:
            queue.settle(self.home, run.id, self.me.token, run.ending, run.sentence())
        finally:
            restart(self.home)


def restart(home: Path) -> None:
    """Replaces this program by a fresh worker with the same pid and start time: the table still knows it."""
    try:
        os.execv(sys.executable, [*launch.COMMAND, str(home)])
    finally:
        os._exit(1)
