"""The panel "Can smiles predict a score?": the finding, the figures behind it, and the search that makes them."""

import streamlit as st

from pages.parts import show
from pages.parts import smiles_windows_words as words
from pages.parts import store_smiles_windows as search_store
from pages.parts.models_options import select
from pages.parts.smiles_windows_results import earlier, results, table_ii
from pages.parts.smiles_windows_start import queue, start
from pages.parts.words import escape
from pipeline.steps.smile_window_runs import StoredSearch

SCORE = "window_score"
"""Key of the chosen score; it stands in the link."""


def windows() -> None:
    """Choice of a score, the finding or the way to it, and everything that is known of the search."""
    st.subheader("Can smiles predict a score?", anchor=False)
    st.markdown(
        "Small networks learn to name a mother's score from a few of her smiles in a row, and are then asked about "
        "mothers they have never met. This is the system of the smile paper (Dust, Levitt & Matarić, Behind the "
        "Smile), with an honest test."
    )
    names = search_store.scores()
    if not names:
        show.empty(
            "There is no recording here with a kept smile and a questionnaire score.",
            "Choose a kind of recording with face tracks in the sidebar, widen the filters, or add questionnaires to "
            "the study.",
        )
        return
    score = select("Score", list(names), SCORE, 330)
    found, damaged = search_store.stored()
    now = known(found)
    if score in now:
        st.markdown(f"### {words.finding(score, now[score].scores[score])}")
        one = now[score].scores[score]
        st.markdown(f"{words.basis(one)} {words.line_says(one)}")
    else:
        running = any(job.active for job in search_store.queue())
        what = "a search is on its way, see below" if running else "start the search below"
        st.markdown(f"### Not known yet for {escape(score)}: {what}.")
    st.info(words.RESEARCH, icon=":material/science:")
    if score in now:
        results(score, now[score])
    start(names, score, score in now)
    queue()
    if now:
        table_ii({name: now[name].scores[name] for name in names if name in now})
    earlier(found)
    for text in damaged:
        st.warning(escape(text))


def known(found: list[StoredSearch]) -> dict[str, StoredSearch]:
    """Score -> its newest search on the data and the selection of this page."""
    newest: dict[str, StoredSearch] = {}
    for one in found:
        if search_store.of_now(one):
            for name in one.scores:
                newest.setdefault(name, one)
    return newest
