"""The quick engine: the marginal likelihood written out, statsmodels, invariances, boundaries, what-ifs."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import halfnorm, invwishart, multivariate_normal, norm
from statsmodels.regression.mixed_linear_model import MixedLM

from pipeline.models import collapsed, collapsed_priors
from pipeline.models.collapsed_blocks import blocks_of, scaled
from pipeline.models.collapsed_marginal import factored, marginal
from pipeline.models.collapsed_mixture import Mixture, weighted_quantile
from pipeline.models.collapsed_mode import eta_of, omega_of
from pipeline.models.collapsed_report import bayes_fit
from pipeline.models.collapsed_sampling import Proposal, pareto_k
from pipeline.models.design import Design, build
from pipeline.models.design_table import of_table
from pipeline.models.fit import COLUMNS, Fit, ModelRefused, Settings, random_names
from pipeline.models.variances import off_boundary, on_boundary, relative, square
from tests import model_rows
from tests.model_rows import BARE, FEW, SPEC, simulate, with_covariates

NUMBERS = ["mean", "sd", "lower", "upper"]


def design_of(seed: int = 1, rung: int = 2, **options) -> Design:
    rng = np.random.default_rng(seed)
    frame = with_covariates(simulate(rng, **options).frame, rng)
    return build(frame, SPEC.changed(rung=rung))


def written_out(design: Design, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """V, X and y of the scaled values, one record per observed response."""
    _, y, matrices = scaled(design)
    row, side = np.nonzero(~np.isnan(y))
    unit, rows = square(omega[:3]), square(omega[3:])
    v = (design.unit[row][:, None] == design.unit[row]) * unit[side][:, side]
    v = v + (row[:, None] == row) * rows[side][:, side]
    first, total = matrices[0].shape[1], matrices[0].shape[1] + matrices[1].shape[1]
    x = np.zeros((len(row), total))
    for number, columns in enumerate((slice(0, first), slice(first, total))):
        x[side == number, columns] = matrices[number][row[side == number]]
    return v, x, y[row, side]


OMEGAS = [
    (0.05, 0.02, 0.06, 0.9, 0.1, 1.1),
    (0.0, 0.0, 0.3, 1.0, -0.7, 1.2),
    (2.0, 2.0, 2.0, 0.4, 0.0, 0.6),
    (0.0, 0.0, 0.0, 1.0, 0.2, 1.0),
]


@pytest.mark.parametrize("omega", OMEGAS)
@pytest.mark.parametrize("full", [False, True])
def test_the_marginal_likelihood_is_that_of_the_written_out_matrices(omega: tuple, full: bool) -> None:
    """Woodbury by patterns against V itself, also where the unit covariance is singular."""
    design = design_of(rung=4, units=30, full=full)
    blocks, _ = blocks_of(design)
    found = marginal(blocks, np.array([omega]))
    v, x, y = written_out(design, np.array(omega))
    w = np.column_stack([x, y])
    np.testing.assert_allclose(found.a[0], w.T @ np.linalg.solve(v, w), atol=1e-8)
    log_det = np.linalg.slogdet(v)[1]
    assert found.log_det_v[0] == pytest.approx(log_det, abs=1e-8)
    precision = x.T @ np.linalg.solve(v, x)
    rest = y - x @ np.linalg.solve(precision, x.T @ np.linalg.solve(v, y))
    free = len(y) - x.shape[1]
    fit = rest @ np.linalg.solve(v, rest)
    restricted = free * np.log(2 * np.pi) + log_det + np.linalg.slogdet(precision)[1] + fit
    assert factored(found).log_likelihood(len(y), True)[0] == pytest.approx(-restricted / 2, abs=1e-8)
    plain = -0.5 * (len(y) * np.log(2 * np.pi) + log_det + fit)
    assert factored(found).log_likelihood(len(y), False)[0] == pytest.approx(plain, abs=1e-8)


def test_a_subset_of_columns_is_a_sub_matrix() -> None:
    design = design_of(rung=4, units=30)
    blocks, _ = blocks_of(design)
    active = np.array([place for place, one in enumerate(design.every) if one.variable not in ("age", "activity")])
    omega = np.array(OMEGAS[:3])
    whole, part = marginal(blocks, omega).subset(active), marginal(blocks.subset(active), omega)
    np.testing.assert_allclose(whole.a, part.a, atol=1e-10)
    np.testing.assert_allclose(whole.log_det_v, part.log_det_v, atol=1e-10)


def two_studies(rng: np.random.Generator) -> pd.DataFrame:
    """Heights in some units and weights in others: the bivariate model is two univariate ones."""
    parts = []
    for side, name in enumerate(("height", "weight")):
        unit = np.repeat(np.arange(40), 6)
        x, group = rng.normal(3, 2, len(unit)), rng.integers(0, 2, len(unit))
        y = 170 + 4 * x - 3 * group + rng.normal(0, 5, 40)[unit] + rng.normal(0, 8, len(unit))
        parts.append(pd.DataFrame({"unit": unit + 100 * side, name: y / (1 + side), "x": x, "group": group}))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_likelihood_estimates_are_those_of_statsmodels(method: str) -> None:
    """Log-likelihood, coefficients, standard errors and variances, in the units the values came in."""
    table = two_studies(np.random.default_rng(5))
    design = of_table(table, "unit", ("height", "weight"), ("x", "group"))
    found = collapsed.fit_design(design, Settings(method=method), 1)
    total = 0.0
    for name in ("height", "weight"):
        rows = table[table[name].notna()]
        x = np.column_stack([np.ones(len(rows)), rows["x"], rows["group"]])
        model = MixedLM(rows[name].to_numpy(), x, groups=rows["unit"].to_numpy())
        theirs = model.fit(reml=method == "reml", method="powell", ftol=1e-13)
        total += theirs.llf
        mine = found.terms[found.terms["response"] == name]
        np.testing.assert_allclose(mine["mean"], theirs.fe_params, rtol=1e-4)
        if method == "reml":
            np.testing.assert_allclose(mine["sd"], theirs.bse_fe, rtol=3e-3)  # theirs also count the variances' doubt
        random = found.random.set_index("term")["mean"]
        assert random[f"row_var_{name}"] == pytest.approx(theirs.scale, rel=1e-4)
        assert random[f"unit_var_{name}"] == pytest.approx(theirs.cov_re[0, 0], rel=1e-3)
    assert found.diagnostics["log_likelihood"] == pytest.approx(total, abs=1e-5)
    assert found.diagnostics["log_likelihood"] >= total - 1e-8


def test_the_optimum_is_polished() -> None:
    """A fit that starts at another place ends within a relative change of 1e-7."""
    blocks, _ = blocks_of(design_of(units=40))
    free = np.ones(6, bool)
    one = collapsed.best_variances(blocks, free)
    other = collapsed.best_variances(blocks, free, start=np.array([0.01, 0.0, 0.4, 0.5, -0.3, 2.0]))
    assert one.settled and other.settled
    np.testing.assert_allclose(one.omega, other.omega, rtol=1e-7, atol=1e-8)


@given(st.lists(st.floats(-1.5, 1.5), min_size=6, max_size=6))
@settings(max_examples=30)
def test_the_priors_jacobian(point: list[float]) -> None:
    """Densities of the covariance matrices times the determinant of the derivatives, taken by differences."""
    phi = np.array(point)
    phi[:2] = np.abs(phi[:2]) + 0.1
    psi = 2 * np.array([0.3, 0.05, 0.2, 1.1, 0.2, 0.9])
    spread = np.array([1.3, 0.8])

    def matrices(one: np.ndarray) -> np.ndarray:
        return collapsed_priors.omega_of_phi(one[None])[0]

    def coordinates(one: np.ndarray) -> np.ndarray:
        """(s1, s2, r) twice."""
        return np.array([one[0], one[1], np.tanh(one[2]), np.exp(one[3]), np.exp(one[4]), np.tanh(one[5])])

    def volume(function, one: np.ndarray) -> float:
        steps = np.eye(6) * 1e-6
        derivatives = np.array([(function(one + step) - function(one - step)) / 2e-6 for step in steps])
        return np.linalg.slogdet(derivatives)[1]

    def mlwin(one: np.ndarray) -> float:
        omega = matrices(one)
        value = sum(invwishart(2, square(psi[some])).logpdf(square(omega[some])) for some in (slice(0, 3), slice(3, 6)))
        return value + volume(matrices, one)

    def weak(one: np.ndarray) -> float:
        s1, s2, r, t1, t2, q = coordinates(one)
        value = halfnorm.logpdf([s1, t1], scale=spread[0]).sum() + halfnorm.logpdf([s2, t2], scale=spread[1]).sum()
        return value + np.log(1 - r * r) + np.log(1 - q * q) + volume(coordinates, one)

    base = np.array([0.5, 0.5, 0, 0, 0, 0])
    for kind, expected in (("mlwin", mlwin), ("weak", weak)):
        prior = collapsed_priors.VariancePrior(kind, psi[:3], psi[3:], (True, True), spread, np.ones(2))
        ours = collapsed_priors.log_prior(prior, np.array([phi, base]))
        assert ours[0] - ours[1] == pytest.approx(expected(phi) - expected(base), abs=1e-5)


def test_folding_keeps_the_density_of_the_proposal() -> None:
    """The folded t integrates to one over the folded half, by a grid."""
    proposal = Proposal(np.array([0.2, -0.1]), np.array([[0.5, 0.0], [0.2, 0.7]]), (0,))
    width = 0.05
    first, second = np.arange(width / 2, 25, width), np.arange(-25, 25, width) + width / 2
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    assert np.exp(proposal.log_density(grid)).sum() * width**2 == pytest.approx(1, abs=2e-3)
    assert (proposal.draw(np.random.default_rng(0), 50)[:, 0] >= 0).all()


def test_pareto_k_tells_light_from_heavy_tails() -> None:
    rng = np.random.default_rng(3)
    assert pareto_k(rng.random(2000)) < 0.2
    assert pareto_k(rng.pareto(1.0, 2000)) > 0.7


def test_mixtures_by_hand() -> None:
    """One Normal, and two equal Normals at -1 and 1: symmetric, SD sqrt(1 + 1)."""
    one = Mixture(np.array([[2.0]]), np.array([[3.0]]), np.ones(1))
    assert one.quantile(0.975)[0] == pytest.approx(norm.ppf(0.975, 2, 3), abs=1e-8)
    assert one.probability_beyond(1.0)[0] == pytest.approx(norm.sf(1, 2, 3) + norm.cdf(-1, 2, 3))
    two = Mixture(np.array([[-1.0], [1.0]]), np.ones((2, 1)), np.array([0.5, 0.5]))
    assert two.mean[0] == pytest.approx(0) and two.sd[0] == pytest.approx(np.sqrt(2))
    assert two.quantile(0.5)[0] == pytest.approx(0, abs=1e-9)
    assert two.probability_of_direction()[0] == pytest.approx(0.5)
    assert two.below(two.quantile(0.1))[0] == pytest.approx(0.1, abs=1e-9)
    assert weighted_quantile(np.array([3.0, 1, 2]), np.full(3, 1 / 3), (0.5,))[0] == 2


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_coordinates_of_variances_go_back_and_forth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    omega = np.concatenate([np.cov(rng.normal(size=(2, 4)))[np.triu_indices(2)] for _ in range(2)])
    np.testing.assert_allclose(omega_of(eta_of(omega)[None])[0], omega, rtol=1e-6, atol=1e-9)
    inside, _ = off_boundary(omega)
    assert np.linalg.eigvalsh(relative(inside)).min() >= 0.01 - 1e-9
    np.testing.assert_allclose(collapsed_priors.omega_of_phi(collapsed_priors.phi_of_omega(inside)[None])[0], inside)


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    return with_covariates(simulate(rng, units=80).frame, rng)


@pytest.fixture(scope="module")
def fitted(rows: pd.DataFrame) -> Fit:
    return collapsed.fit(rows, SPEC.changed(rung=4), 1)


def table_of(fit: Fit) -> pd.DataFrame:
    return fit.table.set_index(["response", "term"])[NUMBERS]


def test_a_fit_is_whole(fitted: Fit, rows: pd.DataFrame) -> None:
    """Columns, names, counts, finite numbers; the counts again by groupby."""
    assert tuple(fitted.table) == COLUMNS and fitted.failed == () and fitted.engine == "quick"
    assert np.isfinite(fitted.table[NUMBERS].to_numpy()).all()
    assert tuple(fitted.random["term"]) == tuple(random_names(("infant", "caregiver")))
    assert ((fitted.table["lower"] < fitted.table["mean"]) & (fitted.table["mean"] < fitted.table["upper"])).all()
    terms = fitted.terms.set_index(["response", "term"])
    counts = rows.groupby("code", observed=True)[["y_infant", "y_caregiver"]].count()
    for response in ("infant", "caregiver"):
        for code in ("Smile", "Negative"):
            assert terms.loc[(response, f"{code} x EPDS"), "rows"] == counts.loc[code, f"y_{response}"]
        assert terms.loc[(response, "EPDS"), "rows"] == counts.loc[model_rows.REFERENCE, f"y_{response}"]
        assert terms.loc[(response, "Caregiver role: father"), "rows"] == rows[f"y_{response}"].count()
    assert ("infant", "Woe face") not in terms.index and ("caregiver", "Woe face") in terms.index


def test_the_same_seed_gives_the_same_numbers(fitted: Fit, rows: pd.DataFrame) -> None:
    again = collapsed.fit(rows, SPEC.changed(rung=4), 1)
    pd.testing.assert_frame_equal(fitted.table, again.table)


def test_order_of_rows_and_labels_of_units_change_nothing(fitted: Fit, rows: pd.DataFrame) -> None:
    mixed = rows.sample(frac=1, random_state=3)
    names = np.random.default_rng(0).permutation(rows["unit"].max() + 1)
    mixed["unit"] = [f"u{names[unit]}" for unit in mixed["unit"]]
    other = collapsed.fit(mixed, SPEC.changed(rung=4), 1)
    pd.testing.assert_frame_equal(table_of(fitted), table_of(other), atol=1e-8, rtol=0)


def test_another_reference_gives_the_same_contrasts(rows: pd.DataFrame) -> None:
    """Positive minus Smile, from both references, as an exact linear map: to 1e-8."""
    found = []
    for reference in (model_rows.REFERENCE, "Smile"):
        data = collapsed.prepare(build(rows, SPEC.changed(rung=4, reference=reference)))
        model = collapsed.posterior(data, Settings(), 1)
        wanted = np.zeros((2, len(model.terms)))
        for place, response in enumerate(("infant", "caregiver")):
            wanted[place, model.terms.index((response, "Positive x EPDS"))] = 1
            if reference != "Smile":
                wanted[place, model.terms.index((response, "Smile x EPDS"))] = -1
        mixed = model.mixture(wanted)
        found.append(np.concatenate([mixed.mean, mixed.sd, mixed.quantile(0.025)]))
    np.testing.assert_allclose(found[0], found[1], atol=1e-8)


def test_an_absent_category_renames_nothing(fitted: Fit, rows: pd.DataFrame) -> None:
    """A category of the scheme that nobody shows, and unused levels, leave everything as it was."""
    wider = rows.assign(code=rows["code"].cat.add_categories(["Never seen"]))
    other = collapsed.fit(wider, SPEC.changed(rung=4), 1)
    pd.testing.assert_frame_equal(fitted.table, other.table)


def test_terms_are_in_the_units_of_the_values(rows: pd.DataFrame, fitted: Fit) -> None:
    """Outcomes in other units (10 y + 3): coefficients times 10, variances times 100, intercepts moved."""
    other = rows.assign(y_infant=10 * rows["y_infant"] + 3, y_caregiver=10 * rows["y_caregiver"] + 3)
    found, before = table_of(collapsed.fit(other, SPEC.changed(rung=4), 1)), table_of(fitted)
    slopes = [key for key in before.index if key[1].endswith("x EPDS")]
    np.testing.assert_allclose(found.loc[slopes], 10 * before.loc[slopes], rtol=1e-6, atol=1e-7)
    variances = [key for key in before.index if "_var_" in key[1]]
    np.testing.assert_allclose(found.loc[variances], 100 * before.loc[variances], rtol=1e-6)
    for response in ("infant", "caregiver"):
        moved = 10 * before.loc[(response, "intercept"), "mean"] + 3
        assert found.loc[(response, "intercept"), "mean"] == pytest.approx(moved, abs=1e-6)


def test_joint_draws_have_the_mixtures_moments(rows: pd.DataFrame) -> None:
    model = collapsed.posterior(collapsed.prepare(build(rows, SPEC)), Settings(), 1)
    drawn, mixed = model.coefficients(4000, 3), model.mixture()
    assert np.abs((drawn.mean(axis=0) - mixed.mean) / mixed.sd).max() < 5 / np.sqrt(4000) * 1.5
    np.testing.assert_allclose(drawn.std(axis=0), mixed.sd, rtol=0.08)


@pytest.mark.parametrize(
    ("prior", "left_out"),
    [("mlwin", ("activity",)), ("weak", ("age", "role")), ("mlwin", ("age", "role", "activity"))],
)
def test_a_what_if_is_a_cold_fit(rows: pd.DataFrame, prior: str, left_out: tuple[str, ...]) -> None:
    """Without some covariates: weighted draws against a fit of its own with another seed, within 0.02 posterior SD."""
    data = collapsed.prepare(build(rows, SPEC.changed(rung=4)))
    model = collapsed.posterior(data, Settings(prior=prior, draws=1500), 1)
    active = np.array([place for place, one in enumerate(data.design.every) if one.variable not in left_out])
    warm = bayes_fit(model.what_if(active))
    cold = collapsed.fit_design(build(rows, SPEC.changed(rung=4).without(*left_out)), Settings(prior, draws=2000), 2)
    assert list(warm.terms["term"]) == list(cold.terms["term"])
    distance = (warm.terms[["mean", "lower", "upper"]] - cold.terms[["mean", "lower", "upper"]]).abs()
    assert distance.div(cold.terms["sd"], axis=0).to_numpy().max() < 0.02


def test_a_what_if_with_bad_weights_is_drawn_anew(rows: pd.DataFrame) -> None:
    data = collapsed.prepare(build(rows, SPEC.changed(rung=4)))
    model = collapsed.posterior(data, Settings(), 1)
    bad = replace(model, draws=replace(model.draws, log_proposal=model.draws.log_proposal * 40))
    again = bad.what_if(np.arange(data.blocks.p))
    assert again.refitted and again.draws.good and not model.what_if(np.arange(data.blocks.p)).refitted


def test_pooling_draws_the_products_together(rows: pd.DataFrame) -> None:
    """They shrink, are known better on average, and the other terms hardly move."""
    plain = collapsed.fit(rows, SPEC, 1).terms
    pooled = collapsed.fit(rows, SPEC.changed(options={"pooled": True}), 1)
    slopes = plain["term"].str.endswith("x EPDS")
    assert pooled.failed == () and pooled.random["term"].iloc[-1] == "tau"
    assert pooled.terms["sd"][slopes].mean() < 0.97 * plain["sd"][slopes].mean()
    assert pooled.terms["mean"][slopes].abs().sum() < plain["mean"][slopes].abs().sum()
    main = ~slopes
    assert ((pooled.terms["mean"] - plain["mean"])[main].abs() < 1.5 * plain["sd"][main]).all()


def test_pooling_is_the_model_with_normal_products(rows: pd.DataFrame) -> None:
    """Given the variances and tau, the coefficients are those of the ridge regression written out."""
    design = build(rows, SPEC)
    model = collapsed.posterior(collapsed.prepare(design), Settings(pooled=True), 1)
    draw = int(np.argmax(model.draws.weights))
    omega = collapsed_priors.omega_of_phi(collapsed.filled(model.draws.points, model.free))[draw]
    v, x, y = written_out(design, omega)
    scale = model.data.scale
    tau = model.pooling.tau[draw] * np.where([one.kind == "interaction" for one in design.every], 1.0, np.inf)
    on_scale = tau * scale.spreads * scale.response_sd[scale.sides]
    ridge = np.linalg.solve(x.T @ np.linalg.solve(v, x) + np.diag(on_scale**-2.0), x.T @ np.linalg.solve(v, y))
    factor = model.found.factor[draw]
    np.testing.assert_allclose(np.linalg.solve(factor[:-1, :-1].T, factor[-1, :-1]), ridge, atol=1e-8)


def test_the_common_sd_of_the_products_has_its_posterior(rows: pd.DataFrame) -> None:
    """tau by another road: the unpooled estimates are Normal around 0 with covariance C + tau^2 SD(response)^2, on a
    fine grid, averaged over draws of the variances.
    """
    design = build(rows, SPEC)
    model = collapsed.posterior(collapsed.prepare(design), Settings(pooled=True, draws=4000), 1)
    random = bayes_fit(model).random.set_index("term").loc["tau"]
    plain = collapsed.posterior(model.data, Settings(draws=200), 2)
    products = np.flatnonzero([one.kind == "interaction" for one in design.every])
    sides = model.data.scale.sides[products]
    spread = np.nanstd(design.y, axis=0, ddof=1)[sides]
    back = model.data.scale.back(plain.active)
    grid = np.linspace(0.01, 0.9, 60)
    density = np.zeros(len(grid))
    for factor, weight in zip(plain.found.factor, plain.draws.weights, strict=True):
        inverse = np.linalg.inv(factor[:-1, :-1])
        estimate = (back @ inverse.T @ factor[-1, :-1])[products]
        covariance = (back @ inverse.T @ inverse @ back.T)[np.ix_(products, products)]
        logs = [multivariate_normal.logpdf(estimate, cov=covariance + np.diag((tau * spread) ** 2)) for tau in grid]
        density += weight * np.exp(logs)
    density *= halfnorm.pdf(grid, scale=0.5)
    mean = density @ grid / density.sum()
    sd = np.sqrt(density @ (grid - mean) ** 2 / density.sum())
    assert random["mean"] == pytest.approx(mean, abs=0.1 * sd)
    assert random["sd"] == pytest.approx(sd, rel=0.1)


def summing_to_one(rng: np.random.Generator) -> pd.DataFrame:
    """Shares of time that sum to one in every unit, as z-scores: nothing is left between units."""
    frame = simulate(rng, 60, FEW, full=True).frame
    for name in ("y_infant", "y_caregiver"):
        weight = pd.Series(np.exp(rng.standard_normal(len(frame))))
        share = weight / weight.groupby(frame["unit"]).transform("sum")
        frame[name] = (share - share.mean()) / share.std()
    return frame


@pytest.mark.parametrize("prior", ["mlwin", "weak"])
def test_shares_that_sum_to_one_are_flagged_and_finite(prior: str) -> None:
    fit = collapsed.fit(summing_to_one(np.random.default_rng(2)), BARE.changed(options={"prior": prior}), 1)
    texts = " ".join(note.text for note in fit.notes)
    assert "The values of infant sum to a constant in each unit" in texts and "lies on the boundary" in texts
    assert ("moved off the boundary" in texts) == (prior == "mlwin")
    assert np.isfinite(fit.table[NUMBERS].to_numpy()).all() and fit.failed == ()


@pytest.mark.parametrize("prior", ["mlwin", "weak"])
@pytest.mark.parametrize("unit", [np.zeros((2, 2)), np.diag([0.0, 0.1]), np.full((2, 2), 0.1)])
def test_the_boundary_is_finite(unit: np.ndarray, prior: str) -> None:
    """No variance between units, on one side only, and a correlation of one."""
    frame = simulate(np.random.default_rng(1), 60, FEW, unit=unit).frame
    fit = collapsed.fit(frame, BARE.changed(options={"prior": prior}), 1)
    assert np.isfinite(fit.table[NUMBERS].to_numpy()).all()
    assert fit.diagnostics["ess"] > 100 and fit.diagnostics["pareto_k"] < 0.7


def test_nothing_between_units_is_the_boundary() -> None:
    omega = np.array([0.0, 0, 0.2, 1, 0.1, 1])
    assert on_boundary(omega) and not on_boundary(omega + [0.2, 0, 0, 0, 0, 0])
    assert on_boundary(np.array([0.2, 0, 0.2, 1, 1, 1]))


def test_the_same_values_on_both_sides_are_not_trusted_silently() -> None:
    """A row correlation of one: finite, and said."""
    frame = simulate(np.random.default_rng(4), 40, FEW, full=True).frame
    frame["y_caregiver"] = frame["y_infant"]
    fit = collapsed.fit(frame, BARE, 1)
    assert np.isfinite(fit.table[NUMBERS].to_numpy()).all()
    assert any("boundary" in note.text for note in fit.notes)


def test_without_pairs_the_row_covariance_is_left_out() -> None:
    """Infants and caregivers are never seen together: no row covariance, and it is said."""
    frame = simulate(np.random.default_rng(7), 60, FEW).frame
    odd = frame["unit"] % 2 == 1
    frame["y_infant"], frame["y_caregiver"] = frame["y_infant"].mask(odd), frame["y_caregiver"].mask(~odd)
    for prior in ("mlwin", "weak"):
        fit = collapsed.fit(frame, BARE.changed(options={"prior": prior}), 1)
        random = fit.random.set_index("term")
        assert random.loc["row_cov", "sd"] == 0 and random.loc["unit_cov", "sd"] == 0
        assert any("No row has a value of both infant and caregiver" in note.text for note in fit.notes)
        assert np.isfinite(fit.table[NUMBERS].to_numpy()).all() and fit.failed == ()


def test_the_row_covariance_can_be_switched_off(rows: pd.DataFrame) -> None:
    fit = collapsed.fit(rows, SPEC.changed(options={"row_covariance": "none"}), 1)
    random = fit.random.set_index("term")
    assert random.loc["row_cov", "mean"] == 0 and random.loc["unit_cov", "sd"] > 0 and fit.failed == ()


def test_columns_that_explain_everything_are_refused() -> None:
    frame = simulate(np.random.default_rng(7), 60, FEW).frame
    levels = frame["code"].cat.codes + frame["z"]
    exact = frame.assign(y_infant=levels.where(frame["y_infant"].notna()))
    with pytest.raises(ModelRefused, match=re.escape("explain the values of infant without rest")):
        collapsed.fit(exact, BARE, 1)
