"""Reads the feature streams of a file once, whatever its format, and stores each of them row by row."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from pipeline.catalogue.timed_entries import Streams
from pipeline.readers.feature_stream import Counts, StreamFile, on_grid, refused
from pipeline.readers.reading import Note
from pipeline.readers.stream_extracted import read_extracted
from pipeline.readers.stream_hdf5 import read_hdf5
from pipeline.readers.stream_nova import read_nova
from pipeline.steps.stored_file import write_stored
from pipeline.steps.stream_files import ABOUT, sums_of, write_rows

READERS: dict[str, Callable[[Path, Streams], tuple[StreamFile, ...]]] = {
    "extracted": lambda path, entry: read_extracted(path),
    "nova_stream": lambda path, entry: read_nova(path),
    "hdf5": lambda path, entry: read_hdf5(path, entry.fps),
}
COPIED = 1 << 20
NO_FRAMES = "the stream {name} has not one frame with all of its numbers. Extract or export it again."
RANDOM = (
    "The numbers come from a network with random weights, so they mean nothing.",
    "They were kept for trying things out; no report is made of them. Extract them again with the real weights.",
)


@dataclass(frozen=True)
class StoredStream:
    """One stream of a file as it is stored at `file` (relative to the study folder).

    `subject`: whom the lab's file says it describes ('' the session), None if it does not say. `made`: what else must
    be equal in streams that are compared. `complete`: frames with all of their numbers.
    """

    file: str
    stream: str
    subject: str | None
    fps: str
    frames: int
    dim: int
    random_weights: bool
    choices: str
    made: str
    complete: int


def store_streams(path: Path, entry: Streams, home: Path, place: str, key: bytes) -> None:
    """Stores all streams of a file: the first at `place`, the others beside it. The first is written last and has
    what is known of all of them under `key` of its metadata.

    UnreadableFile when the file is no stream, is damaged, or has no usable frame; `place` does not exist then.
    """
    streams = READERS[entry.format](path, entry)
    known: list[dict[str, object]] = []
    notes: list[Note] = []
    for number in range(len(streams), 0, -1):
        _copy_sums(streams[number - 1], home, sums_of(_place(place, number)))
        job = _Job(streams[number - 1], _place(place, number), number == 1, key, known, notes)
        write_stored(home, home / job.file, job.write)


def _place(place: str, number: int) -> str:
    return place if number == 1 else f"{place.removesuffix('.parquet')}.{number}.parquet"


@dataclass(frozen=True)
class _Job:
    """Writes one stream to `file`; `known` and `notes` are those of the streams that were written before it."""

    stream: StreamFile
    file: str
    last: bool
    key: bytes
    known: list[dict[str, object]]
    notes: list[Note]

    def write(self, handle: IO[bytes]) -> None:
        """All rows, and then what is known of them."""
        stream, counts = self.stream, Counts()
        write_rows(handle, on_grid(stream, counts), (stream.dim, stream.half), lambda: self._about(counts))

    def _about(self, counts: Counts) -> dict[bytes, str]:
        stream = self.stream
        if not counts.complete:
            raise refused(stream.path, NO_FRAMES.format(name=stream.stream))
        self.known.insert(0, asdict(_stored(stream, self.file, counts)))
        # Rows without a time are the same in all streams of a file: they are told once, of the first.
        told = counts.notes if self.last else tuple(one for one in counts.notes if one.kind == "missing_numbers")
        self.notes[:0] = [*stream.notes, *_random(stream), *(_of(stream, one, self.last) for one in told)]
        words = {"fps": str(stream.fps), "dim": stream.dim, "sums": stream.beside is not None}
        rows = {ABOUT: json.dumps(words)}
        return rows | ({self.key: self._everything(counts)} if self.last else {})

    def _everything(self, counts: Counts) -> str:
        found = {"rows": counts.rows, "refused": counts.refused, "dialect": self.stream.dialect, "faces": []}
        notes = [asdict(note) for note in self.notes]
        return json.dumps({**found, "au12_source": "", "notes": notes, "streams": self.known}, ensure_ascii=True)


def _stored(stream: StreamFile, file: str, counts: Counts) -> StoredStream:
    return StoredStream(
        file,
        stream.stream,
        stream.subject,
        str(stream.fps),
        counts.frames,
        stream.dim,
        stream.random_weights,
        stream.choices,
        stream.made,
        counts.complete,
    )


def _random(stream: StreamFile) -> tuple[Note, ...]:
    return (Note("random_weights", "warning", *RANDOM),) if stream.random_weights else ()


def _of(stream: StreamFile, note: Note, only: bool) -> Note:
    """A note that names its stream where the file has several."""
    return note if only else replace(note, detail=f"{stream.stream} ({stream.subject or 'session'}): {note.detail}")


def _copy_sums(stream: StreamFile, home: Path, place: str) -> None:
    """Sums and axes of a stream of scores, as they are."""
    if stream.beside is None:
        return
    try:
        with stream.beside.open("rb") as source:
            write_stored(home, home / place, lambda handle: shutil.copyfileobj(source, handle, COPIED))
    except PermissionError:
        raise refused(stream.beside, "the file cannot be opened. Check that you may read it.") from None
