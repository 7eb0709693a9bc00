"""The cells of a two-part model: one SQL statement as the second road, who could show what, what cannot act."""

from statistics import fmean, stdev

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import connect
from pipeline.catalogue.spec import Covariate, Rung, Spec, load_spec
from pipeline.steps import fit_cells, fit_rows
from pipeline.steps.observe import observation_frame
from tests import studies

SPEC = Spec(
    name="by_hand",
    title="By hand",
    scheme="hand",
    protocol="home_headcam",
    behaviour_group="face",
    reference="Neutral",
    exposure="EPDS",
    rung=0,
    rungs=(Rung(title="All", codes=True, exposure=True, covariates=("infant_age_months",)),),
    covariates=(Covariate(column="infant_age_months", label="Child age", kind="numeric"),),
)
GONE = {("infant", "Positive"): ["O02", "O04"], ("caregiver1", "Neutral"): ["O01"]}
WOE = ["O01", "O05", "O07"]
"""Recordings in which the caregiver shows the code that only caregivers have."""


def content() -> dict[str, pd.DataFrame]:
    """The hand study with other shares in every recording, two behaviours missing here and there, a code of caregivers
    only, and one recording that was not coded for the infant.
    """
    found = studies.tables()
    woe = found["code"].iloc[[0]].assign(code="Woe face", position=9, subjects="caregiver1")
    found["code"] = pd.concat([found["code"], woe], ignore_index=True)
    rows = found["duration"].reset_index(drop=True)
    rows["covered_ms"] = rows["covered_ms"] - 1000 * (np.arange(len(rows)) % 17)
    for (subject, code), where in GONE.items():
        rows = rows[~((rows["subject"] == subject) & (rows["code"] == code) & rows["observation_id"].isin(where))]
    like = rows[(rows["subject"] == "caregiver1") & (rows["code"] == "Positive") & rows["observation_id"].isin(WOE)]
    rows = pd.concat([rows, like.assign(code="Woe face")], ignore_index=True)
    unseen = ("O07", "infant")
    for name in ("coding", "event"):
        one = found[name]
        found[name] = one[(one["observation_id"] != unseen[0]) | (one["subject"] != unseen[1])]
    found["duration"] = rows[(rows["observation_id"] != unseen[0]) | (rows["subject"] != unseen[1])]
    return found


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    """A cursor on that study, and its wide observation frame."""
    home = studies.publish(tmp_path_factory.mktemp("cells"), content())
    cursor = connect.open_reader(connect.current(home).file).cursor()
    return cursor, observation_frame(cursor)


SECOND_ROAD = """
WITH unit AS (
    SELECT o.observation_id AS unit, s.total AS exposure, o.end_ms - o.start_ms AS ms
    FROM observation o JOIN observation_score s USING (observation_id)
    WHERE o.protocol = 'home_headcam' AND s.instrument = 'EPDS' AND o.infant_age_months IS NOT NULL),
z AS (SELECT unit, ms, (exposure - avg(exposure) OVER ()) / stddev_samp(exposure) OVER () AS z FROM unit),
cell AS (
    SELECT z.unit, z.z, z.ms, c.subject, k.code, c.coder_id
    FROM z JOIN coding c ON c.observation_id = z.unit AND c.is_primary
    JOIN code k ON k.behaviour_group = c.behaviour_group AND list_contains(string_split(k.subjects, ','), c.subject)),
seen AS (
    SELECT cell.unit, cell.z, cell.subject, cell.code, d.covered_ms / cell.ms AS share,
           (d.code IS NOT NULL)::INT AS occurred
    FROM cell LEFT JOIN duration d
      ON d.observation_id = cell.unit AND d.subject = cell.subject AND d.code = cell.code
     AND d.coder_id = cell.coder_id),
y AS (SELECT *, (share - avg(share) OVER side) / stddev_samp(share) OVER side AS y
      FROM seen WINDOW side AS (PARTITION BY subject))
SELECT unit, code, any_value(z) AS z,
       max(occurred) FILTER (subject = 'infant') AS occurred_infant,
       max(occurred) FILTER (subject = 'caregiver1') AS occurred_caregiver,
       max(share) FILTER (subject = 'infant') AS share_infant,
       max(share) FILTER (subject = 'caregiver1') AS share_caregiver,
       max(y) FILTER (subject = 'infant') AS y_infant, max(y) FILTER (subject = 'caregiver1') AS y_caregiver
FROM y GROUP BY unit, code ORDER BY unit, code
"""
NUMBERS = ["z", *(f"{kind}_{side}" for kind in ("occurred", "share", "y") for side in ("infant", "caregiver"))]


def test_the_cells_are_those_of_one_statement(uneven) -> None:
    found = fit_cells.cells_of(uneven[0], SPEC, uneven[1]).frame
    expected = uneven[0].execute(SECOND_ROAD).df()
    mine = found.astype({"code": "str"}).sort_values(["unit", "code"], ignore_index=True)
    assert list(mine["unit"]) == list(expected["unit"]) and list(mine["code"]) == list(expected["code"])
    for name in NUMBERS:
        np.testing.assert_allclose(mine[name], expected[name].astype(float), atol=1e-12, err_msg=name)


