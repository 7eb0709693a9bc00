"""Imports of face tracks: from an OpenFace table to smiles in the database, by pictures with known frames."""

import os
import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from db import connect, queries, queries_smiles
from pipeline.errors import ManifestError, StudyError, UnreadableFile
from pipeline.steps import track_store
from pipeline.steps.import_study import import_study
from pipeline.steps.issues import begun_small
from tests.bad_files.openface import NOTED, REFUSED
from tests.openface_tables import SMALL
from tests.openface_tables import table as openface_table
from tests.tiny import CONTENT, STUDY, Imported, Tiny, entry
from tests.track_pictures import COLUMNS, SMILE, TRACKS, rows, study, table

ROOT = Path(__file__).parents[1]
TWO_SMILES = (SMILE, (140, 150, 160, 180))
PHASES = ["caregiver1 Smile onset 2000-2400", "caregiver1 Smile apex 2400-3200", "caregiver1 Smile offset 3200-4000"]
LATER = ["caregiver1 Smile onset 5600-6000", "caregiver1 Smile apex 6000-6400", "caregiver1 Smile offset 6400-7200"]
UNUSED = "Nothing of this file was used."
MADE = CONTENT | {
    "track": "SELECT t.* EXCLUDE (source_id), s.path FROM track t JOIN source s USING (source_id)",
    "smile": "SELECT * FROM smile",
    "speech": "SELECT p.* EXCLUDE (source_id), s.path FROM speech p JOIN source s USING (source_id)",
    "speech_track": "SELECT p.* EXCLUDE (source_id), s.path FROM speech_track p JOIN source s USING (source_id)",
    "smile_parameter": "SELECT * FROM smile_parameter",
    "names": "SELECT o.* EXCLUDE (source_id), s.path FROM source_observation o JOIN source s USING (source_id)",
}
"""What a reader of the study sees that does not depend on when and how often it was imported."""


def made(found: Imported) -> dict[str, list[tuple]]:
    return {name: sorted(found.ask(question), key=repr) for name, question in MADE.items()}


def from_scratch(one: Tiny) -> Imported:
    """The same files imported into a new study folder."""
    home = one.folder / "again"
    return Imported(import_study(one.manifest(), home, report=lambda line: None), [])


def speech(*lines: str) -> str:
    return "observation_id,onset,offset,unit\n" + "".join(f"{line}\n" for line in lines)


SPEECH = '\n[tables.speech]\nfile = "speech.csv"\n'


@pytest.fixture
def one(tmp_path) -> Tiny:
    """One recording of 8 s whose track holds two smiles."""
    made = study(tmp_path)
    made.write("/tracks/O1.csv", table(rows(TWO_SMILES)))
    return made


@pytest.fixture
def read_no_more(monkeypatch) -> None:
    """From here on a table that is read would be a fault."""
    monkeypatch.setattr(track_store, "read_openface", lambda path: pytest.fail(f"{path.name} was read again"))


# ---- one track ------------------------------------------------------------------------------------------------------


def test_phases_of_smiles_are_events_at_their_frames(one):
    found = one.run()
    assert found.said == ["Generation 1 is published: 1 file read, 0 unchanged."]
    assert found.events(coder="openface") == PHASES + LATER
    assert found.ask("SELECT start_line, stop_line FROM event ORDER BY onset_ms")[:3] == [(51, 61), (61, 81), (81, 101)]
    assert found.ask("SELECT episode, status, reason, onset_s, apex_s, offset_s, end_s, smile_number FROM smile") == [
        (1, "ok", "", 2.0, 2.4, 3.2, 4.0, 1),
        (2, "ok", "", 5.6, 6.0, 6.4, 7.2, 2),
    ]
    # The radius grows from 35 to 47 px, and half of the mouth was 30 px wide: by 12 / 30 IR, in 0.4 s, back in 0.8 s.
    [features] = found.ask("SELECT * FROM smile WHERE episode = 1")
    assert features[12:20] == pytest.approx((0.4, 0.4, 1.0, 0.5, 0.4, 0.8, 0.8, 2.0))
    assert found.ask("SELECT coder_id, kind, observations FROM coder") == [("openface", "model", 1)]
    assert found.ask(
        "SELECT scheme, behaviour_group, is_primary, primary_reason, coded_ms, unobservable_ms, events FROM coding"
    ) == [("smiles", "smile_phases", True, "measured on a face track", 3600, 0, 6)]
    durations = found.ask("SELECT code, ms, bouts FROM duration ORDER BY code")
    assert durations == [("Smile apex", 1200, 2), ("Smile offset", 1600, 2), ("Smile onset", 800, 2)]
    assert found.issues() == []


