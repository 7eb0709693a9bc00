"""The timeline in a real browser: seeking, playing in step, keys, hostile labels, pictures."""
# ruff: noqa: F811

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest

from tests import timeline_study
from tests.serving import Server, served
from tests.test_browser import Visit, chromium  # noqa: F401
from tests.timeline_study import HOSTILE

pytestmark = pytest.mark.browser
SVG = "{http://www.w3.org/2000/svg}"
TIMES = "films => films.map(film => film.currentTime)"


@pytest.fixture(scope="module")
def server(chromium, tmp_path_factory) -> Iterator[Server]:
    """The dashboard on the drawn study."""
    home = timeline_study.publish(tmp_path_factory.mktemp("timelines"))
    with served(home, tmp_path_factory.mktemp("log") / "server.log") as running:
        yield running


@pytest.fixture(scope="module")
def visit(chromium, server: Server) -> Iterator[Visit]:
    """One tab for all tests of this file."""
    opened = Visit(chromium)
    opened.go(f"{server.url}/timelines").locator(".lane").first.wait_for()
    yield opened
    opened.context.close()


@pytest.fixture
def page(visit: Visit):
    """The first observation (T1) at its start, whole, its lanes drawn and its three videos open."""
    opened = visit.page
    opened.set_viewport_size({"width": 1400, "height": 1200})
    opened.mouse.move(1, 1)
    if opened.locator(".film").count() != 3:
        show(opened, "T1")
        opened.locator(".film").nth(2).wait_for()
    opened.locator(".axis").focus()
    opened.keyboard.press("Home")
    opened.keyboard.press("0")
    settled(opened, 0.0)
    return opened


def films(page) -> list[float]:
    """Video times in seconds, in the order of the views."""
    return page.locator(".film video").evaluate_all(TIMES)


def seconds(page) -> float:
    """The time in the toolbar, in seconds."""
    minutes, rest = page.locator(".time").inner_text().split(" / ")[0].split(":")
    return 60 * int(minutes) + float(rest)


def click_at(page, lane: int, second: float) -> None:
    """Clicks into a lane at a moment of the 12 s session."""
    box = page.locator(f".lane[data-lane='{lane}'] .focus").bounding_box()
    page.mouse.click(box["x"] + 2 + (box["width"] - 4) * second / 12, box["y"] + box["height"] / 2)


def settled(page, second: float) -> None:
    """Waits until the first video stands at a moment."""
    page.wait_for_function(
        "s => { const v = document.querySelector('.stBidiComponent [data-testid]').shadowRoot.querySelector('video');"
        " return !v.seeking && v.readyState >= 2 && Math.abs(v.currentTime - s) < 0.05; }",
        arg=second,
    )


def show(page, name: str) -> None:
    """Chooses another observation by typing its name."""
    box = page.get_by_role("combobox", name=re.compile("Observation"))
    box.click()
    box.fill(name)
    page.get_by_role("option", name=re.compile(name)).click()
    page.locator(f".stage svg[aria-label^='{name} ']").wait_for()


def test_a_click_on_a_bar_seeks_every_video_to_its_start(page) -> None:
    """Infant Positive is on from 3 to 7 s: a click at 5 s goes to 3 s; views add their offsets (0, 1.5, -2 s)."""
    click_at(page, 0, 5)
    settled(page, 3.0)
    page.wait_for_timeout(300)
    assert films(page) == pytest.approx([3.0, 4.5, 1.0], abs=0.05)
    assert seconds(page) == 3.0
    line = page.locator(".playhead line").bounding_box()
    lane = page.locator(".lane[data-lane='0'] .focus").bounding_box()
    assert line["x"] + line["width"] / 2 == pytest.approx(lane["x"] + 2 + (lane["width"] - 4) * 3 / 12, abs=3)


def test_the_time_axis_goes_to_any_moment(page) -> None:
    box = page.locator(".axis .scrub").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.375, box["y"] + 10)
    assert seconds(page) == pytest.approx(4.5, abs=0.05)


def test_three_views_play_in_step(page) -> None:
    """From 3 s on for two seconds: every view stays within 0.1 s of its own offset. The playhead follows."""
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    settled(page, 3.0)
    page.keyboard.press(" ")
    apart = []
    for _ in range(10):
        page.wait_for_timeout(200)
        infant, parent, room = films(page)
        apart.append((parent - 1.5 - infant, room + 2.0 - infant))
    assert films(page)[0] > 4
    assert max(abs(gap) for gaps in apart[2:] for gap in gaps) < 0.1, apart
    page.keyboard.press(" ")
    page.wait_for_timeout(300)
    stopped = films(page)
    assert stopped[0] == pytest.approx(seconds(page), abs=0.05)
    page.wait_for_timeout(300)
    assert films(page) == stopped


