"""A Word file of headings, paragraphs, pictures with alt text and native tables, in their order."""

import io
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.writers.word_table import PORTRAIT_CM, WordTable, add_table, prepare


@dataclass(frozen=True)
class Heading:
    """`level` 1 is the title of the whole."""

    text: str
    level: int


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A PNG as wide as an upright page, and what it shows in words."""

    content: bytes
    alt: str


Block = Heading | Paragraph | Picture | WordTable


def report_bytes(blocks: Iterable[Block], title: str) -> bytes:
    """The file; it lies on its side where a table has many columns. Texts must be clean (no control characters)."""
    from docx import Document
    from docx.shared import Cm

    blocks = list(blocks)
    document = Document()
    prepare(document, max([1, *(len(one.columns) for one in blocks if isinstance(one, WordTable))]))
    document.core_properties.title = title
    for block in blocks:
        if isinstance(block, Heading):
            document.add_heading(block.text, block.level)
        elif isinstance(block, Paragraph):
            document.add_paragraph(block.text)
        elif isinstance(block, Picture):
            picture = document.add_picture(io.BytesIO(block.content), width=Cm(PORTRAIT_CM))
            picture._inline.docPr.set("descr", block.alt)
        else:
            add_table(document, block)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
