"""Attacks on a release by somebody who holds nothing but its views: numbers about few families, worked out from others.

Written from the rules for what may leave a study, not from the code that masks: nothing of the mask or of its audit is
used here. Every attack returns sentences, one for each number it worked out; a sound release leaves none.
"""

from collections.abc import Iterator
from itertools import combinations, combinations_with_replacement, product

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from pipeline.steps.open_release import Release

WIDE = 3
"""What has to stay open about a hidden count."""
SAME = {"Caregiver": "Main caregiver of the interaction", "Sex of the child": "Infant's sex"}
"""Filters and the characteristic of a family that says the same."""
Key = tuple[str, str]
"""A characteristic and its level."""


def threshold(release: Release) -> int:
    return int(release.about["threshold"])


def rounded(release: Release) -> bool:
    """Whether its counts are: the note below every table says so."""
    return "rounded to 5" in release.views[0].note


def said_families(words: str) -> float:
    """95 of 'about 95'."""
    return float(words.removeprefix("about "))


def samples(release: Release, protocol: str) -> dict[str, pd.Series]:
    """Filter ('' for all) -> families by characteristic and level, missing where hidden."""
    found = {}
    for view in release.of_page("overview"):
        if view.options["protocol"] == protocol and "table_1" in view.id:
            found[view.filter] = release.released(view.id).frame.set_index(["characteristic", "level"])["families"]
    return found


def totals(release: Release, protocol: str) -> dict[str, float]:
    """Filter -> families, as it is said above its table."""
    return {
        view.filter: said_families(view.families)
        for view in release.of_page("overview")
        if view.options["protocol"] == protocol and "table_1" in view.id and view.families
    }


def protocols(release: Release) -> list[str]:
    return list(dict.fromkeys(str(view.options["protocol"]) for view in release.of_page("overview")))


def few(number: float, release: Release) -> bool:
    """Whether it is an exact number of 1 to T - 1 families."""
    return not rounded(release) and 0 < number < threshold(release)


def whole_less_filter(release: Release) -> Iterator[str]:
    """Of all families less those of a filter, row by row: who has no recording of that level."""
    for protocol in protocols(release):
        tables, said = samples(release, protocol), totals(release, protocol)
        for name in set(tables) - {""}:
            rest = said.get("", np.nan) - said.get(name, np.nan)
            if few(rest, release):
                yield f"{protocol}: {rest:g} families without '{name}'"
            for row, number in (tables[""] - tables[name]).items():
                if few(number, release):
                    yield f"{protocol}: {number:g} families without '{name}' of {row}"


def level_twice(release: Release) -> Iterator[str]:
    """Two levels of one variable that take in everybody between them: who is in both."""
    for protocol in protocols(release):
        tables, said = samples(release, protocol), totals(release, protocol)
        for one, other in combinations(sorted(set(tables) - {""}), 2):
            if one.split(": ")[0] != other.split(": ")[0]:
                continue
            both = said.get(one, np.nan) + said.get(other, np.nan) - said.get("", np.nan)
            if few(both, release):
                yield f"{protocol}: {both:g} families in '{one}' and in '{other}'"
                for row, number in (tables[one] + tables[other] - tables[""]).items():
                    if few(number, release):
                        yield f"{protocol}: {number:g} of them of {row}"


def merged_less_filter(release: Release) -> Iterator[str]:
    """A level that was merged with a rare one, less the filter of that level: the rare one."""
    for protocol in protocols(release):
        tables, said = samples(release, protocol), totals(release, protocol)
        for name, number in said.items():
            label, _, level = name.partition(": ")
            for (characteristic, words), families in tables[""].items():
                alike = SAME.get(label, label) in characteristic and level in words.casefold().split(" or ")
                if name and alike and few(families - number, release):
                    yield f"{protocol}: {families - number:g} families of '{words}' without '{name}'"


def other_recordings(release: Release) -> Iterator[str]:
    """One kind of recording less another one, and everybody less the kinds that are shown."""
    whole = {protocol: samples(release, protocol)[""] for protocol in protocols(release)}
    said = {protocol: totals(release, protocol).get("", np.nan) for protocol in whole}
    rest = said_families(release.about["families"]) - max(said.values())
    if few(rest, release):
        yield f"{rest:g} families have only other recordings"
    for one, other in combinations(whole, 2):
        if few(abs(said[one] - said[other]), release):
            yield f"{abs(said[one] - said[other]):g} families more of {one} than of {other}"
            for row, number in (whole[one] - whole[other]).abs().items():
                if few(number, release):
                    yield f"{number:g} of them of {row}"


