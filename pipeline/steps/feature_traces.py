"""Feature traces of the engagement page: numbers per frame out of the stored streams, read once and kept as one file.

Streams are read in blocks of a minute; of each frame only a few numbers are kept. The file lies in `features/traces` of
the study folder, named after the streams it was made of, so that another import with the same streams finds it again.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from pathlib import Path
from uuid import uuid4

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from db.queries_episodes import episodes
from db.queries_streams import feature_streams
from pipeline.errors import StudyError
from pipeline.measures import feature_traces as measures
from pipeline.measures import still_face
from pipeline.measures.pca import Components, components, merged, sums_of

FOLDER = Path("features") / "traces"
VERSION = "1"
"""Of the numbers that are kept: another one makes new files."""
COMPONENTS = 4
"""Components of the engagement paper's Figure 5."""
STEP_MS = 1_000
PER_CELL = 4
AT_ONCE_S = 3.0
"""Streams that take no longer are read while the page waits; others on a click."""
CELLS, TOKENS, IMPORTED, LEVEL, FRAMES = "cells", "tokens", "imported", "level", "frames"
"""What a stream's numbers are: of the cells of a picture; scores of patches; patches reduced already; loudness by band;
or anything else, whose frames are reduced to components here."""
BYTES_PER_S = {FRAMES: 10_000_000}
USUAL_BYTES_PER_S = 100_000_000
"""Read and reduced per second on one core; measured, rounded down."""


@dataclass(frozen=True)
class Stream:
    """One stream of the study that can be traced: made in one way, of one person or the session ('').

    `rows`: its recordings (columns of table feature_stream); `others`: recordings whose stream was made differently.
    """

    stream: str
    subject: str
    kind: str
    rows: pd.DataFrame
    others: int

    @property
    def numbers(self) -> int:
        """How many numbers are kept of a frame."""
        return 1 if self.kind == LEVEL else min(COMPONENTS, int(self.rows["dim"].iloc[0]))

    @property
    def size_bytes(self) -> int:
        """What has to be read: two bytes per number."""
        return int((self.rows["frames"] * self.rows["dim"]).sum() * 2)

    @property
    def seconds(self) -> float:
        """About how long reading takes."""
        return self.size_bytes / BYTES_PER_S.get(self.kind, USUAL_BYTES_PER_S)

    @property
    def key(self) -> str:
        """Name of the file that is kept."""
        parts = self.rows[["observation_id", "file", "offset_ms"]].astype("str").sort_values("observation_id")
        text = json.dumps([VERSION, self.stream, self.subject, self.kind, parts.to_numpy().tolist()])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Answer:
    """`traces` (see `measures.feature_traces.traces`), `changes` between episodes (see `measures.still_face.changes`),
    `means` per episode, the episodes, and the selected sessions that count or have no episodes."""

    traces: pd.DataFrame
    changes: pd.DataFrame
    means: pd.DataFrame
    asked: tuple[str, ...]
    sessions: int
    without_episodes: int


def traceable(cursor: duckdb.DuckDBPyConnection, home: Path) -> tuple[list[Stream], list[str]]:
    """Streams of the study that can be traced, and names of those with random weights, which are barred."""
    every = feature_streams(cursor)
    real = every[~every["random_weights"].astype(bool)]
    barred = sorted(set(every.loc[every["random_weights"].astype(bool), "stream"]))
    found = []
    for (stream, subject), rows in real.groupby(["stream", "subject"], sort=True):
        made = rows["choices"] + rows["dim"].astype("str") + rows["fps"].astype("str")
        mine = rows[made == made.value_counts(sort=True).index[0]].reset_index(drop=True)
        kind = _kind(str(stream), int(mine["dim"].iloc[0]), home, str(mine["file"].iloc[0]))
        found.append(Stream(str(stream), str(subject), kind, mine, len(rows) - len(mine)))
    return found, barred


def _kind(stream: str, dim: int, home: Path, file: str) -> str:
    if stream == "motion_grid" and dim % PER_CELL == 0:
        return CELLS
    if stream == "log_mel":
        return LEVEL
    if _has_tokens(home, file):
        return TOKENS
    return IMPORTED if "dino" in stream.casefold() and dim % COMPONENTS == 0 else FRAMES


def _has_tokens(home: Path, file: str) -> bool:
    from pipeline.steps.phase_features import has_tokens

    return has_tokens(home, file)


def kept_file(home: Path, stream: Stream) -> Path:
    """Where the numbers of a stream are kept; there or not."""
    return home / FOLDER / f"{stream.key}.parquet"


def is_kept(home: Path, stream: Stream) -> bool:
    """Whether the numbers of a stream are there and whole."""
    try:
        pq.read_metadata(kept_file(home, stream))
    except (OSError, pa.ArrowException):
        return False
    return True


