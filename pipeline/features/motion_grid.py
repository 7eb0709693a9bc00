"""What moves where: a picture divided into 16 x 16 cells (or fewer), four numbers per cell, 1,024 per frame; needs no
weights.

Per cell: difference energy (mean absolute change of grey, 0 to 1), length of the optical flow, flow to the right, flow
down; each per second of the file's own time, flow in heights of the picture. Cells are in rows from the top left, the
four numbers of a cell side by side. Flow is DIS (dense inverse search). Between two scenes nothing is measured.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from pipeline.features.choices import MotionGridChoices
from pipeline.features.grid import Grid, shown_pictures
from pipeline.features.motion import pixels
from pipeline.features.video import Pictures

SIDE = 16
"""Movement is measured in whole cells of so many per side, however few are kept."""
DESCRIPTORS = ("difference_energy", "flow_magnitude", "flow_x", "flow_y")


@dataclass
class _Before:
    """The picture looked at last, and its time."""

    picture: np.ndarray | None = None
    time_s: float = 0.0
    flow: cv2.DISOpticalFlow = field(default_factory=lambda: cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST))


def motion_grid(
    path: Path, grid: Grid, choices: MotionGridChoices, seen: Callable[[float], None] = lambda time_s: None
) -> tuple[np.ndarray, np.ndarray, Pictures]:
    """(frames, cells * cells * 4) float16 for the rows of the grid, and which rows were measured (bool). A held row
    repeats its picture's numbers; the first picture and one after a cut have zeros and are not measured."""
    pictures, before = Pictures(path, "gray"), _Before()
    found = np.zeros((len(grid.step), choices.cells**2 * len(DESCRIPTORS)), np.float16)
    measured = np.zeros(len(grid.step), dtype=bool)
    for first, last, picture in shown_pictures(pictures, grid):
        time_s = float(grid.source_s[first])
        numbers = descriptors(before, picture[pixels(choices.view, *picture.shape)], time_s, choices)
        if numbers is not None:
            found[first:last], measured[first:last] = numbers, True
        seen(time_s)
    return found, measured, pictures


def descriptors(before: _Before, picture: np.ndarray, time_s: float, choices: MotionGridChoices) -> np.ndarray | None:
    """The four numbers of every cell (cells**2 * 4,), None with nothing to compare with; remembers the picture."""
    height, width = picture.shape
    small = cv2.resize(picture, working_size(height, width, choices.long_side), interpolation=cv2.INTER_AREA)
    last, step_s = before.picture, time_s - before.time_s
    before.picture, before.time_s = small, time_s
    if last is None or last.shape != small.shape:
        return None
    difference = cv2.absdiff(last, small)
    if (difference > choices.difference_min).mean() > choices.cut_share:
        return None
    flow = before.flow.calc(last, small, None)
    across, down = flow[..., 0] * (width / height / small.shape[1]), flow[..., 1] / small.shape[0]
    every = difference.astype(np.float32) / 255, cv2.magnitude(across, down), across, down
    return np.stack([cells(one, choices.cells) for one in every], axis=-1).ravel() / step_s


def working_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Width and height in which movement is measured: whole cells of the same size."""
    scale = long_side / max(height, width)
    return tuple(SIDE * max(round(side * scale / SIDE), 1) for side in (width, height))


def cells(numbers: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Mean of each cell: (height, width) -> (side, side)."""
    height, width = numbers.shape
    return numbers.reshape(side, height // side, side, width // side).mean(axis=(1, 3))
