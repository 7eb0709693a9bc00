"""NOVA files written: read back to the millisecond, by our reader and by a second one, and what cannot be written."""

import io
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.__main__ import main
from pipeline.catalogue.nova_names import in_file_name, in_folder_name
from pipeline.errors import StudyError
from pipeline.readers.nova_stream import read_stream
from pipeline.steps.write_events import write_files
from pipeline.writers import nova
from pipeline.writers.study_events import StudyEvents
from tests.nova_files import head
from tests.test_readers_nova import ICEPR, NOVA
from tests.test_writers import LENGTH, ONE_OF_EACH, anything, lines, study
from tests.tiny import Tiny


def by_hand(files: dict[str, str]) -> list[tuple]:
    """Second road: head by ElementTree, rows by splitting: (folder, file, role, annotator, label, from, to) as text."""
    found = []
    for name, text in files.items():
        if not name.endswith(".annotation"):
            continue
        root = ElementTree.fromstring(text)
        labels = {item.get("id"): item.get("name") for item in root.iter("item")}
        rows = [line.split(";") for line in files[name + "~"].splitlines()]
        assert root.find("info").attrib == {"ftype": "ASCII", "size": str(len(rows))}
        meta = root.find("meta").attrib
        found += [(*name.split("/"), meta["role"], meta["annotator"], labels[row[2]], *row[:2]) for row in rows]
    return sorted(found)


def test_a_pair_of_files_per_person_group_and_coder():
    files = dict(
        nova.write(study("O.1 infant Smile 0 5000", "O.1 infant Neutral 5000 5001", "O.1 caregiver1 Sing 12 17345"))
    )
    assert by_hand(files) == [
        ("O.1", "caretaker.voice.KL.annotation", "caretaker", "KL", "Sing", "0.012", "17.345"),
        ("O.1", "infant.face.KL.annotation", "infant", "KL", "Neutral", "5.000", "5.001"),
        ("O.1", "infant.face.KL.annotation", "infant", "KL", "Smile", "0.000", "5.000"),
    ]
    assert files["O.1/infant.face.KL.annotation~"] == "0.000;5.000;1;1\n5.000;5.001;0;1\n"


def read_back(written: StudyEvents, entry: str = NOVA) -> tuple[dict[str, list[str]], list[str]]:
    with TemporaryDirectory() as folder:
        names = sorted(set(written.events["observation_id"]))
        tiny = Tiny(Path(folder), dict.fromkeys(names, LENGTH / 1000), entry)
        for name, text in nova.write(written):
            tiny.write(name, text)
        done = tiny.run()
        return {name: sorted(done.events(name)) for name in names}, done.issues()


@settings(max_examples=1)
@given(st.tuples(*(anything(f"O{number}") for number in range(2, 12))))
def test_whatever_is_written_comes_back_to_the_millisecond(several):
    """Ten drawn recordings and one of each kind of event; nothing is refused."""
    several = (study(*ONE_OF_EACH), *several)
    events, observations = (pd.concat([getattr(one, part) for one in several]) for part in ("events", "observations"))
    found, issues = read_back(StudyEvents(events, observations))
    assert {issue.split(":")[0] for issue in issues} <= {"warning zero_length_state", "warning hole_in_group"}
    assert found == {name: lines(rows) for name, rows in events.groupby("observation_id")}


@settings(max_examples=20)
@given(anything())
def test_every_event_stands_in_the_files_once(written):
    """By the second road, with times as decimal text."""
    rows = written.events[["subject", "code", "onset_ms", "offset_ms"]].itertuples(index=False, name=None)
    roles = {"infant": "infant", "caregiver1": "caretaker"}
    expected = sorted((roles[who], code, onset, offset) for who, code, onset, offset in rows)
    found = [
        (role, label, round(float(a) * 1000), round(float(b) * 1000))
        for *_, role, _, label, a, b in by_hand(dict(nova.write(written)))
    ]
    assert sorted(found) == expected