def test_the_track_is_what_a_statement_on_the_file_itself_finds(tmp_path):
    """Second road: frames, coverage, times and mean AU12 by one DuckDB statement on the lab's table."""
    one = study(tmp_path)
    shaky = rows(TWO_SMILES, frames=190)
    for row in shaky[20:40]:
        row[COLUMNS.index("confidence")] = "0.79"
    shaky[5][COLUMNS.index("confidence")] = "0.8"
    path = one.write("/tracks/O1.csv", table(shaky))
    found = one.run()
    question = (
        "SELECT count(*), count(*) FILTER (confidence >= 0.8), min(timestamp), max(timestamp), avg(AU12_r) "
        "FROM read_csv($path, header = true, delim = ',')"
    )
    with duckdb.connect() as connection:
        [(frames, confident, start, end, mean)] = connection.execute(question, {"path": str(path)}).fetchall()
    [track] = found.ask("SELECT frames, confident_frames, start_s, end_s, fps, face, faces, unfit, file FROM track")
    assert track[:8] == (frames, confident, start, end, 25.0, 0, 1, "") and (frames, confident) == (190, 170)
    stored = queries_smiles.track_frames(tmp_path / "home" / track[8], 0)
    assert stored["au12"].mean() == pytest.approx(mean) and len(stored) == frames
    assert stored["distance_mm"].tolist() == [500.0] * frames and stored["x_48"][0] == 70.0


def test_rows_are_accepted_or_refused_and_counted(tmp_path):
    """Of 200 frames two have no time and two stand twice; one line is broken off."""
    one = study(tmp_path)
    frames = rows()
    frames[3][COLUMNS.index("timestamp")] = frames[4][COLUMNS.index("timestamp")] = "nan"
    text = table(frames + [frames[10], frames[11]]) + "12, 0, 3"
    one.write("/tracks/O1.csv", text)
    found = one.run()
    counts = found.ask("SELECT rows, accepted, rejected, blank FROM source WHERE content = 'track'")
    assert counts == [(203, 198, 5, 0)]
    assert found.outcome.rows == 203 + 1 and found.outcome.rejected == 5
    assert {line.split(":")[0] for line in found.issues()} == {
        "error ragged_row", "warning no_time", "warning repeated_time",
    }  # fmt: skip
    assert found.ask("SELECT sum(count) FROM issue") == [(5,)]
    assert found.events() == PHASES


def test_a_track_without_smiles_was_still_measured(tmp_path):
    one = study(tmp_path)
    one.write("/tracks/O1.csv", table(rows(())))
    found = one.run()
    assert found.ask("SELECT count(*) FROM smile") == [(0,)]
    assert found.ask("SELECT coder_id, events, is_primary FROM coding") == [("openface", 0, True)]


@pytest.mark.parametrize(
    ("without", "kind", "words"),
    [(("AU12_r",), "no_au12", "the intensity of AU12"), (("x_48", "y_48"), "no_landmarks", "the 2-D landmarks")],
)
def test_a_track_that_cannot_give_smiles_is_kept_and_named(tmp_path, without, kind, words):
    one = study(tmp_path)
    one.write("/tracks/O1.csv", table(rows(), without=without))
    found = one.run()
    [(unfit, frames)] = found.ask("SELECT unfit, frames FROM track")
    assert words in unfit and frames == 200
    assert found.ask("SELECT count(*) FROM smile") == found.ask("SELECT count(*) FROM coding") == [(0,)]
    [issue] = found.issues(kind)
    assert issue.endswith("| No smiles are measured on it.")


def test_speech_takes_smiles_away_in_the_time_of_the_recording(one):
    """Speech from 3.9 s on meets the first smile, which ends at 4.0 s; 5 ms of it in the second are too short."""
    one.write("/speech.csv", speech("O1,3900,4500,ms", "O1,6.1,6.105,s", "O1,7.3,9,s"))
    one.write("/tracks/O1.csv", table(rows(TWO_SMILES, start_s=1.0)))
    one.tail += "offset_ms = 1000\n" + SPEECH
    found = one.run()
    assert found.ask("SELECT status, reason, smile_number FROM smile") == [("rejected", "speech", None), ("ok", "", 1)]
    assert found.events() == LATER
    heard = found.ask("SELECT onset_ms, offset_ms, origin, path FROM speech JOIN source USING (source_id)")
    assert heard == [(a, b, "table", "speech.csv") for a, b in ((3900, 4500), (6100, 6105), (7300, 9000))]


