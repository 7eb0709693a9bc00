"""The finding of the dynamics page in one sentence, with its comparison with chance, and what it rests on."""

from dataclasses import replace

import streamlit as st

from pages.parts import dynamics_words as words
from pages.parts import store, store_dynamics
from pages.parts.dynamics_choices import Asked
from pages.parts.words import escape
from pipeline.measures.dynamics_surrogates import Compared
from pipeline.steps.dynamics import NOT_CODED, Answer
from pipeline.steps.dynamics_pools import grids, profile, responses, sequences
from pipeline.steps.dynamics_question import Question

HEADED = {"lag": "share", "contingent": "share", "recurrence": "at_lag", "grid": "dispersion", "latency": "median"}
"""The number a finding is about, whatever number the reader chose for each recording."""


def headed(question: Question) -> Question:
    """The question of the finding."""
    return replace(question, statistic=HEADED[question.measure])


def headline(asked: Asked, compared: Compared | None, note: str) -> None:
    """The finding, what it rests on, and what chance is (`note`)."""
    question = headed(asked.question)
    answer = store_dynamics.answer(question)
    row = answer.pooled.iloc[0]
    finding, details = sentence(replace(asked, question=question), answer, compared)
    st.markdown(f"### {finding}")
    if row["n"] > 0:
        st.markdown(f"{details} {words.basis(row, len(store.selected()))}")
        st.caption(escape(note))


def sentence(asked: Asked, answer: Answer, compared: Compared | None) -> words.Finding:
    """The finding and its numbers; why there is none where there is no number."""
    measure, row = asked.question.measure, answer.pooled.iloc[0]
    if not row["n"] > 0:
        return f"There is no number: {reason(answer)}.", ""
    if measure == "contingent":
        ratio = store_dynamics.answer(replace(asked.question, statistic="odds_ratio")).pooled.iloc[0]
        return words.contingent(asked, responses(answer).iloc[0], ratio, compared)
    if measure == "lag":
        cells = sequences(answer).cells
        first, then = asked.codes
        return words.lag(asked, cells[(cells["given"] == first) & (cells["target"] == then)].iloc[0], row, compared)
    if measure == "recurrence":
        return words.recurrence(asked, profile(answer), row, compared)
    if measure == "grid":
        return words.grid(asked, grids(answer)[0], row, compared)
    return words.latency(asked, answer.rows[["clocks", "answered"]].sum(), row, compared)


def reason(answer: Answer) -> str:
    """Why no recording has a number."""
    found = answer.rows.loc[answer.rows["outcome"] != "", "outcome"]
    said = found[found != NOT_CODED]
    return str(said.iloc[0] if len(said) else NOT_CODED)
