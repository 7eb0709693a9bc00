"""Ends a piece of work at every file it touches, at random moments, or for want of room, and looks what is left.

python -m tests.kill_points fit --step 1                    at each file operation of storing a fit
python -m tests.kill_points export --random 100 --seed 3    at a hundred random moments of an export
python -m tests.kill_points fit export terms --rooms 20     on a disk that is full at twenty sizes
"""

import argparse
import contextlib
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from pipeline.errors import StudyError
from pipeline.jobs import words
from pipeline.steps import run_folder, stored_fits
from pipeline.steps.fit_commands import hand_over
from pipeline.steps.write_events import WRITERS, write_files
from tests.test_stored_fits import kept
from tests.test_writers import study

FILE_EVENTS = ("open", "os.", "shutil.", "tempfile.")
"""Audit events of Python that go with a change on the disk."""
ROWS = tuple(
    f"O{recording} {subject} {code} {1000 * number} {1000 * number + 900}"
    for recording in range(6)
    for subject in ("infant", "caregiver1")
    for number, code in enumerate(("Smile", "Neutral") * 9)
)
TERMS = pd.DataFrame({"term": [f"term {number}" for number in range(3000)], "mean": np.arange(3000) / 7})


@dataclass(frozen=True)
class Work:
    """`do` it in a folder; `check(folder, finished)` what it left there; `refused` says whether an end was in words."""

    do: Callable[[Path], object]
    check: Callable[[Path, bool], None]
    refused: Callable[[Exception], bool]


# ---- storing a fit ---------------------------------------------------------------------------------------------------


def _whole_fits(home: Path, finished: bool) -> None:
    """The fit that stood there before is untouched, the new one is there whole or not at all, and can be stored."""
    found, damaged = stored_fits.all_readable(home, stored_fits.ids(home))
    assert damaged == [] or not finished and all(not stored_fits.finished(home, id) for id in damaged)
    assert [one.asked.engine for one in found if one.asked.engine == "gibbs"] == ["gibbs"]
    assert len(found) == 2 or not finished
    kept(home)
    assert len(stored_fits.all_readable(home, stored_fits.ids(home))[0]) == 2
    for left in home.glob("runs/*/.*"):
        os.utime(left, (0, 0))
    run_folder.sweep(home)
    assert not list(home.glob("runs/*/.*"))


def _store(home: Path) -> None:
    kept(home)


# ---- files for other tools -------------------------------------------------------------------------------------------

STUDY = study(*ROWS)
ONE_GROUP = study(*(row for row in ROWS if row.split()[2] in ("Smile", "Neutral")))
SOUND = {name: {} for name in WRITERS}


def _export(folder: Path) -> None:
    for name in WRITERS:
        write_files(ONE_GROUP, name, folder / name)


def _sound(name: str) -> dict[str, bytes]:
    if not SOUND[name]:
        with TemporaryDirectory() as folder:
            write_files(ONE_GROUP, name, Path(folder))
            SOUND[name] = {path.as_posix(): (Path(folder) / path).read_bytes() for path in _files(Path(folder))}
    return SOUND[name]


