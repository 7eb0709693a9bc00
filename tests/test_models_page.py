"""The models page: its numbers are those of the step, switches move them, refusals are sentences, the figure tells."""

import html

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts.charts_models import COLOURS, draw_terms
from pipeline.catalogue.spec import Spec, load_spec
from pipeline.models.fit import Fit
from pipeline.selection import Selection, select
from pipeline.steps.fit import quick
from pipeline.steps.observe import observation_frame
from tests.conftest import ROOT


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.run()
    for key, value in query.items():
        app.query_params[key] = value
    app.switch_page("models.py").run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def said(app: AppTest) -> str:
    return " ".join(one.value for one in [*app.main.markdown, *app.info])


def terms(app: AppTest) -> pd.DataFrame:
    """The table twin of the forest plot."""
    return app.dataframe[0].value.set_index(["Model", "Person", "Behaviour"])


def shifts(app: AppTest) -> pd.DataFrame:
    return app.dataframe[0].value


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
        np.testing.assert_allclose(numbers, [row.mean, row.lower, row.upper, row.rows, row.units], atol=1e-9)
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


def test_a_switch_moves_the_shifts(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, view="What if")
    assert (shifts(app)["Shift (SD)"].abs() < 1e-9).all()
    app.toggle(key="with_role").set_value(False).run()
    found = shifts(app)
    assert found["Shift (SD)"].abs().max() > 1e-4
    spec = load_spec("facial_epds")
    cold = fitted(demo_study, spec.without("role")).terms.set_index(["response", "term"])
    for row in found.to_dict("records"):
        expected = cold.loc[(row["Person"].lower(), f"{row['Behaviour']} x EPDS")]
        assert row["This what-if (SD)"] == pytest.approx(expected["mean"], abs=0.05 * expected["sd"])
    assert "Exploratory" in said(app) and "Without 1 of 7 covariates" in said(app)


def test_random_part_flow_and_methods(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch)
    random = app.dataframe[1].value
    assert len(random) == 20 and (random["95 % from"] < random["95 % to"]).all()
    assert "did not enter: no value of EPDS" in said(app)
    app = opened(demo_study, monkeypatch, view="Methods and export")
    flow = app.table[0].value
    assert list(flow["Stage"].unique()) == ["Recordings", "Units", "Values"]
    assert "No value of EPDS" in " ".join(flow["Reason"])
    text = said(app)
    for words in ("bivariate two-level", "Face not visible", "inverse-Wishart"):
        assert words in text


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


def test_refusals_are_sentences(demo_study, hand_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, model_time="While it could be seen")
    assert "cannot be fitted" in said(app) and "Name another reference" in said(app)
    assert "No analysis of the catalogue fits" in said(opened(hand_study, monkeypatch))


@pytest.mark.parametrize(("dyads", "words"), [(0, "No observation is left"), (1, "cannot be fitted")])
def test_a_selection_too_small_is_a_sentence(demo_study, monkeypatch, dyads: int, words: str) -> None:
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    known = sorted(observation_frame(cursor)["dyad_id"].unique())[:dyads]
    chosen = Selection(protocol="home_headcam", dyads=tuple(known) or ("nobody",))
    monkeypatch.setattr("pages.parts.store.selection", lambda: chosen)
    assert words in said(opened(demo_study, monkeypatch))


def test_presenting_mode_says_it_is_not_available(demo_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_MODE", "presenting")
    app = opened(demo_study, monkeypatch)
    assert "not available in presenting mode" in said(app) and not app.dataframe


def by_hand() -> pd.DataFrame:
    rows = [
        ("Infant", "Smile", "Adjusted", "Clear", 0.5, 0.2, 0.8),
        ("Infant", "Smile", "Unadjusted", "No clear evidence", 0.2, -0.1, 0.5),
        ("Caregiver", "Woe face", "Adjusted", "Suggestive", -0.3, -0.7, 0.1),
        ("Caregiver", "Woe face", "Unadjusted", "Suggestive", -0.3, -0.7, 0.1),
    ]
    frame = pd.DataFrame(rows, columns=["person", "code", "model", "evidence", "mean", "lower", "upper"])
    inner = {"inner_low": frame["mean"] - 0.1, "inner_high": frame["mean"] + 0.1, "seconds": 60 * frame["mean"]}
    return frame.assign(**inner, rows=[9, 9, 4, 4], units=[8, 8, 4, 4])


def test_the_forest_plot() -> None:
    figure = draw_terms(by_hand(), "Face not visible", {"Infant": 60.0, "Caregiver": 30.0})
    marks = [trace for trace in figure.data if trace.text is not None]
    assert [list(trace.x) for trace in marks] == [[0.5], [0.2], [-0.3], [-0.3]]
    assert [trace.marker.symbol[0] for trace in marks] == ["square", "circle-open", "diamond", "diamond-open"]
    assert marks[0].marker.color[0] == COLOURS["Clear"]
    layout = figure.layout
    labels = [note.text for note in layout.annotations]
    assert any("Smile" in text and "9 rows, 8 units" in text for text in labels)
    assert np.allclose(np.array(layout.xaxis11.range), 60 * np.array(layout.xaxis.range))
    assert np.allclose(np.array(layout.xaxis12.range), 30 * np.array(layout.xaxis2.range))
    zeros = [trace for trace in figure.data if trace.name == "zero"]
    assert [trace.xaxis for trace in zeros] == ["x", "x2"] and all(set(trace.x) == {0, None} for trace in zeros)
    assert sum("compared with 'Face not visible'" in html.unescape(text) for text in labels) == 2
    names = {trace.name for trace in figure.data if trace.showlegend is not False}
    assert names == {*COLOURS, "Adjusted (filled)", "Unadjusted (hollow)"}


def test_a_failed_fit_says_so_in_the_title() -> None:
    figure = draw_terms(by_hand(), "Neutral", {"Infant": 60.0, "Caregiver": 30.0}, failed=True)
    assert "failed its own checks" in figure.layout.title.text
