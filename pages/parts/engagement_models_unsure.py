"""Where a trained model is unsure: the segments a person should look at first, each one click from its video."""

import pandas as pd
import streamlit as st

from pages.parts import engagement_models_words as words
from pages.parts import show, store
from pages.parts.engagement_models_tables import SINGLE
from pages.parts.timelines_jump import jump
from pages.parts.words import counted, escape, plain
from pipeline.catalogue.phase_card import Card
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import renamed

FIRST = 8
"""So many segments have a button."""
LISTED = 500
PROTOCOL = "protocol"
"""The sidebar's choice of the kind of recording."""
NAMES = {
    "observation_id": "Session", "phase": "Predicted", "start_s": "Start (s)", "length_s": "Length (s)",
    "sure": "Sure (%)", "doubt_s": "Expected to be wrong (s)",
}  # fmt: skip
BEFORE_MS = 1_000
"""A person needs a moment before the segment begins."""


def unsure(card: Card, report: Report) -> None:
    """Buttons for the least sure segments of the selected sessions, and the list for a file."""
    st.subheader("Where is the model unsure?", anchor=False)
    frame = listed(report, set(store.selected()["observation_id"]))
    if frame.empty:
        _elsewhere(report)
        return
    st.markdown(_says(frame, report))
    buttons = st.container(horizontal=True)
    for number, row in enumerate(frame.head(FIRST).itertuples()):
        if buttons.button(_named(row), key=f"engagement_unsure_{number}", icon=":material/play_arrow:"):
            jump(row.observation_id, max(0, row.onset_ms - BEFORE_MS), card.coder_id)
    with st.expander("The whole list"):
        released = renamed(store.released(frame.head(LISTED), SINGLE), NAMES)
        show.table(released, "engagement_unsure_table", "engagement_unsure")


def _elsewhere(report: Report) -> None:
    """That the sessions of the model are filtered out, and one click to them."""
    show.empty(
        "No session of this model is among the selected observations.",
        "Choose the kind of recording it was taught on in the sidebar, or clear the filters.",
    )
    known = store.observations()
    kinds = known.loc[known["observation_id"].isin(report.unsure["observation_id"]), "protocol"].unique().tolist()
    if kinds and store.selection().protocol not in (None, *kinds):
        name = kinds[0]
        st.button(f"Show “{plain(name)}”", on_click=st.session_state.update, args=({PROTOCOL: name},))


def listed(report: Report, ids: set[str]) -> pd.DataFrame:
    """Segments of these sessions, least sure first, in words and seconds."""
    frame = report.unsure[report.unsure["observation_id"].isin(ids)].reset_index(drop=True)
    length = (frame["offset_ms"] - frame["onset_ms"]) / 1000
    return frame.assign(
        phase=frame["code"].map(words.phase), start_s=frame["onset_ms"] / 1000, length_s=length,
        sure=100 * frame["confidence"],
    )  # fmt: skip


def _says(frame: pd.DataFrame, report: Report) -> str:
    sessions = counted(frame["observation_id"].nunique(), "session")
    outside = report.unsure["observation_id"].nunique() - frame["observation_id"].nunique()
    left = f" {counted(outside, 'session')} of this model not among the selected observations." if outside else ""
    return (
        f"{counted(len(frame), 'segment')} in {sessions}, the least sure first; each button opens its timeline and "
        f"video a second before. Segments shorter than a second come last.{left}"
    )


def _named(row: tuple) -> str:
    """'SF03 · 0:42 · Ineg for 2.4 s, 38 % sure': short enough for a narrow screen."""
    minutes, seconds = divmod(int(row.onset_ms / 1000), 60)
    return escape(
        f"{row.observation_id} · {minutes}:{seconds:02} · {row.code} for {row.length_s:.1f} s, {row.sure:.0f} % sure"
    )
