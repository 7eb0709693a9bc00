"""Who looked at what, and what was taken away: lines that are only ever added, readable by the owner alone.

A line never holds a value or an id: people and recordings stand in it as digests that the owner can compute again.
"""

import fcntl
import hashlib
import hmac
import json
import os
import re
import secrets
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from db.connect import home as study_home
from pipeline.errors import StudyError

FILE, KEY = "access.log.jsonl", "access.key"
LARGEST = 10_000_000
"""Bytes of a log, about 50,000 lines; then it is set aside under a number, and a new one begins."""
PLAIN = re.compile(r"[\w.:+-]{0,80}")
"""What a name may look like: words of the program and of columns, nothing a sentence or a path could hide in."""

Happened = Literal["view", "recording", "film", "export", "refused"]


@dataclass(frozen=True)
class Entry:
    """One line: who, what happened, on which page, to which chart or file, of which generation.

    `digest`: of a recording or clip. `filters`: names of the filters in use, never what was chosen. `families`: how
    many families the selection has.
    """

    who: str
    what: Happened
    mode: str
    page: str = ""
    name: str = ""
    generation: int | None = None
    digest: str = ""
    filters: tuple[str, ...] = ()
    families: int | None = None

    def __post_init__(self) -> None:
        for word in (self.who, self.what, self.mode, self.page, self.name, self.digest, *self.filters):
            if not PLAIN.fullmatch(word):
                raise ValueError("a line of the access log holds plain names only")


def plain(name: str) -> str:
    """A name of a file or column as it may stand in a line."""
    return re.sub(r"[^\w.:+-]+", "_", name)[:80]


def append(entry: Entry, home: Path | None = None) -> None:
    """Adds a line and waits until the disk has it; OSError when it cannot be written (then nothing of it is there)."""
    said = {"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
    said |= {key: value for key, value in asdict(entry).items() if value not in ("", None, ())}
    line = json.dumps(said, ensure_ascii=False).encode() + b"\n"
    with _opened((home or study_home()) / FILE) as log:
        size = os.fstat(log).st_size
        try:
            if os.write(log, line) != len(line):
                raise OSError("the line was not written whole")
            os.fsync(log)
        except OSError:
            os.ftruncate(log, size)
            raise


@contextmanager
def _opened(file: Path) -> Iterator[int]:
    """The log, held alone, for adding; a full one was set aside first."""
    while True:
        log = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(log, fcntl.LOCK_EX)
            if not _is_still(file, log):
                continue
            if os.fstat(log).st_size < LARGEST:
                yield log
                return
            file.rename(_next_number(file))
        finally:
            os.close(log)


def _is_still(file: Path, log: int) -> bool:
    """Whether another process did not set the file aside between opening and holding it."""
    try:
        return os.path.samestat(os.stat(file), os.fstat(log))
    except FileNotFoundError:
        return False


def _next_number(file: Path) -> Path:
    taken = [int(path.name.split(".")[2]) for path in file.parent.glob("access.log.[0-9]*.jsonl")]
    return file.with_name(f"access.log.{max(taken, default=0) + 1:06d}.jsonl")


def digest(home: Path, text: str) -> str:
    """Sixteen letters and digits for a name: the same for the same study, useless without the study's `access.key`."""
    return hmac.new(_key(home), text.encode(), hashlib.sha256).hexdigest()[:16]


def run_digest(options: Namespace) -> None:
    """Prints what stands for a name in the access log of this study."""
    if not study_home().is_dir():
        raise StudyError("There is no study folder here. Say where it is with DYADSCOPE_HOME.")
    print(digest(study_home(), options.name))


def digest_here(text: str) -> str:
    """`digest` for the study of this program; '' where its folder cannot be written."""
    try:
        return digest(study_home(), text)
    except OSError:
        return ""


def _key(home: Path) -> bytes:
    """The study's own secret, made once, readable by its owner only."""
    file = home / KEY
    try:
        return file.read_bytes()
    except FileNotFoundError:
        made = file.with_name(f".{KEY}.{secrets.token_hex(8)}")
        with open(made, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as handle:
            handle.write(secrets.token_bytes(32))
            handle.flush()
            os.fsync(handle.fileno())
        try:
            os.link(made, file)  # whoever is first wins; the other reads what is there
        except FileExistsError:
            pass
        finally:
            made.unlink()
        return file.read_bytes()
