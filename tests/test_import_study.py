"""Whole imports of tiny studies: what the manifest decides, what comes again, who is analysed, what is counted."""

import pytest

from tests.test_readers_template import TEMPLATE
from tests.tiny import SPANS, STUDY, Imported, Tiny, drawn, entry, table

REFUSED = "The row was refused. Correct it in the coding tool and import again."
LEFT_OUT = "The recording was left out. Add its length and import again."
TO_THE_TABLE = (
    "The row was refused. Add the recording to the table, or map its name in the manifest (corrections, "
    "observation_ids), and import again."
)


# ---- what the manifest decides --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def options(tmp_path_factory) -> Imported:
    """One study of several entries, each with its own way of reading."""
    study = Tiny(
        tmp_path_factory.mktemp("options"),
        dict.fromkeys(("L1", "L2", "G1", "E1", "N1", "N2", "S / a", "S / b", "C1"), 10),
    )
    study.coded = (
        entry("later.csv", 'overlap = "later_wins"')
        + entry("gaps.csv", "tool_step_ms = [1, 40]")
        + entry("early.csv", "time_offset_ms = 500")
        + entry(
            "names.csv",
            """observation = '^(?P<coder>[a-z]+)_(?P<observation>.+)$'
corrections = { "anna:rec1" = "anna_rec1" }
observation_ids = { rec1 = "N1", "rec 2" = "N2" }
coders = { ben = "Benjamin" }
subjects = { "Kind" = "infant" }
codes = { "Lachen" = "Smile" }""",
        )
        + entry("split.csv", 'subject = "infant"\nsplit_subjects = true')
        + entry("column.csv", 'coder = "whole file"', ', coder = "rater"')
    )
    study.spans(
        "later.csv",
        """
        | L1 | Infant | Sing | 0 | 6 |
        | L1 | Infant | Hum  | 4 | 8 |
        | L1 | Infant | Sing | 5 | 9 |
        | L2 | Infant | Sing | 0 | 9 |
        | L2 | Infant | Hum  | 2 | 3 |
        | L2 | Infant | Sing | 5 | 6 |
        """,
    )
    study.spans(
        "gaps.csv",
        """
        | G1 | Infant | Sing  | 0     | 0.999 |
        | G1 | Infant | Hum   | 1     | 2     |
        | G1 | Infant | Sing  | 2.04  | 3     |
        | G1 | Infant | Hum   | 3.041 | 4     |
        | G1 | Infant | Sing  | 4     | 4.999 |
        | G1 | Infant | Hum   | 5     | 6     |
        | G1 | Infant | Reach | 0     | 0.999 |
        | G1 | Infant | Wave  | 1     | 2     |
        """,
    )
    study.spans(
        "early.csv",
        """
        | E1 | Infant | Sing | -0.5  | 1 |
        | E1 | Infant | Sing | -0.501 | 1 |
        | E1 | Infant | Clap | 9.5   | |
        | E1 | Infant | Clap | 9.501 | |
        """,
    )
    study.spans(
        "names.csv",
        """
        | anna_rec1  | Kind   | Lachen | 0 | 4 |
        | anna:rec1  | Kind   | Smile  | 4 | 5 |
        | ben_rec 2  | infant | Smile  | 0 | 4 |
        | ben_rec3   | infant | Smile  | 0 | 4 |
        | REC1       | infant | Smile  | 0 | 4 |
        """,
    )
    study.spans(
        "split.csv",
        """
        | S | a | Sing | 0 | 4 |
        | S | b | Hum  | 2 | 6 |
        | S | c | Hum  | 2 | 6 |
        """,
    )
    rows = [
        [*row, rater]
        for row, rater in zip(drawn("| C1 | Infant | Sing | 0 | 1 |\n" * 3), ("Ann", " Ann\u00a0", ""), strict=True)
    ]
    rows[1][3:5] = ["2", "3"]
    study.write("column.csv", table([*SPANS, "rater"], rows))
    return study.run()


