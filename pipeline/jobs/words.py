"""Why a job ended, in one sentence: never a value, a path or a traceback."""

import errno

from pipeline.errors import UserError, place
from pipeline.steps.open_study import explained

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DISK_FULL = "Disk full. Nothing was stored. Free about 500 MB and start this again."
NOT_STARTED = "Disk full. The job was not started. Free about 500 MB and start it again."
NOT_WRITABLE = "The study folder cannot be written. The job was not started."
NO_SPEC = "spec.json of this run is missing or damaged. Start the job again."
MEMORY = (
    "This job needs more memory than allowed. Nothing was stored. Narrow the selection, or raise "
    "DYADSCOPE_WORKER_MEMORY (for example 16GB) and start it again."
)
LOST = (
    "The worker ended while this job was running (it was stopped, the computer was restarted, or memory ran out). "
    "Nothing was stored. Start it again."
)
OTHER_VERSION = (
    "This job was asked for by another version of Dyadscope than the one that ran. Reload the page and start it again."
)
NO_WORKER = "The background worker could not be started. The job waits; it begins when a worker can be started."


def why(fault: BaseException) -> str:
    """What a person is told about a job that broke; the kind and place of the fault when it is ours."""
    if isinstance(fault, UserError):
        return " ".join(fault.message.split())
    if isinstance(fault, MemoryError):
        return MEMORY
    known = explained(fault) if isinstance(fault, Exception) else None
    if full(fault, known):
        return DISK_FULL
    return known or (
        f"The job stopped at a fault of Dyadscope ({type(fault).__name__} in {place(fault)}). Nothing was stored. "
        "Please report it with these words."
    )


def full(fault: BaseException, known: str | None) -> bool:
    """Whether the disk is what was missing."""
    return getattr(fault, "errno", None) in FULL or bool(known and known.startswith("Disk full"))


def not_started(fault: OSError) -> str:
    """Why a job could not be written down."""
    return NOT_STARTED if full(fault, explained(fault)) else NOT_WRITABLE


def not_stopped(fault: OSError) -> str:
    """Why a job could not be told to end early."""
    return "Disk full. The job goes on." if full(fault, explained(fault)) else "The study folder cannot be written."


def timed_out(timeout_s: float) -> str:
    """What is said when a job took too long."""
    time = f"{timeout_s / 60:.0f} minutes" if timeout_s >= 120 else f"{timeout_s:g} seconds"
    return (
        f"The job took longer than {time} and was stopped. Nothing was stored. Narrow the selection, then start again."
    )
