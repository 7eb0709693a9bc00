"""The script and the notebook of a report: run on their own they give the same numbers; whatever is in a title, they
are Python."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as some

from pipeline.__main__ import main
from pipeline.steps import report_spec
from pipeline.steps.report_changes import keep
from pipeline.steps.report_items import build, table_of
from pipeline.steps.report_script import notebook, script
from pipeline.steps.report_spec import Chosen, ReportSpec, TextItem, ViewItem
from tests.conftest import ROOT
from tests.report_studies import FATHERS, SHARES, SPEC, folder_with, hostile, made, material, usual

FILES = ("html", "pptx", "docx", "script", "notebook")


def test_the_script_gives_the_same_numbers(demo_study: Path, tmp_path: Path) -> None:
    report = usual(demo_study)
    file = tmp_path / "a report.py"
    file.write_text(script(report), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, str(file), str(tmp_path / "out")], cwd=ROOT, capture_output=True, text=True, timeout=120,
        env=environment | {"DYADSCOPE_HOME": str(demo_study)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for number, piece in enumerate(report.pieces, start=1):
        if piece.released is None:
            continue
        with (tmp_path / "out" / f"{number:02}.csv").open(encoding="utf-8-sig", newline="") as text:
            head, *rows = list(csv.reader(text))
        assert head == piece.numbers.columns.tolist()
        for name in piece.numbers.select_dtypes("number"):
            mine = [float(row[head.index(name)] or "nan") if row[head.index(name)] != "[c]" else np.nan
                    for row in rows[: len(piece.numbers)]]  # fmt: skip
            np.testing.assert_allclose(mine, piece.numbers[name], rtol=1e-9)
    assert (tmp_path / "out" / "report.html").stat().st_size > 50_000


def test_the_notebook_gives_the_same_tables(demo_study: Path, monkeypatch, capsys) -> None:
    spec = ReportSpec(name="one", items=(TextItem(title="Aim"), ViewItem(view=SHARES, chosen=FATHERS)))
    report = build(*material(demo_study), spec)
    found = json.loads(notebook(report))
    assert found["nbformat"] == 4 and [cell["id"] for cell in found["cells"]] == [f"cell-{n}" for n in range(7)]
    monkeypatch.setenv("DYADSCOPE_HOME", str(demo_study))
    names: dict[str, object] = {}
    code = ["".join(cell["source"]) for cell in found["cells"] if cell["cell_type"] == "code"]
    assert code[-1] == "table(2)\nfigure(2)"
    for text in code[:-1]:
        exec(compile(text, "cell", "exec"), names)
    assert names["table"](2).equals(table_of(report.pieces[1]))


def test_a_script_refuses_other_data(demo_study: Path, tmp_path: Path, monkeypatch) -> None:
    text = script(replace(made(demo_study, ReportSpec(name="none")), sha256="0" * 64))
    (tmp_path / "published").mkdir()
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    try:
        exec(compile(text, "script", "exec"), {"__name__": "script"})
    except SystemExit as stop:
        assert "are not here. Set DYADSCOPE_HOME" in str(stop)
    else:
        raise AssertionError("other data were taken")


@settings(max_examples=40)
@example("a''' \x85 \u2028 <<SPEC>> \\")
@example("\n    import os  # \u202e")
@given(some.text(some.characters(codec="utf-8"), max_size=40))
def test_any_words_make_a_program_and_a_notebook(words: str) -> None:
    item = ViewItem(view=words, chosen=Chosen(families=(words,), words=words), title=words)
    spec = ReportSpec(name="odd", title=words, authors=words, items=(item, TextItem(title=words, text=words)))
    report = replace(hostile(("a", "b")), spec=spec, pieces=())
    text = script(report)
    compile(text, "script", "exec")
    body = text.split("\nREPORT = ")[1].split("\n\nif VERSION")[0]
    names: dict[str, str] = {}
    exec(f"REPORT = {body}", names)
    assert report_spec.checked(json.loads(names["REPORT"]), "x") == spec
    assert not set(text) & {"\u202e", "\u2028", "\x85"}
    json.loads(notebook(report))


def test_chosen_families_are_told_of(demo_study: Path) -> None:
    item = ViewItem(view=SHARES, chosen=Chosen(protocol="home_headcam", families=("a",)))
    report = made(demo_study, ReportSpec(name="one", items=(item,)))
    assert "keep it with the data" in script(report)
    assert "It names no family." in script(made(demo_study, ReportSpec(name="no")))


# --- the command


def test_the_command_makes_files_and_says_what_changed(demo_study: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    home = tmp_path / "home"
    home.mkdir()
    folder_with(demo_study, home)
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    monkeypatch.chdir(tmp_path)
    assert main(["report"]) == 0 and "No report is saved" in capsys.readouterr().out
    assert main(["report", "usual"]) == 1 and "None is saved yet" in capsys.readouterr().err
    report_spec.save(home, SPEC.model_copy(update={"items": (*SPEC.items[:2], ViewItem(view="no/such/view"))}))
    assert main(["report", "usual"]) == 0
    told = capsys.readouterr()
    assert "usual.html was written." in told.out and "no such view" in told.err
    older = build(*material(home), report_spec.load(home, "usual"))
    numbers = older.pieces[1].numbers.assign(families=lambda frame: frame["families"] + 1)
    before = replace(older, sha256="old", number=0, pieces=(replace(older.pieces[1], numbers=numbers, families=98),))
    keep(home, before)
    files = [f"--{kind}={tmp_path / kind}" for kind in FILES]
    assert main(["report", "usual", *files]) == 0
    told = capsys.readouterr()
    assert "Since generation 0" in told.out and "numbers moved" in told.out
    assert "1 to 4 families came or went" in told.err, "98 families then, 97 now"
    assert all((tmp_path / kind).stat().st_size > 1_000 for kind in FILES)
    assert main(["report"]) == 0 and capsys.readouterr().out == "usual\n"
