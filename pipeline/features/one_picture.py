"""One picture of a video as the features see it, and small pictures as data addresses; nothing is kept."""

import base64
from pathlib import Path

import av
import cv2
import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.patches import SIDE, framing
from pipeline.features.video import opened, origin, picture_stream

WIDEST = 640
"""Pixels of the wider side of a picture on the screen."""


def picture_at(path: Path, time_s: float) -> np.ndarray:
    """The picture that is shown at a time of the video, (height, width, 3) RGB.

    UnreadableFile where the file is no video or has no picture then.
    """
    with opened(path) as container:
        stream, start = picture_stream(container, path), origin(container)
        container.seek(max(int((time_s + start) * av.time_base), 0), backward=True)
        found = None
        for frame in container.decode(stream):
            if found is not None and frame.time is not None and frame.time - start > time_s + 1e-6:
                break
            found = frame
        if found is None:
            raise UnreadableFile(f"{file_name(path)}: there is no picture at {time_s:.2f} s.")
        return found.to_ndarray(format="rgb24")


def seen(picture: np.ndarray, view: tuple[float, float, float, float], crop: str = "") -> np.ndarray:
    """The part of a picture that features were made of: `view` (left, top, right, bottom as fractions), then the
    middle of it (crop `centre`) or all of it with borders (`letterbox`)."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (round(edge * side) for edge, side in zip(view, (width, height) * 2, strict=True))
    part = picture[top : max(bottom, top + 1), left : max(right, left + 1)]
    return _cut(part, crop) if crop else part


def _cut(part: np.ndarray, crop: str) -> np.ndarray:
    """The square of 224 x 224 that the encoder is given."""
    found = framing(*part.shape[:2], crop)
    small = cv2.resize(part, found.size[::-1], interpolation=cv2.INTER_AREA)
    square = np.zeros((SIDE, SIDE, 3), dtype=np.uint8)
    top, left = max(found.top, 0), max(found.left, 0)
    inside = small[top : top + SIDE, left : left + SIDE]
    down, across = max(-found.top, 0), max(-found.left, 0)
    square[down : down + inside.shape[0], across : across + inside.shape[1]] = inside
    return square


def as_jpeg(picture: np.ndarray) -> str:
    """A picture (height, width, 3) as a data address, at most WIDEST wide or high."""
    scale = min(WIDEST / max(picture.shape[:2]), 1.0)
    size = tuple(max(round(side * scale), 1) for side in picture.shape[1::-1])
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return _address(cv2.imencode(".jpg", small[:, :, ::-1])[1], "jpeg")


def as_cells(colours: np.ndarray, side: int = 384) -> str:
    """Cells (rows, columns, 3) uint8 as a picture with sharp edges, as a data address."""
    large = cv2.resize(colours, (side, side), interpolation=cv2.INTER_NEAREST)
    return _address(cv2.imencode(".png", large[:, :, ::-1])[1], "png")


def heat(values: np.ndarray, most: float) -> np.ndarray:
    """Numbers (rows, columns) from 0 to `most` as colours (rows, columns, 3) uint8, dark to bright."""
    part = np.clip(values / most if most > 0 else np.zeros_like(values), 0, 1)
    return cv2.applyColorMap((255 * part).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]


def _address(data: np.ndarray, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data.tobytes()).decode()}"
