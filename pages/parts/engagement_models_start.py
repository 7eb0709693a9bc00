"""Start, watch and stop the training of a model of engagement phases."""

import streamlit as st

from pages.parts import engagement_models_start_words as words
from pages.parts import job_queue, show
from pages.parts import store_engagement_models as model_store
from pages.parts.engagement_models_words import STREAMS
from pages.parts.models_options import named
from pages.parts.words import escape
from pipeline.catalogue.phase_asked import CLASS_MAPS, PhasesAsked
from pipeline.jobs import Job

REFUSED = "engagement_refused"
HEADS = {"lstm": "Windows of frames (bi-LSTM)", "linear": "Single frames (linear)", "both": "Both"}


def start(role: str, again: bool) -> None:
    """The choices of a training, how long it will take, and the button; nothing where nothing can be taught."""
    names = model_store.stream_names(role)
    if model_store.coded(role).empty or not names:
        return
    st.subheader("Train another model" if again else "Train a model", anchor=False)
    asked = _choices(role, names)
    if asked is None:
        show.empty("Nothing to see for a model.", "Choose at least one stream.")
        return
    expected = model_store.expected(asked)
    if expected.refusal:
        show.empty("This model cannot be trained.", escape(expected.refusal))
        return
    times = words.expected(expected.low_s, expected.high_s)
    st.markdown(
        f"{times}, if this computer does nothing else. It runs in the background: this page may be closed, and what is "
        "done is kept if it is stopped."
    )
    kind = "secondary" if again else "primary"
    if st.button("Start training", type=kind, key="engagement_start", icon=":material/play_arrow:"):
        # Not in a callback: that would know the choices of the run before, if one was changed just now.
        job_queue.tried(model_store.submit, REFUSED, asked)
    for note in expected.notes:
        st.caption(escape(_in_words(note, role)))
    if refusal := st.session_state.pop(REFUSED, None):
        st.error(escape(refusal))


def _choices(role: str, names: tuple[str, ...]) -> PhasesAsked | None:
    """What is asked of a training; None without a stream."""
    with st.expander("Choices"):
        streams = st.pills(
            "What the model sees", names, selection_mode="multi", default=names, key=f"engagement_streams_{role}",
            format_func=lambda name: STREAMS.get(name, name),
        )  # fmt: skip
        chosen = named("Phases it tells apart", _maps(role), f"engagement_map_{role}")
        kind = named("How it looks", HEADS, "engagement_kind")
        compare = st.checkbox(
            "Compare: also each kind of stream alone, and single frames", key="engagement_compare",
            bind="query-params",
        )  # fmt: skip
    known = tuple(name for name in names if name in streams)
    return PhasesAsked(role=role, streams=known, class_map=chosen, kind=kind, compare=compare) if known else None


def _maps(role: str) -> dict[str, str]:
    """Class map -> its title, the paper's first."""
    maps = model_store.maps(role)
    names = sorted(maps, key=lambda name: name != CLASS_MAPS[role])
    return {name: maps[name].title for name in names}


def _in_words(note: str, role: str) -> str:
    """A note with class maps by their titles."""
    for name, one in model_store.maps(role).items():
        note = note.replace(name, f"“{one.title}”")
    return note


def queue() -> None:
    """Trainings that wait or run with their progress, and those that ended without a model; looks every 2 seconds."""
    job_queue.watch(model_store.queue, _active, _ended, "a model")


def _ended(job: Job) -> str:
    return f"{job_queue.when(job.ended)}: {escape(words.state(job))}"


def _active(job: Job) -> None:
    with st.container(border=True):
        seconds = job_queue.seconds(job)
        st.progress(words.part(job), text=escape(words.state(job, seconds)))
        st.button("Stop", key=f"engagement_stop_{job.id}", icon=":material/stop:", on_click=job_queue.tried,
                  args=(model_store.cancel, REFUSED, job.id),
                  help="Folds that are done are taken up when the same training is started again.")  # fmt: skip
