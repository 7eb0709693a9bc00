"""Videos of families: our own address under the gate, with signed links that expire, for those who may see them.

A link is `/film/<name>?until=<seconds>&seal=<signature>`. The name is an opaque digest of a row of the media table,
known only after the timelines page has shown that row; a path never comes from the browser, and no id is in an address
or a log. Who was shown what is a line of the access log, with a digest in the place of the recording. In presenting
mode a clip needs a permission record, which is read again with every request.
"""

import hashlib
import hmac
import logging
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from pages import _access, _mode
from pipeline.errors import UserError
from pipeline.steps import access_log, permissions
from pipeline.steps.access_log import Entry
from pipeline.steps.people import LOCAL, Person, may
from pipeline.steps.permissions import Permission

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
_LOCK = Lock()
_SERVED = 0


@dataclass(frozen=True)
class Clip:
    """A video that may be asked for: its file, what stands for it in the access log, and its permission record."""

    path: Path
    digest: str
    generation: int | None = None
    permission: Permission | None = None


_FILES: OrderedDict[str, Clip] = OrderedDict()
_TOLD: OrderedDict[tuple[str, str, str], None] = OrderedDict()
"""Links (name, end) and people whose first request has its line in the access log: a video is asked for in pieces."""


def address(generation: int, observation: str, view: str, path: Path, now: float | None = None) -> str:
    """A link to the video of one row of the media table; the same link within one period of LIVES_S."""
    name = _digest(f"name\x00{generation}\x00{observation}\x00{view}\x00{path}")[:32]
    return _link(name, Clip(path, access_log.digest_here(observation), generation), now)


def clip_address(permission: Permission, now: float | None = None) -> str:
    """A link to the clip of a permission record, the only ones that are shown in presenting mode."""
    path = permissions.clip_file(permission)
    name = _digest(f"clip\x00{permission.model_dump_json()}\x00{path}")[:32]
    return _link(name, Clip(path, permissions.clip_digest(permission), permission=permission), now)


def _link(name: str, clip: Clip, now: float | None) -> str:
    with _LOCK:
        _FILES[name] = clip
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
    clip = _FILES.get(request.path_params["name"])
    try:
        size = clip.path.stat().st_size if clip is not None and playable(clip.path) and clip.path.is_file() else None
    except OSError:
        size = None
    if size is None:
        return PlainTextResponse("This video is not there.", 404)
    if (unfit := _unfit(clip, request)) is not None:
        return unfit
    _count()
    return _answer(request, clip.path, size)


def _refusal(request: Request) -> Response | None:
    person = request.scope.get(_access.SCOPE)
    if person is None or not may(person.role, _access.needed()):
        return PlainTextResponse("Videos are for people who may analyse this study.", 403)
    name, until = request.path_params["name"], request.query_params.get("until", "")
    if not re.fullmatch(r"[0-9]{1,12}", until):
        return PlainTextResponse("This link is not valid.", 403)
    if not hmac.compare_digest(_seal(name, int(until)).encode(), request.query_params.get("seal", "").encode()):
        return PlainTextResponse("This link is not valid.", 403)
    return PlainTextResponse("This link has expired.", 410) if int(until) < time.time() else None


def _unfit(clip: Clip, request: Request) -> Response | None:
    """Why a clip is not shown after all: no permission that holds, or no line in the access log."""
    person: Person = request.scope[_access.SCOPE]
    try:
        if clip.permission is not None:
            permissions.check(clip.permission)
        elif _mode.mode() == "presenting":
            raise permissions.NotPermitted(permissions.NONE)
        _tell(clip, person, request)
    except UserError as refusal:
        return PlainTextResponse(refusal.message, 403)
    except OSError:
        if person.who != LOCAL.who:
            return PlainTextResponse("Not shown, because the access log cannot be written.", 503)
    return None


def _tell(clip: Clip, person: Person, request: Request) -> None:
    """One line in the access log for each person and link."""
    key = (request.path_params["name"], request.query_params.get("until", ""), person.who)
    with _LOCK:
        if key in _TOLD:
            return
    access_log.append(Entry(person.who, "film", _mode.mode(), generation=clip.generation, digest=clip.digest))
    with _LOCK:
        _TOLD[key] = None
        while len(_TOLD) > REMEMBERED:
            _TOLD.popitem(last=False)


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
