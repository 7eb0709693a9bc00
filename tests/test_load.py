"""Several people at once, without browsers: everybody gets the page and the numbers asked for, and nobody an error."""

import asyncio
import re
from dataclasses import dataclass, field

import pytest
from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.load import Rerun, Run, parser, told
from benchmarks.load_server import TOKEN, dashboard
from benchmarks.load_viewer import Viewer
from benchmarks.load_widgets import Widget

PLANS = {
    "Mother": ("durations", "timelines", "data"),
    "Father": ("timelines", "data", "durations"),
    "": ("data", "durations", "timelines"),
}
"""Caregiver a viewer filters for -> pages it goes through."""
KINDS = ("Free play", "Still face", "Home headcam", "Still face", "Free play")
LINKS = (
    ("Agreement", "score.SAPAS=4.0&score.SAPAS=8.0&agree_who=Second+caregiver"),
    ("Dynamics", "dyn_with=Age+of+the+caregiver&activity=Feeding&dyn_contingent_number=Odds+ratio"),
    ("Dynamics", "dyn_split=Social+Support%3A+social+support+%28thirds%29"),
    ("Models", "score.EPDS=0.0&score.EPDS=15.0&double=true&outcome=Smile+phases"),
)
"""Page, and what broke it: nothing to compare, a number that is in the table anyway, a score or outcome nobody has."""
NUMBERS = {"Mother": "105", "Father": "37", "": "142"}
"""Caregiver -> observations of the demo that are left of its 142 at home."""


@dataclass
class Seen:
    """What one viewer got: (asked page, title, observations in the sidebar) of every rerun, and all errors."""

    pages: list[tuple[str, str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def seen(demo_study, tmp_path_factory) -> dict[str, Seen]:
    """Five viewers at the same time on one server: three go through pages, one through kinds of recording, one opens
    links.
    """
    log = tmp_path_factory.mktemp("load") / "server.log"
    with dashboard(demo_study, "analyst", log) as (address, _):
        found = asyncio.run(_everybody(address))
    assert "fault" not in log.read_text()
    return found


async def _everybody(address: str) -> dict[str, Seen]:
    walks = [_walk(address, role) for role in PLANS]
    found = await asyncio.wait_for(asyncio.gather(*walks, _kinds(address), _links(address)), 120)
    return dict(zip((*PLANS, "kinds", "links"), found, strict=True))


async def _walk(address: str, role: str) -> Seen:
    """Filters, then goes from page to page."""
    viewer, seen = Viewer(address, TOKEN), Seen()
    await viewer.open()
    if role:
        await viewer.set(_named(viewer, "Caregiver"), ("string_array_value", (role,)))
    for page in PLANS[role]:
        await viewer.go(page)
        seen.pages.append((page, viewer.title, _observations(viewer)))
    await viewer.close()
    return Seen(seen.pages, viewer.errors)


async def _kinds(address: str) -> Seen:
    """Opens a page by its address, then one kind of recording after the other."""
    viewer, seen = Viewer(address, TOKEN), Seen()
    await viewer.open("data")
    for kind in KINDS:
        await viewer.set(_named(viewer, "Kind of recording"), ("string_value", kind))
        seen.pages.append((kind, viewer.title, viewer.query))
    await viewer.close()
    return Seen(seen.pages, viewer.errors)


async def _links(address: str) -> Seen:
    """Opens one link after the other, each in a tab of its own."""
    pages, errors = [], []
    for page, link in LINKS:
        viewer = Viewer(address, TOKEN)
        viewer.query = link
        await viewer.open(page.lower())
        pages.append((page, viewer.title, ""))
        await viewer.close()
        errors += viewer.errors
    return Seen(pages, errors)


def _named(viewer: Viewer, label: str) -> Widget:
    return next(one for one in viewer.widgets.values() if one.label == label)


def _observations(viewer: Viewer) -> str:
    """How many the sidebar says are left of the 142, and how many most pages say they are about."""
    found = re.findall(r"\*\*(\d+)\*\* of 142 observations|, (\d+) observations\.", "\n".join(viewer.words))
    return " and ".join(sorted({sidebar or page for sidebar, page in found}))


@pytest.mark.parametrize("role", PLANS)
def test_everybody_gets_the_pages_and_numbers_asked_for(seen, role) -> None:
    """Also while others ask for other pages with other filters at the same time."""
    assert not seen[role].errors
    assert seen[role].pages == [(page, page.title(), NUMBERS[role]) for page in PLANS[role]]


def test_a_kind_of_recording_begins_without_the_limits_of_the_last(seen) -> None:
    """Sliders have other limits for every kind: none breaks, and none goes on narrowing."""
    assert not seen["kinds"].errors
    links = {"Free play": "protocol=Free+play", "Still face": "protocol=Still+face", "Home headcam": ""}
    assert seen["kinds"].pages == [(kind, "Data", links[kind]) for kind in KINDS]


def test_links_of_odd_choices_open_pages(seen) -> None:
    assert not seen["links"].errors
    assert seen["links"].pages == [(page, page, "") for page, _ in LINKS]


def _delta(**element: object) -> ForwardMsg:
    return ForwardMsg(delta={"new_element": element})


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (_delta(alert={"body": "Something went wrong", "format": Alert.ERROR}), "Something went wrong"),
        (_delta(exception={"type": "ValueError", "message": "no"}), "ValueError no"),
        (ForwardMsg(page_not_found={"page_name": "nowhere"}), "page not found: nowhere"),
        (ForwardMsg(script_finished=ForwardMsg.FINISHED_WITH_COMPILE_ERROR), "does not compile"),
        (_delta(alert={"body": "A hint", "format": Alert.INFO}), ""),
        (_delta(markdown={"body": "Words"}), ""),
    ],
)
def test_what_a_reader_would_see_as_an_error_is_one(message: ForwardMsg, said: str) -> None:
    viewer = Viewer("http://127.0.0.1:1", "")
    viewer._hear(message)
    assert bool(viewer.errors) == bool(said) and said in "".join(viewer.errors)


def _run(waits: list[float], growth: float = 0.0, errors: tuple[str, ...] = ()) -> Run:
    """A minute of a run: memory climbs to 400 MB while it warms up, and grows by a part of that afterwards."""
    memory = [(float(at), 400 * (min(1, at / 20) + growth * max(0, at - 24) / 36)) for at in range(61)]
    return Run([Rerun("choice", "data", "", 0, one) for one in waits], list(errors), [0.01], memory)


@pytest.mark.parametrize(
    ("run", "passes"),
    [
        (_run([0.2] * 100), True),
        (_run([0.2] * 96 + [3.0] * 4), True),
        (_run([0.2] * 90 + [1.1] * 10), False),
        (_run([0.2] * 100, errors=("data: Something went wrong",)), False),
        (_run([0.2] * 100, growth=0.05), True),
        (_run([0.2] * 100, growth=0.2), False),
    ],
)
def test_the_gates(run: Run, passes: bool, capsys) -> None:
    """A p95 over 1 s, one error, or memory that goes on growing after the warm-up ends the run with a no."""
    assert told(run, parser().parse_args(["--minutes", "1"])) == passes
    assert "| Rerun (95th percentile) |" in capsys.readouterr().out


def test_growth_is_counted_after_the_warm_up() -> None:
    slope, part = _run([0.2], growth=0.2).growth()
    assert slope == pytest.approx(400 * 0.2 / 36 * 60, rel=1e-6) and part == pytest.approx(0.2, rel=1e-6)
