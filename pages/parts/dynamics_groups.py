"""Is it the same for everyone: the number per group of recordings, and of single recordings or dyads."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import dynamics_choices, show, store, store_dynamics
from pages.parts import dynamics_tables as tables
from pages.parts import dynamics_words as words
from pages.parts.charts_dynamics import draw_groups, draw_recordings
from pages.parts.durations_tables import said
from pages.parts.dynamics_choices import Asked
from pages.parts.dynamics_options import NUMBERS
from pages.parts.models_options import select
from pages.parts.words import escape
from pipeline.measures.dynamics_surrogates import Compared
from pipeline.measures.splits import Split
from pipeline.steps.dynamics import Answer
from pipeline.steps.dynamics_groups import pooled_of
from pipeline.steps.dynamics_pools import levels, per_dyad, responses, sequences
from pipeline.steps.dynamics_question import Question

EVERYONE = "All recordings"
AT_CHANCE = {"excess": 0.0, "odds_ratio": 1.0}
"""Numbers whose value by chance alone is known."""
Answers = list[tuple[str, Answer]]


def groups(asked: Asked, split: Split, compared: Compared | None, key: str) -> None:
    """The number of all recordings and of every group, on one scale."""
    question = asked.question
    released = store.released(_rows(question, split), tables.GROUPS)
    frame = released.frame.assign(text=[_figures(row, question) for row in released.frame.itertuples()])
    unit = words.unit(question)
    band = None
    if compared is not None and pd.notna(compared.low[0]) and pd.notna(frame["value"].iloc[0]):
        band = (words.factor(question) * compared.low[0], words.factor(question) * compared.high[0])
    name = NUMBERS[question.measure][question.number].split(" (")[0]
    what = f"{name}, 95 % interval; n: {tables.rests_on(question).lower()}"
    kind = f"by chance: {words.KINDS[question.surrogate]}"
    figure = draw_groups(frame, what, unit, band, ("by chance: rates alone", kind))
    alt = "; ".join(f"{row.label}: {row.text}" for row in frame.itertuples())
    show.figure(figure, alt, key, tables.named(released, tables.group_names(question)), "dynamics_groups")


def _rows(question: Question, split: Split) -> pd.DataFrame:
    """All recordings, then every level of the split: pooled numbers, chance, odds ratios, means of recordings."""
    whole = store_dynamics.answer(question)
    answers: Answers = [("", whole)]
    answers += store_dynamics.levels(question, split) if split.column else []
    frame = pooled_of(answers)
    frame["label"] = [EVERYONE, *(said(level, split) for level, _ in answers[1:])]
    frame["kind"] = ["all", *["level"] * (len(answers) - 1)]
    frame["chance"] = [_chance(answer) for _, answer in answers]
    frame = frame.merge(_means(whole, split), on="level", how="left")
    names = ("value", "low", "high", "chance", "mean", "mean_low", "mean_high")
    frame = tables.scaled(frame, question, names)
    if question.measure == "contingent":
        return frame.join(_odds(question, split))
    return frame.assign(odds_ratio=float("nan"), odds_low=float("nan"), odds_high=float("nan"))


def _chance(answer: Answer) -> float:
    """What chance alone would give, where that is a known number."""
    question = answer.question
    if question.measure == "contingent" and question.number == "share":
        return float(responses(answer)["base"].iloc[0])
    if question.measure == "lag":
        return _lag_chance(answer)
    return AT_CHANCE.get(question.number, float("nan"))


def _lag_chance(answer: Answer) -> float:
    """Share by chance of what follows; Yule's Q is 0 by chance only where a behaviour can follow itself."""
    question = answer.question
    if question.number == "yule_q":
        return 0.0 if question.repeats else float("nan")
    cells = sequences(answer).cells
    row = cells[cells["given"] == question.given.code]
    whole = row["observed"].sum()
    return float(row.loc[row["target"] == question.target.code, "expected"].sum() / whole) if whole else float("nan")


