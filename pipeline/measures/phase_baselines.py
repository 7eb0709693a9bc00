"""What a classifier of phases must beat without looking at anyone: the commonest class, and how phases follow."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.measures.phase_sessions import Session
from pipeline.measures.phase_windows import runs


def majority(labels: np.ndarray, classes: int) -> int:
    """The commonest class of the training frames (the first of equally common ones)."""
    return int(np.bincount(labels[labels >= 0], minlength=classes).argmax())


@dataclass(frozen=True)
class LabelTransitions:
    """`start` (k,): classes of the first frames of labelled stretches that open a session or an episode; `step` (k, k):
    class of the next frame (columns) after a class (rows). Shares of the training frames.
    """

    start: np.ndarray
    step: np.ndarray

    def expected(self, frames: int) -> np.ndarray:
        """Probability (frames, k) of each class so many frames after the start; the features are not looked at."""
        found, now = np.empty((frames, len(self.start))), self.start
        for frame in range(frames):
            found[frame], now = now, now @ self.step
        return found


def transitions(sessions: Sequence[Session], classes: int) -> LabelTransitions:
    """Taught by the labels of the training sessions; half a frame is added to staying, so that no row is empty."""
    start, step = np.zeros(classes), np.eye(classes) / 2
    for session in sessions:
        labels, episodes = session.labels, _episodes(session)
        inside = (labels[:-1] >= 0) & (labels[1:] >= 0) & (episodes[:-1] == episodes[1:])
        np.add.at(step, (labels[:-1][inside], labels[1:][inside]), 1)
        for begin, stop in runs(episodes, np.ones(len(labels), dtype=bool)):
            coded = np.flatnonzero(labels[begin:stop] >= 0)
            if len(coded):
                start[labels[begin + coded[0]]] += 1
    return LabelTransitions(start / max(1, start.sum()), step / step.sum(axis=1, keepdims=True))


def transition_answers(model: LabelTransitions, session: Session) -> np.ndarray:
    """Probabilities (frames, k) of a session, begun anew with each episode."""
    found = np.empty((len(session.labels), len(model.start)))
    for begin, stop in runs(_episodes(session), np.ones(len(session.labels), dtype=bool)):
        found[begin:stop] = model.expected(stop - begin)
    return found


def _episodes(session: Session) -> np.ndarray:
    return np.zeros(len(session.labels), dtype=np.int64) if session.episodes is None else session.episodes
