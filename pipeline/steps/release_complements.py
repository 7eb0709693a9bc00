"""What goes with a hidden number because the others would tell it: shares that make up 100 %, changes between two means
of which one is hidden, and the same families counted in another table.
"""

import numpy as np

from pipeline.steps.release_mask import View
from pipeline.steps.release_profile import MOST_OF_TWO, Profile
from pipeline.steps.release_tables import protect
from pipeline.steps.release_views import Data


def complete(views: list[View], data: Data, rules: Profile) -> None:
    """Hides, in place, what the hidden numbers of all views need beside them."""
    while _same_families(views, data):  # ends: every round hides a further cell
        protect(views, data, rules)
    for view in views:
        if view.template.adds:
            _shares(view, data, rules)
    for view in views:
        if view.template.between:
            _changes(view, [one for one in views if one.template.key == view.template.between], rules)


def _same_families(views: list[View], data: Data) -> bool:
    """Fathers among the first-born are the first-born among fathers: hidden in one table, hidden in every one."""
    places = [
        ((view.template.protocol, frozenset(data.families[view.answer.behind[row, count]].tolist())), view, row, count)
        for view in views
        if view.template.table
        for row, count in np.ndindex(view.hidden.shape)
        if view.answer.behind[row, count].any()
    ]
    hidden = {key for key, view, row, count in places if view.hidden[row, count]}
    seen = [place for key, *place in places if key in hidden and not place[0].hidden[place[1], place[2]]]
    for view, row, count in seen:
        view.hidden[row, count] = True
    return bool(seen)


def _shares(view: View, data: Data, rules: Profile) -> None:
    """Means that make up 100 % in every group of rows: those that are not shown are at least two, of T families."""
    groups: dict[tuple[str, ...], list[int]] = {}
    labels = view.answer.frame[list(view.template.adds)].astype("str").to_numpy(dtype=object)
    for row, words in enumerate(labels):
        groups.setdefault(tuple(words), []).append(row)
    for words, rows in groups.items():
        gone = [_families(mask, data) for of, mask in view.gone if of == words]
        while (other := _next(view, rows, gone, data, rules)) is not None:
            view.silent[other] = True


def _next(view: View, rows: list[int], gone: list[set[int]], data: Data, rules: Profile) -> int | None:
    """The row to be silenced next: the one of the fewest families; None where nothing is hidden, or enough."""
    hidden = [row for row in rows if unseen(view, row, rules)]
    who = [*gone, *(_families(view.answer.behind[row, 0], data) for row in hidden)]
    if not who or (len(who) > 1 and len(set().union(*who)) >= rules.threshold):
        return None
    return min((row for row in rows if row not in hidden), key=lambda row: view.counts[row, 0], default=None)


def _families(mask: np.ndarray, data: Data) -> set[int]:
    return set(data.families[mask].tolist())


def unseen(view: View, row: int, rules: Profile) -> bool:
    """Whether the mean of a row is not shown: too few families, hidden with others, or two families make it up."""
    top2 = view.answer.top2
    alone = top2 is not None and bool(top2[row] > MOST_OF_TWO)
    return alone or bool(view.silent[row] or view.hidden[row, 0]) or view.counts[row, 0] < rules.threshold


def _changes(view: View, means: list[View], rules: Profile) -> None:
    """A change goes with either of its means: the other mean and the change would tell it."""
    gone: set[tuple[str, str]] = set()
    for one in means:
        words = enumerate(zip(one.answer.frame["name"], one.answer.frame["episode"], strict=True))
        gone |= {place for row, place in words if unseen(one, row, rules)}
    for row, change in enumerate(view.answer.frame.itertuples()):
        view.silent[row] |= bool({(change.name, change.first), (change.name, change.second)} & gone)
