"""Face tracks that can be checked by hand: OpenFace tables with smiles at known frames, and studies of them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tests.tiny import STUDY, Tiny

FPS = 25
SMILE = (50, 60, 80, 100)
"""Onset from frame 50 to 60, apex to 80, offset to 100 (from 0): 2.0, 2.4, 3.2 and 4.0 s at 25 frames per second."""
REST, GROWTH = 30.0, 12.0
"""Half the width of the mouth at rest, and what a smile adds, in pixels."""
COLUMNS = (
    *("frame", "face_id", "timestamp", "confidence", "success", "pose_Tz"),
    *(f"{axis}_{mark}" for axis in "xy" for mark in (31, 32, 33, 34, 35, 48, 54)),
    *("AU06_r", "AU12_r"),
)
TRACKS = """
[[tracks]]
files = ["tracks/*.csv"]
format = "openface"
"""


def profile(frames: int, smiles: Sequence[tuple[int, int, int, int]]) -> np.ndarray:
    """0 at rest, 1 in the apex, straight lines between (frames,)."""
    height = np.zeros(frames)
    for onset, apex, offset, end in smiles:
        at = np.arange(onset, end + 1)
        height[at] = np.interp(at, (onset, apex, offset, end), (0, 1, 1, 0))
    return height


def rows(
    smiles: Sequence[tuple[int, int, int, int]] = (SMILE,),
    frames: int = 200,
    *,
    face: int = 0,
    confidence: float = 0.98,
    start_s: float = 0.0,
    fps: float = FPS,
) -> list[list[str]]:
    """Rows of COLUMNS for one face."""
    height = profile(frames, smiles)
    out = []
    for number in range(frames):
        half = REST + GROWTH * height[number]
        x = (90, 95, 100, 105, 110, 100 - half, 100 + half)
        cells = [number + 1, face, start_s + number / fps, confidence, 1, 500]
        cells += [*x, *[150] * 5, 150, 150, 0.0, 2.5 * height[number]]
        out.append([f"{cell:.10g}" for cell in cells])
    return out


def table(*faces: list[list[str]], columns: Sequence[str] = COLUMNS, without: Sequence[str] = ()) -> str:
    """A table as OpenFace writes it (a blank after each comma); frames of several faces one after the other."""
    kept = [position for position, name in enumerate(columns) if name not in without]
    lines = [[columns[position] for position in kept]]
    together = sorted((row for face in faces for row in face), key=lambda row: int(row[0]))
    lines += [[row[position] for position in kept] for row in together]
    return "".join(", ".join(line) + "\n" for line in lines)


def study(folder: Path, tail: str = TRACKS, **recordings: object) -> Tiny:
    """A study of tracks alone; `recordings` gives each its length in s ('' = not given)."""
    return Tiny(folder, lengths=dict(recordings) or {"O1": 8}, coded="", head=STUDY, tail=tail)
