"""What a face tracker writes about a mother's face, frame by frame: landmarks in pixels, AU12, confidence, distance.

The distance of lip corner and nostril follows the true phases exactly; noise, the head's movement and the rounding of
the file are laid over it.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.demo.parameters import smile_parameters
from pipeline.demo.smile_schedule import Phases, Session

NOSE = {31: (-0.42, -0.95), 32: (-0.20, -0.88), 33: (0.0, -0.84), 34: (0.20, -0.88), 35: (0.42, -0.95)}
CORNERS = {48: (-1.0, 0.0), 54: (1.0, 0.0)}
"""Landmarks of a face at rest, in initial radii from the middle of the mouth; y points down, as in the image."""
OUTWARDS = (-0.97, -0.243)
"""Direction in which lip corner 48 moves in a smile; 54 is its mirror image."""
REST = float(np.hypot(CORNERS[48][0] - NOSE[34][0], CORNERS[48][1] - NOSE[34][1]))
IMAGE = (640, 480)
STEPS_BACK_S = 1.3
"""The lip corner stays where a smile has left it for so long, and as long again goes back to rest."""


@dataclass(frozen=True)
class Face:
    """One face over the frames of a session: arrays (frames,), `points` landmark -> (frames, 2) in pixels."""

    confidence: np.ndarray
    au06: np.ndarray
    au12: np.ndarray
    distance_mm: np.ndarray
    pose: np.ndarray
    points: dict[int, np.ndarray]


def radius_of(session: Session) -> np.ndarray:
    """The true radius (frames,) in IR: strictly rising in every onset, strictly falling in every offset, and turning
    back by the notch just outside of both.
    """
    track = smile_parameters()["track"]
    notch = track["notch"]
    r = np.full(session.frames, REST)
    back = round(STEPS_BACK_S * session.fps)
    for place, smile in enumerate(session.smiles):
        if smile.kind == "twitch":
            continue
        a, b, c, d = smile.frames
        low, top = REST - notch, REST - notch + smile.rise
        r[a : b + 1] = low + smile.rise * _progress(b - a, track["unevenness"])
        held = c + smile.cut
        r[b + 1 : held] = top - notch + 0.3 * notch * _wobble(held - b - 1)
        if smile.cut:
            continue
        r[c : d + 1] = top - smile.fall * _progress(d - c, track["unevenness"])
        after = session.smiles[place + 1].frames[0] if place + 1 < len(session.smiles) else session.frames
        still, settled = min(d + back, after), min(d + 2 * back, after)
        r[d + 1 : still] = r[d] + notch
        if settled > still:
            r[still:settled] = np.linspace(r[d] + notch, REST, settled - still, endpoint=False)
    return r


def _progress(steps: int, unevenness: float) -> np.ndarray:
    """0 to 1 in `steps` steps, all upwards, the middle ones larger than the outer ones."""
    place = (np.arange(steps) + 0.5) / steps
    speed = 1 - unevenness * np.cos(2 * np.pi * place)
    return np.concatenate([[0.0], np.cumsum(speed) / speed.sum()])


def _wobble(frames: int) -> np.ndarray:
    """A small slow movement that begins and ends with 0 (frames,)."""
    return np.sin(np.linspace(0, 2 * np.pi, max(frames, 0))) if frames > 2 else np.zeros(max(frames, 0))


def draw_face(rng: np.random.Generator, session: Session, noise: float) -> Face:
    """The mother's face. `noise`: SD of every coordinate of every landmark in IR."""
    track = smile_parameters()["track"]
    radius = radius_of(session) + _talking(rng, session)
    confidence = _confidence(rng, session)
    lost = confidence < 0.8
    distance = _distance(rng, session)
    scale = track["focal_px"] * track["face_mm"] / distance
    blur = noise * scale * np.where(lost, 15.0, 1.0)
    au12 = _au12(rng, session, lost)
    au06 = np.clip(0.6 * au12 + rng.normal(0, 0.15, session.frames), 0, 5)
    points = _points(rng, session, radius, scale, blur)
    pose = np.column_stack([_slow(rng, session, 12.0, 20), _slow(rng, session, 9.0, 25)])
    return Face(confidence, au06, au12, distance, pose, points)


