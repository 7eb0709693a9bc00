"""What a person waits for: a real server and a real browser, from click to drawn."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.figures import Figure, p95
from pages import _access

ROOT = Path(__file__).parents[1]
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
CLICKS = ("Father", "Mother", "Father", "Mother", "Female", "Male", "Female", "Male", "Feeding", "Stacking") * 2
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
TIMEOUT_MS = 60_000
PAUSE_MS = 300
TOKEN = "the-launch-token-of-the-benchmark"
WATCH = (ROOT / "benchmarks" / "watch.js").read_text(encoding="utf-8")


def measure_browser(home: Path, size: str, targets: tuple[float, float, float]) -> list[Figure]:
    """First paint, timeline page and filter change on the durations page; `targets` in seconds, in this order."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        print("No chromium was found: the browser figures are left out.")
        return []
    with server(home) as url, sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=chromium, args=["--disable-dev-shm-usage"])
        warm = new_page(browser, url)
        opened(warm, url)  # imports, caches
        paint, complete = first_paint(browser, url)
        timeline = timeline_page(browser, url)
        numbers, still = filter_changes(browser, url)
        browser.close()
    return [
        Figure("First paint of the page", size, paint, "s", targets[0]),
        Figure("Overview complete (first visit of a browser)", size, complete, "s"),
        Figure("Timeline page, from click to lanes", size, timeline, "s", targets[1]),
        Figure(
            "Filter change, durations page, click to new chart and numbers (p95)", size, p95(numbers), "s", targets[2]
        ),
        Figure("Filter change, durations page, click to last table (p95)", size, p95(still), "s"),
    ]


@contextmanager
def server(home: Path) -> Iterator[str]:
    """The dashboard on a free port of this computer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    environment = os.environ | {"DYADSCOPE_HOME": str(home), "DYADSCOPE_TOKEN": TOKEN}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, **quiet)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/_stcore/health")
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(url, timeout=1)
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit("the dashboard did not start within 30 s")


def new_page(browser, url: str):
    """A tab of a browser that was never here, and holds the cookie of the launch token."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    name, value = _access.cookie_name(int(url.rsplit(":", 1)[1])), _access.cookie_value(TOKEN)
    context.add_cookies([{"name": name, "value": value, "url": url}])
    return context.new_page()


def opened(page, url: str) -> float:
    """Seconds until a page stands still."""
    begin = time.perf_counter()
    page.goto(url)
    page.wait_for_selector("h1", timeout=TIMEOUT_MS)
    page.wait_for_selector(IDLE, timeout=TIMEOUT_MS, state="attached")
    return time.perf_counter() - begin


def first_paint(browser, url: str) -> tuple[float, float]:
    """First contentful paint and the complete overview, in seconds, of a browser that was never here."""
    page = new_page(browser, url)
    complete = opened(page, url)
    return page.evaluate(FIRST_PAINT) / 1000, complete


def timeline_page(browser, url: str) -> float:
    """Seconds from a click on Timelines to drawn lanes, median of three."""
    times = []
    for _ in range(3):
        page = new_page(browser, url)
        opened(page, url)
        begin = time.perf_counter()
        page.get_by_role("link", name="Timelines").click()
        page.wait_for_selector("svg g.lane", timeout=TIMEOUT_MS, state="attached")
        times.append(time.perf_counter() - begin)
    return sorted(times)[1]


def filter_changes(browser, url: str) -> tuple[list[float], list[float]]:
    """Seconds from a click on a filter of the durations page to new numbers, and to a page that stands still."""
    page = new_page(browser, url)
    opened(page, f"{url}/durations")
    page.get_by_text("Means over").first.wait_for(timeout=TIMEOUT_MS)
    page.evaluate(WATCH)
    numbers, still = [], []
    for name in CLICKS:
        page.get_by_test_id("stSidebar").get_by_role("button", name=name, exact=True).first.click()
        page.wait_for_function("window.seen.still > window.seen.click", timeout=TIMEOUT_MS)
        page.wait_for_timeout(PAUSE_MS)
        seen = page.evaluate("window.seen")
        numbers.append((seen["numbers"] - seen["click"]) / 1000)
        still.append((seen["still"] - seen["click"]) / 1000)
    return numbers, still
