"""Faults put into code by `benchmarks/mutations.py`: those of a few lines listed by hand; all of ours can be read."""

import ast
from pathlib import Path

import pytest

from benchmarks.mutants import ROOT, TARGETS
from benchmarks.mutations import mutants

PYTHON = '''
def share(p: int | None, w: list[int] = []) -> float:
    """Part - w is no fault here."""
    if not w or p is None:
        return -1
    return max(p, 0) / sum(w) if len(w) > 2 else True
'''
PYTHON_FAULTS = {
    "if not w and p is None:", "if w or p is None:", "if not w or p is not None:",
    "if not not w or p is None:", "return 1", "return -2", "return min(p, 0) / sum(w) if len(w) > 2 else True",
    "return max(p, 1) / sum(w) if len(w) > 2 else True", "return max(p, 0) * sum(w) if len(w) > 2 else True",
    "return max(p, 0) / sum(w) if len(w) >= 2 else True", "return max(p, 0) / sum(w) if len(w) > 3 else True",
    "return max(p, 0) / sum(w) if len(w) > 2 else False",
}  # fmt: skip
SQL = """SELECT a.*, count(*) FROM t WHERE x BETWEEN 1 AND y -- = 5
    AND b IS NOT NULL OR c = 'x = 1' GROUP BY ALL"""
SQL_FAULTS = {
    "SELECT a.*, count(*) FROM t WHERE x BETWEEN 2 AND y -- = 5", "OR b IS NOT NULL OR c = 'x = 1' GROUP BY ALL",
    "AND b IS NULL OR c = 'x = 1' GROUP BY ALL", "AND b IS NOT NULL AND c = 'x = 1' GROUP BY ALL",
    "AND b IS NOT NULL OR c <> 'x = 1' GROUP BY ALL",
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "faults"), [("a.py", PYTHON, PYTHON_FAULTS), ("a.sql", SQL, SQL_FAULTS)])
def test_the_faults_of_a_few_lines(tmp_path: Path, name: str, content: str, faults: set[str]) -> None:
    file = tmp_path / name
    file.write_text(content)
    before = content.splitlines()
    found = [one.applied(content.encode()).decode().splitlines()[one.line - 1].strip() for one in mutants(file)]
    assert set(found) == faults and len(found) == len(faults)
    assert all(before[one.line - 1].strip() == one.text for one in mutants(file))


@pytest.mark.parametrize("target", TARGETS)
def test_every_fault_is_code_that_can_be_read_and_the_tests_exist(target: str) -> None:
    files = [file for pattern in TARGETS[target].files for file in ROOT.glob(pattern)]
    assert len(files) >= 3 and all((ROOT / test).is_file() for test in TARGETS[target].tests + TARGETS[target].more)
    for file in files:
        for one in mutants(file)[::7]:
            faulty = one.applied(file.read_bytes())
            assert faulty != file.read_bytes(), one
            assert file.suffix == ".sql" or ast.parse(faulty), one
