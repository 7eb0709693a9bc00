"""What a person takes away: captions, tables as CSV and Word, file names; nothing hidden, nothing that runs."""

import io
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from defusedxml import ElementTree
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as some

from pages.parts import record, show, take_away
from pages.parts.take_away import Paper, browser_sizes, file_name
from pages.parts.words import escape, unmarked
from pipeline.steps import paper_tables
from pipeline.steps.caption import Basis, caption, rests_on
from pipeline.steps.release import SYMBOL, ReleasedFrame, ReleaseSpec, release
from pipeline.writers.word_table import (
    INDENT,
    LANDSCAPE_CM,
    LEAST_CM,
    PORTRAIT_CM,
    WordTable,
    clean,
    table_bytes,
    widths_cm,
)
from tests.opening import opened_page

NONE = np.nan
ABOUT = Basis(97, 102, 142, "Home headcam", (), 3, "c0ffee" * 10, "20 Nov 2026", synthetic=True)
HOSTILE = (
    "=cmd|'/C calc'!A0", "+1+cmd|' /C'!A0", "-2+3+cmd", "@SUM(A1)", "<script>alert(1)</script>", "\u202egnp.exe",
    "bell\x07null\x00\x0b\ufffe\ud800", "x" * 400, "a\tb\r\n=1+1", "{ HYPERLINK \"http://a.example\" }",
    "&amp; ]]> <w:p/>",
)  # fmt: skip


def free(frame: pd.DataFrame) -> ReleasedFrame:
    return release(frame, ReleaseSpec(), "analyst")


def opened(table: WordTable) -> tuple[object, object, str]:
    """The document, its table, and the XML of its body."""
    content = table_bytes(table)
    document = Document(io.BytesIO(content))
    return document, document.tables[0], zipfile.ZipFile(io.BytesIO(content)).read("word/document.xml").decode()


def cells(grid: object) -> list[list[str]]:
    """The texts of a table; a heading across it is one text."""
    rows = [list(dict.fromkeys((cell._tc, cell.text) for cell in row.cells)) for row in grid.rows]
    return [[text for _, text in row] for row in rows]


# --- captions


def test_a_caption_by_hand() -> None:
    assert rests_on(ABOUT) == (
        "Selected: Home headcam: 97 families, 102 dyads, 142 observations. No filter. Synthetic data. Dyadscope 0.1.0, "
        "generation 3 of the data (checksum c0ffeec0ffee), 20 Nov 2026."
    )
    narrow = replace(ABOUT, families=1, dyads=1, observations=2, filters=("Caregiver: Father", "EPDS: 0 to 9"))
    said = caption("Shares of time", replace(narrow, synthetic=False), "[c]: not shown.")
    assert said.startswith(
        "Shares of time. Selected: Home headcam: 1 family, 1 dyad, 2 observations. Only Caregiver: Fat"
    )
    assert "Father; EPDS: 0 to 9. Dyadscope" in said and said.endswith("20 Nov 2026. [c]: not shown.")
    hidden = rests_on(replace(ABOUT, families=None, dyads=None, observations=None))
    assert "97" not in hidden and "102" not in hidden and hidden.startswith("Selected: Home headcam. No filter.")
    assert caption("", ABOUT) == rests_on(ABOUT)


@given(some.text(alphabet="ab*_`$:[]<>#|~\\ \u00e9", max_size=12))
def test_words_come_back_from_markdown(text: str) -> None:
    assert unmarked(f"**{escape(text)}**") == text


def test_names_of_files_hold_the_page_the_data_and_the_day(monkeypatch) -> None:
    monkeypatch.setattr(take_away.st, "session_state", {record.PAGE: "agreement"})
    assert file_name("agreement_kappas", ABOUT) == "agreement_kappas_generation3_2026-11-20"
    assert file_name("curve of 'x'/..\\y", ABOUT) == "agreement_curve_of_x_y_generation3_2026-11-20"
    assert len(file_name("x" * 500, ABOUT)) < 110


