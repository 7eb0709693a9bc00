"""A report as slides: native tables that can be edited, figures as pictures with alt text, captions in the notes.

python-pptx is loaded only when slides are written.
"""

import io
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.steps.report_changes import Changes
from pipeline.steps.report_figures import png
from pipeline.steps.report_html import SYNTHETIC, numeric
from pipeline.steps.report_items import Piece, Report, table_of
from pipeline.steps.report_text import cells, clean

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide
    from pptx.text.text import TextFrame

MIME = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
WIDE, HIGH, EDGE, TOP = 13.333, 7.5, 0.55, 1.25
"""Inches: the slide, its margin, and where what is below the title begins."""
BOTTOM = 6.75
ROW = 0.29
MOST_ROWS = 17
"""Rows of a table on one slide; a longer one goes on over the next slides."""
MOST_COLUMNS = 9
"""Columns of a table on one slide: further ones are in the report as HTML."""
LETTERS = 900
"""Letters of running text on one slide."""
CELL = 90
INK, SOFT, RULE = "1A1A1A", "595959", "4A6FA5"
TITLE_ONLY, BLANK = 5, 6
"""Layouts of the empty presentation that comes with python-pptx."""


def pptx(report: Report, changes: Changes | None = None) -> bytes:
    """The slides as a file: a title, then every item, methods last."""
    from pptx import Presentation
    from pptx.util import Inches

    show = Presentation()
    show.slide_width, show.slide_height = Inches(WIDE), Inches(HIGH)
    _first(show, report)
    for piece in report.pieces:
        if not piece.refused:
            _item(show, piece)
    short = [f"{heading}. {texts[0]}" for heading, texts in report.methods if len(texts) == 1]
    if short:
        _words(show, "Methods", short, "")
    for heading, texts in report.methods:
        if len(texts) > 1:
            _words(show, f"Methods: {heading}", list(texts), "")
    if changes is not None and not changes.close:
        _words(show, "What changed", [changes.words], "")
    core = show.core_properties
    core.title, core.author = clean(report.spec.title), clean(report.spec.authors)
    core.last_modified_by, core.comments = "Dyadscope", ""
    core.created = core.modified = datetime.strptime(report.day, "%d %b %Y")
    file = io.BytesIO()
    show.save(file)
    return file.getvalue()


def _first(show: "Presentation", report: Report) -> None:
    """Title, authors, what the numbers rest on."""
    slide = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    _title(slide, clean(report.spec.title), size=36, top=2.2)
    lines = [report.spec.authors, report.basis, SYNTHETIC if report.synthetic else ""]
    _box(slide, [clean(line) for line in lines if line], top=4.1, height=2.0, size=16, colour=SOFT)


def _item(show: "Presentation", piece: Piece) -> None:
    """A figure with its finding on one slide, its table on the next ones; a text alone on its own."""
    notes = "\n".join([piece.warning, *piece.text, *piece.caption]).strip()
    drawn = piece.draw is not None and piece.item.kind != "text" and piece.item.figure
    frame = table_of(piece)
    if drawn:
        _figure(show, piece, notes)
    if len(frame):
        _tables(show, piece, frame, notes)
    if not drawn and not len(frame) and (piece.title or piece.text):
        _words(show, piece.title, list(piece.text), notes)


def _figure(show: "Presentation", piece: Piece, notes: str) -> None:
    from pptx.util import Inches

    slide = _slide(show, piece.title, notes)
    below = _finding(slide, piece)
    picture = slide.shapes.add_picture(io.BytesIO(png(piece.draw)), 0, 0)
    room = Inches(WIDE - 2 * EDGE), Inches(BOTTOM - below)
    scale = min(room[0] / picture.width, room[1] / picture.height)
    picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
    picture.left, picture.top = int((Inches(WIDE) - picture.width) / 2), Inches(below)
    _described(picture, piece.title, piece.alt)
    _caption(slide, piece)


