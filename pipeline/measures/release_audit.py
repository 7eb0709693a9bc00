"""The audit of a release: may somebody who holds all its views work out a number about fewer than T families?

Every shown mean, share or count is a sum over the recordings of some families. `Sums` are all such numbers; sums of the
same quantity (the share of smiling, say) over different recordings can be added and subtracted. Refused are:
- a sum over 1 to T - 1 families (`family_counts`);
- up to four sums that leave 1 to T - 1 families when some are added and the others subtracted (`small_sums`);
- a sum less all levels of a variable that leaves 1 to T - 1 families (`small_differences`);
- any combination, however long, that leaves one family (`exposed_families`).
What five or more other sums leave of 2 to T - 1 families is not looked at.

`Table`s of counts are audited by their intervals (`release_intervals`). A family is never named here: families are
numbers 0, 1, ...
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from pipeline.measures.release_intervals import Table, given_away
from pipeline.measures.suppression import LEAST_WIDTH

ALMOST_ONE = 1 - 1e-9
MOST_TOGETHER = 4
SIDES = ((1, 1), (2, 1), (2, 2), (3, 1))
"""How many sums are added and how many subtracted."""
AT_ONCE = 4096


@dataclass(frozen=True)
class Sums:
    """Shown numbers: of which view, of which quantity, over which recordings.

    `masks`: numbers x recordings, True where a recording enters. `families`: the family (0, 1, ...) of each recording.
    """

    views: tuple[str, ...]
    quantities: tuple[str, ...]
    masks: np.ndarray
    families: np.ndarray


@dataclass(frozen=True)
class Leak:
    """A view that gives away too much, and how. `exact`: hidden cells that are known exactly."""

    view: str
    why: str
    exact: int = 0


def audit(sums: Sums, tables: tuple[Table, ...], threshold: int) -> tuple[Leak, ...]:
    """Every way in which these views, taken together, give away a number about fewer than `threshold` families."""
    leaks = list(leaking_tables(tables, threshold))
    known: dict[tuple[int, bytes], list[tuple[int, str]]] = {}
    quantities = np.array(sums.quantities, dtype=object)
    for quantity in dict.fromkeys(sums.quantities):
        places = np.flatnonzero(quantities == quantity)
        masks = sums.masks[places]
        key = (len(places), np.packbits(masks).tobytes())
        if key not in known:
            known[key] = leaking_sums(masks, sums.families, threshold)
        leaks += [Leak(sums.views[places[row]], why) for row, why in known[key]]
    return tuple(dict.fromkeys(leaks))


def leaking_sums(masks: np.ndarray, families: np.ndarray, threshold: int) -> list[tuple[int, str]]:
    """(row, why) of sums of one quantity that give away a sum over fewer than `threshold` families."""
    counts = family_counts(masks, families)
    found = [(int(row), f"a number of fewer than {threshold} families") for row in np.flatnonzero(counts < threshold)]
    words = f"less another view it is a number of fewer than {threshold} families"
    found += [(row, words) for row, _ in small_differences(masks, families, threshold)]
    words = f"with up to three other views it is a number of fewer than {threshold} families"
    found += [(int(row), words) for row in np.unique(small_sums(masks, families, threshold).max(axis=1))]
    if len(exposed := exposed_families(masks, families)):
        inside = masks[:, np.isin(families, exposed)].any(axis=1)
        row = int(np.flatnonzero(inside)[-1])
        found.append((row, f"together with the other views it is a number of one family ({len(exposed)} of them)"))
    return found


def family_counts(masks: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Families in each mask."""
    return (by_family(masks, families) > 0).sum(axis=1)