def test_the_later_start_wins_where_the_manifest_says_so(options):
    assert options.events("L1") == [
        "infant Sing 0-4000 [cut_at_next]",
        "infant Hum 4000-5000 [cut_at_next]",
        "infant Sing 5000-9000",
    ]
    assert options.events("L2") == ["infant Sing 0-2000 [cut_at_next]", "infant Hum 2000-3000", "infant Sing 5000-6000"]
    overlap = "overlapping codes in group voice for the infant:"
    action = "The earlier event was cut at the later start, as the manifest says."
    assert options.issues("later_onset_wins") == [
        f"warning later_onset_wins: later.csv, line {line}: {overlap} {words} s). | {action}"
        for line, words in (
            (3, "Hum starts at 4 s, before the code before it ends (at 6"),
            (4, "Sing starts at 5 s, before the code before it ends (at 8"),
            (6, "Hum starts at 2 s, before the code before it ends (at 9"),
        )
    ]
    assert not [
        outcome for (file, _), outcome in options.outcomes().items() if file == "later.csv" and outcome != "accepted"
    ]


def test_only_gaps_of_one_tool_step_in_exclusive_groups_are_closed(options):
    assert options.events("G1") == [
        "infant Reach 0-999",
        "infant Sing 0-1000 [gap_closed]",
        "infant Wave 1000-2000",
        "infant Hum 1000-2040 [gap_closed]",
        "infant Sing 2040-3000",
        "infant Hum 3041-4000",
        "infant Sing 4000-5000 [gap_closed]",
        "infant Hum 5000-6000",
    ]
    assert options.issues("gap_closed") == [
        "info gap_closed: gaps.csv: gaps of one tool step between codes of an exclusive group: 3, together 42 ms. | "
        "They were closed: the earlier code ends where the next begins."
    ]


def test_a_declared_origin_moves_every_time(options):
    assert options.events("E1") == ["infant Sing 0-1500", "infant Clap at 10000"]
    outcomes = options.outcomes()
    assert [outcomes["early.csv", line] for line in (2, 3, 4, 5)] == [
        "accepted",
        "negative_time",
        "accepted",
        "after_end_whole",
    ]
    assert "the time -0.001 s lies before the start" in options.issues("negative_time")[0]


def test_names_are_read_by_pattern_corrections_and_mappings(options):
    assert options.events("N1") == ["infant Smile 0-4000", "infant Smile 4000-5000"]
    coders = options.ask(
        "SELECT DISTINCT observation_id, coder_id FROM event WHERE observation_id LIKE 'N%' ORDER BY ALL"
    )
    assert coders == [("N1", "anna"), ("N2", "Benjamin")]
    assert options.issues("unknown_observation")[:2] == [
        f"error unknown_observation: names.csv, line {line}: "
        f"observation '{name}' is not in the observations table. | {TO_THE_TABLE}"
        for line, name in ((5, "ben_rec3"), (6, "REC1"))
    ]
    names = (
        "SELECT name, observation_id, coder_id FROM source_observation JOIN source USING (source_id)"
        " WHERE path LIKE '%names.csv' ORDER BY 1"
    )
    assert options.ask(names) == [
        ("REC1", None, "coder"),
        ("anna:rec1", "N1", "anna"),
        ("anna_rec1", "N1", "anna"),
        ("ben_rec 2", "N2", "Benjamin"),
        ("ben_rec3", "rec3", "Benjamin"),
    ]


def test_each_of_several_people_becomes_a_recording(options):
    assert options.events("S / a") == ["infant Sing 0-4000"]
    assert options.events("S / b") == ["infant Hum 2000-6000"]
    assert options.outcomes()["split.csv", 4] == "unknown_observation"
    assert (
        "observation 'S / c' is not in the observations table. Did you mean" in options.issues("unknown_observation")[2]
    )


