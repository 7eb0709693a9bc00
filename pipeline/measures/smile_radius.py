"""How far a lip corner stands from the nose, in initial radii (IR, half the width of the mouth before the smile).

Source: Dust, Levitt & Mataric, Behind the Smile, section III.B, after Schmidt, Cohn & Tian (2003).
"""

import numpy as np

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack

LIP_CORNERS = (48, 54)


def between(track: FaceTrack, one: int, other: int) -> np.ndarray:
    """Distance of two landmarks in pixels (frames,); nan where one of them is missing or not part of the track."""
    if one not in track.points or other not in track.points:
        return np.full(len(track.t_s), np.nan)
    apart = track.points[one] - track.points[other]
    return np.hypot(apart[:, 0], apart[:, 1])


def corner_distance(track: FaceTrack, parameters: SmileParameters) -> np.ndarray:
    """Distance of the lip corner from the nostril in pixels (frames,), smoothed over the whole track as asked."""
    raw = between(track, parameters.corner, parameters.nostril)
    return raw if parameters.smoothing == "raw" else centred_mean(raw, int(parameters.smoothing))


def centred_mean(values: np.ndarray, width: int) -> np.ndarray:
    """Mean of `width` (odd) frames around each, fewer at the ends and beside missing ones; missing stays missing."""
    if not len(values):
        return values
    known = np.isfinite(values)
    kernel = np.ones(width)
    half = width // 2
    total = np.convolve(np.where(known, values, 0.0), kernel)[half : half + len(values)]
    number = np.convolve(known.astype(float), kernel)[half : half + len(values)]
    mean = np.full(len(values), np.nan)
    np.divide(total, number, out=mean, where=known)
    return mean


def initial_radius(track: FaceTrack, frame: int) -> float:
    """Half the distance of the two lip corners at one frame, in pixels, from unsmoothed landmarks; nan if missing."""
    right, left = (track.points.get(corner) for corner in LIP_CORNERS)
    if right is None or left is None:
        return float("nan")
    return float(np.hypot(*(right[frame] - left[frame]))) / 2


def radius(track: FaceTrack, parameters: SmileParameters, ir: float) -> np.ndarray:
    """r of every frame (frames,), in initial radii of `ir` pixels; nan where landmarks are missing.

    Raises ValueError for an `ir` that is not above 0.
    """
    if not ir > 0:
        raise ValueError("The initial radius must be above 0.")
    return corner_distance(track, parameters) / ir
