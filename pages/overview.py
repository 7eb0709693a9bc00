"""Overview: who is in this study, what is known of them, and what is missing."""

import streamlit as st

from pages.parts import overview_sample, overview_scores, show, store

PANELS = {
    "Sample": overview_sample.sample,
    "Who has what": overview_sample.who_has_what,
    "Scores": overview_scores.distributions,
    "Correlations": overview_scores.correlations,
    "Complete or missing": overview_scores.completers,
}

show.page("Overview", "Who is in this study, and what is known of them?")
if store.selected().empty:
    show.empty("No observation is left.", "Widen or clear the filters on the left.")
else:
    overview_sample.headline()
    tabs = st.tabs(list(PANELS), key="panel", on_change="rerun", bind="query-params")
    for tab, draw in zip(tabs, PANELS.values(), strict=True):
        if tab.open:
            with tab:
                draw()
