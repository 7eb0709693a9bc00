"""What leaves the models page: tables, figures, draws, the spec and a script that runs it again; built on click."""

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts import store_models_runs as runs_store
from pages.parts.models_export_figure import KINDS, figure_bytes
from pages.parts.models_export_table import (
    Export,
    Part,
    caption,
    csv_rows,
    failed_words,
    html_of,
    markdown_of,
    narrow,
    notes,
    terms_rows,
)
from pages.parts.models_runs_words import exposure_name, step_name, step_of, terms_of
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_two_part import comparable
from pages.parts.store_models import Answer
from pages.parts.take_away import Paper
from pages.parts.words import escape
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection
from pipeline.steps.caption import Basis
from pipeline.steps.fit_script import fit_script
from pipeline.steps.fit_terms import is_prespecified
from pipeline.steps.paper_tables import fit
from pipeline.steps.quick_draws import quick_draws
from pipeline.steps.release import csv_bytes
from pipeline.steps.spec_toml import spec_toml
from pipeline.steps.stored_fits import StoredFit
from pipeline.writers.word_table import MIME, table_bytes

NAMES = {"adjusted": "Adjusted", "unadjusted": "Unadjusted"}


def exports(answer: Answer) -> None:
    """The publication table of the quick fit on the screen, and its files."""
    export = of_answer(answer)
    if export is None:
        show.empty("There is nothing to export: no behaviour can be compared.", "Choose other options or filters.")
        return
    _table(export, "screen")
    _files(export, "screen", _draws_of(answer, export))
    st.markdown("**To run it again**")
    spec = answer.question.leading
    _again(export, spec, store.selection(), "screen")


def of_stored(found: StoredFit) -> None:
    """The same for a stored fit."""
    with st.expander("Export this fit"):
        export = export_of(found)
        key = found.asked.short
        if export is None:
            st.markdown("This fit has no term for a table.")
            return
        _table(export, key)
        draws = found.draws
        _files(export, key, draws.read_bytes if draws else None)
        st.markdown("**To run it again**")
        _again(export, found.asked.spec, found.asked.selection or Selection(), key)


def of_answer(answer: Answer) -> Export | None:
    """What is exported of the quick fit on the screen: unadjusted first, as papers do."""
    parts = []
    for name in ("unadjusted", "adjusted"):
        if name in answer.question.shown:
            spec, one = runs_store.spec_of(answer, name), answer.models[name]
            terms = one.terms.assign(person=one.terms["response"].str.capitalize())
            title = NAMES[name] if spec.step.exposure else step_name(spec)
            parts.append(Part(title, spec, terms, one.fit.table, one.fit.failed))
    if not parts or parts[-1].terms.empty:
        return None
    frame, fit, key = answer.rows.frame, answer.leading.fit, store.key()
    return Export(
        parts=tuple(parts), rows=fit.rows, units=fit.units, dyads=frame["dyad_id"].nunique(),
        families=frame["family_id"].nunique(), words=runs_store.selection_words(), number=key.number,
        checksum=key.sha256, engine=fit.engine, seed=fit.seed, day=f"{datetime.now(UTC):%d %b %Y}",
        sd=dict(zip(answer.rows.scale["response"], answer.rows.scale["sd"], strict=True)),
        exposure=answer.question.exposure.label, per=_per(answer), synthetic=store.study().get("synthetic") == "true",
        exploratory=not answer.question.prespecified,
    )  # fmt: skip


def _per(answer: Answer) -> str:
    """What a coefficient is per: '1 SD (4.6 points) of EPDS'."""
    about = answer.question.exposure
    return f"{about.step(answer.rows.exposure[1])}{'' if about.levels else f' of {about.label}'}"


def export_of(found: StoredFit) -> Export | None:
    """What is exported of a stored fit."""
    asked = found.asked
    terms = terms_of(comparable(found).terms, asked.spec, asked.sd)
    if terms.empty:
        return None
    whole = pd.concat([found.terms, found.random], ignore_index=True)
    per = step_of(asked.spec, asked.exposure[1] if asked.exposure else None)
    return Export(
        parts=(Part(_title(found), asked.spec, terms, whole, found.failed),), rows=found.rows,
        units=found.units, dyads=asked.dyads, families=asked.families, words=asked.words or "not recorded",
        number=asked.number, checksum=asked.generation, engine=asked.engine, seed=asked.seed,
        day=f"{found.computed:%d %b %Y}", sd=asked.sd, exposure=exposure_name(asked.spec), per=per,
        synthetic=store.study().get("synthetic") == "true", exploratory=_exploratory(asked.spec, asked.selection),
    )  # fmt: skip


