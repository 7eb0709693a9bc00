"""The face track of a video: one row per frame and face, whether the face was found there or not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.features.choices import FaceChoices
from pipeline.features.face_follow import Follower
from pipeline.features.face_identity import Stretch, faces_of
from pipeline.features.face_nets import FaceNets
from pipeline.features.face_numbers import FACE_COLUMNS, TRACK_COLUMNS, numbers
from pipeline.features.video import Pictures, Times, settled

MEASURED = (*TRACK_COLUMNS, *FACE_COLUMNS)
PASSING_S = 0.5
"""A face seen for less than this in a whole video (or than half of a shorter one) is taken for a false alarm."""
FACES_KEPT = 8
"""Of one video at most so many people are kept, whoever is seen best first."""


@dataclass(frozen=True)
class FaceRows:
    """`table`: columns frame, face, t_s, TRACK_COLUMNS, FACE_COLUMNS in order of frame and face; `passing`: faces left
    out because they were seen too briefly."""

    table: pd.DataFrame
    times: Times
    passing: int


def face_rows(
    pictures: Pictures, nets: FaceNets, choices: FaceChoices, seen: Callable[[float], None] = lambda time_s: None
) -> FaceRows:
    """Follows the faces of a whole video; `seen` is told the time reached, for progress."""
    follower = Follower(nets, choices)
    raw: list[float] = []
    found: list[tuple[int, int, np.ndarray]] = []
    for time_s, picture in pictures:
        side = max(picture.shape[:2])
        found += [(len(raw), one.track, numbers(one, side)) for one in follower.see(picture)]
        raw.append(time_s)
        seen(time_s)
    times = settled(np.array(raw), pictures.fps)
    people = faces_of(stretches(found))
    kept = enough(people, found, min(PASSING_S * pictures.fps, len(raw) / 2))
    return FaceRows(dense(found, kept, times), times, len(people) - len(kept))


def stretches(found: list[tuple[int, int, np.ndarray]]) -> list[Stretch]:
    """What was found (frame, track, numbers) as unbroken stretches."""
    if not found:
        return []
    frames, tracks = np.array([one[:2] for one in found]).T
    values = pd.DataFrame(np.array([one[2] for one in found]), columns=list(MEASURED))
    places = np.column_stack(
        [
            (values["left"] + values["right"]) / 2,
            (values["top"] + values["bottom"]) / 2,
            np.maximum(values["right"] - values["left"], values["bottom"] - values["top"]),
        ]
    )
    return [_stretch(track, frames, places, values, tracks == track) for track in np.unique(tracks)]


def _stretch(track: int, frames: np.ndarray, places: np.ndarray, values: pd.DataFrame, own: np.ndarray) -> Stretch:
    first, last = int(frames[own].min()), int(frames[own].max())
    return Stretch(int(track), first, last, places[own], float(values["confidence"][own].sum()))


def enough(people: list[list[int]], found: list[tuple[int, int, np.ndarray]], frames_min: float) -> list[list[int]]:
    """Those seen in at least so many frames, best seen first."""
    frames = Counter(track for _, track, _ in found)
    return [person for person in people if sum(frames[track] for track in person) >= frames_min][:FACES_KEPT]


def dense(found: list[tuple[int, int, np.ndarray]], people: list[list[int]], times: Times) -> pd.DataFrame:
    """One row per kept frame and face; where a face is not in view its confidence is 0 and all else is missing. A
    video without any face has a face 0 that is never in view."""
    face_of = {track: face for face, tracks in enumerate(people) for track in tracks}
    values = np.full((len(times.kept), max(len(people), 1), len(MEASURED)), np.nan)
    values[:, :, MEASURED.index("confidence")] = 0
    for frame, track, row in found:
        if track in face_of:
            values[frame, face_of[track]] = row
    kept = values[times.kept]
    frames, faces = kept.shape[:2]
    head = {
        "frame": np.repeat(np.flatnonzero(times.kept), faces).astype(np.int32),
        "face": np.tile(np.arange(faces, dtype=np.int32), frames),
        "t_s": np.repeat(times.t_s, faces),
    }
    measured = pd.DataFrame(kept.reshape(-1, len(MEASURED)), columns=list(MEASURED))
    return pd.concat([pd.DataFrame(head), measured.astype(dict.fromkeys(FACE_COLUMNS, np.float32))], axis=1)


def share_sure(table: pd.DataFrame, confidence_min: float = 0.8) -> float:
    """Share of frames in which some face is there with at least this confidence; 0 where there are no frames."""
    best = table.groupby("frame")["confidence"].max()
    return float((best >= confidence_min).mean()) if len(best) else 0.0
