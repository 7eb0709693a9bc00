"""Tables as text: every cell as it is written, every row counted, and one sentence for a file that cannot be read."""

import csv
import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile
from pipeline.readers.table import read_table, trimmed

TRICKY = ["0012", "NA", "T", "F", "1E5", "01/02/2023", "-9", ".", "1,5", "007.0", "Infinity", "é", "'quoted'"]


def text_file(folder, content, encoding="utf-8", name="table.csv"):
    path = folder / name
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def workbook(folder, sheets, name="table.xlsx"):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(folder / name)
    return folder / name


def test_ids_stay_text(tmp_path):
    table = read_table(text_file(tmp_path, "id;x\n" + "".join(f"{cell};1\n" for cell in TRICKY)))
    assert [cells[0] for _, cells in table.rows] == TRICKY
    assert [line for line, _ in table.rows] == list(range(2, len(TRICKY) + 2))


def test_ids_stay_text_in_excel(tmp_path):
    table = read_table(workbook(tmp_path, {"data": [["id", "x"], *([cell, 1] for cell in TRICKY)]}))
    assert [cells[0] for _, cells in table.rows] == TRICKY
    assert table.typed and table.format == "xlsx" and table.dialect == "Excel, sheet 'data'"


ENCODINGS = [
    ("utf-8", "UTF-8, delimiter ','", 0),
    ("utf-8-sig", "UTF-8-SIG, delimiter ','", 0),
    ("utf-16", "UTF-16-LE, delimiter ','", 0),
    ("utf-16-le", "UTF-16-LE, delimiter ','", 0),
    ("cp1252", "CP1252, delimiter ','", 1),
]


@pytest.mark.parametrize(("encoding", "dialect", "notes"), ENCODINGS)
def test_encodings(tmp_path, encoding, dialect, notes):
    table = read_table(text_file(tmp_path, "Größe,Père\n1,é\n2,ß\n3,œ\n", encoding))
    assert table.columns == ("Größe", "Père") and table.dialect == dialect
    assert [cells[1] for _, cells in table.rows] == ["é", "ß", "œ"]
    assert len(table.notes) == notes  # an encoding that was assumed is said


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(tmp_path, delimiter, end):
    rows = ["id,x,y", "a,1,2", "b,3,4"]
    table = read_table(text_file(tmp_path, end.join(row.replace(",", delimiter) for row in rows) + end))
    assert table.columns == ("id", "x", "y")
    assert table.rows == ((2, ["a", "1", "2"]), (3, ["b", "3", "4"]))
    assert table.format == ("tsv" if delimiter == "\t" else "csv")


def test_every_row_is_usable_blank_or_refused(tmp_path):
    # line 1: Excel's own line; 2: blank; 3: header; 4: good; 5: blank; 6: too long; 7: header again; 8: blanks only;
    # 9-10: one row over two lines; 11: too short; 12: good, blanks around
    text = 'sep=;\n\n id ; a;b \n1;2;3\n;;\n1;2;3;4\nID;A;B\n ; ;\n4;"5\n6";7\n8;9\n\u00a0P1 ;x;y\u200b\n'
    table = read_table(text_file(tmp_path, text))
    assert table.columns == ("id", "a", "b") and table.header_line == 3
    assert table.rows == ((4, ["1", "2", "3"]), (9, ["4", "5\n6", "7"]), (12, ["P1", "x", "y"]))
    assert (table.blank, table.refused, table.total) == (2, 3, 8)
    assert [(note.kind, note.line) for note in table.notes] == [
        ("ragged_row", 6),
        ("ragged_row", 11),
        ("repeated_header", 7),
        ("blanks_removed", None),
    ]


def test_a_trailing_delimiter_is_no_cell(tmp_path):
    table = read_table(text_file(tmp_path, "id,x\na,1,\nb,2,\n"))
    assert table.rows == ((2, ["a", "1"]), (3, ["b", "2"])) and table.notes == ()


def test_an_open_quote_costs_one_row(tmp_path):
    table = read_table(text_file(tmp_path, 'id,x\na,1\nb,"2\nc,3\nd,4\n'))
    assert [cells[0] for _, cells in table.rows] == ["a", "c", "d"]
    assert [(note.kind, note.line) for note in table.notes] == [("unterminated_quote", 3)]
    assert table.total == 4


def test_header_only(tmp_path):
    table = read_table(text_file(tmp_path, "id,x\n"))
    assert (table.columns, table.rows, table.total) == (("id", "x"), (), 0)


def test_column_names_may_stand_twice(tmp_path):
    assert read_table(text_file(tmp_path, "id,x,x\na,1,2\n")).columns == ("id", "x", "x")


def test_trimmed_takes_what_nobody_sees():
    assert [trimmed(cell) for cell in (" a ", "\u00a0a", "a\u200b ", "\ufeffa", "a b")] == ["a", "a", "a", "a", "a b"]


NAMES = st.text("abcÄ;,\"' \n", min_size=1, max_size=6).filter(lambda text: trimmed(text) == text and text.strip("\n"))


