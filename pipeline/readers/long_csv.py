"""Reads a plain long table of events: one row per event, columns named in the manifest."""

from pathlib import Path

from pipeline.catalogue.manifest import Coded, Columns
from pipeline.errors import CatalogueError
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.observer import missing_column, named_column, require_subject
from pipeline.readers.observer_time import decimal_of
from pipeline.readers.reading import Cells, Reading, TimeRule

SINGLE = ("observation", "code", "onset", "offset", "duration", "subject", "behaviour_group", "coder", "comment")
RULES: dict[str, TimeRule] = {"ms": "ms", "s": "seconds"}


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A long table (.csv, .txt, .gz or .xlsx) by the manifest's columns; UnreadableFile names a missing column."""
    if entry.columns is None:
        raise CatalogueError("format long_csv needs a columns table in the manifest. Add [coded.columns].")
    require_subject(path, entry.columns.subject is not None, entry)
    wanted = _wanted(entry.columns, entry)
    flat = _open(path, entry, scratch, wanted)
    at = {field: named_column(path, flat.names, name) for field, name in wanted.items()}
    modifiers = tuple(named_column(path, flat.names, name) for name in entry.columns.modifiers)
    ends = [at[field] for field in ("onset", "offset", "duration") if field in at]
    decimal, notes = decimal_of((cells[end] for cells in flat.sample() for end in ends), entry)
    return Reading(
        path,
        "long_csv",
        "spans",
        RULES[entry.columns.unit],
        Cells(**{"observation": None, **at}, modifiers=modifiers),
        flat.width,
        decimal=decimal,
        table=flat.table,
        chunks=flat.chunks,
        notes=flat.notes + notes,
        found=flat.found,
        constants=_constants(entry.columns),
        dialect=flat.dialect,
    )


def _named(columns: Columns) -> dict[str, str]:
    return {field: name for field in SINGLE if (name := getattr(columns, field)) is not None}


def _constants(columns: Columns) -> dict[str, str]:
    """Fields written as "=word" in the manifest."""
    return {field: name[1:].strip() for field, name in _named(columns).items() if name.startswith("=")}


def _wanted(columns: Columns, entry: Coded) -> dict[str, str]:
    """Our field -> column of the file."""
    wanted = {field: name for field, name in _named(columns).items() if not name.startswith("=")}
    if entry.coder_column is not None:
        wanted.setdefault("coder", entry.coder_column)
    return wanted


def _open(path: Path, entry: Coded, scratch: Path, wanted: dict[str, str]) -> Flat:
    names = {name.strip().casefold() for name in wanted.values()}

    def score(cells: list[str]) -> int:
        hits = len(names & {cell.casefold() for cell in cells})
        return hits if hits >= min(2, len(names)) else 0

    expected = f"a row with the columns {', '.join(wanted.values())}. Check the columns in the manifest."
    flat = open_flat(path, entry, scratch, score, expected)
    for name in wanted.values():
        if name.strip().casefold() not in {each.casefold() for each in flat.names}:
            raise missing_column(path, name, flat.names)
    return flat
