"""The two-part model: its density written out a second time, statsmodels, a mocked sampler, recovery of what was put
in, and what is left out or refused.
"""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import bernoulli, halfnorm, multivariate_normal, norm
from statsmodels.discrete.discrete_model import Logit

from pipeline.catalogue.spec import Covariate, Moderator
from pipeline.jobs.kinds import load
from pipeline.jobs.progress import Progress
from pipeline.models import hurdle
from pipeline.models.fit import COLUMNS, ModelRefused
from pipeline.models.hurdle_density import arrays, density, seen, turned
from pipeline.models.hurdle_draws import labelled, named_draws, triangles
from pipeline.models.hurdle_expected import expected_share
from pipeline.models.hurdle_parts import LEVEL_SD, SLOPE_SD, TwoParts, two_parts
from pipeline.models.hurdle_report import WEAK_ONLY, two_part_fit
from pipeline.models.sampling import Sampling, compiled_model, libraries
from pipeline.steps.fit import job_spec
from tests import hurdle_rows
from tests.hurdle_rows import CHANCES, ROW, SHARE, SIDES, SPEC, UNIT_CORRELATION, UNIT_SD, simulate

SETTINGS = hurdle.settings_for(SPEC)
UNITS = 100


@pytest.fixture(scope="module")
def study() -> hurdle_rows.Truth:
    return simulate(np.random.default_rng(1), UNITS)


@pytest.fixture(scope="module")
def parts(study) -> TwoParts:
    return two_parts(study.frame, SPEC)


@pytest.fixture(scope="module")
def model(parts):
    return density(parts, SETTINGS)


def points(parts: TwoParts, count: int = 3) -> list[dict[str, np.ndarray]]:
    """Places in the free parameters, as the sampler has them."""
    rng = np.random.default_rng(4)
    width = sum(x.shape[1] for x in parts.duration.x)
    sizes = {
        "unit_sd_log__": 4, "half_partial_logodds__": 6, "raw": (parts.units, 4), "row_sd_log__": 2,
        "half_row_logodds__": (), "cell_b": sum(len(one.columns) for one in parts.occurrence), "turned": width,
    }  # fmt: skip
    return [{name: rng.normal(0, 0.6, size) for name, size in sizes.items()} for _ in range(count)]


def correlations(p: np.ndarray) -> np.ndarray:
    """The correlation matrix with the partial correlations 10, 20, 30, 21|0, 31|0, 32|01, by Yule's formula."""
    r = np.eye(4)
    r[0, 1:] = r[1:, 0] = p[:3]

    def back(partial: float, a: float, b: float) -> float:
        return partial * np.sqrt((1 - a**2) * (1 - b**2)) + a * b

    r[1, 2] = r[2, 1] = back(p[3], p[0], p[1])
    r[1, 3] = r[3, 1] = back(p[4], p[0], p[2])
    r[2, 3] = r[3, 2] = back(back(p[5], p[3], p[4]), p[1], p[2])
    return r


def log_lkj(p: np.ndarray) -> float:
    """log of det(R)^(eta - 1) with eta = 2, in the partial correlations: with the determinant of their Jacobian."""
    lower, step = np.tril_indices(4, -1), 1e-6
    jacobian = [
        (correlations(p + step * one)[lower] - correlations(p - step * one)[lower]) / (2 * step) for one in np.eye(6)
    ]
    return np.linalg.slogdet(correlations(p))[1] + np.linalg.slogdet(np.array(jacobian))[1]


