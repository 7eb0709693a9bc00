"""Reads BORIS event exports: generation 1 (a preamble, then Time ... Status) and generation 2 (one flat table)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.header import Fields, find_columns, folded, numbered
from pipeline.readers.observer import coder_column, missing_column, require_subject
from pipeline.readers.observer_time import decimal_of
from pipeline.readers.reading import Cells, Note, Reading

FIELDS: Fields = {
    "observation": ("observationid",),
    "subject": ("subject",),
    "code": ("behavior", "behaviour"),
    "behaviour_group": (),
    "onset": ("time",),
    "mark": ("status", "behaviortype", "behaviourtype"),
    "comment": ("comment",),
    "length": ("totallength", "observationduration", "mediadurations"),
}
MARKS = {"start": "start", "stop": "stop", "point": "point", "state": "state"}
EXPECTED = (
    "a row with Time, Behavior and Status (exports with a preamble), or with Observation id, Behavior, Behavior type "
    "and Time (flat exports). Export the events again."
)
NAME_CELL, OFFSET_CELL = "observationid", "timeoffsets"


@dataclass(frozen=True)
class Preamble:
    """What stands above the header of a generation 1 export."""

    observation: str | None
    time_offset: str


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A BORIS events export (.tsv, .csv, .xlsx); UnreadableFile where the header row or a column is missing."""
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    refuse_aggregated(flat)
    at = find_columns(flat.names, FIELDS)
    for field, shown in {"onset": "Time", "code": "Behavior", "mark": "Status or Behavior type"}.items():
        if field not in at:
            raise missing_column(path, shown, flat.names)
    require_subject(path, "subject" in at, entry)
    before = _preamble(flat)
    if "observation" not in at and not before.observation:
        raise _nameless(path)
    return _reading(path, entry, flat, at, before)


def _reading(path: Path, entry: Coded, flat: Flat, at: dict[str, int], before: Preamble) -> Reading:
    decimal, notes = decimal_of((cells[at["onset"]] for cells in flat.sample()), entry)
    cells = Cells(
        **{"observation": None, **at}, modifiers=modifier_columns(flat.names), coder=coder_column(flat, entry)
    )
    generation = "events with preamble" if before.observation else "flat events"
    return Reading(
        path,
        "boris_events",
        "marks",
        "seconds",
        cells,
        flat.width,
        decimal=decimal,
        table=flat.table,
        chunks=flat.chunks,
        marks=MARKS,
        notes=flat.notes + notes + offset_note(before.time_offset) + _offset_column(flat),
        found=flat.found,
        dialect=f"{flat.dialect}, {generation}",
        observation_name=None if "observation" in at else before.observation,
    )


def modifier_columns(names: Sequence[str]) -> tuple[int, ...]:
    """Positions of 'Modifiers' (joined by '|') or of 'Modifier 1', 'Modifier #2', ... in the order of their numbers."""
    return numbered(names, "modifiers") + numbered(names, "modifier")


def offset_note(offset: str) -> tuple[Note, ...]:
    """The doubt about a time offset other than 0 that the file declares."""
    if offset.strip().lstrip("-").replace(".", "").replace(",", "").strip("0") == "":
        return ()
    detail = f"The file declares a time offset of {offset.strip()} s."
    action = "Times were taken as written. If they must be shifted, set time_offset_ms in the manifest."
    return (Note("time_offset_declared", "warning", detail, action),)


def _score(cells: list[str]) -> int:
    """Generation 1 begins with Time; generation 2 names Observation id."""
    at = find_columns(cells, FIELDS)
    if not cells or not {"code", "onset"} <= at.keys() and not {"observation", "code"} <= at.keys():
        return 0
    return len(at) if folded(cells[0]) == "time" or "observation" in at else 0


def refuse_aggregated(flat: Flat) -> None:
    """Raises UnreadableFile for an aggregated export, naming its format."""
    if {"starts", "stops"} <= {folded(name) for name in flat.names}:
        name = file_name(flat.path)
        text = f"{name}: the columns Start (s) and Stop (s) say that this is an aggregated export."
        raise UnreadableFile(f'{text} Write format = "boris_aggregated" in the manifest.', file=name)


def _preamble(flat: Flat) -> Preamble:
    """Second cells of the rows 'Observation id' and 'Time offset (s)' above the header."""
    values = {folded(row[0]): row[1] for row in flat.before if len(row) > 1 and row[0]}
    return Preamble(values.get(NAME_CELL) or None, values.get(OFFSET_CELL, ""))


def _offset_column(flat: Flat) -> tuple[Note, ...]:
    at = find_columns(flat.names, {"offset": (OFFSET_CELL,)}).get("offset")
    offsets = sorted({cells[at] for cells in flat.sample() if offset_note(cells[at])}) if at is not None else []
    return offset_note(", ".join(offsets)) if offsets else ()


def _nameless(path: Path) -> UnreadableFile:
    name = file_name(path)
    text = f"{name}: the observation has no name (no row 'Observation id' above the header, no such column)."
    return UnreadableFile(f"{text} Export the events again with their preamble.", file=name)