def test_rows_of_speech_that_cannot_be_used_are_refused(one):
    lines = ("O2,1,2,s", ",1,2,s", "O1,1,2,min", "O1,x,2,s", "O1,2,1,s", "O1,1,2,s", "o1,1,2,s")
    one.write("/speech.csv", speech(*lines))
    one.tail += SPEECH
    found = one.run()
    kinds = found.ask("SELECT kind, line FROM issue WHERE file = 'speech.csv' AND severity = 'error' ORDER BY line")
    assert kinds == [
        ("unknown_observation", 2), ("missing_id", 3), ("unknown_unit", 4), ("unreadable_time", 5),
        ("offset_before_onset", 6), ("unknown_observation", 8),
    ]  # fmt: skip
    assert found.ask("SELECT rows, accepted, rejected FROM source WHERE path = 'speech.csv'") == [(7, 1, 6)]
    assert found.ask("SELECT onset_ms, offset_ms FROM speech") == [(1000, 2000)]


# ---- whose face, which recording ------------------------------------------------------------------------------------


def test_the_face_that_is_seen_best_is_followed_and_that_is_said(tmp_path):
    """Face 0 is a passer-by without smiles, face 3 the caregiver; the manifest may say otherwise."""
    one = study(tmp_path)
    one.write("/tracks/O1.csv", table(rows((), confidence=0.6), rows((SMILE,), face=3)))
    found = one.run()
    assert found.ask("SELECT face, faces, frames FROM track") == [(3, 2, 200)] and found.events() == PHASES
    [issue] = found.issues("several_faces")
    assert "the file holds 2 faces: 0 (200 rows), 3 (200 rows)" in issue
    one.tail = TRACKS + 'faces = { "O1" = 0, "other" = 9 }\n'
    found = one.run()
    assert found.ask("SELECT face FROM track") == [(0,)] and found.issues() == [] and found.events() == []
    one.tail = TRACKS + "face = 2\n"
    found = one.run()
    assert found.ask("SELECT count(*) FROM track") == [(0,)]
    assert found.issues() == [
        f"error face_absent: O1.csv: the manifest names face 2, and the file holds 0, 3. | {UNUSED} "
        "Correct face or faces in the manifest."
    ]


def test_names_of_files_say_the_recording(tmp_path):
    """A pattern, corrections and a mapping; an offset by entry, and one from the video in the media table."""
    one = study(tmp_path, A=8, B=8, C=8)
    for number, name in enumerate(("cam_a_face", "B", "mum-C", "D", "D2")):
        one.write(f"/tracks/{name}.csv", table(rows((SMILE,), start_s=1.0, frames=200 - number)))
    one.write("/media.csv", "observation_id,view,path,offset_ms\nB,parent_camera,b.mp4,500\n")
    one.tail = """
[tables.media]
file = "media.csv"
[[tracks]]
files = ["tracks/cam*.csv"]
format = "openface"
observation = '^cam_(?P<observation>.+)_face$'
observation_ids = { a = "A" }
offset_ms = 1000
[[tracks]]
files = ["tracks/B.csv", "tracks/mum*.csv", "tracks/D*.csv"]
format = "openface"
corrections = { "mum-C" = "C" }
view = "parent_camera"
"""
    found = one.run()
    assert found.ask("SELECT observation_id, offset_ms, start_s FROM track ORDER BY ALL") == [
        ("A", 1000, 1.0), ("B", 500, 1.0), ("C", 0, 1.0),
    ]  # fmt: skip
    assert [found.events(name)[0] for name in "ABC"] == [
        f"caregiver1 Smile onset {t}-{t + 400}" for t in (2000, 2500, 3000)
    ]
    assert found.ask("SELECT name, observation_id, coder_id FROM source_observation ORDER BY name")[:2] == [
        ("B", "B", "openface"), ("D", "D", "openface"),
    ]  # fmt: skip
    assert found.issues("track_of_unknown_recording") == [
        f"error track_of_unknown_recording: {name}.csv: recording '{name}' is not in the observations table. | "
        f"{UNUSED} Add the recording to the table, or map its name in the manifest (corrections, observation_ids), "
        "and import again."
        for name in ("D", "D2")
    ]
    [said] = found.issues("no_video_for_track")
    assert said.startswith("warning no_video_for_track: mum-C.csv: C has no video of view 'parent_camera'")
    counts = found.ask("SELECT path, accepted, rejected FROM source WHERE path LIKE '%/D%' ORDER BY path")
    assert counts == [("tracks/D.csv", 0, 197), ("tracks/D2.csv", 0, 196)]


