"""The main panel: the finding in a sentence, shares of infant and caregiver side by side, and what they rest on."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import durations_words as words
from pages.parts import show, store, store_durations
from pages.parts.charts_durations import draw_shares
from pages.parts.durations_choices import DENOMINATORS
from pages.parts.durations_tables import COVERAGE, SHARES, in_words, named, share_names
from pages.parts.take_away import Paper
from pages.parts.words import escape
from pipeline.figures import durations
from pipeline.measures.splits import Split
from pipeline.steps import paper_tables
from pipeline.steps.durations import Question
from pipeline.steps.release import ReleasedFrame


def headline(question: Question) -> None:
    """The finding in one sentence."""
    if sentence := overall(question):
        st.markdown(f"### {sentence}")


def shares(question: Question) -> None:
    """The chart, and what it rests on."""
    answer = store_durations.answer(question)
    coverage = store.released(answer.coverage, COVERAGE).frame
    released = store.released(prepared(answer.means, question), SHARES)
    unit = words.UNITS[question.display]
    frame = released.frame
    points = _points(question)
    drawn = frame[~frame["code"].isin([*words.never_seen(frame), *points])]
    if drawn.empty:
        return show.empty("No code was seen in the selection.", "Widen the filters, or choose the whole session.")
    figure = draw_shares(drawn, unit, words.axis(question))
    names = share_names(question.display)
    show.figure(
        figure, _alt(overall(question), question), "shares", named(released, names), "durations_shares",
        paper=_paper(released, drawn, unit, words.axis(question)),
    )  # fmt: skip
    groups = words.cut_points(answer.thirds, question, answer.left_out)
    moments = words.moments([escape(code) for code in points])
    for line in (words.basis(coverage, frame), words.unseen(coverage), moments, words.never(frame), groups):
        if line:
            st.markdown(line)
    if question.display == "normalised":
        st.markdown(words.scale(answer.scale, question))


def _paper(released: ReleasedFrame, drawn: pd.DataFrame, unit: str, axis: str) -> Paper:
    """The twin of the chart and the table as papers print it."""
    return Paper(
        title=axis,
        draw=lambda width: durations.draw_shares(drawn, unit, axis, width),
        table=lambda title, notes: paper_tables.durations(released, title, unit, notes),
    )


def _points(question: Question) -> list[str]:
    """Codes of the group that mark a moment."""
    codes = store.codes()
    here = (codes["scheme"] == question.scheme) & (codes["behaviour_group"] == question.behaviour_group)
    return codes.loc[here & (codes["kind"] == "point"), "code"].tolist()


def overall(question: Question) -> str:
    """The finding over the whole selection: always in time, never split, whatever the chart shows."""
    display = "seconds" if question.display == "seconds" else "share"
    whole = replace(question, split=Split(), display=display, zeros="observed")
    released = store.released(prepared(store_durations.answer(whole).means, whole), SHARES)
    return words.finding(released.frame, whole)


def prepared(means: pd.DataFrame, question: Question) -> pd.DataFrame:
    """Means with the words, colours and units of the screen: shares in per cent."""
    codes = store.codes()
    codes = codes[(codes["scheme"] == question.scheme) & (codes["behaviour_group"] == question.behaviour_group)]
    frame = in_words(means, question.split).merge(codes[["code", "colour", "unobservable"]], on="code", how="left")
    if question.denominator == "observable":
        frame = frame[~frame["unobservable"]].reset_index(drop=True)
    frame["denominator"] = DENOMINATORS[question.denominator]
    if question.display == "share":
        frame = frame.assign(**{name: frame[name] * 100 for name in ("mean", "se", "low", "high")})
    return frame


def _alt(sentence: str, question: Question) -> str:
    """The takeaway in words, without markdown."""
    plain = sentence.replace("*", "").replace("\\", "")
    return f"{plain} {words.axis(question)}, one bar per code, infant and caregiver side by side."
