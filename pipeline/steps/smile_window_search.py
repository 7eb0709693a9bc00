"""The search of the smile paper: windows x epochs, seeds x folds of mothers; beside it a nested choice and shuffled
scores. Answers about people exist in memory only, while the search runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_feature_names import FEATURE_NAMES, FIGURE_FEATURES
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.errors import UserError
from pipeline.measures.smile_baselines import ridge
from pipeline.measures.smile_folds import Fold, folds, scaled
from pipeline.measures.smile_windows import Windows, related, shuffled, windows
from pipeline.models.window_mlp import Recipe, Task, predict

CHOSEN = 4
"""So many features the networks are given."""
MOTHERS_PER_FOLD = 2
Heard = Callable[[int], None]


class SearchRefused(UserError):
    """The smiles that were chosen cannot teach a network."""


@dataclass(frozen=True)
class Cell:
    """One network: windows, who teaches and who is asked, and which features it is given."""

    cut: Windows
    fold: Fold
    features: tuple[str, ...]


@dataclass(frozen=True)
class Searched:
    """All that a search found out. `outer`: window size -> answers of every seed, with a column per number of epochs;
    `inner`: the same inside each teaching side; `shuffled`: one of each permutation, of the first seed's folds.
    """

    cuts: dict[int, Windows]
    outer: dict[int, pd.DataFrame]
    inner: dict[int, pd.DataFrame]
    shuffled: list[dict[int, pd.DataFrame]]
    features: dict[str, int]
    """Feature -> in how many of the outer folds it was given to the networks."""


def refuse(smiles: pd.DataFrame, settings: WindowSettings, score: str) -> None:
    """SearchRefused when there are too few mothers for the folds, or the score does not vary."""
    least = settings.folds * MOTHERS_PER_FOLD
    for size in settings.windows:
        found = windows(smiles, size).frame["mother"].nunique()
        if found < least:
            raise SearchRefused(
                f"{score}: only {found} mothers have the score and a session with {size} kept smiles or more. At least "
                f"{least} are needed for {settings.folds} folds. Widen the filters, or choose smaller windows."
            )
    if smiles["score"].nunique() < 2:
        raise SearchRefused(f"{score} is the same for everybody here; there is nothing to predict. Widen the filters.")


def fits(settings: WindowSettings) -> int:
    """How many networks a search of one score trains."""
    per_size = len(settings.seeds) * settings.folds * (1 + settings.inner) + settings.permutations * settings.folds
    return len(settings.windows) * per_size


def search(smiles: pd.DataFrame, settings: WindowSettings, heard: Heard) -> Searched:
    """Everything of one score; `heard` is told of every epoch of networks that is done."""
    cuts = {size: windows(smiles, size) for size in settings.windows}
    among = int(smiles["mother"].max()) + 1
    everyone = np.bincount(smiles["mother"], minlength=among) > 0
    outer = [fold for seed in settings.seeds for fold in folds(everyone, settings.folds, among, (seed,))]
    inner = [one for fold in outer for one in folds(fold.teaching, settings.inner, among, fold.name)]
    given = {fold.name: chosen(smiles, fold, settings) for fold in (*outer, *inner)}
    cells = [Cell(cut, fold, given[fold.name]) for cut in cuts.values() for fold in outer]
    found = answered(cells, settings, heard, baselines=True)
    nested = [Cell(cut, fold, given[fold.name]) for cut in cuts.values() for fold in inner]
    used = [name for fold in outer for name in given[fold.name]]
    return Searched(
        cuts,
        by_size(cells, found),
        by_size(nested, answered(nested, settings, heard)),
        permuted(smiles, outer[: settings.folds], settings, heard),
        {name: used.count(name) for name in FEATURE_NAMES},
    )


def chosen(smiles: pd.DataFrame, fold: Fold, settings: WindowSettings) -> tuple[str, ...]:
    """The features of a fold's networks: chosen among the smiles of those who teach, and nobody else's."""
    if settings.features == "all":
        return FEATURE_NAMES
    if settings.features == "paper":
        return FIGURE_FEATURES
    return related(smiles[fold.teaching[smiles["mother"]]], CHOSEN)


def permuted(
    smiles: pd.DataFrame, outer: Sequence[Fold], settings: WindowSettings, heard: Heard
) -> list[dict[int, pd.DataFrame]]:
    """The same search, of one seed, on scores exchanged between mothers, again and again."""
    sets = []
    for number in range(settings.permutations):
        other = shuffled(smiles, np.random.default_rng((settings.seeds[0], number)))
        given = [chosen(other, fold, settings) for fold in outer]
        cuts = [windows(other, size) for size in settings.windows]
        sets.append([Cell(cut, fold, names) for cut in cuts for fold, names in zip(outer, given, strict=True)])
    found = iter(answered([cell for cells in sets for cell in cells], settings, heard))
    return [by_size(cells, [next(found) for _ in cells]) for cells in sets]


def answered(
    cells: Sequence[Cell], settings: WindowSettings, heard: Heard, baselines: bool = False
) -> list[pd.DataFrame]:
    """Per cell a row per window asked: seed, fold, mother, session, score, the guess `mean` (with `baselines` also
    `median` and `ridge`), and the network's answer after each number of epochs.
    """
    recipe = Recipe(settings.hidden, settings.epochs, settings.learning_rate, settings.batch)
    prepared = [sides(cell) for cell in cells]
    tasks = [task for task, _ in prepared]
    return [
        frame.assign(**guesses(task, cell, baselines), **dict(zip(map(str, recipe.epochs), answers, strict=True)))
        for cell, (task, frame), answers in zip(cells, prepared, predict(tasks, recipe, heard), strict=True)
    ]


def sides(cell: Cell) -> tuple[Task, pd.DataFrame]:
    """What a network is taught and asked, scaled by the teaching side, and who the asked are."""
    frame, fold = cell.cut.frame, cell.fold
    teaching = fold.teaching[frame["mother"]]
    asking = fold.asked[frame["mother"]]
    values = frame[list(cell.features)].to_numpy(float)
    taught, asked = scaled(values[teaching], values[asking])
    seed = (cell.cut.size, *(word + 1 for word in fold.name))
    task = Task(taught, frame["score"].to_numpy(float)[teaching], asked, seed)
    people = frame.loc[asking, ["mother", "session", "score"]].reset_index(drop=True)
    return task, people.assign(seed=fold.name[0], fold=fold.name[1])


def guesses(task: Task, cell: Cell, baselines: bool) -> dict[str, object]:
    """What is answered without a network: the same for everybody, and a straight line on the same features."""
    if not baselines:
        return {"mean": task.scores.mean()}
    mothers = cell.cut.frame["mother"].to_numpy()
    line = ridge(task.features, task.scores, mothers[cell.fold.teaching[mothers]], task.asked)
    return {"mean": task.scores.mean(), "median": float(np.median(task.scores)), "ridge": line}


def by_size(cells: Sequence[Cell], found: Sequence[pd.DataFrame]) -> dict[int, pd.DataFrame]:
    """Answers of cells put together by window size."""
    sizes = dict.fromkeys(cell.cut.size for cell in cells)
    return {
        size: pd.concat(
            [frame for cell, frame in zip(cells, found, strict=True) if cell.cut.size == size], ignore_index=True
        )
        for size in sizes
    }
