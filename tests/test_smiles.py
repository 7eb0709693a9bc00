"""Smiles by pictures that are checked by hand, by the definition tried out in full, and by a real face."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_gate import episodes
from pipeline.measures.smile_radius import between, centred_mean, corner_distance, initial_radius, radius
from pipeline.measures.smiles import COLUMNS, search_window, searching, smiles
from tests.smile_pictures import by_definition, drawn, moved, placed, shown

PAPER = SmileParameters()
WIDE = SmileParameters(margin_s=0.5)
"""Half a second before and after the gate: five letters of a picture."""


def only(track, parameters=WIDE, speech=None) -> dict:
    """The one row of a picture."""
    (row,) = smiles(track, parameters, speech).to_dict("records")
    return row


def spoken(*intervals: tuple[float, float]) -> pd.DataFrame:
    return pd.DataFrame(intervals, columns=["onset_s", "offset_s"], dtype=float)


# ---- one smile ------------------------------------------------------------------------------------------------------


def test_a_smile_is_measured_as_one_reads_it_off():
    track = drawn(
        r="000000135777777777420000000000",
        au12=".......###########............",
    )
    row = only(track)
    assert shown(row, track.t_s) == r"...../////-----\\\\..........".replace("-----", "-------").ljust(30, ".")[:30]
    assert (row["status"], row["reason"], row["flags"]) == ("ok", "", "")
    assert [row[name] for name in ("gate_on_s", "gate_off_s", "onset_s", "apex_s", "offset_s", "end_s")] == [
        0.7, 1.7, 0.5, 0.9, 1.7, 2.0,
    ]  # fmt: skip
    found = {name: round(row[name], 9) for name in FEATURES}
    assert found == {
        "onset_amplitude": 0.7,  # from 10 to 17 px of an initial radius of 10 px
        "offset_amplitude": 0.7,
        "max_onset_speed": 2.0,  # two px in a tenth of a second
        "max_offset_speed": 3.0,
        "onset_duration_s": 0.4,
        "apex_duration_s": 0.8,
        "offset_duration_s": 0.3,
        "total_duration_s": 1.5,
    }


def test_without_a_smile_the_frame_is_empty_and_has_its_columns():
    found = smiles(drawn("0000", "...."), PAPER)
    assert list(found.columns) == list(COLUMNS) and found.empty
    assert smiles(placed(*np.zeros((4, 0))), PAPER).empty
    assert found.dtypes["episode"] == "int64" and found.dtypes["end_s"] == "float64"


# ---- the gate -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("au12", "sure", "gates"),
    [
        ("..#............", "", []),  # once is not twice
        ("..##...........", "", [(2, 3)]),
        ("..==...........", "", [(2, 3)]),  # 1.5 itself counts
        ("..#.........#..", "", [(2, 12)]),  # one second apart, both ends inside
        ("..#..........#.", "", []),  # more than one second apart
        ("..#......#.....#", "", [(2, 15)]),  # windows that share a frame are one episode
        ("##...........##", "", [(0, 1), (13, 14)]),
        ("..####.........", "---x-----------", [(4, 5)]),  # a frame of confidence .79 parts them
        ("..#.#..........", "---x-----------", []),
        ("..#.#..........", "x--------------", [(2, 4)]),
        ("..##...........", "xxxxxxxxxxxxxxx", []),
    ],
)
def test_the_gate_opens_for_two_frames_within_a_second_of_frames_that_can_be_trusted(au12, sure, gates):
    assert episodes(drawn("0" * len(au12), au12, sure), PAPER) == gates


def test_a_gap_in_time_parts_the_frames_of_a_gate():
    times = [0.0, 0.1, 0.2, 0.3, 0.45, 0.6, 0.7]
    assert episodes(drawn("0" * 7, "..##...", times=times), PAPER) == [(2, 3)]
    assert episodes(drawn("0" * 7, "...##..", times=times), PAPER) == [(3, 4)]  # 1.5 steps is no gap yet
    times[4:] = [0.451, 0.6, 0.7]
    assert episodes(drawn("0" * 7, "...##..", times=times), PAPER) == []


@pytest.mark.parametrize(("frames", "gates"), [(1, [(1, 1), (14, 17)]), (2, [(14, 17)]), (3, [(14, 17)]), (4, [])])
def test_the_number_of_gate_frames_is_a_choice(frames, gates):
    track = drawn("0" * 20, ".#............##.#..")
    assert episodes(track, SmileParameters(gate_frames=frames)) == gates


# ---- search window and initial radius -------------------------------------------------------------------------------


def test_the_onset_may_precede_the_gate_by_the_margin_and_not_more():
    early = drawn("0123456666666666000000000", "............##...........")
    assert only(early)["reason"] == "no_onset"
    assert only(early, PAPER)["onset_s"] == 0.2  # the window begins one second before the gate and cuts the onset
    assert only(early, SmileParameters(margin_s=2))["onset_s"] == 0.0


def test_the_window_cuts_a_run_at_its_end_too():
    row = only(drawn("0000123456789999", ".....##........."), SmileParameters(margin_s=0.2))
    assert (row["reason"], row["onset_s"], row["apex_s"]) == ("no_offset", 0.3, 0.8)


TWO = drawn(
    r="000135543210000000025530000",
    au12=".....##............##......",
)
"""Two smiles; the onset of the first is the longer one."""
REACHING = SmileParameters(margin_s=1.8)


def test_the_next_search_begins_where_the_last_smile_ended():
    first, second = smiles(TWO, REACHING).to_dict("records")
    assert [first[name] for name in ("onset_s", "apex_s", "offset_s", "end_s")] == [0.2, 0.5, 0.6, 1.1]
    assert [second[name] for name in ("onset_s", "apex_s", "offset_s", "end_s")] == [1.8, 2.0, 2.1, 2.3]
    alone = replace(TWO, au12=np.where(TWO.t_s < 1, 0.0, TWO.au12))
    assert only(alone, REACHING)["onset_s"] == 0.2  # without the first, its onset would be taken


def test_a_rejected_episode_leaves_its_time_to_the_next_and_a_spoken_smile_does_not():
    track = drawn(
        r="000000000000135555553000000",
        au12="....##...........##........",
    )
    alone, second = smiles(track, SmileParameters(margin_s=0.9)).to_dict("records")
    assert (alone["reason"], alone["onset_s"], second["reason"], second["onset_s"]) == ("no_offset", 1.1, "", 1.1)
    heard, second = smiles(TWO, REACHING, spoken((0.3, 0.4))).to_dict("records")
    assert (heard["reason"], second["reason"], second["onset_s"]) == ("speech", "", 1.8)


def test_the_initial_radius_is_half_the_mouth_at_the_first_frame_of_the_window_unsmoothed():
    track = drawn("000000135777777777420000000000", ".......###########............")
    mouth = np.full(30, 20.0)
    mouth[2], mouth[3] = 40.0, 80.0  # frame 2 is half a second before the gate
    wide = replace(track, points={**track.points, 54: track.points[48] + np.column_stack([mouth, np.zeros(30)])})
    assert initial_radius(wide, 2) == 20.0
    assert only(wide)["onset_amplitude"] == pytest.approx(0.35)
    for smoothing in ("3", "5"):
        chosen = SmileParameters(margin_s=0.5, smoothing=smoothing)
        assert only(wide, chosen)["onset_amplitude"] == pytest.approx(only(track, chosen)["onset_amplitude"] / 2)


def test_the_mean_is_centred_shorter_at_the_ends_and_invents_nothing():
    values = np.array([1.0, 4.0, 7.0, np.nan, 3.0, 5.0])
    assert centred_mean(values, 3).tolist()[:3] == [2.5, 4.0, 5.5]
    assert np.isnan(centred_mean(values, 3)[3]) and centred_mean(values, 3).tolist()[4:] == [4.0, 4.0]
    assert centred_mean(values[:3], 5).tolist() == [4.0, 4.0, 4.0]
    assert centred_mean(values[:1], 5).tolist() == [1.0] and len(centred_mean(values[:0], 3)) == 0


def test_equal_means_are_equal_whatever_order_they_were_added_in():
    far = np.array([0.1, 0.2, 0.3] * 8) + 50.3
    track = placed(np.arange(24) / 10, far, np.full(24, 2.0), np.ones(24))
    (row,) = smiles(track, SmileParameters(smoothing="3")).to_dict("records")
    assert row["reason"] == "clip_ends"  # the mean stands still but for its ends
    assert row["onset_duration_s"] == pytest.approx(0.1)


# ---- onset, apex, offset --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r", "phases"),
    [
        ("000002112345444432100000000000", r"......./////....\\\\\........"),  # the longest, not the first
        ("000021123300000000000000000000", None),
        ("000034400123450000000000000000", None),
    ],
)
def test_the_longest_runs_are_the_phases(r, phases):
    track = drawn(r, "........########..............")
    row = only(track, SmileParameters(margin_s=0.8))
    if phases:
        assert (row["onset_s"], row["apex_s"], row["offset_s"], row["end_s"]) == (0.7, 1.1, 1.5, 1.9)
    else:
        assert row["reason"] == "" and row["apex_s"] <= row["offset_s"]


def test_among_runs_of_equal_length_the_larger_then_the_earlier_is_taken():
    larger = drawn("0000120013001200000000000", "......########...........")
    assert only(larger)["onset_s"] == 0.7
    earlier = drawn("0000120012001200000000000", "......########...........")
    assert only(earlier)["onset_s"] == 0.3


def test_a_standing_radius_ends_a_run():
    track = drawn("0000012234566666654321000", ".......##########........")
    assert only(track)["onset_s"] == 0.7  # 2 2 is no increase: the run goes on from the second 2


def test_the_offset_is_looked_for_after_the_onset_only():
    track = drawn("0009876543201234443100000", ".......##########........")
    row = only(track, SmileParameters(margin_s=0.6))
    assert (row["onset_s"], row["apex_s"], row["offset_s"], row["end_s"]) == (1.1, 1.5, 1.7, 2.0)


def test_a_smile_may_have_no_apex():
    row = only(drawn("00000123454321000000", ".......####........."))
    assert (row["apex_duration_s"], row["apex_s"], row["offset_s"]) == (0, 0.9, 0.9)


def test_a_frame_of_little_confidence_a_missing_point_or_a_gap_ends_a_run():
    au12 = ".......###########......."
    whole, cut = "0000012345666666666543210", {"onset_s": 0.7, "apex_s": 1.0}
    assert {name: only(drawn(whole, au12))[name] for name in cut} == {"onset_s": 0.4, "apex_s": 1.0}
    doubtful = drawn(whole, au12, "-" * 6 + "x" + "-" * 18)
    missing = drawn(whole[:6] + "?" + whole[7:], au12)
    for track in (doubtful, missing):
        assert {name: only(track)[name] for name in cut} == cut
    times = np.arange(25) / 10
    times[7:] += 0.06
    late = only(drawn(whole, au12, times=times.round(2).tolist()))
    assert late["onset_s"] == pytest.approx(0.76)


# ---- rejected, each with its reason ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r", "au12", "sure", "reason"),
    [
        ("2222222222222222222222222", "........####.............", "", "no_onset"),
        ("9876543210000000000000000", "........####.............", "", "no_onset"),
        ("0000000012345555555555555", "........####.............", "", "no_offset"),
        ("0000000012345555", "........####....", "", "clip_ends"),
        ("0000000012345", "........#####", "", "clip_ends"),
        ("???????????????", "........##.....", "", "no_landmarks"),
        ("000?000012343210000000000", "........####.............", "", "no_landmarks"),
        ("0000000012343210000000000", "........####.............", "---x---------------------", "low_confidence"),
    ],
)
def test_an_episode_without_its_phases_is_rejected_with_the_reason(r, au12, sure, reason):
    row = only(drawn(r, au12, sure))
    assert (row["status"], row["reason"]) == ("rejected", reason)
    assert np.isnan(row["total_duration_s"]) and row["gate_on_s"] == 0.8
    if reason in ("no_offset", "clip_ends"):
        assert row["onset_amplitude"] > 0 and row["onset_duration_s"] > 0  # what was found is told
    else:
        assert np.isnan(row["onset_s"])


def test_the_radius_may_be_taken_at_the_first_frame_that_is_sure():
    track = drawn("0000000012343210000000000", "........####.............", "---xx--------------------")
    assert only(track)["reason"] == "low_confidence"
    sure = SmileParameters(margin_s=0.5, ir_frame="first_sure_of_window")
    assert only(track, sure)["reason"] == "" and only(track, sure)["onset_amplitude"] == pytest.approx(0.4)
    mouth = np.full(25, 20.0)
    mouth[5] = 40.0  # the first sure frame of the search
    wide = replace(track, points={**track.points, 54: track.points[48] + np.column_stack([mouth, np.zeros(25)])})
    assert only(wide, sure)["onset_amplitude"] == pytest.approx(0.2)


def test_an_offset_of_less_than_a_twentieth_of_the_radius_is_too_small():
    far = np.array([30.0] * 8 + [31, 32, 33, 34, 34, 33.51, 33.51] + [33.51] * 20)
    au12 = np.zeros(35)
    au12[8:12] = 2
    track = placed(np.arange(35) / 10, far, au12, np.ones(35))
    assert only(track)["reason"] == "offset_too_small" and only(track)["offset_amplitude"] == pytest.approx(0.049)
    far[13:] = 33.5
    assert only(placed(track.t_s, far, au12, track.confidence))["reason"] == ""  # .05 itself counts
    short = placed(track.t_s[:15], far[:15] + np.r_[np.zeros(13), 0.1, 0.1], au12[:15], np.ones(15))
    assert only(short)["reason"] == "clip_ends"


def test_a_small_long_fall_at_the_end_of_a_clip_hides_no_real_one():
    far = np.array([20.0] * 8 + [22, 24, 26, 25, 26, 25.9, 25.8, 25.7])
    au12 = np.r_[np.zeros(8), np.full(4, 2.0), np.zeros(4)]
    row = only(placed(np.arange(16) / 10, far, au12, np.ones(16)))
    assert row["reason"] == "offset_too_small"  # 26 to 25 would have been enough: the clip did not end too early


def test_lip_corners_on_one_point_give_no_radius():
    track = drawn("0000000012343210000000000", "........####.............")
    closed = replace(track, points={**track.points, 54: track.points[48]})
    assert only(closed)["reason"] == "no_initial_radius"
    without = replace(track, points={name: track.points[name] for name in (34, 48)})
    assert only(without)["reason"] == "no_landmarks"
    with pytest.raises(ValueError):
        radius(track, PAPER, 0.0)


# ---- speech and flags -----------------------------------------------------------------------------------------------

SMILE = drawn("000000135777777777420000000000", ".......###########............")
"""From .5 to 2.0 s."""


@pytest.mark.parametrize(
    ("speech", "reason"),
    [
        ((0.0, 0.5), ""),  # half-open: it is over when the smile begins
        ((0.0, 0.51), "speech"),
        ((2.0, 3.0), "speech"),  # it begins at the smile's last moment
        ((2.01, 3.0), ""),
        ((1.0, 1.01), ""),  # not longer than ten milliseconds
        ((1.0, 1.011), "speech"),
        ((0.0, 9.0), "speech"),
    ],
)
def test_a_smile_that_meets_speech_is_left_out_with_its_features(speech, reason):
    row = only(SMILE, speech=spoken(speech))
    assert row["reason"] == reason and row["total_duration_s"] == pytest.approx(1.5)


def test_how_short_speech_must_be_is_a_choice():
    assert only(SMILE, SmileParameters(margin_s=0.5, speech_min_s=0.5), spoken((1.0, 1.5)))["reason"] == ""
    assert only(SMILE, SmileParameters(margin_s=0.5, speech_min_s=0.0), spoken((1.0, 1.001)))["reason"] == "speech"
    assert only(SMILE, speech=spoken())["reason"] == ""


def test_flags():
    ends = drawn("000000012345432100", "........####......")
    assert only(ends)["flags"] == "" and only(ends)["reason"] == ""
    ends = drawn("0000000123454321", "........####....")
    assert only(ends)["flags"] == "at_clip_end"
    for far, flags in ((549.0, "at_clip_end"), (551.0, "head_moved;at_clip_end")):
        distance = np.full(16, 500.0)
        distance[2] = far  # more than a tenth, anywhere in the track
        assert only(replace(ends, distance_mm=distance))["flags"] == flags
    distance[2], confidence = 900.0, ends.confidence.copy()
    confidence[2] = 0.5
    doubtful = replace(ends, distance_mm=distance, confidence=confidence)
    assert only(doubtful)["flags"] == "at_clip_end"
    assert only(replace(ends, distance_mm=np.full(16, np.nan)))["flags"] == "at_clip_end"


# ---- a real face ----------------------------------------------------------------------------------------------------

REAL = Path(__file__).parents[2] / "shared" / "data" / "openface" / "one_smile_20s.csv"
needs_real = pytest.mark.skipif(not REAL.exists(), reason="needs the real face track of the shared data")
GOLDEN = {
    "raw": ((217, 230, 323, 334), (0.4369, 3.1258, 0.3697, 3.9325, 0.2632, 0.3669, 1.714, 3.276)),
    "3": ((217, 235, 318, 341), (0.6050, 2.7897, 0.7731, 4.1678, 0.3013, 0.4550, 1.095, 1.921)),
    "5": ((243, 274, 319, 348), (1.0419, 1.5125, 0.9747, 3.5292, 0.3234, 0.4777, 0.828, 1.569)),
}
GOLDEN_NAMES = (*FEATURES[4:], *FEATURES[:4])


@pytest.fixture(scope="module")
def real():
    from pipeline.readers.openface import read_openface
    from pipeline.readers.track import face_track

    found = read_openface(REAL)
    return face_track(found.frame, found.au12_source)


@needs_real
@pytest.mark.parametrize("smoothing", GOLDEN)
def test_the_smile_of_a_real_face(real, smoothing):
    rows, values = GOLDEN[smoothing]
    row = only(real, SmileParameters(smoothing=smoothing))
    times = [row[name] for name in ("onset_s", "apex_s", "offset_s", "end_s")]
    assert tuple(np.searchsorted(real.t_s, times)) == rows
    assert [row[name] for name in GOLDEN_NAMES] == pytest.approx(values, abs=5e-4)
    assert (row["status"], row["flags"]) == ("ok", "head_moved")


@needs_real
def test_gate_window_radius_and_distance_of_a_real_face(real):
    assert episodes(real, PAPER) == [(227, 324)]
    assert search_window(searching(real, PAPER), 227, 324, -np.inf) == (198, 353)
    assert initial_radius(real, 198) == pytest.approx(36.1986, abs=5e-5)
    inside = real.distance_mm[198:354]
    assert (inside.min(), inside.max()) == pytest.approx((503.7, 551.2), abs=0.05)


@needs_real
@pytest.mark.parametrize(("corner", "nostril", "r"), [(48, 34, 0.849), (48, 32, 0.629), (54, 34, 0.614)])
def test_how_the_radius_of_a_real_face_goes_with_au12(real, corner, nostril, r):
    far = corner_distance(real, SmileParameters(corner=corner, nostril=nostril))
    assert np.corrcoef(far, real.au12)[0, 1] == pytest.approx(r, abs=5e-4)
    assert np.corrcoef(between(real, 48, 54), real.au12)[0, 1] == pytest.approx(0.948, abs=5e-4)


# ---- laws -----------------------------------------------------------------------------------------------------------

QUIET = settings(max_examples=30, deadline=None)
STEPS = st.sampled_from([1, 1, 1, 1, 1, 2, 5])


@st.composite
def tracks(draw, most: int = 30):
    """A random track on a grid of hundredths of a second and whole pixels."""
    number = draw(st.integers(2, most))
    each = {"min_size": number, "max_size": number}
    times = np.cumsum(draw(st.lists(STEPS, **each))) * 0.1
    far = draw(st.lists(st.sampled_from([10, 11, 12, 13, 14, 15, 16, np.nan]), **each))
    au12 = draw(st.lists(st.sampled_from([0.0, 1.5, 2.0, np.nan]), **each))
    sure = draw(st.lists(st.sampled_from([0.80, 0.80, 0.80, 0.95, 0.79]), **each))
    return placed(times.round(1), np.array(far, dtype=float), np.array(au12), np.array(sure))


CHOICES = st.builds(
    SmileParameters,
    margin_s=st.sampled_from([0.0, 0.5, 1.0]),
    smoothing=st.sampled_from(["raw", "3", "5"]),
    gate_frames=st.integers(1, 3),
    offset_amplitude_min=st.sampled_from([0.0, 0.05, 0.2]),
    ir_frame=st.sampled_from(["first_of_window", "first_sure_of_window"]),
)
SPEECH = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 5)), max_size=2).map(
    lambda pairs: [(start / 10, (start + length) / 10) for start, length in pairs]
)


@QUIET
@given(tracks(), CHOICES, SPEECH)
@example(SMILE, WIDE, [(2.0, 2.5)])
@example(drawn("0121000", "..#...."), SmileParameters(margin_s=0, gate_frames=1), [])
@example(drawn("0000001", "......#"), SmileParameters(gate_frames=1, offset_amplitude_min=0), [])
def test_the_definition_tried_out_in_full_finds_the_same(track, parameters, speech):
    rows = smiles(track, parameters, spoken(*speech)).to_dict("records")
    expected = by_definition(track, parameters, speech)
    assert [row["reason"] for row in rows] == [row["reason"] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        first, last = other["gate"]
        assert (row["gate_on_s"], row["gate_off_s"]) == (track.t_s[first], track.t_s[last])
        assert ("at_clip_end" in row["flags"]) == other.get("at_end", False)
        for name in ("onset_s", "apex_s", "offset_s", "end_s", *FEATURES):
            if name in other:
                assert isinstance(other[name], Fraction) and row[name] == pytest.approx(float(other[name]), abs=1e-9)


@QUIET
@given(tracks(), CHOICES, st.sampled_from([-3.7, 12.5, 1000.0]))
def test_the_time_of_day_changes_nothing(track, parameters, shift):
    before = smiles(track, parameters)
    after = smiles(replace(track, t_s=track.t_s + shift), parameters)
    assert_same(before, after)
    times = ["gate_on_s", "onset_s", "end_s"]
    np.testing.assert_allclose(after[times], before[times] + shift, atol=1e-9)


def assert_same(before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Same episodes, reasons, flags and features."""
    assert before[["episode", "status", "reason", "flags"]].equals(after[["episode", "status", "reason", "flags"]])
    np.testing.assert_allclose(before[list(FEATURES)], after[list(FEATURES)], atol=1e-9)


