"""DuckDB's failures become sentences, and a disk that fills up leaves the study as it was."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from db import failures
from db.connect import current, open_reader
from pipeline.steps.import_study import import_study
from tests.test_publish import ROOT, add_file, events_by_file, write_study

WORDS = {
    'IO Error: Could not set lock on file "/x/gen.duckdb": Conflicting lock is held in /usr/bin/x (PID 4711)': (
        "The data file is in use by another program (process 4711). Close it and try again."
    ),
    'TransactionContext Error: Failed to commit: Could not write file "x.wal": No space left on device': (
        "Disk full. Nothing was imported. Free about 500 MB and import again."
    ),
    "Out of Memory Error: could not allocate block of size 256.0 KiB (1.0 GiB/1.0 GiB used)": (
        "This question needs more memory than allowed. Narrow it, or raise DYADSCOPE_MEMORY (for example 4GB)."
    ),
    'IO Error: Cannot open file "x": Read-only file system': (
        "The study folder cannot be written. Nothing was changed."
    ),
}


@pytest.mark.parametrize("original", WORDS)
def test_known_failures_have_our_words(original: str) -> None:
    assert failures.sentence(duckdb.Error(original)) == WORDS[original]


def test_an_unknown_failure_has_none() -> None:
    assert failures.sentence(duckdb.Error("something else with a value: 12 Smith Street")) is None


def import_with_room(manifest: Path, home: Path, room: int) -> tuple[int, str]:
    """Imports in a process whose files may not grow beyond `room` bytes: what a full disk looks like from inside."""
    command = [sys.executable, "-m", "pipeline", "import", str(manifest)]
    settings = {**os.environ, "DYADSCOPE_HOME": str(home)}
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))  # noqa: E731
    done = subprocess.run(command, cwd=ROOT, env=settings, preexec_fn=limit, capture_output=True, timeout=120)
    return done.returncode, done.stderr.decode()


def full_disk(tmp_path: Path, rooms: list[int]) -> None:
    raw, home = tmp_path / "raw", tmp_path / "home"
    manifest = write_study(raw, 2)
    add_file(raw, 0)
    import_study(manifest, home, report=lambda line: None)
    before = current(home)
    add_file(raw, 1)
    for room in rooms:
        status, words = import_with_room(manifest, home, room)
        assert (status, words) == (1, "Disk full. Nothing was imported. Free about 500 MB and import again.\n"), room
        assert current(home) == before
        assert events_by_file(home) == {"coded/000.csv": 30}
    import_study(manifest, home, report=lambda line: None)
    assert events_by_file(home) == {"coded/000.csv": 30, "coded/001.csv": 30}
    assert not list(home.glob(".build-*"))


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    full_disk(tmp_path, [4_096, 1_000_000])


@pytest.mark.soak
def test_a_full_disk_of_twenty_sizes_changes_nothing(tmp_path: Path) -> None:
    full_disk(tmp_path, [4_096 + 70_000 * step for step in range(20)])


def test_readers_may_neither_write_files_nor_open_others(tmp_path: Path) -> None:
    raw, home = tmp_path / "raw", tmp_path / "home"
    manifest = write_study(raw, 1)
    add_file(raw, 0)
    import_study(manifest, home, report=lambda line: None)
    cursor = open_reader(current(home).file).cursor()
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    refused = (
        f"SELECT * FROM read_csv('{secret}')",
        f"SELECT * FROM glob('{tmp_path}/*')",
        f"COPY event TO '{tmp_path}/out.csv'",
        f"ATTACH '{tmp_path}/other.duckdb'",
        "INSTALL httpfs",
        "SET memory_limit = '10GB'",
        "DELETE FROM event",
    )
    for statement in refused:
        with pytest.raises(duckdb.Error):
            cursor.execute(statement)
    assert not (tmp_path / "out.csv").exists()
