"""The command `train phases`: says what it will do and how long that takes, trains, and publishes the predictions."""

import sys
from argparse import Namespace

from pydantic import ValidationError

from db import connect
from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.catalogue.phase_card import Card
from pipeline.errors import StudyError, UserError
from pipeline.steps.fit_commands import names
from pipeline.steps.issues import begun_small
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.steps.phase_cost import in_words
from pipeline.steps.phase_folds_run import fold_tasks, kept
from pipeline.steps.phase_material import Material, read_material
from pipeline.steps.phase_plan import Plan, done_before, expected, jobs_of, measured, plan
from pipeline.steps.train_phases import published, train

OPTIONS = {"outer": "folds", "inner": "folds"}
"""Choice -> the option that says it, where they differ."""


def run_train(options: Namespace) -> None:
    """Trains a classifier of engagement phases on the current study and publishes what it predicts."""
    asked = asked_of(options)
    made = plan(connect.home(), material_now(asked), asked)
    for line in what_it_does(made):
        print(line)
    card = done_before(made)
    if card is not None:
        print(f"This model was trained before, on the same data: {card.coder_id}.")
    else:
        for line in how_long(made):
            print(line, flush=True)
        card = trained(made)
    for line in found(card):
        print(line)
    if not card.may_be_coder:
        print("Its predictions do not enter the study: it is for comparison only.")
    elif published(made, card, print) is None:
        print("The study has its predictions already.")


def asked_of(options: Namespace) -> PhasesAsked:
    """The choices, checked; UserError names the option that cannot be."""
    outer, inner = folds(options.folds)
    try:
        return PhasesAsked(
            role=options.role,
            streams=names(options.streams),
            class_map=options.class_map,
            kind=options.kind,
            outer=outer,
            inner=inner,
            grid=options.grid,
            pca_scope=options.pca_scope,
            compat=names(options.compat),
            compare=options.compare,
            seed=options.seed,
            allow_random_weights=options.allow_random_weights,
            engine=options.engine,
            jobs=options.jobs,
            precision=options.precision,
        )
    except ValidationError as faults:
        fault = faults.errors()[0]
        name = str(fault["loc"][0])
        words = begun_small(fault["msg"].removeprefix("Value error, ")).rstrip(".")
        raise UserError(f"--{OPTIONS.get(name, name).replace('_', '-')}: {words}.") from None


def folds(text: str) -> tuple[int, int]:
    """Outer and inner folds of '10x3'."""
    try:
        outer, inner = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise UserError(f"--folds '{text}': write outer x inner folds, for example 10x3.") from None
    return outer, inner


def material_now(asked: PhasesAsked) -> Material:
    """What the current generation has for it; StudyError before the first import."""
    current = current_generation()
    if current is None:
        text = "There is no study yet. Import yours with `python -m pipeline import STUDY.toml`, or build the"
        raise StudyError(f"{text} demo with `python -m pipeline demo`.")
    return read_material(open_generation(current).cursor(), current, asked)


def what_it_does(made: Plan) -> list[str]:
    """Title, who teaches, folds and networks, and all notes."""
    work = made.main.work
    frames = sum(int(one.scored.sum()) for one in work.sessions.values())
    families = len(set(work.families.values()))
    networks = sum(arm.work.plan.networks for arm in made.arms) + 1
    lines = [
        f"{made.title}.",
        f"{len(work.sessions)} sessions of {families} families, {frames:,} frames with a class: "
        f"{', '.join(work.design.classes)}.",
        f"{len(work.plan.folds)} outer folds of families x {work.design.inner} inner ones, "
        f"{len(work.design.settings)} settings: {networks} networks, {jobs_of(made.asked)} at a time.",
    ]
    return [*lines, *(f"Note: {note}" for note in made.notes)]


def how_long(made: Plan) -> list[str]:
    """The expected time, and what is there already."""
    time_s = expected(made, measured(made))
    lines = [f"Expected: {in_words(time_s.low)} to {in_words(time_s.high)} (teaching that stops improving ends early)."]
    tasks = fold_tasks(made.home, [arm.work for arm in made.arms])
    if done := sum(kept(one) is not None for one in tasks):
        lines.append(f"{done} of {len(tasks)} folds were computed before and are not computed again.")
    return lines


def trained(made: Plan) -> Card:
    """The training, with a line on the terminal; Ctrl-C keeps the folds that are done."""
    try:
        return train(made, Told())
    except KeyboardInterrupt:
        text = "Stopped. The folds that are done are kept; the same command goes on from there."
        raise UserError(text) from None
    finally:
        if sys.stderr.isatty():
            print(file=sys.stderr)


def found(card: Card) -> list[str]:
    """What the model can do, in two lines."""
    one = {name: "none" if value is None else f"{value:.2f}" for name, value in card.metrics.items()}
    return [
        f"{card.coder_id}: {card.title}. Took {in_words(card.seconds)}.",
        f"{card.scored_frames:,} frames of {card.sessions} sessions, each predicted without its family: accuracy "
        f"{one['accuracy']}, F1 {one['f1_unweighted']} unweighted and {one['f1_weighted']} weighted, "
        f"kappa {one['kappa']}.",
    ]


class Told:
    """Says on a terminal how far a training is."""

    def report(self, news: dict[str, object]) -> None:
        """One line, written over; none where nobody watches."""
        if sys.stderr.isatty():
            print(f"\r\x1b[K{line(news)}", end="", file=sys.stderr, flush=True)

    def cancelled(self) -> bool:
        """Never."""
        return False

    def stopping(self) -> bool:
        """Never."""
        return False


def line(news: dict[str, object]) -> str:
    """'34 %, 3 of 10 folds done; bi-LSTM, video: setting 2 of 2, epoch 7; about 4 minutes left'"""
    words = f"{100 * int(news['done']) / int(news['total']):.0f} %, {news['fold']} of {news['folds']} folds done"
    if "epoch" in news:
        words += f"; {news['arm']}: setting {news['setting']} of {news['settings']}, epoch {news['epoch']}"
    return words if news.get("left_s") is None else f"{words}; about {in_words(float(news['left_s']))} left"
