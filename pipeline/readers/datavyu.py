"""Reads Datavyu projects (.opf): a zip whose member `db` holds columns and their cells."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.archive import guard_zip
from pipeline.readers.datavyu_cells import DatavyuCell, cell_events, check_columns, milliseconds
from pipeline.readers.reading import Cells, Note, Reading
from pipeline.readers.rows import Row, in_chunks

CELL = re.compile(r"([^,]*),([^,]*),(.*)", re.DOTALL)
BEGINS_LIKE_A_CELL = re.compile(r"[-\d]")
COLUMN = re.compile(r"(?P<name>.*\S)\s+\((?P<kind>[A-Za-z_]+)(?:,(?P<flags>.*))?\)(?:-(?P<codes>.*))?", re.DOTALL)
VERSION = re.compile(r"#\d+\s*")
COLUMNS = ("column", "ordinal", "onset", "offset", "value")
CELLS = Cells(observation=None, onset=2, offset=3)
MALFORMED = "The row was refused and reading went on. Correct the cell in Datavyu and save the project again."


@dataclass
class Database:
    """What `db` holds: codes of each column, its cells, the rows as they stand, and what was wrong with some."""

    version: str = ""
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    cells: list[DatavyuCell] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A project file; lines are those of its member `db`, the recording has the name of the file."""
    database = _parse(_content(path), path)
    notes = (*database.notes, *_notes(database), *check_columns(path, entry, database.columns))
    return Reading(
        path,
        "datavyu",
        "cells",
        "ms",
        CELLS,
        len(COLUMNS),
        chunks=lambda: in_chunks(database.rows),
        events=lambda: (event for cell in database.cells for event in cell_events(cell, entry)),
        notes=notes,
        dialect=f"Datavyu project {database.version}".strip(),
        observation_name=path.stem,
    )


def _content(path: Path) -> str:
    """The text of the member `db`; UnreadableFile when there is none or it is damaged."""
    name = file_name(path)
    if "db" not in {member.filename for member in guard_zip(path)}:
        text = f"{name}: there is no 'db' inside, so this is not a Datavyu project. Choose the .opf file."
        raise UnreadableFile(text, file=name)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read("db").decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFile(f"{name}: its 'db' is not UTF-8. Save the project again.", file=name) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError):
        raise UnreadableFile(f"{name}: the file is damaged. Save the project again.", file=name) from None


def _parse(text: str, path: Path) -> Database:
    name, database, column = file_name(path), Database(), ""
    lines = _joined(text.splitlines())
    number, first = next(lines, (1, ""))
    if not VERSION.fullmatch(first):
        text = f"{name}, line {number}: the 'db' does not begin with its version (#4)."
        raise UnreadableFile(f"{text} Open the project in Datavyu and save it again.", file=name, line=number)
    database.version = first.strip()
    for number, line in lines:
        if not line.strip():
            continue
        if not BEGINS_LIKE_A_CELL.match(line):
            column = _add_column(database, line, number, name)
        elif not column:
            text = f"{name}, line {number}: a cell stands before the first column. Save the project again in Datavyu."
            raise UnreadableFile(text, file=name, line=number)
        else:
            _add_cell(database, column, line, number, path.stem)
    return database


def _joined(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; one that ends in an escape goes on in the next."""
    number = 0
    while number < len(lines):
        start, line = number + 1, lines[number]
        while _open_escape(line) and number + 1 < len(lines):
            number += 1
            line = f"{line[:-1]} {lines[number]}"
        yield start, line
        number += 1


def _open_escape(line: str) -> bool:
    return (len(line) - len(line.rstrip("\\"))) % 2 == 1


def split_escaped(text: str, mark: str) -> list[str]:
    r"""Parts of a text between unescaped marks, escapes resolved: 'a\,b,c' at ',' gives 'a,b' and 'c'."""
    parts, current, escaped = [], "", False
    for letter in text:
        if escaped or letter not in ("\\", mark):
            current, escaped = current + letter, False
        elif letter == "\\":
            escaped = True
        else:
            parts.append(current)
            current = ""
    return [*parts, current]


def _add_column(database: Database, line: str, number: int, file: str) -> str:
    """Takes in a line such as 'hands (MATRIX,true,)-hand|NOMINAL,look|NOMINAL'; returns the column's name."""
    hit = COLUMN.fullmatch(line.strip())
    name = split_escaped(hit["name"], "\0")[0] if hit else ""
    if hit is None or name in database.columns:
        fault = "is no column of a Datavyu project" if hit is None else f"names the column '{name}' again"
        text = f"{file}, line {number}: this line {fault}. Open the project in Datavyu and save it again."
        raise UnreadableFile(text, file=file, line=number)
    database.columns[name] = _codes(hit["codes"])
    if (hit["flags"] or "").partition(",")[0].strip().casefold() == "false":
        database.hidden.append(name)
    return name


def _codes(text: str | None) -> tuple[str, ...]:
    """Names of a column's codes; a column that is no matrix has one, named 'value'."""
    if text is None:
        return ("value",)
    kinds = (_unescaped_bar(part) for part in _raw_parts(text))
    return tuple(split_escaped(part, "\0")[0].strip() for part in kinds if part.strip())


def _raw_parts(text: str) -> list[str]:
    """Parts between unescaped commas, escapes kept."""
    return re.findall(r"(?:\\.|[^\\,])+", text, re.DOTALL)


def _unescaped_bar(part: str) -> str:
    """A code's name without its kind: 'hand|NOMINAL' is 'hand'."""
    return re.split(r"(?<!\\)\|", part, maxsplit=1)[0]


def _add_cell(database: Database, column: str, line: str, number: int, observation: str) -> None:
    codes, before = database.columns[column], database.rows[-1][1] if database.rows else ["", "0"]
    ordinal = 1 + (int(before[1]) if before[0] == column else 0)
    hit = CELL.fullmatch(line.rstrip())
    onset, offset, value = hit.groups() if hit else (line, "", "")
    database.rows.append((number, [column, str(ordinal), onset, offset, value]))
    values = _values(value, codes)
    if values is None:
        detail = f"The cell {ordinal} of '{column}' does not hold {_number(codes)} in brackets after its two times."
        database.notes.append(Note("malformed_cell", "error", detail, MALFORMED, line=number, rejects_row=True))
        return
    times = (milliseconds(onset), milliseconds(offset))
    database.cells.append(DatavyuCell(number, observation, column, *times, dict(zip(codes, values, strict=True))))


def _number(codes: tuple[str, ...]) -> str:
    return "a value" if len(codes) == 1 else f"{len(codes)} values"


def _values(text: str, codes: tuple[str, ...]) -> list[str] | None:
    """The values of a cell, one per code; None where there are more or fewer, or no brackets around them."""
    text = text.strip()
    if text.startswith("(") and text.endswith(")") and not _open_escape(text[:-1]):
        values = [value.strip() for value in split_escaped(text[1:-1], ",")]
        return values if len(values) == len(codes) else [] if not codes and values == [""] else None
    bare = not text.startswith("(") and codes == ("value",)
    return [split_escaped(text, "\0")[0]] if bare else None


def _notes(database: Database) -> Iterator[Note]:
    if not database.rows:
        yield Note("no_rows", "warning", "The project has no cells.", "Nothing was read from it.")
    if database.hidden:
        names = ", ".join(f"'{name}'" for name in database.hidden[:8])
        detail = f"Hidden in Datavyu: {names}."
        yield Note("hidden_columns", "info", detail, "They were read like the others.", count=len(database.hidden))
