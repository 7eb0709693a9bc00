"""Families with and without a score, in words: the finding and the table."""

from dataclasses import replace

import pandas as pd

from pages.parts.overview_words import SPACE, marked
from pages.parts.words import escape, one_of, plain
from pipeline.steps.release import ReleasedFrame

INDENT = SPACE * 3


def differences_finding(rows: pd.DataFrame, instrument: str) -> str:
    """One sentence: on what the two groups differ more than chance would make them."""
    known = rows[rows["difference"].notna()]
    if known.empty:
        return f"Nothing to compare: every family, or none, has a score of the {escape(instrument)}."
    beyond = known[known["difference"].abs() > known["chance_limit"]]
    who = f"Families with and without the {escape(instrument)}"
    if beyond.empty:
        return f"{who} do not differ more than chance would make them ({len(known)} characteristics)"
    named = [f"{escape(row.characteristic)} ({abs(row.difference):.1f} SD)" for row in beyond.itertuples()]
    return f"{who} differ more than by chance in: {one_of(named, 'and')}"


def completers_table(released: ReleasedFrame, instrument: str) -> ReleasedFrame:
    """Table 1 in words: a line per number and per level, the two groups side by side."""
    rows, last = [], None
    for row in released.frame.itertuples():
        first = row.characteristic != last
        last = row.characteristic
        rows.append(
            {
                "Families": _label(row, first),
                f"{escape(instrument)} answered": _cell(row, "complete", released.spec.threshold),
                f"{escape(instrument)} missing": _cell(row, "missing", released.spec.threshold),
                "Difference (SD)": _difference(row) if first else "",
            }
        )
    return replace(released, frame=pd.DataFrame(rows))


def _label(row: tuple, first: bool) -> str:
    """'**Infant's sex:** Female' on the first line of a characteristic, 'Male' on the next."""
    head = f"**{escape(row.characteristic)}:** " if first else INDENT
    return head + (escape(plain(row.level)) if row.level else "mean (SD)")


def _cell(row: tuple, group: str, threshold: int) -> str:
    n, mean, sd, percent = (getattr(row, f"{what}_{group}") for what in ("n", "mean", "sd", "percent"))
    count = marked(n, threshold)
    if row.level:
        return count if pd.isna(percent) else f"{count}, {percent:.1f}{SPACE}%"
    if pd.isna(mean):
        return f"n{SPACE}{count}"
    return f"{mean:.2f}{SPACE}({'-' if pd.isna(sd) else f'{sd:.2f}'}), n{SPACE}{count}"


def _difference(row: tuple) -> str:
    if pd.isna(row.difference):
        return "-"
    beyond = abs(row.difference) > row.chance_limit
    words = f"{row.difference:+.2f}" if not row.level else f"{row.difference:.2f}"
    return f"**{words}** more than chance" if beyond else words.replace("-", "\u2212")
