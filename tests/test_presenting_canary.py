"""Canaries in a presenting instance: strange ids, names and scores of one family, looked for in all that leaves it.

The family, its people, recording, coder, files and consent have one odd stem in their names; one score and two ages are
odd numbers. Nothing of it may be in a frame of the WebSocket, an address, a header, the page, a download, a log or a
temporary file, as text, as bytes of a number, packed or encoded.
"""
# ruff: noqa: F811

import base64
import binascii
import io
import json
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection
from pathlib import Path
from types import ModuleType
from unittest.mock import patch
from urllib.parse import unquote

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from db import release_file
from pipeline.errors import UserError
from pipeline.steps import permissions, release_templates, release_views_durations, release_views_overview
from pipeline.steps.access_log import FILE
from pipeline.steps.open_release import Release, current_release, open_release
from pipeline.steps.release_study import make_release
from tests import studies
from tests.hostile_study import HOSTILE
from tests.release_parts import CANARY, CANARY_SCORE, text_of
from tests.serving import Server, cookie, served
from tests.test_browser import FOOT, chromium  # noqa: F401

FAMILIES = 18
STEM = "4711zq"
NUMBERS = (CANARY_SCORE, 6.8214375, 31.6214375)
"""The score of the family, the age of its infant (months) and of its caregiver (years)."""
TITLE = "Playing with blocks"
MOST_DEEP = 3


# ---- the search -----------------------------------------------------------------------------------------------------


def unpacked(content: bytes, depth: int = 0) -> Iterator[bytes]:
    """The bytes, what is in an archive or a stream of a PDF, what is in base64, and addresses in plain letters."""
    yield content
    if depth == MOST_DEEP:
        return
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from unpacked(name.encode() + b"\n" + archive.read(name), depth + 1)
    for found in re.findall(rb"[A-Za-z0-9+/]{11,}={0,2}", content.replace(rb"\u003d", b"=")):
        with suppress(binascii.Error, ValueError):
            yield from unpacked(base64.b64decode(found + b"=" * (-len(found) % 4)), depth + 1)
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(stream)
    if b"%" in content:
        yield unquote(content.decode("utf-8", "replace")).encode()


def traces(words: tuple[str, ...], numbers: tuple[float, ...] = ()) -> list[bytes]:
    """What a word or a number looks like in a message: UTF-8 and UTF-16, digits, bytes of 8 and of 4."""
    found = [one.encode(code) for one in words for code in ("utf-8", "utf-16-le")]
    found += [f"{number:.7g}"[:-1].encode() for number in numbers]
    return found + [kind(number).tobytes() for number in numbers for kind in (np.float64, np.float32)]


def hits(content: bytes | str, known: list[bytes]) -> list[bytes]:
    """The traces that are in a piece of content."""
    whole = content.encode() if isinstance(content, str) else content
    parts = [part.lower() for part in unpacked(whole)]
    return [trace for trace in known if any(trace.lower() in part for part in parts)]


LOOKED_FOR = traces((STEM, CANARY), NUMBERS)


@pytest.mark.parametrize(
    "carrier",
    [
        f"a sentence about family-{STEM}",
        f"a sentence about FAMILY-{STEM.upper()}",
        f'{{"text": "{base64.b64encode(b"padding " + STEM.encode()).decode()}"}}',
        f"/file?name=%34711{STEM[4:]}",
        str(CANARY_SCORE),
        np.arange(3.0).tobytes() + np.float64(CANARY_SCORE).tobytes(),
        b"\x0a\x03" + np.float32(CANARY_SCORE).tobytes(),
        b'{"bdata":"' + base64.b64encode(np.array([1.0, CANARY_SCORE])) + b'","dtype":"f8"}',
        b'{"bdata":"' + base64.b64encode(np.array([CANARY_SCORE])).replace(b"=", rb"\u003d") + b'"}',
    ],
)
def test_the_search_finds_what_was_planted(carrier: bytes | str) -> None:
    """As text, in base64, in an address, as numbers of 8 and 4 bytes, and as plotly writes arrays."""
    assert hits(carrier, LOOKED_FOR)


