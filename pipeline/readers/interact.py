"""Reads Mangold INTERACT tables: rows of level 3 are events, one column per class; level 2 bounds the session."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.header import Fields, find_columns
from pipeline.readers.observer import missing_column
from pipeline.readers.observer_time import decimal_of
from pipeline.readers.reading import CellEvent, Cells, Note, Reading
from pipeline.readers.tiers import left_out_note, require_tiers, subject_of, tier_of

FIELDS: Fields = {
    "level": ("level",),
    "description": ("description",),
    "number": ("number",),
    "onset": ("onsettime",),
    "offset": ("offsettime",),
    "duration": ("durationtime",),
}
REQUIRED = {"level": "Level", "onset": "Onset_Time", "offset": "Offset_Time"}
EXPECTED = (
    "a row with Level, Description, Number, Onset_Time, Offset_Time, Duration_Time and the classes. "
    "Export the events again."
)
GROUP, SET, EVENT = "1", "2", "3"
SECONDS = re.compile(r"[+-]?(\d{1,9}([.]\d{0,12})?|[.]\d{1,12})", re.ASCII)


@dataclass(frozen=True)
class Table:
    """The opened table: positions of our fields and of its classes, and how its numbers are written."""

    flat: Flat
    at: dict[str, int]
    classes: dict[str, int]
    decimal: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Rows that fit the header."""
        for line, cells in self.flat.rows():
            if not self.flat.found or self.flat.found[-1].line != line:
                yield line, cells

    def level(self, cells: list[str]) -> str:
        """The level of a row as text: 1, 2 or 3."""
        return cells[self.at["level"]].strip().removesuffix(".0").removesuffix(",0")

    def seconds(self, cells: list[str], field: str) -> Decimal | None:
        """A time in seconds; None where the cell holds none."""
        text = cells[self.at[field]].strip().replace(self.decimal, ".")
        return Decimal(text) if SECONDS.fullmatch(text) else None


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A table of events (.csv, .txt, .gz, .xlsx) in seconds of video time; the recording has the name of the file.

    Times count from the start of the session (the first row of level 2), unless the manifest sets time_offset_ms.
    """
    table = _open(path, entry, scratch)
    require_tiers(path, entry, list(table.classes), "class")
    bounds = _session(table)
    origin = bounds[0] if bounds and not entry.time_offset_ms else Decimal(0)
    length = {path.stem: int(((bounds[1] - bounds[0]) * 1000).to_integral_value())} if bounds else {}
    return Reading(
        path,
        "interact_csv",
        "cells",
        "seconds",
        Cells(observation=None, onset=table.at["onset"], offset=table.at["offset"]),
        table.flat.width,
        chunks=table.flat.chunks,
        events=lambda: _events(table, entry, origin),
        notes=(*_decimal_note(table, entry), *table.flat.notes, *_notes(table, entry, bounds, origin)),
        found=table.flat.found,
        dialect=f"{table.flat.dialect}, INTERACT events",
        observation_name=path.stem,
        lengths_ms=length,
    )


def _open(path: Path, entry: Coded, scratch: Path) -> Table:
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    at = find_columns(flat.names, FIELDS)
    for field, shown in REQUIRED.items():
        if field not in at:
            raise missing_column(path, shown, flat.names)
    after = max(at.values())
    classes = {name: place for place, name in enumerate(flat.names) if place > after and name}
    if not classes:
        name = file_name(path)
        text = f"{name}: there is no column of a class after Duration_Time. Export the events with their codes."
        raise UnreadableFile(text, file=name)
    decimal, _ = decimal_of((cells[at[end]] for cells in flat.sample() for end in ("onset", "offset")), entry)
    return Table(flat, at, classes, decimal)


def _score(cells: list[str]) -> int:
    at = find_columns(cells, FIELDS)
    return len(at) if "level" in at and len(at) >= 3 else 0


def _session(table: Table) -> tuple[Decimal, Decimal] | None:
    """Start and end (s) of what the rows of level 2 cover; None where there are none."""
    sets = [cells for _, cells in table.rows() if table.level(cells) == SET]
    starts = [start for cells in sets if (start := table.seconds(cells, "onset")) is not None]
    ends = [end for cells in sets if (end := table.seconds(cells, "offset")) is not None]
    return (min(starts), max(ends)) if starts and ends and max(ends) > min(starts) else None


def _events(table: Table, entry: Coded, origin: Decimal) -> Iterator[CellEvent]:
    """One event per filled class of a row of level 3."""
    for line, cells in table.rows():
        if table.level(cells) != EVENT:
            continue
        ends = (_shifted(table, cells, "onset", origin), _shifted(table, cells, "offset", origin))
        for name, place in table.classes.items():
            tier, value = tier_of(entry, name), cells[place].strip()
            if tier is not None and value:
                words = (subject_of(tier, entry, name), tier.behaviour_group or name, tier.code or value)
                modifiers = [cells[table.classes[one]].strip() for one in tier.modifiers if one in table.classes]
                yield CellEvent(
                    line, table.flat.path.stem, *words, *ends, "|".join(filter(None, modifiers)), tier.coder or ""
                )


def _shifted(table: Table, cells: list[str], field: str, origin: Decimal) -> str:
    """The time from the start of the session, as text; a cell that holds no number as it is."""
    seconds = table.seconds(cells, field)
    return cells[table.at[field]].strip() if seconds is None else format(seconds - origin, "f")


def _decimal_note(table: Table, entry: Coded) -> tuple[Note, ...]:
    ends = (cells[table.at[end]] for cells in table.flat.sample() for end in ("onset", "offset"))
    return decimal_of(ends, entry)[1]


def _notes(table: Table, entry: Coded, bounds: tuple[Decimal, Decimal] | None, origin: Decimal) -> Iterator[Note]:
    yield from left_out_note([name for name in table.classes if tier_of(entry, name) is None], "classes")
    if origin:
        detail = f"Times count from the video's start; the session runs from {bounds[0]} s to {bounds[1]} s."
        yield Note("video_time", "info", detail, "They were set to count from the start of the session.")
    if bounds is None:
        detail = "The file has no row of level 2 that says when the session begins and ends."
        action = "Times were kept as they are. Set time_offset_ms if they are video time."
        yield Note("no_session", "warning", detail, action)
    markers = 0
    for line, cells in table.rows():
        level = table.level(cells)
        if level == EVENT:
            markers += not any(cells[place].strip() for place in table.classes.values())
        elif level not in (GROUP, SET) and any(cells):
            detail = f"The level '{level[:40]}' is none of 1 (group), 2 (set) and 3 (event)."
            action = "The row was refused. Correct it and import again."
            yield Note("unknown_level", "error", detail, action, line=line, rejects_row=True)
    if markers:
        detail = f"{markers} rows of level 3 have no class filled: they are markers."
        yield Note("markers", "info", detail, "They are counted as blank rows.", count=markers)
