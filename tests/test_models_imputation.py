"""Imputation: draws against ordinary least squares, bounds, and that it helps where complete cases mislead."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pipeline.models.collapsed_imputed import mixed, spread_of
from pipeline.models.collapsed_mixture import Mixture
from pipeline.models.fit import ModelRefused
from pipeline.models.imputation import People, components, draw, impute


def people(scores: np.ndarray, covariates=None, outcomes=None, ends=(-np.inf, np.inf)) -> People:
    """People with these scores, and nothing else known of them unless said."""
    n, kinds = scores.shape
    empty = np.empty((n, 0))
    return People(
        scores, np.full(kinds, ends[0]), np.full(kinds, ends[1]),
        empty if covariates is None else covariates, empty if outcomes is None else outcomes,
    )  # fmt: skip


def test_draws_are_those_of_the_regression() -> None:
    """Mean and SD of many draws against statsmodels: prediction and its error, widened by the t of the variance."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((40, 3))
    y = 2 + x @ [1.0, -0.5, 0.0] + rng.standard_normal(40)
    missing = np.arange(40) < 4
    draws = np.array([draw(x, y, missing, rng) for _ in range(6000)])
    fit = sm.OLS(y[~missing], sm.add_constant(x[~missing])).fit()
    expected = fit.get_prediction(sm.add_constant(x)[missing])
    error, free = expected.se_obs, fit.df_resid
    assert np.abs((draws.mean(axis=0) - expected.predicted_mean) / (error / np.sqrt(6000))).max() < 4
    np.testing.assert_allclose(draws.std(axis=0), error * np.sqrt(free / (free - 2)), rtol=0.04)


@given(st.integers(0, 1000), st.floats(0.0, 0.6))
def test_known_scores_stay_and_drawn_ones_keep_to_the_range(seed: int, part: float) -> None:
    rng = np.random.default_rng(seed)
    scores = rng.integers(0, 31, (40, 2)).astype(float)
    scores[rng.random((40, 2)) < part * np.array([1.0, 0.3])] = np.nan
    found = impute(people(scores, rng.standard_normal((40, 2)), ends=(0, 30)), 3, seed)
    known = ~np.isnan(scores)
    assert (found[:, known] == scores[known]).all()
    assert found.min() >= 0 and found.max() <= 30 and np.isfinite(found).all()
    assert (impute(people(scores, ends=(0, 30)), 3, seed) == impute(people(scores, ends=(0, 30)), 3, seed)).all()


def test_imputations_differ_from_each_other_and_are_not_rounded() -> None:
    rng = np.random.default_rng(2)
    scores = rng.integers(5, 26, (60, 1)).astype(float)
    scores[:10] = np.nan
    drawn = impute(people(scores, ends=(0, 30)), 20, 1)[:, :10, 0]
    assert (drawn.std(axis=0) > 1).all()
    inside = drawn[(drawn > 0) & (drawn < 30)]
    assert (inside != np.round(inside)).all()


def test_the_other_score_informs_the_missing_one() -> None:
    """Scores that are copies of each other with noise: the drawn one follows the known one, both ways."""
    rng = np.random.default_rng(3)
    first = rng.standard_normal(200)
    scores = np.column_stack([first, first + 0.1 * rng.standard_normal(200)])
    truth = scores.copy()
    scores[:40, 0], scores[40:80, 1] = np.nan, np.nan
    means = impute(people(scores), 20, 1).mean(axis=0)
    for rows, column in ((slice(0, 40), 0), (slice(40, 80), 1)):
        assert np.corrcoef(means[rows, column], truth[rows, column])[0, 1] > 0.98


def test_components_are_those_of_the_correlation_matrix() -> None:
    rng = np.random.default_rng(4)
    outcomes = rng.standard_normal((30, 5)) @ rng.standard_normal((5, 5)) * [1, 10, 100, 1, 1]
    assert components(outcomes, 5).shape == (30, 5)
    values, vectors = np.linalg.eigh(np.corrcoef(outcomes.T))
    z = (outcomes - outcomes.mean(axis=0)) / outcomes.std(axis=0)
    for place, one in enumerate(components(outcomes, 2).T):
        expected = z @ vectors[:, -1 - place]
        assert abs(np.corrcoef(one, expected)[0, 1]) == pytest.approx(1, abs=1e-9)


