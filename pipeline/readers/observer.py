"""Reads Observer XT event logs: one row per start, stop or point, in every dialect labs export."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.header import Fields, find_columns, folded, numbered, repeated
from pipeline.readers.observer_time import CLOCKS, TIME_COLUMNS, Clock, absolute_note, coarse_note, event_clock
from pipeline.readers.reading import CHUNK_ROWS, Cells, Note, Reading

FIELDS: Fields = {
    "observation": ("observation", "observationname"),
    "code": ("behavior", "behaviour"),
    "mark": ("eventtype", "stateevent"),
    "subject": ("subject",),
    "comment": ("comment",),
}
REQUIRED = {"observation": "Observation", "code": "Behavior", "mark": "Event_Type"}
MARKS = {"state start": "start", "state stop": "stop", "point": "point", "state point": "point"}
EXPECTED = "a row with the columns Observation, Behavior, Event_Type and a time column. Export the event log again."


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """An event log (.txt, .csv, .gz or .xlsx); UnreadableFile names a missing column."""
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    _refuse_sampled(flat)
    at = find_columns(flat.names, FIELDS)
    _require(flat, at, entry)
    clock = event_clock(flat.names, flat.sample(), entry)
    if clock is None:
        raise no_time_column(path)
    return Reading(
        path,
        "observer_event_log",
        "marks",
        clock.rule,
        _cells(flat, at, clock, entry),
        flat.width,
        decimal=clock.decimal,
        table=flat.table,
        chunks=flat.chunks,
        marks=MARKS,
        notes=flat.notes + clock.notes + _time_notes(flat, clock),
        found=flat.found,
        dialect=flat.dialect,
    )


def _cells(flat: Flat, at: dict[str, int], clock: Clock, entry: Coded) -> Cells:
    return Cells(
        **at,
        onset=clock.onset,
        onset_f=clock.onset_f,
        modifiers=numbered(flat.names, "modifier"),
        coder=coder_column(flat, entry),
    )


def coder_column(flat: Flat, entry: Coded) -> int | None:
    """Position of the manifest's coder_column; UnreadableFile with the choices when the file has no such column."""
    return None if entry.coder_column is None else named_column(flat.path, flat.names, entry.coder_column)


def named_column(path: Path, names: Sequence[str], wanted: str) -> int:
    """Position of the column a person named (case and outer blanks aside)."""
    positions = {name.strip().casefold(): position for position, name in reversed(list(enumerate(names)))}
    key = wanted.strip().casefold()
    if key not in positions:
        raise missing_column(path, wanted, names)
    return positions[key]


def missing_column(path: Path, wanted: str, names: Sequence[str]) -> UnreadableFile:
    """The refusal of a file that lacks a column."""
    name, there = file_name(path), ", ".join(name for name in names if name)
    text = f"{name}: the column '{wanted}' is missing. The file has: {there}."
    return UnreadableFile(text, file=name, column=wanted)


def no_time_column(path: Path) -> UnreadableFile:
    """The refusal of a file without relative times."""
    name = file_name(path)
    return UnreadableFile(f"{name}: no time column was found. Expected one of {TIME_COLUMNS}.", file=name)


def _score(cells: list[str]) -> int:
    """A header names the behaviour and at least two more of our columns."""
    known = find_columns(cells, FIELDS) | find_columns(cells, CLOCKS)
    named = "code" in known and len(known) >= 3
    return len(known) + sum(folded(cell).startswith("modifier") for cell in cells) if named else 0


def _refuse_sampled(flat: Flat) -> None:
    if repeated(flat.names, "behavior") or repeated(flat.names, "behaviour"):
        name = file_name(flat.path)
        text = f"{name}: the column Behavior stands more than once, so this is a sampled export, not an event log."
        raise UnreadableFile(f'{text} Write format = "observer_sampled" in the manifest.', file=name)


def _require(flat: Flat, at: dict[str, int], entry: Coded) -> None:
    for field, shown in REQUIRED.items():
        if field not in at:
            raise missing_column(flat.path, shown, flat.names)
    require_subject(flat.path, "subject" in at, entry)


def require_subject(path: Path, given: bool, entry: Coded) -> None:
    """Raises UnreadableFile when neither the file nor the manifest says who was coded."""
    if not given and entry.subject is None:
        name = file_name(path)
        text = f"{name}: there is no Subject column. Say in the manifest who was coded, for example"
        raise UnreadableFile(f'{text} subject = "infant".', file=name, column="Subject")


def _time_notes(flat: Flat, clock: Clock) -> tuple[Note, ...]:
    """Rounded seconds (whole file) and contradictory absolute times (first 200,000 rows)."""
    notes = absolute_note(flat.names, (cells for _, cells in islice(flat.rows(), CHUNK_ROWS)))
    if clock.rule == "seconds":
        notes += coarse_note(flat.column(clock.onset))
    return notes
