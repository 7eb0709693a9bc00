"""Measures Dyadscope on this computer and prints the table of the README.

python -m benchmarks.run                     everything (about 19 minutes)
python -m benchmarks.run --events 1000000    a smaller large study
python -m benchmarks.run --folder /tmp/b     keeps the generated files there
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, markdown
from benchmarks.load import measure_load
from benchmarks.measure_agreement import measure_agreement
from benchmarks.measure_browser import measure_browser
from benchmarks.measure_dynamics import measure_dynamics
from benchmarks.measure_import import ROOT, measure_import
from benchmarks.measure_models import measure_models
from benchmarks.measure_pages import measure_pages
from benchmarks.measure_phases import measure_phases
from benchmarks.measure_smiles import measure_smiles
from benchmarks.measure_windows import measure_windows

DEMO_TARGETS = (2.0, 1.5, 0.6)
LARGE_TARGETS = (2.0, 1.5, 1.5)
"""Seconds: first paint, timeline page, filter change (p95)."""


def main() -> None:
    """Demo size first, then the large study, then the models; each line is printed as soon as it is known."""
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(prefix="dyadscope-bench-") as scratch:
        folder = options.folder or Path(scratch)
        figures: list[Figure] = []
        for measure in (demo, large):
            figures += measure(folder, options.events)
        figures += measure_models() + measure_smiles() + measure_windows() + measure_phases()
        figures += measure_load(folder / "demo")
        machine = platform.processor() or platform.machine()
        print(f"\n{machine}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
        print(markdown(figures))


def parser() -> argparse.ArgumentParser:
    """The two options."""
    found = argparse.ArgumentParser(description="Measures Dyadscope on this computer.")
    found.add_argument("--events", type=int, default=10_000_000, help="events of the large study")
    found.add_argument("--folder", type=Path, default=None, help="where to keep the generated studies")
    return found


def demo(folder: Path, _: int) -> list[Figure]:
    """The demo study."""
    home = folder / "demo"
    environment = os.environ | {"DYADSCOPE_HOME": str(home)}
    command = [sys.executable, "-m", "pipeline", "demo", "--if-missing"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    size = "demo, 142 observations"
    figures = measure_browser(home, size, DEMO_TARGETS) + measure_pages(home, size)
    return figures + measure_agreement(home, size) + measure_dynamics(home, size)


def large(folder: Path, events: int) -> list[Figure]:
    """One long CSV of paired events."""
    figures = measure_import(folder / "large", events)
    size = f"{events:,} events"
    home = folder / "large" / "study"
    return figures + measure_browser(home, size, LARGE_TARGETS) + measure_pages(home, size)


if __name__ == "__main__":
    main()
