"""Sessions of a study that teach a classifier of one role: who was coded, with which streams, a class per frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.errors import UserError, did_you_mean, listed
from pipeline.measures.frame_labels import frame_count, frame_labels
from pipeline.measures.phase_coded import EVENT, Coded, Task
from pipeline.measures.phase_sessions import PhasesRefused, Session, mapped
from pipeline.steps.feature_streams import chosen_streams, refuse_random, session_blocks, session_clock
from pipeline.steps.phase_material import Material

SAME = ["fps", "dim", "choices"]
"""What a stream must have in common in all sessions."""


@dataclass(frozen=True)
class Cohort:
    """`sessions`: labels in the order of `classes` of the class map, frames with all streams as `present`. `rows`: the
    streams of each, in the order asked for. `coded`: what people coded of each. `ends`: end of each session (ms).
    """

    sessions: tuple[Session, ...]
    task: Task
    coded: tuple[Coded, ...]
    rows: pd.DataFrame
    ends: dict[str, int]
    subjects: dict[str, str]
    notes: tuple[str, ...]
    random: tuple[str, ...] = ()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the map."""
        return self.task.class_map.classes


def cohort(home: Path, material: Material, asked: PhasesAsked, look: bool = True) -> Cohort:
    """Everyone who can teach; PhasesRefused or StudyError says why nobody can. `look`: read all features once, to see
    which frames have some; without it all frames count.
    """
    notes: list[str] = []
    codings = _one_subject(material.codings[material.codings["is_primary"].astype(bool)], notes)
    rows = _streams(material, codings, asked, notes)
    random = refuse_random_streams(rows, asked)
    codings = codings[codings["observation_id"].isin(set(rows["observation_id"]))]
    of = dict(tuple(rows.groupby("observation_id")))
    read = [_read(home, row, of[row.observation_id], material, look) for row in codings.itertuples()]
    fps = session_clock(of[read[0][1].observation_id]).fps
    sessions = _scored([one for one, _ in read], notes)
    kept = {one.name for one in sessions}
    subjects = dict(zip(codings["observation_id"], codings["subject"], strict=True))
    return Cohort(
        tuple(sessions),
        _task(material, asked, subjects, kept, fps),
        tuple(one for _, one in read if one.observation_id in kept),
        rows[rows["observation_id"].isin(kept)].reset_index(drop=True),
        {str(row.observation_id): int(row.end_ms) for row in codings.itertuples()},
        {name: subject for name, subject in subjects.items() if name in kept},
        tuple(notes),
        tuple(random),
    )


