"""The finding, the notes and the forest plot of the models page."""

from dataclasses import replace
from functools import partial
from html import escape as escape_html

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import models_choices, models_words, show, store, store_models_asked
from pages.parts.charts_models import Look, draw_terms
from pages.parts.models_random_words import random_finding
from pages.parts.models_words import EVIDENCE, PEOPLE, alt_text, minus, model_name, note_groups, note_line
from pages.parts.store_models import SECONDS, Answer, Estimates
from pages.parts.take_away import Paper
from pages.parts.words import counted, escape, percent
from pipeline.figures.forest import Forest, draw_forest
from pipeline.steps.paper_tables import as_shown
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

ANALYST_ONLY = ReleaseSpec(individual=True)
NAMES = {
    "person": "Person", "code": "Behaviour", "model": "Model", "mean": "Estimate (SD)", "lower": "95 % from (SD)",
    "upper": "95 % to (SD)", "seconds": "Seconds per 5 min", "seconds_low": "95 % from (s)",
    "seconds_high": "95 % to (s)", "p_direction": "P(direction)", "p_beyond": "P(beyond)", "evidence": "Evidence",
    "direction": "Direction", "rows": "Rows", "units": "Units", "part": "% of values", "points": "Percentage points",
    "points_low": "95 % from (points)", "points_high": "95 % to (points)", "inner_low": "50 % from (SD)",
    "inner_high": "50 % to (SD)", "checks": "Checks",
}  # fmt: skip
FAILED = "This fit failed its own checks: do not report it"
PRINTED = ("person", "code", "model", "mean", "lower", "upper", "seconds", "evidence", "rows", "units")
CONTRAST, SLOPE = "Compared with reference", "Own slopes"
NOBODY = "None"
COUNTED = "A unit is a recording; a row is one behaviour in one recording."
MEANT = "Clear: the 95 % interval excludes 0."
HINTED = "Suggestive: it includes 0, but all behaviours of one hypothesis point the same way."
USUAL_SECONDS, MOST_SECONDS = 10, 300
OUTCOMES = {
    "normalised": "SD of the behaviour's time",
    "share": "Share of the time",
    "normal_scores": "Normal scores of the behaviour's time",
}
UNITS = {"normalised": "SD", "share": "share", "normal_scores": "normal score"}


def finding(answer: Answer) -> None:
    """One sentence: what is clear, what is suggestive, in seconds and percentage points."""
    has_codes = answer.question.adjusted.step.codes
    sentence, basis = models_words.finding(answer) if has_codes else random_finding(answer)
    st.markdown(f"#### {sentence}")
    if basis:
        st.caption(basis)


def notes(answer: Answer) -> None:
    """What the reader of the fit must know, above the plot: in one line."""
    for reason in answer.leading.fit.failed:
        st.error(f"This fit failed its own checks: {escape(reason)}. Do not report it.")
    found = [note for name in answer.question.shown for note in answer.models[name].fit.notes]
    line = note_line(found, answer)
    before = f"**Before you read the plot.** {line}" if line else ""
    if not answer.question.prespecified:
        filtered = models_choices.is_prespecified(answer.question.adjusted)
        why = "A part of the recordings only: filters are on." if filtered else "Not a pre-specified analysis."
        before = f":violet-badge[Exploratory] {why} {before}"
    if before:
        st.markdown(before)


