"""The panel "Labels": how many frames and sessions each code has, before and after the class map."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import engagement_study_words as words
from pages.parts import show, store
from pages.parts import store_engagement_study as answers
from pages.parts.charts_engagement_study import draw_labels
from pages.parts.engagement_study_choices import coders
from pages.parts.engagement_study_tables import LABEL_NAMES, LABELS
from pages.parts.models_options import select
from pages.parts.store_engagement_study import Behaviour
from pages.parts.words import counted, escape
from pipeline.catalogue.class_map import ClassMap
from pipeline.steps.release import renamed
from pipeline.steps.still_face import FPS, Asked, class_maps

UNCODED = "Not coded"
HEADS = {"code": "Before: codes as coded", "class": "After: classes of the class map"}
FRAME = (
    "A class map says which codes a model is taught to tell apart: some are merged, some dropped. Bars count frames: a "
    "frame is a twenty-fifth of a second, its label the code that holds at its middle. Frames of dropped codes and "
    "time without a code belong to no class."
)


def panel() -> None:
    """One figure per person."""
    every = answers.behaviours(phases=True)
    if not every:
        show.empty(
            "No phases of engagement are coded in the selected sessions.",
            "Import sessions that were coded with the scheme icepr, or widen the filters.",
        )
        return
    for number, (title, behaviour) in enumerate(every.items()):
        st.subheader(escape(title), anchor=False)
        _one(behaviour, number)
    st.caption(FRAME)


def _one(behaviour: Behaviour, number: int) -> None:
    maps = class_maps(behaviour.scheme, behaviour.behaviour_group)
    titles = {one.title.split(":")[0]: name for name, one in maps.items()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = titles[select("Class map", list(titles), f"label_map_{number}", 330)]
        by = _coder(behaviour, number)
    asked = Asked(behaviour.scheme, behaviour.behaviour_group, behaviour.subject, by, chosen)
    released = store.released(_named(answers.labels(asked), behaviour, maps[chosen]), LABELS)
    frame = released.frame.dropna(subset=["frames"])
    drawn = frame[(frame["frames"] > 0) | (frame["level"] == "class")]
    if not drawn["frames"].sum():
        return show.empty("Nothing can be shown of this coding.", "Choose another coder, or widen the filters.")
    st.markdown(_finding(frame, maps[chosen]))
    drawn = drawn.assign(
        hatched=(drawn["of"] == "") & (drawn["level"] == "code"),
        words=[_label(row) for row in drawn.itertuples()],
        said=[f" {_minutes(row.minutes)}, {counted(int(row.sessions), 'session')}" for row in drawn.itertuples()],
    )
    table = renamed(_levels(released), LABEL_NAMES)
    alt = "Minutes per code before the class map and per class after it, with the number of sessions."
    show.figure(draw_labels(drawn, HEADS), alt, f"labels_{number}", table, "label_distribution")


def _coder(behaviour: Behaviour, number: int) -> str:
    choices = coders(behaviour)
    return choices[select("Coded by", list(choices), f"label_coder_{number}", 250)] if len(choices) > 1 else ""


def _named(counts: pd.DataFrame, behaviour: Behaviour, class_map: ClassMap) -> pd.DataFrame:
    """Counts with words, colours and minutes; the classes carry the colour of the code of their name."""
    codes = answers.codes(behaviour).set_index("code")
    names = words.meanings(answers.codes(behaviour))
    uncoded = (counts["name"] == "") & (counts["level"] == "code")
    kept = counts[(counts["name"] != "") | uncoded]
    return kept.assign(
        words=[names.get(name, name) or UNCODED for name in kept["name"]],
        colour=kept["name"].map(codes["colour"]).fillna("#808080"),
        minutes=kept["frames"] / float(FPS) / 60,
    ).reset_index(drop=True)


def _label(row: tuple) -> str:
    if row.level == "class" or row.words == UNCODED:
        return row.words
    return (
        f"{row.words}, dropped" if not row.of else row.words if row.of == row.name else f"{row.words} \u2192 {row.of}"
    )


def _minutes(minutes: float) -> str:
    return f"{60 * minutes:.0f}{words.SPACE}s" if minutes < 1 else f"{minutes:.1f}{words.SPACE}min"


def _finding(frame: pd.DataFrame, class_map: ClassMap) -> str:
    """The most frequent class, and what is dropped by name."""
    classes = frame[frame["level"] == "class"].sort_values("frames", ascending=False)
    whole = classes["frames"].sum()
    parts = []
    if whole:
        top = classes.iloc[0]
        share = f"{100 * top['frames'] / whole:.0f}{words.SPACE}%"
        parts.append(f"**{escape(top['words'])}** fills {share} of the labelled time.")
    codes = frame[(frame["level"] == "code") & (frame["name"] != "")]
    gone = codes[(codes["of"] == "") & (codes["frames"] > 0)]
    said = [
        f"{escape(row.name)} ({_minutes(row.minutes)})" for row in gone[["name", "minutes"]].itertuples(index=False)
    ]
    parts.append(f"Dropped: {', '.join(said)}." if said else "No coded time is dropped by this class map.")
    if said := class_map.title.partition(":")[2].strip():
        parts.append(f"{escape(said[:1].upper() + said[1:])}.")
    empty = classes.loc[classes["frames"] == 0, "words"]
    if len(empty):
        parts.append(f"Never coded, so it can never be predicted: {', '.join(map(escape, empty))}.")
    return " ".join(parts)


def _levels(released: object) -> object:
    level = released.frame["level"].map({"code": "Before", "class": "After"})
    dropped = (released.frame["of"] == "") & (released.frame["level"] == "code") & (released.frame["name"] != "")
    return replace(
        released, frame=released.frame.assign(level=level, of=released.frame["of"].where(~dropped, "dropped"))
    )
