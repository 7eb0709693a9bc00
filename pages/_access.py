"""Who may pass: the launch token of the person who started the program, or people who sign in on a shared server.

Which of the two is fixed when the program starts: with a section [auth] in the secrets everybody signs in, and no
token opens anything; without it the token is the only key. There is no third way.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from starlette.requests import HTTPConnection
from starlette.types import Scope
from streamlit import auth_util

from pages import _mode
from pipeline.errors import StudyError
from pipeline.steps.people import LOCAL, NotAdmitted, Person, Role, admitted, may

VARIABLE = "DYADSCOPE_TOKEN"
SCOPE = "dyadscope.person"
"""Under this name the gate tells our own routes who is asking."""
LEAST = re.compile(r"[A-Za-z0-9_-]{20,200}")


@dataclass(frozen=True)
class Door:
    """How one enters: by launch token (given by the environment, or made now) or by signing in."""

    token: str
    given: bool
    login: bool


@cache
def door() -> Door:
    """The door of this program, decided once; StudyError for a token that could be guessed."""
    given = os.environ.get(VARIABLE, "")
    if given and not LEAST.fullmatch(given):
        raise StudyError(f"{VARIABLE}: a token needs 20 letters, digits, - or _ and more. Choose a longer one.")
    return Door(given or secrets.token_urlsafe(32), bool(given), bool(auth_util.get_secrets_auth_section()))


def needed() -> Role:
    """The role that opens anything at all here: everybody on the list may look at what is presented."""
    return "viewer" if _mode.mode() == "presenting" else "analyst"


def cookie_name(port: int) -> str:
    """Browsers do not keep ports apart: two dashboards on one computer need two names."""
    return f"dyadscope_{port}"


def cookie_value(token: str) -> str:
    """What the browser keeps: it opens the door, and does not tell the token."""
    return hmac.new(token.encode(), b"cookie", hashlib.sha256).hexdigest()


def right(token: str, said: str) -> bool:
    """Whether someone said the token; takes as long for a near miss as for a far one."""
    return hmac.compare_digest(said.encode(), token.encode())


def who_asks(scope: Scope, door: Door, port: int) -> Person | None:
    """The person behind a request or WebSocket, None for a stranger."""
    asked = HTTPConnection(scope)
    if door.login:
        return person(signed_claims(asked.cookies))
    kept = asked.cookies.get(cookie_name(port), "")
    scheme, _, said = asked.headers.get("authorization", "").partition(" ")
    known = right(cookie_value(door.token), kept) or (scheme.lower() == "bearer" and right(door.token, said))
    return LOCAL if known else None


def person(claims: Mapping[str, object]) -> Person | None:
    """The person whose claims these are, if they may enter this program."""
    try:
        found = admitted(claims)
    except NotAdmitted:
        return None
    return found if may(found.role, needed()) else None


def signed_claims(cookies: Mapping[str, str]) -> dict[str, object]:
    """What the identity provider said of a person, out of Streamlit's signed cookie; {} for none or a forged one."""
    from streamlit.web.server.starlette import starlette_websocket as reading
    from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

    origin = auth_util.get_origin_from_redirect_uri()
    content = reading._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    return reading._parse_decoded_user_cookie(content, origin) if content and origin else {}


def link(door: Door, port: int, terminal: bool) -> str:
    """What the terminal says once, at the start. A token of the environment is not written into a file."""
    address = f"http://localhost:{port}/"
    if door.login:
        return f"Dyadscope runs; people sign in (behind the reverse proxy; here: {address})."
    token = door.token if terminal or not door.given else f"(the value of {VARIABLE})"
    return f"Dyadscope runs. Open this link, it is yours alone:\n\n    {address}?token={token}\n"
