"""The panel "Picture": the cells or patches of one picture as colours, beside the picture of the video."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages.parts import engagement_study_traces_words as words
from pages.parts import show, store, store_timelines
from pages.parts import store_engagement_traces as answers
from pages.parts.charts_engagement_study_traces import draw_pictures
from pages.parts.models_options import select
from pages.parts.timelines_choices import label
from pages.parts.timelines_one import VIEWS
from pages.parts.words import plain
from pipeline.errors import UserError
from pipeline.steps.feature_traces import CELLS, Stream
from pipeline.steps.release import ReleaseSpec, renamed
from pipeline.steps.token_picture import picturable

ASKED = "picture_asked"
"""Key of what was asked for with the button: (stream, session, ms, view)."""
COLOURS = (
    "Colours are the first three components of the patches of this session: patches of one colour look alike to the "
    "features. A colour means nothing by itself."
)
HEAT = "The brighter a cell, the more it changes at this moment; the brightest is what few cells of the session reach."


def panel() -> None:
    """Choice of a stream, a session and a moment; a button decodes the picture."""
    streams, barred = answers.traceable()
    if barred:
        st.info(words.barred(barred), icon=":material/block:")
    mine = [
        one for one in picturable(streams) if set(one.rows["observation_id"]) & set(store.selected()["observation_id"])
    ]
    if not any(one.kind != CELLS for one in mine):
        st.markdown(
            "What does a model see of one moment? Here: how much each cell of the picture changes. What DINOv2 sees of "
            "it needs its stream: `python -m pipeline extract VIDEO --streams dinov2`, and [[streams]] in the manifest."
        )
    if not mine:
        show.empty("No selected session has a stream with places in the picture.", words.HOW_STREAMS)
        return
    _one(mine)


def _one(streams: list[Stream]) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        titles = {words.stream(one): one for one in sorted(streams, key=lambda one: one.subject != "infant")}
        stream = titles[select("Stream", list(titles), "picture_stream", 300)]
        row = _session(stream)
        media = store_timelines.recording(row["observation_id"]).media
        view = _view(media)
        length = (int(row["end_ms"]) - int(row["start_ms"])) / 1000
        at = st.number_input("Second", 0.0, length, min(1.0, length), 0.04, key="picture_second", width=140)
        asked = (stream.key, str(row["observation_id"]), round(1000 * float(at)) + int(row["start_ms"]), view)
        if st.button("Show the picture", icon=":material/image:", key="picture_show"):
            st.session_state[ASKED] = asked
    if st.session_state.get(ASKED) != asked:
        st.markdown("Choose a session and a second, then press the button: that picture is read from the video.")
        return
    _draw(stream, asked, media)


def _session(stream: Stream) -> pd.Series:
    """Sessions of the selection that have the stream; the choice stays in the session: no id in a link."""
    selected = store.selected()
    frame = selected[selected["observation_id"].isin(set(stream.rows["observation_id"]))]
    frame = frame.sort_values(["views", "observation_id"], ascending=[False, True], ignore_index=True)
    ids = store.ids(frame)
    names = dict(zip(ids, map(label, frame.to_dict("records")), strict=True))
    said = st.selectbox("Session", ids, key="picture_session", format_func=names.get, width=380)
    return frame.iloc[ids.index(said) if said in ids else 0]


def _view(media: pd.DataFrame) -> str:
    names = {VIEWS.get(row.view, plain(row.view)): str(row.view) for row in media.itertuples()}
    if len(names) < 2:
        return next(iter(names.values()), "")
    return names[st.selectbox("Video", list(names), key="picture_view", width=200)]


def _film(media: pd.DataFrame, view: str, at_ms: int) -> tuple[Path | None, int]:
    """File of the video and its time (ms) at a moment of the session."""
    for row in media[media["view"] == view].itertuples():
        path = Path(row.path)
        return path if path.is_absolute() else Path(store_timelines.home(), path), at_ms + int(row.offset_ms)
    return None, 0


def _draw(stream: Stream, asked: tuple[str, str, int, str], media: pd.DataFrame) -> None:
    film, film_ms = _film(media, asked[3], asked[2])
    try:
        found = answers.picture(stream, asked[1], asked[2], film, film_ms)
    except UserError as fault:
        show.empty(fault.message, "Nothing was changed.")
        return
    if found.note:
        st.info(found.note, icon=":material/videocam_off:")
    seen = "Change of the picture" if stream.kind == CELLS else "Three components"
    images = [(found.film, "Video"), (found.cells, seen)] if found.film else [(found.cells, seen)]
    table = renamed(
        store.released(found.numbers, ReleaseSpec(individual=True)), {name: name for name in found.numbers}, 4
    )
    alt = f"{seen} of one picture as coloured cells, beside the picture of the video."
    show.figure(draw_pictures(images, found.aspect), alt, "token_picture", table, "picture_features")
    st.caption(HEAT if stream.kind == CELLS else f"{COLOURS} {words.SIGN}")
