"""What a training of phase classifiers will do, checked and counted before it starts, and how long that will take."""

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.phase_asked import AS_IMPORTED, PhasesAsked
from pipeline.catalogue.phase_card import Card
from pipeline.errors import UserError, listed
from pipeline.measures.phase_coded import fingerprint
from pipeline.measures.phase_sessions import PhasesRefused
from pipeline.steps import phase_models
from pipeline.steps.phase_arms import Arm, trained_arms
from pipeline.steps.phase_cost import Expected, Trial, expected_s, trial
from pipeline.steps.phase_features import CACHE_BYTES, has_tokens, widths
from pipeline.steps.phase_folds_run import unfinished
from pipeline.steps.phase_material import Material
from pipeline.steps.phase_sessions_read import Cohort, cohort

KIND_WORDS = {"lstm": "bi-LSTM", "linear": "linear model", "motion_linear": "linear model on movement"}
NEVER_NEGATIVE = "Negative engagement is in no class of this map and can never be predicted (caregiver4 keeps it)."


@dataclass(frozen=True)
class Plan:
    """What a training will do: `arms`, the main one first, sessions in `cohort`, and what there is to say."""

    home: Path
    asked: PhasesAsked
    material: Material
    cohort: Cohort
    arms: tuple[Arm, ...]
    notes: tuple[str, ...]

    @property
    def main(self) -> Arm:
        """The arm whose predictions become a coder."""
        return self.arms[0]

    @property
    def id(self) -> str:
        """Eight letters that name the model: the same question on the same data has the same."""
        return unfinished(self.home, self.main.work).name[:8]

    @property
    def title(self) -> str:
        """'Infant engagement, bi-LSTM on motion_grid and log_mel'; says which published choices are on."""
        streams, random = " and ".join(self.asked.streams), ""
        if self.cohort.random:
            random = " (random weights: these figures mean nothing)"
        head = f"{self.asked.role.capitalize()} engagement, {KIND_WORDS[self.main.kind]} on {streams}"
        return f"{head}{self.asked.published.title}{random}"

    @property
    def may_be_coder(self) -> bool:
        """Whether its predictions may enter the study."""
        return self.asked.published.may_be_coder and not self.cohort.random


def plan(home: Path, material: Material, asked: PhasesAsked, look: bool = True) -> Plan:
    """Everything checked and counted before the start; UserError says why it cannot be trained.

    `look`: read all features for frames without numbers; without it (a quick look for a page) all frames count.
    """
    found = cohort(home, material, asked, look)
    refuse_unreduced(home, found, asked)
    arms, notes = trained_arms(home, found, material.streams, asked, look)
    every = dict.fromkeys((*found.notes, *arms[0].work.plan.notes, *notes))
    if asked.class_map in ("", "caregiver3") and asked.role == "caregiver":
        every[NEVER_NEGATIVE] = None
    return Plan(home, asked, material, found, tuple(arms), tuple(every))


def refuse_unreduced(home: Path, found: Cohort, asked: PhasesAsked) -> None:
    """Scores of patches are no features: a scope must be chosen for their components."""
    tokens = sorted({str(row.stream) for row in found.rows.itertuples() if has_tokens(home, str(row.file))})
    if tokens and asked.pca_scope == AS_IMPORTED:
        raise PhasesRefused(
            f"{listed(tokens)} holds scores of patches, which must be reduced. Choose --pca-scope train_fold, session "
            "or frame."
        )


def jobs_of(asked: PhasesAsked) -> int:
    """Folds at a time."""
    if asked.jobs:
        return asked.jobs
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def width(arm: Arm) -> int:
    """Numbers per frame."""
    return 2 if arm.reading.energy else sum(dim for _, dim in widths(arm.reading))


def expected(made: Plan, measured: Trial | None = None) -> Expected:
    """How long it will take, in seconds; of folds that are not computed yet."""
    return expected_s([(arm.work, width(arm)) for arm in made.arms], jobs_of(made.asked), measured)


def measured(made: Plan) -> Trial:
    """How fast this computer is, by one short trial."""
    return trial(made.main.work, width(made.main), CACHE_BYTES)


def done_before(made: Plan) -> Card | None:
    """The card of the same model when it was trained before, with all arms asked for and a report of what people have
    coded now.
    """
    try:
        card = phase_models.card(made.home, made.id)
        rows = phase_models.read_answers(phase_models.model_folder(made.home, made.id), ["modality", "kind"])
    except UserError:
        return None
    if card.coded != fingerprint(made.cohort.coded, made.cohort.task):
        return None
    there = set(rows.drop_duplicates().itertuples(index=False, name=None))
    return card if {(arm.modality, arm.kind) for arm in made.arms} <= there else None
