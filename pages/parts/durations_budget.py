"""The time budget: how many bouts, how long, how far apart."""

import streamlit as st

from pages.parts import show, store, store_durations
from pages.parts.durations_tables import BUDGET, BUDGET_NAMES, in_words, named
from pipeline.steps.durations import Question


def budget(question: Question) -> None:
    """A table per person, code and group: number, total, mean, spread and gaps of bouts."""
    st.subheader("Time budget: how often, how long, how far apart", anchor=False)
    found = store_durations.budget(question)
    if found is None:
        return show.empty("Lengths of single bouts are not stored for so many recordings.", "Narrow the filters.")
    found = found.round({name: 3 for name in found.columns if name.endswith("_s")})
    st.markdown("A bout is one stretch of a behaviour; a gap is the time from its end to the start of the next one.")
    show.table(
        named(store.released(in_words(found, question.split), BUDGET), BUDGET_NAMES), "budget", "durations_budget"
    )
