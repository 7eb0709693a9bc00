"""Do smiles differ between bands of a score?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, smiles_cohort_paper, store
from pages.parts import smiles_cohort_choices as choices
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts import store_smiles_cohort as answers
from pages.parts.charts_smiles_cohort import draw_means
from pages.parts.smiles_cohort_checks import checks
from pages.parts.words import escape, plain
from pipeline.steps.release import ReleasedFrame, T

MEANING = (
    "One-way analysis of variance per feature and visit: do the bands' means differ more than chance makes them? By "
    "mothers: F of the same bands with a random intercept per mother, so that each mother, not each smile, is a "
    "witness. Partial η² is the share that the bands explain: of the differences between smiles in the one, between "
    "mothers in the other. q counts all comparisons of all scores with bands. A band describes groups; it is never "
    "shown for a person."
)
UNEQUAL = "Unequal spread between bands makes the smile-by-smile F test unreliable where bands differ in size."


def panel() -> None:
    """The finding over all scores with bands, then one score: means by band and Table IV."""
    known = [name for name in answers.cohort().instruments if name in answers.cohort().bands]
    if not known:
        show.empty("No score of these mothers has bands.", "Choose another selection, or a questionnaire with bands.")
        return
    top = st.empty()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        score, features = choices.score(known, "smiles_banded"), choices.features()
    released = store.released(answers.answer("bands"), tables.BANDS)
    with top.container():
        st.markdown(f"### {words.band_finding(released.frame)}")
    _means(score, features)
    _table(released, score)
    checks(answers.answer("band_checks", score), f"smiles_band_checks_{score}", UNEQUAL)
    smiles_cohort_paper.bands()


def _means(score: str, features: tuple[str, ...]) -> None:
    """Features by band, visits side by side."""
    st.subheader(f"Features by band of {escape(score)}", anchor=False)
    frame = answers.answer("band_means", score)
    frame = frame[frame["feature"].isin(features)].reset_index(drop=True)
    released = store.released(frame, tables.BAND_MEANS)
    drawn = released.frame
    if drawn.empty:
        show.empty(
            "No smile is of a mother with this score whose recordings have a visit.",
            "Choose another score, or widen the filters.",
        )
        return
    drawn = drawn.assign(
        title=[words.feature(name) for name in drawn["feature"]], group=[plain(band) for band in drawn["band"]],
        kind=drawn["visit"], few=drawn["families"] < T, n=drawn["mothers"],
    )  # fmt: skip
    alt = "; ".join(f"{row.title}, {row.group}, {row.kind}: {words.amount(row.mean)}" for row in drawn.itertuples())
    figure = draw_means(
        drawn, f"Band of {score}; n: mothers{_order(drawn)}. Mean over smiles, 95 % interval respects mothers"
    )
    key = f"smiles_bands_{score}_{len(features)}"
    show.figure(figure, alt, key, tables.in_words(released), "smiles_by_band")
    if drawn["few"].any():
        st.caption(f"Open marks: fewer than {T} families; no interval for fewer than five mothers.")


def _order(drawn: pd.DataFrame) -> str:
    """' at 6 months / 12 months'."""
    kinds = list(dict.fromkeys(drawn["kind"]))
    return f" at {' / '.join(map(str, kinds))}" if len(kinds) > 1 else ""


def _table(released: ReleasedFrame, score: str) -> None:
    """Table IV of one score in words."""
    st.subheader(f"Do the bands of {escape(score)} differ?", anchor=False)
    keep = (released.frame["instrument"] == score).to_numpy()
    frame = released.frame[keep].reset_index(drop=True)
    text = pd.DataFrame(
        {
            "Visit": [escape(str(visit)) for visit in frame["visit"]],
            "Feature": [words.feature(name, unit=False) for name in frame["feature"]],
            "Smile by smile": [words.breakable(words.anova(row)) for _, row in frame.iterrows()],
            "By mothers": [words.breakable(words.anova(row, "mixed_")) for _, row in frame.iterrows()],
        }
    )
    table = tables.in_words(released)
    show.words(replace(released, frame=text), table, f"smiles_table_4_{score}", "smiles_bands_table")
    st.caption(f"{words.few_note(frame, 'families')}{words.TWICE} {MEANING} The file holds all scores with bands.")
