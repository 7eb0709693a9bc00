"""Datavyu: the grammar of a project, cells that hold several codes, and the table that says the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile
from pipeline.readers.datavyu import split_escaped
from pipeline.readers.reading import Reading
from tests.reading_parts import read, read_bytes, real, rows
from tests.test_readers_elan import drawn, kinds
from tests.tiered_files import DB, HANDS, opf
from tests.tiny import Tiny

CELL = "00:00:01:500,00:00:04:000,(left,1)\r\n"
TABLE = "file,column,ordinal,onset,offset,hand,look\n"


def project(folder, database: str, **entry) -> Reading:
    return read_bytes(folder, "OBS.opf", opf(database), "datavyu", **entry)


def test_every_filled_code_of_a_cell_is_an_event(tmp_path):
    reading = project(
        tmp_path, DB + HANDS + CELL + "00:00:05:000,00:00:05:000,(,2)\r\n00:01:00:000,01:00:00:001,(.,)\r\n"
    )
    assert drawn(reading) == ["hands hand left 1500-4000", "hands look 1 1500-4000", "hands look 2 5000-5000"]
    assert [(line, cells[1], cells[4]) for line, cells in rows(reading)] == [
        (3, "1", "(left,1)"),
        (4, "2", "(,2)"),
        (5, "3", "(.,)"),
    ]


def test_hidden_columns_are_data(tmp_path):
    reading = project(tmp_path, DB + HANDS.replace("true", "false") + CELL)
    assert len(drawn(reading)) == 2
    assert [note.detail for note in reading.notes] == ["Hidden in Datavyu: 'hands'."]


@pytest.mark.parametrize(
    "head",
    ["#4\r\nhands (MATRIX,true,)-hand|NOMINAL,look|NOMINAL", "#2\nhands (MATRIX)-hand|NOMINAL,look|NOMINAL",
     "#4\nhands (MATRIX,true,a comment \\, with (brackets))-hand|TEXT,look|TEXT"],
)  # fmt: skip
def test_variants_of_the_head_mean_the_same(tmp_path, head):
    assert drawn(project(tmp_path, f"{head}\n{CELL}")) == ["hands hand left 1500-4000", "hands look 1 1500-4000"]


def test_a_column_without_codes_has_one_value(tmp_path):
    reading = project(tmp_path, DB + "trial (NOMINAL,true,)\r\n00:00:00:000,00:00:01:000,warm\\, up\r\n")
    assert drawn(reading) == ["trial value warm, up 0-1000"]


def test_escapes_in_names_and_values(tmp_path):
    database = DB + "left\\-right (MATRIX,true,)-to\\-or\\-fro|NOMINAL\r\n00:00:00:000,00:00:01:000,(a\\,b \\(c\\))\r\n"
    assert drawn(project(tmp_path, database)) == ["left-right to-or-fro a,b (c) 0-1000"]


def test_a_value_may_go_on_in_the_next_line(tmp_path):
    database = DB + HANDS + "00:00:00:000,00:00:01:000,(two\\\r\nlines,1)\r\n" + CELL
    reading = project(tmp_path, database)
    assert drawn(reading)[0] == "hands hand two lines 0-1000"
    assert [line for line, _ in rows(reading)] == [3, 5]


@settings(max_examples=50)
@given(st.lists(st.text("ab,\\()-| ", max_size=6), min_size=1, max_size=4))
def test_what_was_escaped_comes_back(values):
    escaped = ",".join("".join(f"\\{letter}" if letter in "\\,()-|" else letter for letter in one) for one in values)
    assert split_escaped(escaped, ",") == values


@pytest.mark.parametrize(
    "cell",
    ["00:00:01:500,00:00:04:000,(left)", "00:00:01:500,00:00:04:000,(left,1,2)", "00:00:01:500,00:00:04:000",
     "00:00:01:500,00:00:04:000,(left,1", "00:00:01:500,00:00:04:000,(left,1\\)", "12345"],
)  # fmt: skip
def test_a_cell_that_does_not_fit_its_column_is_refused(tmp_path, cell):
    reading = project(tmp_path, DB + HANDS + cell + "\r\n" + CELL)
    assert drawn(reading) == ["hands hand left 1500-4000", "hands look 1 1500-4000"]
    (note,) = reading.notes
    assert (note.kind, note.line, note.rejects_row, len(rows(reading))) == ("malformed_cell", 3, True, 2)
    assert note.detail == "The cell 1 of 'hands' does not hold 2 values in brackets after its two times."


def test_a_second_coder_is_a_column(tmp_path):
    """Both columns are of the infant and of one group; the second coder saw one block only."""
    second = "hands_rel (MATRIX,true,)-hand|NOMINAL,look|NOMINAL\r\n00:00:02:000,00:00:04:000,(both,)\r\n"
    tiers = {
        "hands.hand": {"subject": "infant"},
        "hands_rel.hand": {"subject": "infant", "coder": "second"},
    }
    reading = project(tmp_path, DB + HANDS + CELL + second, tiers=tiers, coder="first")
    assert drawn(reading) == ["infant hand left 1500-4000", "infant hand both 2000-4000 by second"]


def test_a_code_may_qualify_another_or_the_column_itself(tmp_path):
    tiers = {"hands.hand": {"subject": "infant", "modifiers": ["look"]}}
    assert drawn(project(tmp_path, DB + HANDS + CELL, tiers=tiers)) == ["infant hand left (1) 1500-4000"]
    tiers = {"hands": {"subject": "infant", "modifiers": ["look"]}}
    assert drawn(project(tmp_path, DB + HANDS + CELL, tiers=tiers)) == ["infant hand left (1) 1500-4000"]
    tiers = {"hands": {"subject": "infant", "code": "Reach"}}
    assert drawn(project(tmp_path, DB + HANDS + CELL, tiers=tiers)) == ["infant hands Reach 1500-4000"]
    tiers = {"hands": {"subject": "infant", "code": "Reach", "modifiers": ["hand", "look"], "behaviour_group": "hands"}}
    assert drawn(project(tmp_path, DB + HANDS + CELL, tiers=tiers)) == ["infant hands Reach (left|1) 1500-4000"]


def test_a_whole_import_counts_cells_not_codes(tmp_path):
    """Four cells: one of two codes, one empty, one that ends before it starts, one of a code nobody knows."""
    study = Tiny(tmp_path, {"OBS": 10})
    columns = "face (MATRIX,true,)-mouth|NOMINAL,hands|NOMINAL\r\n"
    cells = ("(Smile,Reach)", "(,)", "(Neutral,)", "(Grin,Wave)")
    times = ("01:000,00:00:02:000", "02:000,00:00:03:000", "05:000,00:00:04:000", "05:000,00:00:06:000")
    lines = [f"00:00:{time},{cell}\r\n" for time, cell in zip(times, cells, strict=True)]
    study.write("OBS.opf", opf(DB + columns + "".join(lines)))
    study.coded = '\n[[coded]]\nfiles = ["OBS.opf"]\nformat = "datavyu"\nsubject = "infant"\n'
    done = study.run()
    assert done.events("OBS") == ["infant Reach 1000-2000", "infant Smile 1000-2000", "infant Wave 5000-6000"]
    assert done.outcomes() == {
        ("OBS.opf", 3): "accepted",
        ("OBS.opf", 4): "blank",
        ("OBS.opf", 5): "offset_before_onset",
        ("OBS.opf", 6): "unknown_code",
    }
    assert done.ask("SELECT rows, accepted, rejected, blank FROM source WHERE format = 'datavyu'") == [(4, 1, 2, 1)]
    assert [line.split(" | ")[0] for line in done.issues("offset_before_onset", "unknown_code")] == [
        "error offset_before_onset: OBS.opf, line 5: 'Neutral' of the infant ends at 4 s, before it starts at 5 s.",
        "error unknown_code: OBS.opf, line 6: code 'Grin' is not in scheme tiny. Known codes: Bodily Sounds, Bodily "
        "sounds, Clap, Cry, Hidden, Hum, Neutral, Other, Reach, Sing, Smile, Wave.",
    ]


def test_recordings_may_be_split_by_subject(tmp_path):
    study = Tiny(tmp_path, {"OBS / hands": 10})
    study.write("OBS.opf", opf(DB + "hands (MATRIX,true,)-hands|NOMINAL\r\n00:00:01:000,00:00:02:000,(Reach)\r\n"))
    study.coded = '\n[[coded]]\nfiles = ["OBS.opf"]\nformat = "datavyu"\nsplit_subjects = true\nsubject = "infant"\n'
    assert study.run().events("OBS / hands") == ["infant Reach 1000-2000"]


def test_the_table_says_the_same_as_the_project(tmp_path):
    table = TABLE + "OBS,hands,1,1500,4000,left,1\nOBS,hands,2,00:00:05:000,5000,,2\n\n"
    reading = read_bytes(tmp_path, "cells.csv", table, "datavyu_csv")
    assert drawn(reading) == ["hands hand left 1500-4000", "hands look 1 1500-4000", "hands look 2 5000-5000"]
    assert {one.observation for one in reading.events()} == {"OBS"}


def test_the_table_of_other_scripts(tmp_path):
    table = "code,onset,offset,code.value\nhands,0,1000,left\nlook,5,6,1\n"
    reading = read_bytes(tmp_path, "OBS.csv", table, "datavyu_csv")
    assert drawn(reading) == ["hands value left 0-1000", "look value 1 5-6"]
    assert reading.observation_name == "OBS"


def test_rows_that_do_not_fit_give_no_events(tmp_path):
    table = TABLE + 'OBS,hands,1,0,1000,left,1\nOBS,hands,2\nOBS,"hands,3,0,1000,left,1\n'
    reading = read_bytes(tmp_path, "cells.csv", table, "datavyu_csv")
    assert len(drawn(reading)) == 2 and len(rows(reading)) == 3
    assert [note.kind for note in reading.found] == ["ragged_row", "unterminated_quote"]


def test_columns_the_manifest_does_not_name_are_said(tmp_path):
    reading = project(tmp_path, DB + HANDS + CELL + "id (MATRIX,true,)-n|NOMINAL\r\n", tiers={"hands": {}})
    assert kinds(reading) == ["tier_not_read"] and "'id'" in reading.notes[0].detail


@pytest.mark.parametrize("tiers", [{"hand": {}}, {"hands.eye": {}}])
def test_a_column_the_file_lacks_is_named(tmp_path, tiers):
    with pytest.raises(UnreadableFile, match=r"^OBS.opf: the column 'hand.*' is missing\. Did you mean 'hands"):
        project(tmp_path, DB + HANDS + CELL, tiers=tiers)


@pytest.mark.parametrize(("number", "cells"), [(1, (50, 50)), (2, (33, 100)), (3, (3, 5))])
def test_real_projects_and_their_tables_agree_cell_for_cell(tmp_path, number, cells):
    whole = read(real(f"datavyu/dyad{number}.opf"), "datavyu", tmp_path)
    spoken = sorted(drawn(whole))
    parts = []
    for column, expected in zip(("childhands", "parenthands"), cells, strict=True):
        table = read(real(f"datavyu/{column}__dyad{number}.csv"), "datavyu_csv", tmp_path)
        assert len(rows(table)) == expected
        assert [row for _, row in rows(whole) if row[0] == column][-1][1] == str(expected)
        parts += drawn(table)
    assert sorted(parts) == spoken and {one.observation for one in whole.events()} == {f"dyad{number}"}


def test_the_cell_that_ends_before_it_starts(tmp_path):
    (late,) = [one for one in read(real("datavyu/dyad3.opf"), "datavyu", tmp_path).events() if one.code == "l"]
    assert (late.line, late.onset, late.offset) == (5, "3234290", "3155076")
