"""Own slopes, predicted values and shifts: linear maps of one fit, each by a second road."""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.spec import Moderator
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.collapsed_maps import Quantities, covariate_means, own_slopes, predicted, single
from pipeline.models.collapsed_shift import shift
from pipeline.models.design import build
from pipeline.models.fit import ModelRefused, settings_of
from tests.model_rows import REFERENCE, SPEC, simulate, with_covariates

ADJUSTED = SPEC.changed(rung=4)


@cache
def rows(units: int = 50) -> pd.DataFrame:
    """The paper's sparse layout, with an age, a role and an activity."""
    rng = np.random.default_rng(5)
    return with_covariates(simulate(rng, units).frame, rng)


@cache
def fitted(units: int = 50, **changes: object) -> Posterior:
    spec = ADJUSTED.changed(**changes)
    return collapsed.posterior(collapsed.prepare(build(rows(units), spec)), settings_of(spec), 1)


def named(asked: Quantities, values: np.ndarray) -> dict[tuple, float]:
    keys = [name for name in ("response", "code", "z") if name in asked.names]
    return dict(zip(asked.names[keys].itertuples(index=False, name=None), values, strict=True))


def slopes_of(model: Posterior, reference: str) -> tuple[dict, dict]:
    """Means and SDs of the own slopes."""
    asked = own_slopes(model.columns, reference)
    mixed = model.mixture(asked.maps)
    return named(asked, mixed.mean), named(asked, mixed.sd)


def test_an_own_slope_is_the_exposure_plus_the_product_in_joint_draws() -> None:
    model = fitted()
    asked = own_slopes(model.columns, REFERENCE)
    mixed, draws = model.mixture(asked.maps), model.coefficients(6_000, seed=3)
    place = {pair: number for number, pair in enumerate(model.terms)}
    for number, row in enumerate(asked.names.itertuples()):
        mine = draws[:, place[row.response, "EPDS"]].copy()
        if row.code != REFERENCE:
            mine += draws[:, place[row.response, f"{row.code} x EPDS"]]
        assert abs(mixed.mean[number] - mine.mean()) < 5 * mine.std() / np.sqrt(len(mine) / 2)
        assert mixed.sd[number] == pytest.approx(mine.std(), rel=0.04)
    assert list(asked.names["code"][:2]) == [REFERENCE, "Neutral/Alert"]


def test_another_reference_leaves_own_slopes_and_predictions() -> None:
    one, other = fitted(), fitted(reference="Positive")
    for before, after in zip(slopes_of(one, REFERENCE), slopes_of(other, "Positive"), strict=True):
        assert set(before) == set(after) and len(before) == 14
        assert all(after[key] == pytest.approx(value, abs=1e-4) for key, value in before.items())
    found = []
    for model, reference in ((one, REFERENCE), (other, "Positive")):
        asked = predicted(model.columns, covariate_means(model.data.design), reference, (-1.0, 1.0))
        found.append(named(asked, model.mixture(asked.maps).mean))
    assert found[0].keys() == found[1].keys()
    assert all(found[1][key] == pytest.approx(value, abs=1e-4) for key, value in found[0].items())


