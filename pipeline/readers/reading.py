"""What a reader hands over: where the rows are, what each column means, how time is written.

A reader never loads a whole coded file. It looks at its head (and, where a format needs it, walks through it)
and returns a `Reading`: either a plain table that DuckDB reads as text (`table`), or chunks of at most 200,000 rows
of text cells (`chunks`).
Both have the same columns, so `cells` says for each staged field which column (by position) holds it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

CHUNK_ROWS = 200_000

Layout = Literal["marks", "spans", "samples", "cells"]
"""marks: one row per start, stop or point. spans: one row per event with both ends.
samples: one row per time step, channels side by side. cells: one row per cell, which holds any number of events."""

TimeRule = Literal["seconds", "ms", "hmsf", "hms_f"]
"""seconds: decimal seconds. ms: whole milliseconds. hmsf: HH:MM:SS.fff.
hms_f: HH:MM:SS with the milliseconds of the second in a further column."""


@dataclass(frozen=True)
class Note:
    """An issue a reader found: `line` is the line in the file (1 = first), None for the file as a whole."""

    kind: str
    severity: Literal["error", "warning", "info"]
    detail: str
    action: str
    line: int | None = None
    count: int = 1
    rejects_row: bool = False


@dataclass(frozen=True)
class Dialect:
    """How a plain text table is written. `path` is what DuckDB reads (UTF-8; a transcoded copy where the file is not);
    `header_line` is the line of the column names, data begin on the next; `columns` are the names as written, trimmed.
    `data_lines` counts the physical lines after the header (empty lines at the very end of the file left out):
    DuckDB's records are the file's rows only when there are exactly as many of them."""

    path: Path
    encoding: str
    delimiter: str
    quote: str
    header_line: int
    columns: tuple[str, ...]
    data_lines: int = 0


@dataclass(frozen=True)
class Channel:
    """One channel of a samples layout: column positions of subject, code and optional modifier, and its group."""

    subject: int
    code: int
    modifier: int | None = None
    behaviour_group: str | None = None


@dataclass(frozen=True)
class Cells:
    """Column positions (0-based) of the staged fields; None where the format has no such column."""

    observation: int | None
    code: int | None = None
    onset: int | None = None
    onset_f: int | None = None
    offset: int | None = None
    offset_f: int | None = None
    duration: int | None = None
    mark: int | None = None
    subject: int | None = None
    behaviour_group: int | None = None
    modifiers: tuple[int, ...] = ()
    coder: int | None = None
    comment: int | None = None
    length: int | None = None
    channels: tuple[Channel, ...] = ()


Chunk = list[tuple[int, list[str]]]
"""Rows as (line in the file, text cells)."""


STILL_OPEN = "(open)"
"""The offset of an event whose end the file does not tell: it is closed at the end of the recording."""


@dataclass(frozen=True)
class CellEvent:
    """One event of a row of the layout `cells`, as text; `line` is that of its row, which must not be at fault, and
    `stop_line` that of the row which says where it ends (0: the same)."""

    line: int
    observation: str
    subject: str
    behaviour_group: str
    code: str
    onset: str
    offset: str
    modifier: str = ""
    coder: str = ""
    stop_line: int = 0


@dataclass(frozen=True)
class Reading:
    """One coded file, understood but not yet loaded.

    `chunks()` may be called more than once and always works; `table` is the quick road, None where DuckDB cannot read
    the file itself.
    `marks` maps the file's words for start, stop and point (casefolded) to 'start', 'stop', 'point', 'state'.
    `notes` are known from the start; `found` is emptied and filled anew while `chunks()` runs: rows that do not fit the
    header (padded or joined to `width` cells, kind ragged_row or unterminated_quote, rejects_row=True).
    `constants` gives staged fields that are one word for the whole file (field of Cells -> word); their cell is None.
    Lengths (`cells.length`, in seconds as text; `lengths_ms` by observation name) are those of the recording.
    A modifier cell may hold several, joined by '|'.
    `events` are those of the layout `cells`, where a row without an event is blank.
    """

    path: Path
    format: str
    layout: Layout
    time_rule: TimeRule
    cells: Cells
    width: int
    decimal: Literal[".", ","] = "."
    table: Dialect | None = None
    chunks: Callable[[], Iterator[Chunk]] = field(default=lambda: iter(()))
    marks: dict[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    found: list[Note] = field(default_factory=list)
    constants: dict[str, str] = field(default_factory=dict)
    events: Callable[[], Iterator[CellEvent]] = field(default=lambda: iter(()))
    dialect: str = ""
    lengths_ms: dict[str, int] = field(default_factory=dict)
    observation_name: str | None = None