def test_two_tracks_of_one_face_are_refused_by_name(tmp_path):
    one = study(tmp_path)
    one.write("/tracks/O1.csv", table(rows((SMILE,))))
    one.write("/tracks/O1_b.csv", table(rows(TWO_SMILES)))
    one.write("/tracks/O1_infant.csv", table(rows(((30, 35, 40, 60),))))
    one.tail = """
[[tracks]]
files = ["tracks/O1.csv", "tracks/O1_b.csv"]
format = "openface"
observation = '^(?P<observation>O1)'
[[tracks]]
files = ["tracks/O1_infant.csv"]
format = "openface"
subject = "infant"
observation = '^(?P<observation>O1)'
"""
    found = one.run()
    assert found.ask("SELECT DISTINCT subject, count(*) FROM event GROUP BY ALL ORDER BY ALL") == [
        ("caregiver1", 3), ("infant", 3),
    ]  # fmt: skip
    assert found.issues() == [
        f"error track_twice: O1_b.csv: O1 has a track of the caregiver already, from O1.csv. | {UNUSED} "
        "Keep one of the two files, or say in the manifest whose face each of them is (subject)."
    ]
    assert found.ask("SELECT rejected FROM source WHERE path = 'tracks/O1_b.csv'") == [(200,)]


def test_a_recording_without_length_ends_with_its_track(tmp_path):
    """200 frames at 25 per second end at 8 s; a second recording has a length, and its track goes on for 2 s more."""
    one = study(tmp_path, O1="", O2=6)
    one.write("/tracks/O1.csv", table(rows((SMILE,))))
    one.write("/tracks/O2.csv", table(rows(((130, 140, 145, 165),))))
    found = one.run()
    assert found.ask("SELECT observation_id, end_ms FROM observation ORDER BY ALL") == [("O1", 8000), ("O2", 6000)]
    assert found.events("O2") == ["caregiver1 Smile onset 5200-5600", "caregiver1 Smile apex 5600-5800",
                                  "caregiver1 Smile offset 5800-6000 [clipped]"]  # fmt: skip
    assert found.ask("SELECT end_s FROM smile WHERE observation_id = 'O2'") == [(6.6,)]
    assert [issue.split(" |")[0] for issue in found.issues()] == [
        "info length_from_track: observations.csv: recordings without a length in a table and without coded "
        "behaviour: 1.",
        "info track_past_end: O2.csv: the track goes on for 2.0 s after the end of the recording.",
    ]


def test_a_smile_that_begins_before_its_recording_is_cut_and_says_so(tmp_path):
    """The track runs for 1 s before the recording: frames 20 to 30, 0.8 to 1.2 s, are -0.2 to 0.2 s of it."""
    one = study(tmp_path, TRACKS + "offset_ms = 1000\n")
    one.write("/tracks/O1.csv", table(rows(((20, 30, 45, 65),))))
    found = one.run()
    assert found.events("O1") == ["caregiver1 Smile onset 0-200 [clipped]", "caregiver1 Smile apex 200-800",
                                  "caregiver1 Smile offset 800-1600"]  # fmt: skip
    assert found.ask("SELECT round(onset_s, 6) FROM smile") == [(-0.2,)]


def test_people_who_code_the_phases_come_before_the_track(tmp_path):
    """The recording has no length: it ends where the people's codes end, also when only other files change."""
    one = study(tmp_path, O1="")
    one.write("/tracks/O1.csv", table(rows()))
    one.coded = entry("*.csv", 'scheme = "smiles"\ncoder = "AB"')
    one.spans("people.csv", "| O1 | Caregiver1 | Smile onset | 2 | 2.5 |\n| O1 | Caregiver1 | Smile apex | 7 | 7.5 |")
    found = one.run()
    assert found.ask("SELECT coder_id, is_primary, primary_reason FROM coding ORDER BY ALL") == [
        ("AB", True, "only human coder"), ("openface", False, "a person coded it: AB"),
    ]  # fmt: skip
    assert (
        found.events(coder="AB")[0] == "caregiver1 Smile onset 2000-2500" and found.events(coder="openface") == PHASES
    )
    one.write("/tracks/O1.csv", table(rows(TWO_SMILES)))
    found = one.run()
    assert found.outcome.files_unchanged == 1 and made(found) == made(from_scratch(one))
    assert found.ask("SELECT end_ms FROM observation") == [(7500,)]


