"""Sessions as a classifier of phases sees them: a class per frame, and which frames have features."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.class_map import ClassMap
from pipeline.errors import UserError, listed
from pipeline.measures.frame_labels import UNCODED

FEWEST_SESSIONS = 2
"""A class that occurs in fewer sessions cannot be taught and asked."""


class PhasesRefused(UserError):
    """The sessions that were chosen cannot teach a classifier."""


@dataclass(frozen=True)
class Session:
    """One session of one role; arrays have one entry per frame.

    `labels`: position of the class, UNCODED for dropped codes and uncoded time. `present`: the frame has features.
    `episodes`: number of the episode, where windows must not cross one.
    """

    name: str
    family: str
    labels: np.ndarray
    present: np.ndarray
    episodes: np.ndarray | None = None

    @property
    def scored(self) -> np.ndarray:
        """Frames with a class and with features: those that teach and count."""
        return (self.labels != UNCODED) & self.present


def present_frames(features: np.ndarray) -> np.ndarray:
    """Which frames (rows) have features: all numbers finite."""
    return np.isfinite(features).all(axis=1)


def mapped(codes: Sequence[str], class_map: ClassMap, labels: np.ndarray) -> np.ndarray:
    """Labels as positions in `codes` -> positions in the map's classes; dropped ones and no code -> UNCODED.

    Raises CatalogueError for a code that the map does not name.
    """
    classes = [class_map.of(code) for code in codes]
    numbers = [UNCODED if name is None else class_map.classes.index(name) for name in classes]
    return np.array([*numbers, UNCODED], dtype=np.int16)[labels]


def counted(names: Sequence[str], labels: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Per name: `frames` and `sessions` with it, for codes before the map or classes after it; '' is uncoded."""
    table = np.array([np.bincount(one.astype(np.int64) + 1, minlength=len(names) + 1) for one in labels.values()])
    table = table.reshape(-1, len(names) + 1)
    found = pd.DataFrame({"name": ["", *names], "frames": table.sum(axis=0), "sessions": (table > 0).sum(axis=0)})
    return pd.concat([found[1:], found[:1]], ignore_index=True)


def rare_classes(sessions: Iterable[Session], classes: Sequence[str], folds: int) -> list[str]:
    """Sentences about classes that occur in fewer sessions than there are folds.

    Raises PhasesRefused where nothing is coded, or a class occurs in some but fewer than FEWEST_SESSIONS sessions, or
    fewer than two classes occur.
    """
    table = counted(classes, {one.name: one.labels[one.scored] for one in sessions})[:-1]
    used = table[table["frames"] > 0]
    if used.empty:
        raise PhasesRefused("No frame of them has both a code of the class map and features. Widen the filters.")
    if rare := list(used.loc[used["sessions"] < FEWEST_SESSIONS, "name"]):
        raise PhasesRefused(
            f"{listed(rare)} occurs in one session only, so that it cannot be taught and asked. Add sessions, or merge "
            "or drop it in the class map."
        )
    if len(used) < 2:
        raise PhasesRefused(f"Only {used['name'].iloc[0]} occurs in these sessions; there is nothing to tell apart.")
    never = [f"{name} does not occur and can never be predicted." for name in table.loc[table["frames"] == 0, "name"]]
    few = used[used["sessions"] < folds]
    return never + [
        f"{name} occurs in {count} sessions only: some folds are tested without it."
        for name, count in zip(few["name"], few["sessions"], strict=True)
    ]
