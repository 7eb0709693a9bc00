"""The view "Runs": longer fits of the question on the screen, the queue, and stored fits opened or compared."""

import streamlit as st

from pages.parts import job_queue
from pages.parts import store_models_runs as runs_store
from pages.parts.models_runs_open import opened
from pages.parts.models_runs_words import ABOUT, ENGINES, label, label_of, part_done, state
from pages.parts.store_models import Answer
from pages.parts.words import escape
from pipeline.errors import UserError
from pipeline.jobs import Job
from pipeline.steps.stored_fits import Asked

REFUSED = "fit_refused"
MOST_COMPARED = 4
CHOSEN = "fits"
"""Key of the chosen fits: they stand in the link."""
STOPPABLE = ("full", "two_part")
MODELS = {"Adjusted": "adjusted", "Unadjusted": "unadjusted"}


def runs(answer: Answer) -> None:
    """Start a longer fit, watch it, open what is stored."""
    start(answer)
    queue()
    stored()


def start(answer: Answer) -> None:
    """Choice of engine and model, and the two buttons."""
    st.subheader("Fit this question another way", anchor=False)
    st.markdown(
        "The other views show the quick engine's fit. A longer fit reaches the same result by another road, as a "
        "check, or fits what the quick engine cannot. It runs in the background with the filters and options chosen "
        "here; this page may be closed."
    )
    names = {ENGINES[name]: name for name in runs_store.engines() if name in ENGINES}
    left, right = st.columns(2)
    with left:
        engine = names[_chosen("Engine", list(names), "engine")]
    with right:
        model = _which(answer)
    st.caption(ABOUT[engine])
    buttons = st.container(horizontal=True)
    begun = buttons.button("Start this fit", type="primary", key="start_fit", icon=":material/play_arrow:")
    words = "Stores the quick fit on the screen with its choices and filters, to be compared later."
    kept = buttons.button("Keep the quick fit", key="keep_fit", icon=":material/bookmark_add:", help=words)
    if begun:
        _begin(answer, model, engine)  # not in a callback: that would know the choices of the run before
    if kept:
        _keep(answer, model)
    if refused := st.session_state.pop(REFUSED, None):
        st.error(escape(refused))


def _which(answer: Answer) -> str:
    """Adjusted or unadjusted; asked only where the question has both."""
    if not answer.question.adjusted.adjusted_for:
        return answer.question.shown[0]
    names = sorted(MODELS, key=lambda name: MODELS[name] != answer.question.shown[0])
    return MODELS[_chosen("Which model", names, "fit_of")]


def _chosen(text: str, options: list[str], key: str) -> str:
    said = st.selectbox(text, options, key=key, bind="query-params")
    return said if said in options else options[0]


def _begin(answer: Answer, model: str, engine: str) -> None:
    """The id first, into the link; then the job: another click at once loses nothing."""
    try:
        order = runs_store.order_of(answer, model, engine)
        st.session_state[CHOSEN] = [label(runs_store.identity(order), engine, runs_store.spec_of(answer, model))]
        runs_store.submit(answer, order)
    except UserError as refusal:
        st.session_state[REFUSED] = refusal.message


def _keep(answer: Answer, model: str) -> None:
    order = runs_store.order_of(answer, model, "quick", answer.models[model].fit.seed)
    try:
        runs_store.keep(answer, model, order)
        name = label(runs_store.identity(order), "quick", runs_store.spec_of(answer, model))
        before = [one for one in st.session_state.get(CHOSEN, []) if one != name]
        st.session_state[CHOSEN] = [*before, name][-MOST_COMPARED:]
    except UserError as refusal:
        st.session_state[REFUSED] = refusal.message


def queue() -> None:
    """Fits that wait or run, with their progress, and those that ended without a result; looks every two seconds."""
    job_queue.watch(runs_store.queue, _active, _ended, "a result", "Running and waiting", open_alone=True)


def _ended(job: Job) -> str:
    return f"**{_name(job)}** ({job_queue.when(job.ended)}): {escape(state(job))}"


def _name(job: Job) -> str:
    question = runs_store.asked(job.id)
    return escape(label_of(question)) if question else job.id[:8]


def _active(job: Job) -> None:
    with st.container(border=True):
        st.markdown(f"**{_name(job)}**")
        since = f", for {_minutes(job)}" if job.started else ""
        st.progress(part_done(job), text=f"{escape(state(job))}{since}")
        buttons = st.container(horizontal=True)
        if job.state == "running" and _can_stop(job):
            buttons.button(
                "Stop and keep the draws so far", key=f"stop_{job.id}", on_click=job_queue.tried,
                args=(runs_store.stop, REFUSED, job.id),
            )  # fmt: skip
        ends = (runs_store.cancel, REFUSED, job.id)
        buttons.button("Cancel", key=f"cancel_{job.id}", on_click=job_queue.tried, args=ends)


def _can_stop(job: Job) -> bool:
    """Whether its engine can end early and keep what it has."""
    question = runs_store.asked(job.id)
    return question is not None and question.engine in STOPPABLE


def _minutes(job: Job) -> str:
    seconds = int(job_queue.seconds(job))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"


def stored() -> None:
    """Choice among the fits of this study: one is opened, two to four are compared."""
    st.subheader("Stored fits", anchor=False)
    known = {label_of(one): one for one in runs_store.runs()}
    linked = st.query_params.get_all(CHOSEN)
    if not known:
        _missing(linked, known)
        st.markdown("No fit is stored yet. Start one above, or keep the quick fit.")
        return
    if CHOSEN in st.session_state:
        st.session_state[CHOSEN] = [one for one in st.session_state[CHOSEN] if one in known]
    chosen = st.multiselect(
        "Open one, or compare two to four", list(known), key=CHOSEN, bind="query-params",
        max_selections=MOST_COMPARED, placeholder="Choose a stored fit",
    )  # fmt: skip
    _missing(linked, known)
    ready = [known[name] for name in chosen if name in known and _ready(known[name])]
    if ready:
        opened(ready)
        st.caption("The address of this page opens the same fits with the same choices again.")


def _missing(linked: list[str], known: dict[str, Asked]) -> None:
    """A link may name a fit that this study folder does not have."""
    for name in linked:
        if name not in known:
            st.warning(
                f"The fit of this link ({escape(name[:60])}) is not stored in this study. The choices of the link are "
                "set as they were: start the fit again to have it here."
            )


def _ready(one: Asked) -> bool:
    if runs_store.finished(one.id):
        return True
    st.info(f"{escape(label_of(one))}: no result yet. It opens here as soon as it is done.")
    return False
