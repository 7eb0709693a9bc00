"""Below one session: how right the model is in every session, sorted; a click shows that session."""

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import store_engagement_session as answers
from pages.parts.charts_engagement_session import draw_scores
from pages.parts.models_options import named
from pages.parts.words import SUBJECTS, counted, percent
from pipeline.steps.engagement_session import Pair
from pipeline.steps.release import ReleaseSpec, renamed

CLICKED, CHART = "engagement_session_clicked", "engagement_session_scores"
"""Keys of the session that was clicked and of the figure."""
SHOWN = {"accuracy": "Share of time predicted as coded", "kappa": "Kappa (beyond chance)"}
NAMES = {
    "observation_id": "Session", "compared_s": "Compared (s)", "accuracy": "Predicted as coded (share of time)",
    "kappa": "Kappa",
}  # fmt: skip


def all_sessions(here: str, pairs: list[Pair]) -> None:
    """The dots of the pair chosen; nothing where no session can be compared."""
    if not pairs:
        return
    st.subheader("How right is the model in each session?", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pair = _pair(pairs)
        column = named("Shown as", SHOWN, "engagement_session_shown")
    frame = answers.session_scores(here, pair)
    known = frame[column].dropna()
    if known.empty:
        show.empty("No selected session can be compared.", "Widen the filters.")
        return
    st.markdown(_says(frame))
    table = renamed(store.released(frame, ReleaseSpec(individual=True)), NAMES, 3)
    figure = draw_scores(frame, column, SHOWN[column], here)
    show.figure(figure, f"{_says(frame)} One dot per session.", CHART, table, "phase_sessions", on_select=_clicked)
    st.caption("Dotted: the middle session. Click a dot to see its session above.")


def _pair(pairs: list[Pair]) -> Pair:
    words = {SUBJECTS.get(one.subject, one.subject): one for one in pairs}
    said = (
        st.selectbox("Whose phases", list(words), key="engagement_session_who") if len(words) > 1 else next(iter(words))
    )
    return words.get(said, pairs[0])


def _says(frame: pd.DataFrame) -> str:
    right = frame["accuracy"].dropna()
    return (
        f"{counted(len(right), 'session')}: between {percent(right.min())} and {percent(right.max())} of the time is "
        f"predicted as coded, in the middle session {percent(right.median())}."
    )


def _clicked() -> None:
    """A click on a dot chooses the session that is looked at."""
    points = st.session_state[CHART]["selection"]["points"]
    if points and "customdata" in points[0]:
        said = points[0]["customdata"]
        st.session_state[CLICKED] = said[0] if isinstance(said, list) else said
