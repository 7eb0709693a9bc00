"""Leave one unit out: against dropping the unit and fitting anew, against draws of all parameters, and the comparison
of models on data whose answer is known.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from pipeline.models import collapsed
from pipeline.models.collapsed_compare import Comparison, compare
from pipeline.models.collapsed_loo import Loo, foretold, leave_one_out, without
from pipeline.models.design import Design, build
from pipeline.models.fit import Settings
from pipeline.models.variances import square
from tests.model_rows import FEW, PAPER, SPEC, simulate, with_covariates


def design_of(rung: int, units: int = 40, seed: int = 5, codes: dict = PAPER, **changes) -> Design:
    rng = np.random.default_rng(seed)
    frame = with_covariates(simulate(rng, units, codes).frame, rng)
    return build(frame, SPEC.changed(rung=rung, **changes))


def fitted(design: Design, **settings) -> collapsed.Posterior:
    return collapsed.posterior(collapsed.prepare(design), Settings(**settings), 1)


@pytest.fixture(scope="module")
def model() -> collapsed.Posterior:
    """The weak prior with fixed scales: the same prior when a unit is missing."""
    return fitted(design_of(rung=2), draws=2000, prior="weak", prior_sd=(1.0, 1.0))


@pytest.fixture(scope="module")
def found(model: collapsed.Posterior) -> Loo:
    return leave_one_out(model)


def written_out(design: Design, unit: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """X (raw), y, row and side of one unit's values, one record each."""
    row, side = np.nonzero((design.unit == unit)[:, None] & ~np.isnan(design.y))
    first = design.x[0].shape[1]
    x = np.zeros((len(row), first + design.x[1].shape[1]))
    for place, (one, whose) in enumerate(zip(row, side, strict=True)):
        start = first * whose
        x[place, start : start + design.x[whose].shape[1]] = design.x[whose][one]
    return x, design.y[row, side], row, side


def by_draws(other: collapsed.Posterior, design: Design, unit: int, count: int = 1000) -> float:
    """Log predictive density of a unit: the Normal density of scipy averaged over joint draws of everything."""
    x, y, row, side = written_out(design, unit)
    rng = np.random.default_rng(3)
    chosen = rng.choice(len(other.draws.weights), count, p=other.draws.weights)
    b = collapsed.joint_draws(other.found, chosen, rng) @ other.data.scale.back(other.active).T
    b = b + other.data.scale.shift(other.active)
    density = []
    for one, omega in zip(b, other.omega[chosen], strict=True):
        between, within = square(omega[:3]), square(omega[3:])
        v = between[np.ix_(side, side)] + (row[:, None] == row) * within[np.ix_(side, side)]
        density.append(multivariate_normal.logpdf(y, x @ one, v))
    return float(logsumexp(density) - np.log(count))


@pytest.mark.parametrize("unit", [0, 7, 23])
def test_a_unit_dropped_and_the_rest_fitted_anew(model: collapsed.Posterior, found: Loo, unit: int) -> None:
    """The long way round: a cold fit without the unit, its density averaged over draws of all parameters."""
    design = model.data.design
    other = fitted(without(design, unit), prior="weak", prior_sd=(1.0, 1.0))
    expected = by_draws(other, design, unit)
    assert found.elpd[unit] == pytest.approx(expected, abs=0.25)
    assert foretold(model, unit) == pytest.approx(expected, abs=0.25)
    assert foretold(model, unit) == pytest.approx(found.elpd[unit], abs=0.15)
    assert found.lpd[unit] == pytest.approx(by_draws(model, design, unit), abs=0.25)


def test_the_scale_of_mlwins_prior_comes_from_all_units() -> None:
    """What the weights cannot undo: a fit without an outlying unit has another prior. It is small."""
    model = fitted(design_of(rung=2), draws=2000)
    found = leave_one_out(model)
    assert found.elpd[7] == pytest.approx(foretold(model, 7), abs=0.1)
    assert 0.05 < found.elpd[0] - foretold(model, 0) < 0.4


def test_given_the_variances_it_is_an_identity(model: collapsed.Posterior) -> None:
    """One draw of the variances: the density of each unit is that of generalised least squares without it."""
    place = int(np.argmax(model.draws.weights))
    weights = np.zeros_like(model.draws.weights)
    weights[place] = 1
    one = replace(model, draws=replace(model.draws, weights=weights))
    found, design, omega = leave_one_out(one), model.data.design, model.omega[place]
    between, within = square(omega[:3]), square(omega[3:])
    parts = [written_out(design, unit) for unit in range(design.units)]
    vs = [between[np.ix_(s, s)] + (r[:, None] == r) * within[np.ix_(s, s)] for _, _, r, s in parts]
    for unit in (0, 11, 39):
        others = [number for number in range(design.units) if number != unit]
        a = sum(parts[n][0].T @ np.linalg.solve(vs[n], parts[n][0]) for n in others)
        right = sum(parts[n][0].T @ np.linalg.solve(vs[n], parts[n][1]) for n in others)
        x, y, _, _ = parts[unit]
        expected = multivariate_normal.logpdf(y, x @ np.linalg.solve(a, right), vs[unit] + x @ np.linalg.solve(a, x.T))
        assert found.elpd[unit] == pytest.approx(expected, abs=1e-6)