def written_out(parts: TwoParts, point: dict[str, np.ndarray]) -> float:
    """The log density of a point, up to a constant, from scipy and the design: no QR, no Cholesky trick, no loops of
    the model's own.
    """
    sd, row_sd = np.exp(point["unit_sd_log__"]), np.exp(point["row_sd_log__"])
    p, r = 2 * expit(point["half_partial_logodds__"]) - 1, 2 * expit(point["half_row_logodds__"]) - 1
    y = parts.duration.y
    scale = np.array([1.0, 1.0, *pd.DataFrame(y).std()])
    total = halfnorm.logpdf(sd, scale=scale).sum() + halfnorm.logpdf(row_sd, scale=scale[2:]).sum()
    total += log_lkj(p) + np.log(1 - r**2) + norm.logpdf(point["raw"]).sum()
    effects = point["raw"] @ np.linalg.cholesky(np.outer(sd, sd) * correlations(p)).T
    edge, mean = len(parts.occurrence[0].columns), np.full(y.shape, np.nan)
    for side, part in enumerate(parts.occurrence):
        b = point["cell_b"][:edge] if side == 0 else point["cell_b"][edge:]
        prior = [LEVEL_SD if column.kind == "code" else SLOPE_SD for column in part.columns]
        chance = expit(part.x @ b + effects[part.unit, side])
        total += norm.logpdf(b, scale=prior).sum() + bernoulli.logpmf(part.occurred, chance).sum()
        width = parts.duration.x[0].shape[1]
        theta = point["turned"][:width] if side == 0 else point["turned"][width:]
        b = turned(parts, side)[1] @ theta
        mean[:, side] = parts.duration.x[side] @ b + effects[parts.unit, 2 + side]
    cov = np.outer(row_sd, row_sd) * np.array([[1, r], [r, 1]])
    for values, centre in zip(y, mean, strict=True):
        there = np.flatnonzero(~np.isnan(values))
        total += multivariate_normal.logpdf(values[there], centre[there], cov[np.ix_(there, there)])
    return total


def test_the_density_is_the_one_written_out(model, parts) -> None:
    """Constants of the priors are left out, so differences between places are compared."""
    log_density = model.compile_logp(jacobian=False, mode="FAST_COMPILE")
    places = points(parts)
    mine, other = ([road(one) for one in places] for road in (log_density, lambda one: written_out(parts, one)))
    assert parts.duration.pairs > 50 and (~np.isnan(parts.duration.y)).all(axis=1).mean() < 0.9
    np.testing.assert_allclose(np.diff(mine), np.diff(other), rtol=1e-7)


@pytest.fixture(scope="module")
def slope(model):
    return model.compile_dlogp(jacobian=True, mode="FAST_COMPILE")


def test_the_gradient_is_finite_where_the_chains_begin(model, slope) -> None:
    assert np.isfinite(slope(model.initial_point())).all()


def test_part_one_without_unit_effects_is_a_logistic_regression(model, parts, slope) -> None:
    """Its gradient in the coefficients is the score of statsmodels' Logit plus that of the Normal prior, everywhere;
    at Logit's own estimate only the prior pulls.
    """
    names = list(model.initial_point())
    point = points(parts, 1)[0] | {"raw": np.zeros((parts.units, 4))}
    edge = len(parts.occurrence[0].columns)
    for move in (0, 1):
        logits = [Logit(part.occurred, part.x) for part in parts.occurrence]
        if move:
            point["cell_b"] = np.concatenate([np.asarray(one.fit(disp=0).params) for one in logits])
        found = dict(
            zip(names, np.split(slope(point), np.cumsum([np.size(point[one]) for one in names])[:-1]), strict=True)
        )
        for part, logit, b, mine in zip(
            parts.occurrence, logits, np.split(point["cell_b"], [edge]), np.split(found["cell_b"], [edge]), strict=True
        ):
            np.testing.assert_allclose(mine, logit.score(b) - b / part.prior_sd**2, atol=1e-8)


def test_partial_correlations_make_the_matrix() -> None:
    p = np.random.default_rng(2).uniform(-0.95, 0.95, (5, 6))
    factor = triangles(p)
    for one, f in zip(p, factor, strict=True):
        np.testing.assert_allclose(f @ f.T, correlations(one), atol=1e-12)


@pytest.mark.parametrize("shared", [0.0, 0.3, -0.5])
def test_the_expected_share_is_the_integral(shared: float) -> None:
    def inside(v: float) -> float:
        return norm.pdf(v) * expit(-0.7 + 1.3 * v) * (0.4 + shared * v)

    found = expected_share(np.array([-0.7]), np.array([1.3]), np.array([0.4]), np.array([shared]))
    assert found[0] == pytest.approx(quad(inside, -12, 12)[0], abs=1e-7)


def mocked(parts: TwoParts, count: int = 200) -> dict[str, np.ndarray]:
    """What a sampler might give: 2 chains around zero."""
    rng = np.random.default_rng(7)
    return {name: rng.normal(0, 0.1, (2, count, *np.shape(one))) for name, one in points(parts, 1)[0].items()}


