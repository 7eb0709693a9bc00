"""The what-if panel: covariates switched off, or let act on each behaviour, and what that moves."""

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_models_asked
from pages.parts.charts_models import Look, draw_terms
from pages.parts.models_terms import ANALYST_ONLY, OUTCOMES
from pages.parts.models_words import EVIDENCE, PEOPLE, in_words, minus, signed
from pages.parts.store_models import SECONDS, Answer
from pages.parts.store_models_asked import Change
from pages.parts.words import escape, one_of
from pipeline.catalogue.spec import Covariate
from pipeline.errors import UserError

NOW = "This what-if"
NO_PRODUCT = "None"


def what_if(answer: Answer) -> None:
    """Switches for the covariates of the adjusted model, and the shift of each term."""
    name = before_name(answer)
    st.markdown(
        f":violet-badge[Exploratory] The {name.lower()} model stays beside it: report this as a sensitivity check only."
    )
    spec = answer.question.adjusted
    change = _change(spec.adjusted_for, spec.by_code)
    try:
        found = store_models_asked.what_if(answer, change)
    except UserError as refusal:
        show.empty("This what-if cannot be fitted.", in_words(refusal.message, answer.question))
        return
    shifts = shift_table(answer, found)
    st.markdown(_sentence(shifts, change, answer))
    if shifts.empty:
        return
    st.caption(
        f"Hollow: the {name.lower()} model; filled: this what-if; both with 50 and 95 % intervals. On the right the "
        f"shift in seconds per 5 minutes with its own 95 % interval{_pooled(answer)}: both models share their data, so "
        "it is known far better than either estimate."
    )
    figure = draw_terms(pair(answer, found), _look(answer, shifts))
    table = store.released(shifts, ANALYST_ONLY)
    show.figure(figure, _sentence(shifts, change, answer), "what_if_plot", table, "what_if")


def before_name(answer: Answer) -> str:
    """What the model is called that a what-if is compared with."""
    return "Pre-specified" if answer.question.prespecified else "Chosen"


def _change(covariates: tuple[Covariate, ...], by_code: tuple[str, ...]) -> Change:
    """What the reader switched: a switch per covariate, and at most one product with the behaviours."""
    out = []
    with st.container(horizontal=True):
        for one in covariates:
            if not st.toggle(escape(one.label), value=True, key=f"with_{one.column}", bind="query-params"):
                out.append(one.column)
    inside = {one.label: one.column for one in covariates if one.column not in (*out, *by_code)}
    options = [NO_PRODUCT, *inside]
    said = st.selectbox(
        "Let one covariate act on each behaviour (covariate x behaviour)", options, key="by_one", bind="query-params"
    )
    return Change(tuple(out), (*by_code, inside[said]) if said in inside else by_code)


def pair(answer: Answer, found: pd.DataFrame) -> pd.DataFrame:
    """The rows of the figure: every term of the what-if, and the same of the pre-specified model."""
    before = answer.models["adjusted"].terms
    before = before[before.set_index(["response", "code"]).index.isin(found.set_index(["response", "code"]).index)]
    both = pd.concat([found.assign(model=NOW), before.assign(model=before_name(answer))], ignore_index=True)
    both = both.assign(person=both["response"].map(PEOPLE), evidence=both["evidence"].map(EVIDENCE))
    said = [
        minus(f"<b>{one.model}</b><br>{one.seconds:+.1f} s ({one.seconds_low:.1f} to {one.seconds_high:.1f})"
              f"<br>{one.evidence}")
        for one in both.itertuples()
    ]  # fmt: skip
    return both.assign(said=said, counts="")


def _look(answer: Answer, shifts: pd.DataFrame) -> Look:
    spec = answer.question.adjusted
    return Look(
        dict.fromkeys(PEOPLE.values(), f", compared with '{spec.reference}'"),
        {PEOPLE[side]: sd * SECONDS for side, sd in answer.sd.items()},
        OUTCOMES[spec.options.outcome],
        hollow=before_name(answer),
        remarks={(row["Person"], row["Behaviour"]): f"shift {_said(row)}" for row in shifts.to_dict("records")},
        failed="Checks" in shifts,
    )


def _said(row: dict) -> str:
    """'−0.4 s (−1.1 to 0.3)'."""
    size = f"{signed(row['Shift (s)'], 1)} s"
    known = pd.notna(row["From (s)"])
    return f"{size} ({signed(row['From (s)'], 1)} to {signed(row['To (s)'], 1)})" if known else size


def _pooled(answer: Answer) -> str:
    """A shift of pooled products has no interval here."""
    return " (none where behaviours are drawn towards each other)" if answer.question.adjusted.options.pooled else ""


def shift_table(answer: Answer, found: pd.DataFrame) -> pd.DataFrame:
    """Each term's shift with its 95 % interval, and its estimate in the pre-specified adjusted model and in this one,
    in seconds per 5 minutes; a column says so when the fit failed its checks.
    """
    before = answer.models["adjusted"].terms
    both = before.merge(found, on=["response", "code"], suffixes=("_before", ""))
    seconds = both["response"].map(answer.sd).astype(float) * SECONDS
    was, now = both["evidence_before"].map(EVIDENCE), both["evidence"].map(EVIDENCE)
    table = pd.DataFrame(
        {
            "Person": both["response"].map(PEOPLE),
            "Behaviour": both["code"],
            "Shift (s)": both["shift"] * seconds,
            "From (s)": both["shift_low"] * seconds,
            "To (s)": both["shift_high"] * seconds,
            "Shift (SD)": both["shift"],
            "Before (s)": both["seconds_before"],
            "Now (s)": both["seconds"],
            "Evidence now": now.where(was == now, now + ", was " + was.str.lower()),
        }
    )
    return table.assign(Checks="failed") if found["failed"].any() else table


def _sentence(shifts: pd.DataFrame, change: Change, answer: Answer) -> str:
    """The largest shift, or what to do."""
    spec = answer.question.adjusted
    covariates = spec.adjusted_for
    if not covariates:
        return "The model has no covariates to switch off."
    by_code = [one.label for one in covariates if one.column in change.by_code and one.column not in spec.by_code]
    if not (change.left_out or by_code) or shifts.empty:
        return "All covariates are in: nothing is shifted. Switch one off to see what moves; the same units stay in."
    row = shifts.loc[shifts["Shift (s)"].abs().idxmax()]
    changed = int(shifts["Evidence now"].str.contains(", was ").sum())
    words = [f"without {len(change.left_out)} of {len(covariates)} covariates"] if change.left_out else []
    words += [f"with {escape(by_code[0])} acting on each behaviour"] if by_code else []
    start = one_of(words, "and")
    word = (
        "No term changes" if not changed else f"{changed} term changes" if changed == 1 else f"{changed} terms change"
    )
    why = "" if by_code else " Covariates are the same for all behaviours of a recording, so small shifts are expected."
    return (
        f"**{start[:1].upper()}{start[1:]} the largest shift is {_said(row)} per 5 minutes**, in "
        f"{escape(row['Behaviour'])} ({row['Person'].lower()}). {word} in evidence.{why}"
    )
