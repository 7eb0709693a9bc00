"""Kills, full disks and flipped bits beyond the import: what is stored or exported is whole, or not there, or named."""

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from db import failures
from db.connect import Current, current
from pipeline.errors import StudyError
from pipeline.steps.import_study import import_study
from pipeline.steps.open_study import open_generation
from tests.test_publish import ROOT, add_file, write_study

WORKS = ("fit", "export", "terms")


def ended(*words: str) -> dict[str, int]:
    """How often a piece of work was ended by `tests/kill_points.py`; nothing was left in part."""
    command = [sys.executable, "-m", "tests.kill_points", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_fit_an_export_or_a_table_of_terms_is_stored_whole_or_not_at_all() -> None:
    ends = ended(*WORKS, "--step", "12", "--random", "1", "--rooms", "1")
    assert ends["operations"] >= 6 and ends["full disks"] == 3


@pytest.mark.soak
@pytest.mark.parametrize("work", WORKS)
def test_ended_at_every_operation_at_two_hundred_moments_and_on_twenty_full_disks(work: str) -> None:
    ends = ended(work, "--step", "1", "--random", "200", "--rooms", "20")
    assert ends["operations"] > 0 and ends["moments"] > 0 and ends["full disks"] == 20


# ---- a generation that was damaged ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> Path:
    """A study folder with one small generation."""
    raw, home = tmp_path_factory.mktemp("raw") / "study", tmp_path_factory.mktemp("home")
    manifest = write_study(raw, 1)
    add_file(raw, 0)
    import_study(manifest, home, report=lambda line: None)
    return home


def everything(file: Path) -> list[tuple]:
    """All rows of all tables, as the screen would open them; StudyError or duckdb.Error where it cannot."""
    reader = open_generation(Current(2, file, "", ""))
    try:
        cursor = reader.cursor()
        tables = cursor.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
        return [(name, *row) for (name,) in tables for row in cursor.execute(f'FROM "{name}" ORDER BY ALL').fetchall()]
    finally:
        reader.close()


def flipped(home: Path, folder: Path, flips: int, seed: int) -> int:
    """Flips single bits of a generation; how often that was noticed. What was not noticed changed nothing."""
    sound = current(home).file
    content, expected, chance, noticed = sound.read_bytes(), everything(sound), random.Random(seed), 0
    file = folder / sound.name
    for _ in range(flips):
        damaged = bytearray(content)
        place = chance.randrange(len(content))
        damaged[place] ^= 1 << chance.randrange(8)
        file.write_bytes(damaged)
        try:
            assert everything(file) == expected, f"seed {seed}, byte {place}"
        except StudyError as fault:
            assert str(fault).startswith(f"{sound.name}: this file is damaged"), place
            noticed += 1
        except duckdb.Error as fault:
            assert failures.sentence(fault), place
            noticed += 1
    return noticed


def test_a_flipped_bit_is_noticed_or_changes_nothing(published: Path, tmp_path: Path) -> None:
    assert 0 < flipped(published, tmp_path, 8, seed=1) <= 8


@pytest.mark.soak
def test_three_hundred_flipped_bits_are_noticed_or_change_nothing(published: Path, tmp_path: Path) -> None:
    assert flipped(published, tmp_path, 300, seed=2) > 150


@pytest.mark.parametrize("content", [b"", b"not a log", "of another study"])
def test_a_log_beside_a_generation_changes_nothing(published: Path, tmp_path: Path, content: bytes | str) -> None:
    """A write-ahead log never stands beside a published file; a strange one is refused or has no effect."""
    sound = current(published).file
    file = tmp_path / sound.name
    shutil.copy(sound, file)
    if isinstance(content, str):
        content = log_of_another(tmp_path)
    file.with_name(file.name + ".wal").write_bytes(content)
    try:
        assert everything(file) == everything(sound)
    except StudyError as fault:
        assert "this file is damaged" in str(fault)


def log_of_another(folder: Path) -> bytes:
    """The write-ahead log of a database that holds a row nobody imported."""
    other = folder / "other.duckdb"
    with duckdb.connect(str(other), config={"checkpoint_threshold": "1GB"}) as connection:
        connection.execute("CREATE TABLE event (code VARCHAR); CHECKPOINT; INSERT INTO event VALUES ('Smile')")
        return (folder / "other.duckdb.wal").read_bytes()
