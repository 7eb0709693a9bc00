"""The view "Groups" of the models page: does the association differ between groups, and by whose score?"""

import pandas as pd
import streamlit as st

from pages.parts import models_groups_words as words
from pages.parts import show, store, store_models_curve, store_models_groups
from pages.parts.charts_models_groups import beyond, draw_covariates, draw_groups
from pages.parts.models_options import select
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import PEOPLE, signed
from pages.parts.store_models import Answer
from pages.parts.store_models_groups import Groups
from pages.parts.words import counted, escape, plain
from pipeline.catalogue.spec import Moderator
from pipeline.errors import UserError
from pipeline.steps.fit_comparable import Compared
from pipeline.steps.fit_splits import Split

GROUPS, COVARIATES, PARTNER = "Two groups", "Covariate by behaviour", "Partner's score"
SERIES = {"own": "Own score, all", "own_same": "Own score, same recordings", "partner": "Partner's score"}
PANELS = (GROUPS, COVARIATES, PARTNER)


def groups(answer: Answer) -> None:
    """Exploratory comparisons, one at a time."""
    st.markdown(":violet-badge[Exploratory] Not pre-specified: a difference found here is a question for new data.")
    said = st.segmented_control(
        "Comparison", PANELS, default=GROUPS, required=True, key="compare", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    shown = {COVARIATES: _covariates, PARTNER: _partner}.get(said, _two_groups)
    try:
        shown(answer)
    except UserError as refusal:
        show.empty("This comparison cannot be made in the selection.", refusal.message)


def _two_groups(answer: Answer) -> None:
    """Both groups side by side, and where they differ."""
    spec = answer.question.adjusted
    offered = {one.label: one for one in store_models_curve.splits_of(spec)}
    if not offered:
        show.empty("There are no two groups in this selection.", "Widen the filters in the sidebar.")
        return
    one = _moderator(offered)
    with st.spinner("Fitting both groups"):
        found = store_models_groups.groups(spec, one)
    names = tuple(words.group_name(level) for level in one.levels)
    st.markdown(
        f"#### {words.finding(found.difference, names)}\n\n{words.basis(found.difference, names, answer, found.sd)}"
    )
    _refusals(found, one)
    if found.fits:
        _forest(found, one, answer)


def _moderator(offered: dict[str, Split]) -> Moderator:
    """Which column, and which two of its levels."""
    with st.container(horizontal=True):
        split = offered[select("Compare by", list(offered), "group_by", 260)]
        first, other = split.levels[:2]
        if len(split.levels) > 2:
            named = {plain(level): level for level in split.levels}
            first = named[select("First group", list(named), "group_first", 200)]
            rest = [title for title, level in named.items() if level != first]
            other = named[select("Second group", rest, "group_second", 200)]
    return Moderator(column=split.column, label=split.label, levels=(first, other))


def _refusals(found: Groups, one: Moderator) -> None:
    """What could not be fitted, and fits that failed their own checks."""
    for level, reason in found.refused.items():
        name = words.group_name(level) if level else "The difference"
        st.markdown(f"**{escape(name)}** cannot be fitted: {escape(reason)}")
    named = {words.group_name(level): fit for level, fit in found.fits.items()}
    _failed(named | ({"The joint model": found.difference} if found.difference else {}))


def _failed(fits: dict[str, Compared]) -> None:
    for name, fit in fits.items():
        if fit.failed:
            st.error(f"{escape(name)}: this fit cannot be used, {fit.failed}.")


def _forest(found: Groups, one: Moderator, answer: Answer) -> None:
    fits = {words.group_name(level): fit for level, fit in found.fits.items()}
    names = [words.group_name(level) for level in one.levels]
    frame = words.side_by_side(fits)
    difference = words.differences(found.difference.terms) if found.difference is not None else None
    cut = beyond(frame) + (beyond(difference) if difference is not None and len(difference) else 0)
    st.caption(
        f"{'; '.join(escape(words.units_line(name, fit)) for name, fit in fits.items())}. Left: each group fitted "
        f"alone, change {words.per(answer, found.sd)}. Right: {escape(words.inside(names[1]))} minus "
        f"{escape(words.inside(names[0]))} from one model of both. Lines: 95 % intervals."
        + (f" {counted(cut, 'interval reaches', 'intervals reach')} beyond the plot." if cut else "")
    )
    alt = f"Estimates of {' and '.join(names)} side by side. {words.finding(found.difference, tuple(names))}"
    table = store.released(words.group_table(frame, difference), ANALYST_ONLY)
    show.figure(draw_groups(frame, difference), alt, "groups", table, f"groups_{one.column}")
    _without_difference(found)


def _without_difference(found: Groups) -> None:
    """Behaviours that cannot be compared, with the reason."""
    if found.difference is not None and len(found.difference.lost):
        reasons = " ".join(escape(text) for text in found.difference.lost["reason"])
        st.markdown(f"**No difference for:** {reasons}")


def _covariates(answer: Answer) -> None:
    """One covariate at a time acting on each behaviour: what it moves."""
    with st.spinner("Fitting one covariate at a time"):
        moves, lost = store_models_groups.by_covariate(answer.question.adjusted)
    st.markdown(f"#### {words.covariate_finding(moves)}")
    st.caption(
        "Each mark is one behaviour: its estimate when that covariate may also act on each behaviour, minus its "
        "estimate when it may not. In both fits the products with behaviours are drawn towards each other (partial "
        f"pooling), {words.per(answer, answer.rows.exposure[1])}; "
        f"{counted(answer.models['adjusted'].fit.units, 'unit')}."
    )
    for row in lost.itertuples():
        st.markdown(f"**{escape(row.covariate)}** cannot be asked: {escape(row.reason)}")
    if len(moves):
        _strips(moves)


def _strips(moves: pd.DataFrame) -> None:
    moves = moves.assign(person=moves["response"].map(PEOPLE))
    said = [
        f"{escape(row.code)} ({row.response})<br>shift {signed(row.shift, 1)} s<br>now {signed(row.seconds, 1)} s"
        for row in moves.itertuples()
    ]
    names = {
        "covariate": "Covariate", "person": "Person", "code": "Behaviour", "before": "Without the product (s)",
        "seconds": "With it (s)", "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)",
        "shift": "Shift (s per 5 min)", "rows": "Rows", "units": "Units",
    }  # fmt: skip
    table = store.released(moves[list(names)].rename(columns=names), ANALYST_ONLY)
    alt = words.covariate_finding(moves)
    show.figure(draw_covariates(moves.assign(said=said)), alt, "by_covariate", table, "covariate_by_behaviour")


def _partner(answer: Answer) -> None:
    """The partner's score beside the own."""
    spec, exposure = answer.question.adjusted, answer.question.exposure
    if not exposure.score:
        show.empty("Only a questionnaire has a partner's score.", "Choose a questionnaire as exposure.")
        return
    with st.spinner("Fitting the partner's score"):
        found = store_models_groups.partner(spec)
    fits = {SERIES[name]: found.fits[name] for name in SERIES}
    st.markdown(f"#### {words.partner_finding(found.fits, exposure.label)}")
    _failed(fits)
    if found.refused:
        st.markdown(
            f"All three fits are without covariates, which so few recordings cannot carry: {escape(found.refused)}"
        )
    frame = words.side_by_side(fits)
    st.caption(
        f"{'; '.join(escape(words.units_line(name, fit)) for name, fit in fits.items())}. Change per "
        f"{escape(exposure.step(answer.rows.exposure[1]))} of either score, relative to '{escape(spec.reference)}'. "
        f"Lines: 95 % intervals; {counted(beyond(frame), 'interval reaches', 'intervals reach')} beyond the plot."
    )
    alt = words.partner_finding(found.fits, exposure.label)
    table = store.released(words.group_table(frame, None), ANALYST_ONLY)
    show.figure(draw_groups(frame), alt, "partner", table, "partner_score")
