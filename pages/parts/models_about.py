"""What stands beside the terms of a model: the random part, the flow of data, and the methods in words."""

import streamlit as st

from pages.parts import models_words, show, store
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import flow_table, random_table
from pages.parts.store_models import Answer


def random_part(answer: Answer) -> None:
    """Variances, the infant-caregiver covariance and correlation, and the share between units."""
    st.subheader("How infant and caregiver go together", anchor=False)
    st.markdown(
        "Variances are in squared SD of the outcome. A unit is one recording; a row is one behaviour in it. The "
        "correlation says whether infant and caregiver do more, or less, than expected together."
    )
    show.table(store.released(random_table(answer), ANALYST_ONLY), "random_part", "random_part")


def way(answer: Answer) -> None:
    """Recordings -> units -> values, with the reason for each loss."""
    st.subheader("From recordings to values", anchor=False)
    show.table(store.released(flow_table(answer), ANALYST_ONLY), "flow", "flow", small=True)


def methods(answer: Answer) -> None:
    """The analysis in words for a paper."""
    st.subheader("Methods, as text", anchor=False)
    st.markdown(models_words.methods(answer))
