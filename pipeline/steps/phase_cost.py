"""How long a training will take, said before it starts: a cost per frame and network, set right by one short trial."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipeline.catalogue.phase_recipe import Recipe
from pipeline.measures.frame_labels import UNCODED
from pipeline.measures.phase_folds import inner_folds
from pipeline.measures.phase_sessions import Session
from pipeline.models.phase_work import Work
from pipeline.models.phases import fit
from pipeline.models.phases_lesson import lesson

START_S = 6.0
"""Workers start and load torch."""
TRIAL_FRAMES = 3_000
OVERHEAD_S = {"lstm": 4e-6, "linear": 2e-6}
PER_WEIGHT_S = {"lstm": 6e-11, "linear": 1.2e-10}
"""Seconds per frame and epoch on one core of the computer this was measured on, and per weight of the network."""
EARLY = 2
"""Teaching rarely ends before so many epochs more than its patience."""


@dataclass(frozen=True)
class Trial:
    """`ratio`: seconds here for a second of the model. `read_s`: to read a session once. `cached`: share of sessions
    that stay in memory."""

    ratio: float = 1.0
    read_s: float = 0.0
    cached: float = 1.0


@dataclass(frozen=True)
class Expected:
    """Seconds: `low` when teaching ends early as a rule, `high` when every network is taught all its epochs."""

    low: float
    high: float


def weights(recipe: Recipe, width: int, classes: int) -> int:
    """Numbers that a network learns (without constants)."""
    if recipe.kind == "lstm":
        hidden = recipe.hidden[0]
        return 8 * hidden * (width + hidden) + 8 * hidden * (2 * hidden + hidden) + 2 * hidden * classes
    return sum(one * other for one, other in pairwise((width, *recipe.hidden, classes)))


def frame_cost(recipe: Recipe, width: int, classes: int) -> float:
    """Seconds per frame and epoch."""
    return OVERHEAD_S[recipe.kind] + PER_WEIGHT_S[recipe.kind] * weights(recipe, width, classes)


def costs(work: Work, width: int) -> list[float]:
    """Of each setting."""
    return [frame_cost(one, width, len(work.design.classes)) for one in work.design.settings]


def trial(work: Work, width: int, room: int) -> Trial:
    """One epoch of the cheapest setting on some frames of one session. `room`: bytes kept in memory by a process."""
    setting = min(work.design.settings, key=lambda one: frame_cost(one, width, len(work.design.classes)))
    session = max(work.sessions.values(), key=lambda one: int(one.scored.sum()))
    read = work.prepare(tuple(work.sessions))
    begun = time.perf_counter()
    values = read(session.name)
    read_s = time.perf_counter() - begun
    some = _some(session)
    given = lesson([some], lambda name: values, len(work.design.classes))
    fit(given, replace(setting, epochs=1), (0,), 1)
    begun = time.perf_counter()
    fit(given, replace(setting, epochs=1), (0,), 1)
    seconds = time.perf_counter() - begun
    whole = values.nbytes * len(work.sessions)
    own = frame_cost(setting, width, len(work.design.classes)) * int(some.scored.sum())
    return Trial(seconds / own, read_s, min(1.0, room / max(1, whole)))


def _some(session: Session) -> Session:
    """The session with so few classified frames as a trial needs."""
    late = np.cumsum(session.scored) > TRIAL_FRAMES
    return replace(session, labels=np.where(late, UNCODED, session.labels).astype(session.labels.dtype))


def expected_s(works: Sequence[tuple[Work, int]], jobs: int, found: Trial | None = None) -> Expected:
    """Of all folds of all works (with their widths) and the last network, `jobs` folds at a time."""
    found = found or Trial()
    low = high = 0.0
    tasks = sum(len(work.plan.folds) for work, _ in works)
    for place, (work, width) in enumerate(works):
        own_low, own_high = _work_s(work, width, found, final=place == 0)
        low, high = low + own_low, high + own_high
    waves = -(-tasks // max(1, jobs)) / max(1, tasks)
    return Expected(START_S + low * waves, START_S + high * waves)


def _work_s(work: Work, width: int, found: Trial, final: bool) -> tuple[float, float]:
    design = work.design
    low = high = 0.0
    for fold in work.plan.folds:
        inside = inner_folds(work.families, fold, design.inner, design.seed).folds
        taught = [_teaching_s(work, one.teaching, width, found) for one in inside]
        again = _teaching_s(work, fold.teaching, width, found)
        epochs = [(min(one.epochs, one.patience + EARLY), one.epochs) for one in design.settings]
        for place, (few, most) in enumerate(epochs):
            low += sum(one[place] for one in taught) * few
            high += sum(one[place] for one in taught) * most
        low += min(one * few for one, (few, _) in zip(again, epochs, strict=True))
        high += max(one * most for one, (_, most) in zip(again, epochs, strict=True))
    if final:
        whole = _teaching_s(work, tuple(work.sessions), width, found)
        low += min(whole)
        high += max(one * recipe.epochs for one, recipe in zip(whole, design.settings, strict=True))
    return low, high


def _teaching_s(work: Work, names: Sequence[str], width: int, found: Trial) -> list[float]:
    """Seconds of an epoch of each setting, taught by these sessions."""
    frames = sum(int(work.sessions[name].scored.sum()) for name in names)
    reading = len(names) * found.read_s * (1 - found.cached)
    return [cost * frames * found.ratio + reading for cost in costs(work, width)]


def in_words(seconds: float) -> str:
    """'40 seconds', '12 minutes', '3.5 hours', '9 days'."""
    for limit, unit, name in ((90, 1, "seconds"), (5400, 60, "minutes"), (172_800, 3600, "hours")):
        if seconds < limit:
            return f"{seconds / unit:.{1 if unit == 3600 and seconds < 36_000 else 0}f} {name}"
    return f"{seconds / 86_400:.0f} days"
