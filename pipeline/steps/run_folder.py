"""The folder of one run, `runs/<id>/`: what was asked for, the rows it works on, and the result, whole or not there."""

import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from db.publish import sync

if TYPE_CHECKING:
    from pandas import DataFrame

RESULT = "result"
PARTIAL = ".partial-"
STOP = ".stop"
"""Stands in the folder of a run that should end early and keep what it has."""
ABANDONED_S = 3600.0
"""Nobody writes for an hour on what is asked of a run."""


def folder(home: Path, id: str) -> Path:
    """Everything of one run."""
    return home / "runs" / id


def result(home: Path, id: str) -> Path:
    """Where the result of a run is once it is whole."""
    return folder(home, id) / RESULT


def store(home: Path, id: str, order: dict[str, object], frame: "DataFrame") -> None:
    """Writes spec.json and data.parquet, each under a temporary name first; OSError when the disk is full."""
    target = folder(home, id)
    for path in (target.parent, target):
        path.mkdir(exist_ok=True, mode=0o700)
    mark = uuid4().hex
    rows, words = target / f".data-{mark}.tmp", target / f".spec-{mark}.tmp"
    try:
        frame.to_parquet(rows, engine="pyarrow")
        words.write_text(json.dumps(order, ensure_ascii=False, indent=1), encoding="utf-8")
        for temporary, name in ((rows, "data.parquet"), (words, "spec.json")):
            sync(temporary)
            os.replace(temporary, target / name)
        sync(target)
    finally:
        rows.unlink(missing_ok=True)
        words.unlink(missing_ok=True)


def read_order(home: Path, id: str) -> dict[str, object]:
    """What was asked for: id, kind, spec, generation, version."""
    return json.loads((folder(home, id) / "spec.json").read_text(encoding="utf-8"))


def read_rows(home: Path, id: str) -> "DataFrame":
    """The rows the run works on, as they were handed in."""
    import pandas

    return pandas.read_parquet(folder(home, id) / "data.parquet", engine="pyarrow")


def begin(home: Path, id: str) -> Path:
    """A new folder for a result in the making."""
    (folder(home, id) / STOP).unlink(missing_ok=True)
    partial = folder(home, id) / f"{PARTIAL}{uuid4().hex}"
    partial.mkdir(mode=0o700)
    return partial


def ask_stop(home: Path, id: str) -> None:
    """Leaves word that a run should end early and keep what it has."""
    (folder(home, id) / STOP).touch(mode=0o600)


def stop_asked(home: Path, id: str) -> bool:
    """Whether somebody left word that a run should end early."""
    return (folder(home, id) / STOP).exists()


def keep(partial: Path) -> None:
    """Gives a finished result its name in one rename; a whole one that stands there already stays."""
    for path in [*partial.rglob("*"), partial]:
        sync(path)
    target = partial.parent / RESULT
    if target.is_dir():
        shutil.rmtree(partial)
    else:
        os.replace(partial, target)
    sync(target.parent)


def sweep(home: Path, id: str = "*") -> None:
    """Removes results in the making that nobody works on any more, and questions whose writing a kill broke off."""
    for partial in (home / "runs").glob(f"{id}/{PARTIAL}*"):
        shutil.rmtree(partial, ignore_errors=True)
    for unfinished in (home / "runs").glob(f"{id}/.*.tmp"):
        with suppress(FileNotFoundError):
            if time.time() - unfinished.stat().st_mtime > ABANDONED_S:
                unfinished.unlink()
