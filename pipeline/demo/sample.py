"""Who was filmed: families, people, dyads and recordings of the study, with counts fixed by its published
description.

How the published counts fit together: 97 families, five of them with two filmed children, give 102 infants. Every
infant was filmed with one caregiver (102 dyads), siblings with the same one. "Both parents enrolled" (10 families)
means that the partner who was not filmed is known too and answered the questionnaires. A recording is one dyad in
one activity: 64 dyads have one, 36 two, 2 three.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FAMILIES = 97
PARENT_AGES = {"mother": (20, 25, 26, 28, 33), "father": (21, 26, 28, 30, 41)}
INFANT_AGES = (4.0, 6.0, 7.0, 8.0, 13.5)
ACTIVITIES = {"feeding": 86, "stacking": 40, "free_play": 6, "bedtime": 6, "reading": 4}
SECOND_ACTIVITY = {"stacking": 30, "bedtime": 2, "reading": 2, "free_play": 2}
INCOME_BANDS = ("under 20k", "20-40k", "40-60k", "over 60k")


@dataclass(frozen=True)
class Sample:
    """Tables of the study, one row per family, caregiver, dyad and recording; ids are text, index columns are
    positions.
    """

    families: pd.DataFrame
    caregivers: pd.DataFrame
    dyads: pd.DataFrame
    observations: pd.DataFrame


def scaled(count: float, families: int) -> int:
    """A count of the published sample, in proportion to another number of families."""
    return round(count * families / FAMILIES)


def shuffled(rng: np.random.Generator, counts: dict[str, int]) -> np.ndarray:
    """Each label as often as its count says, in random order."""
    return rng.permutation(np.repeat(list(counts), list(counts.values())))


def spread(rng: np.random.Generator, quartiles: tuple[float, ...], size: int) -> np.ndarray:
    """`size` values whose minimum, quartiles and maximum are the five given, in random order."""
    return rng.permutation(np.interp(np.linspace(0, 1, size), [0, 0.25, 0.5, 0.75, 1], quartiles))


def draw_sample(rng: np.random.Generator, families: int) -> Sample:
    """The study's people and recordings; at 97 families the counts are exactly the published ones."""
    family = _families(rng, families)
    caregivers = _caregivers(rng, family)
    dyads = _dyads(rng, family)
    return Sample(family, caregivers, dyads, _observations(rng, family, dyads))


def _families(rng: np.random.Generator, families: int) -> pd.DataFrame:
    fathers, olds = scaled(25, families), scaled(66, families)
    roles = shuffled(rng, {"father": fathers, "mother": families - fathers})
    two = np.zeros(families, bool)
    pairs = {"mother": scaled(5, families) - scaled(1, families), "father": scaled(1, families)}
    for role, count in pairs.items():
        two[rng.choice(np.flatnonzero(roles == role), count, replace=False)] = True
    both = np.zeros(families, bool)
    both[rng.choice(families, scaled(10, families), replace=False)] = True
    income = rng.choice(INCOME_BANDS, families, p=[0.16, 0.34, 0.31, 0.19])
    income = np.where(rng.random(families) < 0.05, "", income)
    language = np.where(rng.random(families) < 0.14, "bilingual", "monolingual")
    return pd.DataFrame(
        {
            "family_id": [f"{number:04d}" for number in range(1, families + 1)],
            "role": roles,
            "children": np.where(two, 2, 1),
            "both_enrolled": both,
            "camera": shuffled(rng, {"old": olds, "new": families - olds}),
            "income_band": income,
            "home_language": language,
        }
    )


def _caregivers(rng: np.random.Generator, family: pd.DataFrame) -> pd.DataFrame:
    """Filmed caregivers first (row = position of the family), then the partners of the families with both enrolled."""
    filmed = pd.DataFrame({"family": np.arange(len(family)), "role": family["role"], "filmed": True})
    partners = filmed[family["both_enrolled"]].copy()
    partners["role"] = np.where(partners["role"] == "mother", "father", "mother")
    partners["filmed"] = False
    people = pd.concat([filmed, partners], ignore_index=True)
    people["age_years"] = 0.0
    for role, quartiles in PARENT_AGES.items():
        for seen in (True, False):
            rows = np.flatnonzero((people["role"] == role) & (people["filmed"] == seen))
            people.loc[rows, "age_years"] = np.round(spread(rng, quartiles, len(rows)), 1)
    people["education_years"] = np.clip(np.round(rng.normal(13.9, 2.2, len(people))), 9, 21)
    people["person_id"] = family["family_id"].to_numpy()[people["family"]] + people["role"].map(
        {"mother": "-A", "father": "-B"}
    )
    return people


