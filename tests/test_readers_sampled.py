"""Observer XT sampled exports: repeated blocks of columns, one row per time step."""

import gzip

import duckdb
import pytest

from pipeline.readers.observer_sampled import clock_seconds, find_channels
from pipeline.readers.reading import Channel
from tests.reading_parts import column, read, read_bytes, real, rows

NAMES = ["Time", "Observation", "Subject", "Behavior", "Modifier_1", "Subject", "Behavior", "Comment"]
NAMES += ["Subject", "Behavior", "Modifier_1", "Modifier_2", "ID"]
SMALL = """Time_Relative_hmsf,Time_Relative_sf,Observation,Subject,Behavior,Modifier_1,Comment,Subject,Behavior
00:00:00,0,O1,Child,Positive,2,,Adult,Speech
00:00:00,0.066666,O1,Child,Positive,3,,,
00:00:00,0.133333,O1,,,,,Adult,Speech
"""
CHANNELS = (Channel(3, 4, 5), Channel(7, 8))


def test_blocks_end_at_the_next_subject_or_at_a_name_that_is_neither():
    assert find_channels(NAMES) == (Channel(2, 3, 4), Channel(5, 6, None), Channel(8, 9, 10))


@pytest.mark.parametrize("name", ["small.csv", "small.csv.gz"])
def test_channels_times_and_blanks(tmp_path, name):
    content = gzip.compress(SMALL.encode(), mtime=0) if name.endswith("gz") else SMALL.encode()
    reading = read_bytes(tmp_path, name, content, "observer_sampled")
    assert (reading.layout, reading.time_rule, reading.cells.channels) == ("samples", "seconds", CHANNELS)
    assert column(reading, "onset") == ["0", "0.066666", "0.133333"]
    assert [cells[7:9] for _, cells in rows(reading)] == [["Adult", "Speech"], ["", ""], ["Adult", "Speech"]]
    assert reading.table.path.read_bytes() == SMALL.encode()


def test_groups_of_the_manifest_are_given_in_order(tmp_path):
    reading = read_bytes(tmp_path, "small.csv", SMALL, "observer_sampled", channels=["affect", "speech"])
    assert [channel.behaviour_group for channel in reading.cells.channels] == ["affect", "speech"]


def test_coarse_seconds_give_way_to_clock_and_milliseconds(tmp_path):
    text = "Time_Relative_hms,Time_Relative_f,Time_Relative_sf,Observation,Subject,Behavior\n"
    text += "00:32:05,712.5,1925.71,O1,Child,Positive\n00:32:05,,1925.78,O1,Child,Positive\n"
    reading = read_bytes(tmp_path, "small.csv", text, "observer_sampled")
    assert (reading.time_rule, reading.width, reading.table) == ("seconds", 7, None)
    assert column(reading, "onset") == ["1925.7125", "1925"]


@pytest.mark.parametrize(
    ("clock", "fraction", "seconds"),
    [("00:01:40", "66.666", "100.066666"), ("00:01:40.5", "0", "100.5"), ("00:01:40", "66,666", "100.066666")]
    + [("x", "1", ""), ("00:01:40", "x", ""), ("", "", "")],
)
def test_clock_and_milliseconds_become_exact_seconds(clock, fraction, seconds):
    assert clock_seconds(clock, fraction) == seconds


def test_a_second_modifier_of_a_channel_is_said_not_to_be_read(tmp_path):
    text = "Time_Relative_sf,Observation,Subject,Behavior,Modifier_1,Modifier_2\n0,O1,Child,Positive,a,b\n"
    (note,) = read_bytes(tmp_path, "small.csv", text, "observer_sampled").notes
    assert (note.kind, note.detail) == ("modifier_not_read", "1 channels have more than one modifier.")


BLANKS = """
    SELECT count(*), count(DISTINCT c4), count(*) FILTER (c12 = ''), count(*) FILTER (c21 = ''),
           count(*) FILTER (c6 = '' OR c9 = '' OR c14 = '' OR c17 = '' OR c23 = '')
    FROM read_csv($path, auto_detect = false, columns = $columns, delim = ',', quote = '"', header = false, skip = 1,
                  nullstr = '(none)')
"""


def test_the_play_data_have_their_known_shape(tmp_path):
    """509,998 rows x 32 columns, 289 recordings, 7 channels, 4 with a modifier; only pointing is ever blank."""
    reading = read(real("play_interactions_15hz/observer_sampled_15hz.csv.gz"), "observer_sampled", tmp_path)
    assert (reading.width, reading.table.data_lines, reading.table.header_line) == (32, 509_998, 1)
    assert (reading.notes, reading.time_rule) == ((), "seconds")
    channels = reading.cells.channels
    assert [channel.code for channel in channels] == [6, 9, 12, 14, 17, 21, 23]
    assert [channel.modifier for channel in channels] == [7, 10, None, 15, 18, None, None]
    columns = {f"c{number}": "VARCHAR" for number in range(32)}
    with duckdb.connect() as connection:
        found = connection.execute(BLANKS, {"path": str(reading.table.path), "columns": columns}).fetchall()
    assert found == [(509_998, 289, 3_617, 124_887, 0)]
    first = next(reading.chunks())
    assert (len(first), first[0][0], first[-1][0]) == (200_000, 2, 200_001)
    start = [cells for _, cells in first if cells[4] == first[0][1][4]]
    assert all(abs(float(cells[3]) - number / 15) < 0.0011 for number, cells in enumerate(start))