def fitted(parts: TwoParts, frame: pd.DataFrame, spec=SPEC, **sampler):
    draws = named_draws(mocked(parts), parts)
    return draws, two_part_fit(parts, draws, frame, spec, SETTINGS, 1, {"divergences": 0.0} | sampler)


def test_a_mocked_sampler_gives_the_whole_report(study, parts) -> None:
    draws, fit = fitted(parts, study.frame)
    assert list(fit.table.columns) == list(COLUMNS) and fit.engine == "two_part" and fit.settings.prior == "weak"
    assert (fit.rows, fit.units) == (len(study.frame), UNITS)
    terms = fit.table.set_index(["response", "term"])
    assert not terms.index.duplicated().any() and np.isfinite(terms.drop(columns="ess").to_numpy(float)).all()
    assert {one for one in study.coefficients if "Woe" not in one[1] or one[0] == "caregiver"} <= set(terms.index)
    assert not [one for one in terms.index if one[0] == "infant" and "Woe face" in one[1]], "no infant cell"
    smile = terms.loc[("infant", "occurrence: Smile x EPDS")]
    cells = study.frame[study.frame["code"] == "Smile"]["occurred_infant"]
    assert (smile["rows"], smile["units"]) == (cells.sum(), UNITS)
    assert len(fit.random) == 4 + 6 + 4 and list(fit.random["term"][:4]) == [
        f"unit_sd_{part}_{side}" for part in ("occurrence", "duration") for side in SIDES
    ]
    found = terms.loc[("", "unit_correlation_occurrence_caregiver_duration_caregiver"), "mean"]
    assert found == pytest.approx(draws.unit_correlation[..., 1, 3].mean())
    assert terms.loc[("caregiver", "row_var_caregiver"), "mean"] == pytest.approx((draws.row_sd[..., 1] ** 2).mean())


def test_draws_are_labelled_for_a_file(parts) -> None:
    draws = named_draws(mocked(parts), parts)
    values, labels = labelled(draws, parts)
    assert all(values[name].shape[-1] == len(words) for name, words in labels.items())
    at = labels["duration_caregiver"].index("Smile x EPDS")
    np.testing.assert_array_equal(values["duration_caregiver"][..., at], draws.duration[1][..., at])
    np.testing.assert_allclose(np.diagonal(values["unit_correlation"], axis1=2, axis2=3), 1, atol=1e-12)


def test_times_of_both_parts_are_those_of_a_simulation(study, parts) -> None:
    """One draw of the parameters, a million units simulated: the mean time of a behaviour, its zeros counted."""
    one = {name: values[:1, :1] for name, values in mocked(parts).items()}
    one["unit_sd_log__"] = np.log([[[0.9, 0.8, 0.5, 0.6]]])
    one["half_partial_logodds__"] = np.full((1, 1, 6), 0.9)
    draws = named_draws({name: np.repeat(np.repeat(values, 2, 0), 50, 1) for name, values in one.items()}, parts)
    names = [f"expected seconds: Smile at EPDS {at}" for at in ("-1 SD", "0 SD", "+1 SD")]
    found = two_part_fit(parts, draws, study.frame, SPEC, SETTINGS, 1, {"divergences": 0.0}).terms
    terms = found.set_index(["response", "term"])["mean"]
    rng = np.random.default_rng(3)
    sd = draws.unit_sd[0, 0]
    effects = rng.multivariate_normal(np.zeros(4), np.outer(sd, sd) * draws.unit_correlation[0, 0], 1_000_000)
    seconds = []
    for z in (-1, 0, 1):
        values = {name: terms["caregiver", name] for name in terms["caregiver"].index}
        odds = values["occurrence: Smile"] + z * values["occurrence: Smile x EPDS"]
        level = values["duration: intercept"] + values["duration: Smile"]
        mean = level + z * (values["duration: EPDS"] + values["duration: Smile x EPDS"])
        share = SHARE[0] + SHARE[1] * (mean + effects[:, 3])
        seconds.append(300 * (expit(odds + effects[:, 1]) * share).mean())
    np.testing.assert_allclose([terms["caregiver", name] for name in names], seconds, rtol=3e-3)
    change = terms["caregiver", "expected seconds: Smile, EPDS +1 SD minus -1 SD"]
    assert change == pytest.approx(terms["caregiver", names[2]] - terms["caregiver", names[0]])
    own = terms["caregiver", "duration: EPDS"] + terms["caregiver", "duration: Smile x EPDS"]
    assert terms["caregiver", "seconds if present: Smile x EPDS"] == pytest.approx(own * SHARE[1] * 300)