def keep(home: Path, stream: Stream, done: Callable[[int], None] = lambda sessions: None) -> Path:
    """Reads every recording of the stream and keeps its numbers; `done` is told how many recordings were read.

    StudyError when a stored stream is missing or damaged, or the disk is full; nothing is kept then.
    """
    fitted = _fitted(home, stream)
    parts = []
    for number, row in enumerate(stream.rows.to_dict("records")):
        numbers = np.concatenate([block for block in _numbers(home, stream, pd.DataFrame([row]), fitted)])
        frame = pd.DataFrame(numbers, columns=[str(place) for place in range(stream.numbers)])
        parts.append(frame.assign(observation_id=row["observation_id"]))
        done(number + 1)
    return _written(pd.concat(parts, ignore_index=True), kept_file(home, stream))


def _written(frame: pd.DataFrame, target: Path) -> Path:
    """Writes under another name and renames."""
    unfinished = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(unfinished, engine="pyarrow", index=False)
        os.replace(unfinished, target)
    except OSError as fault:
        unfinished.unlink(missing_ok=True)
        words = f"The numbers of a feature stream could not be kept ({fault.strerror}). Free some room, and try again."
        raise StudyError(words) from None
    return target


def _numbers(home: Path, stream: Stream, rows: pd.DataFrame, fitted: Components | None) -> Iterator[np.ndarray]:
    """Blocks of the numbers of one recording (frames, k) float32, on the clock of the recording."""
    from pipeline.steps.feature_streams import session_blocks

    store = _store(home, rows) if stream.kind == TOKENS else None
    for _, block in session_blocks(home, rows):
        if stream.kind == LEVEL:
            yield measures.mean_cells(block, 1)
        elif stream.kind == TOKENS:
            yield measures.mean_patches(block, store, fitted).astype(np.float32)
        elif stream.kind == FRAMES:
            yield measures.along(block, fitted).astype(np.float32)
        else:
            yield measures.mean_cells(block, PER_CELL)


def _store(home: Path, rows: pd.DataFrame) -> object:
    from pipeline.steps.phase_features import token_store

    return token_store(home, str(rows["file"].iloc[0]))


def _fitted(home: Path, stream: Stream) -> Components | None:
    """Components over all recordings of the stream, for description only; None where none are needed."""
    from pipeline.steps.feature_streams import session_blocks

    rows = [pd.DataFrame([row]) for row in stream.rows.to_dict("records")]
    if stream.kind == TOKENS:
        return components(reduce(merged, (_store(home, one).sums for one in rows)), COMPONENTS)
    if stream.kind == FRAMES:
        blocks = (block[np.isfinite(block).all(axis=1)] for one in rows for _, block in session_blocks(home, one))
        return components(reduce(merged, (sums_of(block) for block in blocks)), COMPONENTS)
    return None


def stepped(cursor: duckdb.DuckDBPyConnection, home: Path, stream: Stream) -> pd.DataFrame:
    """Every recording of the stream that has episodes: observation_id, episode, step, columns '0', '1', ..."""
    kept = pd.read_parquet(kept_file(home, stream), engine="pyarrow")
    marks = dict(list(episodes(cursor).groupby("observation_id")))
    fps = dict(zip(stream.rows["observation_id"], stream.rows["fps"], strict=True))
    found = []
    for name, part in kept.groupby("observation_id", sort=True):
        if name in marks:
            rate = Fraction(float(fps[name])).limit_denominator(10_000)
            numbers = part.drop(columns="observation_id").to_numpy(dtype=np.float32)
            found.append(measures.session_steps(numbers, rate, marks[name], STEP_MS).assign(observation_id=name))
    columns = [*(str(place) for place in range(stream.numbers)), "episode", "step", "observation_id"]
    return pd.concat(found, ignore_index=True).rename(columns=str) if found else pd.DataFrame(columns=columns)


def answer(steps: pd.DataFrame, number: int, observations: pd.DataFrame, centred: bool) -> Answer:
    """Traces of one number (0, 1, ...) over the selected observations; `centred`: less each session's mean in play."""
    about = observations[["observation_id", "dyad_id", "family_id"]]
    rows = steps.rename(columns={str(number): "value"})[["observation_id", "episode", "step", "value"]].merge(about)
    whole = measures.episode_means(rows).dropna(subset="share").assign(code="")
    compared = still_face.compared(whole)
    counts = whole.groupby("observation_id")["episode"].nunique() == len(compared)
    whole = whole[whole["observation_id"].isin(counts.index[counts])]
    shown = measures.from_play(rows) if centred and len(rows) else rows
    return Answer(
        measures.traces(shown),
        still_face.changes(whole, compared),
        whole.groupby("episode", as_index=False)["share"].mean(),
        compared,
        int(shown.loc[shown["value"].notna(), "observation_id"].nunique()),
        len(set(about["observation_id"]) - set(rows["observation_id"])),
    )
