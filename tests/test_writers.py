"""Events written for other tools: what comes back is what was written, and what cannot be written is said."""

import csv
import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import connect
from pipeline.__main__ import main
from pipeline.errors import StudyError
from pipeline.steps.write_events import WRITERS, study_events, write_files
from pipeline.writers import boris, gridware, long_csv, sdis
from pipeline.writers.study_events import StudyEvents, harmless, seconds
from tests.tiny import Tiny, drawn, entry, event_line

EVENT = ["subject", "code", "modifier", "kind", "onset_ms", "offset_ms"]
GROUPS = {"Reach": "hands", "Wave": "hands", "Clap": "hands", "Sing": "voice", "Hum": "voice"}
LENGTH = 20_000
LONG = """
[[coded]]
files = ["events.csv"]
format = "long_csv"
columns = { observation = "observation", subject = "subject", behaviour_group = "behaviour_group", code = "code", \
modifiers = ["modifier"], onset = "onset_ms", offset = "offset_ms", coder = "coder", unit = "ms" }
"""
BORIS = '\n[[coded]]\nfiles = ["events.tsv"]\nformat = "boris_events"\n'


def study(*rows: str) -> StudyEvents:
    """Events of recordings of 20 s: 'O1 infant Smile 0 5000 broad' (points have one time)."""
    events = []
    for row in rows:
        name, subject, code, onset, offset, modifier = (*row.split(), "", "")[:6]
        group = GROUPS.get(code, "face")
        kind = "point" if code == "Clap" else "state"
        end = int(onset) if kind == "point" else int(offset)
        events.append(
            (name, "KL", subject, group, code, modifier, kind, int(onset), end, group.title(), group != "hands")
        )
    columns = ["observation_id", "coder_id", "subject", "behaviour_group", *EVENT[1:], "title", "exclusive"]
    frame = pd.DataFrame(events, columns=columns).sort_values(["observation_id", "onset_ms", "offset_ms"])
    names = sorted(set(frame["observation_id"]))
    about = {"start_ms": 0, "end_ms": LENGTH, "infant_age_months": 6.5, "child_sex": "female"}
    return StudyEvents(frame, pd.DataFrame([{"observation_id": name, **about} for name in names]))


def lines(events: pd.DataFrame) -> list[str]:
    return sorted(event_line(*row, "") for row in events[EVENT].itertuples(index=False, name=None))


def read_back(written: StudyEvents, module, entry: str) -> tuple[dict[str, list[str]], list[str]]:
    """The events of each recording after writing and importing, and the issues that this made."""
    with TemporaryDirectory() as folder:
        names = sorted(set(written.events["observation_id"]))
        tiny = Tiny(Path(folder), dict.fromkeys(names, LENGTH / 1000), entry)
        for name, text in module.write(written):
            tiny.write(name, text)
        done = tiny.run()
        return {name: sorted(done.events(name)) for name in names}, done.issues()


ONE_OF_EACH = (
    "O1 infant Smile 0 5000 broad|glad",
    "O1 infant Neutral 5000 5001",
    "O1 caregiver1 Smile 12 17345",
    "O1 infant Reach 100 900",
    "O1 infant Wave 500 1500",
    "O1 infant Clap 500",
    "O1 infant Smile 9000 9000",
)


@pytest.mark.parametrize(("module", "entry"), [(long_csv, LONG), (boris, BORIS)], ids=["long_csv", "boris"])
def test_written_and_read_again_events_are_the_same(module, entry):
    written = study(*ONE_OF_EACH)
    found, issues = read_back(written, module, entry)
    assert found == {"O1": lines(written.events)}
    assert {issue.split(":")[0] for issue in issues} == {"warning zero_length_state", "warning hole_in_group"}