@given(rows=st.lists(st.tuples(NAMES, NAMES, NAMES), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_what_csv_writes_is_read_back(tmp_path_factory, rows):
    """Delimiters, quotes and line ends inside cells: the same cells come back (second road: Python's own writer)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([("one", "two", "three"), *rows])
    path = text_file(tmp_path_factory.mktemp("csv"), buffer.getvalue())
    table = read_table(path, encoding="utf-8", delimiter=",")
    assert [tuple(cells) for _, cells in table.rows] == rows
    assert table.total == len(rows)


# ---- Excel --------------------------------------------------------------------------------------------------------


def test_excel_cells_as_a_person_reads_them(tmp_path):
    cells = [12, 12.0, 66.666, 1e-7, True, date(2023, 1, 1), datetime(2023, 1, 1, 9, 30), time(0, 5, 1), None, "1,5"]
    table = read_table(workbook(tmp_path, {"s": [[f"c{n}" for n in range(len(cells))], cells]}))
    [(_, read)] = table.rows
    wanted = ["12", "12", "66.666", "0.0000001", "TRUE", "2023-01-01", "2023-01-01 09:30:00", "00:05:01", "", "1,5"]
    assert read == wanted


def test_excel_rows_keep_their_numbers_and_empty_ones_at_the_end_are_none(tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "table.xlsx")
    sheet, bold = book.add_worksheet("s"), book.add_format({"bold": True})
    sheet.write_row(2, 0, ["id", "x"])
    sheet.write_row(3, 0, ["a", 1])
    sheet.write_row(5, 0, ["b"])
    for row in range(6, 5_000):
        sheet.write_blank(row, 0, None, bold)
    book.close()
    table = read_table(tmp_path / "table.xlsx")
    assert (table.header_line, table.rows, table.blank, table.total) == (3, ((4, ["a", "1"]), (6, ["b", ""])), 1, 3)


def test_the_only_filled_sheet_is_taken_and_a_named_one_found(tmp_path):
    assert read_table(workbook(tmp_path, {"empty": [], "data": [["id"], ["a"]]})).rows == ((2, ["a"]),)
    both = workbook(tmp_path, {"one": [["id"], ["a"]], "two": [["id"], ["b"]]})
    assert read_table(both, sheet="two").rows == ((2, ["b"]),)


REFUSED_SHEETS = [
    ({"one": [["a"]], "two": [["b"]]}, None, "several sheets hold something: one, two. Name one in the manifest"),
    ({"one": [], "two": []}, None, "every sheet is empty. Put the table there, its column names in the first row"),
    ({"one": [], "two": [["a"]]}, "one", "the sheet 'one' is empty."),
    ({"one": [["a"]]}, "tow", "there is no sheet 'tow'. Choose one of: one."),
]


@pytest.mark.parametrize(("sheets", "sheet", "sentence"), REFUSED_SHEETS)
def test_sheets_that_cannot_be_read(tmp_path, sheets, sheet, sentence):
    with pytest.raises(UnreadableFile) as fault:
        read_table(workbook(tmp_path, sheets), sheet=sheet)
    assert fault.value.message.startswith(f"table.xlsx: {sentence}")


def zip_of(path, members, method=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def test_a_workbook_that_would_fill_the_memory_is_not_opened(tmp_path, monkeypatch):
    def opened(*_, **__):
        raise AssertionError("the workbook was opened")

    monkeypatch.setattr("pipeline.readers.excel.load_workbook", opened)
    bombs = {
        "ratio.xlsx": {"xl/worksheets/sheet1.xml": b" " * 5_000_000},
        "members.xlsx": {f"xl/{number}.xml": b"x" for number in range(1_001)},
    }
    for name, members in bombs.items():
        zip_of(tmp_path / name, members)
        with pytest.raises(UnreadableFile, match=f"{name}: the file .*It was not opened. Save the table as .csv."):
            read_table(tmp_path / name)


def test_entities_in_a_workbook_are_not_expanded(tmp_path):
    path = workbook(tmp_path, {"s": [["id"], ["a"]]})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    sheet = members["xl/worksheets/sheet1.xml"]
    start = sheet.index(b"<worksheet")
    members["xl/worksheets/sheet1.xml"] = sheet[:start] + bomb + sheet[start:]
    zip_of(path, members)
    with pytest.raises(UnreadableFile, match="table.xlsx: "):
        read_table(path)


UNREADABLE = {
    "empty.csv": (b"", "empty.csv: the file is empty. Export it again."),
    "blank.csv": (b" \n\n", "blank.csv: the file is empty. Export it again."),
    "nul.csv": (b"id,x\na,\x001\n", "nul.csv, line 2: the file holds a NUL byte, so it is damaged or not a text file."),
    "old.csv": (
        b"\xd0\xcf\x11\xe0rest",
        "old.csv: this is an old Excel file (.xls), not a text file. Save it as .xlsx",
    ),
    "zip.csv": (b"PK\x03\x04rest", "zip.csv: this is a zip archive or Excel workbook, not a text file."),
    "fake.xlsx": (b"id,x\n", "fake.xlsx: the file is damaged or not what its ending says. Save or export it again."),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read_say_why(tmp_path, name):
    content, sentence = UNREADABLE[name]
    with pytest.raises(UnreadableFile) as fault:
        read_table(text_file(tmp_path, content, name=name))
    assert fault.value.message.startswith(sentence)


def test_a_missing_file(tmp_path):
    with pytest.raises(UnreadableFile, match="gone.csv: there is no such file. Check its name in the manifest."):
        read_table(tmp_path / "gone.csv")
    with pytest.raises(UnreadableFile, match="gone.xlsx: there is no such file."):
        read_table(tmp_path / "gone.xlsx")
