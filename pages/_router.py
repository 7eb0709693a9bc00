"""Navigation, who may see what, shared filters, and what stands on every page. Runs before the page, on every rerun."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages import _mode, _sign_in
from pages.parts import every_page, filters, record, store
from pages.parts.words import harmless
from pipeline.errors import UserError
from pipeline.steps.people import NotAdmitted, Person, may

HERE = Path(__file__).parent
ART = HERE / "parts" / "art"
PAGES = (
    ("overview", "Overview", ":material/groups:", "analyst"),
    ("timelines", "Timelines", ":material/view_timeline:", "analyst"),
    ("durations", "Durations", ":material/bar_chart:", "analyst"),
    ("agreement", "Agreement", ":material/handshake:", "analyst"),
    ("dynamics", "Dynamics", ":material/swap_horiz:", "analyst"),
    ("smiles", "Smiles", ":material/sentiment_satisfied:", "analyst"),
    ("engagement", "Engagement", ":material/child_care:", "analyst"),
    ("models", "Models", ":material/ssid_chart:", "analyst"),
    ("report", "Report", ":material/article:", "analyst"),
    ("data", "Data", ":material/database:", "analyst"),
)
"""File, title, icon, and the role one needs to see it; a page without a role does not exist."""


def main() -> None:
    """One run of the dashboard."""
    bar = "collapsed" if _mode.mode() == "presenting" else "auto"
    st.set_page_config(page_title="Dyadscope", page_icon=ART / "icon.svg", layout="wide", initial_sidebar_state=bar)
    st.logo(ART / "logo.svg", size="large", icon_image=ART / "icon.svg")
    body = st.container()
    every_page.foot()
    with body:
        try:
            if (person := _sign_in.person()) is None:
                _closed()
            elif _mode.mode() == "presenting":
                from pages import _presenting  # its charts are not loaded where nothing is presented

                _presenting.run(person)
            else:
                _run(person)
        except UserError as fault:
            st.error(harmless(fault.message))


def _closed() -> None:
    """Every address is an empty page for whoever may not enter: what navigation finds is never run."""
    closed = [st.Page(f"{name}.py", title="Dyadscope", url_path=name, default=name == "overview") for name, *_ in PAGES]
    st.navigation(closed, position="hidden")


def _run(person: Person) -> None:
    current = None
    try:
        current = store.pin()
    finally:
        page, name = _navigation(person, hidden=current is None)
        every_page.watch(lambda: _number() != (current.number if current else None), person)
    if current is None:
        every_page.welcome()
        return
    with st.sidebar:
        filters.sidebar()
        every_page.study_note()
    record.begin(person, name, current.number)
    record.opened()
    page.run()


def _number() -> int | None:
    """The generation that is current on disk."""
    try:
        found = store.published()
    except UserError:
        return None
    return found.number if found else None


def _navigation(person: Person, hidden: bool) -> tuple[StreamlitPage, str]:
    """The page that is asked for, among those this person may see, and its name."""
    pages = {
        name: st.Page(f"{name}.py", title=title, icon=icon, url_path=name, default=name == "overview")
        for name, title, icon, needed in PAGES
        if may(person.role, needed) and (HERE / f"{name}.py").exists()
    }
    if not pages:
        raise NotAdmitted("Your role opens no page here. Ask whoever looks after Dyadscope.")
    chosen = st.navigation(list(pages.values()), position="hidden" if hidden else "sidebar")
    return chosen, next(name for name, page in pages.items() if page is chosen)


main()
