"""Sentences of the dynamics page: the finding with its numbers, whether it exceeds chance, and what a measure is."""

import pandas as pd

from pages.parts.dynamics_choices import Asked
from pages.parts.words import SUBJECTS, counted, escape, plain
from pipeline.measures.dynamics_surrogates import Compared
from pipeline.steps.dynamics_question import Question

SHARES = ("share", "excess", "at_lag")
PER_CENT = ("share", "at_lag", "determinism", "laminarity_second", "laminarity_first")
SECONDS = ("median", "mean", "seconds_per_visit")
CLEAR = 0.05
UNCLEAR = "not clearly different from chance"
WHOLE = 9.95
"""Per cents from here on are given without decimals."""
DASH, SPACE = "\u2212", "\u00a0"
KINDS = {"shift": "codings shifted", "partner": "partners exchanged", "shuffle": "bouts shuffled"}
"""What was done to the second side to see what chance gives."""
Finding = tuple[str, str]
"""The sentence a reader takes away, and the numbers behind it."""
VERDICTS = {
    "lag": ("more often than by chance", "less often than by chance"),
    "contingent": ("more often than by chance", "less often than by chance"),
    "recurrence": ("more than by chance", "less than by chance"),
    "grid": ("larger than by chance", "smaller than by chance"),
    "latency": ("slower than by chance", "faster than by chance"),
}


def factor(question: Question) -> float:
    """By what a number is multiplied on the screen: shares become per cent."""
    return 100.0 if question.number in SHARES else 1.0


def unit(question: Question) -> str:
    """'%', 's', 'points', '/ min' or nothing."""
    if question.number in PER_CENT or (question.measure, question.number) == ("recurrence", "rate"):
        return "%"
    if question.number in SECONDS:
        return "s"
    return {"excess": "points", "rate": "/ min"}.get(question.number, "")


def amount(value: float, unit: str = "", bare: int = 2) -> str:
    """'16 %', '4.2 %', '36.7 s', '−0.12', '1.50'; nothing where there is none. `bare`: decimals without a unit."""
    if pd.isna(value):
        return ""
    whole = unit == "%" and (abs(value) >= WHOLE or value == 0)
    decimals = (0 if whole else 1) if unit else bare
    text = f"{abs(value):,.{decimals}f}"
    sign = DASH if value < 0 and float(text.replace(",", "")) else ""
    return f"{sign}{text}{SPACE + unit if unit else ''}"


def between(low: float, high: float, unit: str = "", bare: int = 2) -> str:
    """'11 to 13 %', '8 to 14 %', '0.9 to 3.5 %': both ends to the same place."""
    if unit == "%" and max(abs(low), abs(high)) >= WHOLE:
        first, last = (round(float(end)) + 0 for end in (low, high))
        return f"{first:,} to {last:,}{SPACE}%".replace("-", DASH)
    first = amount(low, unit, bare).removesuffix(f"{SPACE}{unit}" if unit else "")
    return f"{first} to {amount(high, unit, bare)}"


def decimals(question: Question) -> int:
    """Of numbers without a unit: dispersions differ in the third."""
    return 3 if question.number == "dispersion" else 2


def who(subject: str) -> str:
    """'the infant', 'the second caregiver'."""
    return f"the {SUBJECTS.get(subject, plain(subject)).lower()}"


def sides(asked: Asked) -> tuple[str, str]:
    """Who leads and who follows, in words."""
    first, second = (who(one) for one in asked.who)
    return first, "the same " + second.removeprefix("the ") if first == second else second


def code(name: str) -> str:
    """“Positive”, safe in markdown."""
    return f"“{escape(name)}”"


def interval(row: pd.Series, question: Question) -> str:
    """'95 % interval 14 to 18 %', or why there is none."""
    if pd.isna(row["low"]):
        return "no interval"
    ends = between(factor(question) * row["low"], factor(question) * row["high"], unit(question), decimals(question))
    return f"95{SPACE}% interval {ends}"


def by_chance(question: Question, compared: Compared | None, formula: str = "") -> str:
    """'; by chance 11 to 13 %': the range of the surrogates the verdict is about; without them what a formula gives."""
    if compared is None or pd.isna(compared.low[0]):
        return f"; by chance {formula}" if formula else ""
    low, high = (factor(question) * end[0] for end in (compared.low, compared.high))
    return f"; by chance {between(low, high, unit(question), decimals(question))}"


def verdict(question: Question, compared: Compared | None) -> str:
    """': **more often than by chance**' and so on; nothing without surrogates."""
    if compared is None or pd.isna(compared.p[0]):
        return ""
    more, less = VERDICTS[question.measure]
    said = more if compared.observed[0] > compared.mean[0] else less
    return f": **{said if compared.p[0] < CLEAR else UNCLEAR}**"


def contingent(asked: Asked, sums: pd.Series, ratio: pd.Series, compared: Compared | None) -> Finding:
    """After the one begins, how often the other begins within the window; `ratio`: the pooled odds ratio."""
    question, (first, second) = asked.question, sides(asked)
    window = amount(question.window_ms / 1000).removesuffix("0").removesuffix("0").removesuffix(".")
    base = amount(100 * sums["base"], "%")
    finding = (
        f"After {first} begins {code(asked.codes[0])}, {second} begins {code(asked.codes[1])} within "
        f"{window}{SPACE}s in **{amount(100 * sums['share'], '%')}** of {sums['antecedents']:,.0f} cases"
        f"{by_chance(question, compared, base)}{verdict(question, compared)}."
    )
    ends = f" (95{SPACE}% interval {between(ratio['low'], ratio['high'])})" if pd.notna(ratio["low"]) else ""
    often = f"the {base} that follow from how often {second} begins {code(asked.codes[1])}"
    return finding, f"Odds ratio {amount(ratio['value'])}{ends} against {often}."


