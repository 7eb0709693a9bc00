"""Lists of a report: how often each code and class occurs, which segments to review first, what the paper printed."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import pandas as pd

from pipeline.catalogue import engagement_paper
from pipeline.measures.frame_labels import UNCODED
from pipeline.measures.phase_arms import Arm
from pipeline.measures.phase_coded import Coded, Task, classes_per_frame, codes_per_frame, inside
from pipeline.measures.phase_segments import least_sure_first, segments
from pipeline.measures.phase_sessions import counted

MODALITIES = {"both": "multimodal", "dinov2": "video", "w2vbert": "audio"}
"""Streams of the paper -> modality."""
UNSURE = ("observation_id", "subject", "code", "onset_ms", "offset_ms", "confidence", "doubt_s")
COUNTS = ("level", "name", "class", "frames", "sessions")


def counts(sessions: Sequence[Coded], task: Task) -> pd.DataFrame:
    """COUNTS of the taught codings: per code of the group (level code, with its class, '' for a dropped one) and per
    class after the map (level class); name '' is time without a code or class.
    """
    names = tuple(task.codes["code"])
    kept = {one.observation_id: inside(one, task.fps) for one in sessions}
    codes = {
        one.observation_id: codes_per_frame(one, one.coder, names, task.fps)[kept[one.observation_id]]
        for one in sessions
    }
    classes = {
        one.observation_id: classes_per_frame(one, one.coder, task)[kept[one.observation_id]] for one in sessions
    }
    before, after = counted(names, codes), counted(task.classes, classes)
    before["class"] = [task.class_map.of(name) or "" for name in before["name"]]
    found = pd.concat([before.assign(level="code"), after.assign(level="class", **{"class": after["name"]})])
    return found[list(COUNTS)].reset_index(drop=True)


def unsure(arm: Arm, sessions: Sequence[Coded], task: Task) -> pd.DataFrame:
    """UNSURE of every segment the arm predicted within its session, those to review first on top; time without
    features belongs to none.
    """
    parts = []
    for session in sessions:
        name, part = session.observation_id, inside(session, task.fps)
        if name not in arm.sessions:
            continue
        said = arm.over(name, "predicted", session.frames)
        said[: part.start], said[part.stop :] = UNCODED, UNCODED
        sure = arm.over(name, "confidence", session.frames, np.nan)
        found = segments(said, sure, task.classes, task.fps, session.origin_ms)
        parts.append(found.assign(observation_id=name, subject=session.subject or task.subject))
    every = pd.concat(parts, ignore_index=True)
    return least_sure_first(every, ("observation_id",))[list(UNSURE)]


def published(role: str) -> pd.DataFrame:
    """The engagement paper's table for this role as shares: modality, kind, the five figures, `caption`; no row for a
    role it does not have.
    """
    rows = [
        {"modality": MODALITIES[streams], "kind": model, **{name: value / 100 for name, value in asdict(row).items()}}
        for (streams, model), row in engagement_paper.TABLES.get(role, {}).items()
    ]
    columns = ["modality", "kind", "accuracy", "precision", "recall", "f1_unweighted", "f1_weighted"]
    return pd.DataFrame(rows, columns=columns).assign(caption=engagement_paper.CAVEAT)
