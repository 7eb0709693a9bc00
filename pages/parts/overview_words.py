"""The overview in words: the sample as sentences and as a table with one line per characteristic."""

from dataclasses import replace

import pandas as pd

from pages.parts.words import counted, escape, plain
from pipeline.steps.release import ReleasedFrame, small

ONE = {"families": "family"}
SPACE = "\u00a0"
"""A space that does not break: between a number and its sign or unit."""
UNIT_WORDS = ("observations", "dyads", "families", "infants", "caregivers")


def unit_word(unit: str, count: int) -> str:
    """'102 dyads', '1 family', '74 mothers'."""
    many = unit if unit in UNIT_WORDS else f"{unit}s"
    return counted(count, ONE.get(unit, many.removesuffix("s")), many)


def span(row: pd.Series, decimals: int = 1) -> str:
    """'7 (middle half 6 to 8)' of a numeric row."""
    median, low, high = (_short(row[name], decimals) for name in ("median", "q1", "q3"))
    return f"{median} (middle half {low} to {high})"


def sample_sentences(tiles: ReleasedFrame, sample: ReleasedFrame) -> str:
    """Two or three sentences that describe the sample (markdown); what is not recorded is left out."""
    size, rows = tiles.frame.iloc[0], sample.frame
    first = (
        f"**{counted(int(size['observations']), 'observation')}** (recordings) of "
        f"**{counted(int(size['dyads']), 'dyad')}** (an infant with one caregiver) from "
        f"**{counted(int(size['families']), 'family', 'families')}**"
    )
    parts = [f"{first}{_filmed(rows)}.", _infants(rows), _ages(rows), _activities(rows)]
    return " ".join(part for part in parts if part)


def sample_table(sample: ReleasedFrame) -> ReleasedFrame:
    """One line per characteristic: how it is distributed, over which units, and how many are not recorded."""
    lines = []
    for (label, unit), rows in sample.frame.groupby(["characteristic", "unit"], sort=False):
        lines.append(
            {
                "Characteristic": escape(label),
                "In this selection": _distribution(rows, sample.spec.threshold),
                "Counted over": _counted_over(rows, unit),
            }
        )
    return replace(sample, frame=pd.DataFrame(lines))


def score_table(summary: ReleasedFrame, everyone: str) -> ReleasedFrame:
    """One line per questionnaire and role in words; `everyone` is the word for all roles together."""
    rows = [
        {
            "Score": f"**{escape(row['instrument'])}:** {everyone if row['role'] == 'all' else escape(row['role'])}",
            "n": "; without: ".join(marked(row[name], summary.spec.threshold) for name in ("n", "missing")),
            "Mean (SD)": "" if pd.isna(row["mean"]) else f"{row['mean']:.2f} ({row['sd']:.2f})",
            "Median": "" if pd.isna(row["median"]) else span(row),
            "Lowest to highest": _ends(row),
        }
        for _, row in summary.frame.iterrows()
    ]
    return replace(summary, frame=pd.DataFrame(rows))


def marked(n: float, threshold: int) -> str:
    """A count as text, marked where it is small: '3 (small)'."""
    return f"{int(n):,} (small)" if small(pd.Series([n]), threshold).iloc[0] else f"{int(n):,}"


def _counted_over(rows: pd.DataFrame, unit: str) -> str:
    missing = int(rows["missing"].iloc[0])
    return unit_word(unit, int(rows["n"].sum())) + (f" ({missing:,} not recorded)" if missing else "")


def _ends(row: pd.Series) -> str:
    """Lowest and highest score; nothing where nobody has one."""
    if pd.isna(row["lowest"]):
        return ""
    return f"{row['lowest']:g} to {row['highest']:g}"


def _distribution(rows: pd.DataFrame, threshold: int) -> str:
    first = rows.iloc[0]
    if not first["level"]:
        if pd.isna(first["median"]):
            return "nobody"
        spread = "" if pd.isna(first["sd"]) else f", SD {first['sd']:.1f}"
        return f"median {span(first)}; mean {first['mean']:.1f}{spread}"
    return " · ".join(_level(row, threshold) for _, row in rows.iterrows())


def _level(row: pd.Series, threshold: int) -> str:
    percent = "" if pd.isna(row["percent"]) else f" ({row['percent']:.0f}{SPACE}%)"
    return f"{escape(plain(row['level']))} **{marked(row['n'], threshold)}**{percent}"


def _rows(rows: pd.DataFrame, label: str) -> pd.DataFrame:
    found = rows[rows["characteristic"].str.startswith(label)]
    return found[found["n"].gt(0)]


def _filmed(rows: pd.DataFrame) -> str:
    found = _rows(rows, "Caregiver filmed")
    found = found[found["unit"] == "observations"]
    shares = [f"{row.percent:.0f}{SPACE}% with {escape(row.level)}s" for row in found.itertuples()]
    return f": {', '.join(shares)}" if shares else ""


def _infants(rows: pd.DataFrame) -> str:
    parts = []
    for _, row in _rows(rows, "Infant's age").iterrows():
        parts.append(f"median {span(row)} months old at the first recording")
    for level, words in (("first", "first-born"), ("female", "girls")):
        found = _rows(rows, "Infant's")
        found = found[(found["level"] == level) & found["percent"].notna()]
        parts += [f"{row.percent:.0f}{SPACE}% {words}" for row in found.itertuples()]
    return f"Infants: {', '.join(parts)}." if parts else ""


def _ages(rows: pd.DataFrame) -> str:
    found = _rows(rows, "Age of ")
    parts = [f"{escape(row['unit'])}s {span(row, 0)} years" for _, row in found.iterrows()]
    return f"Median age of {', of '.join(parts)}." if parts else ""


def _activities(rows: pd.DataFrame) -> str:
    found = _rows(rows, "Activity").nlargest(4, "n")
    parts = [f"{escape(plain(row.level).lower())} {row.percent:.0f}{SPACE}%" for row in found.itertuples()]
    return f"Activities: {', '.join(parts)}." if parts else ""


def _short(number: float, decimals: int) -> str:
    return f"{number:.{decimals}f}".removesuffix(".0") if decimals else f"{number:.0f}"
