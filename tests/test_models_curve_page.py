"""The views "All choices" and "Groups": numbers of the step, sentences that can be counted from the table."""

import re

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import models_curve_words as words
from pages.parts.charts_models_curve import beyond, draw_curve, draw_moves, limits, matrix_rows
from pipeline.catalogue.spec import load_spec
from pipeline.measures.spec_agreement import Agreement
from pipeline.selection import Selection, select
from pipeline.steps.fit_comparable import common_sd
from pipeline.steps.fit_source import load
from pipeline.steps.observe import observation_frame
from pipeline.steps.spec_curve import cell_fits
from pipeline.steps.spec_grid import Stratum, covariate_sets, own_cell
from tests.opening import opened_page

SMALL = {
    "view": "All choices", "curve_split": "Not split", "curve_zeros": "Leave it out", "curve_outcome": "In SD (z)",
    "curve_denominator": "Whole session",
}  # fmt: skip
"""A grid of one cell: three covariate sets x two priors."""


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it."""
    return opened_page("models", home, monkeypatch, query)


def said(app: AppTest) -> str:
    return " ".join(one.value for one in [*app.main.markdown, *app.info, *app.caption]).replace("\u00a0", " ")


@pytest.fixture(scope="module")
def entries(demo_study) -> pd.DataFrame:
    """What the step says of that one cell."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    observations, spec = select(observation_frame(cursor), Selection(protocol="home_headcam")), load_spec("facial_epds")
    source = load(cursor, spec.scheme, spec.behaviour_group)
    sd = common_sd(source, spec, observations)
    return cell_fits(source, spec, observations, own_cell(spec), covariate_sets(spec), ("mlwin", "weak"), sd).terms


def test_all_choices_on_the_button(demo_study, monkeypatch, entries) -> None:
    app = opened(demo_study, monkeypatch, **SMALL)
    button = app.button(key="curve_make")
    assert button.label.startswith("Make 6 fits") and not app.dataframe and "Exploratory" in said(app)
    button.click().run()
    assert not app.exception
    name = app.selectbox(key="curve_term").value
    code, response = re.fullmatch(r"(.*) \((.*)\)", name).groups()
    expected = entries[(entries["code"] == code) & (entries["response"] == response)].sort_values("seconds")
    shown = app.dataframe[0].value
    assert len(shown) == 6
    np.testing.assert_allclose(shown["Seconds per 5 min"], expected["seconds"], atol=1e-9)
    np.testing.assert_allclose(shown["95 % from (s)"], expected["seconds_low"], atol=1e-9)
    assert shown["Pre-specified"].sum() == 1 and shown["Rows"].tolist() == expected["rows"].tolist()
    own = expected[expected["prespecified"]].iloc[0]
    same = (np.sign(expected["seconds"]) == np.sign(own["seconds"])).mean()
    assert f"{name}: {100 * same:.0f} % of 6 fits point the same way" in said(app)
    assert "All 6 fits could be made" in said(app)
    moves = app.dataframe[1].value.set_index("Choice")
    assert set(moves.index) == {"Prior", "Covariates"} and moves.loc["Prior", "Pairs of fits"] == 3
    other = next(one for one in app.selectbox(key="curve_term").options if one != name)
    app.selectbox(key="curve_term").set_value(other).run()
    assert f"{other}: " in said(app) and len(app.dataframe[0].value) == 6, "another behaviour needs no new fits"


def test_the_curve_starts_with_the_strongest_term(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, **SMALL)
    assert app.selectbox(key="curve_term").value == "Woe face (caregiver)"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "Mothers and fathers"),
        ({"group_by": "Activity", "group_first": "Stacking", "group_second": "Feeding"}, "Stacking and Feeding"),
        ({"group_by": "Home language"}, "Monolingual and Bilingual"),
    ],
)
def test_groups(demo_study, monkeypatch, query: dict[str, str], expected: str) -> None:
    app = opened(demo_study, monkeypatch, view="Groups", **query)
    text = said(app)
    assert expected in text and "Exploratory" in text and "by chance alone" in text
    shown = app.dataframe[0].value
    first, other = expected.split(" and ")
    assert set(shown["What"]) == {first.capitalize(), other.capitalize(), "Difference"}
    clear = shown[(shown["What"] == "Difference") & (shown["Evidence"] == "Clear")]
    difference = shown[shown["What"] == "Difference"]
    assert f"{len(clear)} of {len(difference)} intervals exclude 0" in text
    assert ("do not differ clearly" in text) == clear.empty
    assert "caregiver1" not in text


def test_covariate_by_behaviour_and_partner(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="Groups", compare="Covariate by behaviour")
    shown = app.dataframe[0].value
    assert shown["Covariate"].nunique() == 7
    top = shown.loc[shown["Shift (s per 5 min)"].abs().idxmax()]
    assert f"at most {abs(top['Shift (s per 5 min)']):.1f} s per 5 minutes: " in said(app)
    app = opened(demo_study, monkeypatch, view="Groups", compare="Partner's score")
    assert "known for 12 recordings, the caregiver's own for 117: too few to tell much" in said(app)
    assert "without covariates" in said(app)
    assert set(app.dataframe[0].value["What"]) == {"Own score, all", "Own score, same recordings", "Partner's score"}


