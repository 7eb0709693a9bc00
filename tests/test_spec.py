"""Specs: the catalogue's four, what they say, and how a wrong one is refused."""

from pathlib import Path

import pytest

from pipeline.catalogue.instrument import load_instrument
from pipeline.catalogue.scheme import SCHEME_FOLDER, load_scheme
from pipeline.catalogue.spec import Options, Spec, known_specs, load_spec
from pipeline.errors import CatalogueError

NAMES = ("facial_epds", "facial_sapas", "visual_epds", "visual_sapas")


def test_the_papers_twenty_fits_stand_in_the_catalogue() -> None:
    """Two groups x two exposures x Models 0-4."""
    assert known_specs() == NAMES
    assert sum(len(load_spec(name).rungs) for name in NAMES) == 20


@pytest.mark.parametrize("name", NAMES)
def test_a_spec_speaks_of_what_exists(name: str) -> None:
    """Group, codes and reference stand in the scheme, the exposure among the instruments; the name is the file's."""
    spec = load_spec(name)
    group = load_scheme(SCHEME_FOLDER / f"{spec.scheme}.toml").group(spec.behaviour_group)
    labels = {code.label: code for code in group.codes}
    assert spec.name == name and spec.reference == group.reference and load_instrument(str(spec.exposure))
    subjects = {"infant": "infant", "caregiver": "caregiver1"}
    for one in spec.hypotheses:
        assert all(subjects[one.response] in group.subjects_of(labels[code]) for code in one.codes), one.title


@pytest.mark.parametrize("name", NAMES)
def test_the_ladder_is_the_papers(name: str) -> None:
    """0 null, 1 behaviours, 2 unadjusted, 3 the confounder (parental age), 4 everything else too."""
    spec = load_spec(name)
    assert [(rung.codes, rung.exposure, len(rung.covariates)) for rung in spec.rungs] == [
        (False, False, 0), (True, False, 0), (True, True, 0), (True, True, 1), (True, True, 7),
    ]  # fmt: skip
    assert spec.rungs[3].covariates == ("caregiver_age_years",) and spec.options == Options()
    assert set(spec.ladder) == {
        "caregiver_age_years", "infant_age_months", "child_sex", "role", "birth_order", "camera", "activity",
    }  # fmt: skip


def test_the_hypotheses_are_the_papers() -> None:
    signs = {(one.response, code): one.sign for one in load_spec("facial_epds").hypotheses for code in one.codes}
    assert signs == {
        ("caregiver", "Woe face"): "-", ("caregiver", "Mock surprise"): "-", ("caregiver", "Negative"): "+",
        ("caregiver", "Smile"): "-", ("caregiver", "Positive"): "-", ("infant", "Smile"): "-",
        ("infant", "Positive"): "-",
    }  # fmt: skip
    (look,) = load_spec("visual_sapas").hypotheses
    assert (look.response, look.codes, look.sign) == ("infant", ("Look at caregiver 1",), "-")


def test_a_changed_spec_is_checked_again() -> None:
    spec = load_spec("facial_epds")
    assert spec.changed(rung=2, options={"prior": "weak"}).options.prior == "weak" and spec.options.prior == "mlwin"
    assert "role" not in spec.without("role").step.covariates and "role" in spec.step.covariates
    with pytest.raises(CatalogueError, match="facial_epds: there is no rung 9; the last one is 4"):
        spec.changed(rung=9)
    with pytest.raises(CatalogueError, match="Choose one of: mlwin, weak"):
        spec.changed(options={"prior": "flat"})


def test_an_unknown_name_is_refused_with_the_choices() -> None:
    with pytest.raises(CatalogueError) as refused:
        load_spec("facial_epdss")
    assert str(refused.value) == (
        "'facial_epdss' is not a known spec. Did you mean 'facial_epds'? Choose one of: facial_epds, facial_sapas, "
        "visual_epds, visual_sapas, or a .toml file."
    )


MINIMAL = """
name = "play"
title = "Play"
behaviour_group = "affect"
reference = "neutral"
exposure = "income"
rung = 1
[[rungs]]
title = "null"
[[rungs]]
title = "exposure"
codes = true
exposure = true
"""


def written(folder: Path, text: str) -> Spec:
    (folder / "play.toml").write_text(text, encoding="utf-8")
    load_spec.cache_clear()
    return load_spec("play.toml", folder)


def test_any_instrument_variable_and_group_works(tmp_path: Path) -> None:
    spec = written(tmp_path, MINIMAL)
    assert spec.exposure == "income" and spec.step.title == "exposure" and spec.ladder == ()


WRONG = {
    "'colour' is not a known key.": ('rung = 1', 'rung = 1\ncolour = "red"'),
    "the rung exposure has the exposure without the behaviours it acts on": ("codes = true\n", ""),
    "a rung or the moderator uses the exposure, but no exposure is named": ('exposure = "income"\n', ""),
    "age is not among the covariates": ("codes = true", 'codes = true\ncovariates = ["age"]'),
    "'name': 'My play' is not allowed here": ('"play"', '"My play"'),
    "'options.zeros': 'never' is not known here. Choose one of: observed, include": (
        "[[rungs]]\ntitle = \"null\"", "[options]\nzeros = \"never\"\n[[rungs]]\ntitle = \"null\""
    ),
    "two covariates have the label Age, which names their terms": (
        "rung = 1",
        'rung = 1\ncovariates = [{ column = "a", label = "Age", kind = "numeric" },'
        ' { column = "b", label = "Age", kind = "numeric" }]',
    ),
}  # fmt: skip


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, sentence: str) -> None:
    old, new = WRONG[sentence]
    with pytest.raises(CatalogueError) as refused:
        written(tmp_path, MINIMAL.replace(old, new))
    assert sentence in str(refused.value) and str(refused.value).startswith("play.toml: ")
