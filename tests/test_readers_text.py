"""Encodings, line ends, delimiters, line numbers: what one pass over a text file tells."""

import codecs
import csv
import hashlib
import io

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile
from pipeline.readers.rows import file_rows, parse_lines
from pipeline.readers.text import as_utf8, guess_delimiter, sniff

TEXT = "Name,Größe\nZoë,1\nÅsa,2\n"


@pytest.mark.parametrize(
    ("written", "encoding"),
    [
        (TEXT.encode("utf-8"), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode("utf-8"), "utf-8-sig"),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_every_encoding_gives_the_same_rows(tmp_path, written, encoding):
    path = tmp_path / "table.csv"
    path.write_bytes(written)
    text = sniff(path)
    assert (text.encoding, text.lines, text.delimiter) == (encoding, 3, ",")
    assert text.sha256 == hashlib.sha256(written).hexdigest()
    assert text.size == len(written)
    rows = list(file_rows(as_utf8(text, tmp_path), ",", 2, 1, text.lines, [], tmp_path))
    assert rows == [(2, ["Zoë", "1"]), (3, ["Åsa", "2"])]


def test_windows_1252_is_said_and_utf8_is_not(tmp_path):
    (tmp_path / "old.csv").write_bytes(TEXT.encode("cp1252"))
    (tmp_path / "new.csv").write_bytes(TEXT.encode("utf-8"))
    (note,) = sniff(tmp_path / "old.csv").notes
    assert (note.kind, note.severity) == ("encoding_assumed", "warning")
    assert note.detail == "The file is not UTF-8; it was read as Windows-1252 (Western European)."
    assert sniff(tmp_path / "new.csv").notes == ()
    assert sniff(tmp_path / "old.csv", encoding="cp1252").notes == ()


@pytest.mark.parametrize(
    ("written", "newline", "lines", "copied"),
    [
        (b"a,b\n1,2\n", "\n", 2, False),
        (b"a,b\n1,2", "\n", 2, False),
        (b"a,b\r\n1,2\r\n", "\r\n", 2, False),
        (b"a,b\r1,2\r", "\r", 2, True),
        (b"a,b\r\n1,2\n3,4\r5,6", "mixed", 4, True),
        (b"a,b\n1,2\n\n\n", "\n", 2, False),
        (b"a,b\n\n1,2\n", "\n", 3, False),
        (b"a,b", "\n", 1, False),
    ],
)
def test_lines_are_counted_whatever_ends_them(tmp_path, written, newline, lines, copied):
    path = tmp_path / "table.csv"
    path.write_bytes(written)
    text = sniff(path)
    assert (text.newline, text.lines) == (newline, lines)
    copy = as_utf8(text, tmp_path)
    assert (copy != path) == copied
    # the second road: Python's own universal line ends
    own = written.decode().replace("\r\n", "\n").replace("\r", "\n").rstrip("\n").split("\n")
    assert len(own) == lines
    assert b"\r" not in copy.read_bytes().replace(b"\r\n", b"")


def test_a_line_end_cut_by_a_block_counts_once(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.readers.text.BLOCK", 4)
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\r\n1,2\r\n")
    assert (sniff(path).lines, sniff(path).newline) == (2, "\r\n")


def test_a_letter_cut_by_a_block_is_still_utf8(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.readers.text.BLOCK", 4)
    path = tmp_path / "table.csv"
    path.write_bytes("a,bö\n1,2\n".encode())
    assert sniff(path).encoding == "utf-8"


@pytest.mark.parametrize(
    ("head", "delimiter"),
    [
        ("a,b,c\n1,2,3\n", ","),
        ("a;b;c\n1,5;2,5;3\n4,5;5,5;6\n", ";"),
        ("a\tb\n1,5\t2,5\n", "\t"),
        ("sep=;\na;b\n1;2\n", ";"),
        ("only\n1\n", ","),
        ('"a, b";c\n"d, e";f\n', ";"),
    ],
)
def test_the_delimiter_is_the_even_one(head, delimiter):
    assert guess_delimiter(head) == delimiter


def rows_of(text: str, width: int | None = None, delimiter: str = ","):
    found = []
    return list(parse_lines(io.StringIO(text, newline=""), delimiter, width, 1, found)), found


def test_a_quoted_line_break_keeps_the_line_numbers_true():
    rows, found = rows_of('a,b\n1,"two\nlines"\n3,4\n', 2)
    assert rows == [(1, ["a", "b"]), (2, ["1", "two\nlines"]), (4, ["3", "4"])]
    assert found == []


def test_ragged_rows_are_padded_or_joined_and_noted():
    rows, found = rows_of("a,b,c\n1,2\n1,2,3,4\n1,2,3,\n", 3)
    assert rows[1:] == [(2, ["1", "2", ""]), (3, ["1", "2", "3,4"]), (4, ["1", "2", "3"])]
    assert [(note.line, note.kind, note.rejects_row) for note in found] == [
        (2, "ragged_row", True),
        (3, "ragged_row", True),
    ]
    assert found[0].detail == "The row has 2 cells; the header has 3."


@pytest.mark.parametrize("ending", ["", "\n"])
def test_an_unclosed_quote_costs_one_row_not_the_rest(ending):
    rows, found = rows_of(f'1,"open\n2,b\n3,c\n4,d{ending}', 2)
    assert [line for line, _ in rows] == [1, 2, 3, 4]
    assert [(note.line, note.kind) for note in found] == [(1, "unterminated_quote")]
    assert rows[3][1] == ["4", "d"]


def test_two_unclosed_quotes_do_not_swallow_the_rows_between_them():
    rows, found = rows_of('1,"open\n2,b\n3,"open too\n4,d\n', 2)
    assert [line for line, _ in rows] == [1, 2, 3, 4]
    assert [note.line for note in found] == [1, 3]


def test_an_unclosed_quote_in_a_long_file_is_found_soon():
    text = 'a,b\n1,"open\n' + "".join(f"{n},x\n" for n in range(1000))
    rows, found = rows_of(text, 2)
    assert len(rows) == 1002
    assert [note.line for note in found] == [2]


def test_a_cell_beyond_the_csv_limit_is_one_bad_row():
    rows, found = rows_of('a,b\n"' + "x" * 200_000 + '",1\n2,3\n', 2)
    assert [line for line, _ in rows] == [1, 2, 3]
    assert [note.line for note in found] == [2]


CELL = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r"), max_size=6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=8))
def test_what_csv_writes_is_read_back_with_its_lines(table):
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    rows, found = rows_of(written.getvalue(), 2)
    assert [cells for _, cells in rows] == table
    assert found == []
    starts = [1 + sum(1 + "".join(row).count("\n") for row in table[:number]) for number in range(len(table))]
    assert [line for line, _ in rows] == starts


@settings(max_examples=50, deadline=None)
@given(st.text(st.sampled_from('ab,"\n'), min_size=1, max_size=40))
def test_no_line_is_lost_however_broken_the_quoting(text):
    """Every physical line is the start of a row or inside a quoted cell that fits; each row has the width."""
    rows, found = rows_of(text, 2)
    assert all(len(cells) == 2 for _, cells in rows)
    lines = [line for line, _ in rows]
    assert lines == sorted(set(lines))
    letters = sum(text.count(letter) for letter in "ab")
    assert sum(cell.count(letter) for _, cells in rows for cell in cells for letter in "ab") == letters


def test_duckdb_finds_the_same_rows_where_the_counts_agree(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes('preamble\nName;Größe\n"a;b";1\nc;2\n'.encode())
    text = sniff(path)
    sql = "SELECT * FROM read_csv(?, auto_detect=false, columns={'c0':'VARCHAR','c1':'VARCHAR'}, delim=';', skip=2)"
    with duckdb.connect() as connection:
        quick = connection.execute(sql, [str(path)]).fetchall()
    slow = [tuple(cells) for _, cells in file_rows(path, ";", 2, 2, text.lines, [], path)]
    assert quick == slow == [("a;b", "1"), ("c", "2")]
    assert len(quick) == text.lines - 2


def test_an_unknown_encoding_is_named(tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(UnreadableFile, match=r"^table\.csv: 'latin-nine' is not a known encoding\."):
        sniff(tmp_path / "table.csv", encoding="latin-nine")