def test_a_coder_from_a_column_and_where_the_cell_is_empty_from_the_entry(options):
    coders = options.ask("SELECT coder_id, onset_ms FROM event WHERE observation_id = 'C1' ORDER BY ALL")
    assert coders == [("Ann", 0), ("Ann", 2000), ("whole file", 0)]


# ---- the same recording again ---------------------------------------------------------------------------------------


def test_the_same_recording_in_two_files(tmp_path):
    """Recording, coder and group decide: another coder's and another group's rows of the second file arrive."""
    study = Tiny(tmp_path, coded=entry("*.csv", columns=', coder = "rater"'))
    rows = "| O1 | Infant | Sing | 0 | 5 | ann |\n| O1 | Infant | Hum | 5 | 6 | ann |\n"
    study.write("a.csv", table([*SPANS, "rater"], drawn(rows)))
    study.write(
        "b.csv",
        table(
            [*SPANS, "rater"],
            drawn(rows + "| O1 | Infant | Sing | 1 | 2 | bob |\n| O1 | Infant | Wave | 1 | 2 | ann |"),
        ),
    )
    imported = study.run()
    assert imported.events() == [
        "infant Sing 0-5000",
        "infant Sing 1000-2000",
        "infant Wave 1000-2000",
        "infant Hum 5000-6000",
    ]
    assert imported.issues() == [
        "error same_observation_twice: b.csv, line 2: observation O1, group voice, was already read from a.csv for the "
        "same coder. | The rows of this file for that group were refused. Keep one of the two files, or name the coder "
        "of each."
    ]
    assert imported.ask("SELECT count FROM issue") == [(2,)]
    assert [imported.outcomes()["b.csv", line] for line in (2, 3, 4, 5)] == [
        *["same_observation_twice"] * 2,
        *["accepted"] * 2,
    ]


ONE = "| O1 | Infant | Sing | 0 | 5 |"


def test_the_same_content_in_two_files(tmp_path):
    study = Tiny(tmp_path)
    study.spans("a.csv", ONE)
    study.spans("copy of a.csv", ONE)
    imported = study.run()
    assert imported.events() == ["infant Sing 0-5000"]
    assert imported.issues() == [
        "info same_content: copy of a.csv: the content equals coded/a.csv. | It was not imported a second time."
    ]
    assert imported.said[0] == "copy of a.csv has the same content as a.csv. It was not imported a second time."


def test_two_coders_may_have_coded_the_very_same(tmp_path):
    """Equal content of two entries is two codings: perfect agreement must not be lost."""
    study = Tiny(tmp_path, coded=entry("ann/*.csv", 'coder = "ann"') + entry("bob/*.csv", 'coder = "bob"'))
    study.spans("ann/O1.csv", ONE)
    study.spans("bob/O1.csv", ONE)
    imported = study.run()
    assert imported.ask("SELECT coder_id, onset_ms, offset_ms FROM event ORDER BY 1") == [
        ("ann", 0, 5000),
        ("bob", 0, 5000),
    ]
    assert imported.issues() == []


def test_a_file_that_two_patterns_of_one_entry_name_is_read_once(tmp_path):
    study = Tiny(tmp_path, coded=entry("*.csv").replace('["*.csv"]', '["*.csv", "coded/a.csv"]'))
    study.spans("a.csv", ONE)
    assert study.run().events() == ["infant Sing 0-5000"]


def test_a_corrected_file_replaces_its_earlier_version(tmp_path):
    study = Tiny(tmp_path, {"O1": 10, "O2": 10})
    study.spans("a.csv", ONE)
    study.spans("b.csv", "| O2 | Infant | Sing | 0 | 5 |")
    study.run()
    study.spans("a.csv", "| O1 | Infant | Sing | 0 | 7 |")
    imported = study.run()
    assert (imported.outcome.files_new, imported.outcome.files_unchanged) == (1, 1)
    assert imported.events() == ["infant Sing 0-7000"] and imported.events("O2") == ["infant Sing 0-5000"]
    assert imported.issues() == [
        "info superseded: a.csv: this file replaces the coding that was imported before from its earlier version. | "
        "The older events of the same recording, coder and group were replaced."
    ]


