"""Groups: fits per group are fits of a narrower selection, the difference is the one of a joint model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from db import connect
from pages.parts import models_groups_words as words
from pages.parts.charts_models_groups import MARK, beyond, draw_covariates, draw_groups, ends, lines_of, places
from pipeline.catalogue.spec import Moderator, Rung, Spec, load_spec
from pipeline.models import collapsed
from pipeline.models.design import build
from pipeline.models.fit import settings_of
from pipeline.selection import Selection, select
from pipeline.steps import fit_groups
from pipeline.steps.fit import quick
from pipeline.steps.fit_comparable import DRAWS, SEED, Compared, common_sd, exposure_terms
from pipeline.steps.fit_rows import rows_of
from pipeline.steps.fit_source import load
from pipeline.steps.observe import observation_frame
from tests.model_rows import BARE, FEW, simulate

ROLE = Moderator(column="role", label="Caregiver role", levels=("mother", "father"))


@pytest.fixture(scope="module")
def study(demo_study):
    """(cursor, observations, spec, source, common SD) of the demo."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    observations = select(observation_frame(cursor), Selection(protocol="home_headcam"))
    spec = load_spec("facial_epds")
    source = load(cursor, spec.scheme, spec.behaviour_group)
    return cursor, observations, spec, source, common_sd(source, spec, observations)


def test_a_group_is_the_fit_of_a_narrower_selection(study) -> None:
    cursor, observations, spec, source, sd = study
    fathers = select(observations, Selection(choices=(("role", ("father",)),)))
    asked = spec.changed(options={"draws": DRAWS})
    theirs = quick(cursor, asked, fathers, SEED).terms
    rows = rows_of(cursor, asked, fathers)
    mine = fit_groups.group_fit(source, spec, observations, ROLE, "father", sd)
    both = mine.terms.merge(theirs, on=["response", "term"], suffixes=("", "_theirs"))
    assert len(both) == len(mine.terms) > 10
    np.testing.assert_allclose(both[["mean", "lower"]], both[["mean_theirs", "lower_theirs"]], atol=1e-10)
    size = both["response"].map(rows.scale.set_index("response")["sd"]) * 300 * sd / rows.exposure[1]
    np.testing.assert_allclose(both["seconds_high"], both["upper_theirs"] * size, atol=1e-9)
    assert (mine.units, mine.dyads) == (rows.units, rows.frame["dyad_id"].nunique())
    assert "Disgust" in " ".join(mine.lost["reason"]) and not mine.failed


def two_groups(units: int, extra: float = 0.0) -> pd.DataFrame:
    """Complete simulated rows of mothers and fathers; fathers' slope of the caregiver's smile is larger by `extra`."""
    frame = simulate(np.random.default_rng(4), units, FEW, full=True).frame
    father = (frame["unit"] % 2 == 1).to_numpy()
    there = father & (frame["code"] == "Smile").to_numpy()
    y = frame["y_caregiver"] + extra * there * frame["z"]
    return frame.assign(role=np.where(father, "father", "mother"), y_caregiver=y)


def joint_spec(levels: tuple[str, str] = ("mother", "father")) -> Spec:
    return BARE.changed(rung=2, moderator={"column": "role", "label": "Caregiver role", "levels": levels})


def posterior(frame: pd.DataFrame, spec: Spec):
    return collapsed.posterior(collapsed.prepare(build(frame, spec)), settings_of(spec), SEED)


def test_the_difference_is_that_of_the_two_groups() -> None:
    """In simulated rows every coefficient differs between groups: the joint model's difference is nearly that of two
    separate fits (they differ in the variances alone), and finds what was put in.
    """
    frame = two_groups(160, extra=0.4)
    found = fit_groups.difference_terms(posterior(frame, joint_spec()), joint_spec())
    slopes = []
    for role in ("mother", "father"):
        spec = BARE.changed(rung=2)
        slopes.append(exposure_terms(posterior(frame[frame["role"] == role], spec), spec))
    mother, father = slopes
    assert list(zip(mother["response"], mother["code"], strict=True)) == list(
        zip(found["response"], found["code"], strict=True)
    )
    apart = father["mean"] - mother["mean"]
    assert ((found["mean"] - apart) / found["sd"]).abs().max() < 0.05
    both = np.hypot(mother["sd"], father["sd"])
    np.testing.assert_allclose(found["sd"], both, rtol=0.15)
    (smile,) = found.query("response == 'caregiver' and code == 'Smile'").to_dict("records")
    assert smile["evidence"] == "clear" and smile["lower"] < 0.4 < smile["upper"]


