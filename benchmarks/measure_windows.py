"""How long networks on windows of smiles take: the paper's grid of one score, and the whole search with its checks.

python -m benchmarks.measure_windows      prints both (about a minute)
"""

import time
from collections.abc import Callable

import pandas as pd

from benchmarks.figures import Figure, markdown
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.measures.smile_folds import folds
from pipeline.measures.smile_windows import numbered, scored, windows
from pipeline.steps.smile_window_search import Cell, answered, chosen, search
from tests.window_smiles import made_up

SCORE = "score:PHQ-9"
GRID_S, SEARCH_S = 60.0, 120.0
"""Seconds: the epochs share a fit, so the grid is 100 fits; the whole search has 800 more."""


def measure_windows() -> list[Figure]:
    """Both on made-up smiles of 47 mothers at two visits, 2 to 9 smiles each, as the paper's sample."""
    smiles = scored(numbered(made_up(relation=0.3, mothers=47, smiles=(2, 9))), SCORE)
    settings, size = WindowSettings(), f"94 recordings, {len(smiles)} smiles"
    grid = _seconds(lambda: _grid(smiles, settings))
    whole = _seconds(lambda: search(smiles, settings, lambda epochs: None))
    return [
        Figure("Networks on windows of smiles, the grid of one score (16 settings x 25 fits)", size, grid, "s", GRID_S),
        Figure("The same with the nested choice and shuffled scores (800 fits more)", size, whole, "s", SEARCH_S),
    ]


def _grid(smiles: pd.DataFrame, settings: WindowSettings) -> None:
    """Windows of 2 to 5 smiles, 50 to 200 epochs, 5 seeds x 5 folds."""
    everyone = smiles.groupby("mother").size().to_numpy() > 0
    outer = [fold for seed in settings.seeds for fold in folds(everyone, settings.folds, len(everyone), (seed,))]
    given = [chosen(smiles, fold, settings) for fold in outer]
    cuts = [windows(smiles, size) for size in settings.windows]
    cells = [Cell(cut, fold, names) for cut in cuts for fold, names in zip(outer, given, strict=True)]
    answered(cells, settings, lambda epochs: None, baselines=True)


def _seconds(action: Callable[[], object]) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(markdown(measure_windows()))