def test_who_could_show_what(uneven) -> None:
    """Six units: no infant cell of the caregivers' code, none at all for the infant who was not coded."""
    frame = fit_cells.cells_of(uneven[0], SPEC, uneven[1]).frame
    woe = frame[frame["code"] == "Woe face"]
    assert woe["occurred_infant"].isna().all() and woe["y_infant"].isna().all()
    assert dict(zip(woe["unit"], woe["occurred_caregiver"], strict=True)) == {
        "O01": 1, "O02": 0, "O03": 0, "O04": 0, "O05": 1, "O07": 1
    }  # fmt: skip
    uncoded = frame[frame["unit"] == "O07"]
    assert len(uncoded) == 4 and uncoded["occurred_infant"].isna().all() and uncoded["occurred_caregiver"].notna().all()
    positive = frame[(frame["code"] == "Positive") & (frame["unit"] == "O02")].iloc[0]
    assert positive["occurred_infant"] == 0 and np.isnan(positive["share_infant"]) and np.isnan(positive["y_infant"])
    assert list(frame["code"].cat.categories) == ["Positive", "Neutral", "Not visible", "Woe face"], "scheme order"


def test_the_lengths_are_those_of_the_one_part_model(uneven) -> None:
    """Cells that occurred are exactly the rows of `fit_rows`, scale and all."""
    cells, rows = fit_cells.cells_of(uneven[0], SPEC, uneven[1]), fit_rows.rows_of(uneven[0], SPEC, uneven[1])
    kept = cells.frame[cells.frame[["y_infant", "y_caregiver"]].notna().any(axis=1)].reset_index(drop=True)
    columns = list(rows.frame.columns)
    pd.testing.assert_frame_equal(kept[columns], rows.frame, check_categorical=False)
    pd.testing.assert_frame_equal(cells.scale, rows.scale)
    assert cells.exposure == rows.exposure
    shares = cells.frame["share_caregiver"].dropna()
    assert cells.scale.loc[1, ["mean", "sd"]].tolist() == pytest.approx([fmean(shares), stdev(shares)])


def test_what_was_lost_and_why(uneven) -> None:
    """Six caregivers with 4 codes and five infants with 3; three behaviours and three woe faces never occurred."""
    flow = fit_cells.cells_of(uneven[0], SPEC, uneven[1]).flow
    assert list(flow.itertuples(index=False, name=None)) == [
        ("recordings", "in the selection", 0, 10),
        ("recordings", "another protocol than home_headcam", 2, 8),
        ("units", "no value of EPDS", 1, 7),
        ("units", "no value of Child age", 1, 6),
        ("values", "behaviours x sides that could occur", 0, 39),
        ("units", "entered", 0, 6),
        ("values", "cells entered", 0, 39),
        ("values", "of them the behaviour occurred, so that it has a length", 0, 33),
    ]


def test_denominators_act(uneven) -> None:
    seen = fit_cells.cells_of(uneven[0], SPEC.changed(options={"denominator": "observable"}), uneven[1])
    assert "Not visible" not in set(seen.frame["code"])
    assert "not part of the time in which the behaviour could be seen" in list(seen.flow["reason"])


def test_zeros_never_become_lengths(uneven) -> None:
    """Whatever the rule for zeros: a behaviour that did not occur has no length."""
    one, other = (
        fit_cells.cells_of(uneven[0], SPEC.changed(options={"zeros": zeros}), uneven[1]).frame
        for zeros in ("observed", "include")
    )
    pd.testing.assert_frame_equal(one, other)
    assert one.loc[one["occurred_infant"] == 0, "y_infant"].isna().all()


@settings(max_examples=10)
@given(st.permutations(range(10)))
def test_the_order_of_the_recordings_does_not_matter(uneven, order: list[int]) -> None:
    one = fit_cells.cells_of(uneven[0], SPEC, uneven[1]).frame
    other = fit_cells.cells_of(uneven[0], SPEC, uneven[1].iloc[order]).frame
    pd.testing.assert_frame_equal(one, other, rtol=1e-9)


def test_the_demo_has_every_cell(demo_study) -> None:
    """117 units; the scheme gives the infant 8 codes and the caregiver 10; the lengths are the paper's rows."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    frame, spec = observation_frame(cursor), load_spec("facial_epds")
    cells, rows = fit_cells.cells_of(cursor, spec, frame), fit_rows.rows_of(cursor, spec, frame)
    sides = {side: cells.frame[f"occurred_{side}"] for side in ("infant", "caregiver")}
    assert {side: int(one.notna().sum()) for side, one in sides.items()} == {"infant": 117 * 8, "caregiver": 117 * 10}
    assert {side: int(one.sum()) for side, one in sides.items()} == dict(
        zip(rows.scale["response"], rows.scale["values"], strict=True)
    )
    infant = cells.frame[cells.frame["occurred_infant"].notna()]
    assert not set(infant["code"]) & {"Woe face", "Mock surprise"} and len(cells.frame) == 117 * 10
