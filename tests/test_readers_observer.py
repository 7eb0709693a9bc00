"""Observer XT event logs: every dialect says the same; the real file gives its known sums."""

import codecs
from collections import defaultdict
from datetime import time
from decimal import Decimal

import pytest

from tests.bad_files.case import sheets
from tests.reading_parts import column, onset_ms, read, read_bytes, real, rows

# The same three rows (start, stop, point) in every dialect that is known.
PLAIN = """Observation,Subject,Behavior,Modifier_1,Event_Type,Time_Relative_hmsf,Comment
O1,Infant,Positive,high,State start,00:00:01.250,
O1,Infant,Positive,high,State stop,00:16:42.022,
O1,Infant,Reach,,Point,00:16:42.500,"a, b"
"""
EXPECTED_MS = [1_250, 1_002_022, 1_002_500]
HMS_F = """Observation,Subject,Behavior,Modifier_1,Event_Type,Time_Relative_hmsf,Time_Relative_hms,\
Time_Relative_f,Comment
O1,Infant,Positive,high,State start,00:00:01,00:00:01,250,
O1,Infant,Positive,high,State stop,00:16:42,00:16:42,22,
O1,Infant,Reach,,Point,00:16:42,00:16:42,500,"a, b"
"""
OLD = """"Description:","none"
"Header Lines:","4"
"","
Relative Time (seconds)"
"Relative Time (seconds)","Observation Name","Event Log File Name","Subject","Behavior","Event Type","Comment"
"1.250","O1","log.odf","Infant","Positive","State start",""
"1002.022","O1","log.odf","Infant","Positive","State stop",""
"1002.500","O1","log.odf","Infant","Reach","State point","a, b"
"""
OLDER = """Time;ObservationName;Event Log File Name;Subject;Behavior;State Event;Comment
1,250;O1;log.odf;Infant;Positive;State start;
1002,022;O1;log.odf;Infant;Positive;State stop;
1002,500;O1;log.odf;Infant;Reach;Point;a, b
"""
GERMAN = PLAIN.replace('"a, b"', "a. b").replace(",", ";").replace("a. b", "a, b").replace("01.250", "01,250")
GERMAN = GERMAN.replace("42.022", "42,022").replace("42.500", "42,500")

