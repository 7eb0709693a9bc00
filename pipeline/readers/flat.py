"""Opens a table of coded rows, whatever carries it (text, .gz or Excel), and finds its header row."""

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers import excel
from pipeline.readers.archive import gunzip
from pipeline.readers.reading import Chunk, Dialect, Note
from pipeline.readers.rows import Row, file_rows, in_chunks, parse_lines, shaped
from pipeline.readers.text import DELIMITERS, TextFile, as_utf8, sniff

HEADER_WITHIN = 200
SAMPLE_ROWS = 2_000
ENCODING_NAMES = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16-le": "UTF-16LE", "utf-16-be": "UTF-16BE"}
DELIMITER_NAMES = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}

HeaderScore = Callable[[list[str]], int]
"""How sure one is that these trimmed cells are the header: 0 = they are not."""


@dataclass(frozen=True)
class Flat:
    """An opened table: `names` are the trimmed column names (width of them), `before` the rows above the header.

    `rows()` yields the data rows with exactly `width` cells, noting misfits in `found`; `table` is None for Excel.
    """

    path: Path
    names: tuple[str, ...]
    before: tuple[list[str], ...]
    rows: Callable[[], Iterator[Row]]
    dialect: str
    table: Dialect | None = None
    delimiter: str = ""
    found: list[Note] = field(default_factory=list)
    notes: tuple[Note, ...] = ()

    @property
    def width(self) -> int:
        """Cells per row."""
        return len(self.names)

    def chunks(self) -> Iterator[Chunk]:
        """Data rows in chunks of at most 200,000."""
        return in_chunks(self.rows())

    def column(self, position: int) -> Iterator[str]:
        """The cells of one column, for a quick look at the whole file: rows that are too short are passed over."""
        if self.table is None:
            yield from (cells[position] for _, cells in self.rows())
            return
        last = self.table.header_line + self.table.data_lines
        with self.table.path.open(encoding="utf-8-sig", newline="") as file, suppress(csv.Error):
            for row in csv.reader(islice(file, self.table.header_line, last), delimiter=self.delimiter):
                if len(row) > position:
                    yield row[position]

    def sample(self) -> list[list[str]]:
        """Cells of the first 2,000 data rows, without those that do not fit the header."""
        rows = list(islice(self.rows(), SAMPLE_ROWS))
        misfits = {note.line for note in self.found if note.rejects_row}
        return [cells for line, cells in rows if line not in misfits]


def open_flat(path: Path, entry: Coded, scratch: Path, score: HeaderScore, expected: str) -> Flat:
    """The table in `path`; the header is the row that `score` likes best. `expected` ends the sentence
    "no header row was found. Expected ..." of the UnreadableFile raised when no row is a header."""
    unpacked = gunzip(path, scratch) if path.suffix.casefold() == ".gz" else path
    if unpacked.suffix.casefold() in (".xlsx", ".xlsm"):
        return _open_workbook(unpacked, score, expected)
    return _open_text(path, unpacked, entry, scratch, score, expected)


def _open_text(path: Path, unpacked: Path, entry: Coded, scratch: Path, score: HeaderScore, expected: str) -> Flat:
    text = sniff(unpacked, entry.encoding, entry.delimiter)
    delimiter, header_line, names, before = _text_header(text, entry.delimiter, score, path, expected)
    readable = as_utf8(text, scratch)
    found: list[Note] = []
    names = _with_trailing(names, readable, delimiter, header_line, text.lines)
    words = f"{ENCODING_NAMES.get(text.encoding, text.encoding)}, {DELIMITER_NAMES.get(delimiter, delimiter)}"
    table = Dialect(
        readable, text.encoding, delimiter, text.quote, header_line, names, data_lines=text.lines - header_line
    )

    def rows() -> Iterator[Row]:
        return file_rows(readable, delimiter, len(names), header_line, text.lines, found, path)

    notes = text.notes + _no_rows(text.lines - header_line, header_line)
    return Flat(path, names, before, rows, words, table, delimiter, found, notes)


