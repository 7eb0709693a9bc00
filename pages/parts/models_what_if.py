"""The what-if panel: covariates switched off, and what that moves."""

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_models
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import EVIDENCE, PEOPLE, minus
from pages.parts.store_models import SECONDS, Answer
from pages.parts.words import escape
from pipeline.catalogue.spec import Covariate
from pipeline.errors import UserError

COLUMNS = 2


def what_if(answer: Answer) -> None:
    """Switches for the covariates of the adjusted model, and the shift of each term."""
    st.subheader("What if: other covariates", anchor=False)
    st.markdown(":violet-badge[Exploratory] Not the pre-specified analysis: report it as a sensitivity check only.")
    covariates = answer.question.adjusted.adjusted_for
    left_out = _switched_off(covariates)
    try:
        found = store_models.without(answer.question, left_out)
    except UserError as refusal:
        show.empty("This what-if cannot be fitted.", refusal.message)
        return
    shifts = shift_table(answer, found)
    st.markdown(_sentence(shifts, left_out, covariates))
    show.table(store.released(shifts, ANALYST_ONLY), "what_if", "what_if")


def _switched_off(covariates: tuple[Covariate, ...]) -> tuple[str, ...]:
    """The covariates whose switch is off, in the order of the model."""
    places = st.columns(COLUMNS)
    found = []
    for number, one in enumerate(covariates):
        with places[number % COLUMNS]:
            if not st.toggle(escape(one.label), value=True, key=f"with_{one.column}", bind="query-params"):
                found.append(one.column)
    return tuple(found)


def shift_table(answer: Answer, found: pd.DataFrame) -> pd.DataFrame:
    """Each term of the pre-specified adjusted model, of this one, and this minus pre-specified."""
    before = answer.models["adjusted"].terms
    both = before.merge(found, on=["response", "code"], suffixes=("", "_now"))
    seconds = both["response"].map(answer.sd).astype(float) * SECONDS
    return pd.DataFrame(
        {
            "Person": both["response"].map(PEOPLE),
            "Behaviour": both["code"],
            "Shift (s per 5 min)": (both["mean_now"] - both["mean"]) * seconds,
            "Shift (SD)": both["mean_now"] - both["mean"],
            "Pre-specified (SD)": both["mean"],
            "This what-if (SD)": both["mean_now"],
            "95 % from (SD)": both["lower_now"],
            "95 % to (SD)": both["upper_now"],
            "Evidence before": both["evidence"].map(EVIDENCE),
            "Evidence now": both["evidence_now"].map(EVIDENCE),
        }
    )


def _sentence(shifts: pd.DataFrame, left_out: tuple[str, ...], covariates: tuple[Covariate, ...]) -> str:
    """The largest shift, or what to do."""
    if not covariates:
        return "The model has no covariates to switch off."
    if not left_out or shifts.empty:
        return "All covariates are in: nothing is shifted. Switch one off to see what moves; the same units stay in."
    row = shifts.loc[shifts["Shift (SD)"].abs().idxmax()]
    changed = int((shifts["Evidence before"] != shifts["Evidence now"]).sum())
    size = minus(f"{row['Shift (s per 5 min)']:+.1f} s per 5 minutes ({row['Shift (SD)']:+.3f} SD)")
    word = (
        "No term changes" if not changed else f"{changed} term changes" if changed == 1 else f"{changed} terms change"
    )
    return (
        f"Without {len(left_out)} of {len(covariates)} covariates the largest shift is {size}, in "
        f"{escape(row['Behaviour'])} ({row['Person'].lower()}). {word} in evidence. Covariates are the same for all "
        "behaviours of a recording, so small shifts are expected."
    )
