"""Tables of counts of a release: what the audit sees of them, and the cells that must go so that nothing is given away.

A table is one characteristic: its levels in the whole of a protocol and in the parts that one variable makes.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from pipeline.measures.release_intervals import Cell, Table, given_away, hide, protected
from pipeline.steps.release_mask import View
from pipeline.steps.release_profile import ROUND_TO, Profile
from pipeline.steps.release_views import Data

Place = tuple[View, int, int]
"""A view, a row and a count of it."""
Group = tuple[list[Place], list[Place]]
"""Places of the whole, and of the parts of one variable."""


def protect(views: list[View], data: Data, profile: Profile) -> None:
    """Hides, in place, further counts of all tables; a characteristic that cannot be protected goes, from the parts of
    a variable where that is enough."""
    for whole, part in _groups(views):
        table, places = _table(whole + part, data, profile)
        found = protected(table)
        if found is None:
            _remove(part or whole)
            continue
        for number, (view, row, count) in enumerate(places):
            view.hidden[row, count] |= found.cells[number].hidden
    for line in _lines(views):
        while groups := _together(views, *line):
            if not given_away(tuple(_table(whole + part, data, profile)[0] for whole, part in groups)):
                break
            _remove(groups[-1][1] or groups[-1][0])
    _protect_beside(views, data, profile)


def _protect_beside(views: list[View], data: Data, profile: Profile) -> None:
    """Takes out rows of statistics whose hidden numbers of families could be worked out from the shown ones."""
    known: set[tuple] = set()
    again = True
    while again:
        again = False
        for groups in _quantities(views).values():
            found = [_beside(places, data, profile) for places in groups.values()]
            pattern = tuple((cell.families, cell.part, cell.hidden) for table in found for cell in table.cells)
            if pattern not in known and given_away(tuple(found)):
                _remove([place for place in list(groups.values())[-1] if place[0].part.variable == list(groups)[-1]])
                again = True
                break
            known.add(pattern)


def _remove(places: list[Place]) -> None:
    """Takes rows out of their views."""
    for view in {id(view): view for view, _, _ in places}.values():
        rows = sorted({row for one, row, _ in places if one is view})
        view.keep(np.setdiff1d(np.arange(len(view.answer.frame)), rows))


def tables(views: list[View], data: Data, profile: Profile) -> tuple[Table, ...]:
    """All counts as they are shown, for the audit: tables, and the numbers of families beside statistics (each pattern
    of families once)."""
    found = [_table(whole + part, data, profile)[0] for whole, part in _groups(views)]
    beside = {}
    for groups in _quantities(views).values():
        every = [_beside(places, data, profile) for places in groups.values()]
        pattern = tuple((cell.families, cell.part, cell.hidden) for table in every for cell in table.cells)
        if any(cell.hidden for table in every for cell in table.cells):
            beside.setdefault(pattern, every)
    return (*found, *(table for every in beside.values() for table in every))


def _quantities(views: list[View]) -> dict[tuple, dict[str, list[Place]]]:
    """Quantity of a statistic -> variable ('' for the whole alone) -> rows of the whole and of its levels."""
    groups: dict[tuple, list[Place]] = {}
    for view in views:
        if not view.template.table:
            for row in range(len(view.hidden)):
                groups.setdefault(view.quantities[row], []).append((view, row, 0))
    return {
        quantity: {
            variable: [place for place in places if place[0].part.variable in ("", variable)]
            for variable in dict.fromkeys(view.part.variable for view, _, _ in places)
        }
        for quantity, places in groups.items()
    }


def _beside(places: list[Place], data: Data, profile: Profile) -> Table:
    floor = 0 if profile.zeros else 1
    return Table(tuple(_uncovered([_cell(place, data, profile, floor) for place in places], profile)), floor)


def _groups(views: list[View]) -> Iterator[Group]:
    """Per protocol and characteristic: the whole alone, then with the parts of one variable at a time.

    Places are looked up when they are needed: rows may have been removed in between.
    """
    for protocol, name in _lines(views):
        mine = [view for view in views if view.template.table]
        variables = dict.fromkeys(of for _, _, _, of in _places(mine, protocol, name))
        for variable in variables:
            every = list(_places(mine, protocol, name))
            whole = [(view, row, count) for view, row, count, of in every if not of]
            part = [(view, row, count) for view, row, count, of in every if of and of == variable]
            if whole if not variable else part:
                yield whole, part


def _lines(views: list[View]) -> list[tuple[str, str]]:
    """All protocols and characteristics."""
    found = ((view.template.protocol, name) for view in views if view.template.table for name in view.lines)
    return list(dict.fromkeys(found))


def _together(views: list[View], protocol: str, name: str) -> list[Group]:
    """The groups of one characteristic as they are now."""
    every = list(_places([view for view in views if view.template.table], protocol, name))
    whole = [(view, row, count) for view, row, count, of in every if not of]
    variables = dict.fromkeys(of for _, _, _, of in every if of)
    parts = [[(view, row, count) for view, row, count, of in every if of == one] for one in variables]
    return ([(whole, [])] if whole else []) + [(whole, part) for part in parts]


def _places(views: list[View], protocol: str, name: str) -> Iterator[tuple[View, int, int, str]]:
    """Every count of a characteristic with the variable it is a part of."""
    for view in views:
        if view.template.protocol == protocol:
            for row in view.lines.get(name, ()):
                for count, column in enumerate(view.template.spec.counts):
                    yield view, row, count, _part(view, column)[0]


def _part(view: View, column: str) -> tuple[str, str]:
    """(variable, level) of a count."""
    return view.template.parts.get(column, (view.part.variable, view.part.level))


def _table(places: list[Place], data: Data, profile: Profile) -> tuple[Table, list[Place]]:
    """The cells of these places in their order, then the total of every part."""
    floor = 0 if profile.zeros else 1
    cells = _uncovered([_cell(place, data, profile, floor) for place in places], profile)
    totals: dict[tuple[str, str], set[int]] = {}
    for cell in cells:
        totals.setdefault((cell.view, cell.part), set()).update(cell.families)
    for (view, part), families in totals.items():
        low, high = _known(len(families), profile, profile.rounded)
        cells.append(Cell(view, "", part, frozenset(families), low, high))
    return Table(tuple(cells), floor), places


def _cell(place: Place, data: Data, profile: Profile, floor: int) -> Cell:
    """What a reader knows of one count."""
    view, row, count = place
    who = frozenset(data.families[view.answer.behind[row, count]].tolist())
    if len(who) != int(view.counts[row, count]):
        raise ValueError(f"{view.id}: a count is not the number of families behind it")
    level = _part(view, view.template.spec.counts[count])[1]
    rounded = profile.rounded or not view.template.table
    cell = Cell(view.id, view.labels[row], level, who, *_known(len(who), profile, rounded))
    return hide(cell, floor) if view.hidden[row, count] else cell


def _uncovered(cells: list[Cell], profile: Profile) -> list[Cell]:
    """Where counts are rounded a small one may be the only hidden one of its row and of its part: then it is known to
    be small. With another one hidden beside it, either may be the cover of the other."""
    if not profile.rounded:
        return cells
    hidden = [cell for cell in cells if cell.hidden]

    def alone(cell: Cell) -> bool:
        return not any(cell is not other and (cell.row == other.row or cell.part == other.part) for other in hidden)

    known = profile.threshold - 1
    return [
        replace(cell, high=known) if cell.hidden and cell.count <= known and alone(cell) else cell for cell in cells
    ]


def _known(count: int, profile: Profile, rounded: bool) -> tuple[float, float]:
    """What a shown count says."""
    if not rounded or not count:
        return count, count
    shown = round(count / ROUND_TO) * ROUND_TO
    return max(shown - profile.half, profile.threshold), shown + profile.half