def test_a_track_does_not_thin_out_what_people_could_not_see(tmp_path):
    """The infant's face was hidden in half of the recording, whatever was measured on the caregiver's."""
    one = study(tmp_path)
    one.write("/tracks/O1.csv", table(rows()))
    one.coded = entry("*.csv", 'scheme = "tiny.toml"')
    one.spans("people.csv", "| O1 | Infant | Hidden | 0 | 4 |\n| O1 | Infant | Smile | 4 | 8 |")
    found = one.run()
    with connect.open_reader(found.outcome.generation.file) as reader:
        [recording] = queries.observations(reader).to_dict("records")
    assert (recording["not_visible_share"], recording["coder_count"], recording["events"]) == (0.5, 1, 5)


# ---- again ----------------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_read_again(one, request):
    first = one.run()
    request.getfixturevalue("read_no_more")
    again = one.run()
    assert not again.outcome.new and again.said == [
        f"O1.csv was imported on {_day(first)} (same content). Nothing was changed."
    ]
    one.tail += '\n[smiles]\nsmoothing = "5"\n'
    smoothed = one.run()
    assert smoothed.outcome.new and (smoothed.outcome.files_new, smoothed.outcome.files_unchanged) == (0, 1)
    assert smoothed.ask("SELECT value FROM smile_parameter WHERE name = 'smoothing'") == [('"5"',)]
    assert smoothed.ask("SELECT onset_s FROM smile") != first.ask("SELECT onset_s FROM smile")
    one.tail += SPEECH
    one.write("/speech.csv", speech("O1,3.9,4.5,s"))
    assert one.run().ask("SELECT reason FROM smile") == [("speech",), ("",)]
    one.write("/speech.csv", speech("O1,7.1,7.2,s"))
    assert one.run().ask("SELECT reason FROM smile") == [("",), ("speech",)]
    assert one.run().ask("SELECT DISTINCT generation FROM source WHERE content = 'track'") == [(1,)]
    assert made(one.run()) == made(from_scratch_unread(one))


def from_scratch_unread(one: Tiny) -> Imported:
    """A new study folder that has the stored frames already."""
    again = one.folder / "again"
    (again).mkdir(mode=0o700)
    os.symlink(one.folder / "home" / "features", again / "features")
    return from_scratch(one)


def _day(found: Imported) -> str:
    return found.outcome.generation.published_at[:10]


def test_a_corrected_track_replaces_the_old_one(one):
    one.run()
    one.write("/tracks/O1.csv", table(rows((SMILE,))))
    found = one.run()
    assert found.events() == PHASES and found.ask("SELECT count(*) FROM track") == [(1,)]
    [issue] = found.issues()
    assert issue.startswith("info superseded: O1.csv: this file replaces the coding that was imported before")
    assert one.run().issues() == [issue]
    one.write("/tracks/O1.csv", b"\x00\x01")
    found = one.run()
    assert found.events() == PHASES and len(found.said) == 2
    assert [line.split(":")[0] for line in found.issues()] == ["error kept_older_version", "info superseded"]
    assert found.ask("SELECT path, rows, accepted FROM source WHERE content = 'track'") == [("tracks/O1.csv", 200, 200)]
    one.write("/tracks/O1.csv", table(rows(TWO_SMILES)))
    assert made(one.run()) == made(from_scratch(one))


def test_what_came_from_a_file_that_is_gone_stays_until_it_is_replaced(one):
    one.write("/tracks/O2.csv", table(rows(())))
    one.lengths["O2"] = 8
    before = one.run()
    (one.folder / "tracks" / "O1.csv").unlink()
    assert not one.run().outcome.new
    one.tail += "\n[smiles]\nau12_min = 1.6\n"
    found = one.run()
    assert found.events() == PHASES + LATER
    assert found.ask("SELECT * FROM track ORDER BY ALL") == before.ask("SELECT * FROM track ORDER BY ALL")
    assert [line.split(":")[0] for line in found.issues()] == ["warning file_gone"]
    one.tail = TRACKS + "observation = '^(?P<observation>O.)'\n"
    one.write("/tracks/O1_new.csv", table(rows((SMILE,))))
    found = one.run()
    assert found.events() == PHASES and found.ask("SELECT count(*) FROM track") == [(2,)]
    assert [line.split(":")[:2] for line in found.issues()] == [
        ["warning file_gone", " O1.csv"], ["info superseded", " O1_new.csv"],
    ]  # fmt: skip
    one.tail += "\n[smiles]\nau12_min = 1.6\n"
    assert one.run().issues() == found.issues()


