"""OpenFace tables in all their variants, and the sentence of each file that cannot serve."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import UnreadableFile, UserError
from pipeline.measures.smiles import smiles
from pipeline.readers.openface import read_openface
from pipeline.readers.track import TRACK_COLUMNS, chosen_face, face_track, read_faces
from tests.bad_files.openface import NOTED, REFUSED, UNFIT
from tests.openface_tables import ALL, FAR, SMALL, changed, table

PAPER = SmileParameters(margin_s=0.5)


def read(folder: Path, content: str | bytes, name: str = "of.csv"):
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_openface(path)


def totals(found, face: int | None = None) -> list[float]:
    """How long the smiles of a file are."""
    rows = smiles(face_track(found.frame, found.au12_source, face), PAPER)
    return rows.loc[rows["status"] == "ok", "total_duration_s"].round(6).tolist()


# ---- variants that are read -----------------------------------------------------------------------------------------

OLD = [name for name in ALL if name not in ("face_id", "gaze_angle_x", "gaze_angle_y") and "eye_lmk" not in name]
VARIANTS = {
    "all 714 columns": (table(ALL), 714),
    "431 columns with blanks before names and values": (table(OLD, blank="  "), 431),
    "only what smiles need": (table(SMALL), len(SMALL)),
    "no face_id": (table([name for name in SMALL if name != "face_id"]), len(SMALL) - 1),
    "no success": (table([name for name in SMALL if name != "success"]), len(SMALL) - 1),
    "no frame": (table([name for name in SMALL if name != "frame"]), len(SMALL) - 1),
    "columns in another order": (table(SMALL[::-1]), len(SMALL)),
    "one nostril": (table([name for name in SMALL if name[2:] not in ("31", "32", "33", "35")]), len(SMALL) - 8),
    "Windows line ends": (table().replace("\n", "\r\n"), len(SMALL)),
    "old Mac line ends": (table().replace("\n", "\r"), len(SMALL)),
    "semicolons and commas, as Excel saves": (table().replace(",", ";").replace(".", ","), len(SMALL)),
    "tabs": (table().replace(",", "\t"), len(SMALL)),
    "quoted": ("\n".join('"' + line.replace(",", '","') + '"' for line in table().splitlines()), len(SMALL)),
    "a byte-order mark": ("\ufeff" + table(), len(SMALL)),
    "UTF-16": (table().encode("utf-16"), len(SMALL)),
    "no line end at the end": (table().rstrip("\n"), len(SMALL)),
    "empty lines": (table().replace("\n", "\n\n", 3) + "\n\n", len(SMALL)),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_holds_the_same_smile(tmp_path, name):
    content, columns = VARIANTS[name]
    found = read(tmp_path, content)
    assert totals(found) == [1.5] and found.rows == len(FAR) == len(found.frame) + found.refused
    assert found.dialect.endswith(f", {columns} columns") and list(found.frame.columns) == list(TRACK_COLUMNS)
    assert found.unfit == "" and found.missing == () and not found.notes
    assert found.frame["frame"].tolist() == list(range(1, 31)) and found.faces == (0,)
    assert len(ALL) == 714


def test_a_packed_table_is_read(tmp_path):
    found = read(tmp_path, gzip.compress(table().encode()), "of.csv.gz")
    assert totals(found) == [1.5] and found.path.name == "of.csv.gz" and found.size > 0


def test_a_recording_may_begin_later_and_have_gaps(tmp_path):
    found = read(tmp_path, table(start_s=3.25))
    assert totals(found) == [1.5] and found.frame["t_s"].iloc[0] == 3.25
    lines = table().splitlines(keepends=True)
    found = read(tmp_path, "".join(lines[:3] + lines[6:]))  # .3 s without a frame, before the smile
    assert totals(found) == [1.5] and found.rows == 27


def test_several_faces_are_kept_apart(tmp_path):
    found = read(tmp_path, table(faces=3))
    assert found.faces == (0, 1, 2) and found.rows == 90 and chosen_face(found.frame) == 0
    assert [totals(found, face) for face in (None, 0, 2)] == [[1.5]] * 3
    ((kind, detail, action),) = [(note.kind, note.detail, note.action) for note in found.notes]
    assert (kind, detail) == ("several_faces", "The file holds 3 faces: 0 (30 rows), 1 (30 rows), 2 (30 rows).")
    assert action == "Face 0, of the largest mean confidence, is followed unless the manifest names one."
    swapped = table(faces=2).replace("0.98", "0.82")
    assert chosen_face(read(tmp_path, swapped).frame) == 1
    assert chosen_face(read(tmp_path, table(faces=2).replace("0.98", "0.83")).frame) == 0  # a tie: the lower number


def test_frames_where_openface_found_no_face_hold_no_measurement(tmp_path):
    text = table()
    for line in (11, 12):
        text = changed(changed(text, line, "success", "0"), line, "confidence", "0.02")
    found = read(tmp_path, text).frame
    assert found.loc[9:10, ["au12", "x_48", "distance_mm"]].isna().all(axis=None)
    assert found["confidence"].tolist()[8:12] == [0.98, 0.02, 0.02, 0.98] and found.notna().all(axis=1).sum() == 28


def test_rows_may_come_in_any_order(tmp_path):
    lines = table(faces=2).splitlines(keepends=True)
    mixed = lines[:1] + [lines[1 + 7 * i % 60] for i in range(60)]
    assert read(tmp_path, "".join(mixed)).frame.equals(read(tmp_path, "".join(lines)).frame)


# ---- rows that are left out, cells that are not measured ------------------------------------------------------------


@pytest.mark.parametrize(("content", "kind", "detail", "kept"), NOTED)
def test_a_bad_row_or_cell_is_told_and_the_rest_is_read(tmp_path, content, kind, detail, kept):
    found = read(tmp_path, content)
    assert [(note.kind, note.detail) for note in found.notes] == ([(kind, detail)] if kind else [])
    assert len(found.frame) == kept == found.rows - found.refused and totals(found) in ([1.5], [])
    assert np.isfinite(found.frame[["t_s", "confidence"]]).all(axis=None)
    assert not np.isinf(found.frame).any(axis=None)


@pytest.mark.parametrize(("columns", "missing", "unfit"), UNFIT)
def test_a_file_without_what_smiles_need_is_read_and_says_what_it_lacks(tmp_path, columns, missing, unfit):
    found = read(tmp_path, table(columns))
    assert found.missing == tuple(missing.split()) and len(found.frame) == 30
    assert found.unfit == (f"of.csv: smiles cannot be measured: {unfit}" if unfit else "")
    assert {note.kind for note in found.notes} == {f"no_{group}" for group in found.missing}


# ---- files that are refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_serve_is_refused_with_its_sentence(tmp_path, name):
    content, sentence = REFUSED[name]
    with pytest.raises(UnreadableFile) as refusal:
        read(tmp_path, content, sentence.split(":")[0].split(",")[0])
    assert str(refusal.value) == sentence and refusal.value.file == sentence.split(":")[0].split(",")[0]


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"^no.csv: there is no such file\."):
        read_openface(tmp_path / "no.csv")


# ---- any bytes, any size --------------------------------------------------------------------------------------------

PIECES = st.one_of(
    st.binary(max_size=8),
    st.sampled_from([b'"', b"\n", b"\r", b",", b";", b"\0", b"\xe9", b"1e999", b"nan", table().encode()[300:500]]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2000), st.integers(0, 40), st.lists(PIECES, max_size=6))
def test_any_bytes_are_read_or_refused_in_words(tmp_path, at, lost, pieces):
    content = table().encode()
    try:
        found = read(tmp_path, content[:at] + b"".join(pieces) + content[at + lost :])
    except UserError as refusal:
        assert str(refusal).startswith("of.csv") and str(refusal).endswith(".")
        return
    assert found.rows == len(found.frame) + found.refused and len(found.frame) >= 2
    smiles(face_track(found.frame, found.au12_source), PAPER)


def test_only_the_columns_that_are_needed_are_held(tmp_path):
    """A minute of all columns is 9 MB of text; what Python keeps of it is under 2 MB."""
    line = table(ALL, frames=1).splitlines()
    rows = "\n".join(f"{i + 1},0,{i / 30:.3f},{line[1].split(',', 3)[3]}" for i in range(1800))
    path = tmp_path / "of.csv"
    path.write_text(f"{line[0]}\n{rows}\n")
    tracemalloc.start()
    try:
        found = read_openface(path)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 4_000_000 and len(found.frame) == 1800
    assert found.frame.memory_usage().sum() < 400_000 and held < 2_000_000 and peak < 30_000_000


# ---- tracks of `extract` --------------------------------------------------------------------------------------------


def parquet(folder: Path, frame, source: bytes | None = b"blendshape") -> Path:
    kept = pa.Table.from_pandas(frame, preserve_index=False)
    path = folder / "faces.parquet"
    pq.write_table(kept.replace_schema_metadata({} if source is None else {b"au12_source": source}), path)
    return path


def test_a_track_of_extract_is_read_as_it_was_stored(tmp_path):
    frame = read(tmp_path, table(faces=2)).frame
    found = read_faces(parquet(tmp_path, frame.sample(frac=1, random_state=1).assign(jaw=1.0)))
    assert found.frame.equals(frame) and (found.au12_source, found.missing, found.rows) == ("blendshape", (), 60)
    assert totals(found) == [1.5]
    empty = read_faces(parquet(tmp_path, frame.iloc[:0]))
    assert empty.faces == () and smiles(face_track(empty.frame, empty.au12_source), PAPER).empty


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PAR1 no", "faces.parquet: the file is damaged or no Parquet file. Extract the track again."),
        (None, "faces.parquet: this is no face track: it lacks the column au12. Choose a file that extract wrote."),
    ],
)
def test_a_parquet_file_that_is_no_track_is_refused(tmp_path, content, sentence):
    path = tmp_path / "faces.parquet"
    if content is None:
        parquet(tmp_path, read(tmp_path, table()).frame.drop(columns="au12"))
    else:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile) as refusal:
        read_faces(path)
    assert str(refusal.value) == sentence
