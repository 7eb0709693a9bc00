"""Stored fits on the screen: one beside the quick fit of the same spec, or several beside each other."""

import pandas as pd
import streamlit as st

from pages.parts import job_queue, models_export, show, store
from pages.parts import store_models_runs as runs_store
from pages.parts.charts_models_runs import draw_fits
from pages.parts.models_checks_words import stored_line
from pages.parts.models_runs_words import (
    ENGINES,
    PEOPLE,
    agreement_words,
    diagnostics_table,
    differences_of,
    exposure_name,
    label_of,
    step_of,
    terms_of,
)
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_two_part import comparable, two_part_panel
from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.spec import Spec
from pipeline.errors import UserError
from pipeline.steps.fit_agreement import agreement, side_by_side
from pipeline.steps.stored_fits import Asked, StoredFit

AXES = {
    "normalised": "SD of the behaviour's time",
    "share": "Share of time (1 = all of it)",
    "normal_scores": "Normal scores of the share of time",
}
AGREEMENT = {
    "response": "Person", "term": "Term", "mean": "This fit", "mean_other": "Quick fit", "difference": "Difference",
    "error": "Monte Carlo error", "errors": "Difference in Monte Carlo errors",
}  # fmt: skip


def opened(chosen: list[Asked]) -> None:
    """The chosen fits: one with its quick twin, several compared."""
    found: dict[str, StoredFit] = {}
    for one in chosen:
        try:
            found[label_of(one)] = runs_store.opened(one.id)
        except UserError as refusal:
            st.error(escape(refusal.message))
    for name, one in found.items():
        for reason in one.failed:
            st.error(f"{escape(name)} failed its own checks: {escape(reason)}. Do not report it.")
    if len(found) == 1:
        _one(*found.values())
    elif found:
        _several(found)


def _one(found: StoredFit) -> None:
    """A stored fit beside the quick fit of the same spec on the same rows."""
    st.markdown(about(found))
    _notes(found)
    if found.asked.engine == "two_part":
        two_part_panel(found)
        _draws(found)
        return
    try:
        fit, error = runs_store.quick(found.asked.id)
    except UserError as refusal:
        st.info(f"There is no quick fit of this question: {escape(refusal.message)}")
        _forest({ENGINES.get(found.asked.engine, found.asked.engine): found.terms}, [found])
        return
    spec = found.asked.spec
    same = spec.options.level == "unit"
    both = agreement(found.terms, fit.terms, error)
    if found.asked.engine == "quick":
        _forest({"Quick": found.terms}, [found])
    else:
        st.markdown(f"**{escape(agreement_words(both, same))}**")
        _forest({ENGINES.get(found.asked.engine, found.asked.engine): found.terms, "Quick": fit.terms}, [found])
        with st.expander("Every term of both, with the differences"):
            table = _plain(both[list(AGREEMENT)]).rename(columns=AGREEMENT)
            show.table(store.released(table, ANALYST_ONLY), "agreement", f"agreement_{found.asked.short}")
    _draws(found)


def _draws(found: StoredFit) -> None:
    """What the engine says of its draws, and the files of the fit."""
    whole, notes = pd.concat([found.terms, found.random]), [note.text for note in found.notes]
    line, _ = stored_line(found.asked.engine, found.diagnostics, whole, found.failed, notes)
    st.markdown(f"What the engine says of its draws. {line}")
    table = diagnostics_table(found)
    show.table(store.released(table, ANALYST_ONLY), "diagnostics", f"diagnostics_{found.asked.short}", small=True)
    models_export.of_stored(found)


def about(found: StoredFit) -> str:
    """What a stored fit is: model, engine, rows, selection, data, versions (markdown)."""
    asked = found.asked
    sizes = f"{counted(found.rows, 'row')} in {counted(found.units, 'unit')}"
    if asked.dyads:
        sizes += f" of {counted(asked.dyads, 'dyad')} in {counted(asked.families, 'family', 'families')}"
    now = asked.generation == store.key().sha256
    data = f"generation {asked.number} of the data" + ("" if now else ", not the one shown now")
    versions = ", ".join(f"{name} {version}" for name, version in found.versions.items())
    engine = ENGINES.get(asked.engine, asked.engine)
    return (
        f"**{escape(asked.spec.title)}.** {escape(asked.spec.step.title)}. Engine: {engine}, "
        f"seed {asked.seed}. {sizes}. Selection: {escape(asked.words) or 'not recorded'}. Computed "
        f"{job_queue.when(found.computed)} on {data}. {escape(versions)}."
    )


