"""Which cells of a table of counts must be hidden so that no small count can be worked out from the rest."""

from dataclasses import dataclass

import numpy as np

LEAST_WIDTH = 3
"""What is left open about a hidden count: its smallest and largest possible value lie at least this far apart."""


@dataclass(frozen=True)
class Cells:
    """Counts (floats; NaN = no such cell) and the lines, each a tuple of positions, whose totals a reader may know."""

    counts: np.ndarray
    lines: tuple[tuple[int, ...], ...]


def hidden_cells(cells: Cells, threshold: int) -> np.ndarray:
    """Boolean mask: counts of 1 to threshold - 1, and others (smallest neighbour first) that would give them away.

    Whoever knows the totals of all lines, and that a hidden count is at least 1 (zeros are shown), is left with at
    least LEAST_WIDTH + 1 possible values of every hidden count. Where all cells that lines connect, hidden as a
    whole, would still give one away, their zeros are hidden too.
    """
    counts = np.nan_to_num(cells.counts)
    hidden = (counts >= 1) & (counts < threshold)
    lines = [np.array(line) for line in cells.lines if len(line) > 1]
    for part in _parts(lines, len(counts)):
        touching = [line for line in lines if np.isin(line, part).any()]
        _protect(counts, hidden, touching)
    return hidden


def _protect(counts: np.ndarray, hidden: np.ndarray, lines: list[np.ndarray]) -> None:
    """Hides further cells of one connected part, in place, until no hidden one is given away."""
    floor = np.ones_like(counts)
    while (cell := _given_away(counts, hidden, floor, lines)) is not None:
        mine = sorted((line for line in lines if cell in line), key=lambda line: hidden[line].sum())
        nonzero = [shown for line in mine if len(shown := line[~hidden[line] & (counts[line] > 0)])]
        if nonzero:
            smallest = nonzero[0][np.argmin(counts[nonzero[0]])]
            hidden[smallest] = True
        elif floor[cell] > 0:
            every = np.unique(np.concatenate(lines))
            hidden[every], floor[every] = True, 0
        else:
            return


def _given_away(counts: np.ndarray, hidden: np.ndarray, floor: np.ndarray, lines: list[np.ndarray]) -> int | None:
    """The first hidden cell whose range, given all totals, is too narrow; None when there is none."""
    cells = np.unique(np.concatenate([line[hidden[line]] for line in lines])) if lines else np.array([], dtype=int)
    if not len(cells):
        return None
    equations = np.array([np.isin(cells, line) for line in lines if hidden[line].any()], dtype=float)
    totals = equations @ counts[cells]
    for position, cell in enumerate(cells):
        low, high = _range(position, equations, totals, floor[cells])
        if high - low < LEAST_WIDTH:
            return int(cell)
    return None


def _range(position: int, equations: np.ndarray, totals: np.ndarray, floor: np.ndarray) -> tuple[float, float]:
    """Smallest and largest value of one unknown under the equations (linear programming)."""
    from scipy.optimize import linprog

    goal = np.zeros(len(floor))
    goal[position] = 1
    bounds = [(low, None) for low in floor]
    least = linprog(goal, A_eq=equations, b_eq=totals, bounds=bounds, method="highs")
    most = linprog(-goal, A_eq=equations, b_eq=totals, bounds=bounds, method="highs")
    return round(least.fun, 6), round(-most.fun, 6)


def _parts(lines: list[np.ndarray], size: int) -> list[np.ndarray]:
    """Cells grouped by the lines that connect them (each part can be protected by itself)."""
    part = np.arange(size)
    changed = True
    while changed:
        changed = False
        for line in lines:
            if part[line].min() != part[line].max():
                part[line], changed = part[line].min(), True
    return [np.flatnonzero(part == number) for number in np.unique(part) if (part == number).sum() > 1]
