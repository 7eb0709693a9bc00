"""The models page: its numbers are those of the step, switches move them, refusals are sentences, the figures tell."""

import html
import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import models_terms
from pages.parts.charts_models import COLOURS, Look, draw_terms
from pages.parts.charts_models_raw import draw_levels, draw_recordings
from pages.parts.models_choices import about, is_prespecified, own_rung, rung_names, unadjusted_rung
from pages.parts.models_random_words import interval
from pages.parts.models_words import in_words, minus, note_line, signed
from pages.parts.store_models import Question
from pipeline.catalogue.spec import Covariate, Spec, load_spec
from pipeline.models import collapsed
from pipeline.models.design import build
from pipeline.models.fit import Fit, Note, settings_of
from pipeline.selection import Selection, select
from pipeline.steps.fit import quick
from pipeline.steps.fit_choices import Exposure
from pipeline.steps.fit_rows import rows_of
from pipeline.steps.observe import observation_frame
from tests.opening import opened_page

AGE = Exposure("infant_age_months", "infant age", "months")


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it."""
    return opened_page("models", home, monkeypatch, query)


def said(app: AppTest) -> str:
    return " ".join(one.value for one in [*app.main.markdown, *app.main.caption, *app.info])


def terms(app: AppTest) -> pd.DataFrame:
    """The table twin of the forest plot."""
    return app.dataframe[0].value.set_index(["Model", "Person", "Behaviour"])


def shifts(app: AppTest) -> pd.DataFrame:
    """The table twin of the what-if's figure."""
    return app.dataframe[0].value


def figure(app: AppTest, number: int = 0) -> dict:
    """A figure of the page as JSON."""
    return json.loads(app.get("plotly_chart")[number].proto.spec)


def rows_and_scale(home, spec: Spec):
    """The rows of a model, by the step."""
    cursor = connect.open_reader(connect.current(home).file).cursor()
    return rows_of(cursor, spec, select(observation_frame(cursor), Selection(protocol="home_headcam")))


def fitted(home, spec: Spec) -> Fit:
    cursor = connect.open_reader(connect.current(home).file).cursor()
    chosen = select(observation_frame(cursor), Selection(protocol="home_headcam"))
    return quick(cursor, spec, chosen, seed=1)


@pytest.mark.parametrize(("rung", "model"), [(4, "Adjusted"), (2, "Unadjusted")])
def test_the_numbers_are_those_of_the_step(demo_study, monkeypatch, rung: int, model: str) -> None:
    found = fitted(demo_study, load_spec("facial_epds").changed(rung=rung))
    expected = found.terms[found.terms["term"].str.endswith(" x EPDS")]
    shown = terms(opened(demo_study, monkeypatch)).loc[model]
    assert len(shown) == len(expected) > 10
    for row in expected.itertuples():
        mine = shown.loc[(row.response.capitalize(), row.term.removesuffix(" x EPDS"))]
        numbers = mine[["Estimate (SD)", "95 % from (SD)", "95 % to (SD)", "Rows", "Units"]].astype(float)
        np.testing.assert_allclose(numbers, [row.mean, row.lower, row.upper, row.rows, row.units], atol=1e-7)
        assert row.lower < mine["50 % from (SD)"] < row.mean < mine["50 % to (SD)"] < row.upper
        excludes = row.lower > 0 or row.upper < 0
        assert (mine["Evidence"] == "Clear") == excludes


def test_the_units_are_honest(demo_study, monkeypatch) -> None:
    """Seconds per 5 minutes by a statement of its own: coefficient x SD of the shares x 300."""
    app = opened(demo_study, monkeypatch)
    with connect.open_reader(connect.current(demo_study).file) as connection:
        ((sd,),) = connection.execute(
            """SELECT stddev_samp(d.covered_ms / (o.end_ms - o.start_ms))
               FROM duration d JOIN coding c USING (observation_id, coder_id, subject, behaviour_group)
               JOIN observation o USING (observation_id) JOIN dyad y USING (dyad_id)
               JOIN observation_score s USING (observation_id)
               WHERE c.is_primary AND o.protocol = 'home_headcam' AND d.behaviour_group = 'facial_expression'
                     AND d.subject = 'caregiver1' AND s.instrument = 'EPDS' AND s.total IS NOT NULL
                     AND d.covered_ms > 0"""
        ).fetchall()
    row = terms(app).loc[("Adjusted", "Caregiver", "Woe face")]
    assert row["Seconds per 5 min"] == pytest.approx(row["Estimate (SD)"] * sd * 300)
    assert row["Percentage points"] == pytest.approx(row["Estimate (SD)"] * sd * 100)
    assert "s less per 5 minutes" in said(app) and "percentage points" in said(app)
    assert "% more time" not in said(app)


