"""Films of the mothers whose camera ran on: the face smiles when the track says so."""

import numpy as np

from pipeline.demo.clips import Clip
from pipeline.demo.free_play import FreePlay
from pipeline.demo.smile_schedule import Session
from pipeline.demo.track_files import CAMERA_VIEW, Variant

AT_REST = (np.array([0]), np.array(["Neutral/Alert"]))
CHILD_LOOKS = (np.array([0]), np.array(["Look at caregiver 1"]))
MOTHER_LOOKS = (np.array([0]), np.array(["Look at infant"]))


def smile_clips(play: FreePlay, sessions: dict[int, Session], variants: list[Variant]) -> list[Clip]:
    """One clip for every recording that has a film of its own."""
    names = play.recordings["observation_id"].tolist()
    return [
        Clip(
            names[variant.number],
            CAMERA_VIEW,
            variant.offset_ms,
            (AT_REST, CHILD_LOOKS, _expression(sessions[variant.number]), MOTHER_LOOKS),
            on_parent=True,
        )
        for variant in variants
        if variant.offset_ms is not None
    ]


def _expression(session: Session) -> tuple[np.ndarray, np.ndarray]:
    """(onsets in ms, codes) of the mother's face: a smile from the middle of its onset to the middle of its offset."""
    times = np.round(1000 * session.seconds).astype(int)
    onsets, codes = [0], ["Neutral/Alert"]
    for smile in session.smiles:
        if smile.kind != "twitch":
            a, b, c, d = smile.frames
            onsets += [int(times[(a + b) // 2]), int(times[(c + d) // 2])]
            codes += ["Smile", "Neutral/Alert"]
    return np.array(onsets), np.array(codes)
