"""Every page and every role: who sees what, what is remembered of it, and what no address can change."""

import ast
import json
import os
import re
import time
from pathlib import Path

import pytest
import streamlit
from streamlit import user_info
from streamlit.navigation.page import StreamlitPage
from streamlit.runtime.secrets import secrets_singleton
from streamlit.testing.v1 import AppTest

from pages import _access, _mode, _sign_in
from pages.parts import every_page, record, store
from pipeline.errors import StudyError
from pipeline.selection import Selection
from pipeline.steps.access_log import FILE, digest
from pipeline.steps.people import RANKS, Person
from tests import studies
from tests.opening import ROUTER
from tests.serving import TOKEN
from tests.test_architecture import modules, tree

FOOT = "Research use only; not for surveillance or diagnosis."
LIST = "".join(f'[[person]]\nemail = "{role}@example.org"\nrole = "{role}"\n' for role in RANKS)
NOBODY = {"is_logged_in": False}


def declared() -> dict[str, str]:
    """Page -> the role it needs, as the router's table says, read without running it."""
    table = next(
        node.value
        for node in tree("pages._router").body
        if isinstance(node, ast.Assign) and node.targets[0].id == "PAGES"
    )
    return {name: role for name, _, _, role in ast.literal_eval(table)}


PAGES = declared()


def claims(address: str, **more: object) -> dict[str, object]:
    """What a sign-in carries that is good for ten minutes."""
    until = int(time.time()) + 600
    return {"is_logged_in": True, "email": address, "email_verified": True, "exp": until, "iss": "x", "sub": "1"} | more


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A small published study with a list of people."""
    folder = tmp_path_factory.mktemp("shared")
    studies.publish(folder)
    (folder / "people.toml").write_text(LIST, encoding="utf-8")
    return folder


@pytest.fixture
def shared(home, monkeypatch):
    """The same study on a shared server; the dictionary is what is known of the person, and may be changed."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_access, "door", lambda: _access.Door(TOKEN, True, True))
    known: dict[str, object] = {}
    monkeypatch.setattr(user_info, "_get_user_info", lambda: dict(known))
    (home / FILE).unlink(missing_ok=True)
    return known


