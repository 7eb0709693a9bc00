"""The road down of "Groups": fits per group, their difference, covariates, the partner's score; each cached."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store, store_models
from pages.parts.store import Key
from pipeline.catalogue.spec import Moderator, Spec
from pipeline.errors import UserError
from pipeline.selection import Selection, select
from pipeline.steps import fit_groups
from pipeline.steps.fit_comparable import Compared, common_sd
from pipeline.steps.fit_groups import OwnAndPartner
from pipeline.steps.fit_source import Source


@dataclass(frozen=True)
class Groups:
    """Both groups' fits by level, the difference from the joint fit, and why one of them is missing (by level, '' for
    the joint fit). `sd`: points of the exposure that all estimates are given per.
    """

    fits: dict[str, Compared]
    difference: Compared | None
    refused: dict[str, str]
    sd: float


def _place(key: Key, spec: Spec, selection: Selection) -> tuple[Source, pd.DataFrame]:
    coded = store_models.source(key, spec.scheme, spec.behaviour_group)
    return coded, select(store.observations(), selection)


@st.cache_resource(max_entries=32, show_spinner=False)
def _groups(key: Key, spec_json: str, selection: Selection, column: str, label: str, levels: tuple[str, ...]) -> Groups:
    spec, one = Spec.model_validate_json(spec_json), Moderator(column=column, label=label, levels=levels)
    source, observations = _place(key, spec, selection)
    sd = common_sd(source, spec, observations)
    fits, refused, joint = {}, {}, None
    for level in levels:
        try:
            fits[level] = fit_groups.group_fit(source, spec, observations, one, level, sd)
        except UserError as refusal:
            refused[level] = refusal.message
    try:
        joint = fit_groups.difference(source, spec, observations, one, sd)
    except UserError as refusal:
        refused[""] = refusal.message
    return Groups(fits, joint, refused, sd)


@st.cache_resource(max_entries=16, show_spinner=False)
def _by_covariate(key: Key, spec_json: str, selection: Selection) -> tuple[pd.DataFrame, pd.DataFrame]:
    spec = Spec.model_validate_json(spec_json)
    source, observations = _place(key, spec, selection)
    return fit_groups.by_covariate(source, spec, observations, common_sd(source, spec, observations))


@st.cache_resource(max_entries=16, show_spinner=False)
def _partner(key: Key, spec_json: str, selection: Selection) -> OwnAndPartner:
    spec = Spec.model_validate_json(spec_json)
    source, observations = _place(key, spec, selection)
    own = spec.changed(options={"whose_score": "filmed"})
    return fit_groups.own_and_partner(source, spec, observations, common_sd(source, own, observations))


def groups(spec: Spec, one: Moderator) -> Groups:
    """Two groups of the current selection side by side."""
    return _groups(store.key(), spec.model_dump_json(), store.selection(), one.column, one.label, one.levels)


def by_covariate(spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What each covariate moves when it acts on each behaviour, and the covariates it cannot be asked of."""
    return _by_covariate(store.key(), spec.model_dump_json(), store.selection())


def partner(spec: Spec) -> OwnAndPartner:
    """Own score and the partner's; UserError where there is nothing to compare."""
    return _partner(store.key(), spec.model_dump_json(), store.selection())