def test_predicted_values_by_hand_from_the_terms() -> None:
    """Intercept + behaviour + z (exposure + product) + each covariate's mean over units times its coefficient."""
    model, frame = fitted(), rows()
    fit = collapsed.fit(frame, ADJUSTED, 1).terms.set_index(["response", "term"])["mean"]
    units = frame[frame["y_infant"].notna()].drop_duplicates("unit")
    means = {"Parental age (years)": units["age"].mean(), "Caregiver role: father": (units["role"] == "father").mean()}
    means |= {f"Activity: {name}": (units["activity"] == name).mean() for name in ("stacking", "other")}
    asked = predicted(model.columns, covariate_means(model.data.design), REFERENCE, (-1.0, 0.0, 1.0))
    found = named(asked, model.mixture(asked.maps).mean)
    mine = fit["infant"]
    for code, z in (("Smile", -1.0), ("Smile", 1.0), ("Negative", 0.0)):
        by_hand = mine["intercept"] + mine[code] + z * (mine["EPDS"] + mine[f"{code} x EPDS"])
        by_hand += sum(mean * mine[term] for term, mean in means.items())
        assert found["infant", code, z] == pytest.approx(by_hand, abs=1e-8)
    by_hand = mine["intercept"] - mine["EPDS"] + sum(mean * mine[term] for term, mean in means.items())
    assert found["infant", REFERENCE, -1.0] == pytest.approx(by_hand, abs=1e-8)
    counts = asked.names.set_index(["response", "code", "z"])["rows"]
    assert counts["infant", "Smile", 1.0] == (frame["y_infant"].notna() & (frame["code"] == "Smile")).sum()


def test_a_product_with_behaviours_is_held_at_its_covariates_mean() -> None:
    """The same model with the age centred: then intercept + behaviour is the prediction at the mean age."""
    model = fitted(by_code=("age",), rung=3)
    means = covariate_means(model.data.design)
    asked = predicted(model.columns, means, REFERENCE, (0.0,))
    found = named(asked, model.mixture(asked.maps).mean)
    frame = rows()
    for response in ("infant", "caregiver"):
        units = frame[frame[f"y_{response}"].notna()].drop_duplicates("unit")
        centred = frame.assign(age=frame["age"] - units["age"].mean())
        terms = collapsed.fit(centred, ADJUSTED.changed(by_code=("age",), rung=3), 1).terms
        mine = terms.set_index(["response", "term"])["mean"][response]
        assert found[response, "Smile", 0.0] == pytest.approx(mine["intercept"] + mine["Smile"], abs=1e-3)


def test_single_picks_terms_by_kind_and_moderators_are_refused() -> None:
    model = fitted()
    asked = single(model.columns, "interaction")
    terms = [f"{code} x EPDS" for code in asked.names["code"]]
    expected = [pair for pair in model.terms if pair[1].endswith(" x EPDS")]
    assert list(zip(asked.names["response"], terms, strict=True)) == expected
    np.testing.assert_allclose(model.mixture(asked.maps).mean, model.mixture().mean[asked.maps.argmax(axis=1)])
    spec = ADJUSTED.changed(moderator=Moderator(column="role", label="Role", levels=("mother", "father")).model_dump())
    columns = build(rows(), spec).every
    with pytest.raises(ModelRefused, match="one slope per group"):
        own_slopes(columns, REFERENCE)


def test_without_an_exposure_there_are_levels_and_flat_slopes() -> None:
    model = fitted(rung=1)
    asked = predicted(model.columns, covariate_means(model.data.design), REFERENCE, (0.0, 1.0))
    found = named(asked, model.mixture(asked.maps).mean)
    assert found["infant", "Smile", 0.0] == found["infant", "Smile", 1.0]
    assert len(single(model.columns, "interaction").maps) == 0 and len(single(model.columns, "code").maps) == 12


def positions(model: Posterior, *left_out: str, products: bool = True) -> np.ndarray:
    columns = model.data.design.every
    return np.array(
        [
            place
            for place, one in enumerate(columns)
            if one.variable not in left_out and (products or one.kind != "product")
        ]
    )


def terms_of(model: Posterior) -> np.ndarray:
    return np.flatnonzero([one.kind == "interaction" for one in model.data.design.every])


