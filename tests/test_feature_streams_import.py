"""Imports of feature streams: from the files of three programs to rows of the table and stored frames, and again."""

import errno
import json
import shutil
from pathlib import Path

import duckdb
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.catalogue.manifest import load_manifest
from pipeline.errors import ManifestError, StudyError
from pipeline.features.choices import Dinov2Choices, LogMelChoices
from pipeline.features.stream_table import read_sums, sums_file
from pipeline.readers.feature_stream import Counts, on_grid
from pipeline.readers.stream_hdf5 import read_hdf5
from pipeline.steps import stored_file, stream_store
from pipeline.steps.feature_streams import read_rows
from pipeline.steps.stream_files import sums_of
from pipeline.steps.track_files import timed_files
from tests.feature_streams import (
    HDF5,
    KEY,
    MOTION,
    NOVA,
    STREAMS,
    extracted,
    hdf5,
    narrow,
    nova,
    numbers,
    study,
    table,
    view,
)  # fmt: skip
from tests.tiny import Imported, Tiny

WORDS = "| It was not used. Say it in the manifest (subject)."
UNUSED = "Nothing of this file was used."


def rows_of(one: Tiny, found: Imported, stream: str, subject: str = "", observation: str = "O1") -> np.ndarray:
    """Stored numbers of a stream."""
    question = "SELECT file FROM feature_stream WHERE stream = ? AND subject = ? AND observation_id = ?"
    [(file,)] = found.ask(question, stream, subject, observation)
    return read_rows(one.folder / "home", file).values


@pytest.fixture
def one(tmp_path) -> Tiny:
    """One recording of 8 s with its 200 frames of a motion grid."""
    made = study(tmp_path)
    extracted(tmp_path / "streams")
    return made


@pytest.fixture
def read_no_more(monkeypatch) -> None:
    """From here on a stream that is read would be a fault."""
    monkeypatch.setattr(stream_store, "READERS", {})


# ---- one import of everything ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> tuple[Tiny, Imported]:
    """Streams of three programs, good ones and doubtful ones, in one import."""
    folder = tmp_path_factory.mktemp("many")
    lengths = {"O1": 148, "O2": 8.12, "O3": 8, "N1": 9, "N2": 8, "H1": 68, "V1": 8, "A": 8, "B": 8, "C": 8, "D": 8}
    one = study(folder, STREAMS + NOVA + HDF5, **lengths, L1=8, L2=10)
    streams, measured = folder / "streams", np.ones(200, dtype=bool)
    extracted(streams, values=np.random.default_rng(1).normal(size=(3700, 3)).astype(np.float16))
    measured[[0, 50]] = False
    extracted(streams, "O2", numbers(first=1), step=3, measured=measured)
    values = pd.DataFrame(numbers(200, 2), columns=["jawOpen", "confidence"])
    values.loc[7, "jawOpen"] = np.nan
    narrow(streams, "O3", values)
    extracted(
        streams, "O3", numbers(first=2), stream="dinov2", about={"random_weights": "true", "pca_scope": "open: x"}
    )
    shutil.copy(streams / f"O2.motion_grid.{KEY}.parquet", streams / f"O3.motion_grid.{KEY}.parquet")
    nova(folder / "nova" / "N1", "infant.dino.stream", chunks="0-2x50 3-9x150")
    nova(folder / "nova" / "N1", "caretaker.dino.stream", kind="DOUBLE")
    for name in ("N1", "N2"):
        nova(folder / "nova" / name, "session.w2v.stream", numbers(200, 2))
    hdf5(folder / "hdf5", "H1", frames=1700, dim=4)
    for place, name in enumerate(("infant", "Caregiver", "left")):
        extracted(streams, "V1", numbers(first=3 + place), choices=view(name))
    extracted(streams, "V1", numbers(first=6), key="a" * 16)
    extracted(streams, "V1", numbers(first=7), key="b" * 16)
    for place, name in enumerate("ABCD"):
        choices = LogMelChoices(left_ms=100 if name == "C" else 50)
        extracted(streams, name, numbers(200, 4 if name == "D" else 3, place), stream="log_mel", choices=choices)
    for name, frames in (("L1", 202), ("L2", 200)):
        extracted(streams, name, numbers(200, 3, frames))
        extracted(streams, name, numbers(frames, 2), stream="sound", choices=LogMelChoices())
    return one, one.run()


