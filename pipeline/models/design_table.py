"""The same design from anyone's table: one row per record, two response columns, an intercept and every predictor for
both. Nothing is standardised or normalised here.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Covariate
from pipeline.errors import did_you_mean, listed
from pipeline.models.design import Design, assemble
from pipeline.models.design_columns import Block, Column, Variable, covariate_variables
from pipeline.models.fit import ModelRefused, Note


def of_table(frame: pd.DataFrame, unit: str, responses: tuple[str, str], predictors: tuple[str, ...]) -> Design:
    """The design of a table. A missing response drops that side, a missing predictor or unit the row (with a note)."""
    refuse_columns(frame, (unit, *responses, *predictors))
    rows, notes = complete_rows(frame, unit, predictors)
    y = np.column_stack([numbers_of(rows, name) for name in responses])
    used = ~np.isnan(y).all(axis=1)
    rows, y = rows[used], y[used]
    if rows.empty:
        raise ModelRefused(f"No row has a value of {responses[0]} or {responses[1]} and every predictor.")
    variables = [one for name in predictors for one in _variables(rows, name)]
    numbers = pd.factorize(rows[unit])[0]
    blocks = [_block(variables, ~np.isnan(y[:, side]), numbers, responses[side]) for side in (0, 1)]
    return assemble(rows[unit], y, responses, blocks, notes, few_rows=0)


def refuse_columns(frame: pd.DataFrame, wanted: tuple[str, ...]) -> None:
    """Refuses a column that is not there, or named for two roles."""
    for name in wanted:
        if name not in frame:
            text = f"'{name}' is not a column of the table.{did_you_mean(name, list(frame))}"
            raise ModelRefused(f"{text} Choose from: {listed(list(frame))}.", column=name)
        if wanted.count(name) > 1:
            raise ModelRefused(f"'{name}' is named twice. Use a column as unit, response or predictor once.")


def complete_rows(frame: pd.DataFrame, unit: str, predictors: tuple[str, ...]) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Rows that have a unit and every predictor, and how many each lack cost."""
    rows, notes = frame, []
    for name in (unit, *predictors):
        gone = rows[name].isna()
        if gone.any():
            count = f"{gone.sum()} row{'' if gone.sum() == 1 else 's'}"
            notes.append(Note("lost", f"{count} without {name} did not enter.", "", name, int(gone.sum())))
            rows = rows[~gone]
    return rows, tuple(notes)


def numbers_of(rows: pd.DataFrame, name: str) -> np.ndarray:
    """A response as numbers; missing stays missing, a word is refused."""
    values = pd.to_numeric(rows[name], errors="coerce").to_numpy(float, copy=True)
    if (np.isnan(values) & rows[name].notna().to_numpy()).any() or np.isinf(values).any():
        raise ModelRefused(f"The response {name} holds something that is not a number. Correct it, or leave it blank.")
    return values


def _variables(rows: pd.DataFrame, name: str) -> list[Variable]:
    kind = "numeric" if pd.api.types.is_numeric_dtype(rows[name]) else "categorical"
    found = covariate_variables(rows[name], Covariate(column=name, label=name, kind=kind), by_code=False)
    if not found:
        text = f"The predictor {name} is the same in all rows, so nothing can be learnt about it."
        raise ModelRefused(f"{text} Leave it out.")
    return found


def _block(variables: list[Variable], present: np.ndarray, unit: np.ndarray, response: str) -> Block:
    """Intercept and every predictor of one response."""
    rows, units = int(present.sum()), len(np.unique(unit[present]))
    columns = [Column(response, "intercept", "intercept")]
    columns += [Column(response, one.term, "covariate", "", one.column) for one in variables]
    x = np.column_stack([np.ones(len(present)), *(one.values for one in variables)])
    named = tuple(replace(column, rows=rows, units=units) for column in columns)
    return Block(np.where(present[:, None], x, 0.0), named)
