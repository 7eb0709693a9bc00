"""Do smiles differ between two visits?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, smiles_cohort_paper, store
from pages.parts import smiles_cohort_choices as choices
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts import store_smiles_cohort as answers
from pages.parts.charts_smiles_cohort import draw_contrasts, draw_means
from pages.parts.smiles_cohort_checks import checks
from pages.parts.words import escape
from pipeline.steps.release import ReleasedFrame, T

MEANING = (
    "The axis is the difference in SDs of both visits together (Cohen's d, pooled SD), with its 95 % interval. Smile "
    "by smile: Welch's t-test, which allows for unequal spread. By mothers: mothers and recordings as random "
    "effects, so that a mother seen twice is compared with herself and a mother seen once still counts. In pairs (in "
    "the table): only mothers seen at both visits, one mean per visit."
)
UNEQUAL = "Welch's t-test does not need equal variances."


def panel() -> None:
    """The finding, the differences, Table III, and the means."""
    top = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        pair = choices.visits()
    if pair is None:
        show.empty(
            "These recordings are all of one visit.", "Widen the filters, or import recordings of another visit."
        )
        return
    first, second = pair
    released = store.released(answers.answer("visits", first, second), tables.VISITS)
    with top.container():
        st.markdown(f"### {words.visit_finding(released.frame)}")
    _differences(released, first, second)
    _table(released, first, second)
    checks(answers.answer("visit_checks", first, second), "smiles_visit_checks", UNEQUAL)
    smiles_cohort_paper.visits()
    _means()


def _differences(released: ReleasedFrame, first: str, second: str) -> None:
    """Standardised differences, naive and by mothers."""
    st.subheader(f"{escape(first)} minus {escape(second)}", anchor=False)
    frame = released.frame
    if frame["d"].isna().all():
        show.empty(
            "No difference can be computed here.", "; ".join(dict.fromkeys(frame["note"])) or "Widen the filters."
        )
        return
    scale = frame["d"] / frame["difference"]
    drawn = pd.DataFrame(
        {
            "label": [words.named_feature(row) for row in frame.itertuples()],
            "text": [_said(row) for _, row in frame.iterrows()],
            "value": frame["d"], "low": frame["low"] * scale, "high": frame["high"] * scale,
            "mixed": frame["mixed_difference"] * scale, "mixed_low": frame["mixed_low"] * scale,
            "mixed_high": frame["mixed_high"] * scale,
        }
    )  # fmt: skip
    axis = f"Difference in SDs: right of 0, more at {first}; left of 0, more at {second}"
    alt = "; ".join(f"{row.label}: {row.text}" for row in drawn.itertuples())
    show.figure(draw_contrasts(drawn, axis), alt, "smiles_visits", tables.in_words(released), "smiles_visits")
    note = words.few_note(frame, "families_first", "families_second")
    st.caption(f"{note}{MEANING} {words.TWICE}")


def _said(row: pd.Series) -> str:
    """'d 0.51, by mothers p = .02, q = .04'."""
    if pd.isna(row["d"]):
        return words.why(row)
    return f"d\u00a0{words.amount(row['d'])}, by mothers {words.both(row['mixed_p'], row['mixed_q'])}"


def _table(released: ReleasedFrame, first: str, second: str) -> None:
    """Table III in words: few columns, so that none is cut on a narrow screen."""
    frame = released.frame
    text = pd.DataFrame(
        {
            "Feature": [words.marked(words.feature(row.feature), row.families) for row in frame.itertuples()],
            "Means (SD)": [_means_of(row) for row in frame.itertuples()],
            "Smile by smile": [words.breakable(words.welch(row)) for _, row in frame.iterrows()],
            "By mothers: difference": [words.by_mothers(row, "mixed_difference") for _, row in frame.iterrows()],
        }
    )
    st.markdown(f"##### Every difference and pair of means: {escape(first)}, then {escape(second)}{_sizes(frame)}")
    show.words(replace(released, frame=text), tables.in_words(released), "smiles_table_3", "smiles_visits_table")


def _means_of(row: tuple) -> str:
    """'0.36 (0.10) and 0.42 (0.09)'."""
    pairs = ((row.mean_first, row.sd_first), (row.mean_second, row.sd_second))
    return " and ".join(words.mean_sd(mean, sd) for mean, sd in pairs)


def _sizes(frame: pd.DataFrame) -> str:
    """'; 183 and 302 smiles of 41 and 44 families': of the feature with the most."""
    known = frame.dropna(subset=["n_first", "n_second", "families_first", "families_second"])
    if known.empty:
        return ""
    smiles, others, families, more = (
        int(known[name].max()) for name in ("n_first", "n_second", "families_first", "families_second")
    )
    return f"; {smiles:,} and {others:,} smiles of {families:,} and {more:,} families"


def _means() -> None:
    """Features by visit."""
    st.subheader("Features by visit", anchor=False)
    features = choices.features()
    frame = answers.answer("visit_means")
    released = store.released(frame[frame["feature"].isin(features)].reset_index(drop=True), tables.VISIT_MEANS)
    drawn = released.frame
    if drawn.empty:
        show.empty("No smile is known of any visit.", "Widen the filters.")
        return
    titles = [words.feature(name) for name in drawn["feature"]]
    drawn = drawn.assign(title=titles, group=drawn["visit"], kind="Mean", few=drawn["families"] < T, n=drawn["mothers"])
    alt = "; ".join(f"{row.title}, {row.visit}: {words.amount(row.mean)}" for row in drawn.itertuples())
    figure = draw_means(drawn, "Visit; n: mothers. Mean over smiles, 95 % interval respects mothers")
    show.figure(figure, alt, f"smiles_means_{len(features)}", tables.in_words(released), "smiles_by_visit")