def rows_in(found: Imported, observation: str) -> list[tuple]:
    return [row[1:] for row in table(found) if row[0] == observation]


def said(found: Imported, start: str) -> list[str]:
    """Issues without their action, of files that begin so."""
    return [line.split(" |")[0] for line in found.issues() if line.split(": ")[1].startswith(start)]


def test_a_file_of_extract_becomes_a_row_and_its_frames(many):
    """Second road: count, first, last and sum by one DuckDB statement on the file that extract wrote."""
    one, found = many
    assert rows_in(found, "O1") == [("motion_grid", "", 25.0, 3700, 3, False, 0)] and said(found, "O1") == []
    question = "SELECT choices, file FROM feature_stream WHERE observation_id = 'O1'"
    [(choices, file)] = found.ask(question)
    assert json.loads(choices)["long_side"] == 320 and file.startswith("features/streams/")
    counts = "SELECT rows, accepted, rejected, blank, dialect FROM source WHERE path LIKE 'streams/O1%'"
    assert found.ask(counts) == [(3700, 3700, 0, 0, "Parquet, 3 numbers")]
    question = """SELECT count(*), sum(values[2]::DOUBLE), arg_min(values[3], t_s), arg_max(values[1], t_s)
                  FROM read_parquet($f)"""
    with duckdb.connect() as connection:
        path = one.folder / "streams" / f"O1.motion_grid.{KEY}.parquet"
        [(count, total, first, last)] = connection.execute(question, {"f": str(path)}).fetchall()
    stored = rows_of(one, found, "motion_grid").astype(float)
    assert (len(stored), stored[:, 1].sum(), stored[0, 2], stored[-1, 0]) == (count, total, first, last)


def test_frames_that_a_file_lacks_or_did_not_measure_are_missing(many):
    """The film's first picture is frame 3; frame 3 and the one after a cut (frame 53) were not measured."""
    one, found = many
    stored = rows_of(one, found, "motion_grid", observation="O2")
    assert len(stored) == 203 and np.flatnonzero(np.isnan(stored[:, 0])).tolist() == [0, 1, 2, 3, 53]
    assert stored[4].tolist() == [2.0, 2.25, 2.5] and stored[202, 0] == 200
    [told] = said(found, "O2")
    assert (
        told
        == f"info missing_numbers: O2.motion_grid.{KEY}.parquet: 2 rows have a number that is missing or not finite."
    )


def test_a_stream_with_named_columns_has_them_side_by_side(many):
    one, found = many
    expected = numbers(200, 2)
    expected[7, 0] = np.nan
    stored = rows_of(one, found, "blendshapes", observation="O3")
    assert stored.dtype == np.float32 and np.array_equal(stored, expected, equal_nan=True)


def test_random_weights_and_lacking_sums_are_issues_of_their_own(many):
    _, found = many
    assert ("dinov2", "", 25.0, 200, 3, True, 0) in rows_in(found, "O3")
    [wild] = found.issues("random_weights")
    assert wild.startswith(f"warning random_weights: O3.dinov2.{KEY}.parquet: the numbers come from a network with")
    assert "no report is made of them" in wild
    [lacking] = found.issues("sums_missing")
    assert lacking.endswith("| Put it beside this one and import again.")


def test_a_copy_under_another_name_is_not_imported_a_second_time(many):
    _, found = many
    assert [line.split(": ")[1] for line in found.issues("same_content")] == [f"O3.motion_grid.{KEY}.parquet"]
    assert "motion_grid" not in [row[0] for row in rows_in(found, "O3")]


