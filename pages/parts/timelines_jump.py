"""From any page to a moment of a recording on the page Timelines; nothing of it stands in the link."""

import streamlit as st

from pages.parts import store_timelines
from pages.parts.timelines_choices import CODER, OBSERVATION, comparing

MOMENT = "timeline_moment"
"""(recording, ms) that was asked for; it holds until another recording is chosen."""


def jump(observation: str, at_ms: int, model: str = "") -> None:
    """Leaves the page for Timelines at a moment of a recording of the selection; `model`: coder beside the person."""
    st.session_state[OBSERVATION] = observation
    st.session_state[MOMENT] = (observation, at_ms)
    coders = store_timelines.recording(observation).coders
    people = [one for one in coders if one != model]
    if model in coders and people:
        st.session_state[CODER] = comparing(*sorted((people[0], model), key=coders.index))
    st.switch_page("timelines.py", query_params={})  # without it the bound choices of this page stop the switch


def moment(observation: str) -> int | None:
    """Where the timeline of a recording begins to play (ms), when a jump asked for it."""
    asked = st.session_state.get(MOMENT)
    return asked[1] if asked and asked[0] == observation else None
