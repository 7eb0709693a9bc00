"""The unit of work: one stream of one video -> one file, named by what it was made from."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import pyarrow as pa

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.choices import STREAMS, WHOLE, Choices, as_words
from pipeline.features.model_file import sha256

VERSIONS = dict.fromkeys(STREAMS, "1")
"""Raised when the numbers of a stream change: its files are then made anew."""
LIBRARIES = {
    "faces": ("av", "ai-edge-litert"),
    "speech": ("av", "silero-vad", "torch"),
    "motion": ("av",),
    "motion_grid": ("av", "opencv-python-headless"),
    "log_mel": ("av", "numpy"),
    "dinov2": ("av", "torch", "transformers"),
    "w2vbert": ("av", "torch", "transformers"),
    "blendshapes": ("av", "ai-edge-litert"),
}
KEY = 16
"""Hex digits of the key in a file's name."""


@dataclass(frozen=True)
class Task:
    """One stream of one video. `model`: the face model, or the folder of an encoder's weights; with its checksum."""

    video: Path
    stream: str
    choices: Choices
    out: Path
    model: Path | None = None
    model_sha256: str = ""


@dataclass(frozen=True)
class Outcome:
    """What became of a task: `status` done, present (it was there before) or failed, with a sentence in `error`.

    `said`: what was found, in words. `frames`: pictures or steps. `cpu_s`, `wall_s`: what it cost.
    """

    video: str
    stream: str
    status: str
    file: str = ""
    error: str = ""
    said: str = ""
    frames: int = 0
    media_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(frozen=True)
class Made:
    """A stream's table (or parts of it, made as they are written), what stands in its file about it, and what is said
    of it on the terminal. `beside`: asked last, the table and description of a second file that belongs to it."""

    table: pd.DataFrame | pa.Table | Iterator[pa.Table]
    about: dict[str, str]
    said: str
    frames: int
    media_s: float
    beside: Callable[[], tuple[pa.Table, dict[str, str]]] | None = None


def target_file(task: Task) -> tuple[Path, str]:
    """Where a task's file stands, and the checksum of its video; UnreadableFile when the video cannot be read."""
    try:
        content = sha256(task.video)
    except FileNotFoundError:
        raise UnreadableFile(f"{file_name(task.video)}: there is no such file.") from None
    except OSError as fault:
        text = f"{file_name(task.video)}: the file cannot be opened ({fault.strerror}). Check that you may read it."
        raise UnreadableFile(text) from None
    view = getattr(task.choices, "view", WHOLE)[0]
    stream = f"{task.stream}-{view}" if view else task.stream
    return task.out / f"{task.video.stem}.{stream}.{key(task, content)}.parquet", content


def key(task: Task, video_sha256: str) -> str:
    """What the result depends on: video, stream, its version, choices and model."""
    parts = [video_sha256, task.stream, VERSIONS[task.stream], as_words(task.choices), task.model_sha256]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:KEY]


def about_file(task: Task, video_sha256: str) -> dict[str, str]:
    """What stands in every file; no time of day and no path, so that the same work gives the same bytes."""
    return {
        "stream": task.stream,
        "version": VERSIONS[task.stream],
        "video": file_name(task.video),
        "video_sha256": video_sha256,
        "model_sha256": task.model_sha256,
        "choices": json.dumps(as_words(task.choices), sort_keys=True),
        "libraries": json.dumps({name: version(name) for name in libraries(task)}),
    }


def libraries(task: Task) -> tuple[str, ...]:
    """Libraries whose version the numbers depend on."""
    extra = ("openvino",) if getattr(task.choices, "runtime", "torch") == "openvino" else ()
    return LIBRARIES[task.stream] + extra
