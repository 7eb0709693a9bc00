"""What a search among classifiers of phases is about, checked and counted before it starts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from pipeline.catalogue.phase_recipe import PaperCompat, Recipe
from pipeline.device import Device, chosen_device
from pipeline.measures.phase_folds import Fold, inner_folds, outer_folds
from pipeline.measures.phase_sessions import PhasesRefused, Session, rare_classes
from pipeline.models.phases_lesson import Read

Prepare = Callable[[tuple[str, ...]], Read]
"""Names of the teaching sessions -> how features are read, for components fitted on those sessions."""


@dataclass(frozen=True)
class Design:
    """A search. `classes`: of the sessions' labels. `outer`, `inner`: folds asked for. `device` (auto: a graphics card
    where there is one), `threads`: torch's. `precision` of teaching: float32, bfloat16, or auto: what the device is
    fast in.
    """

    classes: tuple[str, ...]
    settings: tuple[Recipe, ...]
    outer: int = 10
    inner: int = 3
    seed: int = 42
    compat: PaperCompat = PaperCompat()
    device: str = "auto"
    threads: int = 1
    precision: str = "float32"

    def __post_init__(self) -> None:
        if not self.settings or min(self.outer, self.inner) < 2:
            raise ValueError("a search needs a setting and at least two folds, outer and inner")


@dataclass(frozen=True)
class Progress:
    """Where a search is; all counted from 0, except `epoch`. `inner` is -1 in the last teaching of an outer fold."""

    outer: int
    inner: int
    setting: int
    epoch: int


@dataclass(frozen=True)
class Plan:
    """What a search will do, said before it starts: `networks` taught and asked, `epochs` at most."""

    folds: tuple[Fold, ...]
    networks: int
    epochs: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Work:
    """A search made ready: sessions sorted by name, labels in the order of the sorted classes."""

    sessions: dict[str, Session]
    prepare: Prepare
    design: Design
    plan: Plan

    @property
    def where(self) -> Device:
        """Where this computer teaches and asks; not part of `key`."""
        return chosen_device(self.design.precision, self.design.device)

    @property
    def families(self) -> dict[str, str]:
        """Session -> family."""
        return {name: session.family for name, session in self.sessions.items()}

    def of(self, names: Sequence[str]) -> list[Session]:
        """The sessions of these names."""
        return [self.sessions[name] for name in names]


def made_ready(sessions: Sequence[Session], prepare: Prepare, design: Design) -> Work:
    """Checks who can teach and be asked; raises PhasesRefused. Sessions without a scored frame are left out, named."""
    if len({one.name for one in sessions}) < len(sessions):
        raise PhasesRefused("Two sessions have the same name. Give each session of the study its own.")
    classes = tuple(sorted(design.classes))
    place = np.array([*(classes.index(name) for name in design.classes), -1])
    ordered = sorted(sessions, key=lambda one: one.name)
    known = {one.name: replace(one, labels=place[one.labels]) for one in ordered if one.scored.any()}
    left = [one.name for one in ordered if one.name not in known]
    ready = replace(design, classes=classes)
    plan = _planned(known, ready)
    notes = tuple(f"{name} has no frame with a class and features: it is left out." for name in left)
    return Work(known, prepare, ready, replace(plan, notes=notes + plan.notes))


def _planned(known: dict[str, Session], design: Design) -> Plan:
    """Folds, what they cost at most, and what there is to say about them."""
    families = {name: one.family for name, one in known.items()}
    outer = outer_folds(families, design.outer, design.seed)
    notes = rare_classes(known.values(), design.classes, len(outer.folds))
    used = outer.folds[:1] if design.compat.single_split else outer.folds
    inside = [inner_folds(families, one, design.inner, design.seed) for one in used]
    notes += list(dict.fromkeys(one.note for one in (outer, *inside) if one.note))
    taught = sum(len(one.folds) for one in inside)
    epochs = taught * sum(one.epochs for one in design.settings) + len(used) * max(
        one.epochs for one in design.settings
    )
    networks = taught * len(design.settings) + len(used)
    return Plan(used, networks, epochs, tuple(notes + _untaught(used, known, design.classes)))


def _untaught(folds: Sequence[Fold], sessions: Mapping[str, Session], classes: Sequence[str]) -> list[str]:
    """Sentences about folds whose teaching side lacks a class that the asked have."""
    found = []
    for fold in folds:
        taught, asked = (_classes_in(side, sessions, len(classes)) for side in (fold.teaching, fold.asked))
        lost = [classes[place] for place in np.flatnonzero(asked & ~taught)]
        found += [f"Fold {fold.number + 1} was taught without {name} and cannot predict it." for name in lost]
    return found


def _classes_in(names: Sequence[str], sessions: Mapping[str, Session], classes: int) -> np.ndarray:
    labels = np.concatenate([sessions[one].labels[sessions[one].scored] for one in names])
    return np.bincount(labels, minlength=classes) > 0


def key(work: Work) -> str:
    """Fingerprint of design, sessions, families and labels: two works of one key give the same results if the features
    are the same.
    """
    found = sha256(repr(work.design).encode())
    for name, session in work.sessions.items():
        found.update(repr((name, session.family, len(session.labels))).encode())
        for part in (session.labels, session.present, session.episodes):
            found.update(b"" if part is None else np.ascontiguousarray(part, dtype=np.int64).tobytes())
    return found.hexdigest()[:32]