def test_the_search_looks_into_word_files_and_finds_nothing_where_nothing_is() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", f"<w:t>{STEM}</w:t>")
    assert STEM.encode() not in packed.getvalue() and hits(packed.getvalue(), LOOKED_FOR)
    assert not hits(np.arange(400.0).tobytes() + b"Age 6.8, EPDS 29", LOOKED_FOR)


# ---- the study ------------------------------------------------------------------------------------------------------


def planted(rare: bool = False) -> dict[str, pd.DataFrame]:
    """Some families; the first is the canary, with `rare` the only one with its camera, visit, activity, role and
    income. Another camera has a picture and a script in its name."""
    with patch.object(studies, "OBSERVATIONS", text_of(FAMILIES)):
        content = studies.tables()
    names = {CANARY: "family", f"{CANARY}-M": "dyad", f"{CANARY}-i": "infant", f"{CANARY}-M-c": "caregiver"}
    names |= {"O01": "observation", "anna": "coder"}
    words = {old: f"{new}-{STEM}" for old, new in names.items()}
    content = {name: frame.replace(words) for name, frame in content.items()}
    dyad, observation, own = content["dyad"], content["observation"], words["O01"]
    dyad["caregiver_age_years"] = [NUMBERS[2], *np.linspace(20, 40, len(dyad) - 1)]
    mine = observation["observation_id"] == own
    observation["camera"] = np.where(np.arange(len(observation)) % 3 == 1, f"new {HOSTILE}", "old")
    observation.loc[mine, "infant_age_months"] = NUMBERS[1]
    if rare:
        observation.loc[mine, ["camera", "visit", "activity"]] = [
            f"{one}-{STEM}" for one in ("camera", "visit", "play")
        ]
        dyad.loc[0, "role"] = f"role-{STEM}"
        income = content["observation_variable"]
        income.loc[(income["observation_id"] == own) & (income["name"] == "income"), "text"] = f"income-{STEM}"
    content["media"] = pd.DataFrame({"observation_id": [own], "view": "room", "path": f"film-{STEM}.webm"})
    content["media"]["offset_ms"] = 0
    content["issue"] = pd.DataFrame(
        {"generation": [1], "kind": "unknown code", "severity": "warning", "file": f"coded-{STEM}.csv", "line": 7}
    ).assign(observation_id=own, detail=f"score {CANARY_SCORE} of {words[CANARY]}", action="kept", source_id=1, count=1)
    return content


def released(folder: Path, content: dict[str, pd.DataFrame], *pages: ModuleType) -> Path:
    """The study and its release of these pages."""
    studies.publish(folder, content)
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DYADSCOPE_HOME", str(folder))
        patched.setattr(release_templates, "PAGES", pages)
        make_release(folder, 5)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """The study, released, with a clip whose permission record names the family."""
    folder = released(tmp_path_factory.mktemp("canary"), planted(), release_views_overview, release_views_durations)
    (folder / f"clip-{STEM}.webm").write_bytes(b"film")
    given, until = date.today() - timedelta(days=9), date.today() + timedelta(days=9)
    (folder / permissions.FILE).write_text(
        f'[[permission]]\ndyad = "dyad-{STEM}"\nclip = "clip-{STEM}.webm"\ntitle = "{TITLE}"\n'
        f'consent = "the mother of {STEM}"\ngiven = {given}\nuntil = {until}\n',
        encoding="utf-8",
    )
    return folder


def test_no_canary_is_in_the_file_of_the_release(home: Path) -> None:
    content = current_release(home).file.read_bytes()
    assert hits(content, traces(("Hand study", "Infant's sex"))), "the search reads what is there"
    assert not hits(content, LOOKED_FOR)


@pytest.fixture(scope="module")
def opened(home: Path) -> Iterator[Release]:
    release = open_release(current_release(home))
    yield release
    release.connection.close()


