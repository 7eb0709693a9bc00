"""Models: what goes with a parent's score, behaviour by behaviour, from a two-level model of infant and caregiver."""

import streamlit as st

from pages.parts import models_choices, show, store, store_models
from pages.parts.models_about import about
from pages.parts.models_terms import finding, notes, terms
from pages.parts.models_what_if import what_if
from pipeline.errors import UserError

show.page(
    "Models",
    "When a parent's score is higher, which behaviours take more of the time, and which less, in infant and caregiver?",
)


def body() -> None:
    """The choices, and what the model says about them."""
    top = st.container()
    question = models_choices.choose()
    if question is None:
        show.empty(
            "No analysis of the catalogue fits the behaviours and questionnaires of this study.",
            "A study needs a behaviour group that an analysis names, and at least one questionnaire.",
        )
        return
    try:
        answer = store_models.answer(question)
    except UserError as refusal:
        show.empty("This model cannot be fitted to the selection.", refusal.message)
        return
    with top:
        finding(answer)
    notes(answer)
    terms(answer)
    what_if(answer)
    about(answer)


if store.mode() == "presenting":
    show.empty(
        "Models are not available in presenting mode: their tables rest on few families.",
        "Start the dashboard without presenting mode to see them.",
    )
elif store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
else:
    body()
