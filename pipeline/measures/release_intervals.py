"""How closely hidden counts can be worked out from everything that is shown: linear programming over whole tables.

A table is counted in rows (levels of a characteristic) and parts (the whole study; levels of a filter; families with
and without a score). Whoever attacks it knows which rows and parts there are, all shown counts and totals, and
what a masked cell can be. He does not know how many families are of each kind: those are the unknowns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linprog

from pipeline.measures.suppression import LEAST_WIDTH

MOST_STEPS = 200
AMPLE = LEAST_WIDTH + 1
"""So wide is left what is hidden here: tables of two filters count the same families, and may narrow each other."""


@dataclass(frozen=True)
class Cell:
    """One count: of `view`, in `row` ('' = all rows) and `part` ('' = the whole).

    `families`: who is counted. `low`, `high`: what a reader knows of the count.
    """

    view: str
    row: str
    part: str
    families: frozenset[int]
    low: float
    high: float
    hidden: bool = False

    @property
    def count(self) -> int:
        """The true count."""
        return len(self.families)

    @property
    def total(self) -> bool:
        """Whether it is the total of a part."""
        return self.row == ""


@dataclass(frozen=True)
class Table:
    """Counts whose rows and parts belong together. `floor`: a hidden count is known to be at least this (0 where zeros
    are hidden as well)."""

    cells: tuple[Cell, ...]
    floor: int = 1


def ranges(table: Table) -> dict[int, tuple[float, float]]:
    """Position -> smallest and largest possible count of every hidden cell (hidden zeros aside)."""
    return dict(_ranges(table))


def _ranges(table: Table) -> Iterator[tuple[int, tuple[float, float]]]:
    """The same, one after the other."""
    hidden = [place for place, cell in enumerate(table.cells) if cell.hidden and cell.count]
    if not hidden:
        return
    kinds = _kinds(table)
    rows = np.array([[place in kind for kind in kinds] for place in range(len(table.cells))], dtype=float)
    low, high = (np.array([getattr(cell, end) for cell in table.cells]) for end in ("low", "high"))
    finite = np.isfinite(high)
    limits = np.vstack([rows[finite], -rows]), np.concatenate([high[finite], -low])
    for place in hidden:
        yield place, _range(rows[place], limits)


def _range(goal: np.ndarray, limits: tuple[np.ndarray, np.ndarray]) -> tuple[float, float]:
    """Smallest and largest value of a count, each a whole number."""
    ends = []
    for sign in (1, -1):
        found = linprog(sign * goal, A_ub=limits[0], b_ub=limits[1], bounds=(0, None), method="highs")
        ends.append(sign * found.fun if found.status == 0 else sign * -np.inf)
    return float(np.ceil(ends[0] - 1e-6)), float(np.floor(ends[1] + 1e-6))


def _kinds(table: Table) -> list[frozenset[int]]:
    """Kinds of families, each the cells it is in: those that occur, and one of every row in every part; in no part too
    where the parts do not take in everybody, as a level whose view is not shown."""
    cells = table.cells
    everyone = frozenset().union(*(cell.families for cell in cells))
    occurring = {frozenset(n for n, cell in enumerate(cells) if one in cell.families) for one in everyone}
    rows = dict.fromkeys(cell.row for cell in cells if cell.row)
    parts = dict.fromkeys(cell.part for cell in cells if cell.part)
    if not parts or everyone - frozenset().union(*(cell.families for cell in cells if cell.part)):
        parts |= {"": None}
    possible = {
        frozenset(n for n, cell in enumerate(cells) if cell.row in ("", row) and cell.part in ("", part))
        for row in rows
        for part in parts
    }
    return [*occurring, *(possible - occurring)]


def given_away(tables: tuple[Table, ...]) -> dict[str, list[tuple[float, float]]]:
    """View -> ranges of its hidden counts that are narrower than LEAST_WIDTH, everything known of a count together."""
    known: dict[tuple[str, str, str], tuple[float, float]] = {}
    for table in tables:
        for place, (low, high) in ranges(table).items():
            cell = table.cells[place]
            key = (cell.view, cell.row, cell.part)
            before = known.get(key, (-np.inf, np.inf))
            known[key] = max(low, before[0]), min(high, before[1])
    found: dict[str, list[tuple[float, float]]] = {}
    for (view, _, _), (low, high) in known.items():
        if high - low < LEAST_WIDTH:
            found.setdefault(view, []).append((low, high))
    return found


def protected(table: Table) -> Table | None:
    """The table with further cells hidden (smallest first, totals never) until none is given away; None in vain."""
    for _ in range(MOST_STEPS):
        place = next((at for at, (low, high) in _ranges(table) if high - low < AMPLE), None)
        if place is None:
            return table
        if (other := _neighbour(table, place)) is None:
            return None
        cells = list(table.cells)
        cells[other] = hide(cells[other], table.floor)
        table = Table(tuple(cells), table.floor)
    return None


def hide(cell: Cell, floor: int = 1) -> Cell:
    """The cell masked: `floor` or more; where a zero had to be hidden, any number."""
    return replace(cell, hidden=True, low=min(cell.count, floor), high=np.inf)


def _neighbour(table: Table, place: int) -> int | None:
    """The smallest shown count (zeros last) of the same part or row; None where all are hidden.

    Where there are parts the counts of the whole stay: other tables show them too.
    """
    own, parts = table.cells[place], any(cell.part for cell in table.cells)
    near = [
        at
        for at, cell in enumerate(table.cells)
        if not (cell.hidden or cell.total or (parts and not cell.part))
        and own.row
        and (cell.part == own.part or cell.row == own.row)
    ]
    return min(near, key=lambda at: (table.cells[at].count == 0, table.cells[at].count), default=None)
