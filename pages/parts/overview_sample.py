"""Panels of the overview: headline numbers, the sample in words, who has what."""

from functools import partial

import pandas as pd
import streamlit as st

from pages.parts import charts_overview, show, store_overview
from pages.parts.overview_words import sample_sentences, sample_table
from pages.parts.take_away import Paper
from pages.parts.words import counted, escape
from pipeline.steps import paper_tables
from pipeline.steps.release import renamed

TILE_WIDTH = 144
"""Five tiles fill a line on a projector; on a narrower screen they wrap (pixels)."""
SAMPLE_NAMES = {
    "characteristic": "Characteristic", "level": "Value", "unit": "Counted over", "n": "n", "percent": "Percent",
    "mean": "Mean", "sd": "SD", "median": "Median", "q1": "Lower quartile", "q3": "Upper quartile",
    "low": "Lowest", "high": "Highest", "missing": "Not recorded",
}  # fmt: skip
FLOW_NAMES = {
    "stage": "Step", "what": "What is there", "families": "Families", "dyads": "Dyads", "observations": "Observations",
}  # fmt: skip


def headline() -> None:
    """Five large numbers and the sample in sentences."""
    tiles = store_overview.tiles()
    numbers = tiles.frame.iloc[0]
    with st.container(horizontal=True):
        for label, value, help_text in _tiles(numbers):
            st.metric(label, value, help=help_text, border=True, width=TILE_WIDTH)
    st.markdown(sample_sentences(tiles, store_overview.sample()))


def sample() -> None:
    """The sample description, one line per characteristic."""
    released = store_overview.sample()
    st.caption(
        "Counts are of the unit named beside them. Middle half: from the lower to the upper quartile. "
        f"(small) marks counts of 1 to {released.spec.threshold - 1}: keep them on this screen."
    )
    paper = Paper("Characteristics of the sample", table=partial(paper_tables.sample, released))
    show.words(
        sample_table(released), renamed(released, SAMPLE_NAMES), "sample", "sample_description", paper=paper
    )  # fmt: skip


def who_has_what() -> None:
    """How many observations, dyads and families have which coding and which questionnaire."""
    released = store_overview.flow()
    st.markdown(f"#### {flow_finding(released.frame)}")
    figure = charts_overview.draw_flow(released.frame)
    show.figure(figure, flow_finding(released.frame), "flow", renamed(released, FLOW_NAMES), "who_has_what")
    st.caption(
        "Coded: infant and caregiver were both coded for that group of behaviours. Questionnaire: the caregiver in the "
        "recording has a total score (a questionnaire with an unanswered question has none)."
    )


def _tiles(numbers: pd.Series) -> list[tuple[str, str, str | None]]:
    hours = "Length of the recordings that were coded; a recording coded twice counts once."
    twice = f"{counted(int(numbers['double_coded']), 'observation')} coded by two people or more."
    if numbers["coders"] == 0 and numbers["hours"] > 0:
        twice = "No person coded these recordings: their behaviours were measured by a program."
    return [
        ("Families", _count(numbers["families"]), None),
        ("Dyads", _count(numbers["dyads"]), "A dyad is one infant with one caregiver."),
        ("Observations", _count(numbers["observations"]), "An observation is one recording of one dyad."),
        ("Hours coded", f"{numbers['hours']:,.1f}", hours),
        ("Coders", _count(numbers["coders"]), twice),
    ]


def flow_finding(rows: pd.DataFrame) -> str:
    """How many observations have the last thing on the list."""
    last, whole = rows.iloc[-1], rows.iloc[0]
    share = 100 * last["observations"] / whole["observations"]
    are, have = ("is", "has") if last["observations"] == 1 else ("are", "have")
    words = {"Questionnaire": f"{have} the", "Coded": f"{are} coded for", "All": are, "Complete": are}[last["stage"]]
    return (
        f"{int(last['observations']):,} of {counted(int(whole['observations']), 'observation')} ({share:.0f} %) "
        f"{words} {escape(last['what'][:1].lower() + last['what'][1:])}"
    )


def _count(number: float) -> str:
    return f"{int(number):,}"
