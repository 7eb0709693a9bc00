"""BORIS: three tabular generations and the project file."""

import json
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from pipeline.readers.json_lines import Number, read_json
from tests.bad_files.case import sheets
from tests.reading_parts import column, read, read_bytes, real, rows

FIRST = """Observation id\tO1\t\t\t\t
\t\t\t\t\t
Time offset (s)\t0.0\t\t\t\t
independent variables\t\t\t\t\t
variable\tvalue\t\t\t\t
Time\t12\t\t\t\t
Time\tSubject\tBehavior\tModifier 1\tModifier 2\tComment\tStatus
3.300\tbaby\ts\ta\tNone\t\tSTART
7.750\tbaby\ts\ta\tNone\t\tSTOP
9.000\tNo focal subject\tp\t\t\thm\tPOINT
"""
SECOND = """Observation id,Observation date,Description,Observation duration,Observation type,Source,Time offset (s),\
Media duration (s),FPS,income,Subject,Behavior,Behavioral category,Modifier #1,Modifier #2,Behavior type,Time,Comment
O1,2020-01-01,,60.0,Media,x.mp4,0.0,60.0,25,low,baby,s,,a,None,START,3.300,
O1,2020-01-01,,60.0,Media,x.mp4,0.0,60.0,25,low,baby,s,,a,None,STOP,7.750,
O1,2020-01-01,,60.0,Media,x.mp4,0.0,60.0,25,low,No focal subject,p,,,,POINT,9.000,hm
"""


@pytest.mark.parametrize(("name", "text"), [("first.tsv", FIRST), ("second.csv", SECOND)])
def test_both_generations_of_events_say_the_same(tmp_path, name, text):
    reading = read_bytes(tmp_path, name, text.replace("\n", "\r\n"), "boris_events")
    names = column(reading, "observation")
    assert [reading.observation_name or each for each in names] == ["O1"] * 3
    assert column(reading, "onset") == ["3.300", "7.750", "9.000"]
    assert column(reading, "subject") == ["baby", "baby", "No focal subject"]
    assert column(reading, "code") == ["s", "s", "p"]
    assert [reading.marks[mark.casefold()] for mark in column(reading, "mark")] == ["start", "stop", "point"]
    first = rows(reading)[0][1]
    assert [first[position] for position in reading.cells.modifiers] == ["a", "None"]
    assert reading.notes == ()


def test_the_header_is_the_row_with_our_columns_not_a_variable_called_time(tmp_path):
    reading = read_bytes(tmp_path, "first.tsv", FIRST, "boris_events")
    assert reading.table.header_line == 7


def test_events_as_text_in_a_workbook(tmp_path):
    table = [line.split("\t") for line in FIRST.splitlines()]
    reading = read_bytes(tmp_path, "first.xlsx", sheets({"O1": table})(), "boris_events")
    assert (reading.observation_name, column(reading, "onset")) == ("O1", ["3.300", "7.750", "9.000"])


AGGREGATED = """Observation id,Observation date,Media file,Total length,FPS,Subject,Behavior,Behavioral category,\
Modifiers,Behavior type,Start (s),Stop (s),Duration (s),Comment start,Comment stop
O1,2020-01-01,x.mp4,60.0,25,baby,s,,a   |c ,STATE,1.5,2.5,1.0,,
O1,2020-01-01,x.mp4,60.0,25,baby,p,,,POINT,3.0,3.0,NA,,
"""


def test_aggregated_events_have_both_ends(tmp_path):
    reading = read_bytes(tmp_path, "events.csv", AGGREGATED, "boris_aggregated")
    assert (reading.layout, reading.time_rule) == ("spans", "seconds")
    assert (column(reading, "onset"), column(reading, "offset")) == (["1.5", "3.0"], ["2.5", "3.0"])
    assert [reading.marks[mark.casefold()] for mark in column(reading, "mark")] == ["state", "point"]
    assert reading.cells.duration is None
    assert column(reading, "length") == ["60.0", "60.0"]


def project(tmp_path, events: list, **more) -> object:
    conf = {"0": {"code": "s", "type": "State event"}, "1": {"code": "p", "type": "Point event"}}
    observation = {"type": "LIVE", "time offset": 0.0, "events": events, **more}
    text = json.dumps({"behaviors_conf": conf, "observations": {"O1": observation}}, indent=1)
    return read_bytes(tmp_path, "test.boris", text, "boris_project")