def test_a_release_opens_no_other_file_and_takes_no_other_settings(home: Path, opened: Release, tmp_path: Path) -> None:
    """By a path, by .., by a link inside of the study folder, from another host; nor is anything written."""
    (tmp_path / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    (home / "link.csv").symlink_to(tmp_path / "secret.csv")
    reader = opened.connection.cursor()
    places = (tmp_path / "secret.csv", home / "link.csv", home / "released" / ".." / "link.csv", "http://127.0.0.1/a")
    reads = [f"SELECT * FROM read_csv('{place}')" for place in places] + [f"SELECT * FROM glob('{home}/*')"]
    published = next((home / "published").glob("*.duckdb"))
    writes = [f"COPY view TO '{tmp_path}/out.csv'", "DELETE FROM view", f"ATTACH '{published}'", "INSTALL httpfs"]
    for statement in (*reads, *writes):
        with pytest.raises(duckdb.Error):
            reader.execute(statement)
    with pytest.raises(duckdb.Error, match="the configuration has been locked"):
        reader.execute("SET enable_external_access = true")
    (home / "link.csv").unlink()


NAMES = st.text(max_size=40) | st.sampled_from(['"; DROP TABLE view; --', "view; SELECT 1", "A", "a\n", "../a", "é"])


@settings(max_examples=50)
@given(name=NAMES)
def test_no_name_of_a_view_asks_the_database_for_more(opened: Release, name: str) -> None:
    """A name that is none is refused before any SQL; one that no view has finds no table."""
    with pytest.raises(UserError):
        opened.view(name)
    with pytest.raises((ValueError, duckdb.CatalogException)) as refusal:
        release_file.frame(opened.connection.cursor(), name)
    assert (refusal.type is ValueError) == (re.fullmatch("[a-z][a-z0-9_]*", name, re.ASCII) is None)


@pytest.mark.soak
@pytest.mark.parametrize("collected", [False, True])
def test_the_name_of_what_one_family_alone_has_is_not_in_the_file(tmp_path: Path, collected: bool) -> None:
    """What is merged with others has another name, and its own role and visit have no row; also where no levels were
    declared and the import made their list of the answers."""
    content = planted(rare=True)
    if collected:
        answers = content["observation_variable"].loc[lambda one: one["name"] == "income", "text"]
        content["variable"].loc[lambda one: one["name"] == "income", "levels"] = json.dumps(sorted(set(answers)))
    folder = released(tmp_path, content, release_views_overview)
    found = current_release(folder).file.read_bytes()
    assert hits(found, traces((" or other",))) and not hits(found, LOOKED_FOR)


# ---- the instance ---------------------------------------------------------------------------------------------------


@dataclass
class Heard:
    """All that left the instance, by where it was heard."""

    pieces: dict[str, list[bytes]] = field(default_factory=dict)

    def note(self, where: str, content: bytes | str | None) -> None:
        """Keeps a piece."""
        if content:
            self.pieces.setdefault(where, []).append(content if isinstance(content, bytes) else content.encode())

    def listen(self, page) -> None:
        """Keeps every message, address, header and answer of a tab, and what its console says."""
        page.on("websocket", self._socket)
        page.on("request", lambda one: (self.note("address", one.url), self.note("header", json.dumps(one.headers))))
        page.on("response", lambda one: self.note("header", json.dumps(one.headers)))
        page.on("console", lambda one: self.note("console", one.text))

    def _socket(self, socket) -> None:
        self.note("address", socket.url)
        socket.on("framesent", lambda payload: self.note("frame sent", payload))
        socket.on("framereceived", lambda payload: self.note("frame", payload))

    def ask_again(self, context) -> None:
        """Keeps what every address that is not the program's own answers."""
        for url in dict.fromkeys(self.pieces["address"]):
            if url.startswith(b"http") and b"/static/" not in url:
                self.note("answer", context.request.get(url.decode()).body())

    def seen(self, page) -> None:
        """Keeps the page as it is now."""
        self.note("page", page.content())
        self.note("page", page.inner_text("body"))

    def with_canary(self, known: list[bytes]) -> list[tuple[str, bytes]]:
        """Where traces were heard."""
        return [(where, one) for where, every in self.pieces.items() for one in hits(b"\n".join(every), known)]


def settle(page) -> None:
    """Waits until no run of the script is under way."""
    page.get_by_text(FOOT).wait_for(timeout=30_000)
    page.wait_for_timeout(150)
    page.locator("[data-testid=stStatusWidget]").wait_for(state="hidden", timeout=30_000)
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=30_000)


