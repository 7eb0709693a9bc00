"""The view "The study" of the engagement page: what happens to phases and features when the face goes still."""

from collections.abc import Callable

import streamlit as st

from pages.parts import (
    engagement_study_effect,
    engagement_study_labels,
    engagement_study_picture,
    engagement_study_traces,
    show,
    store,
)
from pages.parts import store_engagement_study as answers
from pages.parts.words import counted, plain

PANELS: dict[str, Callable[[], None]] = {
    "Still-face effect": engagement_study_effect.panel,
    "Labels": engagement_study_labels.panel,
    "Traces": engagement_study_traces.panel,
    "Picture": engagement_study_picture.panel,
}
PROTOCOL = "protocol"
"""The sidebar's choice of the kind of recording."""


def study() -> None:
    """One question at a time, each with its finding on top."""
    if store.selected().empty:
        show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
        return
    if answers.episodes().empty and not answers.behaviours(phases=True):
        elsewhere()
        return
    said = st.segmented_control(
        "What is asked", list(PANELS), default=next(iter(PANELS)), required=True, key="phase_ask", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    PANELS.get(said, next(iter(PANELS.values())))()


def elsewhere() -> None:
    """Says where still-face sessions are, or how a study gets them."""
    protocols = answers.protocols()
    if not protocols:
        show.empty(
            "This study has no still-face sessions yet.",
            "They need coded phases of engagement (scheme icepr, for example NOVA annotations) and the times of play, "
            "still face and reunion (a table of episodes). Name both in the manifest and import again.",
        )
        return
    name, number = protocols[0]
    words = plain(name)
    show.empty(
        "No selected recording is a still-face session.",
        f"They are {counted(number, 'recording')} of the kind “{words}”. Choose it on the left, or clear the filters.",
    )
    if store.selection().protocol not in (None, name):
        st.button(f"Show “{words}”", on_click=st.session_state.update, args=({PROTOCOL: name},))
