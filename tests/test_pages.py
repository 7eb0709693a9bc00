"""Every page in every state a reader can bring it to: no study, the demo, one dyad, nothing left, damaged data."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from pages.parts import show
from pipeline.steps.release import ReleaseSpec, release
from tests import studies
from tests.conftest import ROOT

PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py") if not path.stem.startswith("_"))
HEAVY = ("pymc", "torch", "transformers", "arviz", "statsmodels", "cv2", "matplotlib", "nutpie", "sklearn")
FOOT = "Research use only; not for surveillance or diagnosis."


def opened(home: Path, monkeypatch, page: str, state: dict[str, list[str]] | None = None) -> AppTest:
    """The page on a study folder, with filters in the session."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    app.run()
    if page != "overview" and (home / "published").exists():
        app.switch_page(f"{page}.py").run()
    return app


def whole(app: AppTest, caplog) -> None:
    """What holds on every page in every state."""
    assert not app.exception, [one.message for one in app.exception]
    assert FOOT in [one.value for one in app.caption]
    assert "Please replace" not in caplog.text and "Traceback" not in caplog.text


def text_of(app: AppTest) -> str:
    parts = (app.title, app.markdown, app.caption, app.info, app.error, app.warning, app.header, app.subheader)
    return " ".join(one.value for part in parts for one in part)


@pytest.mark.parametrize("page", PAGES)
def test_before_the_first_import(page: str, tmp_path, monkeypatch, caplog) -> None:
    app = opened(tmp_path, monkeypatch, page)
    whole(app, caplog)
    assert app.title[0].value == "There is no study here yet"
    assert [one.value for one in app.code][0] == ".venv/bin/python -m pipeline demo --if-missing"


@pytest.mark.parametrize("page", PAGES)
def test_hand_study(page: str, hand_study, monkeypatch, caplog) -> None:
    app = opened(hand_study, monkeypatch, page)
    whole(app, caplog)
    assert not app.error
    assert any("Synthetic data" in one.value for one in app.main.markdown)
    assert "Hand study" in text_of(app) and "Generation 1" in text_of(app) and "Made by hand" in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_demo(page: str, demo_study, monkeypatch, caplog) -> None:
    app = opened(demo_study, monkeypatch, page)
    whole(app, caplog)
    assert not app.error
    assert "**97** of 97 families" in text_of(app) and "**142** of 142 observations" in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_one_dyad(page: str, hand_study, monkeypatch, caplog) -> None:
    app = opened(hand_study, monkeypatch, page, {"dyad": ["F4-M"]})
    whole(app, caplog)
    assert not app.error
    assert "**1** of 6 dyads" in text_of(app)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "data"])
def test_all_filtered_out(page: str, hand_study, monkeypatch, caplog) -> None:
    app = opened(hand_study, monkeypatch, page, {"family": ["F1"], "dyad": ["F4-M"]})
    whole(app, caplog)
    assert not app.error
    assert "**0** of 8 observations" in text_of(app)
    assert app.info, "an empty page says why and what to do"


@pytest.mark.parametrize("page", PAGES)
def test_kind_of_recording_with_other_activities(page: str, hand_study, monkeypatch, caplog) -> None:
    app = opened(hand_study, monkeypatch, page, {"protocol": "still_face"})
    whole(app, caplog)
    assert not app.error and "**2** of 2 observations" in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_no_internal_name_on_the_screen(page: str, hand_study, monkeypatch) -> None:
    said = text_of(opened(hand_study, monkeypatch, page))
    for name in ("caregiver1", "family_id", "observation_id", "home_headcam", "free_play", "is_primary"):
        assert name not in said


def test_a_new_generation_appears_on_the_next_look(tmp_path, monkeypatch) -> None:
    app = opened(studies.publish(tmp_path), monkeypatch, "data")
    assert "Generation 1 of the data" in text_of(app)
    for number in (2, 3, 4):
        studies.publish(tmp_path, number=number)
    app.run()
    assert not app.exception and "Generation 4 of the data" in text_of(app)


def test_one_run_shows_one_generation(tmp_path, monkeypatch) -> None:
    """A generation published while a page is being drawn waits for the next run."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(studies.publish(tmp_path)))

    def script(home) -> None:
        import streamlit as st

        from pages.parts import store
        from tests import studies

        store.pin()
        studies.publish(home, number=store.generation().number + 1)
        st.text(f"{store.generation().number} {store.published().number}")

    app = AppTest.from_function(script, args=(tmp_path,), default_timeout=30).run()
    assert [one.value for one in app.text] == ["1 2"]


def test_the_first_generation_appears_without_a_restart(tmp_path, monkeypatch) -> None:
    app = opened(tmp_path, monkeypatch, "overview")
    assert app.title[0].value == "There is no study here yet"
    studies.publish(tmp_path)
    app.run()
    assert not app.exception and "**5** of 5 families" in text_of(app)


def spoil(home: Path, how: str) -> None:
    """Damages a published study in one named way."""
    file = home / "published" / "gen-000001.duckdb"
    pointer = home / "published" / "CURRENT.json"
    if how == "pointer":
        pointer.write_text('{"gen": 1', encoding="utf-8")
    elif how == "pointer without keys":
        pointer.write_text(json.dumps(["gen"]), encoding="utf-8")
    elif how == "missing":
        file.unlink()
    elif how == "not a database":
        file.write_text("not a database", encoding="utf-8")
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:9000])
    elif how == "other schema":
        with duckdb.connect(str(file)) as writer:
            writer.execute("UPDATE study SET value = '0' WHERE key = 'schema_version'")


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("pointer", "CURRENT.json: this file is damaged."),
        ("pointer without keys", "CURRENT.json: this file is damaged."),
        ("missing", "gen-000001.duckdb: this file is missing."),
        ("not a database", "gen-000001.duckdb: this file is damaged, or not a Dyadscope study. Nothing was changed."),
        ("cut", "gen-000001.duckdb: this file is damaged, or not a Dyadscope study. Nothing was changed."),
        ("other schema", "gen-000001.duckdb: this study was made by another version of Dyadscope (its schema is 0,"),
    ],
)
def test_a_study_that_cannot_be_shown_is_one_sentence(how, sentence, tmp_path, monkeypatch, caplog) -> None:
    spoil(studies.publish(tmp_path), how)
    app = opened(tmp_path, monkeypatch, "overview")
    whole(app, caplog)
    assert len(app.error) == 1 and app.error[0].value.startswith(sentence)
    assert "`python -m pipeline " in app.error[0].value, "says what would do"


def test_pages_load_nothing_heavy(hand_study) -> None:
    """In a fresh process: render every page, then look at what was imported."""
    script = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "app = AppTest.from_file('pages/_router.py', default_timeout=60).run()\n"
        f"for page in {PAGES!r}:\n"
        "    assert not app.switch_page(page + '.py').run().exception, page\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])\n"
    )
    environment = os.environ | {"DYADSCOPE_HOME": str(hand_study), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[]"


def test_only_a_released_frame_can_be_shown(hand_frame) -> None:
    with pytest.raises(TypeError, match="ReleasedFrame"):
        show.table(hand_frame, "key", "name")
    assert release(hand_frame, ReleaseSpec(), "analyst").frame is hand_frame


def test_every_page_is_a_table_of_contents() -> None:
    """A page begins with `show.page(...)` and defines at most small functions: panels stand in pages/parts."""
    for page in PAGES:
        text = (ROOT / "pages" / f"{page}.py").read_text(encoding="utf-8")
        calls = [ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
        assert "show.page" in calls, page