def lag(asked: Asked, cell: pd.Series, pooled: pd.Series, compared: Compared | None) -> Finding:
    """How often the one is what follows the other; `cell`: its row of the table."""
    question, (first, second) = asked.question, sides(asked)
    after = f"{code(asked.codes[0])} of {first}"
    what = f"{code(asked.codes[1])} of {second}"
    if not cell["possible"]:
        return f"From bout to bout {after} cannot follow itself: choose another behaviour, or a longer lag.", ""
    whole = cell["observed"] / cell["share"] if cell["share"] > 0 else pooled["n"]
    chance = amount(100 * cell["expected"] / whole if whole > 0 else float("nan"), "%")
    finding = (
        f"{later(question)} {after} comes {what} in **{amount(100 * cell['share'], '%')}** of {whole:,.0f} cases"
        f"{by_chance(question, compared, chance)}{verdict(question, compared)}."
    )
    if not chance:
        return finding, ""
    yule = f", Yule's Q {amount(cell['yule_q'])}" if question.repeats else ""
    often = f"the {chance} that follow from how often each occurs"
    return finding, f"Adjusted residual {amount(cell['residual'])}{yule}, against {often}."


def later(question: Question) -> str:
    """'Next after', '3 bouts after', '2 s after'."""
    if question.basis == "time-sampled":
        return f"{question.lag * question.step_ms / 1000:g}{SPACE}s after"
    return "Next after" if question.lag == 1 else f"{question.lag} bouts after"


def recurrence(asked: Asked, profile: pd.DataFrame, pooled: pd.Series, compared: Compared | None) -> Finding:
    """How much of the time both are on at once, and at which lag most."""
    question = asked.question
    finding = (
        f"{together(asked)} at the same moment in **{amount(100 * pooled['value'], '%')}** of the time"
        f"{by_chance(question, compared)}{verdict(question, compared)}."
    )
    return finding, f"{_capital(interval(pooled, question))}. {_most(asked, profile, pooled)}."


def _most(asked: Asked, profile: pd.DataFrame, pooled: pd.Series) -> str:
    """At which lag both are on most; none is named that prints the same number as the very moment."""
    known = profile.dropna(subset=["share"])
    top = known.loc[known["share"].idxmax()]
    share = amount(100 * top["share"], "%")
    if top["lag"] == 0:
        return "Most at the very same moment"
    if share == amount(100 * pooled["value"], "%"):
        return f"Not more than {share} with either of them later"
    ends = sides(asked) if asked.who[0] != asked.who[1] else tuple(map(code, asked.codes))
    follower, leader = ends[::-1] if top["lag_s"] > 0 else ends
    return f"Most, {share}, when {follower} follows {leader} by {abs(top['lag_s']):g}{SPACE}s"


def together(asked: Asked) -> str:
    """'The infant shows “Positive” and the caregiver “Positive”'."""
    first, second = sides(asked)
    if asked.question.given.code is None:
        return f"{_capital(first)} and {second} show the same behaviour"
    if asked.who[0] == asked.who[1]:
        return f"{_capital(first)} shows {code(asked.codes[0])} and {code(asked.codes[1])}"
    return f"{_capital(first)} shows {code(asked.codes[0])} and {second} {code(asked.codes[1])}"


def grid(asked: Asked, cells: pd.DataFrame, pooled: pd.Series, compared: Compared | None) -> Finding:
    """Where the pair is most, and how spread out it is."""
    question, (first, second) = asked.question, sides(asked)
    top = cells.loc[cells["share"].idxmax()]
    spread = verdict(question, compared).removeprefix(": ")
    finding = (
        f"The pair is most often in one state: {first} in {code(top['given'])}, {second} in {code(top['target'])}, "
        f"**{amount(100 * top['share'], '%')}** of the time."
        f"{f' The spread of its time over all states is {spread}.' if spread else ''}"
    )
    known = f"{interval(pooled, question)}{by_chance(question, compared)}"
    return finding, f"Dispersion {amount(pooled['value'], '', 3)} ({known})."


def latency(asked: Asked, sums: pd.Series, pooled: pd.Series, compared: Compared | None) -> Finding:
    """How long until half of the waits are answered."""
    question, (first, second) = asked.question, sides(asked)
    begins = "ends" if question.clock == "end" else "begins"
    start = f"After {code(asked.codes[0])} of {first} {begins},"
    n = f"{sums['clocks']:,.0f} waits, {amount(100 * sums['answered'] / sums['clocks'], '%')} of them answered"
    if pd.isna(pooled["value"]):
        return f"{start} {second} begins {code(asked.codes[1])} in fewer than half of the waits.", f"No median: {n}."
    finding = (
        f"{start} half of the waits are answered by {code(asked.codes[1])} of {second} within "
        f"**{amount(pooled['value'], 's')}**{by_chance(question, compared)}{verdict(question, compared)}."
    )
    return finding, f"{_capital(interval(pooled, question))}; {n}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def basis(pooled: pd.Series, selected: int) -> str:
    """What a finding rests on."""
    return (
        f"It rests on {counted(int(pooled['recordings']), 'recording')} of {selected:,} selected, "
        f"{counted(int(pooled['dyads']), 'dyad')}, {counted(int(pooled['families']), 'family', 'families')}."
    )