def test_a_nova_stream_is_named_by_folder_role_and_file(many):
    """NOVA's folder is the recording; 50 frames from 0 s, and after a gap of 1 s the others from 3 s on."""
    one, found = many
    assert rows_in(found, "N1") == [
        ("dino", "caregiver1", 25.0, 200, 3, False, 0), ("dino", "infant", 25.0, 225, 3, False, 0),
        ("w2v", "", 25.0, 200, 2, False, 0),
    ]  # fmt: skip
    stored = rows_of(one, found, "dino", "infant", "N1")
    assert np.isnan(stored[50:75]).all() and stored[75].tolist() == [50.0, 50.25, 50.5] and stored[49, 0] == 49
    assert rows_of(one, found, "dino", "caregiver1", "N1").dtype == np.float32
    names = "SELECT DISTINCT name, observation_id FROM source_observation WHERE name LIKE 'N%' ORDER BY 1"
    assert found.ask(names) == [("N1", "N1"), ("N2", "N2")]
    sizes = [path.stat().st_size for path in (one.folder / "nova" / "N1").iterdir()]
    assert found.ask("SELECT sum(bytes) FROM source WHERE path LIKE 'nova/N1%'") == [(sum(sizes),)]
    assert rows_in(found, "N2") == [("w2v", "", 25.0, 200, 2, False, 0)], "the same numbers of another session"


def test_a_chunk_whose_times_contradict_its_frames_is_said(tmp_path):
    """100 frames at 25 a second take 4 s; the head says they end after 5 s."""
    made = study(tmp_path, NOVA)
    nova(tmp_path / "nova" / "O1", values=numbers(100), chunks="0-5x100")
    words = "infant.dino.stream: chunk 1 says 5 s; its 100 frames take 4 s."
    why = "The start of the chunk and the rate count."
    assert made.run().issues("chunk_times") == [f"warning chunk_times: {words} | {why}"]


def test_a_hdf5_file_has_three_streams_of_one_session(many):
    one, found = many
    assert rows_in(found, "H1") == [
        ("dino_v2_embeddings", "caregiver1", 25.0, 1700, 4, False, 0),
        ("dino_v2_embeddings", "infant", 25.0, 1700, 4, False, 0),
        ("w2v_bert_2_embeddings", "", 25.0, 1700, 4, False, 0),
    ]
    with h5py.File(one.folder / "hdf5" / "H1_w2v_dino_labels_data.hdf5") as file:
        for array, (stream, subject) in {
            "caretaker_dino_features": ("dino_v2_embeddings", "caregiver1"),
            "infant_dino_features": ("dino_v2_embeddings", "infant"),
            "w2v_features": ("w2v_bert_2_embeddings", ""),
        }.items():
            assert np.array_equal(rows_of(one, found, stream, subject, "H1"), file[array][:])
    assert found.ask("SELECT rows, accepted FROM source WHERE path LIKE 'hdf5%'") == [(1700, 1700)]
    assert [line.split(":")[0] for line in said(found, "H1")] == ["info labels_not_read"]


def test_a_view_of_the_picture_says_whom_it_shows(many):
    _, found = many
    assert {row[:2] for row in rows_in(found, "V1")} == {
        ("motion_grid", ""), ("motion_grid", "caregiver1"), ("motion_grid", "infant"),
    }  # fmt: skip
    [told] = found.issues("stream_of_unknown_person")
    assert told.startswith("error stream_of_unknown_person: V1.motion_grid-left") and told.endswith(WORDS)
    assert found.ask("SELECT accepted, rejected FROM source WHERE path LIKE '%left%'") == [(0, 200)]


