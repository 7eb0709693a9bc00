"""Words of the data on their way into files that others open: nothing in them runs, hides or turns the text around."""

import unicodedata

import numpy as np
import pandas as pd

from pipeline.plain_words import decimal
from pipeline.steps.release import SYMBOL
from pipeline.writers.study_events import FORMULA_STARTS, NUMBER

LONGEST = 300
"""Letters of a label; a paragraph of the author's own may be longer."""
SILENT = {"Cc", "Cf", "Cs", "Co", "Cn"}


def clean(text: object, longest: int | None = LONGEST) -> str:
    """The text without control characters, marks of direction and letters that cannot be written; one line; cut at
    `longest` letters.
    """
    kept = "".join(letter for letter in str(text) if letter in "\n\t" or unicodedata.category(letter) not in SILENT)
    line = " ".join(kept.split())
    return line if longest is None or len(line) <= longest else f"{line[: longest - 1]}\u2026"


def paragraphs(text: str) -> list[str]:
    """The author's own words: paragraphs between empty lines, each cleaned."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [line for block in blocks if (line := clean(block, None))]


def cell(value: object, digits: int = 2) -> str:
    """A cell of a table as text: numbers with few decimals, a ' before what a spreadsheet would run."""
    if value is None or (np.isscalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 1000 else decimal(float(value), digits)
    if isinstance(value, int | np.integer):
        return f"{value:,}"
    text = clean(value)
    if text == SYMBOL:
        return text
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text


def cells(frame: pd.DataFrame) -> list[list[str]]:
    """All rows of a frame as text, every column with as many decimals as it needs (none to two)."""
    columns = [[cell(value, digits_of(frame[name])) for value in frame[name]] for name in frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def digits_of(column: pd.Series, most: int = 2) -> int:
    """Decimals that a column of numbers needs, up to `most`."""
    numbers = [float(value) for value in column if isinstance(value, int | float | np.number) and value == value]
    needed = (digits for digits in range(most) if all(abs(one - round(one, digits)) < 1e-9 for one in numbers))
    return next(needed, most)
