"""Faces in a whole picture: what the detector is given, and what its 896 answers mean.

Written from the public description of the short-range face detector: a 128 x 128 picture with black borders, 896 fixed
places ("anchors"), and per place a box, six points and a score. A face narrower than about an eighth of what is shown
is missed, so a long picture is shown as a whole and as the squares at its two ends.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.features.face_nets import FaceNets

SIDE = 128
ANCHORS_PER_CELL = ((8, 2), (16, 6))
"""Width of a cell in pixels of the 128 and places per cell; the second stands for three layers of two."""
OVERLAP_MAX = 0.3
"""Boxes that overlap the best one by more than this are the same face."""
SCORE_MIN = 0.5
LONG = 1.2
"""A picture this much longer than it is high (or the reverse) is also shown in two squares."""


@dataclass(frozen=True)
class Detection:
    """A face found in a picture: box `left, top, right, bottom` and six points (6, 2), in pixels; `score` 0 to 1.

    Points 0 and 1 are the person's right eye (image left) and left eye.
    """

    box: np.ndarray
    points: np.ndarray
    score: float


def anchors() -> np.ndarray:
    """Centres (896, 2) as x, y from 0 to 1, in the order of the detector's answers."""
    layers = []
    for cell, repeats in ANCHORS_PER_CELL:
        middles = (np.arange(SIDE // cell) + 0.5) * cell / SIDE
        y, x = np.meshgrid(middles, middles, indexing="ij")
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), repeats, axis=0))
    return np.concatenate(layers)


ANCHORS = anchors()


def detector_input(picture: np.ndarray) -> np.ndarray:
    """The picture (height, width, 3) in the middle of a black square of SIDE, as float32 from -1 to 1."""
    height, width = picture.shape[:2]
    left, top, scale = _letterbox(height, width)
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_LINEAR)
    square = np.full((SIDE, SIDE, 3), -1, np.float32)
    square[top : top + small.shape[0], left : left + small.shape[1]] = small.astype(np.float32) / 127.5 - 1
    return square


def views(picture: np.ndarray) -> list[tuple[np.ndarray, int, int]]:
    """What the detector is shown of a picture: the whole, and the squares at both ends of a long one; with the left
    and top of each."""
    height, width = picture.shape[:2]
    side = min(height, width)
    if max(height, width) < LONG * side:
        return [(picture, 0, 0)]
    ends = ((0, 0), (width - side, height - side))
    return [(picture, 0, 0)] + [(picture[top : top + side, left : left + side], left, top) for left, top in ends]


def detect(nets: FaceNets, picture: np.ndarray, turn: int | None = None) -> list[Detection]:
    """The faces of a picture in its pixels, best first; a face seen in several views is one. With a `turn`, only one
    view is searched: the next of them with each turn."""
    found, every = [], views(picture)
    for view, left, top in every if turn is None else [every[turn % len(every)]]:
        for one in detections(*nets.detect(detector_input(view)), *view.shape[:2]):
            found.append((np.concatenate([one.box.reshape(2, 2), one.points]) + (left, top), one.score))
    if not found:
        return []
    places, scores = zip(*found, strict=True)
    return [_detection(place, score) for place, score in merged(np.array(places), np.array(scores))]


def detections(boxes: np.ndarray, logits: np.ndarray, height: int, width: int) -> list[Detection]:
    """The detector's answers (896, 16) and (896,) as faces in pixels of a picture, best first."""
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(float), -100, 100)))
    chosen = np.flatnonzero(scores >= SCORE_MIN)
    answers = boxes[chosen].astype(float).reshape(-1, 8, 2) / SIDE
    centre, size, points = answers[:, 0] + ANCHORS[chosen], answers[:, 1], answers[:, 2:] + ANCHORS[chosen][:, None]
    corners = np.concatenate([(centre - size / 2)[:, None], (centre + size / 2)[:, None], points], axis=1)
    left, top, scale = _letterbox(height, width)
    pixels = (corners * SIDE - (left, top)) / scale
    return [_detection(place, score) for place, score in merged(pixels, scores[chosen])]


def merged(places: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Weighted suppression: the best place and all that overlap it by more than OVERLAP_MAX become their mean,
    weighted by score, with the best score. `places`: (n, points, 2), the first two points are the box."""
    left = np.argsort(-scores, kind="stable")
    found = []
    while len(left):
        overlap = overlaps(places[left[0], :2].ravel(), places[left, :2].reshape(-1, 4))
        same = left[overlap > OVERLAP_MAX]
        # A box without any area overlaps nothing, not even itself.
        same = same if len(same) else left[:1]
        found.append((np.average(places[same], axis=0, weights=scores[same]), float(scores[left[0]])))
        left = left[~np.isin(left, same)]
    return found


def overlaps(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of a box with each of `boxes` (n, 4)."""
    shared = np.clip(np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2]), 0, None).prod(axis=1)
    areas = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None).prod(axis=1)
    union = areas + np.clip(box[2:] - box[:2], 0, None).prod() - shared
    return np.divide(shared, union, out=np.zeros(len(boxes)), where=union > 0)


def _detection(place: np.ndarray, score: float) -> Detection:
    return Detection(place[:2].ravel(), place[2:], score)


def _letterbox(height: int, width: int) -> tuple[int, int, float]:
    """Left and top of the picture within the square, and the scale it is drawn at."""
    scale = SIDE / max(height, width)
    return (SIDE - round(width * scale)) // 2, (SIDE - round(height * scale)) // 2, scale
