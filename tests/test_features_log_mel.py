"""Sound as W2V-BERT hears it: our own front end against the library's, and averages around frames."""

import numpy as np
import pytest

from pipeline.features.audio import Sound
from pipeline.features.log_mel import (
    around,
    beyond,
    log_mels,
    mel_filters,
    normalised,
    on_clock,
    session_tokens,
    stacked,
    windows,
)


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    """A second of a tone in noise, 16 bits."""
    rng = np.random.default_rng(5)
    wave = 4_000 * np.sin(2 * np.pi * 300 * np.arange(16_000) / 16_000) * np.linspace(0.2, 1, 16_000)
    return (wave + rng.normal(0, 500, 16_000)).astype(np.int16)


@pytest.fixture(scope="module")
def library():
    """The front end that ships with the model's own library."""
    from transformers import SeamlessM4TFeatureExtractor

    extractor = SeamlessM4TFeatureExtractor()

    def tokens(samples: np.ndarray) -> np.ndarray:
        scaled = np.asarray(samples, np.float32) / 32_768
        answer = extractor(scaled, sampling_rate=16_000, return_tensors="np")
        return answer["input_features"][0][answer["attention_mask"][0].astype(bool)]

    return tokens


@pytest.mark.parametrize("length", [560, 1_600, 1_760, 2_240, 16_000])
def test_tokens_are_those_of_the_library(noise, library, length):
    """35 ms give one token, 100 ms four, 140 ms six; an odd frame at the end is no token."""
    ours = stacked(normalised(log_mels(noise[:length].astype(float))))
    theirs = library(noise[:length])
    assert ours.shape == theirs.shape == ({560: 1, 1_600: 4, 1_760: 4, 2_240: 6, 16_000: 49}[length], 160)
    assert ours == pytest.approx(theirs, abs=2e-3)
    assert np.median(np.abs(ours - theirs)) < 1e-5


def test_windows_are_what_the_library_gives_for_each_alone(noise, library):
    """Windows from 50 ms before to 50 ms after; silence where they reach beyond the sound, which starts at 60 ms."""
    sound = Sound(noise[:8_000], 0.06, 0, 0)
    whole = on_clock(sound, -800, 24_000)
    assert np.flatnonzero(whole)[0] == 800 + 960
    found = windows(sound, np.arange(14), 25, 50, 50)
    assert found.shape == (14, 4, 160)
    for step in (0, 1, 5, 13):
        assert found[step] == pytest.approx(library(whole[step * 640 : step * 640 + 1_600]), abs=5e-3)
    later = windows(sound, np.arange(5, 9), 25, 50, 90)
    assert later.shape == (4, 6, 160) and later[0] == pytest.approx(library(whole[3_200:5_440]), abs=5e-3)


def test_a_pure_tone_is_loudest_in_its_band():
    """1,000 Hz is 1000 mel on Kaldi's scale, to a tenth; the bands' middles are even on it."""
    frames = log_mels(8_000 * np.sin(2 * np.pi * 1_000 * np.arange(4_000) / 16_000))
    lowest, highest = 1127 * np.log(1 + 20 / 700), 1127 * np.log(1 + 8_000 / 700)
    middles = lowest + np.arange(1, 81) * (highest - lowest) / 81
    assert frames.mean(axis=0).argmax() == np.abs(middles - 1_000).argmin()
    assert mel_filters().shape == (257, 80) and mel_filters().max() <= 1


def test_silence_and_too_little_sound():
    assert np.isfinite(normalised(log_mels(np.zeros(1_600)))).all()
    assert log_mels(np.zeros(399)).shape == (0, 80)


def test_the_mean_of_what_lies_around():
    """Tokens 0, 1, 2, ... at 0, 20, 40 ms; from 50 ms before to 50 ms after 100 ms: 3 to 7. Far away: the nearest."""
    tokens, middles = np.arange(10.0)[:, None], np.arange(10) * 0.02
    found = around(tokens, middles, np.array([0.0, 0.1, 0.18, 1.0]), 50, 50)[:, 0]
    assert found.tolist() == [1.0, 5.0, 8.0, 9.0]
    assert around(tokens, middles, np.array([0.1]), 40, 0)[0, 0] == 4.0
    assert around(tokens, middles, np.array([0.109]), 4, 4)[0, 0] == 6.0


def test_a_session_is_normalised_over_itself_and_keeps_its_clock(noise):
    tokens, middles = session_tokens(Sound(noise, 0.195, 0, 0))
    assert tokens.shape == (49, 160) and middles[0] == pytest.approx(0.195 + 0.0175)
    assert np.diff(middles) == pytest.approx(np.full(48, 0.02))
    assert tokens.reshape(-1, 80).mean(axis=0) == pytest.approx(np.zeros(80), abs=1e-4)
    loud = session_tokens(Sound(noise // 2 * 2, 0.0, 0, 0))[0], session_tokens(Sound(noise // 2, 0.0, 0, 0))[0]
    assert loud[0] == pytest.approx(loud[1], abs=1e-3)


def test_what_reaches_beyond_the_sound_is_marked(noise):
    sound = Sound(noise, 0.1, 0, 0)
    times = np.array([0.0, 0.149, 0.15, 1.05, 1.051])
    assert beyond(sound, times, 50, 50).tolist() == [True, True, False, False, True]
