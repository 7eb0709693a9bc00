"""The detector's 896 answers as faces in the picture: places, letterbox, suppression."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.features import face_detector as fd
from tests.feature_clips import GREEN, RED, DrawnNets, scene


def test_the_896_places():
    """512 = 16 x 16 x 2 places 8 pixels apart, then 384 = 8 x 8 x 6 places 16 pixels apart, row by row."""
    pixels = fd.ANCHORS * 128
    assert pixels.shape == (896, 2)
    assert pixels[[0, 1, 2, 32]].tolist() == [[4, 4], [4, 4], [12, 4], [4, 12]]
    assert pixels[[512, 517, 518, 895]].tolist() == [[8, 8], [8, 8], [24, 8], [120, 120]]


def test_a_wide_picture_stands_between_black_bars():
    square = fd.detector_input(np.full((180, 320, 3), 255, np.uint8))
    assert square.shape == (128, 128, 3) and square.dtype == np.float32
    rows = square[:, 64, 0]
    assert (rows == -1).sum() == 56 and rows[28] == rows[99] == 1 and rows[27] == rows[100] == -1


@pytest.mark.parametrize(("height", "width"), [(180, 320), (320, 180), (200, 200)])
def test_an_answer_is_found_back_in_the_picture(height, width):
    """Turned around: a face at known pixels is written as an answer and read again."""
    box = np.array([60.0, 50, 100, 110])
    scale = 128 / max(height, width)
    corner = np.array([128 - width * scale, 128 - height * scale]) / 2
    boxes, logits = np.zeros((896, 16)), np.full(896, -30.0)
    place = box.reshape(2, 2) * scale + corner
    boxes[700, :2], boxes[700, 2:4] = place.mean(axis=0) - fd.ANCHORS[700] * 128, place[1] - place[0]
    boxes[700, 4:6] = place[0] - fd.ANCHORS[700] * 128
    logits[700] = 2
    (found,) = fd.detections(boxes, logits, height, width)
    assert found.box == pytest.approx(box, abs=0.51 / scale) and found.points[0] == pytest.approx(found.box[:2])
    assert found.score == pytest.approx(0.8808, abs=1e-4)


def test_below_one_half_is_no_face():
    boxes, logits = np.zeros((896, 16)), np.full(896, -30.0)
    boxes[0, 2:4] = 20
    logits[0] = -0.01
    assert fd.detections(boxes, logits, 100, 100) == []
    logits[0] = 0.01
    assert len(fd.detections(boxes, logits, 100, 100)) == 1


def place(left: float, top: float, side: float) -> np.ndarray:
    return np.array([[left, top], [left + side, top + side]])


def test_overlapping_boxes_become_their_weighted_mean():
    """Two boxes that share 9/11 of their area, weights .9 and .3; a third one elsewhere stays."""
    places, scores = np.array([place(0, 0, 10), place(1, 0, 10), place(50, 50, 8)]), np.array([0.9, 0.3, 0.6])
    found = fd.merged(places, scores)
    assert [score for _, score in found] == [0.9, 0.6]
    assert found[0][0].ravel() == pytest.approx([0.25, 0, 10.25, 10])
    assert found[1][0].ravel() == pytest.approx([50, 50, 58, 58])


@pytest.mark.parametrize(("shift", "faces"), [(5.3, 1), (5.5, 2)])
def test_three_tenths_is_the_border(shift, faces):
    """Squares of 10 shifted by d share (10 - d) / (10 + d): .307 at 5.3, .290 at 5.5."""
    found = fd.merged(np.array([place(0, 0, 10), place(shift, 0, 10)]), np.array([0.9, 0.8]))
    assert len(found) == faces


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 30), st.floats(0.5, 1)), max_size=12))
def test_suppression_loses_nobody_and_repeats_nobody(squares):
    places = np.array([place(*square[:3]) for square in squares]).reshape(-1, 2, 2)
    scores = np.array([square[3] for square in squares])
    found = fd.merged(places, scores)
    assert len(found) <= len(squares) and bool(found) == bool(squares)
    if squares:
        assert found[0][1] == scores.max()
        low, high = places.min(axis=(0, 1)), places.max(axis=(0, 1))
        assert all((one >= low - 1e-9).all() and (one <= high + 1e-9).all() for one, _ in found)


def test_a_wide_picture_is_searched_as_a_whole_and_at_both_ends():
    shown = fd.views(scene([], 180, 320))
    assert [(view.shape[:2], left, top) for view, left, top in shown] == [
        ((180, 320), 0, 0),
        ((180, 180), 0, 0),
        ((180, 180), 140, 0),
    ]
    assert len(fd.views(scene([], 180, 200))) == 1
    assert [(left, top) for _, left, top in fd.views(scene([], 320, 180))] == [(0, 0), (0, 0), (0, 140)]


def test_one_face_in_three_views_is_one_face():
    nets = DrawnNets()
    found = fd.detect(nets, scene([(RED, 60, 90, 60), (GREEN, 250, 100, 50)]))
    assert nets.detected == 3
    assert sorted([one.box.round().tolist() for one in found]) == [
        pytest.approx([30, 60, 90, 120], abs=4),
        pytest.approx([225, 75, 275, 125], abs=4),
    ]


def test_by_turns_one_view_at_a_time_is_searched():
    nets = DrawnNets()
    picture = scene([(RED, 60, 90, 60)])
    assert [len(fd.detect(nets, picture, turn)) for turn in range(4)] == [1, 1, 0, 1]
    assert nets.detected == 4
