"""Long work in a detached worker: one job per id, cancelled in two seconds, never half a result, whoever is killed."""

import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from db import job_table
from pipeline import VERSION, jobs
from pipeline.errors import StudyError
from pipeline.jobs import JobError, kinds, launch, living, reaping, words
from pipeline.steps import queue, run_folder
from tests.job_kinds import CANARY, ENVIRONMENT

ROOT = Path(__file__).parents[1]
DEADLINE_S = 30.0
FRAME = pd.DataFrame({"x": [1, 2, 3], "who": ["a", None, "c"]})
KILLS_IN_THE_SUITE, KILLS_IN_A_SOAK = 10, 100
ENDED = ("done", "failed", "cancelled", "lost")


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    """The kinds of `tests/job_kinds.py`, a worker that ends soon, and no more memory than a test needs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(kinds.MORE, ENVIRONMENT)
        patch.setenv("DYADSCOPE_WORKER_IDLE", "20")
        patch.setenv("DYADSCOPE_WORKER_MEMORY", "1GB")
        patch.delenv("OMP_NUM_THREADS", raising=False)
        yield


def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("a study #1")
    yield home
    if queue.mark(home) is not None and (worker := queue.worker(home)):
        living.kill(worker)
        assert not living.alive(worker)


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Iterator[Path]:
    """A study folder with a worker, for tests that end what they begin."""
    yield from fresh(tmp_path_factory)


@pytest.fixture
def home(tmp_path_factory) -> Iterator[Path]:
    """A study folder of one test."""
    yield from fresh(tmp_path_factory)


def until(true: Callable[[], object], seconds: float = DEADLINE_S) -> float:
    """Waits until something is true; how long it took."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, "this never became true"
        time.sleep(0.02)
    return time.monotonic() - begun


def state(home: Path, id: str) -> str:
    return jobs.state(home, id).state


def ended(home: Path, id: str) -> jobs.Job:
    until(lambda: state(home, id) in ENDED)
    return jobs.state(home, id)


def is_running(home: Path, id: str) -> bool:
    """Whether the job has begun, and said so (after that it has written something half)."""
    found = jobs.state(home, id)
    return found.state == "compiling" or (found.state == "running" and bool(found.progress))


def sleeper(home: Path, name: str = "", **options: object) -> str:
    """Submits a job that sleeps until it is cancelled, and waits until it runs."""
    id = jobs.submit(home, "sleep", {"seconds": 60, "name": name}, FRAME, **options)
    until(lambda: is_running(home, id))
    return id


def files(home: Path, id: str) -> list[str]:
    """What lies in the folder of a run: names below runs/<id>."""
    return sorted(path.name for path in (home / "runs" / id).iterdir())


# --- one job per id


def test_the_id_is_the_checksum_of_what_is_asked_for(tmp_path: Path) -> None:
    text = f'{{"generation":"","kind":"add","spec":{{"a":[1,2],"b":"é"}},"version":"{VERSION}"}}'
    id = jobs.identity(tmp_path, "add", {"b": "é", "a": (1, 2)})
    assert id == hashlib.sha256(text.encode()).hexdigest()
    assert id != jobs.identity(tmp_path, "fit", {"b": "é", "a": (1, 2)})
    assert id != jobs.identity(tmp_path, "add", {"b": "é", "a": (1, 2)}, generation="f00")
    with pytest.raises(ValueError):
        jobs.identity(tmp_path, "add", {"a": float("nan")})


def test_the_current_generation_is_part_of_the_id(tmp_path: Path) -> None:
    before = jobs.identity(tmp_path, "add", {})
    (tmp_path / "published").mkdir()
    pointer = {"gen": 1, "file": "gen-000001.duckdb", "sha256": "f00d", "published_at": "2026-01-01T00:00:00+00:00"}
    (tmp_path / "published" / "CURRENT.json").write_text(json.dumps(pointer))
    assert jobs.identity(tmp_path, "add", {}) == jobs.identity(tmp_path, "add", {}, generation="f00d") != before
    (tmp_path / "published" / "CURRENT.json").write_text("{")
    with pytest.raises(StudyError, match="^CURRENT.json: this file is damaged."):
        jobs.identity(tmp_path, "add", {})


