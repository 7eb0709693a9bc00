"""What a load run works on: a study of its own, the dashboard in a process of its own, and how much memory it holds."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
TOKEN = "the-launch-token-of-the-load-run"
START_S = 60.0
THRESHOLD = "5"


def study(folder: Path, mode: str, given: str | None) -> Path:
    """A study folder below `folder`: a copy of the study `given`, else the demo; with a release if need be."""
    home = folder / "study"
    if given:
        shutil.copytree(given, home)
    else:
        _pipeline(home, "demo", "--if-missing")
    if mode == "presenting" and not (home / "released" / "CURRENT.json").exists():
        _pipeline(home, "release", "--threshold", THRESHOLD)
    return home


def _pipeline(home: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "pipeline", *arguments]
    environment = os.environ | {"DYADSCOPE_HOME": str(home)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def dashboard(home: Path, mode: str, log: Path) -> Iterator[tuple[str, int]]:
    """(address, pid) of a dashboard on the study, on a free port; what it says goes to the file `log`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    environment = os.environ | {"DYADSCOPE_HOME": str(home), "DYADSCOPE_MODE": mode, "DYADSCOPE_TOKEN": TOKEN}
    with open(log, "wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(address, process, log)
            yield address, process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            request(address, "/_stcore/health")
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit(f"the dashboard did not start: {log.read_text(errors='replace')[-2000:]}")


def request(address: str, path: str) -> float:
    """Seconds that a plain request takes."""
    begun = time.perf_counter()
    asked = urllib.request.Request(f"{address}{path}", headers={"Authorization": f"Bearer {TOKEN}"})
    with urllib.request.urlopen(asked, timeout=30) as answer:
        answer.read()
    return time.perf_counter() - begun


def memory_mb(pid: int) -> float:
    """Memory of a process that lies in RAM, in MB."""
    counted = Path(f"/proc/{pid}/statm")
    if counted.exists():
        return int(counted.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    said = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(said.stdout) * 1024 / 1e6
