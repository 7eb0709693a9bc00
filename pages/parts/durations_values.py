"""The values behind one bar: a dot per dyad, so that a mean never hides a few extreme dyads."""

import pandas as pd
import streamlit as st

from pages.parts import durations_words as words
from pages.parts import show, store, store_durations
from pages.parts.charts_durations import draw_values, in_order, spoken
from pages.parts.durations_shares import prepared
from pages.parts.durations_tables import BOXES, DOTS, in_words, named, value_names
from pipeline.steps.durations import Question, quartiles


def values(question: Question) -> None:
    """A choice of code, and the distribution of its values over dyads."""
    st.subheader("Behind each bar: how much dyads differ", anchor=False)
    frame = prepared(store_durations.answer(question).means, question)
    codes = in_order(frame)
    code = st.selectbox("Code", codes, key="code", bind="query-params")
    if code not in codes:
        return show.empty("This code was not coded in the selection.", "Choose another code.")
    dots = store_durations.values(question, code)
    if dots.empty:
        return show.empty(
            "No dyad in the selection has a value for this code.", "Choose another code or widen the filters."
        )
    _draw(dots, question, code, frame.loc[frame["code"] == code, "colour"].iloc[0])


def _draw(dots: pd.DataFrame, question: Question, code: str, colour: str) -> None:
    """A box per person and group, a dot per dyad, and the table of the dots."""
    times = 100 if question.display == "share" else 1
    dots = dots.assign(value=dots["value"] * times)
    boxes = store.released(in_words(quartiles(dots), question.split), BOXES)
    single = store.released(in_words(dots, question.split), DOTS)
    unit, axis = words.UNITS[question.display], f"{code}: {words.of_time(question)}. {words.marks(single.frame)}"
    figure = draw_values(single.frame, boxes.frame, unit, axis, colour)
    table = named(single, value_names(question.display))
    show.figure(figure, _alt(boxes.frame, code, unit), "values", table, "durations_per_dyad")


def _alt(boxes: pd.DataFrame, code: str, unit: str) -> str:
    """The medians in words."""
    medians = [
        f"{row.person}{', ' + str(row.level) if str(row.level) else ''}: median {spoken(row.median, unit)}"
        for row in boxes[boxes["median"].notna()].itertuples()
    ]
    return f"{code}, values of single dyads. {'; '.join(medians)}."