def test_probabilities_by_joint_draws(demo_study, monkeypatch) -> None:
    """P(direction) and P(beyond 20 s per 5 minutes) by counting draws of the coefficients."""
    shown = terms(opened(demo_study, monkeypatch, matters="20")).loc["Adjusted"]
    spec = load_spec("facial_epds")
    rows = rows_and_scale(demo_study, spec)
    sd = rows.scale.set_index("response")["sd"]
    model = collapsed.posterior(collapsed.prepare(build(rows.frame, spec)), settings_of(spec), 1)
    draws = model.coefficients(8_000, seed=4)
    for place, (response, term) in enumerate(model.terms):
        if not term.endswith(" x EPDS"):
            continue
        mine, seconds = (
            shown.loc[(response.capitalize(), term.removesuffix(" x EPDS"))],
            draws[:, place] * sd[response] * 300,
        )
        assert mine["P(direction)"] == pytest.approx(max((seconds > 0).mean(), (seconds < 0).mean()), abs=0.03)
        assert mine["P(beyond 20 s)"] == pytest.approx((np.abs(seconds) > 20).mean(), abs=0.03)


def test_own_slopes_are_those_of_a_refit_with_another_reference(demo_study, monkeypatch) -> None:
    """The slope of a behaviour is the exposure's coefficient where that behaviour is the reference."""
    app = opened(demo_study, monkeypatch, slopes="Own slopes")
    shown = terms(app).loc["Adjusted"]
    usual = load_spec("facial_epds")
    for code in ("Face not visible", "Smile"):
        refit = fitted(demo_study, usual.changed(reference=code)).terms.set_index(["response", "term"])
        for response in ("infant", "caregiver"):
            mine, row = shown.loc[(response.capitalize(), code)], refit.loc[(response, "EPDS")]
            assert mine["Estimate (SD)"] == pytest.approx(row["mean"], abs=0.05 * row["sd"])
            assert mine["95 % from (SD)"] == pytest.approx(row["lower"], abs=0.1 * row["sd"])
            clear = mine["95 % from (SD)"] > 0 or mine["95 % to (SD)"] < 0
            assert (mine["Evidence"] == "Clear") == clear
    assert len(shown) == len(terms(opened(demo_study, monkeypatch)).loc["Adjusted"]) + 2


def test_predicted_seconds_by_hand_from_the_terms(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, rung="Model 2: unadjusted")
    table = app.dataframe[1].value.set_index(["Person", "Behaviour", "At"])
    spec = load_spec("facial_epds").changed(rung=2)
    fit = fitted(demo_study, spec).terms.set_index(["response", "term"])["mean"]
    rows = rows_and_scale(demo_study, spec)
    scale, (mean, sd) = rows.scale.set_index("response"), rows.exposure
    for response, code in (("infant", "Smile"), ("caregiver", "Woe face")):
        own = fit[response]
        for z, name in (
            (-1, f"\u22121 SD ({mean - sd:.1f})"),
            (0, f"Mean ({mean:.1f})"),
            (1, f"+1 SD ({mean + sd:.1f})"),
        ):
            y = own["intercept"] + own[code] + z * (own["EPDS"] + own[f"{code} x EPDS"])
            seconds = 300 * (scale.loc[response, "mean"] + y * scale.loc[response, "sd"])
            row = table.loc[(response.capitalize(), code, name)]
            assert row["Seconds per 5 min"] == pytest.approx(seconds, abs=1e-6)
            assert row["95 % from (s)"] < seconds < row["95 % to (s)"]


def test_model_1_compares_behaviours(demo_study, monkeypatch) -> None:
    """Objective 1: each behaviour minus the reference, with values and percent of the values of its side."""
    app = opened(demo_study, monkeypatch, rung="Model 1: behaviours")
    spec = load_spec("facial_epds").changed(rung=1)
    expected = fitted(demo_study, spec).terms.set_index(["response", "term"])
    rows = rows_and_scale(demo_study, spec).frame
    shown = terms(app).loc["Model 1: behaviours"]
    assert len(shown) == 14
    for (person, code), row in shown.iterrows():
        mine = expected.loc[(person.lower(), code)]
        assert row["Estimate (SD)"] == pytest.approx(mine["mean"], abs=1e-7)
        side = rows[rows[f"y_{person.lower()}"].notna()]
        assert row["Rows"] == (side["code"] == code).sum()
        assert row["% of values"] == pytest.approx(100 * (side["code"] == code).mean())
    assert "behaviours clearly take more or less time than 'Face not visible'" in said(app)
    assert "values, " in json.dumps(figure(app)) and not [one for one in app.selectbox if one.key == "term"]


