"""Files of feature streams that cannot be used, each with the whole sentence it must earn."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.feature_streams import FPS, KEY, described, extracted, hdf5, nova, numbers
from tests.feature_streams import MOTION as MOTION_CHOICES

OURS = f"O1.motion_grid.{KEY}.parquet"
THEIRS = "infant.dino.stream"
SESSION = "O1_w2v_dino_labels_data.hdf5"
FOREIGN = "Choose a file that extract wrote with --streams."
DAMAGED = "the file is damaged or no Parquet file. Extract the stream again."
DAMAGED_HDF5 = "the file is damaged or no HDF5 file. Copy or export it again."
LATE = "a frame lies more than 24 hours after the start. Extract or export it again."
Make = Callable[[Path], Path]


@dataclass(frozen=True)
class BadStream:
    """`make` writes it into a folder; `refused` is the sentence after the file's name."""

    name: str
    make: Make
    refused: str
    format: str = "extracted"
    entry: dict[str, object] = field(default_factory=dict)


def parquet(table: dict[str, object], **about: str | None) -> Make:
    """A Parquet file with these columns, and the description of a motion grid changed by `about` (None: left out)."""
    words = {
        key: value for key, value in (described("motion_grid", 3, MOTION_CHOICES) | about).items() if value is not None
    }

    def make(folder: Path) -> Path:
        pq.write_table(pa.table(table).replace_schema_metadata(words), folder / OURS)
        return folder / OURS

    return make


def cut(make: Make, share: float) -> Make:
    """The same file, only its beginning."""

    def shorter(folder: Path) -> Path:
        path = make(folder)
        content = path.read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return path

    return shorter


def text(name: str, content: bytes) -> Make:
    """A file of these bytes."""

    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return make


def lists(values: np.ndarray) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])


def without_data(folder: Path) -> Path:
    path = nova(folder)
    path.with_name(path.name + "~").unlink()
    return path


def short_data(folder: Path) -> Path:
    path = nova(folder)
    data = path.with_name(path.name + "~")
    data.write_bytes(data.read_bytes()[:-12])
    return path


def changed(change: Callable[[h5py.File], None]) -> Make:
    return lambda folder: hdf5(folder, change=change)


def shorter_array(name: str, rows: int = 199) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        values = file[name][:rows]
        del file[name]
        file[name] = values

    return change


def replaced(name: str, values: object) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file[name]
        if values is not None:
            file[name] = values

    return change


def two_sessions(file: h5py.File) -> None:
    names = file["session_names"][:]
    names[100:] = b"O2"
    file["session_names"][:] = names


def linked(file: h5py.File) -> None:
    del file["w2v_features"]
    file["w2v_features"] = h5py.ExternalLink("/etc/passwd", "/")


def nothing_known(file: h5py.File) -> None:
    for name in list(file):
        del file[name]
    file["features"] = np.zeros((3, 3))


