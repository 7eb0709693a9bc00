"""Pictures and sound of recordings in their own time: variable frame rates, late sound, turned and broken files."""

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile
from pipeline.features.audio import RATE, read_sound
from pipeline.features.video import Pictures, length_s, settled
from tests.feature_clips import tone, write_clip


def steps(count: int) -> list[np.ndarray]:
    """Grey pictures, each of one brightness: 10, 20, 30, ..."""
    return [np.full((48, 64), 10 * (number + 1), np.uint8) for number in range(count)]


def test_a_variable_frame_rate_keeps_its_own_times(tmp_path):
    times = [0.0, 0.040, 0.070, 0.500, 0.533]
    pictures = Pictures(write_clip(tmp_path / "a.mkv", steps(5), times), "gray")
    read = list(pictures)
    assert [time for time, _ in read] == pytest.approx(times, abs=5e-4)
    assert [int(picture[0, 0]) for _, picture in read] == [10, 20, 30, 40, 50]
    assert (pictures.width, pictures.height, pictures.bad_packets) == (64, 48, 0)
    assert settled(np.array([time for time, _ in read]), pictures.fps).source == "file"


def test_a_spoilt_packet_costs_its_own_picture_only(tmp_path):
    colour = [np.repeat(picture[..., None], 3, axis=2) for picture in steps(6)]
    pictures = Pictures(write_clip(tmp_path / "a.mkv", colour, codec="mjpeg", spoilt=(2,)), "gray")
    read = list(pictures)
    assert [round(time * 25) for time, _ in read] == [0, 1, 3, 4, 5]
    assert pictures.bad_packets == 1


def test_a_telephone_held_upright_is_turned(tmp_path):
    """The file's own rotation: written into the track header of an MP4, as telephones do."""
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:24, :32] = 255
    path = write_clip(tmp_path / "a.mp4", [picture] * 3, codec="mpeg4")
    straight = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30)
    clockwise = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 48 << 16, 0, 1 << 30)
    content = path.read_bytes()
    at = content.index(straight, content.index(b"tkhd"))
    path.write_bytes(content[:at] + clockwise + content[at + 36 :])
    pictures = Pictures(path, "gray")
    turned = next(iter(pictures))[1]
    assert turned.shape == (64, 48)
    corners = turned[5, 5], turned[5, -5], turned[-5, 5], turned[-5, -5]
    assert [int(value) > 128 for value in corners] == [False, True, False, False]


def test_a_clip_that_starts_late_on_its_own_clock_starts_at_0(tmp_path):
    pictures = Pictures(write_clip(tmp_path / "a.mkv", steps(3), [1.4, 1.44, 1.48]), "gray")
    assert [time for time, _ in pictures] == pytest.approx([0, 0.04, 0.08], abs=1e-3)


def test_sound_that_starts_late_keeps_its_start(tmp_path):
    path = write_clip(tmp_path / "a.mkv", steps(25), sound=tone(0.5), sound_at_s=0.195)
    sound = read_sound(path)
    assert sound.start_s == pytest.approx(0.195, abs=1e-3)
    assert len(sound.samples) == RATE // 2
    assert np.abs(sound.samples).max() == pytest.approx(8000, abs=2)


def test_sound_of_another_rate_keeps_its_length(tmp_path):
    """The last samples wait in the resampler until it is told that no more come."""
    sound = read_sound(write_clip(tmp_path / "a.mkv", steps(2), sound=tone(0.5)[::2].copy(), rate=RATE // 2))
    assert len(sound.samples) == RATE // 2 and np.abs(sound.samples[-400:]).max() > 7000


def test_half_a_file_gives_its_pictures(tmp_path):
    """A copy that was broken off."""
    rng = np.random.default_rng(5)
    whole = write_clip(tmp_path / "a.mkv", [rng.integers(0, 255, (48, 64)).astype(np.uint8) for _ in range(20)])
    half = tmp_path / "half.mkv"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    assert 5 <= len(list(Pictures(half, "gray"))) <= 12


def test_a_gap_in_the_sound_is_filled_with_silence(tmp_path):
    path = write_clip(tmp_path / "a.mkv", steps(2), sound=tone(1.024), sound_gap_s=0.5)
    sound = read_sound(path)
    assert (len(sound.samples), sound.gaps) == (RATE * 1.524, 1)
    quiet = np.flatnonzero(np.abs(sound.samples.reshape(-1, 8)).max(axis=1) == 0) * 8 / RATE
    assert (quiet.min(), quiet.max()) == pytest.approx((0.512, 1.012), abs=2e-3)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.mp4", b"no video", "a.mp4: this cannot be read as a video. Check that it plays, or convert it to MP4."),
        ("a.mp4", b"", "a.mp4: this cannot be read as a video. Check that it plays, or convert it to MP4."),
        ("a.mp4", None, "a.mp4: there is no such file."),
    ],
)
def test_what_is_no_video_is_one_sentence(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for read in (lambda path: list(Pictures(path, "gray")), read_sound):
        with pytest.raises(UnreadableFile) as caught:
            read(tmp_path / name)
        assert str(caught.value) == words
    assert length_s(tmp_path / name) == 0


def test_a_recording_without_pictures_or_without_sound_says_so(tmp_path):
    silent, blind = write_clip(tmp_path / "a.mkv", steps(2)), write_clip(tmp_path / "b.mkv", [], sound=tone(0.1))
    with pytest.raises(UnreadableFile, match="a.mkv: the video has no sound track"):
        read_sound(silent)
    with pytest.raises(UnreadableFile, match="b.mkv: there is no picture in this file."):
        list(Pictures(blind, "gray"))


@pytest.mark.parametrize(
    ("raw", "t_s", "kept", "source"),
    [
        ([0, 0.1, 0.3], [0, 0.1, 0.3], [1, 1, 1], "file"),
        ([0, 0.1, 0.1, 0.3], [0, 0.04, 0.08, 0.12], [1, 1, 1, 1], "frame_number"),
        ([np.nan, np.nan], [0, 0.04], [1, 1], "frame_number"),
        ([], [], [], "file"),
    ],
)
def test_times_that_go_backwards_are_not_believed(raw, t_s, kept, source):
    found = settled(np.array(raw), 25)
    assert (found.t_s.tolist(), found.kept.tolist(), found.source) == (pytest.approx(t_s), kept, source)


def test_one_bad_time_in_two_hundred_costs_one_frame():
    raw = np.arange(200) / 30
    raw[57] = raw[56]
    found = settled(raw, 25)
    assert found.source == "file" and (~found.kept).nonzero()[0].tolist() == [57]


@settings(max_examples=30)
@given(st.lists(st.one_of(st.floats(-10, 1e4), st.just(np.nan)), max_size=60))
def test_settled_times_always_increase(raw):
    found = settled(np.array(raw, dtype=float), 30)
    assert (np.diff(found.t_s) > 0).all() and len(found.t_s) == found.kept.sum()