def test_every_code_of_the_group_can_be_chosen_in_nova():
    """Codes that did not occur are classes too, with the colours of the scheme; those of another person are not."""
    codes = pd.DataFrame(
        [
            ("face", "Neutral", "#5b8db8", "infant,caregiver1"),
            ("face", "Smile", "#F2C14E", "infant"),
            ("face", "Woe", "#000000", "caregiver1"),
            ("voice", "Sing", "#111111", "infant"),
        ],
        columns=["behaviour_group", "code", "colour", "subjects"],
    )
    files = dict(nova.write(replace(study("O1 infant Smile 0 1"), codes=codes)))
    items = list(ElementTree.fromstring(files["O1/infant.face.KL.annotation"]).iter("item"))
    assert [(item.get("id"), item.get("name"), item.get("color")) for item in items] == [
        ("0", "Neutral", "#FF5B8DB8"),
        ("1", "Smile", "#FFF2C14E"),
    ]


def test_confidence_is_kept_where_the_events_have_one():
    written = study("O1 infant Smile 0 1", "O1 infant Neutral 1 2")
    written.events["confidence"] = [0.8125, 1]
    assert dict(nova.write(written))["O1/infant.face.KL.annotation~"] == "0.000;0.001;1;0.812\n0.001;0.002;0;1\n"


@pytest.mark.parametrize("column", ["code", "modifier"])
@pytest.mark.parametrize("text", ["a;b", "a\nb", "two  blanks"])
def test_a_sign_that_would_break_a_row_is_refused(column, text):
    written = study("O1 infant Smile 0 1")
    written.events[column] = text
    with pytest.raises(
        StudyError,
        match=r"^NOVA cannot hold the (label|modifier) '.*' of group face: it has a .*\. Nothing was written\.$",
    ):
        list(nova.write(written))


def test_names_that_become_one_are_refused():
    with pytest.raises(StudyError, match="^NOVA would write the recording 'P/1' and the recording 'P:1' both as 'p_1'"):
        list(nova.write(study("P/1 infant Smile 0 1", "P:1 infant Smile 0 1")))
    written = study("O1 infant Smile 0 1", "O1 infant Smile 1 2")
    written.events["coder_id"] = ["model:a", "model.a"]
    with pytest.raises(StudyError, match=r"^NOVA would write the coder 'model\.a' and the coder 'model:a' both as"):
        list(nova.write(written))


@pytest.mark.parametrize(
    ("text", "folder", "file"),
    [
        ("0012.A.6m", "0012.A.6m", "0012_A_6m"),
        ("../../etc/x", "___.._etc_x", "______etc_x"),
        ("..", "__", "__"),
        ("a. ", "a__", "a__"),
        ("model:1<2", "model_1_2", "model_1_2"),
        ("", "_", "_"),
        ("Zoë", "Zoë", "Zoë"),
    ],
)
def test_names_of_files_and_folders(text, folder, file):
    assert (in_folder_name(text), in_file_name(text)) == (folder, file)


@given(st.text(max_size=12))
def test_no_name_leaves_its_folder(text):
    for name in (in_folder_name(text), in_file_name(text)):
        assert name and "/" not in name and name not in (".", "..") and (Path("a") / name).parent == Path("a")


# ---- the command, and a person who corrects a model ------------------------------------------------------------------