def test_stored_frames_that_are_lost_or_damaged_are_made_anew(one):
    home = one.folder / "home"
    first = one.run()
    [stored] = (home / "features" / "tracks").glob("*.parquet")
    whole = stored.read_bytes()
    stored.unlink()
    assert one.run().outcome.new and stored.read_bytes() == whole
    stored.write_bytes(whole[:500] + b"\x00" * 400 + whole[900:])
    one.tail += '\n[smiles]\nsmoothing = "3"\n'
    found = one.run()
    assert stored.read_bytes() == whole and len(found.ask("SELECT * FROM smile")) == 2
    (one.folder / "tracks" / "O1.csv").unlink()
    one.write("/tracks/O2.csv", table(rows(())))
    one.lengths["O2"] = 8
    stored.write_bytes(whole[:500] + b"\x00" * 400 + whole[900:])
    found = one.run()
    assert found.ask("SELECT observation_id FROM track") == [("O2",)] and first.ask("SELECT count(*) FROM smile") == [
        (2,)
    ]
    assert [line for line in found.issues("track_lost")] == [
        "error track_lost: O1.csv: the file is gone, and what was stored of it is missing or damaged. | "
        "Its smiles were left out. Put the file back and import again."
    ]


def test_a_track_that_cannot_be_read_is_one_issue_and_the_rest_goes_on(one):
    one.write("/tracks/O2.csv", "frame,face,confidence\n1,0,0.9\n")
    found = one.run()
    [said, *_] = found.said
    assert said.startswith("O2.csv: the table has no column timestamp")
    assert found.issues("unreadable_file") == [f"error unreadable_file: {said} | Nothing of this file was imported."]
    assert found.events() == PHASES + LATER
    assert found.ask("SELECT dialect, rows FROM source WHERE path = 'tracks/O2.csv'") == [("not read", 0)]
    assert not one.run().outcome.new, "it is not tried again before it changes"
    one.tail += "\n[smiles]\nmargin_s = 1.5\n"
    again = one.run()
    assert again.issues() == found.issues() and len(again.said) == 1


def test_every_bad_table_is_named_and_the_others_arrive(tmp_path):
    """All the tables of tests/bad_files/openface.py in one study: what is refused as a whole, and what is noted."""
    one = study(tmp_path, GOOD=8, **{f"N{number}": 3 for number in range(len(NOTED))}, Z=3)
    one.write("/tracks/GOOD.csv", table(rows()))
    one.write("/tracks/Z.csv", openface_table([name for name in SMALL if name != "pose_Tz"]))
    for number, (content, *_) in enumerate(NOTED):
        one.write(f"/tracks/N{number}.csv", content + "\n" * number)
    for number, (content, sentence) in enumerate(REFUSED.values()):
        ending = sentence.split(":")[0].removeprefix("of").split(",")[0]
        one.write(f"/bad/{number}/of{ending}", content)
    one.tail += TRACKS.replace("tracks/*.csv", "bad/*/of.csv*")
    found = one.run()
    assert found.events("GOOD") == PHASES
    said = {sentence for _, sentence in REFUSED.values()}
    assert {line for line in found.said if line.startswith("of.csv")} == said
    assert {detail for (detail,) in found.ask("SELECT detail FROM issue WHERE kind = 'unreadable_file'")} == said
    noted = set(found.ask("SELECT file, kind, detail FROM issue WHERE kind <> 'unreadable_file'"))
    wanted = {
        (f"tracks/N{n}.csv", kind, f"N{n}.csv: {begun_small(words)}")
        for n, (_, kind, words, _) in enumerate(NOTED)
        if kind
    }
    assert wanted == {
        one for one in noted if one[1] in ("ragged_row", "repeated_time", "no_time", "bad_number", "beyond_bounds")
    }
    assert {one[:2] for one in noted} - {one[:2] for one in wanted} == {("tracks/Z.csv", "no_distance")}
    counts = found.ask(
        "SELECT path, rows, accepted FROM source WHERE path LIKE 'tracks/N%' AND accepted + rejected = rows"
    )
    assert {path: accepted for path, _, accepted in counts} == {
        f"tracks/N{n}.csv": kept for n, (*_, kept) in enumerate(NOTED)
    }


