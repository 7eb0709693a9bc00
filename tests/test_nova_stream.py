"""NOVA streams: every kind of number, both forms, chunks, lengths checked, never loaded as a whole."""

import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile, UserError
from pipeline.readers.nova_stream import BLOCK_BYTES, KINDS, read_stream
from tests.nova_files import pair, stream_head

NAME = "infant.dino_v2_embeddings.stream"


def stream(folder: Path, values: np.ndarray, kind: str = "FLOAT", form: str = "BINARY", **more):
    """A stream of these values, in one chunk unless `chunks` says otherwise."""
    values = values.astype(KINDS[kind])
    text = "".join(
        " ".join(str(one) for one in row.astype(int if kind == "BOOL" else row.dtype)) + " \n" for row in values
    )
    content = values.tobytes() if form == "BINARY" else text
    words = {"chunks": f"0-{len(values) / 25}x{len(values)}", "dim": values.shape[1], "byte": values.dtype.itemsize}
    return read_stream(pair(folder, NAME, stream_head(**{**words, "kind": kind, "form": form, **more}), content))


def everything(found) -> np.ndarray:
    return np.concatenate(list(found.blocks())) if found.frames else np.empty((0, found.dim))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_number_in_both_forms(tmp_path, kind):
    """The extremes of the kind among them."""
    of = np.dtype(KINDS[kind])
    if of.kind == "f":
        values = np.array([[0.1, -2.5], [np.finfo(of).max, np.nan]], dtype=of)
    else:
        least, most = (0, 1) if of.kind == "b" else (np.iinfo(of).min, np.iinfo(of).max)
        values = np.array([[least, most], [1, 0]], dtype=of)
    for form in ("BINARY", "ASCII"):
        found = stream(tmp_path / form, values, kind, form)
        assert everything(found).dtype == of and np.array_equal(everything(found), values, equal_nan=of.kind == "f")
    assert (found.role, found.name, found.rate) == ("infant", "dino_v2_embeddings", 25)


PACKED = {
    "SHORT": "h",
    "USHORT": "H",
    "INT": "i",
    "UINT": "I",
    "LONG": "q",
    "ULONG": "Q",
    "FLOAT": "f",
    "DOUBLE": "d",
    "BOOL": "?",
}


@pytest.mark.parametrize("kind", PACKED)
def test_numbers_have_the_bytes_of_their_kind(tmp_path, kind):
    """Packed by hand with struct, little-endian."""
    data = struct.pack(f"<4{PACKED[kind]}", 1, 0, 1, 1)
    found = read_stream(pair(tmp_path, NAME, stream_head("0-0.08x2", kind=kind, byte=len(data) // 4), data))
    assert everything(found).tolist() == [[1, 0], [1, 1]]


def test_chunks_have_times_of_their_own(tmp_path):
    found = stream(tmp_path, np.zeros((150, 2)), chunks="0-4x100 6-8x50")
    times = found.times_s()
    assert found.frames == 150 and times[[0, 99, 100, 149]].round(6).tolist() == [0, 3.96, 6, 7.96] and not found.notes


def test_times_that_contradict_are_said(tmp_path):
    found = stream(tmp_path, np.zeros((150, 2)), chunks="0-5x100 3,5-5.5x50")
    assert [note.detail for note in found.notes] == [
        "Chunk 1 says 5 s; its 100 frames take 4 s.",
        "Chunk 2 begins before the one before it ends.",
    ]


AGAIN = "Export it again."
REFUSED = {
    "its data file has 799 bytes; 100 frames of 2 numbers of 4 bytes take 800. It is": (stream_head(), 799),
    "its data file has 801 bytes; 100 frames": (stream_head(), 801),
    "numbers of the type STRUCT are not read, only BOOL, DOUBLE, FLOAT, INT,": (stream_head(kind="STRUCT"), 800),
    f"the head says 8 bytes for a number of the type FLOAT, which has 4. {AGAIN}": (stream_head(byte=8), 800),
    f"the head needs sr (frames per second) and dim above 0. {AGAIN}": (stream_head(rate=0), 800),
    f"the head needs sr (frames per second) and dim above 0. {AGAIN} ": (stream_head(dim="many"), 800),
    f"ftype is 'XML', neither ASCII nor BINARY. {AGAIN}": (stream_head(form="XML"), 800),
    f"the head has no <chunk>, so nothing says how long it is. {AGAIN}": (stream_head(chunks=""), 0),
    "chunk 1 does not say from when (from) and how many frames (num).": (stream_head(chunks="0-4x-5"), 0),
    "this is not a NOVA stream (it begins with 'annotation'). Choose the .stream file.": ("<annotation/>", 0),
    f"the element <info> is missing. {AGAIN}": ("<stream/>", 0),
}
"""What is said -> the head, and the bytes of the data file."""


@pytest.mark.parametrize("said", REFUSED)
def test_a_stream_that_cannot_be_is_refused(tmp_path, said):
    head, size = REFUSED[said]
    with pytest.raises(UnreadableFile) as refusal:
        read_stream(pair(tmp_path, NAME, head, bytes(size)))
    assert str(refusal.value).startswith(f"{NAME}: {said.strip()}") and refusal.value.file == NAME


def test_a_stream_without_its_numbers(tmp_path):
    pair(tmp_path, NAME, stream_head(), b"").with_name(NAME + "~").unlink()
    with pytest.raises(UnreadableFile, match="its data file .* is missing"):
        read_stream(tmp_path / NAME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 2\n3\n", "row 2 of its data file does not hold 2 numbers of the type FLOAT"),
        ("1 2\n3 x\n", "row 2 of its data file does not hold 2 numbers"),
        ("1 2\n3 1_0\n", "row 2 of its data file does not hold 2 numbers"),
        ("1 2\n\n", "its data file has 1 rows; the head says 2"),
        ("1 2\n3 4\n5 6\n", "its data file has more rows than the 2 the head speaks of"),
        ("1 2\n" * 200, "its data file is longer than 2 frames of 2 numbers can be"),
    ],
)
def test_rows_that_do_not_fit(tmp_path, text, said):
    with pytest.raises(UnreadableFile, match=said):
        list(read_stream(pair(tmp_path, NAME, stream_head("0-1x2", form="ASCII"), text)).blocks())


def test_a_long_stream_is_never_in_memory_as_a_whole(tmp_path):
    """40 MB of zeros: reading it block by block takes about a block."""
    path = pair(tmp_path, NAME, stream_head("0-400x10000", dim=1024), b"")
    with path.with_name(NAME + "~").open("wb") as file:
        file.truncate(10_000 * 1024 * 4)
    tracemalloc.start()
    total = sum(float(block.sum()) + len(block) for block in read_stream(path).blocks())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 10_000 and peak < BLOCK_BYTES + 2_000_000


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.binary(max_size=40), st.integers(0, 120), st.sampled_from(["ASCII", "BINARY"]))
def test_any_bytes_are_read_or_refused_in_words(tmp_path, noise, data, place, form):
    head = bytearray(stream_head("0-1x2", form=form).encode())
    head[place : place + len(noise)] = noise
    for content in (bytes(head), stream_head("0-1x2", form=form)):
        try:
            found = read_stream(pair(tmp_path, NAME, content, data))
            assert sum(len(block) for block in found.blocks()) == found.frames
        except UserError as refusal:
            assert str(refusal).startswith(NAME) and str(refusal).endswith(".")
