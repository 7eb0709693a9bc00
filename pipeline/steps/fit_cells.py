"""The cells of a two-part model: every unit x behaviour x side that could occur, whether it did, and for how long.

Who could show what is said by the scheme, per subject: a code that only caregivers may show has no infant cell. A unit
that was not coded on a side has no cell there. The lengths are the same numbers as those of `fit_rows` with zeros left
out; here the cells without one stay.
"""

import duckdb
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.steps.fit_exposure import refuse_idle
from pipeline.steps.fit_rows import (
    SIDES,
    Flow,
    ModelRows,
    complete_units,
    of_protocol,
    possible_shares,
    refuse_reference,
    side_by_side,
    with_z,
)
from pipeline.steps.fit_source import Source, source_of

CELL = ["observation_id", "code"]


def cells_of(cursor: duckdb.DuckDBPyConnection, spec: Spec, observations: pd.DataFrame) -> ModelRows:
    """The cells of a spec from the stored durations of the analysed coder; `observations` are the selected rows of the
    wide observation frame. ModelRefused or StudyError says what cannot be used.
    """
    return cells_from(source_of(cursor, spec), spec, observations)


def cells_from(source: Source, spec: Spec, observations: pd.DataFrame) -> ModelRows:
    """The same from what was read before.

    `frame` has the columns of `ModelRows` and `occurred_infant`, `occurred_caregiver`: 1 where the behaviour was seen,
    0 where it could have been and was not, missing where that side cannot show it. `scale` is that of the lengths.
    """
    refuse_idle(spec)
    refuse_reference(source, spec)
    flow = Flow(len(observations))
    units = complete_units(source, spec, of_protocol(spec, observations, flow), flow)
    cells = possible(source, spec, units, flow)
    before = len(units)
    units = units[units["observation_id"].isin(cells["observation_id"].unique())]
    flow.step("units", "no behaviour that could be judged", len(units), before - len(units))
    flow.total("units", "entered", len(units))
    flow.total("values", "cells entered", len(cells))
    flow.total("values", "of them the behaviour occurred, so that it has a length", int(cells["observed"].sum()))
    units, exposure = with_z(units, spec)
    frame, scale = with_lengths(cells, units, spec)
    return ModelRows(frame, flow.frame, scale, exposure)


def possible(source: Source, spec: Spec, units: pd.DataFrame, flow: Flow) -> pd.DataFrame:
    """One row per unit x side x behaviour that could occur: observation_id, subject, code, observed, share."""
    cells = possible_shares(source, spec, units, flow)
    cells = cells[cells["share"].notna()]
    flow.step("values", f"no {spec.options.denominator} time", len(cells))
    return cells[["observation_id", "subject", "code", "observed", "share"]]


def with_lengths(cells: pd.DataFrame, units: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(cells of unit x behaviour with both sides' occurrence and length, scale of the lengths of each side)."""
    lengths, scale = side_by_side(cells.loc[cells["observed"], [*CELL, "subject", "share"]], units, spec)
    values = [f"{kind}_{response}" for kind in ("share", "y") for response in SIDES]
    lengths = lengths.rename(columns={"unit": "observation_id"}).astype({"code": "str"})[[*CELL, *values]]
    sides = [_occurred(cells, response, subject) for response, subject in SIDES.items()]
    frame = pd.concat(sides, axis=1).reset_index().merge(lengths, on=CELL, how="left", validate="one_to_one")
    categories = [code for code in cells["code"].cat.categories if (frame["code"] == code).any()]
    frame["code"] = pd.Categorical(frame["code"], categories, ordered=True)
    frame = frame.merge(units.drop(columns="late", errors="ignore"), on="observation_id", how="left")
    frame = frame.sort_values(CELL, ignore_index=True).rename(columns={"observation_id": "unit"})
    return frame, scale


def _occurred(cells: pd.DataFrame, response: str, subject: str) -> pd.Series:
    """1 or 0 per unit and behaviour of one side."""
    mine = cells[cells["subject"] == subject].astype({"observation_id": "str", "code": "str"})
    return mine.set_index(CELL)["observed"].astype(float).rename(f"occurred_{response}")
