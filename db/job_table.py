"""The job table: which long work is asked for, runs or has ended; one file shared by every server and the worker."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from uuid import uuid4

FILE = "jobs.sqlite3"
WAIT_S = 10.0
RUNNING = "('compiling', 'running')"
ACTIVE = "('queued', 'compiling', 'running')"

Row = dict[str, object]


def make(home: Path) -> Path:
    """Makes the table where it is missing; two makers at once leave one whole table."""
    target = home / FILE
    if not target.exists():
        temporary = home / f".jobs-{uuid4().hex}.tmp"
        try:
            with closing(sqlite3.connect(temporary, isolation_level=None)) as connection:
                connection.executescript(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
            temporary.chmod(0o600)
            _name(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    return target


def _name(temporary: Path, target: Path) -> None:
    """Gives a finished table its name unless another maker was first; some disks know no links."""
    try:
        os.link(temporary, target)
    except OSError:
        if not target.exists():
            os.replace(temporary, target)


@contextmanager
def opened(home: Path) -> Iterator[sqlite3.Connection]:
    """A connection to an existing table, for one thread; sqlite3.Error when there is none."""
    address = f"{(home / FILE).absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA synchronous = FULL")
        yield connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Everything inside happens at once or not at all, and no other writer comes between."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _rows(connection: sqlite3.Connection, statement: str, *values: object) -> list[Row]:
    return [dict(row) for row in connection.execute(statement, values)]


def job(connection: sqlite3.Connection, id: str) -> Row | None:
    """One job, None when there is none."""
    found = _rows(connection, "SELECT * FROM job WHERE id = ?", id)
    return found[0] if found else None


def jobs(connection: sqlite3.Connection) -> list[Row]:
    """All jobs, the newest first."""
    return _rows(connection, "SELECT * FROM job ORDER BY created DESC, id")


def running(connection: sqlite3.Connection) -> list[Row]:
    """Jobs that a worker has begun and not ended."""
    return _rows(connection, f"SELECT * FROM job WHERE state IN {RUNNING}")


def active_of(connection: sqlite3.Connection, user: str) -> int:
    """How many jobs of a user wait or run."""
    statement = f"SELECT count(*) AS n FROM job WHERE user = ? AND state IN {ACTIVE}"
    return int(_rows(connection, statement, user)[0]["n"])


def enqueue(connection: sqlite3.Connection, row: Row) -> None:
    """Puts a job in the queue (`id, kind, user, version, timeout_s, created`); one that had ended starts afresh."""
    connection.execute(
        "INSERT INTO job (id, kind, user, version, state, timeout_s, created) "
        "VALUES (:id, :kind, :user, :version, 'queued', :timeout_s, :created) "
        "ON CONFLICT (id) DO UPDATE SET state = 'queued', user = :user, timeout_s = :timeout_s, created = :created, "
        "progress = '{}', sentence = '', worker = '', cancel_asked = NULL, started = NULL, ended = NULL",
        row,
    )


def next_queued(connection: sqlite3.Connection) -> Row | None:
    """The job whose user was served longest ago, the oldest of that user first; None when nothing waits."""
    found = _rows(
        connection,
        "SELECT job.* FROM job JOIN (SELECT user, max(turn) AS served FROM job GROUP BY user) USING (user) "
        "WHERE state = 'queued' ORDER BY served, created, id LIMIT 1",
    )
    return found[0] if found else None


def take(connection: sqlite3.Connection, id: str, worker: str, now: float) -> None:
    """Marks a queued job as running in a worker."""
    connection.execute(
        "UPDATE job SET state = 'running', worker = ?, started = ?, turn = (SELECT max(turn) + 1 FROM job) "
        "WHERE id = ? AND state = 'queued'",
        (worker, now, id),
    )


def advance(connection: sqlite3.Connection, id: str, worker: str, state: str, progress: str) -> None:
    """Writes how far a running job is; a job that ended or runs elsewhere is left alone."""
    connection.execute(
        f"UPDATE job SET state = ?, progress = ? WHERE id = ? AND worker = ? AND state IN {RUNNING}",
        (state, progress, id, worker),
    )


def settle(connection: sqlite3.Connection, id: str, worker: str, state: str, sentence: str, now: float) -> bool:
    """Ends a job that runs in this worker; False when it had ended or runs elsewhere."""
    done = connection.execute(
        f"UPDATE job SET state = ?, sentence = ?, ended = ? WHERE id = ? AND worker = ? AND state IN {RUNNING}",
        (state, sentence, now, id, worker),
    )
    return done.rowcount == 1


def ask_cancel(connection: sqlite3.Connection, id: str, sentence: str, now: float) -> None:
    """Ends a waiting job at once; leaves the wish with a running one for its worker."""
    connection.execute(
        "UPDATE job SET state = 'cancelled', sentence = ?, ended = ? WHERE id = ? AND state = 'queued'",
        (sentence, now, id),
    )
    connection.execute(
        f"UPDATE job SET cancel_asked = ? WHERE id = ? AND state IN {RUNNING} AND cancel_asked IS NULL", (now, id)
    )


def worker(connection: sqlite3.Connection) -> Row | None:
    """The worker that has its name in the table, alive or not."""
    found = _rows(connection, "SELECT * FROM worker")
    return found[0] if found else None


def set_worker(connection: sqlite3.Connection, machine: str, pid: int, start: str, now: float) -> None:
    """Puts a worker's name in the table in place of any other."""
    connection.execute(
        "INSERT OR REPLACE INTO worker (one, machine, pid, start, heartbeat) VALUES (1, ?, ?, ?, ?)",
        (machine, pid, start, now),
    )


def clear_worker(connection: sqlite3.Connection) -> None:
    """Takes the worker's name out of the table."""
    connection.execute("DELETE FROM worker")


def beat(connection: sqlite3.Connection, machine: str, pid: int, start: str, now: float) -> bool:
    """Writes a worker's sign of life; False when another one has taken its place."""
    done = connection.execute(
        "UPDATE worker SET heartbeat = ? WHERE machine = ? AND pid = ? AND start = ?", (now, machine, pid, start)
    )
    return done.rowcount == 1
