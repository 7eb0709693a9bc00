"""Words inside the figures of a release: numbers with the digits that are shown of them, n, what is not shown."""

import pandas as pd

from pages.parts import words
from pipeline.steps.release import SYMBOL

SPACE = "\u00a0"
NOT_SHOWN = f"{SYMBOL}{SPACE}not shown"
"""What stands in a figure in the place of a hidden number."""
MOST_NAMED = 3


def number(value: float, unit: str = "") -> str:
    """'0.082', '\u22122 %'."""
    return f"{value:.10g}".replace("-", "\u2212") + (f"{SPACE}{unit}" if unit else "")


def between(low: float, high: float) -> str:
    """' (3.1 to 5.2)'; nothing where there is no interval."""
    return "" if pd.isna(low) else f" ({number(low)} to {number(high)})"


def about(families: float) -> str:
    """'about 45 families': counts beside means are rounded."""
    return "" if pd.isna(families) else f"about {families:,.0f} families"


def joined(*parts: str) -> str:
    """The parts that say something, with commas."""
    return ", ".join(part for part in parts if part)


def one_line(text: str, letters: int = 72) -> str:
    """The text, shortened where it would be cut on a narrow screen; under the pointer and in the table it is whole."""
    return text if len(text) <= letters else f"{text[: letters - 1].rstrip()}\u2026"


def left_out(names: list[str]) -> str:
    """'[c] not shown: Disgust and Laugh.'; nothing where nothing is left out."""
    if not names:
        return ""
    more = [f"{len(names) - MOST_NAMED} more"] if len(names) > MOST_NAMED else []
    return f"{NOT_SHOWN}: {words.one_of([*names[:MOST_NAMED], *more], 'and')}."


def rows_left_out(rows: int) -> str:
    """'[c] not shown: 10 rows.'; nothing where all are shown."""
    return left_out([words.counted(rows, "row")] if rows else [])


def gone(whole: pd.Series, there: pd.Series) -> list[str]:
    """What occurs in the whole and of which nothing is there, in order."""
    return [str(name) for name in dict.fromkeys(whole) if name not in set(there)]
