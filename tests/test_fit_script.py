"""The script that reproduces a fit: run on its own it gives the same terms, digit for digit, filters and all."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as some

from db import connect
from pipeline.catalogue.spec import Spec, load_spec
from pipeline.selection import Selection, select
from pipeline.steps.fit import fit_rows, rows_of
from pipeline.steps.fit_script import fit_script
from pipeline.steps.observe import observation_frame
from pipeline.steps.spec_toml import spec_toml
from tests.conftest import ROOT

CHOSEN = Selection(
    protocol="home_headcam", choices=(("role", ("mother", "father")), ("camera", ("new", None))),
    ranges=(("score:EPDS", 1.0, None),), complete=("score:SAPAS",),
)  # fmt: skip
HARD = load_spec("facial_epds").changed(
    title='It\'s "hard": {x} \\ <<SPEC>>', by_code=("role",),
    options={"prior": "weak", "draws": 400, "zeros": "include"},
)  # fmt: skip
EASY = load_spec("facial_epds").changed(rung=2, options={"draws": 400})


def fitted(home: Path, spec: Spec, chosen: Selection) -> pd.DataFrame:
    cursor = connect.open_reader(connect.current(home).file).cursor()
    return fit_rows(rows_of(cursor, spec, select(observation_frame(cursor), chosen)), spec, "quick", 5).table


def run(script: str, folder: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Runs the script as a person would: in the folder of the program, the script anywhere."""
    file = folder / "a fit.py"
    file.write_text(script, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [sys.executable, str(file), *arguments]
    return subprocess.run(
        command, cwd=ROOT, env={**environment, "DYADSCOPE_HOME": str(home)}, capture_output=True, text=True, timeout=60
    )


def table(text: str) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(text), keep_default_na=False, na_values=["nan"])


def test_the_script_gives_the_same_terms(demo_study: Path, tmp_path: Path) -> None:
    script = fit_script(HARD, CHOSEN, "quick", 5, connect.current(demo_study).sha256, "some words\nin two lines")
    expected = fitted(demo_study, HARD, CHOSEN)
    done = run(script, tmp_path, demo_study, str(tmp_path / "terms.csv"))
    assert done.returncode == 0, done.stderr
    found = table((tmp_path / "terms.csv").read_text())
    pd.testing.assert_frame_equal(found, expected, check_exact=True, check_dtype=False)
    assert "Note: " in done.stderr and done.stdout == ""
    everything = fitted(demo_study, HARD, Selection(protocol="home_headcam"))
    assert found["mean"][0] != everything["mean"][0], "the filters act"


def test_the_script_prints_and_refuses_other_data(demo_study: Path, hand_study: Path, tmp_path: Path) -> None:
    script = fit_script(EASY, Selection(protocol="home_headcam"), "quick", 5, connect.current(demo_study).sha256)
    done = run(script, tmp_path, hand_study)
    assert done.returncode == 1 and "are not here. Set DYADSCOPE_HOME" in done.stderr and "Traceback" not in done.stderr


@settings(max_examples=30)
@example("\\n '", ["\\"], 1.0)
@example("a''' \x85 \u2028 <<SEED>>", ["'"], 0.1)
@given(some.text(max_size=40), some.lists(some.text(max_size=10), max_size=3), some.floats(-9, 9))
def test_any_words_make_a_program(title: str, values: list[str], low: float) -> None:
    """Whatever stands in titles, codes and filters, the script is Python, and holds the same spec and selection."""
    spec = EASY.changed(title=f"a{title}", reference=f"b{title}", citation=title)
    chosen = Selection(choices=((title, tuple(values)),), ranges=(("x", low, None),), families=tuple(values))
    script = fit_script(spec, chosen, "quick", 1, "c0ffee", title)
    names: dict[str, object] = {"Selection": Selection}
    lines = script.split("\nSELECTION = ")[1].split("\ndef published")[0]
    compile(script, "script", "exec")
    exec(f"SELECTION = {lines}", names)
    assert names["SELECTION"] == chosen
    assert str(names["SPEC"]).strip() == spec_toml(spec).strip()


def test_only_what_narrows_is_written() -> None:
    script = fit_script(EASY, Selection(), "quick", 1, "c0ffee")
    assert "SELECTION = Selection()" in script and "ENGINE, SEED = 'quick', 1" in script
