"""One bad file: how to build it, how the manifest names it, and the exact words it must earn."""

import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import xlsxwriter

Build = Callable[[], bytes]

EVENT_LOG = "Observation,Subject,Behavior,Event_Type,Time_Relative_hmsf,Comment\n"
START = "O1,Infant,Positive,State start,00:00:01.000,\n"
STOP = "O1,Infant,Positive,State stop,00:00:02.000,\n"


@dataclass(frozen=True)
class BadFile:
    """`refused`: the file as a whole, with that whole sentence. `noted`: (line, kind, detail) of the issues a reader
    finds while the rest is read; `rows` is then the number of rows that are handed on, good or bad."""

    name: str
    file: str
    build: Build
    format: str = "observer_event_log"
    entry: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    noted: tuple[tuple[int | None, str, str], ...] = ()
    rows: int | None = None
    beside: dict[str, Build] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, bytes]:
        """All files of the case: this one, and those `beside` it (what is added to its name -> content)."""
        return {self.file: self.build()} | {self.file + ending: build() for ending, build in self.beside.items()}


def text(content: str, encoding: str = "utf-8") -> Build:
    """The bytes of a text."""
    return lambda: content.encode(encoding)


def packed(members: dict[str, bytes]) -> Build:
    """A zip with these members."""

    def build() -> bytes:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return target.getvalue()

    return build


def gzipped(content: bytes) -> Build:
    """A gzip archive of these bytes."""
    return lambda: gzip.compress(content, mtime=0)


def sheets(pages: dict[str, list[list[Any]]]) -> Build:
    """An Excel workbook with these sheets; datetime.time cells become Excel times shown without their fraction."""

    def build() -> bytes:
        target = io.BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            clock = book.add_format({"num_format": "hh:mm:ss"})
            for title, rows in pages.items():
                page = book.add_worksheet(title)
                for number, cells in enumerate(rows):
                    for column, cell in enumerate(cells):
                        page.write(number, column, cell, *([clock] if hasattr(cell, "hour") else []))
        return target.getvalue()

    return build