def test_model_0_is_the_random_part_alone(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, rung="Model 0: null")
    assert app.main.markdown[2].value.startswith("#### **Recordings differ little:**")
    assert len(app.table[0].value) == 4 and not app.get("plotly_chart")
    random = fitted(demo_study, load_spec("facial_epds").changed(rung=0)).random.set_index("term")
    cell = app.table[0].value.set_index("What").loc["Correlation", "Within a recording"]
    low, high = random.loc["row_correlation", ["lower", "upper"]]
    assert cell == f"{random.loc['row_correlation', 'mean']:.2f} ({low:.2f} to {high:.2f})".replace("-", "\u2212")
    assert "no exposure" in said(opened(demo_study, monkeypatch, rung="Model 0: null", view="What if"))


def test_a_click_opens_the_recordings_behind_a_term(demo_study, monkeypatch) -> None:
    """The callback of a click and the choice say the same; the points are those of the database."""
    assert models_terms.term_words("Caregiver", "Woe face") == "Caregiver: Woe face"
    app = opened(demo_study, monkeypatch, term="Caregiver: Woe face")
    assert app.selectbox(key="term").value == "Caregiver: Woe face"
    with connect.open_reader(connect.current(demo_study).file) as connection:
        expected = connection.execute(
            """SELECT s.total, 300.0 * d.covered_ms / (o.end_ms - o.start_ms)
               FROM duration d JOIN coding c USING (observation_id, coder_id, subject, behaviour_group)
               JOIN observation o USING (observation_id) JOIN observation_score s USING (observation_id)
               WHERE c.is_primary AND d.code = 'Woe face' AND d.subject = 'caregiver1' AND d.covered_ms > 0
                     AND s.instrument = 'EPDS' AND s.total IS NOT NULL"""
        ).fetchall()
    (table,) = [one.value for one in app.dataframe if "Dyad" in one.value]
    found = table[["EPDS (points)", "Seconds per 5 min"]].to_numpy(float)
    np.testing.assert_allclose(found[np.lexsort(found.T)], sorted(map(list, expected), key=lambda one: one[::-1]))
    drawn = [figure(app, number)["layout"].get("shapes", []) for number in range(len(app.get("plotly_chart")))]
    assert any(shape["type"] == "rect" for shapes in drawn for shape in shapes)


def test_the_callback_of_a_click(monkeypatch) -> None:
    state = {"forest": {"selection": {"points": [{"customdata": ["Infant", "Smile"]}]}}}
    monkeypatch.setattr(models_terms.st, "session_state", state)
    models_terms._clicked()
    assert state["term"] == "Infant: Smile"
    state["forest"]["selection"]["points"] = []
    models_terms._clicked()
    assert state["term"] == "Infant: Smile"


def test_a_switch_moves_the_shifts(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="What if")
    assert (shifts(app)["Shift (SD)"].abs() < 1e-9).all() and "nothing is shifted" in said(app)
    app.toggle(key="with_role").set_value(False).run()
    found = shifts(app)
    assert found["Shift (SD)"].abs().max() > 1e-4
    spec = load_spec("facial_epds")
    cold = fitted(demo_study, spec.without("role")).terms.set_index(["response", "term"])
    sd = rows_and_scale(demo_study, spec).scale.set_index("response")["sd"]
    for row in found.to_dict("records"):
        side = row["Person"].lower()
        expected = cold.loc[(side, f"{row['Behaviour']} x EPDS")]
        assert row["Now (s)"] == pytest.approx(300 * sd[side] * expected["mean"], abs=15 * sd[side] * expected["sd"])
        assert row["Now (s)"] - row["Before (s)"] == pytest.approx(row["Shift (s)"], abs=6 * sd[side] * expected["sd"])
        assert row["From (s)"] < row["Shift (s)"] < row["To (s)"]
    assert "Exploratory" in said(app) and "Without 1 of 7 covariates" in said(app)
    assert len(found.columns) <= 10, "a wider table scrolls sideways"
    assert "Hollow: pre-specified" in json.dumps(figure(app))


