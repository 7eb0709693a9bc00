"""The data page: a study with files and issues written by hand; nothing lost, every issue with its line and raw row."""

import datetime as dt

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect, queries_data
from pages.parts import data_issues
from pipeline.__main__ import parser
from pipeline.catalogue.rules import RULES
from tests import studies, track_pictures
from tests.opening import opened_page

PANELS = ("Issues", "Files", "Feature streams", "Coders", "Codes", "Questionnaires", "Columns", "Earlier imports")
WHEN = dt.datetime(2026, 3, 1, 9, 30)
# path, content, rows, accepted, rejected, blank
FILES = """
coded/a.txt  coded 10 8 1 1
coded/b.csv  coded 20 19 1 0
people.csv   table 6  6 0 0
"""
# kind, severity, file, line, count, source
ISSUES = """
unknown_code       error   coded/a.txt 7  1 1
offset_before_onset error  coded/b.csv 3  1 2
start_without_stop warning coded/a.txt 4  1 1
decimal_comma      info    coded/b.csv .  1 2
gap_closed         info    coded/a.txt .  9 1
"""
RAW = [
    "2;infant;Positive;0", "3;infant;Neutral;1.5", "4;infant;Positive;2", "5;;;", "6;infant;Smil;3",
    "8;infant;Neutral;4",
]  # fmt: skip


def content() -> dict[str, pd.DataFrame]:
    """The hand study with three files, five issues and the raw rows of one file."""
    files = [line.split() for line in FILES.strip().splitlines()]
    source = pd.DataFrame(files, columns=["path", "content", "rows", "accepted", "rejected", "blank"])
    source = source.astype({name: int for name in ("rows", "accepted", "rejected", "blank")})
    source = source.assign(
        source_id=[1, 2, 3], format="observer_event_log", sha256="abc", import_key="k", bytes=1234, dialect="UTF-8",
        generation=1, imported_at=WHEN,
    )  # fmt: skip
    rows = [line.split() for line in ISSUES.strip().splitlines()]
    issue = pd.DataFrame(rows, columns=["kind", "severity", "file", "line", "count", "source_id"])
    issue["line"] = pd.to_numeric(issue["line"].replace(".", None))
    issue = issue.astype({"count": int, "source_id": int}).assign(generation=1, observation_id=None, action="Done.")
    issue["detail"] = issue["file"].str.split("/").str[-1] + ", line 7: something is wrong."
    raw = pd.DataFrame({"source_id": 1, "line": [3, 4, 5, 6, 7, 8], "raw": RAW})
    raw["outcome"] = ["accepted", "accepted", "accepted", "blank", "rejected", "accepted"]
    raw["reason"] = ["", "", "", "", "unknown_code", ""]
    generation = pd.DataFrame(
        [(1, WHEN, "m", "0.1.0", "2.0.0", 3, 0, 36, 33, 2, 1)],
        columns=["number", "imported_at", "manifest_sha256", "code_version", "duckdb_version", "files_new"]
        + ["files_unchanged", "rows_read", "rows_accepted", "rows_rejected", "rows_blank"],
    )
    more = {"source": source, "issue": issue, "raw_row": raw, "generation": generation}
    bands = [("EPDS", "low", 0, 9), ("EPDS", "high", 10, 30)]
    more["band"] = pd.DataFrame(bands, columns=["instrument", "band", "low", "high"])
    return studies.tables() | more


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return studies.publish(tmp_path_factory.mktemp("data page"), content())


@pytest.fixture(scope="module")
def cursor(home):
    return connect.open_reader(connect.current(home).file).cursor()


def opened(home, monkeypatch, panel: str, **parameters: str) -> AppTest:
    """The data page at one panel."""
    return opened_page("data", home, monkeypatch, {"data_panel": panel, **parameters})


def said(app: AppTest) -> str:
    return " ".join(one.value for part in (app.markdown, app.caption, app.info) for one in part)


def test_no_row_was_lost(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, "Issues")
    assert [tile.value for tile in app.metric] == ["3", "36", "2", "5"]
    assert "**No row was lost:** 36 rows in files = 33 accepted + 2 refused + 1 blank." in said(app)
    assert "imported 01 March 2026, 09:30 UTC with Dyadscope 0.1.0 and DuckDB 2.0.0" in said(app)
    assert "This page is about all files of the study: the filters on the left do not change it." in said(app)


def test_totals_equal_duckdb(cursor) -> None:
    frame = queries_data.data_sources(cursor)
    theirs = cursor.execute("SELECT sum(rows), sum(accepted), sum(rejected), sum(blank) FROM source").fetchone()
    assert tuple(frame[["rows", "accepted", "rejected", "blank"]].sum()) == theirs == (36, 33, 2, 1)
    assert frame.set_index("path")["issues"].to_dict() == {"coded/a.txt": 3, "coded/b.csv": 2, "people.csv": 0}


def test_issues_by_kind_are_told_in_plain_words(home, monkeypatch) -> None:
    table = opened(home, monkeypatch, "Issues").table[0].value
    assert table["Severity"].tolist() == ["Error", "Error", "Warning", "Note", "Note"]
    assert table["Kind"].tolist()[:3] == [
        RULES["offset_before_onset"].title, RULES["unknown_code"].title, RULES["start_without_stop"].title,
    ]  # fmt: skip
    assert table["Rows or places"].tolist() == ["1", "1", "1", "9", "1"]
    assert not table["Kind"].str.contains("_").any()


