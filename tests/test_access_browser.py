"""The door and hostile labels in a real browser: the link, the address after it, strangers, scripts and beacons."""
# ruff: noqa: F811

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.conftest import once
from tests.hostile_study import publish
from tests.serving import Server, served
from tests.test_browser import FOOT, chromium  # noqa: F401

pytestmark = pytest.mark.browser
PAGES = ("", "agreement")
SHOW_PICTURE = """address => new Promise(done => {
    const picture = new Image(); picture.onload = picture.onerror = () => done(true); picture.src = address; })"""


@dataclass(frozen=True)
class Open:
    """A dashboard that made its own token, and the link it printed."""

    server: Server
    link: str
    token: str


@pytest.fixture(scope="module")
def door(chromium, tmp_path_factory) -> Iterator[Open]:
    """The dashboard on the attacked study, started as a person starts it."""
    home, log = once(tmp_path_factory, "hostile_study", publish), tmp_path_factory.mktemp("log") / "server.log"
    with served(home, log, DYADSCOPE_TOKEN=None) as server:
        link = re.search(r"http://localhost:\d+/\?token=([\w-]+)", log.read_text(encoding="utf-8"))
        yield Open(server, link[0], link[1])


def test_the_link_opens_the_dashboard_and_the_token_leaves_the_address(door: Open, chromium) -> None:
    context = chromium.new_context()
    stranger, page = chromium.new_context().new_page(), context.new_page()
    assert stranger.goto(door.link.split("?")[0]).status == 403
    assert stranger.get_by_role("heading").inner_text() == "This dashboard is closed"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{door.link}&role=Mother")
    page.get_by_text(FOOT).wait_for(timeout=30_000)
    page.get_by_text("4 of 5 families").wait_for(timeout=30_000)
    assert page.url == f"{door.link.split('?')[0]}?role=Mother"
    assert sum(door.token in url for url in asked) == 1
    (cookie,) = [one for one in context.cookies() if one["name"].startswith("dyadscope_")]
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict" and cookie["expires"] == -1
    assert "dyadscope_" not in page.evaluate("document.cookie") and door.token not in cookie["value"]
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.evaluate(SHOW_PICTURE, "http://evil.example/beacon.png")
    assert [text for text in refused if "evil.example" in text and "Content Security Policy" in text]
    page.go_back()
    assert door.token not in page.url
    assert stranger.evaluate("fetch('/_stcore/health').then(answer => answer.text())") == "ok"
    assert (
        stranger.evaluate(
            "new Promise(done => { const s = new WebSocket(location.origin.replace('http', 'ws') + '/_stcore/stream');"
            " s.onopen = () => done('open'); s.onerror = () => done('closed'); })"
        )
        == "closed"
    )
    assert door.server.log.read_text(encoding="utf-8").count(door.token) == 1, "printed once, logged never"
    context.close(), stranger.context.close()


def test_no_label_runs_a_script_or_asks_another_host(door: Open, chromium) -> None:
    """With the policy of the headers switched off: nothing but escaping stands in the way."""
    context = chromium.new_context(bypass_csp=True, viewport={"width": 1400, "height": 1000})
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(door.link.replace("?", f"{name}?"))
        page.get_by_text(FOOT).wait_for(timeout=30_000)
        page.get_by_text("evil.example").first.wait_for(timeout=30_000, state="attached")
        page.locator("[data-testid=stStatusWidget]").wait_for(state="hidden", timeout=30_000)
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    page.get_by_role("option").first.wait_for()
    assert page.evaluate("window.__xss") is None
    assert not [url for url in asked if "evil.example" in url]
    page.evaluate(SHOW_PICTURE, "http://evil.example/control.png")
    assert [url for url in asked if "evil.example" in url], "the same tab notices a request to another host"
    context.close()