def test_a_covariate_may_act_on_each_behaviour(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="What if", by_one="Caregiver role")
    found, spec = shifts(app), load_spec("facial_epds")
    cold = fitted(demo_study, spec.changed(by_code=("role",))).terms.set_index(["response", "term"])
    sd = rows_and_scale(demo_study, spec).scale.set_index("response")["sd"]
    for row in found.to_dict("records"):
        side = row["Person"].lower()
        expected = cold.loc[(side, f"{row['Behaviour']} x EPDS")]
        assert row["Now (s)"] == pytest.approx(300 * sd[side] * expected["mean"], abs=15 * sd[side] * expected["sd"])
    assert "acting on each behaviour" in said(app)
    assert found["Shift (SD)"].abs().max() > 0.05, "main effects alone hardly move anything"


def test_random_part_and_notes(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch)
    random = app.table[0].value
    assert list(random["Model"]) == ["Adjusted"] * 4 + ["Unadjusted"] * 4
    fit = fitted(demo_study, load_spec("facial_epds")).random.set_index("term")
    row = fit.loc["row_var_infant"]
    assert random.loc[0, "What"] == "Infant's variance"
    assert random.loc[0, "Within a recording"] == f"{row['mean']:.2f} ({row['lower']:.2f} to {row['upper']:.2f})"
    words = said(app)
    assert "did not enter: no value of EPDS" in words and "Few rows: Disgust (caregiver" in words
    assert "Recordings differ little" in words and "effective draws" in words


def test_the_flow_in_words(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="Methods and export")
    flow = next(one.value for one in app.table if "Stage" in one.value)
    assert set(flow["Stage"]) == {"Recordings", "Units", "Values"} and flow.iloc[0]["Left"] == "142"
    assert "No value of EPDS" in set(flow["Reason"])
    question = Question(about(load_spec("facial_epds"), "Faces", AGE), 2, about=AGE)
    assert in_words("no value of infant_age_months.", question) == "no value of infant age."


def test_other_choices_stand_in_the_link(demo_study, monkeypatch) -> None:
    app = opened(
        demo_study,
        monkeypatch,
        outcome="Visual attention",
        exposure="SAPAS: personality difficulties",
        models="Adjusted only",
        prior="Weak",
    )
    spec = load_spec("visual_sapas").changed(options={"prior": "weak"})
    found = fitted(demo_study, spec).terms.set_index(["response", "term"])
    shown = terms(app)
    assert set(shown.index.get_level_values("Model")) == {"Adjusted"}
    expected = found.loc[("infant", "Look at sibling x SAPAS"), "mean"]
    assert shown.loc[("Adjusted", "Infant", "Look at sibling"), "Estimate (SD)"] == pytest.approx(expected)


def test_refusals_are_sentences(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, model_time="While it could be seen")
    assert "cannot be fitted" in said(app) and "Name another reference" in said(app)


def test_a_study_with_a_scheme_of_its_own(hand_study, monkeypatch) -> None:
    """Scheme 'hand' is in no catalogue: its group is offered, with its own reference; its four rows cannot carry it."""
    app = opened(hand_study, monkeypatch, rung="Model 2: unadjusted", exposure="Infant age (months)")
    assert app.selectbox(key="outcome").options == ["Facial expression"]
    assert "relative to 'Neutral'" in said(app) or "all 4 intervals include 0" in said(app)
    assert "Not a pre-specified analysis" in said(app)


def test_a_study_without_anything_to_ask(hand_study, monkeypatch) -> None:
    monkeypatch.setattr("pipeline.steps.fit_choices.exposures_of", lambda *_: {})
    monkeypatch.setattr("pages.parts.models_choices.exposures_of", lambda *_: {})
    assert "No model fits this study" in said(opened(hand_study, monkeypatch))


def test_own_covariates_are_one_more_rung(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, rung="Own covariates", covariates="Caregiver's education")
    spec = own_rung(
        load_spec("facial_epds"), [Covariate(column="education", label="Caregiver's education", kind="numeric")], ()
    )
    expected = fitted(demo_study, spec).terms.set_index(["response", "term"])
    row = terms(app).loc[("Adjusted", "Infant", "Smile")]
    assert row["Estimate (SD)"] == pytest.approx(expected.loc[("infant", "Smile x EPDS"), "mean"], abs=1e-7)
    assert spec.step.covariates == ("education",) and "education" in spec.ladder and "role" in spec.ladder
    assert "Not a pre-specified analysis" in said(app)


