"""What a study offers to a model, and the analysis of a behaviour group that the catalogue has none for."""

import numpy as np
import pandas as pd
import pytest

from db import connect, queries
from pipeline.models.fit import ModelRefused
from pipeline.selection import Selection, select
from pipeline.steps import fit_source
from pipeline.steps.fit import rows_of
from pipeline.steps.fit_choices import (
    Exposure,
    both_sides,
    covariates_of,
    exposures_of,
    generic_spec,
    name_of,
    reference_of,
)
from pipeline.steps.observe import observation_frame

AGE = Exposure("infant_age_months", "infant age", "months")


def frame(**columns: list) -> pd.DataFrame:
    """Four recordings with these columns; every other column of a study is empty."""
    names = ("caregiver_age_years", "infant_age_months", "child_sex", "role", "birth_order", "camera", "activity")
    empty = {name: [None] * 4 for name in (*names, "visit")}
    return pd.DataFrame(empty | columns)


NO_INSTRUMENTS = pd.DataFrame(columns=["instrument", "short_title"])
VARIABLES = pd.DataFrame(
    [
        ("income", "Household income", "categorical", "", '["low", "high"]'),
        ("years", "Years of school", "numeric", "years", "[]"),
    ],
    columns=["name", "label", "kind", "unit", "levels"],
)  # fmt: skip


def test_exposures_are_what_varies_and_is_a_number_or_two_words() -> None:
    study = frame(infant_age_months=[6, 7, 8, 9], role=["mother", "father", None, "mother"], camera=["old"] * 4)
    study = study.assign(activity=["a", "b", "c", "d"], **{"score:EPDS": [1, 2, 3, 4], "score:X": [5, 5, 5, 5]})
    study = study.assign(**{"var:income": ["high", "low", "low", None], "var:years": [1.0, 2.0, 2.0, 3.0]})
    instruments = pd.DataFrame({"instrument": ["EPDS", "X"], "short_title": ["Depressive symptoms", "Same"]})
    found = exposures_of(instruments, VARIABLES, study)
    assert found == {
        "EPDS: depressive symptoms": Exposure("EPDS", "EPDS", score=True),
        "Infant age (months)": AGE,
        "Caregiver role: mother or father": Exposure("role", "caregiver role", "", ("father", "mother")),
        "Household income: high or low": Exposure("income", "household income", "", ("low", "high")),
        "Years of school (years)": Exposure("years", "years of school", "years"),
    }
    assert found["Infant age (months)"].step(1.234) == "1 SD (1.2 months)"
    assert found["Household income: high or low"].step(0.5) == "high rather than low"


def test_a_variable_of_three_levels_is_no_exposure() -> None:
    three = VARIABLES.iloc[:1].assign(levels='["low", "middle", "high"]')
    study = frame().assign(**{"var:income": ["high", "low", "low", None]})
    assert exposures_of(NO_INSTRUMENTS, three, study) == {}


