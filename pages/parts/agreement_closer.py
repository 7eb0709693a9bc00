"""One kappa looked at closely: its matrix with numbers, what the numbers say, and whether totals agree."""

import pandas as pd
import streamlit as st

from pages.parts import agreement_words as words
from pages.parts import show, store, store_agreement
from pages.parts.agreement_choices import Question
from pages.parts.agreement_forest import CLOSER, definition
from pages.parts.agreement_tables import SINGLE, named, of_pool, unit, without_dust
from pages.parts.charts_agreement import draw_matrix
from pages.parts.words import coder, escape
from pipeline.measures.agreement_matrices import NO_EVENT
from pipeline.measures.agreement_totals import SEVERAL_PAIRS
from pipeline.measures.agreement_units import UNCODED
from pipeline.steps.agreement_pools import ALL

MEASURES = {"seconds": "Time (s)", "bouts": "Bouts (number)"}
TOTALS = {
    "code": "Code", "measure": "Total of", "icc_1_1": "ICC, one coder", "icc_1_k": "ICC, mean of both",
    "icc_a_1": "Absolute agreement, one coder", "icc_a_k": "Absolute agreement, mean of both",
    "icc_c_1": "Consistency, one coder", "icc_c_k": "Consistency, mean of both", "first_mean": "Mean, first coder",
    "second_mean": "Mean, second coder", "n": "Pairs of codings", "recordings": "Recordings", "note": "Note",
}  # fmt: skip
CORRELATIONS = tuple(name for name in TOTALS if name.startswith("icc_"))
ABOUT_TOTALS = (
    "A matrix asks whether both coders say the same at the same time. What a duration analysis needs is less: that the "
    "totals per recording agree. The intraclass correlation (ICC, one-way) is the share of the differences between "
    "totals that is between recordings, not between coders: 1 is perfect. "
    "Codes that neither coder used are left out."
)
BEYOND = "coders differ far more than recordings"
"""Where a correlation would be below -1."""


def chosen(frame: pd.DataFrame) -> str:
    """The row that is looked at: the reader's, or at first the one with the lowest kappa that has an interval."""
    labels = frame["label"].tolist()
    if st.session_state.get(CLOSER) not in labels:
        st.session_state[CLOSER] = labels[_weakest(frame)]
    return str(st.session_state[CLOSER])


def _weakest(frame: pd.DataFrame) -> int:
    """The place of the lowest kappa on enough recordings, else of the first row."""
    for some in (frame[frame["recordings"] >= words.ENOUGH], frame):
        known = some["kappa"].dropna()
        if len(known):
            return int(frame.index.get_loc(known.idxmin()))
    return 0


def closer(question: Question, frame: pd.DataFrame) -> pd.Series:
    """Which kappa is looked at, its matrix and its words; returns its row."""
    st.subheader("Which codes are taken for each other?", anchor=False)
    label = st.selectbox("Looked at closely", frame["label"].tolist(), key=CLOSER, persist_state="session")
    row = frame[frame["label"] == label].iloc[0]
    pools = store_agreement.pools(question.method)
    st.markdown(words.numbers(row, unit(question.method)))
    cells = in_order(of_pool(pools.matrices, row, "direction"), row)
    if cells.empty:
        show.empty("There is no matrix: no time, or no event, was coded by both.", "Choose another row.")
        return row
    _matrix(cells, row, question)
    return row


def in_order(cells: pd.DataFrame, row: pd.Series) -> pd.DataFrame:
    """The matrix with its codes in scheme order; uncoded time, or no event, comes last."""
    used = set(cells["first_code"]) | set(cells["second_code"])
    codes = store.codes()
    scheme = codes[(codes["scheme"] == row["scheme"]) & (codes["behaviour_group"] == row["behaviour_group"])]["code"]
    nothing = [UNCODED, NO_EVENT]
    several = sorted(used - set(scheme) - set(nothing))
    order = [*(code for code in scheme if code in used), *several, *(code for code in nothing if code in used)]
    sides = {name: pd.Categorical(cells[name], categories=order) for name in ("first_code", "second_code")}
    return cells.assign(**sides).sort_values(["first_code", "second_code"], ignore_index=True)


