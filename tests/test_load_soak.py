"""Many people at once for minutes: nobody sees an error or waits long, and the server's memory stays flat."""

import re
import time

import pytest

from benchmarks import load
from tests.serving import served
from tests.test_browser import Visit, chromium  # noqa: F401

VIEWERS, ROUNDS, SLOWEST_MEDIAN_S = 6, 20, 2.0
"""Six Chromium tabs on the same two cores as the server: the browsers take most of the time."""


@pytest.mark.soak
@pytest.mark.browser
def test_six_viewers_change_filters_for_twenty_rounds(chromium, demo_study, tmp_path) -> None:  # noqa: F811
    """Every viewer filters mothers, then all again; each answer shows the right number of observations."""
    with served(demo_study, tmp_path / "server.log") as server:
        viewers = [Visit(chromium) for _ in range(VIEWERS)]
        for viewer, page in zip(viewers, ["", "durations", "timelines"] * VIEWERS, strict=False):
            viewer.go(f"{server.url}/{page}")
        waits = [_change(viewer, number % 2 == 0) for number in range(ROUNDS) for viewer in viewers]
        assert not any(viewer.errors for viewer in viewers)
        assert not any(viewer.page.get_by_text(re.compile("Something went wrong")).count() for viewer in viewers)
        for viewer in viewers:
            viewer.context.close()
    print(f"{len(waits)} changes, median {sorted(waits)[len(waits) // 2]:.2f} s, slowest {max(waits):.2f} s")
    assert sorted(waits)[len(waits) // 2] < SLOWEST_MEDIAN_S
    assert "Traceback" not in (tmp_path / "server.log").read_text()


def _change(viewer: Visit, on: bool) -> float:
    """Seconds until the sidebar counts what the filter leaves."""
    began = time.monotonic()
    viewer.page.get_by_test_id("stSidebar").get_by_role("button", name="Mother", exact=True).click()
    expected = "105 of 142 observations" if on else "142 of 142 observations"
    viewer.page.get_by_text(expected).wait_for(timeout=30_000)
    return time.monotonic() - began


@pytest.mark.soak
@pytest.mark.parametrize(("mode", "viewers"), [("presenting", 25), ("analyst", 8)])
def test_many_viewers_for_ten_minutes_while_fits_run(mode: str, viewers: int, demo_study, monkeypatch) -> None:
    """Each thinks for 3 to 5 seconds; one full fit runs and two wait all the time. Analysts choose among all filters at
    random, so that nearly every answer is computed anew. The gates stand in `benchmarks/load.py`.
    """
    monkeypatch.setenv("DYADSCOPE_HOME", str(demo_study))
    assert load.main(["--mode", mode, "--viewers", str(viewers), "--minutes", "10"]) == 0