def opened(page: str, **query: str) -> AppTest:
    """The page as a link opens it."""
    app = AppTest.from_file(str(ROUTER), default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    return app.switch_page(f"{page}.py").run() if page != "overview" else app


def seen(app: AppTest) -> str:
    """Everything on the page and in the sidebar that is text."""
    parts = [*app.title, *app.markdown, *app.caption, *app.error, *app.info, *app.sidebar.markdown, *app.dataframe]
    return "\n".join(str(getattr(part, "value", "")) for part in parts)


def test_every_page_declares_a_role() -> None:
    """A file in pages/ that the router does not list cannot be opened; each one listed says who may see it."""
    files = {name.split(".")[1] for name in modules() if name.count(".") == 1 and name.startswith("pages.")}
    assert {name for name in files if not name.startswith("_") and name != "parts"} == set(PAGES)
    assert set(PAGES.values()) <= set(RANKS)


def test_nobody_passes_the_gate_for_whom_there_is_no_page(monkeypatch) -> None:
    """What the gate asks for media and downloads is what the pages of this mode ask for."""
    monkeypatch.setattr(_mode, "_fixed", ["analyst"])
    assert _access.needed() == min(PAGES.values(), key=lambda role: RANKS[role])
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    assert _access.needed() == "viewer"


REFUSED = {
    "a stranger": (lambda: NOBODY, "Sign in to see this study."),
    "signed in too long ago": (lambda: claims("analyst@example.org", exp=1_000), "Your sign-in has ended."),
    "not on the list": (lambda: claims("eve@example.org"), "You are signed in, but you are not on the list"),
    "an address nobody checked": (
        lambda: claims("analyst@example.org", email_verified=False), "you are not on the list"
    ),
    "a viewer": (lambda: claims("viewer@example.org"), "Your account is for viewing"),
}  # fmt: skip
"""Asked for when the test begins: a sign-in is good for ten minutes, and a run of all tests may take longer."""


@pytest.mark.parametrize("who", REFUSED)
def test_whoever_may_not_see_a_page_sees_nothing_of_the_study(shared, who: str) -> None:
    """At the address of every page."""
    person, sentence = REFUSED[who]
    shared |= person()
    app = opened("overview")
    for page in PAGES:
        app.switch_page(f"{page}.py").run()
        text = seen(app)
        assert not app.exception and sentence in text and FOOT in text, page
        assert [one.value for one in app.title] == ["Dyadscope"] and not app.dataframe
        assert "families" not in text and "Generation" not in text and "Hand" not in text
        assert [one.label for one in app.button] in (["Sign in"], ["Sign out"])
        assert len(app.sidebar) == 0


def test_an_analyst_of_the_list_opens_every_page(shared, monkeypatch) -> None:
    """The body of each page is replaced by its name: bodies have their own tests."""
    monkeypatch.setattr(StreamlitPage, "run", lambda page: streamlit.title(f"Body of {page.title}"))
    shared |= claims("analyst@example.org")
    app = opened("overview")
    for page in PAGES:
        app.switch_page(f"{page}.py").run()
        text = seen(app)
        assert not app.exception and FOOT in text and "Generation 1 of the data" in text
        assert [one.value for one in app.title] == [f"Body of {page.title()}"]


def test_every_page_asks_for_its_role_itself(home, monkeypatch) -> None:
    """Were the door wrong and let a viewer in, the table of pages would still open none of those for analysts."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_sign_in, "person", lambda: Person("ab", "viewer"))
    app = opened("overview")
    assert [one.value for one in app.error] == ["Your role opens no page here. Ask whoever looks after Dyadscope."]
    assert not app.title and "families" not in seen(app)


def test_who_is_struck_off_the_list_sees_nothing_with_the_next_run(shared, home) -> None:
    """In the same session, with the same cookie; the page's own watch asks every five seconds."""
    shared |= claims("analyst@example.org")
    app = opened("overview")
    assert "Generation 1" in seen(app)
    (home / "people.toml").write_text(LIST.replace("analyst@", "other@"), encoding="utf-8")
    try:
        text = seen(app.run())
    finally:
        (home / "people.toml").write_text(LIST, encoding="utf-8")
    assert "you are not on the list" in text and "Generation 1" not in text


def test_two_people_with_two_roles_share_no_answer(shared) -> None:
    """An analyst's answers are in the cache of the process; a viewer in another session gets none of them."""
    shared |= claims("analyst@example.org")
    assert "5** of 5 families" in seen(opened("overview"))
    shared |= claims("viewer@example.org")
    assert "families" not in seen(opened("overview"))


def test_a_viewer_opens_what_is_presented(shared, monkeypatch) -> None:
    shared |= claims("viewer@example.org")
    with pytest.raises(_sign_in.Unlisted):
        _sign_in._known()
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    assert _sign_in._known().role == "viewer"


def test_the_watch_notices_who_is_gone(shared) -> None:
    shared |= claims("analyst@example.org")
    person = _sign_in._known()
    assert not _sign_in.gone(person) and _sign_in.gone(Person("ab", "viewer"))
    shared["exp"] = 1_000
    assert _sign_in.gone(person)


@pytest.mark.parametrize("gone", [True, False])
def test_the_watch_runs_the_page_again_for_who_is_gone(shared, monkeypatch, gone: bool) -> None:
    reruns: list[None] = []
    monkeypatch.setattr(every_page.st, "fragment", lambda run_every: lambda look: look)
    monkeypatch.setattr(every_page.st, "rerun", lambda: reruns.append(None))
    monkeypatch.setattr(every_page._sign_in, "gone", lambda person: gone)
    every_page.watch(lambda: False, Person("ab", "analyst"))
    assert len(reruns) == gone


def test_on_ones_own_computer_nobody_signs_in(home, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_access, "door", lambda: _access.Door(TOKEN, True, False))
    assert "Generation 1 of the data" in seen(opened("data"))


# ---- what is remembered ---------------------------------------------------------------------------------------------


def written(home: Path) -> list[dict]:
    return [json.loads(line) for line in (home / FILE).read_text(encoding="utf-8").splitlines()]


def test_a_view_is_one_line_however_often_the_script_runs(shared, home) -> None:
    shared |= claims("analyst@example.org")
    app = opened("overview", role="Mother")
    app.run()
    app.switch_page("data.py").run()
    views = [line for line in written(home) if line["what"] == "view"]
    assert [(line["page"], line["generation"]) for line in views] == [("overview", 1), ("data", 1)]
    assert views[0]["filters"] == ["role"] and views[0]["families"] == 4 and views[0]["mode"] == "analyst"
    assert len(views[0]["who"]) == 16 and views[0]["who"] == views[1]["who"]
    text = (home / FILE).read_text(encoding="utf-8")
    assert "example.org" not in text and "Mother" not in text


def test_a_refusal_and_a_recording_leave_a_line_without_a_name(shared, home) -> None:
    shared |= claims("eve@example.org")
    opened("overview")
    shared |= claims("analyst@example.org")
    opened("timelines")
    lines, text = written(home), (home / FILE).read_text(encoding="utf-8")
    assert [line["what"] for line in lines] == ["refused", "view", "view", "recording"]
    assert lines[3]["digest"] == digest(home, "O01") and "O0" not in text and "eve" not in text


def test_a_download_leaves_a_line_when_it_is_asked_for(home, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    (home / FILE).unlink(missing_ok=True)
    monkeypatch.setattr(record.st, "session_state", {record.PAGE: "durations", record.PERSON: Person("ab", "analyst")})
    build = record.export("shares of O1.csv", lambda: b"1,2")
    assert not (home / FILE).exists()
    assert build() == build() == b"1,2"
    first, second = ({name: said for name, said in line.items() if name != "time"} for line in written(home))
    assert first == second and (first["what"], first["page"], first["who"]) == ("export", "durations", "ab")


def test_every_download_is_made_by_the_one_road_that_leaves_a_line() -> None:
    found = 0
    for name in [one for one, path in modules().items() if "download_button" in path.read_text(encoding="utf-8")]:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("download_button"):
                (data,) = [one.value for one in node.keywords if one.arg == "data"]
                assert ast.unparse(data).startswith("record.export("), f"{name} line {node.lineno}"
                found += 1
    assert found >= 2


def test_on_a_shared_server_nothing_is_shown_that_leaves_no_line(shared, home) -> None:
    shared |= claims("analyst@example.org")
    (home / FILE).mkdir()
    try:
        app = opened("overview")
    finally:
        (home / FILE).rmdir()
    assert [one.value for one in app.error] == [record.UNWRITTEN] and not app.title


def test_filters_are_named_and_their_values_are_not() -> None:
    narrowed = Selection(
        choices=(("role", ("mother",)),), ranges=(("score:EPDS", 0, 12),), complete=("score:SAPAS",), families=("F2",)
    )
    assert record.used(narrowed) == ["families", "role", "score:EPDS", "score:SAPAS"]


# ---- the mode -------------------------------------------------------------------------------------------------------


@pytest.fixture
def unfixed(monkeypatch) -> None:
    monkeypatch.setattr(_mode, "_fixed", [])
    monkeypatch.delenv("DYADSCOPE_MODE", raising=False)


def test_the_mode_is_read_once_when_the_program_starts(unfixed, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_MODE", "presenting")
    assert _mode.fix() == "presenting"
    monkeypatch.setenv("DYADSCOPE_MODE", "analyst")
    assert _mode.mode() == _mode.fix() == store.mode() == "presenting"


@pytest.mark.parametrize("word", ["Presenting", "presentin", "viewer", "1"])
def test_a_word_that_is_no_mode_is_refused(unfixed, monkeypatch, word: str) -> None:
    monkeypatch.setenv("DYADSCOPE_MODE", word)
    with pytest.raises(StudyError) as fault:
        _mode.fix()
    assert fault.value.message == f"DYADSCOPE_MODE: '{word}' is not a mode. Choose one of: analyst, presenting."


def test_no_address_and_no_session_changes_the_mode(home, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    app = AppTest.from_file(str(ROUTER), default_timeout=60)
    for name in ("mode", "DYADSCOPE_MODE", "layout", "view"):
        app.query_params[name] = "analyst"
        app.session_state[name] = "analyst"
    app.run()
    assert store.mode() == "presenting" and not app.exception
    assert [one.value for one in app.title] == ["Nothing is released yet"] and "Generation" not in seen(app)


def test_one_module_reads_the_mode_and_none_writes_the_environment_of_it() -> None:
    """The word stands in one file; no page writes into the environment of the program."""
    for name in modules():
        text = modules()[name].read_text(encoding="utf-8")
        assert name == "pages._mode" or not re.search(r"DYADSCOPE_MODE\b", text), name
        if name.startswith("pages.parts") or name == "pages._router":
            assert "os.environ" not in text and "putenv" not in text and "_mode._fixed" not in text, name
    assert os.environ.get("DYADSCOPE_MODE") is None


@pytest.mark.parametrize(
    ("secrets", "labels"),
    [
        ({"client_id": "a", "client_kwargs": {"prompt": "login"}}, ["Sign in"]),
        ({"uni": {"client_id": "a"}, "clinic": {"client_id": "b"}}, ["Sign in with Clinic", "Sign in with Uni"]),
    ],
)
def test_there_is_one_button_for_each_provider(shared, monkeypatch, secrets: dict, labels: list[str]) -> None:
    monkeypatch.setattr(secrets_singleton, "_secrets", {"auth": secrets})
    shared |= NOBODY
    assert [one.label for one in opened("overview").button] == labels
