"""The view "Checks": its sentences say what the numbers say, its figures show them, and a fit that failed says so
everywhere.
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from pages.parts import models_checks_words as words
from pages.parts import store_models
from pages.parts.charts_models_checks import draw_comparison, draw_replicates, draw_spread, far_edge
from pages.parts.charts_models_residuals import draw_residuals, draw_units, ellipse, thinned
from pages.parts.store_models_checks import Checked, Ladder
from pipeline.catalogue.spec import load_spec
from pipeline.models.collapsed_compare import compare
from pipeline.models.collapsed_loo import Loo
from tests.test_models_page import fitted, opened, said

FAILED = "This fit failed its own checks"


def titles(app) -> list[str]:
    return [one.value for one in app.subheader]


def figures(app) -> list[str]:
    """What the figures of a page are made of."""
    return [one.proto.spec for one in app.get("plotly_chart")]


def test_the_view_says_whether_the_fit_can_be_trusted(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="Checks")
    assert len(titles(app)) == 7 and len(figures(app)) == 5
    text = said(app)
    fit = fitted(demo_study, load_spec("facial_epds"))
    assert f"effective draws {fit.diagnostics['ess']:,.0f} of 1,000" in text and "Passed" in text
    assert "predicts new recordings best" in text and "has the smallest DIC" in text
    assert "k-hat" in text and "Effective parameters" in text, "the words are explained"
    tables = {tuple(one.value.columns): one.value for one in app.dataframe}
    for table in tables.values():
        assert (table["Checks"] == "passed").all()
    residuals = next(table for names, table in tables.items() if "Residual" in names)
    random = fit.random.set_index("term")
    assert len(residuals) == random.loc["row_var_infant", "rows"] + random.loc["row_var_caregiver", "rows"]
    mine = residuals[residuals["Person"] == "Caregiver"]["Residual"]
    assert abs(mine.mean()) < 2 and mine.std() > 10, "seconds per 5 minutes"


def test_the_comparison_is_over_the_same_recordings(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="Checks")
    table = next(one.value for one in app.dataframe if "Behind the best" in one.value)
    fit = fitted(demo_study, load_spec("facial_epds"))
    assert len(table) == 5 and table["Recordings"].nunique() == 1
    assert fit.units - 3 <= table["Recordings"].iloc[0] <= fit.units
    assert table["Behind the best"].max() == 0 and (table["Behind the best"] <= 0).all()
    deviances = next(one.value for one in app.table if "DIC" in one.value)
    numbers = deviances[["Mean deviance", "pD", "DIC"]].map(lambda cell: float(cell.replace(",", "")))
    np.testing.assert_allclose(numbers["Mean deviance"] + numbers["pD"], numbers["DIC"], atol=0.11)


@pytest.mark.parametrize(("query", "words_said"), [("Recordings", "Infant"), ("Single values", "Infant")])
def test_residuals_of_values_and_of_recordings(demo_study, monkeypatch, query: str, words_said: str) -> None:
    app = opened(demo_study, monkeypatch, view="Checks", residuals=query, replicated="Impossible times")
    table = next(one.value for one in app.dataframe if "Normal quantile" in one.value)
    assert (table["Behaviour"] == "").all() == (query == "Recordings") and words_said in said(app)
    replicates = next(one.value for one in app.dataframe if "Share of replicates above" in one.value)
    below = replicates[replicates["What"] == "Impossible times"]
    assert (below["Observed"] == 0).all() and below["95 % to"].max() > 5
    assert "below 0 s, which cannot be" in said(app)


def test_a_failed_fit_says_so_on_every_figure_and_in_every_table(demo_study, monkeypatch) -> None:
    real = store_models.fitted

    def broken(*arguments):
        found = real(*arguments)
        return replace(found, fit=replace(found.fit, failed=("Pareto k 0.90, above 0.7",)))

    monkeypatch.setattr("pages.parts.store_models.fitted", broken)
    monkeypatch.setattr("pages.parts.store_models_checks.fitted", broken)
    monkeypatch.setattr("pages.parts.store_models_checks._ladder", _uncached("_ladder"))
    app = opened(demo_study, monkeypatch, view="Checks")
    assert "Do not report this fit" in " ".join(one.value for one in app.error)
    drawn = figures(app)
    assert len(drawn) == 5 and all("failed its own checks" in one for one in drawn)
    for one in app.dataframe:
        assert (one.value["Checks"] == "failed").all()
    deviances = next(one.value for one in app.table if "DIC" in one.value)
    assert deviances["Model"].str.contains("failed its checks").all()


def _uncached(name: str):
    from pages.parts import store_models_checks

    return lru_cache(getattr(store_models_checks, name).__wrapped__)


def test_with_many_recordings_the_comparison_waits_until_it_is_asked_for(demo_study, monkeypatch) -> None:
    monkeypatch.setattr("pages.parts.models_checks.MOST_AT_ONCE", 50)
    app = opened(demo_study, monkeypatch, view="Checks")
    assert len(titles(app)) == 6 and "predicts new recordings best" not in said(app)
    app.toggle(key="compare_models").set_value(True).run()
    assert len(titles(app)) == 7 and "predicts new recordings best" in said(app)


@pytest.mark.parametrize("rung", ["Model 0: null", "Model 1: behaviours"])
def test_models_without_an_exposure_are_checked_too(demo_study, monkeypatch, rung: str) -> None:
    app = opened(demo_study, monkeypatch, view="Checks", model=rung)
    assert len(titles(app)) == 7 and "Passed" in said(app)


@pytest.mark.parametrize("outcome", ["share", "normal_scores"])
def test_other_outcomes_have_their_own_units(demo_study, outcome: str) -> None:
    from db import connect
    from pages.parts.store_models_checks import scale_of
    from pipeline.selection import Selection, select
    from pipeline.steps.fit import rows_of
    from pipeline.steps.observe import observation_frame

    spec = load_spec("facial_epds").changed(options={"outcome": outcome})
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    rows = rows_of(cursor, spec, select(observation_frame(cursor), Selection(protocol="home_headcam")))
    scale = scale_of(spec, rows)
    if outcome == "share":
        assert scale.one == {"infant": 300.0, "caregiver": 300.0} and scale.below == {"infant": 0.0, "caregiver": 0.0}
    else:
        assert scale.unit == "" and all(np.isnan(value) for value in scale.below.values())


def test_the_engines_line() -> None:
    quick = {"ess": 791.4, "pareto_k": -0.05, "draws": 1000.0}
    line, passed = words.engine_line(words.engine_checks(quick))
    assert passed and line.startswith("**Passed:** effective draws 791 of 1,000 (at least 100 needed)")
    assert "Pareto k-hat \u22120.05" in line
    line, passed = words.engine_line(words.engine_checks(quick, boundary=True))
    assert passed and line.startswith("**Passed, with care:**") and "edge" in line
    line, passed = words.engine_line(words.engine_checks(quick | {"pareto_k": 0.8}))
    assert not passed and line.startswith("**Failed:**") and "0.80 (at most 0.7 allowed): **failed**" in line
    chains = {"rhat": 1.003, "ess": 2100.0, "divergences": 0.0, "draws": 4000.0}
    line, passed = words.engine_line(words.engine_checks(chains))
    assert passed and "R-hat 1.003 (at most 1.01 allowed)" in line and "at least 400 needed" in line
    for change in ({"rhat": 1.02}, {"ess": 300.0}, {"divergences": 3.0}):
        assert not words.engine_line(words.engine_checks(chains | change))[1]
    line, passed = words.engine_line([], ("the optimum was not reached",))
    assert not passed and "the optimum was not reached" in line


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.random.default_rng(1).normal(size=400), "close to a Normal distribution"),
        (np.random.default_rng(1).gamma(1, size=400), "skewed towards longer times and heavy tails"),
        (-np.random.default_rng(1).beta(2, 9, size=400), "skewed towards shorter times"),
        (np.tile([-6.0, -1, -0.5, 0, 0, 0, 0.5, 1, 6.0], 40), "heavy tails"),
        (np.random.default_rng(1).uniform(size=400), "light tails"),
        (np.arange(5.0), "too few to judge"),
    ],
)
def test_shapes_in_words(values: np.ndarray, expected: str) -> None:
    from pipeline.models.collapsed_residuals import shape_of

    assert words.shape_words(shape_of(values)).startswith(expected)


def checked(sd: dict[str, tuple[float, int]], replicated: pd.DataFrame | None = None) -> Checked:
    lines = [(name, code, count, count, size) for name in ("infant", "caregiver") for code, (size, count) in sd.items()]
    spread = pd.DataFrame(lines, columns=["response", "code", "values", "units", "sd"])
    empty = pd.DataFrame({"response": [], "residual": [], "mean": []})
    row_sd = {"infant": 12.0, "caregiver": 12.0}
    return Checked(empty, empty, spread, replicated, row_sd, np.eye(2), "s per 5 min")


def test_spread_in_words() -> None:
    text = words.spread_words(checked({"Smile": (30.0, 40), "Neutral": (10.0, 50), "Woe face": (99.0, 4)}))
    assert "unequal, 10 s ('Neutral') to 30 s ('Smile'); the model assumes 12 s for all" in text
    assert "Woe face" not in text, "too few values" and "too narrow" in text
    assert "too narrow" not in words.spread_words(checked({"Smile": (15.0, 40), "Neutral": (10.0, 50)}))


def replicated() -> pd.DataFrame:
    rows = [
        ("infant", "Smile", "mean", 20.0, 10.0, 30.0, 20.0), ("infant", "Smile", "sd", 50.0, 10.0, 30.0, 20.0),
        ("infant", "Smile", "below", 0.0, 10.0, 30.0, 20.0), ("caregiver", "Woe face", "mean", 1.0, 0.0, 2.0, 1.0),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["response", "code", "statistic", "observed", "lower", "upper", "middle"])
    return frame.assign(values=10, inner_low=frame["lower"] + 1, inner_high=frame["upper"] - 1, p=0.5)


def test_replicates_in_words() -> None:
    text = words.replicate_words(checked({}, replicated()))
    assert "Average time reproduced for **2 of 2** behaviours; spread reproduced for **0 of 1**" in text
    assert "expects **20\u00a0%** of times below 0 s" in text and "infant, 'Smile', 20 %" in text


def ladder(elpd: dict[int, list[float]]) -> Ladder:
    def loo(values: list[float]) -> Loo:
        numbers = np.array(values)
        return Loo(numbers, numbers + 0.1, np.full(4, 0.2), np.zeros(4, bool), np.full(4, 3))

    found = {rung: loo(values) for rung, values in elpd.items()}
    names = {rung: f"Model {rung}: words" for rung in range(5)}
    dic = pd.DataFrame({"dic": {rung: -2 * sum(values) for rung, values in elpd.items()}})
    return Ladder(names, dict.fromkeys(found, ()), {}, compare(found), dic)


def test_the_best_model_in_words() -> None:
    """Model 1 far above 0; Model 2 the same but for noise; Model 4 clearly worse."""
    spec = load_spec("facial_epds")
    one = [-2.0, -3.0, -2.0, -3.0]
    null = [value - 9 for value in one]
    noisy, worse = [value + step for value, step in zip(one, (1, -1, 1, -1.2), strict=True)], [-5.0, -6.0, -5.1, -6.1]
    found = ladder({0: null, 1: one, 2: noisy, 4: worse})
    text = words.best_words(found, spec)
    assert text.startswith("**Model 1 predicts new recordings best; Model 2 does about as well.**")
    assert "Knowing the behaviour helps, EPDS does not help clearly, the covariates make it worse." in text
    assert words.left_words(found, 5).startswith("4 recordings left out in turn")
    assert "1 recording could not be left out" in words.left_words(found, 5)
    assert words.deviance_words(found).startswith("**Model 1 has the smallest DIC**; Model 2 within 5")
    clear = words.best_words(ladder({0: null, 1: one}), spec)
    assert clear.startswith("**Model 1 predicts new recordings best.**")


def test_the_figure_of_replicates() -> None:
    frame = replicated()
    rows = frame[frame["statistic"] == "mean"].assign(person=["Infant", "Caregiver"], inside=[True, False])
    figure = draw_replicates(rows, "Average (s)", "This fit failed")
    marks = [trace for trace in figure.data if trace.mode == "markers" and trace.text is not None]
    assert [list(trace.x) for trace in marks] == [[20.0], [1.0]]
    assert [trace.marker.symbol[0] for trace in marks] == ["circle", "diamond"]
    thin = next(trace for trace in figure.data if trace.name == "95 % of replicates")
    assert list(thin.x) == [10.0, 30.0, None] and figure.layout.title.text == "This fit failed"
    assert figure.layout.xaxis2.title.text == "Average (s)"
    labels = [note.text for note in figure.layout.annotations]
    assert "<b>Infant</b>" in labels and any(text.startswith("Smile") and "10 values" in text for text in labels)
    assert draw_replicates(rows, "x").layout.title.text is None


def test_the_figure_of_spreads_and_of_models() -> None:
    rows = pd.DataFrame(
        {"person": "Infant", "code": ["Smile", "Neutral"], "values": [4, 5], "sd": [30.0, 10.0], "assumed": 12.0}
    )
    figure = draw_spread(rows, "s")
    assert list(figure.data[1].x) == [12.0, 12.0, None] * 2 and list(figure.data[2].x) == [30.0, 10.0]
    models = pd.DataFrame({"model": ["Model 0", "Model 1", "Model 2"], "behind": [-100.0, 0.0, -5.0]})
    models = models.assign(behind_se=[10.0, 0.0, 2.0], best=[False, True, False], failed=[False, False, True])
    figure = draw_comparison(models, "A model failed")
    assert list(figure.data[0].marker.symbol) == ["triangle-left", "square", "x"]
    assert list(figure.data[0].x) == [pytest.approx(-9.9), 0, -5] and far_edge(models) == pytest.approx(-9.9)
    assert list(figure.data[0].y) == ["Model 0 (\u2212100.0)", "Model 1 (best)", "Model 2 (\u22125.0)"]
    assert far_edge(models.assign(behind=[-5.0, 0.0, -5.0])) == -np.inf
    assert figure.layout.title.text == "A model failed"


def test_the_figures_of_residuals_and_units() -> None:
    rows = pd.DataFrame(
        {"person": ["Infant"] * 3, "fitted": [1.0, 2, 3], "residual": [-1.0, 0, 1], "said": ["<a>"] * 3}
    )
    figure = draw_residuals(rows.assign(normal=[-0.9, 0, 0.9]), "s", "failed")
    assert list(figure.data[0].x) == [1, 2, 3] and list(figure.data[1].x) == [-0.9, 0, 0.9]
    assert list(figure.data[2].y) == [-0.9, 0.9] and figure.data[0].text[0] == "&lt;a&gt;"
    units = pd.DataFrame({"person": ["Infant"] * 2 + ["Caregiver"] * 2, "unit": ["a", "b"] * 2, "mean": [2.0, 1, 3, 4]})
    units = units.assign(lower=units["mean"] - 1, upper=units["mean"] + 1)
    figure = draw_units(units, np.array([[4.0, 0], [0, 1]]), "s")
    assert list(figure.data[1].y) == [1, 2], "in order"
    pairs = figure.data[4]
    assert list(pairs.x) == [2.0, 1.0] and list(pairs.y) == [3.0, 4.0]
    assert len(draw_units(units[units["person"] == "Infant"], np.eye(2), "s").data) == 2
    many = pd.DataFrame({"fitted": np.arange(10_000)})
    assert len(thinned(many)) == 3_000 and thinned(many)["fitted"].iloc[-1] == 9_999


def test_the_ellipse_holds_what_it_says() -> None:
    """Every point of it lies at chi-square 5.991; 95 % of draws lie inside."""
    covariance = np.array([[4.0, 1.2], [1.2, 1.0]])
    x, y = ellipse(covariance)
    points = np.column_stack([x, y])
    np.testing.assert_allclose(np.einsum("ij,jk,ik->i", points, np.linalg.inv(covariance), points), 5.991)
    draws = np.random.default_rng(1).multivariate_normal([0, 0], covariance, 20_000)
    inside = np.einsum("ij,jk,ik->i", draws, np.linalg.inv(covariance), draws) < 5.991
    assert inside.mean() == pytest.approx(0.95, abs=0.01)
    assert np.isfinite(ellipse(np.zeros((2, 2)))[0]).all()


def test_the_line_of_a_stored_fit() -> None:
    from pipeline.models import gibbs, sampling

    assert words.OF_CHAINS == (sampling.LARGEST_RHAT, sampling.FEWEST_ESS)
    table = pd.DataFrame({"rhat": [1.0, 1.02, np.nan], "ess": [900.0, 150.0, np.nan]})
    line, passed = words.stored_line("gibbs", {"dic": 3.0}, table, (), [])
    assert passed and "R-hat 1.020 (at most 1.05 allowed)" in line and "effective draws 150 (at least 100" in line
    assert gibbs.LARGEST_RHAT == 1.05
    line, passed = words.stored_line("full", {"divergences": 0.0}, table, ("R-hat 1.020",), [])
    assert not passed and line.startswith("**Failed:**") and line.count("**failed**") == 2
    good = {"ess": 800.0, "pareto_k": 0.1, "draws": 1000.0}
    line, passed = words.stored_line(
        "quick", good, table.assign(rhat=np.nan), (), ["lies on the boundary (no variance)"]
    )
    assert passed and line.startswith("**Passed, with care:**") and "R-hat" not in line


@pytest.mark.parametrize("view", ["Result", "What if"])
def test_a_failed_fit_says_so_in_the_other_views(demo_study, monkeypatch, view: str) -> None:
    from pages.parts import store_models_asked

    real = store_models.fitted

    def broken(*arguments):
        found = real(*arguments)
        bad = replace(found.posterior.draws, ess=20.0)
        return replace(
            found, fit=replace(found.fit, failed=("effective draws 20",)), posterior=replace(found.posterior, draws=bad)
        )

    monkeypatch.setattr("pages.parts.store_models.fitted", broken)
    monkeypatch.setattr(store_models_asked, "fitted", broken)
    for name in ("_what_if", "_wide"):
        monkeypatch.setattr(store_models_asked, name, getattr(store_models_asked, name).__wrapped__)
    app = opened(demo_study, monkeypatch, view=view)
    drawn = figures(app)
    assert drawn and all("failed its own checks" in one for one in drawn)
    for one in app.dataframe:
        assert (one.value["Checks"] == "failed").all()


def test_a_chain_that_does_not_agree_with_itself_fails() -> None:
    from pipeline.models.fit import Term
    from pipeline.models.gibbs import complaints

    good = Term("infant", "a", 0, 1, -1, 1, 5, 5, 1.01, 900.0)
    assert complaints([good, replace(good, rhat=np.nan, ess=np.nan)]) == ()
    assert complaints([good, replace(good, rhat=1.2)]) == (
        "R-hat 1.200, above 1.05: the two halves of the chain do not agree yet",
    )
    assert complaints([replace(good, ess=40.0)]) == ("effective draws 40, below 100",)
