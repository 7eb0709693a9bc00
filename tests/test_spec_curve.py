"""The specification curve: every entry is the fit it says it is, agreement and decomposition by hand, named losses."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import connect
from pipeline.catalogue.spec import Spec, load_spec
from pipeline.measures.spec_agreement import Agreement, agreement, moved_by, spread_share, switched
from pipeline.models import collapsed
from pipeline.models.fit import settings_of
from pipeline.selection import Selection, select
from pipeline.steps import spec_curve
from pipeline.steps.fit_comparable import DRAWS, common_sd
from pipeline.steps.fit_rows import ModelRows, rows_of
from pipeline.steps.fit_source import load
from pipeline.steps.fit_splits import Split, splits
from pipeline.steps.observe import observation_frame
from pipeline.steps.spec_curve import CHOICES, cell_fits
from pipeline.steps.spec_grid import (
    Cell,
    CovariateSet,
    Stratum,
    covariate_sets,
    default_grid,
    further_sets,
    own_cell,
    own_set,
    strata_of,
)
from tests.model_rows import BARE, SPEC, simulate, with_covariates

ROLE = Split("role", "Caregiver role", ("mother", "father"))


@pytest.fixture(scope="module")
def study(demo_study):
    """(cursor, observations) of the demo's head-camera recordings."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    return cursor, select(observation_frame(cursor), Selection(protocol="home_headcam"))


@pytest.fixture(scope="module")
def facial(study):
    spec = load_spec("facial_epds")
    return spec, load(study[0], spec.scheme, spec.behaviour_group), study[1]


def two_by_two(values: tuple[float, float, float, float], evidence: str = "csnc") -> pd.DataFrame:
    """Four fits: prior a or b, zeros x or y; the first is the pre-specified one."""
    words = {"c": "clear", "s": "suggestive", "n": "none"}
    frame = pd.DataFrame({"prior": list("aabb"), "zeros": list("xyxy"), "estimate": values})
    return frame.assign(evidence=[words[one] for one in evidence], prespecified=[True, False, False, False])


def test_agreement_by_hand() -> None:
    found = agreement(two_by_two((-4.0, -2.0, 1.0, -1.0)))
    assert found == Agreement(fits=4, same_sign=3, same_evidence=2, clear=2, clear_opposite=0)
    assert found.share(found.same_sign) == 0.75
    assert agreement(two_by_two((-4.0, -2.0, 1.0, 3.0), "cscc")) == Agreement(4, 2, 1, 1, 2)
    without = two_by_two((-4.0, -2.0, 1.0, -1.0)).assign(prespecified=False)
    assert agreement(without) == Agreement(4, 0, 0, 0, 0)


def test_which_choice_moves_the_estimate_by_hand() -> None:
    """Prior: |-4 - 1| = 5 and |-2 - -1| = 1; zeros: |-4 - -2| = 2 and |1 - -1| = 2. Spread of -4 -2 1 -1 around -1.5:
    6.25 + .25 + 6.25 + .25 = 13; prior means -3 and 0: 4 x 2.25 = 9; zeros means -1.5 and -1.5: 0."""
    fits = two_by_two((-4.0, -2.0, 1.0, -1.0))
    found = moved_by(fits, ("prior", "zeros")).set_index("choice")
    assert list(found.index) == ["prior", "zeros"]
    assert found["change"].tolist() == [3.0, 2.0] and found["largest"].tolist() == [5.0, 2.0]
    assert found["pairs"].tolist() == [2, 2]
    np.testing.assert_allclose(found["spread_share"], [9 / 13, 0.0], atol=1e-12)
    assert np.isnan(spread_share(fits.assign(estimate=1.0), "prior"))


def test_pairs_differ_in_one_choice_alone() -> None:
    """Without the fit (b, x) prior has one pair and zeros one; a choice with one level is not listed."""
    fits = two_by_two((-4.0, -2.0, 1.0, -1.0)).drop(index=2).assign(outcome="z")
    assert switched(fits, "prior", ("prior", "zeros", "outcome")).tolist() == [1.0]
    assert switched(fits, "zeros", ("prior", "zeros", "outcome")).tolist() == [2.0]
    assert set(moved_by(fits, ("prior", "zeros", "outcome"))["choice"]) == {"prior", "zeros"}


