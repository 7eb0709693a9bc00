"""Many viewers at once while full fits run: how long they wait, what goes wrong, whether memory stays flat.

python -m benchmarks.load --mode presenting                     25 viewers for 10 minutes of what is presented
python -m benchmarks.load --mode analyst --minutes 1 --viewers 5
python -m benchmarks.load --no-fits                             nothing beside the viewers

Works on a study of its own: a copy of DYADSCOPE_HOME where that is set, else the demo. Ends with 1 when a gate fails.
Every viewer thinks for 3 to 5 seconds, then goes to another page, changes a filter or another choice, now and then
opens the dashboard anew; what each one does is drawn from its own seed.
"""

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from websockets.exceptions import WebSocketException

from benchmarks.figures import Figure, markdown, p95
from benchmarks.load_fits import Fits, end_worker
from benchmarks.load_server import TOKEN, dashboard, memory_mb, request, study
from benchmarks.load_viewer import Viewer
from benchmarks.load_widgets import Setting, Widget
from pipeline.errors import UserError

THINK_S = (3.0, 5.0)
ARRIVE_S = 1.0
"""Viewers come one after the other, so far apart."""
CHANCES = {"another page": 0.3, "filter": 0.25, "choice": 0.4, "opened anew": 0.05}
MOST_SET = 3
"""Filters that one viewer sets before clearing them: more would leave nobody."""
PEOPLE = ("Family", "Dyad")
P95_S = 1.0
FIRST = "overview"
"""The page at the bare address."""
WARM = 0.4
"""Part of the run until caches are full; memory is judged after it."""
GROWTH = 0.10
"""Memory may grow by this part of itself from there to the end, along a straight line."""


@dataclass(frozen=True)
class Rerun:
    """One thing a viewer did: what, on which page, when (s after the start), how long the answer took."""

    what: str
    page: str
    detail: str
    at: float
    seconds: float


@dataclass
class Run:
    """What was measured."""

    reruns: list[Rerun] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    """(s after the start, MB), once a second."""
    looks: int = 0
    fits: str = "no fits ran beside them"

    def growth(self) -> tuple[float, float]:
        """(MB per minute after the warm-up, growth until the end as a part of what it was) along a straight line."""
        end = self.memory[-1][0]
        times, sizes = np.array([one for one in self.memory if one[0] >= WARM * end]).T
        slope, level = np.polyfit(times - times[0], sizes, 1)
        return 60 * slope, slope * (times[-1] - times[0]) / level


def step(viewer: Viewer, draw: random.Random) -> tuple[str, Callable[[], object], str]:
    """What a viewer does next: its name, the action, and what it is about."""
    what = draw.choices(list(CHANCES), list(CHANCES.values()))[0]
    filters = [one for one in viewer.widgets.values() if one.shared and one.label not in PEOPLE and not one.button]
    choices = [one for one in viewer.widgets.values() if not one.shared]
    if what == "opened anew":
        return what, lambda: opened_anew(viewer), viewer.page
    if what == "filter" and filters:
        return what, *_filtered(viewer, filters, draw)
    if what != "another page" and choices:
        return "choice", *_set(viewer, draw.choice(choices), draw)
    page = draw.choice([name for name in viewer.pages if name != viewer.page] or list(viewer.pages))
    return "another page", lambda: viewer.go(page), page


def _filtered(viewer: Viewer, filters: list[Widget], draw: random.Random) -> tuple[Callable[[], object], str]:
    """Another filter, or all cleared where there are many."""
    clear = next((one for one in viewer.widgets.values() if one.shared and one.button), None)
    if clear is not None and sum(one.id in viewer.set_to for one in filters) >= MOST_SET:
        return lambda: viewer.set(clear, clear.settings[0]), clear.label
    return _set(viewer, draw.choice(filters), draw)


def _set(viewer: Viewer, widget: Widget, draw: random.Random) -> tuple[Callable[[], object], str]:
    now: Setting | None = viewer.set_to.get(widget.id, widget.default)
    setting = draw.choice([one for one in widget.settings if one != now] or widget.settings)
    return lambda: viewer.set(widget, setting), f"{widget.label} = {setting[1]}"


async def opened_anew(viewer: Viewer) -> float:
    """Closes the tab and opens the same address in a new one."""
    page = viewer.page
    await viewer.close()
    return await viewer.open(page)


async def visit(run: Run, address: str, number: int, begun: float, until: float) -> None:
    """One viewer from coming to leaving."""
    draw, viewer = random.Random(number), Viewer(address, TOKEN)
    await asyncio.sleep(number * ARRIVE_S)
    what, act, detail = "opened", viewer.open, ""
    while time.monotonic() < until:
        at = time.monotonic() - begun
        try:
            seconds = await act()
        except (OSError, WebSocketException) as fault:
            viewer.errors.append(f"{viewer.page}: not let in ({type(fault).__name__})")
            break
        run.reruns.append(Rerun(what, viewer.page or FIRST, detail, at, seconds))
        run.errors += [f"{error} ({what}: {detail})" for error in viewer.errors]
        viewer.errors.clear()
        await asyncio.sleep(draw.uniform(*THINK_S))
        if not viewer.pages:
            break
        what, act, detail = step(viewer, draw)
    await viewer.close()
    run.errors += viewer.errors
    run.looks += viewer.looks