def test_when_nothing_can_be_read_nothing_is_imported(tmp_path):
    one = study(tmp_path)
    one.write("/tracks/O1.csv", "")
    with pytest.raises(UnreadableFile):
        one.run()
    one.write("/tracks/O2.csv", "nothing\n")
    said: list[str] = []
    words = "None of the tracks could be read; the sentences above say why. Nothing was imported."
    with pytest.raises(ManifestError, match=f"^{re.escape(words)}$"):
        import_study(one.manifest(), tmp_path / "home", report=said.append)
    assert [line.split(":")[0] for line in said] == ["O1.csv", "O2.csv"]


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        ("", "name coded files ([[coded]]), face tracks ([[tracks]]) or feature streams"),
        (TRACKS.replace("*.csv", "none*"), "tracks entry 1: no file matches 'tracks/none*'."),
        (TRACKS + TRACKS, "'tracks/O1.csv' is named by two entries. Name it in one of them."),
        (TRACKS + entry("x").replace('["x"]', '["tracks/O1.csv"]'), "named by a coded entry and as a track"),
        (TRACKS + 'view = "room"\noffset_ms = 3\n', "give offset_ms or view, not both"),
        (TRACKS + "[smiles]\nnostril = 48\n", "nostril"),
        (TRACKS.replace("openface", "openfaces"), "format"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(one, tail, words):
    one.tail = tail
    with pytest.raises(ManifestError, match=re.escape(words)):
        one.run()


def test_the_same_track_twice_is_imported_once(one):
    one.lengths["O2"] = 8
    one.write("/tracks/O2.csv", table(rows(TWO_SMILES)))
    found = one.run()
    assert found.said[0] == "O2.csv has the same content as O1.csv. It was not imported a second time."
    assert found.ask("SELECT observation_id FROM track") == [("O1",)] and len(found.issues("same_content")) == 1


# ---- speech tracks and tracks of our own ----------------------------------------------------------------------------


def parquet(path: Path, frame: pd.DataFrame) -> None:
    path.parent.mkdir(exist_ok=True, parents=True)
    frame.to_parquet(path)


SPEECH_TRACKS = """
[[speech]]
files = ["speech/*.parquet"]
format = "speech"
observation = '^(?P<observation>.+)[.]speech$'
offset_ms = 500
"""


def test_a_probability_track_becomes_intervals_at_the_threshold(one, request):
    """Loud from 4.3 to 4.62 s of the track, 3.8 to 4.12 s of the recording: it meets the end of the first smile."""
    steps = pd.DataFrame({"t_s": [4.3 + 0.032 * n for n in range(-5, 15)]})
    steps["probability"] = [0.7 if 0 <= n < 10 else 0.2 for n in range(-5, 15)]
    parquet(one.folder / "speech" / "O1.speech.parquet", steps.assign(energy=-30.0))
    one.tail += SPEECH_TRACKS
    found = one.run()
    assert found.ask("SELECT onset_ms, offset_ms, origin FROM speech") == [(3800, 4120, "silero")]
    assert found.ask("SELECT reason FROM smile") == [("speech",), ("",)]
    assert found.ask("SELECT observation_id, offset_ms FROM speech_track") == [("O1", 500)]
    assert found.ask("SELECT rows, accepted, format FROM source WHERE content = 'speech'") == [(20, 20, "speech")]
    request.getfixturevalue("read_no_more")
    one.tail += "\n[smiles]\nspeech_threshold = 0.8\n"
    found = one.run()
    assert found.ask("SELECT count(*) FROM speech") == [(0,)] and found.events() == PHASES + LATER
    one.tail = one.tail.replace("speech_threshold = 0.8", 'speech_method = "energy"')
    found = one.run()
    assert found.ask("SELECT onset_ms, offset_ms, origin FROM speech") == [(3640, 4280, "energy")], "all of it is loud"
    one.tail = one.tail.replace('speech_method = "energy"', "speech_threshold = 0.5") + SPEECH
    one.write("/speech.csv", speech("O1,7.1,7.15,s"))
    found = one.run()
    assert found.ask("SELECT onset_ms, origin FROM speech") == [(7100, "table")], "the study's own table comes first"
    assert made(found) == made(from_scratch_unread(one))


def test_two_speech_tracks_of_one_recording_are_refused_by_name(one):
    for number in (1, 2):
        steps = pd.DataFrame({"t_s": [0.0, 0.032 * number], "probability": 0.1, "energy": -60.0})
        parquet(one.folder / "speech" / f"O1.{number}.speech.parquet", steps)
    one.tail += SPEECH_TRACKS.replace("(?P<observation>.+)[.]", "(?P<observation>O1)[.].[.]")
    assert one.run().issues() == [
        "error speech_twice: O1.2.speech.parquet: O1 has a speech track already, from O1.1.speech.parquet. | "
        f"{UNUSED} Keep one of the two files."
    ]


def test_files_that_are_no_speech_tracks_are_named(one):
    parquet(one.folder / "speech" / "O1.speech.parquet", pd.DataFrame({"t_s": [0.1], "loud": [1.0]}))
    one.write("/speech/O2.speech.parquet", b"no parquet")
    parquet(
        one.folder / "speech" / "O3.speech.parquet", pd.DataFrame({"t_s": [0.1], "probability": 1.0, "energy": 0.0})
    )
    one.tail += SPEECH_TRACKS
    found = one.run()
    assert found.said[:2] == [
        "O1.speech.parquet: this is no speech track: it lacks the column probability. Choose one that extract wrote.",
        "O2.speech.parquet: the file is damaged or no Parquet file. Extract the speech again.",
    ]
    assert [line.split(":")[0] for line in found.issues()] == [
        "error unreadable_file", "error unreadable_file", "error track_of_unknown_recording",
    ]  # fmt: skip
    assert found.events() == PHASES + LATER


def test_a_track_of_our_own_is_another_coder(one):
    """A stored track is itself a file that `extract` might have written; two programs may see one face."""
    first = one.run()
    [(stored,)] = first.ask("SELECT file FROM track")
    frames = pq.read_table(one.folder / "home" / stored)
    (one.folder / "faces").mkdir()
    pq.write_table(frames.replace_schema_metadata({"au12_source": "blendshape"}), one.folder / "faces" / "O1.parquet")
    pq.write_table(frames.slice(0, 0), one.folder / "faces" / "O2.parquet")
    one.lengths["O2"] = 8
    one.tail += '\n[[tracks]]\nfiles = ["faces/*.parquet"]\nformat = "faces"\n'
    found = one.run()
    assert found.ask("SELECT coder_id, au12_source, frames FROM track ORDER BY ALL") == [
        ("model:blendshape", "blendshape", 200), ("openface", "openface", 200),
    ]  # fmt: skip
    assert found.events(coder="model:%") == found.events(coder="openface") == PHASES + LATER
    assert found.ask("SELECT coder_id, kind FROM coder ORDER BY ALL") == [
        ("model:blendshape", "model"),
        ("openface", "model"),
    ]
    assert found.ask("SELECT count(*) FILTER (is_primary), count(*) FROM coding") == [(1, 2)]
    assert found.issues() == [f"warning no_face: O2.parquet: the file holds no frame of any face. | {UNUSED}"]


# ---- kills, full disks, older studies -------------------------------------------------------------------------------


@pytest.mark.parametrize("point", ["before_track_rename", "before_track_sync"])
def test_a_killed_import_of_tracks_leaves_the_study_and_whole_tracks(one, point):
    settings = os.environ | {"DYADSCOPE_HOME": str(one.folder / "home"), "DYADSCOPE_FAILPOINT": point}
    command = [sys.executable, "-m", "pipeline", "import", str(one.manifest())]
    assert subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, timeout=120).returncode == 137
    folder = one.folder / "home" / "features" / "tracks"
    assert all(
        track_store.known(one.folder / "home", f"features/tracks/{file.name}") for file in folder.glob("*.parquet")
    )
    assert len(list(folder.glob(".*.tmp"))) == (point == "before_track_rename")
    assert not list(one.folder.glob("home/published/gen*"))
    found = one.run()
    assert found.events() == PHASES + LATER and not list(folder.glob(".*.tmp"))


def test_a_full_disk_leaves_no_part_of_a_track(one):
    from tests.test_failures import import_with_room

    status, words = import_with_room(one.manifest(), one.folder / "home", 3_000)
    assert (status, words) == (1, "Disk full. Nothing was imported. Free about 500 MB and import again.\n")
    assert not [path for path in one.folder.glob("home/features/**/*") if path.is_file()]
    assert one.run().events() == PHASES + LATER


def test_a_study_of_an_earlier_schema_is_made_anew(one):
    first = one.run()
    file = first.outcome.generation.file
    file.chmod(0o600)
    with duckdb.connect(str(file)) as connection:
        connection.execute(
            "UPDATE study SET value = '2' WHERE key = 'schema_version'; DROP TABLE track; DROP TABLE smile"
        )
    found = one.run()
    assert found.outcome.new and found.outcome.files_new == 1 and found.events() == PHASES + LATER
    with duckdb.connect(str(found.outcome.generation.file)) as connection:
        connection.execute("UPDATE study SET value = '2' WHERE key = 'schema_version'")
    one.head = STUDY.replace('id = "tiny"', 'id = "huge"')
    with pytest.raises(StudyError, match="holds the study 'tiny', and the manifest describes 'huge'"):
        one.run()
