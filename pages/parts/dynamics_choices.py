"""The choices of the dynamics page, all bound to the URL and checked here: what is asked, who leads, and which
behaviour of the one is set against which of the other.
"""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import dynamics_options, store, store_timelines
from pages.parts.durations_choices import NO_SPLIT, group_names, splits
from pages.parts.models_options import select
from pages.parts.words import SUBJECTS, plain
from pipeline.measures.splits import Split
from pipeline.steps.dynamics_question import Question, Side

MEASURES = {
    "What follows what": "lag",
    "Answers within a window": "contingent",
    "Together": "recurrence",
    "State space": "grid",
    "How long until an answer": "latency",
}
"""Words on the screen -> measure."""
USUAL = "Answers within a window"
LEADING, ANSWERING = ("distressed", "positive", "smile"), ("speech", "positive", "smile")
"""Behaviours that are chosen at first, where a study has them: does the caregiver answer distress?"""
WIDTHS = {"dyn_who": 215, "dyn_first": 260, "dyn_then": 260, "dyn_split": 300}
"""Pixels of the choices: side by side on a large screen, below each other on a small one."""
Pair = tuple[str, str]


@dataclass(frozen=True)
class Asked:
    """A question with the words of both sides: who (subject names), and the titles of their behaviour groups."""

    question: Question
    titles: Pair

    @property
    def who(self) -> Pair:
        """Both subjects as the data name them."""
        return self.question.given.subject, self.question.target.subject

    @property
    def codes(self) -> Pair:
        """Both behaviours that were chosen, whether or not the question is about them alone."""
        return str(self.question.given.code), str(self.question.target.code)


def coded() -> pd.DataFrame:
    """Codes of every coded stream that say something was seen: scheme, behaviour_group, subject, code, title, label."""
    frame = store.codes().merge(store_timelines.streams(), on=["scheme", "behaviour_group"])
    frame = frame[~frame["unobservable"].astype(bool)]
    may = [
        subject in subjects.split(",") for subject, subjects in zip(frame["subject"], frame["subjects"], strict=True)
    ]
    frame = frame[may].reset_index(drop=True)
    titles = {place: title for title, place in group_names(store.groups()).items()}
    places = zip(frame["scheme"], frame["behaviour_group"], strict=True)
    frame["title"] = [titles[place] for place in places]
    return frame.assign(label=frame["title"] + ": " + frame["code"])


def choose(codes: pd.DataFrame) -> Asked:
    """Draws the choices over what was coded (`coded`, not empty), and returns them as a question."""
    measure = _measure()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pairs = who_leads(list(codes["subject"].unique()))
        first, second = pairs[select("Who leads", list(pairs), "dyn_who", WIDTHS["dyn_who"])]
        given = _behaviour(codes[codes["subject"] == first], f"{person(first)}: what comes first", "dyn_first", None)
        before = given if first == second else None
        target = _behaviour(
            codes[codes["subject"] == second], f"{person(second)}: what is looked for", "dyn_then", before
        )
        question = Question(measure, _side(given), _side(target))
        with st.popover("Options", icon=":material/tune:"):
            question = dynamics_options.draw(question)
    return Asked(question, (str(given["title"]), str(target["title"])))


def _measure() -> str:
    """What is asked, in plain words."""
    said = st.segmented_control(
        "What is asked", list(MEASURES), default=USUAL, required=True, key="dyn_ask", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return MEASURES.get(said, MEASURES[USUAL])


def who_leads(subjects: list[str]) -> dict[str, Pair]:
    """'Infant → caregiver' and so on: every ordered pair, infants and caregivers first, then each alone."""
    order = [name for name in SUBJECTS if name in subjects] + sorted(set(subjects) - set(SUBJECTS))
    pairs = [(one, other) for one in order for other in order if one != other]
    main = {"infant", "caregiver1"}
    pairs.sort(key=lambda pair: not set(pair) <= main)
    within = [(one, one) for one in order]
    within.sort(key=lambda pair: not set(pair) <= main)
    every = [pair for pair in pairs if set(pair) <= main] + [pair for pair in within if set(pair) <= main]
    every += [pair for pair in (*pairs, *within) if pair not in every]
    return {_pair_words(pair): pair for pair in every}


def _pair_words(pair: Pair) -> str:
    first, second = (person(one) for one in pair)
    return f"Within the {first.lower()}" if pair[0] == pair[1] else f"{first} → {second.lower()}"


def person(subject: str) -> str:
    """'Infant', 'Second caregiver', ..."""
    return SUBJECTS.get(subject, plain(subject))


def _behaviour(codes: pd.DataFrame, label: str, key: str, before: pd.Series | None) -> pd.Series:
    """One code of a subject; at first a telling one, within one person another of the same group."""
    labels = codes["label"].tolist()
    start = _start(codes, LEADING if key == "dyn_first" else ANSWERING, before)
    said = st.selectbox(label, labels, index=labels.index(start), key=key, bind="query-params", width=WIDTHS[key])
    return codes[codes["label"] == (said if said in labels else start)].iloc[0]


def _start(codes: pd.DataFrame, telling: tuple[str, ...], before: pd.Series | None) -> str:
    """The label that is chosen at first."""
    if before is not None:
        same = codes[(codes["title"] == before["title"]) & (codes["code"] != before["code"])]
        codes = same if len(same) else codes
    lower = codes["code"].str.casefold()
    found = [codes["label"][lower == word].iloc[0] for word in telling if (lower == word).any()]
    return str(found[0] if found else codes["label"].iloc[0])


def _side(row: pd.Series) -> Side:
    return Side(row["scheme"], row["behaviour_group"], row["subject"], row["code"])


def split() -> tuple[str, Split]:
    """By what recordings are told apart below: a role, a band of a score, any variable."""
    options = {NO_SPLIT: Split()} | splits()
    names = list(options)
    start = "Caregiver role" if "Caregiver role" in options else NO_SPLIT
    said = st.selectbox(
        "Told apart by",
        names,
        index=names.index(start),
        key="dyn_split",
        bind="query-params",
        width=WIDTHS["dyn_split"],
    )
    said = said if said in options else start
    return said, options[said]
