"""Bad files through the whole import: every one earns its sentence, no traceback, nothing that is good is lost."""

import json
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.steps.issues import begun_small
from tests.bad_files.coded import CODED, COLUMNS
from tests.bad_files.files import ROWS, WHOLE
from tests.bad_files.studies import REFUSED
from tests.tiny import STUDY, Imported, Tiny, entry

GOOD = "| GOOD | Infant | Sing | 0 | 5 |"


def toml(value: object) -> str:
    """A value as TOML writes it, tables in one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=True)


def coded(files: str, format: str, **more: object) -> str:
    """An entry of a manifest."""
    keys = {"files": [files], "format": format, **more}
    return "\n[[coded]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in keys.items())


def command(study: Tiny, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str, str]:
    """`python -m pipeline import`: exit status, what it prints, what it complains of."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(study.folder / "home"))
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = main(["import", str(study.folder / "STUDY.toml")])
    return status, out.getvalue(), err.getvalue()


# ---- refused as a whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_study_is_refused_with_its_sentence(case, tmp_path, monkeypatch):
    study = Tiny(tmp_path)
    case.spoil(study)
    study.spans("good.csv", GOOD.replace("GOOD", "O1"))
    study.manifest()
    case.after(study)
    status, _, err = command(study, monkeypatch)
    assert (status, err) == (1, case.said + "\n")
    home = tmp_path / "home"
    assert not list(home.glob("published/*")) and not list(home.glob(".build-*"))


def test_a_refused_study_leaves_what_was_imported_before(tmp_path, monkeypatch):
    study = Tiny(tmp_path)
    study.spans("good.csv", GOOD.replace("GOOD", "O1"))
    before = study.run()
    study.head = STUDY.replace('id = "tiny"', 'id = "huge"')
    study.manifest()
    assert command(study, monkeypatch) == (
        1,
        "",
        "The study folder 'home' holds the study 'tiny', and the manifest describes 'huge'. Set DYADSCOPE_HOME to another "
        "folder, or correct the id in the manifest. Nothing was changed.\n",
    )
    assert before.events() == ["infant Sing 0-5000"]


def test_the_names_of_bad_files_are_their_own():
    names = [case.name for case in (*REFUSED, *WHOLE, *ROWS, *CODED)]
    assert len(names) >= 100 and len({case.name for case in REFUSED}) == len(REFUSED)
    assert len({case.name for case in CODED}) == len(CODED)


# ---- files that cannot be read beside one that can ------------------------------------------------------------------


def numbered(cases: list) -> list[tuple[str, object]]:
    return [(f"{number:02}", case) for number, case in enumerate(cases)]


class Kept:
    """A published study and what the command said."""

    def __init__(self, study: Tiny, monkeypatch: pytest.MonkeyPatch):
        self.status, self.out, self.err = command(study, monkeypatch)
        self.imported = Imported(_Current(study.folder / "home"), [])


class _Current:
    """Stands for an outcome: the generation that is current in a folder."""

    def __init__(self, home: Path):
        from db.connect import current

        self.generation = current(home)


@pytest.fixture(scope="module")
def monkey():
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def damaged(tmp_path_factory, monkey) -> Kept:
    """One good file, and every file that is refused as a whole, each with an entry of its own; one file is a device
    that the system does not let anybody read."""
    study = Tiny(tmp_path_factory.mktemp("damaged"), {"GOOD": 10}, entry("good.csv"))
    study.spans("good.csv", GOOD)
    for folder, case in numbered(WHOLE):
        study.write(f"{folder}/{case.file}", case.build())
        study.coded += coded(f"{folder}/{case.file}", case.format, coder=folder, **case.entry)
    (study.folder / "coded" / "locked.csv").symlink_to("/proc/self/mem")
    study.coded += entry("locked.csv")
    study.manifest()
    return Kept(study, monkey)


@pytest.mark.parametrize(("folder", "case"), numbered(WHOLE), ids=[case.name for case in WHOLE])
def test_a_file_that_cannot_be_read_is_named_and_the_others_arrive(damaged, folder, case):
    ((sentence, action),) = damaged.imported.ask(
        "SELECT detail, action FROM issue WHERE kind = 'unreadable_file' AND file = ?", f"coded/{folder}/{case.file}"
    )
    assert re.fullmatch(re.escape(case.refused).replace(re.escape("{digits}"), r"\d\d"), sentence)
    assert action == "Nothing of this file was imported." and sentence in damaged.out.splitlines()


