"""The file of a release: audited views, written beside the current release and renamed into place, then read only."""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import pandas as pd

from db.connect import READER_CONFIG
from db.publish import Damaged, checksum, failpoint, sync, table_counts

SCHEMA = Path(__file__).parent / "release.sql"
ID = re.compile(r"[a-z][a-z0-9_]*")
FOLDER = "released"
WRITER_CONFIG = {"autoinstall_known_extensions": "false", "threads": "1", "default_block_size": "16384"}
"""Hundreds of small tables: with the usual blocks of 256 kB the file would be ten times as large."""
COLUMNS = (
    "id", "page", "position", "title", "question", "chart", "options", "spec", "filter", "families", "note", "alt",
    "words",
)  # fmt: skip


@dataclass(frozen=True)
class ViewRow:
    """One row of the table `view`."""

    id: str
    page: str
    position: int
    title: str
    question: str
    chart: str
    options: str
    spec: str
    filter: str
    families: str
    note: str
    alt: str
    words: str


@dataclass(frozen=True)
class CurrentRelease:
    """The release that is current: generation, threshold, file, checksum, when it was made (ISO, UTC)."""

    generation: int
    threshold: int
    file: Path
    sha256: str
    created: str


def write(file: Path, about: dict[str, str], views: Iterable[tuple[ViewRow, pd.DataFrame, pd.DataFrame]]) -> None:
    """Writes a whole release to a new file and reads it back; Damaged when it is not what was written."""
    connection = duckdb.connect(str(file), config=WRITER_CONFIG)
    expected = {"release": len(about), "view": 0}
    try:
        connection.execute(f"BEGIN; {SCHEMA.read_text(encoding='utf-8')}")
        connection.executemany("INSERT INTO main.release VALUES (?, ?)", list(about.items()))
        for row, frame, hidden in views:
            connection.execute(
                f"INSERT INTO main.view VALUES ({', '.join('?' * len(COLUMNS))})", list(asdict(row).values())
            )
            for kind, rows in (("frame", frame), ("hidden", hidden)):
                connection.register("rows", rows)
                connection.execute(f"CREATE TABLE main.{_table(kind, row.id)} AS SELECT * FROM rows")
                connection.unregister("rows")
                expected[f"{kind}_{row.id}"] = len(rows)
            expected["view"] += 1
        connection.execute("COMMIT; CHECKPOINT")
    finally:
        connection.close()
    with duckdb.connect(str(file), read_only=True) as reader:
        if table_counts(reader) != expected:
            raise Damaged("the release does not read back as it was written")


def publish(home: Path, built: Path, generation: int, threshold: int, created: str) -> CurrentRelease:
    """Makes a built file the current release: renamed into `released/`, then CURRENT.json is swapped."""
    folder = home / FOLDER
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"gen-{generation:06d}-T{threshold}.duckdb"
    pointer = {
        "gen": generation,
        "threshold": threshold,
        "file": target.name,
        "sha256": checksum(built),
        "created": created,
    }
    failpoint("release_before_file")
    sync(built)
    os.replace(built, target)
    failpoint("release_before_pointer")
    sync(folder)
    temporary = folder / ".CURRENT.tmp"
    with temporary.open("w", encoding="utf-8") as handle:
        json.dump(pointer, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(temporary, folder / "CURRENT.json")
    sync(folder)
    for old in folder.glob("gen-*.duckdb"):
        if old != target:
            old.unlink(missing_ok=True)
    found = current(home)
    assert found is not None
    return found


def current(home: Path) -> CurrentRelease | None:
    """The current release of a study folder, None when there is none; ValueError when its pointer is damaged."""
    pointer = home / FOLDER / "CURRENT.json"
    try:
        content = json.loads(pointer.read_text(encoding="utf-8"))
        file = pointer.parent / content["file"]
        return CurrentRelease(content["gen"], content["threshold"], file, content["sha256"], content["created"])
    except FileNotFoundError:
        return None
    except (KeyError, TypeError) as fault:
        raise ValueError("CURRENT.json") from fault


def open_release(file: Path) -> duckdb.DuckDBPyConnection:
    """A release, read-only and locked down."""
    return duckdb.connect(str(file), read_only=True, config=READER_CONFIG)


def about(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """generation, sha256, threshold, families, created, version, audit; title, study_id, synthetic, attribution."""
    return dict(cursor.execute("SELECT key, value FROM main.release").fetchall())


def views(cursor: duckdb.DuckDBPyConnection) -> list[ViewRow]:
    """All views in the order of the screen."""
    rows = cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM main.view ORDER BY position").fetchall()
    return [ViewRow(*row) for row in rows]


def frame(cursor: duckdb.DuckDBPyConnection, id: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(masked frame, hidden cells) of a view."""
    frame, hidden = (cursor.execute(f"SELECT * FROM main.{_table(kind, id)}").df() for kind in ("frame", "hidden"))
    return frame, hidden.astype(bool)


def _table(kind: str, id: str) -> str:
    """Quoted name of a view's table; ValueError for anything that is no id."""
    if not ID.fullmatch(id):
        raise ValueError("not the id of a view")
    return f'"{kind}_{id}"'
