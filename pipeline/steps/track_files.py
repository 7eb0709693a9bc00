"""Files of face tracks and speech tracks that a manifest names, and what their names say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.catalogue.manifest import Manifest, Speech, Tracks
from pipeline.errors import ManifestError
from pipeline.steps.source_files import content_sum, digest, matches, shown

READERS_VERSION = "1"
"""Part of every import key: tracks are read again when their readers change."""


@dataclass(frozen=True)
class TimedFile:
    """One track of the manifest; `shown` is its path relative to the data folder.

    `import_key` names its stored frames: content, format and readers decide what is stored, nothing else does.
    """

    source_id: int
    path: Path
    shown: str
    entry: Tracks | Speech
    sha256: str
    import_key: str

    @property
    def content(self) -> Literal["track", "speech"]:
        """What the table of sources calls it."""
        return "track" if isinstance(self.entry, Tracks) else "speech"

    @property
    def name(self) -> str:
        """The recording's name as the file says it: its name without the ending."""
        name = self.path.name
        return (name.removesuffix(".gz") if name.casefold().endswith(".gz") else name).rpartition(".")[0] or name

    @property
    def observation_id(self) -> str | None:
        """The recording its name means; None where the manifest's pattern does not fit it."""
        entry = self.entry
        match = re.match(entry.observation, entry.corrections.get(self.name, self.name))
        if match is None:
            return None
        found = match.groupdict().get("observation") or match.group(0)
        return entry.observation_ids.get(found, found)


def timed_files(manifest: Manifest, data: Path, first_id: int) -> list[TimedFile]:
    """All tracks the manifest names, faces before speech, in its order.

    Raises ManifestError when a pattern finds no file or two entries name one file.
    """
    found: dict[Path, TimedFile] = {}
    for where, entry in _entries(manifest):
        for path in matches(entry.files, data, where):
            if path in found:
                raise ManifestError(f"'{shown(path, data)}' is named by two entries. Name it in one of them.")
            sha256 = content_sum(path)
            key = digest(sha256, entry.format, READERS_VERSION)
            found[path] = TimedFile(first_id + len(found), path, shown(path, data), entry, sha256, key)
    return list(found.values())


def _entries(manifest: Manifest) -> Iterator[tuple[str, Tracks | Speech]]:
    for number, tracks in enumerate(manifest.tracks, start=1):
        yield f"tracks entry {number}", tracks
    for number, speech in enumerate(manifest.speech, start=1):
        yield f"speech entry {number}", speech
