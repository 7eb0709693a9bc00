"""Simulated from the model itself: intervals cover what was put in, and ranks are even."""

import numpy as np
import pytest
from scipy.stats import kstest

from pipeline.models import collapsed
from pipeline.models.collapsed_report import bayes_fit
from pipeline.models.design import build
from pipeline.models.fit import ModelRefused, Settings, random_values
from tests.model_rows import BARE, FEW, PAPER, simulate

LAYOUTS = {"sparse": {"codes": PAPER, "full": False}, "full": {"codes": PAPER, "full": True}}


def covered(layout: dict, studies: int, units: int, seed: int) -> np.ndarray:
    """For every coefficient of every study: is the truth inside its 95 % interval?"""
    found = []
    for study in range(studies):
        truth = simulate(np.random.default_rng([seed, study]), units, **layout)
        try:
            fit = collapsed.fit(truth.frame, BARE, study)
        except ModelRefused:
            continue  # a reference too rare in so small a study: refused by name
        for row in fit.terms.itertuples():
            value = truth.coefficients[row.response, row.term]
            found.append(row.lower <= value <= row.upper)
    return np.array(found)


@pytest.mark.parametrize("name", LAYOUTS)
def test_intervals_cover_the_truth(name: str) -> None:
    """20 small studies: near 95 % (the bound allows for so few studies)."""
    found = covered(LAYOUTS[name], 20, 40, 1)
    assert len(found) > 350 and 0.91 <= found.mean() <= 0.985


@pytest.mark.soak
@pytest.mark.parametrize("name", LAYOUTS)
def test_intervals_cover_the_truth_in_a_thousand_studies(name: str) -> None:
    """The published size, pooled over parameters: 93 to 97 %."""
    found = covered(LAYOUTS[name], 1000, 117, 2)
    assert 0.93 <= found.mean() <= 0.97


def drawn_from_the_prior(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two covariance matrices from the weak prior with scale 1: half-Normal SDs, r with density (1 - r^2) 3/4."""
    found = []
    for _ in range(2):
        sd, r = np.abs(rng.standard_normal(2)), 2 * rng.beta(2, 2) - 1
        found.append(np.array([[sd[0] ** 2, r * sd.prod()], [r * sd.prod(), sd[1] ** 2]]))
    return found[0], found[1]


def ranks(replicates: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Position of each truth in its posterior: replicates x coefficients, replicates x random part."""
    coefficients, variances = [], []
    for replicate in range(replicates):
        rng = np.random.default_rng([seed, replicate])
        unit, row = drawn_from_the_prior(rng)
        truth = simulate(rng, 40, FEW, unit=unit, row=row)
        settings = Settings(prior="weak", prior_sd=(1.0, 1.0))
        model = collapsed.posterior(collapsed.prepare(build(truth.frame, BARE)), settings, replicate)
        coefficients.append(model.mixture().below(np.array([truth.coefficients[one] for one in model.terms])))
        upper = np.triu_indices(2)
        true = random_values(np.concatenate([unit[upper], row[upper]])[None])[0]
        variances.append(model.draws.weights @ (random_values(model.omega) < true))
    return np.array(coefficients), np.array(variances)


def smallest_p(columns: np.ndarray) -> float:
    """Smallest Kolmogorov-Smirnov p-value over columns, after Holm."""
    found = [kstest(column, "uniform").pvalue for column in columns.T]
    return min(1.0, min(found) * len(found))


def test_ranks_of_the_truth_are_even() -> None:
    """Simulation-based calibration, 60 replicates; the weak prior with a fixed scale, so that the truth is drawn from
    it.
    """
    coefficients, variances = ranks(60, 1)
    assert smallest_p(coefficients) > 0.01 and smallest_p(variances) > 0.01


@pytest.mark.soak
def test_ranks_of_the_truth_are_even_in_a_thousand_replicates() -> None:
    coefficients, variances = ranks(1000, 2)
    assert smallest_p(coefficients) > 0.01 and smallest_p(variances) > 0.01


def test_a_large_study_finds_what_was_put_in() -> None:
    """4,000 units: every coefficient within five posterior SDs, variances within 5 %."""
    truth = simulate(np.random.default_rng(9), 4000)
    data = collapsed.prepare(build(truth.frame, BARE))
    fit = bayes_fit(collapsed.posterior(data, Settings(), 1))
    true = [truth.coefficients[row.response, row.term] for row in fit.terms.itertuples()]
    assert (np.abs(fit.terms["mean"] - true) / fit.terms["sd"]).max() < 5
    np.testing.assert_allclose(fit.random["mean"][[0, 2, 3, 5]], [0.06, 0.05, 0.20, 0.17], rtol=0.08)
    np.testing.assert_allclose(fit.random["mean"][[1, 4]], [0.02, 0.03], atol=0.005)
