"""The sensitivity checks on the demo: each against the same analysis made by hand, and against a cold refit."""

import numpy as np
import pandas as pd
import pytest

from db import connect
from pipeline.catalogue.spec import Moderator, Spec, load_spec
from pipeline.models import collapsed
from pipeline.models.design import build
from pipeline.models.evidence import evidence
from pipeline.models.fit import settings_of
from pipeline.selection import Selection, select
from pipeline.steps import fit_imputed, fit_sensitivity
from pipeline.steps.fit_rows import ModelRows, rows_from
from pipeline.steps.fit_source import Source, source_of
from pipeline.steps.observe import observation_frame
from tests.model_rows import BARE, FEW, simulate

RANGES = {"EPDS": (0.0, 30.0), "SAPAS": (0.0, 8.0)}


class Study:
    """One analysis of the demo: what was read, the selected recordings, the rows and the fit."""

    def __init__(self, home, spec: Spec) -> None:
        self.cursor = connect.open_reader(connect.current(home).file).cursor()
        self.spec, self.source = spec, source_of(self.cursor, spec)
        self.observations = select(observation_frame(self.cursor), Selection(protocol="home_headcam"))
        self.rows = rows_from(self.source, spec, self.observations)
        self.model = posterior(self.rows.frame, spec)
        self.before = fit_sensitivity.refit(self.rows, spec, 1).terms


def posterior(frame: pd.DataFrame, spec: Spec) -> collapsed.Posterior:
    return collapsed.posterior(collapsed.prepare(build(frame, spec)), settings_of(spec), 1)


@pytest.fixture(scope="module")
def facial(demo_study) -> Study:
    return Study(demo_study, load_spec("facial_epds"))


@pytest.fixture(scope="module")
def visual(demo_study) -> Study:
    return Study(demo_study, load_spec("visual_sapas"))


@pytest.fixture(scope="module")
def left_out(visual) -> fit_sensitivity.Influence:
    return fit_sensitivity.influence(visual.rows, visual.spec, visual.model)


