"""What a fit reads of a generation, once per behaviour group; every spec on that group works on it without reading
again.
"""

from dataclasses import dataclass

import duckdb
import pandas as pd

from db import queries, queries_models
from pipeline.catalogue.spec import Spec
from pipeline.errors import StudyError, did_you_mean
from pipeline.steps.durations import level_rows


@dataclass(frozen=True)
class Source:
    """One behaviour group of one generation: level-one rows (see `pipeline.measures.shares.level_one`), its title, the
    scores of recordings, the scores of all adults, the instruments and the study's variables.
    """

    level: pd.DataFrame
    title: str
    scores: pd.DataFrame
    adults: pd.DataFrame
    instruments: tuple[str, ...]
    variables: pd.DataFrame


def load(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str) -> Source:
    """Reads a behaviour group; StudyError when the study was not coded for it."""
    groups = queries.groups(cursor)
    mine = groups[(groups["scheme"] == scheme) & (groups["behaviour_group"] == behaviour_group)]
    if mine.empty:
        raise StudyError(_unknown(groups, scheme, behaviour_group))
    return Source(
        level_rows(cursor, scheme, behaviour_group),
        str(mine["title"].iloc[0]),
        queries.observation_scores(cursor),
        queries_models.model_scores(cursor),
        tuple(queries.instruments(cursor)["instrument"]),
        queries.variables(cursor),
    )


def source_of(cursor: duckdb.DuckDBPyConnection, spec: Spec) -> Source:
    """What the spec's behaviour group offers."""
    return load(cursor, spec.scheme, spec.behaviour_group)


def _unknown(groups: pd.DataFrame, scheme: str, behaviour_group: str) -> str:
    """The sentence on a group that the study does not have."""
    known = [f"{one.behaviour_group} (scheme {one.scheme})" for one in groups.itertuples()]
    text = f"This study was not coded for the behaviour group '{behaviour_group}' of the scheme '{scheme}'."
    text += did_you_mean(behaviour_group, sorted(set(groups["behaviour_group"]) - {behaviour_group}))
    return f"{text} Choose one of: {', '.join(known) or 'none, nothing was coded'}."