@st.composite
def anything(draw, name: str = "O1") -> StudyEvents:
    """Streams of exclusive groups without overlap, others with, points, states of no length, modifiers."""
    rows = []
    for subject in ("infant", "caregiver1"):
        for codes in (("Smile", "Neutral", "Hidden"), ("Sing", "Hum"), ("Reach",), ("Wave",)):
            times = sorted(draw(st.sets(st.integers(0, LENGTH), max_size=6)))
            for onset, offset in zip(times, times[1:], strict=False):
                if draw(st.booleans()):
                    modifier = draw(st.sampled_from(["", "left", "left|right"]))
                    rows.append(f"{name} {subject} {draw(st.sampled_from(codes))} {onset} {offset} {modifier}")
        rows += [f"{name} {subject} Clap {ms}" for ms in draw(st.sets(st.integers(0, LENGTH), max_size=2))]
    return study(*(rows or [f"{name} infant Smile 0 1"]))


@settings(max_examples=1)
@given(st.tuples(*(anything(f"O{number}") for number in range(20))))
@pytest.mark.parametrize(("module", "entry"), [(long_csv, LONG), (boris, BORIS)], ids=["long_csv", "boris"])
def test_whatever_is_written_comes_back(module, entry, several):
    """Twenty drawn recordings at a time, since an import takes most of the time."""
    events, observations = (pd.concat([getattr(one, part) for one in several]) for part in ("events", "observations"))
    found, _ = read_back(StudyEvents(events, observations), module, entry)
    assert found == {name: lines(rows) for name, rows in events.groupby("observation_id")}


# ---- GridWare: joint states ------------------------------------------------------------------------------------------


def trajectory(text: str) -> list[tuple[int, str, str]]:
    """Rows of a .trj as (ms, infant, caregiver); the last one is the end alone."""
    header, *rows = [line.split("\t") for line in text.splitlines()]
    assert header == ["Onset", "infant_face", "caregiver1_face"]
    assert [len(row) for row in rows] == [3] * (len(rows) - 1) + [1]
    return [(ms_of(row[0]), *(row[1:] or ["", ""])) for row in rows]


def ms_of(text: str) -> int:
    whole, fraction = text.split(".")
    return int(whole) * 1000 + int(fraction)


def bouts_of(rows: list[tuple[int, str, str]], place: int) -> list[tuple[str, int, int]]:
    """Bouts of one partner in a trajectory: rows of one state joined."""
    found: list[tuple[str, int, int]] = []
    for (start, *states), (stop, *_) in zip(rows, rows[1:], strict=False):
        state = states[place]
        if found and found[-1][0] == state and found[-1][2] == start:
            found[-1] = (state, found[-1][1], stop)
        else:
            found.append((state, start, stop))
    return [bout for bout in found if bout[0] != "--"]


def test_a_trajectory_has_one_row_per_change():
    written = study("O1 infant Smile 0 5000", "O1 infant Neutral 7000 9000", "O1 caregiver1 Smile 4000 7000")
    files = dict(gridware.write(written))
    assert trajectory(files["O1.trj"]) == [
        (0, "Smile", "--"),
        (4000, "Smile", "Smile"),
        (5000, "--", "Smile"),
        (7000, "Neutral", "--"),
        (9000, "--", "--"),
        (20_000, "", ""),
    ]
    assert files["study.gwf"] == "ID\tAge\tGender\tFilename\r\nO1\t6.5\tfemale\tO1.trj\r\n"


@settings(max_examples=25)
@given(anything())
def test_a_trajectory_holds_the_bouts_of_both(written):
    """Touching bouts of one code are one; every change has a row and no row repeats the one before."""
    face = written.events[written.events["behaviour_group"] == "face"]
    if face.empty:
        return
    rows = trajectory(dict(gridware.write(replace(written, events=face)))["O1.trj"])
    for place, subject in enumerate(("infant", "caregiver1")):
        of = face[(face["subject"] == subject)].sort_values("onset_ms")
        merged: list[tuple[str, int, int]] = []
        for code, onset, offset in of[["code", "onset_ms", "offset_ms"]].itertuples(index=False, name=None):
            if merged and merged[-1][0] == code and merged[-1][2] == onset:
                merged[-1] = (code, merged[-1][1], offset)
            else:
                merged.append((code, onset, offset))
        assert bouts_of(rows, place) == merged
    assert all(one[1:] != other[1:] for one, other in zip(rows, rows[1:], strict=False))