def test_figures_of_the_browser_are_as_wide_as_a_column() -> None:
    for width, dots in ((89.0, 1051), (183.0, 2161)):
        sizes = browser_sizes(width, 500)
        assert sizes["width"] * sizes["svg_scale"] / 96 * 25.4 == pytest.approx(width, abs=0.05)
        assert sizes["width"] * sizes["png_scale"] == pytest.approx(dots, abs=1)
        letters = 15 * sizes["svg_scale"] * 72 / 96
        assert letters == pytest.approx(7, abs=0.05), "letters of 15 pixels are 7 points in print"
    assert browser_sizes(89.0, None)["height"] == take_away.HEIGHT


# --- Word


TABLE = WordTable(
    "Table 1", ("Behaviour", "Mean [95 % CI]"),
    (("Infant",), ("Smile", "9.3 [7.3, 11.9]"), (f"{INDENT}Woe face", "\u22120.4")), ("A note.",), frozenset({1}),
)  # fmt: skip


def test_a_word_table_is_native_with_title_note_and_a_heading_row_that_repeats() -> None:
    document, grid, body = opened(TABLE)
    assert cells(grid) == [["Behaviour", "Mean [95 % CI]"], ["Infant"], ["Smile", "9.3\u00a0[7.3,\u00a011.9]"],
                           ["Woe face", "\u22120.4"]]  # fmt: skip
    texts = [one.text for one in document.paragraphs]
    assert texts[0] == "Table 1" and texts[-1] == "A note."
    assert body.count("<w:tblHeader/>") == 1 and "<w:tblHeader/>" in body.split("</w:tr>")[0]
    assert body.count("<w:cantSplit/>") >= 3
    indented = [row.cells[0].paragraphs[0].paragraph_format.left_indent for row in grid.rows]
    assert indented[3] > 0 and not indented[2]
    assert [row.cells[1].paragraphs[0].alignment for row in grid.rows[2:]] == [2, 2], "numbers stand on the right"
    about = document.core_properties
    assert (about.author, about.comments, about.last_modified_by) == ("Dyadscope", "", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_letters_in_a_word_table(text: str) -> None:
    table = WordTable(text, (text, "n"), ((text,), (text, text)), (text,))
    _, grid, body = opened(table)
    ElementTree.fromstring(body.encode())
    assert not re.search(r"<w:(fldChar|instrText|fldSimple|hyperlink|object|drawing)\b", body)
    for said in (cell for row in cells(grid) for cell in row):
        assert not said.startswith(("=", "+", "-", "@", "\t", "\n")) and "\n" not in said
        assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e\u2066-\u2069\ufffe\ud800-\udfff]", said)
    assert "\u202e" not in body and "http" not in re.sub(r'xmlns:\w+="[^"]*"', "", body).replace("http://a.example", "")


def test_numbers_keep_their_sign_in_a_word_table() -> None:
    for text in ("-3.5", "+23 (+6 to +39)", "+11.3\u00a0[+0.2,\u00a0+22.3]", "\u22124", "+0.42", "1,204", "-12 %"):
        assert clean(text) == text
    assert clean("-2+3+cmd") == "'-2+3+cmd" and clean("=1") == "'=1" and clean("@x") == "'@x"


@given(
    some.lists(some.text(max_size=60), min_size=1, max_size=14),
    some.lists(some.text(max_size=90), min_size=1, max_size=4), some.booleans(),
)  # fmt: skip
@settings(max_examples=30)
def test_columns_fill_the_page_and_none_vanishes(columns: list[str], texts: list[str], numbers: bool) -> None:
    rows = tuple((text,) * len(columns) for text in texts) if len(columns) > 1 else ()
    places = frozenset(range(1, len(columns))) if numbers else frozenset()
    for room in (PORTRAIT_CM, LANDSCAPE_CM):
        found = widths_cm(WordTable("", tuple(columns), rows, (), places), room)
        assert sum(found) == pytest.approx(room) and min(found) > 0.3 * LEAST_CM


