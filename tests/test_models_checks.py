"""Checks of a fit: residuals, unit effects, deviance and replicates, each against matrices written out, another
sampler, or data whose answer is known.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kurtosis, skew, t

from pipeline.models import collapsed, gibbs
from pipeline.models.collapsed_deviance import deviance
from pipeline.models.collapsed_replicates import by_code, noise_of, replicate
from pipeline.models.collapsed_residuals import (
    normal_quantiles,
    row_residuals,
    shape_of,
    spread_by_code,
    unit_effects,
    unit_fitted,
)
from pipeline.models.collapsed_units import Effects, effects, some_draws, values_of, weighted
from pipeline.models.design import Design, build, entered
from pipeline.models.fit import Settings
from pipeline.models.variances import square
from tests.model_rows import FEW, PAPER, SPEC, simulate, with_covariates

ZERO = (-1.0, -1.0)


def rows_of(units: int = 40, seed: int = 4, codes: dict = PAPER, **options) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return with_covariates(simulate(rng, units, codes, **options).frame, rng)


def spec(rung: int = 2):
    return SPEC.changed(rung=rung)


def fitted(design: Design, **settings) -> collapsed.Posterior:
    return collapsed.posterior(collapsed.prepare(design), Settings(**settings), 1)


def code_of(frame: pd.DataFrame) -> pd.Series:
    return entered(frame, spec())[0]["code"]


def one_draw(model: collapsed.Posterior) -> collapsed.Posterior:
    """The posterior that knows its variances: those of the heaviest draw."""
    weights = np.zeros_like(model.draws.weights)
    weights[int(np.argmax(model.draws.weights))] = 1
    return replace(model, draws=replace(model.draws, weights=weights))


def looked_at(model: collapsed.Posterior) -> tuple:
    values, given = values_of(model), some_draws(model)
    return values, given, effects(values, given)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return rows_of()


@pytest.fixture(scope="module")
def model(frame: pd.DataFrame) -> collapsed.Posterior:
    return fitted(build(frame, spec()), draws=3000)


@pytest.fixture(scope="module")
def chain(model: collapsed.Posterior) -> gibbs.Chain:
    start = model.data.scale.omega(model.reml.omega[None])[0]
    return gibbs.run(gibbs.rows_of(model.data.design), start, Settings(), 3, burn_in=200, kept=3000)


def mixed_model(
    design: Design, omega: np.ndarray, pooled: np.ndarray | float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Henderson's equations with dense matrices: W = [X, Z], y, R and the covariance of (coefficients, effects)."""
    row, side = np.nonzero(~np.isnan(design.y))
    first, p = design.x[0].shape[1], design.x[0].shape[1] + design.x[1].shape[1]
    w = np.zeros((len(row), p + 2 * design.units))
    for place, (one, whose) in enumerate(zip(row, side, strict=True)):
        start = first * whose
        w[place, start : start + design.x[whose].shape[1]] = design.x[whose][one]
        w[place, p + 2 * design.unit[one] + whose] = 1
    r = (row[:, None] == row) * square(omega[3:])[np.ix_(side, side)]
    penalty = np.zeros((w.shape[1],) * 2)
    penalty[:p, :p] = pooled
    penalty[p:, p:] = np.kron(np.eye(design.units), np.linalg.inv(square(omega[:3])))
    return w, design.y[row, side], r, np.linalg.inv(w.T @ np.linalg.solve(r, w) + penalty)


def test_given_the_variances_they_are_those_of_hendersons_equations(model: collapsed.Posterior, frame) -> None:
    """Effects, their intervals, residuals and the deviance's expectation by dense matrices."""
    one, design = one_draw(model), model.data.design
    values, given, found = looked_at(one)
    omega = one.omega[given.places[0]]
    w, y, r, covariance = mixed_model(design, omega)
    solution = covariance @ w.T @ np.linalg.solve(r, y)
    p, count = len(model.active), design.units
    units = unit_effects(one, given, found)
    expected = solution[p:].reshape(count, 2)
    sds = np.sqrt(np.diagonal(covariance)[p:]).reshape(count, 2)
    for side, response in enumerate(design.responses):
        mine = units[units["response"] == response]
        np.testing.assert_allclose(mine["mean"], expected[:, side], atol=1e-8)
        np.testing.assert_allclose(mine["upper"] - mine["mean"], 1.959964 * sds[:, side], rtol=1e-5)
    rows = row_residuals(one, values, given, found, code_of(frame))
    row, side = np.nonzero(~np.isnan(design.y))
    rest = y - w @ solution
    for number, response in enumerate(design.responses):
        mine = rows[rows["response"] == response]
        np.testing.assert_allclose(mine["residual"], rest[side == number], atol=1e-8)
        np.testing.assert_allclose(mine["fitted"] + mine["residual"], y[side == number], atol=1e-10)
    log_det = np.linalg.slogdet(r)[1]
    plain = len(y) * np.log(2 * np.pi) + log_det + rest @ np.linalg.solve(r, rest)
    free = np.trace(np.linalg.solve(r, w @ covariance @ w.T))
    dic = deviance(one, values, given, found)
    assert dic.at_means == pytest.approx(plain, abs=1e-6)
    assert dic.mean == pytest.approx(plain + free, abs=1e-6)
    assert dic.parameters == pytest.approx(free, abs=1e-6) and dic.dic == pytest.approx(plain + 2 * free, abs=1e-6)


