"""A classifier among the coders: its predictions as one more coding, measured by the code that measures people.

Two scales. "classes": what everybody marked, put through the class map, in the time in which both have a class; people
and classifiers can be compared. "codes": codings as they stand, uncoded time included, as the Agreement page shows them
when the predictions have entered the study.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.measures.agreement import statistics
from pipeline.measures.agreement_matrices import NO_EVENT, dense
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import interval
from pipeline.measures.phase_arms import Arm
from pipeline.measures.phase_coded import Coded, Task, classes_per_frame
from pipeline.measures.phase_metrics import DRAWS, confusion, with_intervals
from pipeline.steps.agreement import Group, measure
from pipeline.steps.phase_report_side_by_side import (
    CLASSES,
    CODES,
    EVERY,
    HUMAN,
    TWICE,
    Shown,
    predicted_events,
    side_by_side,
    wanted,
)

FRAMES, DURATION, EVENTS = "frame_kappa", "duration_kappa", "event_kappa"
METHODS = {
    (CLASSES, DURATION): Method(drop_uncoded=True),
    (CLASSES, EVENTS): Method("alignment", drop_uncoded=True),
    (CODES, DURATION): Method(),
}
KEY = ("modality", "kind", "behaviour_group", "scale", "method", "over")
VALUES = ("kappa", "low", "high", "interval_note", "agreement", "kappa_max", "ac1", "total", "outcome")
COUNTS = ("sessions", "families", "shared_s", "differ_s")
COLUMNS = (*KEY, *VALUES, *COUNTS)
BOUTS = ("modality", "kind", "over", "class", "human", "predicted", "paired", "human_mean_s", "predicted_mean_s")


def agreement(
    arms: Sequence[Arm], sessions: Sequence[Coded], task: Task, seed: int = 1, draws: int = DRAWS
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """COLUMNS per arm, scale, method and sessions taken in, and BOUTS per arm and class (classes only).

    Where people coded sessions twice there are rows of kind HUMAN for them, and every arm has a second set of rows for
    the same sessions. Intervals: families are drawn.
    """
    found, bouts, said = [], [], predicted_events(arms, sessions, task)
    for scale in (CLASSES, CODES):
        shown = side_by_side(said, sessions, task, scale)
        if shown is None:
            continue
        for (own, name), method in METHODS.items():
            if own != scale:
                continue
            group = measure(shown.paired, method).groups[0]
            found += _rows(shown, group, method, {"scale": scale, "method": name}, seed, draws)
            if (scale, name) == (CLASSES, EVENTS):
                bouts += _bouts(shown, group)
    found += _frames(arms, sessions, task, seed, draws)
    table = pd.DataFrame(found, columns=list(COLUMNS)).assign(behaviour_group=task.behaviour_group)
    return table, pd.DataFrame(bouts, columns=list(BOUTS))


def _rows(
    shown: Shown, group: Group, method: Method, name: dict[str, str], seed: int, draws: int
) -> list[dict[str, object]]:
    size = len(group.cells.categories.labels)
    frame = group.cells.frame
    stack = dense(frame, frame["pair"].to_numpy(), len(group.pairs), size)
    found = []
    for modality, kind, over, places in wanted(shown):
        rows = group.pairs.iloc[places]
        values = statistics(stack[places].sum(0)[None], method.nil, method.counts, group.offered[places].any(0)[None])
        filled = stack[places].any(axis=(1, 2))
        found.append(
            {
                "modality": modality, "kind": kind, "over": over, **name, **values.iloc[0].to_dict(),
                **_interval(stack[places], rows["family"], method.nil, seed, draws),
                "sessions": rows.loc[filled, "observation_id"].nunique(),
                "families": rows.loc[filled, "family"].nunique(),
                "shared_s": rows["common_s"].sum(), "differ_s": rows["disagreement_s"].sum(),
            }
        )  # fmt: skip
    return found


def _interval(stack: np.ndarray, family: pd.Series, nil: bool, seed: int, draws: int) -> dict[str, object]:
    """Interval of a summed matrix's kappa: families are drawn."""
    low, high, note = interval(_per_family(stack, family), nil, draws, seed)
    return {"low": low, "high": high, "interval_note": note}


