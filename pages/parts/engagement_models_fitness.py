"""Whether predicted durations are good enough for the multilevel model, in words."""

import pandas as pd

from pages.parts.charts_agreement import kappa_text
from pages.parts.engagement_models_words import short
from pages.parts.words import escape, one_of

GOOD_ICC = 0.75
"""From here on agreement of two raters is called good: Koo and Li (2016), A guideline of selecting and reporting
intraclass correlation coefficients."""
FEW = 20
"""With fewer sessions the verdict itself is uncertain."""


def verdict(frame: pd.DataFrame) -> str:
    """Whether durations are good enough, in one sentence (markdown). `frame`: phase, icc."""
    good = frame[frame["icc"] >= GOOD_ICC]
    poor = frame[~frame.index.isin(good.index)]
    if poor.empty:
        return "**Yes**: for every phase."
    if good.empty:
        return "**No**: for no phase."
    return f"**Only for {_names(good)}**, not for {_names(poor)}."


def reasons(frame: pd.DataFrame, people: pd.DataFrame) -> str:
    """What the verdict rests on (markdown). `frame`: phase, icc, slope, bias_s, bias_low, bias_high, sessions of the
    model; `people`: phase and icc of two people.
    """
    poor = frame[~(frame["icc"] >= GOOD_ICC)]
    return " ".join(part for part in (_alike(frame), _people(people), _shrunk(poor), _bias(frame), few(frame)) if part)


def _alike(frame: pd.DataFrame) -> str:
    parts = [f"{escape(short(row.phase))} {_icc(row.icc)}" for row in frame.itertuples()]
    return (
        f"How far predicted and coded seconds are the same, session by session (ICC; {kappa_text(GOOD_ICC)} or more is "
        f"called good): {', '.join(parts)}."
    )


def _names(frame: pd.DataFrame) -> str:
    return one_of([f"“{escape(short(row.phase))}”" for row in frame.itertuples()], "and")


def _icc(value: float) -> str:
    return kappa_text(value) if pd.notna(value) else "not known"


def _shrunk(poor: pd.DataFrame) -> str:
    """What an analysis would make of it: differences between sessions shrink."""
    known = poor.dropna(subset="slope")
    if known.empty:
        return ""
    worst = known.sort_values("slope").iloc[0]
    kept = max(0.0, 100 * worst["slope"])
    return (
        f"A difference between two sessions in {escape(short(worst['phase']))} would be seen at {kept:.0f}\u00a0% of "
        "its size, and so would an effect on it."
    )


def _bias(frame: pd.DataFrame) -> str:
    off = frame[(frame["bias_low"] > 0) | (frame["bias_high"] < 0)]
    if off.empty:
        return "No phase is clearly too long or too short on average."
    parts = [
        f"{escape(short(row.phase))} {abs(row.bias_s):.0f}\u00a0s too {'long' if row.bias_s > 0 else 'short'}"
        for row in off.itertuples()
    ]
    return f"On average clearly off: {one_of(parts, 'and')} per session."


def _people(people: pd.DataFrame) -> str:
    known = people.dropna(subset="icc") if "icc" in people else people.head(0)
    if known.empty:
        return ""
    parts = [f"{escape(short(row.phase))} {kappa_text(row.icc)}" for row in known.itertuples()]
    return f"Two people reach: {', '.join(parts)}."


def few(frame: pd.DataFrame) -> str:
    """How far the verdict can be trusted, where it rests on few sessions; '' otherwise."""
    sessions = int(frame["sessions"].max())
    return f"With {sessions} sessions this verdict is itself uncertain." if sessions < FEW else ""
