"""How many smiles a recording has, whether the number goes with scores, and how stable scores are between visits."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import smiles_cohort_choices as choices
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts import store_smiles_cohort as answers
from pages.parts.words import escape, percent
from pipeline.steps.release import ReleasedFrame

EVERY = "All visits"
COUNT_MEANING = (
    "n: recordings (mothers). Kept smiles per recording; a recording without a smile counts as 0. The interval "
    "respects mothers. Other episodes were left out by rule (speech, unclear phases, poor view); the view of one "
    "recording says why. Face seen: share of frames."
)
SCORE_MEANING = "n: recordings (mothers). Above 0: recordings of mothers with higher scores have more smiles."
BY_RECORDING = {"r": "r recording by recording", "p": "p recording by recording"}
BETWEEN_VISITS = {"r": "r between visits"}
STABLE_MEANING = (
    "Mothers with a score at both visits. The mean size of a change says how far a score moves, up or down; r how well "
    "mothers keep their order (1: perfectly)."
)


def panel() -> None:
    """The finding, smiles per recording by visit and score, and the stability of scores."""
    released = store.released(answers.answer("counts"), tables.COUNTS)
    st.markdown(f"### {words.count_finding(released.frame)}")
    _counts(released)
    if choices.scores():
        _scores()
        _stability()


def _visit(name: str) -> str:
    return escape(str(name)) if name else EVERY


def _counts(released: ReleasedFrame) -> None:
    """Smiles per recording by visit."""
    st.subheader("Smiles per recording", anchor=False)
    frame = released.frame
    text = pd.DataFrame(
        {
            "Visit, n": [
                _sized(_visit(row.visit), row.families, row.recordings, row.mothers) for row in frame.itertuples()
            ],
            "Mean (95 %)": [_mean(row) for row in frame.itertuples()],
            "Median (SD)": [_median(row) for row in frame.itertuples()],
            "Per minute": [words.amount(row.per_minute) or words.NOTHING for row in frame.itertuples()],
            "Left out (speech)": [_rejected(row) for row in frame.itertuples()],
            "Face seen": ["" if pd.isna(row.coverage) else percent(row.coverage) for row in frame.itertuples()],
        }
    )
    table = tables.named(replace(released, frame=frame.assign(visit=[name or EVERY for name in frame["visit"]])))
    show.words(replace(released, frame=text), table, "smiles_counts", "smiles_per_recording")
    st.caption(f"{words.few_note(frame, 'families')}{COUNT_MEANING}")


def _sized(text: str, families: float, recordings: float, mothers: float) -> str:
    """'PHQ-9, 94 (47)': with its recordings and mothers."""
    return f"{words.marked(text, families)}, {recordings:,.0f}{words.SPACE}({mothers:,.0f})"


def _median(row: tuple) -> str:
    """'4.0 (4.48)'; one recording has no spread."""
    spread = f" ({words.amount(row.sd)})" if pd.notna(row.sd) else ""
    return f"{words.amount(row.median, 1)}{spread}"


def _mean(row: tuple) -> str:
    return f"**{words.amount(row.mean)}**{words.breakable(words.between(row.low, row.high))}"


def _rejected(row: tuple) -> str:
    return f"{row.rejected:,.0f} ({row.in_speech:,.0f})"


def _scores() -> None:
    """The number of smiles with every score."""
    st.subheader("Does the number of smiles go with a score?", anchor=False)
    released = store.released(answers.answer("counts_and_scores"), tables.COUNTS_AND_SCORES)
    frame = released.frame
    whole = frame[frame["visit"] == ""]
    text = pd.DataFrame(
        {
            "Score, n": [
                _sized(escape(row.instrument), row.families, row.n, row.mothers) for row in whole.itertuples()
            ],
            "r, by recordings": [words.breakable(_r(row)) for _, row in whole.iterrows()],
            "By mothers": [words.breakable(words.by_mothers(row, "mixed_r")) for _, row in whole.iterrows()],
        }
    )
    for visit in answers.cohort().visits:
        part = frame[frame["visit"] == visit]
        text[f"r at {escape(str(visit))}"] = [words.breakable(_r(row)) for _, row in part.iterrows()]
    shown = frame.assign(visit=[name or EVERY for name in frame["visit"]])
    table = tables.named(replace(released, frame=shown), BY_RECORDING)
    show.words(replace(released, frame=text), table, "smiles_count_scores", "smiles_per_recording_scores")
    st.caption(f"{words.few_note(frame, 'families')}{SCORE_MEANING}")


def _r(row: pd.Series) -> str:
    if pd.isna(row["r"]):
        return words.why(row)
    return f"{words.amount(row['r'])}{words.between(row['low'], row['high'])}, {words.chance(row['p'])}"


def _stability() -> None:
    """How much scores change between two visits."""
    pair = choices.visits()
    if pair is None:
        return
    first, second = pair
    st.subheader(f"How stable are scores from {escape(first)} to {escape(second)}?", anchor=False)
    released = store.released(answers.answer("score_stability", first, second), tables.STABILITY)
    frame = released.frame
    text = pd.DataFrame(
        {
            "Score": [words.marked(escape(row.instrument), row.families) for row in frame.itertuples()],
            "Mothers": [f"{row.n:,.0f}" for row in frame.itertuples()],
            "Mean size of change": [_change(row.absolute_change, row) for _, row in frame.iterrows()],
            "Mean change (SD)": [_moved(row) for _, row in frame.iterrows()],
            "r (95 % interval)": [_kept(row) for _, row in frame.iterrows()],
        }
    )
    table = tables.named(released, BETWEEN_VISITS)
    show.words(replace(released, frame=text), table, "smiles_stability", "scores_between_visits")
    st.caption(f"{words.few_note(frame, 'families')}{STABLE_MEANING}")


def _change(value: float, row: pd.Series) -> str:
    return f"**{words.amount(value)}** points" if pd.notna(value) else words.why(row)


def _moved(row: pd.Series) -> str:
    """A dash where the column before says why there is nothing."""
    if pd.isna(row["change"]):
        return words.NOTHING
    spread = f" ({words.amount(row['sd_change'])})" if pd.notna(row["sd_change"]) else ""
    return f"{words.amount(row['change'], sign=True)}{spread}"


def _kept(row: pd.Series) -> str:
    return words.NOTHING if pd.isna(row["r"]) else f"{words.amount(row['r'])}{words.between(row['low'], row['high'])}"
