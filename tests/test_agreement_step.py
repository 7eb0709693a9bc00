"""Agreement of a published study: every number by a second road, and what the page gets."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from db import connect
from pipeline.errors import StudyError, UserError
from pipeline.measures.agreement import ONE_CATEGORY
from pipeline.measures.agreement_icc import FORMS, icc
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import ONE_RECORDING
from pipeline.measures.agreement_totals import TWO_WAY
from pipeline.steps.agreement import Measured, Paired, lane, measure, read_pairs
from pipeline.steps.agreement_pools import ALL, KEY, Drawing, Pools, pool
from pipeline.steps.observe import observation_frame
from tests import studies

FEW = Drawing(draws=50)


def reader(home: Path) -> duckdb.DuckDBPyConnection:
    return connect.open_reader(connect.current(home).file)


@pytest.fixture(scope="module")
def demo(demo_study) -> tuple[duckdb.DuckDBPyConnection, Paired, Measured, Pools]:
    cursor = reader(demo_study)
    paired = read_pairs(cursor)
    measured = measure(paired, Method())
    return cursor, paired, measured, pool(measured, observation_frame(cursor), FEW)


def whole(frame: pd.DataFrame, **chosen: str) -> pd.DataFrame:
    """Rows over all roles and coders, or of the chosen ones."""
    key = {"role": ALL, "first": ALL, "second": ALL} | chosen
    return frame[np.logical_and.reduce([frame[name] == value for name, value in key.items()])]


OVERLAPS = """
    SELECT c.behaviour_group, c.subject, a.code AS first_code, b.code AS second_code,
           sum(least(a.offset_ms, b.offset_ms) - greatest(a.onset_ms, b.onset_ms)) / 1000 AS weight
    FROM coding c
    JOIN coding d ON d.observation_id = c.observation_id AND d.subject = c.subject
         AND d.behaviour_group = c.behaviour_group AND c.coder_id < d.coder_id
    JOIN event a ON a.observation_id = c.observation_id AND a.subject = c.subject
         AND a.behaviour_group = c.behaviour_group AND a.coder_id = c.coder_id
    JOIN event b ON b.observation_id = c.observation_id AND b.subject = c.subject
         AND b.behaviour_group = c.behaviour_group AND b.coder_id = d.coder_id
    WHERE a.onset_ms < b.offset_ms AND b.onset_ms < a.offset_ms
    GROUP BY ALL
