"""Data: where every number comes from, what went wrong on the way, and what the words mean."""

import streamlit as st

from pages.parts import data_codebook, data_files, data_issues, data_streams, show

PANELS = {
    "Issues": data_issues.issues,
    "Files": data_files.files,
    "Feature streams": data_streams.streams,
    "Coders": data_codebook.coders,
    "Codes": data_codebook.codes,
    "Questionnaires": data_codebook.questionnaires,
    "Columns": data_codebook.dictionary,
    "Earlier imports": data_files.generations,
}

show.page(
    "Data",
    "Where does every number come from, and what was wrong in the files?",
    "This page is about all files of the study: the filters on the left do not change it.",
)
data_files.headline()
tabs = st.tabs(list(PANELS), key="data_panel", on_change="rerun", bind="query-params")
for tab, draw in zip(tabs, PANELS.values(), strict=True):
    if tab.open:
        with tab:
            draw()
