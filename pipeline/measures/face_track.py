"""One face over time: what a smile is measured on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Au12Source = Literal["openface", "blendshape"]
"""Where AU12 came from: OpenFace's own regression, or the proxy 5 x mean of the two mouthSmile blendshapes."""


@dataclass(frozen=True)
class FaceTrack:
    """Frames of one face in order of time.

    `t_s`, `confidence` (0 to 1), `au12` (0 to 5): arrays (frames,) of float64. `points`: OpenFace landmark number ->
    array (frames, 2) of pixels. `distance_mm`: distance of the head to the camera (frames,), None where not measured.
    Where the face was not found, au12 and points are missing (nan) and confidence is 0.
    """

    t_s: np.ndarray
    confidence: np.ndarray
    au12: np.ndarray
    points: dict[int, np.ndarray]
    distance_mm: np.ndarray | None = None
    au12_source: Au12Source = "openface"