def open_at(page, address: str, heard: Heard) -> None:
    page.goto(address)
    settle(page)
    heard.seen(page)


def take_away(page, heard: Heard) -> list[str]:
    """Opens the button of the view and keeps every file; returns their names."""
    page.get_by_role("button", name="Take away").click()
    page.get_by_text("Caption", exact=True).wait_for(timeout=30_000)
    settle(page)
    names = []
    for label in ("CSV", "Word", "SVG", "PDF"):
        button = page.get_by_role("button", name=label, exact=True)
        if not button.count():
            continue
        with page.expect_download(timeout=30_000) as waited:
            button.click()
        names.append(waited.value.suggested_filename)
        heard.note("download", waited.value.suggested_filename)
        heard.note("download", Path(waited.value.path()).read_bytes())
    page.keyboard.press("Escape")
    return names


def walk(page, url: str, heard: Heard) -> list[str]:
    """A table, another filter, a figure with its table and its files, on and back, the clips; names of the files."""
    open_at(page, url, heard)
    files = take_away(page, heard)
    page.get_by_role("combobox").last.click()
    page.get_by_role("option").nth(2).click()
    page.get_by_text("only").first.wait_for(timeout=20_000)
    settle(page)
    heard.seen(page)
    page.get_by_role("button", name="Next").click()
    settle(page)
    page.get_by_role("button", name="Previous").click()
    settle(page)
    heard.seen(page)
    open_at(page, f"{url}/durations", heard)
    page.get_by_text("Table", exact=True).click()
    files += take_away(page, heard)
    heard.seen(page)
    open_at(page, f"{url}/clips", heard)
    return files


@dataclass(frozen=True)
class Walked:
    """What one walk left behind: all that was heard, names of files, whether a script ran, answers to requests, and the
    files of the study that the program held open."""

    heard: Heard
    files: list[str]
    script: object
    answers: dict[str, int]
    held: set[str]


