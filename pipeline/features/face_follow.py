"""Follows faces from picture to picture: look where each was, search the whole picture when one is missing."""

from dataclasses import dataclass

import numpy as np

from pipeline.features.choices import FaceChoices
from pipeline.features.face_detector import OVERLAP_MAX, Detection, detect, overlaps
from pipeline.features.face_names import BLENDSHAPE_POINTS
from pipeline.features.face_nets import FaceNets
from pipeline.features.face_region import Region, box_of, cut_out, in_picture, region_of_detection, region_of_mesh

FOUND_MIN = 0.5
"""Below this probability of a face being in the square, the face is lost."""
SURE = 0.8
"""A fresh detection is looked at again from its own landmarks until it is this sure."""
LOOKS = 3
SAME_FACE = 0.5
"""Two followed faces whose boxes overlap by more than this have run into one."""


@dataclass(frozen=True)
class Sighting:
    """One face in one picture: `track` counts unbroken stretches of following, `confidence` is the probability of a
    face, `mesh` (478, 3) in pixels, `shapes` (52,)."""

    track: int
    confidence: float
    mesh: np.ndarray
    shapes: np.ndarray


@dataclass(frozen=True)
class _Look:
    track: int
    confidence: float
    mesh: np.ndarray


class Follower:
    """Give it the pictures of one video in order."""

    def __init__(self, nets: FaceNets, choices: FaceChoices):
        self.nets, self.choices = nets, choices
        self.regions: dict[int, Region] = {}
        self.pictures = self.tracks = 0

    def see(self, picture: np.ndarray) -> list[Sighting]:
        """The faces of the next picture (height, width, 3), oldest track first."""
        seen = [self._look(picture, region, track) for track, region in self.regions.items()]
        seen = distinct([look for look in seen if look.confidence >= FOUND_MIN])
        turn, between = divmod(self.pictures, self.choices.look_every)
        if not seen or (between == 0 and len(seen) < self.choices.faces):
            found = detect(self.nets, picture, turn if seen else None)
            seen = distinct(seen + self._newcomers(picture, seen, found))
        self.pictures += 1
        self.tracks = max([self.tracks, *(look.track + 1 for look in seen)])
        self.regions = {look.track: region_of_mesh(look.mesh) for look in seen}
        return [self._sighting(look) for look in seen]

    def _look(self, picture: np.ndarray, region: Region, track: int) -> _Look:
        points, logit = self.nets.landmarks(cut_out(picture, region))
        return _Look(track, sigmoid(logit), in_picture(points, region))

    def _newcomers(self, picture: np.ndarray, seen: list[_Look], detections: list[Detection]) -> list[_Look]:
        """Those of the faces found that are not followed yet, best first, with the next track numbers."""
        boxes = np.array([box_of(look.mesh) for look in seen]).reshape(-1, 4)
        found = []
        for one in detections:
            if (overlaps(one.box, boxes) <= OVERLAP_MAX).all() and len(seen) + len(found) < self.choices.faces:
                look = self._first_look(picture, one, self.tracks + len(found))
                found += [look] if look.confidence >= FOUND_MIN else []
        return found

    def _first_look(self, picture: np.ndarray, found: Detection, track: int) -> _Look:
        """The detector's box is rough: looks again from the landmarks while that helps."""
        best = self._look(picture, region_of_detection(found), track)
        for _ in range(LOOKS - 1):
            if best.confidence >= SURE:
                break
            again = self._look(picture, region_of_mesh(best.mesh), track)
            best = max(best, again, key=lambda look: look.confidence)
        return best

    def _sighting(self, look: _Look) -> Sighting:
        shapes = self.nets.blendshapes(look.mesh[list(BLENDSHAPE_POINTS), :2])
        return Sighting(look.track, look.confidence, look.mesh, shapes)


def distinct(looks: list[_Look]) -> list[_Look]:
    """Without those that have run into an older one's face."""
    kept: list[_Look] = []
    for look in sorted(looks, key=lambda one: one.track):
        boxes = np.array([box_of(one.mesh) for one in kept]).reshape(-1, 4)
        if (overlaps(box_of(look.mesh), boxes) <= SAME_FACE).all():
            kept.append(look)
    return kept


def sigmoid(logit: float) -> float:
    """A logit as a probability."""
    return float(1 / (1 + np.exp(-np.clip(logit, -100, 100))))