def test_issues_filter_by_severity_and_kind(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, "Issues")
    app.multiselect(key="severity").set_value(["error"]).run()
    assert len(app.dataframe[0].value) == 2 and "2 issues" in said(app)
    app = opened(home, monkeypatch, "Issues")
    app.multiselect(key="kind").set_value(["start_without_stop"]).run()
    frame = app.dataframe[0].value
    assert frame["Line"].tolist() == [4] and frame["What is wrong"].tolist() == ["Something is wrong."]


def test_the_raw_line_behind_an_issue(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, "Issues")
    app.selectbox(key="raw_line").select("coded/a.txt, line 7").run()
    raw = app.dataframe[1].value
    assert raw["Line"].tolist() == [5, 6, 7, 8], "two lines before and after, where they exist"
    assert raw["Outcome"].tolist()[2] == "refused", "one word on the screen for rows that were not taken"
    assert raw["The row as it stands in the file"].tolist()[2] == "6;infant;Smil;3"
    assert raw["Refused because"].tolist() == ["", "", RULES["unknown_code"].title, ""]


def test_every_rule_has_a_plain_title() -> None:
    for kind in RULES:
        assert data_issues.title(kind) and "_" not in data_issues.title(kind)
    assert data_issues.title("a_new_note") == "A new note"


def test_coders_equal_duckdb(home, cursor, monkeypatch) -> None:
    """Anna coded all ten observations and is analysed; Ben coded two of them as well."""
    frame = queries_data.data_coders(cursor).set_index("coder_id")
    assert frame.loc["anna", ["observations", "analysed", "shared"]].tolist() == [10, 10, 2]
    assert frame.loc["ben", ["observations", "analysed", "shared"]].tolist() == [2, 0, 2]
    sql = "SELECT sum(end_ms - start_ms) FROM observation WHERE observation_id IN ('O01', 'O04')"
    assert frame.loc["ben", "length_ms"] == cursor.execute(sql).fetchone()[0] == 600_000
    assert frame["events"].to_dict() == {"anna": 60, "ben": 12}
    tables = opened(home, monkeypatch, "Coders").table
    assert tables[0].value["Coder"].tolist() == ["anna", "ben"]
    assert tables[1].value["Analysed"].tolist() == ["yes", "no"]


def test_the_dictionary_is_the_schema(home, cursor, monkeypatch) -> None:
    frame = queries_data.data_dictionary(cursor)
    assert frame["comment"].str.len().gt(3).all() and frame["table_comment"].str.len().gt(3).all()
    columns = cursor.execute("SELECT count(*) FROM duckdb_columns() WHERE NOT internal").fetchone()[0]
    assert len(frame) == columns > 100
    shown = opened(home, monkeypatch, "Columns", table="score").dataframe[0].value
    assert set(shown["Table"]) == {"score"} and "Questionnaire totals." in shown["About the table"].tolist()


def test_codes_show_their_colours_and_whom_they_are_for(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, "Codes")
    table = app.table[0].value
    assert table["Colour"].tolist() == ["#228833", "#4477AA", "#BBBBBB"]
    assert table["Kind"].tolist()[2] == "has a duration, means not visible"
    assert set(table["For whom"]) == {"Infant, Caregiver"} and "caregiver1" not in said(app)


def test_questionnaires_show_range_and_bands(home, monkeypatch) -> None:
    table = opened(home, monkeypatch, "Questionnaires").table[0].value
    assert table["Questionnaire"][0] == "**EPDS** Depressive symptoms (Edinburgh Postnatal Depression Scale)"
    assert table["Total"].tolist() == ["0 to 30, of 10 questions", "0 to 8, of 8 questions"]
    assert table["Bands"].tolist() == ["low 0 to 9, high 10 to 30", "none used"]


def test_files_and_earlier_imports(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, "Files")
    assert app.dataframe[0].value["File"].tolist() == ["coded/a.txt", "coded/b.csv", "people.csv"]
    assert "3 files. In every one of them" in said(app)
    app = opened(home, monkeypatch, "Earlier imports")
    assert app.table[0].value["Imported (UTC)"].tolist() == ["01 Mar 2026 09:30"]
    assert "Going back to an earlier state" in said(app)
    command = app.code[0].value.split()
    assert command[:3] == ["python", "-m", "pipeline"]
    assert parser().parse_args([command[3], "1"]).number == 1, "the command on the screen exists"


def test_a_face_track_is_a_file_with_its_frames_and_coverage(tmp_path, monkeypatch) -> None:
    """Of 200 frames 50 have too little confidence; the recordings table has no coverage."""
    one = track_pictures.study(tmp_path)
    frames = track_pictures.rows()
    for row in frames[100:150]:
        row[track_pictures.COLUMNS.index("confidence")] = "0.5"
    one.write("/tracks/O1.csv", track_pictures.table(frames))
    one.run()
    app = opened(tmp_path / "home", monkeypatch, "Files")
    shown = app.dataframe[0].value.set_index("File")
    assert shown.loc["tracks/O1.csv", ["Rows", "Accepted", "Content", "Frames trusted (%)"]].tolist() == [
        200, 200, "face track", 75.0,
    ]  # fmt: skip
    assert pd.isna(shown.loc["observations.csv", "Frames trusted (%)"])
    assert "Of a face track a row is one frame." in said(app)


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_of_a_study_without_files(panel: str, hand_study, monkeypatch) -> None:
    opened(hand_study, monkeypatch, panel)
