"""Smiles of all mothers: along the play, between visits, between score bands, and how many."""

from collections.abc import Callable

import streamlit as st

from pages.parts import (
    show,
    smiles_cohort_bands,
    smiles_cohort_counts,
    smiles_cohort_play,
    smiles_cohort_visits,
    store_smiles,
)
from pages.parts import store_smiles_cohort as answers
from pages.parts.smiles_one_words import SMOOTHINGS

PANELS: dict[str, Callable[[], None]] = {
    "Over the play": smiles_cohort_play.panel,
    "Between visits": smiles_cohort_visits.panel,
    "Between score bands": smiles_cohort_bands.panel,
    "How many": smiles_cohort_counts.panel,
}
USUAL = "Over the play"
FEATURES = (
    "Onset: the corner of the mouth moves out; apex: it stays; offset: it moves back. Amplitudes are in IR, half the "
    "width of the mouth before the smile."
)
EXACT = (
    "How exact phases can be depends on how much the landmarks shake: see “How much do the choices matter?” in the "
    "view One recording."
)
PAPER = "The smile paper: Dust, Levitt & Matarić, Behind the Smile."


def cohort() -> None:
    """One question at a time, each with its finding on top."""
    smiles = answers.cohort()
    if smiles.sessions.empty:
        show.empty(
            "No selected recording has a face track.",
            "Choose a kind of recording with face tracks in the sidebar, or widen the filters.",
        )
        return
    if smiles.smiles.empty:
        show.empty("No smile was kept in these recordings.", "Widen the filters; one recording's view says why.")
        return
    said = st.segmented_control(
        "What is asked", list(PANELS), default=USUAL, required=True, key="smiles_ask", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    PANELS.get(said, PANELS[USUAL])()
    smoothing = SMOOTHINGS.get(store_smiles.parameters().smoothing, "")
    st.caption(f"{FEATURES} Smoothing of the curve: {smoothing[:1].lower()}{smoothing[1:]}. {EXACT} {PAPER}")
