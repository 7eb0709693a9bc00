"""The door: a launch token on one's own computer, a sign-in on a shared one. Nobody else gets anything but "ok"."""

import asyncio
import json
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from streamlit import auth_util
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web.server.starlette import starlette_auth_routes

from pages import _access, _gate, _mode, _start
from pipeline.errors import StudyError
from tests.asking import PORT, Answer, ask
from tests.identity_provider import CLIENT, provided
from tests.serving import TOKEN

BY_TOKEN = _access.Door(TOKEN, given=True, login=False)
BY_SIGN_IN = _access.Door(TOKEN, given=True, login=True)
PLACES = (
    "/", "/data", "/timelines?role=Father", "/api/ready", "/film/a?until=1&seal=b", "/media/abc.csv", "/static/js/a.js",
    "/_stcore/host-config", "/_stcore/metrics", "/_stcore/healthx", "/_stcore/health/x", "/auth/login",
    "/oauth2callback", "/_stcore/upload_file/a/b", "/component/x/y", "/favicon.png", "/no/such/place",
)  # fmt: skip
DATA = tuple(place for place in PLACES if place.count("/") > 1 and not place.startswith(("/static", "/auth")))


def inside(door: _access.Door) -> Starlette:
    """An application behind the gate that tells everybody who the gate says they are."""

    async def whoever(request) -> JSONResponse:
        person = request.scope[_access.SCOPE]
        return JSONResponse([person.who, person.role] if person else None)

    async def talk(socket) -> None:
        await socket.accept()

    routes = [WebSocketRoute("/_stcore/stream", talk), Route("/{path:path}", whoever, methods=["GET", "PUT", "POST"])]
    return Starlette(routes=routes, middleware=[Middleware(_gate.Gate, door=door)])


def kept(answer: Answer) -> str:
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


# ---- the launch token -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_without_the_token_everything_is_closed(place: str) -> None:
    answer = ask(inside(BY_TOKEN), place)
    assert answer.status == 403 and "This dashboard is closed" in answer.body and TOKEN not in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert ask(inside(BY_TOKEN), place, method="PUT").status == 403


def test_the_websocket_is_closed_too() -> None:
    app = inside(BY_TOKEN)
    assert ask(app, "/_stcore/stream", "websocket").status == 403
    wrong = f"{_access.cookie_name(PORT)}={_access.cookie_value('another token')}"
    assert ask(app, "/_stcore/stream", "websocket", cookie=wrong).status == 403
    assert ask(app, f"/_stcore/stream?token={TOKEN}", "websocket").status == 403, "a token in the address is for pages"
    assert ask(app, "/_stcore/stream", "websocket", cookie=kept(ask(app, f"/?token={TOKEN}"))).status == 101


def test_only_the_health_word_is_open() -> None:
    assert ask(inside(BY_TOKEN), "/_stcore/health").status == 200
    assert ask(inside(BY_SIGN_IN), "/_stcore/health").status == 200
    assert ask(inside(BY_TOKEN), "/_stcore/health", host="evil.example").status == 403


def test_the_link_gives_a_cookie_and_the_token_leaves_the_address() -> None:
    app = inside(BY_TOKEN)
    answer = ask(app, f"/durations?role=Father&token={TOKEN}&score.EPDS=3")
    assert (answer.status, answer.headers["location"]) == (303, "/durations?role=Father&score.EPDS=3")
    said = answer.headers["set-cookie"]
    assert all(word in said for word in ("HttpOnly", "SameSite=strict", "Path=/")) and "Max-Age" not in said
    assert "Secure" not in said and TOKEN not in said
    assert "Secure" in ask(app, f"https://localhost/?token={TOKEN}").headers["set-cookie"]
    again = ask(app, "/durations", cookie=kept(answer))
    assert (again.status, json.loads(again.body)) == (200, ["local", "analyst"])
    old = ask(app, "/data?token=of-yesterday", cookie=kept(answer))
    assert (old.status, old.headers["location"]) == (303, "/data") and not old.cookies


@pytest.mark.parametrize("said", ["", "x", TOKEN[:-1], TOKEN + "x", TOKEN.upper(), "%C3%A9", "%00"])
def test_a_wrong_token_opens_nothing(said: str) -> None:
    answer = ask(inside(BY_TOKEN), f"/?token={said}")
    assert answer.status == 403 and not answer.cookies
    assert ask(inside(BY_TOKEN), "/", authorization=f"Bearer {said}").status == 403
    assert ask(inside(BY_TOKEN), "/", cookie=f"{_access.cookie_name(PORT)}={said}").status == 403


