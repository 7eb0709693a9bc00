"""A stored track or stream appears whole or not at all: written under another name, kept by the disk, then renamed."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from db.publish import failpoint, make_folders, sync


def write_stored(home: Path, target: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Calls `write` with the open file; what a kill leaves is swept by the next import."""
    make_folders(home)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = target.with_name(f".{target.name}.tmp")
    try:
        with temporary.open("wb") as handle:
            write(handle)
            handle.flush()
            os.fsync(handle.fileno())
        failpoint("before_track_rename")
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    failpoint("before_track_sync")
    sync(target.parent)