def test_a_corrected_file_of_another_name_replaces_what_it_codes_again(tmp_path):
    """The group that the new file does not code stays."""
    study = Tiny(tmp_path)
    study.spans("a.csv", ONE + "\n| O1 | Infant | Wave | 1 | 2 |")
    study.run()
    study.spans("a corrected.csv", "| O1 | Infant | Sing | 0 | 6 |")
    imported = study.run()
    assert imported.events() == ["infant Sing 0-6000", "infant Wave 1000-2000"]
    assert imported.issues() == [
        "info superseded: a corrected.csv: this file replaces the coding that was imported before from a.csv. | "
        "The older events of the same recording, coder and group were replaced."
    ]


def test_a_corrected_file_that_cannot_be_read_leaves_the_earlier_version(tmp_path):
    study = Tiny(tmp_path, {"O1": 10, "O2": 10})
    study.spans("a.csv", ONE)
    study.run()
    study.write("a.csv", b"obs,who\nO1\0")
    study.spans("b.csv", "| O2 | Infant | Sing | 0 | 5 |")
    imported = study.run()
    assert imported.events() == ["infant Sing 0-5000"] and imported.events("O2") == ["infant Sing 0-5000"]
    (issue,) = imported.issues()
    assert issue.startswith("error kept_older_version: a.csv, line 2: the file holds a NUL byte")
    assert issue.endswith(" | The older version was kept.") and imported.said[0].startswith("a.csv, line 2: the file")


def test_a_file_that_is_gone_is_kept_and_said_once(tmp_path):
    study = Tiny(tmp_path, {"O1": 10, "O2": 10, "O3": 10})
    study.spans("a.csv", ONE)
    study.spans("b.csv", "| O2 | Infant | Sing | 0 | 5 |")
    study.run()
    (tmp_path / "coded" / "a.csv").unlink()
    for name in ("O2", "O3"):
        study.spans(f"{name}.csv", f"| {name} | Infant | Hum | 0 | 5 |")
        imported = study.run()
        assert imported.events() == ["infant Sing 0-5000"]
        assert imported.issues("file_gone") == [
            "warning file_gone: a.csv: the file was imported before and is no longer found. | "
            "What was imported from it was kept."
        ]


def test_another_manifest_reads_every_file_again(tmp_path):
    study = Tiny(tmp_path)
    study.spans("a.csv", ONE)
    study.run()
    study.coded = entry("*.csv", "time_offset_ms = 1000")
    imported = study.run()
    assert (imported.outcome.files_new, imported.events(), imported.issues()) == (1, ["infant Sing 1000-6000"], [])


def test_a_recording_that_becomes_known_has_its_rows_read_again(tmp_path):
    """The dyad was missing from its table: the recording was refused, and with it the coded rows."""
    study = Tiny(tmp_path, tail='[tables.dyads]\nfile = "dyads.csv"\n')
    study.write("/dyads.csv", "dyad_id,family_id,role\nD7,F7,mother\n")
    study.spans("a.csv", ONE)
    assert study.run().events() == []
    study.write("/dyads.csv", "dyad_id,family_id,role\nD7,F7,mother\nD0,F0,mother\n")
    imported = study.run()
    assert imported.events() == ["infant Sing 0-5000"] and imported.issues() == []


def test_nothing_new_publishes_nothing(tmp_path):
    study = Tiny(tmp_path)
    study.spans("a.csv", ONE)
    first, second = study.run(), study.run()
    assert (second.outcome.new, second.outcome.generation) == (False, first.outcome.generation)
    day = first.outcome.generation.published_at[:10]
    assert second.said == [f"a.csv was imported on {day} (same content). Nothing was changed."]


# ---- who is analysed, how long, how many cameras --------------------------------------------------------------------


