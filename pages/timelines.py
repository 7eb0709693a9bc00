"""Timelines: what infant and caregiver did, moment by moment; one observation with its videos, or all at once."""

import streamlit as st

from pages.parts import show, store, timelines_all, timelines_one

VIEWS = {"One observation": timelines_one.panel, "All observations": timelines_all.panel}

show.page("Timelines", "What did infant and caregiver do from moment to moment, and when did it happen together?")
selected = store.selected()
if selected.empty:
    show.empty("No observation passes the filters.", "Clear a filter in the sidebar, or choose wider ranges.")
else:
    choices = st.container(horizontal=True, horizontal_alignment="distribute")
    view = choices.segmented_control(
        "View",
        list(VIEWS),
        default="One observation",
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    VIEWS.get(view, timelines_one.panel)(selected, choices)
