"""Stored tracks and streams: every file is read once and kept as Parquet under the checksum of its content.

A file with its own name is whole: it is written under another name first. Its metadata hold what is known of it besides
its frames (rows, issues, faces), so that an import that finds it need not read the lab's file again.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.timed_entries import Streams
from pipeline.readers.openface import read_openface
from pipeline.readers.reading import Note
from pipeline.readers.speech_file import read_speech_track
from pipeline.readers.track import TrackFile, read_faces
from pipeline.steps.source_files import try_to_open
from pipeline.steps.stored_file import write_stored
from pipeline.steps.stream_files import is_whole
from pipeline.steps.stream_store import StoredStream, store_streams
from pipeline.steps.track_files import TimedFile

FOLDERS = {"track": "features/tracks", "speech": "features/speech", "stream": "features/streams"}
SPEECH_COLUMNS = ("t_s", "probability", "energy")
KNOWN = b"dyadscope"
"""Key of the Parquet metadata that hold what is known of a track besides its frames, as JSON."""


class Lost(Exception):
    """Stored frames are missing or damaged, and the lab's file is gone."""


@dataclass(frozen=True)
class Face:
    """One face of a track: its number, frames, mean confidence, first and last time (s), median time step (s)."""

    face: int
    frames: int
    confidence: float
    start_s: float
    end_s: float
    step_s: float


@dataclass(frozen=True)
class Stored:
    """What is known of a stored track. `file`: its path relative to the study folder. `unfit`: why it gives no smiles.

    `rows` of the lab's file = `refused` + those stored; empty lines are not counted.
    """

    file: str
    rows: int
    refused: int
    dialect: str
    au12_source: str = "openface"
    unfit: str = ""
    notes: tuple[Note, ...] = ()
    faces: tuple[Face, ...] = ()
    streams: tuple[StoredStream, ...] = ()

    @property
    def accepted(self) -> int:
        """Rows that are stored."""
        return self.rows - self.refused

    def face(self, number: int) -> Face | None:
        """The face of that number."""
        return next((one for one in self.faces if one.face == number), None)

    @property
    def chosen(self) -> Face:
        """The face with the largest mean confidence; among equals the one with the lower number."""
        return max(self.faces, key=lambda one: (one.confidence, -one.face))


def place_of(content: str, import_key: str) -> str:
    """Where a track is stored, relative to the study folder."""
    return f"{FOLDERS[content]}/{import_key}.parquet"


def stored(file: TimedFile, home: Path) -> Stored:
    """What is known of a track, read and stored first where that has not been done; UnreadableFile when it is none."""
    place = place_of(file.content, file.import_key)
    return known(home, place) or _store(file, home, place)


def known(home: Path, place: str) -> Stored | None:
    """What is known of the track stored at `place`; None where it is missing or damaged."""
    try:
        metadata = pq.read_metadata(home / place).metadata or {}
        values = json.loads(metadata[KNOWN])
        notes = tuple(Note(**note) for note in values.pop("notes"))
        faces = tuple(Face(**face) for face in values.pop("faces"))
        streams = tuple(StoredStream(**stream) for stream in values.pop("streams", ()))
        lost = any(not is_whole(home / one.file) for one in streams)
        return None if lost else Stored(file=place, notes=notes, faces=faces, streams=streams, **values)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None


def there(home: Path, place: str, content: str) -> bool:
    """Whether the track or stream stored at `place` is still there and can be opened."""
    return is_whole(home / place) if content == "stream" else known(home, place) is not None


def frames(home: Path, place: str, file: TimedFile | None) -> pd.DataFrame:
    """All frames of a stored track. Damaged ones are read again from the lab's `file`; without it they are Lost."""
    try:
        return pq.read_table(home / place).to_pandas()
    except (OSError, pa.ArrowException) as fault:
        if file is None:
            raise Lost from fault
    _store(file, home, place)
    return pq.read_table(home / place).to_pandas()


def _store(file: TimedFile, home: Path, place: str) -> Stored:
    try_to_open(file.path)
    if isinstance(file.entry, Streams):
        store_streams(file.path, file.entry, home, place, KNOWN)
    else:
        _store_track(file, home, place)
    found = known(home, place)
    if found is None:
        raise OSError("a stored track does not read back as it was written")
    return found


def _store_track(file: TimedFile, home: Path, place: str) -> None:
    if file.content == "speech":
        frame, about = _speech(file.path)
    else:
        read = read_openface(file.path) if file.entry.format == "openface" else read_faces(file.path)
        frame, about = read.frame, _about(read)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    values = {"au12_source": about["au12_source"], KNOWN: json.dumps(about, ensure_ascii=True)}
    table = table.replace_schema_metadata(values)
    write_stored(home, home / place, lambda handle: pq.write_table(table, handle, compression="zstd"))


def _about(read: TrackFile) -> dict[str, object]:
    notes = [asdict(note) for note in read.notes]
    faces = [asdict(_face(int(number), one)) for number, one in read.frame.groupby("face", sort=True)]
    counts = {"rows": read.rows, "refused": read.refused, "dialect": read.dialect}
    return {**counts, "au12_source": read.au12_source, "unfit": read.unfit, "notes": notes, "faces": faces}


def _face(number: int, frame: pd.DataFrame) -> Face:
    t_s = frame["t_s"].to_numpy(float)
    step = float(np.median(np.diff(t_s))) if len(t_s) > 1 else 0.0
    return Face(number, len(frame), float(frame["confidence"].mean()), float(t_s[0]), float(t_s[-1]), step)


def _speech(path: Path) -> tuple[pd.DataFrame, dict[str, object]]:
    """Steps of a speech track and what is known of it; steps without a time of their own are refused."""
    read = read_speech_track(path).reindex(columns=list(SPEECH_COLUMNS))
    steps = read.apply(pd.to_numeric, errors="coerce").astype("float64")
    usable = steps[np.isfinite(steps["t_s"])].drop_duplicates("t_s").sort_values("t_s", ignore_index=True)
    refused = len(steps) - len(usable)
    detail = f"{refused:,} {'row has' if refused == 1 else 'rows have'} no time of their own."
    note = Note("no_time", "warning", detail, "They were left out.", count=refused)
    about = {"rows": len(steps), "refused": refused, "dialect": "Parquet", "au12_source": "", "unfit": ""}
    return usable, {**about, "notes": [asdict(note)] if refused else [], "faces": []}
