"""Files that a manifest names by patterns: found below the data folder, in order, with what says that they changed."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from db.publish import checksum
from pipeline.errors import ManifestError, UnreadableFile, file_name

NOT_READ = "not read"
"""Dialect of a file that could not be read."""


def matches(patterns: Sequence[str], data: Path, where: str) -> Iterator[Path]:
    """Files of the patterns of one entry, each once; ManifestError where a pattern finds none or leaves the folder."""
    found: set[Path] = set()
    for pattern in patterns:
        paths = sorted(path for path in _glob(data, pattern, where) if path.is_file())
        if not paths:
            text = f"{where}: no file matches '{pattern}'."
            raise ManifestError(f"{text} Check the pattern; it is relative to the folder of the manifest.")
        yield from (path for path in paths if path not in found)
        found |= set(paths)


def _glob(data: Path, pattern: str, where: str) -> list[Path]:
    """Paths below the data folder; ManifestError where the pattern leaves it or is none."""
    if not pattern or Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        text = f"{where}: '{pattern}' does not lie below the folder of the manifest."
        raise ManifestError(f"{text} Write it relative to that folder, or name another folder with --data.")
    try:
        if "\0" in pattern:
            raise ValueError
        return list(data.glob(pattern))
    except (ValueError, NotImplementedError):
        raise ManifestError(f"{where}: {pattern!a} is not a pattern of files. Correct it.") from None


def content_sum(path: Path) -> str:
    """Checksum of a file; of its path where it cannot be read (`load` says so): it is tried again once it can."""
    try:
        return checksum(path)
    except OSError:
        return digest("unreadable", str(path))


def shown(path: Path, data: Path) -> str:
    """The path as sources and issues name it: relative to the data folder."""
    return path.relative_to(data).as_posix()


def digest(*parts: str) -> str:
    """One checksum of several texts."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def try_to_open(path: Path) -> None:
    """Raises UnreadableFile for a file this computer does not let us read."""
    try:
        with path.open("rb") as handle:
            handle.read(1)
    except OSError as fault:
        name = file_name(path)
        text = f"{name}: the file cannot be opened ({fault.strerror}). Check that it is a file you may read."
        raise UnreadableFile(text, file=name) from None
