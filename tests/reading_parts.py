"""What the tests of the readers share: where the real files lie, and how a reading is unfolded into rows."""

from pathlib import Path

import pytest

from pipeline.catalogue.manifest import Coded
from pipeline.readers.reading import Reading
from pipeline.readers.registry import read_coded

DATA = Path(__file__).parents[1].parent / "shared" / "data"


def real(name: str) -> Path:
    """A real file; the test skips where the folder of data is absent."""
    path = DATA / name
    if not path.exists():
        pytest.skip(f"needs the test data {name}, which are not part of the project")
    return path


def read(path: Path, format: str, scratch: Path, **entry) -> Reading:
    """The file by the reader of its format."""
    folder = scratch / "scratch"
    folder.mkdir(exist_ok=True)
    return read_coded(path, Coded(files=(path.name,), format=format, **entry), folder)


def read_bytes(folder: Path, name: str, content: bytes | str, format: str, **entry) -> Reading:
    """A small file written on the spot, read."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, format, folder, **entry)


def rows(reading: Reading) -> list[tuple[int, list[str]]]:
    """All rows with their lines."""
    return [row for chunk in reading.chunks() for row in chunk]


def column(reading: Reading, field: str) -> list[str | None]:
    """One staged field of every row; None where the format has no such column."""
    position = getattr(reading.cells, field)
    return [None if position is None else cells[position] for _, cells in rows(reading)]


def onset_ms(reading: Reading) -> list[int]:
    """Onsets in ms by a second road: clock arithmetic in whole numbers, no Decimal and no SQL."""
    fractions = column(reading, "onset_f")
    return [_ms(text, extra, reading.decimal) for text, extra in zip(column(reading, "onset"), fractions, strict=True)]


def _ms(text: str, extra: str | None, decimal: str) -> int:
    *clock, seconds = text.replace(decimal, ".").split(":")
    whole, _, fraction = seconds.partition(".")
    total = 0
    for part in [*clock, whole]:
        total = total * 60 + int(part)
    return total * 1000 + int(fraction.ljust(3, "0")[:3]) + (int(extra) if extra else 0)