"""


def test_the_demos_matrices_are_those_of_one_interval_join(demo):
    """Every cell of two codes of every group and subject, summed over all pairs of coders."""
    cursor, _, _, pools = demo
    expected = cursor.execute(OVERLAPS).df()
    found = whole(pools.matrices)
    found = found[(found["weight"] > 0) & (found[["first_code", "second_code"]] != "Uncoded").all(axis=1)]
    key = ["behaviour_group", "subject", "first_code", "second_code"]
    both = expected.merge(found[[*key, "weight"]], on=key, how="outer", suffixes=("", "_found"))
    assert len(both) > 100
    assert both["weight_found"].to_numpy() == pytest.approx(both["weight"].to_numpy())


def test_the_demos_kappas_are_those_of_their_matrices(demo):
    *_, pools = demo
    rows = pools.kappas.set_index(list(KEY))
    for key, cells in pools.matrices.groupby(list(KEY)):
        written = cells.pivot(index="first_code", columns="second_code", values="weight").to_numpy(dtype=float)
        share = written / written.sum()
        chance = share.sum(0) @ share.sum(1)
        row = rows.loc[key]
        assert row["kappa"] == pytest.approx((np.trace(share) - chance) / (1 - chance))
        assert row["total"] == pytest.approx(written.sum())
        assert row["kappa"] <= row["kappa_max"] <= 1
        assert row["disagreement_s"] == pytest.approx(written.sum() - np.trace(written))


def test_roles_and_coders_add_up_to_the_whole(demo):
    *_, pools = demo
    rows = pools.kappas
    roles = rows[(rows["role"] != ALL)].groupby(list(KEY[:4]))["total"].sum()
    coders = rows[(rows["first"] != ALL)].groupby(list(KEY[:4]))["total"].sum()
    everything = whole(rows).set_index(list(KEY[:4]))["total"]
    assert roles.to_dict() == pytest.approx(everything.to_dict())
    assert coders.to_dict() == pytest.approx(everything.to_dict())


def test_intervals_hold_their_kappa_and_say_on_how_much_they_rest(demo):
    *_, pools = demo
    known = pools.kappas[pools.kappas["interval_note"] == ""]
    assert len(known) > 20
    assert (known["low"] <= known["kappa"]).all()
    assert (known["kappa"] <= known["high"]).all()
    assert (known["recordings"] >= 2).all()
    alone = pools.kappas[pools.kappas["interval_note"] == ONE_RECORDING]
    assert (alone["recordings"] == 1).all()
    assert alone["low"].isna().all()


def test_pulls_begin_with_the_recording_that_pulls_most(demo):
    _, paired, measured, pools = demo
    rows = whole(pools.pulls, behaviour_group="facial_expression", subject="infant")
    pooled = whole(pools.kappas, behaviour_group="facial_expression", subject="infant").iloc[0]
    assert rows["pull"].is_monotonic_increasing
    assert len(rows) == pooled["pairs"]
    assert rows["disagreement_s"].sum() == pytest.approx(pooled["disagreement_s"])
    worst = rows.iloc[0]
    rest = paired.pairs[paired.pairs["pair"] != worst["pair"]]
    again = pool(measure(Paired(rest, paired.events, paired.codes, paired.one_sided), Method()), roles_of(rest), FEW)
    without = whole(again.kappas, behaviour_group="facial_expression", subject="infant").iloc[0]
    assert without["kappa"] == pytest.approx(worst["kappa_without"])
    own = measured.pairs.set_index("pair").loc[worst["pair"]]
    assert (own["kappa"], own["first"]) == (worst["kappa"], worst["first_coder"])


def roles_of(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs[["observation_id"]].drop_duplicates().assign(role="mother")


def test_the_lane_is_as_long_as_the_disagreement(demo):
    _, paired, measured, _ = demo
    for row in measured.pairs.iloc[:: len(measured.pairs) // 5].itertuples():
        stretches = lane(paired, row.pair, Method())
        seconds = (stretches["offset_ms"] - stretches["onset_ms"]).sum() / 1000
        assert seconds == pytest.approx(row.disagreement_s)
        assert (stretches["first"] != stretches["second"]).all()
        assert stretches["onset_ms"].is_monotonic_increasing
    with pytest.raises(UserError, match="not in the study"):
        lane(paired, -1, Method())


def test_correlations_are_those_of_the_stored_durations(demo):
    """Time and bouts from table `duration`; the sum of two coders' zeros is 0, not missing."""
    cursor, paired, _, pools = demo
    stored = cursor.execute("SELECT * FROM duration").df()
    rows = pools.totals[(pools.totals["first"] != ALL) & (pools.totals["behaviour_group"] == "infant_vocalisation")]
    assert len(rows) > 20
    for row in rows.itertuples():
        chosen = paired.pairs[
            (paired.pairs["behaviour_group"] == row.behaviour_group)
            & (paired.pairs["subject"] == row.subject)
            & (paired.pairs["first"] == row.first)
            & (paired.pairs["second"] == row.second)
        ]
        column = {"seconds": "covered_ms", "bouts": "bouts"}[row.measure]
        values = stored[(stored["code"] == row.code) & (stored["subject"] == row.subject)]
        values = values.pivot(index="observation_id", columns="coder_id", values=column)
        values = values.reindex(index=chosen["observation_id"], columns=[row.first, row.second]).fillna(0)
        expected = icc(values.to_numpy() / (1000 if row.measure == "seconds" else 1))
        assert [getattr(row, form) for form in FORMS] == pytest.approx([expected[form] for form in FORMS], nan_ok=True)
        assert (row.n, row.recordings) == (len(chosen), chosen["observation_id"].nunique())


