"""Reports as files: one page that asks nobody, slides that can be edited, and words of the data that do nothing in
either.
"""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from docx import Document
from pptx import Presentation

from pipeline.steps.report_changes import NOT_TOLD, Change, Changes
from pipeline.steps.report_docx import docx
from pipeline.steps.report_html import POLICY, html
from pipeline.steps.report_items import Report, table_of
from pipeline.steps.report_pptx import pptx
from tests.report_studies import HOSTILE, hostile, usual

TAGS = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "section", "figure", "img",
    "figcaption", "strong", "div", "table", "caption", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "http-equiv", "content", "name", "class", "dir", "id", "src", "alt", "tabindex", "scope",
}  # fmt: skip


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags, self.attributes, self.pictures, self.cells, self.words = set(), [], [], [], []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        self.inside = tag
        if tag == "img":
            self.pictures.append(dict(attrs))
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.inside == "td":
            self.cells[-1] += data
        if self.inside != "style":
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


@pytest.fixture(scope="module")
def report(demo_study: Path) -> Report:
    return usual(demo_study)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return html(report)


@pytest.fixture(scope="module")
def nasty() -> tuple[str, bytes]:
    found = hostile()
    return html(found), pptx(found)


def show(content: bytes) -> Presentation:
    return Presentation(io.BytesIO(content))


def tables(slides: Presentation) -> list:
    return [shape.table for slide in slides.slides for shape in slide.shapes if shape.has_table]