def sides(row: pd.Series) -> tuple[str, str]:
    """What rows and columns of the matrix are."""
    if row["first"] == ALL:
        return "First coder", "Second coder"
    return coder(str(row["first"])), coder(str(row["second"]))


def _matrix(cells: pd.DataFrame, row: pd.Series, question: Question) -> None:
    """The matrix as a heat map with its table."""
    counted = unit(question.method)
    first, second = sides(row)
    figure = draw_matrix(cells, counted)
    table = cells[["first_code", "second_code", "weight"]].astype({"first_code": "str", "second_code": "str"})
    table = table.set_axis([f"{first}", f"{second}", f"Weight ({counted})"], axis=1)
    alt = f"Agreement matrix of {row['label']}. {confusion(cells, counted)}"
    st.markdown(escape(confusion(cells, counted)))
    st.markdown(escape(f"Rows: {_small(first)}. Columns: {_small(second)}."))
    show.figure(figure, alt, "agreement_matrix", store.released(table, SINGLE), "agreement_matrix")
    who = "" if row["first"] != ALL else " First and second: by name, people before models."
    st.caption(
        f"Numbers: {'seconds' if counted == 's' else counted}. Blue: both say the same. Orange: they differ, stronger "
        f"the larger the part of its row.{who} {definition(question)}"
    )


def _small(side: str) -> str:
    """'first coder', or a coder's own name."""
    return side.lower() if side in ("First coder", "Second coder") else side


def confusion(cells: pd.DataFrame, counted: str) -> str:
    """The two codes that are most often taken for each other, in both directions together."""
    frame = cells.astype({"first_code": "str", "second_code": "str"})
    frame = frame[(frame["first_code"] != frame["second_code"]) & (frame["weight"] > 0)]
    if frame.empty:
        return "The coders never differ."
    both = [" and ".join(f"“{code}”" for code in sorted(pair)) for pair in frame[["first_code", "second_code"]].values]
    sums = frame["weight"].groupby(both).sum().sort_values(ascending=False, kind="stable")
    share = 100 * sums.iloc[0] / sums.sum()
    return (
        f"Most often taken for each other: {sums.index[0]}, {sums.iloc[0]:,.0f} {counted} "
        f"or {share:.0f} % of all disagreement."
    )


def meaningful(frame: pd.DataFrame) -> pd.DataFrame:
    """Correlations below -1 are left out, and the note says why: the formula of a mean of coders has no lower limit."""
    correlations = frame[list(CORRELATIONS)]
    beyond = correlations < -1
    note = frame["note"].where(~beyond.any(axis=1), (frame["note"] + "; " + BEYOND).str.removeprefix("; "))
    return frame.assign(note=note, **correlations.mask(beyond))


def totals(question: Question, row: pd.Series) -> None:
    """Intraclass correlations of durations and counts per code."""
    st.subheader("Do the totals agree?", anchor=False)
    st.markdown(ABOUT_TOTALS)
    frame = of_pool(store_agreement.pools(question.method).totals, row)
    frame = frame[(frame["first_mean"] > 0) | (frame["second_mean"] > 0)]
    if frame.empty:
        show.empty("There are no totals: both coders must have marked this behaviour.", "Choose another row above.")
        return
    several = (frame["outcome"] == SEVERAL_PAIRS).any()
    note = frame["outcome"].replace(SEVERAL_PAIRS, "").map(words.note_of)
    frame = frame.assign(note=note, measure=frame["measure"].map(MEASURES))
    frame = meaningful(frame.assign(**{name: without_dust(frame[name]) for name in CORRELATIONS}))
    released = store.released(frame, SINGLE)
    show.table(named(released, TOTALS), "agreement_totals", "agreement_totals")
    if several:
        st.caption(
            "First and second are not the same two people in every recording, so absolute agreement and consistency "
            "are not given. Choose “Per two coders” to see them."
        )