def _dyads(rng: np.random.Generator, family: pd.DataFrame) -> pd.DataFrame:
    """One row per infant, with the caregiver filmed; siblings are first and second born."""
    rows = np.repeat(np.arange(len(family)), family["children"])
    child = np.concatenate([np.arange(1, count + 1) for count in family["children"]])
    order = np.full(len(rows), "", dtype=object)
    paired = family["children"].to_numpy()[rows] == 2
    order[paired] = np.where(child[paired] == 1, "first", "second")
    single, total = np.flatnonzero(~paired), len(family)
    first = scaled(67, total) - int((order == "first").sum())
    third = scaled(4, total)
    order[single] = shuffled(rng, {"first": first, "third": third, "second": len(single) - first - third})
    girls = scaled(49, total)
    ids = family["family_id"].to_numpy()[rows]
    letter = family["role"].map({"mother": "A", "father": "B"}).to_numpy()[rows]
    return pd.DataFrame(
        {
            "dyad_id": [f"{i}.{c}.{k}" for i, c, k in zip(ids, letter, child, strict=True)],
            "family": rows,
            "infant_id": [f"{i}-C{k}" for i, k in zip(ids, child, strict=True)],
            "role": family["role"].to_numpy()[rows],
            "child_sex": shuffled(rng, {"female": girls, "male": len(rows) - girls}),
            "birth_order": order,
            "infant_age_months": np.round(spread(rng, INFANT_AGES, len(rows)), 1),
        }
    )


def _observations(rng: np.random.Generator, family: pd.DataFrame, dyads: pd.DataFrame) -> pd.DataFrame:
    counts = _recordings_per_dyad(rng, dyads, len(family))
    activities = _activities(rng, counts, len(family))
    rows = np.repeat(np.arange(len(dyads)), counts)
    table = pd.DataFrame(
        {"dyad": rows, "family": dyads["family"].to_numpy()[rows], "activity": np.concatenate(activities)}
    )
    ids = dyads["dyad_id"].to_numpy()[rows]
    table["observation_id"] = [
        f"{i}.{activity.replace('_', '')}" for i, activity in zip(ids, table["activity"], strict=True)
    ]
    table["camera"] = family["camera"].to_numpy()[table["family"]]
    table["infant_age_months"] = dyads["infant_age_months"].to_numpy()[rows]
    table["role"] = dyads["role"].to_numpy()[rows]
    minutes = spread(rng, (4.20, 4.982, 5.0, 5.0, 5.03), len(table))
    table["length_ms"] = np.round(minutes * 60_000 / 40).astype(np.int64) * 40
    return table


def _recordings_per_dyad(rng: np.random.Generator, dyads: pd.DataFrame, families: int) -> np.ndarray:
    """Recordings per dyad: 105 with mothers and 37 with fathers at 97 families."""
    counts = np.ones(len(dyads), int)
    for role, total, triples in (("mother", 105, 2), ("father", 37, 0)):
        rows = rng.permutation(np.flatnonzero(dyads["role"] == role))
        extra, three = max(scaled(total, families) - len(rows), 0), scaled(triples, families)
        counts[rows[:three]] = 3
        counts[rows[three : max(extra - three, three)]] = 2
    return counts


def _activities(rng: np.random.Generator, counts: np.ndarray, families: int) -> list[list[str]]:
    """Activities of each dyad, all different; totals over the study as published."""
    ones, twos, threes = (int((counts == size).sum()) for size in (1, 2, 3))
    second = _filled({name: scaled(count, families) for name, count in SECOND_ACTIVITY.items()}, "stacking", twos)
    left = _filled({name: scaled(count, families) for name, count in ACTIVITIES.items()}, "feeding", int(counts.sum()))
    used = dict.fromkeys(left, 0) | second | {"feeding": twos + threes}
    for name in ("stacking", "free_play"):
        used[name] += threes
    single = _filled({name: left[name] - used[name] for name in left}, "feeding", ones)
    alone, beside = iter(shuffled(rng, single)), iter(shuffled(rng, second))
    chosen = {
        1: lambda: [next(alone)],
        2: lambda: ["feeding", next(beside)],
        3: lambda: ["feeding", "stacking", "free_play"],
    }
    return [[str(name) for name in chosen[count]()] for count in counts]


def _filled(counts: dict[str, int], name: str, total: int) -> dict[str, int]:
    """The counts, none negative, brought to the total by changing `name` (and, in very small studies, others)."""
    filled = {each: max(count, 0) for each, count in counts.items()}
    filled[name] = max(filled[name] + total - sum(filled.values()), 0)
    for each in filled:
        filled[each] -= min(filled[each], max(sum(filled.values()) - total, 0))
    return filled