def everything(slides: Presentation) -> list[str]:
    """Every text of the slides and their notes."""
    found = [cell.text for table in tables(slides) for row in table.rows for cell in row.cells]
    for slide in slides.slides:
        found += [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        found += [slide.notes_slide.notes_text_frame.text] if slide.has_notes_slide else []
    return found


# --- the page


def test_the_page_is_whole_and_asks_nobody(page: str) -> None:
    found = Page(page)
    assert found.tags <= TAGS and {name for name, _ in found.attributes} <= ATTRIBUTES
    assert dict(found.attributes)["http-equiv"] == "Content-Security-Policy" and POLICY in page
    sources = [value for name, value in found.attributes if name in ("src", "href")]
    assert len(sources) == 3 and all(one.startswith("data:image/svg+xml;base64,") for one in sources)
    assert not re.search(r"url\(|@import|https?:", page.split("<style>")[1].split("</style>")[0])
    pictures = [base64.b64decode(one.partition(",")[2]).decode() for one in sources]
    assert all("<path" in one and "<script" not in one and "<image" not in one for one in pictures)
    assert all("<text" not in one for one in pictures), "letters are outlines: no font is needed"


def test_every_figure_has_alt_text_and_a_caption(page: str) -> None:
    pictures = Page(page).pictures
    assert all(len(one["alt"]) > 40 for one in pictures)
    assert [page.count(f"Figure {number}.") for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert page.count("n = 97 families") >= 2 and "Synthetic data" in page


def test_the_tables_carry_the_numbers(report: Report, page: str) -> None:
    cells = Page(page).cells
    for piece in report.pieces[1:]:
        for text in table_of(piece).to_numpy().ravel():
            assert text == "" or text in cells
    smile = report.pieces[2].numbers.set_index(["person", "code"]).loc[("Caregiver", "Smile")]
    assert f"{smile['mean']:.1f}" in cells and f"{smile['low']:.1f} to {smile['high']:.1f}" in cells


def test_hidden_numbers_are_in_no_file(report: Report) -> None:
    """The analyst's frame is never reached: what is masked in the frame is masked in the files."""
    piece = report.pieces[2]
    assert piece.hidden.to_numpy().any() and piece.numbers.to_numpy()[piece.hidden.to_numpy()].size
    assert all(value != value for value in piece.numbers.to_numpy()[piece.hidden.to_numpy()])


def test_changes_are_told_unless_they_give_families_away() -> None:
    report = hostile(("a", "b"))
    moved = (Change("moved", "Shares", "Smile", "Mean", "19.1", "20.2"),)
    said = html(report, Changes(3, "1 May 2026", moved))
    assert "Since generation 3 (1 May 2026) 1 number moved" in said and "20.2" in Page(said).cells
    close = html(report, Changes(3, "1 May 2026", moved, close=True))
    assert NOT_TOLD in close and "20.2" not in Page(close).cells
    assert "Since generation" not in " ".join(everything(show(pptx(report, Changes(3, "x", moved, close=True)))))


# --- the slides


def test_slides_have_native_tables_alt_text_and_notes(report: Report) -> None:
    slides = show(pptx(report))
    pictures = [shape for slide in slides.slides for shape in slide.shapes if shape.shape_type == 13]
    assert len(pictures) == 3
    for shape in pictures:
        assert len(shape._element.xpath(".//p:cNvPr")[0].get("descr")) > 40
        assert shape.left >= 0 and shape.left + shape.width <= slides.slide_width
        assert shape.top + shape.height <= slides.slide_height
    texts = [[cell.text for cell in row.cells] for table in tables(slides) for row in table.rows]
    for piece in report.pieces[1:]:
        assert all(row in texts for row in table_of(piece).to_numpy().tolist())
    notes = [slide.notes_slide.notes_text_frame.text for slide in slides.slides if slide.has_notes_slide]
    assert sum("n = 97 families" in one for one in notes) >= 3
    assert slides.core_properties.author == "A. Author"


def test_a_long_table_goes_on_over_several_slides() -> None:
    whole = hostile(tuple(f"code {number}" for number in range(40)))
    slides = show(pptx(replace(whole, pieces=whole.pieces[:1])))
    sizes = [len(table.rows) for table in tables(slides)]
    assert sizes[:3] == [18, 18, 7]
    assert [row.cells[0].text for table in tables(slides)[:3] for row in list(table.rows)[1:]] == [
        f"code {number}" for number in range(40)
    ]


def test_nobody_else_is_named_as_the_author_of_slides() -> None:
    core = show(pptx(hostile(("a", "b")))).core_properties
    assert (core.author, core.last_modified_by, core.comments) == ("b", "Dyadscope", "")
    assert f"{core.created:%d %b %Y}" == "20 Nov 2026"


# --- the Word file


def test_the_word_file_has_native_tables_and_alt_text(report: Report) -> None:
    found = Document(io.BytesIO(docx(report)))
    grids = [[[cell.text for cell in row.cells] for row in table.rows] for table in found.tables]
    texts = [[text.replace("\u00a0", " ") for text in row] for grid in grids for row in grid]
    for piece in report.pieces[1:]:
        assert all(row in texts for row in table_of(piece).to_numpy().tolist())
    assert len(found.inline_shapes) == 3
    assert all(len(one._inline.docPr.get("descr")) > 40 for one in found.inline_shapes)
    said = [line.text for line in found.paragraphs]
    assert said[0] == "Faces at home" and "Methods" in said
    assert [sum(one.startswith(f"Figure {n}.") for one in said) for n in (1, 2, 3, 4)] == [1, 1, 1, 0]


def test_hostile_words_are_text_in_the_word_file() -> None:
    found = Document(io.BytesIO(docx(hostile())))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    assert "'=cmd|' /C calc'!A0" in cells and not [one for one in cells if one.startswith(("=", "@", "+", "-"))]
    assert not set("".join([*cells, *(line.text for line in found.paragraphs)])) & {"\u202e", "\u2066", "\x00", "\x1b"}
    assert not [one for one in found.part.rels.values() if one.is_external]


# --- hostile words


def test_hostile_words_are_text_on_the_page(nasty: tuple[str, bytes]) -> None:
    text = nasty[0]
    found = Page(text)
    assert found.tags <= TAGS and {name for name, _ in found.attributes} <= ATTRIBUTES
    assert not re.search(r"<script|onerror=alert\(1\)>|javascript:alert\(1\)\">", text)
    assert "&lt;script&gt;window.__xss=1&lt;/script&gt;" in text
    assert "'=cmd|' /C calc'!A0" in found.cells and "'@SUM(1+1)" in found.cells and "'+1+cmd" in found.cells
    assert not [one for one in found.cells if one.startswith(("=", "@", "+", "-"))]
    said = "".join(found.words)
    assert not set(said) & {"\u202e", "\u2066", "\u2069", "\x00", "\x1b"}
    assert "safegpj.exe" in said and "\u05e9\u05dc\u05d5\u05dd" in said, "letters of other scripts stay"
    assert max(map(len, found.cells)) <= 300


def test_hostile_words_are_text_on_the_slides(nasty: tuple[str, bytes]) -> None:
    slides = show(nasty[1])
    texts = everything(slides)
    cells = [cell.text for table in tables(slides) for row in table.rows for cell in row.cells]
    assert not [one for one in cells if one.startswith(("=", "@", "+", "-"))] and "'=cmd|' /C calc'!A0" in cells
    assert not set("".join(texts)) & {"\u202e", "\u2066", "\x00", "\x1b"}
    assert max(map(len, cells)) <= 90
    links = [one for slide in slides.slides for one in slide.part.rels.values() if one.is_external]
    assert not links
    assert not [one for slide in slides.slides for one in slide._element.iter() if one.tag.endswith("hlinkClick")]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_title_of_any_kind_is_a_title(word: str) -> None:
    found = hostile((word, "Smile"), column=word)
    found = replace(found, pieces=tuple(replace(one, draw=None) for one in found.pieces))
    assert Page(html(found)).tags <= TAGS
    assert len(show(pptx(found)).slides) >= 4
