"""What a running job is given: a place for its result, a way to say how far it is, and to hear that it should end."""

import json
import threading
from pathlib import Path


class Progress:
    """The job's side of the table; calls are cheap, the watch writes what is new a few times a second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        """Write the result here; it becomes `runs/<id>/result` when the job returns, and is dropped otherwise."""
        self.state = "running"
        self.text = "{}"
        self._end = threading.Event()
        self._stop = threading.Event()

    def report(self, news: dict[str, object]) -> None:
        """Says how far the job is: plain JSON values, none of a participant; `state` may be 'compiling'."""
        told = dict(news)
        self.state = "compiling" if told.pop("state", "running") == "compiling" else "running"
        self.text = json.dumps(told, default=_plain)

    def cancelled(self) -> bool:
        """Whether the job should return now: somebody cancelled it, or its time is up."""
        return self._end.is_set()

    def stopping(self) -> bool:
        """Whether the job should end early but keep what it has so far; not every kind of job can."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Tells the job to end early and keep what it has."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Sleeps, but not past a cancel; whether the job should return now."""
        return self._end.wait(seconds)

    def end(self) -> None:
        """Tells the job to return."""
        self._end.set()


def _plain(value: object) -> object:
    """Numbers of numpy as numbers of Python."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not a plain value")