def command(home: Path, *options: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("DYADSCOPE_HOME", str(home))
        status = main(["export", *options])
    return status, out.getvalue(), err.getvalue()


def test_a_model_s_phases_are_exported_corrected_and_imported_again(tmp_path):
    """Predictions go to NOVA; a person corrects one segment, saves under her name, and is one more coder."""
    tiny = Tiny(tmp_path, {"NP001": 360}, NOVA, head=ICEPR)
    content = head(
        "INEG INON INEU IPOS", 2, scheme="InfantEngagement", meta='<meta annotator="model:v1" role="infant"/>'
    )
    tiny.write("NP001/infant.InfantEngagement.model_v1.annotation", content)
    tiny.write("NP001/infant.InfantEngagement.model_v1.annotation~", "0;4.04;1;1\n4.04;9;3;0.7\n")
    tiny.run()
    out = tmp_path / "out"
    status, said, _ = command(tmp_path / "home", "nova", "--coder", "model:v1", "--out", str(out))
    assert (status, said) == (0, f"2 files written to {out}: 2 events of 1 recordings.\n")
    assert sorted(path.name for path in out.rglob("*") if path.is_file()) == [
        "infant.InfantEngagement.model_v1.annotation",
        "infant.InfantEngagement.model_v1.annotation~",
    ]
    written = out / "NP001" / "infant.InfantEngagement.model_v1.annotation"
    assert len(list(ElementTree.parse(written).iter("item"))) == 8
    corrected = tmp_path / "coded" / "NP001" / "infant.InfantEngagement.anna.annotation"
    corrected.write_text(written.read_text().replace("model:v1", "anna"))
    rows = (out / "NP001" / f"{written.name}~").read_text().replace("4.040;9.000;5;", "4.040;9.000;4;")
    corrected.with_name(corrected.name + "~").write_text(rows)
    done = tiny.run()
    assert done.events("NP001", "anna") == ["infant Inon 0-4040", "infant Ineu 4040-9000"]
    assert done.events("NP001", "model:v1") == ["infant Inon 0-4040", "infant Ipos 4040-9000"]
    assert done.ask("SELECT coder_id FROM coding WHERE is_primary") == [("anna",)]


def test_nothing_is_written_over(tmp_path):
    write_files(study("O1 infant Smile 0 1"), "nova", tmp_path / "out")
    with pytest.raises(StudyError, match=r"out holds O1/infant.face.KL.annotation already\. Choose an empty folder"):
        write_files(study("O1 infant Smile 0 1"), "nova", tmp_path / "out")
    shutil.rmtree(tmp_path / "out" / "O1")
    assert len(write_files(study("O1 infant Smile 0 1"), "nova", tmp_path / "out")) == 2


def test_duckdb_adds_up_the_same_time(tmp_path):
    """The files as one table: seconds of all segments are those of the events."""
    written = study(*ONE_OF_EACH)
    write_files(written, "nova", tmp_path / "out")
    files = f"read_text('{tmp_path}/out/*/*~')"
    lines = f"SELECT unnest(string_split(rtrim(content, chr(10)), chr(10))) AS line FROM {files}"
    ends = "split_part(line, ';', 2)::DECIMAL(12, 3) - split_part(line, ';', 1)::DECIMAL(12, 3)"
    events = written.events
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT count(*), (1000 * sum({ends}))::INT FROM ({lines})").fetchall()
    assert found == [(len(events), int((events["offset_ms"] - events["onset_ms"]).sum()))]


# ---- streams ---------------------------------------------------------------------------------------------------------


def test_a_stream_written_is_read_back(tmp_path):
    values = np.arange(30, dtype=np.float64).reshape(10, 3) / 7
    path = nova.write_stream(tmp_path, "infant", "dino_v2", Fraction(25), 3, [values[:4], values[4:]])
    stream = read_stream(path)
    assert (path.name, stream.role, stream.name) == ("infant.dino_v2.stream", "infant", "dino_v2")
    assert (stream.rate, stream.dim, stream.kind, stream.frames) == (25, 3, "FLOAT", 10)
    assert np.array_equal(stream.mapped(), values.astype(np.float32))
    assert {path.name for path in tmp_path.iterdir()} == {"infant.dino_v2.stream", "infant.dino_v2.stream~"}
    with pytest.raises(StudyError, match=r"^infant\.dino_v2\.stream is there already"):
        nova.write_stream(tmp_path, "infant", "dino_v2", Fraction(25), 3, [])


def test_a_stream_that_breaks_off_leaves_nothing(tmp_path):
    def blocks():
        yield np.zeros((2, 3))
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        nova.write_stream(tmp_path, "infant", "x", Fraction(25), 3, blocks())
    assert not list(tmp_path.iterdir())
