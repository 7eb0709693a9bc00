"""One view of the release, as large as it can be: the question, the finding, the picture, the numbers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pages.parts import presented_choices, presented_figures, record, show, store_release
from pages.parts.charts_larger import larger
from pages.parts.presented_table import in_words, printed
from pages.parts.take_away import DAY, Paper
from pages.parts.words import escape
from pipeline.steps.caption import Basis
from pipeline.steps.open_release import ReleasedView
from pipeline.steps.paper_tables import fits
from pipeline.steps.release import SYMBOL, ReleasedFrame, renamed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HIDDEN = f" {SYMBOL}: not shown, to protect families."
LARGER = 1.25
"""Letters of figures beside those of the analyst's pages."""


def page(name: str, pages: Mapping[str, StreamlitPage]) -> None:
    """A page of the release: one view at a time. `pages`: where a step beyond its last view leads."""
    views = store_release.release().views
    view = presented_choices.asked(views, name)
    if (to := presented_choices.choose(views, view)) is not None:
        st.switch_page(pages[to.page], query_params={presented_choices.PARAMETER: to.id})
    record.presented(view.id)
    released = store_release.frame(view)
    _head(view, released.masked)
    _body(view, released)
    st.caption(escape(view.note))


def _body(view: ReleasedView, released: ReleasedFrame) -> None:
    """The picture with its numbers, or the numbers alone."""
    figure = store_release.drawn(view, lambda: _picture(view, released))
    key, table = f"view_{view.id}", renamed(released, _names(view), 10)
    paper = _paper(view, released, table)
    if figure is None:
        show.words(in_words(table), table, key, view.id, paper=paper)
    else:
        show.figure(figure, view.alt, key, table, view.id, paper=paper)


def _picture(view: ReleasedView, released: ReleasedFrame) -> go.Figure | None:
    figure = presented_figures.figure(view, released)
    return None if figure is None else larger(figure, LARGER)


def _head(view: ReleasedView, masked: bool) -> None:
    """Title and whom it is about in one line where there is room, then the finding (or question)."""
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        st.title(escape(view.title), anchor=False, width="content")
        st.markdown(_about(view, masked), width="content")
    st.subheader(escape(view.words or view.question), anchor=False)


def _about(view: ReleasedView, masked: bool) -> str:
    """'Home headcam, about 95 families, only Role: father.', and what the symbol means where it occurs (markdown)."""
    only = f", only {view.filter}" if view.filter else ""
    said = escape(f"{_whom(view)}{only}.{HIDDEN if masked else ''}")
    return f"{show.SYNTHETIC} {said}" if _synthetic() else said


def _whom(view: ReleasedView) -> str:
    """'Home headcam, about 95 families'."""
    return f"{presented_choices.kind(view)}, {view.families} families"


def _names(view: ReleasedView) -> dict[str, str]:
    """Columns of the table and their headings."""
    return {str(column): str(words) for column, words in dict(view.options["names"]).items()}


def _paper(view: ReleasedView, released: ReleasedFrame, table: ReleasedFrame) -> Paper:
    """What can be taken away, with the release as its basis."""
    twin = presented_figures.paper_figure(view, released)
    word = partial(printed, table, view.note) if fits(table) else None
    return Paper(title=view.title, draw=twin and partial(_at, twin), table=word, basis=_basis(view))


def _at(twin: "Callable[..., Figure]", width_mm: float) -> "Figure":
    return twin(width_mm=width_mm)


def _basis(view: ReleasedView) -> Basis:
    about = store_release.release().about
    return Basis(
        None, None, None, _whom(view), (view.filter,) if view.filter else (),
        int(about["generation"]), about["sha256"], datetime.now(UTC).strftime(DAY), _synthetic(),
    )  # fmt: skip


def _synthetic() -> bool:
    return store_release.release().about.get("synthetic") == "true"
