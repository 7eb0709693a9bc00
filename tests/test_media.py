"""The road of the videos: signed links, ranges, refusals. Raw ASGI calls; no server, no browser."""

import asyncio
import logging
import time
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette

from pages import _access, _media
from pipeline.steps.people import LOCAL, Person

APP = Starlette(routes=list(_media.ROUTES))
CONTENT = bytes(range(256)) * 40  # 10,240 bytes


@pytest.fixture
def clip(tmp_path):
    """A file that calls itself a video."""
    path = tmp_path / "F007-M-feeding.webm"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A study folder of one's own: what is shown leaves a line there."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    return tmp_path


def ask(
    link: str, method: str = "GET", person: Person | None = LOCAL, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request of a person the gate let in; None: it let in nobody."""
    parts = urlsplit(link)
    sent: list[dict] = []
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "path": parts.path, "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(), "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        _access.SCOPE: person,
    }  # fmt: skip

    async def receive():
        await asyncio.Event().wait()  # the browser stays and sends nothing more

    async def send(message):
        sent.append(message)

    asyncio.run(APP(scope, receive, send))
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    return start["status"], {k.decode().lower(): v.decode() for k, v in start["headers"]}, body


def link_to(path, **keywords) -> str:
    return _media.address(1, "F007-M-feeding", "room", path, **keywords)


def test_the_whole_file(clip):
    status, headers, body = ask(link_to(clip))
    assert (status, body) == (200, CONTENT)
    assert headers["content-type"] == "video/webm"
    assert headers["content-length"] == "10240"
    assert headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("asked", "piece", "told"),
    [
        ("bytes=0-", CONTENT, "bytes 0-10239/10240"),
        ("bytes=0-0", CONTENT[:1], "bytes 0-0/10240"),
        ("bytes=100-299", CONTENT[100:300], "bytes 100-299/10240"),
        ("bytes=10000-99999", CONTENT[10000:], "bytes 10000-10239/10240"),
        ("bytes=-100", CONTENT[-100:], "bytes 10140-10239/10240"),
        ("bytes=-99999", CONTENT, "bytes 0-10239/10240"),
    ],
)
def test_a_range(clip, asked, piece, told):
    status, headers, body = ask(link_to(clip), range=asked)
    assert (status, body, headers["content-range"]) == (206, piece, told)
    assert headers["content-length"] == str(len(piece))


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=9-3", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=1-2-3"])
def test_a_range_outside_the_file(clip, asked):
    status, headers, body = ask(link_to(clip), range=asked)
    assert (status, headers["content-range"], body) == (416, "bytes */10240", b"")


def test_several_ranges_or_another_unit_give_the_whole_file(clip):
    assert ask(link_to(clip), range="bytes=0-1,5-6")[::2] == (200, CONTENT)
    assert ask(link_to(clip), range="lines=0-1")[::2] == (200, CONTENT)


def test_head_answers_without_a_body(clip):
    status, headers, body = ask(link_to(clip), method="HEAD")
    assert (status, headers["content-length"], body) == (200, "10240", b"")
    assert ask(link_to(clip), method="POST")[0] == 405


@settings(max_examples=50)
@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 256))
def test_ranges_equal_python_slices(first, last, size):
    """Second road: the bytes of a range are the slice [first : last + 1] of the file."""
    content = CONTENT[:size]
    found = _media.byte_range(f"bytes={first}-{last}", size)
    expected = content[first : last + 1]
    assert (content[slice(*found)] if found else b"") == expected
    tail = _media.byte_range(f"bytes=-{last}", size)
    assert (content[slice(*tail)] if tail else b"") == (content[-last:] if last else b"")


def test_a_changed_link_is_refused(clip):
    """Neither another time, nor another name, nor another or missing seal."""
    link = link_to(clip)
    path, query = link.split("?")
    until, seal = (part.split("=")[1] for part in query.split("&"))
    later = f"{path}?until={int(until) + 900}&seal={seal}"
    other = f"/film/{'0' * 32}?until={until}&seal={seal}"
    bare = [f"{path}?{query}" for query in ("", f"until={until}", f"until={until}&seal=", "until=x&seal=y")]
    for forged in (later, other, *bare, f"{path}?until={until}&seal=%C3%A9"):
        assert ask(forged)[0] == 403, forged


def test_a_link_expires(clip):
    """An old link says so (410) and can be told from a forged one: the page then asks for a new one."""
    assert ask(link_to(clip, now=time.time() - 10 * _media.LIVES_S))[0] == 410
    fresh = link_to(clip)
    assert 0 < int(fresh.split("until=")[1].split("&")[0]) - time.time() <= 2 * _media.LIVES_S
    assert link_to(clip, now=1000.0) == link_to(clip, now=1001.0) != link_to(clip, now=1000.0 + _media.LIVES_S)


def test_only_rows_of_the_media_table_can_be_asked_for(clip, tmp_path):
    """A name that no row has: sealed by hand, it is still nothing. A file that is no video is never served."""
    name, until = "f" * 32, int(time.time()) + 60
    assert ask(f"/film/{name}?until={until}&seal={_media._seal(name, until)}")[0] == 404
    for suffix in ("../../etc/passwd", "%2e%2e%2fapp.py", f"..{clip}"):
        assert ask(f"/film/{suffix}")[0] in (403, 404)
    secret = tmp_path / "scores.csv"
    secret.write_text("EPDS\n29\n", encoding="utf-8")
    assert ask(link_to(secret))[0] == 404
    clip.unlink()
    assert ask(link_to(clip))[0] == 404


def test_nothing_of_a_family_is_in_the_link_or_the_log(clip, caplog):
    with caplog.at_level(logging.INFO, logger="dyadscope.film"):
        link = link_to(clip)
        ask(link)
    assert len(caplog.records) == 1
    for text in (link, caplog.text):
        assert "F007" not in text and "webm" not in text and "feeding" not in text


def test_presenting_mode_shows_no_video(clip, monkeypatch):
    link = link_to(clip)
    monkeypatch.setenv("DYADSCOPE_MODE", "presenting")
    status, _, body = ask(link)
    assert status == 403 and body.startswith(b"This clip is not shown: there is no permission record for it.")


def test_the_list_of_known_files_has_an_end(clip, monkeypatch):
    """The oldest row is forgotten first: a server that runs for weeks does not grow."""
    monkeypatch.setattr(_media, "REMEMBERED", 2)
    old = link_to(clip)
    for number in range(2):
        _media.address(number, "another", "room", clip)
    assert ask(old)[0] == 404
    assert ask(link_to(clip))[0] == 200