T, V = np.arange(200) / FPS, lists(numbers().astype(np.float16))
BAD = (
    BadStream("no Parquet", text(OURS, b"PAR1 but not really"), DAMAGED),
    BadStream("empty", text(OURS, b""), DAMAGED),
    BadStream("cut off", cut(extracted, 0.7), DAMAGED),
    BadStream(
        "a face track",
        parquet({"t_s": T, "au12": T}),
        "this is a face track: name it under [[tracks]] in the manifest.",
    ),
    BadStream(
        "a speech track",
        parquet({"t_s": T, "probability": T}),
        "this is speech: name it under [[speech]] in the manifest.",
    ),
    BadStream("no times", parquet({"values": V}), f"this is no feature stream: it lacks the column t_s. {FOREIGN}"),
    BadStream(
        "no description",
        parquet({"t_s": T, "values": V}, stream=None),
        f"this is no feature stream: it does not say which one. {FOREIGN}",
    ),
    BadStream("no values", parquet({"t_s": T}), f"this is no feature stream: it lacks the column values. {FOREIGN}"),
    BadStream(
        "values are words",
        parquet({"t_s": T, "values": ["a"] * 200}),
        f"its column values does not hold numbers for each frame. {FOREIGN}",
    ),
    BadStream(
        "lists of any length",
        parquet({"t_s": T, "values": [[1.0, 2.0, 3.0]] * 200}),
        f"its column values does not hold numbers for each frame. {FOREIGN}",
    ),
    BadStream(
        "times are words",
        parquet({"t_s": ["0"] * 200, "values": V}),
        f"its column t_s does not hold times in seconds. {FOREIGN}",
    ),
    BadStream(
        "another width than said",
        parquet({"t_s": T, "values": V}, dim="1024"),
        "its description speaks of 1024 numbers per frame, and it has 3. Extract it again.",
    ),
    BadStream(
        "a column that is named but not there",
        parquet({"t_s": T, "jawOpen": T}, columns='["jawOpen", "mouthClose", "x"]'),
        f"this is no feature stream: it lacks the column mouthClose. {FOREIGN}",
    ),
    BadStream(
        "columns not readable",
        parquet({"t_s": T, "jawOpen": T}, columns="jawOpen"),
        f"its description (columns) cannot be read. {FOREIGN}",
    ),
    BadStream(
        "choices not readable",
        parquet({"t_s": T, "values": V}, choices="[1]"),
        f"its description (choices) cannot be read. {FOREIGN}",
    ),
    BadStream(
        "no rate",
        parquet({"t_s": T, "values": V}, fps="many"),
        f"the file does not say how many frames per second it has. {FOREIGN}",
    ),
    BadStream(
        "another rate than said",
        parquet({"t_s": np.arange(200) / 30, "values": V}),
        "a row lies at 0.0333 s, where no frame is at 25 per second. Extract it again.",
    ),
    BadStream("a time after days", parquet({"t_s": T + 90_000, "values": V}), LATE),
    BadStream(
        "no frame with numbers",
        lambda folder: extracted(folder, values=np.full((200, 3), np.nan)),
        "the stream motion_grid has not one frame with all of its numbers. Extract or export it again.",
    ),
    BadStream(
        "no rows",
        parquet({"t_s": T[:0], "values": V[:0]}),
        "the stream motion_grid has not one frame with all of its numbers. Extract or export it again.",
    ),
    BadStream(
        "no data beside the head",
        without_data,
        f"its data file {THEIRS}~ is missing. Put it beside this one.",
        "nova_stream",
    ),
    BadStream(
        "data cut off",
        short_data,
        "its data file has 2,388 bytes; 200 frames of 3 numbers of 4 bytes take 2,400. It is damaged or cut off: "
        "copy or export it again.",
        "nova_stream",
    ),
    BadStream(
        "no rate in the head",
        lambda folder: nova(folder, rate=0),
        "the head needs sr (frames per second) and dim above 0. Export it again.",
        "nova_stream",
    ),
    BadStream(
        "raw sound",
        lambda folder: nova(folder, rate=16000),
        "16000 times 3 numbers per second are no features of frames. Leave it out of [[streams]].",
        "nova_stream",
    ),
    BadStream("a chunk after days", lambda folder: nova(folder, chunks="90000-90008x200"), LATE, "nova_stream"),
    BadStream("no HDF5", text(SESSION, b"\x89HDF\r\n\x1a\n" + b"x" * 500), DAMAGED_HDF5, "hdf5"),
    BadStream("HDF5 that is a table", text(SESSION, b"a,b\n1,2\n"), DAMAGED_HDF5, "hdf5"),
    BadStream("HDF5 cut off", cut(hdf5, 0.5), DAMAGED_HDF5, "hdf5"),
    BadStream(
        "none of the arrays",
        changed(nothing_known),
        "it holds none of the arrays w2v_features, infant_dino_features, caretaker_dino_features. Name other files "
        "under [[streams]].",
        "hdf5",
    ),
    BadStream(
        "arrays of unequal length",
        changed(shorter_array("w2v_features")),
        "w2v_features has 199 rows and frame_numbers has 200: the arrays are not aligned. Export them without cutting "
        "one of them.",
        "hdf5",
    ),
    BadStream(
        "labels of another length",
        changed(shorter_array("infant_labels", 50)),
        "infant_labels has 50 rows and frame_numbers has 200: the arrays are not aligned. Export them without cutting "
        "one of them.",
        "hdf5",
    ),
    BadStream(
        "two sessions in one file",
        changed(two_sessions),
        "it holds the frames of several sessions. Export one file per session.",
        "hdf5",
    ),
    BadStream(
        "an array in another file",
        changed(linked),
        "the array w2v_features lies in another file. Export it as one file.",
        "hdf5",
    ),
    BadStream(
        "one number per frame without a table",
        changed(replaced("w2v_features", np.zeros(200))),
        "w2v_features is no table of numbers, one row per frame. Export it again.",
        "hdf5",
    ),
    BadStream(
        "features are words",
        changed(replaced("infant_dino_features", np.array([[b"a", b"b"]] * 200))),
        "infant_dino_features is no table of numbers, one row per frame. Export it again.",
        "hdf5",
    ),
    BadStream(
        "frame numbers are words",
        changed(replaced("frame_numbers", np.array([b"1"] * 200))),
        "frame_numbers does not hold numbers of frames. Export it again.",
        "hdf5",
    ),
    BadStream("empty arrays", lambda folder: hdf5(folder, frames=0), "its arrays are empty. Export it again.", "hdf5"),
)
