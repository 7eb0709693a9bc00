"""The full engine: its density is a formula's of scipy, its draws agree with the quick engine's, one compiled model
serves other columns, rows and priors, and a sampling is stopped, cancelled and written down.
"""

import time
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import gamma, halfnorm, invwishart, multivariate_normal, norm
from statsmodels.regression.mixed_linear_model import MixedLM

from pipeline.models import collapsed, two_level, two_level_model
from pipeline.models.collapsed_report import bayes_fit
from pipeline.models.design import Design, build
from pipeline.models.fit import Fit, ModelRefused, Settings
from pipeline.models.sampling import Sampling, SamplingStopped, libraries
from pipeline.models.two_level_layout import Layout, layout_of, turned
from pipeline.models.two_level_report import unit_log_likelihood
from pipeline.models.two_level_start import inside, three_levels
from pipeline.models.variances import DEGREES, off_boundary, square
from pipeline.steps.fit import reml_variances
from pipeline.steps.fit_draws import inference_data, write_draws
from tests.model_rows import BARE, FEW, PAPER, SPEC, simulate, with_covariates

SHORT = Sampling(draws=500, tune=400, chains=2, seed=1)
SIDES, NAMES = ("infant", "caregiver"), ("var_infant", "cov", "var_caregiver")
DEADLINE_S = 300.0
"""A sampler of these tests that runs longer is ended: a test must not hang."""


class Ear:
    """Ends a sampling by wish, and any that takes too long."""

    def __init__(self, cancel_at: float = np.inf, stop_at: float = np.inf) -> None:
        self.heard, self.cancel_at, self.stop_at, self.begun = [], cancel_at, stop_at, np.inf

    @property
    def done(self) -> int:
        return self.heard[-1].get("done", 0) if self.heard else 0

    def report(self, news: dict) -> None:
        self.heard.append(news)
        if "done" in news:
            self.begun = min(self.begun, time.monotonic())

    def cancelled(self) -> bool:
        return self.done >= self.cancel_at or time.monotonic() - self.begun > DEADLINE_S

    def stopping(self) -> bool:
        return self.done >= self.stop_at


