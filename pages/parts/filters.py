"""The shared filters in the sidebar: widgets bound to the URL, re-checked in Python, made into a `Selection`.

Families and dyads are chosen for the session only: their names never stand in a link.
"""

import math
import re

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.filter_kinds import Choice, Filter, Flag, Range, Recorded
from pages.parts.filter_list import SECTIONS, WHO, narrowed, offered, sentences
from pages.parts.words import counted, escape, plain
from pipeline.selection import Selection, count, select

OPEN = (WHO, "Recording")
LIMITS = "limits"
"""Key of what each slider said when it was drawn and nobody had touched it."""
FEW = 5
"""Up to so many options are buttons; more are a list."""
PEOPLE = (("family", "family_id", "Family"), ("dyad", "dyad_id", "Dyad"))


def sidebar() -> Selection:
    """Draws the filters; keeps what they say for `store.selection()` and the sentence for `show.page()`."""
    everything = store.observations()
    head = st.container()
    protocol = _protocol(everything)
    frame = everything if protocol is None else everything[everything["protocol"] == protocol]
    filters = offered(frame, store.instruments(), store.variables())
    answers = {}
    for section in SECTIONS:
        answers |= _section(section, [one for one in filters if one.section == section], frame)
    people = {key: _people(answers, key, frame, column) for key, column, _ in PEOPLE}
    start = Selection(protocol=protocol, families=people["family"], dyads=people["dyad"])
    selection = narrowed(filters, answers, start)
    phrases = (*sentences(filters, answers), *_people_phrases(people))
    st.session_state["selection"], st.session_state["selection_phrases"] = selection, phrases
    with head:
        _summary(select(everything, selection), frame, filters, phrases)
    return selection


def _protocol(frame: pd.DataFrame) -> str | None:
    """The kind of recording: one at a time; None where the study has only one."""
    kinds = frame["protocol"].value_counts().index.tolist()
    if len(kinds) < 2:
        return None
    answer = st.selectbox("Kind of recording", kinds, format_func=plain, key="protocol", bind="query-params")
    return answer if answer in kinds else kinds[0]


def _section(section: str, filters: list[Filter], frame: pd.DataFrame) -> dict[str, object]:
    people = section == WHO
    if not filters and not people:
        return {}
    with st.expander(section, expanded=section in OPEN):
        answers: dict[str, object] = {one.key: _widget(one) for one in filters}
        if people:
            answers |= {key: _person(key, column, label, frame) for key, column, label in PEOPLE}
    return answers


def _widget(one: Filter) -> object:
    """The widget of one filter; returns its raw answer."""
    label = escape(one.label)
    if isinstance(one, Flag):
        return st.toggle(label, key=one.key, bind="query-params")
    if isinstance(one, Range):
        return _slider(one, label)
    return _options(one, label)


def _slider(one: Range, label: str) -> object:
    _begin_anew(one)
    unit = f" ({escape(one.unit)})" if one.unit else ""
    leading = {"low": "Shortest recording" if one.key == "length" else label, "high": f"{label}, at most"}
    return st.slider(
        f"{leading.get(one.ends, label)}{unit}",
        one.low,
        one.high,
        one.default,
        one.step,
        format="%d" if one.step % 1 == 0 else f"%.{max(1, round(-math.log10(one.step)))}f",
        key=one.key,
        bind="query-params",
    )


def _begin_anew(one: Range) -> None:
    """Sets a slider to all where its limits are others than before (another kind of recording): what it said is about
    other recordings, and may lie where a slider breaks.
    """
    drawn = st.session_state.setdefault(LIMITS, {})
    if drawn.get(one.key, one.default) != one.default:
        st.session_state[one.key] = one.default
    drawn[one.key] = one.default


def _options(one: Choice | Recorded, label: str) -> list[str]:
    buttons = len(one.words) <= FEW and all(re.fullmatch(r"[\w ,-]+", words) for words in one.words)
    if buttons:
        return st.pills(label, one.words, selection_mode="multi", key=one.key, bind="query-params")
    nothing = "All" if isinstance(one, Choice) else "No demand"
    return st.multiselect(label, one.words, key=one.key, bind="query-params", placeholder=nothing)


def _person(key: str, column: str, label: str, frame: pd.DataFrame) -> list[str]:
    names = sorted(frame[column].unique())
    return st.multiselect(label, names, key=key, placeholder="All", persist_state="session")


def _people(answers: dict[str, object], key: str, frame: pd.DataFrame, column: str) -> tuple[str, ...]:
    known = set(frame[column])
    return tuple(name for name in answers.get(key) or () if name in known)


def _people_phrases(people: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Chosen families and dyads are counted, not named."""
    words = {"family": ("chosen family", "chosen families"), "dyad": ("chosen dyad", "chosen dyads")}
    return tuple(counted(len(names), *words[key]) for key, names in people.items() if names)


def _summary(some: pd.DataFrame, all_: pd.DataFrame, filters: tuple[Filter, ...], phrases: tuple[str, ...]) -> None:
    chosen, whole = count(some), count(all_)
    st.markdown(
        f"**{chosen.families:,}** of {whole.families:,} families  \n"
        f"**{chosen.dyads:,}** of {whole.dyads:,} dyads  \n"
        f"**{chosen.observations:,}** of {whole.observations:,} observations"
    )
    if phrases:
        st.markdown(f"Only {'; '.join(escape(phrase) for phrase in phrases)}.")
    else:
        st.caption("No filter is on.")
    defaults = {one.key: one.default for one in filters} | {key: [] for key, _, _ in PEOPLE}
    off = not phrases
    st.button("Clear all filters", key="clear", on_click=_clear, args=(defaults,), disabled=off, width="stretch")


def _clear(defaults: dict[str, object]) -> None:
    for key, value in defaults.items():
        st.session_state[key] = list(value) if value == () else value
