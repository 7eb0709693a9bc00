"""Opens a page of the dashboard without a browser, as a link with choices does."""

from pathlib import Path

from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

ROUTER = Path(__file__).parents[1] / "pages" / "_router.py"


def opened_page(
    page: str, home: Path, monkeypatch, query: dict[str, str], timeout_s: float = 60, **state: object
) -> AppTest:
    """The page (name without ending) on a study folder; `query` is what stands in the link, `state` in the session."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(str(ROUTER), default_timeout=timeout_s)
    app._page_hash = calc_hash(page)  # the first run shows this page: `switch_page` would draw the first one before it
    for key, value in query.items():
        app.query_params[key] = value
    for key, value in state.items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app
