"""The view "Models" of the engagement page: can a program name the phases, and may its durations be analysed?"""

import streamlit as st

from pages.parts import engagement_models_tables as tables
from pages.parts import engagement_models_words as words
from pages.parts import show, store
from pages.parts import store_engagement_models as model_store
from pages.parts.engagement_models_durations import durations, in_short
from pages.parts.engagement_models_results import results
from pages.parts.engagement_models_start import queue, start
from pages.parts.engagement_models_unsure import unsure
from pages.parts.words import escape
from pipeline.catalogue.phase_card import Card
from pipeline.errors import UserError
from pipeline.steps.release import renamed

ROLE, MODEL = "engagement_role", "engagement_model"
"""Keys of the chosen person and model; they stand in the link."""


def models() -> None:
    """Choice of person and model, the finding, everything behind it, and the way to another model."""
    choices = st.container(horizontal=True, vertical_alignment="bottom")
    with choices:
        role = _role()
        found, trials = model_store.cards(role)
        found.sort(key=lambda one: bool(one.compat))  # those that are for comparison only come last
        new = _new(found, role)
        card = _chosen(found) if found else None
    if new:
        st.success(f"Model {escape(new)} has just been trained; its results are shown now.", icon=":material/check:")
    if card is not None:
        _model(card)
    else:
        _nothing_yet(role)
    start(role, again=bool(found))
    queue()
    _trials(trials)


def _role() -> str:
    names = list(words.ROLES.values())
    said = st.segmented_control("Whose phases", names, default=names[0], required=True, key=ROLE, bind="query-params")
    return next((role for role, name in words.ROLES.items() if name == said), "infant")


def _new(found: list[Card], role: str) -> str:
    """The id of a model that was trained while this page was open; it becomes the chosen one. '' where none was."""
    ids = [one.id for one in found]
    before = st.session_state.get(key := f"engagement_known_{role}")
    st.session_state[key] = tuple(ids)
    new = [id for id in ids if before is not None and id not in before]
    if new:
        st.session_state[MODEL] = new[0]
    return new[0] if new else ""


def _chosen(found: list[Card]) -> Card:
    """The model that is looked at, the newest first; its words stand in the link, its eight letters first."""
    ids = [one.id for one in found]
    names = {one.id: words.label(one) for one in found}
    said = st.selectbox(f"Model ({len(ids)} trained)", ids, key=MODEL, format_func=lambda id: names.get(id, id),
                        bind="query-params", width=540)  # fmt: skip
    return found[ids.index(said)] if said in ids else found[0]


def _nothing_yet(role: str) -> None:
    """Why there is no model, and what would do."""
    person = words.ROLES[role].lower()
    if model_store.coded(role).empty:
        show.empty(
            f"No phases of the {person} are coded in this study.",
            "A model learns from a person's codes: import sessions coded with ICEP-R (NOVA annotations, Observer, or a "
            "table) and it can be taught here.",
        )
    elif model_store.streams(role).empty:
        show.empty(
            f"Phases of the {person} are coded, but there is nothing a model could see.",
            "Extract streams from the videos, `python -m pipeline extract VIDEO --streams motion_grid,log_mel`, name "
            "the files in the manifest ([[streams]]), and import again.",
        )
    else:
        running = any(job.active for job in model_store.queue())
        what = "A training is on its way, see below." if running else "Start a training below."
        st.markdown(f"### No model has learnt the {person}'s phases yet. {what}")


def _model(card: Card) -> None:
    """Everything about one model."""
    try:
        report = model_store.report(card)
    except UserError as fault:
        st.warning(escape(fault.message))
        return
    st.markdown(f"### {words.finding(card, tables.facts(card, report))}")
    st.markdown(" ".join((in_short(card, report), words.basis(card), words.counts(report.counts, card))))
    _marks(card)
    results(card, report)
    durations(card, report)
    unsure(card, report)
    with st.expander("Which codes became which phases"):
        released = renamed(store.released(tables.mapped(report.counts), tables.COUNTS), tables.COUNTS_NAMES)
        show.table(released, "engagement_counts", "engagement_counts", small=True)
    with st.expander("How this model was taught"):
        st.markdown(words.taught(card))


def _marks(card: Card) -> None:
    """What must be known before a number is believed."""
    if card.compat:
        st.warning(words.published_choices(card), icon=":material/warning:")
    if words.blind(card):
        st.warning(words.NO_NEGATIVE, icon=":material/visibility_off:")
    if model_store.older(card):
        st.warning(words.OLDER.format(number=card.generation), icon=":material/history:")


def _trials(trials: list[Card]) -> None:
    """Models whose encoder had random weights: that the road works, and no result."""
    if not trials:
        return
    with st.expander(f"Trials with random weights ({len(trials)}): no results"):
        st.markdown(words.TRIALS)
        st.markdown("\n".join(f"- {escape(words.label(one))}" for one in trials))