def _finding(slide: "Slide", piece: Piece) -> float:
    """The finding under the title, shortened; the whole of it stands in the notes. Returns where it ends."""
    words = clean(piece.warning or (piece.text[0] if piece.text else ""), 330)
    if not words:
        return TOP
    height = 0.4 + 0.28 * (len(words) // 115)
    _box(slide, [words], top=TOP - 0.1, height=height, size=16, colour="B00000" if piece.warning else INK)
    return TOP + height


def _caption(slide: "Slide", piece: Piece) -> None:
    _box(slide, [clean(" ".join(piece.caption), 420)], top=BOTTOM + 0.05, height=0.6, size=10, colour=SOFT)


def _tables(show: "Presentation", piece: Piece, frame: pd.DataFrame, notes: str) -> None:
    """A native table, over as many slides as it needs; the columns that fit."""
    shown = frame[[name for name in frame.columns][:MOST_COLUMNS]]
    parts = -(-len(shown) // MOST_ROWS)
    for part in range(parts):
        rows = shown.iloc[part * MOST_ROWS : (part + 1) * MOST_ROWS]
        more = f" ({part + 1} of {parts})" if parts > 1 else ""
        slide = _slide(show, f"{clean(piece.title, 100)}{more}", notes)
        _table(slide, rows, f"{piece.title}, as a table{more}. {' '.join(piece.caption)}")
        _caption(slide, piece)


def _table(slide: "Slide", frame: pd.DataFrame, alt: str) -> None:
    from pptx.util import Inches

    rows, wide = cells(frame), WIDE - 2 * EDGE
    size = (Inches(EDGE), Inches(TOP), Inches(wide), Inches(ROW * (len(rows) + 1)))
    graphic = slide.shapes.add_table(len(rows) + 1, len(frame.columns), *size)
    _described(graphic, "Table", alt)
    table = graphic.table
    lengths = [max(len(clean(name)) / 2, *(len(row[at]) for row in rows), 6) for at, name in enumerate(frame.columns)]
    lengths = [min(length, 40) for length in lengths]
    for at, length in enumerate(lengths):
        table.columns[at].width = Inches(wide * length / sum(lengths))
    right = [numeric([row[at] for row in rows]) for at in range(len(lengths))]
    for number, row in enumerate([[clean(name) for name in frame.columns], *rows]):
        table.rows[number].height = Inches(ROW)
        for at, text in enumerate(row):
            _cell(table.cell(number, at), text, right[at], head=number == 0)


def _cell(cell: object, text: str, right: bool, head: bool) -> None:
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Inches, Pt

    cell.margin_top = cell.margin_bottom = Inches(0.02)
    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.text_frame.text = clean(text, CELL)
    line = cell.text_frame.paragraphs[0]
    line.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    line.font.size, line.font.bold = Pt(11), head


def _words(show: "Presentation", title: str, texts: list[str], notes: str) -> None:
    """Running text, over as many slides as it needs."""
    parts: list[list[str]] = [[]]
    for text in texts or [""]:
        for start in range(0, max(len(text), 1), LETTERS):
            piece = text[start : start + LETTERS]
            if parts[-1] and sum(map(len, parts[-1])) + len(piece) > LETTERS:
                parts.append([])
            parts[-1].append(piece)
    for number, part in enumerate(parts):
        more = f" ({number + 1} of {len(parts)})" if len(parts) > 1 else ""
        slide = _slide(show, f"{clean(title, 100)}{more}", notes)
        _box(slide, [clean(one, None) for one in part], top=TOP + 0.1, height=BOTTOM - TOP, size=18)


def _slide(show: "Presentation", title: str, notes: str) -> "Slide":
    slide = show.slides.add_slide(show.slide_layouts[TITLE_ONLY])
    _title(slide, clean(title, 120), size=26, top=0.3)
    if notes:
        slide.notes_slide.notes_text_frame.text = "\n".join(clean(line, None) for line in notes.split("\n"))
    return slide


def _title(slide: "Slide", text: str, size: int, top: float) -> None:
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(EDGE), Inches(top), Inches(WIDE - 2 * EDGE), Inches(0.85)
    frame = shape.text_frame
    frame.text, frame.word_wrap, frame.vertical_anchor = text or " ", True, MSO_ANCHOR.MIDDLE
    line = frame.paragraphs[0]
    line.alignment, line.font.size, line.font.bold = PP_ALIGN.LEFT, Pt(size if len(text) < 70 else size - 6), True
    _colour(line, RULE)


def _box(slide: "Slide", lines: list[str], top: float, height: float, size: int, colour: str = INK) -> None:
    from pptx.util import Inches

    box = slide.shapes.add_textbox(Inches(EDGE), Inches(top), Inches(WIDE - 2 * EDGE), Inches(height))
    _fill(box.text_frame, lines, size, colour)


def _fill(frame: "TextFrame", lines: list[str], size: int, colour: str) -> None:
    from pptx.util import Pt

    frame.word_wrap = True
    for number, text in enumerate(lines):
        line = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        line.text = text
        line.font.size, line.space_after = Pt(size), Pt(size // 2)
        _colour(line, colour)


def _colour(line: object, colour: str) -> None:
    from pptx.dml.color import RGBColor

    line.font.color.rgb = RGBColor.from_string(colour)


def _described(shape: object, name: str, alt: str) -> None:
    """Alt text, which screen readers read."""
    element = shape._element.xpath(".//p:cNvPr")[0]
    element.set("descr", clean(alt, 1000))
    element.set("name", clean(name, 80))