def _text_header(
    text: TextFile, delimiter: str | None, score: HeaderScore, path: Path, expected: str
) -> tuple[str, int, tuple[str, ...], tuple[list[str], ...]]:
    """Delimiter, line of the header, its names, and the rows above it: the best over all delimiters."""
    best: tuple[int, str, int, tuple[str, ...], tuple[list[str], ...]] | None = None
    for mark in (delimiter,) if delimiter else sorted(DELIMITERS, key=lambda mark: mark != text.delimiter):
        hit = _best_row(_head_rows(text.head, mark), score)
        if hit and (best is None or hit[0] > best[0]):
            best = (hit[0], mark, *hit[1:])
    if best is None:
        raise no_header(path, expected)
    return best[1:]


def _head_rows(head: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """First rows as (number of their last line, trimmed cells)."""
    lines = [f"{line}\n" for line in head.split("\n")[:HEADER_WITHIN]]
    starts = list(parse_lines(lines, delimiter))
    ends = [first - 1 for first, _ in starts[1:]] + [len(lines)]
    return ((end, [cell.strip() for cell in cells]) for end, (_, cells) in zip(ends, starts, strict=True))


def _best_row(
    rows: Iterator[tuple[int, list[str]]], score: HeaderScore
) -> tuple[int, int, tuple[str, ...], tuple[list[str], ...]] | None:
    best, before = None, []
    for line, cells in rows:
        points = score(cells)
        if points and (best is None or points > best[0]):
            best = (points, line, tuple(cells), tuple(before))
        before.append(cells)
    return best


def _with_trailing(names: tuple[str, ...], path: Path, delimiter: str, header_line: int, lines: int) -> tuple[str, ...]:
    """The names, with one unnamed column more where every row ends in a delimiter that the header lacks."""
    rows = islice(_raw_rows(path, delimiter, header_line, lines), SAMPLE_ROWS)
    widths = [(len(row), not any(row[len(names) :])) for _, row in rows if any(row)]
    if widths and all(width == len(names) + 1 and empty for width, empty in widths):
        return (*names, "")
    return names


def _raw_rows(path: Path, delimiter: str, header_line: int, lines: int) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from parse_lines(islice(file, header_line, lines), delimiter)


def _open_workbook(path: Path, score: HeaderScore, expected: str) -> Flat:
    """The first sheet of a workbook that has a header row."""
    sheets = excel.sheet_names(path)
    for sheet in sheets:
        head = ((number, [cell.strip() for cell in cells]) for number, cells in excel.sheet_rows(path, sheet))
        hit = _best_row(islice(head, HEADER_WITHIN), score)
        if hit:
            _, line, names, before = hit
            return _flat_sheet(path, sheet, line, _filled(names), before, len(sheets))
    raise no_header(path, expected)


def _filled(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without the empty ones at the end."""
    used = max(index for index, name in enumerate(names) if name) + 1
    return names[:used]


def _flat_sheet(
    path: Path, sheet: str, header_line: int, names: tuple[str, ...], before: tuple[list[str], ...], sheets: int
) -> Flat:
    found: list[Note] = []

    def rows() -> Iterator[Row]:
        found.clear()
        for number, cells in islice(excel.sheet_rows(path, sheet), header_line, None):
            short = cells + [""] * (len(names) - len(cells))
            yield number, short if len(short) == len(names) else shaped(short, len(names), " | ", number, found)

    notes = _no_rows(sum(1 for _ in islice(rows(), 1)), header_line)
    if sheets > 1:
        detail = f"The workbook has {sheets} sheets; only '{sheet}' was read."
        notes += (Note("other_sheets", "info", detail, "Save other sheets with coded rows as files of their own."),)
    return Flat(path, names, before, rows, f"Excel workbook, sheet '{sheet}'", found=found, notes=notes)


def _no_rows(rows: int, header_line: int) -> tuple[Note, ...]:
    if rows:
        return ()
    detail = "The file has a header and no row below it."
    return (Note("no_rows", "warning", detail, "Nothing was read from it. Export it again.", line=header_line),)


def no_header(path: Path, expected: str) -> UnreadableFile:
    """The refusal of a file without a header row."""
    name = file_name(path)
    return UnreadableFile(f"{name}: the header row is missing. Expected {expected}", file=name)