def _per_family(stack: np.ndarray, family: pd.Series) -> np.ndarray:
    place, names = pd.factorize(family.astype("str"), sort=True)
    summed = np.zeros((len(names), *stack.shape[1:]))
    np.add.at(summed, place, stack)
    return summed


def _bouts(shown: Shown, group: Group) -> list[dict[str, object]]:
    """Bouts of each class: how many a person and a classifier mark, how many of them are paired, and how long they are.

    Bouts that begin where the other side has no class do not count.
    """
    labels = group.cells.categories.labels
    assert labels[0] == NO_EVENT
    stack = dense(group.cells.frame, group.cells.frame["pair"].to_numpy(), len(group.pairs), len(labels))
    events = shown.paired.events
    start, end = (shown.sessions[name].to_numpy()[events["pair"]] for name in ("start_ms", "end_ms"))
    length = (events["offset_ms"].clip(upper=end) - events["onset_ms"].clip(lower=start)) / 1000
    found = []
    for modality, kind, over, places in wanted(shown):
        matrix = stack[places].sum(0)
        mine = events["pair"].isin(places) & (length > 0)
        means = length[mine].groupby([events["side"], events["code"]]).mean()
        for number, label in enumerate(labels[1:], 1):
            first, second = (float(means.get((side, number - 1), np.nan)) for side in (0, 1))
            counts = matrix[number].sum(), matrix[:, number].sum(), matrix[number, number]
            found.append(dict(zip(BOUTS, (modality, kind, over, label, *map(int, counts), first, second), strict=True)))
    return found


def _frames(
    arms: Sequence[Arm], sessions: Sequence[Coded], task: Task, seed: int, draws: int
) -> list[dict[str, object]]:
    """Kappa of frames; of two people the frames that both gave a class."""
    twice = {session.observation_id for session in sessions if len(session.events) > 1}
    size, found = len(task.classes), []
    for arm in arms:
        for over in (EVERY, TWICE) if twice else (EVERY,):
            chosen = np.array([over == EVERY or name in twice for name in arm.sessions])
            parts = (arm.per_session[chosen], arm.family[chosen], np.array(arm.sessions)[chosen])
            found.append(
                {"modality": arm.modality, "kind": arm.kind, "over": over} | _of_frames(*parts, task, seed, draws)
            )
    people = [
        (confusion(*(classes_per_frame(one, coder, task) for coder in pair), size), one.family, one.observation_id)
        for one in sessions
        for pair in combinations(sorted(one.events), 2)
    ]
    if people:
        stack, family, names = (np.array(part) for part in zip(*people, strict=True))
        more = {"modality": "", "kind": HUMAN, "over": TWICE}
        found.append(more | _of_frames(stack, family, names, task, seed, draws))
    return found


def _of_frames(
    stack: np.ndarray, family: np.ndarray, names: np.ndarray, task: Task, seed: int, draws: int
) -> dict[str, object]:
    filled = stack.any(axis=(1, 2))
    whole, seconds = stack.sum(0), 1 / float(task.fps)
    people = pd.Series(family.astype(str))
    ends = _interval(stack, people, False, seed, draws)
    if not ends["interval_note"]:
        # Drawn as the scores are: one kappa of frames has one interval in the whole report.
        counted = _per_family(stack[filled], people[filled])
        ends |= with_intervals(counted, seed, draws).set_index("metric").loc["kappa", ["low", "high"]].to_dict()
    return {
        "scale": CLASSES, "method": FRAMES, **statistics(whole[None]).iloc[0].to_dict(),
        **ends, "sessions": len(set(names[filled])), "families": len(set(family[filled])),
        "shared_s": whole.sum() * seconds, "differ_s": (whole.sum() - np.trace(whole)) * seconds,
    }  # fmt: skip