DIALECTS = {
    "plain": ("log.csv", PLAIN.encode()),
    "UTF-8 with mark": ("log.csv", codecs.BOM_UTF8 + PLAIN.encode()),
    "UTF-16LE with mark": ("log.txt", codecs.BOM_UTF16_LE + PLAIN.encode("utf-16-le")),
    "UTF-16LE without": ("log.txt", PLAIN.encode("utf-16-le")),
    "UTF-16BE with mark": ("log.txt", codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be")),
    "CRLF": ("log.csv", PLAIN.replace("\n", "\r\n").encode()),
    "CR only": ("log.csv", PLAIN.replace("\n", "\r").encode()),
    "semicolon, comma": ("log.csv", GERMAN.encode()),
    "tabs": ("log.txt", PLAIN.replace('"a, b"', "a. b").replace(",", "\t").replace("a. b", "a, b").encode()),
    "trailing delimiter": ("log.csv", PLAIN.replace("\n", ",\n").encode()),
    "trailing delimiter below": ("log.csv", PLAIN.replace("\n", ",\n").replace("Comment,\n", "Comment\n").encode()),
    "preamble": ("log.csv", ('"Header Lines:","3"\n"User:","me"\n\n' + PLAIN).encode()),
    "spoken names": ("log.csv", PLAIN.replace("Event_Type", " event type ").replace("Behavior", "BEHAVIOUR").encode()),
    "hms and f": ("log.csv", HMS_F.encode()),
    "up to version 9": ("log.txt", OLD.encode()),
    "still older": ("log.txt", OLDER.encode()),
}


@pytest.mark.parametrize(("name", "content"), DIALECTS.values(), ids=DIALECTS.keys())
def test_every_dialect_says_the_same(tmp_path, name, content):
    reading = read_bytes(tmp_path, name, content, "observer_event_log")
    assert onset_ms(reading) == EXPECTED_MS
    assert column(reading, "observation") == ["O1"] * 3
    assert column(reading, "subject") == ["Infant"] * 3
    assert column(reading, "code") == ["Positive", "Positive", "Reach"]
    assert column(reading, "comment") == ["", "", "a, b"]
    marks = [reading.marks[mark.casefold()] for mark in column(reading, "mark")]
    assert marks == ["start", "stop", "point"]
    assert reading.found == []
    lines = [line for line, _ in rows(reading)]
    assert lines == list(range(lines[0], lines[0] + 3))
    header = reading.table.header_line
    assert (lines[0], reading.table.data_lines) == (header + 1, 3)


def test_columns_in_any_order_and_a_subset(tmp_path):
    text = "Comment,Event_Type,Time_Relative_sf,Extra,Behavior,Observation\n,Point,2.5,x,Smile,O1\n"
    reading = read_bytes(tmp_path, "log.csv", text, "observer_event_log", subject="infant")
    assert rows(reading) == [(2, ["", "Point", "2.5", "x", "Smile", "O1"])]
    assert (reading.time_rule, reading.cells.onset, reading.cells.subject) == ("seconds", 2, None)


def test_modifiers_come_in_the_order_of_their_numbers(tmp_path):
    text = "Observation,Subject,Behavior,Modifier_2,Modifier_10,Modifier_1,Event_Type,Time_Relative_sf\n"
    reading = read_bytes(tmp_path, "log.csv", text + "O1,I,A,b,c,a,Point,1\n", "observer_event_log")
    assert [rows(reading)[0][1][position] for position in reading.cells.modifiers] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("columns", "rule"),
    [
        ({"Time_Relative_hmsf": "00:00:01.5", "Time_Relative_hms": "00:00:01", "Time_Relative_f": "500"}, "hmsf"),
        ({"Time_Relative_hmsf": "00:00:01", "Time_Relative_hms": "00:00:01", "Time_Relative_f": "500"}, "hms_f"),
        ({"Time_Relative_hmsf": "00:00:01", "Time_Relative_f": "500", "Time_Relative_sf": "1.5"}, "hms_f"),
        ({"Time_Relative_hmsf": "00:00:01", "Time_Relative_sf": "1.5"}, "seconds"),
        ({"Time_Absolute_hms": "10:00:00", "Time_Relative_sf": "1.5"}, "seconds"),
    ],
)
def test_the_best_time_column_is_chosen(tmp_path, columns, rule):
    text = ",".join(["Observation,Subject,Behavior,Event_Type", *columns]) + "\n"
    text += ",".join(["O1,Infant,Smile,Point", *columns.values()]) + "\n"
    assert read_bytes(tmp_path, "log.csv", text, "observer_event_log").time_rule == rule


def test_seconds_with_all_their_digits_are_not_called_coarse(tmp_path):
    text = "Observation,Subject,Behavior,Event_Type,Time_Relative_sf\nO1,I,A,Point,1925.7123\nO1,I,A,Point,2000\n"
    assert read_bytes(tmp_path, "log.csv", text, "observer_event_log").notes == ()


HEADER = [
    "Observation",
    "Subject",
    "Behavior",
    "Event_Type",
    "Time_Relative_hms",
    "Time_Relative_f",
    "Time_Relative_sf",
]


def test_excel_times_lose_their_fraction_and_the_next_column_has_it(tmp_path):
    table = [
        HEADER,
        ["O1", "Infant", "Positive", "State start", time(0, 1, 20), 956.0, "80.956"],
        ["O1", "Infant", "Positive", "State stop", time(0, 1, 33), "22", 93.022],
        ["O1", "Infant", "Reach", "Point", time(1, 0, 0), 66.666, 3600.066666],
    ]
    reading = read_bytes(tmp_path, "log.xlsx", sheets({"Any name": table})(), "observer_event_log")
    assert (reading.time_rule, reading.table) == ("hms_f", None)
    assert column(reading, "onset") == ["00:01:20", "00:01:33", "01:00:00"]
    assert column(reading, "onset_f") == ["956", "22", "66.666"]
    assert [line for line, _ in rows(reading)] == [2, 3, 4]


