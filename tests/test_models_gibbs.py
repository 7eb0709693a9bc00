"""The paper's estimator and the quick engine are two roads to one posterior; RIGLS and Newton two roads to REML."""

import numpy as np
import pytest
from scipy.stats import invwishart

from pipeline.models import collapsed, gibbs
from pipeline.models.chains import effective_size, split_rhat
from pipeline.models.collapsed_report import bayes_fit
from pipeline.models.design import build
from pipeline.models.fit import ModelRefused, Settings
from pipeline.models.rigls import rigls
from pipeline.models.variances import square
from tests.model_rows import BARE, FEW, PAPER, simulate, with_covariates

LAYOUTS = {
    "the paper's sparse layout": {"units": 70, "codes": PAPER},
    "every cell": {"units": 40, "codes": FEW, "full": True},
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_rigls_ends_at_the_reml_estimate(name: str) -> None:
    design = build(simulate(np.random.default_rng(3), **LAYOUTS[name]).frame, BARE)
    omega, coefficients, settled = rigls(design)
    quick = collapsed.fit_design(design, Settings(method="reml"), 1)
    assert settled
    np.testing.assert_allclose(omega, quick.random["mean"][:6], rtol=1e-6)
    np.testing.assert_allclose(coefficients, quick.terms["mean"], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("name", LAYOUTS)
def test_both_engines_agree_within_their_monte_carlo_error(name: str) -> None:
    """Over all parameters: standardised differences of the means with rms 0.7 to 1.3, none above 4; SDs within 6 %."""
    design = build(simulate(np.random.default_rng(3), **LAYOUTS[name]).frame, BARE)
    data = collapsed.prepare(design)
    model = collapsed.posterior(data, Settings(draws=8000), 1)
    quick = bayes_fit(model)
    start = data.scale.omega(model.reml.omega[None])[0]
    plain = gibbs.fit_design(design, Settings(), 4, start=start, kept=8000)
    own = np.zeros(len(quick.table))
    own[len(quick.terms) :] = quick.random["sd"] ** 2 / quick.diagnostics["ess"]
    error = np.sqrt(plain.table["sd"] ** 2 / plain.table["ess"] + own)
    distance = ((quick.table["mean"] - plain.table["mean"]) / error).to_numpy()
    assert np.abs(distance).max() < 4
    assert 0.7 < np.sqrt((distance**2).mean()) < 1.3
    np.testing.assert_allclose(quick.table["sd"], plain.table["sd"], rtol=0.06)
    assert plain.table["rhat"].max() < 1.02


def test_the_fit_says_what_ran() -> None:
    """1,000 + 10,000 by default; here fewer. DIC = Dbar + pD, and pD is near the number of parameters."""
    assert (gibbs.BURN_IN, gibbs.KEPT) == (1_000, 10_000)
    rng = np.random.default_rng(2)
    design = build(with_covariates(simulate(rng, 40, FEW).frame, rng), BARE)
    fit = gibbs.fit_design(design, Settings(), 1, burn_in=100, kept=400)
    again = gibbs.fit_design(design, Settings(), 1, burn_in=100, kept=400)
    assert fit.table.equals(again.table) and fit.engine == "gibbs"
    found = fit.diagnostics
    assert found["dic"] == pytest.approx(found["deviance_mean"] + found["effective_parameters"])
    assert len(design.every) < found["effective_parameters"] < len(design.every) + 2 * design.units


def test_what_the_engine_cannot_do_is_refused() -> None:
    design = build(simulate(np.random.default_rng(2), 30, FEW).frame, BARE)
    sentence = "The Gibbs engine has MLwiN's default priors only, without pooling. Choose the quick engine for other"
    for settings in (Settings(prior="weak"), Settings(method="reml"), Settings(pooled=True)):
        with pytest.raises(ModelRefused, match=sentence):
            gibbs.fit_design(design, settings, 1)


def test_a_start_on_the_boundary_is_moved_and_said() -> None:
    design = build(simulate(np.random.default_rng(1), 60, FEW, unit=np.zeros((2, 2))).frame, BARE)
    fit = gibbs.fit_design(design, Settings(), 1, burn_in=50, kept=200)
    assert np.isfinite(fit.table[["mean", "sd"]].to_numpy()).all()
    assert any("moved off it" in note.text for note in fit.notes)


def test_without_row_covariance_the_variances_are_drawn_one_by_one() -> None:
    """Against the quick engine under the same Gamma(.001, .001) priors."""
    design = build(simulate(np.random.default_rng(8), 60, FEW).frame, BARE)
    settings = Settings(row_covariance=False, draws=4000)
    quick = collapsed.fit_design(design, settings, 1)
    start, _, _ = rigls(design, row_covariance=False)
    plain = gibbs.fit_design(design, settings, 2, start=start, kept=5000)
    np.testing.assert_allclose(quick.random["mean"][:6], plain.random["mean"][:6], rtol=0.06, atol=0.004)
    assert plain.random["sd"][4] == 0


def test_inverse_wishart_draws_are_scipys() -> None:
    """Moments of 4,000 draws: mean psi / (nu - 3), and scipy's SDs."""
    rng = np.random.default_rng(0)
    psi = np.array([[3.0, 0.8], [0.8, 2.0]])
    mine = np.array([gibbs.draw_covariance(psi, 12, rng) for _ in range(4000)])
    theirs = invwishart(12, psi).rvs(20000, random_state=1)
    np.testing.assert_allclose(square(mine.mean(axis=0)), psi / 9, rtol=0.05)
    np.testing.assert_allclose(mine.std(axis=0), theirs.std(axis=0)[[0, 0, 1], [0, 1, 1]], rtol=0.08)


def test_chain_diagnostics_on_chains_with_known_answers() -> None:
    """Independent draws count fully; an AR(1) chain with r = .8 counts (1 - r) / (1 + r) = 1/9; drift shows."""
    rng = np.random.default_rng(1)
    free = rng.standard_normal((20000, 1))
    slow = np.empty((20000, 1))
    slow[0] = 0
    for place in range(1, len(slow)):
        slow[place] = 0.8 * slow[place - 1] + free[place]
    assert effective_size(free)[0] == pytest.approx(20000, rel=0.1)
    assert effective_size(slow)[0] == pytest.approx(20000 / 9, rel=0.15)
    assert split_rhat(free)[0] == pytest.approx(1, abs=0.002)
    assert split_rhat(free + np.linspace(0, 3, 20000)[:, None])[0] > 1.3
    assert np.isnan(effective_size(np.zeros((100, 1)))[0])
