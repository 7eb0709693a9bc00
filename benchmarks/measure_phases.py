"""How long a bi-LSTM on a study of the engagement paper's size is taught per epoch, and what memory that takes.

python -m benchmarks.measure_phases                 all of it (about six minutes, 150 MB of scratch)
python -m benchmarks.measure_phases --sessions 10   a small study, for trying out

92 sessions x 9,000 frames x 1,024 features in stored streams, read from disk as a training reads them: eight different
sessions, each standing for eleven or twelve. One epoch of the catalogue's first setting (windows of 25, 64 at a time,
hidden 128) in a process of its own, so that its peak of memory is its own. What the numbers are does not matter.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, markdown
from benchmarks.measure_import import ROOT
from pipeline.catalogue.phase_recipe import LSTM
from pipeline.measures.phase_sessions import Session
from pipeline.models.phases import fit
from pipeline.models.phases_lesson import lesson
from pipeline.steps.phase_features import Reading
from pipeline.steps.stream_files import ABOUT, write_rows

SESSIONS, FEW, FRAMES, WIDTH, FPS, CLASSES = 92, 10, 9_000, 1_024, 25, 4
DIFFERENT = 8
STREAM = "motion_grid"
EPOCH_S, MEMORY_MB, GROWTH = 45.0, 4_000.0, 1.2
"""Seconds per epoch and megabytes on two cores; memory for all sessions against memory for few (which are fewer than
the sixteen that are held at a time).
"""


@dataclass(frozen=True)
class Epoch:
    """What one epoch took: wall and CPU seconds; `loss`; peak of the whole process in megabytes."""

    wall_s: float
    cpu_s: float
    loss: float
    peak_mb: float


def measure_phases(sessions: int = SESSIONS) -> list[Figure]:
    """One epoch in each precision with one thread and two, and how memory grows."""
    with tempfile.TemporaryDirectory(prefix="dyadscope-bench-") as scratch:
        home = Path(scratch)
        written(home)
        ways = [(precision, threads) for precision in ("float32", "bfloat16") for threads in (1, 2)]
        taken = {way: apart(home, sessions, *way) for way in ways}
        few = apart(home, FEW, "float32", 2)
    size = f"{sessions} sessions x {FRAMES:,} x {WIDTH:,}"
    figures = []
    for (precision, threads), epoch in taken.items():
        what = f"bi-LSTM, one epoch, {precision}, {threads} thread{'s' if threads > 1 else ''}"
        figures.append(Figure(what, size, epoch.wall_s, "s", EPOCH_S if threads > 1 else None))
        figures.append(Figure(f"{what}, CPU time", size, epoch.cpu_s, "s"))
    most = max(epoch.peak_mb for epoch in taken.values())
    figures.append(Figure("bi-LSTM, peak of memory", size, most, "MB", MEMORY_MB))
    growth = taken["float32", 2].peak_mb / few.peak_mb
    figures.append(Figure(f"bi-LSTM, peak of memory against {FEW} sessions", size, growth, "times", GROWTH))
    return figures


def written(home: Path) -> None:
    """The different sessions as stored streams: float16, as `extract` and the import leave them."""
    folder, rng = home / "features" / "streams", np.random.default_rng(1)
    folder.mkdir(parents=True)
    about = {ABOUT: json.dumps({"fps": str(FPS), "dim": WIDTH, "sums": False})}
    for number in range(DIFFERENT):
        values = rng.normal(size=(FRAMES, WIDTH)).astype(np.float32).astype(np.float16)
        with open(home / file(number), "wb") as handle:
            write_rows(handle, iter([values]), (WIDTH, True), lambda: about)


def file(number: int) -> str:
    """Where the stream of a session stands in the study folder."""
    return f"features/streams/{number % DIFFERENT:08x}.parquet"


def apart(home: Path, sessions: int, precision: str, threads: int) -> Epoch:
    """One epoch in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.measure_phases", "--home", str(home), "--sessions", str(sessions)]
    command += ["--precision", precision, "--threads", str(threads)]
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": "1"}
    found = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return Epoch(**json.loads(found.stdout))


def epoch(home: Path, sessions: int, precision: str, threads: int) -> Epoch:
    """One epoch here."""
    rng = np.random.default_rng(2)
    names = [f"s{number:03d}" for number in range(sessions)]
    every = [Session(name, name, rng.integers(CLASSES, size=FRAMES), np.ones(FRAMES, bool)) for name in names]
    reading = Reading(home, streams(names), dict.fromkeys(names, FRAMES * 1000 // FPS))
    given = replace(lesson(every, reading(tuple(names)), CLASSES), threads=threads, precision=precision)
    import_module("torch")
    wall, cpu = time.perf_counter(), time.process_time()
    fitted = fit(given, LSTM, (1,), 1)
    spent = time.perf_counter() - wall, time.process_time() - cpu
    return Epoch(*spent, float(fitted.history[0, 0]), peak_mb())


def streams(names: list[str]) -> pd.DataFrame:
    """The stored stream of each session, as a study lists them."""
    own = {"stream": STREAM, "subject": "", "fps": float(FPS), "frames": FRAMES, "dim": WIDTH, "offset_ms": 0}
    return pd.DataFrame([own | {"observation_id": name, "file": file(place)} for place, name in enumerate(names)])


def peak_mb() -> float:
    """Largest memory that this process had so far."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """The table; with --home one epoch, as JSON."""
    options = argparse.ArgumentParser(description="Measures the teaching of a bi-LSTM on engagement phases.")
    options.add_argument("--sessions", type=int, default=SESSIONS, help="sessions of the study")
    options.add_argument("--home", type=Path, default=None, help=argparse.SUPPRESS)
    options.add_argument("--precision", default="float32", help=argparse.SUPPRESS)
    options.add_argument("--threads", type=int, default=2, help=argparse.SUPPRESS)
    asked = options.parse_args()
    if asked.home:
        print(json.dumps(asdict(epoch(asked.home, asked.sessions, asked.precision, asked.threads))))
    else:
        print(markdown(measure_phases(asked.sessions)))


if __name__ == "__main__":
    main()
