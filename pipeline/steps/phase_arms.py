"""Arms of a comparison: which streams and which kind of network; the first is the one whose predictions become a coder.

All arms answer the same frames of the same sessions in the same outer folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.catalogue.phase_grids import MOTION, grid
from pipeline.catalogue.phase_recipe import Recipe
from pipeline.errors import UserError
from pipeline.measures.phase_baselines import transition_answers, transitions
from pipeline.measures.phase_sessions import Session
from pipeline.models.phase_search import Result
from pipeline.models.phase_work import Design, Work, made_ready
from pipeline.steps.feature_streams import chosen_streams, session_blocks
from pipeline.steps.phase_features import DESCRIPTORS, Reading
from pipeline.steps.phase_sessions_read import Cohort

MULTIMODAL, VIDEO, AUDIO = "multimodal", "video", "audio"
HEARD = ("w2v", "mel", "audio", "sound", "speech", "voice")
"""A stream with one of these in its name is one of sound, any other one of pictures."""
MAJORITY, TRANSITION, MOTION_LINEAR = "majority", "transition", "motion_linear"
MOTION_GRID = "motion_grid"


@dataclass(frozen=True)
class Arm:
    """One arm that is trained. `kind`: lstm, linear or motion_linear."""

    modality: str
    kind: str
    work: Work

    @property
    def reading(self) -> Reading:
        """How its features are read."""
        return self.work.prepare


def modality(streams: Sequence[str]) -> str:
    """multimodal, video or audio."""
    heard = {any(word in name.casefold() for word in HEARD) for name in streams}
    return MULTIMODAL if len(heard) == 2 else AUDIO if heard == {True} else VIDEO


def trained_arms(
    home: Path, found: Cohort, streams: pd.DataFrame, asked: PhasesAsked, look: bool = True
) -> tuple[list[Arm], list[str]]:
    """The arms that are trained, the main one first, and notes. `streams`: all of the study; `look`: see `cohort`.
    Raises PhasesRefused.
    """
    whole = modality(asked.streams)
    beside = asked.main_kind == "lstm" and (asked.compare or asked.kind == "both")
    kinds = [asked.main_kind, *(["linear"] if beside else [])]
    sides = [(whole, asked.streams)]
    if asked.compare and whole == MULTIMODAL:
        sides += [(side, tuple(one for one in asked.streams if modality([one]) == side)) for side in (VIDEO, AUDIO)]
    arms = [
        Arm(side, kind, _work(found, _reading(home, found, asked, names), grid(kind, asked.grid), asked))
        for side, names in sides
        for kind in kinds
    ]
    motion = _motion(home, found, streams, asked, whole, look)
    return (arms, [motion]) if isinstance(motion, str) else ([*arms, motion], [])


def _reading(home: Path, found: Cohort, asked: PhasesAsked, names: Sequence[str]) -> Reading:
    rows = found.rows[found.rows["stream"].isin(names)]
    return Reading(home, rows, found.ends, asked.pca_scope)


def _work(found: Cohort, reading: Reading, settings: tuple[Recipe, ...], asked: PhasesAsked) -> Work:
    design = Design(
        found.classes, settings, asked.outer, asked.inner, asked.seed, asked.published, precision=asked.precision
    )
    return made_ready(found.sessions, reading, design)


def _motion(home: Path, found: Cohort, streams: pd.DataFrame, asked: PhasesAsked, side: str, look: bool) -> Arm | str:
    """The baseline on how much moves, or why there is none."""
    lacking = "There is no motion_grid for all of these sessions: the baseline on movement is left out."
    parts = []
    for session in found.sessions:
        own = streams[streams["observation_id"] == session.name]
        try:
            parts.append(chosen_streams(own, (MOTION_GRID,), found.subjects[session.name]))
        except UserError:
            return lacking
    rows = pd.concat(parts, ignore_index=True)
    if rows["dim"].nunique() > 1 or rows["dim"].iloc[0] % DESCRIPTORS:
        return lacking
    reading = Reading(home, rows, found.ends, energy=True)
    if MOTION_GRID in asked.streams or not look:
        sessions = found.sessions
    else:
        sessions = tuple(_seen(home, one, reading) for one in found.sessions)
        if not all(one.scored.any() for one in sessions):
            return lacking
    return Arm(side, MOTION_LINEAR, _work(replace(found, sessions=sessions), reading, (MOTION,), asked))


def _seen(home: Path, session: Session, reading: Reading) -> Session:
    """The session without the frames that have no movement."""
    there = np.zeros(len(session.labels), dtype=bool)
    for first, block in session_blocks(home, reading.of(session.name), reading.ends.get(session.name)):
        last = min(first + len(block), len(there))
        there[first:last] = np.isfinite(block).all(axis=1)[: last - first]
    return replace(session, present=session.present & there)


def answer_rows(arm: Arm, results: Sequence[Result]) -> pd.DataFrame:
    """Answers of one arm: observation_id, family, modality, kind, fold, frame, truth, predicted, confidence, and
    p_<class> of each class.
    """
    parts, classes = [], arm.work.design.classes
    for result in sorted(results, key=lambda one: int(one["number"])):
        for name in (one.removeprefix("frames/") for one in result if one.startswith("frames/")):
            session, frames = arm.work.sessions[name], result[f"frames/{name}"]
            sure = result[f"probabilities/{name}"]
            parts.append(_rows(arm.modality, arm.kind, session, int(result["number"]), frames, sure, classes))
    return pd.concat(parts, ignore_index=True)


def _rows(
    side: str, kind: str, session: Session, fold: int, frames: np.ndarray, sure: np.ndarray, classes: Sequence[str]
) -> pd.DataFrame:
    columns = {"observation_id": session.name, "family": session.family, "modality": side, "kind": kind}
    columns |= {"fold": np.int16(fold), "frame": frames.astype(np.int32)}
    columns |= {"truth": session.labels[frames].astype(np.int16), "predicted": sure.argmax(axis=1).astype(np.int16)}
    columns |= {"confidence": sure.max(axis=1).astype(np.float32)}
    columns |= {f"p_{name}": sure[:, place].astype(np.float32) for place, name in enumerate(classes)}
    return pd.DataFrame(columns)


def baseline_rows(main: Arm) -> pd.DataFrame:
    """The commonest class, and how labels follow each other, taught in each outer fold by its teaching sessions; for
    the frames that the main arm answers."""
    work, parts = main.work, []
    classes = work.design.classes
    for fold in work.plan.folds:
        teaching = work.of(fold.teaching)
        labels = np.concatenate([one.labels[one.scored] for one in teaching])
        shares = np.bincount(labels, minlength=len(classes)) / len(labels)
        model = transitions(teaching, len(classes))
        for session in work.of(fold.asked):
            frames = np.flatnonzero(session.present)
            always, following = np.tile(shares, (len(frames), 1)), transition_answers(model, session)[frames]
            for kind, sure in ((MAJORITY, always), (TRANSITION, following)):
                parts.append(_rows(main.modality, kind, session, fold.number, frames, sure, classes))
    return pd.concat(parts, ignore_index=True)
