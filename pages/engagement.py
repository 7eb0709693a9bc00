"""Engagement: play, still face, reunion; how phases of engagement change, and whether a program can name them."""

import streamlit as st

from pages.parts import show
from pages.parts.engagement_models import models
from pages.parts.engagement_session import session
from pages.parts.engagement_study import study

VIEWS = {"The study": study, "Models": models, "One session": session}


def body() -> None:
    """The chosen view; it stands in the link. Each says itself what is missing for it."""
    names = list(VIEWS)
    said = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    VIEWS[said if said in VIEWS else names[0]]()


show.page("Engagement", "How do infant and caregiver engage when the face goes still, and can a program name it?")
body()
