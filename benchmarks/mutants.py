"""Judges the tests: puts one small fault at a time into a copy of the code and looks whether a test notices.

python -m benchmarks.mutants durations                      every fault (hours)
python -m benchmarks.mutants agreement --sample 100         a hundred of them, drawn by chance
python -m benchmarks.mutants rules --sample 100 --seed 2    another hundred

A fault that no test notices is printed: it survived. Docs and figures: docs/hardening.md.
"""

import argparse
import compileall
import importlib
import json
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from py_compile import PycInvalidationMode

from benchmarks.mutations import Mutant, mutants

ROOT = Path(__file__).parents[1]
COPIED = ("app.py", "pages", "pipeline", "db", "tests", "docs", ".streamlit", "pyproject.toml", "requirements.txt")
LOADED = ("numpy", "pandas", "pyarrow", "scipy.stats", "duckdb", "pydantic", "openpyxl", "pytest", "hypothesis")
"""Libraries that are loaded once; every fault is tried in a fork of that process."""
PATIENCE = 4
"""A run that takes so many times the processor time of the sound one hangs: noticed."""


@dataclass(frozen=True)
class Target:
    """What is made faulty and which tests should notice; `more` of them are asked where `tests` do not."""

    files: tuple[str, ...]
    tests: tuple[str, ...]
    more: tuple[str, ...] = ()


TARGETS = {
    "durations": Target(
        ("pipeline/intervals.py", "pipeline/measures/durations.py", "pipeline/measures/shares.py",
         "pipeline/measures/time_budget.py"),
        ("tests/test_intervals.py", "tests/test_durations.py", "tests/test_time_budget.py"),
    ),
    "agreement": Target(
        ("pipeline/measures/agreement*.py",),
        ("tests/test_agreement_matrices.py", "tests/test_agreement.py", "tests/test_agreement_boris.py",
         "tests/test_agreement_step.py"),
    ),
    "rules": Target(
        ("db/sql/import/*.sql", "pipeline/steps/coded.py", "pipeline/steps/scheme_rows.py"),
        ("tests/test_rules.py",),
        ("tests/test_bad_files.py", "tests/test_import_study.py"),
    ),
}  # fmt: skip


def main() -> None:
    """Draws faults, tries each, prints the survivors and how many there were."""
    options = parser().parse_args()
    target = TARGETS[options.target]
    with tempfile.TemporaryDirectory(prefix="dyadscope-mutants-") as scratch:
        copy = copied(Path(scratch))
        every = [one for pattern in target.files for file in sorted(copy.glob(pattern)) for one in mutants(file)]
        drawn = random.Random(options.seed).sample(every, min(options.sample or len(every), len(every)))
        load()
        judges = [Judge(copy, tests) for tests in (target.tests, target.more) if tests]
        print(f"{options.target}: {len(every)} faults can be made, {len(drawn)} are tried.", flush=True)
        tried, survived = attempt(drawn, judges, options.minutes)
    print(f"{options.target}: {tried} tried, {tried - survived} noticed, {survived} survived (seed {options.seed}).")


def attempt(drawn: list[Mutant], judges: list["Judge"], minutes: float) -> tuple[int, int]:
    """Tries one fault after the other, for so many minutes (0: all): (how many were tried, how many survived)."""
    survived, begun = 0, time.monotonic()
    for tried, one in enumerate(drawn):
        if minutes and time.monotonic() - begun > 60 * minutes:
            return tried, survived
        if all(judge.passes(one) for judge in judges):
            survived += 1
            place = f"{'/'.join(one.file.parts[-3:])}:{one.line}:{one.column}"
            print(f"survived: {place} {one.old!r} -> {one.new!r} | {one.text}", flush=True)
        print(f"{tried + 1} tried, {survived} survived", end="\r", file=sys.stderr, flush=True)
    return len(drawn), survived


