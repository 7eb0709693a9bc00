"""The queue of long work: what is asked for, what runs, how it ended; each function is one transaction."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from db import connect, job_table
from pipeline.errors import StudyError, UserError
from pipeline.steps import run_folder
from pipeline.steps.open_study import POINTER_DAMAGED

MOST_PER_USER = 2
TOO_MANY = (
    "One of your jobs runs and one waits already. Wait until one of them has ended, or cancel it, and start this again."
)
UNKNOWN = "This job is not known in this study. Start it again."
CANCELLED = "Cancelled. Nothing was stored."
NO_STUDY = "The study folder is not there. Import a study first."
TABLE_FULL = "Disk full. The list of jobs could not be written. Free about 500 MB and try again."
TABLE_DAMAGED = "jobs.sqlite3: this file is damaged. Move it away; stored results in runs/ are not touched by that."
TABLE_BUSY = "The list of jobs (jobs.sqlite3) cannot be used now. Nothing was changed. Try again in a moment."

Row = job_table.Row


class JobError(UserError):
    """A job cannot be started, found or listed."""


@dataclass(frozen=True)
class Job:
    """Long work as a person sees it; `folder` holds the whole result once the state is `done`, and is None before.

    States: queued, compiling, running, done, failed, cancelled, lost. `sentence` says why it ended otherwise than done.
    """

    id: str
    kind: str
    state: str
    progress: dict[str, object]
    sentence: str
    folder: Path | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    user: str

    @property
    def active(self) -> bool:
        """Whether it waits or runs."""
        return self.state in ("queued", "compiling", "running")


@dataclass(frozen=True)
class Worker:
    """The one process that runs jobs; a pid alone is no name, because pids are used again."""

    machine: str
    pid: int
    start: str
    heartbeat: float

    @property
    def token(self) -> str:
        """One word for this process and no other."""
        return f"{self.machine} {self.pid} {self.start}"


@contextmanager
def table(home: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the job table of a study folder; its failures are JobError."""
    try:
        with job_table.opened(home) as connection:
            yield connection
    except sqlite3.Error as fault:
        raise JobError(_words(fault)) from None


def _words(fault: sqlite3.Error) -> str:
    text = str(fault)
    if "full" in text:
        return TABLE_FULL
    return TABLE_DAMAGED if "malformed" in text or "not a database" in text else TABLE_BUSY


def mark(home: Path) -> tuple[int, int] | None:
    """Which file the job table is (device and inode), None when this study never had a job, or is gone."""
    try:
        found = (home / job_table.FILE).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make(home: Path) -> None:
    """Makes the job table where it is missing; JobError without a study folder."""
    if not home.is_dir():
        raise JobError(NO_STUDY)
    try:
        job_table.make(home)
    except sqlite3.Error as fault:
        raise JobError(_words(fault)) from None


def generation(home: Path) -> str:
    """The checksum of the current generation, '' before the first import; StudyError when CURRENT.json is damaged."""
    try:
        found = connect.current(home)
    except connect.PointerDamaged:
        raise StudyError(POINTER_DAMAGED) from None
    return found.sha256 if found else ""


def _job(home: Path, row: Row) -> Job:
    folder = run_folder.result(home, str(row["id"])) if row["state"] == "done" else None
    return Job(
        id=str(row["id"]),
        kind=str(row["kind"]),
        state=str(row["state"]),
        progress=json.loads(str(row["progress"])),
        sentence=str(row["sentence"]),
        folder=folder,
        created=datetime.fromtimestamp(row["created"], UTC),
        started=datetime.fromtimestamp(row["started"], UTC) if row["started"] else None,
        ended=datetime.fromtimestamp(row["ended"], UTC) if row["ended"] else None,
        user=str(row["user"]),
    )


def job(home: Path, id: str) -> Job | None:
    """One job, None when it was never asked for."""
    if mark(home) is None:
        return None
    with table(home) as connection:
        row = job_table.job(connection, id)
    return _job(home, row) if row else None


def jobs(home: Path) -> list[Job]:
    """All jobs, the newest first."""
    if mark(home) is None:
        return []
    with table(home) as connection:
        return [_job(home, row) for row in job_table.jobs(connection)]


