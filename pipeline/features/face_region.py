"""Where the landmark net looks: a turned square around a face, and the way between its pixels and the picture's."""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.features.face_detector import Detection
from pipeline.features.face_names import LEFT_EYE, RIGHT_EYE

SIDE = 256
MARGIN = 1.5
"""The square's side in longer sides of the face's box."""


@dataclass(frozen=True)
class Region:
    """A square: centre `x`, `y` and `side` in pixels of the picture; `angle` (radians) by which the line from the
    person's right eye to the left one is turned clockwise on the screen."""

    x: float
    y: float
    side: float
    angle: float

    def matrix(self) -> np.ndarray:
        """(2, 3): pixels of the square of SIDE -> pixels of the picture."""
        scale = self.side / SIDE
        cos, sin = np.cos(self.angle) * scale, np.sin(self.angle) * scale
        half = SIDE / 2
        return np.array([[cos, -sin, self.x - half * (cos - sin)], [sin, cos, self.y - half * (sin + cos)]])


def region_of_detection(found: Detection) -> Region:
    """The first look at a face: around the detector's box, turned by its eyes."""
    return _around(found.box[:2], found.box[2:], found.points[0], found.points[1])


def region_of_mesh(mesh: np.ndarray) -> Region:
    """The next look: around the landmarks (points, 2 or 3) of this picture, turned by the outer corners of the eyes."""
    flat = mesh[:, :2]
    return _around(flat.min(axis=0), flat.max(axis=0), flat[RIGHT_EYE], flat[LEFT_EYE])


def _around(low: np.ndarray, high: np.ndarray, right_eye: np.ndarray, left_eye: np.ndarray) -> Region:
    middle, size, eyes = (low + high) / 2, (high - low).max(), left_eye - right_eye
    return Region(float(middle[0]), float(middle[1]), float(size * MARGIN), float(np.arctan2(eyes[1], eyes[0])))


def cut_out(picture: np.ndarray, region: Region) -> np.ndarray:
    """The square upright, (SIDE, SIDE, 3) uint8; beyond the picture its border is repeated."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(picture, region.matrix(), (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)


def in_picture(points: np.ndarray, region: Region) -> np.ndarray:
    """Landmarks (points, 3) in pixels of the square -> of the picture; depth is scaled alike."""
    matrix = region.matrix()
    flat = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    return np.column_stack([flat, points[:, 2] * region.side / SIDE])


def box_of(mesh: np.ndarray) -> np.ndarray:
    """`left, top, right, bottom` of landmarks."""
    return np.concatenate([mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)])