def by_family(masks: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Recordings of each family in each mask."""
    member = np.zeros((masks.shape[1], int(families.max(initial=-1)) + 1), dtype=np.float32)
    member[np.arange(len(families)), families] = 1
    return masks.astype(np.float32) @ member


def small_differences(masks: np.ndarray, families: np.ndarray, threshold: int) -> list[tuple[int, int]]:
    """Pairs (larger, smaller) of masks, one inside the other, that differ by recordings of 1 to T - 1 families.

    Unions of masks that do not meet (all levels of a variable, say) count as masks too: their sums add up. Of each mask
    one union is looked at, with every later mask that meets none of those before. `small_sums` looks at the others.
    """
    places, every = np.arange(len(masks)), masks
    for row in range(len(masks)):
        union, last = _disjoint_union(masks, row)
        if last > row:
            every, places = np.vstack([every, union]), np.append(places, last)
    numbers = every.astype(np.float32)
    inside = numbers @ (1 - numbers.T) == 0  # [i, j]: i lies within j
    larger, smaller = np.nonzero(inside.T & (numbers.sum(1)[:, None] > numbers.sum(1)[None, :]))
    counts = family_counts(every[larger] & ~every[smaller], families) if len(larger) else np.array([])
    few = np.flatnonzero((counts > 0) & (counts < threshold))
    return [(int(places[larger[at]]), int(places[smaller[at]])) for at in few]


def _disjoint_union(masks: np.ndarray, first: int) -> tuple[np.ndarray, int]:
    """The union of a mask with every later one that meets none of those taken before, and the last one taken."""
    union, last = masks[first].copy(), first
    for row in range(first + 1, len(masks)):
        if masks[row].any() and not (union & masks[row]).any():
            union, last = union | masks[row], row
    return union, last


def small_sums(masks: np.ndarray, families: np.ndarray, threshold: int) -> np.ndarray:
    """Up to four masks that give a number of 1 to T - 1 families when some are added and the others subtracted.

    The rule: of A - B, A + B - C, A + B - C - D and A + B + D - C the recordings whose weight is not 0 are of 1 to
    T - 1 families. Weights may be of either sign, and 2 or 3. Signs the other way round say the same; a sum without a
    difference is of no fewer families than its parts. Of masks that are the same only the first row is named. Returns
    combinations x 4 rows of `masks`, -1 where there are fewer.
    """
    distinct, first = np.unique(masks.astype(bool), axis=0, return_index=True)
    somewhere = distinct.any(axis=0)
    distinct = distinct[:, somewhere].astype(np.float32)
    found = [np.zeros((0, MOST_TOGETHER), dtype=int)]
    for plus, minus in SIDES:
        for added, taken in product(_choices(len(distinct), plus), _choices(len(distinct), minus)):
            sums = distinct[added].sum(axis=1), distinct[taken].sum(axis=1)
            left, right = _few_left(*sums, families[somewhere], threshold)
            rows = np.hstack([first[added[left]], first[taken[right]]])
            found.append(np.pad(rows, ((0, 0), (0, MOST_TOGETHER - plus - minus)), constant_values=-1))
    return np.vstack(found)


def _choices(size: int, many: int) -> Iterator[np.ndarray]:
    """All choices of `many` of `size` masks, AT_ONCE at a time."""
    every = np.array(list(combinations(range(size), many)), dtype=int).reshape(-1, many)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]


def _few_left(
    added: np.ndarray, taken: np.ndarray, families: np.ndarray, threshold: int
) -> tuple[np.ndarray, np.ndarray]:
    """Places (of added, of taken) whose difference is of 1 to T - 1 families; those that differ by more than all
    recordings of T - 1 families can are left out first."""
    most = np.sort(np.bincount(families))[::-1][: threshold - 1].sum() * max(added.max(), taken.max()) ** 2
    squares = (added**2).sum(axis=1)[:, None] + (taken**2).sum(axis=1)[None, :] - 2 * added @ taken.T
    one, other = np.nonzero((squares > 0) & (squares <= most))
    few = np.zeros(len(one), dtype=bool)
    for start in range(0, len(one), AT_ONCE):
        here = slice(start, start + AT_ONCE)
        few[here] = family_counts(added[one[here]] != taken[other[here]], families) < threshold
    return one[few], other[few]


def exposed_families(masks: np.ndarray, families: np.ndarray) -> np.ndarray:
    """Families of which some combination of the sums is a number: a vector of the row space that is 0 elsewhere.

    The projection on the row space has, between the recordings of such a family, an eigenvalue of 1.
    """
    distinct = np.unique(masks.astype(bool), axis=0).astype(float)
    _, sizes, right = np.linalg.svd(distinct, full_matrices=False)
    basis = right[sizes > sizes.max(initial=0) * max(distinct.shape) * np.finfo(float).eps]
    found = []
    for family in np.unique(families):
        own = basis[:, families == family]
        if len(own) and np.linalg.norm(own, 2) ** 2 > ALMOST_ONE:
            found.append(family)
    return np.array(found, dtype=int)


def leaking_tables(tables: tuple[Table, ...], threshold: int) -> list[Leak]:
    """Views that show a small count, or whose hidden counts can be worked out to within LEAST_WIDTH."""
    cells = [cell for table in tables for cell in table.cells]
    small = [cell.view for cell in cells if not cell.hidden and 0 < cell.count < threshold]
    leaks = [Leak(view, f"a count of fewer than {threshold} families") for view in dict.fromkeys(small)]
    for view, ranges in given_away(tables).items():
        exact = sum(low == high for low, high in ranges)
        known = f"{len(ranges)} hidden counts can be worked out to within {LEAST_WIDTH - 1}"
        leaks.append(Leak(view, f"{known}, {exact} of them exactly", exact))
    return leaks


def changed(before: frozenset[str], now: frozenset[str], threshold: int) -> bool:
    """Whether the families of a view differ from those of its last release by 1 to T - 1, on either side.

    Who holds both releases could else subtract one from the other.
    """
    return any(0 < len(part) < threshold for part in (before - now, now - before))
