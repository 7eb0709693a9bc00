"""Following faces: the square that is looked at, who is who over time, and the numbers that are kept."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.smile_parameters import LANDMARKS
from pipeline.features import face_names, face_numbers
from pipeline.features.choices import FaceChoices
from pipeline.features.face_detector import Detection
from pipeline.features.face_follow import Follower, Sighting, sigmoid
from pipeline.features.face_identity import Stretch, faces_of
from pipeline.features.face_region import Region, cut_out, in_picture, region_of_detection, region_of_mesh
from pipeline.features.faces import face_rows, share_sure
from pipeline.features.video import Pictures
from tests.feature_clips import CORNERS, GREEN, RED, DrawnNets, mesh, scene, write_clip


def test_the_square_is_one_and_a_half_times_the_longer_side_and_turned_by_the_eyes():
    eyes = np.array([[110.0, 100], [130, 120], *[[0, 0]] * 4])
    region = region_of_detection(Detection(np.array([100.0, 90, 140, 170]), eyes, 0.9))
    assert (region.x, region.y, region.side) == (120, 130, 120)
    assert np.degrees(region.angle) == pytest.approx(45)


def test_a_turned_head_is_cut_out_upright():
    """A white bar from the eyes' left to right, drawn at 30 degrees, is level in the square."""
    picture = np.zeros((300, 300, 3), np.uint8)
    angle = np.radians(30)
    for along in np.linspace(-60, 60, 400):
        x, y = 150 + along * np.cos(angle), 140 + along * np.sin(angle)
        picture[round(y) - 2 : round(y) + 3, round(x) - 2 : round(x) + 3] = 255
    square = cut_out(picture, Region(150, 140, 200, angle))
    rows, columns = np.nonzero(square[..., 0] > 128)
    assert np.ptp(rows) < 15 and np.ptp(columns) > 140
    assert rows.mean() == pytest.approx(128, abs=2) and columns.mean() == pytest.approx(128, abs=2)


@settings(max_examples=30)
@given(
    st.floats(0, 500), st.floats(0, 500), st.floats(10, 800), st.floats(-3.1, 3.1), st.floats(0, 256), st.floats(0, 256)
)
def test_the_way_into_the_square_and_back(x, y, side, angle, u, v):
    """A second road: centre + turned and scaled offset, written out; and back by the inverse."""
    region = Region(x, y, side, angle)
    (found,) = in_picture(np.array([[u, v, 3.0]]), region)
    a, b = (u / 256 - 0.5) * side, (v / 256 - 0.5) * side
    expected = (x + a * np.cos(angle) - b * np.sin(angle), y + a * np.sin(angle) + b * np.cos(angle), 3 * side / 256)
    assert found == pytest.approx(expected, abs=1e-6)


def test_the_next_square_comes_from_the_landmarks():
    region = region_of_mesh(mesh(100, 60, 180, 160, turned=0.2))
    assert region.angle == pytest.approx(0.2) and (region.x, region.y) == pytest.approx((140, 110))
    assert region.side > 150


def test_openface_numbers_are_the_viewers_left_to_right():
    """48 is the lip corner on the left of the image (the person's right); 31 to 35 go from left to right."""
    seen = Sighting(0, 0.9, mesh(100, 50, 200, 150), np.zeros(52))
    row = dict(zip(face_numbers.TRACK_COLUMNS, face_numbers.numbers(seen, 640), strict=False))
    assert [row[f"x_{number}"] for number in (48, 31, 32, 33, 34, 35, 54)] == [130, 140, 145, 150, 155, 160, 170]
    assert (row["y_48"], row["y_34"], row["confidence"]) == (130, 110, 0.9)
    assert tuple(face_names.MESH_OF) == LANDMARKS
    assert face_names.MESH_OF == {48: 61, 54: 291, 32: 97, 34: 326, 33: 2, 31: 98, 35: 327}


def test_au12_is_five_times_the_mean_of_both_sides():
    shapes = np.zeros(52)
    shapes[[44, 45]] = 0.2, 0.5
    assert face_names.BLENDSHAPES[44:46] == ("mouthSmileLeft", "mouthSmileRight")
    assert face_numbers.au12(shapes) == pytest.approx(1.75)
    assert len(face_names.BLENDSHAPES) == 52 and len(set(face_names.BLENDSHAPE_POINTS)) == 146
    assert list(face_names.BLENDSHAPE_POINTS) == sorted(face_names.BLENDSHAPE_POINTS)


