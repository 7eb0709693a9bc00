"""Does a score show in the n-th smile, and does the link grow over the play?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import smiles_cohort_choices as choices
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts import store_smiles_cohort as answers
from pages.parts.charts_smiles_cohort import draw_contrasts, draw_numbers
from pages.parts.words import escape
from pipeline.measures.smile_growth import MANY
from pipeline.steps.release import ReleasedFrame, T

HIGHER_IS_BETTER = ("Social Support",)
TURNED = "Here a higher score is better, so links point the other way than for the other scores. "
LAST = 12
"""Smiles drawn; later ones stand in the table."""
MEANING = (
    "Each point: over all recordings that have this smile, how closely the feature goes with the score (−1 to 1), "
    "with its 95 % interval. Later smiles exist only where mothers smile often, so n falls and the mothers are "
    "others."
)
GROWTH_MEANING = (
    "How much the link changes with every further smile: SD of the feature per SD of the score and smile, with its "
    "95 % interval: right of 0 it grows, left of 0 it becomes more negative. Mixed model: score × smile number, every "
    "mother with her own level and pace, every recording with its own level, visits told apart. The smile paper draws "
    "this and does not test it."
)


def panel() -> None:
    """The finding, the score, the correlations by smile number, and the test of growth."""
    names = choices.scores()
    if not names:
        show.empty("These mothers have no questionnaire scores.", "Add questionnaires, or widen the filters.")
        return
    top = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score, features = choices.score(names), choices.features()
    grown = store.released(answers.answer("growths", score), tables.GROWTH)
    with top.container():
        st.markdown(f"### {words.play_finding(grown.frame, score)}")
    _numbers(score, features)
    _growth(grown, score, features)


def _numbers(score: str, features: tuple[str, ...]) -> None:
    """Figure 2."""
    heading = f"How closely the first, second, third … smile goes with {escape(score)} (correlation r)"
    st.subheader(heading, anchor=False)
    frame = answers.answer("numbers", score, *features)
    released = store.released(frame, tables.NUMBERS)
    drawn = released.frame[(released.frame["smile_number"] <= LAST) & released.frame["r"].notna()]
    marks = [f" {words.FEW}" if families < T else "" for families in drawn["families"]]
    drawn = drawn.assign(title=[words.feature(name, unit=False) for name in drawn["feature"]], mark=marks)
    if drawn.empty:
        show.empty("No smile number has enough recordings.", "Widen the filters or choose another score.")
        return
    table = tables.in_words(released)
    show.figure(draw_numbers(drawn), _alt(drawn, score), f"smiles_numbers_{len(features)}", table, "smiles_by_number")
    turned = TURNED if score in HIGHER_IS_BETTER else ""
    st.caption(f"{words.few_note(drawn, 'families')}{turned}{MEANING} {words.TWICE}")


def _alt(drawn: pd.DataFrame, score: str) -> str:
    """The takeaway: first and last correlation of every panel."""
    parts = []
    for title, part in drawn.groupby("title", sort=False):
        first, last = part.iloc[0], part.iloc[-1]
        parts.append(
            f"{title}: r {words.amount(first['r'])} at smile {first['smile_number']}, {words.amount(last['r'])} at "
            f"smile {last['smile_number']}"
        )
    return f"Correlation with {score} by smile number. {'; '.join(parts)}."


def _growth(grown: ReleasedFrame, score: str, features: tuple[str, ...]) -> None:
    """The product of score and smile number, of all recordings and of those with many smiles."""
    st.subheader("Does the link grow over the play?", anchor=False)
    frame = grown.frame[(grown.frame["least"] == 1) & grown.frame["feature"].isin(features)]
    drawn = pd.DataFrame(
        {
            "label": [words.named_feature(row) for row in frame.itertuples()],
            "text": [_said(row) for _, row in frame.iterrows()],
            "value": frame["growth"], "low": frame["low"], "high": frame["high"],
            "mixed": frame["mixed_growth"], "mixed_low": frame["mixed_low"], "mixed_high": frame["mixed_high"],
        }
    )  # fmt: skip
    if drawn["value"].notna().any():
        alt = "; ".join(f"{row.label}: {row.text}" for row in drawn.itertuples())
        axis = f"Change of the link with {score} per further smile (SD per SD)"
        figure = draw_contrasts(drawn.reset_index(drop=True), axis)
        show.figure(figure, alt, f"smiles_growth_{len(features)}", tables.in_words(grown), "smiles_growth")
    else:
        show.empty(
            "The growth cannot be computed here.", "; ".join(dict.fromkeys(frame["note"])) or "Widen the filters."
        )
    st.caption(f"{words.few_note(grown.frame, 'families')}{GROWTH_MEANING}")
    _many(grown, features)


def _said(row: pd.Series) -> str:
    """'by mothers 0.04 (0.01 to 0.07), p = .01, q = .04; n 431'."""
    if pd.isna(row["mixed_growth"]):
        return words.why(row)
    return f"{words.by_mothers(row, 'mixed_growth').replace('**', '')}; n\u00a0{row['n']:,.0f} smiles"


def _many(grown: ReleasedFrame, features: tuple[str, ...]) -> None:
    """The same over recordings with at least five smiles."""
    frame = grown.frame
    keep = ((frame["least"] == MANY) & frame["feature"].isin(features)).to_numpy()
    mine = frame[keep].reset_index(drop=True)
    if mine.empty:
        return
    text = pd.DataFrame(
        {
            "Feature": [words.named_feature(row) for row in mine.itertuples()],
            "Smile by smile": [_naive(row) for _, row in mine.iterrows()],
            "By mothers": [words.by_mothers(row, "mixed_growth") for _, row in mine.iterrows()],
        }
    )
    sizes = mine.iloc[0]
    st.markdown(f"##### The same, only recordings with at least {MANY} smiles")
    st.markdown(
        f"{words.rests_on(sizes['n'], sizes['recordings'], sizes['mothers'])}: the same mothers at every number."
    )
    part = replace(grown, frame=mine)
    show.words(replace(part, frame=text), tables.in_words(part), "smiles_many", "smiles_growth_many")


def _naive(row: pd.Series) -> str:
    """'0.05 (0.03 to 0.07), p < .001, q < .001'."""
    if pd.isna(row["growth"]):
        return words.why(row)
    return f"{words.amount(row['growth'])}{words.between(row['low'], row['high'])}, {words.both(row['p'], row['q'])}"