def test_behaviours_that_always_or_never_occur_are_named(study) -> None:
    frame = study.frame.copy()
    frame.loc[(frame["code"] == "Negative"), ["occurred_infant", "y_infant", "share_infant"]] = [0.0, np.nan, np.nan]
    always = frame["code"] == "Face not visible"
    frame.loc[always, "occurred_caregiver"] = 1.0
    frame.loc[always, "y_caregiver"] = frame.loc[always, "y_caregiver"].fillna(0.3)
    frame.loc[always, "share_caregiver"] = SHARE[0] + SHARE[1] * frame.loc[always, "y_caregiver"]
    found = two_parts(frame, SPEC)
    assert [note.text for note in found.notes if note.kind == "removed"] == [
        "Negative (infant) never occurs (0 of 100 units) and was left out of the part on whether it occurs.",
        "Face not visible (caregiver) always occurs (100 of 100 units) and was left out of the part on whether it "
        "occurs.",
    ]
    _, fit = fitted(found, frame)
    terms = set(map(tuple, fit.terms[["response", "term"]].to_numpy()))
    assert ("infant", "occurrence: Negative") not in terms
    assert ("infant", "expected seconds: Negative at EPDS 0 SD") not in terms
    assert ("caregiver", "occurrence: Face not visible") not in terms
    assert ("caregiver", "expected seconds: Face not visible at EPDS 0 SD") in terms, "it occurs, always"


def test_nothing_to_learn_about_occurring_is_refused(study) -> None:
    frame = study.frame[study.frame["y_infant"].notna() & study.frame["y_caregiver"].notna()]
    with pytest.raises(ModelRefused) as refused:
        two_parts(frame, SPEC)
    assert str(refused.value) == (
        "Simulated rows: every behaviour of the infant occurs always or never, so whether it occurs holds nothing to "
        "learn. Choose the engine quick."
    )


def test_rows_without_cells_are_refused(study) -> None:
    with pytest.raises(ModelRefused, match="the rows have no column 'occurred_infant'"):
        two_parts(study.frame.drop(columns="occurred_infant"), SPEC)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"zeros": "include"}, "its first part already says whether a behaviour occurs"),
        ({"method": "reml"}, "it samples a posterior"),
        ({"pooled": True}, "its slopes are not pooled"),
        ({"level": "dyad"}, "it knows units only"),
    ],
)
def test_choices_without_effect_are_refused(study, options: dict, why: str) -> None:
    with pytest.raises(ModelRefused, match=f"has nothing to act on in the two-part model: {why}"):
        hurdle.fit(study.frame, SPEC.changed(options=options), 1)


def test_the_prior_of_mlwin_is_named(study, parts) -> None:
    assert WEAK_ONLY in [
        note.text for note in fitted(parts, study.frame, SPEC.changed(options={"prior": "mlwin"}))[1].notes
    ]
    assert WEAK_ONLY not in [note.text for note in fitted(parts, study.frame)[1].notes]


def test_a_failed_sampling_says_so(study, parts) -> None:
    _, fit = fitted(parts, study.frame, divergences=3.0)
    assert "3 divergences while sampling" in fit.failed


def test_scores_that_are_no_line_have_no_seconds(study, parts) -> None:
    frame = study.frame.assign(share_infant=study.frame["share_infant"] ** 2)
    _, fit = fitted(parts, frame)
    assert not fit.terms["term"][fit.terms["response"] == "infant"].str.startswith("expected").any()
    assert any("cannot be turned back into seconds" in note.text for note in fit.notes)


