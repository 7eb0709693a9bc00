"""What a naive test takes for granted, with its figures, in plain words."""

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts.words import counted

CLEAR = 0.05
MEANING = (
    "Skewness and excess kurtosis are 0 and Shapiro and Wilk's W is 1 for a normal distribution (of what is left "
    "after taking off the mean of each group). Equal variances give a ratio of 1; Brown and Forsythe's test asks "
    "whether they differ. With many smiles a small departure is already “clear”, and means are then near normal "
    "anyway. None of these checks the assumption that fails first: smiles of one mother are not independent."
)


def checks(frame: pd.DataFrame, key: str, equal: str) -> None:
    """An expander with the assumptions of a table of tests; `equal` says what unequal variances mean for it."""
    released = store.released(frame, tables.CHECKS)
    with st.expander("What the smile-by-smile tests take for granted"):
        st.markdown(f"{sentence(released.frame)} {equal}")
        show.table(tables.in_words(released), key, key)
        st.caption(MEANING)


def sentence(frame: pd.DataFrame) -> str:
    """How many rows are clearly not normal, or clearly differ in spread."""
    normal, equal = frame["shapiro_p"].dropna(), frame["levene_p"].dropna()
    if normal.empty and equal.empty:
        return "The assumptions cannot be looked at here."
    parts = []
    if len(normal):
        parts.append(
            f"{int((normal < CLEAR).sum())} of {counted(len(normal), 'test')} rest on clearly non-normal values"
        )
    if len(equal):
        largest = words.amount(frame["variance_ratio"].max(), 1)
        parts.append(f"in {int((equal < CLEAR).sum())} of {len(equal)} the groups clearly differ in spread "
                     f"(largest ratio of variances {largest})")  # fmt: skip
    return f"{'; '.join(parts)}."