def dense(model: Posterior, draw: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X (both sides below each other), y and V at one draw, written out from the design: no cross-products."""
    design, omega = model.data.design, model.omega[draw]
    sides = [~np.isnan(design.y[:, side]) for side in (0, 1)]
    unit = np.concatenate([design.unit[present] for present in sides])
    row = np.concatenate([np.flatnonzero(present) for present in sides])
    side = np.repeat([0, 1], [present.sum() for present in sides])
    between = np.array([[omega[0], omega[1]], [omega[1], omega[2]]])[np.ix_(side, side)]
    within = np.array([[omega[3], omega[4]], [omega[4], omega[5]]])[np.ix_(side, side)]
    v = between * (unit[:, None] == unit) + within * (row[:, None] == row)
    first, second = (x[present] for x, present in zip(design.x, sides, strict=True))
    x = np.block([[first, np.zeros((len(first), second.shape[1]))], [np.zeros((len(second), first.shape[1])), second]])
    return x, np.concatenate([design.y[present, one] for one, present in enumerate(sides)]), v


CHANGES = {
    "one covariate less": (("role",), (), True),
    "one product more": ((), (), False),
    "other covariates": (("role",), ("activity",), False),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_shift_by_generalised_least_squares_written_out(case: str) -> None:
    """At one draw of the variances: the estimates of both models, and the spread of what their projections leave."""
    without, missing, with_products = CHANGES[case]
    model = fitted(by_code=("age",))
    before = positions(model, *missing, products=with_products)
    now, terms = positions(model, *without), terms_of(model)
    mixed = shift(model, before, now, terms)
    step = max(1, len(model.draws.weights) // 300)
    x, y, v = dense(model, draw=0)
    inverse = np.linalg.inv(v)

    def projection(columns: np.ndarray) -> np.ndarray:
        """From all coefficients to what a model with these columns makes of them (rows: the terms)."""
        some = x[:, columns]
        whole = np.linalg.solve(some.T @ inverse @ some, some.T @ inverse)
        return whole[np.searchsorted(columns, terms)]

    difference = projection(now) - projection(before)
    np.testing.assert_allclose(mixed.means[0], difference @ y, atol=1e-8)
    covariance = np.linalg.inv(x.T @ inverse @ x)
    maps = difference @ x
    np.testing.assert_allclose(mixed.sds[0], np.sqrt(np.diagonal(maps @ covariance @ maps.T)), rtol=1e-5)
    chosen = model.draws.weights[::step]
    np.testing.assert_allclose(mixed.weights, chosen / chosen.sum())


def test_a_shift_by_simulation() -> None:
    """Variances and coefficients drawn from the posterior of the larger model, responses without noise, both models
    fitted to them with those variances.
    """
    model, count, seed = fitted(units=30), 100, 2
    before, now, terms = positions(model), positions(model, "role", "activity"), terms_of(model)
    mixed = shift(model, before, now, terms)
    drawn = model.coefficients(count, seed)
    chosen = np.random.default_rng(seed).choice(len(model.draws.weights), count, p=model.draws.weights)
    found = []
    for coefficients, draw in zip(drawn, chosen, strict=True):
        x, _, v = dense(model, draw)
        some = x[:, now]
        half = np.linalg.solve(v, some)
        refitted = np.linalg.solve(half.T @ some, half.T @ (x @ coefficients))
        found.append(refitted[np.searchsorted(now, terms)] - coefficients[terms])
    sample = np.array(found)
    assert (np.abs(sample.mean(axis=0) - mixed.mean) < 4.5 * mixed.sd / np.sqrt(count)).all()
    np.testing.assert_allclose(sample.std(axis=0), mixed.sd, rtol=0.4)
    assert (mixed.sd < 0.5 * model.mixture().sd[terms]).all()


def test_a_shift_is_the_difference_of_the_two_fits() -> None:
    model = fitted()
    now, terms = positions(model, "role"), terms_of(model)
    other = model.what_if(now)
    after = other.mixture().mean[np.searchsorted(now, terms)]
    mixed = shift(model, positions(model), now, terms)
    full = model.mixture()
    np.testing.assert_allclose(mixed.mean, after - full.mean[terms], atol=0.02 * full.sd[terms].max())
    nothing = shift(model, positions(model), positions(model), terms)
    assert np.abs(nothing.mean).max() < 1e-12 and nothing.sd.max() < 1e-5
