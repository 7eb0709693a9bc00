"""The table of an item as a paper prints it: text, both ends of an interval in one cell, masked cells as the symbol."""

import re

import pandas as pd

from pipeline.steps.release import SYMBOL, ReleasedFrame
from pipeline.steps.report_text import cell, clean, digits_of

ENDS = {
    "low": "high", "lower": "upper", "seconds_low": "seconds_high", "mixed_low": "mixed_high",
    "points_low": "points_high",
}  # fmt: skip
"""Columns that are the lower end of an interval -> its upper end."""
FEW, OTHERS = 1, 2
"""Decimals of percentages and seconds, and of other numbers."""
SHORT = re.compile(r"\(%|^%|\(s\)|^Seconds|\(points\)")


def printed(released: ReleasedFrame, names: dict[str, str]) -> pd.DataFrame:
    """The columns that `names` names and that say something, under its words, all as text."""
    frame, found = released.frame, {}
    known = [(name, words) for name, words in names.items() if name in frame]
    digits = {name: digits_of(frame[name], FEW if SHORT.search(words) else OTHERS) for name, words in known}
    for name, words in known:
        if name in ENDS.values() and any(low in frame for low, high in ENDS.items() if high == name):
            continue
        texts = [_text(released, name, row, digits[name]) for row in range(len(frame))]
        if (upper := ENDS.get(name)) in digits:
            most = max(digits[name], digits[upper])
            low = [_text(released, name, row, most) for row in range(len(frame))]
            high = [_text(released, upper, row, most) for row in range(len(frame))]
            texts = [_interval(*ends) for ends in zip(low, high, strict=True)]
            words = _heading(words)
        if any(texts):
            found[_free(clean(words), found)] = texts
    return pd.DataFrame(found)


def _text(released: ReleasedFrame, name: str, row: int, digits: int) -> str:
    if name in released.hidden and released.hidden[name].iloc[row]:
        return SYMBOL
    return cell(released.frame[name].iloc[row], digits)


def _interval(low: str, high: str) -> str:
    """'0.1 to 0.5'; one symbol where it is masked."""
    if SYMBOL in (low, high):
        return SYMBOL
    return f"{low} to {high}" if low and high else low or high


def _heading(words: str) -> str:
    """'95 % from (s)' -> '95 % interval (s)'."""
    return words.replace(" from", " interval" if "CrI" not in words else "", 1).replace("  ", " ")


def _free(words: str, taken: dict[str, list[str]]) -> str:
    """A heading that no other column has."""
    return words if words not in taken else _free(f"{words} ", taken)
