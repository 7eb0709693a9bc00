"""Durations from predictions beside those from people's codes, session by session: what a model of durations gets."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from pipeline.measures.frame_labels import UNCODED
from pipeline.measures.phase_arms import ARM, Arm
from pipeline.measures.phase_closeness import closeness
from pipeline.measures.phase_coded import Coded, Task, classes_per_frame, codes_per_frame, inside
from pipeline.measures.phase_durations import durations, limits, over_codes
from pipeline.steps.phase_report_side_by_side import HUMAN

SECONDS = {"bias": "bias_s", "sd": "sd_s", "lower": "lower_s", "upper": "upper_s", "human": "human_s"}
SHARES = {
    "bias": "bias_share",
    "bias_low": "bias_share_low",
    "bias_high": "bias_share_high",
    "sd": "sd_share",
    "lower": "lower_share",
    "upper": "upper_share",
    "human": "human_share",
}
POINTS = ("modality", "kind", "observation_id", "family", "class", "human_s", "predicted_s", "outside_s", "session_s")
Labels = Mapping[str, np.ndarray]
"""Session -> position of the class per frame."""


def duration_points(every: Sequence[Arm], sessions: Sequence[Coded], task: Task) -> pd.DataFrame:
    """POINTS per arm, session and class, over the whole session. `outside_s`: of the predicted time, what lies where
    the person has no class (dropped codes, uncoded time). Rows of kind HUMAN: a second person in place of a classifier.
    """
    taught = {one.observation_id: _cut(one, classes_per_frame(one, one.coder, task), task) for one in sessions}
    families = {one.observation_id: one.family for one in sessions}
    parts = []
    for arm in every:
        said = {
            one.observation_id: _cut(one, arm.over(one.observation_id, "predicted", one.frames), task)
            for one in sessions
            if one.observation_id in arm.sessions
        }
        parts.append(_points(arm.modality, arm.kind, taught, said, families, task))
    second = {one.observation_id: _second(one, task) for one in sessions if len(one.events) > 1}
    if second:
        parts.append(_points("", HUMAN, taught, second, families, task))
    return pd.concat(parts, ignore_index=True)[list(POINTS)]


def _cut(session: Coded, labels: np.ndarray, task: Task) -> np.ndarray:
    return labels[inside(session, task.fps)]


def _second(session: Coded, task: Task) -> np.ndarray:
    """Classes by the first other person, in the order of names."""
    other = sorted(set(session.events) - {session.coder})[0]
    return _cut(session, classes_per_frame(session, other, task), task)


def _points(
    modality: str, kind: str, taught: Labels, said: Labels, families: Mapping[str, str], task: Task
) -> pd.DataFrame:
    human = {name: taught[name] for name in said}
    table = durations(human, said, task.classes, task.fps)
    outside = {name: np.where(human[name] == UNCODED, labels, UNCODED) for name, labels in said.items()}
    table["outside_s"] = durations(human, outside, task.classes, task.fps)["predicted_s"]
    table["family"] = table["session"].map(families)
    return table.rename(columns={"session": "observation_id"}).assign(modality=modality, kind=kind)


def duration_table(points: pd.DataFrame, seed: int, draws: int) -> pd.DataFrame:
    """Per arm and class: bias with interval and limits of agreement in s and as shares, `predicted_s` and `outside_s`
    (means), `sessions`, `families`, and how much of the differences between sessions is kept (`closeness`).
    """
    rows = points.rename(columns={"observation_id": "session"})
    parts = []
    for (modality, kind), mine in rows.groupby(list(ARM), sort=False):
        table = limits(mine).rename(columns=SECONDS).set_index("class")
        table = table.join(limits(mine, share=True).drop(columns="sessions").rename(columns=SHARES).set_index("class"))
        means = mine.groupby("class", sort=False)
        table["predicted_s"], table["outside_s"] = means["predicted_s"].mean(), means["outside_s"].mean()
        table["families"] = means["family"].nunique()
        close = closeness(mine, seed, draws).rename(
            columns={"human_sd": "human_sd_s", "predicted_sd": "predicted_sd_s"}
        )
        table = table.join(close.set_index("class")).reset_index()
        parts.append(table.assign(modality=modality, kind=kind))
    found = pd.concat(parts, ignore_index=True)
    return found[[*ARM, *(name for name in found if name not in ARM)]]


def over_main_codes(arm: Arm, sessions: Sequence[Coded], task: Task) -> pd.DataFrame:
    """Seconds the arm predicts each class during each of the person's own codes, dropped ones and uncoded time too."""
    names = tuple(task.codes["code"])
    asked = [one for one in sessions if one.observation_id in arm.sessions]
    codes = {one.observation_id: _cut(one, codes_per_frame(one, one.coder, names, task.fps), task) for one in asked}
    said = {one.observation_id: _cut(one, arm.over(one.observation_id, "predicted", one.frames), task) for one in asked}
    return over_codes(codes, names, said, task.classes, task.fps)
