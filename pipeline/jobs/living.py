"""Whether a worker lives: its pid must be there and have the start time it had; pids are used again."""

import os
import platform
import signal
import subprocess
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

from pipeline.steps.queue import Worker

STALE_S = 30.0
"""A worker that cannot be looked at (other machine, no list of pids) counts as dead after this long without a sign."""
UNSEEN = "unseen"
DEAD = ("Z", "X", "x")


@cache
def machine() -> str:
    """This computer since its last start, and which list of pids it sees (a container has its own)."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    parts = [platform.node().replace(" ", "-")]
    with suppress(OSError):
        parts += [boot.read_text(encoding="ascii").strip(), os.readlink("/proc/self/ns/pid")]
    return "/".join(parts)


def start_of(pid: int) -> str | None:
    """When a pid started, as a word; None when it is gone or a zombie, UNSEEN when this system does not say."""
    if Path("/proc/self/stat").exists():
        return _from_proc(pid)
    return _from_ps(pid)


def _from_proc(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    state, threads, start = fields[0], int(fields[17]), fields[19]
    return (
        None if state in DEAD and threads <= 1 else start
    )  # between two programs under one pid the first thread is dead


def _from_ps(pid: int) -> str | None:
    command = ["ps", "-o", "stat=,lstart=", "-p", str(pid)]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=5, env=os.environ | {"LC_ALL": "C"})
    except (OSError, subprocess.SubprocessError):
        return UNSEEN
    state, _, start = said.stdout.strip().partition(" ")
    return None if not start or state.startswith(DEAD) else "-".join(start.split())


def named(pid: int) -> Worker:
    """The worker with a pid of this machine, now."""
    return Worker(machine(), pid, start_of(pid) or "", time.time())


def alive(worker: Worker) -> bool:
    """Whether this very worker runs; judged by its heartbeat where its pid cannot be looked at."""
    fresh = abs(time.time() - worker.heartbeat) < STALE_S
    if worker.machine != machine():
        return fresh
    start = start_of(worker.pid)
    return fresh if start == UNSEEN else start == worker.start


def kill(worker: Worker, wait_s: float = 2.0) -> None:
    """Ends a worker of this machine that no longer listens, and waits until it is gone."""
    if worker.machine == machine() and start_of(worker.pid) == worker.start:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(worker.pid, signal.SIGKILL)
        until = time.monotonic() + wait_s
        while alive(worker) and time.monotonic() < until:
            time.sleep(0.02)