@settings(max_examples=20)
@given(st.lists(st.floats(-100, 100), min_size=4, max_size=4), st.permutations(range(4)), st.floats(-50, 50))
def test_order_and_level_of_the_estimates_do_not_matter(values: list, order: list, shift: float) -> None:
    fits = two_by_two(tuple(values))
    one = moved_by(fits, ("prior", "zeros")).set_index("choice")["change"]
    other = moved_by(fits.assign(estimate=fits["estimate"] + shift).iloc[order], ("prior", "zeros"))
    np.testing.assert_allclose(other.set_index("choice")["change"].loc[one.index], one, atol=1e-9)


def test_the_grid_starts_with_the_analysis_itself(facial) -> None:
    spec, source, observations = facial
    grid = default_grid(source, spec, observations, ROLE)
    assert grid.cells[0] == own_cell(spec) and grid.covariates[0] == own_set(spec)
    assert [one.columns for one in grid.covariates[1:]] == [(), ("caregiver_age_years",)]
    assert grid.timings == ("named",), "all EPDS scores were taken before the recording"
    assert grid.denominators == ("session", "coded"), "the reference cannot be seen"
    assert grid.size == 3 * 2 * 2 * 2 * 2 * 3 == len(grid.cells) * 6
    weak = spec.changed(options={"prior": "weak", "outcome": "share", "zeros": "include"})
    other = default_grid(source, weak, observations)
    assert (other.priors, other.outcomes) == (("weak", "mlwin"), ("share", "normal_scores"))
    assert other.zeros == ("include", "observed") and other.strata == (Stratum(),)


def test_the_grid_of_scores_taken_late(study) -> None:
    spec = load_spec("visual_sapas")
    source = load(study[0], spec.scheme, spec.behaviour_group)
    grid = default_grid(source, spec, study[1])
    assert grid.timings == ("named", "before_recording") and "observable" in grid.denominators


def test_no_covariate_set_stands_twice() -> None:
    sets = [*covariate_sets(SPEC), *further_sets(SPEC)]
    keys = [(one.columns, one.by_code) for one in sets]
    assert len(keys) == len(set(keys)) == len({one.name for one in sets})
    bare = SPEC.changed(rung=2)
    assert [one.columns for one in covariate_sets(bare)] == [(), ("age",), ("age", "role", "activity")]


def test_splits_have_two_levels_or_more(study) -> None:
    variables = pd.DataFrame({"name": ["language"], "label": ["Language"], "kind": ["categorical"]})
    found = {one.column: one for one in splits(study[1], variables, "camera")}
    assert "camera" not in found and found["role"].levels[0] == "mother"
    assert found["language"].label == "Language" and len(found["activity"].levels) == 4
    assert [one.value for one in strata_of(found["role"])] == ["", "mother", "father"]


def cold(study, spec: Spec, role: str | None, sd: float, draws: int, columns: tuple[str, ...]) -> pd.DataFrame:
    """The same fit by the step that reads and fits one analysis, in seconds by arithmetic of its own."""
    cursor, observations = study
    chosen = observations if role is None else observations[observations["role"] == role]
    rows = rows_of(cursor, spec, chosen)
    out = [one.column for one in spec.adjusted_for if one.column not in columns]
    found = collapsed.fit(rows.frame, spec.without(*out).changed(options={"draws": draws}), 1).terms
    found = found[found["term"].str.endswith(f" x {spec.exposure}")].set_index(["response", "term"])
    share = {"infant": "share_infant", "caregiver": "share_caregiver"}
    size = pd.Series({name: rows.frame[column].std(ddof=1) * 300 for name, column in share.items()})
    exposure = rows.frame.drop_duplicates("unit")["exposure"].std(ddof=1)
    factor = np.asarray(size.loc[found.index.get_level_values("response")]) * sd / exposure
    return found.assign(seconds=found["mean"] * factor, sd_seconds=found["sd"] * factor, low=found["lower"] * factor)