def turned(points: np.ndarray, axis: int, degrees: float) -> np.ndarray:
    """Points turned about an axis of the picture (x right, y down, z away), as on paper."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = [(1, 2), (2, 0), (0, 1)][axis]
    found = points.copy()
    found[:, first] = cos * points[:, first] - sin * points[:, second]
    found[:, second] = sin * points[:, first] + cos * points[:, second]
    return found


@pytest.mark.parametrize(
    ("axis", "angle", "pose"),
    [(0, 0, (0, 0, 0)), (0, 20, (20, 0, 0)), (1, -25, (0, 25, 0)), (2, 15, (0, 0, 15))],
)
def test_head_pose(axis, angle, pose):
    """Looking down, turned to the right of the image, tilted clockwise: one at a time."""
    face = turned(mesh(-50, -50, 50, 50), axis, angle)
    assert face_numbers.head_pose(face) == pytest.approx(pose, abs=1e-9)


def test_distance_halves_when_the_face_is_twice_as_large():
    near, far = (face_numbers.distance_mm(mesh(0, 0, side, side), 640) for side in (200, 100))
    assert far == pytest.approx(2 * near)
    assert far == pytest.approx(500 * 88.9 / 60)


def test_presence_is_the_sigmoid_of_the_logit():
    assert (sigmoid(0), sigmoid(2)) == pytest.approx((0.5, 0.880797))
    assert 0 <= sigmoid(-1e9) < sigmoid(1e9) <= 1


def follow(scenes: list, faces: int = 2) -> list[dict[int, tuple[float, float]]]:
    """Track -> middle of the face, per picture."""
    follower = Follower(DrawnNets(), FaceChoices(faces=faces, look_every=2))
    found = []
    for one in scenes:
        seen = follower.see(scene(one))
        found.append({sight.track: tuple(sight.mesh[CORNERS, :2].mean(axis=0).round().tolist()) for sight in seen})
    return found


def test_two_faces_keep_their_numbers_while_they_move():
    scenes = [[(RED, 60 + 4 * step, 90, 50), (GREEN, 250 - 4 * step, 100, 40)] for step in range(6)]
    found = follow(scenes)
    assert [sorted(one) for one in found] == [[0, 1]] * 6
    red, green = sorted(found[0], key=lambda track: found[0][track][0])
    for step, one in enumerate(found):
        assert one[red] == pytest.approx((60 + 4 * step, 90), abs=3)
        assert one[green] == pytest.approx((250 - 4 * step, 100), abs=3)


def test_a_followed_face_is_not_looked_at_twice():
    """Six pictures, searched every time: one look at the face in each."""
    nets = DrawnNets()
    follower = Follower(nets, FaceChoices(look_every=1))
    assert [len(follower.see(scene([(RED, 60, 90, 50)]))) for _ in range(6)] == [1] * 6
    assert nets.looked == 6


def test_a_face_that_comes_later_is_found_within_the_turns():
    red = (RED, 60, 90, 50)
    found = follow([[red]] * 3 + [[red, (GREEN, 250, 100, 40)]] * 7)
    assert [len(one) for one in found][:3] == [1, 1, 1] and len(found[-1]) == 2


def test_a_lost_face_gets_a_new_track_number():
    red = (RED, 60, 90, 50)
    assert [sorted(one) for one in follow([[red], [red], [], [red]])] == [[0], [0], [], [1]]


def test_two_squares_that_run_into_one_face_are_one():
    """The infant's face is covered by the parent's: one face is left, the older track."""
    apart = [(RED, 100, 90, 60), (GREEN, 160, 90, 40)]
    found = follow([apart, *[[(RED, 125, 90, 60)]] * 3])
    assert sorted(found[0]) == [0, 1] and found[-1] == {0: pytest.approx((125, 90), abs=2)}


def stretch(track: int, first: int, last: int, x: float, size: float, sure: float = 1.0) -> Stretch:
    places = np.tile([x, 100, size], (last - first + 1, 1)).astype(float)
    return Stretch(track, first, last, places, sure * (last - first + 1))


PARENT, INFANT = (100, 60), (300, 40)


def test_who_comes_back_to_the_same_place_is_the_same():
    """Frames 0-9 both; the parent is lost and back at 15, the infant at 20: two people, the surer first."""
    found = faces_of(
        [
            stretch(0, 0, 9, *PARENT),
            stretch(1, 0, 12, *INFANT),
            stretch(2, 15, 40, 130, 60),
            stretch(3, 20, 30, 290, 42),
        ]
    )
    assert found == [[0, 2], [1, 3]]


def test_who_walked_is_expected_where_they_were_last_or_usually_are():
    """From x = 100 to 400 in ten frames, out of sight, back at 410, and later at 250, the middle of the walk."""
    walk = Stretch(0, 0, 9, np.column_stack([np.linspace(100, 400, 10), np.full(10, 100), np.full(10, 60)]), 10)
    assert faces_of([walk, stretch(1, 15, 19, 410, 60)]) == [[0, 1]]
    assert faces_of([walk, stretch(1, 15, 19, 250, 60)]) == [[0, 1]]
    assert faces_of([walk, stretch(1, 15, 19, 100, 60)]) == [[0], [1]]


def test_nobody_is_in_two_places_at_once():
    assert faces_of([stretch(0, 0, 9, *PARENT), stretch(1, 5, 20, *PARENT)]) == [[1], [0]]


def test_another_size_is_somebody_else():
    assert len(faces_of([stretch(0, 0, 9, 100, 60), stretch(1, 12, 20, 100, 30)])) == 2
    assert len(faces_of([stretch(0, 0, 9, 100, 60), stretch(1, 12, 20, 100, 45)])) == 1


@settings(max_examples=30)
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.integers(0, 400), st.integers(20, 80)), max_size=10)
)
def test_every_stretch_belongs_to_one_person_who_is_never_twice_in_a_frame(raw):
    every = [stretch(track, first, first + more, x, size) for track, (first, more, x, size) in enumerate(raw)]
    people = faces_of(every)
    assert sorted(track for person in people for track in person) == list(range(len(every)))
    for person in people:
        own = [every[track] for track in person]
        assert all(one.last < other.first for one, other in zip(own, own[1:], strict=False))
    assert faces_of([replace(one) for one in reversed(every)]) == people


@pytest.fixture(scope="module")
def dyad(tmp_path_factory):
    """Two seconds at 25 fps: the parent all the time but for frames 20 to 24, the infant from frame 25 on, a false
    alarm in frame 20 only."""
    parent, infant = (RED, 70, 90, 60), (GREEN, 250, 100, 40)
    scenes = [[parent] if number < 20 else [parent, infant] for number in range(50)]
    scenes[20:25] = [[(GREEN, 300, 30, 30)], [], [], [], []]
    path = write_clip(tmp_path_factory.mktemp("dyad") / "dyad.mkv", [scene(one) for one in scenes])
    return face_rows(Pictures(path, "rgb24"), DrawnNets(), FaceChoices())


def test_one_row_per_frame_and_face_found_or_not(dyad):
    table = dyad.table
    assert len(table) == 100 and dyad.passing == 1
    assert table["face"].tolist() == [0, 1] * 50
    parent, infant = (table[table["face"] == face] for face in (0, 1))
    assert np.flatnonzero(parent["confidence"] == 0).tolist() == [20, 21, 22, 23, 24]
    assert np.flatnonzero(infant["confidence"] > 0).tolist() == list(range(25, 50))
    assert parent["t_s"].tolist() == pytest.approx([number / 25 for number in range(50)], abs=1e-3)


def test_where_a_face_is_not_in_view_nothing_is_said_of_it(dyad):
    hidden = dyad.table[dyad.table["confidence"] == 0].drop(columns=["frame", "face", "t_s", "confidence"])
    shown = dyad.table[dyad.table["confidence"] > 0]
    assert hidden.isna().all(axis=None) and shown.notna().all(axis=None)
    assert shown["au12"].to_numpy() == pytest.approx(2.5, abs=1e-6)
    assert share_sure(dyad.table) == 0.9


def test_a_video_without_a_face_has_a_face_that_is_never_seen(tmp_path):
    path = write_clip(tmp_path / "empty.mkv", [scene([])] * 4)
    rows = face_rows(Pictures(path, "rgb24"), DrawnNets(), FaceChoices())
    assert rows.table["face"].tolist() == [0] * 4 and rows.table["confidence"].tolist() == [0] * 4
    assert share_sure(rows.table) == 0