def parser() -> argparse.ArgumentParser:
    """What to make faulty, and how often."""
    found = argparse.ArgumentParser(description="Judges the tests by small faults in the code.")
    found.add_argument("target", choices=TARGETS)
    found.add_argument("--sample", type=int, default=0, help="how many faults (default: all)")
    found.add_argument("--seed", type=int, default=1, help="which ones are drawn")
    found.add_argument("--minutes", type=float, default=0, help="stop after so many minutes")
    return found


def copied(scratch: Path) -> Path:
    """A private copy of the code and its tests; the data beside the project are linked, never written."""
    copy = scratch / "copy"
    copy.mkdir()
    for name in COPIED:
        source, ignored = ROOT / name, shutil.ignore_patterns("__pycache__", ".hypothesis")
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, copy / name)
    if (ROOT.parent / "shared").is_dir():
        (scratch / "shared").symlink_to(ROOT.parent / "shared")
    compileall.compile_dir(copy, quiet=1, invalidation_mode=PycInvalidationMode.CHECKED_HASH)
    return copy


def load() -> None:
    """Loads what all runs share."""
    for name in LOADED:
        importlib.import_module(name)


class Judge:
    """Some test files: how long they take with sound code, and whether they notice a fault."""

    def __init__(self, copy: Path, tests: tuple[str, ...]):
        self.copy, self.tests, self.sound_s = copy, tests, 0.0

    def passes(self, one: Mutant) -> bool:
        """Whether the tests pass with the fault in the code; with sound code they must, which is looked at once."""
        if not self.sound_s:
            status, self.sound_s = self._run(3600, sound=True)
            if status:
                sys.exit(f"{self.tests} fail without any fault (status {status}). Nothing was tried.")
        sound = one.file.read_bytes()
        one.file.write_bytes(one.applied(sound))
        try:
            return self._run(10 + PATIENCE * self.sound_s)[0] == 0
        finally:
            one.file.write_bytes(sound)

    def _run(self, limit_s: float, sound: bool = False) -> tuple[int, float]:
        """Status and processor seconds of the tests in a fork; they end at the first that fails."""
        child = os.fork()
        if child == 0:
            os._exit(_tests(self.copy, self.tests, int(limit_s), sound))
        _, status, used = os.wait4(child, 0)
        return status, used.ru_utime + used.ru_stime


def _tests(copy: Path, tests: tuple[str, ...], limit_s: int, sound: bool) -> int:
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1), os.dup2(quiet, 2)
        os.chdir(copy)
        sys.dont_write_bytecode = not sound
        sys.path = [str(copy), *(one for one in sys.path if one and Path(one) != ROOT)]
        with tempfile.TemporaryDirectory(dir=copy.parent) as folder:
            words = ["-x", "-q", "-W", "ignore::pytest.PytestAssertRewriteWarning", f"--basetemp={folder}/pytest"]
            words += ["-p", "no:cacheprovider", "-p", "no:xdist", "-k", "not demo"]
            order = QuickFirst(copy.parent / f"times-{Path(tests[0]).stem}.json", sound)
            return int(importlib.import_module("pytest").main([*words, *tests], plugins=[order]))
    except BaseException:
        return 99


class QuickFirst:
    """Remembers how long each test takes with sound code, and lets the quick ones go first with faulty code."""

    def __init__(self, file: Path, sound: bool):
        self.file, self.sound, self.times = file, sound, {}
        if not sound:
            self.times = json.loads(file.read_text(encoding="utf-8"))

    def pytest_runtest_logreport(self, report) -> None:
        """Adds up the parts of a test."""
        self.times[report.nodeid] = self.times.get(report.nodeid, 0.0) + report.duration

    def pytest_collection_modifyitems(self, items: list) -> None:
        """Orders the tests."""
        items.sort(key=lambda item: self.times.get(item.nodeid, 0.0))

    def pytest_sessionfinish(self) -> None:
        """Keeps the times of the sound code."""
        if self.sound:
            self.file.write_text(json.dumps(self.times), encoding="utf-8")


if __name__ == "__main__":
    main()
