"""A plain long table, columns named in the manifest; the registry; workbooks and archives."""

from datetime import datetime, time, timedelta

import pytest

from pipeline.errors import CatalogueError, UnreadableFile
from pipeline.readers.archive import gunzip
from pipeline.readers.excel import cell_text
from pipeline.readers.registry import FORMATS, format_of
from tests.bad_files.case import gzipped, sheets
from tests.reading_parts import column, read_bytes, rows

COLUMNS = {"observation": "rec", "code": "Code", "onset": "from", "offset": "to", "subject": "=infant", "unit": "ms"}
TEXT = "who,rec,code,from,to,note\nx,O1,Smile,0,1500,\nx,O1,Neutral,1500,4000,\n"


def test_named_columns_and_constants(tmp_path):
    reading = read_bytes(tmp_path, "events.csv", TEXT, "long_csv", columns=COLUMNS)
    assert (reading.layout, reading.time_rule, reading.constants) == ("spans", "ms", {"subject": "infant"})
    assert reading.cells.subject is None
    assert (column(reading, "onset"), column(reading, "offset")) == (["0", "1500"], ["1500", "4000"])
    assert (reading.table.header_line, reading.table.data_lines) == (1, 2)


def test_duration_instead_of_offset_and_a_coder_column(tmp_path):
    columns = {
        "observation": "rec",
        "code": "code",
        "onset": "t",
        "duration": "d",
        "coder": "who",
        "unit": "s",
        "subject": "=infant",
    }
    text = "who;rec;code;t;d\nAB;O1;Smile;1,5;2\n"
    reading = read_bytes(tmp_path, "events.csv", text, "long_csv", columns=columns)
    assert (reading.time_rule, reading.decimal, column(reading, "duration")) == ("seconds", ",", ["2"])
    assert column(reading, "coder") == ["AB"]


def test_a_recording_may_be_a_constant(tmp_path):
    columns = {**COLUMNS, "observation": "=O7"}
    reading = read_bytes(tmp_path, "events.csv", TEXT, "long_csv", columns=columns)
    assert (reading.constants["observation"], reading.cells.observation) == ("O7", None)


def test_a_long_table_in_a_workbook_and_in_gzip(tmp_path):
    table = [["rec", "code", "from", "to"], ["O1", "Smile", 0, 1500], ["O1", "Neutral", 1500.0, "4000"]]
    plain = read_bytes(tmp_path, "events.xlsx", sheets({"E": table})(), "long_csv", columns=COLUMNS)
    assert column(plain, "offset") == ["1500", "4000"]
    packed = read_bytes(tmp_path, "events.csv.gz", gzipped(TEXT.encode())(), "long_csv", columns=COLUMNS)
    assert column(packed, "offset") == ["1500", "4000"]
    assert packed.path.name == "events.csv.gz"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""),
        ("1,5 ", "1,5 "),
        (True, "TRUE"),
        (12, "12"),
        (12.0, "12"),
        (80.9557, "80.9557"),
        (1e-05, "0.00001"),
        (0.1 + 0.2, "0.30000000000000004"),
        (time(0, 1, 20), "00:01:20"),
        (time(0, 1, 20, 956_000), "00:01:20.956"),
        (timedelta(hours=25, milliseconds=5), "25:00:00.005"),
        (timedelta(seconds=-1), "-00:00:01"),
        (datetime(1899, 12, 31, 0, 1, 20), "00:01:20"),
        (datetime(1899, 12, 30, 0, 1, 20), "00:01:20"),
        (datetime(1900, 1, 1, 12), "36:00:00"),
        (datetime(2023, 1, 2), "2023-01-02"),
        (datetime(2023, 1, 2, 3, 4, 5), "2023-01-02 03:04:05"),
    ],
)
def test_cells_of_a_workbook_as_exact_text(cell, text):
    assert cell_text(cell) == text


def test_a_gzip_stops_at_its_limit(tmp_path):
    (tmp_path / "big.csv.gz").write_bytes(gzipped(bytes(5_000_000))())
    with pytest.raises(UnreadableFile, match=r"^big\.csv\.gz: the file unpacks to more than 0\.001 GB\."):
        gunzip(tmp_path / "big.csv.gz", tmp_path, limit=1_000_000)


def test_an_unknown_format_is_named_with_the_choices():
    with pytest.raises(CatalogueError) as refusal:
        format_of("observer_eventlog")
    assert str(refusal.value) == (
        "'observer_eventlog' is not a known format. Did you mean 'observer_event_log'? Choose one of: "
        "boris_aggregated, boris_events, boris_project, datavyu, datavyu_csv, elan, interact_csv, long_csv, "
        "nova, observer_event_log, observer_sampled, observer_text."
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_its_reader(name):
    from importlib import import_module

    assert callable(import_module(FORMATS[name].module).read)


def test_more_misfits_than_sense_refuse_the_file(tmp_path):
    text = "rec,code,from,to\n" + "O1,Smile,0\n" * 10_002
    reading = read_bytes(tmp_path, "events.csv", text, "long_csv", columns=COLUMNS)
    with pytest.raises(UnreadableFile, match="more than 10,000 rows do not have the 4 cells of the header"):
        rows(reading)