def _files(folder: Path) -> list[Path]:
    """Files below a folder (some formats have a folder per recording) that are not unfinished."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [path for path in found if not path.parts[0].startswith(".unfinished-")]


def _whole_files(folder: Path, finished: bool) -> None:
    """Every file with its own name is whole; what is unfinished lies in a folder that says so."""
    for name in WRITERS:
        there = {path.as_posix(): folder / name / path for path in _files(folder / name)}
        assert all(path.read_bytes() == _sound(name)[place] for place, path in there.items()), sorted(there)
        assert len(there) == len(_sound(name)) or not finished
        write_files(ONE_GROUP, name, folder / "again" / name)
    shutil.rmtree(folder / "again")


# ---- terms as CSV ----------------------------------------------------------------------------------------------------


def _terms(folder: Path) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        hand_over(TERMS, folder / "terms.csv")


def _whole_terms(folder: Path, finished: bool) -> None:
    file = folder / "terms.csv"
    assert file.exists() or not finished
    assert not file.exists() or len(pd.read_csv(file)) == len(TERMS)


def _in_words(fault: Exception) -> bool:
    return isinstance(fault, StudyError) and "disk full" in str(fault).casefold()


WORK = {
    "fit": Work(_store, _whole_fits, lambda fault: isinstance(fault, OSError) and words.full(fault, None)),
    "export": Work(_export, _whole_files, _in_words),
    "terms": Work(_terms, _whole_terms, _in_words),
}

# ---- the end ---------------------------------------------------------------------------------------------------------


def at_each_operation(work: Work, step: int) -> int:
    """Ends the work at its first file operation (`step` 1: at its second, and so on) until it is not ended any more."""
    point, ends, finished = 1, 0, False
    while not finished:
        with prepared() as folder:
            finished = _child(folder, work, lambda point=point: _die_at(point)) == 0
            work.check(folder, finished)
        point, ends = point + step, ends + (not finished)
    return ends


def at_random(work: Work, times: int, seed: int) -> int:
    """Ends the work at random moments within the time that it takes."""
    chance, killed = random.Random(seed), 0
    with prepared() as folder:
        begun = time.monotonic()
        _child(folder, work, lambda: None)
        takes_s = time.monotonic() - begun
    for _ in range(times):
        with prepared() as folder:
            status = _child(folder, work, lambda: None, after_s=chance.uniform(0, takes_s))
            killed += status != 0
            work.check(folder, status == 0)
    return killed


def without_room(work: Work, sizes: int) -> int:
    """Does the work where files may not grow to the size of its largest, for so many sizes: refused in words each time,
    nothing in part."""
    with prepared() as folder:
        before = set(folder.rglob("*"))
        _child(folder, work, lambda: None)
        largest = max(path.stat().st_size for path in set(folder.rglob("*")) - before if path.is_file())
    for number in range(sizes):
        room = largest * number // sizes
        with prepared() as folder:
            status = _child(folder, work, lambda room=room: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
            assert status == 7 << 8, f"status {status} with room for {room} of {largest} bytes"
            work.check(folder, False)
    return sizes


@contextlib.contextmanager
def prepared():
    """A folder with a stored fit."""
    with TemporaryDirectory() as name:
        kept(Path(name), engine="gibbs")
        yield Path(name)


def _die_at(point: int) -> None:
    seen = 0

    def count(event: str, arguments: tuple) -> None:
        nonlocal seen
        if event.startswith(FILE_EVENTS) and not (event == "open" and arguments[1] == "r"):
            seen += 1
            if seen == point:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def _child(folder: Path, work: Work, before: Callable[[], object], after_s: float | None = None) -> int:
    """Exit status of a fork that does the work: 0 done, 7 refused in words."""
    child = os.fork()
    if child == 0:
        try:
            before()
            work.do(folder)
            os._exit(0)
        except Exception as fault:
            os._exit(7 if work.refused(fault) else 1)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def main() -> None:
    """Prints how often the work was ended."""
    parser = argparse.ArgumentParser(description="Ends a piece of work and looks what is left.")
    parser.add_argument("work", nargs="+", choices=WORK)
    parser.add_argument("--step", type=int, default=0, help="at every so-manieth file operation")
    parser.add_argument("--random", type=int, default=0, help="at so many random moments")
    parser.add_argument("--rooms", type=int, default=0, help="with room for files of so many sizes")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ends = {"operations": 0, "moments": 0, "full disks": 0}
    for work in (WORK[name] for name in options.work):
        if options.step:
            ends["operations"] += at_each_operation(work, options.step)
        ends["moments"] += at_random(work, options.random, options.seed)
        ends["full disks"] += without_room(work, options.rooms) if options.rooms else 0
    print(json.dumps(ends))


if __name__ == "__main__":
    main()
