"""Models of dynamic measures: closed forms, published and brute-force values, recovery, and what is said of trouble."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.mixed_linear_model import MixedLM

from pipeline.errors import UserError
from pipeline.measures.cox import cox
from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.steps.dynamics import ask, read_stream
from pipeline.steps.dynamics_design import Explanation
from pipeline.steps.dynamics_model import explain, explain_answer, explain_waits
from pipeline.steps.dynamics_pools import clocks
from pipeline.steps.dynamics_question import Question
from tests.test_dynamics_step import DISTRESS, SPEECH, Demo

RANDOM = 7


def test_cox_of_six_waits():
    """The published check of ties: Efron's solution is 1.676857 (Therneau, validation of the R package survival)."""
    waits, answered, x = [1.0, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1], [1.0, 1, 1, 0, 0, 0]
    found = cox(np.array(waits), np.array(answered), np.array(x)[:, None], np.arange(6))
    assert found.settled
    assert found.estimates[0] == pytest.approx(1.676857, abs=5e-7)


def test_cox_with_clusters_as_lifelines_prints_it():
    """Twelve waits of four families without ties: coefficient, robust error and log likelihood of lifelines 0.30.3."""
    waits = [2.1, 3.4, 0.7, 8.2, 5.5, 1.9, 12.0, 4.4, 6.1, 2.8, 9.3, 3.9]
    answered = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1]
    x = [3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]
    found = cox(np.array(waits), np.array(answered), np.array(x)[:, None], np.arange(12) // 3)
    assert (found.estimates[0], found.se[0]) == pytest.approx((0.27851156, 0.28525994), abs=1e-8)
    assert found.loglik == pytest.approx(-15.290146033848574)


def waits_of(n: int, ties: float, seed: int = RANDOM) -> pd.DataFrame:
    """Waits of families of four, which share a level; `ties` is the grain of time."""
    random = np.random.default_rng(seed)
    family = np.arange(n) // 4
    x, level = random.normal(size=n // 4)[family], random.normal(0, 0.4, n // 4)[family]
    z = random.normal(size=n)
    wait = random.exponential(np.exp(0.5 * x + level)) * 10 + 0.001
    wait = np.ceil(wait / ties) * ties if ties else wait
    return pd.DataFrame({"wait": wait, "answered": random.random(n) < 0.7, "x": x, "z": z, "family": family})


def test_cox_without_ties_is_that_of_statsmodels():
    frame = waits_of(120, 0)
    columns = frame[["x", "z"]].to_numpy()
    found = cox(frame["wait"].to_numpy(), frame["answered"].to_numpy(), columns, frame["family"].to_numpy())
    model = PHReg(frame["wait"], columns, status=frame["answered"].astype(int))
    robust, plain = model.fit(groups=frame["family"].to_numpy()), model.fit()
    assert found.estimates == pytest.approx(robust.params, abs=1e-6)
    assert found.se == pytest.approx(robust.bse, abs=1e-6)
    assert found.plain_se == pytest.approx(plain.bse, abs=1e-6)
    assert found.loglik == pytest.approx(plain.llf)


def slow_residuals(frame: pd.DataFrame, estimates: np.ndarray) -> np.ndarray:
    """Efron's score residuals, wait by wait and tie by tie."""
    x, dead = frame[["x", "z"]].to_numpy(), frame["answered"].to_numpy()
    wait, hazard = frame["wait"].to_numpy(), np.exp(x @ estimates)
    found = np.zeros_like(x)
    for time in np.unique(wait[dead]):
        risk, died = wait >= time, (wait == time) & dead
        for tie in range(died.sum()):
            weight = hazard * (risk - died * tie / died.sum())
            mean = weight @ x / weight.sum()
            found[died] += (x[died] - mean) / died.sum()
            found -= (weight / weight.sum())[:, None] * (x - mean)
    return found


def test_cox_with_ties_by_the_slow_road():
    frame = waits_of(80, 2.0)
    columns = frame[["x", "z"]].to_numpy()
    found = cox(frame["wait"].to_numpy(), frame["answered"].to_numpy(), columns, frame["family"].to_numpy())
    plain = PHReg(frame["wait"], columns, status=frame["answered"].astype(int), ties="efron").fit()
    assert found.estimates == pytest.approx(plain.params, abs=1e-4)
    assert found.plain_se == pytest.approx(plain.bse, abs=1e-4)
    residuals = slow_residuals(frame, found.estimates)
    assert residuals.sum(0) == pytest.approx([0, 0], abs=1e-7)
    sums = pd.DataFrame(residuals).groupby(frame["family"]).sum().to_numpy()
    step = 1e-5
    scores = [slow_residuals(frame, found.estimates + step * axis).sum(0) for axis in np.eye(2)]
    inverse = np.linalg.inv(-np.array(scores) / step)
    assert found.se == pytest.approx(np.sqrt(np.diag(inverse @ sums.T @ sums @ inverse)), rel=1e-3)


def test_twice_the_waits_of_one_family_count_once():
    """Every wait twice in its family: the same estimates, and robust errors that do not shrink; plain ones do."""
    frame = waits_of(80, 0)
    twice = pd.concat([frame, frame.assign(wait=frame["wait"] + 1e-9)])
    one, two = (
        cox(each["wait"].to_numpy(), each["answered"].to_numpy(), each[["x"]].to_numpy(), each["family"].to_numpy())
        for each in (frame, twice)
    )
    assert two.estimates == pytest.approx(one.estimates, rel=0.01)
    assert two.se == pytest.approx(one.se, rel=0.02)
    assert two.plain_se == pytest.approx(one.plain_se / np.sqrt(2), rel=0.02)


def test_a_column_that_separates_never_settles_or_runs_away():
    found = cox(np.arange(1.0, 9), np.array([1] * 4 + [0] * 4), np.array([[1.0] * 4 + [0.0] * 4]).T, np.arange(8))
    assert abs(found.estimates[0]) > 15 or not found.settled


def recordings(families: int, each: int, dyads: int = 1) -> pd.DataFrame:
    family = np.repeat(np.arange(families), each * dyads)
    dyad = np.tile(np.repeat(np.arange(dyads), each), families)
    frame = pd.DataFrame({"family_id": family, "dyad_id": [f"{a}-{b}" for a, b in zip(family, dyad, strict=True)]})
    return frame.assign(observation_id=[f"O{number}" for number in range(len(frame))])


def test_a_balanced_mixed_model_is_the_analysis_of_variance():
    """20 families with 4 recordings: the slope of a family's score is that of the family means, its variance
    MS(families) / (4 SSx), and the variance of families (MS between - MS within) / 4.
    """
    random = np.random.default_rng(RANDOM)
    frame = recordings(20, 4)
    score = random.normal(8, 4, 20)
    level = random.normal(0, 2, 20)
    frame["value"] = 3 + 0.5 * score[frame["family_id"]] + level[frame["family_id"]] + random.normal(0, 1, 80)
    observations = frame[["observation_id"]].assign(**{"score:EPDS": score[frame["family_id"]]})
    found = explain(frame, observations, Explanation("score:EPDS", per_sd=False))
    means = frame.groupby("family_id")["value"].mean().to_numpy()
    slope, intercept = np.polyfit(score, means, 1)
    between = 4 * ((means - intercept - slope * score) ** 2).sum() / 18
    within = ((frame["value"] - means[frame["family_id"]]) ** 2).sum() / 60
    terms = found.terms.set_index("term")
    assert terms.loc["score:EPDS", "estimate"] == pytest.approx(slope, abs=1e-5)
    assert terms.loc["(mean)", "estimate"] == pytest.approx(intercept, abs=1e-4)
    se = np.sqrt(between / (4 * ((score - score.mean()) ** 2).sum()))
    assert terms.loc["score:EPDS", "se"] == pytest.approx(se, rel=1e-3)
    assert found.variances.set_index("of")["variance"].to_dict() == pytest.approx(
        {"families": (between - within) / 4, "recordings": within}, rel=1e-2
    )
    assert (found.recordings, found.dyads, found.families, found.words) == (80, 20, 20, ())
    per_sd = explain(frame, observations, Explanation("score:EPDS"))
    sd = np.std(score[frame["family_id"]], ddof=1)
    assert per_sd.terms.loc[1, "estimate"] == pytest.approx(slope * sd, abs=1e-4)
    assert per_sd.scales.loc[0, "sd"] == pytest.approx(sd)


def test_dyads_have_a_variance_of_their_own_where_they_can():
    """30 families, two dyads each, three recordings each: sums of squares of the nested design."""
    random = np.random.default_rng(RANDOM)
    frame = recordings(30, 3, 2)
    family, dyad = random.normal(0, 2, 30), dict(zip(frame["dyad_id"].unique(), random.normal(0, 1.5, 60), strict=True))
    frame["value"] = family[frame["family_id"]] + frame["dyad_id"].map(dyad) + random.normal(0, 1, 180)
    observations = frame[["observation_id"]].assign(age=np.tile([-1.0, 0, 1], 60))
    found = explain(frame, observations, Explanation("age", per_sd=False))
    cells = frame.groupby(["family_id", "dyad_id"])["value"].mean()
    families = cells.groupby("family_id").mean()
    age = observations["age"].to_numpy()
    rest = frame["value"] - frame.groupby("dyad_id")["value"].transform("mean")
    slope = (rest * age).sum() / (age**2).sum()
    error = ((rest - slope * age) ** 2).sum() / (180 - 60 - 1)
    dyads = 3 * ((cells - cells.groupby("family_id").transform("mean")) ** 2).sum() / 30
    between = 6 * ((families - families.mean()) ** 2).sum() / 29
    expected = {"families": (between - dyads) / 6, "dyads": (dyads - error) / 3, "recordings": error}
    assert found.variances.set_index("of")["variance"].to_dict() == pytest.approx(expected, rel=0.02)
    assert found.terms.set_index("term").loc["age", "estimate"] == pytest.approx(slope, abs=1e-5)
    assert "family and dyad" in found.method


def likelihood(y: np.ndarray, x: np.ndarray, variances: list[float], groups: list[np.ndarray]) -> tuple:
    """Minus twice the restricted log likelihood, coefficients and their errors, with the whole covariance laid out."""
    whole = variances[0] * np.eye(len(y))
    for variance, group in zip(variances[1:], groups, strict=True):
        whole += variance * (group[:, None] == group)
    back = np.linalg.inv(whole)
    covariance = np.linalg.inv(x.T @ back @ x)
    estimates = covariance @ x.T @ back @ y
    rest = y - x @ estimates
    value = np.linalg.slogdet(whole)[1] - np.linalg.slogdet(covariance)[1] + rest @ back @ rest
    return value, estimates, np.sqrt(np.diag(covariance))


@pytest.mark.parametrize(("families", "dyads"), [(0.0, None), (1.5, None), (0.0, 0.0), (0.0, 1.0), (2.0, 1.0)])
def test_random_intercepts_are_where_no_other_variances_fit_better(families, dyads):
    """Unequal families: by the slow road, and against a search around what was found."""
    random = np.random.default_rng(RANDOM)
    family = np.repeat(np.arange(14), random.integers(1, 6, 14))
    dyad = 2 * family + random.integers(0, 2, len(family))
    x = np.column_stack([np.ones(len(family)), random.normal(size=len(family)), random.integers(0, 2, 14)[family]])
    y = x @ [1, 0.5, 0.2] + families * random.normal(size=14)[family] + random.normal(size=len(family))
    y += (dyads or 0) * random.normal(size=28)[dyad]
    found = fit_mixed(blocks(y, x, family, None if dyads is None else dyad))
    groups = [family] if dyads is None else [family, dyad]
    at = [found.variance, *np.diag(found.random)[: len(groups)]]
    best, estimates, se = likelihood(y, x, at, groups)
    assert found.beta == pytest.approx(estimates)
    assert found.se == pytest.approx(se)
    for place in range(len(at)):
        for step in (-0.01, 0.01):
            moved = [max(value + step * (number == place), 0) for number, value in enumerate(at)]
            assert likelihood(y, x, moved, groups)[0] >= best - 1e-9


def test_random_intercepts_are_those_of_statsmodels_away_from_zero():
    random = np.random.default_rng(RANDOM)
    family = np.repeat(np.arange(40), random.integers(2, 6, 40))
    x = np.column_stack([np.ones(len(family)), random.normal(size=len(family))])
    y = x @ [3, 0.5] + 2 * random.normal(size=40)[family] + random.normal(size=len(family))
    found, other = fit_mixed(blocks(y, x, family)), MixedLM(y, x, family).fit()
    assert found.beta == pytest.approx(other.fe_params, abs=1e-4)
    assert found.se == pytest.approx(other.bse_fe, rel=2e-3)
    assert [found.random[0, 0], found.variance] == pytest.approx([other.cov_re[0, 0], other.scale], rel=2e-3)


def test_where_families_do_not_differ_errors_are_those_of_a_straight_line():
    """Recordings of a family lie apart: its variance is 0, and 12 families of 3 count as 36 recordings."""
    random = np.random.default_rng(RANDOM)
    frame = recordings(12, 3)
    score = random.normal(size=12)[frame["family_id"]]
    frame["value"] = np.tile([-2.0, 0.0, 2.0], 12) + random.normal(0, 0.5, 36)
    found = explain(frame, frame[["observation_id"]].assign(score=score), Explanation("score", per_sd=False))
    line = OLS(frame["value"].to_numpy(), np.column_stack([np.ones(36), score])).fit()
    assert found.variances.set_index("of").loc["families", "variance"] == 0
    assert found.terms["estimate"].tolist() == pytest.approx(line.params)
    assert found.terms["se"].tolist() == pytest.approx(line.bse)


def test_numbers_that_follow_wholly_from_the_columns_are_refused():
    """Nothing is left that could be compared, so that any interval would be one of rounding."""
    frame = recordings(12, 2)
    age = np.random.default_rng(RANDOM).normal(6, 2, 24)
    with pytest.raises(UserError, match="no single solution"):
        explain(frame.assign(value=3 + 0.1 * age), frame[["observation_id"]].assign(age=age), Explanation("age"))


def test_as_many_columns_as_recordings_are_refused():
    frame = recordings(10, 1).assign(family_id=[*range(9), 8], value=np.arange(10.0))
    frame = pd.concat([frame, frame.iloc[:1].assign(observation_id="more", family_id=10, value=3.0)])
    many = {f"x{n}": (np.arange(11) == n).astype(float) for n in range(10)}
    chosen = Explanation("x0", tuple(many)[1:], per_sd=False)
    with pytest.raises(UserError, match="no single solution"):
        explain(frame, frame[["observation_id"]].assign(**many), chosen)


def test_families_that_do_not_differ_are_said_so():
    frame = recordings(15, 2)
    frame["value"] = np.tile([1.0, 3.0], 15) + np.repeat(np.random.default_rng(1).normal(0, 0.01, 15), 2)
    observations = frame[["observation_id"]].assign(role=np.tile(["mother", "father"], 15)[np.arange(30) // 2])
    found = explain(frame, observations, Explanation("role"))
    assert "The variance of families is estimated as 0: beyond chance, families do not differ." in found.words
    assert found.terms["term"].tolist() == ["(mean)", "role: mother"]


def test_one_recording_per_family_is_a_straight_line():
    frame = recordings(30, 1).assign(value=np.random.default_rng(2).normal(size=30))
    x = np.random.default_rng(3).normal(size=30)
    found = explain(frame, frame[["observation_id"]].assign(x=x), Explanation("x", per_sd=False))
    assert found.terms.loc[1, "estimate"] == pytest.approx(np.polyfit(x, frame["value"], 1)[0])
    assert any("cannot be told apart" in each for each in found.words)


def test_missing_values_are_counted():
    frame = recordings(12, 2).assign(value=np.random.default_rng(4).normal(size=24))
    x = np.random.default_rng(5).normal(size=24)
    x[:3] = np.nan
    frame.loc[5, "value"] = np.nan
    found = explain(frame, frame[["observation_id"]].assign(x=x), Explanation("x"))
    assert (found.recordings, found.words[0]) == (20, "3 recordings without all these values were left out.")


@pytest.mark.parametrize(
    ("columns", "chosen", "message"),
    [
        ({"age": 1.0}, Explanation("age"), "say the same"),
        ({"age": "old"}, Explanation("age"), "the same in all these recordings"),
        ({"agee": 1.0}, Explanation("age"), "Did you mean 'agee'"),
        ({"age": np.nan}, Explanation("age"), "Only 0 families"),
    ],
)
def test_what_cannot_be_explained_is_said(columns, chosen, message):
    frame = recordings(12, 2).assign(value=np.random.default_rng(6).normal(size=24))
    with pytest.raises(UserError, match=message):
        explain(frame, frame[["observation_id"]].assign(**columns), chosen)
    with pytest.raises(UserError, match="nothing to explain"):
        explain(frame.assign(value=1.0), frame[["observation_id"]].assign(age=range(24)), Explanation("age"))


@pytest.fixture(scope="module")
def demo(demo_study) -> Iterator[Demo]:
    found = Demo(demo_study)
    yield found
    found.cursor.close()


def test_are_more_depressed_mothers_slower_to_answer_distress(demo):
    """Wait by wait and recording by recording, on the demo; a question in two calls."""
    question = Question("latency", DISTRESS, SPEECH, "mean", clock="start")
    mothers = demo.observations[demo.observations["role"] == "mother"]
    streams = [read_stream(demo.cursor, side) for side in (DISTRESS, SPEECH)]
    answer = ask(question, *streams, mothers)
    chosen = Explanation("score:EPDS", ("infant_age_months",))
    found = explain_waits(clocks(answer), mothers, chosen)
    row = found.terms.iloc[0]
    assert row["low"] < row["estimate"] < row["high"]
    assert row["ratio"] == pytest.approx(np.exp(row["estimate"]))
    assert found.waits <= len(clocks(answer))
    assert "censored" in found.words[-1]
    assert explain_answer(answer, mothers, chosen).terms.equals(found.terms)
    share = ask(Question("contingent", DISTRESS, SPEECH), *streams, mothers)
    assert "mixed" in explain_answer(share, mothers, chosen).method
    numbers = explain(answer.rows, mothers, chosen)
    assert numbers.recordings <= answer.rows["value"].notna().sum()
    assert numbers.terms["term"].tolist() == ["(mean)", "score:EPDS", "infant_age_months"]


def test_too_few_answers_for_a_model():
    waits = recordings(12, 2).assign(wait_ms=range(24), answered=False)
    with pytest.raises(UserError, match="Only 0 waits were answered"):
        explain_waits(waits, waits[["observation_id"]].assign(x=range(24)), Explanation("x"))


def test_slower_answers_are_found():
    """60 families, 3 waits each, whose rate falls by a third per SD of the score: the interval holds log(2/3)."""
    random = np.random.default_rng(8)
    waits = recordings(60, 3)
    score = random.normal(8, 5, 60)[waits["family_id"]]
    z = (score - score.mean()) / score.std(ddof=1)
    wait = random.exponential(5000 / (2 / 3) ** z)
    stop = random.exponential(9000, 180)
    waits = waits.assign(wait_ms=np.minimum(wait, stop).astype(int), answered=wait < stop)
    found = explain_waits(waits, waits[["observation_id"]].assign(**{"score:EPDS": score}), Explanation("score:EPDS"))
    row = found.terms.iloc[0]
    assert row["low"] < np.log(2 / 3) < row["high"] < 0
    assert row["ratio_high"] < 1
