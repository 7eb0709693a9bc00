"""From a study to the rows of a model: one SQL statement as the second road, every choice of a spec, the demo."""

import json
import threading
from pathlib import Path
from statistics import NormalDist, fmean, stdev

import duckdb
import numpy as np
import pandas as pd
import pytest

from db import connect
from pipeline.catalogue.spec import Covariate, Moderator, Rung, Spec, load_spec
from pipeline.errors import StudyError
from pipeline.jobs.kinds import load
from pipeline.jobs.progress import Progress
from pipeline.models.fit import ModelRefused
from pipeline.steps import fit
from pipeline.steps.observe import observation_frame
from tests import studies
from tests.conftest import ROOT


def hand_spec(**changes: object) -> Spec:
    """Face of the hand study by EPDS, adjusted for age and role."""
    covariates = ("infant_age_months", "role")
    content = {
        "name": "by_hand",
        "title": "By hand",
        "scheme": "hand",
        "protocol": "home_headcam",
        "behaviour_group": "face",
        "reference": "Neutral",
        "exposure": "EPDS",
        "rung": 1,
        "rungs": (
            Rung(title="Behaviours", codes=True),
            Rung(title="All", codes=True, exposure=True, covariates=covariates),
        ),
        "covariates": (
            Covariate(column="infant_age_months", label="Child age", kind="numeric"),
            Covariate(column="role", label="Role", kind="categorical"),
        ),
    }
    return Spec(**(content | changes))


def with_options(**options: object) -> Spec:
    return hand_spec().changed(options=options)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory):
    """The hand study with other shares in every recording, codes that never occur, and scores of three phases."""
    content = studies.tables()
    rows = content["duration"].reset_index(drop=True)
    rows["covered_ms"] = rows["covered_ms"] - 1000 * (np.arange(len(rows)) % 17)
    gone = (
        (rows["subject"] == "caregiver1") & (rows["code"] == "Positive") & rows["observation_id"].isin(["O02", "O05"])
    )
    content["duration"] = rows[~gone]
    scores = content["observation_score"]
    scores.loc[(scores["instrument"] == "EPDS") & (scores["observation_id"] == "O04"), "phase"] = "postpartum_after"
    home = studies.publish(tmp_path_factory.mktemp("uneven"), content)
    return connect.open_reader(connect.current(home).file).cursor()


