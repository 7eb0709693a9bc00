"""Anyone's table as the frame that a fit expects: cells are read as text, and become numbers by rule."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import UnreadableFile, file_name
from pipeline.models.design_table import refuse_columns
from pipeline.readers.table import TextTable, read_table
from pipeline.steps.cohort_values import number

MISSING = ("", "NA", "NaN", "nan")
"""Cells of a column of numbers that hold none: blank, or as R and pandas write it."""


def read_frame(path: Path, unit: str, responses: tuple[str, str], predictors: tuple[str, ...]) -> pd.DataFrame:
    """The named columns of a csv, tsv or xlsx file. Responses are numbers; a predictor in which any cell is a number
    is one of numbers, otherwise one of words. UnreadableFile names line and column of a cell that is neither.
    """
    table = read_table(path)
    refuse_shape(table)
    refuse_columns(pd.DataFrame(columns=list(table.columns)), (unit, *responses, *predictors))
    columns = {unit: words(table, unit)}
    columns |= {name: numbers(table, name) for name in responses}
    columns |= {name: _predictor(table, name) for name in predictors}
    return pd.DataFrame(columns)


def refuse_shape(table: TextTable) -> None:
    """Refuses rows that do not fit the header, and two columns of one name."""
    file = file_name(table.path)
    for note in table.notes:
        if note.rejects_row:
            text = f"{file}, line {note.line}: {note.detail[0].lower()}{note.detail[1:]}"
            raise UnreadableFile(f"{text} Correct the row and run again.", file=file, line=note.line)
    for name in table.columns:
        if table.columns.count(name) > 1:
            text = f"{file}: two columns are named '{name}'. Rename one of them."
            raise UnreadableFile(text, file=file, column=name)


def cells(table: TextTable, name: str) -> list[tuple[int, str]]:
    """(line, text) of one column."""
    place = table.columns.index(name)
    return [(line, row[place]) for line, row in table.rows]


def words(table: TextTable, name: str) -> list[str | None]:
    """A column of words; blank is missing."""
    return [text or None for _, text in cells(table, name)]


def numbers(table: TextTable, name: str) -> np.ndarray:
    """A column of numbers; UnreadableFile names line and column of a cell that is none."""
    values = []
    for line, text in cells(table, name):
        value = None if text in MISSING else number(text, ".")
        if value is None and text not in MISSING:
            hint = "Write it with a decimal point." if "," in text else "Correct it, or leave the cell blank."
            where = f"{file_name(table.path)}, line {line}, column {name}"
            text = f"{where}: this is not a number. {hint}"
            raise UnreadableFile(text, file=file_name(table.path), line=line, column=name)
        values.append(np.nan if value is None else float(value))
    return np.array(values, float)


def _predictor(table: TextTable, name: str) -> np.ndarray | list[str | None]:
    """Numbers when any cell is one, words otherwise."""
    if any(text not in MISSING and number(text, ".") is not None for _, text in cells(table, name)):
        return numbers(table, name)
    return words(table, name)
