"""Files of face tracks, speech tracks and feature streams that a manifest names, and what their names say."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.catalogue.manifest import Manifest
from pipeline.catalogue.timed_entries import Speech, Streams, Tracks
from pipeline.errors import ManifestError
from pipeline.readers.nova_stream import DATA
from pipeline.readers.stream_extracted import NAME, is_sums, sums_beside
from pipeline.readers.stream_hdf5 import hdf5_recording
from pipeline.readers.stream_nova import is_data, nova_recording
from pipeline.steps.source_files import content_sum, digest, matches, shown

READERS_VERSION = "1"
"""Part of every import key: tracks are read again when their readers change."""
Entry = Tracks | Speech | Streams
CONTENT: dict[type, Literal["track", "speech", "stream"]] = {Tracks: "track", Speech: "speech", Streams: "stream"}


@dataclass(frozen=True)
class TimedFile:
    """One track or stream of the manifest; `shown` is its path relative to the data folder.

    `import_key` names its stored frames: content, format and readers decide what is stored, nothing else does.
    """

    source_id: int
    path: Path
    shown: str
    entry: Entry
    sha256: str
    import_key: str

    @property
    def content(self) -> Literal["track", "speech", "stream"]:
        """What the table of sources calls it."""
        return CONTENT[type(self.entry)]

    @property
    def name(self) -> str:
        """The recording's name as the file says it: by default its name without the ending."""
        return RECORDING.get(self.entry.format, _stem)(self.path)

    @property
    def bytes(self) -> int:
        """Size of the file, and of those that belong to it."""
        return sum(path.stat().st_size for path in _parts(self.path, self.entry) if path.is_file())

    @property
    def observation_id(self) -> str | None:
        """The recording its name means; None where the manifest's pattern does not fit it."""
        entry = self.entry
        match = re.match(entry.observation, entry.corrections.get(self.name, self.name))
        if match is None:
            return None
        found = match.groupdict().get("observation") or match.group(0)
        return entry.observation_ids.get(found, found)


def _stem(path: Path) -> str:
    name = path.name
    return (name.removesuffix(".gz") if name.casefold().endswith(".gz") else name).rpartition(".")[0] or name


def _extracted(path: Path) -> str:
    """What stands before `.STREAM.KEY.parquet` where `extract` wrote the file."""
    found = NAME.fullmatch(path.name)
    return found["observation"] if found else _stem(path)


RECORDING: dict[str, Callable[[Path], str]] = {
    "extracted": _extracted,
    "nova_stream": nova_recording,
    "hdf5": hdf5_recording,
}
"""Format -> what its files call their recording."""


def timed_files(manifest: Manifest, data: Path, first_id: int) -> list[TimedFile]:
    """All tracks and streams the manifest names, faces before speech before streams, in its order.

    Raises ManifestError when a pattern finds no file or two entries name one file.
    """
    found: dict[Path, TimedFile] = {}
    for where, entry in _entries(manifest):
        for path in matches(entry.files, data, where):
            if isinstance(entry, Streams) and (is_data(path) or is_sums(path)):
                continue
            if path in found:
                raise ManifestError(f"'{shown(path, data)}' is named by two entries. Name it in one of them.")
            sha256 = _content(path, entry)
            rate = [str(entry.fps)] if entry.format == "hdf5" else []
            key = digest(sha256, entry.format, READERS_VERSION, *rate)
            found[path] = TimedFile(first_id + len(found), path, shown(path, data), entry, sha256, key)
    return list(found.values())


def _parts(path: Path, entry: Entry) -> list[Path]:
    """The file, and the second one that belongs to it."""
    if entry.format == "nova_stream":
        return [path, path.with_name(path.name + DATA)]
    beside = sums_beside(path) if entry.format == "extracted" else None
    return [path, beside] if beside is not None and beside.is_file() else [path]


def _content(path: Path, entry: Entry) -> str:
    """Checksum of a file and of what belongs to it; of a NOVA stream also of its place, since the names of file and
    folder say whose it is."""
    sums = [content_sum(one) for one in _parts(path, entry)]
    if entry.format == "nova_stream":
        return digest(*sums, path.parent.name, path.name)
    return sums[0] if len(sums) == 1 else digest(*sums)


def _entries(manifest: Manifest) -> Iterator[tuple[str, Entry]]:
    for number, tracks in enumerate(manifest.tracks, start=1):
        yield f"tracks entry {number}", tracks
    for number, speech in enumerate(manifest.speech, start=1):
        yield f"speech entry {number}", speech
    for number, streams in enumerate(manifest.streams, start=1):
        yield f"streams entry {number}", streams
