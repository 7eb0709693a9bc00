"""The access log: lines are only added, whole or not at all, by any number of programs, readable by the owner alone."""

import fcntl
import json
import os
import re
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.__main__ import main
from pipeline.steps import access_log
from pipeline.steps.access_log import FILE, KEY, Entry, append, digest, plain
from tests.serving import ROOT

LINE = Entry("local", "view", "analyst", page="durations", generation=3, filters=("role",), families=35)


def lines(home: Path) -> list[dict]:
    """Every line of every part of the log, the oldest part first."""
    files = [*sorted(home.glob("access.log.[0-9]*.jsonl")), home / FILE]
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_line_says_when_who_what_and_never_more(tmp_path) -> None:
    append(LINE, tmp_path)
    append(Entry("ab12", "export", "presenting", name="shares.csv"), tmp_path)
    first, second = lines(tmp_path)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.pop("time"))
    assert first == {
        "who": "local", "what": "view", "mode": "analyst", "page": "durations", "generation": 3, "filters": ["role"],
        "families": 35,
    }  # fmt: skip
    assert set(second) == {"time", "who", "what", "mode", "name"}


def test_the_owner_alone_may_read_it(tmp_path) -> None:
    mask = os.umask(0)
    try:
        append(LINE, tmp_path)
        digest(tmp_path, "anybody")
    finally:
        os.umask(mask)
    for name in (FILE, KEY):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_what_was_written_is_never_changed(tmp_path, monkeypatch) -> None:
    """The file only grows at its end; a full one is set aside whole, under the next number."""
    monkeypatch.setattr(access_log, "LARGEST", 1_000)
    before = b""
    for number in range(40):
        append(Entry("local", "view", "analyst", generation=number), tmp_path)
        now = b"".join(file.read_bytes() for file in [*sorted(tmp_path.glob("access.log.0*")), tmp_path / FILE])
        assert now.startswith(before) and len(now) > len(before)
        before = now
    assert [line["generation"] for line in lines(tmp_path)] == list(range(40))
    assert len(list(tmp_path.glob("access.log.0*"))) >= 3
    assert all(file.stat().st_size < 1_200 for file in tmp_path.glob("access.log*"))


def test_two_programs_at_once_lose_no_line_and_mix_none(tmp_path) -> None:
    words = (
        "import sys; from pathlib import Path; from pipeline.steps import access_log as a; a.LARGEST = 4_000\n"
        "for n in range(50): a.append(a.Entry(sys.argv[1], 'view', 'analyst', generation=n), Path(sys.argv[2]))"
    )
    programs = [
        subprocess.Popen([sys.executable, "-c", words, f"program{number}", str(tmp_path)], cwd=ROOT)
        for number in range(2)
    ]
    assert [program.wait(60) for program in programs] == [0, 0]
    written = lines(tmp_path)
    for number in range(2):
        assert [one["generation"] for one in written if one["who"] == f"program{number}"] == list(range(50))
    assert len(written) == 100


def test_one_program_waits_for_the_other(tmp_path) -> None:
    """While another program holds the log, nothing is added; when it lets go, the line is."""
    append(LINE, tmp_path)
    with open(tmp_path / FILE, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = threading.Thread(target=append, args=(LINE, tmp_path))
        waiting.start()
        waiting.join(0.2)
        assert waiting.is_alive() and len(lines(tmp_path)) == 1
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.join(5)
    assert len(lines(tmp_path)) == 2


def test_a_log_set_aside_meanwhile_gets_no_further_line(tmp_path, monkeypatch) -> None:
    """Another program sets the log aside between our opening and our holding it: the line goes into the new one."""
    append(LINE, tmp_path)
    hold, aside = fcntl.flock, tmp_path / "access.log.000001.jsonl"

    def held(log: int, how: int) -> None:
        if not aside.exists():
            (tmp_path / FILE).rename(aside)
        hold(log, how)

    monkeypatch.setattr(access_log.fcntl, "flock", held)
    append(LINE, tmp_path)
    assert len(aside.read_text(encoding="utf-8").splitlines()) == 1 and len(lines(tmp_path)) == 2


def test_a_line_is_whole_or_not_there(tmp_path, monkeypatch) -> None:
    """The disk takes only a part of the line: the part is taken back, and the next line stands alone."""
    append(LINE, tmp_path)
    write = os.write
    monkeypatch.setattr(access_log.os, "write", lambda file, line: write(file, line[:10]))
    with pytest.raises(OSError, match="not written whole"):
        append(LINE, tmp_path)
    monkeypatch.undo()
    append(LINE, tmp_path)
    assert len(lines(tmp_path)) == 2


def test_a_log_that_is_a_link_is_not_followed(tmp_path) -> None:
    (tmp_path / "elsewhere").write_text("", encoding="utf-8")
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        append(LINE, tmp_path)
    assert not (tmp_path / "elsewhere").read_text(encoding="utf-8")


@pytest.mark.parametrize("word", ["EPDS = 29", "a/b", "a\nb", 'a"b', "x" * 81, "anna@example.org"])
def test_no_sentence_path_or_address_fits_into_a_line(word: str) -> None:
    with pytest.raises(ValueError):
        Entry("local", "view", "analyst", page=word)
    with pytest.raises(ValueError):
        Entry("local", "view", "analyst", filters=(word,))
    Entry("local", "view", "analyst", filters=(plain(word),))


def test_the_owner_can_ask_for_a_digest(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    assert main(["digest", "D012"]) == 0
    assert capsys.readouterr().out == digest(tmp_path, "D012") + "\n"
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path / "nowhere"))
    assert main(["digest", "D012"]) == 1


def test_a_digest_is_the_same_again_and_useless_without_the_key(tmp_path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir(), other.mkdir()
    assert digest(one, "D012") == digest(one, "D012") != digest(one, "D013")
    assert digest(one, "D012") != digest(other, "D012")
    (one / KEY).unlink()
    assert digest(one, "D012") != digest(other, "D012") and not list(one.glob(".access.key.*"))


@given(st.text(max_size=120))
def test_any_name_becomes_plain(name: str) -> None:
    assert access_log.PLAIN.fullmatch(plain(name))