@QUIET
@given(tracks(), CHOICES, st.sampled_from([0.5, 3.0, 4.75]), st.sampled_from([0.0, 0.7, np.pi / 2, 3.0]))
def test_neither_the_size_nor_the_turn_nor_the_place_of_the_picture_changes_a_feature(track, parameters, size, turn):
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    other = moved(track, lambda place: size * place @ turned.T + [311.0, -40.0])
    assert_same(smiles(track, parameters), smiles(other, parameters))


@QUIET
@given(tracks(), CHOICES)
def test_calm_frames_before_a_track_change_nothing(track, parameters):
    """Enough of them that no search reaches the old beginning."""
    assume(np.isfinite(track.points[48][0, 0]) and parameters.smoothing == "raw")
    calm = 30
    far = np.concatenate([np.full(calm, -track.points[48][0, 0]), -track.points[48][:, 0]])
    times = np.concatenate([track.t_s[0] - np.arange(calm, 0, -1) * 0.1, track.t_s])
    steps = np.diff(track.t_s)
    assume(len(steps) and np.isclose(np.median(steps), 0.1))
    longer = placed(
        times,
        far,
        np.concatenate([np.zeros(calm), track.au12]),
        np.concatenate([np.full(calm, track.confidence[0]), track.confidence]),
    )
    before, after = smiles(track, parameters), smiles(longer, parameters)
    assert (before["gate_on_s"].round(6) == after["gate_on_s"].round(6)).all()
    assert_same(before, after)


