"""Long work in one detached worker: ask for it by what it computes, look at it, cancel or stop it; it survives a killed
server.

The id comes first and is always the same for the same work: `id = identity(home, kind, spec)`, keep it, then `submit`.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import VERSION
from pipeline.jobs import kinds, launch, reaping, words
from pipeline.steps import queue, run_folder
from pipeline.steps.queue import Job, JobError

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Job", "JobError", "cancel", "identity", "jobs", "read_spec", "reap", "state", "stop", "submit"]

TIMEOUT_S = 6 * 3600.0


def identity(home: Path, kind: str, spec: dict[str, object], generation: str | None = None) -> str:
    """The id of a job: sha256 of kind, spec, generation (its checksum; default: the current one) and program version.

    Raises TypeError or ValueError when the spec is not JSON.
    """
    return _identity(_order(home, kind, spec, generation))


def _order(home: Path, kind: str, spec: dict[str, object], generation: str | None) -> dict[str, object]:
    found = queue.generation(home) if generation is None else generation
    return {"kind": kind, "spec": spec, "generation": found, "version": VERSION}


def _identity(order: dict[str, object]) -> str:
    text = json.dumps(order, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def submit(
    home: Path,
    kind: str,
    spec: dict[str, object],
    frame: "DataFrame",
    *,
    user: str = "local",
    generation: str | None = None,
    timeout_s: float = TIMEOUT_S,
) -> str:
    """Asks for a job and returns its id; asking again while it waits, runs or is done changes nothing.

    `frame` holds all rows the job may read. One that failed, was cancelled or lost starts afresh. Raises JobError
    when the user has one job running and one waiting, when the kind is unknown, or when it cannot be written down.
    """
    kinds.known(kind)
    order = _order(home, kind, spec, generation)
    id = _identity(order)
    queue.make(home)
    reap(home)
    if not queue.settled(home, queue.job(home, id)):
        queue.refuse_too_many(home, user)
        try:
            run_folder.store(home, id, {"id": id, **order}, frame)
        except OSError as fault:
            raise JobError(words.not_started(fault)) from None
        queue.enqueue(home, {"id": id, "kind": kind, "user": user, "version": VERSION, "timeout_s": timeout_s})
    launch.ensure(home)
    return id


def state(home: Path, id: str) -> Job:
    """How a job stands now; JobError when this study does not know it."""
    reap(home)
    found = queue.job(home, id)
    if found is None:
        raise JobError(queue.UNKNOWN)
    return found


def jobs(home: Path) -> list[Job]:
    """All jobs of a study, the newest first."""
    reap(home)
    return queue.jobs(home)


def read_spec(home: Path, id: str) -> dict[str, object]:
    """The spec that a job of this study was asked to run; JobError when there is none."""
    if queue.job(home, id) is None:
        raise JobError(queue.UNKNOWN)
    try:
        return run_folder.read_order(home, id)["spec"]
    except (OSError, ValueError, KeyError):
        raise JobError(words.NO_SPEC) from None


def cancel(home: Path, id: str) -> None:
    """Ends a waiting job at once and a running one within two seconds; one that has ended stays as it is."""
    state(home, id)
    queue.cancel(home, id)


def stop(home: Path, id: str) -> None:
    """Asks a running job to end early and keep what it has so far (the draws of a sampler); its state becomes done. One
    that waits or has ended, or whose kind cannot do that, stays as it is.
    """
    if state(home, id).state in ("compiling", "running"):
        try:
            run_folder.ask_stop(home, id)
        except OSError as fault:
            raise JobError(words.not_stopped(fault)) from None


def reap(home: Path) -> list[str]:
    """Looks after the queue: ends what a dead worker left (state `lost`), starts a worker when jobs wait.

    Returns the ids of jobs that were running in a dead worker. `submit`, `state` and `jobs` call it themselves.
    """
    if queue.mark(home) is None:
        return []
    left = reaping.settle_left(home)
    launch.ensure(home)
    return left
