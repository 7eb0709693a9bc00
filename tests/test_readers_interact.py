"""Mangold INTERACT: levels, one class per row, video time, and gaps of one frame."""

from decimal import Decimal

import pytest

from pipeline.errors import UnreadableFile
from pipeline.readers.reading import Reading
from tests.reading_parts import read_bytes, rows
from tests.test_readers_elan import drawn, kinds
from tests.tiered_files import INTERACT
from tests.tiny import Tiny

SESSION = "1,DataGroup,1,,,,,\n2,DataSet,1,2325,2335,10,,\n"
BOUTS = "3,Event,1,2325,2329.04,4.04,Smile,\n3,Event,2,2329.08,2335,5.92,Neutral,\n"


def interact(folder, text: str, **entry) -> Reading:
    return read_bytes(folder, "OBS.csv", text, "interact_csv", **entry)


def test_times_count_from_the_start_of_the_session(tmp_path):
    reading = interact(tmp_path, INTERACT + SESSION + BOUTS)
    assert drawn(reading) == ["Face Face Smile 0-4.04", "Face Face Neutral 4.08-10"]
    assert reading.lengths_ms == {"OBS": 10_000} and kinds(reading) == ["video_time"]
    assert reading.notes[0].detail == "Times count from the video's start; the session runs from 2325 s to 2335 s."
    assert [line for line, _ in rows(reading)] == [2, 3, 4, 5]


def test_the_manifest_may_say_the_origin_itself(tmp_path):
    reading = interact(tmp_path, INTERACT + SESSION + BOUTS, time_offset_ms=-2_325_000)
    assert [(one.onset, one.offset) for one in reading.events()] == [("2325", "2329.04"), ("2329.08", "2335")]


def test_without_a_session_times_stay_and_that_is_said(tmp_path):
    reading = interact(tmp_path, INTERACT + BOUTS)
    assert next(iter(reading.events())).onset == "2325"
    assert kinds(reading) == ["no_session"] and reading.lengths_ms == {}


def test_the_order_of_classes_does_not_matter(tmp_path):
    """The same events with the classes the other way round."""
    turned = "\n".join(
        ",".join([*row.split(",")[:6], *row.split(",")[:5:-1]]) for row in (INTERACT + SESSION + BOUTS).splitlines()
    )
    assert drawn(interact(tmp_path, turned)) == drawn(interact(tmp_path, INTERACT + SESSION + BOUTS))


def test_a_row_of_no_class_is_a_marker_and_one_of_two_is_two_events(tmp_path):
    reading = interact(tmp_path, INTERACT + SESSION + "3,Event,1,2326,2327,1,,\n3,Event,2,2327,2328,1,Smile,Sing\n")
    assert drawn(reading) == ["Face Face Smile 2-3", "Voice Voice Sing 2-3"]
    assert [(note.kind, note.count) for note in reading.notes] == [("video_time", 1), ("markers", 1)]


def test_a_level_nobody_knows_is_refused(tmp_path):
    reading = interact(tmp_path, INTERACT + SESSION + "4,Event,1,2326,2327,1,Smile,\n" + BOUTS)
    (note,) = [note for note in reading.notes if note.rejects_row]
    assert (note.kind, note.line) == ("unknown_level", 4) and len(drawn(reading)) == 2


def test_classes_are_mapped_by_the_manifest(tmp_path):
    tiers = {"Face": {"subject": "caregiver1", "behaviour_group": "face"}}
    reading = interact(tmp_path, INTERACT + SESSION + BOUTS + "3,Event,3,2326,2327,1,,Sing\n", tiers=tiers)
    assert drawn(reading) == ["caregiver1 face Smile 0-4.04", "caregiver1 face Neutral 4.08-10"]
    assert kinds(reading) == ["tier_not_read", "video_time"]


def test_german_numbers(tmp_path):
    text = (INTERACT + SESSION + BOUTS).replace(".", "%").replace(",", ";").replace("%", ",")
    reading = interact(tmp_path, text)
    assert drawn(reading) == ["Face Face Smile 0-4.04", "Face Face Neutral 4.08-10"]
    assert kinds(reading) == ["decimal_comma", "video_time"]


def test_a_time_that_is_none_is_left_for_the_rule(tmp_path):
    """A clock of frames stays as it is and is refused as a time that cannot be read."""
    study = Tiny(tmp_path, {"OBS": 10})
    study.write("OBS.csv", INTERACT + SESSION + BOUTS + "3,Event,3,00:38:50:12,2335,,Cry,\n3,Event,4,,2335,,Cry,\n")
    study.coded = '\n[[coded]]\nfiles = ["OBS.csv"]\nformat = "interact_csv"\nsubject = "infant"\ntool_step_ms = [40]\n'
    done = study.run()
    assert done.events("OBS") == ["infant Smile 0-4080 [gap_closed]", "infant Neutral 4080-10000"]
    assert done.issues("unreadable_time") == [
        "error unreadable_time: OBS.csv, line 6: the time '00:38:50:12' cannot be read as seconds. | The row was "
        "refused. Correct it in the coding tool and import again.",
        "error unreadable_time: OBS.csv, line 7: the row has no time. | The row was refused. Correct it in the coding "
        "tool and import again.",
    ]
    assert done.ask("SELECT rows, accepted, rejected, blank FROM source WHERE format = 'interact_csv'") == [
        (6, 2, 2, 2)
    ]


def test_the_columns_of_classes_must_be_there(tmp_path):
    with pytest.raises(UnreadableFile, match="^OBS.csv: there is no column of a class after Duration_Time"):
        interact(tmp_path, INTERACT.replace(",Face,Voice", "") + "2,DataSet,1,0,1,1\n")


def test_gaps_of_one_frame_are_closed_and_longer_ones_stay(tmp_path):
    """46 bouts in a session of 320.40 s with 43 gaps of 40 ms and 2 of 80: they add up to 318.52 s, closed 320.24."""
    gaps = [Decimal("0.04")] * 45
    gaps[10] = gaps[30] = Decimal("0.08")
    length = (Decimal("318.52") / 46).quantize(Decimal("0.04"))
    lengths = [length] * 45 + [Decimal("318.52") - 45 * length]
    at, lines = Decimal(2325), ["2,DataSet,1,2325,2645.4,320.4,,\n"]
    for number, (lasts, gap) in enumerate(zip(lengths, [*gaps, Decimal(0)], strict=True)):
        code = ("Smile", "Neutral")[number % 2]
        lines.append(f"3,Event,{number + 1},{at},{at + lasts},{lasts},{code},\n")
        at += lasts + gap
    assert at == Decimal("2645.4")
    study = Tiny(tmp_path, {"OBS": ""})
    study.write("OBS.csv", INTERACT + "".join(lines))
    study.coded = '\n[[coded]]\nfiles = ["OBS.csv"]\nformat = "interact_csv"\nsubject = "infant"\ntool_step_ms = [40]\n'
    done = study.run()
    assert done.ask("SELECT count(*), sum(offset_ms - onset_ms)::INT FROM event") == [(46, 320_240)]
    assert done.ask("SELECT end_ms FROM observation") == [(320_400,)]
    assert done.issues("gap_closed") == [
        "info gap_closed: OBS.csv: gaps of one tool step between codes of an exclusive group: 43, together 1720 ms. | "
        "They were closed: the earlier code ends where the next begins."
    ]