def test_a_wide_table_lies_on_its_side() -> None:
    upright, wide = (opened(WordTable("", tuple("abcdefgh"[:count]), (("1",) * count,)))[0] for count in (6, 8))
    assert upright.sections[0].page_width < upright.sections[0].page_height
    assert wide.sections[0].page_width > wide.sections[0].page_height
    with pytest.raises(ValueError, match="1 rows do not have 2 texts"):
        WordTable("", ("a", "b"), (("1", "2", "3"),))


# --- tables as papers print them


def shares(families: tuple[int, ...] = (97, 97, 97)) -> pd.DataFrame:
    rows = [("Infant", "Smile", "", 9.26, 7.31, 11.94), ("Infant", "Woe face", "", 0.04, NONE, NONE),
            ("Caregiver", "Smile", "", 19.1, 15.7, 23.1)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["person", "code", "level", "mean", "low", "high"])
    return frame.assign(observations_with=56, observations=1402, dyads=102, families=list(families))


DURATIONS = ReleaseSpec(
    labels=("person", "code", "level"), counts=("families",),
    statistics=tuple(
        (name, "families") for name in ("mean", "low", "high", "observations", "observations_with", "dyads")
    ),
)  # fmt: skip


def test_the_table_of_durations_by_hand() -> None:
    table = paper_tables.durations(free(shares()), "Shares", "%", ("Rests on all.",))
    assert table.columns == (
        "Behaviour",
        "Mean (%) [95\u00a0%\u00a0CI]",
        "Seen in",
        "Observations",
        "Dyads",
        "Families",
    )
    assert table.rows == (
        ("Infant",), ("Smile", "9.3\u00a0[7.3,\u00a011.9]", "56", "1,402", "102", "97"),
        ("Woe face", "0.0", "56", "1,402", "102", "97"), ("Caregiver",),
        ("Smile", "19.1\u00a0[15.7,\u00a023.1]", "56", "1,402", "102", "97"),
    )  # fmt: skip
    assert table.notes[-1] == "Rests on all." and table.numbers == {1, 2, 3, 4, 5}
    split = shares().assign(level="Mother")
    assert paper_tables.durations(free(split), "Shares", "SD").rows[1][:3] == (
        "Smile",
        "Mother",
        "9.26\u00a0[7.31,\u00a011.94]",
    )


def test_what_is_hidden_is_in_no_word_table() -> None:
    frame = shares((97, 3, 97)).assign(mean=[9.26, 77.7, 19.1], low=[7.31, 66.6, 15.7], high=[11.94, 88.8, 23.1])
    masked = release(frame, DURATIONS, "presenting")
    table = paper_tables.durations(masked, "Shares", "%")
    assert table.rows[2] == ("Woe face", SYMBOL, SYMBOL, SYMBOL, SYMBOL, SYMBOL)
    assert table.notes[-1].startswith(f"{SYMBOL}: not shown")
    for made in (table, paper_tables.as_shown(masked, "Shares")):
        body = opened(made)[2]
        assert SYMBOL in body and not re.search(r"77\.7|66\.6|88\.8", body)
    for build in (paper_tables.durations, paper_tables.as_shown, paper_tables.agreement, paper_tables.sample):
        with pytest.raises(TypeError, match="release"):
            build(frame, "Shares", "%")


