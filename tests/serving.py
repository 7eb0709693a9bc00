"""Starts the dashboard as a person would, on a free port, and stops it."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pages import _access

ROOT = Path(__file__).parents[1]
TOKEN = "the-launch-token-of-every-test-server"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@dataclass(frozen=True)
class Server:
    """A running dashboard: its address, and the file with everything it logged."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def cookie(address: str) -> dict:
    """The cookie a browser holds after it opened the link with the token, as Playwright takes it."""
    parts = urlsplit(address)
    name, value = _access.cookie_name(parts.port), _access.cookie_value(TOKEN)
    return {"name": name, "value": value, "url": f"http://{parts.netloc}", "httpOnly": True, "sameSite": "Strict"}


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def served(
    home: Path, log: Path, app: Path = ROOT / "app.py", folder: Path = ROOT, **settings: str | None
) -> Iterator[Server]:
    """The dashboard on the study folder `home`, ready to answer; `settings` change the environment (None: not set)."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(app), f"--server.port={port}"]
    with open(log, "wb") as output:
        environment = os.environ | {"DYADSCOPE_HOME": str(home), "PYTHONPATH": str(ROOT), "DYADSCOPE_TOKEN": TOKEN}
        environment = {key: value for key, value in (environment | settings).items() if value is not None}
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}/_stcore/health", process, log)
            yield Server(port, log)
        finally:
            process.terminate()
            process.wait(10)


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(1_200):
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        if process.poll() is not None:
            break
    raise RuntimeError(f"the dashboard did not start: {log.read_text(errors='replace')[-2000:]}")
