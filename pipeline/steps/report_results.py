"""What a report says of its numbers, in sentences: every number comes out of the masked frame, none is typed."""

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.plain_words import counted, decimal, one_of

MOST_NAMED = 6
SPOKEN = 3
"""Significant digits of a number in a sentence."""


def spoken(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The frame with these columns in as many digits as a sentence takes."""
    return frame.assign(**{name: frame[name].map(_digits) for name in columns if name in frame})


def _digits(value: float) -> float:
    return float(f"{value:.{SPOKEN}g}") if isinstance(value, int | float | np.floating) and value == value else value


def fit_finding(terms: pd.DataFrame, spec: Spec, exposure: str, per: str) -> str:
    """The finding of a fit by the rule of clear and suggestive. `terms`: shown ones only, as a forest plot has them."""
    if terms.empty:
        return "No behaviour can be shown."
    clear, suggestive = (terms[terms["evidence"] == word] for word in ("clear", "suggestive"))
    if not spec.step.exposure:
        words = f"{len(clear)} of {len(terms)} behaviours clearly take more or less time than '{spec.reference}'."
        return f"{words} {_each(clear, spec)}".strip()
    start = f"Per {per}, relative to '{spec.reference}': "
    if clear.empty and suggestive.empty:
        rest = "no related behaviours point the same way"
        return f"{start}nothing is clear; all {len(terms)} intervals include 0, and {rest}."
    groups = (("clear", clear), ("suggestive", suggestive))
    parts = [f"{word}: {_each(rows, spec)}" for word, rows in groups if len(rows)]
    chance = f" About {decimal(0.05 * len(terms), 1)} of {len(terms)} intervals exclude 0 by chance alone."
    return f"{start}{' '.join(parts)}{chance if len(clear) else ''}"


def _each(rows: pd.DataFrame, spec: Spec) -> str:
    """'the caregiver's 'Woe face' 25 s less per 5 minutes (-0.49 SD, 95 % CrI -0.85 to -0.13); ...'."""
    ordered = rows.loc[(rows["mean"] / rows["sd"]).abs().sort_values(ascending=False).index]
    said = [_one(row, spec) for row in ordered.head(MOST_NAMED).to_dict("records")]
    if more := len(ordered) - len(said):
        said.append(f"{counted(more, 'further behaviour')} (see the table)")
    return f"{'; '.join(said)}." if said else ""


def _one(row: dict, spec: Spec) -> str:
    unit = "" if spec.options.outcome == "share" else " SD"
    interval = f"{decimal(row['mean'])}{unit}, 95 % CrI {decimal(row['lower'])} to {decimal(row['upper'])}"
    size = ""
    if row["seconds"] == row["seconds"]:
        size = f" {abs(row['seconds']):.0f} s {'more' if row['mean'] > 0 else 'less'} per 5 minutes"
    against = " against the hypothesis" if row.get("direction") == "opposite" else ""
    return f"the {row['response']}'s '{row['code']}'{size} ({interval}{against})"


def sizes(families: int, dyads: int, observations: int) -> str:
    """'n = 97 families, 102 dyads, 142 recordings'."""
    parts = [counted(families, "family", "families"), counted(dyads, "dyad"), counted(observations, "recording")]
    return f"n = {one_of(parts, 'and')}"