def _exploratory(spec: Spec, selection: Selection | None) -> bool:
    """Whether a stored fit is no pre-specified analysis, or one of a part of the recordings only."""
    return not is_prespecified(spec) or (selection is not None and selection.narrowed)


def _title(found: StoredFit) -> str:
    """'Model 4'; of a two-part fit the table holds the lengths, and the file of every term all of it."""
    return step_name(found.asked.spec) + (", how long where it occurs" if found.asked.engine == "two_part" else "")


def _table(export: Export, key: str) -> None:
    """The publication table as it will be, with its caption and notes, and as Markdown to copy."""
    st.subheader("Table for a paper", anchor=False)
    if export.failed:
        st.error(escape(failed_words(export)))
    st.markdown(f"**{escape(caption(export))}**")
    shown = store.released(narrow(export).map(escape), ANALYST_ONLY)
    paper = Paper(caption(export), table=lambda *_: fit(export), basis=basis_of(export))
    rows = store.released(csv_rows(export), ANALYST_ONLY)
    show.words(shown, rows, f"paper_{key}", f"table_{export.name}", paper=paper)
    st.caption("  \n".join(escape(line) for line in notes(export)))
    with st.expander("Copy as Markdown"):
        st.code(markdown_of(export), language=None)


def basis_of(export: Export) -> Basis:
    """On what a fit rests: its own rows and filters, whatever is chosen on the page now."""
    return Basis(
        export.families, export.dyads, export.units, export.words, None, export.number or 0, export.checksum,
        export.day, export.synthetic,
    )  # fmt: skip


def _files(export: Export, key: str, draws: Callable[[], bytes] | None) -> None:
    """Download buttons; everything is built on the click."""
    released = store.released(terms_rows(export), ANALYST_ONLY)
    st.markdown("**Files**")
    row = st.container(horizontal=True)
    with row:
        show.file(released, "Table (Word)", lambda: table_bytes(fit(export)), f"table_{export.name}.docx", MIME,
                  f"docx_{key}")  # fmt: skip
        show.file(released, "Table (HTML)", lambda: html_of(export).encode(),
                  f"table_{export.name}.html", "text/html", f"html_{key}")  # fmt: skip
        show.file(released, "Every term (CSV)", lambda: csv_bytes(released), f"terms_{export.name}.csv", "text/csv",
                  f"terms_{key}")  # fmt: skip
        for kind, mime in KINDS.items():
            show.file(released, f"Figure ({kind})", lambda kind=kind: figure_bytes(export, kind),
                      f"forest_{export.name}.{kind.lower()}", mime, f"figure_{kind}_{key}")  # fmt: skip
        if draws is not None:
            show.file(released, "Draws (NetCDF)", draws, f"draws_{export.name}.nc", "application/x-netcdf",
                      f"draws_{key}")  # fmt: skip


def _draws_of(answer: Answer, export: Export) -> Callable[[], bytes]:
    """Joint draws of the quick fit, as ArviZ reads them."""
    model, spec = answer.leading.posterior, answer.question.leading
    facts = {"selection": export.words, "generation": export.checksum, "checks": failed_words(export) or "passed"}
    return lambda: quick_draws(model, spec, facts)


def _again(export: Export, spec: Spec, selection: Selection, key: str) -> None:
    """The script and the spec."""
    released = store.released(terms_rows(export), ANALYST_ONLY)
    st.markdown(
        "The script fits the same rows again with the same seed and gives the same terms; the filters are in it. The "
        "spec is the analysis alone: run it with `python -m pipeline fit FILE.toml`, without filters."
    )
    if selection.families or selection.dyads:
        st.caption("The script names the families or dyads you chose: keep it with the data.")
    script = fit_script(spec, selection, export.engine, export.seed, export.checksum, export.words)
    with st.container(horizontal=True):
        show.file(released, "Script (Python)", script.encode, f"fit_{export.name}.py", "text/x-python", f"script_{key}")
        show.file(released, "Spec (TOML)", spec_toml(spec).encode, f"{export.name}.toml", "application/toml",
                  f"spec_{key}")  # fmt: skip