@pytest.mark.parametrize(
    ("cell", "role"),
    [
        (Cell("session", "observed", "normalised", "named", Stratum()), None),
        (Cell("coded", "include", "normal_scores", "named", Stratum("father only", "role", "father")), "father"),
    ],
)
def test_entries_are_the_fits_they_say_they_are(study, facial, cell: Cell, role: str | None) -> None:
    """Against fits of their own: the widest to the last digit, what-ifs and other priors within Monte Carlo error."""
    spec, source, observations = facial
    sets, sd = covariate_sets(spec)[:2], common_sd(source, spec, observations)
    assert sd == pytest.approx(rows_of(study[0], spec, observations).exposure[1])
    found = cell_fits(source, spec, observations, cell, sets, ("mlwin", "weak"), sd)
    assert set(CHOICES) <= set(found.terms) and found.terms["prespecified"].any() == (role is None)
    options = {"denominator": cell.denominator, "zeros": cell.zeros, "outcome": cell.outcome}
    for number, one in enumerate(sets):
        for prior in ("mlwin", "weak"):
            mine = found.terms[(found.terms["covariates"] == one.name) & (found.terms["prior"] == prior)]
            whole = number == 0 and prior == "mlwin"
            asked = spec.changed(options={**options, "prior": prior})
            theirs = cold(study, asked, role, sd, DRAWS if whole else 4 * DRAWS, one.columns)
            mine = mine.set_index(["response", "term"]).loc[theirs.index]
            off = (mine["seconds"] - theirs["seconds"]) / theirs["sd_seconds"]
            assert off.abs().max() < (1e-8 if whole else 0.04)
            assert ((mine["seconds_low"] - theirs["low"]) / theirs["sd_seconds"]).abs().max() < (
                1e-8 if whole else 0.12
            )
            assert (mine["rows"] == theirs["rows"]).all() and (mine["units"] == theirs["units"]).all()
            own = role is None and whole
            assert (mine["prespecified"] == own).all()


def test_fits_that_cannot_be_made_are_counted_with_their_reason(facial) -> None:
    spec, source, observations = facial
    sets = covariate_sets(spec)[:2]
    unseen = Cell("observable", "observed", "normalised", "named", Stratum())
    found = cell_fits(source, spec, observations, unseen, sets, ("mlwin", "weak"), 1.0)
    assert found.terms.empty and len(found.lost) == 4
    assert found.lost["reason"].str.contains("Name another reference").all() and set(found.lost["code"]) == {""}
    nobody = Cell("session", "observed", "normalised", "named", Stratum("nobody", "role", "nobody"))
    found = cell_fits(source, spec, observations, nobody, sets[:1], ("mlwin",), 1.0)
    assert found.terms.empty and len(found.lost) == 1


def test_a_behaviour_with_too_few_values_is_lost_by_name(facial) -> None:
    spec, source, observations = facial
    fathers = Cell("session", "observed", "normalised", "named", Stratum("father only", "role", "father"))
    found = cell_fits(source, spec, observations, fathers, covariate_sets(spec)[:2], ("mlwin",), 1.0)
    named = found.lost[(found.lost["response"] == "caregiver") & (found.lost["code"] == "Disgust")]
    assert len(named) == 2 and named["reason"].str.contains("fewer than 3").all()
    mine = found.terms[(found.terms["response"] == "caregiver") & (found.terms["code"] == "Disgust")]
    assert mine.empty and (found.terms["fit_units"] < 40).all()


def by_hand(frame: pd.DataFrame) -> ModelRows:
    """Rows of a simulated frame."""
    scale = pd.DataFrame({"response": ["infant", "caregiver"], "sd": [0.1, 0.2]})
    return ModelRows(frame, pd.DataFrame(), scale, (0.0, 1.0))