def marks_of_the_mask(release: Release) -> Iterator[str]:
    """Rows that are hidden alike must look alike: no blank beside the symbol, no word that tells large from small."""
    for view in release.views:
        released = release.released(view.id)
        hidden, frame = released.hidden, released.frame
        rows = hidden[list(view.spec.counts)].any(axis=1)
        for column in dict(view.spec.statistics):
            if column in frame and (rows & ~hidden[column]).any() and (rows & hidden[column]).any():
                yield f"{view.id}: '{column}' is blank in some hidden rows and masked in others"
        if "whiskers" in frame and frame.loc[rows, "whiskers"].fillna("").astype(bool).any():
            yield f"{view.id}: a hidden row says which percentiles its whiskers are"


def order_of_rows(release: Release) -> Iterator[str]:
    """Levels that stand in the order of their numbers tell that a hidden one is no larger than its neighbour."""
    for protocol in protocols(release):
        table = samples(release, protocol)[""]
        for characteristic, rows in table.groupby(level=0, sort=False):
            rows = rows[~rows.index.get_level_values(1).str.casefold().isin(["not recorded"])]
            known = rows.dropna()
            if rows.isna().any() and len(known) > 1 and known.is_monotonic_decreasing and not np.isnan(rows.iloc[0]):
                yield f"{protocol}: '{characteristic}' is sorted by its numbers, hidden ones included"


def hidden_means(release: Release) -> Iterator[str]:
    """Mean shares of a hidden code of the still face: what the other codes leave, or a change less the other mean."""
    for view in release.of_page("engagement"):
        frame = release.released(view.id).frame
        if "episode" not in frame:
            continue
        changes = next(
            (
                release.released(one.id).frame
                for one in release.views
                if one.id == view.id.replace("episodes", "changes")
            ),
            pd.DataFrame(columns=["name", "first", "second", "mean"]),
        )
        for episode, rows in frame.groupby("episode"):
            for code in rows.loc[rows["mean"].isna(), "name"]:
                if rows["mean"].isna().sum() == 1:
                    yield f"{view.id}: {code} in {episode} is {100 - rows['mean'].sum():.1f} %, what the others leave"
                for found in by_change(frame, changes, code, str(episode)):
                    yield f"{view.id}: {code} in {episode} is {found:.1f} %, by its change"


def by_change(means: pd.DataFrame, changes: pd.DataFrame, code: str, episode: str) -> Iterator[float]:
    """A mean from the mean of another episode and the change between the two."""
    known = means[means["name"] == code].set_index("episode")["mean"]
    for row in changes[(changes["name"] == code) & changes["mean"].notna()].itertuples():
        if row.second == episode and np.isfinite(known.get(row.first, np.nan)):
            yield known[row.first] + row.mean
        if row.first == episode and np.isfinite(known.get(row.second, np.nan)):
            yield known[row.second] - row.mean


HIGHEST = {"EPDS": 30, "SAPAS": 8, "PHQ-9": 27, "ACEs": 10, "PSS-10": 40, "PEARLS": 10}
"""The ranges of the questionnaires, which everybody knows: scores are whole numbers from 0."""


def every_score(release: Release) -> Iterator[str]:
    """Mean, SD, median and quartiles of five or six people: where one set of scores alone has them, it is theirs."""
    for view in release.of_page("overview"):
        frame = release.released(view.id).frame
        for row in frame.itertuples() if {"sd", "q1", "q3"} <= set(frame) else ():
            if row.families == 5 and row.measure in HIGHEST and np.isfinite(row.sd):
                fitting = list(_sets(HIGHEST[row.measure], row))
                if len(fitting) == 1:
                    yield f"{view.id}: {row.measure} of {row.role} are {fitting[0]}"


def _sets(highest: int, row: tuple) -> Iterator[tuple[int, ...]]:
    """Five or six ordered scores with the printed numbers."""
    scores = np.arange(highest + 1)
    for many in (5, 6):
        places = np.arange(many)
        inner = [_at(scores, row.q1), _at(scores, row.median), _at(scores, row.q3)] if many == 5 else []
        middle = np.array(list(combinations_with_replacement(scores, many))) if highest <= 12 else None
        if middle is None and many == 5:
            ends = [(low, high) for low in scores for high in scores if low <= high]
            middle = np.array([(a, *core, e) for core in product(*inner) for a, e in ends if a <= core[0]])
            middle = middle[(np.diff(middle, axis=1) >= 0).all(axis=1)] if len(middle) else middle
        if middle is not None and len(middle):
            numbers = middle.mean(axis=1), middle.std(axis=1, ddof=1), *np.quantile(middle, (0.5, 0.25, 0.75), axis=1)
            printed = (row.mean, row.sd, row.median, row.q1, row.q3)
            fits = np.all([_two(one) == number for one, number in zip(numbers, printed, strict=True)], axis=0)
            yield from (tuple(int(one) for one in found[places]) for found in middle[fits])


