"""What people coded of a session and what a classifier answered, frame by frame: the two sides that a report compares.

Human codes are events (whole ms); answers are frames. `class_events` and `label_events` bring both to events of
classes, `frame_labels` both to frames.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

import numpy as np
import pandas as pd

from pipeline.catalogue.class_map import ClassMap
from pipeline.measures.frame_labels import UNCODED, frame_count, frame_labels
from pipeline.measures.phase_sessions import mapped

EVENT = ("code", "onset_ms", "offset_ms")


@dataclass(frozen=True)
class Task:
    """What a classifier tells apart: whose behaviour (`subject` of the study, `role` of the paper's tables), the group
    of the scheme, its `codes` (as `queries.codes`: code, unobservable, subjects), the map of codes to classes, the
    order of `classes` in the answers and the rate of frames.
    """

    role: str
    subject: str
    scheme: str
    behaviour_group: str
    codes: pd.DataFrame
    class_map: ClassMap
    classes: tuple[str, ...]
    fps: Fraction


@dataclass(frozen=True)
class Coded:
    """One session. `events`: EVENT per person who coded it; `coder` is the one who taught. [start_ms, end_ms) is the
    session; frame i covers origin_ms + [i, i + 1) / fps.
    """

    observation_id: str
    family: str
    start_ms: int
    end_ms: int
    frames: int
    coder: str
    events: Mapping[str, pd.DataFrame]
    origin_ms: int = 0
    subject: str = ""
    """Whose behaviour, where it is not the task's subject."""


def fingerprint(sessions: Iterable[Coded], task: Task) -> str:
    """Letters for all that a report reads of people: every code of every person before the map, and the map. No order
    of sessions or events matters.
    """
    found = sha256(repr((task.class_map, sorted(task.codes["code"]))).encode())
    for one in sorted(sessions, key=lambda each: each.observation_id):
        found.update(repr((one.observation_id, one.start_ms, one.end_ms, one.frames, one.coder)).encode())
        for coder, events in sorted(one.events.items()):
            found.update(repr((coder, sorted(events[list(EVENT)].itertuples(index=False, name=None)))).encode())
    return found.hexdigest()[:16]


def inside(session: Coded, fps: Fraction) -> slice:
    """The frames whose mid-time lies in the session."""
    first, stop = (frame_count(edge - session.origin_ms, fps) for edge in (session.start_ms, session.end_ms))
    return slice(min(first, session.frames), min(stop, session.frames))


def codes_per_frame(session: Coded, coder: str, names: tuple[str, ...], fps: Fraction) -> np.ndarray:
    """Position in `names` of this person's code in each frame, UNCODED where there is none."""
    return frame_labels(session.events[coder], names, session.frames, fps, session.origin_ms)


def classes_per_frame(session: Coded, coder: str, task: Task) -> np.ndarray:
    """Position in the task's classes in each frame; dropped codes and uncoded time are UNCODED."""
    names = tuple(task.class_map.merge)
    found = mapped(names, task.class_map, codes_per_frame(session, coder, names, task.fps))
    place = np.array([*(task.classes.index(name) for name in task.class_map.classes), UNCODED], dtype=np.int16)
    return place[found]


def class_events(events: pd.DataFrame, class_map: ClassMap) -> pd.DataFrame:
    """Events of codes as events of classes: dropped codes are left out, equal classes that touch become one event."""
    classes = events["code"].map(class_map.of)
    rows = events.assign(code=classes)[classes.notna()].sort_values(["onset_ms", "offset_ms"], kind="stable")
    code, onset, offset = (rows[name].to_numpy() for name in EVENT)
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (code[1:] != code[:-1]) | (onset[1:] != offset[:-1])
    last = np.append(new[1:], True)[: len(rows)]
    return pd.DataFrame({"code": code[new], "onset_ms": onset[new], "offset_ms": offset[last]})
