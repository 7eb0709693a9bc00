"""How a selection is split into levels: by a word of the recording, or into thirds of a number over the persons in
it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import UserError

THIRDS = ("low", "middle", "high")
MOST_LEVELS = 8


@dataclass(frozen=True)
class Split:
    """What to split by: a column of the wide observation frame; `unit` is who counts once where thirds are cut.

    `column` "" means no split. `numeric` columns are cut into thirds over the distinct values of column `unit`.
    """

    column: str = ""
    numeric: bool = False
    unit: str = "caregiver_id"
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thirds:
    """Cut points of a number (low <= first < middle <= second < high) and how many units stand on each level, in
    order.
    """

    first: float
    second: float
    units: dict[str, int]


@dataclass(frozen=True)
class Levels:
    """Level of every recording (an ordered categorical, missing where unknown) and, for numbers, the cut points."""

    level: pd.Series
    thirds: Thirds | None = None

    @property
    def missing(self) -> int:
        """Recordings that belong to no level and are left out of a split."""
        return int(self.level.isna().sum())


def split_levels(observations: pd.DataFrame, split: Split) -> Levels:
    """The level of each row of the wide observation frame; without a split all rows stand on one level ""."""
    if not split.column:
        return Levels(pd.Series(pd.Categorical([""] * len(observations)), index=observations.index))
    if split.numeric:
        return thirds(observations[split.column], observations[split.unit])
    return Levels(_words(observations[split.column], split.order))


def _words(column: pd.Series, order: tuple[str, ...]) -> pd.Series:
    """Levels in the given order, others sorted behind it; a UserError where there are too many to tell apart."""
    text = column.astype("str").where(column.notna())
    found = sorted(text.dropna().unique())
    levels = [word for word in order if word in found] + [word for word in found if word not in order]
    if len(levels) > MOST_LEVELS:
        raise UserError(f"A split shows at most {MOST_LEVELS} groups; this one has {len(levels)}. Narrow the filters.")
    return pd.Series(pd.Categorical(text, categories=levels, ordered=True), index=column.index)


def thirds(numbers: pd.Series, units: pd.Series) -> Levels:
    """Thirds of `numbers` over distinct `units` (persons, families): each counts once, with its mean in the selection.

    Cut points are the 1/3 and 2/3 quantiles; ties stay together, so the levels may differ in size.
    """
    per_unit = numbers.astype(float).groupby(units.to_numpy()).mean().dropna()
    if per_unit.empty:
        return Levels(pd.Series(pd.Categorical([None] * len(numbers), categories=list(THIRDS), ordered=True)))
    first, second = np.quantile(per_unit.to_numpy(), [1 / 3, 2 / 3])
    of_unit = pd.Series(np.select([per_unit <= first, per_unit <= second], THIRDS[:2], THIRDS[2]), per_unit.index)
    known = of_unit.reindex(units.to_numpy()).to_numpy()
    counts = of_unit.value_counts()
    cut = Thirds(float(first), float(second), {name: int(counts.get(name, 0)) for name in THIRDS})
    return Levels(pd.Series(pd.Categorical(known, categories=list(THIRDS), ordered=True), index=numbers.index), cut)