def test_two_way_forms_are_missing_where_coders_differ(demo):
    *_, pools = demo
    mixed = whole(pools.totals, behaviour_group="visual_attention", subject="infant")
    assert mixed[list(TWO_WAY)].isna().all(axis=None)
    assert mixed["icc_1_1"].notna().any()


def test_a_selection_measures_its_own_recordings_only(demo):
    cursor, paired, measured, _ = demo
    frame = observation_frame(cursor)
    at_home = paired.pairs.loc[paired.pairs["scheme"] == "mhint", "observation_id"]
    some = frame[frame["observation_id"].isin(at_home.unique()[:5])]
    found = pool(measured, some, FEW)
    assert set(found.pulls["observation_id"]) == set(some["observation_id"])
    assert whole(found.kappas)["recordings"].max() == 5
    nothing = pool(measured, frame.iloc[:0], FEW)
    for each in (nothing.kappas, nothing.matrices, nothing.pulls, nothing.totals):
        assert each.empty
        assert set(KEY) <= set(each)


def test_a_recording_twice_is_refused(demo):
    cursor, paired, measured, _ = demo
    frame = observation_frame(cursor)
    with pytest.raises(StudyError, match="stands twice"):
        pool(measured, pd.concat([frame, frame.iloc[:1]]), FEW)
    twice = Paired(pd.concat([paired.pairs, paired.pairs.iloc[:1]]), paired.events, paired.codes, paired.one_sided)
    with pytest.raises(StudyError, match="stands twice"):
        measure(twice, Method())


@pytest.mark.parametrize("kind", ["scan", "tolerance", "alignment"])
def test_every_kind_measures_the_demo(demo, kind):
    cursor, paired, measured, pools = demo
    method = Method(kind)
    found = pool(measure(paired, method), observation_frame(cursor), FEW)
    assert len(found.kappas) == len(pools.kappas) * len(method.directions)
    assert set(found.kappas["direction"]) == set(method.directions)
    infants = whole(found.kappas, subject="infant")
    assert infants["kappa"].between(0.6, 1).all()
    assert infants["se"].notna().all() == (kind == "scan")
    plain = whole(pools.kappas, subject="infant").set_index("behaviour_group")["kappa"]
    if kind == "tolerance":
        assert (infants["kappa"].to_numpy() > plain[infants["behaviour_group"]].to_numpy()).all()


MODEL = "model:fit7"


def three_coders() -> dict[str, pd.DataFrame]:
    """The hand study; a model also coded the infant of O01 (all Neutral) and O02 (as anna did); in O04 ben marked the
    caregiver only.
    """
    content = studies.tables()
    event, coding = content["event"], content["coding"]
    copied = [
        frame[(frame["observation_id"] == recording) & (frame["coder_id"] == "anna") & (frame["subject"] == "infant")]
        for frame in (event, coding)
        for recording in ("O01", "O02")
    ]
    first, second, *streams = (frame.assign(coder_id=MODEL) for frame in copied)
    neutral = first.iloc[:1].assign(code="Neutral", onset_ms=0, offset_ms=300_000)
    gone = {
        name: frame[
            ~((frame["observation_id"] == "O04") & (frame["coder_id"] == "ben") & (frame["subject"] == "infant"))
        ]
        for name, frame in (("event", event), ("coding", coding))
    }
    return content | {
        "event": pd.concat([gone["event"], neutral, second]),
        "coding": pd.concat([gone["coding"], *(frame.assign(is_primary=False) for frame in streams)]),
        "coder": pd.concat([content["coder"], pd.DataFrame([(MODEL, "model", 2)], columns=list(content["coder"]))]),
    }


@pytest.fixture(scope="module")
def mixed(tmp_path_factory) -> tuple[Paired, Pools]:
    cursor = reader(studies.publish(tmp_path_factory.mktemp("mixed"), three_coders()))
    paired = read_pairs(cursor)
    return paired, pool(measure(paired, Method()), observation_frame(cursor), FEW)


