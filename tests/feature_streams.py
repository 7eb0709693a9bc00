"""Small feature streams with known numbers, written as `extract`, NOVA and a partner's script write them."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

from pipeline.features.choices import Choices, LogMelChoices, MotionGridChoices
from pipeline.features.feature_file import write_feature
from pipeline.features.grid import Grid
from pipeline.features.stream_table import about_stream, narrow_table, wide_table
from pipeline.features.task import as_words
from tests.nova_files import pair, stream_head
from tests.tiny import STUDY, Imported, Tiny

FPS = 25
KEY = "0123456789abcdef"
STREAMS = """
[[streams]]
files = ["streams/*.parquet"]
format = "extracted"
"""
NOVA = """
[[streams]]
files = ["nova/*/*.stream"]
format = "nova_stream"
"""
HDF5 = """
[[streams]]
files = ["hdf5/*.hdf5"]
format = "hdf5"
"""
MOTION = MotionGridChoices()


def numbers(frames: int = 200, dim: int = 3, first: float = 0.0) -> np.ndarray:
    """Row k is first + k, first + k + 0.25, first + k + 0.5 ...: exact in float16 up to 511."""
    return first + np.arange(frames)[:, None] + np.arange(dim) / 4


def grid(frames: int, step: int = 0) -> Grid:
    """Frames from `step` on."""
    steps = step + np.arange(frames)
    return Grid(FPS, steps, steps, steps / FPS, np.zeros(frames, dtype=bool))


def extracted(
    folder: Path,
    name: str = "O1",
    values: np.ndarray | None = None,
    *,
    stream: str = "motion_grid",
    choices: Choices = MOTION,
    step: int = 0,
    about: dict[str, str] | None = None,
    measured: np.ndarray | None = None,
    key: str = KEY,
) -> Path:
    """A wide stream of `values` (default: `numbers()`), frames from `step` on; `about` changes its description."""
    values = numbers() if values is None else values
    flags = {"measured": np.ones(len(values), dtype=bool) if measured is None else measured}
    view = getattr(choices, "view", ("",))[0]
    path = folder / f"{name}.{stream}{f'-{view}' if view else ''}.{key}.parquet"
    table = wide_table(grid(len(values), step), values.astype(np.float16), **flags)
    write_feature(table, path, described(stream, values.shape[1], choices) | (about or {}))
    return path


def described(stream: str, dim: int, choices: Choices) -> dict[str, str]:
    """What `extract` says of a stream."""
    words = {
        "stream": stream,
        "version": "1",
        "choices": json.dumps(as_words(choices), sort_keys=True),
        "model_sha256": "",
    }
    return words | about_stream(dim, choices)


def narrow(folder: Path, name: str, values: pd.DataFrame, stream: str = "blendshapes") -> Path:
    """A stream with named columns; what is nan is a null in the file."""
    path = folder / f"{name}.{stream}.{KEY}.parquet"
    words = described(stream, values.shape[1], LogMelChoices()) | {"columns": json.dumps(list(values))}
    write_feature(narrow_table(grid(len(values)), values), path, words)
    return path


def view(name: str) -> MotionGridChoices:
    """Choices of the left half of the picture under a name."""
    return replace(MOTION, view=(name, 0, 0, 0.5, 1))


def nova(
    folder: Path,
    file: str = "infant.dino.stream",
    values: np.ndarray | None = None,
    chunks: str = "",
    rate: object = FPS,
    kind: str = "FLOAT",
) -> Path:
    """A pair of files of a NOVA stream below nova/<recording>/."""
    values = numbers() if values is None else values
    chunks = chunks or f"0-{len(values) / FPS:g}x{len(values)}"
    form = np.dtype("<f4" if kind == "FLOAT" else "<f8")
    head = stream_head(chunks, rate, values.shape[1], form.itemsize, kind)
    return pair(folder, file, head, values.astype(form).tobytes())


def hdf5(
    folder: Path, name: str = "O1", frames: int = 200, dim: int = 4, change: Callable[[h5py.File], None] | None = None
) -> Path:
    """A session's file: sound from 1,000 on, the infant from 0, the caregiver from 500; `change` edits it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}_w2v_dino_labels_data.hdf5"
    with h5py.File(path, "w") as file:
        file["frame_numbers"] = np.arange(frames)
        file["session_names"] = np.array([name.encode()] * frames)
        for array, first in (("w2v_features", 1000), ("infant_dino_features", 0), ("caretaker_dino_features", 500)):
            file[array] = numbers(frames, dim, first).astype(np.float32)
        for array in ("infant_labels", "caretaker_labels"):
            file[array] = np.array([b"Ineu"] * frames)
        if change is not None:
            change(file)
    return path


def study(folder: Path, tail: str = STREAMS, **recordings: object) -> Tiny:
    """A study of streams alone; `recordings` gives each its length in s (default: O1 of 8 s)."""
    return Tiny(folder, lengths=dict(recordings) or {"O1": 8}, coded="", head=STUDY, tail=tail)


TABLE = """SELECT observation_id, stream, subject, fps, frames, dim, random_weights, offset_ms
           FROM feature_stream ORDER BY ALL"""


def table(found: Imported) -> list[tuple]:
    """Rows of feature_stream, without file, choices and source."""
    return found.ask(TABLE)
