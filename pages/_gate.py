"""The ASGI middleware around everything: our own host names only, nobody without a key, security headers."""

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages import _access

HOSTS = ("localhost", "127.0.0.1")
"""The names this dashboard answers to where server.allowedHosts says nothing."""

POLICY = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
PROGRAM_FILES = "/static/"
"""Streamlit's own scripts, named by their content: the only answers a browser may keep."""
HEALTH = "/_stcore/health"
"""Says "ok" and nothing else, to anybody: service managers ask here."""
BEFORE_SIGN_IN = re.compile(
    r"/|/[a-z_]{1,40}|/oauth2callback|/auth/(login|logout)|/_stcore/(stream|host-config)|/static/.*|/favicon\.png"
)
"""What signing in needs: the empty page, its program and its WebSocket, whose script asks again who is there."""
CLOSED = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Dyadscope</title>
<body style="font: 18px/1.5 system-ui, sans-serif; max-width: 34em; margin: 4em auto; padding: 0 1em">
<h1 style="font-size: 1.5em">This dashboard is closed</h1>
<p>Open it with the link that was printed in the terminal where it was started; the link changes with every start.</p>
<p>If this browser was let in before, <a href="">try again</a>.</p></body></html>"""
SIGN_IN = "Sign in first: open the first page of this dashboard."


class Gate:
    """Wraps the dashboard; every request and every WebSocket passes here first."""

    def __init__(self, app: ASGIApp, door: _access.Door | None = None) -> None:
        self.app = app
        self.door = door or _access.door()
        self.hosts = tuple(st.get_option("server.allowedHosts")) or HOSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on with the person who asks, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host = Headers(scope=scope).get("host", "")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and known_host(host, self.hosts):
                program = scope["path"].startswith(PROGRAM_FILES) and message["status"] < 400
                _protect(MutableHeaders(scope=message), host, program)
            await send(message)

        answer = self._answer(scope, host)
        if answer is None:
            await self.app(scope, receive, with_headers)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await answer(scope, receive, with_headers)

    def _answer(self, scope: Scope, host: str) -> Response | None:
        """What is said instead of passing it on; None passes it on."""
        if not known_host(host, self.hosts):
            return PlainTextResponse("This dashboard answers to its own names only.", 403)
        port = (scope.get("server") or ("", 0))[1]
        scope[_access.SCOPE] = _access.who_asks(scope, self.door, port)
        if scope[_access.SCOPE] is not None or (scope["type"] == "http" and scope["path"] == HEALTH):
            return self._without_token(scope, port)
        if self.door.login:
            return None if BEFORE_SIGN_IN.fullmatch(scope["path"]) else PlainTextResponse(SIGN_IN, 403)
        return self._without_token(scope, port) or HTMLResponse(CLOSED, 403)

    def _without_token(self, scope: Scope, port: int) -> Response | None:
        """For an address with a token: the same address without it, and a cookie in its place where it was right."""
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in asked if name == "token"]
        right = bool(tokens) and _access.right(self.door.token, tokens[0])
        if self.door.login or scope.get("method") != "GET" or not (right or (tokens and scope[_access.SCOPE])):
            return None
        rest = urlencode([pair for pair in asked if pair[0] != "token"])
        path = "/" + quote(scope["path"].lstrip("/\\"), safe="/")
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        if right:
            name, kept = _access.cookie_name(port), _access.cookie_value(self.door.token)
            answer.set_cookie(name, kept, httponly=True, samesite="strict", secure=scope["scheme"] == "https")
        return answer


def known_host(host: str, hosts: tuple[str, ...] = HOSTS) -> bool:
    """Whether a Host header is one of ours, whatever the port."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname in hosts and (parts.port or 80) > 0 and parts.netloc == host and "@" not in host
    except ValueError:
        return False


def _protect(headers: MutableHeaders, host: str, program: bool) -> None:
    headers["Content-Security-Policy"] = "; ".join((*POLICY, f"connect-src 'self' ws://{host} wss://{host}"))
    for name, value in HEADERS.items():
        headers[name] = value
    if not program:
        headers["Cache-Control"] = "no-store"
