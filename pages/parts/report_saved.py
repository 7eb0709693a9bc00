"""Which saved report is worked on: choose one, begin a new one, rename or delete it."""

import streamlit as st

from pages.parts import store_report
from pages.parts.words import escape
from pipeline.errors import UserError
from pipeline.steps.report_spec import ReportSpec, name_of

CHOSEN, NEW, FAULT = "report", "report_new_title", "report_fault"
MOST_LETTERS = 150
WIDTH = 420


def choose() -> ReportSpec | None:
    """The chosen report; None where none is saved, or where it cannot be read (then it says why)."""
    if fault := st.session_state.pop(FAULT, None):
        st.error(escape(fault))
    known = store_report.names()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = _which(known)
        with st.popover("New report", icon=":material/add:"):
            st.text_input("Title of the new report", key=NEW, max_chars=MOST_LETTERS)
            st.button("Begin it", key="report_begin", type="primary", on_click=_begin)
        if name is not None:
            with st.popover("Title, authors, delete", icon=":material/edit:"):
                _about(name)
    if name is None:
        return None
    try:
        return store_report.load(name)
    except UserError as fault:
        st.error(escape(fault.message))
        return None


def _which(known: dict[str, str]) -> str | None:
    if not known:
        return None
    if st.session_state.get(CHOSEN) not in known:
        st.session_state.pop(CHOSEN, None)
    found = st.selectbox(
        "Report", list(known), format_func=lambda name: known.get(name, name), key=CHOSEN, bind="query-params",
        width=WIDTH,
    )  # fmt: skip
    return found if found in known else next(iter(known))


def _begin() -> None:
    """A new report under the title that was typed; a number where the name is taken."""
    title = st.session_state.get(NEW, "").strip()
    if not title:
        st.session_state[FAULT] = "Give the report a title first."
        return
    taken, name = set(store_report.names()), name_of(title)
    free = next(one for number in range(1, len(taken) + 2) if (one := _numbered(name, number)) not in taken)
    if kept(ReportSpec(name=free, title=title)):
        st.session_state[CHOSEN], st.session_state[NEW] = free, ""


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name[:55]}-{number}"


def _about(name: str) -> None:
    """Title, authors, methods; deleting it."""
    try:
        spec = store_report.load(name)
    except UserError:
        st.markdown("This report cannot be read.")
    else:
        st.text_input("Title", spec.title, key=f"title_{name}", max_chars=MOST_LETTERS)
        st.text_input("Authors", spec.authors, key=f"authors_{name}", max_chars=MOST_LETTERS)
        st.toggle("End with the methods of what is in it", spec.methods, key=f"methods_{name}")
        st.button("Keep", key="report_about", on_click=_change, args=(spec,), type="primary")
    st.button("Delete this report", key="report_delete", on_click=_delete, args=(name,), icon=":material/delete:")


def _change(spec: ReportSpec) -> None:
    title = st.session_state[f"title_{spec.name}"].strip() or spec.title
    authors, methods = st.session_state[f"authors_{spec.name}"].strip(), st.session_state[f"methods_{spec.name}"]
    kept(spec.model_copy(update={"title": title, "authors": authors, "methods": methods}))


def _delete(name: str) -> None:
    store_report.remove(name)
    st.session_state.pop(CHOSEN, None)


def kept(spec: ReportSpec) -> bool:
    """Keeps a changed report; what went wrong is told on the next run."""
    try:
        store_report.save(spec)
    except UserError as fault:
        st.session_state[FAULT] = fault.message
        return False
    return True