def test_a_short_or_late_video_says_so(page) -> None:
    """The room camera runs from 2 s to 8 s of the coding."""
    room = page.locator(".film").nth(2)
    room.get_by_text("(ends at 0:08 of 0:12)").wait_for()
    room.get_by_text("This video starts at 0:02.").wait_for()
    click_at(page, 0, 11)
    room.get_by_text("This video ends at 0:08; the coding goes on until 0:12.").wait_for()
    click_at(page, 0, 5)
    page.wait_for_timeout(200)
    assert room.locator(".note").is_hidden()


def test_missing_and_unplayable_videos_are_a_sentence(page) -> None:
    show(page, "T3")
    page.get_by_text("The video gone.webm is not where the study says.").wait_for()
    page.get_by_text("This browser cannot play broken.mp4.").wait_for()


def test_keys(page) -> None:
    """Tab reaches the axis and the lanes; arrows go by a second there, from event to event here; focus is visible."""
    page.locator(".axis").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    assert seconds(page) == 11
    page.keyboard.press("Home")
    page.keyboard.press("Tab")
    assert page.locator(".lane[data-lane='0']").evaluate("lane => lane.matches(':focus-visible')")
    assert page.locator(".lane[data-lane='0'] .focus").evaluate("box => getComputedStyle(box).strokeWidth") == "3px"
    page.keyboard.press("ArrowRight")
    assert seconds(page) == 3
    said = page.locator(".quiet").inner_text()
    assert said.startswith("Positive, Infant · Facial expression")
    assert "0:03.00 to 0:07.00" in said and "4.00 s" in said
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert seconds(page) == 6
    page.keyboard.press("End")
    assert seconds(page) == 12
    page.keyboard.press("p")
    assert seconds(page) == 8
    page.keyboard.press("p")
    assert seconds(page) == 1


def test_hover_tells_code_times_length_and_modifier(page) -> None:
    box = page.locator(".lane[data-lane='0'] .focus").bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 10)
    tip = page.locator(".tip").inner_text()
    assert "Negative (mild|one camera)" in tip and "0:00.00 to 0:03.00" in tip and "3.00 s" in tip


def test_a_bout_in_the_list_is_a_button(page) -> None:
    page.get_by_role("button", name="Go to bout 2 at 0:08.0").click()
    assert seconds(page) == 8


def test_a_hostile_label_stays_text(page, visit: Visit) -> None:
    show(page, "T2")
    page.locator(".legend").get_by_text(HOSTILE, exact=True).wait_for()
    assert page.evaluate("window.__xss") is None
    assert page.locator(".stBidiComponent img").count() == 0
    assert not visit.errors


def test_short_bouts_are_merged_with_a_mark(page) -> None:
    """T5: 40 bouts of 0.05 s, about 3 px each: pieces with a mark; zoomed in to 2 s, all of them are drawn."""
    show(page, "T5")
    lane = page.locator(".lane[data-lane='0']")
    assert lane.locator(".mark").count() > 5
    box = lane.locator(".focus").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    assert "short bouts (zoom in to see them)" in page.locator(".tip").inner_text()
    for _ in range(3):
        page.get_by_role("button", name="Zoom in").click()
    assert lane.locator(".mark").count() == 0


def test_the_exported_picture_stands_alone(page, tmp_path) -> None:
    """An SVG on white with title, finding, lanes, legend and origin; as text, whatever the labels are."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save SVG").click()
    file = tmp_path / "lanes.svg"
    waiting.value.save_as(file)
    root = ElementTree.parse(file).getroot()
    texts = {node.text for node in root.iter(f"{SVG}text")}
    assert {"T1 · Mother · Feeding", "Both negative: 4.0 s of 12 s, in 2 bouts", "Infant", "Face not visible"} <= texts
    assert any(text and "Timeline study · generation 1 · synthetic data · filters: none" in text for text in texts)
    paper = root.find(f"{SVG}rect")
    assert paper.get("fill") == "#ffffff" and paper.get("width") == root.get("width")
    assert "var(--" not in file.read_text(encoding="utf-8")


def test_the_exported_png(page, tmp_path) -> None:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save PNG").click()
    file = tmp_path / "lanes.png"
    waiting.value.save_as(file)
    content = file.read_bytes()
    assert content.startswith(b"\x89PNG") and int.from_bytes(content[16:20], "big") == 2800
