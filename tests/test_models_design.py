"""Designs by hand: names, rows, what is removed, what is refused and in which words."""

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.spec import Covariate, Moderator
from pipeline.models.design import Design, build, complete_cases, sums_to_one
from pipeline.models.fit import ModelRefused
from tests.model_rows import BARE, FEW, REFERENCE, SPEC, simulate, with_covariates


def rows_of(text: str, z: dict[str, float] | None = None) -> pd.DataFrame:
    """Rows drawn as 'unit code infant caregiver', '.' where a side has no value; F = the reference."""
    words = [line.split() for line in text.strip().splitlines()]
    frame = pd.DataFrame(words, columns=["unit", "code", "y_infant", "y_caregiver"])
    for name in ("y_infant", "y_caregiver"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce")
    frame["code"] = frame["code"].replace({"F": REFERENCE})
    frame["z"] = frame["unit"].map(z or {"a": -1.0, "b": 0.0, "c": 1.0, "d": 2.0})
    return frame


SMALL = rows_of(
    """
    a F      1 2
    b F      2 1
    c F      3 5
    d F      5 4
    a Smile  2 1
    b Smile  1 4
    c Smile  4 3
    d Smile  2 7
    a Woe    . 3
    b Woe    . 1
    c Woe    . 6
    d Woe    . 2
    """
)
WIDE = with_covariates(simulate(np.random.default_rng(1), 40, FEW).frame, np.random.default_rng(2))


def names(design: Design, side: int) -> list[str]:
    return [one.term for one in design.columns[side]]


def test_the_columns_of_a_small_model() -> None:
    """A caregiver-only code has no infant coefficient; an infant zero is never made."""
    design = build(SMALL, BARE)
    assert names(design, 0) == ["intercept", "Smile", "EPDS", "Smile x EPDS"]
    assert names(design, 1) == ["intercept", "Smile", "Woe", "EPDS", "Smile x EPDS", "Woe x EPDS"]
    np.testing.assert_array_equal(design.x[1][:, 5], [0] * 8 + [-1, 0, 1, 2])
    assert (design.x[0][8:] == 0).all() and np.isnan(design.y[8:, 0]).all()
    assert design.units == 4 and design.pairs == 8
    assert [(one.rows, one.units) for one in design.columns[1]] == [(4, 4)] * 6


@pytest.mark.parametrize(
    ("rung", "terms"),
    [
        (0, ["intercept"]),
        (1, ["intercept", "Smile", "Negative"]),
        (2, ["intercept", "Smile", "Negative", "EPDS", "Smile x EPDS", "Negative x EPDS"]),
    ],
)
def test_rungs_are_nested(rung: int, terms: list[str]) -> None:
    design = build(WIDE, SPEC.changed(rung=rung))
    assert names(design, 0) == terms and len(design.y) == len(WIDE)


def test_covariates_follow_the_behaviours() -> None:
    """Reference levels: the first named; else the most frequent."""
    design = build(WIDE, SPEC.changed(rung=4))
    most = WIDE["activity"].value_counts().index[0]
    others = WIDE["activity"].value_counts().index[1:]
    assert names(design, 1)[6:8] == ["Parental age (years)", "Caregiver role: father"]
    assert set(names(design, 1)[8:]) == {f"Activity: {level}" for level in others} and most not in others


def test_a_covariate_may_enter_by_behaviour() -> None:
    design = build(WIDE, SPEC.changed(rung=3, by_code=("age",)))
    assert "Smile x Parental age (years)" in names(design, 0)
    place = names(design, 0).index("Smile x Parental age (years)")
    smile = (WIDE["code"] == "Smile") & WIDE["y_infant"].notna()
    np.testing.assert_array_equal(design.x[0][:, place], np.where(smile, WIDE["age"], 0))


def test_a_moderator_brings_the_difference_between_groups() -> None:
    moderator = Moderator(column="role", label="Caregiver role", levels=("mother", "father")).model_dump()
    design = build(WIDE, SPEC.changed(rung=4, moderator=moderator))
    found = names(design, 0)
    for term in ("Caregiver role: father", "EPDS x Caregiver role: father", "Smile x EPDS x Caregiver role: father"):
        assert found.count(term) == 1
    place = found.index("Smile x EPDS x Caregiver role: father")
    smile = (WIDE["code"] == "Smile") & WIDE["y_infant"].notna() & (WIDE["role"] == "father")
    np.testing.assert_array_equal(design.x[0][:, place], np.where(smile, WIDE["z"], 0))


def texts(design: Design, kind: str) -> list[str]:
    return [note.text for note in design.notes if note.kind == kind]


def test_codes_with_fewer_than_three_rows_go_from_that_side_only() -> None:
    fewer = SMALL.copy()
    fewer.loc[[4, 5], "y_infant"] = np.nan
    design = build(fewer, BARE)
    assert names(design, 0) == ["intercept", "EPDS"] and "Smile" in names(design, 1)
    assert texts(design, "removed") == ["Smile (infant) was left out: 2 values, fewer than 3."]
    (note,) = [note for note in design.notes if note.kind == "removed"]
    assert (note.response, note.term, note.rows) == ("infant", "Smile", 2)
    assert np.isnan(design.y[4:8, 0]).all() and not np.isnan(design.y[4:8, 1]).any()


def test_a_code_without_spread_of_the_exposure_goes() -> None:
    same = SMALL.copy()
    same = pd.concat([same[same["code"] != "Woe"], rows_of("a Woe . 3\nb Woe . 1\nc Woe . 6", dict.fromkeys("abc", 0))])
    assert texts(build(same, BARE), "removed") == ["Woe (caregiver) was left out: EPDS is the same in all 3 values."]
    kept = build(same, BARE.changed(rung=1, exposure=None, rungs=[rung.model_dump() for rung in BARE.rungs[:2]]))
    assert "Woe" in names(kept, 1)


def test_few_rows_are_marked() -> None:
    marked = texts(build(SMALL, BARE), "warning")
    assert "Woe (caregiver) rests on 4 values only; read its estimates with care." in marked and len(marked) == 3


def test_incomplete_units_are_counted_out_by_name() -> None:
    gaps = WIDE.copy()
    gaps.loc[gaps["unit"].isin([3, 4]), "z"] = np.nan
    gaps.loc[gaps["unit"] == 5, "age"] = np.nan
    for rung in (0, 4):
        assert build(gaps, SPEC.changed(rung=rung)).units == 37, "the same units serve all rungs"
    kept, notes = complete_cases(gaps, SPEC)
    assert [note.text for note in notes] == [
        "2 units without EPDS did not enter.",
        "1 unit without Parental age (years) did not enter.",
    ]
    assert len(kept) == len(gaps) - sum(note.rows for note in notes)


def test_a_constant_covariate_is_left_out_by_name() -> None:
    design = build(WIDE.assign(role="mother"), SPEC.changed(rung=4))
    assert texts(design, "removed") == ["Caregiver role is the same in all units and was left out."]


def test_a_product_that_cannot_be_told_apart_goes_alone() -> None:
    """All rows of a code in one level: its product with that level repeats the code."""
    one = WIDE.copy()
    one.loc[one["code"] == "Smile", "role"] = "father"
    design = build(one, SPEC.changed(rung=4, by_code=("role",)))
    assert "Smile" in names(design, 0) and "Smile x Caregiver role: father" not in names(design, 0)
    sentence = "Smile x Caregiver role: father (infant) cannot be told apart from Smile and was left out."
    assert sentence in texts(design, "removed")


TWICE = (*SPEC.covariates, Covariate(column="age_months", label="Parental age (months)", kind="numeric"))


def twice() -> tuple[pd.DataFrame, dict]:
    rungs = [rung.model_dump() for rung in SPEC.rungs]
    rungs[3]["covariates"] = ("age", "age_months")
    content = {"covariates": [one.model_dump() for one in TWICE], "rungs": rungs, "rung": 3}
    return WIDE.assign(age_months=12 * WIDE["age"]), content


REFUSED = {
    "Simulated rows: EPDS is the same in all 40 units, so nothing can be learnt about it. Widen the selection or "
    "choose another exposure.": (WIDE.assign(z=0.7), {}),
    "Simulated rows: only one unit is left, and a two-level model needs several. Widen the selection.": (
        WIDE[WIDE["unit"] == 1], {},
    ),
    "Simulated rows: no complete unit is left, and a two-level model needs several. Widen the selection.": (
        WIDE.assign(z=np.nan), {},
    ),
    "Simulated rows: only one behaviour is left to compare. Choose another group or selection.": (
        WIDE[WIDE["code"] == REFERENCE], {},
    ),
    "Parental age (months) says the same as Parental age (years) (infant). Leave one of them out.": twice(),
    "Simulated rows: the reference 'Yawn' never occurs. Name another reference.": (WIDE, {"reference": "Yawn"}),
    f"Simulated rows: the reference '{REFERENCE}' cannot be used for the infant (0 values, fewer than 3). Name another "
    "reference.": (WIDE.assign(y_infant=WIDE["y_infant"].mask(WIDE["code"] == REFERENCE)), {}),
    "Simulated rows: a value is infinite. Correct the outcome and run again.": (
        WIDE.assign(y_infant=WIDE["y_infant"] * np.inf), {},
    ),
    "The rows have no column 'age'. Add it, or leave it out of simulated.": (WIDE.drop(columns="age"), {}),
    "Parental age (years) is not a number everywhere. Make it categorical or correct it.": (
        WIDE.assign(age="old"), {"rung": 3},
    ),
    "All 83 values of infant are the same. Choose another outcome.": (
        WIDE.assign(y_infant=WIDE["y_infant"] * 0), {},
    ),
    "Simulated rows: Caregiver role is the same in all units. Choose another moderator.": (
        WIDE.assign(role="mother"), {"moderator": {"column": "role", "label": "Caregiver role", "levels": ("a", "b")}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_fitted_is_refused_in_a_sentence(sentence: str) -> None:
    frame, changes = REFUSED[sentence]
    with pytest.raises(ModelRefused) as refused:
        build(frame, SPEC.changed(**changes))
    assert str(refused.value) == sentence


def test_too_few_values_for_the_coefficients_are_refused() -> None:
    tiny = SMALL[(SMALL["code"] != "Woe")].assign(extra=[3, 1, 4, 1, 5, 9, 2, 6], more=[2, 7, 1, 8, 2, 8, 1, 8])
    tiny = tiny.assign(third=[1, 4, 1, 4, 2, 1, 3, 5], fourth=[1, 1, 2, 3, 5, 8, 1, 3])
    columns = ("extra", "more", "third", "fourth")
    covariates = [{"column": name, "label": name, "kind": "numeric"} for name in columns]
    rungs = [{"title": "all", "codes": True, "exposure": True, "covariates": columns}]
    with pytest.raises(ModelRefused, match="8 values of infant cannot carry 8 coefficients"):
        build(tiny, SPEC.changed(rung=0, rungs=rungs, covariates=covariates))


def test_sums_to_one_by_hand() -> None:
    """Three shares of a whole in each unit, against independent numbers."""
    rng = np.random.default_rng(0)
    unit = np.repeat(np.arange(20), 3)
    share = rng.dirichlet([1, 1, 1], 20).ravel()
    assert sums_to_one(unit, (share - share.mean()) / share.std())
    assert not sums_to_one(unit, rng.standard_normal(60))


def test_levels_that_read_the_same_stay_two_terms() -> None:
    """'free_play' and 'free play' are two levels: each keeps its own spelling, and every term names one coefficient."""
    activity = WIDE["unit"].map(lambda unit: ("feeding", "feeding", "free_play", "free play", "hide_seek")[unit % 5])
    rungs = [rung.model_dump() for rung in BARE.rungs]
    rungs[2]["covariates"] = ("activity",)
    covariate = Covariate(column="activity", label="Activity", kind="categorical")
    spec = BARE.changed(rung=2, rungs=rungs, covariates=[covariate.model_dump()], by_code=("activity",))
    terms = [one.term for one in build(WIDE.assign(activity=activity), spec).columns[0]]
    assert len(terms) == len(set(terms))
    assert {"Activity: free_play", "Activity: free play", "Activity: hide seek"} <= set(terms)
