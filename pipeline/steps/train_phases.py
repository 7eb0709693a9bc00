"""Training of a classifier of engagement phases: folds of families, every arm, the last network, the report, the coder.

The same work for the command line and as a job (kind `phases`). What is asked and what is read stand in `PhasesAsked`
and `Material`; folds that were computed before a stop are taken up again.
"""

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Protocol

import pandas as pd

from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.catalogue.phase_card import Card
from pipeline.measures.phase_sessions import PhasesRefused
from pipeline.models.sampling import SILENT, Listener, SamplingStopped
from pipeline.steps import phase_models
from pipeline.steps.phase_engines import engine
from pipeline.steps.phase_folds_run import FINAL, FoldTask, fold_tasks, kept
from pipeline.steps.phase_keep import keep_model
from pipeline.steps.phase_material import of_words
from pipeline.steps.phase_plan import Plan, done_before, jobs_of, plan
from pipeline.steps.phase_watch import Watch


class Teller(Listener, Protocol):
    """What a running job is given (see `pipeline.jobs.progress`)."""

    folder: Path


def train(made: Plan, listener: Listener = SILENT, engine_name: str = "") -> Card:
    """Trains all arms and keeps the model; raises SamplingStopped when the listener is cancelled: folds that are done
    stay and are taken up the next time.
    """
    begun, home = time.monotonic(), made.home
    phase_models.sweep(home)
    tasks = fold_tasks(home, [arm.work for arm in made.arms])
    final = FoldTask(0, FINAL, made.main.work, tasks[0].folder, tuple(one.file for one in tasks if one.arm == 0))
    watch = Watch(made, tasks, final, listener)
    left = [one for one in tasks if kept(one) is None]
    run_on, jobs = engine(engine_name or made.asked.engine), jobs_of(made.asked)
    fitted = None
    for wave in (left, [final]):
        with closing(run_on(wave, jobs, watch.tick)) as running:
            for outcome in running:
                if outcome.error:
                    raise PhasesRefused(outcome.error)
                watch.ended(outcome.arm, outcome.number)
                fitted = outcome.fitted
    card = keep_model(made, fitted, tasks, time.monotonic() - begun)
    for folder in {one.folder for one in tasks}:
        shutil.rmtree(folder, ignore_errors=True)
    return card


def run_phases(spec: dict[str, object], frame: pd.DataFrame, progress: Teller) -> None:
    """A training as a job (`spec` from `phase_material.order`, `frame` the events): keeps the model in the study folder
    and publishes its predictions; leaves its card in `progress.folder`. Returns early when cancelled, folds that are
    done stay.
    """
    home = progress.folder.parents[2]
    try:
        made = plan(home, of_words(spec["material"], frame), PhasesAsked.model_validate(spec["asked"]))
        card = done_before(made) or train(made, progress)
        published(made, card, lambda words: None)
    except SamplingStopped:
        return
    (progress.folder / phase_models.CARD).write_text(card.model_dump_json(indent=1), encoding="utf-8")


def published(made: Plan, card: Card, report: Callable[[str], None]) -> int | None:
    """The generation in which its predictions are a coder's; None where they may not be, or nothing changed."""
    from pipeline.steps.model_coder import publish_models

    return publish_models(made.home, report) if card.may_be_coder else None
