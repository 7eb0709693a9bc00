"""Words of the data are words: no markup in a label is read, no picture of another host is asked for."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from pages import _faults
from pages.parts import store
from pages.parts.words import escape, harmless
from pipeline.errors import StudyError
from tests import hostile_study
from tests.conftest import once
from tests.hostile_study import BEACON, SCRIPT
from tests.opening import ROUTER, opened_page
from tests.serving import ROOT
from tests.test_access_pages import PAGES
from tests.test_architecture import modules

NOT_MARKDOWN = re.compile(
    r"(Selectbox|MultiSelect)\.(options|raw_values?|default)|\w+\.(id|query_param_key|key|form_id)|\w+\.alt|"
    r"PlotlyChart\.(spec|config)|BidiComponent\.json|CodeBlock\.\w+|Arrow\w*\.\w+|DownloadButton\.url"
)
"""What the browser never reads as markdown; the browser test tries the visible ones."""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return once(tmp_path_factory, "hostile_study", hostile_study.publish)


def nodes(node) -> Iterator:
    yield node
    for child in getattr(node, "children", {}).values():
        yield from nodes(child)


def texts(message: Message, path: str) -> Iterator[tuple[str, str]]:
    """Every text in a message to the browser, with the names of its fields."""
    for field, value in message.ListFields():
        for one in value if isinstance(value, list) or field.is_repeated else [value]:
            if isinstance(one, Message):
                yield from texts(one, f"{path}.{field.name}")
            elif isinstance(one, str):
                yield f"{path}.{field.name}", one


def read_as_markdown(app: AppTest) -> list[str]:
    """All texts of a page that the browser reads as markdown, cells of small tables included."""
    protos = [node.proto for node in nodes(app._tree) if getattr(node, "proto", None) is not None]
    found = [(path, text) for proto in protos for path, text in texts(proto, type(proto).__name__)]
    cells = [str(cell) for table in app.table for cell in [*table.value.columns, *table.value.to_numpy().ravel()]]
    return [text for path, text in found if not NOT_MARKDOWN.fullmatch(path)] + cells


def test_no_word_of_the_data_is_read_as_markdown(home, monkeypatch) -> None:
    app, read = opened_page("overview", home, monkeypatch, {}), []
    for page in PAGES:
        if page != "overview":
            app.switch_page(f"{page}.py").run()
        shown = read_as_markdown(app)
        assert not app.exception and any("evil.example" in text for text in shown), f"the attack must be on {page}"
        read += [f"{page}: {text}" for text in shown if BEACON in text]
    assert not read


def test_the_attack_itself_is_defused() -> None:
    assert escape(BEACON) == r"!\[b\](http\://evil.example/b.png)"
    assert "<" not in escape(SCRIPT).replace(r"\<", "")


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (f"**{BEACON}** `x`", r"**\!\[b\]\(http://evil.example/b.png)** `x`"),
        ("[go](javascript:alert(1))", r"[go\]\(javascript:alert(1))"),
        (SCRIPT, rf"\{SCRIPT}"),
        ("Only 3 of 5 (a [b] c): `python -m pipeline import STUDY.toml`.", None),
    ],
)
def test_a_message_keeps_its_own_marks_and_loses_pictures_links_and_tags(sentence: str, shown: str | None) -> None:
    assert harmless(sentence) == (shown or sentence)
    assert harmless(harmless(sentence)) == harmless(sentence)
    assert harmless(escape(sentence)) == escape(sentence)


def test_a_fault_that_names_a_label_is_told_without_the_attack(monkeypatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(_faults.st, "error", told.append)
    _faults.tell(StudyError(f"'{BEACON}' is not a code."))
    assert BEACON not in told[0] and "is not a code." in told[0]


def test_a_study_that_cannot_be_opened_is_told_without_the_attack(home, monkeypatch) -> None:
    def published() -> None:
        raise StudyError(f"{BEACON}: this file is damaged.")

    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.setattr(store, "published", published)
    app = AppTest.from_file(str(ROUTER), default_timeout=60).run()
    (told,) = [one.value for one in app.error]
    assert BEACON not in told and told.endswith("this file is damaged.")


def test_the_reader_of_texts_finds_what_is_not_escaped(monkeypatch, home) -> None:
    """Without `escape` the same search finds the attack: it can fail."""
    monkeypatch.setattr("pages.parts.every_page.escape", lambda text: text)
    assert [text for text in read_as_markdown(opened_page("overview", home, monkeypatch, {})) if BEACON in text]


OWN_COMPONENTS = {"pages.parts.timeline", "pages.parts.take_away", "pages.parts.clip"}
MARKUP = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|createContextualFragment|\beval\b|new Function"
)


def test_our_own_scripts_write_words_never_markup() -> None:
    """The components of ours put labels on the page as text, and no other one came in unseen."""
    assert {name for name, path in modules().items() if "components.v" in path.read_text("utf-8")} <= OWN_COMPONENTS
    scripts = list((ROOT / "pages").rglob("*.js"))
    assert len(scripts) >= 4 and not [path.name for path in scripts if MARKUP.search(path.read_text("utf-8"))]
