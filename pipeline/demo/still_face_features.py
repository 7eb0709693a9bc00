"""Feature streams of the still-face sessions: Gaussian around a centre per code, along few directions of many numbers.

The directions of a stream have length 1 and are at right angles to each other, and the noise along them is
independent of all other noise, so that whatever a classifier can know of the code lies in the coordinates along them.
"""

from fractions import Fraction
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.demo.still_face import ROLES, Session, codes_of, still_face_parameters
from pipeline.measures.frame_labels import frame_count, frame_labels

FPS = 25
CELLS, DESCRIPTORS = 4, ("difference_energy", "flow_magnitude", "flow_x", "flow_y")
MOTION_DIM = CELLS * CELLS * len(DESCRIPTORS)
BANDS = 80
SOUND_DIM = 2 * BANDS
VOICES = {"caregiver": (8, 36), "infant": (40, 72)}
"""Bands of the mel scale in which each person is heard."""


def frames_of(session: Session) -> int:
    """Frames of a session: those whose middle lies before its end."""
    return frame_count(session.length_ms, Fraction(FPS))


def states_of(session: Session, role: str) -> np.ndarray:
    """What is shown in every frame (frames,), as a position among the codes of the process; also in the transition."""
    rows = pd.DataFrame(session.states[role], columns=["code", "onset_ms", "offset_ms"])
    return frame_labels(rows, codes_of(role), frames_of(session), Fraction(FPS))


def centres(stream: str, role: str) -> np.ndarray:
    """Centre of every code along the directions of a stream (codes, directions), in SDs of the noise."""
    table = still_face_parameters()[stream][role]
    return np.array([table[code] for code in codes_of(role)])


@lru_cache(maxsize=1)
def motion_directions() -> np.ndarray:
    """(3, 64): movement of the whole picture, of the face against the rest, and outwards from the middle."""
    side = np.arange(CELLS) - (CELLS - 1) / 2
    down, across = np.meshgrid(side, side, indexing="ij")
    face = (np.abs(down) < 1) & (np.abs(across) < 1)
    whole, inner, outwards = (np.zeros((CELLS, CELLS, len(DESCRIPTORS))) for _ in range(3))
    whole[..., :2] = 1.0
    inner[..., :2] = np.where(face, 1.0, -face.sum() / (~face).sum())[..., None]
    outwards[..., 2], outwards[..., 3] = np.sign(across), np.sign(down)
    return _length_one(whole, inner, outwards)


@lru_cache(maxsize=2)
def sound_directions(role: str) -> np.ndarray:
    """(2, 160): loudness of the bands of a person, and their higher half against the lower, in both frames of a row."""
    first, last = VOICES[role]
    loud, tilt = np.zeros((2, BANDS)), np.zeros((2, BANDS))
    loud[:, first:last] = 1.0
    tilt[:, first:last] = np.where(np.arange(first, last) < (first + last) / 2, -1.0, 1.0)
    return _length_one(loud, tilt)


def _length_one(*arrays: np.ndarray) -> np.ndarray:
    rows = np.stack([array.ravel() for array in arrays])
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def noise(rng: np.random.Generator, frames: int, width: int) -> np.ndarray:
    """(frames, width): SD 1, every column correlated with itself one frame before as the generator says."""
    follows = still_face_parameters()["follows"]
    found = rng.standard_normal((frames, width), dtype=np.float32)
    found[1:] *= np.float32(np.sqrt(1 - follows**2))
    for now in range(1, frames):
        found[now] += np.float32(follows) * found[now - 1]
    return found


def motion(rng: np.random.Generator, session: Session, role: str) -> np.ndarray:
    """(frames, 64) float16 as `motion_grid` with 4 x 4 cells writes them, for the half of the picture of one person."""
    directions = motion_directions()
    offset = still_face_parameters()["between_sd"] * rng.standard_normal(MOTION_DIM)
    offset -= offset @ directions.T @ directions
    shown = centres("motion", role)[states_of(session, role)] @ directions
    return _raw(_noise_around(rng, session, directions) + shown + offset, *motion_scale())


def sound(rng: np.random.Generator, session: Session) -> np.ndarray:
    """(frames, 160) float16 as `log_mel` writes them: both voices on one channel."""
    shown = sum(centres("sound", role)[states_of(session, role)] @ sound_directions(role) for role in ROLES)
    directions = np.vstack([sound_directions(role) for role in ROLES])
    return _raw(_noise_around(rng, session, directions) + shown, *sound_scale())


def _noise_around(rng: np.random.Generator, session: Session, directions: np.ndarray) -> np.ndarray:
    """(frames, dim): SD 1 along the directions and smaller in all others."""
    found = noise(rng, frames_of(session), directions.shape[1])
    along = found @ directions.T @ directions
    return along + still_face_parameters()["beside_sd"] * (found - along)


def motion_scale() -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of every number of the motion grid (64,)."""
    raw = np.array([still_face_parameters()["raw"][name] for name in DESCRIPTORS])
    return np.tile(raw[:, 0], CELLS * CELLS), np.tile(raw[:, 1], CELLS * CELLS)


def sound_scale() -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of every number of the sound (160,)."""
    mean, sd = still_face_parameters()["raw"]["log_mel"]
    return np.full(SOUND_DIM, mean), np.full(SOUND_DIM, sd)


def _raw(values: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Numbers in SDs as numbers of the stream; kept to a part of their SD, so that the files stay small."""
    step = still_face_parameters()["raw"]["step"]
    return (mean + sd * step * np.round(values / step)).astype(np.float16)


def coordinates(values: np.ndarray, stream: str, role: str) -> np.ndarray:
    """Numbers of a stream (frames, dim) along its directions for one person (frames, directions), in SDs."""
    mean, sd = motion_scale() if stream == "motion" else sound_scale()
    directions = motion_directions() if stream == "motion" else sound_directions(role)
    return ((values.astype(float) - mean) / sd) @ directions.T
