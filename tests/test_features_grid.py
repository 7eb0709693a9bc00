"""The 25 fps grid: at each step the latest picture that is not later, exactly."""

from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.features.grid import grid_of, grid_of_sound, on_grid, shown_pictures, thinned
from pipeline.features.video import Pictures, exact_origin, exact_times
from tests.feature_clips import tone, write_clip


def ms(*times: int | None) -> list[Fraction | None]:
    return [None if time is None else Fraction(time, 1000) for time in times]


def shades(count: int) -> list[np.ndarray]:
    """Pictures one can tell apart: grey 0, 5, 10, ..."""
    return [np.full((16, 24), 5 * number, np.uint8) for number in range(count)]


def test_a_variable_rate_with_a_gap():
    """Pictures at 0, 40, 130 and 200 ms; steps at 0, 40, 80, 120, 160, 200."""
    grid = on_grid(ms(0, 40, 130, 200))
    assert grid.picture.tolist() == [0, 1, 1, 1, 2, 3] and grid.t_s.tolist() == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert grid.held.tolist() == [False, False, True, True, False, False]
    assert grid.source_s.tolist() == [0, 0.04, 0.04, 0.04, 0.13, 0.2]
    assert grid.longest_hold_s == pytest.approx(0.08)


def test_pictures_without_a_time_are_not_shown_and_a_late_start_has_no_rows():
    grid = on_grid(ms(None, 90, None, 150))
    assert (grid.step.tolist(), grid.picture.tolist()) == ([3], [1])
    assert on_grid(ms(90)).step.tolist() == [] and on_grid([]).step.tolist() == []
    assert on_grid(ms(80)).step.tolist() == [2]


def test_a_picture_exactly_on_a_step_is_shown_there():
    """Thirds of a second in a clock of 1/90,000 s: 25 x 3/25 is 3 and not a hair more. Floats would miss some."""
    times = [Fraction(number * 3600, 90_000) for number in range(9_000)]
    grid = on_grid(times)
    assert np.array_equal(grid.picture, np.arange(9_000)) and not grid.held.any()
    assert len(on_grid([Fraction(number, 30) for number in range(10_800)]).step) == 9_000


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3_000), min_size=1, max_size=40, unique=True))
def test_every_step_shows_the_latest_picture(times):
    """A second road: look at all pictures for each step."""
    times = sorted(times)
    grid = on_grid(ms(*times))
    steps = [step for step in range(80) if times[0] <= step * 40 <= times[-1]]
    expected = [max(number for number, time in enumerate(times) if time <= step * 40) for step in steps]
    assert (grid.step.tolist(), grid.picture.tolist()) == (steps, expected)
    assert grid.held.tolist() == [number == before for number, before in zip(expected, [-1, *expected], strict=False)]


def test_fewer_pictures_looked_at():
    """25 steps at 5 per second: steps 0, 5, 10, ... are looked at. A held step that is looked at stays held."""
    grid = on_grid([Fraction(number, 25) for number in range(25)])
    assert thinned(grid, 5).picture.tolist() == [number // 5 * 5 for number in range(25)]
    assert thinned(grid, 25).picture.tolist() == list(range(25)) and thinned(grid, 1).held.sum() == 24
    slow = thinned(on_grid(ms(0, 480, 960)), 5)
    assert slow.picture.tolist()[::5] == [0, 0, 0, 1, 1] and slow.held.sum() == len(slow.step) - 2
    late = thinned(on_grid(ms(120, 160, 200, 240)), 5)
    assert late.picture.tolist() == [0, 0, 2, 2]


def test_the_grid_of_a_file_with_a_start_of_its_own(tmp_path):
    """The file's clock starts at 1.4 s; a gap of .3 s is held."""
    path = write_clip(tmp_path / "a.mkv", shades(4), [1.4, 1.44, 1.74, 1.78])
    grid = grid_of(path)
    assert grid.picture.tolist() == [0, *[1] * 8, 2] and grid.times_from == "file"
    assert grid.source_s[-1] == pytest.approx(0.34) and grid.held.sum() == 7
    shown = [
        (first, last, int(picture.mean())) for first, last, picture in shown_pictures(Pictures(path, "gray"), grid)
    ]
    assert shown == [(0, 1, 0), (1, 9, 5), (9, 10, 10)]


def test_times_are_exact_and_start_with_the_earliest_stream(tmp_path):
    """Sound begins 40 ms before the pictures: they start at step 1."""
    path = write_clip(tmp_path / "a.mkv", shades(3), [0.04, 0.08, 0.12], sound=tone(0.3))
    times, source = exact_times(path)
    assert times == [Fraction(1, 25), Fraction(2, 25), Fraction(3, 25)] and source == "file"
    assert grid_of(path).step.tolist() == [1, 2, 3]


def test_a_start_between_two_microseconds_is_not_rounded():
    """1001/30000 s is told as 33,367 microseconds: a picture one step later would come a hair too late."""
    stream = SimpleNamespace(start_time=1001, time_base=Fraction(1, 30_000))
    late = SimpleNamespace(start_time=None, time_base=Fraction(1, 48_000))
    assert exact_origin(SimpleNamespace(start_time=33_367, streams=[late, stream])) == Fraction(1001, 30_000)
    assert exact_origin(SimpleNamespace(start_time=-21_000, streams=[])) == 0


def test_a_sound_without_pictures_has_a_grid():
    assert grid_of_sound(0.05, 0.2).step.tolist() == [2, 3, 4]
