"""Fixtures several test files share. Each study is built once per test run, however many workers there are."""

import fcntl
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import duckdb
import pytest
from hypothesis import settings

from db import connect, queries
from pipeline.steps.observe import observation_frame
from tests import studies

settings.register_profile("suite", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("suite")
"""The suite finds the same examples every time; a busy machine is not a failure."""

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session", autouse=True)
def components_found_once() -> None:
    """Streamlit reads the list of all installed packages whenever a test opens a page: 0.1 s, and always the same."""
    if "streamlit.testing.v1" in sys.modules:
        from streamlit.components.v2 import manifest_scanner

        manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


def once(tmp_path_factory: pytest.TempPathFactory, name: str, build) -> Path:
    """A folder under the run's base folder that `build(folder)` fills once; other workers wait for it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    folder, done = shared / name, shared / f"{name}.done"
    with open(shared / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            folder.mkdir(exist_ok=True)
            build(folder)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def hand_study(tmp_path_factory) -> Path:
    """The study folder of `tests/studies.py`: ten observations, two protocols, missing values. Do not change it."""
    return once(tmp_path_factory, "hand_study", studies.publish)


@pytest.fixture(scope="session")
def demo_study(tmp_path_factory) -> Path:
    """The study folder of the demo (97 families at home, 12 more), made by its own command. Do not change it."""
    return once(tmp_path_factory, "demo_study", _demo)


def _demo(folder: Path) -> None:
    environment = os.environ | {"DYADSCOPE_HOME": str(folder)}
    command = [sys.executable, "-m", "pipeline", "demo", "--if-missing"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, timeout=300)


def _cursor(home: Path) -> duckdb.DuckDBPyConnection:
    return connect.open_reader(connect.current(home).file).cursor()


@pytest.fixture(scope="session")
def hand_frame(hand_study):
    """The wide observation frame of the hand study."""
    return observation_frame(_cursor(hand_study))


@pytest.fixture(scope="session")
def hand_lists(hand_study):
    """Instruments and variables of the hand study."""
    cursor = _cursor(hand_study)
    return queries.instruments(cursor), queries.variables(cursor)


@pytest.fixture(scope="session")
def broken_copy(tmp_path_factory) -> Path:
    """A copy of the screen whose data page fails with a participant's value in the message."""
    folder = tmp_path_factory.mktemp("copy with spaces")
    for name in ("pages", "pipeline", "db", ".streamlit"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", folder / "app.py")
    (folder / "pages" / "data.py").write_text(f"raise ValueError('{studies.CANARY}')\n", encoding="utf-8")
    return folder