def test_the_ladder_of_choices() -> None:
    spec = load_spec("facial_epds")
    assert rung_names(spec)[0] == "Model 4: fully adjusted" and rung_names(spec)[-1] == "Own covariates"
    assert [unadjusted_rung(spec.changed(rung=rung)) for rung in range(5)] == [0, 1, 2, 2, 2]
    other = about(spec, "Faces", Exposure("role", "caregiver role", "", ("father", "mother")))
    assert "role" not in other.ladder and other.hypotheses == () and other.options.standardise == (0.0, 1.0)
    assert other.name == "facial_expression_role"
    assert is_prespecified(spec) and is_prespecified(spec.changed(rung=2, protocol=None))
    assert not is_prespecified(spec.changed(options={"zeros": "include"})) and not is_prespecified(other)


OPTIONS = {
    "share": ({"model_outcome": "Raw share"}, {"outcome": "share"}),
    "variances": (
        {"pooled": "Drawn towards each other", "row_covariance": "None"},
        {"pooled": True, "row_covariance": "none"},
    ),
    "score": (
        {"whose_score": "Of the partner", "standardise": "Over parents"},
        {"whose_score": "partner", "standardise": "parents"},
    ),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_an_option_reaches_the_fit(demo_study, monkeypatch, case: str) -> None:
    query, options = OPTIONS[case]
    app = opened(demo_study, monkeypatch, **query, rung="Model 2: unadjusted")
    expected = fitted(demo_study, load_spec("facial_epds").changed(rung=2, options=options)).terms
    mean = expected.set_index(["response", "term"]).loc[("infant", "Smile x EPDS"), "mean"]
    row = terms(app).loc[("Unadjusted", "Infant", "Smile")]
    assert row["Estimate (share)" if case == "share" else "Estimate (SD)"] == pytest.approx(mean, abs=1e-7)
    if case == "share":
        assert row["Seconds per 5 min"] == pytest.approx(300 * mean, abs=1e-6)


def test_words_of_numbers_and_notes() -> None:
    assert (signed(-0.04, 1), signed(0.26, 1), signed(-3)) == ("0.0", "+0.3", "\u22123")
    assert minus("-0 s (-0.00 to +0.0)") == "0 s (0.00 to 0.0)"
    assert minus("-0.04 to -10, +0.5 SD (-0)") == "\u22120.04 to \u221210, +0.5 SD (0)"


@pytest.mark.parametrize(("dyads", "words"), [(0, "No observation is left"), (1, "cannot be fitted")])
def test_a_selection_too_small_is_a_sentence(demo_study, monkeypatch, dyads: int, words: str) -> None:
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    known = sorted(observation_frame(cursor)["dyad_id"].unique())[:dyads]
    chosen = Selection(protocol="home_headcam", dyads=tuple(known) or ("nobody",))
    monkeypatch.setattr("pages.parts.store.selection", lambda: chosen)
    assert words in said(opened(demo_study, monkeypatch))


def by_hand() -> pd.DataFrame:
    rows = [
        ("Infant", "Smile", "Adjusted", "Clear", 0.5, 0.2, 0.8),
        ("Infant", "Smile", "Unadjusted", "No clear evidence", 0.2, -0.1, 0.5),
        ("Caregiver", "Woe face", "Adjusted", "Suggestive", -0.3, -0.7, 0.1),
        ("Caregiver", "Woe face", "Unadjusted", "Suggestive", -0.3, -0.7, 0.1),
    ]
    frame = pd.DataFrame(rows, columns=["person", "code", "model", "evidence", "mean", "lower", "upper"])
    inner = {"inner_low": frame["mean"] - 0.1, "inner_high": frame["mean"] + 0.1, "said": "words"}
    return frame.assign(**inner, counts=["9 rows, 8 units"] * 2 + ["4 rows, 4 units"] * 2)


HEADS = dict.fromkeys(("Infant", "Caregiver"), ", compared with 'Face not visible'")
LOOK = Look(HEADS, {"Infant": 60.0, "Caregiver": 30.0})


def test_the_forest_plot() -> None:
    figure = draw_terms(by_hand(), LOOK)
    marks = [trace for trace in figure.data if trace.text is not None]
    assert [list(trace.x) for trace in marks] == [[0.5], [0.2], [-0.3], [-0.3]]
    assert [trace.marker.symbol[0] for trace in marks] == ["square", "circle-open", "diamond", "diamond-open"]
    assert marks[0].marker.color[0] == COLOURS["Clear"] and list(marks[2].customdata[0]) == ["Caregiver", "Woe face"]
    layout = figure.layout
    labels = [note.text for note in layout.annotations]
    assert any("Smile" in text and "9 rows, 8 units" in text for text in labels)
    assert np.allclose(np.array(layout.xaxis11.range), 60 * np.array(layout.xaxis.range))
    assert np.allclose(np.array(layout.xaxis12.range), 30 * np.array(layout.xaxis2.range))
    zeros = [trace for trace in figure.data if trace.name == "zero"]
    assert [trace.xaxis for trace in zeros] == ["x", "x2"] and all(set(trace.x) == {0, None} for trace in zeros)
    assert sum("compared with 'Face not visible'" in html.unescape(text) for text in labels) == 2


def test_the_legend_gives_each_meaning_a_shape_of_its_own() -> None:
    entries = [trace for trace in draw_terms(by_hand(), LOOK).data if trace.showlegend is not False]
    assert {trace.name for trace in entries} == {*COLOURS, "Filled: adjusted", "Hollow: unadjusted"}
    shapes = [trace.marker.symbol.removesuffix("-open") for trace in entries]
    assert len(set(shapes[:3])) == 3 and set(shapes[3:]).isdisjoint(shapes[:3])


def test_what_is_chosen_and_remarked_stands_in_the_plot() -> None:
    look = Look(HEADS, LOOK.seconds, chosen=("Infant", "Smile"), remarks={("Infant", "Smile"): "shift +1 s"})
    layout = draw_terms(by_hand(), look).layout
    assert len(layout.shapes) == 1 and any(note.text == "shift +1 s" for note in layout.annotations)
    assert not draw_terms(by_hand(), LOOK).layout.shapes


def test_a_failed_fit_says_so_in_the_title() -> None:
    figure = draw_terms(by_hand(), Look(HEADS, LOOK.seconds, failed=True))
    assert "failed its own checks" in figure.layout.title.text


def test_the_figures_in_seconds() -> None:
    points = pd.DataFrame({"exposure": [1.0, 5.0], "seconds": [10.0, 30.0], "said": ["a", "b"]})
    line = points.assign(seconds_low=[5.0, 20.0], seconds_high=[15.0, 40.0])
    figure = draw_recordings(points, line, "EPDS (points)")
    assert list(figure.data[0].y) == [15.0, 40.0, 20.0, 5.0] and list(figure.data[2].y) == [10.0, 30.0]
    assert len(draw_recordings(points, line[:0], "EPDS").data) == 1
    levels = pd.DataFrame({"person": "Infant", "code": "Smile", "level": ["low", "high"], "rows": 3, "units": 3})
    levels = levels.assign(seconds=[10.0, 20.0], seconds_low=[5.0, 12.0], seconds_high=[16.0, 29.0], said="x")
    drawn = [trace for trace in draw_levels(levels, ("low", "high")).data if trace.error_x.array is not None]
    assert [(trace.x[0], trace.error_x.array[0], trace.error_x.arrayminus[0]) for trace in drawn] == [
        (10.0, 6.0, 5.0), (20.0, 9.0, 8.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ((0.31, 0.12, 0.52), "0.31 (0.12 to 0.52)"),
        ((0.004, 0.001, 0.012), "0.004 (0.001 to 0.012)"),
        ((0.00003, -0.00001, 0.00007), "0.000030 (\u22120.000010 to 0.000070)"),
    ],
)
def test_a_small_interval_is_not_written_as_nothing(numbers: tuple[float, ...], text: str) -> None:
    assert interval(pd.Series(dict(zip(("mean", "lower", "upper"), numbers, strict=True)))) == text


def test_what_was_left_out_is_named_with_what_is_known_of_it() -> None:
    left = [Note("removed", "", "infant", "Disgust", 1), Note("removed", "", term="Activity")]
    assert note_line(left, None) == "Left out: Disgust (infant, 1), Activity."


def test_a_part_of_the_recordings_is_exploratory(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch)
    assert "Exploratory" not in said(app)
    app.session_state["role"] = ["Father"]
    part = said(app.run())
    assert "Exploratory" in part and "A part of the recordings only: filters are on." in part