def _one_subject(codings: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """One coded person per recording: the first caregiver where both were coded."""
    if codings.empty:
        raise PhasesRefused("No coding of a person is the analysed one in this study. Choose a human coder to analyse.")
    ordered = codings.sort_values(["observation_id", "subject"])
    found = ordered.drop_duplicates("observation_id")
    if len(found) < len(ordered):
        notes.append(f"{len(ordered) - len(found)} further codings of a second caregiver are left out.")
    return found.reset_index(drop=True)


def _streams(material: Material, codings: pd.DataFrame, asked: PhasesAsked, notes: list[str]) -> pd.DataFrame:
    """The streams asked for of every coded recording that has them all, made in one way."""
    _refuse_unknown(material.streams, asked)
    parts, lacking = [], dict.fromkeys(asked.streams, 0)
    for row in codings.itertuples():
        own = material.streams[material.streams["observation_id"] == row.observation_id]
        missing = [name for name in asked.streams if not _has(own, name, str(row.subject))]
        for name in missing:
            lacking[name] += 1
        if not missing:
            parts.append(chosen_streams(own, asked.streams, str(row.subject)))
    for name, count in lacking.items():
        if count:
            text = f"{count} of {len(codings)} coded sessions have no {name} of the {asked.role} or of the whole"
            notes.append(f"{text} session: they are left out.")
    if not parts:
        raise PhasesRefused(
            f"No coded session has {' and '.join(asked.streams)} of the {asked.role} or of the whole session. Extract "
            "the streams of the coded sessions, name them under [[streams]] in the manifest, and import again."
        )
    return _made_alike(pd.concat(parts, ignore_index=True), asked.streams, notes)


def _has(rows: pd.DataFrame, name: str, subject: str) -> bool:
    return bool(((rows["stream"] == name) & rows["subject"].isin((subject, ""))).any())


def _refuse_unknown(streams: pd.DataFrame, asked: PhasesAsked) -> None:
    known = sorted(set(streams["stream"]))
    if not known:
        raise PhasesRefused(
            "This study has no feature streams. Extract some (`python -m pipeline extract VIDEO... --streams "
            "motion_grid`), name them under [[streams]] in the manifest, and import again."
        )
    for name in asked.streams:
        if name not in known:
            near = did_you_mean(name, known)
            raise PhasesRefused(f"'{name}' is not a stream of this study.{near} Choose from: {listed(known)}.")


def _made_alike(rows: pd.DataFrame, names: Sequence[str], notes: list[str]) -> pd.DataFrame:
    """Recordings whose streams were made as most were; the others are left out and counted."""
    whole = rows["observation_id"].nunique()
    odd: set[str] = set()
    for name in names:
        own = rows[rows["stream"] == name]
        made = own[SAME].astype(str).agg(" ".join, axis=1)
        usual = made.value_counts().sort_index().sort_values(ascending=False, kind="stable").index[0]
        odd |= set(own.loc[made != usual, "observation_id"])
    if odd:
        words = f"{len(odd)} of {whole} coded sessions have streams that were extracted with other choices than most"
        notes.append(f"{words}: they are left out, as such numbers cannot be compared.")
    return rows[~rows["observation_id"].isin(odd)].reset_index(drop=True)


def refuse_random_streams(rows: pd.DataFrame, asked: PhasesAsked) -> list[str]:
    """Streams with random weights; UserError unless they are allowed."""
    try:
        return refuse_random(rows, asked.allow_random_weights)
    except UserError as fault:
        text = f"{fault.message} To try the road out: --allow-random-weights; such a model never becomes a coder."
        raise PhasesRefused(text) from None


def _read(home: Path, row: tuple, rows: pd.DataFrame, material: Material, look: bool) -> tuple[Session, Coded]:
    """One recording: its frames with a class, and what everyone coded of it."""
    clock = session_clock(rows, int(row.end_ms))
    present = np.full(clock.frames, not look)
    for first, block in session_blocks(home, rows, int(row.end_ms)) if look else ():
        present[first : first + len(block)] = np.isfinite(block).all(axis=1)
    present[: frame_count(int(row.start_ms), clock.fps)] = False
    events = _events(material, str(row.observation_id), str(row.subject))
    codes = tuple(material.class_map.merge)
    for code in set(events[row.coder_id]["code"]):
        material.class_map.of(code)
    labels = mapped(codes, material.class_map, frame_labels(events[row.coder_id], codes, clock.frames, clock.fps))
    name, family = str(row.observation_id), str(row.family_id)
    session = Session(name, family, labels, present, _episodes(material.episodes, name, clock.frames, clock.fps))
    ends = int(row.start_ms), int(row.end_ms)
    # To the end of the session: where a stream ends before, nothing is predicted, and durations show it.
    whole = frame_count(ends[1], clock.fps)
    coded = Coded(name, family, *ends, whole, str(row.coder_id), events, subject=str(row.subject))
    return session, coded


def _events(material: Material, observation: str, subject: str) -> dict[str, pd.DataFrame]:
    """Person -> what they coded of one subject."""
    same = (material.codings["observation_id"] == observation) & (material.codings["subject"] == subject)
    own = (material.events["observation_id"] == observation) & (material.events["subject"] == subject)
    events = material.events[own]
    coders = [str(name) for name in material.codings.loc[same, "coder_id"]]
    return {name: events.loc[events["coder_id"] == name, list(EVENT)].reset_index(drop=True) for name in coders}


def _episodes(episodes: pd.DataFrame, observation: str, frames: int, fps: Fraction) -> np.ndarray | None:
    """Number of the episode of each frame, -1 between; None without episodes."""
    own = episodes[episodes["observation_id"] == observation]
    if own.empty:
        return None
    numbers = tuple(str(place) for place in range(len(own)))
    return frame_labels(own.assign(code=list(numbers)), numbers, frames, fps).astype(np.int64)


def _scored(sessions: list[Session], notes: list[str]) -> list[Session]:
    """Sessions with a frame that teaches; the others are counted."""
    kept = [one for one in sessions if one.scored.any()]
    if left := len(sessions) - len(kept):
        notes.append(f"{left} of {len(sessions)} sessions have no frame with a class and features: they are left out.")
    if not kept:
        raise PhasesRefused("No frame of these sessions has both a code of the class map and features.")
    return kept


def _task(material: Material, asked: PhasesAsked, subjects: dict[str, str], kept: set[str], fps: Fraction) -> Task:
    commonest = pd.Series([subject for name, subject in subjects.items() if name in kept]).mode().iloc[0]
    group, classes = material.class_map.group, tuple(sorted(material.class_map.classes))
    return Task(asked.role, str(commonest), material.scheme, group, material.codes, material.class_map, classes, fps)


def ignoring_families(found: Cohort) -> Cohort:
    """The same sessions as if each came from a family of its own: to show what that would do, never for a result."""
    return replace(found, sessions=tuple(replace(one, family=one.name) for one in found.sessions))