def terms(answer: Answer) -> None:
    """The forest plot with its table, and what the reader can ask of it."""
    if answer.leading.terms.empty:
        _all_notes(answer)
        if answer.question.adjusted.step.codes:
            show.empty("No behaviour can be compared in this selection.", "Widen the filters or choose other options.")
        return
    with st.container(horizontal=True):
        slopes = _own_slopes(answer)
        _all_notes(answer)
    place, (left, right) = st.container(), st.columns(2, vertical_alignment="bottom")
    with left:
        _recordings(answer)
    with right:
        seconds = _matters()
    frame = shown_terms(answer, slopes, seconds)
    spec, failed = answer.question.adjusted, any(answer.models[name].fit.failed for name in answer.question.shown)
    look = Look(
        heads=dict.fromkeys(PEOPLE.values(), ", own slopes" if slopes else f", compared with '{spec.reference}'"),
        seconds={PEOPLE[side]: sd * SECONDS for side, sd in answer.sd.items()},
        outcome=OUTCOMES[spec.options.outcome],
        chosen=chosen_term(answer),
        failed=failed,
    )
    leading = frame[frame["model"] == model_name(answer, answer.question.shown[0])]
    with place:
        st.caption(_how_to_read(answer, slopes))
        table = table_of(frame, answer, seconds)
        show.figure(
            draw_terms(frame, look), alt_text(answer, leading), "forest", table,
            f"terms_{spec.name}_{spec.exposure}", on_select=_clicked if spec.step.exposure else "ignore",
            paper=Paper("", lambda width: draw_forest(twin(frame, look), width), partial(as_shown, printed(table))),
        )  # fmt: skip


def printed(table: ReleasedFrame) -> ReleasedFrame:
    """The columns of the table that a paper prints."""
    return replace(table, frame=table.frame.iloc[:, [list(NAMES).index(name) for name in PRINTED]])


def twin(frame: pd.DataFrame, look: Look) -> Forest:
    """The forest plot on the screen as it is drawn for a paper: the leading model last, so that it is filled."""
    keys = {said: key for key, said in EVIDENCE.items()}
    rows = frame.assign(evidence=frame["evidence"].map(keys), person=frame["person"] + frame["person"].map(look.heads))
    names = list(dict.fromkeys(frame["model"]))[::-1]
    return Forest(
        models=tuple((name, rows[rows["model"] == name]) for name in names),
        title="",
        outcome=look.outcome,
        seconds={f"{person}{head}": look.seconds[person] for person, head in look.heads.items()},
        failed=FAILED if look.failed else "",
    )


