"""The button "Take away" under every figure and table: caption, table as CSV and Word, figure as wide as a column.

What is in it is built when it is opened, the files on the click. Every file is made of a ReleasedFrame.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.graph_objects as go
import streamlit as st

from pages.parts import record, store
from pages.parts.words import plain, unmarked
from pipeline.figures.paper import DOUBLE_MM, FINE_DPI, KINDS, WIDTHS, figure_bytes
from pipeline.selection import count
from pipeline.steps.caption import Basis, caption, rests_on
from pipeline.steps.paper_tables import as_shown, fits
from pipeline.steps.release import ReleasedFrame, csv_bytes
from pipeline.writers.word_table import MIME, WordTable, table_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HERE = Path(__file__).parent
PIXELS_PER_MM = 6.08
"""The letters of our figures, 15 pixels high, become 7 points in print: 541 pixels are 89 mm."""
PIXELS_PER_INCH, DOTS_PER_INCH, INCH_MM = 96, 300, 25.4
HEIGHT = 380
DAY = "%d %b %Y"
_browser = st.components.v2.component(
    "dyadscope_take_away",
    html='<div class="take"></div>',
    css=(HERE / "take_away.css").read_text(encoding="utf-8"),
    js=(HERE / "take_away.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Paper:
    """How a view leaves for a paper, where there is more than the table on the screen. `title`: of its table; `draw`:
    the twin of the figure for a width in millimetres; `table`: (title, notes) -> the table as papers print it; `basis`:
    on what it rests, where that is not the selection of the page.
    """

    title: str = ""
    draw: "Callable[[float], Figure] | None" = None
    table: Callable[[str, Sequence[str]], WordTable] | None = None
    basis: Basis | None = None


def take_away(
    released: ReleasedFrame, key: str, name: str, says: str, paper: Paper, figure: go.Figure | None = None,
    printed: ReleasedFrame | None = None,
) -> None:  # fmt: skip
    """The button and what is behind it. `says`: what the view shows, in words; `printed`: the table in words, where the
    screen shows another one than the CSV file holds; `figure`: the chart drawn under `key`.
    """
    if not isinstance(released, ReleasedFrame):
        raise TypeError("only a ReleasedFrame may leave: pass the frame through release() first")
    place = st.popover("Take away", icon=":material/ios_share:", key=f"{key}_take", on_change="rerun")
    if not place.open:
        return
    with place:
        about, says = paper.basis or basis(), unmarked(says)
        if figure is not None or paper.draw is not None:
            _figures(key, name, says, paper, figure, about)
        _tables(released, key, name, says, paper, printed or released, about)
        st.markdown("**Caption**")
        st.code(caption(says or paper.title, about, released.note), language=None, wrap_lines=True)


def basis() -> Basis:
    """On what the views of this run rest."""
    chosen, spec, current = count(store.selected()), store.selection(), store.key()
    return Basis(
        chosen.families, chosen.dyads, chosen.observations, plain(spec.protocol) if spec.protocol else "",
        tuple(st.session_state.get("selection_phrases", ())),
        current.number, current.sha256, datetime.now(UTC).strftime(DAY), store.study().get("synthetic") == "true",
    )  # fmt: skip


def file_name(name: str, about: Basis) -> str:
    """'durations_shares_generation3_2026-11-20': the page, what it is, the data, the day; never an id."""
    page, day = st.session_state.get(record.PAGE, ""), datetime.strptime(about.day, DAY)
    whole = name if not page or name.startswith(page) else f"{page}_{name}"
    whole = re.sub(r"[^A-Za-z0-9_-]+", "_", whole)[:80]
    return f"{whole}_generation{about.number}_{day:%Y-%m-%d}"


def _tables(
    released: ReleasedFrame, key: str, name: str, says: str, paper: Paper, printed: ReleasedFrame, about: Basis
) -> None:
    title, notes, file = paper.title or says or plain(name), (rests_on(about),), file_name(name, about)
    make = paper.table or (partial(as_shown, printed) if fits(printed) else None)
    st.markdown("**Table**")
    with st.container(horizontal=True):
        _button("CSV", lambda: csv_bytes(released), f"{file}.csv", "text/csv", f"{key}_csv")
        if make is not None:
            _button("Word", lambda: table_bytes(make(title, notes)), f"{file}.docx", MIME, f"{key}_word")


def _figures(key: str, name: str, says: str, paper: Paper, figure: go.Figure | None, about: Basis) -> None:
    said = st.segmented_control(
        "**Figure**, as wide as", list(WIDTHS), default=list(WIDTHS)[-1], required=True, key=f"{key}_width"
    )
    width = WIDTHS.get(said, DOUBLE_MM)
    if paper.draw is None:
        sizes = browser_sizes(width, figure.layout.height if figure else None)
        wanted = {"chart": key, "file": file_name(name, about), **sizes}
        _browser(data=wanted, key=f"{key}_browser", on_saved_change=lambda: record.export(name, bytes)())
        return
    draw, foot = paper.draw, rests_on(about)
    with st.container(horizontal=True):
        for kind, mime in KINDS.items():
            _button(
                kind, lambda kind=kind: figure_bytes(lambda: draw(width), kind, FINE_DPI, says, foot),
                f"{file_name(name, about)}.{kind.lower()}", mime, f"{key}_{kind}",
            )  # fmt: skip


def browser_sizes(width_mm: float, height: float | None) -> dict[str, float]:
    """What plotly needs to draw a figure `width_mm` wide whose letters are 7 points high (pixels and scales)."""
    width, inches = round(width_mm * PIXELS_PER_MM), width_mm / INCH_MM
    return {
        "width": width, "height": int(height or HEIGHT), "svg_scale": round(inches * PIXELS_PER_INCH / width, 4),
        "png_scale": round(inches * DOTS_PER_INCH / width, 4),
    }  # fmt: skip


def _button(label: str, build: Callable[[], bytes], name: str, mime: str, key: str) -> None:
    st.download_button(
        label, data=record.export(name, build), file_name=name, mime=mime, key=key, on_click="ignore",
        icon=":material/download:",
    )  # fmt: skip
