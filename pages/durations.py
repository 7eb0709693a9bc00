"""Durations: how much of the time each behaviour takes, infant and caregiver side by side."""

import streamlit as st

from pages.parts import durations_choices, show, store, store_durations
from pages.parts.durations_budget import budget
from pages.parts.durations_shares import headline, shares
from pages.parts.durations_values import values

show.page("Durations", "How much of the time does each behaviour take, in infants and in their caregivers?")

if store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
else:
    finding = st.container()
    question = durations_choices.choose()
    if store_durations.answer(question).means.empty:
        show.empty(
            "Nobody was coded for this behaviour, or nobody has a value to split by, in the selection.",
            "Choose another behaviour or split, or widen the filters.",
        )
    else:
        with finding:
            headline(question)
        shares(question)
        values(question)
        budget(question)
