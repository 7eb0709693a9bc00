"""The panels of the dynamics page in their order: at once what is quick, then the comparison with chance."""

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.parts import (
    dynamics_choices,
    dynamics_figures,
    dynamics_groups,
    dynamics_matrices,
    dynamics_meaning,
    show,
    store_dynamics,
)
from pages.parts.dynamics_choices import Asked
from pages.parts.dynamics_finding import headed, headline
from pages.parts.dynamics_score import score
from pipeline.errors import UserError
from pipeline.measures.dynamics_surrogates import Compared
from pipeline.measures.splits import Split
from pipeline.steps.dynamics_question import refuse_unknown

WAITING = "Comparing with chance …"
Places = tuple[DeltaGenerator, DeltaGenerator]
"""Where the diagonal profile and the groups stand."""
STARTED = ("contingent", "latency")
"""Measures that need the first behaviour to begin, or to end."""


def body(codes: pd.DataFrame) -> None:
    """The finding above the choices, and the figures below."""
    top = st.empty()
    asked = dynamics_choices.choose(codes)
    if refusal := impossible(asked):
        show.empty(*refusal)
        return
    try:
        answer = store_dynamics.answer(headed(asked.question))
    except UserError as refusal:
        show.empty("This cannot be answered.", refusal.message)
        return
    if answer.both.observations.empty:
        show.empty("In no selected recording were both sides coded.", "Choose other behaviours, or widen the filters.")
        return
    never = asked.question.measure in STARTED and not answer.pooled["n"].iloc[0] > 0
    if never:
        with top.container():
            headline(asked, None, "")
        show.empty("There is nothing to draw.", "Choose a more frequent behaviour, or widen the filters.")
        return
    _measured(asked, top)


def impossible(asked: Asked) -> tuple[str, str] | None:
    """Why the question has no answer, and what would help."""
    question = asked.question
    if question.measure == "recurrence" and question.given == question.target:
        return "A behaviour is always together with itself.", "Choose another person or behaviour on one side."
    try:
        refuse_unknown(question)
    except UserError as refusal:
        return "This cannot be answered.", refusal.message
    return None


def _measured(asked: Asked, top: DeltaGenerator) -> None:
    """Everything but the comparison with chance at once; then that, in the same places."""
    question = headed(asked.question)
    waits = bool(question.surrogates) and not store_dynamics.ready(question)
    chance, note = (None, WAITING) if waits else _chance(asked)
    with top.container():
        headline(asked, chance, note)
    places, split = _figure(asked, chance, waits)
    _rest(asked, split)
    if waits:
        chance, note = _chance(asked)
        with top.container():
            headline(asked, chance, note)
        _draw(asked, split, chance, places, "then")


def _chance(asked: Asked) -> tuple[Compared | None, str]:
    """The comparison of the finding and what it is; nothing where none was asked for, or none can be made, and why."""
    question = headed(asked.question)
    try:
        found = store_dynamics.compared(question).compared if question.surrogates else None
        if question.measure == "recurrence":
            store_dynamics.band(question)
    except UserError as refusal:
        return None, f"Not compared with chance. {refusal.message}"
    store_dynamics.made(question)
    return found, dynamics_meaning.chance(question)


def _figure(asked: Asked, chance: Compared | None, waits: bool) -> tuple[Places, Split]:
    """The figure of the measure, then the groups; returns the places that chance is drawn into, and the split."""
    measure = asked.question.measure
    profile = st.empty()
    if measure == "lag":
        dynamics_matrices.lags(asked)
    elif measure == "grid":
        dynamics_matrices.grid(asked)
    split = dynamics_groups.choose_split()
    if measure == "latency":
        dynamics_figures.waits(asked, split)
    places = profile, st.empty()
    _draw(asked, split, chance, places, "now" if waits else "then")
    if measure == "contingent":
        st.caption(dynamics_meaning.contingent(asked.question))
    return places, split


def _same(asked: Asked, chance: Compared | None) -> Compared | None:
    """The comparison, where the number per group is the one it was made for."""
    return chance if asked.question == headed(asked.question) else None


def _draw(asked: Asked, split: Split, chance: Compared | None, places: Places, when: str) -> None:
    """The figures that show chance: `when` "now", without it yet, or "then", with it."""
    profile, groups = places
    if asked.question.measure == "recurrence":
        band = store_dynamics.band(headed(asked.question)) if chance is not None else None
        with profile.container():
            dynamics_figures.together(asked, band, f"dyn_profile_{when}")
    with groups.container():
        dynamics_groups.groups(asked, split, _same(asked, chance), f"dyn_groups_{when}")


def _rest(asked: Asked, split: Split) -> None:
    """What rests on single recordings."""
    dynamics_groups.recordings(asked, split)
    score(asked)