async def each_second(run: Run, until: float, work: Callable[[], object]) -> None:
    """Does something once a second, beside everything else; what cannot be done is an error of the run."""
    while time.monotonic() < until:
        pause = asyncio.create_task(asyncio.sleep(1))
        try:
            await asyncio.to_thread(work)
        except (OSError, UserError) as fault:
            run.errors.append(f"beside the viewers: {type(fault).__name__} {fault}")
        await pause


async def load(address: str, pid: int, home: Path, options: argparse.Namespace) -> Run:
    """The viewers, the fits and the measuring, all at once."""
    run, fits, begun = Run(), None if options.no_fits else Fits(home), time.monotonic()
    until = begun + 60 * options.minutes
    work = [
        lambda: run.memory.append((time.monotonic() - begun, memory_mb(pid))),
        lambda: run.requests.append(request(address, "/api/ready")),
    ]
    work += [fits.top_up] if fits else []
    viewers = [visit(run, address, number, begun, until) for number in range(options.viewers)]
    await asyncio.gather(*viewers, *(each_second(run, until, one) for one in work))
    if fits:
        failed = fits.failed()
        run.errors += failed
        run.fits = (
            f"fits: {fits.done()} done, {len(failed)} failed; {100 * fits.busy():.0f} % of the time one ran, two waited"
        )
    return run


def figures(run: Run, options: argparse.Namespace) -> list[Figure]:
    """What is printed."""
    size, waits = f"{options.viewers} viewers, {options.mode}", [one.seconds for one in run.reruns]
    slope, growth = run.growth()
    return [
        Figure("Rerun (median)", size, float(np.median(waits)), "s"),
        Figure("Rerun (95th percentile)", size, p95(waits), "s", P95_S),
        Figure("Rerun (longest)", size, max(waits), "s"),
        Figure("Errors, refusals and lost connections", size, len(run.errors), "", 0),
        Figure("Plain request (95th percentile)", size, p95(run.requests), "s"),
        Figure("Memory of the server at the end", size, run.memory[-1][1], "MB"),
        Figure("Growth of memory after the warm-up", size, slope, "MB/min"),
        Figure("Growth of memory, part of it", size, 100 * growth, "%", 100 * GROWTH),
    ]


def by_page(run: Run) -> str:
    """Median, 95th percentile and longest wait for every page and what was done there, and the longest of all."""
    lines = ["| Page | What | n | p50 s | p95 s | longest s |", "|---|---|---|---|---|---|"]
    for page, what in sorted({(one.page, one.what) for one in run.reruns}):
        waits = [one.seconds for one in run.reruns if (one.page, one.what) == (page, what)]
        row = (page, what, len(waits), *(f"{one:.2f}" for one in (np.median(waits), p95(waits), max(waits))))
        lines.append(f"| {' | '.join(map(str, row))} |")
    slowest = sorted(run.reruns, key=lambda one: -one.seconds)[:12]
    longest = [f"{one.seconds:.2f} s at {one.at:.0f} s: {one.page}, {one.what}: {one.detail}"[:160] for one in slowest]
    return "\n".join([*lines, "", "Longest:", *longest])


def told(run: Run, options: argparse.Namespace) -> bool:
    """Prints everything; whether all gates are met."""
    found = figures(run, options)
    rate = len(run.reruns) / (60 * options.minutes)
    print(f"\n{len(run.reruns)} reruns ({rate:.1f} a second), {run.looks} more by pages that look again by themselves")
    print(run.fits)
    print("\n".join(["", by_page(run), "", *sorted(set(run.errors))[:20], "", markdown(found)]), flush=True)
    return all(one.met != "no" for one in found)


def parser() -> argparse.ArgumentParser:
    """How many viewers of what, for how long."""
    found = argparse.ArgumentParser(description="Many viewers at once while full fits run.")
    found.add_argument("--mode", choices=("presenting", "analyst"), default="presenting")
    found.add_argument("--viewers", type=int, default=25)
    found.add_argument("--minutes", type=float, default=10.0)
    found.add_argument("--no-fits", action="store_true", help="nothing but viewers")
    return found


def main(arguments: list[str] | None = None) -> int:
    """A load run; 0 when every gate is met."""
    options = parser().parse_args(arguments)
    return 0 if told(measured(options, os.environ.get("DYADSCOPE_HOME")), options) else 1


def measure_load(home: Path) -> list[Figure]:
    """What viewers of a presenting instance of a study wait, for the table of the README."""
    options = parser().parse_args(["--minutes", "2"])
    return [one for one in figures(measured(options, str(home)), options) if one.target is not None]


def measured(options: argparse.Namespace, given: str | None) -> Run:
    """A load run on a copy of the study `given`, or of the demo; nothing of it is left, however it ends."""
    with tempfile.TemporaryDirectory(prefix="dyadscope-load-") as folder:
        home, log = study(Path(folder), options.mode, given), Path(folder) / "server.log"
        try:
            with dashboard(home, options.mode, log) as (address, pid):
                run = asyncio.run(load(address, pid, home, options))
            faults = [line for line in log.read_text("utf-8", "replace").splitlines() if " fault " in line]
            return replace(run, errors=run.errors + faults)
        finally:
            with suppress(OSError):
                end_worker(home)


def _end(number: int, _: object) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    for signal_number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, _end)
    sys.exit(main())
