"""What a classifier of phases is given: who teaches and who validates, and their frames in batches."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pipeline.catalogue.phase_recipe import Recipe
from pipeline.measures.phase_scaling import Scaling, fit_scaling
from pipeline.measures.phase_sessions import Session
from pipeline.measures.phase_weights import class_weights
from pipeline.measures.phase_windows import Windows, teaching_windows

Read = Callable[[str], np.ndarray]
"""Session -> features (frames, width), any float; a frame without features has missing numbers."""
TOGETHER = 16
"""Sessions in memory at a time; windows are shuffled among them."""
ASKED_FRAMES = 8_192
"""Frames answered at a time."""
Batch = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Features (windows, window, width), labels (windows, window), -1 where padded, and lengths (windows,)."""


@dataclass(frozen=True)
class Lesson:
    """Who teaches and who validates, with the scaling and class weights of those who teach. `precision`: float32, or
    bfloat16 for the products of teaching.
    """

    teaching: tuple[Session, ...]
    validation: tuple[Session, ...]
    read: Read
    classes: int
    scaling: Scaling
    weights: np.ndarray
    device: str = "cpu"
    threads: int = 1
    precision: str = "float32"


def lesson(
    teaching: Sequence[Session], read: Read, classes: int, validation: Sequence[Session] = (), device: str = "cpu"
) -> Lesson:
    """Scaling and class weights of the teaching sessions' scored frames, in the order of the sessions' names;
    validation sessions without a frame of a taught class are left out: nothing can be said of their loss.
    """
    ordered = tuple(sorted(teaching, key=lambda one: one.name))
    scaling = fit_scaling(read(one.name)[one.scored] for one in ordered)
    weights = class_weights(np.concatenate([one.labels[one.scored] for one in ordered]), classes)
    asked = tuple(one for one in validation if (weights[one.labels[one.scored]] > 0).any())
    return Lesson(ordered, asked, read, classes, scaling, weights, device)


def ahead(made: Iterator[Batch]) -> Iterator[Batch]:
    """The same batches, each made while the one before is learnt from: reading and scaling cost no time of their own.
    What goes wrong while one is made is raised here.
    """
    with ThreadPoolExecutor(1) as maker:
        waiting = maker.submit(next, made, None)
        while (batch := waiting.result()) is not None:
            waiting = maker.submit(next, made, None)
            yield batch


def batches(given: Lesson, recipe: Recipe, rng: np.random.Generator) -> Iterator[Batch]:
    """Shuffled teaching windows of one epoch."""
    order = rng.permutation(len(given.teaching))
    for chunk in np.array_split(order, -(-len(order) // TOGETHER)):
        values, labels, frames = _read_together([given.teaching[place] for place in chunk], given.read, recipe)
        drawn = rng.permutation(len(frames))
        for start in range(0, len(drawn), recipe.batch):
            yield padded(values, labels, frames[drawn[start : start + recipe.batch]], given.scaling)
        # Before the next are read: they would both be in memory.
        del values


def _read_together(
    sessions: Sequence[Session], read: Read, recipe: Recipe
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features (frames of all sessions, width), labels, and the frames of each window (windows, window)."""
    first = read(sessions[0].name)
    ends = np.cumsum([len(one.labels) for one in sessions])
    values = np.empty((ends[-1], first.shape[1]), dtype=first.dtype)
    windows = []
    for session, end in zip(sessions, ends, strict=True):
        begin = end - len(session.labels)
        values[begin:end] = first if session is sessions[0] else read(session.name)
        own = teaching_windows(session, recipe.window, recipe.stride).frames()
        windows.append(np.where(own >= 0, own + begin, -1))
    return values, np.concatenate([one.labels for one in sessions]).astype(np.int64), np.concatenate(windows)


def padded(values: np.ndarray, labels: np.ndarray, frames: np.ndarray, scaling: Scaling) -> Batch:
    """Scaled features (windows, window, width) with 0 where `frames` is negative, labels with -1 there, and lengths."""
    there = frames >= 0
    place = np.maximum(frames, 0)
    scaled = scaling.scaled(values[place.reshape(-1)])
    scaled[~there.reshape(-1)] = 0
    return scaled.reshape(*frames.shape, -1), np.where(there, labels[place], -1), there.sum(axis=1)


def parts(windows: Windows, length: int) -> Iterator[np.ndarray]:
    """Frames of the windows, as many windows at a time as ASKED_FRAMES allow."""
    frames, many = windows.frames(), max(1, ASKED_FRAMES // length)
    for start in range(0, len(frames), many):
        yield frames[start : start + many]