def test_a_level_with_an_underscore_has_its_difference() -> None:
    """What a level is called changes no number and loses no behaviour."""
    frame, plain = two_groups(60), joint_spec()
    named = frame.assign(role=frame["role"].replace({"father": "young_father"}))
    other = joint_spec(("mother", "young_father"))
    found = fit_groups.difference_terms(posterior(frame, plain), plain)
    same = fit_groups.difference_terms(posterior(named, other), other)
    assert len(found) == len(same) > 0
    np.testing.assert_allclose(same["mean"], found["mean"], atol=1e-10)


def test_other_ways_of_writing_the_joint_model_give_the_same_difference() -> None:
    """Levels the other way round turn every sign; slopes per group in place of slope and difference are linear maps."""
    frame = two_groups(60)
    spec = joint_spec()
    found = fit_groups.difference_terms(posterior(frame, spec), spec)
    turned = fit_groups.difference_terms(
        posterior(frame, joint_spec(("father", "mother"))), joint_spec(("father", "mother"))
    )
    np.testing.assert_allclose(turned["mean"], -found["mean"], atol=1e-7)
    np.testing.assert_allclose(turned["upper"], -found["lower"], atol=1e-7)
    design = build(frame, spec)
    x, pairs = [one.copy() for one in design.x], []
    for side, columns in enumerate(design.columns):
        names = [one.term for one in columns]
        for row in found[found["response"] == design.responses[side]].itertuples():
            slope, product = names.index(f"{row.code} x EPDS"), names.index(row.term)
            x[side][:, slope] -= x[side][:, product]
            pairs.append((slope + side * len(design.columns[0]), product + side * len(design.columns[0])))
    model = collapsed.posterior(collapsed.prepare(replace(design, x=tuple(x))), settings_of(spec), SEED)
    maps = np.zeros((len(pairs), len(model.active)))
    for at, (slope, product) in enumerate(pairs):
        maps[at, product], maps[at, slope] = 1.0, -1.0
    np.testing.assert_allclose(model.mixture(maps).mean, found["mean"], atol=1e-7)
    np.testing.assert_allclose(model.mixture(maps).sd, found["sd"], atol=1e-7)


