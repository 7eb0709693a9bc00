"""Which recordings pull a kappa down, the worst first, and one click away both codings one above the other."""

import pandas as pd
import streamlit as st

from pages.parts import agreement_words as words
from pages.parts import show, store, store_agreement
from pages.parts.agreement_choices import Question
from pages.parts.agreement_lanes import lanes
from pages.parts.agreement_tables import SINGLE, named, of_pool, without_dust
from pages.parts.charts_agreement import kappa_text
from pages.parts.words import coder, plain
from pipeline.steps.agreement_pools import ALL

TABLE, PAIR, ORDER = "agreement_pulls", "agree_pair", "agree_pulls_shown"
NAMES = {
    "observation_id": "Observation", "pull": "Change of kappa by it", "kappa_without": "Kappa without it",
    "kappa": "Own kappa", "disagreement_s": "They differ (s)", "common_s": "Of (s)", "coders": "Coders",
    "role": "Caregiver", "activity": "Activity", "note": "Note",
}  # fmt: skip


def pulls(question: Question, row: pd.Series) -> None:
    """The sorted list, and the lanes of the chosen pair of codings."""
    st.subheader("Which observations pull kappa down?", anchor=False)
    frame = listed(question, row)
    if frame.empty:
        show.empty("No observation belongs to this row.", "Choose another row above.")
        return
    st.markdown(_finding(frame, row))
    st.session_state[ORDER] = frame["pair"].tolist()
    shown = frame.round({"disagreement_s": 1, "common_s": 1}).assign(pull=without_dust(frame["pull"]))
    released = named(store.released(shown, SINGLE), NAMES)
    show.table(released, TABLE, "agreement_observations", on_select=_clicked)
    pair = _choice(frame)
    lanes(question, frame[frame["pair"] == pair].iloc[0])


def listed(question: Question, row: pd.Series) -> pd.DataFrame:
    """Pairs of codings of the row's pool, the one that pulls down most first; for two coders theirs of the whole."""
    frame = store_agreement.pools(question.method).pulls
    if row["first"] == ALL:
        frame = of_pool(frame, row, "direction")
    else:
        frame = of_pool(frame, row.where(~row.index.isin(["first", "second"]), ALL), "direction")
        frame = frame[(frame["first_coder"] == row["first"]) & (frame["second_coder"] == row["second"])]
    known = store.selected().set_index("observation_id")
    ids = frame["observation_id"]
    return frame.reset_index(drop=True).assign(
        role=ids.map(known["role"]).map(plain).to_numpy(),
        activity=ids.map(known["activity"]).map(plain).to_numpy(),
        coders=(frame["first_coder"].map(coder) + " and " + frame["second_coder"].map(coder)).to_numpy(),
        note=frame["outcome"].map(words.note_of).to_numpy(),
    )


def _finding(frame: pd.DataFrame, row: pd.Series) -> str:
    """The worst recording, and whether the list hangs on few."""
    down = frame[frame["pull"] < 0]
    if len(frame) == 1:
        return "This number rests on one pair of codings: both stand below, one above the other."
    start = "Worst first; click the box before a row to see both codings below. "
    if row["first"] != ALL:
        start += "Kappa means here that of all coders together. "
    if down.empty:
        return f"{start}No single observation lowers kappa."
    worst = down.iloc[0]
    time = frame["disagreement_s"].sum()
    half = int((down["disagreement_s"].cumsum() < time / 2).sum()) + 1
    more = f" The first {half} of {len(frame)} hold half of all disagreement." if 1 < half <= len(down) else ""
    whole, without = (
        kappa_text(value, 3) for value in (worst["kappa_without"] + worst["pull"], worst["kappa_without"])
    )
    return f"{start}Without the first, kappa would be **{without}** instead of {whole}.{more}"


def _clicked() -> None:
    """The row that was clicked becomes the pair whose lanes are shown."""
    rows = st.session_state[TABLE]["selection"]["rows"]
    order = st.session_state.get(ORDER, [])
    if rows and rows[0] < len(order):
        st.session_state[PAIR] = order[rows[0]]


def _choice(frame: pd.DataFrame) -> int:
    """The pair of codings whose lanes are shown; it stays in the session: no id in a link."""
    pairs = frame["pair"].tolist()
    if st.session_state.get(PAIR) not in pairs:
        st.session_state[PAIR] = pairs[0]
    names = dict(zip(pairs, map(_option, frame.to_dict("records")), strict=True))
    return st.selectbox("Shown below", pairs, key=PAIR, format_func=lambda pair: names.get(pair, str(pair)))


def _option(row: dict) -> str:
    """'0033.B.1.feeding · Mother · Feeding · KL and MS · they differ in 52.8 of 299.8 s'."""
    differ = f"they differ in {row['disagreement_s']:.1f} of {row['common_s']:.1f} s"
    return " · ".join([row["observation_id"], row["role"], row["activity"], row["coders"], differ])