def rich(study: hurdle_rows.Truth) -> tuple[pd.DataFrame, object]:
    """The cells with a number and a word per unit, both adjusted for; the word also per behaviour."""
    units = sorted(study.frame["unit"].unique())
    rng = np.random.default_rng(5)
    table = pd.DataFrame(
        {"age": rng.normal(27, 3, UNITS), "role": rng.choice(["mother", "father"], UNITS)}, index=units
    )
    covariates = [
        Covariate(column="age", label="Age", kind="numeric"),
        Covariate(column="role", label="Role", kind="categorical", levels=("mother", "father")),
    ]
    rungs = [rung.model_dump() for rung in SPEC.rungs]
    rungs[2]["covariates"] = ("age", "role")
    spec = SPEC.changed(covariates=[one.model_dump() for one in covariates], rungs=rungs, by_code=("role",))
    return study.frame.join(table, on="unit"), spec


def test_covariates_are_centred_in_part_one(study) -> None:
    """A level is that of an average unit; the prior is per SD of a number and per step of two values."""
    frame, spec = rich(study)
    part = two_parts(frame, spec).occurrence[1]
    at = {column.term: place for place, column in enumerate(part.columns)}
    assert set(at) == {
        *CHANCES, *(f"{code} x EPDS" for code in CHANCES), "Age", *(f"{code} x Role: father" for code in CHANCES)
    }  # fmt: skip
    ages = frame.drop_duplicates("unit")["age"]
    first = part.x[:, at["Age"]][:UNITS]
    np.testing.assert_allclose(first, frame["age"].iloc[:UNITS] - ages.mean())
    assert part.prior_sd[at["Age"]] == pytest.approx(SLOPE_SD / ages.std(ddof=0))
    assert part.prior_sd[at["Smile x Role: father"]] == SLOPE_SD and part.prior_sd[at["Smile"]] == LEVEL_SD
    fathers = (frame.drop_duplicates("unit")["role"] == "father").mean()
    assert set(np.round(part.x[:, at["Smile x Role: father"]], 12)) == {0, round(1 - fathers, 12), round(-fathers, 12)}


def test_a_moderator_acts_on_the_expected_times(study) -> None:
    """At +1 SD of the exposure its product with the average moderator is counted."""
    frame, spec = rich(study)
    spec = spec.changed(moderator=Moderator(column="role", label="Role", levels=("mother", "father")).model_dump())
    parts = two_parts(frame, spec)
    one = {name: np.zeros((2, 5, *np.shape(values))) for name, values in points(parts, 1)[0].items()}
    at = [column.term for column in parts.occurrence[0].columns].index("Smile x EPDS x Role: father")
    one["cell_b"][..., at] = 2.0
    draws = named_draws(one, parts)
    terms = two_part_fit(parts, draws, frame, spec, SETTINGS, 1, {"divergences": 0.0}).terms
    terms = terms.set_index(["response", "term"])["mean"]
    units = frame.drop_duplicates("unit")
    father = (units["role"] == "father").to_numpy(float)
    shift = 2.0 * (father.mean() - (father * units["z"]).mean())
    weight = norm.expect(lambda v: expit(shift + v), lb=-12, ub=12)
    assert terms["infant", "expected seconds: Smile at EPDS +1 SD"] == pytest.approx(300 * SHARE[0] * weight, rel=1e-6)


SHORT = Sampling(draws=500, tune=500, chains=2, seed=1)


@pytest.fixture(scope="module")
def compiled(model):
    """The only compiled shape of this file."""
    return compiled_model(lambda: model)


def of(fit, truth: dict[tuple[str, str], float]) -> pd.DataFrame:
    """Terms of a fit with the number that was put in."""
    terms = fit.table.set_index(["response", "term"])
    return terms.join(pd.Series(truth, name="truth").rename_axis(["response", "term"]), how="inner")


def test_what_was_put_in_is_found(study, parts, compiled) -> None:
    fit, found = hurdle.fit(study.frame, SPEC, 1, SHORT, compiled=compiled)
    both = of(fit, study.coefficients)
    z = (both["mean"] - both["truth"]) / both["sd"]
    assert len(both) == 28 and np.sqrt((z**2).mean()) < 1.5 and (z.abs() < 1.96).mean() > 0.85
    random = {("infant", "row_var_infant"): ROW[0, 0], ("", "row_cov"): ROW[0, 1]}
    random |= {
        (side, f"unit_sd_{part}_{side}"): sd for (part, side), sd in zip(hurdle_rows_effects(), UNIT_SD, strict=True)
    }
    random |= {("", "unit_correlation_occurrence_infant_duration_infant"): UNIT_CORRELATION[0, 2]}
    rest = of(fit, random)
    assert len(rest) == len(random) and (((rest["mean"] - rest["truth"]) / rest["sd"]).abs() < 3).all()
    assert fit.diagnostics["divergences"] == 0 and found.draws.unit_sd.shape == (2, 500, 4)