def test_a_stream_given_twice_is_named_and_the_first_stays(many):
    one, found = many
    assert rows_of(one, found, "motion_grid", observation="V1")[0, 0] == 6
    assert found.issues("stream_twice") == [
        f"error stream_twice: V1.motion_grid.{'b' * 16}.parquet: V1 has motion_grid of the session already, from "
        f"V1.motion_grid.{'a' * 16}.parquet. | The second one was not used. Keep one of the two files, or give one "
        "another name in the manifest (stream)."
    ]


def test_streams_that_cannot_be_compared_are_named(many):
    """D has 4 numbers where three others have 3; C was made with another context; both are said of them alone."""
    _, found = many
    assert [name for name in "ABCD" if rows_in(found, name)] == ["A", "B", "C"]
    assert said(found, "A.") == said(found, "B.") == []
    assert said(found, "C.") + said(found, "D.") == [
        f"warning stream_other_choices: C.log_mel.{KEY}.parquet: log_mel of the session was not made as in most of the "
        "3 recordings that have it.",
        f"error stream_other_width: D.log_mel.{KEY}.parquet: log_mel of the session has 4 numbers per frame here, and "
        "3 in most recordings.",
    ]


def test_streams_of_one_recording_that_do_not_fit_together_are_named(many):
    _, found = many
    assert len(rows_in(found, "L1")) == len(rows_in(found, "L2")) == 2
    assert said(found, "L1.") == [
        f"warning streams_apart: L1.sound.{KEY}.parquet: L1: motion_grid has 200 frames and sound has 202, which is "
        "more than one apart. Extract them again from the same video.",
    ]
    assert said(found, "L2.") == [
        f"info stream_length: L2.{name}.{KEY}.parquet: {name} of the session ends 2.0 s before the recording."
        for name in ("motion_grid", "sound")
    ]


def test_numbers_of_frames_say_where_a_row_belongs(tmp_path):
    """Frames 1, 2, 3, 6 counted from 1: frames 3 and 4 from 0 are missing."""

    def counted(file: h5py.File) -> None:
        del file["frame_numbers"]
        file["frame_numbers"] = np.array([1, 2, 3, 6], dtype=np.uint16)

    infant = read_hdf5(hdf5(tmp_path, frames=4, dim=1, change=counted))[1]
    found = np.concatenate(list(on_grid(infant, Counts())))
    assert np.array_equal(found[:, 0], [0, 1, 2, np.nan, np.nan, 3], equal_nan=True)


def test_the_rate_of_a_hdf5_file_is_part_of_what_is_stored(tmp_path):
    hdf5(tmp_path / "hdf5")
    keys = [
        timed_files(load_manifest(study(tmp_path, HDF5 + tail).manifest()), tmp_path, 1)[0].import_key
        for tail in ("", "fps = 25\n", "fps = 30\n")
    ]
    assert keys[0] == keys[1] != keys[2]


def test_sums_and_axes_come_along_with_a_stream_of_scores(tmp_path):
    """They belong to the stream, are no stream of their own, and are made anew when they are lost."""
    one = study(tmp_path)
    path = extracted(tmp_path / "streams", stream="dinov2", choices=Dinov2Choices())
    axes = pa.FixedSizeListArray.from_arrays(pa.array(np.eye(2).ravel()), 2)
    sums = pa.table({"mean": [1.0, 2.0], "kept_mean": [1.0, 2.0], "kept_axes": axes, "covariance": axes})
    pq.write_table(sums.replace_schema_metadata({"n": "7"}), sums_file(path))
    found = one.run()
    assert table(found) == [("O1", "dinov2", "", 25.0, 200, 3, False, 0)] and found.issues() == []
    [(file,)] = found.ask("SELECT file FROM feature_stream")
    assert read_sums(tmp_path / "home" / sums_of(file)).sums.n == 7
    assert found.ask("SELECT path FROM source WHERE content = 'stream'") == [(f"streams/{path.name}",)]
    (tmp_path / "home" / sums_of(file)).unlink()
    assert one.run().outcome.new and (tmp_path / "home" / sums_of(file)).is_file()


