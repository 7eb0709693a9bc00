"""What stands beside the terms of a model: the flow of data, and the engine."""

import streamlit as st

from pages.parts import show, store
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import flow_table
from pages.parts.store_models import Answer


def way(answer: Answer) -> None:
    """Recordings -> units -> values, with the reason for each loss."""
    st.subheader("From recordings to values", anchor=False)
    show.table(store.released(flow_table(answer), ANALYST_ONLY), "flow", "flow", small=True)


def engine(answer: Answer) -> None:
    """What the numbers on the page were computed by, and where the longer roads to them are."""
    found = answer.leading.fit.diagnostics
    st.caption(
        f"Computed at once by the quick engine: {found['ess']:.0f} effective draws of the variances, Pareto k "
        f"{found['pareto_k']:.2f}. The longer engines are started in the view 'Runs'."
    )