def test_gridware_takes_one_group_of_one_code_at_a_time():
    with pytest.raises(StudyError, match=r"^GridWare takes one behaviour group; the events are of 2 groups\. Choose "):
        list(gridware.write(study("O1 infant Smile 0 1", "O1 infant Sing 0 1")))
    with pytest.raises(StudyError, match="^GridWare takes one code at a time; the codes of hands may overlap"):
        list(gridware.write(study("O1 infant Reach 0 1")))


def test_recordings_of_one_file_name_are_refused():
    written = study("P1/a infant Smile 0 1", "P1:a infant Smile 0 1")
    with pytest.raises(StudyError, match=r"^GridWare would write the recording 'P1/a' and the recording 'P1:a' both"):
        list(gridware.write(written))


def test_a_name_cannot_leave_the_folder():
    files = dict(gridware.write(study("../../etc/x infant Smile 0 1")))
    assert sorted(files) == ["_.._etc_x.trj", "study.gwf"]


# ---- SDIS ------------------------------------------------------------------------------------------------------------


def parsed(text: str) -> dict[str, list[tuple[str, int, int]]]:
    """Sessions of an SDIS text: label -> (name, onset, offset); a minimal reader of timed events."""
    head, body = text.split(";", 1)
    assert head == "Timed <seconds>"
    sessions = {}
    for part in body.split("/")[:-1]:
        label, rest = re.fullmatch(r"\s*<([^>]+)>\s*(.*)", part, re.DOTALL).groups()
        events = []
        for word in rest.split():
            name, onset, offset = re.fullmatch(r"(\w+),(\d+\.\d{3})(?:-(\d+\.\d{3}))?", word).groups()
            events.append((name, ms_of(onset), ms_of(offset or onset)))
        sessions[label] = events
    assert not body.split("/")[-1].strip()
    return sessions


@settings(max_examples=25)
@given(anything())
def test_sdis_holds_every_event_once(written):
    ((_, text),) = sdis.write(written)
    rows = written.events[["subject", "code", "onset_ms", "offset_ms"]].itertuples(index=False, name=None)
    assert sorted(parsed(text)["O1"]) == sorted((f"{who}_{code}", onset, offset) for who, code, onset, offset in rows)
    onsets = [onset for _, onset, _ in parsed(text)["O1"]]
    assert onsets == sorted(onsets)


def test_signs_in_names_become_underscores():
    assert (
        sdis.sdis_name("infant", "Look at same object/joint attention") == "infant_Look_at_same_object_joint_attention"
    )
    assert sdis.sdis_name("infant", "Yes, non-verbal (a; b) 100%") == "infant_Yes__non_verbal__a__b__100_"


def test_names_that_become_one_are_an_error():
    written = study("O1 infant Smile 0 1", "O1 infant Smile 2 3")
    written.events["code"] = ["Non-Distress", "Non Distress"]
    with pytest.raises(StudyError) as refusal:
        list(sdis.write(written))
    assert str(refusal.value) == (
        "SDIS would write 'Non-Distress' of group face (infant) and 'Non Distress' of group face (infant) both as "
        "'infant_Non_Distress'. Rename one code, or export one behaviour group (--group). Nothing was written."
    )


def test_recordings_that_become_one_are_an_error():
    with pytest.raises(StudyError, match="^SDIS would write the recording 'P/1' and the recording 'P;1' both as 'P_1'"):
        list(sdis.write(study("P/1 infant Smile 0 1", "P;1 infant Smile 0 1")))


