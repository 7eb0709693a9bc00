"""The smiles page in a real browser: the list zooms, a curve is a place to click, everything follows one clock."""
# ruff: noqa: F811

from collections.abc import Iterator

import pytest

from tests.conftest import once
from tests.serving import served
from tests.test_browser import Visit, chromium  # noqa: F401
from tests.test_smiles_page import publish

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory) -> Iterator:
    """The first recording (O1, 8 s, a smile from 2 to 4 s) with its lanes drawn."""
    home = once(tmp_path_factory, "smiles_page", publish) / "home"
    with served(home, tmp_path_factory.mktemp("log") / "server.log") as server:
        visit = Visit(chromium)
        visit.go(f"{server.url}/smiles").locator(".lane.curve").nth(1).wait_for()
        yield visit.page
        visit.context.close()


def seconds(page) -> float:
    """The time in the toolbar, in seconds."""
    minutes, rest = page.locator(".time").inner_text().split(" / ")[0].split(":")
    return 60 * int(minutes) + float(rest)


def test_the_list_goes_to_an_episode_and_shows_it_alone(page):
    page.locator(".places button").first.click()
    assert seconds(page) == 2.0
    ticks = page.locator(".axis text").all_inner_texts()
    assert "0:00" not in ticks and len(ticks) > 3  # from half a second on
    page.locator(".places button").nth(1).click()
    assert seconds(page) == 5.6
    page.keyboard.press("p")
    assert seconds(page) == 2.0
    page.keyboard.press("0")
    assert seconds(page) == 2.0


def test_a_click_on_a_curve_goes_there_and_the_pointer_says_its_value(page):
    page.locator(".axis").focus()
    page.keyboard.press("0")
    box = page.locator(".lane.curve .focus").first.bounding_box()
    x = box["x"] + 2 + (box["width"] - 4) * 2.8 / 8  # 2.8 s: in the apex
    page.mouse.click(x, box["y"] + box["height"] / 2)
    assert seconds(page) == pytest.approx(2.8, abs=0.03)
    tip = page.locator(".tip").inner_text()
    assert tip.startswith("1.57 IR") and tip.endswith("Apex")  # 47 px from the nostril, of 30 px at rest
    line = page.locator(".playhead line").bounding_box()
    assert line["x"] + line["width"] / 2 == pytest.approx(x, abs=3)
    second = page.locator(".lane.curve .focus").nth(1).bounding_box()
    page.mouse.move(x, second["y"] + second["height"] / 2)
    assert page.locator(".tip").inner_text().startswith("2.50 of 5")


def test_curves_are_broken_where_nothing_is_known_and_phases_lie_behind_them(page):
    page.locator(".axis").focus()
    page.keyboard.press("0")
    radius = page.locator(".lane.curve").first
    assert radius.locator(".shade").count() == 3 + 2 + 1  # phases, speech, frames that are not sure
    drawn = radius.locator("path").first.get_attribute("d")
    assert drawn.count("M") == 1 and drawn.count("L") > 100
    assert page.locator(".lane.curve").nth(1).locator(".shade").count() == 3