def status(server: Server, path: str, method: str = "GET", **headers: str) -> int:
    """The status of one request; of a body only its length is said."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request(method, path, headers=headers)
    found = connection.getresponse().status
    connection.close()
    return found


def uploads(server: Server, heard: Heard, jar: dict[str, str]) -> dict[str, int]:
    """Answers to a file nobody asked for, in the name of the open page."""
    messages = [ForwardMsg.FromString(one) for one in heard.pieces["frame"]]
    session = [one for one in messages if one.HasField("new_session")][-1].new_session.initialize.session_id
    place = f"/_stcore/upload_file/{session}/file"
    cookies = "; ".join(f"{name}={value}" for name, value in jar.items())
    ours = {"Cookie": cookies, "X-Xsrftoken": jar["_streamlit_xsrf"]}
    tokenless = {"Cookie": cookies}
    large = {"Content-Length": str(50 * 1024**2 + 1)}
    return {
        "upload without the key": status(server, place, "PUT"),
        "upload without a token": status(server, place, "PUT", **tokenless),
        "upload for nobody": status(server, place.replace(session, "nobody"), "PUT", **ours),
        "upload too large": status(server, place, "PUT", **ours, **large),
    }


def films(server: Server, heard: Heard, jar: dict[str, str], home: Path) -> dict[str, int]:
    """Answers to the link of the clip, until its record is taken back."""
    frames = b"\n".join(heard.pieces["frame"])
    link = re.findall(rb"/film/[0-9a-f]{32}\?until=[0-9]+&(?:amp;)?seal=[0-9a-f]+", frames)[-1].decode()
    ours = {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())}
    found = {
        "clip": status(server, link, **ours),
        "piece of the clip": status(server, link, Range="bytes=0-1", **ours),
        "clip without the key": status(server, link),
        "forged clip": status(server, f"{link[:-4]}0000", **ours),
    }
    (home / permissions.FILE).write_text("", encoding="utf-8")
    return found | {"clip without a record": status(server, link, **ours)}


def held_open(server: Server, home: Path) -> set[str]:
    """Files below the study folder that the program has open, as paths in it."""
    mine = f"--server.port={server.port}".encode()
    folders = [one.parent for one in Path("/proc").glob("[0-9]*/cmdline") if mine in one.read_bytes().split(b"\0")]
    links = [os.readlink(link) for folder in folders for link in (folder / "fd").iterdir()]
    return {link.removeprefix(f"{home}/") for link in links if link.startswith(f"{home}/")}


@pytest.fixture(scope="module")
def walked(home: Path, chromium, tmp_path_factory) -> Walked:
    """One walk through a presenting instance in a real browser; the policy of its headers is switched off."""
    heard, folder = Heard(), tmp_path_factory.mktemp("walked")
    scratch, log = folder / "scratch", folder / "server.log"
    scratch.mkdir()
    with served(home, log, DYADSCOPE_MODE="presenting", TMPDIR=str(scratch)) as server:
        context = chromium.new_context(bypass_csp=True, viewport={"width": 1400, "height": 1000})
        context.add_cookies([cookie(server.url)])
        page = context.new_page()
        heard.listen(page)
        files = walk(page, server.url, heard)
        heard.ask_again(context)
        jar = {one["name"]: one["value"] for one in context.cookies()}
        answers = uploads(server, heard, jar) | films(server, heard, jar, home)
        held, script = held_open(server, home), page.evaluate("window.__xss")
        context.close()
    for where in (log, home / FILE, *scratch.rglob("*")):
        heard.note(f"file {where.name}", where.read_bytes() if where.is_file() else where.name)
    return Walked(heard, files, script, answers, held)


@pytest.mark.browser
def test_no_canary_leaves_a_presenting_instance(walked: Walked) -> None:
    """What is public, as a title or the name of a view, is heard everywhere it should be."""
    heard = walked.heard
    said = {where for where, _ in heard.with_canary(traces(("Infant's sex", TITLE, "durations", "view=")))}
    assert {"frame", "page", "download", "address", f"file {FILE}"} <= said
    assert all(heard.pieces[where] for where in ("frame sent", "header", "answer", "file server.log"))
    assert {Path(name).suffix for name in walked.files} == {".csv", ".docx", ".svg", ".pdf"}
    assert not heard.with_canary(LOOKED_FOR)


@pytest.mark.browser
def test_no_label_asks_another_host_or_runs_a_script(walked: Walked) -> None:
    """A camera of the study is a picture on another host and a script; both are on the screen as letters."""
    assert [where for where, _ in walked.heard.with_canary(traces(("evil.example",))) if where == "page"]
    assert not [
        url for url in walked.heard.pieces["address"] if not re.match(rb"((blob:)?http|ws)://127\.0\.0\.1:", url)
    ]
    assert walked.script is None


@pytest.mark.browser
def test_a_presenting_instance_has_the_release_open_and_no_generation(walked: Walked) -> None:
    assert "released/gen-000001-T5.duckdb" in walked.held
    assert not [name for name in walked.held if name.startswith(("published", "runs", "features"))]


@pytest.mark.browser
def test_what_a_presenting_instance_answers_to_uploads_and_about_clips(walked: Walked) -> None:
    """No page takes files. A clip is shown with the key and its record, whole or in pieces."""
    assert walked.answers == {
        "upload without the key": 403, "upload without a token": 403, "upload for nobody": 400, "upload too large": 413,
        "clip": 200, "piece of the clip": 206, "clip without the key": 403, "forged clip": 403,
        "clip without a record": 403,
    }  # fmt: skip
