"""A selection: which observations of a study are looked at. Pure: a frame goes in, a narrower frame comes out."""

from dataclasses import dataclass

import pandas as pd

Value = str | int | float | bool | None
"""A value of a choice; None stands for 'not recorded'."""


@dataclass(frozen=True)
class Selection:
    """What to keep. An empty field keeps everything; all fields must hold for an observation to stay.

    `choices`: (column, allowed values); None among the values keeps observations where the column is not recorded.
    `ranges`: (column, low, high), both ends included, None is open; a range excludes missing values.
    `complete`: columns that must be recorded.
    """

    protocol: str | None = None
    choices: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    ranges: tuple[tuple[str, float | None, float | None], ...] = ()
    complete: tuple[str, ...] = ()
    families: tuple[str, ...] = ()
    dyads: tuple[str, ...] = ()

    @property
    def narrowed(self) -> bool:
        """True when anything but the protocol is narrowed."""
        return bool(self.choices or self.ranges or self.complete or self.families or self.dyads)


@dataclass(frozen=True)
class Counts:
    """How much data there is: families, dyads and observations."""

    families: int
    dyads: int
    observations: int


def select(observations: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The rows of the wide observation frame that the selection keeps, in their order; unknown columns keep all."""
    keep = pd.Series(True, index=observations.index)
    if selection.protocol is not None:
        keep &= observations["protocol"] == selection.protocol
    for column, values in _known(selection.choices, observations):
        keep &= _is_one_of(observations[column], values)
    for column, low, high in _known(selection.ranges, observations):
        keep &= _within(observations[column], low, high)
    for column in selection.complete:
        if column in observations:
            keep &= observations[column].notna()
    for column, chosen in (("family_id", selection.families), ("dyad_id", selection.dyads)):
        if chosen:
            keep &= observations[column].isin(chosen)
    return observations[keep.astype(bool)]


def count(observations: pd.DataFrame) -> Counts:
    """Families, dyads and observations of a wide observation frame."""
    return Counts(observations["family_id"].nunique(), observations["dyad_id"].nunique(), len(observations))


def _known(parts: tuple, observations: pd.DataFrame) -> list[tuple]:
    return [part for part in parts if part[0] in observations]


def _is_one_of(column: pd.Series, values: tuple[Value, ...]) -> pd.Series:
    recorded = [value for value in values if value is not None]
    kept = column.isin(recorded)
    return kept | column.isna() if None in values else kept


def _within(column: pd.Series, low: float | None, high: float | None) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    kept = numbers.notna()
    if low is not None:
        kept &= numbers >= low
    if high is not None:
        kept &= numbers <= high
    return kept