def rows(seed: int, units: int, codes: dict, **options: object) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = with_covariates(simulate(rng, units, codes, **options).frame, rng)
    return frame.assign(dyad_id="D" + (frame["unit"] // 2).astype(str))


FIRST = build(rows(3, 60, PAPER), BARE)
SECOND = build(rows(4, 40, FEW), SPEC.changed(rung=4))
"""Other units, rows and columns, with covariates: the same padded shape."""
GROUPED = np.arange(FIRST.units) // 2
MLWIN, WEAK, ALONE = Settings(), Settings(prior="weak", prior_sd=(0.8, 1.3)), Settings(row_covariance=False)


FURTHER = np.array([0.11, -0.03, 0.07])
"""Variances of groups for a layout that is not sampled."""


def start_of(design: Design, settings: Settings, groups: np.ndarray | None = None) -> np.ndarray:
    two = reml_variances(design, settings)
    return two if groups is None else np.concatenate([two, FURTHER])


def layout(design: Design, settings: Settings, groups: np.ndarray | None = None) -> Layout:
    return layout_of(design, settings, start_of(design, settings, groups), groups)


def effects_of(z: np.ndarray, omega: np.ndarray) -> np.ndarray:
    return z @ np.linalg.cholesky(square(omega)).T


def log_prior(plan: Layout, settings: Settings, level: int, scaled: np.ndarray, estimate: np.ndarray) -> float:
    """Of (log s1, log s2, atanh r) of one level, the Jacobian by differences."""

    def three(point: np.ndarray) -> np.ndarray:
        s1, s2, r = np.exp(point[0]), np.exp(point[1]), np.tanh(point[2])
        return np.array([s1 * s1, r * s1 * s2, s2 * s2])

    jacobian = np.log(np.abs(np.linalg.det(approx_fprime(scaled, three, 1e-7))))
    sd, r = np.exp(scaled[:2]), np.tanh(scaled[2])
    paired = settings.row_covariance or level > 0
    if settings.prior == "weak":
        spread = np.array(settings.prior_sd) / plan.unit
        return halfnorm.logpdf(sd, scale=spread).sum() + np.log(sd).sum() + 2 * np.log(1 - r**2)
    if paired:
        return invwishart(2, DEGREES * square(estimate)).logpdf(square(three(scaled))) + jacobian
    precision = 1 / (sd * plan.unit) ** 2
    return (gamma(0.001, scale=1000).logpdf(precision) + np.log(precision)).sum() + norm.logpdf(scaled[2])


def formula(plan: Layout, settings: Settings, point: dict[str, np.ndarray]) -> float:
    """The log density written down row by row with scipy's distributions, in the design's own units."""
    design, edge = plan.design, plan.design.x[0].shape[1]
    estimate, _ = off_boundary(start_of(design, settings))
    spread = np.array([plan.unit[0] ** 2, plan.unit.prod(), plan.unit[1] ** 2])
    levels = [estimate[3:] / spread, estimate[:3] / spread]
    levels += [FURTHER / spread] if plan.shape.groups else []
    free = np.stack([point["log_sd_first"], point["log_sd_second"], point["z"]], axis=1)
    total, omegas = 0.0, []
    for level, estimate_here in enumerate(levels):
        s1, s2 = np.sqrt(estimate_here[[0, 2]])
        paired = settings.row_covariance or level > 0
        begin = np.array([np.log(s1), np.log(s2), np.arctanh(estimate_here[1] / (s1 * s2)) if paired else 0.0])
        here = begin + free[level]
        total += log_prior(plan, settings, level, here, estimate_here)
        sd, r = np.exp(here[:2]) * plan.unit, np.tanh(here[2]) * paired
        omegas.append(np.array([sd[0] ** 2, r * sd.prod(), sd[1] ** 2]))
    coefficients = plan.first + plan.turn @ point["coefficient"][: len(plan.first)]
    z = np.column_stack([point["effect_first"], point["effect_second"]])
    between = effects_of(z, omegas[1])[design.unit]
    total += norm.logpdf(z).sum() - 0.5 * (point["coefficient"][len(plan.first) :] ** 2).sum()
    if plan.shape.groups:
        further = np.column_stack([point["group_first"], point["group_second"]])
        between = between + effects_of(further, omegas[2])[GROUPED][design.unit]
        total += norm.logpdf(further).sum()
    fixed = np.column_stack([design.x[0] @ coefficients[:edge], design.x[1] @ coefficients[edge:]])
    rest, covariance = design.y - fixed - between, square(omegas[0])
    for row in rest:
        seen = ~np.isnan(row)
        total += multivariate_normal.logpdf(row[seen], np.zeros(seen.sum()), covariance[np.ix_(seen, seen)])
    return total


@pytest.mark.parametrize(
    ("settings", "groups"), [(MLWIN, None), (WEAK, None), (ALONE, None), (MLWIN, GROUPED)],
    ids=["mlwin", "weak", "no row covariance", "a third level"],
)  # fmt: skip
def test_the_density_written_out_is_the_formulas(settings: Settings, groups: np.ndarray | None) -> None:
    """At five points, up to a constant; finite there with its gradient."""
    plan = layout(FIRST, settings, groups)
    library = libraries()
    model = two_level_model.written_out(plan.shape, plan.arrays)
    import pytensor

    joined = [model.rvs_to_values[one] for one in model.free_RVs]
    density = model.logp()
    mode = pytensor.compile.mode.Mode(linker="py", optimizer=None)
    function = library.pm.pytensorf.compile(joined, [density, *library.pt.grad(density, joined)], mode=mode)
    rng, differences = np.random.default_rng(5), []
    for _ in range(5):
        point = {one.name: 0.4 * rng.standard_normal(one.type.shape) for one in joined}
        value, *gradients = function(*point.values())
        assert np.isfinite(value) and all(np.isfinite(one).all() for one in gradients)
        differences.append(float(value) - formula(plan, settings, point))
    np.testing.assert_allclose(differences, differences[0], atol=1e-5)


def test_the_turned_columns_are_least_squares_at_the_estimate() -> None:
    """Against V written out whole: turn turn' = (X' V^-1 X)^-1; the first coefficients solve the normal equations."""
    omega = np.array([0.3, 0.1, 0.2, 1.0, 0.25, 1.0])
    unit, design = np.array([0.5, 0.8]), SECOND
    first, turn = turned(design, unit, omega)
    row, side = np.nonzero(~np.isnan(design.y))
    x = np.zeros((len(row), len(first)))
    edge = design.x[0].shape[1]
    x[side == 0, :edge], x[side == 1, edge:] = design.x[0][row[side == 0]], design.x[1][row[side == 1]]
    same_unit, same_row = np.equal.outer(design.unit[row], design.unit[row]), np.equal.outer(row, row)
    between, within = square(omega[:3])[np.ix_(side, side)], square(omega[3:])[np.ix_(side, side)]
    v = (between * same_unit + within * same_row) * np.outer(unit[side], unit[side])
    precision = x.T @ np.linalg.solve(v, x)
    np.testing.assert_allclose(turn @ turn.T, np.linalg.inv(precision), rtol=1e-6, atol=1e-9)
    right = x.T @ np.linalg.solve(v, design.y[row, side])
    np.testing.assert_allclose(first, np.linalg.solve(precision, right), rtol=1e-6, atol=1e-9)


def test_the_log_likelihood_of_a_unit_is_that_of_its_covariance_matrix() -> None:
    rng = np.random.default_rng(2)
    coefficients = rng.standard_normal((3, len(SECOND.every)))
    omega = np.array([[0.3, 0.1, 0.2, 1, 0.25, 0.7], [0, 0, 0.4, 0.5, -0.2, 0.9], [1, -0.9, 1.1, 0.4, 0, 0.4]])
    found, edge = unit_log_likelihood(SECOND, coefficients, omega), SECOND.x[0].shape[1]
    for draw in range(3):
        fixed = [SECOND.x[0] @ coefficients[draw, :edge], SECOND.x[1] @ coefficients[draw, edge:]]
        for unit in (0, 7, SECOND.units - 1):
            row, side = np.nonzero(~np.isnan(SECOND.y) & (SECOND.unit == unit)[:, None])
            between, within = (square(part)[np.ix_(side, side)] for part in (omega[draw, :3], omega[draw, 3:]))
            v = between + within * np.equal.outer(row, row)
            mean = np.column_stack(fixed)[row, side]
            expected = multivariate_normal.logpdf(SECOND.y[row, side], mean, v)
            assert found[draw, unit] == pytest.approx(expected, rel=1e-9)


@pytest.fixture(scope="module")
def fitted() -> tuple[Fit, two_level.Drawn, Ear]:
    """The one compiled model of these tests, sampled for the first design."""
    ear = Ear()
    found, drawn = two_level.fit_design(
        FIRST, MLWIN, 1, start=start_of(FIRST, MLWIN), sampling=SHORT, listener=ear
    )  # fmt: skip
    return found, drawn, ear


def distances(full: Fit, design: Design, settings: Settings, draws: int) -> np.ndarray:
    """(difference of means) / (combined Monte Carlo error) against the quick engine under the same prior."""
    data = collapsed.prepare(design)
    quick = bayes_fit(collapsed.posterior(data, Settings(**{**settings.__dict__, "draws": draws}), 1))
    own = np.zeros(len(quick.table))
    own[len(quick.terms) :] = quick.random["sd"] ** 2 / quick.diagnostics["ess"]
    moving = (full.table["sd"] > 0).to_numpy()
    error = np.sqrt(full.table["sd"] ** 2 / full.table["ess"] + own)
    return ((quick.table["mean"] - full.table["mean"]) / error).to_numpy()[moving]


def test_both_engines_agree_within_their_monte_carlo_error(fitted) -> None:
    """Over all parameters of two fits: rms 0.7 to 1.3, none above 4 (one fit has too few independent parameters)."""
    found, drawn, _ = fitted
    other, _ = two_level.fit_design(SECOND, WEAK, 2, start=start_of(SECOND, WEAK), sampling=SHORT, listener=Ear())
    both = np.concatenate([distances(found, FIRST, MLWIN, 4000), distances(other, SECOND, WEAK, 4000)])
    assert np.abs(both).max() < 4
    assert 0.7 < np.sqrt((both**2).mean()) < 1.3
    assert found.engine == "full" and found.diagnostics["draws"] == 1000 and found.diagnostics["rhat"] < 1.05
    assert list(found.random["term"])[:3] == ["unit_var_infant", "unit_cov", "unit_var_caregiver"]


@pytest.mark.parametrize(("design", "settings"), [(SECOND, WEAK), (FIRST, ALONE)], ids=["columns", "no row r"])
def test_other_data_in_the_compiled_model_give_the_density_of_a_fresh_one(fitted, design: Design, settings) -> None:
    """The sampler's own density of its draws against the formula, for data that were not compiled with."""
    plan = layout(design, settings)
    begun = time.monotonic()
    drawn = two_level.draw(plan, Sampling(draws=30, tune=30, chains=1, seed=4), Ear())
    assert time.monotonic() - begun < 60, "nothing was compiled again"
    point = {name: drawn.trace.posterior[name].to_numpy()[0] for name in drawn.trace.posterior.data_vars}
    told = drawn.trace.sample_stats["logp"].to_numpy()[0]
    found = [told[one] - formula(plan, settings, {name: all[one] for name, all in point.items()}) for one in (0, 9, 29)]
    np.testing.assert_allclose(found, found[0], atol=1e-4)


def test_the_same_seed_gives_the_same_draws(fitted) -> None:
    short = Sampling(draws=30, tune=60, chains=2, seed=9)
    one, other = (two_level.draw(layout(FIRST, MLWIN), short, Ear()) for _ in range(2))
    np.testing.assert_array_equal(one.coefficients, other.coefficients)
    np.testing.assert_array_equal(one.omega, other.omega)
    third = two_level.draw(layout(FIRST, MLWIN), Sampling(draws=30, tune=60, chains=2, seed=10), Ear())
    assert (third.coefficients != one.coefficients).any()


def test_a_running_sampler_is_stopped_and_cancelled(fitted) -> None:
    endless = Sampling(draws=200_000, tune=100, chains=2, seed=1)
    ear = Ear(stop_at=1_000)
    found, drawn = two_level.fit_design(
        FIRST, MLWIN, 1, start=start_of(FIRST, MLWIN), sampling=endless, listener=ear
    )  # fmt: skip
    kept = int(found.diagnostics["draws"])
    assert drawn.stopped and 100 < kept < 100_000
    assert [note.text for note in found.notes if "stopped early" in note.text] == [
        f"The sampling was stopped early; {kept:,} draws of {found.diagnostics['chains']:.0f} chains were kept."
    ]
    with pytest.raises(SamplingStopped):
        two_level.draw(layout(FIRST, MLWIN), endless, Ear(cancel_at=10))


def test_progress_and_failed_checks_are_told(fitted) -> None:
    found, _, ear = fitted
    assert ear.heard[0] == {"state": "compiling"} and ear.heard[-1]["total"] == 1800
    few, _ = two_level.fit_design(
        FIRST, MLWIN, 1, start=start_of(FIRST, MLWIN), sampling=Sampling(draws=40, tune=60, chains=2), listener=Ear()
    )  # fmt: skip
    assert any(reason.startswith("effective draws") for reason in few.failed)


def test_draws_are_written_for_arviz(fitted, tmp_path) -> None:
    found, drawn, _ = fitted
    write_draws(drawn, BARE, tmp_path / "draws.nc")
    az = libraries().az
    read = az.from_netcdf(str(tmp_path / "draws.nc"))
    assert set(read.groups()) >= {"posterior", "sample_stats", "log_likelihood", "observed_data", "constant_data"}
    means = read.posterior["b"].mean(("chain", "draw"))
    np.testing.assert_allclose(means, found.terms["mean"], rtol=1e-9)
    assert list(read.posterior["term"].to_numpy()) == list(found.terms["term"])
    assert list(read.posterior["response"].to_numpy()) == list(found.terms["response"])
    np.testing.assert_allclose(read.posterior["omega"].mean(("chain", "draw")), found.random["mean"][:6], rtol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # few draws: ArviZ doubts some units
        loo = az.loo(read, var_name="values")
    assert np.isfinite(loo.elpd_loo) and loo.n_data_points == FIRST.units
    assert inference_data(drawn, None).posterior.attrs["engine"] == "full"


def test_a_level_that_cannot_be_told_from_the_units_is_refused() -> None:
    frame = rows(3, 60, PAPER)
    numbers = two_level.groups_of(FIRST, frame, "dyad")
    assert len(numbers) == FIRST.units and numbers.max() + 1 < FIRST.units
    labels = dict(zip(frame["unit"], frame["dyad_id"], strict=True))
    same = [labels[one] == labels[other] for one, other in zip(FIRST.labels, FIRST.labels[1:], strict=False)]
    assert same == [bool(one == other) for one, other in zip(numbers, numbers[1:], strict=False)]
    for column, words in (("unit", "each has one unit only"), ("z0", "all units belong to one")):
        other = frame.assign(z0="same", unit_text=frame["unit"].astype(str))
        other["dyad_id"] = other["z0"] if column == "z0" else other["unit_text"]
        with pytest.raises(ModelRefused, match=words):
            two_level.groups_of(FIRST, other, "dyad")
    with pytest.raises(ModelRefused, match="no column 'family_id'"):
        two_level.groups_of(FIRST, frame, "family")


def test_what_the_engine_does_not_have_is_refused() -> None:
    with pytest.raises(ModelRefused, match="has no reml. Use the quick engine for reml."):
        two_level.refuse(Settings(method="reml"))
    with pytest.raises(ModelRefused, match="no pooling"):
        two_level.refuse(Settings(pooled=True))


@pytest.mark.soak
def test_agreement_with_long_chains_and_a_fresh_compile() -> None:
    """Two layouts, both priors, 4 x (1,000 + 2,000); and a model compiled for these data gives the same draws."""
    found = []
    for design in (FIRST, SECOND):
        for settings in (MLWIN, WEAK):
            sampling = Sampling(draws=2000, seed=3)
            full, _ = two_level.fit_design(design, settings, 3, start=start_of(design, settings), sampling=sampling)
            assert not full.failed
            found.append(distances(full, design, settings, 8000))
    both = np.concatenate(found)
    assert np.abs(both).max() < 4 and 0.7 < np.sqrt((both**2).mean()) < 1.3
    plan, short = layout(SECOND, WEAK), Sampling(draws=30, tune=60, chains=2, seed=9)
    one = two_level.draw(plan, short)
    two_level_model._kept.clear()
    np.testing.assert_array_equal(two_level.draw(plan, short).coefficients, one.coefficients)


TRUE = {"dyad": np.array([0.4, 0.2, 0.4]), "unit": np.array([0.05, 0.0, 0.05]), "row": np.array([0.20, 0.03, 0.17])}
"""Variances of a study whose dyads differ much and whose units of one dyad hardly do."""
DYADS = BARE.changed(options={"level": "dyad"})


def of_dyads(seed: int, units: int, codes: dict = FEW) -> tuple[pd.DataFrame, dict[tuple[str, str], float]]:
    """Rows of units in dyads of two with the variances `TRUE`, and the coefficients."""
    rng = np.random.default_rng(seed)
    truth = simulate(rng, units, codes, unit=square(TRUE["unit"]))
    own = rng.multivariate_normal([0, 0], square(TRUE["dyad"]), units // 2)[truth.frame["unit"] // 2]
    moved = {f"y_{side}": truth.frame[f"y_{side}"] + own[:, place] for place, side in enumerate(SIDES)}
    return truth.frame.assign(dyad_id=truth.frame["unit"] // 2, **moved), truth.coefficients


def start_of_dyads(frame: pd.DataFrame) -> np.ndarray:
    design = build(frame, DYADS)
    found, settled = three_levels(design, two_level.groups_of(design, frame, "dyad"))
    assert settled
    return found


def restricted(frame: pd.DataFrame, omega: np.ndarray) -> float:
    """The restricted log-likelihood, V of all values written out as one matrix from the labels of the frame."""
    rows = frame.reset_index(drop=True).melt(["unit", "code", "z", "dyad_id"], [f"y_{one}" for one in SIDES])
    rows = rows.assign(row=np.tile(np.arange(len(frame)), 2)).dropna()
    side = (rows["variable"] == "y_caregiver").to_numpy(int)
    x = pd.get_dummies(rows["variable"] + rows["code"].astype(str)).to_numpy(float)
    x = np.column_stack([x, x * rows[["z"]].to_numpy()])
    same = [np.equal.outer(rows[name].to_numpy(), rows[name].to_numpy()) for name in ("unit", "row", "dyad_id")]
    v = sum(square(three)[np.ix_(side, side)] * one for three, one in zip(omega.reshape(3, 3), same, strict=True))
    inverse, y = np.linalg.inv(v), rows["value"].to_numpy()
    precision = x.T @ inverse @ x
    rest = y - x @ np.linalg.solve(precision, x.T @ inverse @ y)
    return -0.5 * (np.linalg.slogdet(v)[1] + np.linalg.slogdet(precision)[1] + rest @ inverse @ rest)


def test_three_levels_begin_at_the_best_of_the_restricted_likelihood() -> None:
    """Its slope in all nine variances is nothing there, and it falls on both sides of each."""
    frame, _ = of_dyads(2, 60)
    best = start_of_dyads(frame)
    middle = restricted(frame, best)
    for place in range(9):
        step = np.zeros(9)
        step[place] = 1e-3
        above, below = restricted(frame, best + step), restricted(frame, best - step)
        assert above < middle and below < middle
        assert abs(above - below) < 0.02 * (2 * middle - above - below), "off by less than a hundredth of the step"


def test_three_levels_on_one_side_are_those_of_statsmodels() -> None:
    """The sides have no rows, units or dyads in common, so that each is a model of its own: REML of `MixedLM` with
    variance components of dyads and of units in them.
    """
    frame, _ = of_dyads(3, 80)
    other = frame.assign(unit=frame["unit"] + 80, dyad_id=frame["dyad_id"] + 40, y_infant=np.nan)
    apart = pd.concat([frame.assign(y_caregiver=np.nan), other]).dropna(subset=["y_infant", "y_caregiver"], how="all")
    own = apart.dropna(subset=["y_infant"]).assign(code=lambda one: one["code"].astype(str))
    components = {"unit": "0 + C(unit)"}
    model = MixedLM.from_formula("y_infant ~ C(code) * z", own, groups="dyad_id", re_formula="1", vc_formula=components)
    found = model.fit(reml=True)
    design = build(apart.reset_index(drop=True), DYADS)
    mine, settled = three_levels(design, two_level.groups_of(design, apart, "dyad"), row_covariance=False)
    assert settled
    expected = [found.vcomp[0], found.scale, float(found.cov_re.iloc[0, 0])]
    np.testing.assert_allclose(mine[[0, 3, 6]], expected, rtol=0.01, atol=2e-4)


def test_a_level_that_is_not_there_is_moved_off_its_boundary() -> None:
    """Dyads of units that are drawn together by nothing: the estimate may be 0, what the prior is built around not."""
    frame = rows(5, 60, FEW)
    frame = frame.assign(dyad_id=np.random.default_rng(1).permutation(60)[frame["unit"]] // 2)
    estimate = start_of_dyads(frame)
    off, moved = inside(estimate)
    assert moved and np.linalg.eigvalsh(square(estimate[6:])).min() < 1e-9
    assert all(np.linalg.eigvalsh(square(three)).min() > 1e-3 for three in off.reshape(3, 3))


@pytest.mark.soak
def test_a_third_level_is_found_again() -> None:
    """Ten studies of 128 units in 64 dyads: over them, both priors cover what was put in, and no mean is far from it.
    The small variance of the units is the touchstone: a prior built around half of the variance between units for each
    level lifted it by more than a posterior SD.
    """
    off, covered = {"mlwin": [], "weak": []}, []
    for seed in range(10):
        frame, coefficients = of_dyads(seed, 128)
        for prior, moved in off.items():
            sampling = Sampling(draws=1000, tune=500, chains=2, seed=seed)
            found, _ = two_level.fit(
                frame, DYADS.changed(options={"level": "dyad", "prior": prior}), seed, sampling=sampling
            )  # fmt: skip
            random, terms = found.random.set_index("term"), found.terms.set_index(["response", "term"])
            true = {
                f"{level}_{name}": one for level, three in TRUE.items() for name, one in zip(NAMES, three, strict=True)
            }
            moved.append([(random.loc[name, "mean"] - one) / random.loc[name, "sd"] for name, one in true.items()])
            covered += [random.loc[name, "lower"] < one < random.loc[name, "upper"] for name, one in true.items()]
            covered += [terms.loc[name, "lower"] < one < terms.loc[name, "upper"] for name, one in coefficients.items()]
    at = [list(true).index(f"unit_{name}") for name in ("var_infant", "var_caregiver")]
    for moved in off.values():
        assert np.abs(np.mean(moved, axis=0)).max() < 1.45, "0.5, and 3 standard errors of a mean of ten"
        assert abs(np.mean(np.array(moved)[:, at])) < 0.6
    assert 0.9 < np.mean(covered) < 0.99