def test_many_outcomes_are_reduced_and_constants_and_sums_do_no_harm() -> None:
    """60 behaviours of 40 people, which add up to a constant, beside a covariate that is the same for everybody."""
    rng = np.random.default_rng(5)
    scores = rng.normal(10, 3, (40, 1))
    scores[:8] = np.nan
    outcomes = rng.dirichlet(np.ones(60), 40)
    asked = people(scores, np.ones((40, 1)), outcomes)
    assert asked.room == 10  # 32 people with a score, 3 for each column, nothing else to learn from
    assert np.isfinite(impute(asked, 5, 1)).all()
    assert np.isfinite(impute(people(scores, outcomes=rng.dirichlet(np.ones(5), 40)), 5, 1)).all()


def test_too_few_people_are_refused_in_a_sentence() -> None:
    scores = np.full((20, 1), np.nan)
    scores[:6] = 1.0 + np.arange(6)[:, None]
    with pytest.raises(ModelRefused, match="Only 6 people have a score") as found:
        impute(people(scores), 5, 1)
    assert "Widen the selection" in found.value.message


def slope(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Least squares slope of y on x and its variance."""
    x, y = x - x.mean(), y - y.mean()
    found = x @ y / (x @ x)
    rest = y - found * x
    return found, rest @ rest / (len(x) - 2) / (x @ x)


def test_coverage_and_bias_where_complete_cases_mislead() -> None:
    """The higher the outcome, the more often the score is missing: the slope of complete cases is too small, the pooled
    one is not, and its intervals hold (Rubin's rules, 300 studies of 120 people).
    """
    truth, hits, complete, pooled = 0.5, 0, [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x = rng.standard_normal(120)
        y = truth * x + np.sqrt(0.75) * rng.standard_normal(120)
        gone = rng.random(120) < stats.norm.cdf(1.5 * y - 0.5)
        complete.append(slope(x[~gone], y[~gone])[0])
        scores = np.where(gone, np.nan, x)[:, None]
        fits = np.array([slope(one[:, 0], y) for one in impute(people(scores, outcomes=y[:, None]), 15, seed)])
        mean, within, between = fits[:, 0].mean(), fits[:, 1].mean(), fits[:, 0].var(ddof=1)
        total = within + (1 + 1 / 15) * between
        free = 14 * (1 + within / ((1 + 1 / 15) * between)) ** 2
        hits += abs(mean - truth) < stats.t.ppf(0.975, min(free, 118)) * np.sqrt(total)
        pooled.append(mean)
    assert np.mean(complete) < truth - 0.1
    assert np.mean(pooled) == pytest.approx(truth, abs=0.03)
    assert 0.92 < hits / 300 < 0.98


def of(means: list[float], sd: float) -> Mixture:
    """A posterior of one quantity with two draws around each mean."""
    centres = np.array(means)[:, None]
    return Mixture(centres, np.full_like(centres, sd), np.full(len(means), 1 / len(means)))


def test_the_same_posterior_mixed_with_itself_stays() -> None:
    one = of([0.1, 0.4], 0.3)
    both = mixed([one] * 20)
    for name in ("mean", "sd"):
        np.testing.assert_allclose(getattr(both, name), getattr(one, name), rtol=1e-12)
    np.testing.assert_allclose(both.quantile(0.025), one.quantile(0.025), atol=1e-9)
    assert spread_of([one] * 20).missing == 0


def test_mixing_follows_rubins_rules() -> None:
    """Mean of the means; variance within plus between (times 1 - 1/m, where Rubin has 1 + 1/m)."""
    rng = np.random.default_rng(6)
    parts = [of(list(centre + np.array([-0.1, 0.1])), 0.5) for centre in rng.normal(0, 0.4, 20)]
    means = np.array([one.mean[0] for one in parts])
    both, spread = mixed(parts), spread_of(parts)
    assert both.mean[0] == pytest.approx(means.mean())
    assert spread.within[0] == pytest.approx(0.25 + 0.01)
    assert spread.between[0] == pytest.approx(means.var(ddof=1))
    assert both.sd[0] ** 2 == pytest.approx(0.26 + means.var(), rel=1e-9)
    assert both.sd[0] ** 2 == pytest.approx(spread.within[0] + 1.05 * spread.between[0], rel=0.06)
    assert spread.missing[0] == pytest.approx(1.05 * means.var(ddof=1) / (0.26 + 1.05 * means.var(ddof=1)))