def test_residuals_leave_nothing_that_the_columns_could_explain(model: collapsed.Posterior) -> None:
    """Given the variances: X' R^-1 residual = 0, so each behaviour's residuals average 0 where sides do not pair."""
    one = one_draw(model)
    values, given, found = looked_at(one)
    left = weighted(values, found.rest, given.omega)[0]
    np.testing.assert_allclose(values.x[0].T @ left[:, 0], 0, atol=1e-8)
    np.testing.assert_allclose(values.x[1].T @ left[:, 1], 0, atol=1e-8)


def test_unit_effects_are_those_of_the_gibbs_sampler(model: collapsed.Posterior, chain: gibbs.Chain) -> None:
    values, given, found = looked_at(model)
    units = unit_effects(model, given, found)
    for side, response in enumerate(model.data.design.responses):
        mine = units[units["response"] == response].set_index("unit")
        error = (mine["upper"] - mine["lower"]) / 3.92
        assert np.abs((mine["mean"] - chain.effects[:, side]) / error).max() < 0.15
        assert (mine["lower"] < mine["mean"]).all() and (mine["mean"] < mine["upper"]).all()
    fitted_units = unit_fitted(row_residuals(model, values, given, found, code_of_model(model)), units)
    assert len(fitted_units) == len(units) and fitted_units["fitted"].notna().mean() > 0.9


def code_of_model(model: collapsed.Posterior) -> pd.Series:
    return pd.Series(["any"] * len(model.data.design.y))


def test_the_dic_is_that_of_the_gibbs_sampler(model: collapsed.Posterior, chain: gibbs.Chain) -> None:
    found = deviance(model, *looked_at(model))
    theirs = gibbs.deviances(gibbs.rows_of(model.data.design), chain)
    assert found.mean == pytest.approx(theirs["deviance_mean"], abs=2.5)
    assert found.parameters == pytest.approx(theirs["effective_parameters"], abs=1.5)
    assert found.dic == pytest.approx(theirs["dic"], abs=4)
    reml = collapsed.fit_design(model.data.design, Settings(method="reml"), 1).diagnostics["log_likelihood"]
    ml = collapsed.fit_design(model.data.design, Settings(method="ml"), 1).diagnostics["log_likelihood"]
    assert found.reml_log_likelihood == pytest.approx(reml, abs=1e-5)
    assert found.log_likelihood == pytest.approx(ml, abs=1e-5)


def test_pooled_coefficients_cost_less() -> None:
    """Given the variances and tau: Henderson's equations with the penalty on the pooled coefficients."""
    design = build(rows_of(codes=FEW), spec())
    pooled = one_draw(fitted(design, pooled=True))
    values, given, found = looked_at(pooled)
    scale = pooled.data.scale
    turned = np.linalg.inv(scale.back(pooled.active))
    penalty = turned.T @ np.diag(pooled.pooling.penalty[given.places[0]]) @ turned
    w, _, r, covariance = mixed_model(design, pooled.omega[given.places[0]], penalty)
    free = np.trace(np.linalg.solve(r, w @ covariance @ w.T))
    assert deviance(pooled, values, given, found).parameters == pytest.approx(free, abs=1e-6)
    plain = replace(pooled, pooling=None)
    assert free < deviance(plain, values, given, found).parameters - 0.5


def test_many_units_are_looked_at_with_fewer_draws(model: collapsed.Posterior) -> None:
    few = some_draws(model, 150)
    assert len(few.weights) == 150 and few.weights.sum() == pytest.approx(1)
    whole = some_draws(model, 10_000)
    np.testing.assert_allclose(few.weights @ few.omega, whole.weights @ whole.omega, rtol=0.1, atol=0.02)
    assert isinstance(effects(values_of(model), few), Effects)