def test_states_toggle_within_subject_code_and_modifiers(tmp_path):
    events = [[1.0, "a", "s", "x", ""], [2.0, "b", "s", "x", ""], [3.0, "a", "s", "y", ""], [4.0, "a", "s", " x ", ""]]
    reading = project(tmp_path, [*events, [5.0, "a", "p", "", ""], [6.0, "b", "s", "x", ""]])
    statuses = [(cells[1], cells[2], cells[6]) for _, cells in rows(reading)]
    assert statuses == [
        ("1.0", "a", "START"),
        ("2.0", "b", "START"),
        ("3.0", "a", "START"),  # never stopped: an odd number of toggles
        ("4.0", "a", "STOP"),
        ("5.0", "a", "POINT"),
        ("6.0", "b", "STOP"),
    ]


def test_toggles_go_by_time_not_by_place_and_lines_are_true(tmp_path):
    reading = project(tmp_path, [[4.0, "", "s", "", ""], [1.5, "", "s", "", ""]])
    assert [(cells[1], cells[2], cells[6]) for _, cells in rows(reading)] == [
        ("1.5", "No focal subject", "START"),
        ("4.0", "No focal subject", "STOP"),
    ]
    text = (tmp_path / "test.boris").read_text().splitlines()
    for line, cells in rows(reading):
        assert text[line - 1].strip() == "["
        assert text[line].strip() == f"{cells[1]},"


def test_numbers_of_a_project_are_never_binary_floats(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"t": [0.1234567890123456789, 1e2, 3, NaN]}')
    document, lines = read_json(path)
    assert document["t"] == ["0.1234567890123456789", "1e2", "3", "NaN"]
    assert all(isinstance(number, Number) for number in document["t"])
    assert lines.at(document["t"]) == 1


def test_lengths_are_those_of_the_first_players_files_in_a_row(tmp_path):
    info = {"length": {"a.mp4": 179.96, "b.mp4": 359.96}, "offset": {"1": 0.0, "2": -20.0}}
    reading = project(tmp_path, [[1, "", "p", "", ""]], file={"1": ["a.mp4", "b.mp4"], "2": []}, media_info=info)
    assert reading.lengths_ms == {"O1": 539_920}
    assert [(note.kind, note.detail) for note in reading.notes] == [
        ("media_offset", "In the observation 'O1', player 2 is offset by -20.0 s.")
    ]


@pytest.mark.parametrize("ending", ["tsv", "xlsx"])
def test_the_real_events_export(tmp_path, ending):
    """Header on row 19, eight rows; subject1 `s` 3 bouts 16.875 s, subject2 7.675 s."""
    reading = read(real(f"boris/test_export_events_tabular.{ending}"), "boris_events", tmp_path)
    assert reading.observation_name == "observation #1"
    assert [line for line, _ in rows(reading)] == list(range(20, 28))
    seconds = defaultdict(Decimal)
    signed = {"START": -1, "STOP": 1}
    both = zip(column(reading, "subject"), column(reading, "onset"), column(reading, "mark"), strict=True)
    for subject, onset, mark in both:
        seconds[subject] += signed[mark] * Decimal(onset)
    assert seconds == {"subject1": Decimal("16.875"), "subject2": Decimal("7.675")}


def test_the_real_aggregated_export(tmp_path):
    path = real("boris/test_export_aggregated_events_test_full_1.tsv")
    reading = read(path, "boris_aggregated", tmp_path)
    assert (reading.width, len(rows(reading))) == (19, 18)
    assert Counter(column(reading, "mark")) == {"STATE": 10, "POINT": 8}


def test_the_real_project(tmp_path):
    """Twelve observations, ten with events; the budgets of observations #1 and #2; an odd number of toggles."""
    reading = read(real("boris/test.boris"), "boris_project", tmp_path)
    states = defaultdict(Decimal)
    toggles = Counter()
    for _, (name, onset, subject, code, modifier, _, status) in rows(reading):
        states[(name, subject, code, modifier)] += {"START": -1, "STOP": 1, "POINT": 0}[status] * Decimal(onset)
        toggles[(name, code)] += 1
    assert states[("observation #1", "subject1", "s", "")] == Decimal("16.875")
    assert states[("observation #1", "subject2", "s", "")] == Decimal("7.675")
    assert states[("observation #2", "No focal subject", "s", "")] == Decimal("59.625")
    assert states[("modifiers", "No focal subject", "r", "m1")] == Decimal("8.775")
    assert states[("modifiers", "No focal subject", "r", "None")] == Decimal("10.4")
    assert toggles[("live not paired", "s")] == 7
    assert Counter(note.kind for note in reading.notes) == {"media_offset": 2, "no_rows": 2}
    assert len({cells[0] for _, cells in rows(reading)}) == 10
