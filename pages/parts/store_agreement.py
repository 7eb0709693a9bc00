"""The agreement page's road down: pairs of codings read once per generation, measured once per method, pooled per
selection.
"""

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.store import Key
from pipeline.measures.agreement import NO_TIME, ONE_EMPTY
from pipeline.measures.agreement_method import Method
from pipeline.selection import Selection, select
from pipeline.steps import agreement, agreement_pools
from pipeline.steps.agreement import Measured, Paired
from pipeline.steps.agreement_pools import ALL, KEY, Pools

CODERS = ["first", "second"]


@st.cache_resource(max_entries=2, show_spinner=False)
def _paired(key: Key) -> Paired:
    """Shared by everyone and never changed."""
    return agreement.read_pairs(store.cursor(key))


@st.cache_resource(max_entries=6, show_spinner=False)
def _measured(key: Key, method: Method) -> Measured:
    """Shared by everyone and never changed."""
    return agreement.measure(_paired(key), method)


@st.cache_resource(max_entries=24, show_spinner=False)
def _pools(key: Key, method: Method, selection: Selection) -> Pools:
    """Shared by the panels of a page and never changed."""
    observations = select(store.observations(), selection)
    found = agreement_pools.pool(_measured(key, method), observations)
    return Pools(with_families(found, observations), found.matrices, found.pulls, found.totals)


def with_families(pools: Pools, observations: pd.DataFrame) -> pd.DataFrame:
    """The kappas with `families`: of the recordings that have common time, as `recordings` counts them."""
    rows = pools.pulls[~pools.pulls["outcome"].isin([NO_TIME, ONE_EMPTY])]
    rows = rows.assign(family=rows["observation_id"].map(observations.set_index("observation_id")["family_id"]))
    names = [*KEY, "direction"]
    coders = rows[rows["role"] == ALL].assign(first=rows["first_coder"], second=rows["second_coder"])
    counts = pd.concat([rows, coders]).groupby(names)["family"].nunique().rename("families").reset_index()
    kappas = pools.kappas.merge(counts, on=names, how="left")
    return kappas.assign(families=kappas["families"].astype("float").fillna(0).astype("int64"))


def paired() -> Paired:
    """All streams two coders coded in this generation."""
    return _paired(store.key())


def coded_twice() -> pd.DataFrame:
    """Pairs of codings of the selected observations."""
    pairs = paired().pairs
    return pairs[pairs["observation_id"].isin(store.selected()["observation_id"])]


def one_sided() -> pd.DataFrame:
    """Streams of the selected observations that only one of two coders marked."""
    rows = paired().one_sided
    return rows[rows["observation_id"].isin(store.selected()["observation_id"])]


def pools(method: Method) -> Pools:
    """Kappas (with `families`), matrices, pulls and correlations of totals for the current selection."""
    return _pools(store.key(), method, store.selection())


def lane(pair: int, method: Method) -> pd.DataFrame:
    """Where the two coders of one pair differ: onset_ms, offset_ms, first, second."""
    return agreement.lane(paired(), pair, method)