@pytest.fixture(scope="module")
def coders(tmp_path_factory) -> tuple[Tiny, Imported]:
    """Recordings by coders: ann 5, bob 5, abe 1, a model 5. In O6 abe, first in the alphabet, marked more."""
    study = Tiny(tmp_path_factory.mktemp("coders"), {f"O{number}": 10 for number in range(1, 9)})
    study.coded = entry("*.csv", columns=', coder = "rater"')
    coded = {
        "O1": "ann bob",
        "O2": "ann ann bob bob bob",
        "O3": "ann bob model:x",
        "O4": "bob model:x",
        "O5": "model:x",
        "O6": "abe abe bob",
        "O7": "ann model:x model:x",
        "O8": "ann model:x",
    }
    rows = []
    for name, raters in coded.items():
        words = raters.split()
        rows += [[name, "Infant", "Reach", str(n), str(n + 1), rater] for n, rater in enumerate(words)]
    study.write("a.csv", table([*SPANS, "rater"], rows))
    return study, study.run()


def primary(imported: Imported) -> dict[str, dict[str, tuple[bool, str]]]:
    rows = imported.ask("SELECT observation_id, coder_id, is_primary, primary_reason FROM coding ORDER BY ALL")
    found: dict[str, dict[str, tuple[bool, str]]] = {}
    for name, coder, flag, reason in rows:
        found.setdefault(name, {})[coder] = (flag, reason)
    return found


MODEL = (False, "a model is analysed only when a person chooses it")


def test_the_coder_with_most_recordings_is_analysed(coders):
    assert primary(coders[1]) == {
        "O1": {
            "ann": (True, "first in the alphabet of coders with as many recordings and events"),
            "bob": (False, "ann comes first in the alphabet"),
        },
        "O2": {
            "ann": (False, "bob marked more events in this recording"),
            "bob": (True, "as many coded recordings as the other coder, more events in this one"),
        },
        "O3": {
            "ann": (True, "first in the alphabet of coders with as many recordings and events"),
            "bob": (False, "ann comes first in the alphabet"),
            "model:x": MODEL,
        },
        "O4": {"bob": (True, "only human coder"), "model:x": MODEL},
        "O5": {"model:x": MODEL},
        "O6": {
            "bob": (True, "most coded recordings in the study (5)"),
            "abe": (False, "bob coded more recordings in the study (5 against 1)"),
        },
        "O7": {"ann": (True, "only human coder"), "model:x": MODEL},
        "O8": {"ann": (True, "only human coder"), "model:x": MODEL},
    }
    assert coders[1].ask("SELECT coder_id, kind, observations FROM coder ORDER BY 1") == [
        ("abe", "human", 1),
        ("ann", "human", 5),
        ("bob", "human", 5),
        ("model:x", "model", 5),
    ]


def test_the_manifest_chooses_and_prefers_coders(coders):
    study, _ = coders
    study.tail = """
[primary]
prefer = ["abe", "bob", "dora"]
[primary.coders]
O2 = "ann"
O5 = "model:x"
O8 = "bob"
"""
    imported = study.run()
    found = primary(imported)
    assert found["O1"] == {
        "ann": (False, "bob is preferred in the manifest"),
        "bob": (True, "preferred in the manifest"),
    }
    assert found["O2"] == {"ann": (True, "chosen in the manifest"), "bob": (False, "ann was chosen in the manifest")}
    assert found["O3"]["model:x"] == (False, "bob is preferred in the manifest")
    assert found["O5"] == {"model:x": (True, "chosen in the manifest")}
    assert found["O6"] == {
        "bob": (False, "abe is preferred in the manifest"),
        "abe": (True, "preferred in the manifest"),
    }
    assert found["O8"] == {"ann": (True, "only human coder"), "model:x": MODEL}
    assert imported.outcome.files_new == 0
    action = "The usual rule was used instead. Correct [primary.coders] in the manifest and import again."
    assert sorted(imported.issues("chosen_coder_absent")) == [
        f"warning chosen_coder_absent: STUDY.toml: the manifest chooses coder '{words}, who coded nothing there. | "
        + action
        for words in ("bob' for O8", "dora' in the whole study")
    ]


