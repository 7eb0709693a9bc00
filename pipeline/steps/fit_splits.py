"""What recordings can be split by into groups that are compared: mothers and fathers, cameras, activities."""

from dataclasses import dataclass

import pandas as pd

COLUMNS = {
    "role": "Caregiver role",
    "activity": "Activity",
    "camera": "Camera",
    "child_sex": "Child sex",
    "birth_order": "Birth order",
}
"""Columns of the observation frame and what they are called, the first offered first."""
FEWEST = 2
"""Recordings that a level needs to be offered."""


@dataclass(frozen=True)
class Split:
    """A column (as a spec names it), what it is called, and its levels, the most frequent first."""

    column: str
    label: str
    levels: tuple[str, ...]


def splits(observations: pd.DataFrame, variables: pd.DataFrame, exposure: str | None) -> tuple[Split, ...]:
    """Columns with at least two levels in these recordings, but not the exposure itself. `variables`: name, label,
    kind.
    """
    named = [(column, column, label) for column, label in COLUMNS.items()]
    words = variables[variables["kind"] != "numeric"]
    named += [(f"var:{one.name}", one.name, one.label) for one in words.itertuples()]
    found = []
    for column, name, label in named:
        if column not in observations or name == exposure:
            continue
        counts = observations[column].dropna().astype(str).value_counts()
        levels = sorted(counts.index[counts >= FEWEST], key=lambda level, counts=counts: (-counts[level], level))
        if len(levels) > 1:
            found.append(Split(name, label, tuple(levels)))
    return tuple(found)
