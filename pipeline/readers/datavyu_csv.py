"""Reads Datavyu cells as a table: one row per cell, the codes of the column side by side, times in milliseconds."""

from collections.abc import Iterator
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.readers.datavyu_cells import DatavyuCell, cell_events, check_columns, milliseconds
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.header import Fields, find_columns
from pipeline.readers.observer import missing_column
from pipeline.readers.reading import Cells, Reading

FIELDS: Fields = {
    "observation": ("file", "filename"),
    "column": ("column", "code"),
    "ordinal": ("ordinal",),
    "onset": ("onset",),
    "offset": ("offset",),
}
REQUIRED = {"column": "column", "onset": "onset", "offset": "offset"}
EXPECTED = "a row with the columns file, column, ordinal, onset, offset and the codes. Export the cells again."


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A table of cells (.csv, .txt, .gz, .xlsx); without a column `file` the recording has the name of the file."""
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    at = find_columns(flat.names, FIELDS)
    for field, shown in REQUIRED.items():
        if field not in at:
            raise missing_column(path, shown, flat.names)
    codes = {name.rpartition(".")[2]: place for place, name in enumerate(flat.names) if place not in at.values()}
    codes.pop("", None)
    columns = {cells[at["column"]].strip(): tuple(codes) for _, cells in _sound(flat)}
    columns.pop("", None)
    notes = flat.notes + check_columns(path, entry, columns)
    return Reading(
        path,
        "datavyu_csv",
        "cells",
        "ms",
        Cells(at.get("observation"), onset=at["onset"], offset=at["offset"]),
        flat.width,
        chunks=flat.chunks,
        events=lambda: (event for cell in _cells(flat, at, codes) for event in cell_events(cell, entry)),
        notes=notes,
        found=flat.found,
        dialect=f"{flat.dialect}, Datavyu cells",
        observation_name=None if "observation" in at else path.stem,
    )


def _cells(flat: Flat, at: dict[str, int], codes: dict[str, int]) -> Iterator[DatavyuCell]:
    for line, cells in _sound(flat):
        name = cells[at["observation"]].strip() if "observation" in at else flat.path.stem
        times = (milliseconds(cells[at["onset"]]), milliseconds(cells[at["offset"]]))
        values = {code: cells[place].strip() for code, place in codes.items()}
        yield DatavyuCell(line, name, cells[at["column"]].strip(), *times, values)


def _sound(flat: Flat) -> Iterator[tuple[int, list[str]]]:
    """Rows that fit the header."""
    for line, cells in flat.rows():
        if not flat.found or flat.found[-1].line != line:
            yield line, cells


def _score(cells: list[str]) -> int:
    """A header names column, ordinal and times, or (as other scripts write it) code, times and code.value."""
    at, names = find_columns(cells, FIELDS), {cell.strip().casefold() for cell in cells}
    sure = {"column", "ordinal"} <= at.keys() or {"code", "code.value"} <= names
    return len(at) if sure and {"onset", "offset"} & at.keys() else 0