def _notes(found: StoredFit) -> None:
    spec = found.asked.spec
    texts = list(dict.fromkeys(note.text.replace(str(spec.exposure), exposure_name(spec)) for note in found.notes))
    if texts:
        with st.expander(f"Notes of this fit ({len(texts)})"):
            st.markdown("\n".join(f"- {escape(text)}" for text in texts))


def _several(found: dict[str, StoredFit]) -> None:
    """Paired forest and the table of differences; of a two-part fit how long, which is what the others describe."""
    found = {name: comparable(one) for name, one in found.items()}
    differ = differences_of(found)
    if differ.empty:
        st.markdown("These fits asked the same question of the same data.")
    else:
        st.markdown("**What the questions differ in**")
        show.table(store.released(differ, ANALYST_ONLY), "questions", "questions", small=True)
    _forest({name: one.terms for name, one in found.items()}, list(found.values()))
    st.markdown("**Every term of all of them**")
    wide = side_by_side({one.asked.short: one.terms for one in found.values()})
    wide = _plain(wide).rename(columns=_heading)
    show.table(store.released(wide, ANALYST_ONLY), "compared", "compared_fits")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """People in words, and levels of covariates without underlines."""
    return frame.assign(response=frame["response"].map(PEOPLE), term=frame["term"].str.replace("_", " "))


def _heading(column: str) -> str:
    words = {"response": "Person", "term": "Term", "spread": "Largest difference"}
    ends = {"mean": "estimate", "lower": "95 % from", "upper": "95 % to"}
    name, _, part = column.partition(": ")
    return words.get(column) or f"{name} {ends[part]}"


def _reading(specs: list[Spec]) -> str:
    """How the plot is to be read, in one or two sentences (markdown)."""
    references = one_of([f"'{name}'" for name in dict.fromkeys(spec.reference for spec in specs)])
    steps = list(dict.fromkeys(step_of(spec) for spec in specs if spec.step.exposure))
    change = f"Right: more time per {one_of(steps)}" if steps else "Right: more time"
    return f"{escape(change)}, compared with {escape(references)}. Filled mark: the 95 % interval excludes 0."


def _forest(tables: dict[str, pd.DataFrame], fits: list[StoredFit]) -> None:
    """The forest plot of these terms with its table."""
    specs = [one.asked for one in fits] + [fits[0].asked] * (len(tables) - len(fits))
    parts = [
        terms_of(table, asked.spec, asked.sd).assign(fit=name)
        for (name, table), asked in zip(tables.items(), specs, strict=True)
    ]
    frame = pd.concat(parts, ignore_index=True)
    if frame.empty:
        show.empty("These fits have no term for a forest plot.", "Their terms stand in the table.")
        return
    frame = frame.sort_values("person", key=lambda one: one.map({"Infant": 0, "Caregiver": 1}), kind="stable")
    outcomes = {asked.spec.options.outcome for asked in specs}
    axis = AXES[outcomes.pop()] if len(outcomes) == 1 else "Outcome of each fit (not on one scale)"
    alt = f"Forest plot of {counted(len(tables), 'fit')}: {', '.join(tables)}; estimates with 95 % intervals."
    columns = {"fit": "Fit", "person": "Person", "code": "Behaviour", "mean": "Estimate", "lower": "95 % from",
               "upper": "95 % to", "seconds": "Seconds per 5 min", "rows": "Rows", "units": "Units"}  # fmt: skip
    st.caption(_reading([asked.spec for asked in specs]))
    released = store.released(frame[list(columns)].rename(columns=columns), ANALYST_ONLY)
    show.figure(draw_fits(frame, axis), alt, "fits_figure", released, "fits")
