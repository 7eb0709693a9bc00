"""Words about the smiles of all mothers: numbers as a reader sees them, a test in one cell, the finding."""

import re

import pandas as pd

from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.smile_feature_names import smile_feature
from pipeline.steps.release import T

SPACE, MINUS, NOTHING = "\u00a0", "\u2212", "\u2013"
FEW = "†"
"""Stands behind what rests on fewer than T families."""
DOWN = "becomes more negative"
CHANCE = re.compile(r"\b([pq]) ([=<]) ")
CLEAR = 0.05
MOST_NAMED = 3
"""Features named in a finding."""
TWICE = (
    "**Smile by smile** takes all smiles as independent, as the smile paper does. **By mothers** keeps the smiles of "
    "one mother together (mixed model): believe this one. q: p after Benjamini-Hochberg, so that of all findings "
    "with q ≤ .05 about 5 % are false."
)


def amount(value: float, decimals: int = 2, sign: bool = False) -> str:
    """'0.51', '−0.12', '+0.30'; nothing where there is none."""
    if pd.isna(value):
        return ""
    text = f"{abs(value):,.{decimals}f}"
    front = MINUS if value < 0 and float(text.replace(",", "")) else "+" if sign and value > 0 else ""
    return f"{front}{text}"


def between(low: float, high: float, decimals: int = 2) -> str:
    """' (0.11 to 0.30)'; nothing where there is no interval."""
    return "" if pd.isna(low) else f" ({amount(low, decimals)} to {amount(high, decimals)})"


def chance(p: float, name: str = "p") -> str:
    """'p < .001', 'q = .02'; nothing where there is none."""
    if pd.isna(p):
        return ""
    if p < 0.001:
        return f"{name}{SPACE}<{SPACE}.001"
    text = f"{p:.3f}" if p < 0.1 else f"{p:.2f}"
    return f"{name}{SPACE}={SPACE}{text.removeprefix('0') if text[0] == '0' else text}"


def both(p: float, q: float) -> str:
    """'p = .02, q = .08'."""
    return ", ".join(part for part in (chance(p), chance(q, "q")) if part)


def feature(name: str, unit: bool = True) -> str:
    """'Onset amplitude (IR)'."""
    known = smile_feature(name)
    return f"{known.label} ({known.unit})" if unit else known.label


def marked(text: str, families: float) -> str:
    """The text with the mark of few families."""
    return f"{text} {FEW}" if 0 < families < T else text


def named_feature(row: tuple) -> str:
    """'Onset amplitude', marked where few families stand behind it."""
    return marked(feature(row.feature, unit=False), row.families)


def few_note(frame: pd.DataFrame, *counts: str) -> str:
    """The line that explains the mark; empty where nothing is marked."""
    few = any(frame[name].between(1, T - 1).any() for name in counts if name in frame)
    return f"{FEW} fewer than {T} families. " if few else ""


def why(row: pd.Series) -> str:
    """Why there is no number."""
    return escape(str(row["note"])) if row.get("note") else "none"


def welch(row: pd.Series) -> str:
    """'d 0.51, t(207.33) = 4.37, p < .001, q < .001'."""
    if pd.isna(row["t"]):
        return why(row)
    t = f"t({row['df']:.2f}){SPACE}={SPACE}{amount(row['t'])}"
    return f"d{SPACE}**{amount(row['d'])}**, {t}, {both(row['p'], row['q'])}"


def by_mothers(row: pd.Series, name: str, decimals: int = 2) -> str:
    """'**0.05** (0.01 to 0.09), p = .02, q = .08' of the column `name`."""
    if pd.isna(row[name]):
        return why(row)
    ends = between(row["mixed_low"], row["mixed_high"], decimals)
    return f"**{amount(row[name], decimals)}**{ends}, {both(row['mixed_p'], row.get('mixed_q', float('nan')))}"


def anova(row: pd.Series, front: str = "") -> str:
    """'F(3, 178) = 3.39, p = .019, q = .21, η² .054' of the naive test, or with `front` "mixed_" by mothers."""
    f, df1, df2, eta, p, q = (row[f"{front}{name}"] for name in ("f", "df1", "df2", "eta", "p", "q"))
    if pd.isna(f):
        return why(row)
    within = f"{df2:.0f}" if float(df2).is_integer() else f"{df2:.1f}"
    explained = f"{eta:.3f}".removeprefix("0")
    return f"F({df1:.0f}, {within}){SPACE}={SPACE}{amount(f)}, {both(p, q)}, η²{SPACE}**{explained}**"


def mean_sd(mean: float, sd: float, decimals: int = 2) -> str:
    """'0.31 (0.12)'; a dash where there is none."""
    if pd.isna(mean):
        return NOTHING
    return f"{amount(mean, decimals)} ({amount(sd, decimals)})" if pd.notna(sd) else amount(mean, decimals)


def breakable(text: str) -> str:
    """The text with spaces that may end a line, for narrow columns; 'p = .05' stays whole."""
    return CHANCE.sub(rf"\1{SPACE}\2{SPACE}", text.replace(SPACE, " "))