def test_the_cookie_belongs_to_one_port_and_is_not_the_token() -> None:
    value = _access.cookie_value(TOKEN)
    assert ask(inside(BY_TOKEN), "/", cookie=f"{_access.cookie_name(PORT + 1)}={value}").status == 403
    assert ask(inside(BY_TOKEN), "/", authorization=f"Bearer {value}").status == 403
    assert ask(inside(BY_TOKEN), f"/?token={value}").status == 403
    assert ask(inside(BY_TOKEN), "/", cookie=f"{_access.cookie_name(PORT)}={TOKEN}").status == 403


def test_scripts_say_the_token_in_a_header() -> None:
    assert ask(inside(BY_TOKEN), "/api/ready", authorization=f"Bearer {TOKEN}").status == 200
    assert ask(inside(BY_TOKEN), "/api/ready", authorization=f"Basic {TOKEN}").status == 403


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "///evil.example/x", "/%5Cevil.example"])
def test_the_road_on_never_leads_to_another_host(path: str) -> None:
    road = _gate.Gate(inside(BY_TOKEN), BY_TOKEN)
    scope = {"type": "http", "method": "GET", "path": path, "query_string": f"token={TOKEN}".encode(), "scheme": "http"}
    answer = road._answer(scope | {"headers": [(b"host", b"localhost")], "server": ("127.0.0.1", PORT)}, "localhost")
    assert answer.headers["location"].startswith("/") and answer.headers["location"][1] not in "/\\"


def test_the_door_is_decided_once_and_refuses_a_token_that_can_be_guessed(monkeypatch) -> None:
    monkeypatch.setattr(auth_util, "get_secrets_auth_section", dict)
    _access.door.cache_clear()
    monkeypatch.setenv("DYADSCOPE_TOKEN", "short")
    with pytest.raises(StudyError, match="a token needs 20 letters"):
        _access.door()
    monkeypatch.delenv("DYADSCOPE_TOKEN")
    made = _access.door()
    assert len(made.token) >= 40 and not made.given and not made.login
    monkeypatch.setenv("DYADSCOPE_TOKEN", TOKEN)
    assert _access.door() is made
    _access.door.cache_clear()
    assert _access.door() == _access.Door(TOKEN, True, False)
    _access.door.cache_clear()


def test_the_terminal_says_the_link_and_a_file_does_not_get_a_given_token() -> None:
    assert f"http://localhost:8501/?token={TOKEN}\n" in _access.link(BY_TOKEN, 8501, terminal=True)
    assert TOKEN not in _access.link(BY_TOKEN, 8501, terminal=False)
    assert TOKEN in _access.link(_access.Door(TOKEN, False, False), 8501, terminal=False)
    assert TOKEN not in _access.link(BY_SIGN_IN, 8501, terminal=True)


def test_the_names_of_the_host_are_those_of_the_server(monkeypatch) -> None:
    """One list for both: server.allowedHosts, which a deployment sets in the environment."""
    monkeypatch.setattr(_gate.st, "get_option", lambda name: ["dyadscope.example.org"])
    app = inside(BY_TOKEN)
    assert ask(app, "/_stcore/health", host="dyadscope.example.org").status == 200
    for host in ("localhost", "other.example.org", "dyadscope.example.org.evil.example"):
        answer = ask(app, "/_stcore/health", host=host)
        assert answer.status == 403 and "answers to its own names only" in answer.body


# ---- signing in -----------------------------------------------------------------------------------------------------

ME = {"sub": "248289", "email": "Anna@Example.org", "email_verified": True}
LIST = """
[[person]]
email = "anna@example.org"
role = "analyst"

[[person]]
email = "vera@example.org"
role = "viewer"
"""


@pytest.fixture(scope="module")
def provider():
    with provided() as running:
        yield running


@pytest.fixture
def shared(provider, tmp_path, monkeypatch):
    """A study folder with a list of people, and secrets that name the provider."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    (tmp_path / "people.toml").write_text(LIST, encoding="utf-8")
    about = {"server_metadata_url": f"{provider.url}/.well-known/openid-configuration"}
    place = {"redirect_uri": f"http://localhost:{PORT}/oauth2callback", "cookie_secret": "of-the-test-" * 4}
    monkeypatch.setattr(secrets_singleton, "_secrets", {"auth": CLIENT | about | place})
    provider.claims, provider.signing = dict(ME), provider.key
    return tmp_path


def signed_in(app) -> str:
    """The cookies after the whole road: our login address, the provider, and back."""
    start = ask(app, f"/auth/login?provider={auth_util.encode_provider_token('default')}")
    assert start.status == 302
    provider = urlsplit(start.headers["location"])
    connection = HTTPConnection(provider.netloc, timeout=20)
    connection.request("GET", f"{provider.path}?{provider.query}")
    there = connection.getresponse().getheader("location")
    connection.close()
    back = ask(app, there.removeprefix(f"http://localhost:{PORT}"), cookie=kept(start))
    assert (back.status, back.headers["location"]) == (302, "/")
    return kept(back)


def shared_app() -> Starlette:
    """The gate around Streamlit's own sign-in and a place with data."""
    routes = [
        *starlette_auth_routes.create_auth_routes(""),
        Route("/{path:path}", lambda request: PlainTextResponse("data of families")),
    ]
    session = Middleware(SessionMiddleware, secret_key="of-the-test", session_cookie="session")
    return Starlette(routes=routes, middleware=[Middleware(_gate.Gate, door=BY_SIGN_IN), session])


