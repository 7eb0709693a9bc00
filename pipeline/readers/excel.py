"""Excel workbooks as rows of text cells: times, numbers and dates become text that the time rules read exactly."""

import io
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook import Workbook

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.archive import guard_zip
from pipeline.readers.rows import Row

EXCEL_DAY_ZERO = datetime(1899, 12, 31)
FAULTS = (InvalidFileException, BadZipFile, zlib.error, OSError, EOFError, LookupError, ValueError, TypeError)
FAULTS += (SyntaxError, AttributeError, ArithmeticError, AssertionError, RuntimeError)
"""What openpyxl and the zip below it raise for damaged workbooks."""
Answer = TypeVar("Answer")


def _quietly(action: Callable[[], Answer]) -> Answer:
    """Without the warnings of openpyxl, which name its own lines and nothing that a person could do, and without what
    it prints."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return action()


@contextmanager
def _opened(path: Path) -> Iterator[Workbook]:
    guard_zip(path)
    with path.open("rb") as file:
        try:
            book = _quietly(lambda: load_workbook(file, read_only=True, data_only=True, keep_links=False))
        except FAULTS:
            name = file_name(path)
            text = f"{name}: the Excel workbook cannot be read. Open it in Excel and save it again as .xlsx or .csv."
            raise UnreadableFile(text, file=name) from None
        try:
            yield book
        finally:
            book.close()


def sheet_names(path: Path) -> list[str]:
    """The worksheets (not charts) of a workbook, in order."""
    with _opened(path) as book:
        return [sheet.title for sheet in book.worksheets]


def sheet_rows(path: Path, sheet: str) -> Iterator[Row]:
    """Rows of a sheet as (row number, text cells); rows may differ in length. Never holds the whole sheet."""
    with _opened(path) as book:
        try:
            page = book[sheet]
            page.reset_dimensions()
            number, rows = 0, page.iter_rows(values_only=True)
            while (cells := _quietly(lambda: next(rows, None))) is not None:
                number += 1
                yield number, [cell_text(cell) for cell in cells]
        except FAULTS:
            name = file_name(path)
            text = f"{name}: the sheet '{sheet}' cannot be read. Open it in Excel and save it again as .xlsx or .csv."
            raise UnreadableFile(text, file=name) from None


def cell_text(value: object) -> str:
    """A cell as text: '' for an empty one, decimals without exponent, times as HH:MM:SS[.fff] (also those that Excel
    dates to 1899), dates as ISO text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    if isinstance(value, time):
        return clock_text(timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) + _micro(value))
    if isinstance(value, timedelta):
        return clock_text(value)
    if isinstance(value, datetime):
        return _datetime_text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _micro(value: time) -> timedelta:
    return timedelta(microseconds=value.microsecond)


def _datetime_text(value: datetime) -> str:
    """Excel's day zero and one mean a time of day; later days are dates."""
    if value.year <= 1899:
        return clock_text(
            timedelta(hours=value.hour, minutes=value.minute, seconds=value.second) + _micro(value.time())
        )
    if (value - EXCEL_DAY_ZERO).days <= 3:
        return clock_text(value - EXCEL_DAY_ZERO)
    return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")


def clock_text(span: timedelta) -> str:
    """A span of time as HH:MM:SS, with the fraction where there is one; negative spans begin with '-'."""
    sign, micro = ("-", -span) if span < timedelta() else ("", span)
    total, fraction = divmod(micro // timedelta(microseconds=1), 1_000_000)
    clock = f"{sign}{total // 3600:02d}:{total // 60 % 60:02d}:{total % 60:02d}"
    return f"{clock}.{fraction:06d}".rstrip("0") if fraction else clock
