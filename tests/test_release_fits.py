"""Stored fits in a release: which may be shown, why the others may not, and what of them is said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.spec import load_spec
from pipeline.models.fit import Fit, Settings, Term, frame_of
from pipeline.selection import Selection
from pipeline.steps import release_fits, release_views_models, stored_fits
from pipeline.steps.fit import ModelRows
from pipeline.steps.fit_choices import Exposure
from pipeline.steps.release_mask import View, candidates, masked
from pipeline.steps.release_profile import profile
from pipeline.steps.release_views import Data, parts_of
from tests.release_parts import data_of, publish, text_of

FAMILIES = 30
FATHERS = Selection("home_headcam", (("role", ("father",)),))
COVARIATES = {"child_sex": "male", "birth_order": "first", "camera": "old", "activity": "feeding"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Thirty families by a rule."""
    return data_of(publish(tmp_path_factory.mktemp("fits"), text_of(FAMILIES)))


def stored_fit(home: Path, data: Data, units: int, **changes: object) -> None:
    """A fit of so many recordings of the study, each of a family of its own, kept as it is after a job."""
    one = data.observations.head(units)
    frame = pd.DataFrame({"unit": one["observation_id"].tolist(), "family_id": one["family_id"].tolist()})
    frame["code"] = pd.Categorical(["Smile"] * (units - 3) + ["Negative"] * 3)
    frame = frame.assign(dyad_id=frame["unit"], person=frame["unit"], y_infant=0.5, y_caregiver=0.5, **COVARIATES)
    frame.loc[frame.index < changes.pop("no_caregiver", 0), "y_caregiver"] = np.nan
    frame["role"] = changes.pop("role", "mother")
    scale = pd.DataFrame({"response": ["infant", "caregiver"], "values": units, "mean": 0.5, "sd": 0.1})
    flow = pd.DataFrame([("units", "x", 0, units)], columns=["stage", "reason", "lost", "left"])
    spec = load_spec("facial_epds").changed(rung=changes.pop("rung", 2))
    chosen, engine = changes.pop("selection", Selection(protocol=spec.protocol)), changes.pop("engine", "quick")
    terms = frame_of(
        [
            Term(side, f"{code} x EPDS", mean, 0.1, mean - 0.123, mean + 0.2, units, units)
            for side in ("infant", "caregiver")
            for code, mean in (("Smile", 0.1234), ("Negative", 0.3))
        ]
    )
    fit = Fit(terms, terms.head(0), {}, Settings(), 1, engine, spec, (), units, units, changes.pop("failed", ()))
    order = stored_fits.order(spec, engine, 1, ModelRows(frame, flow, scale, (6.0, 2.0)), chosen)
    number = len(list((home / "runs").glob("*")))
    (home / "runs").mkdir(exist_ok=True)
    stored_fits.keep(home, f"{number:064x}", order, "x", frame, fit)


@pytest.mark.parametrize(
    ("units", "changes", "why"),
    [
        (12, {}, ""),
        (11, {}, "fewer than 10 families more than terms"),
        (20, {"no_caregiver": 8}, ""),
        (20, {"no_caregiver": 9}, "fewer than 10 families more than terms"),
        (24, {"failed": ("R-hat",)}, "the sampling failed its own checks"),
        (24, {"engine": "two_part"}, "models in two parts"),
        (24, {"rung": 0}, "models without behaviours"),
        (24, {"selection": FATHERS}, "part of the recordings"),
        (24, {"role": ["mother"] * 20 + ["father"] * 4, "rung": 4}, "the level 'Caregiver role: father' stands for"),
        (24, {"role": ["mother"] * 19 + ["father"] * 5, "rung": 4}, ""),
        (24, {"role": ["mother"] * 20 + ["father"] * 4}, ""),
    ],
)
def test_which_fits_are_shown(data: Data, tmp_path: Path, units: int, changes: dict, why: str) -> None:
    """Two terms per side: 12 families leave 10 degrees of freedom, 11 leave 9; infant and caregiver each count; a
    level counts where its covariate is in the model."""
    stored_fit(tmp_path, data, units, **changes)
    kept, left = release_fits.sifted(data, tmp_path, "home_headcam")
    assert (len(kept), len(left)) == ((0, 1) if why else (1, 0))
    assert why in (left[0][1] if left else "")


def test_of_a_question_the_newest_and_of_nearly_the_same_families_one(data: Data, tmp_path: Path) -> None:
    for units, rung in ((24, 2), (24, 2), (26, 3), (24, 1)):
        stored_fit(tmp_path, data, units, rung=rung)
    kept, left = release_fits.sifted(data, tmp_path, "home_headcam")
    assert len(kept) == 2 and {fit.asked.spec.rung for fit in kept} == {1, 2}
    assert sorted(why for _, why in left) == [release_fits.OLDER, release_fits.NEARLY]


@pytest.fixture
def forest(data: Data, tmp_path: Path) -> View:
    """The one view of a stored fit."""
    stored_fit(tmp_path, data, 24)
    templates = list(release_views_models.templates(data, "home_headcam", tmp_path))
    return candidates(data, templates, {"home_headcam": parts_of(data, "home_headcam")[:1]}, profile(5))[0]


def test_terms_rest_on_the_families_that_show_the_behaviour(data: Data, forest: View) -> None:
    """'Negative' is shown by three families: its terms are hidden, words included."""
    shown = masked(forest, data, profile(5))
    assert shown.hidden["mean"].tolist() == [False, True] * 2
    assert shown.frame["mean"].tolist()[0] == 0.12 and shown.frame["families"].tolist()[0] == 20
    assert shown.frame["seconds"].tolist()[0] == 3.7, "0.1234 SD of 0.1 of 300 s"
    assert shown.frame["evidence"].tolist()[::2] == ["Clear", "Clear"] and shown.frame["evidence"].isna().sum() == 2
    assert not {"unit", "family_id"} & set(shown.frame) and not shown.frame["term"].str.contains("EPDS").any()


def test_a_forest_says_what_it_is_of(data: Data, forest: View) -> None:
    template, shown = forest.template, masked(forest, data, profile(5)).frame
    assert template.title == "Facial expression and depressive symptoms (EPDS), Model 2: unadjusted"
    assert template.says(shown) == (
        "Clear: with higher EPDS the infant's 'Smile' takes 3.7 s more per 5 minutes, compared with 'Face not visible'."
    )
    assert template.note.startswith("Change when EPDS is 1 SD (2.0 points) higher, compared with 'Face not visible'.")
    assert "quick engine" in template.note
    assert template.options["people"] == ["Infant", "Caregiver"] and template.options["seconds"]["Infant"] == 30
    assert template.options["order"]["Infant"] == ["Smile", "Negative"]


def test_nothing_clear_is_said_of_what_is_shown() -> None:
    spec, about = load_spec("facial_epds").changed(rung=2), Exposure("EPDS", "EPDS", score=True)
    frame = pd.DataFrame({"person": "Infant", "term": ["a", "b"], "mean": [0.1, np.nan], "lower": [-0.1, np.nan],
                          "upper": 0.2, "seconds": 3.0, "evidence": ["No clear evidence", None]})  # fmt: skip
    assert release_views_models.finding(frame, spec, about) == "Nothing is clear: the interval includes 0."
    assert release_views_models.finding(frame.tail(1), spec, about) == ""
