"""What a page puts on the screen: its head, figures with alt text and table twin, tables, empty states.

Figures and tables are shown only from a `ReleasedFrame`: what was not released cannot be shown or downloaded.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.parts import record, store
from pages.parts.take_away import Paper, browser_sizes, take_away
from pages.parts.words import counted, escape, harmless, plain, unmarked
from pipeline.figures.paper import DOUBLE_MM
from pipeline.selection import count
from pipeline.steps.release import ReleasedFrame, shown

SYNTHETIC = ":orange-badge[:material/science: Synthetic data]"
MOST_DECIMALS = 3
PLOTLY_CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
}
NOTHING_MORE = Paper()


def page(title: str, question: str, basis: str | None = None) -> None:
    """The head of a page: title, the one question it answers, what it rests on (`basis`; None: the selection), and the
    mark of synthetic data.
    """
    st.title(title, anchor=False)
    st.markdown(question)
    synthetic = store.study().get("synthetic") == "true"
    said = basis or selection_sentence()
    st.markdown(f"{SYNTHETIC} {said}" if synthetic else said)


def selection_sentence() -> str:
    """What the page is about: '35 families, 36 dyads, 50 observations. Only Caregiver: Father.' (markdown)."""
    chosen = count(store.selected())
    numbers = (
        f"{counted(chosen.families, 'family', 'families')}, {counted(chosen.dyads, 'dyad')}, "
        f"{counted(chosen.observations, 'observation')}"
    )
    if (protocol := store.selection().protocol) is not None:
        numbers = f"{escape(plain(protocol))}: {numbers}"
    phrases = [escape(phrase) for phrase in st.session_state.get("selection_phrases", ())]
    return f"{numbers}. Only {'; '.join(phrases)}." if phrases else f"{numbers}."


def figure(
    figure: go.Figure,
    alt: str,
    key: str,
    table: ReleasedFrame,
    name: str,
    on_select: Literal["ignore"] | Callable[[], None] = "ignore",
    paper: Paper = NOTHING_MORE,
) -> None:
    """A chart with its takeaway in words (`alt`), and below it the same numbers as a table and what can be taken away,
    in files that begin with `name`; `paper`: what there is for a paper beside the table.

    `on_select`: what happens when a mark is clicked; it finds the marks in the session's state under `key`.
    """
    _only_released(table)
    st.plotly_chart(
        figure, width="stretch", theme="streamlit", key=key, config=_config(figure, name), alt=alt, on_select=on_select,
        selection_mode="points",
    )  # fmt: skip
    with st.container(horizontal=True, key=f"{key}_below"):
        with st.expander("Table"):
            _table(table, f"{key}_table")
        take_away(table, key, name, alt, paper, figure)


def table(
    released: ReleasedFrame,
    key: str,
    name: str,
    small: bool = False,
    on_select: Literal["ignore"] | Callable[[], None] = "ignore",
    paper: Paper = NOTHING_MORE,
) -> None:
    """A table and what can be taken away, in files that begin with `name`; a `small` one is shown whole, without
    scrolling.

    `on_select`: what happens when a row is clicked; it finds the row in the session's state under `key`.
    """
    _only_released(released)
    if small:
        words(replace(released, frame=shown(released).map(_cell)), released, key, name, paper=paper)
    else:
        _table(released, key, on_select)
        take_away(released, key, name, paper.title, paper)


def words(
    text: ReleasedFrame, download: ReleasedFrame, key: str, name: str, swatches: str = "", paper: Paper = NOTHING_MORE
) -> None:
    """A short table in words (its cells are markdown), and the numbers behind it in a CSV file that begins with `name`.

    `swatches` names a column of colours (#rrggbb) that are shown as filled cells.
    """
    _only_released(text)
    _only_released(download)
    frame = text.frame.style.map(_swatch, subset=[swatches]) if swatches else text.frame
    st.table(frame, border="horizontal", hide_index=True)
    _note(text)
    plain_cells = text.frame.drop(columns=[swatches] if swatches else []).map(lambda one: unmarked(str(one)))
    take_away(download, key, name, paper.title, paper, printed=replace(text, frame=plain_cells, hidden=pd.DataFrame()))


def file(released: ReleasedFrame, label: str, build: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    """A button that builds the file `name` on the click; `released` holds the numbers that are in it."""
    _only_released(released)
    st.download_button(
        label,
        data=record.export(name, build),
        file_name=name,
        mime=mime,
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def empty(reason: str, what_to_do: str) -> None:
    """Says why there is nothing to see and what would change that."""
    st.info(harmless(f"**{reason}**\n\n{what_to_do}"), icon=":material/filter_alt_off:")


def _decimals(column: pd.Series) -> int:
    """As many decimals as the column needs, the same in every row: none to three."""
    values = column[np.isfinite(column)]
    exact = (number for number in range(MOST_DECIMALS) if np.allclose(values, values.round(number), rtol=0, atol=1e-9))
    return next(exact, MOST_DECIMALS)


def _table(released: ReleasedFrame, key: str, on_select: Literal["ignore"] | Callable[[], None] = "ignore") -> None:
    frame = shown(released)
    mixed = {column: frame[column].map(_text) for column in frame if released.masked and frame[column].dtype == object}
    numbers = {
        column: st.column_config.NumberColumn(format=f"%.{_decimals(frame[column])}f")
        for column in frame.select_dtypes("float").columns
    }
    st.dataframe(
        frame.assign(**mixed), hide_index=True, width="stretch", key=key, column_config=numbers, on_select=on_select,
        selection_mode="single-row",
    )  # fmt: skip
    _note(released)


def _cell(value: object) -> str:
    """A cell of a table whose cells are markdown."""
    return escape(_text(value))


def _text(value: object) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%d %b %Y %H:%M}"
    return f"{value:,.10g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _swatch(colour: str) -> str:
    return f"background-color: {colour}; color: {colour}" if re.fullmatch(r"#[0-9a-fA-F]{6}", str(colour)) else ""


def _config(figure: go.Figure, name: str) -> dict[str, object]:
    """The camera above a figure saves it two columns of a journal wide."""
    sizes = browser_sizes(DOUBLE_MM, figure.layout.height)
    camera = {"format": "svg", "filename": name, "scale": sizes["svg_scale"]}
    return PLOTLY_CONFIG | {"toImageButtonOptions": camera | {one: sizes[one] for one in ("width", "height")}}


def _note(released: ReleasedFrame) -> None:
    if released.masked:
        st.caption(escape(released.note))


def _only_released(table: object) -> None:
    if not isinstance(table, ReleasedFrame):
        raise TypeError("only a ReleasedFrame may be shown: pass the frame through release() first")
