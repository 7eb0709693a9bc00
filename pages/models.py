"""Models: what goes with a parent's score, behaviour by behaviour, from a two-level model of infant and caregiver."""

from collections.abc import Callable

import streamlit as st

from pages.parts import models_choices, show, store, store_models
from pages.parts.models_about import engine, way
from pages.parts.models_checks import CHECKS
from pages.parts.models_curve import all_choices
from pages.parts.models_export import exports
from pages.parts.models_groups import groups
from pages.parts.models_methods import methods
from pages.parts.models_random import random_part
from pages.parts.models_raw import levels, recordings
from pages.parts.models_runs import runs
from pages.parts.models_sensitivity import sensitivity
from pages.parts.models_terms import finding, notes, terms
from pages.parts.models_what_if import what_if
from pages.parts.models_words import in_words
from pages.parts.store_models import Answer
from pipeline.errors import UserError

show.page(
    "Models",
    "When a score or an age is higher, which behaviours of infant and caregiver take more time, and which less?",
)
PANELS: dict[str, tuple[Callable[[Answer], None], ...]] = {
    "Result": (notes, terms, recordings, random_part, levels, engine),
    "What if": (what_if,),
    "All choices": (all_choices,),
    "Groups": (groups,),
    "Sensitivity": (sensitivity,),
    "Checks": CHECKS,
    "Runs": (runs,),
    "Methods and export": (methods, exports, way),
}
"""View of the page -> what it shows, from top to bottom."""
OF_AN_EXPOSURE = ("What if", "All choices", "Groups", "Sensitivity")
"""Views that a model without an exposure has nothing for."""


def body() -> None:
    """The choices, the finding, and the chosen view of the model."""
    top = st.container()
    try:
        question = models_choices.choose()
    except UserError as refusal:
        show.empty("This model cannot be fitted to the selection.", refusal.message)
        return
    if question is None:
        show.empty(
            "No model fits this study.",
            "It needs a behaviour group that infant and caregiver were both coded for, and a questionnaire, an age or "
            "another number that differs between recordings.",
        )
        return
    try:
        answer = store_models.answer(question)
    except UserError as refusal:
        reason = in_words(refusal.message, question)
        show.empty("This model cannot be fitted to the selection.", reason)
        return
    with top:
        finding(answer)
    view = _view()
    if view in OF_AN_EXPOSURE and not question.adjusted.step.exposure:
        show.empty("This model has no exposure, so there is nothing to compare here.", "Choose Model 2 or a later one.")
        return
    for part in PANELS[view]:
        part(answer)


def _view() -> str:
    """The view that the reader chose; it stands in the link."""
    names = list(PANELS)
    said = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    return said if said in PANELS else names[0]


if store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
else:
    body()
