"""The rows of NOVA's data files, ASCII and binary, one after another as text with their line numbers."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.nova_header import NovaHeader
from pipeline.readers.nova_numbers import ENGLISH, Seen, decimal_mark, plain_number
from pipeline.readers.reading import CHUNK_ROWS, Note
from pipeline.readers.rows import MISFITS, Row
from pipeline.readers.text import as_utf8, sniff

COLUMNS = ("from", "to", "class or text", "confidence", "meta")
WIDTH = len(COLUMNS)
SEGMENT = np.dtype([("start", "<f8"), ("stop", "<f8"), ("number", "<i4"), ("confidence", "<f4")])
SCORE = np.dtype([("score", "<f4"), ("confidence", "<f4")])
MS_ROW = 16
"""Bytes of a row as one faulty writer leaves it: whole milliseconds in four numbers of 32 bits."""
CELLS = {"DISCRETE": (4, 5), "FREE": (4, 5), "CONTINUOUS": (2, 2)}
"""Fewest and most cells of a row in ASCII."""
NUMBERS = {"DISCRETE": (0, 1, 3), "FREE": (0, 1, 3), "CONTINUOUS": (0, 1)}
"""Places of numbers that may have decimals."""


@dataclass(frozen=True)
class NovaData:
    """The opened data file. `text`: its UTF-8 form where it is ASCII and not empty; `lines`: how many that has."""

    header: NovaHeader
    text: Path | None = None
    lines: int = 0
    mark: str = ENGLISH
    notes: tuple[Note, ...] = ()
    found: list[Note] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Rows as (line, cells of COLUMNS); a binary row's line is its number. `found` is filled anew on the way."""
        self.found.clear()
        if self.header.binary:
            return _free_rows(self.header) if self.header.kind == "FREE" else _segment_rows(self.header)
        return self._text_rows()

    def _text_rows(self) -> Iterator[Row]:
        least, most = CELLS[self.header.kind]
        for number, line in self._lines():
            cells = line.split(";")
            while len(cells) > most and not cells[-1].strip():
                cells.pop()
            if line.strip() and not least <= len(cells) <= most:
                self.found.append(_ragged(number, len(cells), least, most))
                _refuse_hopeless(self.found, self.header)
            if len(cells) > WIDTH:
                cells = [*cells[: WIDTH - 1], ";".join(cells[WIDTH - 1 :])]
            yield number, cells + [""] * (WIDTH - len(cells))

    def _lines(self) -> Iterator[tuple[int, str]]:
        if self.text is None:
            return
        with self.text.open(encoding="utf-8-sig", newline="") as file:
            for number, line in enumerate(islice(file, self.lines), 1):
                yield number, line.rstrip("\r\n")

    def sound(self) -> Iterator[Row]:
        """Rows that are not at fault."""
        for line, cells in self.rows():
            if not self.found or self.found[-1].line != line:
                yield line, cells

    def number(self, text: str) -> str:
        """A number of this file with a decimal point."""
        return plain_number(text, self.mark)


def open_data(header: NovaHeader, scratch: Path, encoding: str | None = None, decimal: str | None = None) -> NovaData:
    """The data file of an annotation, its length and the way its numbers are written known.

    Raises UnreadableFile: binary data of a wrong length, text that is none, numbers that may be read in two ways.
    """
    data = NovaData(header)
    if header.binary:
        _check_length(header)
        return data
    if header.data.stat().st_size == 0:
        return data
    text = sniff(header.data, encoding, ";")
    data = replace(data, text=as_utf8(text, scratch), lines=text.lines, notes=text.notes)
    seen = Seen()
    for _, cells in data.rows():
        seen.look(cells[place].strip() for place in NUMBERS[header.kind])
    mark, notes = decimal_mark(seen, decimal, file_name(header.path))
    return replace(data, mark=mark, notes=(*data.notes, *notes))


def _ragged(line: int, cells: int, least: int, most: int) -> Note:
    number = f"{least} or {most}" if most > least else str(least)
    detail = f"The row has {cells} {'cell' if cells == 1 else 'cells'}; NOVA writes {number}, with ; between them."
    action = "The row was refused. A text that holds a ; breaks its row: rename the label and export it again."
    return Note("ragged_row", "error", detail, action, line=line, rejects_row=True)


def _refuse_hopeless(found: list[Note], header: NovaHeader) -> None:
    if len(found) > MISFITS:
        name = file_name(header.path)
        text = f"{name}: more than {MISFITS:,} rows of its data file have too few or too many cells. Export it again."
        raise UnreadableFile(text, file=name)


def _check_length(header: NovaHeader) -> None:
    """Raises UnreadableFile where the length of a binary file is no whole number of rows."""
    if header.kind == "FREE":
        return
    row, size = (SEGMENT if header.kind == "DISCRETE" else SCORE).itemsize, header.data.stat().st_size
    name = file_name(header.path)
    if header.kind == "DISCRETE" and header.size and size == MS_ROW * header.size:
        text = f"{name}: its rows have 16 bytes instead of 24, as a faulty program writes them."
        raise UnreadableFile(f"{text} Export it again from NOVA, as ASCII.", file=name)
    if size % row:
        text = f"{name}: its data file has {size:,} bytes, which is no whole number of rows of {row} bytes."
        raise UnreadableFile(f"{text} It is damaged or cut off: copy or export it again.", file=name)


def _segment_rows(header: NovaHeader) -> Iterator[Row]:
    for first, block in blocks(header.data, SEGMENT):
        columns = (block[name].tolist() for name in ("start", "stop", "number"))
        confidence = block["confidence"].astype(str).tolist()
        for place, (start, stop, number, sure) in enumerate(zip(*columns, confidence, strict=True)):
            yield first + place + 1, [repr(start), repr(stop), str(number), sure, ""]


def blocks(path: Path, kind: np.dtype) -> Iterator[tuple[int, np.ndarray]]:
    """(first row, rows) of a binary file of rows of one kind, at most CHUNK_ROWS at a time."""
    with path.open("rb") as file:
        first = 0
        while content := file.read(CHUNK_ROWS * kind.itemsize):
            whole = len(content) // kind.itemsize * kind.itemsize
            block = np.frombuffer(content[:whole], dtype=kind)
            yield first, block
            first += len(block)


def _free_rows(header: NovaHeader) -> Iterator[Row]:
    """Rows of different lengths, each with the length of its text before it."""
    number = 0
    with header.data.open("rb") as file:
        size = header.data.stat().st_size
        while head := file.read(20):
            number += 1
            length = struct.unpack("<I", head[16:])[0] if len(head) == 20 else size
            if file.tell() + length + 4 > size:
                name = file_name(header.path)
                text = f"{name}: its data file ends within row {number}. It is damaged or cut off."
                raise UnreadableFile(f"{text} Copy or export it again.", file=name, line=number)
            start, stop = struct.unpack("<dd", head[:16])
            word = file.read(length)
            sure = str(np.frombuffer(file.read(4), dtype="<f4")[0])
            yield number, [repr(start), repr(stop), _decoded(word), sure, ""]


def _decoded(word: bytes) -> str:
    try:
        return word.decode()
    except UnicodeDecodeError:
        return word.decode("cp1252", errors="replace")
