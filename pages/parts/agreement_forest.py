"""The main panel: where two coders agree most and least in a sentence, and every kappa on one scale."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import agreement_words as words
from pages.parts import show, store, store_agreement
from pages.parts.agreement_choices import EVERY, Question
from pages.parts.agreement_tables import DIRECTIONS, KAPPAS, SINGLE, kappa_names, named, prepared
from pages.parts.charts_agreement import draw_kappas
from pages.parts.take_away import Paper
from pages.parts.words import SUBJECTS, one_of, plain
from pipeline.figures import kappa
from pipeline.steps import paper_tables
from pipeline.steps.release import ReleasedFrame

CHART, CLOSER = "agreement_kappas", "agree_closer"


def kappas(question: Question) -> pd.DataFrame:
    """The rows of the chart."""
    return store.released(_rows(question), KAPPAS).frame


def _rows(question: Question) -> pd.DataFrame:
    return prepared(store_agreement.pools(question.method).kappas, question)


def headline(question: Question) -> None:
    """The finding over all recordings together, whatever the chart is split by."""
    whole = Question(question.scheme, question.behaviour_group, question.subject, "overall", question.method)
    frame = kappas(whole)
    sentences = words.finding(frame)
    if not sentences and len(frame):
        reasons = dict.fromkeys(reason.removeprefix("undefined: ") for reason in _reasons(frame))
        sentences = [f"No kappa can be given: {one_of(list(reasons), 'and')}."]
    for sentence in sentences:
        st.markdown(f"### {sentence}")


def _reasons(frame: pd.DataFrame) -> pd.Series:
    """Why a kappa or its interval is missing."""
    return frame["note"].map(words.note_of)


def rests_on() -> None:
    """On how many of the selected observations every number rests."""
    pairs, selected = store_agreement.coded_twice(), store.selected()
    st.markdown(words.basis(pairs, len(selected)))


def forest(question: Question, chosen: str) -> None:
    """The chart with its table, the definition of the method, and what is not counted."""
    released = store.released(_rows(question), KAPPAS)
    frame = released.frame
    shown = frame.assign(reason=_reasons(frame))
    figure = draw_kappas(shown, chosen)
    table = named(_in_words(released), kappa_names(question.method))
    st.caption(definition(question))
    paper = Paper(
        title="Agreement of coders beyond chance (kappa)",
        draw=lambda width: kappa.draw_kappas(shown, width),
        table=lambda title, notes: paper_tables.agreement(_in_words(released), title, (definition(question), *notes)),
    )
    show.figure(figure, _alt(frame), CHART, table, "agreement_kappas", on_select=_clicked, paper=paper)
    with st.expander("How to read these numbers"):
        st.markdown(words.HOW_TO_READ)
    _one_sided(question)


def definition(question: Question) -> str:
    """What is counted, in one line, with what is left out."""
    method = question.method
    parts = [method.definition]
    if method.kind == "tolerance":
        parts.append(
            f"{DIRECTIONS['first']}: codes of the coder whose name comes first, looked for in the other's coding; "
            f"{DIRECTIONS['second']}: the other way round."
        )
    hidden = [
        word
        for word, out in (
            ("time either coder could not see", method.drop_unobservable),
            ("time either coder left uncoded", method.drop_uncoded),
        )
        if out
    ]
    if hidden:
        parts.append(f"Left out: {' and '.join(hidden)}.")
    return " ".join(parts)


def _in_words(released: ReleasedFrame) -> ReleasedFrame:
    """The released rows with reasons in plain words."""
    frame = released.frame
    note = frame["note"].map(words.note_of, na_action="ignore")
    return replace(released, frame=frame.assign(note=note))


def _clicked() -> None:
    """A click on a mark chooses the row that is looked at below."""
    points = st.session_state[CHART]["selection"]["points"]
    if points and "customdata" in points[0]:
        said = points[0]["customdata"]
        st.session_state[CLOSER] = said[0] if isinstance(said, list) else said


def _alt(frame: pd.DataFrame) -> str:
    """The takeaway in words."""
    sentence = " ".join(words.finding(frame)).replace("*", "").replace("\\", "")
    return f"{sentence} Kappa with 95 % intervals, one row per behaviour and person."


def _one_sided(question: Question) -> None:
    """How many streams only one of two coders marked, and which ones."""
    rows = store_agreement.one_sided()
    if question.behaviour_group != EVERY:
        mine = (rows["scheme"] == question.scheme) & (rows["behaviour_group"] == question.behaviour_group)
        rows = rows[mine]
    if question.subject != EVERY:
        rows = rows[rows["subject"] == question.subject]
    if rows.empty:
        return
    st.markdown(words.left_out(len(rows)))
    titles = store.groups().set_index(["scheme", "behaviour_group"])["title"]
    groups = zip(rows["scheme"], rows["behaviour_group"], strict=True)
    table = pd.DataFrame(
        {
            "Observation": rows["observation_id"],
            "Behaviour": [titles[group] for group in groups],
            "Of whom": rows["subject"].map(lambda name: SUBJECTS.get(name, plain(name))),
            "Marked by": rows["marked"],
            "Not by": rows["unmarked"],
        }
    )
    with st.expander("Which ones"):
        show.table(store.released(table, SINGLE), "agreement_one_sided", "agreement_one_sided")