def test_the_difference_is_that_of_mixed_linear_models() -> None:
    """Infants and caregivers in different units: the joint model is two univariate ones, fitted by statsmodels."""
    frame = two_groups(160, extra=0.4)
    infant = (frame["unit"] // 2 % 2 == 0).to_numpy()
    frame = frame.assign(y_infant=frame["y_infant"].where(infant), y_caregiver=frame["y_caregiver"].where(~infant))
    spec = joint_spec().changed(options={"method": "reml"})
    mine = collapsed.fit(frame, spec, SEED).terms.set_index(["response", "term"])
    rows = frame[~infant]
    father, z = (rows["role"] == "father").to_numpy(float), rows["z"].to_numpy()
    smile, negative = ((rows["code"] == code).to_numpy(float) for code in ("Smile", "Negative"))
    dummies = np.column_stack([np.ones(len(rows)), smile, negative])
    x = np.column_stack([dummies, dummies * z[:, None], dummies * father[:, None], dummies * (z * father)[:, None]])
    theirs = MixedLM(rows["y_caregiver"].to_numpy(), x, groups=rows["unit"].to_numpy())
    found = theirs.fit(reml=True, method="powell", ftol=1e-13)
    names = [f"{code} x EPDS x Caregiver role: father" for code in ("Smile", "Negative")]
    np.testing.assert_allclose(
        [mine.loc[("caregiver", name), "mean"] for name in names], found.fe_params[-2:], rtol=1e-3
    )


def test_the_difference_in_the_study(study) -> None:
    """Rows per level by counting, seconds by hand, and a behaviour with too few values named with its count."""
    cursor, observations, spec, source, sd = study
    found = fit_groups.difference(source, spec, observations, ROLE, sd)
    joint = spec.changed(moderator=ROLE.model_dump(), options={"draws": DRAWS})
    rows = rows_of(cursor, joint, observations)
    theirs = collapsed.fit(rows.frame, joint, SEED).terms.set_index(["response", "term"])
    for row in found.terms.itertuples():
        shown = rows.frame[(rows.frame["code"] == row.code) & rows.frame[f"y_{row.response}"].notna()]
        counts = shown["role"].value_counts()
        assert (row.first_rows, row.other_rows) == (counts["mother"], counts["father"])
        other = theirs.loc[(row.response, f"{row.code} x EPDS x Caregiver role: father")]
        assert row.mean == pytest.approx(other["mean"]) and row.upper == pytest.approx(other["upper"])
        size = rows.scale.set_index("response").loc[row.response, "sd"] * 300 * sd / rows.exposure[1]
        assert row.seconds == pytest.approx(row.mean * size)
        assert (row.evidence == "clear") == (row.lower > 0 or row.upper < 0)
    assert found.units == rows.units and found.terms["other_rows"].min() >= 3
    assert list(found.lost["reason"]) == ["Disgust (caregiver): 1 with father, fewer than 3."]


def test_other_levels_do_not_enter_the_difference(study) -> None:
    _, observations, spec, source, sd = study
    one = Moderator(column="activity", label="Activity", levels=("feeding", "stacking"))
    found = fit_groups.difference(source, spec, observations, one, sd)
    units = [fit_groups.group_fit(source, spec, observations, one, level, sd).units for level in one.levels]
    assert found.units == sum(units) < 117


def test_covariates_one_at_a_time(study) -> None:
    """Shifts against two pooled fits of their own."""
    cursor, observations, spec, source, sd = study
    few = spec.without("infant_age_months", "child_sex", "role", "birth_order", "activity")
    moves, lost = fit_groups.by_covariate(source, few, observations, sd)
    assert lost.empty and list(moves["covariate"].unique()) == ["Parental age (years)", "Camera"]
    plain = few.changed(options={"pooled": True, "draws": DRAWS})
    rows = rows_of(cursor, plain, observations)
    fits = [collapsed.fit(rows.frame, one, SEED).terms for one in (plain, plain.changed(by_code=("camera",)))]
    before, after = (one.set_index(["response", "term"]) for one in fits)
    for row in moves[moves["covariate"] == "Camera"].itertuples():
        place = (row.response, f"{row.code} x EPDS")
        size = rows.scale.set_index("response").loc[row.response, "sd"] * 300
        assert row.seconds == pytest.approx(after.loc[place, "mean"] * size)
        assert row.before == pytest.approx(before.loc[place, "mean"] * size)
        assert row.shift == pytest.approx(row.seconds - row.before)
        assert row.shift != 0


def test_the_partners_score(study) -> None:
    """Few recordings have it: the fits go on without covariates, the reason is told, and they are the step's own."""
    cursor, observations, spec, source, sd = study
    found = fit_groups.own_and_partner(source, spec, observations, sd)
    assert "says the same as" in found.refused
    theirs = spec.changed(options={"whose_score": "partner", "draws": DRAWS})
    rows = rows_of(cursor, theirs, observations)
    assert {name: one.units for name, one in found.fits.items()} == {"own": 117, "own_same": 9, "partner": rows.units}
    other = collapsed.fit(rows.frame, theirs.changed(rung=2), SEED).terms.set_index(["response", "term"])
    for row in found.fits["partner"].terms.itertuples():
        assert row.mean == pytest.approx(other.loc[(row.response, row.term), "mean"])
        size = rows.scale.set_index("response").loc[row.response, "sd"] * 300 * sd / rows.exposure[1]
        assert row.seconds == pytest.approx(row.mean * size)


def test_the_partners_score_keeps_covariates_that_fit(study) -> None:
    _, observations, spec, source, sd = study
    rungs = [Rung(title="Model", codes=True, exposure=True, covariates=("caregiver_age_years",)).model_dump()]
    found = fit_groups.own_and_partner(source, spec.changed(rungs=rungs, rung=0), observations, sd)
    assert found.refused == "" and set(found.fits) == {"own", "own_same", "partner"}


def terms(*rows: tuple) -> pd.DataFrame:
    columns = ["response", "code", "seconds", "seconds_low", "seconds_high", "evidence", "rows", "units"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(mean=frame["seconds"], sd=1.0, lower=frame["seconds_low"], upper=frame["seconds_high"])


def fit_of(*rows: tuple) -> Compared:
    return Compared(terms(*rows), pd.DataFrame(columns=["response", "code", "reason"]), 8, 5, 4)


MOTHERS = fit_of(
    ("infant", "Smile", 1.0, -2.0, 4.0, "none", 9, 8), ("caregiver", "Woe face", -5.0, -9.0, -1.0, "clear", 4, 4)
)
FATHERS = fit_of(("infant", "Smile", 3.0, -8.0, 14.0, "none", 3, 3))


def test_the_finding_about_groups() -> None:
    names = ("Mothers", "Fathers")
    clear = fit_of(
        ("infant", "Smile", 12.4, 2.0, 22.0, "clear", 9, 8), ("caregiver", "Smile", 1.0, -2.0, 4.0, "none", 9, 8)
    )
    text = words.finding(clear, names)
    assert (
        text
        == "Mothers and fathers differ clearly in Smile (infant): its change is 12 s per 5 minutes higher in fathers."
    )
    none = fit_of(("infant", "Smile", 1.0, -2.0, 4.0, "none", 9, 8))
    assert words.finding(none, names) == "Mothers and fathers do not differ clearly in any of 1 behaviours."
    assert "cannot be compared" in words.finding(None, names)
    assert words.finding(clear, ("Old", "New")).startswith("Old and New differ clearly")


def test_side_by_side_by_hand() -> None:
    frame = words.side_by_side({"Mothers": MOTHERS, "Fathers": FATHERS})
    assert frame[["person", "code", "series", "seconds"]].to_numpy().tolist() == [
        ["Infant", "Smile", "Mothers", 1.0], ["Infant", "Smile", "Fathers", 3.0],
        ["Caregiver", "Woe face", "Mothers", -5.0],
    ]  # fmt: skip
    assert frame["counts"].tolist() == ["8 and 3 units", "8 and 3 units", "4 and \u2013 units"]


def test_the_figure_of_groups() -> None:
    """Marks of both groups on one line, the difference on its own axis, labels with units, cut intervals counted."""
    frame = words.side_by_side({"Mothers": MOTHERS, "Fathers": FATHERS})
    difference = words.differences(terms(("infant", "Smile", 2.0, -9.0, 13.0, "none", 9, 8)))
    figure = draw_groups(frame, difference)
    marks = {trace.name: trace for trace in figure.data if trace.mode == "markers"}
    assert set(marks) == {"Mothers", "Fathers", "Difference, not clear"}
    assert list(marks["Mothers"].x) == [1.0, -5.0] and list(marks["Fathers"].x) == [3.0]
    assert marks["Fathers"].y[0] - marks["Mothers"].y[0] == MARK and marks["Fathers"].error_x.arrayminus[0] == 11.0
    assert (
        marks["Difference, not clear"].xaxis == "x2" and marks["Mothers"].marker.color != marks["Fathers"].marker.color
    )
    at, height = places(lines_of(frame), 2)
    assert figure.layout.yaxis.range == (height, 0) and at["Infant", "Smile"] < at["Caregiver", "Woe face"] < height
    labels = " ".join(note.text for note in figure.layout.annotations)
    assert "8 and 3 units" in labels and "<b>Caregiver</b>" in labels
    low, high = ends(frame)
    assert beyond(frame) == sum((frame["seconds_low"] < low) | (frame["seconds_high"] > high))
    assert len(draw_groups(frame).data) == 3


def test_the_figure_of_covariates() -> None:
    frame = pd.DataFrame({"covariate": ["Age", "Age", "Role"], "shift": [0.5, -2.0, 1.0], "said": ["a", "b", "c"]})
    figure = draw_covariates(frame)
    assert list(figure.data[0].x) == [0.5, -2.0, 1.0] and figure.layout.xaxis.range == (-2.4, 2.4)


def test_a_difference_on_two_values_of_a_group_is_not_shown(study) -> None:
    """Two values can be fitted, by a line through them: that is no estimate."""
    cursor, observations, spec, source, sd = study
    one = Moderator(column="language", label="Home language", levels=("monolingual", "bilingual"))
    joint = spec.changed(moderator=one.model_dump())
    every = fit_groups.difference_terms(posterior(rows_of(cursor, joint, observations).frame, joint), joint)
    found = fit_groups.difference(source, spec, observations, one, sd)
    assert ("infant", "Disgust") in set(zip(every["response"], every["code"], strict=True))
    assert not ((found.terms["response"] == "infant") & (found.terms["code"] == "Disgust")).any()
    assert "Disgust (infant): 2 with bilingual, fewer than 3." in set(found.lost["reason"])
