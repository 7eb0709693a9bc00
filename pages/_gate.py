"""The ASGI middleware around everything: refuses foreign hosts, adds security headers. Access control goes here."""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOSTS = ("localhost", "127.0.0.1")
"""The names this dashboard answers to (the same as server.allowedHosts)."""

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


class Gate:
    """Wraps the dashboard; every request and every WebSocket passes here first."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or refuses it."""
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        host = Headers(scope=scope).get("host", "")
        if not known_host(host):
            return await _refuse(scope, receive, send)

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _protect(MutableHeaders(scope=message), scope["path"], host)
            await send(message)

        await self.app(scope, receive, with_headers)


def known_host(host: str) -> bool:
    """Whether a Host header is one of ours, whatever the port."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname in HOSTS and (parts.port or 80) > 0 and parts.netloc == host and "@" not in host
    except ValueError:
        return False


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await PlainTextResponse("This dashboard answers on this computer only.", 403)(scope, receive, send)


def _protect(headers: MutableHeaders, path: str, host: str) -> None:
    headers["Content-Security-Policy"] = "; ".join((*POLICY, f"connect-src 'self' ws://{host} wss://{host}"))
    for name, value in HEADERS.items():
        headers[name] = value
    if not path.startswith(PROGRAM_FILES):
        headers["Cache-Control"] = "no-store"
