"""The view "All choices" of the models page: one question fitted in every reasonable way."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import models_curve_words as words
from pages.parts import show, store, store_models_curve
from pages.parts.charts_models_curve import beyond, draw_curve, draw_moves
from pages.parts.models_options import select
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import EVIDENCE
from pages.parts.store_models import Answer
from pages.parts.store_models_curve import Curve
from pages.parts.words import counted, escape
from pipeline.catalogue.spec import Spec
from pipeline.measures.spec_agreement import agreement, moved_by
from pipeline.steps.spec_curve import CHOICES
from pipeline.steps.spec_grid import Grid, further_sets

ALREADY = "curve_made"
"""Key of the session: which grids were asked for."""
SECONDS_A_FIT = 0.05
NO_SPLIT = "Not split"
TABLE = {
    **words.CHOICES, "seconds": "Seconds per 5 min", "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)",
    "evidence": "Evidence", "rows": "Rows", "units": "Units", "prespecified": "Pre-specified",
}  # fmt: skip


def all_choices(answer: Answer) -> None:
    """The specification curve of one behaviour, and what moves it."""
    spec = answer.question.adjusted
    st.markdown(
        ":violet-badge[Exploratory] The same question, fitted in every reasonable way. It shows how much the answer "
        "hangs on choices that could have been made otherwise; it is no new test."
    )
    term = _term(answer)
    if term is None:
        show.empty("No behaviour can be compared in this selection.", "Widen the filters or choose other options.")
        return
    with st.expander("Which choices are varied", key="curve_choices"):
        grid = _grid(spec)
    curve = _made(spec, grid)
    if curve is not None:
        _shown(curve, term, answer)


def _term(answer: Answer) -> tuple[str, str] | None:
    """The behaviour that is looked at: the strongest one first."""
    terms = answer.models["adjusted"].terms
    rank = terms["evidence"].map({word: place for place, word in enumerate(EVIDENCE)})
    strength = (terms["mean"] / terms["sd"]).abs()
    order = terms.assign(rank=rank, strength=-strength).sort_values(["rank", "strength"])
    names = {words.term_name(row.response, row.code): (row.response, row.code) for row in order.itertuples()}
    return names[select("Behaviour", list(names), "curve_term", 380)] if names else None


def _grid(spec: Spec) -> Grid:
    """The grid, each choice narrowed or widened by the reader; the level of the chosen model always stays."""
    found = {one.label: one for one in store_models_curve.splits_of(spec) if len(one.levels) == 2}
    labels = [*found, NO_SPLIT]
    split = found.get(select("Split recordings by", labels, "curve_split"))
    grid = store_models_curve.grid(spec, split)
    left, right = st.columns(2)
    parts = {}
    for number, (choice, field) in enumerate(FIELDS.items()):
        levels = getattr(grid, field)
        if len(levels) > 1:
            with (left, right)[number % 2]:
                parts[field] = _levels(choice, levels)
    own, more = grid.covariates, further_sets(spec)
    sets = {words.level_words("covariates", one.name): one for one in (*own, *more)}
    chosen = _several(words.CHOICES["covariates"], list(sets), len(own), "curve_covariates")
    st.caption(
        "Raw shares are not varied: in seconds they give the same fit as z. Products of a covariate with each "
        "behaviour can be added; with few rows they carry an estimate far."
    )
    return replace(grid, **parts, covariates=tuple(sets[name] for name in chosen))


FIELDS = {
    "stratum": "strata", "zeros": "zeros", "outcome": "outcomes", "denominator": "denominators",
    "timing": "timings", "prior": "priors",
}  # fmt: skip


def _levels(choice: str, levels: tuple) -> tuple:
    """The levels of one choice that the reader keeps."""
    named = {words.level_words(choice, getattr(one, "name", one)): one for one in levels}
    chosen = _several(words.CHOICES[choice], list(named), len(named), f"curve_{choice}")
    return tuple(named[name] for name in chosen)


def _several(label: str, options: list[str], usual: int, key: str) -> list[str]:
    """Some of the options, the first one always."""
    said = st.multiselect(label, options, default=options[:usual], key=key, bind="query-params", format_func=escape)
    return [one for one in options if one in said or one == options[0]]


def _made(spec: Spec, grid: Grid) -> Curve | None:
    """The fits of a grid: made on the button, and kept."""
    made = st.session_state.setdefault(ALREADY, set())
    mark = store_models_curve.signature(spec, grid)
    if mark in made:
        return store_models_curve.curve(spec, grid, lambda done, of: None)
    slot, about = st.empty(), max(1, round(SECONDS_A_FIT * grid.size))
    if not slot.button(f"Make {counted(grid.size, 'fit')} (about {about} s)", type="primary", key="curve_make"):
        return None
    bar = slot.progress(0.0, "Fitting")

    def told(done: int, of: int) -> None:
        bar.progress(done / of, f"{done * (grid.size // of):,} of {grid.size:,} fits made")

    found = store_models_curve.curve(spec, grid, told)
    made.add(mark)
    slot.empty()
    return found


def _shown(curve: Curve, term: tuple[str, str], answer: Answer) -> None:
    """The finding, the curve, what moves it, and what could not be fitted."""
    fits = curve.terms
    if len(fits):
        fits = fits[(fits["response"] == term[0]) & (fits["code"] == term[1])]
    if not len(fits):
        show.empty("None of these fits can be made for this behaviour.", "Choose another behaviour, or other choices.")
    else:
        _figures(fits.assign(estimate=fits["seconds"]), term, answer)
    _failures(curve, fits, term)


def _figures(fits: pd.DataFrame, term: tuple[str, str], answer: Answer) -> None:
    spec, name = answer.question.adjusted, words.term_name(*term)
    found, moves, own = agreement(fits), moved_by(fits, CHOICES), fits[fits["prespecified"]]
    few = int((fits["rows"] < spec.options.few_rows).sum())
    own_name = words.own_name(answer)
    sentence = words.finding(found, own, own_name)
    basis = words.basis(found, own, moves, few, spec.options.few_rows, own_name)
    st.markdown(f"#### {escape(name)}: {sentence}\n\n{basis}")
    shown = words.in_words(fits)
    st.caption(words.reading(answer, beyond(shown)))
    named = TABLE | {"prespecified": own_name}
    table = store.released(shown.sort_values("seconds")[list(named)].rename(columns=named), ANALYST_ONLY)
    show.figure(draw_curve(shown, words.CHOICES, own_name), f"{name}: {sentence}", "curve", table, f"curve_{spec.name}")
    if moves.empty:
        return
    st.subheader("Which choice moves the estimate", anchor=False)
    st.caption(
        "Bars: take all pairs of fits that differ in this choice alone; the middle (median) of how far apart the two "
        "estimates are. In the table also the largest, and the part of the spread of all estimates that lies between "
        "the levels of this choice."
    )
    drawn = moves[moves["change"].notna()].assign(name=moves["choice"].map(words.CHOICES))
    released = store.released(words.move_table(moves), ANALYST_ONLY)
    show.figure(draw_moves(drawn), words.mover(moves), "curve_moves", released, f"moves_{spec.name}")


def _failures(curve: Curve, fits: pd.DataFrame, term: tuple[str, str]) -> None:
    """Fits that have no estimate of this behaviour, counted by reason."""
    missing = curve.asked - len(fits)
    if not missing:
        st.markdown(f"All {counted(curve.asked, 'fit')} could be made.")
        return
    st.markdown(f"**{missing:,} of {counted(curve.asked, 'fit')} could not be made:**")
    table = words.failures(curve.lost, fits, term, curve.asked)
    show.table(store.released(table, ANALYST_ONLY), "curve_lost", "curve_not_made", small=True)