def _odds(question: Question, split: Split) -> pd.DataFrame:
    """Odds ratios of all recordings and every level, in the same order."""
    asked = replace(question, statistic="odds_ratio")
    answers: Answers = [("", store_dynamics.answer(asked))]
    answers += store_dynamics.levels(asked, split) if split.column else []
    names = {"value": "odds_ratio", "low": "odds_low", "high": "odds_high"}
    return pooled_of(answers)[list(names)].rename(columns=names)


def _means(answer: Answer, split: Split) -> pd.DataFrame:
    """Means of the numbers of recordings, every recording alike, with intervals that respect dyads."""
    names = {"mean": "mean", "low": "mean_low", "high": "mean_high"}
    selected = store.selected()
    parts = [levels(answer, selected, Split())]
    parts += [levels(answer, selected, split)] if split.column else []
    frame = pd.concat([part.astype({"level": "str"}) for part in parts], ignore_index=True)
    return frame[["level", *names]].rename(columns=names)


def _figures(row: tuple, question: Question) -> str:
    """'16 %, chance 12 %, OR 1.50 (1.30 to 1.70), n 835'."""
    if pd.isna(row.value):
        return "no number"
    unit, n = words.unit(question), f"n{words.SPACE}{row.n:,.0f}"
    if question.measure == "contingent" and question.number == "share" and pd.notna(row.odds_ratio):
        odds = f" ({words.between(row.odds_low, row.odds_high)})" if pd.notna(row.odds_low) else ""
        chance = f"chance {words.amount(row.chance, unit)}"
        return f"<b>{words.amount(row.value, unit)}</b>, {chance}, OR {words.amount(row.odds_ratio)}{odds}, {n}"
    bare = words.decimals(question)
    ends = f" ({words.between(row.low, row.high, unit, bare)})" if pd.notna(row.low) else ""
    return f"<b>{words.amount(row.value, unit, bare)}</b>{ends}, {n}"


def recordings(asked: Asked, split: Split) -> None:
    """A dot per recording or dyad, so that a pooled number never hides a few extreme pairs."""
    st.subheader("How much do recordings differ?", anchor=False)
    by_dyad = select("One dot per", ["Recording", "Dyad"], "dyn_per", 200) == "Dyad"
    question = asked.question
    whole = store_dynamics.answer(question)
    answers: Answers = store_dynamics.levels(question, split) if split.column else [("", whole)]
    parts = [_single(answer, by_dyad).assign(label=said(level, split) or EVERYONE) for level, answer in answers]
    frame = tables.scaled(pd.concat(parts or [_single(whole, by_dyad)], ignore_index=True), question, ("value",))
    known = int(frame["value"].notna().sum()) if parts else 0
    if not known:
        show.empty("No recording has this number.", "Choose a more frequent behaviour, or widen the filters.")
        return
    what = NUMBERS[question.measure][question.number]
    figure = draw_recordings(frame, what, words.unit(question))
    released = store.released(frame, tables.SINGLE)
    medians = frame.groupby("label", sort=False)["value"].median()
    alt = "; ".join(f"{name}: median {words.amount(value, words.unit(question))}" for name, value in medians.items())
    table = tables.named(released, tables.recording_names(question))
    show.figure(figure, alt, "dyn_recordings", table, "dynamics_recordings")
    unit = "dyads" if by_dyad else "recordings"
    missing = f" {len(frame) - known:,} {unit} have no number; the table says why." if known < len(frame) else ""
    st.caption(f"Box: the middle half of the {unit}, line: their median. {escape(alt)}.{missing}")


def _single(answer: Answer, by_dyad: bool) -> pd.DataFrame:
    """The numbers of recordings, or of dyads over their recordings together."""
    if by_dyad:
        return per_dyad(answer)
    return answer.rows[["observation_id", "dyad_id", "value", "n", "outcome"]]


def choose_split() -> Split:
    """By what recordings are told apart."""
    st.subheader("Is it the same for everyone?", anchor=False)
    return dynamics_choices.split()[1]