def test_a_two_level_exposure_is_the_difference_of_its_levels(demo_study) -> None:
    """The rows hold 0 and 1 in the order that the words say, and z is the same."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    study = observation_frame(cursor)
    found = exposures_of(queries.instruments(cursor), queries.variables(cursor), study)
    for words in ("Caregiver role: mother or father", "Home language: bilingual or monolingual"):
        exposure = found[words]
        spec = generic_spec(("mhint", "facial_expression"), "Faces", "Face not visible", exposure, study)
        assert exposure.name not in spec.ladder
        rows = rows_of(cursor, spec, select(study, Selection(protocol="home_headcam"))).frame
        named = study.set_index("observation_id")
        column = exposure.name if exposure.name in named else f"var:{exposure.name}"
        said = rows["unit"].map(named[column])
        np.testing.assert_array_equal(rows["z"], (said == exposure.levels[1]).astype(float))


def test_covariates_vary_and_are_not_the_exposure() -> None:
    study = frame(infant_age_months=[6, 7, 8, 9], role=["mother", "father", None, "mother"], camera=["old"] * 4)
    study = study.assign(**{"var:income": ["high", "low", "low", None], "var:years": [1.0, 2.0, 2.0, 3.0]})
    found = covariates_of(study, VARIABLES, "infant_age_months")
    assert [(one.column, one.kind) for one in found] == [
        ("role", "categorical"), ("income", "categorical"), ("years", "numeric"),
    ]  # fmt: skip


def test_a_generic_analysis_has_the_published_ladder() -> None:
    study = frame(caregiver_age_years=[30, 31, 32, 33], child_sex=["f", "m", "f", "m"], infant_age_months=[6, 7, 8, 9])
    spec = generic_spec(("own", "2 affect!"), "Affect", "Neutral", AGE, study)
    assert spec.name == "group_2_affect_infant_age_months" and spec.title == "Affect and infant age"
    assert [(rung.codes, rung.exposure, rung.covariates) for rung in spec.rungs] == [
        (False, False, ()), (True, False, ()), (True, True, ()), (True, True, ("caregiver_age_years",)),
        (True, True, ("caregiver_age_years", "child_sex")),
    ]  # fmt: skip
    assert spec.rung == 4 and spec.hypotheses == () and spec.reference == "Neutral"
    bare = generic_spec(("own", "affect"), "Affect", "Neutral", AGE, frame())
    assert len(bare.rungs) == 3 and bare.covariates == ()


def test_a_covariate_that_many_recordings_lack_does_not_enter_by_itself() -> None:
    study = pd.concat([frame(child_sex=["f", "m", "f", "m"])] * 5, ignore_index=True)
    study.loc[:1, "child_sex"] = None
    assert generic_spec(("own", "affect"), "Affect", "Neutral", AGE, study).ladder == ("child_sex",)
    study.loc[:2, "child_sex"] = None
    assert generic_spec(("own", "affect"), "Affect", "Neutral", AGE, study).ladder == ()


def test_the_reference_is_the_schemes_or_the_most_frequent_of_both_sides() -> None:
    level = pd.DataFrame(
        [("infant", "A", True)] * 5 + [("caregiver1", "A", True)] + [("infant", "B", True)] * 2
        + [("caregiver1", "B", True)] * 2 + [("caregiver1", "C", False)] * 9 + [("sibling", "A", True)] * 9,
        columns=["subject", "code", "observed"],
    )  # fmt: skip
    assert reference_of(level, "Named") == "Named"
    assert reference_of(level, None) == "B"
    with pytest.raises(ModelRefused, match="occurs in both infant and caregiver"):
        reference_of(level[level["subject"] == "infant"], None)


def test_a_model_needs_codes_of_both_sides(demo_study) -> None:
    codes = queries.rows(connect.open_reader(connect.current(demo_study).file).cursor(), "codes")
    assert {group: both for (_, group), both in both_sides(codes).items()} == {
        "facial_expression": True, "visual_attention": True, "caregiver_vocalisation": False,
        "infant_vocalisation": False, "smile_phases": True,
        "infant_engagement": False, "caregiver_engagement": False,
    }  # fmt: skip


def test_the_hand_study_gets_an_analysis_of_its_own(hand_study) -> None:
    """Scheme 'hand' is in no catalogue: its group, its reference, and only what nearly all recordings have."""
    cursor = connect.open_reader(connect.current(hand_study).file).cursor()
    study = observation_frame(cursor)
    level = fit_source.load(cursor, "hand", "face").level
    spec = generic_spec(("hand", "face"), "Facial expression", reference_of(level, "Neutral"), AGE, study)
    rows = rows_of(cursor, spec.changed(protocol="home_headcam"), study)
    assert spec.ladder == ("child_sex", "role", "activity") and rows.units == 6
    assert "no value of Child sex" in rows.notes[-1].text
    assert set(rows.frame["code"]) == {"Positive", "Neutral", "Not visible"}
    assert name_of("face", AGE) == spec.name == "face_infant_age_months"
