"""The panel "Traces": how a stream's numbers go over play, still face and reunion."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import engagement_study_traces_words as words
from pages.parts import show, store
from pages.parts import store_engagement_traces as answers
from pages.parts.charts_engagement_study_traces import draw_traces
from pages.parts.models_options import select
from pages.parts.words import escape
from pipeline.catalogue.episodes import EPISODES
from pipeline.steps.feature_traces import CELLS, FRAMES, IMPORTED, LEVEL, STEP_MS, TOKENS, Answer, Stream
from pipeline.steps.release import ReleaseSpec, renamed

TRACES = ReleaseSpec(
    labels=("episode", "second", "note"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("mean", "low", "high", "dyads")),
)
NAMES = {
    "episode": "Episode", "second": "From second", "mean": "Mean", "low": "95 % from", "high": "95 % to",
    "dyads": "Dyads", "families": "Families", "note": "Note",
}  # fmt: skip
CHANGES = ReleaseSpec(
    labels=("first", "second"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("mean", "low", "high")),
)
ORDER = (CELLS, TOKENS, IMPORTED, FRAMES, LEVEL)
"""What is offered first."""
SHOWN = {False: "As measured", True: "Less the session's mean in play"}


def panel() -> None:
    """Choices, the finding, the figure, and what the numbers are."""
    streams, barred = answers.traceable()
    if barred:
        st.info(words.barred(barred), icon=":material/block:")
    if not streams:
        show.empty(words.NO_STREAMS, words.HOW_STREAMS)
        return
    finding = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = {words.stream(one): one for one in sorted(streams, key=_place)}
        stream = titles[select("Stream", list(titles), "trace_stream", 300)]
        numbers = {title: place for place, title in enumerate(words.numbers(stream))}
        number = numbers[select("What is shown", list(numbers), "trace_number", 230)]
        said = {title: centred for centred, title in SHOWN.items()}
        centred = said[select("Values", list(said), "trace_values", 290)]
    if not _read(stream):
        return
    found = answers.answer(stream, number, centred)
    if found.traces.empty:
        show.empty(words.NO_EPISODES, words.HOW_EPISODES)
        return
    with finding:
        _headline(found, stream, number)
    _figure(found, stream, number, centred)
    st.caption(" ".join(words.about(stream)))


def _place(one: Stream) -> tuple[int, bool, bool]:
    """Small streams first, the infant's before the caregiver's."""
    return ORDER.index(one.kind), one.subject != "infant", one.subject == ""


def _read(stream: Stream) -> bool:
    """Whether the numbers are there: small streams are read at once, large ones on a click."""
    if answers.is_kept(stream):
        return True
    if answers.is_small(stream):
        with st.spinner("Reading the stream once ..."):
            answers.keep(stream)
        return True
    show.empty(f"The stream has not been read yet: {words.size(stream)}.", "Only a few numbers per frame are kept.")
    if not st.button("Read the stream now", icon=":material/play_arrow:", key="trace_read"):
        return False
    bar = st.progress(0.0, text="Reading ...")
    total = len(stream.rows)
    answers.keep(stream, lambda done: bar.progress(done / total, text=f"{done} of {total} recordings read"))
    st.rerun()


def _headline(found: Answer, stream: Stream, number: int) -> None:
    released = store.released(found.changes.reset_index(drop=True), CHANGES)
    means = found.means.set_index("episode")["share"].to_dict()
    if sentence := words.finding(released.frame, means, found.asked, words.numbers(stream)[number]):
        st.markdown(f"### {sentence}")
    st.markdown(words.basis(found, stream, number))


def _figure(found: Answer, stream: Stream, number: int, centred: bool) -> None:
    title = words.numbers(stream)[number]
    axis = f"{words.axis(stream, number)}{', less its mean in play' if centred else ''}"
    frame = found.traces.assign(second=found.traces["step"] * STEP_MS / 1000)
    released = store.released(frame, TRACES)
    drawn = released.frame.assign(step=(released.frame["second"] * 1000 // STEP_MS).astype(int))
    if drawn["mean"].isna().all():
        return show.empty("No number of this stream is known in these episodes.", "Choose another stream.")
    titles = {name: EPISODES[name] for name in EPISODES if name in set(drawn["episode"])}
    alt = f"{escape(title)}: mean over dyads and 95 % interval by families, second by second of each episode."
    table = renamed(replace(released, frame=_titled(released.frame)), NAMES, 4)
    show.figure(draw_traces(drawn, titles, axis, STEP_MS / 1000), alt, "traces", table, "feature_traces")


def _titled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(episode=frame["episode"].map(EPISODES))
