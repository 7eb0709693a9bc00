"""Small recordings drawn for tests, and nets that see drawn faces."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from pipeline.features.face_detector import ANCHORS
from pipeline.features.face_names import BLENDSHAPES, CHIN, FOREHEAD, LEFT_EYE, MESH_OF, MESH_POINTS, RIGHT_EYE

RATE = 16_000
MS = Fraction(1, 1000)


def write_clip(
    path: Path,
    pictures: list[np.ndarray],
    times_s: list[float] | None = None,
    sound: np.ndarray | None = None,
    sound_at_s: float = 0.0,
    sound_gap_s: float = 0.0,
    rate: int = RATE,
    codec: str = "ffv1",
    spoilt: tuple[int, ...] = (),
) -> Path:
    """A video of pictures (height, width[, 3]) at given times (default: 25 per second), int16 sound at `rate` with it.

    ffv1 keeps every pixel. The second half of the sound comes `sound_gap_s` late. Packets named in `spoilt` are
    overwritten with zeros.
    """
    times_s = times_s if times_s is not None else [number / 25 for number in range(len(pictures))]
    with av.open(str(path), "w") as container:
        seen = _picture_stream(container, pictures[0], codec) if pictures else None
        heard = container.add_stream("pcm_s16le", rate=rate, layout="mono") if sound is not None else None
        for number, packet in enumerate(_pictures(seen, pictures, times_s) if seen else ()):
            container.mux(zeros(packet) if number in spoilt else packet)
        for packet in _sound(heard, sound, sound_at_s, sound_gap_s) if heard else ():
            container.mux(packet)
    return path


def _picture_stream(container, picture: np.ndarray, codec: str) -> av.VideoStream:
    stream = container.add_stream(codec, rate=25)
    stream.height, stream.width = picture.shape[:2]
    lossless = "gray" if picture.ndim == 2 else "bgr0"
    stream.pix_fmt = {"ffv1": lossless, "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
    stream.codec_context.time_base = MS
    return stream


def _pictures(stream: av.VideoStream, pictures: list[np.ndarray], times_s: list[float]) -> Iterator[av.Packet]:
    for picture, time_s in zip(pictures, times_s, strict=True):
        frame = av.VideoFrame.from_ndarray(picture, format="gray" if picture.ndim == 2 else "rgb24")
        frame.pts, frame.time_base = round(time_s * 1000), MS
        yield from stream.encode(frame)
    yield from stream.encode()


def zeros(packet: av.Packet) -> av.Packet:
    """A packet of the same time whose content is lost."""
    lost = av.Packet(bytes(packet.size))
    lost.stream, lost.pts, lost.dts, lost.time_base = packet.stream, packet.pts, packet.dts, packet.time_base
    return lost


def _sound(stream: av.AudioStream, sound: np.ndarray, at_s: float, gap_s: float) -> Iterator[av.Packet]:
    rate = stream.rate
    for start in range(0, len(sound), 1024):
        frame = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], format="s16", layout="mono")
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = round(at_s * rate) + start + (round(gap_s * rate) if start >= len(sound) / 2 else 0)
        yield from stream.encode(frame)
    yield from stream.encode()


def tone(length_s: float, loud: int = 8000, hertz: float = 440) -> np.ndarray:
    """A sine of amplitude `loud`."""
    return (loud * np.sin(2 * np.pi * hertz * np.arange(round(length_s * RATE)) / RATE)).astype(np.int16)


RED, GREEN = 0, 1
CORNERS = [200, 201, 202, 203]
"""Mesh points that no name is given to: the corners of a drawn face."""


def scene(faces: list[tuple[int, float, float, float]], height: int = 180, width: int = 320) -> np.ndarray:
    """A dark picture with faces: colour (RED or GREEN), centre x, y and size of a filled square, in pixels."""
    picture = np.full((height, width, 3), 20, np.uint8)
    for colour, x, y, size in faces:
        rows = slice(max(round(y - size / 2), 0), max(round(y + size / 2), 0))
        columns = slice(max(round(x - size / 2), 0), max(round(x + size / 2), 0))
        picture[rows, columns] = 20
        picture[rows, columns, colour] = 230
    return picture


def mesh(left: float, top: float, right: float, bottom: float, turned: float = 0.0) -> np.ndarray:
    """478 points (478, 3) that fill a box: eyes, forehead, chin, nose and mouth corners where a face has them.

    `turned`: radians clockwise on the screen, around the middle.
    """
    places = np.full((MESH_POINTS, 2), 0.5)
    places[CORNERS] = (0, 0), (1, 0), (0, 1), (1, 1)
    places[RIGHT_EYE], places[LEFT_EYE], places[FOREHEAD], places[CHIN] = (0.2, 0.35), (0.8, 0.35), (0.5, 0), (0.5, 1)
    for number, x, y in ((31, 0.4, 0.6), (32, 0.45, 0.6), (33, 0.5, 0.6), (34, 0.55, 0.6), (35, 0.6, 0.6)):
        places[MESH_OF[number]] = x, y
    places[MESH_OF[48]], places[MESH_OF[54]] = (0.3, 0.8), (0.7, 0.8)
    flat = (places - 0.5) * (right - left, bottom - top)
    cos, sin = np.cos(turned), np.sin(turned)
    flat = flat @ np.array([[cos, sin], [-sin, cos]]) + ((left + right) / 2, (top + bottom) / 2)
    return np.column_stack([flat, np.zeros(MESH_POINTS)])


class DrawnNets:
    """Nets for `scene`: a face is a patch of one colour. Counts how often each net is asked."""

    def __init__(self):
        self.detected = self.looked = 0

    def detect(self, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Answers at the anchor nearest to each patch."""
        self.detected += 1
        boxes, logits = np.zeros((896, 16), np.float32), np.full(896, -20, np.float32)
        for patch in self._patches((square + 1) * 127.5):
            left, top, right, bottom = patch
            middle, size = np.array([left + right, top + bottom]) / 2, (right - left, bottom - top)
            nearest = int(np.abs(ANCHORS * 128 - middle).sum(axis=1).argmin())
            away = middle - ANCHORS[nearest] * 128
            eyes = np.array([[-0.3, -0.15], [0.3, -0.15], [0, 0], [0, 0.3], [0, 0], [0, 0]]) * size[0] + away
            boxes[nearest], logits[nearest] = np.concatenate([away, size, eyes.ravel()]), 5
        return boxes, logits

    def landmarks(self, square: np.ndarray) -> tuple[np.ndarray, float]:
        """A mesh around the larger patch; surer the more of it is seen."""
        self.looked += 1
        found = self._patches(square.astype(float))
        if not found:
            return mesh(0, 0, 256, 256), -10.0
        return mesh(*max(found, key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))), 8.0

    def blendshapes(self, points: np.ndarray) -> np.ndarray:
        """Half a smile."""
        shapes = np.zeros(len(BLENDSHAPES), np.float32)
        shapes[[BLENDSHAPES.index("mouthSmileLeft"), BLENDSHAPES.index("mouthSmileRight")]] = 0.4, 0.6
        return shapes

    def _patches(self, picture: np.ndarray) -> list[tuple[float, float, float, float]]:
        found = []
        for colour in (RED, GREEN):
            rows, columns = np.nonzero((picture[..., colour] > 125) & (picture[..., 1 - colour] < 125))
            if len(rows) >= 20:
                found.append((columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
        return found
