"""The random part of a model: how much recordings differ, and how infant and caregiver go together."""

import streamlit as st

from pages.parts import show, store
from pages.parts.models_random_words import random_finding, random_numbers, random_table
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.store_models import Answer


def random_part(answer: Answer) -> None:
    """The random part in two sentences and a table of a few lines."""
    st.subheader("How infant and caregiver go together", anchor=False)
    st.markdown(" ".join(random_finding(answer)))
    table, numbers = random_table(answer), random_numbers(answer)
    show.words(store.released(table, ANALYST_ONLY), store.released(numbers, ANALYST_ONLY), "random_part", "random_part")
    st.caption("Variances are in squared units of the outcome, in brackets 95 % intervals. A row is one behaviour.")
