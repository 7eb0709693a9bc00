"""The 25 fps grid: at each time k / 25 s the latest picture of the file that is not later.

Times are exact fractions of a second from the file's own timestamps, so that a picture at exactly k / 25 s is the one
shown there. A picture shown again, because the file has no new one, is `held`. Before the first there is no row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.choices import FPS
from pipeline.features.video import Pictures, exact_times


@dataclass(frozen=True)
class Grid:
    """Rows of the grid, one per step from the first picture to the last: `step` k (time is k / `fps`), `picture`
    (number of the file's picture shown there), `source_s` (that picture's own time), `held` (shown before already)."""

    fps: int
    step: np.ndarray
    picture: np.ndarray
    source_s: np.ndarray
    held: np.ndarray
    times_from: str = "file"

    @property
    def t_s(self) -> np.ndarray:
        """Times of the rows in seconds."""
        return self.step / self.fps

    def rows(self, first: int, last: int) -> "Grid":
        """Some of the rows."""
        part = slice(first, last)
        every = self.step[part], self.picture[part], self.source_s[part], self.held[part]
        return Grid(self.fps, *every, self.times_from)

    @property
    def longest_hold_s(self) -> float:
        """How old a picture is at most when it is shown."""
        return float((self.t_s - self.source_s).max(initial=0.0))


def on_grid(times: Sequence[Fraction | None], fps: int = FPS, times_from: str = "file") -> Grid:
    """The grid over pictures with these increasing times (None: the picture is not shown)."""
    numbers = [number for number, time in enumerate(times) if time is not None]
    first = [ceil(times[number] * fps) for number in numbers]
    after = [*first[1:], floor(times[numbers[-1]] * fps) + 1] if numbers else []
    shown = np.subtract(after, first).astype(np.int64)
    step = np.arange(first[0], after[-1], dtype=np.int64) if numbers else np.zeros(0, np.int64)
    picture = np.repeat(np.array(numbers, dtype=np.int64), shown)
    source_s = np.repeat(np.array([float(times[number]) for number in numbers], dtype=float), shown)
    held = np.diff(picture, prepend=-1) == 0
    return Grid(fps, step, picture, source_s, held, times_from)


def grid_of_sound(start_s: float, end_s: float, fps: int = FPS) -> Grid:
    """The grid of a recording that has sound only: every step in which there is some."""
    steps = np.arange(ceil(start_s * fps), ceil(end_s * fps), dtype=np.int64)
    return Grid(fps, steps, steps, steps / fps, np.zeros(len(steps), dtype=bool), "sound")


def grid_of(path: Path, fps: int = FPS) -> Grid:
    """The grid of a video, after reading its times; UnreadableFile when it has no picture."""
    times, times_from = exact_times(path)
    grid = on_grid(times, fps, times_from)
    if not len(grid.step):
        raise UnreadableFile(f"{file_name(path)}: not one picture could be decoded. Check that it plays.")
    return grid


def shown_pictures(pictures: Pictures, grid: Grid) -> Iterator[tuple[int, int, np.ndarray]]:
    """The pictures that the grid shows, each once: its first row, the row after its last, and the picture."""
    begins = np.flatnonzero(~grid.held)
    ends = np.r_[begins[1:], len(grid.step)]
    rows = dict(zip(grid.picture[begins].tolist(), zip(begins.tolist(), ends.tolist(), strict=True), strict=True))
    for number, (_, picture) in enumerate(pictures):
        if number in rows:
            yield *rows[number], picture


def thinned(grid: Grid, sample_fps: int) -> Grid:
    """The grid when only so many pictures per second are looked at: in between the last one looked at is held."""
    turn = (grid.step * sample_fps) // grid.fps
    looked = np.diff(turn, prepend=turn[:1] - 1) != 0
    last = np.maximum.accumulate(np.where(looked, np.arange(len(looked)), 0))
    picture = grid.picture[last]
    held = np.diff(picture, prepend=-1) == 0
    return Grid(grid.fps, grid.step, picture, grid.source_s[last], held, grid.times_from)
