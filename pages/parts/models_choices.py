"""The choices of the models page, all bound to the URL and checked here: which behaviour, what goes with it, which of
the nested models, or covariates of one's own.
"""

import pandas as pd
import streamlit as st

from pages.parts import models_options, store, store_models
from pages.parts.durations_choices import group_names
from pages.parts.models_options import named, select
from pages.parts.store_models import Question
from pages.parts.words import escape
from pipeline.catalogue.spec import Covariate, Rung, Spec, known_specs, load_spec
from pipeline.steps.fit_choices import (
    Exposure,
    both_sides,
    covariates_of,
    exposures_of,
    generic_spec,
    name_of,
    reference_of,
)
from pipeline.steps.fit_terms import is_prespecified

SHOWN = {
    "Both": ("adjusted", "unadjusted"),
    "Adjusted only": ("adjusted",),
    "Unadjusted only": ("unadjusted",),
}
OWN = "Own covariates"
WIDTHS = {"outcome": 200, "exposure": 310, "rung": 365}
"""Pixels of the choices: side by side on a large screen, below each other on a small one; none is squeezed."""


def choose() -> Question | None:
    """Draws the choices; None where the study has no behaviour group of both sides, or nothing to go with it."""
    groups = outcomes_of(store.groups(), store.codes())
    exposures = exposures_of(store.instruments(), store.variables(), _of_this_kind(store.observations()))
    if not groups or not exposures:
        return None
    with st.container(horizontal=True):
        group = select("Outcome", list(groups), "outcome", WIDTHS["outcome"])
        exposure = exposures[select("Exposure", list(exposures), "exposure", WIDTHS["exposure"])]
        spec = spec_for(groups[group], group, exposure)
        spec, own = with_rung(spec, select("Model", rung_names(spec), "rung", WIDTHS["rung"]))
    with st.expander("Covariates and options", expanded=own):
        spec = _own_covariates(spec, exposure) if own else spec
        pair = _shown(spec)
        spec = models_options.draw(spec, exposure)
    planned = is_prespecified(spec) and not store.selection().narrowed
    return Question(spec, unadjusted_rung(spec), pair, exposure, planned)


def _of_this_kind(observations: pd.DataFrame) -> pd.DataFrame:
    """The recordings of the kind that is looked at, whatever the other filters say: other kinds have other scores."""
    protocol = store.selection().protocol
    return observations[observations["protocol"] == protocol] if protocol else observations


def outcomes_of(groups: pd.DataFrame, codes: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Title on the screen -> (scheme, group), of the groups that infant and caregiver are both coded for."""
    both = both_sides(codes)
    return {title: place for title, place in group_names(groups).items() if both.get(place)}


def spec_for(place: tuple[str, str], group: str, exposure: Exposure) -> Spec:
    """The catalogue's analysis of this group and exposure; for another exposure the same without its hypotheses, and
    for a group that the catalogue has none for a generic one. It runs its last rung.
    """
    every = [load_spec(name) for name in known_specs()]
    mine = [spec for spec in every if (spec.scheme, spec.behaviour_group) == place]
    spec = next((one for one in mine if one.exposure == exposure.name), None)
    if spec is None:
        spec = about(mine[0], group, exposure) if mine else _generic(place, group, exposure)
    protocol = store.selection().protocol
    spec = spec.changed(rung=len(spec.rungs) - 1)
    return spec.changed(protocol=protocol) if protocol else spec


def about(spec: Spec, group: str, exposure: Exposure) -> Spec:
    """The analysis with another exposure: it is no covariate any more, and nothing is hypothesised of it."""
    rungs = [rung.model_dump() for rung in spec.rungs]
    for rung in rungs:
        rung["covariates"] = [column for column in rung["covariates"] if column != exposure.name]
    return spec.changed(
        name=name_of(spec.behaviour_group, exposure),
        exposure=exposure.name,
        title=f"{group} and {exposure.label}",
        hypotheses=(),
        rungs=rungs,
        covariates=[one.model_dump() for one in spec.covariates if one.column != exposure.name],
        options=exposure.options,
    )


def _generic(place: tuple[str, str], group: str, exposure: Exposure) -> Spec:
    groups = store.groups().set_index(["scheme", "behaviour_group"])
    named_reference = groups.loc[place, "reference"]
    known = named_reference if isinstance(named_reference, str) else None
    reference = reference_of(store_models.source(store.key(), *place).level, known)
    return generic_spec(place, group, reference, exposure, store.observations())


def rung_names(spec: Spec) -> list[str]:
    """The fullest model first (it is the pre-specified one), then down the ladder, then one's own."""
    return [*(rung.title for rung in reversed(spec.rungs)), OWN]


def with_rung(spec: Spec, said: str) -> tuple[Spec, bool]:
    """The spec at the rung that was chosen, and whether the covariates are the reader's own."""
    titles = [rung.title for rung in spec.rungs]
    return (spec, True) if said == OWN else (spec.changed(rung=titles.index(said)), False)


def _own_covariates(spec: Spec, exposure: Exposure) -> Spec:
    """The reader's covariates as one more rung, run on the units that have them and those of the ladder."""
    offered = {one.label: one for one in spec.covariates}
    offered |= {
        one.label: one
        for one in covariates_of(store.observations(), store.variables(), exposure.name)
        if one.column not in {known.column for known in spec.covariates}
    }
    usual = [one.label for one in spec.adjusted_for]
    chosen = _several("Covariates", list(offered), usual, "covariates")
    by_code = _several("Also a product with each behaviour", chosen, [], "by_behaviour")
    return own_rung(spec, [offered[label] for label in chosen], tuple(offered[label].column for label in by_code))


def own_rung(spec: Spec, chosen: list[Covariate], by_code: tuple[str, ...]) -> Spec:
    """The spec with one more rung of these covariates, which runs."""
    rung = Rung(title=OWN, codes=True, exposure=True, covariates=tuple(one.column for one in chosen))
    new = [one.model_dump() for one in chosen if one.column not in {known.column for known in spec.covariates}]
    return spec.changed(
        rungs=[*(each.model_dump() for each in spec.rungs), rung.model_dump()],
        rung=len(spec.rungs),
        covariates=[*(one.model_dump() for one in spec.covariates), *new],
        by_code=by_code,
    )


def _several(label: str, options: list[str], usual: list[str], key: str) -> list[str]:
    """Some of the options, in their order."""
    said = st.multiselect(label, options, default=usual, key=key, bind="query-params", format_func=escape)
    return [one for one in options if one in said]


def _shown(spec: Spec) -> tuple[str, ...]:
    """Which models stand on the screen: a pair where the chosen one has covariates beside the exposure."""
    if not spec.step.exposure:
        return ("adjusted",)
    if not spec.step.covariates:
        return ("unadjusted",)
    return SHOWN[named("Adjusted, unadjusted", dict(zip(SHOWN, SHOWN, strict=True)), "models")]


def unadjusted_rung(spec: Spec) -> int:
    """The first rung that has the exposure and no covariate; the chosen one where it has no exposure itself."""
    if not spec.step.exposure:
        return spec.rung
    bare = [place for place, rung in enumerate(spec.rungs) if rung.exposure and not rung.covariates]
    return bare[0] if bare else len(spec.rungs) - 1
