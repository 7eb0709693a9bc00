"""Feature streams of one recording on one clock: offsets, gaps, lengths, rates; by pictures and by brute force."""

import tracemalloc
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import StudyError
from pipeline.steps.feature_streams import (
    chosen_streams,
    read_rows,
    refuse_random,
    session_blocks,
    session_clock,
    session_features,
)
from pipeline.steps.stored_file import write_stored
from pipeline.steps.stream_files import ABOUT, ROWS, is_whole, write_rows
from tests.feature_streams import numbers

PLAIN = {"observation_id": "O1", "stream": "a", "subject": "", "fps": 25.0, "random_weights": False, "offset_ms": 0}


def kept(home: Path, file: str, values: np.ndarray, fps: str = "25", half: bool = False) -> dict[str, object]:
    """A stored stream of these rows, and its row of the table."""
    about = {ABOUT: f'{{"fps": "{fps}", "dim": {values.shape[1]}, "sums": false}}'}
    form = np.float16 if half else np.float32
    blocks = lambda: iter(np.array_split(values.astype(form), 7))  # noqa: E731
    write_stored(home, home / file, lambda handle: write_rows(handle, blocks(), (values.shape[1], half), lambda: about))
    return PLAIN | {"file": file, "frames": len(values), "dim": values.shape[1], "fps": float(Fraction(fps))}