@settings(max_examples=50)
@given(some.dictionaries(some.text(max_size=4), some.integers() | some.text(max_size=4), max_size=5), some.randoms())
def test_the_order_of_a_spec_does_not_matter(spec: dict, chance: random.Random) -> None:
    pairs = list(spec.items())
    chance.shuffle(pairs)
    nowhere = Path("nowhere")
    assert jobs.identity(nowhere, "add", dict(pairs)) == jobs.identity(nowhere, "add", spec)
    assert jobs.identity(nowhere, "add", {**spec, "one more": 1}) != jobs.identity(nowhere, "add", spec)


def test_a_job_is_done_and_asking_again_changes_nothing(shared: Path) -> None:
    id = jobs.submit(shared, "add", {"pause_s": 0.1}, FRAME, user="ada")
    assert id == jobs.identity(shared, "add", {"pause_s": 0.1})
    done = ended(shared, id)
    assert (done.state, done.sentence, done.kind, done.user) == ("done", "", "add", "ada")
    assert done.progress == {"done": 2, "total": 2}
    assert done.folder == shared / "runs" / id / "result"
    assert json.loads((done.folder / "first.json").read_text()) == 6
    assert json.loads((done.folder / "versions.json").read_text())["dyadscope"] == VERSION
    assert files(shared, id) == ["data.parquet", "result", "spec.json"]
    for folder in (shared / "runs", shared / "runs" / id, done.folder):
        assert folder.stat().st_mode & 0o777 == 0o700, "for its owner only"
    assert done.created <= done.started <= done.ended
    assert jobs.submit(shared, "add", {"pause_s": 0.1}, FRAME, user="bob") == id
    assert jobs.state(shared, id) == done
    assert [one.id for one in jobs.jobs(shared)].count(id) == 1
    assert jobs.read_spec(shared, id) == {"pause_s": 0.1}


def test_a_result_that_was_thrown_away_is_computed_again(shared: Path) -> None:
    id = jobs.submit(shared, "add", {"again": True}, FRAME, user="again")
    folder = ended(shared, id).folder
    shutil.rmtree(folder)
    jobs.submit(shared, "add", {"again": True}, FRAME, user="again")
    until(lambda: (folder / "second.json").exists() and state(shared, id) == "done")


def test_the_worker_is_detached_gentle_and_gets_the_rows_as_they_were(shared: Path) -> None:
    id = jobs.submit(shared, "threads", {}, FRAME, user="eve")
    found = json.loads((ended(shared, id).folder / "found.json").read_text())
    assert found["nice"] >= 10 and found["session"]
    assert found["threads"] == str(max(1, launch.cores() - 1))
    assert found["x"] == [1, 2, 3] and found["dtypes"] == ["int64", "str"]
    assert {name.split("-")[0] for name in found["open"]} <= {"jobs.sqlite3", "null"}


SUBMIT = """
import sys, time, pandas
from pathlib import Path
from pipeline import jobs
until = float(sys.argv[3])
time.sleep(max(0, until - time.time()))
spec = {"seconds": 0.5, "name": "x", "log": sys.argv[2]}
print(jobs.submit(Path(sys.argv[1]), "sleep", spec, pandas.DataFrame({"x": [1]})))
sys.stdout.flush()
time.sleep(60 if len(sys.argv) > 4 else 0)
"""


