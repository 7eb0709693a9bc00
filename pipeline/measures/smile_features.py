"""The eight features of one smile.

Source: Dust, Levitt & Mataric, Behind the Smile, sections III.B and IV, after Schmidt, Cohn & Tian (2003).
"""

import numpy as np

FEATURES = (
    "onset_amplitude",
    "offset_amplitude",
    "max_onset_speed",
    "max_offset_speed",
    "onset_duration_s",
    "apex_duration_s",
    "offset_duration_s",
    "total_duration_s",
)
"""Amplitudes in initial radii (IR), speeds in IR per second, durations in seconds."""


def phase_features(
    t_s: np.ndarray, distance: np.ndarray, ir: float, first: int, last: int, phase: str
) -> dict[str, float]:
    """Amplitude, largest speed and duration of one phase, 'onset' or 'offset', between two of its frames.

    `t_s` seconds and `distance` pixels of the whole track (frames,), `ir` the initial radius in pixels.
    """
    step = np.abs(np.diff(distance[first : last + 1])) / np.diff(t_s[first : last + 1])
    return {
        f"{phase}_amplitude": abs(float(distance[last] - distance[first])) / ir,
        f"max_{phase}_speed": float(step.max()) / ir,
        f"{phase}_duration_s": float(t_s[last] - t_s[first]),
    }


def smile_features(
    t_s: np.ndarray, distance: np.ndarray, ir: float, onset: tuple[int, int], offset: tuple[int, int]
) -> dict[str, float]:
    """All eight features of a smile; `onset` and `offset` are the first and last frames of its phases."""
    return {
        **phase_features(t_s, distance, ir, *onset, "onset"),
        **phase_features(t_s, distance, ir, *offset, "offset"),
        "apex_duration_s": float(t_s[offset[0]] - t_s[onset[1]]),
        "total_duration_s": float(t_s[offset[1]] - t_s[onset[0]]),
    }
