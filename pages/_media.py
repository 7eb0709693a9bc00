"""Videos of families: our own address under the gate, with signed links that expire.

A link is `/film/<name>?until=<seconds>&seal=<signature>`. The name is an opaque digest of a row of the media table,
known only after the timelines page has shown that row; a path never comes from the browser, and no id is in an address
or a log.
"""

import hashlib
import hmac
import logging
import os
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

KINDS = {
    ".webm": "video/webm",
    ".mp4": "video/mp4",
    ".m4v": "video/mp4",
    ".ogv": "video/ogg",
    ".mov": "video/quicktime",
}
"""Files that are served, and what the browser is told they are."""
LIVES_S = 900
"""A link works for at least this long and at most twice as long; within one period it stays the same."""
CHUNK = 256 * 1024
REMEMBERED = 5000

_LOG = logging.getLogger("dyadscope.film")
_KEY = secrets.token_bytes(32)
_FILES: OrderedDict[str, Path] = OrderedDict()
_LOCK = Lock()
_SERVED = 0


def address(generation: int, observation: str, view: str, path: Path, now: float | None = None) -> str:
    """A link to the video of one row of the media table; the same link within one period of LIVES_S."""
    name = _digest(f"name\x00{generation}\x00{observation}\x00{view}\x00{path}")[:32]
    with _LOCK:
        _FILES[name] = path
        _FILES.move_to_end(name)
        while len(_FILES) > REMEMBERED:
            _FILES.popitem(last=False)
    until = (int(now if now is not None else time.time()) // LIVES_S + 2) * LIVES_S
    return f"/film/{name}?until={until}&seal={_seal(name, until)}"


def playable(path: Path) -> bool:
    """Whether the file's name says it is a video that a browser may play."""
    return path.suffix.lower() in KINDS


def film(request: Request) -> Response:
    """The bytes of one video, whole or a range; a sentence and a code for everything else."""
    refusal = _refusal(request)
    if refusal is not None:
        return refusal
    path = _FILES.get(request.path_params["name"])
    try:
        size = path.stat().st_size if path is not None and playable(path) and path.is_file() else None
    except OSError:
        size = None
    if size is None:
        return PlainTextResponse("This video is not there.", 404)
    _count()
    return _answer(request, path, size)


def _refusal(request: Request) -> Response | None:
    if os.environ.get("DYADSCOPE_MODE") == "presenting":
        return PlainTextResponse("Videos are not shown in presenting mode.", 403)
    name, until = request.path_params["name"], request.query_params.get("until", "")
    if not re.fullmatch(r"[0-9]{1,12}", until):
        return PlainTextResponse("This link is not valid.", 403)
    if not hmac.compare_digest(_seal(name, int(until)).encode(), request.query_params.get("seal", "").encode()):
        return PlainTextResponse("This link is not valid.", 403)
    return PlainTextResponse("This link has expired.", 410) if int(until) < time.time() else None


def _answer(request: Request, path: Path, size: int) -> Response:
    headers = {"Accept-Ranges": "bytes", "Content-Type": KINDS[path.suffix.lower()], "Content-Disposition": "inline"}
    asked = request.headers.get("range", "")
    piece = byte_range(asked, size) if asked.lower().startswith("bytes=") else (0, size)
    if piece is None:
        return Response(status_code=416, headers={"Accept-Ranges": "bytes", "Content-Range": f"bytes */{size}"})
    start, stop = piece
    partial = asked.lower().startswith("bytes=") and "," not in asked
    if partial:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    headers["Content-Length"] = str(stop - start)
    body = _bytes(path, start, stop) if request.method == "GET" else iter(())
    return StreamingResponse(body, 206 if partial else 200, headers)


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Half-open byte range of a `bytes=` header; several ranges mean the whole file; None cannot be served (416)."""
    if "," in header:
        return 0, size
    found = re.fullmatch(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", header, re.IGNORECASE)
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    return (start, stop) if start < stop else None


def _bytes(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = stop - start
        while left > 0 and (piece := file.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece


def _digest(text: str) -> str:
    return hmac.new(_KEY, text.encode(), hashlib.sha256).hexdigest()


def _seal(name: str, until: int) -> str:
    return _digest(f"link\x00{name}\x00{until}")


def _count() -> None:
    """One line per answer: that a video was shown, not whose."""
    global _SERVED
    _SERVED += 1
    _LOG.info("film answers so far: %d", _SERVED)


ROUTES = (Route("/film/{name}", film, methods=["GET", "HEAD"]),)
