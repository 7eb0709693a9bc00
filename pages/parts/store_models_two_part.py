"""The cells of a two-part fit of the question on the screen, cached."""

import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pages.parts.store_models import source
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection, select
from pipeline.steps.fit import ModelRows
from pipeline.steps.fit_cells import cells_from


@st.cache_resource(max_entries=4, show_spinner=False)
def _cells(key: Key, spec_json: str, selection: Selection) -> ModelRows:
    spec = Spec.model_validate_json(spec_json)
    coded = source(key, spec.scheme, spec.behaviour_group)
    return cells_from(coded, spec, select(store.observations(), selection))


def cells(spec: Spec) -> ModelRows:
    """Every unit x behaviour x side that could occur in the current selection (see `pipeline.steps.fit_cells`)."""
    return _cells(store.key(), spec.model_dump_json(), store.selection())
