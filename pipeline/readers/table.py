"""Tables of a study (csv, tsv, xlsx) as rows of text with their line numbers; no cell is ever given a type here."""

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.errors import UnreadableFile, file_name, listed
from pipeline.readers.excel import sheet_names, sheet_rows
from pipeline.readers.reading import Note
from pipeline.readers.rows import Row, file_rows, parse_lines
from pipeline.readers.text import TextFile, as_utf8, sniff

WORKBOOKS = (".xlsx", ".xlsm")
INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"
"""Zero-width characters: not white space to Python, yet nobody sees them in an identifier."""


@dataclass(frozen=True)
class TextTable:
    """One table file. `columns` are the names as written, trimmed; every row of `rows` has as many cells.

    `rows` holds the usable rows only: `blank` and `refused` count the others, and `notes` say why rows were refused.
    `typed` is True where numbers were cells of their own kind (Excel): they are written with a decimal point.
    """

    path: Path
    format: str
    dialect: str
    sha256: str
    size: int
    columns: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]
    blank: int
    refused: int
    notes: tuple[Note, ...] = ()
    typed: bool = False

    @property
    def total(self) -> int:
        """Data rows of the file: usable, refused and blank ones."""
        return len(self.rows) + self.refused + self.blank


def trimmed(cell: str) -> str:
    """The cell without blanks at its ends, also no-break and zero-width ones."""
    return cell.strip().strip(INVISIBLE).strip()


def read_table(
    path: Path, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> TextTable:
    """The table in a csv, tsv or xlsx file, told apart by its ending.

    The first row that holds anything names the columns. Raises UnreadableFile: missing, empty, damaged, locked,
    too large when unpacked, several filled sheets and none named.
    """
    if path.suffix.casefold() in WORKBOOKS and path.is_file():
        return _workbook(path, sheet)
    text = sniff(path, encoding, delimiter)
    with tempfile.TemporaryDirectory() as folder:
        return _text_table(path, text, as_utf8(text, Path(folder)))


def _text_table(path: Path, text: TextFile, utf8: Path) -> TextTable:
    line, data_line, header = _header(path, text, utf8)
    columns = tuple(trimmed(name) for name in header)
    misfits: list[Note] = []
    rows = list(file_rows(utf8, text.delimiter, len(columns), data_line - 1, text.lines, misfits, path))
    usable, blank, refused, repeats = _sorted_out(rows, columns, misfits)
    form = "tsv" if text.delimiter == "\t" else "csv"
    notes = (*text.notes, *misfits, *repeats)
    name = {"\t": "tab"}.get(text.delimiter, f"'{text.delimiter}'")
    dialect = f"{text.encoding.upper()}, delimiter {name}"
    return TextTable(path, form, dialect, text.sha256, text.size, columns, line, usable, blank, refused, notes)


def _header(path: Path, text: TextFile, utf8: Path) -> tuple[int, int, list[str]]:
    """(line of the header, line of the row after it, its cells); Excel's own 'sep=;' line is passed over."""
    with utf8.open(encoding="utf-8-sig", newline="") as file:
        found = parse_lines(islice(file, text.lines), text.delimiter)
        for line, cells in found:
            if any(map(trimmed, cells)) and not (line == 1 and text.head[:4].casefold() == "sep="):
                after, _ = next(found, (text.lines + 1, []))
                return line, after, cells
    raise UnreadableFile(f"{file_name(path)}: the file is empty. Export it again.", file=file_name(path))


def _workbook(path: Path, sheet: str | None) -> TextTable:
    name, rows = _filled_sheet(path, sheet)
    (line, header), data = rows[0], rows[1:]
    columns = tuple(trimmed(cell) for cell in header)
    width = len(columns)
    shaped = [(number, (cells + [""] * width)[:width]) for number, cells in data]
    usable, blank, refused, repeats = _sorted_out(shaped, columns, [])
    content = path.read_bytes()
    sha = hashlib.sha256(content).hexdigest()
    dialect = f"Excel, sheet '{name}'"
    return TextTable(
        path, "xlsx", dialect, sha, len(content), columns, line, usable, blank, refused, tuple(repeats), True
    )


def _filled_sheet(path: Path, sheet: str | None) -> tuple[str, list[Row]]:
    """Name and rows (first and last of them filled) of the sheet named, or of the only one that holds anything."""
    names, file = sheet_names(path), file_name(path)
    if sheet is not None and sheet not in names:
        text = f"{file}: there is no sheet '{sheet}'. Choose one of: {listed(names)}."
        raise UnreadableFile(text, file=file, value=sheet)
    filled = {name: rows for name in ([sheet] if sheet else names) if (rows := _from_to(sheet_rows(path, name)))}
    if not filled:
        where = f"the sheet '{sheet}' is empty" if sheet else "every sheet is empty"
        text = f"{file}: {where}. Put the table there, its column names in the first row, and import again."
        raise UnreadableFile(text, file=file)
    if len(filled) > 1:
        text = f"{file}: several sheets hold something: {listed(set(filled))}. Name one in the manifest (sheet = ...)."
        raise UnreadableFile(text, file=file)
    return next(iter(filled.items()))


def _from_to(rows: Iterator[Row]) -> list[Row]:
    """The rows from the first to the last that hold something (empty formatted rows may run to a million)."""
    kept: list[Row] = []
    waiting: list[Row] = []
    for number, cells in rows:
        if any(map(trimmed, cells)):
            kept.extend([*waiting, (number, cells)])
            waiting.clear()
        elif kept:
            waiting.append((number, []))
    return kept


def _sorted_out(
    rows: list[Row], columns: tuple[str, ...], misfits: list[Note]
) -> tuple[tuple[Row, ...], int, int, list[Note]]:
    """(usable rows with trimmed cells, number of blank rows, number of refused rows, notes)."""
    bad = {note.line for note in misfits if note.rejects_row}
    usable, blank, repeats, padded = [], 0, [], 0
    names = [name.casefold() for name in columns]
    for line, cells in rows:
        if line in bad:
            continue
        texts = [trimmed(cell) for cell in cells]
        padded += sum(text != cell for text, cell in zip(texts, cells, strict=True) if text)
        if not any(texts):
            blank += 1
        elif [text.casefold() for text in texts] == names:
            repeats.append(_repeated(line))
        else:
            usable.append((line, texts))
    notes = [*repeats, *([_padded(padded)] if padded else [])]
    return tuple(usable), blank, len(bad) + len(repeats), notes


def _repeated(line: int) -> Note:
    detail = "The row repeats the column names."
    action = "The row was left out. Nothing else is needed if two exports were put one below the other on purpose."
    return Note("repeated_header", "warning", detail, action, line=line, rejects_row=True)


def _padded(cells: int) -> Note:
    detail = f"{cells:,} {'cell has' if cells == 1 else 'cells have'} blanks at an end."
    return Note("blanks_removed", "info", detail, "The blanks were removed: 'P1 ' is read as 'P1'.", count=cells)