def observed(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    return observation_frame(cursor)


SECOND_ROAD = """
WITH unit AS (
    SELECT o.observation_id AS unit, s.total AS exposure, o.end_ms - o.start_ms AS ms
    FROM observation o JOIN dyad d USING (dyad_id) JOIN observation_score s USING (observation_id)
    WHERE o.protocol = 'home_headcam' AND s.instrument = 'EPDS' AND s.total IS NOT NULL
      AND o.infant_age_months IS NOT NULL AND d.role IS NOT NULL),
z AS (SELECT unit, ms, (exposure - avg(exposure) OVER ()) / stddev_samp(exposure) OVER () AS z FROM unit),
y AS (
    SELECT z.unit, z.z, d.subject, d.code, d.covered_ms / z.ms AS share,
           (share - avg(share) OVER side) / stddev_samp(share) OVER side AS y
    FROM z JOIN duration d ON d.observation_id = z.unit
    JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
    WHERE c.is_primary WINDOW side AS (PARTITION BY d.subject))
SELECT unit, code, z, max(y) FILTER (subject = 'infant') AS y_infant,
       max(y) FILTER (subject = 'caregiver1') AS y_caregiver
FROM y GROUP BY ALL ORDER BY unit, code
"""


def test_the_rows_are_those_of_one_statement(uneven) -> None:
    found = fit.rows_of(uneven, hand_spec(), observed(uneven))
    expected = uneven.execute(SECOND_ROAD).df()
    mine = found.frame.astype({"code": "str"}).sort_values(["unit", "code"], ignore_index=True)
    assert list(mine["unit"]) == list(expected["unit"]) and list(mine["code"]) == list(expected["code"])
    for name in ("z", "y_infant", "y_caregiver"):
        np.testing.assert_allclose(mine[name], expected[name], atol=1e-12)
    assert mine["y_caregiver"].isna().sum() == 2, "two behaviours never occurred: absent, not 0"
    assert mine["y_infant"].notna().all()


def test_what_was_lost_and_why(uneven) -> None:
    """Ten recordings; two of another protocol, one without EPDS, one without the child's age."""
    found = fit.rows_of(uneven, hand_spec(), observed(uneven))
    assert list(found.flow.itertuples(index=False, name=None)) == [
        ("recordings", "in the selection", 0, 10),
        ("recordings", "another protocol than home_headcam", 2, 8),
        ("units", "no value of EPDS", 1, 7),
        ("units", "no value of Child age", 1, 6),
        ("values", "behaviours x sides that could occur", 0, 36),
        ("values", "the behaviour never occurred", 2, 34),
        ("units", "entered", 0, 6),
        ("values", "entered", 0, 34),
    ]
    assert [note.text for note in found.notes] == [
        "2 recordings did not enter: another protocol than home_headcam.",
        "1 unit did not enter: no value of EPDS.",
        "1 unit did not enter: no value of Child age.",
    ]
    shares = found.frame["share_infant"]
    assert found.units == 6 and list(found.scale["values"]) == [18, 16]
    assert found.scale.loc[0, ["mean", "sd"]].tolist() == pytest.approx([fmean(shares), stdev(shares)])
    assert found.exposure == pytest.approx((fmean([3, 3, 7, 12, 12, 30]), stdev([3, 3, 7, 12, 12, 30])))


def test_the_same_rows_serve_every_rung(uneven) -> None:
    """Rung 0 names no covariate, yet the units without one are lost there too."""
    one, other = (fit.rows_of(uneven, hand_spec(rung=rung), observed(uneven)).frame for rung in (0, 1))
    pd.testing.assert_frame_equal(one, other)


def test_the_order_of_the_recordings_does_not_matter(uneven) -> None:
    frame = observed(uneven)
    one = fit.rows_of(uneven, hand_spec(), frame)
    other = fit.rows_of(uneven, hand_spec(), frame.sample(frac=1, random_state=4))
    pd.testing.assert_frame_equal(one.flow, other.flow)
    numbers = ["z", "y_infant", "y_caregiver"]
    pd.testing.assert_frame_equal(one.frame.drop(columns=numbers), other.frame.drop(columns=numbers))
    np.testing.assert_allclose(one.frame[numbers], other.frame[numbers], atol=1e-12)


def test_zeros_and_denominators_act(uneven) -> None:
    kept = fit.rows_of(uneven, with_options(zeros="include"), observed(uneven)).frame
    assert len(kept) == 18 and (kept["share_caregiver"] == 0).sum() == 2
    seen = fit.rows_of(uneven, with_options(denominator="observable"), observed(uneven)).frame
    assert "Not visible" not in list(seen["code"])
    session = fit.rows_of(uneven, with_options(), observed(uneven)).frame
    both = seen.merge(session, on=["unit", "code"], suffixes=("", "_session"))
    minutes = observed(uneven).set_index("observation_id")["length_ms"].reindex(both["unit"]).to_numpy()
    np.testing.assert_allclose(both["share_infant"] * (minutes - 30_000), both["share_infant_session"] * minutes)


def test_outcomes_act(uneven) -> None:
    share = fit.rows_of(uneven, with_options(outcome="share"), observed(uneven)).frame
    np.testing.assert_array_equal(share["y_infant"], share["share_infant"])
    scores = fit.rows_of(uneven, with_options(outcome="normal_scores"), observed(uneven)).frame
    order = share["share_infant"].rank().tolist()
    expected = [NormalDist().inv_cdf((rank - 3 / 8) / (len(order) + 1 / 4)) for rank in order]
    np.testing.assert_allclose(scores["y_infant"], expected, atol=1e-12)


def raw(found: fit.ModelRows) -> dict[str, float]:
    return dict(zip(found.frame["unit"], found.frame["exposure"], strict=True))


def test_whose_score_and_when(uneven) -> None:
    """Only the parents of F1 both answered; O04's score was taken afterwards."""
    spec = hand_spec(protocol=None, rungs=hand_spec().rungs[:1], rung=0, covariates=())
    home = observed(uneven).query("protocol == 'home_headcam'")
    partner = fit.rows_of(uneven, spec.changed(options={"whose_score": "partner"}), home)
    assert raw(partner) == {"O01": 7.0, "O02": 7.0, "O03": 3.0}
    assert "no value of the partner's EPDS" in list(partner.flow["reason"])
    before = fit.rows_of(uneven, spec.changed(options={"score_timing": "before_recording"}), home)
    assert "O04" not in raw(before) and "its score was taken after the recording" in list(before.flow["reason"])
    assert raw(fit.rows_of(uneven, spec, home))["O04"] == 12.0


def test_standardising_acts(uneven) -> None:
    fixed = fit.rows_of(uneven, with_options(standardise=(10.0, 4.0)), observed(uneven))
    np.testing.assert_allclose(fixed.frame["z"], (fixed.frame["exposure"] - 10) / 4)
    parents = fit.rows_of(uneven, with_options(standardise="parents"), observed(uneven))
    assert parents.exposure == pytest.approx((fmean([3, 7, 12, 30]), stdev([3, 7, 12, 30])))


def test_any_variable_is_an_exposure(uneven) -> None:
    """Numbers as they are; two words as 0 and 1; a short name, an instrument or a column of the frame."""
    years = fit.rows_of(uneven, hand_spec(exposure="years"), observed(uneven))
    assert raw(years)["O01"] == 12.0 and raw(years)["O03"] == 15.0
    role = fit.rows_of(uneven, hand_spec(exposure="child_sex"), observed(uneven))
    assert raw(role)["O01"] == 0.0 and raw(role)["O04"] == 1.0, "female, male"


REFUSED = {
    "'EPSD' is neither an instrument nor a variable of this study. Did you mean 'EPDS'? Choose one of: EPDS, SAPAS, "
    "income, years.": {"exposure": "EPSD"},
    "income has 3 levels (low, middle, high), and an exposure needs numbers or two. Use it as a covariate or a "
    "filter.": {"exposure": "income"},
    "By hand: 'Smile' is not a code of Facial expression. Name another reference: Positive, Neutral, Not visible.": {
        "reference": "Smile"
    },
    "By hand: no recording of the protocol 'strange_situation' is in the selection. Its protocols: home_headcam, "
    "still_face.": {"protocol": "strange_situation"},
    "By hand: the recordings are of 2 protocols (home_headcam, still_face), and one analysis uses one. Name the "
    "protocol.": {"protocol": None},
    "years is not a questionnaire, so whose_score = 'partner' cannot act. Leave whose_score out, or choose a "
    "questionnaire as exposure.": {"exposure": "years", "options": {"whose_score": "partner"}},
    "By hand: time in which the behaviour could be seen does not hold the reference 'Not visible'. Name another "
    "reference, or another denominator.": {"reference": "Not visible", "options": {"denominator": "observable"}},
    "By hand: standardise needs a mean and an SD above 0. Correct the two numbers.": {
        "options": {"standardise": (1.0, 0.0)}
    },
    "infant_age_months differs between recordings of the same caregiver, so it has no value per parent. Use "
    "standardise = 'units'.": {"exposure": "infant_age_months", "options": {"standardise": "parents"}},
    "By hand: no exposure is named, so score_timing has nothing to act on. Name an exposure, or leave score_timing "
    "out.": {
        "exposure": None,
        "rungs": ({"title": "Behaviours", "codes": True},),
        "rung": 0,
        "options": {"score_timing": "before_recording"},
    },
    "By hand: by_code names 'role', which is a covariate of no rung. Add it to a rung, or leave it out of by_code.": {
        "by_code": ("role",),
        "rungs": ({"title": "Behaviours", "codes": True},),
        "rung": 0,
    },
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_act_is_refused(uneven, sentence: str) -> None:
    with pytest.raises(ModelRefused) as refused:
        fit.rows_of(uneven, hand_spec().changed(**REFUSED[sentence]), observed(uneven))
    assert str(refused.value) == sentence


def test_a_group_that_was_not_coded_is_refused(uneven) -> None:
    with pytest.raises(StudyError) as refused:
        fit.rows_of(uneven, hand_spec(behaviour_group="faces"), observed(uneven))
    assert str(refused.value) == (
        "This study was not coded for the behaviour group 'faces' of the scheme 'hand'. Did you mean 'face'? "
        "Choose one of: face (scheme hand)."
    )


def test_a_further_level_is_refused(uneven) -> None:
    with pytest.raises(ModelRefused, match="level = 'dyad' needs the full engine"):
        fit.quick(uneven, with_options(level="dyad"), observed(uneven), 1)


NAMES = ("facial_epds", "facial_sapas", "visual_epds", "visual_sapas")
TRUTH = json.loads((ROOT / "pipeline" / "demo" / "pseudo_true.json").read_text(encoding="utf-8"))["groups"]


@pytest.fixture(scope="module")
def demo(demo_study):
    """A cursor on the demo and its wide observation frame."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    return cursor, observation_frame(cursor)


@pytest.mark.parametrize(("name", "units"), list(zip(NAMES, (117, 119, 117, 119), strict=True)))
def test_the_demo_has_the_papers_units(demo, name: str, units: int) -> None:
    rows = fit.rows_of(demo[0], load_spec(name), demo[1])
    assert rows.units == units and rows.frame["z"].notna().all()
    z = rows.frame.drop_duplicates("unit")["z"]
    assert fmean(z) == pytest.approx(0, abs=1e-12) and stdev(z) == pytest.approx(1)
    assert 800 <= int(rows.scale["values"].sum()) <= 1000, "the paper: 859 values over 117 units"


def test_the_demo_finds_what_was_put_in(demo) -> None:
    """Pseudo-true coefficients of both groups, exposures and rungs 2 and 4 in 95 % intervals: 120 of them, not
    independent, so 90 to 100 % is about the nominal rate.
    """
    inside = []
    for name in NAMES:
        for rung in (2, 4):
            spec = load_spec(name).changed(rung=rung)
            terms = fit.quick(*demo_args(demo, spec), 1).terms.set_index(["response", "term"])
            for response, side in TRUTH[spec.behaviour_group][spec.exposure][f"rung_{rung}"].items():
                for code, true in side["codes"].items():
                    if (response, f"{code} x {spec.exposure}") in terms.index:
                        row = terms.loc[(response, f"{code} x {spec.exposure}")]
                        inside.append(row["lower"] < true["z"] < row["upper"])
    assert len(inside) >= 110 and 0.90 <= fmean(inside) <= 1.0


def demo_args(demo, spec: Spec) -> tuple:
    return demo[0], spec, demo[1]


@pytest.mark.parametrize("name", NAMES[:2])
def test_woe_face_and_mock_surprise_fall_with_the_score(demo, name: str) -> None:
    spec = load_spec(name)
    terms = fit.quick(*demo_args(demo, spec), 1).terms.set_index(["response", "term"])["mean"]
    assert terms["caregiver", f"Woe face x {spec.exposure}"] < -0.2
    assert terms["caregiver", f"Mock surprise x {spec.exposure}"] < 0


CHOICES = (
    {"denominator": "coded"}, {"zeros": "include"}, {"outcome": "share"}, {"outcome": "normal_scores"},
    {"standardise": "parents"}, {"standardise": (2.0, 1.0)}, {"score_timing": "before_recording"},
    {"whose_score": "partner"}, {"row_covariance": "none"}, {"prior": "weak"}, {"method": "reml"}, {"method": "ml"},
    {"pooled": True}, {"draws": 500}, {"fewest_rows": 12},
)  # fmt: skip


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_every_option_changes_the_fit(demo, options: dict) -> None:
    spec = load_spec("facial_sapas").changed(rung=2)
    usual = fit.quick(*demo_args(demo, spec), 1).table
    changed = fit.quick(*demo_args(demo, spec.changed(options=options)), 1).table
    both = usual.merge(changed, on=["response", "term"])
    assert len(usual) != len(changed) or not np.allclose(both["mean_x"], both["mean_y"], rtol=1e-6)


def test_a_moderator_and_products_with_behaviours_enter(demo) -> None:
    levels = ("mother", "father")
    spec = load_spec("facial_epds").changed(
        moderator=Moderator(column="role", label="Caregiver role", levels=levels).model_dump(), by_code=("camera",)
    )
    terms = set(fit.quick(*demo_args(demo, spec), 1).terms["term"])
    assert {"Smile x EPDS x Caregiver role: father", "Smile x Camera: new"} <= terms


def test_the_job_is_the_papers_estimator_and_agrees_with_the_quick_engine(demo, tmp_path: Path) -> None:
    """The kind 'fit' of the job runner on rows from a file, against the quick engine: Monte Carlo error only."""
    spec = load_spec("visual_epds").changed(rung=2, options={"draws": 4000})
    rows = fit.rows_of(demo[0], spec, demo[1])
    rows.frame.to_parquet(tmp_path / "data.parquet")
    asked = json.loads(json.dumps(fit.job_spec(spec, "gibbs", 3)))
    progress = Progress(tmp_path)
    load("fit")(asked, pd.read_parquet(tmp_path / "data.parquet"), progress)
    gibbs, quick = pd.read_csv(tmp_path / "terms.csv"), fit.fit_rows(rows, spec, "quick", 3).table
    assert json.loads((tmp_path / "spec.json").read_text()) == asked
    assert json.loads(progress.text) == {"done": 10_900, "total": 11_000}
    assert list(gibbs["term"]) == list(quick["term"]) and len(pd.read_parquet(tmp_path / "terms.parquet")) == len(gibbs)
    error = gibbs["sd"] * np.sqrt(1 / gibbs["ess"] + 1 / quick["ess"])
    assert ((gibbs["mean"] - quick["mean"]).abs() / error).max() < 5
    np.testing.assert_allclose(gibbs["sd"], quick["sd"], rtol=0.2)


def test_a_cancelled_job_ends_at_once_and_leaves_nothing(demo, tmp_path: Path) -> None:
    spec = load_spec("facial_epds").changed(rung=2)
    progress = Progress(tmp_path)
    threading.Timer(0.3, progress.end).start()
    fit.run_fit(fit.job_spec(spec), fit.rows_of(demo[0], spec, demo[1]).frame, progress)
    assert json.loads(progress.text)["done"] < 10_000 and not list(tmp_path.iterdir())
