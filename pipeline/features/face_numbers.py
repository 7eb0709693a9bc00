"""What is kept of a face in a picture: OpenFace points, the AU12 proxy, head pose, distance, box, 52 blendshapes."""

from math import atan2, degrees, dist, hypot

import numpy as np

from pipeline.features.face_follow import Sighting
from pipeline.features.face_names import (
    AU12_SCALE,
    BLENDSHAPES,
    CHIN,
    FOREHEAD,
    LEFT_EYE,
    MESH_OF,
    RIGHT_EYE,
    SMILE_LEFT,
    SMILE_RIGHT,
)
from pipeline.features.face_region import box_of

EYES_MM = 88.9
"""Distance between the outer corners of an adult's eyes, as in the mesh's own neutral head."""
FOCAL_SHARE = 500 / 640
"""Focal length in lengths of the longer side of the picture: OpenFace's assumption for a camera it knows nothing of."""
TRACK_COLUMNS = (
    "confidence",
    "au12",
    "distance_mm",
    *(f"{axis}_{number}" for axis in "xy" for number in MESH_OF),
)
"""Measured columns of a track of any source."""
FACE_COLUMNS = ("pitch_deg", "yaw_deg", "roll_deg", "left", "top", "right", "bottom", *BLENDSHAPES)
"""Further columns of our own tracks."""


def numbers(seen: Sighting, longer_side: int) -> np.ndarray:
    """The values of TRACK_COLUMNS and FACE_COLUMNS; `longer_side` of the picture in pixels, for the distance."""
    points = seen.mesh[list(MESH_OF.values()), :2]
    head = [seen.confidence, au12(seen.shapes), distance_mm(seen.mesh, longer_side)]
    return np.concatenate([head, points[:, 0], points[:, 1], head_pose(seen.mesh), box_of(seen.mesh), seen.shapes])


def au12(shapes: np.ndarray) -> float:
    """The proxy of AU12, 0 to 5, from the two mouthSmile blendshapes; not calibrated against OpenFace."""
    return float(AU12_SCALE * (shapes[SMILE_LEFT] + shapes[SMILE_RIGHT]) / 2)


def head_pose(mesh: np.ndarray) -> tuple[float, float, float]:
    """Pitch (positive: looks down), yaw (positive: turned to the right of the image), roll (positive: clockwise on the
    screen), in degrees, from the line of the eyes and the middle line of the face."""
    # Plain numbers: on three values numpy takes ten times as long.
    across_x, across_y, across_z = (mesh[LEFT_EYE] - mesh[RIGHT_EYE]).tolist()
    down_x, down_y, down_z = (mesh[CHIN] - mesh[FOREHEAD]).tolist()
    # Depth grows away from the camera, so the face looks along minus the cross product of the two lines.
    x = across_z * down_y - across_y * down_z
    y = across_x * down_z - across_z * down_x
    z = across_y * down_x - across_x * down_y
    pitch, yaw, roll = atan2(y, hypot(x, z)), atan2(x, -z), atan2(across_y, across_x)
    return degrees(pitch), degrees(yaw), degrees(roll)


def distance_mm(mesh: np.ndarray, longer_side: int) -> float:
    """Distance of an adult's head to the camera, by the size of the face: an estimate, good for changes only."""
    apart = dist(mesh[LEFT_EYE], mesh[RIGHT_EYE])
    return FOCAL_SHARE * longer_side * EYES_MM / apart if apart > 0 else np.nan