def test_excel_keeps_a_fraction_where_it_has_one(tmp_path):
    table = [
        ["Observation", "Subject", "Behavior", "Event_Type", "Time_Relative_hmsf"],
        ["O1", "Infant", "Reach", "Point", time(0, 1, 20, 956_000)],
    ]
    reading = read_bytes(tmp_path, "log.xlsx", sheets({"Log": table})(), "observer_event_log")
    assert (reading.time_rule, onset_ms(reading)) == ("hmsf", [80_956])


def test_the_manifest_wins_over_what_is_found(tmp_path):
    text = "Observation;Subject;Behavior;Event_Type;Time_Relative_sf\nO1;Infant;Smile;Point;1,234\n"
    reading = read_bytes(tmp_path, "log.csv", text, "observer_event_log", decimal=".", delimiter=";")
    assert reading.decimal == "."
    assert reading.notes == ()


CLASSROOM = "observer_event_log/classroom_event_log.csv"


def test_the_classroom_log_has_its_known_sums(tmp_path):
    """810 bouts; sums by stored milliseconds and by adding up the rounded Duration_sf differ, both exactly as known."""
    reading = read(real(CLASSROOM), "observer_event_log", tmp_path)
    assert (reading.time_rule, len(rows(reading))) == ("hmsf", 1_620)
    open_at: dict[tuple, int] = {}
    bouts: dict[str, list[int]] = defaultdict(list)
    keys = zip(column(reading, "observation"), column(reading, "subject"), column(reading, "code"), strict=True)
    for key, mark, ms in zip(keys, column(reading, "mark"), onset_ms(reading), strict=True):
        if mark == "State start":
            open_at[key] = ms
        else:
            bouts[key[2]].append(ms - open_at.pop(key))
    assert open_at == {}
    assert {code: (len(lengths), sum(lengths)) for code, lengths in bouts.items()} == {
        "Desengagement": (451, 6_477_762),
        "Verbal": (91, 234_001),
        "Impatient behavior": (158, 601_444),
        "Removing Sth from other's hands": (60, 89_982),
        "Physical": (34, 51_120),
        "Sabotage": (9, 24_080),
        "Artifact Monopolization": (5, 18_760),
        "Leave the activity": (2, 847_706),
    }
    rounded = defaultdict(Decimal)
    at = reading.table.columns.index("Duration_sf")
    for _, cells in rows(reading):
        rounded[cells[reading.cells.code]] += Decimal(cells[at])
    quantised = {code: total.quantize(Decimal("0.001")) for code, total in rounded.items()}
    assert (quantised["Desengagement"], quantised["Verbal"]) == (Decimal("6477.765"), Decimal("233.998"))
    assert sum(rounded.values()).quantize(Decimal("0.001")) == Decimal("8344.846")


def test_the_classroom_log_is_told_about_its_absolute_times(tmp_path):
    reading = read(real(CLASSROOM), "observer_event_log", tmp_path)
    (note,) = reading.notes
    assert (note.kind, note.severity, note.count) == ("absolute_time_fault", "info", 628)


def test_the_classroom_log_by_its_other_time_columns(tmp_path):
    """hms + f says the same in every row; the six-digit seconds are off by up to 5 ms, and that is said."""
    lines = [line.split(",") for line in real(CLASSROOM).read_text().splitlines()]
    whole = onset_ms(read(real(CLASSROOM), "observer_event_log", tmp_path))
    names = lines[0]
    parts = _without(lines, names.index("Time_Relative_hmsf"))
    assert onset_ms(read_bytes(tmp_path, "parts.csv", parts, "observer_event_log")) == whole
    only = "\n".join(",".join(row[7:]) for row in lines) + "\n"
    coarse = read_bytes(tmp_path, "seconds.csv", only, "observer_event_log")
    gaps = [abs(a - round(float(b) * 1000)) for a, b in zip(whole, column(coarse, "onset"), strict=True)]
    assert (coarse.time_rule, max(gaps)) == ("seconds", 5)
    (note,) = coarse.notes
    assert (note.kind, note.count) == ("coarse_seconds", sum(ms >= 1_000_000 for ms in whole))


def _without(lines: list[list[str]], position: int) -> str:
    return "\n".join(",".join(row[:position] + row[position + 1 :]) for row in lines) + "\n"
