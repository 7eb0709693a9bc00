"""A report as a Word file: headings, words, figures with alt text, native tables, to go on writing in."""

from collections.abc import Iterator

from pipeline.steps.report_changes import Changes
from pipeline.steps.report_figures import PRINT_DPI, png
from pipeline.steps.report_html import SYNTHETIC, numeric
from pipeline.steps.report_items import Piece, Report, table_of
from pipeline.steps.report_text import cells, clean
from pipeline.writers import word_table
from pipeline.writers.word_report import Block, Heading, Paragraph, Picture, report_bytes
from pipeline.writers.word_table import WordTable

MIME = word_table.MIME
TITLE, HEADING, BELOW = 1, 2, 3
"""Levels of headings: the report, its items, parts of the methods."""


def docx(report: Report, changes: Changes | None = None) -> bytes:
    """The file: title, what it rests on, every item, the methods, what changed."""
    return report_bytes(_blocks(report, changes), clean(report.spec.title))


def _blocks(report: Report, changes: Changes | None) -> Iterator[Block]:
    yield from _heading(report.spec.title, TITLE)
    yield from _words(report.spec.authors, SYNTHETIC if report.synthetic else "", report.basis)
    figures = tables = 0
    for piece in report.pieces:
        if not piece.refused:
            figures += _drawn(piece)
            tables += len(table_of(piece)) > 0
            yield from _item(piece, figures, tables)
    if report.methods:
        yield Heading("Methods", HEADING)
    for heading, texts in report.methods:
        yield from (*_heading(heading, BELOW), *_words(*texts))
    if changes is not None and not changes.close:
        yield from (Heading("What changed", HEADING), *_words(changes.words))


def _drawn(piece: Piece) -> bool:
    return piece.draw is not None and piece.item.kind != "text" and piece.item.figure


def _heading(text: str, level: int) -> Iterator[Block]:
    if line := clean(text):
        yield Heading(line, level)


def _words(*texts: str) -> Iterator[Block]:
    yield from (Paragraph(line) for text in texts if (line := clean(text, None)))


def _item(piece: Piece, figure: int, table: int) -> Iterator[Block]:
    """One item: heading, words, figure with its caption, table with its notes."""
    yield from (*_heading(piece.title, HEADING), *_words(piece.warning, *piece.text))
    if _drawn(piece):
        yield Picture(png(piece.draw, PRINT_DPI), clean(piece.alt, 1000))
        yield from _words(f"Figure {figure}. {piece.title}. {' '.join(piece.caption)}")
    frame = table_of(piece)
    if len(frame):
        rows = cells(frame)
        numbers = frozenset(at for at in range(len(frame.columns)) if numeric([row[at] for row in rows]))
        notes = piece.caption[-1:] if _drawn(piece) else piece.caption
        title, columns = clean(f"Table {table}. {piece.title}"), tuple(clean(name) for name in frame.columns)
        yield WordTable(title, columns, tuple(map(tuple, rows)), notes, numbers)