def test_cameras_and_lengths_from_the_coded_rows(tmp_path):
    """One-camera modifier in the group: one camera. Without a length the last coded moment is the end."""
    study = Tiny(tmp_path, {"O1": 10, "O2": "", "O3": "", "O4": "", "O5": ""})
    study.coded = entry("*.csv", columns=', modifiers = ["how"]')
    rows = """
        | O1 | Infant      | Smile | 0 | 4 | x|one camera |
        | O1 | Caregiver 1 | Smile | 0 | 4 |              |
        | O2 | Infant      | Smile | 0 | 7.5 |            |
        | O2 | Infant      | Clap  | 8.25 |  |            |
        | O3 | Infant      | Reach | 0 | 1 |              |
        | O4 | Infant      | Clap  | 0 |   |              |
    """
    cells = [[*row[:5], "|".join(row[5:])] for row in drawn(rows)]
    study.write("a.csv", table([*SPANS, "how"], cells))
    imported = study.run()
    assert imported.ask("SELECT observation_id, end_ms, camera_count FROM observation ORDER BY 1") == [
        ("O1", 10000, 1),
        ("O2", 8250, 2),
        ("O3", 1000, None),
    ]
    assert imported.events("O1")[0] == "infant Smile (x|one camera) 0-4000"
    assert imported.issues("length_from_codes") == [
        "info length_from_codes: observations.csv: recordings without a length in a table or a coded file: 2. | Each "
        "was taken to end with its last code. If that is wrong, add a length to the observations table."
    ]
    left = f"has no length in the table, and no coded data that tell its length. | {LEFT_OUT}"
    assert imported.issues("observation_without_length", "no_length") == [
        "error no_length: a.csv, line 7: recording O4 has no length in the table, and its coded data end where they "
        "begin. | "
        "The row was refused. Add the length of the recording and import again.",
        *(f"error observation_without_length: observations.csv: {name} {left}" for name in ("O4", "O5")),
    ]
    assert imported.ask("SELECT rows, accepted, rejected FROM source WHERE content = 'table'") == [(5, 3, 2)]


def test_rows_of_a_refused_stretch_of_samples_are_all_refused(tmp_path):
    """One row per step: a code outside the scheme refuses every step it lasts, and the issue counts them."""
    study = Tiny(
        tmp_path,
        {"O1": 4},
        '\n[[coded]]\nfiles = ["*.csv"]\nformat = "observer_sampled"\nchannels = ["face", "voice"]\n',
    )
    steps = [("Smile", "Sing"), ("Smyle", "Sing"), ("Smyle", "Sing"), ("Smile", "")]
    rows = [[str(n), "O1", "Infant", face, "Infant", voice] for n, (face, voice) in enumerate(steps)]
    study.write("a.csv", table(["Time_Relative_sf", "Observation", "Subject", "Behavior", "Subject", "Behavior"], rows))
    imported = study.run()
    assert imported.events() == ["infant Smile 0-1000", "infant Sing 0-3000", "infant Smile 3000-4000"]
    assert [imported.outcomes()["a.csv", line] for line in (2, 3, 4, 5)] == [
        "accepted",
        "unknown_code",
        "unknown_code",
        "accepted",
    ]
    assert imported.ask(
        "SELECT line, count, detail LIKE '%code ''Smyle'' is not in scheme tiny.%' FROM issue"
        " WHERE kind = 'unknown_code'"
    ) == [(3, 2, True)]


