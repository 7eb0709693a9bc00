"""Publishing: a new generation is built beside the current one and takes its place by one rename, or not at all."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from db.connect import Current, PointerDamaged, current

KEPT_GENERATIONS = 5
MARK = "DYADSCOPE_FAILPOINT"


class Locked(Exception):
    """Another process holds the study's lock."""


class Damaged(Exception):
    """A file that was just written does not read back as it was written."""


def failpoint(name: str) -> None:
    """Dies at once when the environment names this point: the kill tests stop an import between any two steps."""
    if os.environ.get(MARK) == name:
        os._exit(137)


def make_folders(home: Path) -> None:
    """The study folder and its parts, readable by their owner only."""
    os.umask(0o077)
    for folder in (home, home / "published", home / "runs", home / "features"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


@contextmanager
def lock(home: Path) -> Iterator[None]:
    """Holds the study's lock; raises Locked at once when another import has it."""
    make_folders(home)
    with (home / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked from None
        try:
            sweep(home)
            repair(home)
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def sweep(home: Path) -> None:
    """Removes what a killed import left: half-built files, scratch folders and spilled data."""
    stored = (f"features/{kind}/.*.tmp" for kind in ("tracks", "speech", "streams"))
    unfinished = (".build-*", "published/.*.tmp", *stored)
    for left in [path for pattern in unfinished for path in home.glob(pattern)]:
        shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)


def scratch(home: Path) -> Path:
    """A new folder for one build, swept at the next start when the build dies."""
    folder = home / f".build-{uuid4().hex}"
    folder.mkdir(mode=0o700)
    return folder


def checksum(file: Path) -> str:
    """sha256 of a file, read in blocks of 1 MiB."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Asks the disk to keep a file or folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def publish(home: Path, built: Path, counts: dict[str, int], entry: dict[str, object]) -> Current:
    """Makes the built file (closed, without a .wal) the current generation.

    `counts` are rows per table as they were built; they are compared with what the closed file reads back.
    """
    if built.with_name(built.name + ".wal").exists():
        raise Damaged("the build still has a write-ahead log")
    if (read := read_counts(built)) != counts:
        raise Damaged(f"rows read back differ: {sorted(set(read.items()) ^ set(counts.items()))}")
    folder = home / "published"
    number = int(entry["generation"])
    target = folder / f"gen-{number:06d}.duckdb"
    digest = checksum(built)
    _step("before_file", lambda: sync(built))
    _step("before_rename", lambda: os.replace(built, target))
    _step("before_folder_sync", lambda: sync(folder))
    pointer = {"gen": number, "file": target.name, "sha256": digest, "published_at": _now(), "counts": counts}
    _point(folder, pointer)
    _step(
        "before_manifest",
        lambda: _append(
            folder / "manifest.jsonl", {**entry, "sha256": digest, "published_at": pointer["published_at"]}
        ),
    )
    forget(folder)
    found = current(home)
    assert found is not None
    return found


def _step(name: str, action: Callable[[], object]) -> None:
    failpoint(name)
    action()


def _point(folder: Path, pointer: dict[str, object]) -> None:
    """Swaps CURRENT.json in one rename."""
    temporary = folder / ".CURRENT.tmp"
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(pointer, handle)
        handle.flush()
        os.fsync(handle.fileno())
    _step("before_pointer", lambda: os.replace(temporary, folder / "CURRENT.json"))
    _step("before_pointer_sync", lambda: sync(folder))


def _append(file: Path, entry: dict[str, object]) -> None:
    with file.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(entry) + "\n")
        handle.flush()
        os.fsync(handle.fileno())


def repair(home: Path) -> None:
    """Appends the line of manifest.jsonl that a kill right after CURRENT.json left out; drops a torn last line."""
    try:
        found = current(home)
    except PointerDamaged:
        return
    if found is None:
        return
    log = home / "published" / "manifest.jsonl"
    lines = [line for line in _lines(log) if _parsed(line)]
    if not any(json.loads(line)["generation"] == found.number for line in lines):
        entry = {
            "generation": found.number,
            "sha256": found.sha256,
            "published_at": found.published_at,
            "repaired": True,
        }
        lines.append(json.dumps(entry))
        temporary = log.with_name(".manifest.tmp")
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
        sync(temporary)
        os.replace(temporary, log)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def _parsed(line: str) -> bool:
    try:
        return "generation" in json.loads(line)
    except ValueError:
        return False


def forget(folder: Path) -> None:
    """Unlinks all but the last generations; those kept are undo and backup. Open readers keep what they opened."""
    for old in sorted(folder.glob("gen-*.duckdb"))[:-KEPT_GENERATIONS]:
        old.unlink(missing_ok=True)


def restore(home: Path, number: int) -> Current:
    """Makes an earlier generation that is still kept the current one (undo); the newer files stay where they are.

    Raises FileNotFoundError when it is no longer kept, duckdb.Error when it cannot be read.
    """
    folder = home / "published"
    target = folder / f"gen-{number:06d}.duckdb"
    if not target.is_file():
        raise FileNotFoundError(target.name)
    pointer = {
        "gen": number,
        "file": target.name,
        "sha256": checksum(target),
        "published_at": _now(),
        "counts": read_counts(target),
    }
    _point(folder, pointer)
    found = current(home)
    assert found is not None
    return found


def kept(home: Path) -> list[int]:
    """Numbers of the generations whose files are still there."""
    return sorted(int(file.stem.split("-")[1]) for file in (home / "published").glob("gen-*.duckdb"))


def next_number(home: Path) -> int:
    """One more than any generation that was ever named: a file name is never used twice for different content."""
    found = current(home)
    return max([*kept(home), found.number if found else 0]) + 1


def read_counts(file: Path) -> dict[str, int]:
    """Rows per table of a closed database file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return table_counts(connection)


def table_counts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows per table of the main schema."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() ORDER BY ALL"
    ).fetchall()
    return {name: connection.execute(f'SELECT count(*) FROM main."{name}"').fetchall()[0][0] for (name,) in tables}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
