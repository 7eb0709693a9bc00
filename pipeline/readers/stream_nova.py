"""Reads feature streams of NOVA (`<role>.<name>.stream` with its data file beside it) and their place in a study."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.catalogue.nova_names import ROLES
from pipeline.readers.feature_stream import HIGHEST_FPS, MOST_NUMBERS, StreamFile, Subject, refused
from pipeline.readers.nova_stream import DATA, ENDING, NovaStream, read_stream

SUBJECTS: dict[str, Subject] = {
    **{role: subject for subject, role in ROLES.items()},
    **{name: name for name in ("infant", "caregiver1", "caregiver2")},
    "caregiver": "caregiver1",
    "session": "",
}
"""Role in the name of a file -> whom it describes."""


def read_nova(path: Path) -> tuple[StreamFile, ...]:
    """The one stream of a pair of files; UnreadableFile where head or data are missing, damaged or no stream."""
    stream = read_stream(path)
    if stream.rate > HIGHEST_FPS or stream.dim > MOST_NUMBERS:
        text = f"{float(stream.rate):g} times {stream.dim:,} numbers per second are no features of frames."
        raise refused(path, f"{text} Leave it out of [[streams]].")
    how = {"imported": "nova_stream", "kind": stream.kind}
    return (
        StreamFile(
            path,
            stream.name,
            SUBJECTS.get(stream.role.casefold()),
            stream.rate,
            stream.dim,
            lambda: _parts(stream),
            json.dumps(how, sort_keys=True),
            dialect=f"NOVA, {stream.dim} numbers, {'binary' if stream.binary else 'ASCII'} {stream.kind}",
            notes=stream.notes,
        ),
    )


def nova_recording(path: Path) -> str:
    """The recording's name: that of the folder where the file is named by a role, else the file's own."""
    stem = path.name[: -len(ENDING)] if path.name.casefold().endswith(ENDING) else path.stem
    role, _, title = stem.partition(".")
    return path.absolute().parent.name if title and role.casefold() in SUBJECTS else stem


def is_data(path: Path) -> bool:
    """Whether a file holds the numbers of a head beside it."""
    return path.name.endswith(ENDING + DATA) and path.with_name(path.name[: -len(DATA)]).is_file()


def _parts(stream: NovaStream) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frame numbers and numbers, block by block; a chunk begins at the frame that is nearest to its start."""
    starts = [round(chunk.start_s * stream.rate) for chunk in stream.chunks]
    lengths = [chunk.frames for chunk in stream.chunks]
    runs = [start + np.arange(length, dtype=np.int64) for start, length in zip(starts, lengths, strict=True)]
    frames, at = np.concatenate(runs).astype(float), 0
    for block in stream.blocks():
        yield frames[at : at + len(block)], np.array(block)
        at += len(block)
