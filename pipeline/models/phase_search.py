"""Nested cross-validation of classifiers of phases: who is asked has no part in anything that answers.

Per outer fold: every setting is taught anew in every inner fold, the one with the best mean score inside is taught
again by the whole outer teaching side, and asked once. A result is a dict of plain arrays (`outer_fold`), so that it
can be kept in a file without objects and taken up again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.catalogue.phase_recipe import PaperCompat
from pipeline.measures.phase_folds import Fold, inner_folds
from pipeline.measures.phase_metrics import METRICS, confusion, metrics
from pipeline.measures.phase_scaling import fit_scaling
from pipeline.measures.phase_sessions import Session
from pipeline.measures.phase_weights import class_weights
from pipeline.models.phase_work import Progress, Work, key
from pipeline.models.phases import Answers, Diverged, Fitted, Learner, fit, new_learner, predict, settled
from pipeline.models.phases_lesson import Lesson, Read, lesson

Result = dict[str, np.ndarray]
"""One outer fold: `key`, `number`, `scores` and `epochs` (settings, inner), `best`, `refit_epochs`, `seed`, `outside`,
and per asked session `frames/<name>` and `probabilities/<name>`."""


Heard = Callable[[Progress], None]


@dataclass(frozen=True)
class Searched:
    """`classes`: sorted, the order of the probabilities in `results` (by outer fold)."""

    classes: tuple[str, ...]
    sessions: dict[str, Session]
    results: tuple[Result, ...]
    notes: tuple[str, ...]
    compat: PaperCompat


def search(
    work: Work,
    done: Mapping[int, Result] | None = None,
    keep: Callable[[Result], None] = lambda result: None,
    heard: Heard = lambda progress: None,
) -> Searched:
    """All outer folds. Results in `done` (by number) that belong to the same work are not computed again; each new one
    is given to `keep`. `heard` is told after each epoch, and what it raises ends the search.
    """
    results = []
    for fold in work.plan.folds:
        found = (done or {}).get(fold.number)
        if found is None or str(found["key"]) != key(work):
            found = outer_fold(work, fold, heard)
            keep(found)
        results.append(found)
    return searched(work, results)


def searched(work: Work, results: Sequence[Result]) -> Searched:
    """Results of all outer folds put together, wherever they were computed."""
    ordered = tuple(sorted(results, key=lambda one: int(one["number"])))
    return Searched(work.design.classes, work.sessions, ordered, work.plan.notes, work.design.compat)


def outer_fold(work: Work, fold: Fold, heard: Heard = lambda progress: None) -> Result:
    """One outer fold as plain arrays; needs nothing of any other fold."""
    design, read = work.design, work.prepare(fold.teaching)
    inner = inner_folds(work.families, fold, design.inner, design.seed).folds
    scores, epochs, last = _inner_scores(work, fold, inner, read, heard)
    best = int(np.argmax(scores.mean(axis=1)))
    count = max(1, int(np.median(epochs[best]) + 0.5))
    seed = (design.seed, fold.number + 1, 0, best)
    if design.compat.no_refit:
        fitted = last.get(best) or next(iter(last.values()))
    else:
        told = _told(heard, fold.number, -1, best)
        given = _lesson(work, fold, read)
        fitted = fit(given, design.settings[best], seed, count, told, period=_period(work, given, best))
    arrays = {
        "key": np.array(key(work)),
        "number": np.array(fold.number),
        "scores": scores,
        "epochs": epochs,
        "best": np.array(best),
        "refit_epochs": np.array(count),
        "seed": np.array(seed),
        "outside": np.array(0),
    }
    for session in work.of(fold.asked):
        answers = _answers(work, fitted, session, read, seed)
        arrays[f"frames/{session.name}"] = answers.frames
        arrays[f"probabilities/{session.name}"] = answers.probabilities
        arrays["outside"] = arrays["outside"] + answers.outside
    return arrays


def _inner_scores(
    work: Work, fold: Fold, inner: Sequence[Fold], read: Read, heard: Heard
) -> tuple[np.ndarray, np.ndarray, dict[int, Fitted]]:
    """Scores and best epochs (settings, inner folds), and the last network of each setting."""
    design, last = work.design, {}
    scores, epochs = (np.zeros((len(design.settings), len(inner))) for _ in range(2))
    carried: dict[int, Learner] = {}
    for one in inner:
        given = _lesson(work, one, read)
        for place, recipe in enumerate(design.settings):
            seed = (design.seed, fold.number + 1, one.number + 1, place)
            if design.compat.one_model_throughout and place not in carried:
                with settled(int(np.random.default_rng(seed).integers(2**31)), given.device):
                    carried[place] = new_learner(given, recipe)
            told = _told(heard, fold.number, one.number, place)
            try:
                fitted = fit(given, recipe, seed, None, told, carried.get(place), _period(work, given, place))
            except Diverged:
                epochs[place, one.number] = 1
                continue
            last[place], epochs[place, one.number] = fitted, fitted.epochs
            scores[place, one.number] = _score(work, fitted, one, read, seed)
    if not last:
        raise Diverged("Teaching went off in every setting. Choose smaller learning rates.")
    return scores, epochs, last


def _told(heard: Heard, outer: int, inner: int, setting: int) -> Callable[[int], None]:
    return lambda epoch: heard(Progress(outer, inner, setting, epoch))


def _lesson(work: Work, fold: Fold, read: Read) -> Lesson:
    """A fold's lesson; scaling and weights are the teaching side's, unless a published choice takes everybody's."""
    teaching, asked = work.of(fold.teaching), work.of(fold.asked)
    given = lesson(teaching, read, len(work.design.classes), asked, work.where.name)
    given = replace(given, threads=work.design.threads, precision=work.where.precision)
    everyone = list(work.sessions.values())
    if work.design.compat.scaling_on_all:
        given = replace(given, scaling=fit_scaling(read(one.name)[one.present] for one in everyone))
    if work.design.compat.weights_on_all:
        labels = np.concatenate([one.labels[one.scored] for one in everyone])
        given = replace(given, weights=class_weights(labels, len(work.design.classes)))
    return given


