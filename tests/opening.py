"""Opens a page of the dashboard without a browser, as a link with choices does."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROUTER = Path(__file__).parents[1] / "pages" / "_router.py"


def opened_page(page: str, home: Path, monkeypatch, query: dict[str, str], timeout_s: float = 60) -> AppTest:
    """The page (name without ending) on a study folder; `query` is what stands in the link."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(str(ROUTER), default_timeout=timeout_s).run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page(f"{page}.py").run()
    assert not app.exception, [one.message for one in app.exception]
    return app
