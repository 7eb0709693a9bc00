"""The table of a view as it is read from the back of a room: in words, what repeats said once."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from pages.parts.words import escape
from pipeline.steps.paper_tables import as_shown
from pipeline.steps.release import ReleasedFrame, shown
from pipeline.writers.word_table import WordTable


def in_words(table: ReleasedFrame) -> ReleasedFrame:
    """Cells as markdown; the first column says a word only where it changes."""
    text = as_text(table).map(escape)
    first = text.columns[0]
    if len(text.columns) > 2:
        text[first] = text[first].where(text[first] != text[first].shift(), "")
    return replace(table, frame=text)


def as_text(table: ReleasedFrame) -> pd.DataFrame:
    """Cells as text, each number with the digits that are shown of it."""
    return shown(table).map(_cell)


def printed(table: ReleasedFrame, note: str, title: str, notes: Sequence[str]) -> WordTable:
    """The table for a paper. `note`: what stands below the view, also what is hidden and how numbers are rounded."""
    text = replace(table, frame=as_text(table), hidden=pd.DataFrame())
    return replace(as_shown(text, title), notes=tuple(one for one in (*notes, note) if one))


def _cell(value: object) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, bool | str) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.10g}".replace("-", "\u2212")
