"""The mixed model: by hand in balanced designs, against statsmodels, a brute-force likelihood and its own slopes."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import approx_fprime
from scipy.stats import multivariate_normal
from statsmodels.regression.mixed_linear_model import MixedLM

from pipeline.measures import mixed_model
from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.mixed_tests import contrast, joint
from tests.smile_rows import smile_rows

ROWS = smile_rows(30, seed=3)
Y = ROWS["total_duration_s"].to_numpy()
X = np.column_stack([np.ones(len(ROWS)), ROWS["score:PHQ-9"] - 6, ROWS["smile_number"] - 1.0])
MOTHERS, RECORDINGS = ROWS["caregiver_id"].to_numpy(), ROWS["observation_id"].to_numpy()


def test_three_mothers_with_two_smiles_each_by_hand() -> None:
    """Means 1, 2, 6, each smile 1 above or below: within variance 2, between 2 * var(1, 2, 6) = 14, so tau = 6."""
    y = np.array([0.0, 2, 1, 3, 5, 7])
    found = fit_mixed(blocks(y, np.ones((6, 1)), np.array(list("aabbcc"))))
    assert found.beta[0] == pytest.approx(3)
    assert found.variance == pytest.approx(2, rel=1e-5)
    assert found.random[0, 0] == pytest.approx(6, rel=1e-4)
    assert contrast(found, [1.0]).se == pytest.approx(np.sqrt(14 / 6), rel=1e-5)
    assert contrast(found, [1.0]).df == pytest.approx(2, abs=1e-4)


def test_a_balanced_design_is_the_regression_of_mothers_means() -> None:
    rng = np.random.default_rng(4)
    score, y = rng.normal(size=20), rng.normal(size=(20, 6)) + rng.normal(size=(20, 1))
    design = np.column_stack([np.ones(120), np.repeat(score, 6)])
    found = contrast(fit_mixed(blocks(y.ravel(), design, np.repeat(np.arange(20), 6))), [0.0, 1.0])
    line = stats.linregress(score, y.mean(axis=1))
    assert found.estimate == pytest.approx(line.slope)
    assert (found.se, found.p) == pytest.approx((line.stderr, line.pvalue), rel=1e-4)
    assert found.df == pytest.approx(18, abs=1e-3)


def test_bands_of_mothers_in_a_balanced_design_are_an_anova_of_means() -> None:
    rng = np.random.default_rng(5)
    band, y = np.repeat([0, 1, 2], 7), rng.normal(size=(21, 5)) + rng.normal(size=(21, 1))
    design = np.column_stack([np.ones(105), *(np.repeat(band, 5) == one for one in (1, 2))]).astype(float)
    found = joint(fit_mixed(blocks(y.ravel(), design, np.repeat(np.arange(21), 5))), np.eye(3)[1:])
    f, p = stats.f_oneway(*(y.mean(axis=1)[band == one] for one in range(3)))
    assert (found.f, found.p) == pytest.approx((f, p), rel=1e-4)
    assert found.df2 == pytest.approx(18, abs=1e-2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", ["mother", "recording", "slope"])
def test_statsmodels_arrives_at_the_same_numbers(kind) -> None:
    """Its likelihood is never better, its estimates and standard errors are the same."""
    slope = X[:, 2] if kind == "slope" else None
    found = fit_mixed(blocks(Y, X, MOTHERS, RECORDINGS if kind == "recording" else None, slope))
    frame = pd.DataFrame({"y": Y, "x": X[:, 1], "n": X[:, 2], "m": MOTHERS, "s": RECORDINGS})
    more = {"recording": {"vc_formula": {"s": "0 + C(s)"}, "re_formula": "1"}, "slope": {"re_formula": "1 + n"}}
    other = MixedLM.from_formula("y ~ x + n", frame, groups="m", **more.get(kind, {})).fit(method=["powell", "lbfgs"])
    assert -found.deviance / 2 == pytest.approx(other.llf, abs=2e-3) and -found.deviance / 2 > other.llf - 1e-6
    assert found.beta == pytest.approx(other.fe_params.to_numpy(), abs=2e-3)
    assert np.sqrt(np.diag(found.covariance)) == pytest.approx(other.bse_fe.to_numpy(), rel=1e-2)
    assert found.variance == pytest.approx(other.scale, rel=1e-2)
    assert found.settled


def test_the_likelihood_is_that_of_the_whole_covariance_written_out() -> None:
    """Restricted likelihood of N - k contrasts of the rows, with every covariance in one big matrix."""
    found = fit_mixed(blocks(Y, X, MOTHERS, RECORDINGS, X[:, 2]))
    whole = found.variance * np.eye(len(Y))
    for i in range(len(Y)):
        for j in range(len(Y)):
            if MOTHERS[i] == MOTHERS[j]:
                z = (np.array([1, X[i, 2]]), np.array([1, X[j, 2]]))
                whole[i, j] += z[0] @ found.random[:2, :2] @ z[1]
                whole[i, j] += found.random[2, 2] * (RECORDINGS[i] == RECORDINGS[j])
    free = np.linalg.qr(X, mode="complete")[0][:, X.shape[1] :]
    brute = multivariate_normal(cov=free.T @ whole @ free).logpdf(free.T @ Y)
    brute -= np.log(np.linalg.det(X.T @ X)) / 2
    assert -found.deviance / 2 == pytest.approx(brute, abs=1e-6)
    inverse = np.linalg.inv(X.T @ np.linalg.inv(whole) @ X)
    assert found.covariance == pytest.approx(inverse, rel=1e-6)


def test_the_slopes_of_the_likelihood_are_its_differences() -> None:
    part, theta = blocks(Y, X, MOTHERS, RECORDINGS, X[:, 2]), np.array([0.7, 0.1, 0.3, 0.4])
    rough = approx_fprime(theta, lambda at: mixed_model._solve(part, at).deviance, 1e-6)
    assert mixed_model._slopes(part, theta)[1] == pytest.approx(rough, rel=1e-3, abs=1e-3)


def test_degrees_of_freedom_are_those_of_the_written_out_information() -> None:
    """tr(PAPB) / 2 with P and every part A, B as whole matrices."""
    found = fit_mixed(blocks(Y, X, MOTHERS, RECORDINGS))
    same = [np.equal.outer(one, one).astype(float) for one in (MOTHERS, RECORDINGS)]
    parts = [np.eye(len(Y)), *same]
    whole = found.variance * parts[0] + found.random[0, 0] * parts[1] + found.random[1, 1] * parts[2]
    inverse = np.linalg.inv(whole)
    cov = np.linalg.inv(X.T @ inverse @ X)
    p = inverse - inverse @ X @ cov @ X.T @ inverse
    information = np.array([[np.trace(p @ a @ p @ b) / 2 for a in parts] for b in parts])
    for unit in np.eye(3):
        turns = np.array([unit @ cov @ X.T @ inverse @ a @ inverse @ X @ cov @ unit for a in parts])
        df = 2 * (unit @ cov @ unit) ** 2 / (turns @ np.linalg.inv(information) @ turns)
        assert contrast(found, unit).df == pytest.approx(df, rel=1e-4)


def test_mothers_with_one_smile_each_are_a_plain_regression() -> None:
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=12), rng.normal(size=12)
    part = blocks(y, np.column_stack([np.ones(12), x]), np.arange(12), np.arange(12))
    assert part.thetas == 0
    found = contrast(fit_mixed(part), [0.0, 1.0])
    line = stats.linregress(x, y)
    assert (found.estimate, found.se, found.p) == pytest.approx((line.slope, line.stderr, line.pvalue))
    assert found.df == pytest.approx(10)


def test_recordings_of_one_smile_each_are_no_part_of_the_model() -> None:
    """They could not be told from the smiles; nor could mothers with one recording from their recordings."""
    y, x = np.array([1.0, 2, 4, 3, 7, 5]), np.ones((6, 1))
    mothers = np.repeat(np.arange(3), 2)
    assert blocks(y, x, mothers, np.arange(6)).thetas == 1
    assert blocks(y, x, mothers, mothers).thetas == 1
    assert blocks(np.tile(y, 2), np.ones((12, 1)), np.tile(mothers, 2), np.tile(np.arange(6), 2)).thetas == 2


def test_mothers_who_do_not_differ_give_a_variance_of_zero() -> None:
    y = np.array([0.0, 2, 2, 0, 0, 2, 2, 0])
    found = fit_mixed(blocks(y, np.ones((8, 1)), np.repeat(np.arange(4), 2)))
    assert found.random[0, 0] == pytest.approx(0, abs=1e-6)
    assert contrast(found, [1.0]).df == pytest.approx(3, abs=1e-3), "still judged by four mothers, not eight smiles"


def two_recordings_each(seed: int, slope: bool) -> mixed_model.Blocks:
    """40 mothers with two recordings of 1 to 8 smiles; mothers and recordings differ, but less than smiles do."""
    rng = np.random.default_rng(seed)
    smiles = rng.integers(1, 9, 80)
    recording = np.repeat(np.arange(80), smiles)
    mother, further = recording // 2, np.concatenate([np.arange(number) for number in smiles]).astype(float)
    y = 0.25 * rng.normal(size=40)[mother] + 0.15 * rng.normal(size=80)[recording] + rng.normal(size=len(mother))
    if slope:
        y += 0.05 * rng.normal(size=40)[mother] * further
    x = np.column_stack([np.ones(len(y)), recording % 2, *([further] * slope)])
    return blocks(y, x, mother, recording, further if slope else None)


@pytest.mark.parametrize(("slope", "seeds"), [(False, range(12)), (True, (0, 1, 3, 14, 28, 44))])
def test_a_search_is_not_caught_where_a_variance_is_zero(slope, seeds) -> None:
    """At zero the deviance is level in an SD, which looks like a minimum and would give the naive test."""
    sds, middle = (0, 0.03, 0.1, 0.2, 0.35, 0.6), ((-0.05, 0, 0.05), (0, 0.02, 0.05, 0.1)) if slope else ()
    for seed in seeds:
        part = two_recordings_each(seed, slope)
        found = fit_mixed(part)
        tried = (mixed_model._solve(part, np.array(theta)).deviance for theta in product(sds, *middle, sds))
        assert found.settled
        assert found.deviance <= min(tried) + 1e-6
        assert mixed_model._off_zero(part, found.theta, found.deviance) is None


@settings(max_examples=12)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-100, 100), st.randoms(use_true_random=False))
def test_order_names_and_units_do_not_matter(seed, factor, shift, random) -> None:
    rows = smile_rows(8, seed=seed, most=4)
    y = rows["max_onset_speed"].to_numpy()
    x = np.column_stack([np.ones(len(y)), rows["score:PHQ-9"], rows["visit"] == "6 months"]).astype(float)
    x[:, 1] += np.linspace(0, 1e-3, len(y))
    one = contrast(
        fit_mixed(blocks(y, x, rows["caregiver_id"].to_numpy(), rows["observation_id"].to_numpy())), [0, 0, 1]
    )
    order = list(range(len(y)))
    random.shuffle(order)
    names = rows["caregiver_id"].str.replace("M", "x").to_numpy()[order]
    recordings = rows["observation_id"].str[::-1].to_numpy()[order]
    other = contrast(fit_mixed(blocks((y * factor + shift)[order], x[order], names, recordings)), [0, 0, 1])
    assert other.estimate == pytest.approx(one.estimate * factor, rel=1e-3, abs=1e-4 * factor)
    assert other.se == pytest.approx(one.se * factor, rel=1e-2)
    assert other.p == pytest.approx(one.p, abs=1e-2)
