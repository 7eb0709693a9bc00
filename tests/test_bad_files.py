"""Bad files through the whole import: every one earns its sentence, no traceback, nothing that is good is lost."""

import json
import os
import re
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from pipeline.__main__ import main
from pipeline.readers.registry import FORMATS
from pipeline.steps.issues import begun_small
from tests.bad_files.coded import COLUMNS
from tests.bad_files.every import CODED, ROWS, WHOLE
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
        "The study folder 'home' holds the study 'tiny', and the manifest describes 'huge'. Set DYADSCOPE_HOME to "
        "another folder, or correct the id in the manifest. Nothing was changed.\n",
    )
    assert before.events() == ["infant Sing 0-5000"]


def test_the_names_of_bad_files_are_their_own():
    names = [case.name for case in (*WHOLE, *ROWS, *CODED)]
    assert len(names) >= 100 and len({case.name for case in REFUSED}) == len(REFUSED)
    assert len({case.name for case in CODED}) == len(CODED)


def test_every_reader_has_bad_files_of_its_own():
    cases = [case.format for case in (*WHOLE, *ROWS, *CODED)]
    assert not [name for name in FORMATS if cases.count(name) < 2]


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
        for name, content in case.parts.items():
            study.write(f"{folder}/{name}", content)
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
        for name, content in case.parts.items():
            study.write(f"{folder}/{name}", content)
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
        for name, content in case.parts.items():
            study.write(f"{folder}/{name}", content)
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


# ---- tables of the study --------------------------------------------------------------------------------------------

TABLES = """
[tables.people]
file = "people.csv"

[tables.dyads]
file = "dyads.csv"

[[variables]]
name = "born"
label = "Date of birth"
table = "people"
of = "infant"
column = "born"
kind = "date"
date_order = "dmy"

[[scores]]
file = "epds.csv"
instrument = "EPDS"
person = "who"
wave = "=one"
phase = "=pregnancy"
items = ["q1", "q2", "q3", "q4", "q5", "q6", "q7", "q8", "q9", "q10"]
total = "sum"
"""
FILES = {
    "/observations.csv": """observation_id,dyad_id,length_s
GOOD,D1,10
GOOD,D2,10
good,D1,10
X1,D9,10
X2,d1,10
observation_id,dyad_id,length_s
,D1,10
X3,D1,"10,5"
,,
""",
    "/people.csv": """person_id,family_id,role,born
i1,F1,infant,01/02/2023
i2,F2,infant,02/25/2023
i3,F3,infant,44927
m1,F1,mother,
m1\u00a0,F1,mother,
M1,F1,mother,
0012,F4,mother,
NA,F4,infant,2023-02-01
""",
    "/dyads.csv": "dyad_id,family_id,infant_id,caregiver_id\nD1,F1,i1,m1\nD2,F2,i2,m9\nD3,F3,i3,0012\nD4,F4,NA,0012\n",
    "/epds.csv": """who,q1,q2,q3,q4,q5,q6,q7,q8,q9,q10,sum
m1,0,0,3,0,3,3,3,3,3,3,1
M1,0,0,3,0,3,3,3,3,3,4,0
0012,0,0,3,0,3,3,3,3,3,,0
12,0,0,3,0,3,3,3,3,3,3,0
""",
}


@pytest.fixture(scope="module")
def tables(tmp_path_factory, monkey) -> Kept:
    """A study whose tables carry the faults of real ones."""
    study = Tiny(tmp_path_factory.mktemp("tables"), coded=entry("good.csv"), tail=TABLES)
    study.spans("good.csv", GOOD)
    study.manifest()
    for name, content in FILES.items():
        study.write(name, content)
    return Kept(study, monkey)


