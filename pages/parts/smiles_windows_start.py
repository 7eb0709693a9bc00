"""Start, watch and stop a search for networks on windows of smiles."""

import streamlit as st

from pages.parts import job_queue, show
from pages.parts import smiles_windows_words as words
from pages.parts import store_smiles_windows as search_store
from pages.parts.models_options import named
from pages.parts.words import escape
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.jobs import Job
from pipeline.steps.smile_windows import Asked

REFUSED = "windows_refused"
SIZES = (2, 3, 4, 5)


def start(names: tuple[str, ...], score: str, again: bool) -> None:
    """The choices of a search, how long it will take, and the buttons."""
    settings = _settings("Start the search again, or with other choices" if again else "Choices")
    reasons = search_store.refused(names, settings)
    if score in reasons:
        show.empty(f"A search for {escape(score)} cannot be started.", escape(reasons[score]))
    orders = _orders(tuple(name for name in names if name not in reasons), score, settings)
    if orders:
        times = [f"{words.duration(search_store.expected(asked))} {escape(name)}" for name, asked in orders.items()]
        st.markdown(f"{_begun(', '.join(times))}, in the background; this page may be closed.")
    buttons = st.container(horizontal=True)
    for number, (name, asked) in enumerate(orders.items()):
        kind, key = "secondary" if again or number else "primary", f"window_start_{number}"
        if buttons.button(f"Start {escape(name)}", type=kind, key=key, icon=":material/play_arrow:"):
            # Not in a callback: that would know the choices of the run before, if one was changed just now.
            job_queue.tried(search_store.submit, REFUSED, asked)
    if refusal := st.session_state.pop(REFUSED, None):
        st.error(escape(refusal))


def _settings(heading: str) -> WindowSettings:
    """The choices of a search, folded away."""
    with st.expander(heading):
        features = named("Features of a smile that the networks are given", words.FEATURES, "window_features")
        single = st.checkbox("Also windows of a single smile", key="window_single", bind="query-params")
    return WindowSettings(windows=(1, *SIZES) if single else SIZES, features=features)


def _orders(suited: tuple[str, ...], score: str, settings: WindowSettings) -> dict[str, Asked]:
    """What can be started: 'for PHQ-9', 'for all 5 scores'."""
    found = {f"for {score}": Asked((score,), settings)} if score in suited else {}
    if len(suited) > 1:
        found[f"for all {len(suited)} scores"] = Asked(suited, settings)
    return found


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def queue() -> None:
    """Searches that wait or run with their progress, and those that ended without a result; looks every 2 seconds."""
    job_queue.watch(search_store.queue, _active, _ended, "a result")


def _ended(job: Job) -> str:
    return f"{job_queue.when(job.ended)}: {escape(words.state(job))}"


def _active(job: Job) -> None:
    with st.container(border=True):
        seconds = job_queue.seconds(job)
        st.progress(words.part(job), text=escape(f"{words.state(job)}{words.left(job, seconds)}"))
        st.button("Stop", key=f"window_stop_{job.id}", icon=":material/stop:", on_click=job_queue.tried,
                  args=(search_store.cancel, REFUSED, job.id),
                  help="Nothing of a stopped search is kept.")  # fmt: skip