def test_people_and_models_are_told_apart(mixed):
    paired, pools = mixed
    found = paired.pairs[["observation_id", "subject", "first", "second", "comparison"]]
    assert sorted(found.itertuples(index=False, name=None)) == [
        ("O01", "caregiver1", "anna", "ben", "two people"),
        ("O01", "infant", "anna", "ben", "two people"),
        ("O01", "infant", "anna", MODEL, "person and model"),
        ("O01", "infant", "ben", MODEL, "person and model"),
        ("O02", "infant", "anna", MODEL, "person and model"),
        ("O04", "caregiver1", "anna", "ben", "two people"),
    ]
    rows = whole(pools.kappas).set_index(["comparison", "subject"])
    assert rows.loc[("two people", "caregiver1"), "kappa"] == 1
    model = rows.loc[("person and model", "infant")]
    assert (model["recordings"], model["pairs"]) == (2, 3)


def test_a_kappa_by_hand(mixed):
    """O01 against a model that says Neutral for all 300 s: 170 of 300 s agree. Chance: 1 x 170/300. So kappa is 0."""
    _, pools = mixed
    row = pools.pulls[(pools.pulls["observation_id"] == "O01") & (pools.pulls["first_coder"] == "anna")]
    row = whole(row, comparison="person and model").iloc[0]
    assert row["kappa"] == pytest.approx(0)
    assert row["disagreement_s"] == 130
    assert row["common_s"] == 300
    matrix = whole(pools.matrices, first="ben", second=MODEL)
    filled = matrix[matrix["weight"] > 0][["first_code", "second_code", "weight"]]
    assert sorted(filled.itertuples(index=False, name=None)) == [
        ("Neutral", "Neutral", 170),
        ("Not visible", "Neutral", 30),
        ("Positive", "Neutral", 100),
    ]


def test_time_not_visible_can_be_left_out(mixed):
    paired, _ = mixed
    found = measure(paired, Method(drop_unobservable=True)).pairs.set_index(["observation_id", "first", "second"])
    row = found.loc[("O01", "anna", MODEL)]
    assert (row["common_s"], row["disagreement_s"], row["total"]) == (270, 100, 270)


def test_undefined_is_said_with_agreement_and_ac1(mixed):
    """Both codings of O01 cut down to Neutral: one category."""
    paired, _ = mixed
    pairs = paired.pairs.assign(start_ms=100_000, end_ms=200_000)
    found = measure(Paired(pairs, paired.events, paired.codes, paired.one_sided), Method()).pairs
    row = found[(found["observation_id"] == "O01") & (found["second"] == MODEL)].iloc[0]
    assert row["outcome"] == ONE_CATEGORY
    assert np.isnan(row["kappa"])
    assert (row["agreement"], row["ac1"]) == (1, 1)


def test_streams_only_one_coder_marked_are_listed_not_measured(mixed):
    """Ben is in O04 and marks infants elsewhere, but not there: not a kappa of 0, and not forgotten."""
    paired, _ = mixed
    listed = paired.one_sided[["observation_id", "subject", "marked", "unmarked"]]
    assert list(listed.itertuples(index=False, name=None)) == [("O04", "infant", "anna", "ben")]


def test_a_study_coded_once_has_no_pairs(tmp_path):
    content = studies.tables()
    once = {name: content[name][content[name]["coder_id"] == "anna"] for name in ("event", "coding", "duration")}
    cursor = reader(studies.publish(tmp_path, content | once))
    paired = read_pairs(cursor)
    measured = measure(paired, Method())
    assert paired.pairs.empty
    assert measured.pairs.empty
    assert {"kappa", "outcome", "disagreement_s", "direction"} <= set(measured.pairs)
    assert pool(measured, observation_frame(cursor), FEW).kappas.empty


def test_a_code_the_study_does_not_know_is_refused(tmp_path):
    content = studies.tables()
    strange = content["event"].assign(code=content["event"]["code"].replace("Positive", "Strange"))
    cursor = reader(studies.publish(tmp_path, content | {"event": strange}))
    with pytest.raises(StudyError, match="Strange"):
        read_pairs(cursor)