def test_names_of_files_say_the_recording_and_videos_the_offset(tmp_path):
    one = study(tmp_path, A=8, B=8)
    for name in ("cam_a_1", "B", "C"):
        extracted(tmp_path / "streams", name, numbers(first=ord(name[0])))
    one.write("/media.csv", "observation_id,view,path,offset_ms\nB,room,b.mp4,500\n")
    one.tail = """
[tables.media]
file = "media.csv"
[[streams]]
files = ["streams/cam*"]
format = "extracted"
observation = '^cam_(?P<observation>.)_1$'
observation_ids = { a = "A" }
view = "room"
[[streams]]
files = ["streams/[BC]*"]
format = "extracted"
view = "room"
"""
    found = one.run()
    assert [(row[0], row[-1]) for row in table(found)] == [("A", 0), ("B", 500)]
    [said] = found.issues("no_video_for_stream")
    assert "A has no video of view 'room', whose start would tell that of the stream." in said
    assert found.issues("stream_of_unknown_recording") == [
        "error stream_of_unknown_recording: C.motion_grid.0123456789abcdef.parquet: recording 'C' is not in the "
        f"observations table. | {UNUSED} Add the recording to the table, or map its name in the manifest (corrections, "
        "observation_ids), and import again."
    ]


def test_a_recording_without_length_ends_with_its_longest_stream(tmp_path):
    one = study(tmp_path, O1="", O2="")
    extracted(tmp_path / "streams", values=numbers(150))
    extracted(tmp_path / "streams", values=numbers(151), stream="log_mel", choices=LogMelChoices())
    found = one.run()
    assert found.ask("SELECT observation_id, end_ms FROM observation") == [("O1", 6040)]
    assert [line.split(":")[0] for line in found.issues()] == [
        "info length_from_stream",
        "error observation_without_length",
    ]


# ---- again ----------------------------------------------------------------------------------------------------------


def test_what_did_not_change_is_not_read_again(one, request):
    """Another name, person and offset are worked out from what is stored; what was said of the file is said again."""
    extracted(one.folder / "streams", stream="dinov2", choices=MOTION, about={"random_weights": "true"})
    warned = one.run().issues("random_weights")
    request.getfixturevalue("read_no_more")
    assert not one.run().outcome.new
    one.tail = STREAMS.replace("*", "*motion*") + 'stream = "moves"\nsubject = "infant"\noffset_ms = 40\n'
    one.tail += STREAMS.replace("*", "*dino*")
    found = one.run()
    assert table(found)[1] == ("O1", "moves", "infant", 25.0, 200, 3, False, 40)
    assert (found.outcome.files_new, found.outcome.files_unchanged) == (0, 2)
    assert found.issues("random_weights") == warned != []
    assert found.ask("SELECT DISTINCT generation FROM source WHERE content = 'stream'") == [(1,)]


def test_a_corrected_stream_replaces_the_old_one_and_a_broken_one_does_not(one):
    one.run()
    path = extracted(one.folder / "streams", values=numbers(200, 3, 7))
    found = one.run()
    assert rows_of(one, found, "motion_grid")[0, 0] == 7 and len(table(found)) == 1
    assert [line.split(":")[0] for line in found.issues()] == ["info superseded"]
    path.write_bytes(path.read_bytes()[:-100])
    found = one.run()
    assert rows_of(one, found, "motion_grid")[0, 0] == 7 and len(found.said) == 2
    assert [line.split(":")[0] for line in found.issues()] == ["error kept_older_version", "info superseded"]


