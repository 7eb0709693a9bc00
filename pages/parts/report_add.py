"""Adds an item to the report: a view of a page with the filters of the sidebar, a stored fit, a paragraph."""

import streamlit as st

from pages.parts import store, store_models_runs, store_report
from pages.parts.models_runs_words import label_of
from pages.parts.report_saved import MOST_LETTERS, kept
from pages.parts.words import escape, plain
from pipeline.selection import Selection
from pipeline.steps.report_spec import MOST_ITEMS, Chosen, FitItem, Item, ReportSpec, TextItem, ViewItem, chosen

KINDS = ("View of a page", "Stored fit", "Paragraph")
TALL = 140


def add(spec: ReportSpec) -> None:
    """The choice of what is added, and the button."""
    st.subheader("Add", anchor=False)
    if len(spec.items) >= MOST_ITEMS:
        st.markdown(f"A report holds up to {MOST_ITEMS} items: take one out first.")
        return
    kind = st.segmented_control(
        "What to add", KINDS, default=KINDS[0], required=True, key="report_kind", label_visibility="collapsed"
    )
    parts = {KINDS[1]: _fit, KINDS[2]: _text}
    parts.get(kind, _view)(spec)


def _view(spec: ReportSpec) -> None:
    """A view of the kind of recording that the sidebar is at."""
    offered = store_report.offered()
    protocol = store.selection().protocol or next(iter(offered), "")
    pages = offered.get(protocol, {})
    if not pages:
        st.markdown("Too few families took part in this kind of recording for a view that others may see.")
        return
    left, right = st.columns(2)
    with left:
        page = st.selectbox("Page", list(pages), key="report_page")
    views = pages.get(page, next(iter(pages.values())))
    with right:
        title = st.selectbox("View", list(views), key="report_view")
    asked = _selection(protocol)
    st.caption(f"It is about: {escape(asked.said)}. The filters of the sidebar are kept with it; change them there.")
    item = ViewItem(view=views.get(title, next(iter(views.values()))), chosen=asked)
    st.button("Add this view", key="report_add_view", type="primary", on_click=_add, args=(spec, item))


def _selection(protocol: str) -> Chosen:
    """The filters of the sidebar, of this kind of recording."""
    now = store.selection()
    named = Selection(protocol, now.choices, now.ranges, now.complete, now.families, now.dyads)
    phrases = "; ".join(st.session_state.get("selection_phrases", ()))
    return chosen(named, f"{plain(protocol)}, {f'only {phrases}' if phrases else 'no filter'}")


def _fit(spec: ReportSpec) -> None:
    """A fit that is stored in the study folder."""
    fits = {label_of(one): one for one in store_models_runs.runs() if store_models_runs.finished(one.id)}
    if not fits:
        st.markdown("No fit is stored yet. On the page Models, under Runs, keep the quick fit or start a longer one.")
        return
    found = fits[st.selectbox("Stored fit", list(fits), key="report_fit")]
    st.caption(
        f"It is about: {escape(found.words or 'the recordings of the fit')}. A quick fit is fitted again to the data "
        "of the day; a longer one is taken as it is stored, and the report says when it is older than the data."
    )
    item = FitItem(
        spec=found.spec, chosen=chosen(found.selection or Selection(), found.words), engine=found.engine,
        seed=found.seed, run=found.id,
    )  # fmt: skip
    st.button("Add this fit", key="report_add_fit", type="primary", on_click=_add, args=(spec, item))


def _text(spec: ReportSpec) -> None:
    """A paragraph of one's own."""
    st.text_input("Heading (may be empty)", key="report_heading", max_chars=MOST_LETTERS)
    st.text_area("Text (an empty line begins a paragraph)", key="report_text", height=TALL)
    st.button("Add this text", key="report_add_text", type="primary", on_click=_add_text, args=(spec,))


def _add_text(spec: ReportSpec) -> None:
    heading, text = (st.session_state.get(key, "").strip() for key in ("report_heading", "report_text"))
    if heading or text:
        _add(spec, TextItem(title=heading, text=text))
        st.session_state["report_heading"] = st.session_state["report_text"] = ""


def _add(spec: ReportSpec, item: Item) -> None:
    kept(spec.model_copy(update={"items": (*spec.items, item)}))
