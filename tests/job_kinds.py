"""Kinds of long work for the tests of the job runner: they add, sleep, fail and misbehave."""

import errno
import json
import os
import time
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import UserError
from pipeline.jobs.progress import Progress

CANARY = "Kanarienvogel-4711"
NAMES = ("add", "sleep", "deaf", "fail", "say", "full", "hungry", "exit", "die", "threads", "draw")
ENVIRONMENT = ",".join(f"{name}=tests.job_kinds:run_{name}" for name in NAMES)


def run_add(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """The sum of a column, in two files with a pause between them: a half result would show."""
    progress.report({"state": "compiling", "done": 0, "total": 2})
    (progress.folder / "first.json").write_text(json.dumps(int(frame["x"].sum())), encoding="utf-8")
    time.sleep(spec.get("pause_s", 0))
    progress.report({"done": np.int64(2), "total": 2})
    (progress.folder / "second.json").write_text(json.dumps(spec), encoding="utf-8")


def run_sleep(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Sleeps for `seconds`, and says how far it is; ends when cancelled, leaving something half behind."""
    (progress.folder / "half.txt").write_text("half", encoding="utf-8")
    until = time.monotonic() + spec["seconds"]
    if spec.get("compiling"):
        progress.report({"state": "compiling"})
    else:
        progress.report({"slept": "some"})
    while time.monotonic() < until and not progress.wait(0.05):
        pass
    if "log" in spec:
        with Path(spec["log"]).open("a", encoding="utf-8") as log:
            log.write(spec["name"] + "\n")


def run_draw(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Counts like a sampler until it is stopped; what it has then is its result."""
    done = 0
    while done < spec["total"] and not progress.stopping():
        if progress.wait(0.05):
            return
        done += 1
        progress.report({"done": done, "total": spec["total"], "divergences": 0, "rhat": None, "ess": None})
    (progress.folder / "kept.json").write_text(json.dumps(done), encoding="utf-8")


def run_deaf(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Never asks whether it should end."""
    (progress.folder / "half.txt").write_text("half", encoding="utf-8")
    time.sleep(spec["seconds"])


def run_fail(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """A fault of ours whose message holds a participant's value."""
    (progress.folder / "half.txt").write_text("half", encoding="utf-8")
    raise ValueError(f"cannot convert {CANARY}")


def run_say(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """A fault that a person can mend."""
    raise UserError("EPDS: this exposure is constant.\nChoose another one.")


def run_full(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """A disk that is full: the kernel's own device for it where there is one."""
    (progress.folder / "half.txt").write_text("half", encoding="utf-8")
    if not Path("/dev/full").exists():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    Path("/dev/full").write_text("no room", encoding="utf-8")


def run_hungry(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Asks for far more memory than allowed."""
    np.ones(int(spec["bytes"]) // 8)


def run_exit(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Tries to end the whole worker."""
    raise SystemExit(3)


def run_die(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Ends the whole worker, as a fault in a library would."""
    (progress.folder / "half.txt").write_text("half", encoding="utf-8")
    os._exit(11)


def run_threads(spec: dict, frame: pd.DataFrame, progress: Progress) -> None:
    """Writes how the worker was set up."""
    found = {
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "threads": os.environ["OMP_NUM_THREADS"],
        "session": os.getsid(0) == os.getpid(),
        "x": frame["x"].tolist(),
        "dtypes": [str(one) for one in frame.dtypes],
        "open": sorted({os.path.basename(os.readlink(f"/proc/self/fd/{fd}")) for fd in _descriptors()}),
    }
    (progress.folder / "found.json").write_text(json.dumps(found), encoding="utf-8")


def _descriptors() -> list[str]:
    folder = Path("/proc/self/fd")
    return [one.name for one in folder.iterdir() if one.is_symlink() and one.exists()] if folder.exists() else []