def test_table_1_by_hand() -> None:
    rows = [
        ("Activity", "free_play", "observations", 86, 60.6, NONE, NONE, NONE, NONE, NONE, 4),
        ("Activity", "other", "observations", 56, 39.4, NONE, NONE, NONE, NONE, NONE, 4),
        ("Age (years)", "", "mothers", 72, NONE, 26.44, 3.21, 26.1, 24.9, 28.1, 0),
        ("Sex", "female", "infants", 2, NONE, NONE, NONE, NONE, NONE, NONE, 0),
        ("Sex", "male", "infants", 95, NONE, NONE, NONE, NONE, NONE, NONE, 0),
    ]
    names = ["characteristic", "level", "unit", "n", "percent", "mean", "sd", "median", "q1", "q3", "missing"]
    frame = pd.DataFrame(rows, columns=names)
    assert paper_tables.sample(free(frame), "Table 1").rows == (
        ("Activity (observations)",), (f"{INDENT}Free play", "86\u00a0(61)", "", ""),
        (f"{INDENT}Other", "56\u00a0(39)", "", ""),
        (f"{INDENT}Not recorded", "4", "", ""),
        ("Age (years) (mothers)", "72", "26.4\u00a0(3.2)", "26.1\u00a0[24.9,\u00a028.1]"),
        ("Sex (infants)",), (f"{INDENT}Female", "2", "", ""), (f"{INDENT}Male", "95", "", ""),
    )  # fmt: skip
    spec = ReleaseSpec(
        labels=("characteristic", "level", "unit"), counts=("n", "missing"), margins=(("characteristic",),)
    )
    masked = paper_tables.sample(release(frame.assign(percent=NONE), spec, "presenting"), "Table 1")
    assert [row[1] for row in masked.rows if len(row) > 1][-2:] == [SYMBOL, SYMBOL], "the other one would give it away"


def test_agreement_and_the_still_face_by_hand() -> None:
    kappas = pd.DataFrame(
        {"behaviour": ["Face", "Face"], "who": ["Infant", "Sibling"], "kappa": [0.774, NONE], "low": [0.7, NONE],
         "high": [0.841, NONE], "agreement": [83.4, 100.0], "recordings": [21, 1], "families": [20, 1],
         "note": [None, "one code only"]}
    )  # fmt: skip
    assert paper_tables.agreement(free(kappas), "Kappa").rows == (
        ("Face",), ("Infant", "0.77\u00a0[0.70,\u00a00.84]", "83", "21", "20", ""),
        ("Sibling", "\u2013", "100", "1", "1", "one code only"),
    )  # fmt: skip
    assert "Note" not in paper_tables.agreement(free(kappas.assign(note=None)), "Kappa").columns
    names = {"play": "Play", "still_face": "Still face"}
    means = pd.DataFrame({"name": "Ipos", "episode": ["still_face", "play"], "mean": [5.2, 21.7], "low": [1.8, 12.6],
                          "high": [14.2, 34.8], "observations": 12, "families": 12})  # fmt: skip
    table = paper_tables.over_episodes(free(means), "Means", names, "%")
    assert table.rows == (("Ipos", "21.7\u00a0[12.6,\u00a034.8]", "5.2\u00a0[1.8,\u00a014.2]", "12", "12"),)
    assert table.columns[1].startswith("Play (%)")
    moved = means.assign(
        first=["still_face", "play"], second=["play", "still_face"], mean=[16.5, -16.5], low=NONE, high=NONE
    )
    pairs = [("play", "still_face"), ("still_face", "play")]
    assert paper_tables.changes(free(moved), "Changes", pairs, names, "points").rows == (
        ("Ipos",), ("Play \u2192 Still face", "\u221216.5", "12", "12"),
        ("Still face \u2192 Play", "+16.5", "12", "12"),
    )  # fmt: skip


@given(some.lists(some.one_of(some.none(), some.floats(-1e5, 1e5, allow_nan=False)), min_size=1, max_size=5))
def test_a_plain_table_prints_the_numbers_of_the_frame(values: list[float | None]) -> None:
    frame = pd.DataFrame({"word": "a", "value": pd.Series(values, dtype=float)})
    table = paper_tables.as_shown(free(frame), "Table")
    for (_, text), value in zip(table.rows, values, strict=True):
        assert (text == "") == (value is None)
        if value is not None:
            assert float(text.replace("\u2212", "-").replace(",", "")) == pytest.approx(value, abs=5e-4)
    assert table.numbers == ({1} if any(value is not None for value in values) else set())


