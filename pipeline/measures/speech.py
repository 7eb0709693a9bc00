"""Speech intervals from a track of probabilities or of loudness: thresholds are applied here, never before storing.

Times are seconds of the track; intervals are half-open. Sources of the two rules: the probability is silero-vad's;
the energy rule is the one of the SpeechRecognition library that the smile paper names (threshold 300 on the root mean
square of 16-bit samples, phrases of at least .3 s, pauses of .8 s), with its threshold held fixed.
"""

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import UserError

STEP_S = 512 / 16_000
"""Length of one step of a speech track: 512 samples at 16 kHz, what silero-vad looks at."""
FULL_SCALE = 32_768
"""What 0 dB is: the largest 16-bit sample."""
NO_LOUDNESS = (
    "A speech track holds no loudness (column energy), so speech_method = 'energy' cannot be used. Extract the speech "
    "again, or take 'silero'."
)
ENERGY_MIN, PHRASE_S, PAUSE_S = 300, 0.3, 0.8
"""The energy rule's threshold (root mean square of 16-bit samples), shortest phrase and longest pause within one."""


def heard_speech(track: pd.DataFrame, parameters: SmileParameters) -> pd.DataFrame:
    """Speech by the rule that the parameters name: `speech_intervals` or `energy_intervals`, longer than the least.

    UserError where loudness is asked for and the track holds none.
    """
    if parameters.speech_method == "silero":
        return speech_intervals(track, parameters.speech_threshold, parameters.speech_min_s)
    if not has_loudness(track):
        raise UserError(NO_LOUDNESS)
    found = energy_intervals(track)
    return found[found["offset_s"] - found["onset_s"] > parameters.speech_min_s].reset_index(drop=True)


def has_loudness(track: pd.DataFrame) -> bool:
    """Whether the track says how loud it was."""
    return "energy" in track and bool(track["energy"].notna().any())


def speech_intervals(track: pd.DataFrame, threshold: float = 0.5, min_s: float = 0.010) -> pd.DataFrame:
    """Speech where the probability reaches `threshold`, as `onset_s`, `offset_s` in order; only longer than `min_s`.

    `track`: columns `t_s` (start of a step of STEP_S, ascending) and `probability` (0 to 1; missing is no speech).
    """
    found = _runs(track["t_s"].to_numpy(float), track["probability"].to_numpy(float) >= threshold)
    return found[found["offset_s"] - found["onset_s"] > min_s].reset_index(drop=True)


def energy_intervals(
    track: pd.DataFrame, energy_min: float = ENERGY_MIN, phrase_s: float = PHRASE_S, pause_s: float = PAUSE_S
) -> pd.DataFrame:
    """Phrases by loudness alone, as `onset_s`, `offset_s`: the paper-like comparison, which takes any noise for speech.

    `track`: columns `t_s` and `energy` (dB below full scale). Loud steps less than `pause_s` apart are one phrase; a
    phrase shorter than `phrase_s` from its first to its last loud step is none.
    """
    loud = track["energy"].to_numpy(float) > decibels(energy_min)
    joined = _join(_runs(track["t_s"].to_numpy(float), loud), pause_s)
    return joined[joined["offset_s"] - joined["onset_s"] >= phrase_s - 1e-9].reset_index(drop=True)


def decibels(rms: float | np.ndarray) -> float | np.ndarray:
    """Root mean square of 16-bit samples as dB below full scale; silence is the loudness of a single bit, -90.3 dB."""
    return 20 * np.log10(np.maximum(rms, 1) / FULL_SCALE)


def _runs(t_s: np.ndarray, inside: np.ndarray) -> pd.DataFrame:
    """Maximal runs of steps that are inside; a missing stretch of time between two steps ends a run."""
    apart = np.ones(len(t_s), dtype=bool)
    apart[1:] = np.diff(t_s) > 1.5 * STEP_S
    starts = inside & (apart | ~np.r_[False, inside[:-1]])
    ends = inside & np.r_[starts[1:] | ~inside[1:], True][: len(inside)]
    return pd.DataFrame({"onset_s": t_s[starts], "offset_s": t_s[ends] + STEP_S})


def _join(intervals: pd.DataFrame, gap_s: float) -> pd.DataFrame:
    """Neighbours less than `gap_s` apart as one."""
    onset, offset = intervals["onset_s"].to_numpy(), intervals["offset_s"].to_numpy()
    first = np.ones(len(onset), dtype=bool)
    first[1:] = onset[1:] - offset[:-1] >= gap_s - 1e-9
    last = np.r_[first[1:], True][: len(first)]
    return pd.DataFrame({"onset_s": onset[first], "offset_s": offset[last]})
