"""How long an import takes and how much memory it needs: the real command in a process of its own."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from benchmarks.big_study import write_study
from benchmarks.figures import Figure

ROOT = Path(__file__).parents[1]
POLL_S = 0.05
GB = 1024**3


def measure_import(folder: Path, events: int) -> list[Figure]:
    """Writes a study with `events` events into `folder` and imports it into `folder/study`: seconds and peak memory."""
    manifest = write_study(folder, events)
    seconds, peak = run([sys.executable, "-m", "pipeline", "import", str(manifest)], folder / "study")
    size = f"{events:,} events, one long CSV of {(folder / 'coded.csv').stat().st_size / 1e6:,.0f} MB"
    full = events >= 10_000_000
    return [
        Figure("Import of already paired events", size, seconds, "s", 30 if full else None),
        Figure("Peak memory of the import", size, peak / GB, "GB", 2 if full else None),
    ]


def run(command: list[str], home: Path) -> tuple[float, int]:
    """Seconds and peak resident bytes of a command with its study folder at `home`; fails loudly when it fails."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DYADSCOPE_HOME": str(home)})
    peaks = [0]
    watcher = threading.Thread(target=_watch, args=(process, peaks), daemon=True)
    watcher.start()
    status = process.wait()
    seconds = time.perf_counter() - begin
    watcher.join()
    if status:
        raise SystemExit(f"{' '.join(command)} ended with {status}")
    return seconds, peaks[0]


def _watch(process: subprocess.Popen, peaks: list[int]) -> None:
    """Keeps the kernel's own high-water mark of resident memory (Linux); 0 where there is no /proc."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        try:
            text = status.read_text()
        except OSError:
            return
        marks = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM")]
        peaks[0] = max(peaks[0], *(int(mark) * 1024 for mark in marks), 0)
        time.sleep(POLL_S)
