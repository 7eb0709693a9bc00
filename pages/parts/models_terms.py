"""The finding, the notes and the forest plot of the models page."""

import pandas as pd
import streamlit as st

from pages.parts import models_words, show, store
from pages.parts.charts_models import draw_terms
from pages.parts.models_words import EVIDENCE, MODELS, PEOPLE, alt_text, note_groups
from pages.parts.store_models import SECONDS, Answer
from pages.parts.words import escape
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

ANALYST_ONLY = ReleaseSpec(individual=True)
NAMES = {
    "person": "Person", "code": "Behaviour", "model": "Model", "mean": "Estimate (SD)", "lower": "95 % from (SD)",
    "upper": "95 % to (SD)", "inner_low": "50 % from (SD)", "inner_high": "50 % to (SD)", "points": "Percentage points",
    "points_low": "95 % from (points)", "points_high": "95 % to (points)", "seconds": "Seconds per 5 min",
    "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)", "evidence": "Evidence", "direction": "Direction",
    "rows": "Rows", "units": "Units", "checks": "Checks",
}  # fmt: skip


def finding(answer: Answer) -> None:
    """One sentence: what is clear, what is suggestive, in seconds and percentage points."""
    sentence, basis = models_words.finding(answer)
    st.markdown(f"#### {sentence}\n\n{basis}")


def notes(answer: Answer) -> None:
    """What the reader of the fit must know, above the plot."""
    for reason in answer.leading.fit.failed:
        st.error(f"This fit failed its own checks: {escape(reason)}. Do not report it.")
    found = [note for name in answer.question.shown for note in answer.models[name].fit.notes]
    groups = note_groups(found)
    if groups:
        lines = [f"- **{title}:** {escape(' '.join(texts))}" for title, texts in groups.items()]
        st.markdown("**Before you read the plot**\n\n" + "\n".join(lines))


def terms(answer: Answer) -> None:
    """The forest plot with its table."""
    frame = shown_terms(answer)
    if frame.empty:
        show.empty("No behaviour can be compared in this selection.", "Widen the filters or choose other options.")
        return
    spec = answer.question.adjusted
    seconds = {PEOPLE[side]: sd * SECONDS for side, sd in answer.sd.items()}
    failed = any(answer.models[name].fit.failed for name in answer.question.shown)
    st.subheader("Change per SD of the score, behaviour by behaviour", anchor=False)
    st.caption(
        f"Each mark: how much more (right) or less (left) of the time the behaviour takes when {escape(spec.exposure)} "
        f"is 1 SD higher ({answer.rows.exposure[1]:.1f} points), compared with the change in "
        f"'{escape(spec.reference)}'. Thick line: 50 % interval; thin line: 95 % interval."
    )
    figure = draw_terms(frame, spec.reference, seconds, failed)
    show.figure(figure, alt_text(answer), "forest", table_of(frame), f"terms_{spec.name}_{spec.exposure}")


def shown_terms(answer: Answer) -> pd.DataFrame:
    """The terms of the models on the screen, in words: person, code, model, evidence, checks and all numbers."""
    parts = [
        answer.models[name].terms.assign(
            model=MODELS[name], checks="failed" if answer.models[name].fit.failed else "passed"
        )
        for name in answer.question.shown
    ]
    frame = pd.concat(parts, ignore_index=True)
    return frame.assign(person=frame["response"].map(PEOPLE), evidence=frame["evidence"].map(EVIDENCE))


def table_of(frame: pd.DataFrame) -> ReleasedFrame:
    """The same numbers under plain headings."""
    return store.released(frame[list(NAMES)].rename(columns=NAMES), ANALYST_ONLY)