def table(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


# ---- one stored stream ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half", [False, True])
def test_what_was_stored_is_read_back_number_by_number(home, half):
    """4,000 rows in groups of 1,500; the file itself, asked with DuckDB, says the same."""
    values = numbers(4000, 5) % 500
    row = kept(home, f"back{half}.parquet", values, half=half)
    read = read_rows(home, str(row["file"]))
    assert read.values.dtype == (np.float16 if half else np.float32) and np.array_equal(read.values, values)
    assert read.t_s[[0, 1, 3999]].tolist() == [0.0, 0.04, 159.96]
    with duckdb.connect() as connection:
        question = "SELECT count(*), sum(values[1]::DOUBLE), max(len(values)) FROM read_parquet($file)"
        found = connection.execute(question, {"file": str(home / str(row["file"]))}).fetchall()
    assert found == [(4000, values[:, 0].sum(), 5)]


def test_a_damaged_stored_stream_is_one_sentence_and_never_wrong_numbers(home):
    row = kept(home, "hurt.parquet", numbers(3 * ROWS, 8))
    path = home / "hurt.parquet"
    whole = path.read_bytes()
    words = "features/streams/hurt.parquet: the stored frames of a stream are missing or damaged. Delete this file"
    for damaged in (whole[:-50], whole[: len(whole) // 2], b"", b"x" * 4000):
        path.write_bytes(damaged)
        with pytest.raises(StudyError, match=words):
            read_rows(home, "hurt.parquet")
        assert not is_whole(path)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    path.write_bytes(flipped)
    with pytest.raises(StudyError, match=words):
        session_features(home, table(row))
    path.unlink()
    with pytest.raises(StudyError, match=words):
        read_rows(home, "hurt.parquet")


# ---- several streams on one clock -----------------------------------------------------------------------------------


def test_streams_stand_side_by_side_in_the_order_asked(home):
    one, two = kept(home, "one.parquet", numbers(10, 2)), kept(home, "two.parquet", numbers(10, 1, 100))
    found = session_features(home, table(two | {"stream": "b"}, one))
    assert found.values.dtype == np.float32 and found.clock.fps == 25 and found.clock.cut == {}
    assert found.values[3].tolist() == [103.0, 3.0, 3.25]


def test_an_offset_moves_a_stream_and_what_it_lacks_is_missing(home):
    """The film of the infant began 80 ms before the recording: its row 2 is frame 0. That of the caregiver began
    120 ms late: its row 0 is frame 3. 30 ms are taken for one frame, 10 ms for none."""
    row = kept(home, "moved.parquet", numbers(10, 1))
    for offset, first, last in ((80, 2.0, 7), (-120, np.nan, 12), (30, 1.0, 8), (10, 0.0, 9)):
        values = session_features(home, table(row | {"offset_ms": offset})).values
        assert len(values) == last + 1 and values[last, 0] == 9.0
        assert values[0, 0] == first or (np.isnan(first) and np.isnan(values[:3]).all() and values[3, 0] == 0.0)
    both = session_features(home, table(row | {"offset_ms": 80}, row | {"stream": "b", "offset_ms": -120})).values
    assert both.shape == (13, 2) and both[5].tolist() == [7.0, 2.0]
    assert np.isnan(both[8:, 0]).all() and both[12, 1] == 9.0


def test_frames_end_with_the_recording(home):
    """Frame 4 lies from 160 to 200 ms: its middle lies before an end at 181 ms, and not before one at 180 ms."""
    row = kept(home, "ends.parquet", numbers(10, 1))
    lengths = [session_clock(table(row), end_ms).frames for end_ms in (180, 181, 5000, None)]
    assert lengths == [4, 5, 10, 10]


def test_one_frame_more_is_cut_and_counted_and_two_are_an_error_naming_both(home):
    short, long = kept(home, "n10.parquet", numbers(10, 1)), kept(home, "n11.parquet", numbers(11, 1))
    longest = kept(home, "n12.parquet", numbers(12, 1))
    clock = session_clock(table(short, long | {"stream": "b", "subject": "infant"}))
    assert clock.frames == 10 and clock.cut == {"b (infant)": 1}
    values = session_features(home, table(long | {"stream": "b"}, short)).values
    assert values.shape == (10, 2) and values[9].tolist() == [9.0, 9.0]
    words = r"O1: a has 10 frames and b \(infant\) has 12, which is more than one apart\. Extract them again"
    with pytest.raises(StudyError, match=words):
        session_clock(table(short, longest | {"stream": "b", "subject": "infant"}))
    with pytest.raises(StudyError, match="a has 10 frames and c has 12"):
        session_clock(table(long | {"stream": "b"}, short, longest | {"stream": "c"}))


def test_streams_of_two_films_may_end_apart(home):
    """Two films that do not begin together need not end together either: the frames that one lacks are missing."""
    short, long = kept(home, "f10.parquet", numbers(10, 1)), kept(home, "f20.parquet", numbers(20, 1))
    values = session_features(home, table(short | {"offset_ms": 40}, long | {"stream": "b"})).values
    assert values.shape == (20, 2) and np.isnan(values[9:, 0]).all() and np.isfinite(values[:9]).all()


def test_other_rates_are_an_error_naming_both(home):
    one, two = kept(home, "r25.parquet", numbers(10, 1)), kept(home, "r30.parquet", numbers(10, 1), "30000/1001")
    with pytest.raises(StudyError, match=r"O1: the streams a and b have 25 and 29\.97 frames per second\. Extract"):
        session_clock(table(one, two | {"stream": "b"}))
    assert session_clock(table(two, two | {"stream": "b"})).fps == Fraction(30000, 1001)


@settings(max_examples=40, deadline=None)
@given(
    frames=st.lists(st.integers(1, 40), min_size=1, max_size=3),
    offsets=st.lists(st.integers(-600, 600), min_size=3, max_size=3, unique=True),
    end_ms=st.none() | st.integers(0, 2500),
    block=st.integers(1, 50),
)
def test_any_streams_are_where_a_look_at_each_frame_finds_them(home, frames, offsets, end_ms, block):
    """Second road: frame by frame, the row whose time in its file is nearest to frame start + offset."""
    rows = [
        kept(home, f"h{place}.parquet", numbers(count, 2, 100 * place)) | {"stream": str(place), "offset_ms": offset}
        for place, (count, offset) in enumerate(zip(frames, offsets, strict=False))
    ]
    clock = session_clock(table(*rows), end_ms)
    parts = list(session_blocks(home, table(*rows), end_ms, block))
    found = np.concatenate([part for _, part in parts]) if parts else np.empty((0, 2 * len(rows)))
    assert [first for first, _ in parts] == list(range(0, clock.frames, block)) and len(found) == clock.frames
    for frame in range(clock.frames):
        for place, row in enumerate(rows):
            at = frame + round(Fraction(int(row["offset_ms"]), 40))
            there = 0 <= at < int(row["frames"])
            expected = [100 * place + at, 100 * place + at + 0.25] if there else [np.nan, np.nan]
            assert np.array_equal(found[frame, 2 * place : 2 * place + 2], expected, equal_nan=True)


def test_memory_does_not_grow_with_the_recording(home):
    """40,000 frames of 64 numbers take 10 MB; block by block never more than 3 MB are in use."""
    row = kept(home, "long.parquet", np.zeros((40_000, 64), dtype=np.float32))
    tracemalloc.start()
    assert sum(len(block) for _, block in session_blocks(home, table(row))) == 40_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3e6


# ---- which streams, and which may be reported -----------------------------------------------------------------------


def rows_of(*streams: str) -> pd.DataFrame:
    """Rows of recording O1: 'a' of the session, 'a/infant' of the infant; a '!' at the end: random weights."""
    parts = [(one.rstrip("!").partition("/"), one.endswith("!")) for one in streams]
    return table(*(PLAIN | {"stream": a, "subject": b, "random_weights": wild} for (a, _, b), wild in parts))


def test_a_persons_own_stream_goes_before_that_of_the_session():
    rows = rows_of("a", "a/infant", "b", "c/infant", "c/caregiver1")
    found = chosen_streams(rows, ["b", "a"], "infant")[["stream", "subject"]]
    assert found.to_numpy().tolist() == [["b", ""], ["a", "infant"]]
    assert chosen_streams(rows, ["c", "a"], "caregiver1")["subject"].tolist() == ["caregiver1", ""]
    words = "O1: no streams c, d of this person or of the whole session. Extract them, name them under"
    with pytest.raises(StudyError, match=words):
        chosen_streams(rows, ["d", "a", "c"], "caregiver2")


def test_random_weights_enter_no_report_unless_that_is_allowed():
    rows = rows_of("a", "b!", "c!", "b/infant!")
    assert refuse_random(rows_of("a", "b")) == [] and refuse_random(rows, allow=True) == ["b", "c"]
    words = "b, c: the numbers come from a network with random weights. They mean nothing, so they enter no report."
    with pytest.raises(StudyError, match=words):
        refuse_random(rows)
