"""How restless the landmarks of a track are, and how wide its mouth is at rest: what a drawing of r needs."""

import numpy as np

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_gate import confident, consecutive
from pipeline.measures.smile_radius import LIP_CORNERS, between

CALM_FRAMES = 30
"""Fewer calm steps tell nothing about noise."""
NORMAL = 1.4826
"""Standard deviation of a normal distribution whose median size is 1."""


def mouth_at_rest(track: FaceTrack, parameters: SmileParameters) -> float:
    """Half the median distance of the lip corners in pixels over confident frames without a smile (AU12 below the
    gate), over all confident frames where there is none; nan without any."""
    width = between(track, *LIP_CORNERS)
    known = confident(track, parameters) & np.isfinite(width) & (width > 0)
    calm = known & ~(track.au12 >= parameters.au12_min)
    chosen = calm if calm.any() else known
    return float(np.median(width[chosen])) / 2 if chosen.any() else float("nan")


def frame_noise(track: FaceTrack, parameters: SmileParameters, speech: np.ndarray | None = None) -> float:
    """Standard deviation of the unsmoothed radius from one frame to the next, in halves of the mouth at rest.

    Over steps between confident frames without a smile and outside `speech` (intervals, 2), by the median size of a
    step, so that movement of the mouth in a minority of them does not count. nan where there are fewer than
    CALM_FRAMES such steps.
    """
    far = between(track, parameters.corner, parameters.nostril)
    calm = ~(track.au12 >= parameters.au12_min)
    for start, end in speech if speech is not None else ():
        calm &= (track.t_s < start) | (track.t_s >= end)
    steps = np.diff(far)[(consecutive(track, parameters) & calm)[1:] & calm[:-1]]
    steps = steps[np.isfinite(steps)]
    if len(steps) < CALM_FRAMES:
        return float("nan")
    return NORMAL * float(np.median(np.abs(steps))) / mouth_at_rest(track, parameters)