def server(home: Path, log: Path, *more: str) -> subprocess.Popen:
    """Another server that submits a job at a moment."""
    command = [sys.executable, "-c", SUBMIT, str(home), str(log), *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_two_servers_at_once_make_one_job_and_one_worker(home: Path) -> None:
    moment = str(time.time() + 1.5)
    servers = [server(home, home / "log.txt", moment) for _ in range(2)]
    ids = {one.communicate(timeout=DEADLINE_S)[0].strip() for one in servers}
    assert [one.returncode for one in servers] == [0, 0] and len(ids) == 1
    assert ended(home, ids.pop()).state == "done"
    assert (home / "log.txt").read_text() == "x\n" and len(jobs.jobs(home)) == 1
    assert not list(home.glob("runs/*/.*")) and not list(home.glob(".jobs-*"))


def test_a_job_survives_its_killed_server(shared: Path, tmp_path: Path) -> None:
    begun = server(shared, tmp_path / "log.txt", "0", "stay")
    id = begun.stdout.readline().strip()
    os.killpg(begun.pid, signal.SIGKILL)
    begun.communicate(timeout=DEADLINE_S)
    assert ended(shared, id).state == "done"
    assert (tmp_path / "log.txt").read_text() == "x\n"


# --- the queue


def test_one_runs_and_one_waits_per_user(shared: Path) -> None:
    first = sleeper(shared, "first", user="limited")
    second = jobs.submit(shared, "sleep", {"seconds": 60, "name": "second"}, FRAME, user="limited")
    with pytest.raises(JobError) as refused:
        jobs.submit(shared, "sleep", {"seconds": 60, "name": "third"}, FRAME, user="limited")
    assert str(refused.value) == queue.TOO_MANY
    assert not run_folder.folder(shared, jobs.identity(shared, "sleep", {"seconds": 60, "name": "third"})).exists()
    assert jobs.submit(shared, "sleep", {"seconds": 60, "name": "second"}, FRAME, user="limited") == second
    other = jobs.submit(shared, "sleep", {"seconds": 60, "name": "other"}, FRAME, user="somebody else")
    assert [state(shared, id) for id in (second, other)] == ["queued", "queued"]
    for id in (other, second, first):
        jobs.cancel(shared, id)
    assert [jobs.state(shared, id).sentence for id in (other, second)] == ["Cancelled. Nothing was stored."] * 2
    assert ended(shared, first).state == "cancelled"


def test_users_take_turns(shared: Path) -> None:
    blocker = sleeper(shared, "blocker", user="z")
    spec = {"seconds": 0, "log": str(shared / "log.txt")}
    ids = [
        jobs.submit(shared, "sleep", spec | {"name": f"{user}{number}"}, FRAME, user=user)
        for user in "ab"
        for number in (1, 2)
    ]
    jobs.cancel(shared, blocker)
    assert [ended(shared, id).state for id in ids] == ["done"] * 4
    assert (shared / "log.txt").read_text().split() == ["a1", "b1", "a2", "b2"]


def seconds_to_cancel(home: Path, id: str) -> float:
    """Cancels a running job; how long it took until it had ended."""
    jobs.cancel(home, id)
    return until(lambda: state(home, id) == "cancelled")


def test_a_running_job_is_cancelled_within_two_seconds_and_leaves_nothing(shared: Path) -> None:
    """Tried up to three times: the tests may share the machine with others."""
    assert any(seconds_to_cancel(shared, sleeper(shared, "cancelled", user="c")) < 2 for _ in range(3))
    id = jobs.identity(shared, "sleep", {"seconds": 60, "name": "cancelled"})
    assert jobs.state(shared, id).sentence == "Cancelled. Nothing was stored."
    assert files(shared, id) == ["data.parquet", "spec.json"]
    before = jobs.state(shared, id)
    jobs.cancel(shared, id)
    assert jobs.state(shared, id) == before
    jobs.submit(shared, "sleep", {"seconds": 60, "name": "cancelled"}, FRAME, user="c")
    assert state(shared, id) in ("queued", "running")
    jobs.cancel(shared, id)
    ended(shared, id)


def test_a_job_that_does_not_listen_is_cancelled_too_and_the_worker_goes_on(shared: Path) -> None:
    waiting = {"after": "deaf"}
    for attempt in range(3):
        id = jobs.submit(shared, "deaf", {"seconds": 61}, FRAME)
        until(lambda id=id: state(shared, id) == "running")
        jobs.submit(shared, "add", waiting | {"attempt": attempt}, FRAME)
        worker = queue.worker(shared)
        took = seconds_to_cancel(shared, id)
        assert files(shared, id) == ["data.parquet", "spec.json"]
        after = jobs.identity(shared, "add", waiting | {"attempt": attempt})
        assert ended(shared, after).state == "done" and queue.worker(shared).token == worker.token
        if took < 2:
            return
    pytest.fail("cancelling took longer than two seconds three times")


def test_a_job_that_takes_too_long_is_stopped(shared: Path) -> None:
    polite = jobs.submit(shared, "sleep", {"seconds": 60}, FRAME, user="slow", timeout_s=0.3)
    deaf = jobs.submit(shared, "deaf", {"seconds": 60}, FRAME, user="slow", timeout_s=0.3)
    for id in (polite, deaf):
        found = ended(shared, id)
        assert (found.state, found.sentence) == ("failed", words.timed_out(0.3))
        assert files(shared, id) == ["data.parquet", "spec.json"]
    assert words.timed_out(7200).startswith("The job took longer than 120 minutes and was stopped.")


def test_compiling_is_a_state_of_its_own(shared: Path) -> None:
    id = jobs.submit(shared, "sleep", {"seconds": 60, "compiling": True}, FRAME, user="compiler")
    until(lambda: state(shared, id) == "compiling")
    assert jobs.state(shared, id).active and jobs.state(shared, id).progress == {}
    jobs.cancel(shared, id)
    assert ended(shared, id).state == "cancelled"


# --- what goes wrong is one sentence

ENDINGS = {
    "fail": ("failed", "The job stopped at a fault of Dyadscope (ValueError in job_kinds.py, line "),
    "exit": ("failed", "The job stopped at a fault of Dyadscope (SystemExit in job_kinds.py, line "),
    "say": ("failed", "EPDS: this exposure is constant. Choose another one."),
    "full": ("failed", "Disk full. Nothing was stored. Free about 500 MB and start this again."),
    "hungry": ("failed", "This job needs more memory than allowed. Nothing was stored. Narrow the selection, or raise"),
    "die": ("lost", "The worker ended while this job was running (it was stopped, "),
}


@pytest.mark.parametrize("kind", ENDINGS)
def test_a_job_that_breaks_says_why_in_one_sentence(shared: Path, kind: str) -> None:
    id = jobs.submit(shared, kind, {"bytes": 4_000_000_000}, FRAME, user=kind)
    found = ended(shared, id)
    expected, sentence = ENDINGS[kind]
    assert found.state == expected and found.sentence.startswith(sentence)
    assert "\n" not in found.sentence and "Traceback" not in found.sentence and found.folder is None
    assert files(shared, id) == ["data.parquet", "spec.json"]
    for path in shared.rglob("*"):
        assert path.is_dir() or CANARY.encode() not in path.read_bytes(), path.name


def test_a_full_disk_when_a_job_is_asked_for(home: Path) -> None:
    queue.make(home)
    frame = pd.DataFrame({"x": np.random.default_rng(1).normal(size=100_000)})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(JobError) as refused:
            jobs.submit(home, "add", {}, frame)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(refused.value) == "Disk full. The job was not started. Free about 500 MB and start it again."
    assert jobs.jobs(home) == [] and not list(home.glob("runs/*/*")) and queue.worker(home) is None


def test_what_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="^'ad' is not a known kind of job. Did you mean 'add'[?] Choose one of: add, "):
        jobs.submit(tmp_path, "ad", {}, FRAME)
    with pytest.raises(JobError, match="^The study folder is not there. Import a study first.$"):
        jobs.submit(tmp_path / "nowhere", "add", {}, FRAME)
    assert jobs.jobs(tmp_path / "nowhere") == [] and jobs.reap(tmp_path) == []
    for id in ("../../etc", "0" * 64):
        for ask in (jobs.state, jobs.cancel, jobs.read_spec):
            with pytest.raises(JobError, match="^This job is not known in this study. Start it again.$"):
                ask(tmp_path, id)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_table_is_named(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite3").write_text("not a database" * 100)
    with pytest.raises(JobError, match="^jobs.sqlite3: this file is damaged. Move it away; "):
        jobs.jobs(tmp_path)


def test_a_job_of_another_version_is_refused_and_the_worker_starts_afresh(shared: Path, monkeypatch) -> None:
    monkeypatch.setattr(jobs, "VERSION", "0.0.0")
    old = jobs.submit(shared, "add", {"version": "other"}, FRAME)
    assert (ended(shared, old).state, jobs.state(shared, old).sentence) == ("failed", words.OTHER_VERSION)
    monkeypatch.undo()
    new = jobs.submit(shared, "add", {"version": "other"}, FRAME)
    assert new != old and ended(shared, new).state == "done"


# --- whoever is killed


def kill_worker(home: Path) -> bool:
    """kill -9 of the worker in the table; whether there was one."""
    worker = queue.worker(home)
    killed = worker is not None and living.alive(worker)
    if killed:
        living.kill(worker)
    return killed


def test_a_killed_worker_loses_its_job_says_so_and_it_runs_again(shared: Path) -> None:
    id = sleeper(shared, "lost")
    assert any(path.name.startswith(".partial-") for path in (shared / "runs" / id).iterdir())
    assert jobs.reap(shared) == [] and kill_worker(shared)
    assert jobs.reap(shared) == [id] and jobs.reap(shared) == []
    found = jobs.state(shared, id)
    assert (found.state, found.sentence, found.folder) == ("lost", words.LOST, None)
    assert files(shared, id) == ["data.parquet", "spec.json"]
    sleeper(shared, "lost")
    jobs.cancel(shared, id)
    assert ended(shared, id).state == "cancelled"


def test_killed_after_the_result_was_whole_the_job_is_done(shared: Path) -> None:
    id = sleeper(shared, "whole")
    assert kill_worker(shared)
    run_folder.result(shared, id).mkdir()
    assert jobs.reap(shared) == [id]
    assert jobs.state(shared, id).state == "done" and jobs.state(shared, id).folder.is_dir()


def test_a_job_that_is_stopped_keeps_what_it_has(shared: Path) -> None:
    """A stop is no cancel: the job is done, with less than was asked for; a second start begins from nothing."""
    spec = {"total": 600, "name": "stopped"}
    id = jobs.submit(shared, "draw", spec, FRAME)
    until(lambda: jobs.state(shared, id).progress.get("done", 0) > 2)
    jobs.stop(shared, id)
    found = ended(shared, id)
    kept = json.loads((found.folder / "kept.json").read_text(encoding="utf-8"))
    assert found.state == "done" and found.sentence == "" and 2 < kept < 600
    assert found.progress["done"] == kept and found.progress["total"] == 600
    jobs.stop(shared, id)
    assert jobs.state(shared, id) == found, "what has ended stays as it is"
    with pytest.raises(JobError, match="not known"):
        jobs.stop(shared, "0" * 64)


def test_a_stop_does_not_reach_a_job_that_waits_nor_one_that_is_asked_for_again(shared: Path) -> None:
    spec = {"total": 4, "name": "again"}
    id = jobs.identity(shared, "draw", spec)
    blocking = sleeper(shared, "first", user="again")
    jobs.submit(shared, "draw", spec, FRAME, user="again")
    jobs.stop(shared, id)
    assert state(shared, id) == "queued"
    run_folder.ask_stop(shared, id)
    jobs.cancel(shared, blocking)
    assert json.loads((ended(shared, id).folder / "kept.json").read_text(encoding="utf-8")) == 4


def test_a_worker_that_hangs_is_ended_when_its_job_is_cancelled(shared: Path, monkeypatch) -> None:
    id = sleeper(shared, "hangs")
    worker = queue.worker(shared)
    os.kill(worker.pid, signal.SIGSTOP)
    jobs.cancel(shared, id)
    assert state(shared, id) == "running"
    monkeypatch.setattr(reaping, "DEAF_S", 0.0)
    assert state(shared, id) == "cancelled" and not living.alive(worker)


def kill_loop(home: Path, kills: int, seed: int) -> None:
    """A job per round, the worker killed at a random moment; every job is done, lost or waits, and runs in the end."""
    rng = random.Random(seed)
    ids, killed = [], 0
    for number in range(kills):
        spec = {"pause_s": 0.15, "number": number}
        ids.append(jobs.submit(home, "add", spec, FRAME, user=f"user {number}"))
        if number % 2:
            until(lambda id=ids[-1]: state(home, id) != "queued")
        time.sleep(rng.uniform(0, 0.3 if number % 2 else 0.7))
        killed += kill_worker(home)
        for found in jobs.jobs(home):
            assert found.state in ("queued", "running", "compiling", "done", "lost"), f"seed {seed}, round {number}"
            assert (found.state == "done") == whole(home, found.id), f"seed {seed}, round {number}"
    assert killed > 0
    for number, id in enumerate(ids):
        jobs.submit(home, "add", {"pause_s": 0.15, "number": number}, FRAME, user=f"user {number}")
        assert ended(home, id).state == "done" and whole(home, id)
    assert not list(home.glob("runs/*/.*")) and len(jobs.jobs(home)) == kills


def whole(home: Path, id: str) -> bool:
    """Whether a result is there; it must never be there in part."""
    folder = run_folder.result(home, id)
    if folder.is_dir():
        assert sorted(path.name for path in folder.iterdir()) == ["first.json", "second.json", "versions.json"]
        assert json.loads((folder / "first.json").read_text()) == 6
        assert json.loads((folder / "second.json").read_text())["pause_s"] == 0.15
    return folder.is_dir()


def test_ten_kills_leave_no_half_result(home: Path) -> None:
    kill_loop(home, KILLS_IN_THE_SUITE, seed=1)


@pytest.mark.soak
def test_a_hundred_kills_leave_no_half_result(home: Path) -> None:
    kill_loop(home, KILLS_IN_A_SOAK, seed=2)


# --- the worker comes and goes


def test_the_worker_ends_when_nothing_comes_and_starts_again(home: Path, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_WORKER_IDLE", "0.3")
    ended(home, jobs.submit(home, "add", {}, FRAME))
    until(lambda: queue.worker(home) is None)
    until(lambda: all(one.poll() is not None for one in launch._started[-1:]))
    assert launch._started[-1].returncode == 0
    assert ended(home, jobs.submit(home, "add", {"more": 1}, FRAME)).state == "done"


def test_the_worker_does_not_leave_a_waiting_job_behind(tmp_path: Path) -> None:
    queue.make(tmp_path)
    me = living.named(os.getpid())
    assert queue.enrol(tmp_path, me, living.alive)
    row = {"id": "a", "kind": "add", "user": "u", "version": VERSION, "timeout_s": 1.0}
    queue.enqueue(tmp_path, row)
    assert not queue.resign(tmp_path, me) and queue.worker(tmp_path).token == me.token
    assert queue.take(tmp_path, me)["id"] == "a" and queue.take(tmp_path, me) is None
    queue.enqueue(tmp_path, row)
    assert queue.take(tmp_path, me) is None and queue.job(tmp_path, "a").state == "running", "asked for twice"
    assert queue.resign(tmp_path, me) and queue.worker(tmp_path) is None and not queue.beat(tmp_path, me)


@pytest.mark.parametrize("replaced", [False, True])
def test_the_worker_ends_when_its_study_vanishes(home: Path, replaced: bool) -> None:
    sleeper(home)
    worker = queue.worker(home)
    os.rename(home, home.with_name(home.name + " moved"))
    if replaced:
        home.mkdir()
        queue.make(home)
    until(lambda: not living.alive(worker))
    assert home.exists() == replaced
    shutil.rmtree(home.with_name(home.name + " moved"))


def test_a_second_worker_leaves_at_once(shared: Path) -> None:
    id = sleeper(shared, "first worker")
    worker = queue.worker(shared)
    command = [*launch.COMMAND, str(shared)]
    assert subprocess.run(command, cwd=ROOT, timeout=DEADLINE_S, check=False).returncode == 0
    assert queue.worker(shared).token == worker.token and state(shared, id) == "running"
    jobs.cancel(shared, id)
    assert ended(shared, id).state == "cancelled"


def test_who_lives(tmp_path: Path) -> None:
    me = living.named(os.getpid())
    assert living.alive(me) and not living.alive(replace(me, start="1")), "a pid that was used again"
    elsewhere = replace(me, machine="another computer")
    assert living.alive(elsewhere) and not living.alive(replace(elsewhere, heartbeat=time.time() - 60))
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    one = living.named(child.pid)
    assert living.alive(one)
    child.kill()
    until(lambda: not living.alive(one))
    assert child.returncode is None, "a zombie that nobody has waited for is dead"
    child.communicate()
    assert not living.alive(one)


@pytest.mark.skipif(not shutil.which("ps"), reason="needs the command ps")
def test_without_a_proc_folder_ps_says_when_a_pid_started() -> None:
    assert living._from_ps(os.getpid()) == living._from_ps(os.getpid()) not in (None, "", living.UNSEEN)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    assert living._from_ps(gone.pid) is None


def test_where_nothing_says_who_lives_the_heartbeat_does(monkeypatch) -> None:
    me = living.named(os.getpid())
    monkeypatch.setattr(living, "start_of", lambda pid: living.UNSEEN)
    assert living.alive(me) and not living.alive(replace(me, heartbeat=time.time() - 60))


def test_the_table_is_kept_safe(home: Path) -> None:
    queue.make(home)
    queue.make(home)
    with job_table.opened(home) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert (home / "jobs.sqlite3").stat().st_mode & 0o777 == 0o600


def test_asking_for_jobs_loads_nothing_heavy() -> None:
    heavy = ("torch", "pymc", "arviz", "nutpie", "pytensor", "statsmodels", "scipy", "cv2", "matplotlib", "streamlit")
    code = f"import sys, pipeline.jobs; print([one for one in {heavy} if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def test_every_kind_names_a_step() -> None:
    for kind, place in kinds.KINDS.items():
        module, name = place.split(":")
        assert module.startswith("pipeline.steps.") and name == f"run_{kind}"
