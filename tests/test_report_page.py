"""The page Report: begin one, add, order, change, make it; hostile words in it are words."""

import json
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.report_saved import NEW
from pipeline.steps import report_spec
from pipeline.steps.report_spec import ReportSpec, TextItem, ViewItem
from tests.opening import opened_page
from tests.report_studies import FATHERS, HOME, SHARES, TABLE_1, folder_with


@pytest.fixture(scope="module")
def folder(demo_study: Path, tmp_path_factory) -> Path:
    """A study folder on the demo's published files: one for all tests, so that the page asks them once."""
    return folder_with(demo_study, tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(folder: Path) -> Path:
    """The study folder without reports."""
    shutil.rmtree(folder / "reports", ignore_errors=True)
    return folder


def opened(home: Path, monkeypatch, **query: str) -> AppTest:
    return opened_page("report", home, monkeypatch, query)


def said(app: AppTest) -> str:
    every = [*app.main.markdown, *app.main.caption, *app.info, *app.warning, *app.error]
    return " ".join(one.value for one in every)


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()
    assert not app.exception, [one.message for one in app.exception]


def test_from_nothing_to_a_made_report(home: Path, monkeypatch) -> None:
    app = opened(home, monkeypatch)
    assert "No report is saved yet." in said(app)
    press(app, "report_begin")
    assert "Give the report a title first." in said(app)
    app.text_input(key=NEW).set_value("Results, May 2026")
    press(app, "report_begin")
    assert "Nothing is in it yet." in said(app) and report_spec.names(home) == ["results-may-2026"]
    press(app, "report_add_view")
    app.selectbox(key="report_page").set_value("Durations").run()
    press(app, "report_add_view")
    kept = report_spec.load(home, "results-may-2026").items
    assert [one.view for one in kept] == [TABLE_1, SHARES] and kept[0].chosen.protocol == "home_headcam"
    assert "Home headcam, no filter" in said(app)
    press(app, "report_make")
    labels = [one.proto.label for one in app.get("download_button")]
    assert labels == ["Page (HTML)", "Slides (PPTX)", "Word (DOCX)", "Script (Python)", "Notebook"]
    assert "left out" not in said(app)
    assert json.loads((home / "reports" / "built" / "results-may-2026.json").read_text())[0]["number"] == 1


def test_items_are_moved_changed_and_taken_out(home: Path, monkeypatch) -> None:
    nasty = "![x](https://evil.example/b.png) <b>"
    views = (ViewItem(view=TABLE_1, chosen=HOME), ViewItem(view=SHARES, chosen=FATHERS))
    items = (TextItem(title=nasty, text=nasty), *views)
    report_spec.save(home, ReportSpec(name="one", title=nasty, items=items))
    app = opened(home, monkeypatch, report="one")
    assert "[x](" not in said(app) and "!\\[x\\](https\\:" in said(app) and "\\<b\\>" in said(app)

    def order() -> list[str]:
        return [getattr(one, "view", "text") for one in report_spec.load(home, "one").items]

    press(app, "report_down_0")
    assert order() == [TABLE_1, "text", SHARES]
    press(app, "report_up_2")
    assert order() == [TABLE_1, SHARES, "text"]
    press(app, "report_out_0")
    assert order() == [SHARES, "text"]
    assert app.button(key="report_up_0").disabled and app.button(key="report_down_1").disabled
    press(app, "report_delete")
    assert report_spec.names(home) == [] and "No report is saved yet." in said(app)


def test_a_damaged_report_is_one_sentence(home: Path, monkeypatch) -> None:
    report_spec.save(home, ReportSpec(name="bad"))
    (home / "reports" / "bad.json").write_text("{", encoding="utf-8")
    app = opened(home, monkeypatch)
    assert "bad.json: this report cannot be read." in said(app) and not app.exception


def test_a_preview_shows_words_figure_and_table(home: Path, monkeypatch) -> None:
    report_spec.save(home, ReportSpec(name="one", items=(ViewItem(view=SHARES, chosen=HOME), ViewItem(view="a/b/c"))))
    app = opened(home, monkeypatch)
    press(app, "report_make")
    assert "1 item is left out of the files" in said(app)
    app.toggle(key="report_preview").set_value(True).run()
    assert not app.exception
    assert len(app.get("image")) == 1 and "n = 97 families" in str(app.get("image")[0].proto)
    assert "Most time: infant" in said(app)