def _period(work: Work, given: Lesson, place: int) -> int | None:
    """Of the cosine, in epochs; the published code took a number of steps for it."""
    recipe = work.design.settings[place]
    if not work.design.compat.cosine_in_steps:
        return None
    frames = sum(int(one.scored.sum()) for one in given.teaching)
    return recipe.epochs * max(1, frames // (recipe.stride * recipe.batch))


def _answers(work: Work, fitted: Fitted, session: Session, read: Read, seed: tuple[int, ...]) -> Answers:
    compat, window = work.design.compat, fitted.recipe.window
    stride = max(1, window // 2) if compat.overlapping_asked_windows else None
    dropout = int(np.random.default_rng(seed).integers(2**31)) if compat.dropout_when_asked else None
    return predict(fitted, session, read(session.name), stride, dropout, work.where.name)


def _score(work: Work, fitted: Fitted, fold: Fold, read: Read, seed: tuple[int, ...]) -> float:
    """F1 weighted by support on the validation sessions of an inner fold."""
    classes = len(work.design.classes)
    matrix = np.zeros((classes, classes), dtype=np.int64)
    for session in work.of(fold.asked):
        answers = _answers(work, fitted, session, read, seed)
        matrix += confusion(session.labels[answers.frames], answers.probabilities.argmax(axis=1), classes)
    found = dict(zip(METRICS, metrics(matrix), strict=True))
    if work.design.compat.early_epoch_bonus:
        return float(0.5 * found["f1_unweighted"] + 0.5 * (1 - fitted.epochs / 100))
    return float(found["f1_weighted"])


def final_fit(work: Work, results: Sequence[Result], heard: Heard = lambda progress: None) -> Fitted:
    """The network for sessions that nobody coded: the setting with the best mean inner score over all outer folds,
    taught by every coded session for the median of its best epochs.
    """
    scores = np.concatenate([one["scores"] for one in results], axis=1)
    epochs = np.concatenate([one["epochs"] for one in results], axis=1)
    best = int(np.argmax(scores.mean(axis=1)))
    count = max(1, int(np.median(epochs[best]) + 0.5))
    names = tuple(work.sessions)
    given = lesson(work.of(names), work.prepare(names), len(work.design.classes), (), work.where.name)
    given = replace(given, threads=work.design.threads, precision=work.where.precision)
    seed = (work.design.seed, 0, 0, best)
    return fit(given, work.design.settings[best], seed, count, _told(heard, -1, -1, best))
