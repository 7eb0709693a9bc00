"""Anyone's table: names, gaps, refusals, and a fit by hand."""

import numpy as np
import pandas as pd
import pytest

from pipeline.models import collapsed
from pipeline.models.design_table import of_table
from pipeline.models.fit import ModelRefused, Settings


def table(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    unit = np.repeat(np.arange(30), 4)
    shared = rng.multivariate_normal([0, 0], [[4, 1], [1, 2]], 30)[unit]
    noise = rng.multivariate_normal([0, 0], [[9, 2], [2, 3]], 120)
    x, sex = rng.normal(2015, 3, 120), rng.choice(["girl", "boy"], 120)
    both = np.column_stack([100 + 0.5 * (x - 2015), 20 - 0.25 * (x - 2015) + 2 * (sex == "girl")]) + shared + noise
    return pd.DataFrame({"child": unit, "height": both[:, 0], "weight": both[:, 1], "year": x, "sex": sex})


ASKED = ("child", ("height", "weight"), ("year", "sex"))


def test_terms_are_named_by_their_columns() -> None:
    fit = collapsed.fit_design(of_table(table(), *ASKED), Settings(draws=4000), 1)
    rarer = table()["sex"].value_counts().index[-1]
    assert list(fit.terms["term"]) == ["intercept", "year", f"sex: {rarer}"] * 2
    assert list(fit.terms["response"]) == ["height"] * 3 + ["weight"] * 3
    assert list(fit.random["term"])[:6] == [
        "unit_var_height", "unit_cov", "unit_var_weight", "row_var_height", "row_cov", "row_var_weight",
    ]  # fmt: skip
    assert (fit.terms["rows"] == 120).all() and (fit.terms["units"] == 30).all()
    slopes = fit.terms.set_index(["response", "term"])
    assert slopes.loc[("height", "year"), "lower"] < 0.5 < slopes.loc[("height", "year"), "upper"]
    assert fit.diagnostics["draws"] == 4000


def test_a_missing_side_is_left_blank_and_a_missing_predictor_costs_the_row() -> None:
    gaps = table()
    gaps.loc[:9, "height"] = np.nan
    gaps.loc[[20, 21], "year"] = np.nan
    gaps.loc[30, ["height", "weight"]] = np.nan
    design = of_table(gaps, *ASKED)
    assert len(design.y) == 117 and design.pairs == 107
    assert [note.text for note in design.notes] == ["2 rows without year did not enter."]


def test_large_numbers_lose_no_digits() -> None:
    """Years as they are against years from 2015: the same slopes to 1e-8, the intercept moved."""
    one = collapsed.fit_design(of_table(table(), *ASKED), Settings(method="reml"), 1)
    near = table().assign(year=lambda frame: frame["year"] - 2015)
    other = collapsed.fit_design(of_table(near, *ASKED), Settings(method="reml"), 1)
    np.testing.assert_allclose(one.terms["mean"][[1, 2, 4, 5]], other.terms["mean"][[1, 2, 4, 5]], rtol=1e-7)
    moved = other.terms["mean"][0] - 2015 * other.terms["mean"][1]
    assert one.terms["mean"][0] == pytest.approx(moved, rel=1e-6)
    assert one.diagnostics["log_likelihood"] == pytest.approx(other.diagnostics["log_likelihood"], abs=1e-6)


REFUSED = {
    "'wieght' is not a column of the table. Did you mean 'weight'? Choose from: child, height, sex, weight, year.": (
        table(), ("child", ("height", "wieght"), ("year",)),
    ),
    "'year' is named twice. Use a column as unit, response or predictor once.": (
        table(), ("child", ("height", "year"), ("year",)),
    ),
    "The predictor year is the same in all rows, so nothing can be learnt about it. Leave it out.": (
        table().assign(year=2015.0), ASKED,
    ),
    "The response sex holds something that is not a number. Correct it, or leave it blank.": (
        table(), ("child", ("height", "sex"), ("year",)),
    ),
    "Only one unit is left, and a two-level model needs several. Widen the selection.": (
        table().assign(child=1), ASKED,
    ),
    "No row has a value of height or weight and every predictor.": (
        table().assign(height=np.nan, weight=np.nan), ASKED,
    ),
    "No value of height is left, and the model describes both sides. Choose another group or widen the selection.": (
        table().assign(height=np.nan), ASKED,
    ),
    "age says the same as year (height). Leave one of them out.": (
        table().assign(age=lambda frame: 2020 - frame["year"]), ("child", ("height", "weight"), ("year", "age")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(sentence: str) -> None:
    frame, asked = REFUSED[sentence]
    with pytest.raises(ModelRefused) as refused:
        of_table(frame, *asked)
    assert str(refused.value) == sentence
