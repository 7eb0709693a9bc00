"""How likely speech is and how loud it is, every 32 ms of a sound track; thresholds are applied later."""

import warnings
from functools import cache

import numpy as np
import pandas as pd

from pipeline.features.audio import RATE, Sound
from pipeline.measures.speech import STEP_S, decibels

STEP = 512
"""Samples silero-vad looks at."""


def speech_track(sound: Sound) -> pd.DataFrame:
    """`t_s` (start of each step, on the clock of the pictures), `probability` (0 to 1), `energy` (dB below full scale).

    The last step is filled up with silence.
    """
    steps = in_steps(sound.samples)
    t_s = sound.start_s + np.arange(len(steps)) * STEP_S
    rms = np.sqrt((steps.astype(float) ** 2).mean(axis=1)) if len(steps) else np.zeros(0)
    return pd.DataFrame({"t_s": t_s, "probability": probabilities(steps), "energy": decibels(rms)})


def in_steps(samples: np.ndarray) -> np.ndarray:
    """int16 (n,) -> int16 (steps, STEP)."""
    missing = -len(samples) % STEP
    return np.pad(samples, (0, missing)).reshape(-1, STEP)


def probabilities(steps: np.ndarray) -> np.ndarray:
    """silero-vad's probability of speech of consecutive steps, with its memory from one to the next."""
    import torch

    model = _silero()
    model.reset_states()
    with torch.inference_mode():
        scaled = torch.from_numpy(steps.astype(np.float32) / 32_768)
        return np.array([model(step, RATE).item() for step in scaled], dtype=float)


@cache
def _silero() -> object:
    """The network out of its own wheel, on one thread; nothing is fetched."""
    import silero_vad
    import torch

    torch.set_num_threads(1)
    with warnings.catch_warnings():
        # The wheel's own loader uses a call of torch that is being replaced; there is no other file in the wheel
        # that needs torch alone.
        warnings.simplefilter("ignore", DeprecationWarning)
        return silero_vad.load_silero_vad()