def test_many_rows_of_one_kind_are_listed_up_to_a_limit_and_counted(tmp_path):
    study = Tiny(tmp_path)
    study.write(
        "a.csv",
        table(
            SPANS, [["O1", "Infant", "Nod", "0", "1"]] * 203 + [["O1"]] * 201 + [["O1", "Infant", "Reach", "0", "1"]]
        ),
    )
    imported = study.run()
    assert dict(imported.ask("SELECT kind, count(*) FROM issue GROUP BY 1")) == {
        "unknown_code": 200,
        "ragged_row": 200,
        "more_of_these": 2,
    }
    listed = "They are listed with their lines among the raw rows of the file."
    assert sorted(imported.issues("more_of_these")) == [
        f"info more_of_these: a.csv: further rows with the same problem (code not in the scheme): 3. | {listed}",
        f"info more_of_these: a.csv: further rows with the same problem (wrong number of cells): 1. | {listed}",
    ]
    assert (imported.outcome.rows, imported.outcome.accepted, imported.outcome.rejected) == (406, 2, 404)


def test_rows_without_a_recording_and_rows_without_anything(tmp_path):
    study = Tiny(tmp_path)
    study.write("a.csv", ",".join(SPANS) + "\n,Infant,Reach,0,1\n,,,,\n\n \u00a0,,\t,,\nO1,Infant,Reach,0,1\n\n\n")
    imported = study.run()
    words = ("missing_observation", "blank", "blank", "blank", "accepted")
    assert imported.outcomes() == {("a.csv", line): word for line, word in enumerate(words, start=2)}
    assert imported.issues() == [f"error missing_observation: a.csv, line 2: the row names no recording. | {REFUSED}"]
    assert imported.ask("SELECT rows, accepted, rejected, blank FROM source WHERE content = 'coded'") == [(5, 1, 1, 3)]


def test_words_of_any_length_fit_a_sentence(tmp_path):
    study = Tiny(tmp_path)
    study.write("a.csv", table(SPANS, [["O1", "Infant", "Nod\n" * 50 + "{t0} %s", "0", "1"]]))
    (issue,) = study.run().issues("unknown_code")
    assert issue.startswith(
        "error unknown_code: a.csv, line 2: code '" + "Nod " * 19 + "Nod… is".replace("… is", "…' is")
    )


def test_a_code_that_overlaps_itself_is_kept_and_its_time_counts_once(tmp_path):
    study = Tiny(tmp_path)
    study.spans(
        "a.csv",
        """
        | O1 | Infant | Reach | 0 | 6 |
        | O1 | Infant | Reach | 2 | 4 |
        | O1 | Infant | Wave  | 5 | 9 |
        """,
    )
    imported = study.run()
    # RRRRRR....   Reach is on for 6 of 10 s, its bouts add up to 8 s; some code is on for 9 s
    #   RR
    #      WWWW
    assert imported.ask("SELECT code, ms, covered_ms, gaps FROM duration ORDER BY code") == [
        ("Reach", 8000, 6000, 0),
        ("Wave", 4000, 4000, 0),
    ]
    assert imported.ask("SELECT coded_ms FROM coding") == [(9000,)]
    found = imported.ask("SELECT severity, detail, count FROM issue WHERE kind = 'code_overlaps_itself'")
    sentence = "a.csv: events of 'Reach' of the infant that begin before one of the same code has ended: 1."
    assert found == [("warning", sentence, 1)]


def test_an_observer_template_is_the_codebook_of_a_study(tmp_path):
    """Smile belongs to an exclusive, exhaustive group; Wave to none, so both may hold at once."""
    study = Tiny(tmp_path, head=STUDY.replace("tiny.toml", "play.otx"))
    study.write("/play.otx", TEMPLATE.encode("utf-16"))
    study.spans(
        "a.csv",
        """
        | O1 | Infant | Smile            | 0 | 6  |
        | O1 | Infant | Face not visible | 6 | 10 |
        | O1 | Infant | Wave             | 2 | 8  |
        """,
    )
    imported = study.run()
    assert imported.events() == [
        "infant Smile 0-6000",
        "infant Wave 2000-8000",
        "infant Face not visible 6000-10000",
    ]
    assert imported.ask("SELECT code FROM code WHERE unobservable") == [("Face not visible",)]
