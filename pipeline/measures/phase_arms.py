"""The answers of each arm of a comparison (streams x model), cut by session once, for all that is counted on them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.measures.frame_labels import UNCODED
from pipeline.measures.phase_metrics import confusion

ARM = ("modality", "kind")
COLUMNS = ("fold", "frame", "truth", "predicted", "confidence")


@dataclass(frozen=True)
class Arm:
    """One arm: `rows` per answered frame, in the order of session and frame: frame, fold, truth, predicted, confidence.

    `sessions`: names in order; `family` of each; `ends` (sessions + 1,): rows of session i are ends[i] to ends[i + 1].
    `probabilities` (rows, classes). Sessions and families are sorted by name, so that no order of rows matters.
    """

    modality: str
    kind: str
    classes: int
    sessions: tuple[str, ...]
    family: np.ndarray
    ends: np.ndarray
    rows: Mapping[str, np.ndarray]
    probabilities: np.ndarray

    @cached_property
    def session_of(self) -> np.ndarray:
        """Number of the session of each row."""
        return np.repeat(np.arange(len(self.sessions)), np.diff(self.ends))

    @cached_property
    def per_session(self) -> np.ndarray:
        """Confusion matrices (sessions, classes, classes), a person's classes as rows."""
        return self.matrices(self.session_of, len(self.sessions))

    @cached_property
    def families(self) -> tuple[np.ndarray, np.ndarray]:
        """Names of the families, and the number of the family of each session."""
        return np.unique(self.family, return_inverse=True)

    @cached_property
    def per_family(self) -> np.ndarray:
        """Confusion matrices (families, classes, classes)."""
        names, place = self.families
        found = np.zeros((len(names), self.classes, self.classes), dtype=np.int64)
        np.add.at(found, place, self.per_session)
        return found

    @cached_property
    def per_fold(self) -> tuple[np.ndarray, np.ndarray]:
        """Numbers of the folds and their confusion matrices."""
        folds, place = np.unique(self.rows["fold"], return_inverse=True)
        return folds, self.matrices(place, len(folds))

    @property
    def pooled(self) -> np.ndarray:
        """The confusion matrix of all frames."""
        return self.per_session.sum(axis=0)

    def matrices(self, group: np.ndarray, groups: int) -> np.ndarray:
        """Confusion matrices of any groups of rows."""
        both = (self.rows["truth"] >= 0) & (self.rows["predicted"] >= 0)
        place = group[both] * self.classes + self.rows["truth"][both].astype(np.int64)
        flat = place * self.classes + self.rows["predicted"][both]
        return np.bincount(flat, minlength=groups * self.classes**2).reshape(groups, self.classes, self.classes)

    def over(self, session: str, column: str, length: int, missing: float = UNCODED) -> np.ndarray:
        """A column over all frames of a session, `missing` where nothing was answered."""
        place = self.sessions.index(session)
        part = slice(self.ends[place], self.ends[place + 1])
        found = np.full(length, missing, dtype=self.rows[column].dtype)
        found[self.rows["frame"][part]] = self.rows[column][part]
        return found


def arms(answers: pd.DataFrame, classes: tuple[str, ...]) -> Iterator[Arm]:
    """The arms of a table of answers: observation_id, family, modality, kind, fold, frame, truth, predicted, confidence
    and `p_<class>` per class.
    """
    numbered = {name: pd.factorize(answers[name], sort=True) for name in (*ARM, "observation_id", "family")}
    (modality, modalities), (kind, kinds) = (numbered[name] for name in ARM)
    each = modality * len(kinds) + kind
    for number in np.unique(each):
        arm = str(modalities[number // len(kinds)]), str(kinds[number % len(kinds)])
        yield _arm(arm, np.flatnonzero(each == number), answers, numbered, classes)


def _arm(
    arm: tuple[str, str],
    rows: np.ndarray,
    answers: pd.DataFrame,
    numbered: Mapping[str, tuple],
    classes: tuple[str, ...],
) -> Arm:
    (session, names), (family, families) = numbered["observation_id"], numbered["family"]
    rows = rows[np.lexsort((answers["frame"].to_numpy()[rows], session[rows]))]
    asked, place, counts = np.unique(session[rows], return_index=True, return_counts=True)
    ends = np.append(0, np.cumsum(counts))
    columns = {name: answers[name].to_numpy()[rows] for name in COLUMNS}
    sure = np.column_stack([answers[f"p_{name}"].to_numpy(dtype=np.float32)[rows] for name in classes])
    own = np.array([str(families[one]) for one in family[rows[place]]], dtype=object)
    return Arm(*arm, len(classes), tuple(str(names[one]) for one in asked), own, ends, columns, sure)


def same_frames(one: Arm, other: Arm, lengths: Mapping[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Confusion matrices per family (families, k, k) of both arms over the frames that both answered and a person
    coded; families that share no frame are empty.
    """
    names, place = one.families
    found = [np.zeros((len(names), one.classes, one.classes), dtype=np.int64) for _ in range(2)]
    shared = set(other.sessions)
    for number, session in enumerate(one.sessions):
        if session not in shared:
            continue
        length = lengths[session]
        mine, theirs = (arm.over(session, "predicted", length) for arm in (one, other))
        truth = np.where((mine >= 0) & (theirs >= 0), one.over(session, "truth", length), UNCODED)
        for matrices, said in zip(found, (mine, theirs), strict=True):
            matrices[place[number]] += confusion(truth, said, one.classes)
    return found[0], found[1]
