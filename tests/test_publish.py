"""Publishing: whatever happens to an import, the study is the old one or the new one, never a part of one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from db import publish
from db.connect import current, open_reader
from pipeline.errors import ImportLocked
from pipeline.steps.import_study import import_study

ROOT = Path(__file__).parents[1]
KILLS_IN_THE_SUITE, KILLS_IN_A_SOAK = 20, 200
FAILPOINTS = (
    "built",
    "before_file",
    "before_rename",
    "before_folder_sync",
    "before_pointer",
    "before_pointer_sync",
    "before_manifest",
)
MANIFEST = """
[study]
id = "kills"
title = "Kill loop"
scheme = "mhint"
protocol = "home_headcam"
[[coded]]
files = ["coded/*.csv"]
format = "long_csv"
[coded.columns]
observation = "observation"
subject = "subject"
code = "code"
onset = "onset"
offset = "offset"
unit = "s"
[tables.observations]
file = "observations.csv"
"""


def write_study(folder: Path, recordings: int) -> Path:
    """A study whose observations table knows all recordings; coded files are added one by one."""
    (folder / "coded").mkdir(parents=True)
    (folder / "STUDY.toml").write_text(MANIFEST)
    rows = [f"r{number},d{number},f{number},mother,60" for number in range(recordings)]
    (folder / "observations.csv").write_text(
        "\n".join(["observation_id,dyad_id,family_id,role,length_s", *rows]) + "\n"
    )
    return folder / "STUDY.toml"


def add_file(folder: Path, number: int, events: int = 30) -> None:
    """One coded file with `events` touching events that fill a minute."""
    codes = ["Smile", "Positive"]
    rows = [f"r{number},Infant,{codes[k % 2]},{k * 2},{k * 2 + 2}" for k in range(events)]
    (folder / "coded" / f"{number:03d}.csv").write_text(
        "\n".join(["observation,subject,code,onset,offset", *rows]) + "\n"
    )


def events_by_file(home: Path) -> dict[str, int]:
    found = current(home)
    if found is None:
        return {}
    with open_reader(found.file) as connection:
        rows = connection.execute(
            "SELECT s.path, count(*) FROM event e JOIN source s USING (source_id) GROUP BY ALL"
        ).fetchall()
    return dict(rows)


def start(manifest: Path, home: Path, **environment: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "pipeline", "import", str(manifest)]
    settings = {**os.environ, "DYADSCOPE_HOME": str(home), **environment}
    return subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


@pytest.mark.parametrize("point", FAILPOINTS)
def test_killed_at_a_failpoint_the_study_is_old_or_new(tmp_path: Path, point: str) -> None:
    manifest, home = write_study(tmp_path / "raw", 2), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    import_study(manifest, home, report=lambda line: None)
    old = events_by_file(home)
    add_file(tmp_path / "raw", 1)
    process = start(manifest, home, DYADSCOPE_FAILPOINT=point)
    assert process.wait(60) == 137
    process.stderr.close()
    assert events_by_file(home) in (old, {**old, "coded/001.csv": 30})
    import_study(manifest, home, report=lambda line: None)
    assert events_by_file(home) == {"coded/000.csv": 30, "coded/001.csv": 30}
    lines = [
        json.loads(line)["generation"] for line in (home / "published" / "manifest.jsonl").read_text().splitlines()
    ]
    assert current(home).number in lines and len(lines) == len(set(lines))
    assert not list(home.glob(".build-*"))


def kill_loop(tmp_path: Path, kills: int, seed: int) -> None:
    """Adds one file per round and kills the import at a random moment; every state seen is a whole one."""
    rng = random.Random(seed)
    raw, home = tmp_path / "raw", tmp_path / "home"
    manifest = write_study(raw, kills)
    died = 0
    for number in range(kills):
        add_file(raw, number)
        before = events_by_file(home)
        process = start(manifest, home)
        time.sleep(rng.uniform(0.2, 1.6))
        process.send_signal(signal.SIGKILL)
        died += process.wait(60) == -signal.SIGKILL
        process.stderr.close()
        after = events_by_file(home)
        everything = {f"coded/{n:03d}.csv": 30 for n in range(number + 1)}
        assert after in (before, everything), f"partial import with seed {seed} in round {number}"
    assert died > 0
    import_study(manifest, home, report=lambda line: None)
    assert events_by_file(home) == {f"coded/{n:03d}.csv": 30 for n in range(kills)}
    assert not list(home.glob(".build-*"))
    assert len(list((home / "published").glob("gen-*.duckdb"))) <= publish.KEPT_GENERATIONS


def test_twenty_kills_lose_nothing(tmp_path: Path) -> None:
    kill_loop(tmp_path, KILLS_IN_THE_SUITE, seed=1)


@pytest.mark.soak
def test_two_hundred_kills_lose_nothing(tmp_path: Path) -> None:
    kill_loop(tmp_path, KILLS_IN_A_SOAK, seed=2)


def test_a_second_import_is_told_to_wait(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 1), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    with publish.lock(home):
        with pytest.raises(ImportLocked, match=r"^Another import is running\. Nothing was changed\.$"):
            import_study(manifest, home)
        process = start(manifest, home)
        _, words = process.communicate(timeout=60)
    assert process.returncode == 75
    assert words.decode() == "Another import is running. Nothing was changed.\n"
    assert current(home) is None


def test_five_generations_are_kept_and_no_name_is_used_twice(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 7), tmp_path / "home"
    numbers = []
    for number in range(7):
        add_file(tmp_path / "raw", number)
        numbers.append(import_study(manifest, home, report=lambda line: None).generation.number)
    kept = sorted(file.name for file in (home / "published").glob("gen-*.duckdb"))
    assert numbers == [1, 2, 3, 4, 5, 6, 7]
    assert kept == [f"gen-{number:06d}.duckdb" for number in (3, 4, 5, 6, 7)]


def test_an_open_reader_keeps_what_it_opened(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 7), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    import_study(manifest, home, report=lambda line: None)
    reader = open_reader(current(home).file)
    for number in range(1, 7):
        add_file(tmp_path / "raw", number)
        import_study(manifest, home, report=lambda line: None)
    assert reader.cursor().execute("SELECT count(*) FROM event").fetchall() == [(30,)]


def test_the_pointer_carries_checksum_and_counts(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 1), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    import_study(manifest, home, report=lambda line: None)
    pointer = json.loads((home / "published" / "CURRENT.json").read_text())
    file = home / "published" / pointer["file"]
    assert pointer["sha256"] == publish.checksum(file)
    assert pointer["counts"]["event"] == 30
    assert not file.with_name(file.name + ".wal").exists()
    assert oct(home.stat().st_mode & 0o777) == "0o700"
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_a_build_that_reads_back_differently_is_not_published(tmp_path: Path) -> None:
    publish.make_folders(tmp_path)
    built = tmp_path / "build.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute("CREATE TABLE event (code VARCHAR); INSERT INTO event VALUES ('Smile')")
    with pytest.raises(publish.Damaged):
        publish.publish(tmp_path, built, {"event": 2}, {"generation": 1})
    assert current(tmp_path) is None


def test_a_torn_manifest_line_is_mended(tmp_path: Path) -> None:
    manifest, home = write_study(tmp_path / "raw", 2), tmp_path / "home"
    add_file(tmp_path / "raw", 0)
    import_study(manifest, home, report=lambda line: None)
    log = home / "published" / "manifest.jsonl"
    log.write_text(log.read_text()[:20])
    add_file(tmp_path / "raw", 1)
    import_study(manifest, home, report=lambda line: None)
    assert [json.loads(line)["generation"] for line in log.read_text().splitlines()] == [1, 2]
