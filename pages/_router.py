"""Navigation, shared filters, and what stands on every page. Runs before the page, on every rerun."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.parts import every_page, filters, store
from pipeline.errors import UserError

HERE = Path(__file__).parent
ART = HERE / "parts" / "art"
PAGES = (
    ("overview", "Overview", ":material/groups:"),
    ("timelines", "Timelines", ":material/view_timeline:"),
    ("durations", "Durations", ":material/bar_chart:"),
    ("agreement", "Agreement", ":material/handshake:"),
    ("dynamics", "Dynamics", ":material/swap_horiz:"),
    ("smiles", "Smiles", ":material/sentiment_satisfied:"),
    ("models", "Models", ":material/ssid_chart:"),
    ("data", "Data", ":material/database:"),
)


def main() -> None:
    """One run of the dashboard."""
    st.set_page_config(page_title="Dyadscope", page_icon=ART / "icon.svg", layout="wide")
    st.logo(ART / "logo.svg", size="large", icon_image=ART / "icon.svg")
    body = st.container()
    every_page.foot()
    with body:
        try:
            _run()
        except UserError as fault:
            st.error(fault.message)


def _run() -> None:
    current = None
    try:
        current = store.pin()
    finally:
        page = _navigation(hidden=current is None)
        every_page.watch(current)
    if current is None:
        every_page.welcome()
        return
    with st.sidebar:
        filters.sidebar()
        every_page.study_note()
    page.run()


def _navigation(hidden: bool) -> StreamlitPage:
    pages = [
        st.Page(f"{name}.py", title=title, icon=icon, url_path=name, default=name == "overview")
        for name, title, icon in PAGES
        if (HERE / f"{name}.py").exists()
    ]
    return st.navigation(pages, position="hidden" if hidden else "sidebar")


main()