TOLD = [
    "warning conflicting_values: dyads.csv: dyad 'D3' is of family 'F3', its caregiver of family 'F4'. | The row "
    "of the dyad counts. Correct one of the two.",
    "error unknown_person: dyads.csv, line 3: the person 'm9' (caregiver_id) is not in the table of people. | "
    "The row was refused. Correct it or add the person.",
    "warning total_contradicts_items: epds.csv, line 2: the total of EPDS in the file is not the sum of the "
    "answers. | The sum of the answers is used. Correct the total or the answers.",
    "warning item_out_of_range: epds.csv, line 3: the answer to question 10 of EPDS is not a whole number from 0 "
    "to 3. | The answer counts as missing. Correct it.",
    "warning total_without_all_items: epds.csv, line 3: the file gives a total of EPDS although an answer is "
    "missing. | The total is missing (rule: any missing item). Fill in the answers, or name only the total in "
    "the manifest.",
    "warning total_without_all_items: epds.csv, line 4: the file gives a total of EPDS although an answer is "
    "missing. | The total is missing (rule: any missing item). Fill in the answers, or name only the total in "
    "the manifest.",
    "error unknown_person: epds.csv, line 5: the person '12' is not known. | The row was refused. Correct it or "
    "add the person.",
    "error observation_without_length: observations.csv: X3 has no length in the table, and no coded data that "
    "tell its length. | The recording was left out. Add its length and import again.",
    "error duplicate_id: observations.csv, line 3: the observation_id 'GOOD' stands already in line 2, with "
    "other values. | The row was refused. The first row counts. Correct one of the two.",
    "warning similar_id: observations.csv, line 4: the observation_id 'good' and 'GOOD' differ only in capital "
    "letters or blanks. | They were kept as two. If they are one, write 'GOOD' in both places.",
    "error unknown_dyad: observations.csv, line 5: the dyad 'D9' is not known. | The row was refused. Correct it "
    "or add the dyad.",
    "error unknown_dyad: observations.csv, line 6: the dyad 'd1' is not known. Did you mean 'D1'? | The row was "
    "refused. Correct it or add the dyad.",
    "warning repeated_header: observations.csv, line 7: the row repeats the column names. | The row was left "
    "out. Nothing else is needed if two exports were put one below the other on purpose.",
    "error missing_id: observations.csv, line 8: the row has no observation_id. | The row was refused. Fill it "
    "in and import again.",
    "warning not_a_number: observations.csv, line 9: the length_s is not a number. | The value was left out, the "
    "row kept. If it has a decimal comma, declare decimal = ','.",
    "info blanks_removed: people.csv: 1 cell has blanks at an end. | The blanks were removed: 'P1 ' is read as 'P1'.",
    "warning not_a_date: people.csv, line 3: the born is not a date written as day, month, year with a year of "
    "four digits. | The value was left out, the row kept. Correct it, or declare another date_order.",
    "warning excel_serial: people.csv, line 4: the born is a serial number of Excel. | It was read as "
    "2023-01-01. Format the column as a date and export it again.",
    "error duplicate_row: people.csv, line 6: the row says the same as the row in line 5. | The row was refused. "
    "Nothing is lost; delete one of the two.",
    "warning similar_id: people.csv, line 7: the person_id 'M1' and 'm1' differ only in capital letters or "
    "blanks. | They were kept as two. If they are one, write 'm1' in both places.",
]


def test_the_faults_of_tables_are_named(tables):
    assert tables.status == 0 and tables.err == ""
    said = tables.imported.ask(
        "SELECT severity || ' ' || kind || ': ' || detail || ' | ' || action FROM issue WHERE file NOT LIKE 'coded/%'"
        " ORDER BY file, line NULLS FIRST, kind"
    )
    assert [sentence for (sentence,) in said] == TOLD


def test_what_is_good_in_the_tables_arrives(tables):
    """Rows = accepted + rejected + blank for every table; identifiers stay text."""
    assert tables.imported.events("GOOD") == ["infant Sing 0-5000"]
    counts = "SELECT path, rows, accepted, rejected, blank FROM source WHERE content = 'table' ORDER BY 1"
    assert tables.imported.ask(counts) == [
        ("dyads.csv", 4, 3, 1, 0),
        ("epds.csv", 4, 3, 1, 0),
        ("observations.csv", 9, 2, 6, 1),
        ("people.csv", 8, 7, 1, 0),
    ]
    people = [name for (name,) in tables.imported.ask("SELECT person_id FROM person ORDER BY 1")]
    assert people == ["0012", "M1", "NA", "i1", "i2", "i3", "m1"]
    assert tables.imported.ask("SELECT person_id, total, missing_items FROM score ORDER BY 1") == [
        ("0012", None, 1),
        ("M1", None, 1),
        ("m1", 0, 0),
    ]