def by_name(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(["response", "code"])


def test_the_terms_are_those_of_the_fit(facial) -> None:
    found = collapsed.fit(facial.rows.frame, facial.spec, 1)
    expected = evidence(found.terms, facial.spec)
    names = ["response", "code", "mean", "sd", "lower", "upper", "rows", "units", "evidence", "direction"]
    pd.testing.assert_frame_equal(facial.before[names], expected[names])
    sd = facial.before["response"].map(dict(zip(facial.rows.scale["response"], facial.rows.scale["sd"], strict=True)))
    np.testing.assert_allclose(facial.before["seconds"], facial.before["mean"] * sd * 300)


def test_prior_and_pooling_are_swapped(facial) -> None:
    for check, options in (
        (fit_sensitivity.other_prior, {"prior": "weak"}),
        (fit_sensitivity.other_pooling, {"pooled": True}),
    ):
        found = check(facial.rows, facial.spec, 1)
        spec = facial.spec.changed(options=options)
        expected = evidence(collapsed.fit(facial.rows.frame, spec, 1).terms, spec)
        np.testing.assert_allclose(found.terms["mean"], expected["mean"], atol=1e-9)
        back = check(facial.rows, spec, 1)
        np.testing.assert_allclose(back.terms["mean"], facial.before["mean"], atol=1e-9)
        assert (found.units, found.dyads) == (117, facial.rows.frame["dyad_id"].nunique())


def test_only_scores_before_the_recording(visual) -> None:
    """A statement of its own says how many units have one; 1 SD means what it meant."""
    found = fit_sensitivity.before_recording(visual.source, visual.spec, visual.observations, visual.rows.exposure, 1)
    ((count,),) = visual.cursor.execute(
        """SELECT count(DISTINCT observation_id) FROM observation_score JOIN observation USING (observation_id)
           WHERE instrument = 'SAPAS' AND total IS NOT NULL AND phase <> 'postpartum_after'
                 AND protocol = 'home_headcam'"""
    ).fetchall()
    assert found.units == count < visual.rows.units
    late = visual.source.scores.query("instrument == 'SAPAS' and phase == 'postpartum_after'")["observation_id"]
    expected = posterior(visual.rows.frame[~visual.rows.frame["unit"].isin(late)], visual.spec)
    terms = [term.endswith(" x SAPAS") for _, term in expected.terms]
    other = visual.rows.scale.set_index("response")["sd"]
    size = np.array([other[side] for side, _ in np.array(expected.terms)[terms]]) * 300
    np.testing.assert_allclose(found.terms["seconds"], expected.mixture().mean[terms] * size, atol=0.3)


def test_recordings_of_both_cameras(facial) -> None:
    found = fit_sensitivity.both_cameras(facial.source, facial.spec, facial.observations, facial.rows.exposure, 1)
    two = facial.observations.query("camera_count == 2")
    assert found.units == two["score:EPDS"].notna().sum() < 117


def test_what_differs_between_two_conclusions() -> None:
    before = pd.DataFrame(
        [("infant", "a", 0.5, "clear"), ("infant", "b", -0.2, "suggestive"), ("caregiver", "c", 0.1, "none")],
        columns=["response", "code", "mean", "evidence"],
    )
    numbers = {"seconds": [50.0, -20, 10], "seconds_low": 0.0, "seconds_high": 1.0, "rows": 9, "units": 8}
    before = before.assign(**numbers)
    same = before.assign(seconds=[55.0, -10, 10])
    both = fit_sensitivity.compared(before, same)
    assert both["shift"].tolist() == [5, 10, 0] and fit_sensitivity.changed(both).empty
    weaker = before.assign(evidence=["suggestive", "suggestive", "none"])
    assert fit_sensitivity.changed(fit_sensitivity.compared(before, weaker))["code"].tolist() == ["a"]
    turned = before.assign(mean=[-0.5, -0.2, -0.1])
    assert fit_sensitivity.changed(fit_sensitivity.compared(before, turned))["code"].tolist() == ["a"]
    gone = fit_sensitivity.compared(before, before.iloc[[2, 1]])
    assert gone["code"].tolist() == ["a", "b", "c"] and np.isnan(gone["shift"][0])
    assert fit_sensitivity.changed(gone)["code"].tolist() == ["a"]


def test_leaving_out_a_dyad_is_a_cold_refit(visual, left_out) -> None:
    """Of the dyads that need a fit of their own, and of the most influential others: within 0.05 posterior SD."""
    found = left_out
    assert found.judged == found.dyads == visual.rows.frame["dyad_id"].nunique() == found.frame["dyad"].nunique()
    both = found.frame.merge(visual.before[["response", "code", "seconds"]], on=["response", "code"])
    shift = (both["seconds_x"] - both["seconds_y"]).abs()
    strongest = list(dict.fromkeys(both.loc[shift.sort_values().index[::-1], "dyad"]))[:2]
    fragile = sorted(fit_sensitivity.fragile_dyads(visual.rows.frame, visual.spec))
    for dyad in [*strongest, *fragile[:1]]:
        frame = visual.rows.frame[visual.rows.frame["dyad_id"] != dyad]
        cold = evidence(collapsed.fit(frame, visual.spec, 1).terms, visual.spec)
        mine = found.frame[found.frame["dyad"] == dyad]
        assert len(mine) == len(cold) and (mine["recordings"] == visual.rows.units - frame["unit"].nunique()).all()
        expected, mine = by_name(cold), by_name(mine).loc[by_name(cold).index]
        assert ((mine["mean"] - expected["mean"]).abs() / expected["sd"]).max() < 0.05
        assert ((mine["lower"] - expected["lower"]).abs() / expected["sd"]).max() < 0.1


def test_a_dyad_that_carries_a_behaviour_is_fragile() -> None:
    frame = simulate(np.random.default_rng(1), 20, FEW, full=True).frame.assign(dyad_id=lambda one: one["unit"] // 2)
    assert fit_sensitivity.fragile_dyads(frame, BARE) == set()
    rare = frame[(frame["code"] != "Negative") | frame["unit"].isin([0, 2, 3, 8])]
    assert fit_sensitivity.fragile_dyads(rare, BARE) == {1}  # units 2 and 3: two values left
    flat = rare.assign(z=rare["z"].where(~rare["unit"].isin([2, 3, 8]), 0.3))
    assert fit_sensitivity.fragile_dyads(flat, BARE) == {0, 1}  # without unit 0 the score is the same in all


def test_of_many_dyads_the_most_influential_are_judged(visual, left_out, monkeypatch) -> None:
    monkeypatch.setattr(fit_sensitivity, "MOST_DYADS", 8)
    some = fit_sensitivity.influence(visual.rows, visual.spec, visual.model)
    assert (some.judged, some.dyads) == (8, left_out.dyads)
    change = left_out.frame.merge(visual.before[["response", "code", "mean", "sd"]], on=["response", "code"])
    largest = ((change["mean_x"] - change["mean_y"]).abs() / change["sd_y"]).groupby(change["dyad"]).max()
    assert set(largest.nlargest(3).index) <= set(some.frame["dyad"])


def test_durations_with_and_without_a_score(facial) -> None:
    """Means by a statement of its own: seconds per 5 minutes where the behaviour occurred."""
    found = by_name(fit_sensitivity.completers(facial.source, facial.spec, facial.observations))
    rows = facial.cursor.execute(
        """SELECT d.code, s.total IS NOT NULL AS known, avg(300.0 * d.covered_ms / (o.end_ms - o.start_ms)), count(*)
           FROM duration d JOIN coding c USING (observation_id, coder_id, subject, behaviour_group)
           JOIN observation o USING (observation_id)
           LEFT JOIN observation_score s ON s.observation_id = o.observation_id AND s.instrument = 'EPDS'
           WHERE c.is_primary AND o.protocol = 'home_headcam' AND d.behaviour_group = 'facial_expression'
                 AND d.subject = 'caregiver1' AND d.covered_ms > 0 GROUP BY ALL"""
    ).fetchall()
    assert len(rows) > 15
    for code, known, mean, count in rows:
        name = "first" if known else "second"
        row = found.loc[("caregiver", code)]
        assert row[f"mean_{name}"] == pytest.approx(mean) and row[f"observations_{name}"] == count


def test_durations_of_one_and_two_cameras(facial) -> None:
    found = by_name(fit_sensitivity.cameras(facial.source, facial.spec, facial.observations))
    level = facial.source.level.query("subject == 'infant' and code == 'Smile' and observed")
    count = level["observation_id"].astype(str).map(facial.observations.set_index("observation_id")["camera_count"])
    seconds = 300 * level["covered_ms"] / level["session_ms"]
    row = found.loc[("infant", "Smile")]
    assert row["difference"] == pytest.approx(seconds[count == 1].mean() - seconds[count == 2].mean())
    assert row["ratio"] == pytest.approx(seconds[count == 1].std() / seconds[count == 2].std())


def pooled_by_hand(study: Study, count: int) -> tuple[fit_imputed.Imputed, fit_imputed.OpenRows, np.ndarray]:
    rows = fit_imputed.open_rows(study.source, study.spec, study.observations, study.rows)
    people = fit_imputed.people_of(rows, study.spec, RANGES)
    drawn = fit_imputed.impute(people, count, 1)[:, :, 0]
    found = fit_imputed.imputed(study.source, study.spec, study.observations, study.rows, RANGES, 1, count)
    return found, rows, drawn


def test_one_value_serves_all_recordings_of_a_person(facial) -> None:
    found, rows, drawn = pooled_by_hand(facial, 3)
    assert found.check.units == 142 and found.units == 25 and found.people == 24
    entity = rows.frame.drop_duplicates("unit")["entity"]
    assert entity.nunique() < len(entity) and set(entity) <= set(facial.observations["caregiver_id"])
    missing = rows.scores["exposure"].isna().to_numpy()
    assert missing.sum() == 24 and (drawn[:, ~missing] == rows.scores["exposure"].to_numpy()[~missing]).all()
    assert (drawn >= 0).all() and (drawn <= 30).all() and len(np.unique(drawn[:, missing])) > 40
    means, sds = [], []
    for values in drawn:
        exposure = rows.frame["entity"].map(dict(zip(rows.scores.index, values, strict=True)))
        mean, sd = facial.rows.exposure
        model = posterior(rows.frame.assign(exposure=exposure, z=(exposure - mean) / sd), facial.spec)
        terms = [term.endswith(" x EPDS") for _, term in model.terms]
        means.append(model.mixture().mean[terms])
        sds.append(model.mixture().sd[terms])
    np.testing.assert_allclose(found.check.terms["mean"], np.mean(means, axis=0), atol=1e-9)
    total = np.mean(np.square(sds), axis=0) + np.var(means, axis=0)
    np.testing.assert_allclose(found.check.terms["sd"], np.sqrt(total), rtol=1e-9)
    assert 0 < found.lost < 1


def test_the_scale_is_that_of_the_complete_cases(facial) -> None:
    rows = fit_imputed.open_rows(facial.source, facial.spec, facial.observations, facial.rows)
    both = rows.frame.merge(facial.rows.frame, on=["unit", "code"], suffixes=("", "_complete"))
    assert len(both) == len(facial.rows.frame) < len(rows.frame)
    for name in ("y_infant", "y_caregiver", "share_infant"):
        np.testing.assert_allclose(both[name], both[f"{name}_complete"])


def test_with_nothing_missing_it_is_the_complete_case_analysis(facial) -> None:
    """Every score known: nothing to impute; and pooling the same data several times is the fit itself."""
    known = facial.observations[facial.observations["score:EPDS"].notna()]
    arguments = (facial.source, facial.spec, known, facial.rows)
    assert fit_imputed.imputed(*arguments, RANGES, 1) is None
    rows = fit_imputed.open_rows(*arguments)
    drawn = np.tile(rows.scores["exposure"].to_numpy(), (3, 1))
    check, lost = fit_imputed.pooled(rows, facial.spec, facial.rows, drawn, 1)
    names = ["mean", "sd", "lower", "upper", "seconds"]
    np.testing.assert_allclose(check.terms[names], facial.before[names], atol=1e-8)
    assert lost == pytest.approx(0, abs=1e-12)


def test_what_the_imputation_knows(facial) -> None:
    """Other questionnaire, covariates and both sides' durations; a behaviour that never occurred says nothing."""
    rows = fit_imputed.open_rows(facial.source, facial.spec, facial.observations, facial.rows)
    people = fit_imputed.people_of(rows, facial.spec, RANGES)
    assert people.lowest.tolist() == [0, 0] and people.highest.tolist() == [30, 8]
    person = rows.scores.index[rows.scores["exposure"].isna()][0]
    mine = facial.observations[facial.observations["caregiver_id"] == person]
    assert rows.scores.loc[person, "score:SAPAS"] == pytest.approx(mine["score:SAPAS"].mean(), nan_ok=True)
    outcomes = fit_imputed.outcomes_of(rows.frame)
    assert set(outcomes.columns.get_level_values(0)) == {"infant", "caregiver"}
    smile = rows.frame[rows.frame["code"] == "Smile"]
    mean = smile["y_caregiver"].mean()
    for entity, own in list(smile.groupby("entity"))[:5]:
        expected = own["y_caregiver"].mean() - mean
        assert outcomes.loc[entity, ("caregiver", "Smile")] == pytest.approx(0 if np.isnan(expected) else expected)
    columns = fit_imputed.covariates_of(rows.frame, facial.spec)
    assert len(columns) == len(rows.scores) and columns.notna().all().all()
    assert "caregiver_age_years" in columns and "role_mother" in columns


def test_the_partners_score_and_a_moderator_are_imputed_too(facial) -> None:
    spec = facial.spec.changed(options={"whose_score": "partner"})
    rows = rows_from(facial.source, spec, facial.observations)
    found = fit_imputed.open_rows(facial.source, spec, facial.observations, rows)
    assert found.unmatched > 0 and "score:EPDS" in found.scores
    assert found.frame["unit"].nunique() + found.unmatched == 142
    spec = facial.spec.changed(moderator=Moderator(column="role", label="Role", levels=("mother", "father")))
    assert "role" in fit_imputed.open_rows(facial.source, spec, facial.observations, facial.rows).frame


def test_imputation_undoes_what_complete_cases_get_wrong() -> None:
    """1,500 units; the more a caregiver smiles, the more often the score is missing. Against the coefficients that the
    rows were made with, complete cases miss the caregiver's smile and imputation does not.
    """
    truth = simulate(np.random.default_rng(8), 1500, FEW, full=True)
    frame = truth.frame.assign(dyad_id=lambda one: one["unit"].astype(str), entity=lambda one: one["unit"])
    frame.loc[frame["code"] == "Smile", "y_caregiver"] += 0.5 * frame["z"]
    smile = frame.loc[frame["code"] == "Smile"].set_index("unit")["y_caregiver"]
    chance = 1 / (1 + np.exp(-4 * (smile - smile.mean())))
    gone = chance.index[np.random.default_rng(9).random(len(chance)) < chance]
    frame["exposure"] = frame["z"].where(~frame["unit"].isin(gone))
    scores = frame.drop_duplicates("unit").set_index("unit")[["exposure"]]
    rows = fit_imputed.OpenRows(frame, scores, 0)
    scale = pd.DataFrame({"response": ["infant", "caregiver"], "values": 1, "mean": 0.0, "sd": 1.0})
    complete = ModelRows(frame[~frame["unit"].isin(gone)], pd.DataFrame(), scale, (0.0, 1.0))
    drawn = fit_imputed.impute(fit_imputed.people_of(rows, BARE, {}), 10, 1)[:, :, 0]
    found = by_name(fit_imputed.pooled(rows, BARE, complete, drawn, 1)[0].terms)
    biased = by_name(fit_sensitivity.refit(complete, BARE, 1).terms)
    at, expected = ("caregiver", "Smile"), truth.coefficients
    expected["caregiver", "Smile x EPDS"] += 0.5
    slope = expected["caregiver", "Smile x EPDS"]
    assert abs(biased.loc[at, "mean"] - slope) > 3 * biased.loc[at, "sd"]
    assert abs(found.loc[at, "mean"] - slope) < 2 * found.loc[at, "sd"]
    for row in found.itertuples():
        assert row.lower - row.sd < expected[row.Index[0], f"{row.Index[1]} x EPDS"] < row.upper + row.sd


def test_a_source_is_not_changed(facial) -> None:
    """Shared by everyone: a check that wrote into it would change the next answer."""
    before: Source = source_of(facial.cursor, facial.spec)
    pd.testing.assert_frame_equal(facial.source.scores, before.scores)
    pd.testing.assert_frame_equal(facial.source.level, before.level)