def settled(home: Path, found: Job | None) -> bool:
    """Whether nothing is to be done for a job: it waits, runs, or its result is there."""
    return found is not None and (found.active or (found.folder is not None and found.folder.is_dir()))


def refuse_too_many(home: Path, user: str) -> None:
    """Raises JobError when a user has as many jobs as one may have."""
    with table(home) as connection:
        if job_table.active_of(connection, user) >= MOST_PER_USER:
            raise JobError(TOO_MANY)


def enqueue(home: Path, row: Row) -> None:
    """Queues a job (`id, kind, user, version, timeout_s`) unless it is there or done; JobError when too many."""
    with table(home) as connection, job_table.transaction(connection):
        old = job_table.job(connection, str(row["id"]))
        if settled(home, _job(home, old) if old else None):
            return
        if job_table.active_of(connection, str(row["user"])) >= MOST_PER_USER:
            raise JobError(TOO_MANY)
        job_table.enqueue(connection, {**row, "created": time.time()})


def cancel(home: Path, id: str) -> None:
    """Ends a waiting job, asks the worker to end a running one; nothing happens to one that has ended."""
    with table(home) as connection, job_table.transaction(connection):
        job_table.ask_cancel(connection, id, CANCELLED, time.time())


def running(home: Path) -> list[Row]:
    """Rows of jobs that some worker, alive or not, has begun and not ended."""
    with table(home) as connection:
        return job_table.running(connection)


def waiting(home: Path) -> bool:
    """Whether any job waits."""
    with table(home) as connection:
        return job_table.next_queued(connection) is not None


def worker(home: Path) -> Worker | None:
    """The worker named in the table, alive or not."""
    with table(home) as connection:
        return _worker(connection)


def _worker(connection: sqlite3.Connection) -> Worker | None:
    row = job_table.worker(connection)
    return Worker(row["machine"], row["pid"], row["start"], row["heartbeat"]) if row else None


def engage(home: Path, alive: Callable[[Worker], bool], start: Callable[[], Worker]) -> None:
    """Starts a worker unless the one in the table is alive; of two callers at once only one starts it."""
    with table(home) as connection, job_table.transaction(connection):
        old = _worker(connection)
        if old is None or not alive(old):
            new = start()
            job_table.set_worker(connection, new.machine, new.pid, new.start, new.heartbeat)


def enrol(home: Path, me: Worker, alive: Callable[[Worker], bool]) -> bool:
    """Puts this worker's name in the table; False when another living one stands there."""
    with table(home) as connection, job_table.transaction(connection):
        old = _worker(connection)
        if old is not None and old.token != me.token and alive(old):
            return False
        job_table.set_worker(connection, me.machine, me.pid, me.start, time.time())
        return True


def resign(home: Path, me: Worker) -> bool:
    """Takes this worker's name out of the table when no job waits; False when one does, so that none is left behind."""
    with table(home) as connection, job_table.transaction(connection):
        if job_table.next_queued(connection) is not None:
            return False
        if (old := _worker(connection)) is not None and old.token == me.token:
            job_table.clear_worker(connection)
        return True


def take(home: Path, me: Worker) -> Row | None:
    """The next job, marked as running in this worker; None when nothing waits."""
    if not waiting(home):
        return None
    with table(home) as connection, job_table.transaction(connection):
        row = job_table.next_queued(connection)
        if row is not None:
            job_table.take(connection, str(row["id"]), me.token, time.time())
        return row


def beat(home: Path, me: Worker) -> bool:
    """This worker's sign of life; False when another one has taken its place."""
    with table(home) as connection:
        return job_table.beat(connection, me.machine, me.pid, me.start, time.time())


def advance(home: Path, me: Worker, id: str, state: str, progress: str) -> None:
    """Writes how far a job is (`progress` is JSON)."""
    with table(home) as connection:
        job_table.advance(connection, id, me.token, state, progress)


def cancel_asked(home: Path, id: str) -> bool:
    """Whether somebody wants a running job to end."""
    with table(home) as connection:
        row = job_table.job(connection, id)
    return row is not None and row["cancel_asked"] is not None


def settle(home: Path, id: str, token: str, state: str, sentence: str = "") -> bool:
    """Ends a job of the worker `token`; False when it had ended or runs elsewhere."""
    with table(home) as connection:
        return job_table.settle(connection, id, token, state, sentence, time.time())