def test_good_files_arrive_beside_damaged_ones(damaged):
    assert damaged.status == 0 and damaged.err == ""
    assert damaged.imported.events("GOOD") == ["infant Sing 0-5000"]
    assert damaged.imported.ask("SELECT count(*) FROM source WHERE content = 'coded' AND rows = 0") == [
        (len(WHOLE) + 1,)
    ]


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that nobody may read")
def test_a_file_that_may_not_be_read_is_named(damaged):
    assert (
        "locked.csv: the file cannot be opened (Input/output error). Check that it is a file you may read."
        in damaged.out
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every file")
def test_a_file_without_permission_is_named(tmp_path, monkeypatch):
    study = Tiny(tmp_path)
    study.spans("good.csv", GOOD)
    study.manifest()
    (tmp_path / "coded" / "good.csv").chmod(0)
    assert command(study, monkeypatch)[2] == (
        "good.csv: the file cannot be opened (Permission denied). Check that it is a file you may read.\n"
    )


# ---- rows that are refused beside rows that are not -----------------------------------------------------------------


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory, monkey) -> Kept:
    """Every file of which single rows are refused or doubted, each a recording of its own."""
    study = Tiny(tmp_path_factory.mktemp("doubtful"), {folder: 5000 for folder, _ in numbered(ROWS)}, "")
    for folder, case in numbered(ROWS):
        study.write(f"{folder}/{case.file}", case.build())
        words = {
            "observation_ids": {"O1": folder},
            "codes": {"Positive": "Smile", "s": "Sing"},
            "subjects": {"s1": "infant"},
        }
        study.coded += coded(f"{folder}/{case.file}", case.format, **case.entry, **words)
    study.manifest()
    return Kept(study, monkey)


@pytest.mark.parametrize(("folder", "case"), numbered(ROWS), ids=[case.name for case in ROWS])
def test_what_a_reader_notes_becomes_an_issue(doubtful, folder, case):
    assert doubtful.status == 0 and doubtful.err == ""
    file = f"coded/{folder}/{case.file}"
    said = set(doubtful.imported.ask("SELECT line, kind, detail FROM issue WHERE file = ?", file))
    for line, kind, detail in case.noted:
        place = case.file + (f", line {line}" if line else "")
        assert (line, kind, f"{place}: {begun_small(detail)}") in said
    (counts,) = doubtful.imported.ask("SELECT rows, accepted + rejected + blank FROM source WHERE path = ?", file)
    assert counts == (case.rows, case.rows)


@pytest.fixture(scope="module")
def traps(tmp_path_factory, monkey) -> Kept:
    """Every file of tests/bad_files/coded.py, each a recording of its own."""
    folders = [folder for folder, _ in numbered(CODED)]
    study = Tiny(tmp_path_factory.mktemp("traps"), dict.fromkeys(folders, 10), "")
    study.lengths = {"OBS": 10}
    for folder, case in numbered(CODED):
        study.write(f"{folder}/{case.file}", case.build())
        more = {"columns": case.columns or COLUMNS} if case.format == "long_csv" else {}
        study.coded += coded(f"{folder}/{case.file}", case.format, coder=folder, **more, **case.entry)
    study.manifest()
    return Kept(study, monkey)


@pytest.mark.parametrize(("folder", "case"), numbered(CODED), ids=[case.name for case in CODED])
def test_a_trap_of_real_exports(traps, folder, case):
    """All files code one recording, each by a coder of its own."""
    assert traps.status == 0 and traps.err == ""
    file = f"coded/{folder}/{case.file}"
    assert traps.imported.events("OBS", folder) == list(case.events)
    assert traps.imported.ask("SELECT accepted, rejected, blank FROM source WHERE path = ?", file) == [case.rows]
    said = traps.imported.ask(
        "SELECT severity || ' ' || kind || ': ' || detail || ' | ' || action FROM issue WHERE file = ?"
        " AND kind <> 'hole_in_group' ORDER BY line NULLS FIRST, kind",
        file,
    )
    assert [sentence for (sentence,) in said] == [sentence.replace("{file}", case.file) for sentence in case.said]