def test_what_came_from_a_file_that_is_gone_stays_until_it_is_replaced(one):
    one.lengths["O2"] = 8
    extracted(one.folder / "streams", "O2", numbers(200, 3, 100))
    before = table(one.run())
    (one.folder / "streams" / f"O1.motion_grid.{KEY}.parquet").unlink()
    one.lengths["O2"] = 8.01
    found = one.run()
    assert table(found) == before and rows_of(one, found, "motion_grid")[5, 0] == 5
    assert [line.split(":")[0] for line in found.issues()] == ["warning file_gone"]
    extracted(one.folder / "streams", "O1", numbers(200, 3, 200), key="f" * 16)
    found = one.run()
    assert rows_of(one, found, "motion_grid")[0, 0] == 200 and len(table(found)) == 2
    assert {line.split(":")[0] for line in found.issues()} == {"warning file_gone", "info superseded"}


def test_stored_frames_that_are_lost_are_made_anew_or_named(one):
    one.lengths["O2"] = 8
    other = extracted(one.folder / "streams", "O2", numbers(200, 3, 100))
    first = one.run()
    stored = sorted((one.folder / "home" / "features" / "streams").glob("*.parquet"))
    whole = {path: path.read_bytes() for path in stored}
    for path in stored:
        path.write_bytes(whole[path][:-20])
    assert one.run().outcome.new and {path: path.read_bytes() for path in stored} == whole
    other.unlink()
    one.lengths["O2"] = 8.01
    [(file,)] = first.ask("SELECT file FROM feature_stream WHERE observation_id = 'O2'")
    (one.folder / "home" / file).unlink()
    found = one.run()
    assert [row[0] for row in table(found)] == ["O1"]
    assert [line.split(":")[0] for line in found.issues()] == ["warning file_gone", "error stream_lost"]


def test_a_second_stream_of_a_file_that_is_lost_is_made_anew(tmp_path):
    one = study(tmp_path, HDF5)
    hdf5(tmp_path / "hdf5")
    found = one.run()
    [(file,)] = found.ask("SELECT file FROM feature_stream WHERE subject = 'caregiver1'")
    (tmp_path / "home" / file).unlink()
    assert one.run().outcome.new and (tmp_path / "home" / file).is_file()


def test_a_full_disk_leaves_no_stream_that_counts(tmp_path, monkeypatch):
    """The third of three streams cannot be written: the file that has what is known of all of them is not there."""
    one, turns = study(tmp_path, HDF5), []
    hdf5(tmp_path / "hdf5")

    def full(old: str, new: Path) -> None:
        turns.append(new)
        if len(turns) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        shutil.move(old, new)

    with monkeypatch.context() as patched:
        patched.setattr(stored_file.os, "replace", full)
        with pytest.raises(StudyError, match="Disk full"):
            one.run()
    folder = tmp_path / "home" / "features" / "streams"
    assert sorted(path.name.partition(".")[2] for path in folder.iterdir()) == ["2.parquet", "3.parquet"]
    (folder / ".killed.parquet.tmp").write_bytes(b"half")
    assert len(table(one.run())) == 3 and not list(folder.glob(".*"))


# ---- manifests ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tail", "words"),
    [
        (STREAMS.replace("extracted", "stream"), "'stream' is not known here. Choose one of: extracted"),
        (STREAMS + 'subject = "sibling"\n', "'streams.1.subject': 'sibling' is not known here."),
        (STREAMS + 'stream = "a b"\n', "'streams.1.stream': 'a b' is not allowed here"),
        (HDF5.replace("hdf5/", "streams/") + 'stream = "a"\n', "leave out stream and subject"),
        (STREAMS + 'view = "room"\noffset_ms = 4\n', "give offset_ms or view, not both"),
        (STREAMS + STREAMS, "is named by two entries. Name it in one of them."),
        (STREAMS.replace("*", "no*"), "streams entry 1: no file matches 'streams/no*.parquet'."),
        ("", "name coded files ([[coded]]), face tracks ([[tracks]]) or feature streams ([[streams]])."),
    ],
)
def test_a_manifest_that_cannot_be_used_says_why(one, tail, words):
    one.tail = tail
    with pytest.raises(ManifestError) as refusal:
        one.run()
    assert words in str(refusal.value)
    assert not (Path(one.folder) / "home" / "published" / "CURRENT.json").exists()
