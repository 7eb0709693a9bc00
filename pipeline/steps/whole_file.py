"""A file a person asked for appears as a whole or not at all, also when the disk is full or the work is killed."""

import os
from contextlib import suppress
from pathlib import Path

from pipeline.errors import StudyError, file_name
from pipeline.steps.write_events import FULL

REFUSED = "not written, {}. Check its folder, or name another file."


def write_whole(file: Path, text: str, refused: str = REFUSED) -> None:
    """Writes UTF-8 text under another name and renames it.

    StudyError when the disk is full, or with the words `refused` ({}: the system's reason) where it cannot be written.
    """
    write_bytes(file, text.encode("utf-8"), refused)


def write_bytes(file: Path, content: bytes, refused: str = REFUSED) -> None:
    """The same for any content."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, file)
    except OSError as fault:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        full = "not written, disk full. Free some room, or name another file."
        words = full if fault.errno in FULL else refused.format(fault.strerror)
        raise StudyError(f"{file_name(file)}: {words}", file=file_name(file)) from None
