"""The road down of "All choices": the grid of an analysis, and its fits cell by cell, each cell cached."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import store, store_models
from pages.parts.store import Key
from pipeline.catalogue.spec import Spec
from pipeline.selection import Selection, select
from pipeline.steps import spec_curve, spec_grid
from pipeline.steps.fit_comparable import common_sd
from pipeline.steps.fit_source import Source
from pipeline.steps.fit_splits import Split, splits
from pipeline.steps.spec_curve import CellFits
from pipeline.steps.spec_grid import Cell, CovariateSet, Grid

Told = Callable[[int, int], None]
"""Is told how many of how many cells are done."""


@dataclass(frozen=True)
class Curve:
    """All fits of a grid: `terms` and `lost` of every cell (see `spec_curve.CellFits`), and how many were asked for."""

    terms: pd.DataFrame
    lost: pd.DataFrame
    asked: int


def _source(key: Key, spec: Spec) -> Source:
    return store_models.source(key, spec.scheme, spec.behaviour_group)


@st.cache_resource(max_entries=32, show_spinner=False)
def _grid(key: Key, spec_json: str, selection: Selection, split: Split | None) -> Grid:
    spec = Spec.model_validate_json(spec_json)
    return spec_grid.default_grid(_source(key, spec), spec, select(store.observations(), selection), split)


@st.cache_resource(max_entries=32, show_spinner=False)
def _sd(key: Key, spec_json: str, selection: Selection) -> float:
    spec = Spec.model_validate_json(spec_json)
    return common_sd(_source(key, spec), spec, select(store.observations(), selection))


@st.cache_resource(max_entries=1500, show_spinner=False)
def _cell(
    key: Key, spec_json: str, selection: Selection, cell: Cell, sets: tuple[CovariateSet, ...], priors: tuple[str, ...]
) -> CellFits:
    """Shared by everyone and never changed: a curve that was interrupted goes on where it stopped."""
    spec, sd = Spec.model_validate_json(spec_json), _sd(key, spec_json, selection)
    observations = select(store.observations(), selection)
    return spec_curve.cell_fits(_source(key, spec), spec, observations, cell, sets, priors, sd)


def grid(spec: Spec, split: Split | None) -> Grid:
    """The default grid of an analysis for the current selection."""
    return _grid(store.key(), spec.model_dump_json(), store.selection(), split)


def splits_of(spec: Spec) -> tuple[Split, ...]:
    """What the recordings of the current selection can be split by."""
    return splits(store.selected(), store.variables(), spec.exposure)


def curve(spec: Spec, chosen: Grid, told: Told) -> Curve:
    """All fits of a grid; `told` hears after each cell."""
    key, spec_json, selection, cells = store.key(), spec.model_dump_json(), store.selection(), chosen.cells
    found = []
    for number, cell in enumerate(cells, start=1):
        found.append(_cell(key, spec_json, selection, cell, chosen.covariates, chosen.priors))
        told(number, len(cells))
    terms = [one.terms for one in found if len(one.terms)]
    lost = pd.concat([one.lost for one in found], ignore_index=True)
    return Curve(pd.concat(terms, ignore_index=True) if terms else pd.DataFrame(), lost, chosen.size)


def signature(spec: Spec, chosen: Grid) -> int:
    """What a run of a grid depends on, as one number of the session."""
    return hash((store.key(), spec.model_dump_json(), store.selection(), chosen))
