"""The three nets of the face model: pictures in, numbers out. One thread each, nothing is sent or fetched."""

import zipfile
from pathlib import Path
from typing import Protocol

import numpy as np

from pipeline.features.face_names import MESH_POINTS
from pipeline.terminal import quiet

NETS = ("face_detector.tflite", "face_landmarks_detector.tflite", "face_blendshapes.tflite")


class FaceNets(Protocol):
    """What following a face asks of the nets."""

    def detect(self, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(128, 128, 3) float32 from -1 to 1 -> boxes (896, 16) and logits (896,)."""

    def landmarks(self, square: np.ndarray) -> tuple[np.ndarray, float]:
        """(256, 256, 3) uint8 -> points (478, 3) in its pixels and the logit of a face being there."""

    def blendshapes(self, points: np.ndarray) -> np.ndarray:
        """(146, 2) in pixels -> (52,) from 0 to 1."""


class TaskFileNets:
    """The nets inside a `face_landmarker.task` file, run by LiteRT on one thread."""

    def __init__(self, model: Path):
        with zipfile.ZipFile(model) as archive:
            self.detector, self.mesh, self.shapes = (_Net(archive.read(name)) for name in NETS)

    def detect(self, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(128, 128, 3) float32 from -1 to 1 -> boxes (896, 16) and logits (896,)."""
        boxes, logits = self.detector(square)
        return (boxes[0], logits[0, :, 0]) if boxes.shape[-1] > 1 else (logits[0], boxes[0, :, 0])

    def landmarks(self, square: np.ndarray) -> tuple[np.ndarray, float]:
        """(256, 256, 3) uint8 -> points (478, 3) in its pixels and the logit of a face being there.

        The net's third answer, about the tongue, is not used.
        """
        points, presence, *_ = self.mesh(np.multiply(square, np.float32(1 / 255), dtype=np.float32))
        return points.reshape(MESH_POINTS, 3).astype(float), float(presence.reshape(-1)[0])

    def blendshapes(self, points: np.ndarray) -> np.ndarray:
        """(146, 2) in pixels -> (52,) from 0 to 1."""
        return self.shapes(points.astype(np.float32))[0].reshape(-1)


class _Net:
    """One net: an array in, its answers in the order of their names."""

    def __init__(self, content: bytes):
        from ai_edge_litert.interpreter import Interpreter

        with quiet():  # the library tells of its parts once per worker
            self.net = Interpreter(model_content=content, num_threads=1)
            self.net.allocate_tensors()
        self.input = self.net.get_input_details()[0]["index"]
        ordered = sorted(self.net.get_output_details(), key=lambda one: one["name"])
        self.outputs = [one["index"] for one in ordered]

    def __call__(self, array: np.ndarray) -> list[np.ndarray]:
        self.net.set_tensor(self.input, array[None])
        self.net.invoke()
        return [self.net.get_tensor(index) for index in self.outputs]