def _own_slopes(answer: Answer) -> bool:
    """Whether each behaviour's own slope is wanted instead of its difference from the reference."""
    if not answer.question.adjusted.step.exposure:
        return False
    said = st.segmented_control(
        "What is shown", [CONTRAST, SLOPE], default=CONTRAST, required=True, key="slopes", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    return said == SLOPE


def _all_notes(answer: Answer) -> None:
    """Every note on the models that are shown, on demand."""
    groups = note_groups([note for name in answer.question.shown for note in answer.models[name].fit.notes], answer)
    number = sum(len(texts) for texts in groups.values())
    if number:
        with st.popover(counted(number, "note")):
            st.markdown("\n".join(f"- **{title}:** {escape(' '.join(texts))}" for title, texts in groups.items()))


def _recordings(answer: Answer) -> None:
    """The choice of a behaviour whose recordings are wanted: what a click on its mark says too."""
    if answer.question.adjusted.step.exposure:
        options = [NOBODY, *(term_words(*one) for one in _behaviours(answer))]
        st.selectbox("Recordings behind a behaviour", options, key="term", bind="query-params")


def _matters() -> float:
    """The size of an effect that would matter, in seconds per 5 minutes."""
    said = st.number_input(
        "An effect that matters (s per 5 min)", 1, MOST_SECONDS, USUAL_SECONDS, key="matters", bind="query-params",
        help="The table and the words under the pointer say how probable a larger effect is.",
    )  # fmt: skip
    return float(np.clip(said, 1, MOST_SECONDS))


def _how_to_read(answer: Answer, slopes: bool) -> str:
    """One sentence above the plot."""
    spec, exposure = answer.question.adjusted, answer.question.exposure
    if not spec.step.exposure:
        return f"Right: more time than '{escape(spec.reference)}' takes."
    against = "" if slopes else f", beyond the change in '{escape(spec.reference)}'"
    step = escape(exposure.step(answer.rows.exposure[1]))
    more = f"with {step}" if exposure.levels else f"when {escape(exposure.label)} is {step} higher"
    other = f" Not compared with '{escape(spec.reference)}', as the sentence on top is." if slopes else ""
    meant = f"{MEANT} {HINTED}" if spec.hypotheses else MEANT
    return f"Right: more time {more}{against}.{other} Click a mark for its recordings. {meant} {COUNTED}"


def term_words(person: str, code: str) -> str:
    """How a term is called in the choice of recordings."""
    return f"{person}: {code}"


def chosen_term(answer: Answer) -> tuple[str, str] | None:
    """(person, behaviour) whose recordings are wanted."""
    said = st.session_state.get("term")
    return next((one for one in _behaviours(answer) if term_words(*one) == said), None)


def _behaviours(answer: Answer) -> list[tuple[str, str]]:
    """(person, behaviour): on each side the reference, then the terms."""
    names = answer.leading.terms[["response", "code"]]
    return [
        (who, code)
        for side, who in PEOPLE.items()
        for code in (answer.question.adjusted.reference, *names.loc[names["response"] == side, "code"])
    ]


def _clicked() -> None:
    """Hands the mark that was clicked to the choice of recordings."""
    points = st.session_state["forest"]["selection"]["points"]
    if points and points[0].get("customdata"):
        st.session_state["term"] = term_words(*points[0]["customdata"][:2])


def shown_terms(answer: Answer, slopes: bool = False, seconds: float = USUAL_SECONDS) -> pd.DataFrame:
    """The terms of the models on the screen, in words: person, code, model, evidence, checks and all numbers."""
    parts = []
    for name in answer.question.shown:
        found = store_models_asked.slopes(answer, name) if slopes else answer.models[name].estimates
        failed = answer.models[name].fit.failed
        parts.append(
            found.frame.assign(
                model=model_name(answer, name),
                checks="failed" if failed else "passed",
                p_beyond=found.beyond(seconds),
                part=_part_of_values(found, answer),
            )
        )
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(person=frame["response"].map(PEOPLE), evidence=frame["evidence"].map(EVIDENCE))
    unit, counts = UNITS[answer.question.adjusted.options.outcome], _counts(frame, answer)
    return frame.assign(counts=counts, said=[_said(row, seconds, unit) for row in frame.to_dict("records")])


def _part_of_values(found: Estimates, answer: Answer) -> np.ndarray:
    """Percent of the values of its side that are of this behaviour."""
    totals = dict(zip(answer.rows.scale["response"], answer.rows.scale["values"], strict=True))
    return 100 * found.frame["rows"].to_numpy(float) / found.frame["response"].map(totals).to_numpy(float)


def _counts(frame: pd.DataFrame, answer: Answer) -> list[str]:
    """What stands beside a behaviour: rows and units, or its part of the values where behaviours are compared."""
    if answer.question.adjusted.step.exposure:
        return [f"{row.rows} rows, {row.units} units" for row in frame.itertuples()]
    return [f"{row.rows} values, {percent(row.part / 100)} of the {row.response}'s" for row in frame.itertuples()]


def _said(row: dict, seconds: float, unit: str) -> str:
    """What stands under the pointer."""
    lines = (
        f"<b>{escape_html(row['code'])}</b>, {row['model'].lower()}",
        f"{row['seconds']:+.0f} s per 5 min ({row['seconds_low']:.0f} to {row['seconds_high']:.0f})",
        f"{row['mean']:+.2f} {unit} ({row['lower']:.2f} to {row['upper']:.2f})",
        f"P({'more' if row['mean'] > 0 else 'less'}) = {row['p_direction']:.2f}, "
        f"P(beyond {seconds:.0f} s) = {row['p_beyond']:.2f}",
        f"{row['evidence']}; {row['rows']} rows, {percent(row['part'] / 100)} of the values",
    )
    return minus("<br>".join(lines))


def table_of(frame: pd.DataFrame, answer: Answer, seconds: float) -> ReleasedFrame:
    """The same numbers under plain headings."""
    unit = UNITS[answer.question.adjusted.options.outcome]
    names = {column: title.replace("(SD)", f"({unit})") for column, title in NAMES.items()}
    names["p_beyond"] = f"P(beyond {seconds:.0f} s)"
    return store.released(frame[list(names)].rename(columns=names), ANALYST_ONLY)