def test_numbers_in_words_stand_on_the_right() -> None:
    frame = pd.DataFrame({"Model": ["single frames", "2 layers, both"], "F1": ["68 (72)", SYMBOL], "What": ["", ""]})
    assert paper_tables.as_shown(free(frame), "Results").numbers == {1}


# --- on the screen


def test_nothing_leaves_that_was_not_released() -> None:
    frame = pd.DataFrame({"n": [1]})
    with pytest.raises(TypeError, match="ReleasedFrame"):
        take_away.take_away(frame, "key", "name", "says", Paper())
    with pytest.raises(TypeError, match="ReleasedFrame"):
        show.table(frame, "key", "name")


@pytest.fixture
def taken(monkeypatch) -> dict[str, object]:
    """Name of each file that is offered -> what builds it."""
    offered: dict[str, object] = {}

    def button(label: str, build: object, name: str, mime: str, key: str) -> None:
        offered[name] = build

    monkeypatch.setattr(take_away, "_button", button)
    return offered


STARTS = {"csv": b"\xef\xbb\xbf", "docx": b"PK", "pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}
OPEN = {
    "durations": ("shares", "durations_shares", ("csv", "docx", "pdf", "svg", "png")),
    "agreement": ("agreement_kappas", "agreement_kappas", ("csv", "docx", "pdf", "svg", "png")),
    "overview": ("sample", "overview_sample_description", ("csv", "docx")),
}


@pytest.mark.parametrize("page", OPEN)
def test_what_is_offered_under_a_view(page: str, demo_study, monkeypatch, taken) -> None:
    """Opened, the button offers a caption with n, filters, generation and day, and files that can be built."""
    key, begin, endings = OPEN[page]
    app = opened_page(page, demo_study, monkeypatch, {"role": "Father"})
    assert not taken and not app.code, "what is closed costs nothing"
    app.session_state[f"{key}_take"] = True
    app.run()
    assert not app.exception
    (said,) = [one.value for one in app.code]
    assert re.search(
        r"Selected: Home headcam: 2\d families, 2\d dyads, 3\d observations\. Only Caregiver: Father\.", said
    )
    assert re.search(r"generation 1 of the data \(checksum [0-9a-f]{12}\), \d\d \w{3} \d{4}\.", said)
    assert "\\" not in said
    whole = {name: build for name, build in taken.items() if name.startswith(begin)}
    assert len(whole) == len(taken) == len(endings)
    for name, build in whole.items():
        assert re.fullmatch(rf"{begin}_generation1_\d{{4}}-\d\d-\d\d\.({'|'.join(endings)})", name)
        content = build() if not name.endswith(".png") else b"\x89PNG"
        assert content.startswith(STARTS[name.rsplit(".", 1)[1]])
        if name.endswith(".docx"):
            assert "Only Caregiver: Father" in " ".join(one.text for one in Document(io.BytesIO(content)).paragraphs)


def test_the_forest_leaves_with_the_columns_a_paper_prints(demo_study, monkeypatch, taken) -> None:
    opened_page("models", demo_study, monkeypatch, {}, forest_take=True)
    (word,) = [build for name, build in taken.items() if name.endswith(".docx")]
    head, first, *_ = cells(Document(io.BytesIO(word())).tables[0])
    assert head == [
        "Person", "Behaviour", "Model", "Estimate (SD)", "95 % from (SD)", "95 % to (SD)", "Seconds per 5 min",
        "Evidence", "Rows", "Units",
    ]  # fmt: skip
    assert first[:3] == ["Infant", "Neutral/Alert", "Adjusted"]
    assert next(build for name, build in taken.items() if name.endswith(".pdf"))().startswith(b"%PDF")