def test_shapes_by_another_program() -> None:
    values = np.random.default_rng(1).gamma(2, size=300)
    found = shape_of(values)
    assert found["skewness"] == pytest.approx(skew(values)) and found["kurtosis"] == pytest.approx(kurtosis(values))
    assert found["skewness_se"] == pytest.approx(np.sqrt(6 / 300), rel=0.02)
    assert found["kurtosis_se"] == pytest.approx(np.sqrt(24 / 300), rel=0.03)
    assert np.isnan(shape_of(np.arange(4.0))["skewness"]) and np.isnan(shape_of(np.ones(20))["kurtosis"])
    assert shape_of(np.array([]))["count"] == 0
    np.testing.assert_allclose(normal_quantiles(np.array([3.0, 1.0, 2.0])), [0.8694, -0.8694, 0], atol=1e-4)


def test_the_spread_by_behaviour_by_hand() -> None:
    rows = pd.DataFrame(
        {"response": "infant", "code": ["A", "A", "B"], "unit": [1, 2, 2], "residual": [3.0, -4.0, 2.0]}
    )
    found = spread_by_code(rows).set_index("code")
    assert found.loc["A", "sd"] == pytest.approx(np.sqrt(12.5)) and found.loc["B", "sd"] == 2
    assert list(found["values"]) == [2, 1] and list(found["units"]) == [2, 1]


def test_the_noise_of_a_replicate_has_the_variances_of_the_draw() -> None:
    omega = np.array([[0.5, 0.2, 0.4, 1.0, -0.3, 2.0]])
    unit = np.repeat(np.arange(20_000), 2)
    noise = noise_of(omega, unit, 20_000, np.random.default_rng(2))[0]
    total = square(omega[0, :3]) + square(omega[0, 3:])
    np.testing.assert_allclose(np.cov(noise.T), total, atol=0.06)
    between = noise[::2].T @ noise[1::2] / 20_000
    np.testing.assert_allclose(between, square(omega[0, :3]), atol=0.04)


def checked(frame: pd.DataFrame, count: int = 200) -> pd.DataFrame:
    model = fitted(build(frame, spec()), draws=300)
    found = replicate(model, 7, count)
    return by_code(found, code_of(frame).to_numpy(str), model.data.design.responses, ZERO)


def test_replicates_by_hand(model: collapsed.Posterior, frame: pd.DataFrame) -> None:
    """Observed statistics are those of the frame; the replicates' mean is that of the coefficients."""
    codes = code_of(frame)
    found = by_code(replicate(model, 7, 300), codes.to_numpy(str), model.data.design.responses, ZERO)
    rows = found.set_index(["response", "code", "statistic"])
    mine = frame.loc[frame["code"] == "Smile", "y_infant"].dropna()
    for name, expected in (("mean", mine.mean()), ("sd", mine.std()), ("below", (mine < -1).mean())):
        assert rows.loc[("infant", "Smile", name), "observed"] == pytest.approx(expected)
        assert rows.loc[("infant", "Smile", name), "values"] == len(mine)
    assert (found["lower"] <= found["inner_low"]).all() and (found["inner_high"] <= found["upper"]).all()
    assert found["p"].between(0, 1).all()
    means = found[found["statistic"] == "mean"]
    assert means["p"].between(0.2, 0.8).all(), "the model has a coefficient for each mean"


def test_p_values_of_data_from_the_model_are_not_extreme() -> None:
    """Over 12 simulated studies: at most about the nominal share of the spreads beyond the 95 % interval, both ways."""
    parts = [checked(rows_of(60, seed, FEW), 150) for seed in range(12)]
    p = pd.concat(parts)[lambda found: found["statistic"] == "sd"]["p"]
    assert len(p) == 72 and 0.35 < p.mean() < 0.65
    assert (p.lt(0.025) | p.gt(0.975)).mean() < 0.12
    assert p.std() > 0.12, "and they do vary"


def test_a_behaviour_with_another_spread_is_found() -> None:
    frame = rows_of(80, 3, FEW, full=True)
    mine = frame["code"] == "Smile"
    frame.loc[mine, "y_infant"] = frame["y_infant"].mean() + 4 * (frame["y_infant"] - frame["y_infant"].mean())
    rows = checked(frame).set_index(["response", "code", "statistic"])
    assert rows.loc[("infant", "Smile", "sd"), "p"] < 0.01
    assert rows.loc[("infant", "Negative", "sd"), "p"] > 0.99
    assert 0.02 < rows.loc[("caregiver", "Smile", "sd"), "p"] < 0.98


def test_heavy_tails_are_found() -> None:
    rest = t.rvs(3, size=500, random_state=4)
    found = shape_of(rest)
    assert found["kurtosis"] > 1 and found["kurtosis"] > 2 * found["kurtosis_se"]