# ---- BORIS -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "second", ["O1 infant Reach 4000 6000", "O1 infant Reach 5000 5000", "O1 infant Reach 1000 2000"]
)
def test_boris_cannot_hold_a_code_twice_at_a_time(second):
    with pytest.raises(StudyError, match="^BORIS cannot hold a code that runs twice at a time: 'Reach' of infant in"):
        list(boris.write(study("O1 infant Reach 0 5000", second)))


def test_boris_knows_a_code_by_its_name_alone():
    written = study("O1 infant Smile 0 1", "O1 infant Sing 0 1")
    written.events["code"] = "Other"
    with pytest.raises(
        StudyError, match=r"^BORIS would write 'Other' of group \w+ and 'Other' of group \w+ both as 'Other'"
    ):
        list(boris.write(written))


def test_marks_of_one_time_are_in_the_order_in_which_they_happen():
    ((_, text),) = boris.write(
        study("O1 infant Smile 0 5000", "O1 infant Neutral 5000 9000", "O1 infant Hidden 5000 5000")
    )
    rows = [row for row in csv.DictReader(io.StringIO(text), delimiter="\t") if row["Time"] == "5.000"]
    assert [(row["Behavior"], row["Behavior type"]) for row in rows] == [
        ("Smile", "STOP"),
        ("Hidden", "START"),
        ("Hidden", "STOP"),
        ("Neutral", "START"),
    ]


# ---- cells and times -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dangerous", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(dangerous):
    """In neither table, in no column that takes words of the study."""
    written = study("O1 infant Smile 0 1")
    for column in ("observation_id", "coder_id", "code", "modifier"):
        spoilt = replace(written, events=written.events.assign(**{column: dangerous}))
        spoilt = replace(
            spoilt, observations=written.observations.assign(observation_id=spoilt.events["observation_id"])
        )
        for module, mark in ((long_csv, ","), (boris, "\t")):
            ((_, text),) = module.write(spoilt)
            cells = [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) for cell in row]
            assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_numbers_stay_numbers():
    assert [harmless(value) for value in ("-5", "+1.5e3", -7, None, float("nan"))] == ["-5", "+1.5e3", "-7", "", ""]


@given(st.integers(-10_000_000, 10_000_000))
def test_seconds_are_exact(ms):
    assert float(seconds(ms)) * 1000 == pytest.approx(ms, abs=1e-6) and len(seconds(ms).split(".")[1]) == 3


# ---- the command -----------------------------------------------------------------------------------------------------