def rests_on(smiles: float, recordings: float, mothers: float) -> str:
    """'431 smiles, 94 recordings, 47 mothers'."""
    parts = ((smiles, "smile"), (recordings, "recording"), (mothers, "mother"))
    return ", ".join(counted(int(number), word) for number, word in parts)


def play_finding(growths: pd.DataFrame, score: str) -> str:
    """Whether the link of a score with any feature grows over the play."""
    rows = growths[growths["least"] == 1]
    known = rows[rows["mixed_p"].notna()]
    if known.empty:
        return f"Whether the link between smiles and {escape(score)} grows over the play cannot be said here."
    clear = known[known["mixed_q"] <= CLEAR]
    naive = int((known["q"] <= CLEAR).sum())
    top = known.loc[known["mixed_p"].idxmin()]
    what = f"{feature(top['feature'], unit=False).lower()} {amount(top['mixed_growth'], sign=True)} SD per smile"
    what += f"{between(top['mixed_low'], top['mixed_high'])}, {chance(top['mixed_q'], 'q')}"
    if clear.empty:
        text = f"No smile feature's link with {escape(score)} clearly grows or fades over the play"
        return f"{text}; the nearest: {what}.{_would(naive, len(known))}"
    clear = clear.sort_values("mixed_p")
    names = [feature(name, unit=False).lower() for name in clear["feature"]]
    listed = one_of(names, "and") if len(names) <= MOST_NAMED else f"above all {one_of(names[:MOST_NAMED], 'and')}"
    way = "grows" if (clear["mixed_growth"] > 0).all() else DOWN if (clear["mixed_growth"] < 0).all() else "changes"
    text = f"From smile to smile the link with {escape(score)} **{way}** for {len(clear)} of {len(known)} features"
    return f"{text}: {listed}. The clearest: {what}.{_would(naive, len(known))}"


def visit_finding(rows: pd.DataFrame) -> str:
    """In how many features two visits differ."""
    known = rows[rows["mixed_p"].notna()]
    if known.empty:
        return "Whether smiles differ between these visits cannot be said here."
    first, second = escape(str(known["first"].iloc[0])), escape(str(known["second"].iloc[0]))
    clear = known[known["mixed_q"] <= CLEAR].sort_values("mixed_p")
    naive = int((known["q"] <= CLEAR).sum())
    if clear.empty:
        text = f"Smiles at {first} and {second} are **not clearly different** in any of {len(known)} features"
        return f"{text} (by mothers, q > .05).{_would(naive, len(known))}"
    parts = [_more(row) for _, row in clear.head(MOST_NAMED).iterrows()]
    most = "" if len(clear) <= MOST_NAMED else "above all "
    text = f"At {first}, compared with {second}, {len(clear)} of {len(known)} smile features differ (by mothers)"
    return f"{text}: {most}{one_of(parts, 'and')}.{_would(naive, len(known))}"


def _more(row: pd.Series) -> str:
    """'**onset amplitude** is 0.05 IR higher'."""
    known = smile_feature(row["feature"])
    way = "higher" if row["mixed_difference"] > 0 else "lower"
    return f"**{known.label.lower()}** is {amount(abs(row['mixed_difference']))}{SPACE}{known.unit} {way}"


def band_finding(rows: pd.DataFrame) -> str:
    """In how many comparisons bands differ."""
    known = rows[rows["mixed_p"].notna()]
    if known.empty:
        return "Whether smiles differ between score bands cannot be said here."
    clear = known[known["mixed_q"] <= CLEAR].sort_values("mixed_p")
    naive = int((rows["p"] < CLEAR).sum())
    tail = f" Smile by smile and uncorrected, {naive} of {len(known)} have p < .05; by chance alone about "
    tail += f"{amount(CLEAR * len(known), 0)} would."
    if clear.empty:
        return (
            f"In **none** of {len(known)} comparisons do smiles clearly differ between score bands (by mothers).{tail}"
        )
    parts = [
        f"**{feature(row['feature'], unit=False).lower()}** across {escape(row['instrument'])} bands at "
        f"{escape(str(row['visit']))}"
        for _, row in clear.head(3).iterrows()
    ]
    more = f" and {len(clear) - 3} more" if len(clear) > 3 else ""
    text = f"In {len(clear)} of {len(known)} comparisons smiles differ between score bands (by mothers)"
    return f"{text}: {one_of(parts, 'and')}{more}.{tail}"


def count_finding(counts: pd.DataFrame) -> str:
    """How many smiles a recording has."""
    whole = counts[counts["visit"] == ""]
    row = whole.iloc[0]
    visits = counts[counts["visit"] != ""]
    parts = [f"{amount(one['mean'])} at {escape(str(one['visit']))}" for _, one in visits.iterrows()]
    by = f": {one_of(parts, 'and')}" if len(parts) > 1 else ""
    text = f"A recording has **{amount(row['mean'])} smiles** on average{between(row['low'], row['high'])}{by}"
    return f"{text}. {rests_on(row['smiles'], row['recordings'], row['mothers'])}."


def _would(naive: int, of: int) -> str:
    """What the naive test would have said."""
    return f" Smile by smile it would be {naive}{SPACE}of{SPACE}{of}."
