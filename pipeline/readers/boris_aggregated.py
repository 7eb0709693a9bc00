"""Reads BORIS aggregated exports: one row per event with start and stop."""

from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.readers.boris_events import MARKS, modifier_columns
from pipeline.readers.flat import open_flat
from pipeline.readers.header import Fields, find_columns
from pipeline.readers.observer import coder_column, missing_column, require_subject
from pipeline.readers.observer_time import decimal_of
from pipeline.readers.reading import Cells, Reading

FIELDS: Fields = {
    "observation": ("observationid",),
    "subject": ("subject",),
    "code": ("behavior", "behaviour"),
    "mark": ("behaviortype", "behaviourtype"),
    "onset": ("starts",),
    "offset": ("stops",),
    "comment": ("commentstart",),
    "length": ("totallength", "observationduration", "mediadurations"),
}
REQUIRED = {
    "observation": "Observation id",
    "code": "Behavior",
    "mark": "Behavior type",
    "onset": "Start (s)",
    "offset": "Stop (s)",
}
EXPECTED = (
    "a row with Observation id, Behavior, Behavior type, Start (s) and Stop (s). Export the aggregated events again."
)


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """An aggregated export (.tsv, .csv, .xlsx); `Duration (s)` is not read (it is NA for points)."""
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    at = find_columns(flat.names, FIELDS)
    for field, shown in REQUIRED.items():
        if field not in at:
            raise missing_column(path, shown, flat.names)
    require_subject(path, "subject" in at, entry)
    decimal, notes = decimal_of((cells[at[end]] for cells in flat.sample() for end in ("onset", "offset")), entry)
    return Reading(
        path,
        "boris_aggregated",
        "spans",
        "seconds",
        Cells(**at, modifiers=modifier_columns(flat.names), coder=coder_column(flat, entry)),
        flat.width,
        decimal=decimal,
        table=flat.table,
        chunks=flat.chunks,
        marks=MARKS,
        notes=flat.notes + notes,
        found=flat.found,
        dialect=f"{flat.dialect}, aggregated events",
    )


def _score(cells: list[str]) -> int:
    at = find_columns(cells, FIELDS)
    return len(at) if "code" in at and len(at) >= 3 else 0
