"""Rows of a delimited text file, one at a time, with their true line numbers, and nothing lost."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.reading import CHUNK_ROWS, Chunk, Note
from pipeline.readers.text import QUOTE

Row = tuple[int, list[str]]

RECORD_LINES = 200
"""A quoted cell that goes on for more lines than this is taken for a quotation mark that was never closed."""

MISFITS = 10_000
"""With more misfitting rows than this the file as a whole is refused: the delimiter or the quoting is wrong."""


class _Runaway(Exception):
    pass


class _Lines:
    """Physical lines, remembering those of the record that is being read, so that an open quote can be undone."""

    def __init__(self, lines: Iterable[str]):
        self._source = iter(lines)
        self.record: list[str] = []
        self.ended_inside = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        if len(self.record) >= RECORD_LINES:
            raise _Runaway
        line = next(self._source, None)
        if line is None:
            self.ended_inside = bool(self.record)
            raise StopIteration
        self.record.append(line)
        return line


def parse_lines(
    lines: Iterable[str], delimiter: str, width: int | None = None, first: int = 1, found: list[Note] | None = None
) -> Iterator[Row]:
    """Rows as (line in the file, cells), from physical lines of which the first has number `first`.

    With `width`, every row has that many cells: rows that do not fit are padded, or their last cells joined, and noted
    in `found` as ragged_row or unterminated_quote. A multi-line row that does not fit is undone: its first line is
    taken literally and reading goes on with the next line.
    """
    notes = found if found is not None else []
    source, number = _Lines(lines), first
    reader = csv.reader(source, delimiter=delimiter, quotechar=QUOTE)
    while (row := _next_record(reader, source)) is not None:
        used = source.record
        if row is _BROKEN or source.ended_inside or (len(used) > 1 and not _sound(row, used, delimiter, width)):
            notes.append(_unterminated(number))
            yield number, _literal(used[0], delimiter, width)
            source, number = _Lines(chain(used[1:], source._source)), number + 1
            reader = csv.reader(source, delimiter=delimiter, quotechar=QUOTE)
            continue
        if width is not None and len(row) != width:
            row = shaped(row, width, delimiter, number, notes)
        yield number, row
        number += len(used)
        source.record = []


_BROKEN: list[str] = []


def _next_record(reader: Iterator[list[str]], source: _Lines) -> list[str] | None:
    """The next record, None at the end, _BROKEN where the csv rules give up."""
    try:
        return next(reader)
    except StopIteration:
        return None
    except (_Runaway, csv.Error):
        return _BROKEN


def _sound(row: list[str], lines: list[str], delimiter: str, width: int | None) -> bool:
    """True when a row of several lines fits the header and every quote in it closes right before a delimiter."""
    if width is not None and len(row) != width and not (len(row) > width and not any(row[width:])):
        return False
    try:
        next(csv.reader(lines, delimiter=delimiter, quotechar=QUOTE, strict=True))
    except csv.Error:
        return False
    return True


def _literal(line: str, delimiter: str, width: int | None) -> list[str]:
    cells = line.rstrip("\r\n").split(delimiter)
    return cells if width is None else stretched(cells, width, delimiter)


def stretched(cells: list[str], width: int, delimiter: str) -> list[str]:
    """Exactly `width` cells: missing ones empty, surplus ones joined into the last, so that no text is lost."""
    if len(cells) <= width:
        return cells + [""] * (width - len(cells))
    return cells[: width - 1] + [delimiter.join(cells[width - 1 :])]


def shaped(row: list[str], width: int, delimiter: str, line: int, notes: list[Note]) -> list[str]:
    """The row with exactly `width` cells; noted as ragged when text is too much or cells too few."""
    if not any(row):
        return [""] * width
    if len(row) > width and not any(row[width:]):
        return row[:width]
    notes.append(_ragged(line, len(row), width))
    return stretched(row, width, delimiter)


def _ragged(line: int, cells: int, width: int) -> Note:
    detail = f"The row has {cells} {'cell' if cells == 1 else 'cells'}; the header has {width}."
    action = (
        "The row was refused. Look for a missing or extra delimiter, or a text with the delimiter but without quotes."
    )
    return Note("ragged_row", "error", detail, action, line=line, rejects_row=True)


def _unterminated(line: int) -> Note:
    detail = "A quotation mark is opened and never closed."
    action = "The row was refused and reading went on with the next line. Close or remove the quotation mark."
    return Note("unterminated_quote", "error", detail, action, line=line, rejects_row=True)


def file_rows(
    path: Path, delimiter: str, width: int, header_line: int, lines: int, found: list[Note], named: Path
) -> Iterator[Row]:
    """Data rows of a UTF-8 file after `header_line`, up to line `lines`; `found` is emptied first.

    Raises UnreadableFile, about the file `named` (of which `path` is a copy), when more than 10,000 rows do not fit the
    header.
    """
    found.clear()
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in parse_lines(islice(file, header_line, lines), delimiter, width, header_line + 1, found):
            if len(found) > MISFITS:
                raise _hopeless(named, width)
            yield row


def _hopeless(path: Path, width: int) -> UnreadableFile:
    name = file_name(path)
    text = f"{name}: more than {MISFITS:,} rows do not have the {width} cells of the header."
    return UnreadableFile(
        f"{text} Name the delimiter in the manifest (delimiter = ...), or export it again.", file=name
    )


def own_lines(lines: Sequence[int], what: str) -> tuple[list[int], tuple[Note, ...]]:
    """The lines of rows, or their numbers from 1 on where two of them stand in one line (a file without line breaks):
    a line must tell one row from another. `what` the rows are, in words."""
    if len(set(lines)) == len(lines):
        return list(lines), ()
    detail, action = f"Several {what} stand in one line of the file.", f"Instead of lines, the {what} are numbered."
    return list(range(1, len(lines) + 1)), (Note("rows_numbered", "info", detail, action),)


def in_chunks(rows: Iterable[Row]) -> Iterator[Chunk]:
    """Rows in lists of at most 200,000."""
    rows = iter(rows)
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield chunk