def hurdle_rows_effects() -> list[tuple[str, str]]:
    return [(part, side) for part in ("occurrence", "duration") for side in SIDES]


def test_without_unit_differences_part_one_agrees_with_statsmodels(compiled) -> None:
    """Units that do not differ: slopes and their errors are those of a logistic regression."""
    truth = simulate(np.random.default_rng(8), UNITS, unit_sd=np.full(4, 1e-6))
    fit, found = hurdle.fit(truth.frame, SPEC, 2, SHORT, compiled=compiled)
    terms = fit.terms.set_index(["response", "term"])
    for part in found.parts.occurrence:
        logit = Logit(part.occurred, part.x).fit(disp=0)
        mine = terms.loc[[(part.response, f"occurrence: {column.term}") for column in part.columns]]
        off = (mine["mean"].to_numpy() - logit.params) / logit.bse
        assert np.abs(off).max() < 0.5 and np.abs(mine["sd"].to_numpy() / logit.bse - 1).max() < 0.35


def test_the_job_stores_terms_and_draws(study, compiled, tmp_path, monkeypatch) -> None:
    """The kind 'fit' of the job runner: what is in the file of draws is what the terms say."""
    monkeypatch.setattr(hurdle, "compiled_model", lambda build, listener: compiled)
    monkeypatch.setattr(hurdle, "Sampling", lambda **said: Sampling(**said | {"draws": 60, "tune": 60, "chains": 2}))
    progress, spec = Progress(tmp_path), job_spec(SPEC, "two_part", 5)
    load("fit")(spec, study.frame, progress)
    terms = pd.read_parquet(tmp_path / "terms.parquet").set_index(["response", "term"])
    about = json.loads((tmp_path / "fit.json").read_text(encoding="utf-8"))
    assert (about["engine"], about["seed"], about["units"]) == ("two_part", 5, UNITS)
    assert about["diagnostics"]["draws"] == 120
    assert about["failed"] and json.loads((tmp_path / "spec.json").read_text(encoding="utf-8")) == spec
    draws = libraries().az.from_netcdf(str(tmp_path / "draws.nc"))
    means = draws.posterior["duration_caregiver"].mean(["chain", "draw"]).to_series()
    sd = draws.posterior["unit_sd"].sel(effect="occurrence_infant").mean()
    assert draws.posterior.attrs["engine"] == "two_part" and "diverging" in draws.sample_stats
    for term, mean in means.items():
        assert terms.loc[("caregiver", f"duration: {term}"), "mean"] == pytest.approx(mean)
    assert terms.loc[("infant", "unit_sd_occurrence_infant"), "mean"] == pytest.approx(float(sd))


def test_a_cancelled_job_leaves_nothing(study, compiled, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(hurdle, "compiled_model", lambda build, listener: compiled)
    progress = Progress(tmp_path)
    progress.end()
    load("fit")(job_spec(SPEC, "two_part", 5), study.frame, progress)
    assert not list(tmp_path.iterdir())


@pytest.mark.soak
def test_intervals_cover_at_their_rate(compiled) -> None:
    """60 simulated studies of one shape, with real sampling lengths."""
    inside = []
    for seed in range(60):
        truth = simulate(np.random.default_rng(100 + seed), UNITS)
        fit, _ = hurdle.fit(
            truth.frame, SPEC, seed, Sampling(draws=1000, tune=1000, chains=2, seed=seed), compiled=compiled
        )
        both = of(fit, truth.coefficients)
        inside += list((both["lower"] < both["truth"]) & (both["truth"] < both["upper"]))
    assert 0.93 <= np.mean(inside) <= 0.97


def test_the_data_of_a_model_are_named(parts) -> None:
    given = arrays(parts, SETTINGS)
    assert given["both"].sum() == parts.duration.pairs and len(given["value"]) == sum(
        len(seen(parts, side)) for side in (0, 1)
    )
    assert SimpleNamespace(**given).cell_occurred.dtype == np.int64
