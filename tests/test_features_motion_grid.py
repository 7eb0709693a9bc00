"""Movement in 16 x 16 cells, or fewer: what moves, where to, how fast."""

from dataclasses import asdict

import cv2
import numpy as np
import pytest

from pipeline.features.choices import MotionGridChoices, as_words
from pipeline.features.grid import grid_of
from pipeline.features.motion_grid import cells, motion_grid, working_size
from tests.feature_clips import write_clip

CHOICES = MotionGridChoices()


def texture(shift_x: float = 0, shift_y: float = 0) -> np.ndarray:
    """A smooth random pattern 160 x 320, moved by so many pixels."""
    rng = np.random.default_rng(8)
    field = cv2.GaussianBlur(rng.uniform(0, 255, (200, 360)).astype(np.float32), (0, 0), 4)
    field = cv2.normalize(field, None, 0, 255, cv2.NORM_MINMAX)
    moved = cv2.warpAffine(field, np.float32([[1, 0, shift_x], [0, 1, shift_y]]), (360, 200), flags=cv2.INTER_LINEAR)
    return moved[20:180, 20:340].round().astype(np.uint8)


def measured(tmp_path, pictures, times=None):
    path = write_clip(tmp_path / "a.mkv", pictures, times)
    grid = grid_of(path)
    values, found, _ = motion_grid(path, grid, CHOICES)
    return grid, values.astype(float).reshape(len(values), 16, 16, 4), found


def test_a_picture_that_moves_to_the_right_and_down(tmp_path):
    """Two pixels to the right and one down in 40 ms: 2/160 and 1/160 of the height x 25 per second, in every cell."""
    _, values, found = measured(tmp_path, [texture(), texture(2, 1)])
    assert values.shape == (2, 16, 16, 4) and found.tolist() == [False, True] and not values[0].any()
    middle = values[1, 2:-2, 2:-2]
    assert np.median(middle[..., 2]) == pytest.approx(2 / 160 * 25, rel=0.05)
    assert np.median(middle[..., 3]) == pytest.approx(1 / 160 * 25, rel=0.08)
    assert np.median(middle[..., 1]) == pytest.approx(np.hypot(2, 1) / 160 * 25, rel=0.06)


def test_only_the_cell_that_changes_has_energy(tmp_path):
    """A cell of 10 x 20 pixels gains 51 of 255 within 40 ms: .2 x 25 per second; a held row repeats it."""
    dark, bright = np.full((160, 320), 100, np.uint8), np.full((160, 320), 100, np.uint8)
    bright[3 * 10 : 4 * 10, 7 * 20 : 8 * 20] += 51
    grid, values, found = measured(tmp_path, [dark, bright, bright, bright], [0, 0.04, 0.12, 0.16])
    assert values[1, 3, 7, 0] == pytest.approx(5.0, rel=2e-3) and np.count_nonzero(values[1, ..., 0]) == 1
    assert grid.held.tolist() == [False, False, True, False, False] and np.array_equal(values[2], values[1])
    assert not values[3:].any() and found.tolist() == [False, True, True, True, True]


def test_movement_is_per_second_of_the_files_own_time(tmp_path):
    """The same change after 80 ms is half as fast."""
    slow = measured(tmp_path, [texture(), texture(2, 0)], [0, 0.08])[1][-1]
    fast = measured(tmp_path, [texture(), texture(2, 0)])[1][-1]
    assert slow == pytest.approx(fast / 2, abs=2e-3)


def test_between_two_scenes_nothing_is_measured(tmp_path):
    _, values, found = measured(tmp_path, [texture(), 255 - texture(), 255 - texture()])
    assert found.tolist() == [False, False, True] and not values[1].any()


def test_cells_are_whole_and_in_rows():
    assert working_size(360, 640, 320) == (320, 176) and working_size(640, 360, 320) == (176, 320)
    picture = np.zeros((32, 48))
    picture[2:4, 45:] = 6
    assert cells(picture)[1, 15] == 6 and cells(picture).sum() == 6
    assert cells(picture, 4)[0, 3] == 6 / 16 and cells(picture, 1).tolist() == [[6 / 256]]


def test_fewer_cells_are_the_means_of_whole_groups_of_cells(tmp_path):
    """4 x 4 cells of four numbers: each the mean of 4 x 4 of the sixteen; the same frames are measured."""
    path = write_clip(tmp_path / "a.mkv", [texture(), texture(2, 1), texture(3, 1)])
    grid = grid_of(path)
    every, measured_every, _ = motion_grid(path, grid, CHOICES)
    few, measured_few, _ = motion_grid(path, grid, MotionGridChoices(cells=4))
    assert few.shape == (3, 64) and measured_few.tolist() == measured_every.tolist() == [False, True, True]
    groups = every.astype(float).reshape(3, 4, 4, 4, 4, 4).mean(axis=(2, 4))
    assert few.reshape(3, 4, 4, 4) == pytest.approx(groups, rel=2e-3, abs=1e-4) and few[1:].all()


def test_older_files_keep_their_names_and_newer_ones_say_their_cells():
    assert as_words(CHOICES) == {name: value for name, value in asdict(CHOICES).items() if name != "cells"}
    assert as_words(MotionGridChoices(cells=4)) == asdict(MotionGridChoices(cells=4))
    older = {"fps": 25, "long_side": 320, "difference_min": 12, "cut_share": 0.6}
    assert MotionGridChoices(**older) == CHOICES
