"""The columns of a model of a dynamic measure: complete rows, numbers in standard deviations, levels as 0 and 1."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import UserError, did_you_mean, listed

FEWEST = 10
"""Fewer families than this are refused: their variance could not be told from that of recordings."""


@dataclass(frozen=True)
class Explanation:
    """What explains a dynamic measure: columns of the wide observation frame.

    `per_sd`: numeric columns in standard deviations over the rows of the model (each recording once), so that one unit
    is one SD; the SD of each is kept.
    """

    exposure: str
    covariates: tuple[str, ...] = ()
    per_sd: bool = True


@dataclass(frozen=True)
class Design:
    """Complete rows with their columns of the model."""

    rows: pd.DataFrame
    columns: pd.DataFrame
    scales: pd.DataFrame
    left_out: int


def designed(rows: pd.DataFrame, observations: pd.DataFrame, chosen: Explanation) -> Design:
    """Rows (observation_id, family_id, ...) with all columns known; categorical ones as 0/1 against their first level.

    UserError for unknown or constant columns, and for fewer than FEWEST families.
    """
    names = list(dict.fromkeys((chosen.exposure, *chosen.covariates)))
    if unknown := [name for name in names if name not in observations]:
        text = f"'{unknown[0]}' is no variable of this study.{did_you_mean(unknown[0], list(observations))}"
        raise UserError(f"{text} Choose another one.")
    values = observations.set_index("observation_id")[names].reindex(rows["observation_id"])
    whole = values.notna().all(axis=1).to_numpy()
    kept, values = rows[whole].reset_index(drop=True), values[whole].reset_index(drop=True)
    if kept["family_id"].nunique() < FEWEST:
        text = f"Only {kept['family_id'].nunique()} families have all these values; a model needs at least {FEWEST}."
        raise UserError(f"{text} Choose more recordings or fewer covariates.")
    once = ~kept["observation_id"].duplicated()
    columns: dict[str, np.ndarray] = {}
    scales: list[tuple[str, float, float]] = []
    for name in names:
        if pd.api.types.is_numeric_dtype(values[name]) and not pd.api.types.is_bool_dtype(values[name]):
            numbers = values[name].to_numpy(float)
            mean, sd = float(numbers[once].mean()), float(numbers[once].std(ddof=1))
            scales.append((name, mean, sd))
            columns[name] = (numbers - mean) / sd if chosen.per_sd and sd > 0 else numbers
        else:
            columns |= _levels(name, values[name].astype(str))
    frame = pd.DataFrame(scales, columns=["name", "mean", "sd"])
    return Design(kept, pd.DataFrame(columns), frame, int((~whole).sum()))


def _levels(name: str, values: pd.Series) -> dict[str, np.ndarray]:
    """One column of 0/1 per level but the first: `name: level`."""
    levels = sorted(values.unique())
    if len(levels) < 2:
        raise UserError(f"{name.split(':')[-1]} is the same in all these recordings. Leave it out.")
    return {f"{name}: {level}": (values == level).to_numpy(float) for level in levels[1:]}


def refuse_alike(columns: pd.DataFrame) -> None:
    """UserError where one column follows from the others (a column of ones among them)."""
    if np.linalg.matrix_rank(columns.to_numpy()) < columns.shape[1]:
        named = listed([name for name in columns if name != "(mean)"])
        raise UserError(f"Some of {named} say the same of these recordings. Leave one out.")
