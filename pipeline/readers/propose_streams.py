"""Drafts manifest entries for feature streams: files of `extract`, NOVA streams and HDF5 files of a session."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UserError
from pipeline.readers.feature_stream import StreamFile
from pipeline.readers.guesses import some
from pipeline.readers.nova_stream import ENDING
from pipeline.readers.scheme_text import quoted
from pipeline.readers.stream_extracted import NAME, is_sums, read_extracted
from pipeline.readers.stream_hdf5 import hdf5_recording, read_hdf5
from pipeline.readers.stream_nova import is_data, nova_recording, read_nova
from pipeline.readers.survey import Survey

STREAMS = ("extracted", "nova_stream", "hdf5")
"""Formats of feature streams."""
HDF5 = (".hdf5", ".h5", ".hdf")
WHOM = {"": "the session", "infant": "infant", "caregiver1": "caregiver", "caregiver2": "second caregiver"}


def stream_survey(path: Path) -> Survey | None:
    """What a feature stream is; None for any other file. A damaged one is a survey with a fault."""
    kind = _kind(path)
    if not kind:
        return None
    try:
        streams = READERS[kind](path)
    except UserError as fault:
        return Survey(path, fault=str(fault))
    dialect = " and ".join(f"{one.stream}, {one.dim} numbers" for one in streams)
    # Whom each stream describes stands where a coded file has its subjects; '?' where the file does not say it.
    subjects = Counter("?" if one.subject is None else one.subject for one in streams)
    return Survey(path, kind, dialect=dialect, names=Counter({RECORDINGS[kind](path): 1}), subjects=subjects)


def belongs_to_a_stream(path: Path) -> bool:
    """Whether a file is the second one of a stream: its numbers, or its sums and axes."""
    return is_data(path) or is_sums(path)


def _kind(path: Path) -> str:
    ending = path.suffix.casefold()
    if ending == ".parquet":
        return "extracted" if _says_stream(path) else ""
    return "nova_stream" if ending == ENDING else "hdf5" if ending in HDF5 else ""


def _says_stream(path: Path) -> bool:
    """Whether a Parquet file says of itself that it is a stream for frames: tracks of faces and speech have no rate."""
    try:
        return {b"stream", b"dim"} <= set(pq.read_schema(path).metadata or {})
    except (OSError, pa.ArrowException, ValueError):
        return False


def _recording(path: Path) -> str:
    found = NAME.fullmatch(path.name)
    return found["observation"] if found else path.stem


READERS: dict[str, Callable[[Path], tuple[StreamFile, ...]]] = {
    "extracted": read_extracted,
    "nova_stream": read_nova,
    "hdf5": read_hdf5,
}
RECORDINGS = {"extracted": _recording, "nova_stream": nova_recording, "hdf5": hdf5_recording}


def stream_entries(streams: Sequence[Survey], shown: Callable[[Path], str]) -> Iterator[str]:
    """One entry per format, and one for files that do not say whom they describe; `shown` writes a path as the
    manifest does."""
    for kind in STREAMS:
        known = [each for each in streams if each.format == kind and "?" not in each.subjects]
        unknown = [each for each in streams if each.format == kind and "?" in each.subjects]
        for group, guess in ((known, False), (unknown, True)):
            if group:
                yield from _entry(kind, group, shown, guess)


def _entry(kind: str, group: Sequence[Survey], shown: Callable[[Path], str], guess: bool) -> Iterator[str]:
    yield "[[streams]]"
    yield f"files = [{', '.join(quoted(shown(each.path)) for each in group)}]"
    yield f"format = {quoted(kind)}  # read as: {', '.join(sorted({each.dialect for each in group}))}"
    names = sorted(set().union(*(each.names for each in group)))
    yield f"# {len(names)} recordings: {some(names)}; observation = '...' takes a part of a name"
    if guess:
        yield 'subject = "infant"  # GUESS: whom these describe; infant, caregiver1 or caregiver2'
    else:
        subjects = sorted(set().union(*(each.subjects for each in group)))
        yield f"# They describe: {', '.join(WHOM[name] for name in subjects)}; subject = '...' says otherwise"
    if kind == "hdf5":
        yield "fps = 25  # GUESS: the file does not say how many frames per second it has"
    yield ""
