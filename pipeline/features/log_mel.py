"""Sound as W2V-BERT is given it: the log of 80 mel bands every 10 ms, two of them side by side every 20 ms.

Written from the description of the Kaldi front end that the model was trained with (25 ms frames, Povey window,
pre-emphasis .97, 20 to 8,000 Hz). Averaged around each frame of the grid it is a stream of its own that needs no
weights: 160 numbers per frame.
"""

from functools import cache

import numpy as np

from pipeline.features.audio import RATE, Sound

FRAME, HOP, FFT, BANDS, STACK = 400, 160, 512, 80, 2
"""Samples of a frame and between frames, points of the transform, mel bands, frames side by side in a token."""
TOKEN = STACK * HOP
TOKEN_MIDDLE = (FRAME + HOP) // 2
"""Samples from the beginning of a token to its middle."""
WIDTH = STACK * BANDS
PREEMPHASIS, FLOOR, LOWEST_HZ = 0.97, 1.192092955078125e-07, 20.0
AT_A_TIME = 4_096
"""Frames transformed at a time."""


def on_clock(sound: Sound, begin: int, count: int) -> np.ndarray:
    """Samples `begin` to `begin + count` of the recording's clock as float64 of 16-bit size; silence outside."""
    found = np.zeros(count)
    at = round(sound.start_s * RATE) - begin
    first, last = max(at, 0), min(at + len(sound.samples), count)
    if last > first:
        found[first:last] = sound.samples[first - at : last - at]
    return found


def log_mels(samples: np.ndarray) -> np.ndarray:
    """(samples,) -> (frames, 80) float32; as many frames as lie wholly within."""
    if len(samples) < FRAME:
        return np.zeros((0, BANDS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::HOP]
    return np.concatenate([_bands(frames[at : at + AT_A_TIME]) for at in range(0, len(frames), AT_A_TIME)])


def _bands(frames: np.ndarray) -> np.ndarray:
    centred = frames - frames.mean(axis=1, keepdims=True)
    sharper = centred.copy()
    # The first sample is left as it is: the window gives it no weight.
    sharper[:, 1:] -= PREEMPHASIS * centred[:, :-1]
    power = np.abs(np.fft.rfft(sharper * window(), FFT)) ** 2
    return np.log(np.maximum(power @ mel_filters(), FLOOR)).astype(np.float32)


@cache
def window() -> np.ndarray:
    """The Povey window: a Hann window to the power of .85."""
    return np.hanning(FRAME) ** 0.85


@cache
def mel_filters() -> np.ndarray:
    """(257, 80): triangles that are even on the mel scale."""
    hertz = np.arange(FFT // 2 + 1) * RATE / FFT
    corners = np.linspace(mel(LOWEST_HZ), mel(RATE / 2), BANDS + 2)
    left, middle, right = corners[:-2], corners[1:-1], corners[2:]
    at = mel(hertz)[:, None]
    return np.maximum(np.minimum((at - left) / (middle - left), (right - at) / (right - middle)), 0)


def mel(hertz: np.ndarray | float) -> np.ndarray | float:
    """Pitch on the mel scale of Kaldi."""
    return 1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0)


def normalised(mels: np.ndarray, over: np.ndarray | None = None) -> np.ndarray:
    """(..., frames, 80) with mean 0 and variance 1 per band over the frames (only those of the mask `over` count)."""
    rows = mels if over is None or not over.any() else mels[over]
    ddof = 1 if rows.shape[-2] > 1 else 0
    mean = rows.mean(axis=-2, keepdims=True)
    return (mels - mean) / np.sqrt(rows.var(axis=-2, ddof=ddof, keepdims=True) + 1e-7)


def stacked(mels: np.ndarray) -> np.ndarray:
    """(..., frames, 80) -> (..., frames // 2, 160): two frames side by side; an odd last one is left out."""
    tokens = mels.shape[-2] // STACK
    return mels[..., : tokens * STACK, :].reshape(*mels.shape[:-2], tokens, WIDTH)


def session_tokens(sound: Sound) -> tuple[np.ndarray, np.ndarray]:
    """Tokens (n, 160) of a whole recording, normalised over it, and the time in seconds of the middle of each."""
    tokens = stacked(normalised(log_mels(sound.samples.astype(np.float64))))
    middles = sound.start_s + (np.arange(len(tokens)) * TOKEN + TOKEN_MIDDLE) / RATE
    return tokens, middles


def around(tokens: np.ndarray, middles: np.ndarray, t_s: np.ndarray, left_ms: int, right_ms: int) -> np.ndarray:
    """Mean (frames, width) float32 of the tokens whose middle lies from `left_ms` before to `right_ms` after each time
    (both ends count); where there is none, the nearest token."""
    slack = 1e-9
    first = np.searchsorted(middles, t_s - left_ms / 1000 - slack, side="left")
    last = np.searchsorted(middles, t_s + right_ms / 1000 + slack, side="right")
    nearest = np.clip(np.searchsorted(middles, t_s), 0, len(tokens) - 1)
    first, last = np.where(last > first, first, nearest), np.where(last > first, last, nearest + 1)
    sums = np.concatenate([np.zeros((1, tokens.shape[1])), np.cumsum(tokens, axis=0, dtype=np.float64)])
    return ((sums[last] - sums[first]) / (last - first)[:, None]).astype(np.float32)


def windows(sound: Sound, steps: np.ndarray, fps: int, left_ms: int, right_ms: int) -> np.ndarray:
    """Tokens (frames, tokens, 160) of one window per step of the grid, each normalised on its own; silence stands where
    a window reaches beyond the recording. Source: what the model's own front end gives for each window alone."""
    left, length = left_ms * RATE // 1000, (left_ms + right_ms) * RATE // 1000
    hop = RATE // fps
    count = 1 + (length - FRAME) // HOP
    begin = int(steps[0]) * hop - left
    # Windows begin a whole number of hops apart, so that they share their frames.
    mels = log_mels(on_clock(sound, begin, int(steps[-1] - steps[0]) * hop + length))
    rows = ((steps - steps[0]) * (hop // HOP))[:, None] + np.arange(count)
    return stacked(normalised(mels[rows]))


def beyond(sound: Sound, t_s: np.ndarray, left_ms: int, right_ms: int) -> np.ndarray:
    """Where the window around a time reaches beyond the recording of the sound."""
    end, half_a_sample = sound.start_s + len(sound.samples) / RATE, 0.5 / RATE
    early = t_s - left_ms / 1000 < sound.start_s - half_a_sample
    return early | (t_s + right_ms / 1000 > end + half_a_sample)
