"""Leaving groups out: cross-products taken off against rows taken off, and every posterior against a cold refit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.models import collapsed
from pipeline.models.collapsed_blocks import blocks_of, cross_products, scaled
from pipeline.models.collapsed_influence import DRAWS, first_guess, groups_of, leave_out, taken_off
from pipeline.models.collapsed_marginal import marginal
from pipeline.models.design import build
from pipeline.models.fit import Settings
from tests.model_rows import BARE, FEW, PAPER, simulate

OMEGA = np.array([[0.3, 0.05, 0.2, 0.9, 0.1, 1.1], [0.0, 0.0, 0.1, 1.0, -0.2, 0.8]])


def rows(seed: int = 1, units: int = 60, codes=PAPER) -> tuple[pd.DataFrame, np.ndarray]:
    """Simulated rows, and a dyad of one to three units for each unit number."""
    frame = simulate(np.random.default_rng(seed), units, codes).frame
    return frame, np.array([f"d{number // 2 if number < 40 else number}" for number in range(units)])


def fitted(frame: pd.DataFrame, settings: Settings | None = None) -> collapsed.Posterior:
    return collapsed.posterior(collapsed.prepare(build(frame, BARE)), settings or Settings(), seed=1)


def maps_of(model: collapsed.Posterior) -> np.ndarray:
    """Picks the exposure x behaviour terms."""
    return np.eye(len(model.active))[[" x " in term for _, term in model.terms]]


def test_what_is_taken_off_is_what_the_rows_left_give() -> None:
    frame, dyads = rows()
    model = fitted(frame)
    design, whole = model.data.design, model.data.blocks
    _, y, matrices = scaled(design)
    groups = groups_of(model, dyads)
    assert groups.labels == tuple(sorted(set(dyads)))
    for label, part in list(zip(groups.labels, groups.blocks, strict=True))[::7]:
        rest = taken_off(whole, part)
        kept = dyads[design.unit] != label
        unit = np.unique(design.unit[kept], return_inverse=True)[1]
        direct = cross_products(y[kept], [one[kept] for one in matrices], unit, unit.max() + 1)
        assert rest.counts == direct.counts and rest.sizes.sum() == direct.sizes.sum() == (dyads != label).sum()
        for mine, other in ((rest, direct), (taken_off(whole, rest), part)):
            first, second = marginal(mine, OMEGA), marginal(other, OMEGA)
            np.testing.assert_allclose(first.a, second.a, atol=1e-8)
            np.testing.assert_allclose(first.log_det_v, second.log_det_v, atol=1e-8)


@pytest.mark.parametrize(
    "settings",
    [Settings(), Settings(prior="weak"), Settings(pooled=True), Settings(row_covariance=False)],
    ids=["mlwin", "weak", "pooled", "no row covariance"],
)
def test_leaving_out_is_a_cold_refit(settings: Settings) -> None:
    """The pre-computed and the cold posterior differ by less than the noise of the draws: 0.05 SD (ends 0.1), and
    twice that where the pooling's own spread is drawn too.
    """
    frame, dyads = rows(seed=3)
    model = fitted(frame, replace(settings, draws=2000))
    groups = groups_of(model, dyads)
    maps = maps_of(model)
    judged = {one.group: one for one in leave_out(model, groups, maps)}
    assert len(judged) == len(set(dyads))
    for label in ("d0", "d7", "d45"):
        cold = fitted(frame[dyads[frame["unit"]] != label], replace(settings, draws=2000))
        if len(cold.terms) != len(model.terms):
            assert judged[label].mixture is None
            continue
        expected, found = cold.mixture(maps), judged[label].mixture
        noise = 2 if settings.pooled else 1
        np.testing.assert_allclose((found.mean - expected.mean) / expected.sd, 0, atol=0.05 * noise)
        np.testing.assert_allclose(found.sd / expected.sd, 1, atol=0.05 * noise)
        for end in (0.025, 0.975):
            miss = (found.quantile(end) - expected.quantile(end)) / expected.sd
            np.testing.assert_allclose(miss, 0, atol=0.1 * noise)


def test_the_variances_are_judged_anew() -> None:
    """A group whose values spread more: without it the rest is more alike, and every interval becomes as narrow as in a
    cold refit (within 2 %).
    """
    frame = simulate(np.random.default_rng(3), 60, FEW).frame
    dyads = np.array(["noisy" if unit < 3 else f"d{unit}" for unit in range(60)])
    noisy = frame["unit"] < 3
    frame.loc[noisy, ["y_infant", "y_caregiver"]] *= 1.5
    settings = Settings(draws=4000, prior="weak")
    model = fitted(frame, settings)
    maps = maps_of(model)
    (found,) = (one for one in leave_out(model, groups_of(model, dyads), maps) if one.group == "noisy")
    cold = fitted(frame[~noisy], settings).mixture(maps)
    assert found.effective < 0.5 * DRAWS
    np.testing.assert_allclose(found.mixture.sd / cold.sd, 1, atol=0.02)


def test_it_is_not_the_fit_with_everybody() -> None:
    """The shifts are larger than the noise of the agreement above."""
    frame, dyads = rows(seed=3)
    model = fitted(frame)
    maps = maps_of(model)
    whole = model.mixture(maps)
    largest = [
        np.abs((one.mixture.mean - whole.mean) / whole.sd).max()
        for one in leave_out(model, groups_of(model, dyads), maps)
        if one.mixture
    ]
    assert max(largest) > 0.5 and min(largest) < 0.3


def test_a_planted_dyad_is_found_by_both_roads() -> None:
    frame, dyads = rows(seed=5, codes=FEW)
    smiles = frame[(frame["code"] == "Smile") & frame["y_infant"].notna()]
    at = smiles["z"].abs().sort_values().index[-3]
    frame.loc[at, "y_infant"] += 3 * np.sign(frame.loc[at, "z"])
    planted = dyads[frame.loc[at, "unit"]]
    model = fitted(frame)
    groups, maps = groups_of(model, dyads), maps_of(model)
    guess = first_guess(model, groups, maps)
    whole = model.mixture(maps)
    exact = {
        one.group: np.abs((one.mixture.mean - whole.mean) / whole.sd).max()
        for one in leave_out(model, groups, maps)
        if one.mixture
    }
    assert groups.labels[int(np.argmax(guess))] == planted == max(exact, key=exact.get)
    shown = dict(zip(groups.labels, guess, strict=True))
    assert np.corrcoef([shown[name] for name in exact], list(exact.values()))[0, 1] > 0.95


def test_a_dyad_that_alone_carries_a_column_needs_a_fit_of_its_own() -> None:
    frame, dyads = rows(seed=6, codes=FEW)
    only = frame["unit"].isin(np.flatnonzero(dyads == "d3"))
    frame.loc[(frame["code"] == "Negative") & ~only, "y_infant"] = np.nan
    extra = frame[only & (frame["code"] == "Smile")].assign(code="Negative")
    frame = frame[~(only & (frame["code"] == "Negative"))]
    frame = pd.concat([frame, extra, extra.assign(z=extra["z"] + 1, y_infant=0.3)], ignore_index=True)
    frame["code"] = pd.Categorical(frame["code"], list(FEW))
    model = fitted(frame)
    found = {one.group: one.mixture for one in leave_out(model, groups_of(model, dyads), maps_of(model))}
    assert found["d3"] is None
    assert sum(one is None for one in found.values()) == 1


def test_blocks_are_made_once_for_both() -> None:
    frame, _ = rows(seed=7)
    design = build(frame, BARE)
    blocks, _ = blocks_of(design)
    _, y, matrices = scaled(design)
    again = cross_products(y, matrices, design.unit, design.units)
    np.testing.assert_array_equal(marginal(blocks, OMEGA).a, marginal(again, OMEGA).a)
