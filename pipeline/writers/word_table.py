"""Native Word tables, as papers print them: a title, a heading row that repeats on every page, rules, and notes.

Words from the data become letters and nothing else: no field, no formula, no link; characters a file of Word may not
hold are left out.
"""

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.writers.study_events import FORMULA_STARTS

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 forbids; section 2.2."""
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the direction of writing: with one, a label could make the number beside it read backwards."""
PORTRAIT_CM, LANDSCAPE_CM, MARGIN_CM, LEAST_CM = 16.0, 24.7, 2.5, 1.3
"""Room for a table on A4 upright and on its side, the margins, and the least width of a column."""
ESTIMATE = re.compile(r"[+-]?[\d.,]+[\d.,%()\[\]+\-\u2212\u00a0 ]*(to [\d.,%()+\-\u2212\u00a0 ]+)?")
"""A number, alone or with its interval: '+23 (+6 to +39)'."""
WIDE = 7
"""From so many columns on the page lies on its side."""
LETTER_CM, MOST_LETTERS, MOST_FIRM = 0.18, 34, 0.75
"""Width of a letter; no column asks for more letters than this: longer words wrap; columns of numbers keep their width
while they take less than this part of the page."""
INDENT, INDENT_CM = "\u2003", 0.35
"""A text that begins with this letter stands further in: a value below the name of what is counted."""
SPACES = re.compile("[\t\n\r ]+")
TYPE, NOTE_TYPE = 9, 8
MIME = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@dataclass(frozen=True)
class WordTable:
    """A table as it is printed. `rows`: texts, as many as `columns`; a row of one text is a heading across the table.
    Columns of numbers are named in `numbers` (their places): they stand right-aligned.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    numbers: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if wrong := [row for row in self.rows if len(row) not in (1, len(self.columns))]:
            raise ValueError(f"{len(wrong)} rows do not have {len(self.columns)} texts")


def table_bytes(table: WordTable) -> bytes:
    """A Word file with the one table."""
    from docx import Document

    document = Document()
    prepare(document, len(table.columns))
    add_table(document, table)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def add_table(document: "Document", table: WordTable) -> None:
    """Puts title, table and notes at the end of a document."""
    title = document.add_paragraph()
    _say(title, table.title, bold=True, points=TYPE + 1)
    title.paragraph_format.keep_with_next = True
    grid = document.add_table(rows=0, cols=len(table.columns))
    grid.autofit = False
    _row(grid, table.columns, table.numbers, bold=True)
    _repeat(grid)
    for row in table.rows:
        if len(row) == 1 and len(table.columns) > 1:
            _heading(grid, row[0])
        else:
            _row(grid, row, table.numbers)
    _widths(grid, table)
    _rules(grid)
    for note in table.notes:
        _say(document.add_paragraph(), note, points=NOTE_TYPE)


def clean(text: object) -> str:
    """The text as Word may hold it, in one line: no control characters, no marks of direction; what a spreadsheet would
    run when the table is pasted into it gets a ' in front.
    """
    line = TURNS.sub("", FORBIDDEN.sub("", str(text)))
    line = SPACES.sub(" ", line).strip(f" {INDENT}")
    return f"'{line}" if line.startswith(FORMULA_STARTS) and not ESTIMATE.fullmatch(line) else line


def prepare(document: "Document", columns: int) -> None:
    """A4, on its side where there are many columns; plain type; nothing in it says who made it or when."""
    from datetime import datetime

    from docx.enum.section import WD_ORIENT
    from docx.shared import Cm, Pt

    section = document.sections[0]
    wide = columns >= WIDE
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (Cm(29.7), Cm(21)) if wide else (Cm(21), Cm(29.7))
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Arial", Pt(TYPE)
    style.paragraph_format.space_after = Pt(3)
    about = document.core_properties
    about.author, about.comments, about.title = "Dyadscope", "", ""
    about.created = about.modified = datetime(2000, 1, 1)


def _row(grid: "Table", texts: tuple[str, ...], numbers: frozenset[int], bold: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm

    row = grid.add_row()
    _whole(row)
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        _say(cell.paragraphs[0], text if bold or place not in numbers else text.replace(" ", "\u00a0"), bold=bold)
        cell.paragraphs[0].paragraph_format.space_after = 0
        if text.startswith(INDENT):
            cell.paragraphs[0].paragraph_format.left_indent = Cm(INDENT_CM)
        if place in numbers:
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _heading(grid: "Table", text: str) -> None:
    """A row across the table; it stays with the row below it."""
    cells = grid.add_row().cells
    whole = cells[0].merge(cells[-1])
    _say(whole.paragraphs[0], text, bold=True)
    form = whole.paragraphs[0].paragraph_format
    form.space_before, form.space_after, form.keep_with_next = 40000, 0, True


def _say(paragraph: "Paragraph", text: str, bold: bool = False, points: int = TYPE) -> None:
    from docx.shared import Pt

    run = paragraph.add_run(clean(text))
    run.bold, run.font.size = bold, Pt(points)


def _repeat(grid: "Table") -> None:
    """The heading row stands on every page."""
    from docx.oxml import OxmlElement

    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _whole(row: object) -> None:
    """A row never breaks across pages."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _widths(grid: "Table", table: WordTable) -> None:
    """Columns as wide as their words need, all together as wide as the page."""
    from docx.shared import Cm

    room = LANDSCAPE_CM if len(table.columns) >= WIDE else PORTRAIT_CM
    for place, width in enumerate(widths_cm(table, room)):
        grid.columns[place].width = Cm(width)
        for row in grid.rows:
            if len(set(map(id, (cell._tc for cell in row.cells)))) == len(table.columns):
                row.cells[place].width = Cm(width)


def widths_cm(table: WordTable, room: float) -> list[float]:
    """Width of each column (centimetres, `room` together): numbers stay in one line while there is room, words wrap."""
    whole = [row for row in table.rows if len(row) == len(table.columns)]
    asked = [_asked(table, place, [clean(row[place]) for row in whole]) for place in range(len(table.columns))]
    firm = sum(asked[place] for place in table.numbers)
    words = sum(asked) - firm
    if firm > room * MOST_FIRM or not words:
        return [width * room / sum(asked) for width in asked]
    return [width if place in table.numbers else width * (room - firm) / words for place, width in enumerate(asked)]


def _asked(table: WordTable, place: int, texts: list[str]) -> float:
    """What a column of numbers needs for its longest number, and one of words for its longest text up to a limit."""
    longest = max((len(text) for text in texts), default=0)
    head = max((len(word) for word in clean(table.columns[place]).split()), default=1)
    letters = min(max(longest, head, 4), MOST_LETTERS)
    return max(LETTER_CM * letters + 0.4, LEAST_CM)


def _rules(grid: "Table") -> None:
    """Lines above and below the table and below its heading, as journals want them."""
    sides = {len(grid.rows) - 1: ["bottom"]} | {0: ["top", "bottom"]}
    for place, wanted in sides.items():
        for cell in dict.fromkeys(grid.rows[place].cells):
            for side in wanted:
                _line(cell, side)


def _line(cell: "_Cell", side: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    about = cell._tc.get_or_add_tcPr()
    lines = about.find(qn("w:tcBorders"))
    if lines is None:
        lines = OxmlElement("w:tcBorders")
        about.append(lines)
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", "8"), ("space", "0"), ("color", "000000")):
        line.set(qn(f"w:{name}"), value)
    lines.append(line)