@pytest.mark.parametrize("place", DATA)
def test_strangers_get_the_empty_page_and_nothing_with_data(place: str) -> None:
    app = inside(BY_SIGN_IN)
    allowed = place in ("/_stcore/host-config",)
    assert (ask(app, place).status == 200) == allowed
    assert (ask(app, place, authorization=f"Bearer {TOKEN}").status == 200) == allowed, "no token opens a shared door"
    assert (ask(app, f"{place.split('?')[0]}?token={TOKEN}").status == 200) == allowed


def test_a_person_of_the_list_signs_in(shared) -> None:
    app = shared_app()
    assert ask(app, "/media/abc.csv").status == 403
    answer = ask(app, "/media/abc.csv", cookie=signed_in(app))
    assert (answer.status, answer.body) == (200, "data of families")


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "eve@example.org"},  # not on the list
        {"email_verified": False},  # says so, but nobody checked
        {"email_verified": "true"},  # a word is no proof
        {"email": None},
        {"email": "vera@example.org"},  # on the list as a viewer: this is the analysts' program
    ],
)
def test_other_people_sign_in_and_get_nothing(shared, provider, claims: dict) -> None:
    provider.claims = ME | claims
    app = shared_app()
    assert ask(app, "/media/abc.csv", cookie=signed_in(app)).status == 403


def test_a_viewer_enters_a_presenting_program(shared, provider, monkeypatch) -> None:
    monkeypatch.setattr(_mode, "_fixed", ["presenting"])
    provider.claims = ME | {"email": "vera@example.org"}
    app = shared_app()
    assert ask(app, "/media/abc.csv", cookie=signed_in(app)).status == 200


def test_a_sign_in_ends_with_its_token_and_with_the_list(shared, monkeypatch) -> None:
    """The cookie lives for 30 days; the person's token ended after ten minutes, or the person was struck off."""
    app = shared_app()
    cookie = signed_in(app)
    now = time.time()
    monkeypatch.setattr("pipeline.steps.people.time.time", lambda: now + 601)
    assert ask(app, "/media/abc.csv", cookie=cookie).status == 403
    monkeypatch.setattr("pipeline.steps.people.time.time", lambda: now)
    assert ask(app, "/media/abc.csv", cookie=cookie).status == 200
    (shared / "people.toml").write_text("", encoding="utf-8")
    assert ask(app, "/media/abc.csv", cookie=cookie).status == 403


def test_forged_cookies_and_tokens_of_others_open_nothing(shared, provider) -> None:
    app = shared_app()
    name, value = signed_in(app).split("; ")[0].split("=", 1)
    assert name == "_streamlit_user"
    for wrong in (value[:-1], value[::-1], "", "null", json.dumps(ME | {"is_logged_in": True, "exp": 10**10})):
        assert ask(app, "/media/abc.csv", cookie=f"{name}={wrong}").status == 403
    foreign = signed_in_by_another_key(app, provider)
    assert ask(app, "/media/abc.csv", cookie=foreign).status == 403


def signed_in_by_another_key(app, provider) -> str:
    """The same road, but the identity token carries a signature of somebody else."""
    from joserfc.jwk import RSAKey

    provider.signing = RSAKey.generate_key(2048, parameters={"kid": "test"})
    return signed_in(app)


# ---- the start ------------------------------------------------------------------------------------------------------


def start() -> None:
    """What happens before the first request."""
    asyncio.run(_start.started(None).__aenter__())


def test_a_setting_that_cannot_be_meant_ends_the_start(monkeypatch, capsys) -> None:
    """A misspelt mode must not become the open one."""
    monkeypatch.setattr(_mode, "_fixed", [])
    monkeypatch.setenv("DYADSCOPE_MODE", "presentin")
    with pytest.raises(SystemExit) as end:
        start()
    said = capsys.readouterr()
    assert end.value.code == 1 and not said.out
    assert said.err == "DYADSCOPE_MODE: 'presentin' is not a mode. Choose one of: analyst, presenting.\n"


def test_the_start_fixes_the_mode_and_says_who_may_enter(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(_mode, "_fixed", [])
    monkeypatch.setattr(_access, "door", lambda: BY_SIGN_IN)
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    monkeypatch.setenv("DYADSCOPE_MODE", "presenting")
    start()
    monkeypatch.setenv("DYADSCOPE_MODE", "analyst")
    assert _mode.mode() == "presenting"
    assert capsys.readouterr().out.startswith("people.toml: there is no list of people in the study folder. Nobody may")
