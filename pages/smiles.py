"""Smiles: from a face track to the phases of each smile, and what goes with a mother's scores."""

import streamlit as st

from pages.parts import show, store, store_smiles
from pages.parts.smiles_cohort import cohort
from pages.parts.smiles_one import one
from pages.parts.smiles_windows import windows
from pages.parts.words import counted, plain

VIEWS = {"One recording": one, "All mothers": cohort, "Prediction": windows}
PROTOCOL = "protocol"
"""The sidebar's choice of the kind of recording."""


def without_tracks() -> None:
    """Says where tracks are, or how a study gets them."""
    protocols = store_smiles.tracked_protocols()
    if not protocols and (unfit := store_smiles.unfit()):
        show.empty(
            "Smiles cannot be measured on the face tracks of this study.",
            f"In {counted(unfit, 'track')} the smile muscle (AU12) or points of lips and nose are missing; the page "
            "Data names the files.",
        )
        return
    if not protocols:
        show.empty(
            "This study has no face tracks yet.",
            "Smiles are measured on a table of OpenFace 2, one row per video frame: name the tables in the manifest "
            "([[tracks]]) and import again. Or let Dyadscope follow the face in a video: "
            "`python -m pipeline extract VIDEO --streams faces,speech`.",
        )
        return
    name, number = protocols[0]
    words = plain(name)
    show.empty(
        "No selected recording has a face track.",
        f"Face tracks belong to {counted(number, 'recording')} of the kind “{words}”. Choose it on the left, "
        "or clear the filters.",
    )
    if store.selection().protocol not in (None, name):
        st.button(f"Show “{words}”", on_click=st.session_state.update, args=({PROTOCOL: name},))


def body() -> None:
    """The chosen view; it stands in the link."""
    names = list(VIEWS)
    said = st.segmented_control(
        "View", names, default=names[0], required=True, key="view", bind="query-params", label_visibility="collapsed"
    )
    VIEWS[said if said in VIEWS else names[0]]()


show.page("Smiles", "How do a mother's smiles rise and fade, and is that linked with her questionnaire scores?")
if store.selected().empty:
    show.empty("No observation is left after the filters.", "Widen or reset the filters in the sidebar.")
elif store_smiles.tracked().empty:
    without_tracks()
else:
    body()
