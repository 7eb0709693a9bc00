"""Models: what goes with a parent's score, behaviour by behaviour, from a two-level model of infant and caregiver."""

from collections.abc import Callable

import streamlit as st

from pages.parts import models_choices, show, store, store_models
from pages.parts.models_about import methods, random_part, way
from pages.parts.models_terms import finding, notes, terms
from pages.parts.models_what_if import what_if
from pages.parts.store_models import Answer
from pipeline.errors import UserError

show.page(
    "Models",
    "When a parent's score is higher, which behaviours take more of the time, and which less, in infant and caregiver?",
)
PANELS: dict[str, tuple[Callable[[Answer], None], ...]] = {
    "Result": (notes, terms, random_part),
    "What if": (what_if,),
    "Methods and export": (methods, way),
}
"""View of the page -> what it shows, from top to bottom."""


def body() -> None:
    """The choices, the finding, and the chosen view of the model."""
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
    for part in PANELS[_view()]:
        part(answer)


def _view() -> str:
    """The view that the reader chose; it stands in the link."""
    names = list(PANELS)
    said = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    return said if said in PANELS else names[0]


if store.mode() == "presenting":
    show.empty(
        "Models are not available in presenting mode: their tables rest on few families.",
        "Start the dashboard without presenting mode to see them.",
    )
elif store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
else:
    body()