def _at(scores: np.ndarray, printed: float) -> list[int]:
    return [int(score) for score in scores if _two(np.array([score]))[0] == printed]


def _two(numbers: np.ndarray) -> np.ndarray:
    """Two significant digits."""
    return np.array([float(f"{number:.2g}") for number in numbers])


# ---- two characteristics, seen from both sides ----------------------------------------------------------------------


def two_ways(release: Release) -> Iterator[str]:
    """Linear programming over all pairs of characteristics at once: fathers among the first-born are the first-born
    among the fathers, whichever of the two tables hides them."""
    for protocol in protocols(release):
        known, hidden = _known(release, protocol)
        if hidden:
            yield from (f"{protocol}: {words}" for words in _narrow(known, hidden))


def _known(release: Release, protocol: str) -> tuple[dict[frozenset[Key], tuple[float, float]], list[frozenset[Key]]]:
    """What a reader knows of the families that have one level, or two levels of different characteristics."""
    tables, said = samples(release, protocol), totals(release, protocol)
    spare = 2 if rounded(release) else 0
    known: dict[frozenset[Key], tuple[float, float]] = {frozenset(): (said[""] - spare, said[""] + spare)}
    hidden = []

    def learn(where: frozenset[Key], number: float) -> None:
        low, high = known.get(where, (0.0, np.inf))
        if np.isnan(number):
            hidden.append(where)
        else:
            least = threshold(release) if number else 0
            known[where] = max(low, least, number - spare), min(high, number + spare)

    for row, number in tables[""].items():
        learn(frozenset([row]), number)
    for name in set(tables) - {""}:
        if (own := _level(name, tables[""], said.get(name, np.nan), spare)) is not None:
            learn(frozenset([own]), said[name])
            for row, number in tables[name].items():
                if row[0] != own[0]:
                    learn(frozenset([own, row]), number)
    return known, list(dict.fromkeys(hidden))


def _level(name: str, whole: pd.Series, families: float, spare: float) -> Key | None:
    """The level of a characteristic that a filter is, where both have as many families."""
    label, _, level = name.partition(": ")
    for row, number in whole.items():
        alike = row[0] == SAME.get(label, label) or row[0].startswith(f"{label} (")
        if alike and row[1].casefold() == level.casefold() and abs(number - families) <= spare:
            return row
    return None


def _narrow(known: dict[frozenset[Key], tuple[float, float]], hidden: list[frozenset[Key]]) -> Iterator[str]:
    """Hidden counts whose range is narrower than WIDE."""
    levels: dict[str, list[Key]] = {}
    for key in dict.fromkeys(key for where in (*known, *hidden) for key in where):
        levels.setdefault(key[0], []).append(key)
    pairs = [frozenset(pair) for one, other in combinations(levels.values(), 2) for pair in _product(one, other)]
    unknown = {
        where: place for place, where in enumerate([frozenset(), *map(_alone, sum(levels.values(), [])), *pairs])
    }
    rows = []
    for name, mine in levels.items():
        rows.append((frozenset(), list(map(_alone, mine))))
        for other, theirs in levels.items():
            if other != name:
                rows += [(_alone(key), [frozenset([key, one]) for one in mine]) for key in theirs]
    equations = np.zeros((len(rows), len(unknown)))
    for place, (total, parts) in enumerate(rows):
        equations[place, [unknown[one] for one in parts]] = 1
        equations[place, unknown[total]] = -1
    limits = [known.get(where, (0.0, np.inf)) for where in unknown]
    for where in hidden:
        low, high = (_end(equations, limits, unknown[where], sign) for sign in (1, -1))
        if high - low < WIDE:
            words = " and ".join(f"{name}: {level}" for name, level in sorted(where))
            yield f"hidden count of '{words}' is {low:g} to {high:g}"


def _alone(key: Key) -> frozenset[Key]:
    return frozenset([key])


def _product(one: list[Key], other: list[Key]) -> list[tuple[Key, Key]]:
    return [(first, second) for first in one for second in other]


def _end(equations: np.ndarray, limits: list[tuple[float, float]], place: int, sign: int) -> float:
    goal = np.zeros(len(limits))
    goal[place] = sign
    found = linprog(goal, A_eq=equations, b_eq=np.zeros(len(equations)), bounds=limits, method="highs")
    if found.status:
        return -sign * np.inf
    value = sign * found.fun
    return float(np.ceil(value - 1e-6) if sign == 1 else np.floor(value + 1e-6))


ATTACKS = (
    whole_less_filter, level_twice, merged_less_filter, other_recordings, marks_of_the_mask, order_of_rows,
    hidden_means, every_score, two_ways,
)  # fmt: skip
