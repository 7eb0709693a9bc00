"""Feature streams that cannot be used: each is named in one sentence, nothing of it is stored, and the rest goes on."""

import random
from pathlib import Path

import numpy as np
import pytest

from pipeline.catalogue.timed_entries import Streams
from pipeline.errors import UnreadableFile
from pipeline.readers.feature_stream import Counts, on_grid
from pipeline.steps.stream_files import StoredRows
from pipeline.steps.stream_store import READERS, store_streams
from tests.bad_files.streams import BAD, OURS, SESSION, BadStream, lists, parquet
from tests.feature_streams import FPS, HDF5, NOVA, STREAMS, extracted, hdf5, nova, study, table

PLACE = "features/streams/key.parquet"


def store(path: Path, format: str, home: Path) -> None:
    store_streams(path, Streams(files=("*",), format=format), home, PLACE, b"dyadscope")


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.name)
def test_a_bad_stream_earns_its_sentence_and_leaves_nothing(tmp_path, case: BadStream):
    path = case.make(tmp_path)
    with pytest.raises(UnreadableFile) as refusal:
        store(path, case.format, tmp_path / "home")
    assert str(refusal.value) == f"{path.name}: {case.refused}"
    assert not (tmp_path / "home" / PLACE).exists()
    assert not list((tmp_path / "home").rglob(".*"))


def test_rows_without_a_place_are_left_out_and_frames_without_a_number_are_missing(tmp_path):
    """Of 8 rows one has no time, one lies before zero, one repeats a time and one comes late; two lack a number."""
    t_s = np.array([-0.04, 0.0, 0.04, 0.04, np.nan, 0.12, 0.08, 0.16])
    values = np.arange(24, dtype=np.float32).reshape(8, 3)
    values[1, 2], values[5, 0] = np.nan, np.inf
    made = parquet({"t_s": t_s, "values": lists(values)})
    [stream] = READERS["extracted"](made(tmp_path), Streams(files=("*",), format="extracted"))
    counts = Counts()
    found = np.concatenate(list(on_grid(stream, counts)))
    expected = [[3, 4, np.nan], [6, 7, 8], [np.nan] * 3, [np.nan, 16, 17], [21, 22, 23]]
    assert np.array_equal(found, expected, equal_nan=True)
    assert (counts.rows, counts.refused, counts.frames, counts.missing, counts.complete) == (8, 4, 5, 2, 2)
    assert [(note.kind, note.count) for note in counts.notes] == [
        ("no_time", 1), ("frame_before_zero", 1), ("repeated_time", 2), ("missing_numbers", 2),
    ]  # fmt: skip


def test_numbers_too_large_for_what_is_stored_are_missing(tmp_path):
    made = parquet({"t_s": np.arange(2) / FPS, "values": lists(np.array([[1e300, 1.0, 1.0], [1.0, 2.0, 3.0]]))})
    [stream] = READERS["extracted"](made(tmp_path), Streams(files=("*",), format="extracted"))
    found = np.concatenate(list(on_grid(stream, Counts())))
    assert found.dtype == np.float32 and np.isnan(found[0, 0]) and found[1].tolist() == [1.0, 2.0, 3.0]


def test_a_bad_file_is_named_and_the_good_ones_go_in(tmp_path):
    one = study(tmp_path, STREAMS + NOVA + HDF5, O1=8, O2=8)
    for folder in ("streams", "hdf5"):
        (tmp_path / folder).mkdir()
    extracted(tmp_path / "streams", "O2")
    (tmp_path / "streams" / OURS).write_bytes(b"no stream")
    nova(tmp_path / "nova" / "O2")
    nova(tmp_path / "nova" / "O1").with_name("infant.dino.stream~").unlink()
    hdf5(tmp_path / "hdf5", "O2")
    (tmp_path / "hdf5" / SESSION).write_bytes(b"no HDF5")
    found = one.run()
    assert [row[0] for row in table(found)] == ["O2"] * 5 and len(found.said) == 4
    said = found.issues("unreadable_file")
    assert len(said) == 3 and all(line.endswith("| Nothing of this file was imported.") for line in said)
    counts = found.ask("SELECT rows, dialect FROM source WHERE path LIKE '%O1%' AND content = 'stream'")
    assert counts == [(0, "not read")] * 3


def test_a_study_of_nothing_but_a_bad_stream_is_refused_with_its_sentence(tmp_path):
    one = study(tmp_path)
    one.write("/streams/" + OURS, b"no stream")
    with pytest.raises(UnreadableFile, match="damaged or no Parquet file"):
        one.run()
    assert not (tmp_path / "home" / "published" / "CURRENT.json").exists()


@pytest.mark.parametrize(("make", "format"), [(extracted, "extracted"), (nova, "nova_stream"), (hdf5, "hdf5")])
def test_any_damage_is_refused_or_read_and_never_a_fault(tmp_path, make, format):
    """Bytes turned or cut off at places drawn at random: what is stored can be read, and nothing else is raised."""
    draw, path = random.Random(7), make(tmp_path)
    files = [one for one in (path, path.with_name(path.name + "~")) if one.is_file()]
    whole = {one: one.read_bytes() for one in files}
    refused = 0
    for turn in range(40):
        victim = draw.choice(files)
        content = bytearray(whole[victim])
        for _ in range(draw.choice((1, 4, 40))):
            content[draw.randrange(len(content))] = draw.randrange(256)
        victim.write_bytes(content if turn % 4 else content[: draw.randrange(len(content))])
        try:
            store(path, format, tmp_path / "home")
            with StoredRows(tmp_path / "home" / PLACE) as stored:
                assert stored.between(0, stored.frames).shape == (stored.frames, stored.dim)
        except UnreadableFile as refusal:
            refused += 1
            assert str(refusal).startswith(path.name)
        victim.write_bytes(whole[victim])
    assert refused >= 5