def export(home: Path, *options: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("DYADSCOPE_HOME", str(home))
        status = main(["export", *options])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Tiny:
    """A study of two recordings, the first coded by two people. Do not change it."""
    tiny = Tiny(tmp_path_factory.mktemp("small"), {"O1": 10, "O2": 10}, "")
    tiny.coded = entry("a.csv", 'coder = "KL"\n') + entry("b.csv", 'coder = "MB"\n')
    tiny.spans(
        "a.csv", "| O1 | Infant | Smile | 0 | 5 |\n| O1 | Infant | Sing | 0 | 5 |\n| O2 | Infant | Cry | 1 | 2 |"
    )
    tiny.spans("b.csv", "| O1 | Infant | Neutral | 0 | 5 |")
    tiny.run()
    return tiny


def test_the_analysed_coders_are_exported_unless_one_is_named(small, tmp_path):
    home = small.folder / "home"
    assert export(home, "long_csv", "--out", str(tmp_path / "all")) == (
        0,
        f"events.csv written to {tmp_path / 'all'}: 3 events of 2 recordings.\n",
        "",
    )
    assert export(home, "long_csv", "--out", str(tmp_path / "mb"), "--coder", "MB")[0] == 0
    text = (tmp_path / "mb" / "events.csv").read_text()
    assert drawn(text.replace(",", " | ").replace("observation", "| observation"))[1][4] == "Neutral"
    assert len(text.splitlines()) == 2
    assert export(home, "sdis", "--out", str(tmp_path / "voice"), "--group", "voice")[1].endswith(
        "1 events of 1 recordings.\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["long_cvs"],
            "'long_cvs' cannot be written. Did you mean 'long_csv'? Choose one of: boris, gridware, long_csv, nova, "
            "sdis.\n",
        ),
        (["boris", "--coder", "KI"], "'KI' is no coder of this study. Choose one of: KL, MB. Nothing was written.\n"),
        (
            ["boris", "--group", "faces"],
            "'faces' is no behaviour group of this study. Did you mean 'face'? Choose one of: face, voice. Nothing was "
            "written.\n",
        ),
        (
            ["boris", "--coder", "MB", "--group", "voice"],
            "There are no such events in this study. Choose another coder or group. Nothing was written.\n",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_said(small, tmp_path, options, said):
    assert export(small.folder / "home", *options, "--out", str(tmp_path / "out")) == (1, "", said)
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(small, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "O1.trj").write_text("mine")
    status, _, err = export(small.folder / "home", "gridware", "--group", "face", "--out", str(tmp_path / "out"))
    assert status == 1 and err == (
        f"{tmp_path / 'out'} holds O1.trj already. Choose an empty folder with --out, or move the old files away. "
        "Nothing was written.\n"
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["O1.trj"]


def test_without_a_study_there_is_nothing_to_export(tmp_path):
    assert export(tmp_path / "none", "boris") == (
        1,
        "",
        "There is no study yet. Import one first: python -m pipeline import STUDY.toml.\n",
    )


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StudyError, match=r"^The files cannot be written to .* \((Not a directory|File exists)\)\."):
        write_files(study("O1 infant Smile 0 1"), "long_csv", tmp_path / "file")


# ---- the demo study there and back -----------------------------------------------------------------------------------

DEMO = """
[study]
id = "again"
title = "Again"
scheme = "mhint"
protocol = "home_headcam"

[tables.observations]
file = "observations.csv"
"""


@pytest.fixture(scope="module")
def demo_events(demo_study) -> StudyEvents:
    with connect.open_reader(connect.current(demo_study).file) as connection:
        whole = study_events(connection.cursor(), None, None)
    coded = whole.events["behaviour_group"] != "smile_phases"
    names = sorted(set(whole.events.loc[coded, "observation_id"]))[:12]
    return StudyEvents(
        whole.events[whole.events["observation_id"].isin(names)],
        whole.observations[whole.observations["observation_id"].isin(names)],
    )


@pytest.mark.parametrize(("format_name", "entry"), [("long_csv", LONG), ("boris", BORIS)], ids=["long_csv", "boris"])
def test_the_demo_study_comes_back_event_by_event(demo_events, tmp_path, format_name, entry):
    """Twelve of its recordings at home, every event of every group, by one statement on what was imported."""
    write_files(demo_events, format_name, tmp_path / "coded")
    lengths = demo_events.observations.set_index("observation_id")["end_ms"] / 1000
    tiny = Tiny(tmp_path, lengths.to_dict(), entry, head=DEMO)
    done = tiny.run()
    with duckdb.connect(str(done.outcome.generation.file), read_only=True) as connection:
        columns = "observation_id, subject, behaviour_group, code, modifier, kind, onset_ms, offset_ms"
        connection.register("written", demo_events.events)
        read, put = (f"SELECT {columns} FROM {table}" for table in ("event", "written"))
        missing = connection.execute(f"({put}) EXCEPT ALL ({read})").fetchall()
        added = connection.execute(f"({read}) EXCEPT ALL ({put})").fetchall()
    assert not missing and not added and len(demo_events.events) > 1_000
    assert done.outcome.rejected == 0


def test_every_writer_writes_the_demo_study(demo_events, tmp_path):
    face = demo_events.events[demo_events.events["behaviour_group"] == "facial_expression"]
    for name in WRITERS:
        events = replace(demo_events, events=face) if name == "gridware" else demo_events
        assert write_files(events, name, tmp_path / name)
    ((_, text),) = sdis.write(demo_events)
    assert sum(map(len, parsed(text).values())) == len(demo_events.events)
