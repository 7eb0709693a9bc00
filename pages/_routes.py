"""Our own addresses beside Streamlit's: `/api/ready` for scripts that wait, and the long name of the first page."""

from functools import lru_cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

from pages import _mode
from pipeline.errors import UserError
from pipeline.steps.open_release import current_release
from pipeline.steps.open_study import current_generation

HERE = Path(__file__).parent
FIRST_PAGE = "overview"


@lru_cache(maxsize=1)
def _router_compiles() -> bool:
    """Whether the router and every page are readable Python."""
    for path in HERE.glob("*.py"):
        try:
            compile(path.read_text(encoding="utf-8"), str(path), "exec")
        except (SyntaxError, OSError):
            return False
    return True


def ready(_: Request) -> JSONResponse:
    """The number of the current generation (null before the first import; when presenting: of the one that was
    released) and whether the pages compile."""
    router, fault, number = _router_compiles(), "", None
    try:
        number = _generation()
    except UserError as error:
        fault = error.message
    fine = router and not fault
    answer = {"ready": fine, "generation": number, "router": "ok" if router else "broken", "fault": fault}
    return JSONResponse(answer, 200 if fine else 503)


def _generation() -> int | None:
    if _mode.mode() == "presenting":
        released = current_release()
        return released.generation if released else None
    current = current_generation()
    return current.number if current else None


def first_page(request: Request) -> RedirectResponse:
    """The first page lives at `/`; its long address leads there with its filters."""
    return RedirectResponse(f"/?{request.url.query}" if request.url.query else "/")


ROUTES = (Route("/api/ready", ready), Route(f"/{FIRST_PAGE}", first_page))
