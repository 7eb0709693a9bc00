"""The presenting instance: pages made of the release, and clips with a permission; nothing else of the study."""

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.parts import every_page, presented, presented_clips, record, store_release
from pipeline.errors import StudyError
from pipeline.steps.people import Person, may

PAGES = (
    ("overview", "Overview", ":material/groups:", "viewer"),
    ("durations", "Durations", ":material/bar_chart:", "viewer"),
    ("agreement", "Agreement", ":material/handshake:", "viewer"),
    ("dynamics", "Dynamics", ":material/swap_horiz:", "viewer"),
    ("smiles", "Smiles", ":material/sentiment_satisfied:", "viewer"),
    ("engagement", "Engagement", ":material/child_care:", "viewer"),
    ("models", "Models", ":material/ssid_chart:", "viewer"),
    ("clips", "Clips", ":material/movie:", "viewer"),
)
"""Page of the release, title, icon, and the role one needs to see it."""
CLIPS = "clips"


def run(person: Person) -> None:
    """One run of the script in a presenting instance."""
    current = None
    try:
        current = store_release.pin()
    finally:
        every_page.watch(lambda: _changed(current), person)
    if current is None:
        _nothing().run()
        return
    about = store_release.release().about
    page, name = _navigation(person)
    with st.sidebar:
        every_page.release_note(about)
    record.begin(person, name, int(about["generation"]))
    page.run()


def _navigation(person: Person) -> tuple[StreamlitPage, str]:
    """The page that is asked for, among those that have something to show, and its name."""
    there = [*store_release.release().pages, *([CLIPS] if presented_clips.any_holds() else [])]
    pages: dict[str, StreamlitPage] = {}
    for name, title, icon, needed in PAGES:
        if name in there and may(person.role, needed):
            body = presented_clips.page if name == CLIPS else partial(presented.page, name, pages)
            pages[name] = st.Page(body, title=title, icon=icon, url_path=name, default=name == there[0])
    chosen = st.navigation(list(pages.values()), position="sidebar")
    return chosen, next(name for name, page in pages.items() if page is chosen)


def _nothing() -> StreamlitPage:
    """Before the first release every address says so."""
    pages = [
        st.Page(every_page.nothing_released, title="Dyadscope", url_path=name, default=name == PAGES[0][0])
        for name, *_ in PAGES
    ]
    return st.navigation(pages, position="hidden")


def _changed(seen: store_release.CurrentRelease | None) -> bool:
    """Whether another release was made since this run."""
    try:
        return store_release.published() != seen
    except StudyError:
        return False
