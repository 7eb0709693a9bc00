"""Codings of people and of classifiers laid side by side, as the agreement step reads them.

Two scales. CLASSES: what everybody marked, put through the class map. CODES: codings as they stand.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.errors import UserError
from pipeline.measures.frame_labels import label_events
from pipeline.measures.phase_arms import Arm
from pipeline.measures.phase_coded import Coded, Task, class_events
from pipeline.steps.agreement import COMPARISONS, Paired

HUMAN = "human"
CLASSES, CODES = "classes", "codes"
EVERY, TWICE = "all sessions", "double-coded sessions"
Said = dict[str, dict[tuple[str, str], pd.DataFrame]]
"""Session -> arm -> events of classes."""


@dataclass(frozen=True)
class Shown:
    """All codings of the sessions laid side by side, on one scale. `sessions`: per pair of codings modality, kind
    (HUMAN for two people), family, and whether people coded the session `twice`.
    """

    paired: Paired
    sessions: pd.DataFrame

    def places(self, modality: str, kind: str, over: str) -> np.ndarray:
        """Rows of the pairs of one arm (or of people, kind HUMAN)."""
        rows = self.sessions
        chosen = (rows["modality"] == modality) & (rows["kind"] == kind)
        return np.flatnonzero(chosen & ((over == EVERY) | rows["twice"]))


def predicted_events(arms: Sequence[Arm], sessions: Sequence[Coded], task: Task) -> Said:
    """The answers of each session and arm as events, as they enter a study."""
    found: Said = {}
    for session in sessions:
        for arm in (one for one in arms if session.observation_id in one.sessions):
            labels = arm.over(session.observation_id, "predicted", session.frames)
            rows = label_events(labels, task.classes, task.fps, session.origin_ms)
            found.setdefault(session.observation_id, {})[arm.modality, arm.kind] = rows
    return found


def side_by_side(said: Said, sessions: Sequence[Coded], task: Task, scale: str) -> Shown | None:
    """The codings as the agreement step reads them; None where classes are no codes of the group, or nothing pairs."""
    labels = task.classes if scale == CLASSES else tuple(task.codes["code"])
    if not set(task.classes) <= set(labels):
        return None
    pairs, events = [], []
    for session in sessions:
        own = {coder: _human(rows, task, scale) for coder, rows in session.events.items()}
        for (modality, kind), rows in said.get(session.observation_id, {}).items():
            pairs.append(_pair(session, modality, kind, session.coder, f"model:{modality} {kind}"))
            events.append((own[session.coder], rows))
        for first, second in combinations(sorted(own), 2):
            pairs.append(_pair(session, "", HUMAN, first, second))
            events.append((own[first], own[second]))
    if not pairs:
        return None
    rows = pd.DataFrame(pairs).assign(
        pair=range(len(pairs)), scheme=task.scheme, behaviour_group=task.behaviour_group, subject=task.subject
    )
    codes = _codes(task, scale)
    return Shown(Paired(rows, _numbered(events, labels), codes, pd.DataFrame()), rows)


def _pair(session: Coded, modality: str, kind: str, first: str, second: str) -> dict[str, object]:
    kinds = (HUMAN, HUMAN if kind == HUMAN else "model")
    return {
        "observation_id": session.observation_id, "family": session.family, "first": first, "second": second,
        "first_kind": kinds[0], "second_kind": kinds[1], "comparison": COMPARISONS[kinds],
        "start_ms": session.start_ms, "end_ms": session.end_ms, "modality": modality, "kind": kind,
        "twice": len(session.events) > 1,
    }  # fmt: skip


def _human(rows: pd.DataFrame, task: Task, scale: str) -> pd.DataFrame:
    return class_events(rows, task.class_map) if scale == CLASSES else rows


def _codes(task: Task, scale: str) -> pd.DataFrame:
    if scale == CODES:
        return task.codes.assign(scheme=task.scheme, behaviour_group=task.behaviour_group)
    rows = {"code": task.classes, "unobservable": False, "subjects": task.subject}
    return pd.DataFrame(rows).assign(scheme=task.scheme, behaviour_group=task.behaviour_group)


def _numbered(events: list[tuple[pd.DataFrame, pd.DataFrame]], labels: Sequence[str]) -> pd.DataFrame:
    """Events of every pair and side, codes as positions."""
    every = [rows for both in events for rows in both]
    lengths = [len(rows) for rows in every]
    number = np.repeat(np.arange(len(every)), lengths)
    text = np.concatenate([rows["code"].to_numpy(dtype=object) for rows in every])
    columns = {"pair": number // 2, "side": number % 2, "code": pd.Index(labels).get_indexer(text), "kind": "state"}
    for name in ("onset_ms", "offset_ms"):
        columns[name] = np.concatenate([rows[name].to_numpy(dtype=np.int64) for rows in every])
    found = pd.DataFrame(columns)
    if (found["code"] < 0).any():
        raise UserError(
            f"'{text[found['code'] < 0][0]}' is no code of the group that was taught. Import the study again."
        )
    return found


def wanted(shown: Shown) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Arms (and people) with the sessions to take in: all, and where some are coded twice those alone as well."""
    rows = shown.sessions
    overs = (EVERY, TWICE) if rows["twice"].any() else (EVERY,)
    for modality, kind in rows[["modality", "kind"]].drop_duplicates().itertuples(index=False):
        for over in (TWICE,) if kind == HUMAN else overs:
            yield modality, kind, over, shown.places(modality, kind, over)