def by_hand() -> pd.DataFrame:
    """Four fits of one behaviour."""
    frame = pd.DataFrame({"seconds": [-20.0, -8.0, -12.0, 3.0], "evidence": ["clear", "none", "suggestive", "none"]})
    levels = {
        "prior": ["mlwin", "weak", "mlwin", "weak"], "stratum": ["all", "all", "father only", "father only"],
        "covariates": ["as pre-specified"] * 4, "denominator": ["session"] * 4, "zeros": ["observed"] * 4,
        "outcome": ["normalised"] * 4, "timing": ["named"] * 4,
    }  # fmt: skip
    ends = {"seconds_low": frame["seconds"] - 10, "seconds_high": frame["seconds"] + 10}
    return frame.assign(
        **levels, **ends, rows=[9, 9, 4, 4], units=[8, 8, 4, 4], prespecified=[True, False, False, False]
    )


def test_the_figure_of_the_curve() -> None:
    shown = words.in_words(by_hand())
    figure = draw_curve(shown, words.CHOICES)
    marks = {trace.name: trace for trace in figure.data if trace.name}
    assert list(marks["Pre-specified"].x) == [0] and list(marks["Pre-specified"].y) == [-20.0]
    assert list(marks["Suggestive"].x) == [1] and list(marks["No clear evidence"].x) == [2, 3] and "Clear" not in marks
    rows = matrix_rows(shown, words.CHOICES)
    assert rows == [("stratum", ""), ("stratum", "All"), ("stratum", "Father only"),
                    ("prior", ""), ("prior", "As MLwiN sets it"), ("prior", "Weak")]  # fmt: skip
    dots = {trace.y[0]: list(trace.x) for trace in figure.data if trace.yaxis == "y2"}
    assert dots == {1: [0, 2], 2: [1, 3], 4: [0, 1], 5: [2, 3]}
    labels = figure.layout.yaxis2.ticktext
    assert labels[0] == "<b>Which recordings</b>" and labels[1] == "<u>All</u>" and labels[2] == "Father only"
    low, high = limits(shown)
    assert low < -20 and high > 3 and tuple(figure.layout.yaxis.range) == (low, high)
    assert beyond(shown) == ((shown["seconds_low"] < low) | (shown["seconds_high"] > high)).sum()


def test_the_bars_say_what_moves_the_estimate() -> None:
    moves = pd.DataFrame({"choice": ["zeros", "prior"], "change": [12.34, 0.01], "largest": [20.0, 0.1]})
    figure = draw_moves(moves.assign(name=moves["choice"].map(words.CHOICES)))
    assert list(figure.data[0].text) == ["12.3 s", "< 0.1 s"] and list(figure.data[0].y) == ["Never occurs", "Prior"]
    assert "what a behaviour that never occurs counts as, by 12.3 s" in words.mover(moves)
    assert words.mover(moves.iloc[:0]) == ""


def test_the_sentence_of_the_curve() -> None:
    own = by_hand().iloc[:1]
    text = words.finding(Agreement(8, 6, 4, 2, 1), own).replace("\u00a0", " ")
    assert text == (
        "75 % of 8 fits point the same way as the pre-specified one (less time); 25 % are clear as well, 1 the other "
        "way."
    )
    assert words.finding(Agreement(8, 6, 4, 0, 0), own).endswith("none is clear in either direction.")
    assert "cannot be made" in words.finding(Agreement(8, 0, 0, 0, 0), own.iloc[:0])
    basis = words.basis(Agreement(8, 6, 4, 2, 1), own, pd.DataFrame({"change": []}), 1, 10).replace("\u00a0", " ")
    assert "\u221220 s per 5 minutes (95 % interval \u221230 to \u221210; 9 rows, 8 units), clear" in basis
    assert "Same direction and same evidence: 50 %." in basis and "1 fit rests on fewer than 10 rows" in basis


def test_failures_are_counted_by_reason() -> None:
    """Of ten fits two were refused whole, three lack this behaviour, one is missing without a note; four are there."""
    reasons = [
        ("", "", "no unit"),
        ("", "", "no unit"),
        *[("infant", "Smile", "2 values")] * 3,
        ("infant", "Other", "1 value"),
    ]
    lost = pd.DataFrame(reasons, columns=["response", "code", "reason"])
    table = words.failures(lost, by_hand(), ("infant", "Smile"), 10)
    assert table.to_numpy().tolist() == [
        ["2 values", 3],
        ["no unit", 2],
        ["Smile (infant) has no value of its own there.", 1],
    ]


def test_levels_in_words() -> None:
    assert words.level_words("stratum", "father only") == "Father only"
    assert (
        words.level_words("stratum", Stratum().name) == "All"
        and words.level_words("zeros", "include") == "Count it as 0"
    )
