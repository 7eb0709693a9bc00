"""Reads the HDF5 file of one session with its three feature streams (`<session>_w2v_dino_labels_data.hdf5`).

All arrays have one row per frame; a file whose arrays differ in length was not aligned and is refused.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import UnreadableFile
from pipeline.readers.feature_stream import MOST_NUMBERS, ROWS, StreamFile, Subject, refused
from pipeline.readers.reading import Note

if TYPE_CHECKING:
    import h5py

SUFFIX = "_w2v_dino_labels_data"
"""What stands after the session's name in the name of the file."""
STREAMS: dict[str, tuple[str, Subject]] = {
    "w2v_features": ("w2v_bert_2_embeddings", ""),
    "infant_dino_features": ("dino_v2_embeddings", "infant"),
    "caretaker_dino_features": ("dino_v2_embeddings", "caregiver1"),
}
"""Array -> name of the stream, and whom it describes."""
NUMBERS, SESSIONS = "frame_numbers", "session_names"
LABELS = ("infant_labels", "caretaker_labels")
FAULTS = (OSError, RuntimeError, ValueError, KeyError, TypeError, OverflowError, MemoryError)
"""What the library raises for a damaged file."""
DAMAGED = "the file is damaged or no HDF5 file. Copy or export it again."


def read_hdf5(path: Path, fps: int = 25) -> tuple[StreamFile, ...]:
    """The streams of a session; `fps`: frames per second, which the file does not say.

    UnreadableFile: no HDF5 file, damaged, no such arrays, of unequal lengths (both are named), or of several sessions.
    """
    with _opened(path) as file:
        arrays = {name: _array(path, file, name) for name in (NUMBERS, SESSIONS, *STREAMS, *LABELS) if name in file}
        found = [name for name in STREAMS if name in arrays]
        if not found:
            known = ", ".join(STREAMS)
            raise refused(path, f"it holds none of the arrays {known}. Name other files under [[streams]].")
        _check_lengths(path, {name: array.shape[0] for name, array in arrays.items()})
        dims = {name: _dim(path, name, arrays[name]) for name in found}
        first = _check_frames(path, arrays)
        notes = _notes(arrays)
    how = json.dumps({"imported": "hdf5"})
    return tuple(
        StreamFile(
            path,
            *STREAMS[name],
            Fraction(fps),
            dims[name],
            lambda name=name: _parts(path, name, first),
            how,
            dialect="HDF5, " + " + ".join(str(dims[one]) for one in found) + " numbers",
            notes=notes if name == found[0] else (),
        )
        for name in found
    )


def hdf5_recording(path: Path) -> str:
    """The session's name as the file's name has it."""
    return path.stem.removesuffix(SUFFIX)


@contextmanager
def _opened(path: Path) -> Iterator["h5py.File"]:
    import h5py

    try:
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except UnreadableFile:
        raise
    except FileNotFoundError:
        raise refused(path, "there is no such file. Check its name.") from None
    except FAULTS:
        raise refused(path, DAMAGED) from None


def _array(path: Path, file: "h5py.File", name: str) -> "h5py.Dataset":
    """An array that lies in the file itself: one that points to another file is refused."""
    import h5py

    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise refused(path, f"the array {name} lies in another file. Export it as one file.")
    found = file[name]
    if not isinstance(found, h5py.Dataset) or found.is_virtual or found.external or not found.shape:
        raise refused(path, f"{name} is no array of this file. Export it again.")
    return found


def _check_lengths(path: Path, lengths: dict[str, int]) -> None:
    short, long = min(lengths, key=lengths.__getitem__), max(lengths, key=lengths.__getitem__)
    if lengths[short] != lengths[long]:
        text = f"{short} has {lengths[short]:,} rows and {long} has {lengths[long]:,}: the arrays are not aligned."
        raise refused(path, f"{text} Export them without cutting one of them.")
    if not lengths[short]:
        raise refused(path, "its arrays are empty. Export it again.")


def _dim(path: Path, name: str, array: "h5py.Dataset") -> int:
    if array.ndim != 2 or array.dtype.kind not in "fiu" or not 0 < array.shape[1] <= MOST_NUMBERS:
        raise refused(path, f"{name} is no table of numbers, one row per frame. Export it again.")
    return int(array.shape[1])


def _check_frames(path: Path, arrays: dict[str, "h5py.Dataset"]) -> int:
    """The number of the first frame (0 or 1); UnreadableFile where the frames are of several sessions."""
    if SESSIONS in arrays and len(set(np.asarray(arrays[SESSIONS][:]).ravel().tolist())) > 1:
        raise refused(path, "it holds the frames of several sessions. Export one file per session.")
    if NUMBERS not in arrays:
        return 0
    numbers = np.asarray(arrays[NUMBERS][:])
    if numbers.ndim != 1 or numbers.dtype.kind not in "iuf":
        raise refused(path, f"{NUMBERS} does not hold numbers of frames. Export it again.")
    return 1 if numbers[0] == 1 else 0


def _notes(arrays: dict[str, "h5py.Dataset"]) -> tuple[Note, ...]:
    if not any(name in arrays for name in LABELS):
        return ()
    detail = "The file holds labels of frames too."
    return (Note("labels_not_read", "info", detail, "They were not read: import the annotations they were made of."),)


def _parts(path: Path, name: str, first: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frame numbers from 0 and numbers, ROWS of them at a time."""
    with _opened(path) as file:
        values, numbers = file[name], file.get(NUMBERS)
        for start in range(0, values.shape[0], ROWS):
            block = np.asarray(values[start : start + ROWS])
            stop = start + len(block)
            frames = np.arange(start, stop) if numbers is None else np.asarray(numbers[start:stop])
            whole = frames.astype(float) - (0 if numbers is None else first)
            yield np.where(whole == np.rint(whole), whole, np.nan), block
