"""Feature streams as files hold them: numbers per frame, understood but not loaded, and set on a grid of frames."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.reading import Note

Subject = Literal["", "infant", "caregiver1", "caregiver2"]
Parts = Callable[[], Iterator[tuple[np.ndarray, np.ndarray]]]

ROWS = 1_500
"""Frames read at a time: a minute at 25 per second."""
LONGEST_S = 24 * 3600
"""No recording lasts longer: a later time is a fault of the file."""
HIGHEST_FPS = 1_000
MOST_NUMBERS = 1_000_000
"""Numbers per frame at most."""


@dataclass(frozen=True)
class StreamFile:
    """One feature stream of a file. `subject`: whom the file says it describes ('' the session), None if it does not.

    `parts()` yields, blockwise, frame numbers (n,) float (nan: without a time) and numbers (n, dim). `half`: they are
    float16. `choices`: how it was made, as JSON; `made` adds what else must be equal in streams that are compared.
    `beside`: a file with sums and axes that belongs to it.
    """

    path: Path
    stream: str
    subject: Subject | None
    fps: Fraction
    dim: int
    parts: Parts
    choices: str
    half: bool = False
    random_weights: bool = False
    made: str = ""
    dialect: str = ""
    notes: tuple[Note, ...] = ()
    beside: Path | None = None


@dataclass
class Counts:
    """What one look through a stream counts: data rows of the file, those left out and why, frames of the grid, frames
    in which a number is missing, and the rows of the grid that have all numbers."""

    rows: int = 0
    no_time: int = 0
    early: int = 0
    repeated: int = 0
    frames: int = 0
    missing: int = 0
    complete: int = 0

    @property
    def refused(self) -> int:
        """Rows that are not stored."""
        return self.no_time + self.early + self.repeated

    @property
    def notes(self) -> tuple[Note, ...]:
        """What is said of it."""
        left, missing = "They were left out.", "They count as frames without features: nothing is predicted there."
        found = (
            ("no_time", "warning", self.no_time, "no time of their own", left),
            ("frame_before_zero", "warning", self.early, "a time before zero", left),
            ("repeated_time", "warning", self.repeated, "the time of an earlier one, or come after a later one", left),
            ("missing_numbers", "info", self.missing, "a number that is missing or not finite", missing),
        )
        return tuple(
            Note(kind, severity, f"{count:,} {'row has' if count == 1 else 'rows have'} {words}.", action, count=count)
            for kind, severity, count, words, action in found
            if count
        )


def on_grid(stream: StreamFile, counts: Counts) -> Iterator[np.ndarray]:
    """Rows of the stream at frames 0, 1, 2 ... in blocks (n, dim), float16 or float32; a frame it lacks is nan.

    `counts` is filled on the way. Raises UnreadableFile for a time after LONGEST_S.
    """
    kind, following = np.dtype(np.float16 if stream.half else np.float32), 0
    for frames, values in stream.parts():
        counts.rows += len(frames)
        kept = _usable(frames, following, counts)
        if not kept.any():
            continue
        if frames[kept][-1] >= LONGEST_S * stream.fps:
            raise _late(stream)
        places, numbers = frames[kept].astype(np.int64), _clean(values[kept], kind, counts)
        for block in _with_gaps(places, numbers, following):
            counts.frames += len(block)
            yield block
        following = int(places[-1]) + 1


def _usable(frames: np.ndarray, following: int, counts: Counts) -> np.ndarray:
    """Which rows have a time of their own that is not before zero nor before the last one."""
    timed = np.isfinite(frames)
    early = timed & (frames < 0)
    numbers = np.where(timed & ~early, frames, -1.0)
    before = np.maximum.accumulate(np.concatenate([[following - 1.0], numbers]))[:-1]
    repeated = timed & ~early & (frames <= before)
    counts.no_time += int((~timed).sum())
    counts.early += int(early.sum())
    counts.repeated += int(repeated.sum())
    return timed & ~early & ~repeated


def _clean(values: np.ndarray, kind: np.dtype, counts: Counts) -> np.ndarray:
    """The numbers in the kind that is stored; what is not finite is nan."""
    with np.errstate(over="ignore", invalid="ignore"):
        found = values.astype(kind)
    finite = np.isfinite(found)
    complete = int(finite.all(axis=1).sum())
    counts.complete += complete
    counts.missing += len(found) - complete
    found[~finite] = np.nan
    return found


def _with_gaps(places: np.ndarray, values: np.ndarray, following: int) -> Iterator[np.ndarray]:
    """Rows at rising places, and nan for the places between, blocks of at most ROWS of them."""
    breaks = np.flatnonzero(np.diff(places) > 1) + 1
    for rows, run in zip(np.split(values, breaks), np.split(places, breaks), strict=True):
        gap = int(run[0]) - following
        for start in range(0, gap, ROWS):
            yield np.full((min(ROWS, gap - start), values.shape[1]), np.nan, dtype=values.dtype)
        yield rows
        following = int(run[-1]) + 1


def _late(stream: StreamFile) -> UnreadableFile:
    text = f"a frame lies more than {LONGEST_S // 3600} hours after the start. Extract or export it again."
    return refused(stream.path, text)


def refused(path: Path, text: str) -> UnreadableFile:
    """The file cannot be used: its name, and `text`, which says what is wrong and what would do."""
    name = file_name(path)
    return UnreadableFile(f"{name}: {text}", file=name)
