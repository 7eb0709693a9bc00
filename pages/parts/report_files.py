"""The report as others get it: what is left out and why, what changed, its files, and a preview."""

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_report
from pages.parts.store_report import Made
from pages.parts.words import counted, escape
from pipeline.errors import UserError
from pipeline.steps import report_docx
from pipeline.steps.release import ReleasedFrame, T
from pipeline.steps.report_changes import CLOSE, lines
from pipeline.steps.report_html import html
from pipeline.steps.report_items import Piece, table_of
from pipeline.steps.report_pptx import MIME, pptx
from pipeline.steps.report_script import names_people, notebook, script
from pipeline.steps.report_spec import ReportSpec

MADE = "report_made"
COLUMNS = ["Item", "Row", "Number", "Before", "Now"]


def files(spec: ReportSpec) -> None:
    """The button, and what it makes; the report stays made while its contents are changed."""
    st.subheader("Make", anchor=False)
    st.markdown(
        f"The files are meant for others: counts of 1 to {T - 1} families, and what would give them away, are hidden. "
        "Every number is computed from the data of now."
    )
    if st.button("Make the report", key="report_make", type="primary", icon=":material/play_arrow:"):
        st.session_state[MADE] = spec.name
    if st.session_state.get(MADE) != spec.name:
        return
    try:
        made = store_report.made(spec)
    except UserError as fault:
        st.error(escape(fault.message))
        return
    _said(made)
    _downloads(spec, made)
    _preview(made)


def _said(made: Made) -> None:
    """What is left out, and what is other than last time."""
    out = [piece for piece in made.report.pieces if piece.refused]
    if out:
        words = "\n".join(f"- {escape(piece.title)}: {escape(piece.refused)}." for piece in out)
        st.warning(f"**{counted(len(out), 'item is', 'items are')} left out of the files:**\n\n{words}")
    if made.changes is None:
        return
    st.markdown(f"**What changed.** {escape(made.changes.words)}")
    if made.changes.close:
        st.warning(CLOSE)
    if made.changes.found:
        with st.expander("Every change"):
            frame = pd.DataFrame(lines(made.changes), columns=COLUMNS)
            show.table(store.released(frame), "report_changes", "report_changes")


def _downloads(spec: ReportSpec, made: Made) -> None:
    """Each file is built on the click."""
    report, changes = made.report, made.changes
    titles = store.released(pd.DataFrame({"item": [piece.title for piece in report.pieces if not piece.refused]}))
    if titles.frame.empty:
        return
    build = {
        "Page (HTML)": ("html", "text/html", lambda: html(report, changes).encode()),
        "Slides (PPTX)": ("pptx", MIME, lambda: pptx(report, changes)),
        "Word (DOCX)": ("docx", report_docx.MIME, lambda: report_docx.docx(report, changes)),
        "Script (Python)": ("py", "text/x-python", lambda: script(report).encode()),
        "Notebook": ("ipynb", "application/x-ipynb+json", lambda: notebook(report).encode()),
    }
    with st.container(horizontal=True):
        for label, (ending, mime, content) in build.items():
            show.file(titles, label, content, f"{spec.name}.{ending}", mime, f"report_{ending}")
    said = "The page, the slides and the Word file hold everything. The script and the notebook make the report again."
    if names_people(report):
        said += " They name the families or dyads you chose: keep them with the data."
    st.caption(said)


def _preview(made: Made) -> None:
    """The items as they are in the files."""
    if not st.toggle("Preview", key="report_preview"):
        return
    for place, piece in enumerate(made.report.pieces):
        if not piece.refused:
            with st.container(border=True):
                _piece(place, piece)
    for heading, texts in made.report.methods:
        with st.expander(escape(f"Methods: {heading}")):
            st.markdown("\n\n".join(map(escape, texts)))


def _piece(place: int, piece: Piece) -> None:
    if piece.title:
        st.markdown(f"#### {escape(piece.title)}")
    if piece.warning:
        st.error(escape(piece.warning))
    for text in piece.text:
        st.markdown(escape(text))
    if piece.draw is not None and piece.item.figure:
        st.image(store_report.picture(piece), caption=escape(" ".join(piece.caption)), width="stretch")
    frame = table_of(piece)
    if len(frame):
        table = ReleasedFrame(frame, piece.released.spec, "presenting")
        with st.expander("Its table"):
            show.table(table, f"report_table_{place}", f"report_{place + 1}", small=True)
