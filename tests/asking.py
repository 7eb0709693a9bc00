"""Asks an ASGI application directly: no server, no browser."""

import asyncio
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlsplit

PORT = 8501


@dataclass(frozen=True)
class Answer:
    """Status, headers (names small; the last of several), body, and the cookies that were set."""

    status: int
    headers: dict[str, str]
    body: str
    cookies: dict[str, str]


def ask(app, address: str, kind: str = "http", method: str = "GET", **headers: str) -> Answer:
    """One request or WebSocket handshake; `headers` with _ for -. A refused WebSocket is 403, an accepted one 101."""
    parts, sent = urlsplit(address), []
    said = {"host": f"localhost:{PORT}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    scope = {
        "type": kind, "http_version": "1.1", "method": method, "path": parts.path, "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(), "root_path": "", "scheme": parts.scheme or "http",
        "server": ("127.0.0.1", PORT), "client": ("127.0.0.1", 50_000), "subprotocols": [],
        "headers": [(name.encode(), value.encode()) for name, value in said.items()],
    }  # fmt: skip
    if kind == "websocket":
        del scope["method"]
    asyncio.run(app(scope, _receive(kind), _keep(sent)))
    return _answer(sent)


def _receive(kind: str):
    async def receive() -> dict:
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request", "body": b""}

    return receive


def _keep(sent: list[dict]):
    async def send(message: dict) -> None:
        sent.append(message)

    return send


def _answer(sent: list[dict]) -> Answer:
    if sent[0]["type"].startswith("websocket"):
        return Answer(101 if sent[0]["type"] == "websocket.accept" else 403, {}, "", {})
    named = [(name.decode().lower(), value.decode("latin-1")) for name, value in sent[0]["headers"]]
    jar = SimpleCookie()
    for name, value in named:
        if name == "set-cookie":
            jar.load(value)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    cookies = {name: one.value for name, one in jar.items()}
    return Answer(sent[0]["status"], dict(named), body.decode("utf-8", "replace"), cookies)
