"""Movement: how many pixels change, per region, per second."""

import numpy as np
import pytest

from pipeline.errors import UserError
from pipeline.features.choices import MotionChoices
from pipeline.features.motion import motion_rows, region
from pipeline.features.video import Pictures
from tests.feature_clips import write_clip

TIMES = [0.0, 0.04, 0.12, 0.16, 0.2]
"""A variable rate: the second step takes twice as long."""


def square(left: int, brightness: int = 200) -> np.ndarray:
    """40 x 80 pixels, black but for a square of 10 x 10 at a given column."""
    picture = np.zeros((40, 80), np.uint8)
    picture[15:25, left : left + 10] = brightness
    return picture


@pytest.fixture
def rows(tmp_path):
    """A square that jumps from column 5 to 20 and back (all on the left), then fades by 12 and by 13 grey values."""
    shown = [square(5), square(20), square(5), square(5, 188), square(5, 175)]
    return motion_rows(Pictures(write_clip(tmp_path / "a.mkv", shown, TIMES), "gray"), MotionChoices())[0]


def test_the_share_of_pixels_that_change_by_more_than_twelve(rows):
    """200 of the left half's 1600 pixels change in a jump; fading by 12 is none, by 13 the square's 100."""
    left, right = (rows[rows["region"] == side] for side in ("left", "right"))
    assert left["share"].tolist() == pytest.approx([np.nan, 1 / 8, 1 / 8, 0, 1 / 16], nan_ok=True)
    assert right["share"].tolist() == pytest.approx([np.nan, 0, 0, 0, 0], nan_ok=True)


def test_movement_is_per_second_of_the_files_own_time(rows):
    left = rows[rows["region"] == "left"]
    assert left["t_s"].tolist() == pytest.approx(TIMES, abs=1e-3)
    assert left["share_per_s"].iloc[[1, 2, 4]].tolist() == pytest.approx([1 / 8 / 0.04, 1 / 8 / 0.08, 1 / 16 / 0.04])


def test_a_cut_between_scenes_is_no_movement(tmp_path):
    """61 % of the picture changes: a cut; 59 %: movement."""
    shown = []
    for share in (0.61, 0.59):
        picture = np.zeros((100, 100), np.uint8)
        picture[: round(100 * share)] = 200
        shown += [np.zeros((100, 100), np.uint8), picture]
    rows = motion_rows(Pictures(write_clip(tmp_path / "a.mkv", shown), "gray"), MotionChoices())[0]
    left = rows[rows["region"] == "left"]
    assert left["cut"].tolist() == [False, True, True, False]
    assert left["share"].tolist() == pytest.approx([np.nan, np.nan, np.nan, 0.59], nan_ok=True)


def test_regions_of_ones_own(tmp_path):
    """A second road: pixels counted one by one."""
    rng = np.random.default_rng(2)
    shown = [rng.integers(0, 40, (30, 50)).astype(np.uint8) for _ in range(3)]
    choices = MotionChoices(regions=(region("infant=0.2,0.5,0.6,1"),))
    rows = motion_rows(Pictures(write_clip(tmp_path / "a.mkv", shown), "gray"), choices)[0]
    pixels = [(y, x) for y in range(15, 30) for x in range(10, 30)]
    for number in (1, 2):
        moved = sum(abs(int(shown[number][place]) - int(shown[number - 1][place])) > 12 for place in pixels)
        assert rows["share"].iloc[number] == pytest.approx(moved / 300)
    assert set(rows["region"]) == {"infant"}


@pytest.mark.parametrize("text", ["infant", "infant=0,0,1", "=0,0,1,1", "a=0.5,0,0.5,1", "a=0,0,2,1", "a=0,x,1,1"])
def test_what_is_no_region_is_told(text):
    with pytest.raises(UserError, match="is not a region. Write NAME=LEFT,TOP,RIGHT,BOTTOM"):
        region(text)
