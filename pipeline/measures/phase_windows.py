"""Windows of frames: for teaching within labelled stretches, for answering over the whole session."""

from dataclasses import dataclass

import numpy as np

from pipeline.measures.frame_labels import UNCODED
from pipeline.measures.phase_sessions import Session


@dataclass(frozen=True)
class Windows:
    """Frames [start, stop) of a session, each; at most `length` long. Shorter ones are the tails of stretches: they are
    padded up to `length`, and what is padded is masked.
    """

    starts: np.ndarray
    stops: np.ndarray
    length: int

    def __len__(self) -> int:
        return len(self.starts)

    def frames(self) -> np.ndarray:
        """Frame of each place, int64 (windows, length); UNCODED where padded."""
        every = self.starts[:, None] + np.arange(self.length)
        return np.where(every < self.stops[:, None], every, UNCODED)


def runs(same: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Maximal stretches (n, 2) of neighbouring kept frames in which `same` (frames,) does not change."""
    if not len(kept):
        return np.empty((0, 2), dtype=np.int64)
    edge = np.flatnonzero((kept[1:] != kept[:-1]) | (same[1:] != same[:-1])) + 1
    starts, stops = np.append(0, edge), np.append(edge, len(kept))
    return np.column_stack([starts, stops])[kept[starts]].astype(np.int64)


def tiled(stretches: np.ndarray, length: int, stride: int) -> Windows:
    """Windows of each stretch, one every `stride` frames until its end is reached: every frame is in one at least, and
    in exactly one when the stride is the length.
    """
    if not 1 <= stride <= length:
        raise ValueError("stride must be between 1 and the length: a longer one would skip frames")
    begun = [np.arange(start, max(stop - length, start) + stride, stride) for start, stop in stretches]
    ends = [np.full(len(one), stop) for one, (_, stop) in zip(begun, stretches, strict=True)]
    starts = np.concatenate(begun) if begun else np.empty(0, dtype=np.int64)
    stops = np.minimum(starts + length, np.concatenate(ends) if ends else starts)
    return Windows(starts[starts < stops], stops[starts < stops], length)


def teaching_windows(session: Session, length: int, stride: int) -> Windows:
    """Windows that never cross a dropped or uncoded frame, a frame without features or the change of an episode."""
    return tiled(runs(_episodes(session), session.scored), length, stride)


def asked_windows(session: Session, length: int, stride: int | None = None) -> Windows:
    """Windows over every frame with features, each frame in exactly one (unless a stride is given).

    Codes inside the coded time do not matter, as nobody knows them in a session to be predicted; only where coding
    began and ended does, so that video before and after it leaves the answers as they are.
    """
    coded = np.flatnonzero(session.labels != UNCODED)
    first, last = (coded[0], coded[-1]) if len(coded) else (0, len(session.labels))
    every = np.arange(len(session.labels))
    part = (every >= first).astype(np.int64) + (every > last)
    return tiled(runs(_episodes(session) * 3 + part, session.present), length, stride or length)


def _episodes(session: Session) -> np.ndarray:
    if session.episodes is None:
        return np.zeros(len(session.labels), dtype=np.int64)
    return session.episodes.astype(np.int64)
