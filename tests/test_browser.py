"""The dashboard in a real browser: deep links, filters, back button, themes, and nothing that leaves this machine."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from defusedxml import ElementTree

from tests import studies
from tests.serving import Server, cookie, served

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FOOT = "Research use only; not for surveillance or diagnosis."
LINK = "role=Mother&score.EPDS=0&score.EPDS=12&cameras=Two+cameras"
"""Mothers with an EPDS of at most 12 filmed by two cameras: O01, O02, O04 and O08 of the hand study."""


@pytest.fixture(scope="module")
def chromium() -> Iterator:
    """One Chromium for all tests of this file."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium fonts-dejavu-core)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-dev-shm-usage", "--no-sandbox"] + ["--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(chromium, hand_study, tmp_path_factory) -> Iterator[Server]:
    """The dashboard on the hand study."""
    with served(hand_study, tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


class Visit:
    """A tab that keeps what it asked for and what went wrong."""

    def __init__(self, chromium, **options):
        self.context = chromium.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce", **options)
        self.page = self.context.new_page()
        self.asked: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("websocket", lambda socket: self.asked.append(socket.url))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def go(self, address: str):
        """Opens an address and waits until the script has run."""
        self.context.add_cookies([cookie(address)])
        self.page.goto(address)
        self.page.get_by_text(FOOT).wait_for(timeout=30_000)
        self.settle()
        return self.page

    def settle(self) -> None:
        """Waits until no rerun is under way."""
        self.page.wait_for_timeout(300)
        self.page.locator("[data-testid=stStatusWidget]").wait_for(state="hidden", timeout=30_000)
        self.page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=30_000)

    def numbers(self) -> str:
        text = self.page.get_by_test_id("stSidebar").get_by_text(re.compile("of 5 families")).inner_text()
        return re.sub(r"\s+", " ", text)


@pytest.fixture
def visit(chromium) -> Iterator[Visit]:
    opened = Visit(chromium)
    yield opened
    opened.context.close()


@pytest.mark.parametrize(
    ("path", "title"), [("", "Overview"), ("timelines", "Timelines"), ("durations", "Durations"), ("data", "Data")]
)
def test_a_deep_link_with_filters_is_the_first_thing_a_fresh_server_sees(
    path: str, title: str, chromium, visit: Visit, hand_study, tmp_path
) -> None:
    with served(hand_study, tmp_path / "server.log") as fresh:
        page = visit.go(f"{fresh.url}/{path}?{LINK}")
        page.get_by_role("heading", name=title, exact=True, level=1).wait_for(timeout=30_000)
        assert visit.numbers() == "3 of 5 families 3 of 6 dyads 4 of 8 observations"
        assert "role=Mother" in page.url and page.get_by_text("Page not found").count() == 0
        outside = [
            url for url in visit.asked if not re.match(rf"(https?|ws)://127\.0\.0\.1:{fresh.port}/|data:|blob:", url)
        ]
        assert not outside, "a request left this machine"
        assert not visit.errors


def test_filters_change_the_page_and_the_link_and_the_back_button_undoes_them(server: Server, visit: Visit) -> None:
    page = visit.go(f"{server.url}/data")
    assert visit.numbers().startswith("5 of 5 families")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Father", exact=True).click()
    page.get_by_text("2 of 5 families").wait_for(timeout=20_000)
    assert page.url.endswith("/data?role=Father")
    visit.settle()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Durations").click()
    page.get_by_role("heading", name="Durations", level=1).wait_for(timeout=20_000)
    visit.settle()
    assert visit.numbers().startswith("2 of 5 families") and "role=Father" in page.url
    page.go_back()
    page.get_by_role("heading", name="Data", exact=True, level=1).wait_for(timeout=20_000)
    visit.settle()
    page.get_by_role("button", name="Clear all filters").click()
    page.get_by_text("5 of 5 families").wait_for(timeout=20_000)
    visit.settle()
    assert "role" not in page.url


def test_a_family_never_stands_in_the_link(server: Server, visit: Visit) -> None:
    page = visit.go(f"{server.url}/data")
    box = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Family")
    box.scroll_into_view_if_needed()
    visit.settle()
    box.click()
    page.get_by_role("option", name="F2", exact=True).click()
    page.get_by_text("1 of 5 families").wait_for(timeout=20_000)
    assert "F2" not in page.url


def test_the_dark_theme_is_dark_and_readable(server: Server, chromium) -> None:
    visit = Visit(chromium, color_scheme="dark")
    page = visit.go(f"{server.url}/durations")
    style = "element => [getComputedStyle(element).backgroundColor, getComputedStyle(element).color]"
    background, text = page.get_by_test_id("stApp").evaluate(style)
    assert background == "rgb(18, 23, 29)" and text == "rgb(238, 242, 246)"
    page.wait_for_function(
        "() => { const label = document.querySelector('.js-plotly-plot .xtick text');"
        " const parts = label && getComputedStyle(label).fill.match(/\\d+/g);"
        " return parts && parts.every(part => Number(part) > 200) }"
    )
    visit.context.close()


def test_a_figure_leaves_for_print_from_the_dark_theme(server: Server, chromium, hand_study) -> None:
    """As wide as two columns, dark letters on white; what was open stays open, and the log has a line."""
    visit = Visit(chromium, color_scheme="dark")
    page = visit.go(f"{server.url}/overview?panel=Who+has+what")
    page.locator(".st-key-flow_take button").click()
    body = page.get_by_test_id("stPopoverBody")
    with page.expect_download(timeout=20_000) as saved:
        body.get_by_role("button", name="SVG").click()
    drawn = ElementTree.fromstring(Path(saved.value.path()).read_text(encoding="utf-8"))
    name = saved.value.suggested_filename
    assert re.fullmatch(r"overview_who_has_what_generation1_\d{4}-\d\d-\d\d\.svg", name)
    assert float(drawn.get("width")) == pytest.approx(183 / 25.4 * 96, abs=0.5)
    styles = [one.get("style", "") for one in drawn.iter() if str(one.tag).endswith("}text")]
    colours = [re.findall(r"\d+", fill) for fill in re.findall(r"fill: rgb\([\d, ]+", " ".join(styles))]
    assert len(colours) > 5 and max(int(part) for colour in colours for part in colour) < 128
    assert "fill: rgb(255, 255, 255)" in drawn[0].get("style") and "Arial" in "".join(styles)
    visit.settle()
    body.get_by_role("button", name="PNG").wait_for(timeout=5_000)
    written = (hand_study / "access.log.jsonl").read_text(encoding="utf-8").splitlines()
    assert [line for line in written if '"export"' in line and '"who_has_what"' in line]
    visit.context.close()


def test_a_fault_is_a_sentence_and_no_value_reaches_page_or_log(
    visit: Visit, broken_copy, hand_study, tmp_path
) -> None:
    log = tmp_path / "server.log"
    with served(hand_study, log, broken_copy / "app.py", broken_copy) as broken:
        page = visit.go(f"{broken.url}/data")
        page.get_by_text(re.compile(r"Something went wrong here \(reference [0-9A-F]{6}\)")).wait_for(timeout=20_000)
        seen = page.content()
    written = log.read_text(encoding="utf-8")
    assert studies.CANARY not in seen + written and "Traceback" not in seen + written
    assert re.search(r"fault [0-9A-F]{6}: ValueError in data.py, line 1", written)


def test_new_data_appear_without_a_restart(chromium, visit: Visit, tmp_path) -> None:
    home = tmp_path / "study"
    home.mkdir()
    with served(home, tmp_path / "server.log") as empty:
        page = visit.go(empty.url)
        page.get_by_role("heading", name="There is no study here yet").wait_for(timeout=20_000)
        studies.publish(home)
        page.get_by_text("Generation 1 of the data").wait_for(timeout=20_000)
