"""What stands around every page: foot, note on the study, welcome before there is one, watch for new data."""

from collections.abc import Callable
from datetime import datetime

import streamlit as st

from pages import _sign_in
from pages.parts import store
from pages.parts.words import escape
from pipeline.steps.people import Person

LOOK_EVERY_S = 5
DEMO = ".venv/bin/python -m pipeline demo --if-missing"
RELEASE = ".venv/bin/python -m pipeline release --threshold 5"
OWN_STUDY = ".venv/bin/python -m pipeline propose FILES... > STUDY.toml\n.venv/bin/python -m pipeline import STUDY.toml"


def foot() -> None:
    """The line below every page."""
    st.divider()
    st.caption("Research use only; not for surveillance or diagnosis.")


def study_note() -> None:
    """Which study and which generation is shown, and whom to thank."""
    study, current = store.study(), store.generation()
    _note(study, f"Generation {current.number} of the data")


def release_note(about: dict[str, str]) -> None:
    """Which study and which release is shown, how small a count may be in it, and whom to thank."""
    day = f"{datetime.fromisoformat(about['created']):%d %b %Y}"
    made = f"Released on {day} from generation {about['generation']}."
    _note(about, f"{made} No count of fewer than {about['threshold']} families.")


def _note(study: dict[str, str], said: str) -> None:
    st.divider()
    st.caption(f"**{escape(study.get('title', ''))}**  \n{said}")
    if study.get("synthetic") == "true":
        st.caption("Synthetic data: made by a program, no real family.")
    if study.get("attribution"):
        st.caption(escape(study["attribution"]))


def nothing_released() -> None:
    """What to do before the first release."""
    st.title("Nothing is released yet", anchor=False)
    st.markdown(
        "This program shows collaborators what was released for them. Whoever looks after the study makes a release "
        "with the command below; this page changes by itself as soon as there is one."
    )
    st.code(RELEASE, language=None, wrap_lines=True)


def welcome() -> None:
    """What to do before the first import."""
    st.title("There is no study here yet", anchor=False)
    st.markdown(
        "Dyadscope shows coded behaviour of infants and caregivers. It needs a study first; "
        "this page changes by itself as soon as there is one."
    )
    st.markdown("Type one of these into a second terminal, in the folder of Dyadscope:")
    with st.container(border=True):
        st.subheader("Look around", anchor=False)
        st.markdown("A synthetic study of 97 families, and 12 more in still-face sessions, made within a minute:")
        st.code(DEMO, language=None, wrap_lines=True)
    with st.container(border=True):
        st.subheader("Bring your own study", anchor=False)
        st.markdown("Draft a description of your files, correct it, then import it:")
        st.code(OWN_STUDY, language=None, wrap_lines=True)


def watch(changed: Callable[[], bool], person: Person) -> None:
    """Looks every few seconds whether other data were published, and whether the person may still be here."""

    @st.fragment(run_every=LOOK_EVERY_S)
    def look() -> None:
        if changed() or _sign_in.gone(person):
            st.rerun()

    look()