def _points(
    rng: np.random.Generator, session: Session, radius: np.ndarray, scale: np.ndarray, blur: np.ndarray
) -> dict[int, np.ndarray]:
    """Landmarks in pixels, rounded as the program rounds them."""
    step = smile_parameters()["track"]["pixel_step"]
    centre = np.column_stack([_slow(rng, session, 14.0, 15), _slow(rng, session, 10.0, 18)])
    centre += np.array(IMAGE) * (0.5, 0.62) + rng.normal(0, 12, 2)
    roll = _slow(rng, session, 0.05, 16)
    turn = np.stack([np.column_stack([np.cos(roll), -np.sin(roll)]), np.column_stack([np.sin(roll), np.cos(roll)])], 1)
    moved = _outwards(radius)
    place = {mark: np.tile(at, (session.frames, 1)) for mark, at in NOSE.items()}
    place |= {
        mark: np.asarray(at) + moved * (side, 1.0) for (mark, at), side in zip(CORNERS.items(), (1, -1), strict=True)
    }
    found = {}
    for mark, at in place.items():
        exact = centre + scale[:, None] * np.einsum("fij,fj->fi", turn, at)
        found[mark] = np.round((exact + rng.normal(0, 1, at.shape) * blur[:, None]) / step) * step
    return found


def _outwards(radius: np.ndarray) -> np.ndarray:
    """Movement of lip corner 48 (frames, 2) that brings its distance from nostril 34 to the radius."""
    direction = np.asarray(OUTWARDS) / np.hypot(*OUTWARDS)
    away = np.subtract(CORNERS[48], NOSE[34])
    along = float(away @ direction)
    return (np.sqrt(along**2 - away @ away + radius**2) - along)[:, None] * direction


def _slow(rng: np.random.Generator, session: Session, sd: float, seconds: float) -> np.ndarray:
    """A slow movement (frames,) of about this SD: three waves around the period."""
    time = np.arange(session.frames) / session.fps
    periods, starts = seconds * rng.uniform(0.8, 2.0, 3), rng.uniform(0, 2 * np.pi, 3)
    return sd * np.sqrt(2 / 3) * np.sin(2 * np.pi * time / periods[:, None] + starts[:, None]).sum(axis=0)


def _distance(rng: np.random.Generator, session: Session) -> np.ndarray:
    """Distance of the head in mm: slow sway, and a quick lean where a smile has one, until the smile is over."""
    track = smile_parameters()["track"]
    distance = rng.uniform(*track["distance_mm"]) * (1 + _slow(rng, session, track["sway"], 14))
    quick = round(0.2 * session.fps)
    for smile in session.smiles:
        if smile.lean:
            factor, start = smile_parameters()["lean_factor"], smile.lean
            back = min(smile.frames[3] + round(STEPS_BACK_S * session.fps), session.frames - 1)
            closer = np.zeros(session.frames)
            closer[start : back + 1] = 1.0
            closer[start : start + quick] = np.arange(1, quick + 1) / quick
            rest = closer[back : back + quick]
            rest[:] = np.linspace(1, 0, quick)[: len(rest)]
            distance /= factor**closer
    return distance


def _talking(rng: np.random.Generator, session: Session) -> np.ndarray:
    """Movement of the lip corner while speaking between smiles (frames,), in IR."""
    time, moves = session.seconds, np.zeros(session.frames)
    size = smile_parameters()["track"]["mouth_wiggle"]
    for start, end in session.speech:
        rows = (time >= start) & (time < end)
        moves[rows] = size * np.sin(2 * np.pi * rng.uniform(3, 5) * (time[rows] - start))
    for smile in session.smiles:
        moves[max(smile.frames[0] - 2, 0) : smile.frames[3] + 3] = 0
    return moves


def _confidence(rng: np.random.Generator, session: Session) -> np.ndarray:
    """High where the face is seen (now and then exactly 0.80, which counts), low where it is lost."""
    seen = np.clip(rng.normal(smile_parameters()["track"]["confidence"], 0.03, session.frames), 0.80, 0.98)
    seen[rng.random(session.frames) < 0.01] = 0.80
    return np.round(np.where(session.hidden, rng.uniform(0.02, 0.78, session.frames), seen), 2)


def _au12(rng: np.random.Generator, session: Session, lost: np.ndarray) -> np.ndarray:
    """Intensity of AU12 (0 to 5, two decimals): follows the smiles, and rises in twitches without them."""
    track = smile_parameters()["track"]
    level = np.full(session.frames, track["au12_rest"])
    for smile in session.smiles:
        level = np.maximum(level, _level(rng, session, smile))
    level = level + rng.normal(0, track["au12_noise"], session.frames)
    return np.round(np.clip(np.where(lost, rng.uniform(0, 0.8, session.frames), level), 0, 5), 2)


def _level(rng: np.random.Generator, session: Session, smile: Phases) -> np.ndarray:
    level = np.zeros(session.frames)
    a, b, c, d = smile.frames
    if smile.kind == "twitch":
        level[a : d + 1] = 2.2 * np.sin(np.linspace(0, np.pi, d + 1 - a))
        return level
    peak = float(np.clip(1.2 + 3.2 * smile.rise + rng.normal(0, 0.3), 2.0, 4.7))
    level[a : b + 1] = peak * _progress(b - a, 0.2)
    level[b:c] = peak
    if not smile.cut:
        level[c : d + 1] = peak * (1 - _progress(d - c, 0.2))
    return level