def test_a_set_that_cannot_be_fitted_leaves_the_others() -> None:
    """'twin' repeats the role: sets with both are refused, the others are fitted alone."""
    frame = with_covariates(simulate(np.random.default_rng(2), 60).frame, np.random.default_rng(3))
    frame = frame.assign(twin=frame["role"])
    twin = {"column": "twin", "label": "Twin", "kind": "categorical"}
    spec = SPEC.changed(covariates=[*(one.model_dump() for one in SPEC.covariates), twin], rung=4)
    sets = (CovariateSet("both", ("role", "twin")), CovariateSet("role", ("role",)))
    made = list(spec_curve._fits(by_hand(frame), spec, sets, ("mlwin", "weak"), 1))
    assert [(one.name, prior, isinstance(model, str)) for one, prior, model in made] == [
        ("both", "mlwin", True), ("both", "weak", True), ("role", "mlwin", False), ("role", "weak", False),
    ]  # fmt: skip
    assert "says the same as" in made[0][2]
    alone = spec_curve._alone(by_hand(frame), spec, sets[1], 1)
    np.testing.assert_array_equal(made[2][2].mixture().mean, alone.mixture().mean)


def test_products_that_were_left_out_of_the_widest_model_come_back() -> None:
    """Activity x Woe face repeats role x Woe face; the set with activity alone has it."""
    frame = simulate(np.random.default_rng(2), 60).frame
    half = (frame["unit"] % 2 == 0).to_numpy()
    frame = frame.assign(role=np.where(half, "mother", "father"), age=frame["unit"] % 7)
    woe = frame["code"] == "Woe face"
    activity = np.where(half ^ (~woe & (frame["unit"] % 3 == 0)), "feeding", "stacking")
    frame = frame.assign(activity=activity)
    wide = CovariateSet("both", ("role", "activity"), ("role", "activity"))
    narrow = CovariateSet("activity", ("activity",), ("activity",))
    made = {one.name: model for one, _, model in spec_curve._fits(by_hand(frame), SPEC, (wide, narrow), ("mlwin",), 1)}
    terms = {
        name: [term for _, term in model.terms if term.startswith("Woe face x Activity")]
        for name, model in made.items()
    }
    assert terms["both"] == [] and len(terms["activity"]) == 1


def test_bad_weights_are_drawn_anew(monkeypatch) -> None:
    """A fit whose draws are bad even then is lost, and says so."""
    frame = simulate(np.random.default_rng(2), 40).frame
    spec = BARE.changed(rung=2, options={"draws": DRAWS})
    model = spec_curve._alone(by_hand(frame), spec, CovariateSet("none"), 1)
    bad = replace(model, draws=replace(model.draws, k_hat=2.0))
    again = spec_curve._checked(bad, 1)
    assert again.draws.good and len(again.draws.weights) == 2 * DRAWS
    assert spec_curve._base(model, "weak", 1).settings.prior == "weak"
    monkeypatch.setattr(spec_curve, "with_prior", lambda model, prior: replace(bad, settings=weak))
    weak = replace(model.settings, prior="weak")
    cold = collapsed.posterior(model.data, weak, 1)
    np.testing.assert_array_equal(spec_curve._base(model, "weak", 1).mixture().mean, cold.mixture().mean)
    monkeypatch.undo()
    monkeypatch.setattr(spec_curve, "_checked", lambda model, seed: bad)
    ((_, _, reason),) = spec_curve._fits(by_hand(frame), spec, (CovariateSet("none"),), ("mlwin",), 1)
    assert "failed its own checks" in reason
    assert settings_of(spec).draws == DRAWS


def test_another_prior_is_another_posterior_of_the_variances() -> None:
    """The same draws, weighted anew: unit variances as in a cold fit under that prior, and unlike the first prior's."""
    frame = simulate(np.random.default_rng(2), 30).frame
    spec = BARE.changed(rung=2, options={"draws": 2000})
    model = spec_curve._alone(by_hand(frame), spec, CovariateSet("none"), 1)
    swapped = spec_curve.with_prior(model, "weak")
    cold = spec_curve._alone(by_hand(frame), spec.changed(options={"prior": "weak"}), CovariateSet("none"), 7)
    first, mine, theirs = (one.draws.weights @ one.omega for one in (model, swapped, cold))
    np.testing.assert_allclose(mine[[0, 2]], theirs[[0, 2]], rtol=0.06)
    assert (np.abs(first[[0, 2]] / theirs[[0, 2]] - 1) > 0.1).any()
