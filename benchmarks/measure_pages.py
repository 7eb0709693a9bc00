"""How long the server needs for a page after a filter changed: the pages run in this process, without a browser."""

import itertools
import logging
import os
import time
from pathlib import Path

from benchmarks.figures import Figure, p95

ROOT = Path(__file__).parents[1]
PAGES = ("overview", "timelines", "durations", "data")
FILTERS = {
    "role": ((), ("Mother",), ("Father",)),
    "child_sex": ((), ("Female",), ("Male",)),
    "activity": ((), ("Feeding",), ("Stacking",), ("Feeding", "Stacking")),
}


def measure_pages(home: Path, size: str) -> list[Figure]:
    """Median and 95th percentile of a rerun per page over selections that were never asked for before (nothing
    cached).
    """
    os.environ["DYADSCOPE_HOME"] = str(home)
    logging.disable(logging.WARNING)  # pages without a browser warn about it at every step
    figures = []
    for page in PAGES:
        seconds = [1000 * each for each in filter_changes(page)]
        figures.append(Figure(f"Filter change, {page} page, server alone (95th percentile)", size, p95(seconds), "ms"))
    return figures


def filter_changes(page: str) -> list[float]:
    """Seconds of each rerun after a change of the filters on an open page."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=300).run()
    app.switch_page(f"{page}.py").run()
    times = []
    for choices in list(itertools.product(*FILTERS.values()))[1:]:
        for key, chosen in zip(FILTERS, choices, strict=True):
            app.session_state[key] = list(chosen)
        begin = time.perf_counter()
        app.run()
        times.append(time.perf_counter() - begin)
        if app.exception:
            raise SystemExit(f"{page}: {app.exception[0].message}")
    return times
