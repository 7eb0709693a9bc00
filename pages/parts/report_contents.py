"""What is in the report, in order: each item can be moved, renamed, changed or taken out; kept at once."""

from collections.abc import Callable

import streamlit as st

from pages.parts import store_report
from pages.parts.report_saved import MOST_LETTERS, kept
from pages.parts.words import escape
from pipeline.steps.report_spec import FitItem, Item, ReportSpec, TextItem, ViewItem

KINDS = {"view": ":material/bar_chart:", "fit": ":material/ssid_chart:", "text": ":material/notes:"}
MOST_WORDS = 110
TALL, BUTTONS = 180, 330
"""Pixels: a field of text, the four buttons of an item."""
TEXT = "Text (an empty line begins a paragraph)"


def contents(spec: ReportSpec) -> None:
    """The list of items."""
    st.subheader("Contents", anchor=False)
    if not spec.items:
        st.markdown("Nothing is in it yet. Add a view, a fit or a paragraph below.")
    titles = _titles()
    for place, item in enumerate(spec.items):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch"):
                st.markdown(f"{KINDS[item.kind]} **{place + 1}.** {_line(item, titles)}")
            with st.container(horizontal=True, width=BUTTONS):
                _buttons(spec, place, item)


def _titles() -> dict[str, str]:
    """Name of a view -> page and title."""
    return {
        name: f"{page}: {title}"
        for pages in store_report.offered().values()
        for page, views in pages.items()
        for title, name in views.items()
    }


def _line(item: Item, titles: dict[str, str]) -> str:
    """An item in one line: what it is, and of which recordings (markdown)."""
    if isinstance(item, TextItem):
        return f"**{escape(item.title)}** {escape(_short(item.text))}".strip()
    own = f"{escape(item.title)}: " if item.title else ""
    if isinstance(item, FitItem):
        what = f"{item.spec.title}. {item.spec.step.title}"
    else:
        what = titles.get(item.view, f"{item.view} (this study has no such view)")
    return f"{own}{escape(what)}  \n:small[{escape(item.chosen.said)}]"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS]} \u2026"


def _buttons(spec: ReportSpec, place: int, item: Item) -> None:
    """Up, down, change, out."""
    last = len(spec.items) - 1
    _button(":material/arrow_upward:", f"up_{place}", "Move up", lambda: _move(spec, place, -1), place == 0)
    _button(":material/arrow_downward:", f"down_{place}", "Move down", lambda: _move(spec, place, 1), place == last)
    with st.popover("Change", key=f"change_{place}"):
        _form(spec, place, item)
    _button(":material/close:", f"out_{place}", "Take it out", lambda: _out(spec, place))


def _button(icon: str, key: str, help: str, act: Callable[[], None], off: bool = False) -> None:
    st.button(" ", icon=icon, key=f"report_{key}", help=help, on_click=act, disabled=off)


def _form(spec: ReportSpec, place: int, item: Item) -> None:
    """What can be changed of an item."""
    key = f"report_{spec.name}_{place}_{abs(hash(item))}"
    heading = st.text_input("Heading", item.title, key=f"{key}_title", max_chars=MOST_LETTERS)
    changes: dict[str, object] = {"title": heading}
    if isinstance(item, TextItem):
        changes["text"] = st.text_area(TEXT, item.text, key=f"{key}_text", height=TALL)
    else:
        changes["figure"] = st.toggle("With its figure", item.figure, key=f"{key}_figure")
        changes["table"] = st.toggle("With its table", item.table, key=f"{key}_table")
    st.button("Keep", key=f"{key}_keep", type="primary", on_click=_change, args=(spec, place, item, changes))


def _change(spec: ReportSpec, place: int, item: ViewItem | FitItem | TextItem, changes: dict[str, object]) -> None:
    items = list(spec.items)
    items[place] = item.model_copy(update=changes)
    kept(spec.model_copy(update={"items": tuple(items)}))


def _move(spec: ReportSpec, place: int, step: int) -> None:
    items = list(spec.items)
    items.insert(place + step, items.pop(place))
    kept(spec.model_copy(update={"items": tuple(items)}))


def _out(spec: ReportSpec, place: int) -> None:
    kept(spec.model_copy(update={"items": spec.items[:place] + spec.items[place + 1 :]}))