def test_arviz_says_the_same(model: collapsed.Posterior, found: Loo) -> None:
    """Another program on draws of all parameters: elpd, and the Pareto k that it takes for the weights of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        import arviz

    design, rng, count = model.data.design, np.random.default_rng(8), 2000
    chosen = rng.choice(len(model.draws.weights), count, p=model.draws.weights)
    b = collapsed.joint_draws(model.found, chosen, rng) @ model.data.scale.back(model.active).T
    b, omega = b + model.data.scale.shift(model.active), model.omega[chosen]
    pointwise = np.empty((1, count, design.units))
    for unit in range(design.units):
        x, y, row, side = written_out(design, unit)
        kind = side[:, None] + side
        v = omega[:, :3][:, kind] + np.where(row[:, None] == row, omega[:, 3:][:, kind], 0.0)
        rest = y - b @ x.T
        fit = np.einsum("si,si->s", rest, np.linalg.solve(v, rest[:, :, None])[:, :, 0])
        pointwise[0, :, unit] = -0.5 * (len(y) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] + fit)
    data = arviz.from_dict(posterior={"b": np.zeros((1, count))}, log_likelihood={"unit": pointwise})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        theirs = arviz.loo(data, pointwise=True)
    good = theirs.pareto_k.to_numpy() < 0.5
    assert good.sum() > 10
    np.testing.assert_allclose(found.elpd[good], theirs.loo_i.to_numpy()[good], atol=0.35)
    assert found.elpd.sum() == pytest.approx(float(theirs.elpd_loo), abs=4)
    assert found.parameters == pytest.approx(float(theirs.p_loo), rel=0.15)
    assert found.k_hat.max() < 0.7, "only six parameters are weighted anew"


def test_bad_weights_are_replaced_by_a_fit_without_the_unit(model: collapsed.Posterior, found: Loo) -> None:
    limit = float(np.sort(found.k_hat)[-2])
    again = leave_one_out(model, limit)
    (unit,) = np.flatnonzero(again.refitted)
    assert unit == int(np.argmax(found.k_hat)) and not found.refitted.any()
    assert again.elpd[unit] != found.elpd[unit]
    assert again.elpd[unit] == pytest.approx(found.elpd[unit], abs=0.15)
    others = np.arange(len(found.elpd)) != unit
    np.testing.assert_array_equal(again.elpd[others], found.elpd[others])


def test_the_scale_of_the_responses_shifts_all_models_alike() -> None:
    """Values in other units: the log density of a unit falls by (its values) x log(factor), exactly."""
    design = design_of(rung=1, codes=FEW)
    plain = leave_one_out(fitted(design, prior="weak"))
    wide = leave_one_out(fitted(replace(design, y=design.y * 10), prior="weak"))
    np.testing.assert_allclose(wide.elpd, plain.elpd - plain.values * np.log(10), atol=1e-6)
    assert plain.values.sum() == (~np.isnan(design.y)).sum()


def test_pooled_products_count_as_pooled() -> None:
    """With pooling the left-out density is that of a refit with pooling."""
    design = design_of(rung=2, codes=FEW)
    model = fitted(design, pooled=True, draws=2000)
    found = leave_one_out(model)
    for unit in (2, 9):
        assert found.elpd[unit] == pytest.approx(foretold(model, unit), abs=0.12)
    assert found.parameters < leave_one_out(fitted(design)).parameters


def alone() -> Design:
    """A column that only unit 3 has."""
    design = design_of(rung=1, codes=FEW)
    mine = (design.unit == 3).astype(float)[:, None] * ~np.isnan(design.y[:, :1])
    column = replace(design.columns[0][1], term="Only there")
    x = (np.column_stack([design.x[0], mine]), design.x[1])
    return replace(design, x=x, columns=((*design.columns[0], column), design.columns[1]))


def test_a_unit_that_carries_a_coefficient_alone_cannot_be_foretold() -> None:
    design = alone()
    found = leave_one_out(fitted(design))
    assert list(np.flatnonzero(~found.usable)) == [3]
    both = compare({1: leave_one_out(fitted(design_of(rung=1, codes=FEW))), 2: found})
    assert both.units == design.units - 1


def ladder(design_at) -> Comparison:
    return compare({rung: leave_one_out(fitted(design_at(rung))) for rung in range(5)})


def test_the_model_that_made_the_data_wins() -> None:
    """Behaviours differ, slopes differ, covariates are noise: Model 2 beats 0 clearly, 3 and 4 do not beat it."""
    found = ladder(lambda rung: design_of(rung, units=200, codes=FEW, seed=2))
    assert found.clear(2, 0) and found.clear(1, 0) and found.clear(2, 1)
    assert not found.clear(4, 2) and not found.clear(3, 2)
    table = found.table
    assert table.loc[found.best, "behind"] == 0 and (table["behind"] <= 0).all()
    assert (table["p_loo"].diff().dropna() > 0).all(), "more coefficients, more parameters"
    gain, error = found.gain(2, 0)
    assert gain == pytest.approx(table.loc[2, "elpd"] - table.loc[0, "elpd"]) and 0 < error < gain


def test_a_comparison_by_hand() -> None:
    """Differences 1, 2, 3 over three units: sum 6, SE sqrt(3) x 1."""

    def loo(elpd: list[float]) -> Loo:
        values = np.array(elpd)
        return Loo(values, values + 0.5, np.full(3, 0.1), np.zeros(3, bool), np.array([2, 2, 3]))

    found = compare({"a": loo([-4, -5, -6]), "b": loo([-5, -7, -9])})
    assert found.best == "a" and found.table.loc["b", "behind"] == -6
    assert found.table.loc["b", "behind_se"] == pytest.approx(np.sqrt(3))
    assert found.table.loc["a", "p_loo"] == pytest.approx(1.5)
    assert found.gain("a", "b") == (6, pytest.approx(np.sqrt(3))) and found.clear("a", "b")
    assert not found.clear("b", "a") and not compare({"a": loo([-4, -5, -6]), "b": loo([-5, -6, -7])}).clear("a", "b")
    other = replace(loo([-1, -1, -1]), values=np.array([2, 2, 2]))
    with pytest.raises(ValueError, match="same rows"):
        compare({"a": loo([-4, -5, -6]), "b": other})
