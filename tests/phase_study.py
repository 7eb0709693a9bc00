"""A small coded study with stored feature streams, as a training sees it: no database, phases of a known process."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.measures.frame_labels import label_events, rate
from pipeline.steps.phase_material import STREAMS, Material, chosen_map
from pipeline.steps.stream_files import ABOUT, write_rows
from tests.phase_sessions import phases

CODES = ("Ineg", "Inon", "Ineu", "Ipos")
FPS = 25


def store(home: Path, name: str, values: np.ndarray) -> str:
    """Stores a stream as an import does; its path in the study folder."""
    file = Path("features") / "streams" / f"{name}.parquet"
    (home / file).parent.mkdir(parents=True, exist_ok=True)
    about = {ABOUT: json.dumps({"fps": str(FPS), "dim": values.shape[1]})}
    with (home / file).open("wb") as handle:
        write_rows(handle, iter([values]), (values.shape[1], values.dtype == np.float16), lambda: about)
    return str(file)


def shown(labels: np.ndarray, apart: float, rng: np.random.Generator, width: int = 8) -> np.ndarray:
    """Numbers of a frame: noise of SD 1 around a centre of its class."""
    centres = np.eye(len(CODES), width) * apart
    return (centres[labels] + rng.normal(size=(len(labels), width))).astype(np.float32)


def stream_row(name: str, stream: str, file: str, values: np.ndarray, **changes) -> dict:
    row = {"observation_id": name, "stream": stream, "subject": "", "fps": float(FPS), "frames": len(values)}
    row |= {"dim": values.shape[1], "file": file, "random_weights": False, "choices": "{}", "offset_ms": 0}
    return row | changes


def material(
    home: Path, asked, count: int = 6, frames: int = 250, apart: float = 3.0, seed: int = 1, streams=("motion_grid",),
    per_family: int = 1, labels=None, values=None,
) -> Material:  # fmt: skip
    """`count` sessions with a class in each frame. `labels(number, rng)`, `values(number, labels, rng)` change them."""
    rng = np.random.default_rng(seed)
    codings, events, rows = [], [], []
    for number in range(count):
        name, own = f"S{number:02d}", np.array([], dtype=int)
        own = labels(number, rng) if labels else phases(rng, frames, len(CODES), frames / 12)
        codings.append(
            [name, f"F{number // per_family:02d}", "infant", "ann", "icepr", True, 0, len(own) * 1000 // FPS]
        )
        found = label_events(own.astype(np.int16), CODES, rate(FPS))
        events.append(
            found[["code", "onset_ms", "offset_ms"]].assign(observation_id=name, subject="infant", coder_id="ann")
        )
        for stream in streams:
            numbers = values(number, own, rng) if values else shown(own, apart, rng)
            rows.append(stream_row(name, stream, store(home, f"{name}_{stream}", numbers), numbers))
    name, class_map = chosen_map(asked)
    columns = ["observation_id", "family_id", "subject", "coder_id", "scheme", "is_primary", "start_ms", "end_ms"]
    return Material(
        class_map=class_map,
        class_map_name=name,
        codings=pd.DataFrame(codings, columns=columns),
        events=pd.concat(events, ignore_index=True),
        streams=pd.DataFrame(rows, columns=STREAMS),
        episodes=pd.DataFrame(columns=["observation_id", "episode", "onset_ms", "offset_ms"]),
        codes=pd.DataFrame({"code": [*class_map.merge], "unobservable": False, "subjects": "infant"}),
        study_id="hand",
        number=1,
        sha256="ab",
    )