@QUIET
@given(tracks(most=60), CHOICES, SPEECH)
def test_what_every_table_of_smiles_obeys(track, parameters, speech):
    found = smiles(track, parameters, spoken(*speech))
    assert (
        found["episode"].tolist()
        == list(range(1, len(found) + 1))
        == list(range(1, len(episodes(track, parameters)) + 1))
    )
    assert ((found["status"] == "ok") == (found["reason"] == "")).all()
    measured = found[found["reason"].isin(["", "speech"])]
    assert (measured[list(FEATURES)] >= 0).all(axis=None)
    assert (measured["onset_amplitude"] > 0).all() and (measured["max_offset_speed"] > 0).all()
    assert (measured["offset_amplitude"] >= parameters.offset_amplitude_min - 1e-12).all()
    parts = measured[["onset_duration_s", "apex_duration_s", "offset_duration_s"]].sum(axis=1)
    np.testing.assert_allclose(parts, measured["total_duration_s"], atol=1e-9)
    times = measured[["onset_s", "apex_s", "offset_s", "end_s"]].to_numpy()
    assert (np.diff(times.ravel()) >= 0).all()  # phases never overlap, neither within a smile nor between two
    assert (times[:, 0] >= measured["gate_on_s"] - parameters.margin_s - 1e-9).all()
    assert (times[:, 3] <= measured["gate_off_s"] + parameters.margin_s + 1e-9).all()
