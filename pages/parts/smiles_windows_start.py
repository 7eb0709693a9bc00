"""Start, watch and stop a search for networks on windows of smiles."""

from datetime import UTC, datetime

import streamlit as st

from pages.parts import show
from pages.parts import smiles_windows_words as words
from pages.parts import store_smiles_windows as search_store
from pages.parts.models_options import named
from pages.parts.words import escape
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.errors import UserError
from pipeline.jobs import Job
from pipeline.steps.smile_windows import Asked

LOOK_EVERY_S = 2
MOST_ENDED = 3
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
        buttons.button(
            f"Start {escape(name)}", type="secondary" if again or number else "primary",
            key=f"window_start_{number}", icon=":material/play_arrow:", on_click=_begin, args=(asked,),
        )  # fmt: skip
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


def _begin(asked: Asked) -> None:
    try:
        search_store.submit(asked)
    except UserError as refusal:
        st.session_state[REFUSED] = refusal.message


def queue() -> None:
    """Searches that wait or run with their progress, and those that ended without a result; looks every 2 seconds."""
    before = {one.id for one in search_store.queue() if one.active}

    @st.fragment(run_every=LOOK_EVERY_S if before else None)
    def look() -> None:
        found = search_store.queue()
        if before - {one.id for one in found if one.active}:
            st.rerun()
        for job in found:
            if job.active:
                _active(job)
        ended = [one for one in found if one.state in ("failed", "cancelled", "lost")][:MOST_ENDED]
        if ended:
            with st.expander(f"Ended without a result ({len(ended)})"):
                for job in ended:
                    st.markdown(f"{_when(job.ended)}: {escape(words.state(job))}")

    look()


def _active(job: Job) -> None:
    with st.container(border=True):
        seconds = (datetime.now(UTC) - job.started).total_seconds() if job.started else 0.0
        st.progress(words.part(job), text=escape(f"{words.state(job)}{words.left(job, seconds)}"))
        st.button("Stop", key=f"window_stop_{job.id}", icon=":material/stop:", on_click=_stop, args=(job.id,),
                  help="Nothing of a stopped search is kept.")  # fmt: skip


def _stop(id: str) -> None:
    try:
        search_store.cancel(id)
    except UserError as refusal:
        st.session_state[REFUSED] = refusal.message


def _when(moment: datetime | None) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC" if moment else ""
