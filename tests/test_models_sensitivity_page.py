"""The sensitivity view: its words are those of the steps, the summary fills as checks are run, the figures tell."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import models_sensitivity_words as words
from pages.parts.charts_models_sensitivity import AFTER, CHANGED, draw_contrasts, draw_influence, draw_pairs
from pages.parts.models_sensitivity import KINDS, NOT_YET, QUICK
from pages.parts.models_words import signed
from pipeline.catalogue.spec import load_spec
from pipeline.selection import Selection, select
from pipeline.steps import fit_imputed, fit_sensitivity
from pipeline.steps.fit_rows import rows_from
from pipeline.steps.fit_sensitivity import Check, Influence
from pipeline.steps.fit_source import source_of
from pipeline.steps.observe import observation_frame
from tests.conftest import ROOT
from tests.opening import opened_page


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The view as a link with these choices opens it."""
    return opened_page("models", home, monkeypatch, {"view": "Sensitivity"} | query, timeout_s=120)


@pytest.fixture
def few_dyads(monkeypatch) -> int:
    """Leaves out this many dyads only, and imputes four times: quicker."""
    monkeypatch.setattr(fit_imputed, "IMPUTATIONS", 4)
    monkeypatch.setattr(fit_sensitivity, "MOST_DYADS", 6)
    return 6


def said(app: AppTest) -> str:
    return " ".join(one.value for one in [*app.main.markdown, *app.info])


def summary(app: AppTest) -> pd.DataFrame:
    """The table of what changes the conclusion."""
    return app.table[0].value.set_index("Check")


def test_the_view_opens_with_the_quick_checks_made(demo_study, monkeypatch, few_dyads) -> None:
    app = opened(demo_study, monkeypatch)
    found = summary(app)["Conclusion"]
    assert list(found.index) == list(KINDS)
    later = ["Missing scores imputed", "Each dyad left out"]
    assert (found[later] == NOT_YET).all() and (found[list(QUICK)] != NOT_YET).all()
    assert "durations differ" in said(app) and "would by chance alone" in said(app)
    app.selectbox(key="check").set_value("Each dyad left out").run()
    assert summary(app).loc["Each dyad left out", "Conclusion"] != NOT_YET
    assert "left out alone" in said(app) and "The most influential dyad is" in said(app)
    assert len(app.dataframe[0].value) == few_dyads * 14


def test_the_words_are_those_of_the_step(demo_study, monkeypatch, few_dyads) -> None:
    """Everything by the steps alone, and the same numbers on the screen."""
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    spec = load_spec("facial_epds")
    source = source_of(cursor, spec)
    chosen = select(observation_frame(cursor), Selection(protocol="home_headcam"))
    rows = rows_from(source, spec, chosen)
    before = fit_sensitivity.refit(rows, spec, 1).terms
    app = opened(demo_study, monkeypatch, check="Missing scores imputed")
    app.button(key=next(one.key for one in app.button if one.label == "Run all checks")).click().run()
    shown = summary(app)
    assert (shown["Conclusion"] != NOT_YET).all() and not any(one.label == "Run all checks" for one in app.button)
    pooled = fit_imputed.imputed(source, spec, chosen, rows, {"EPDS": (0, 30), "SAPAS": (0, 8)}, 1, 4)
    checks = {
        "Missing scores imputed": pooled.check,
        "The other prior": fit_sensitivity.other_prior(rows, spec, 1),
        "Partial pooling": fit_sensitivity.other_pooling(rows, spec, 1),
        "One or two cameras": fit_sensitivity.both_cameras(source, spec, chosen, rows.exposure, 1),
    }
    for name, check in checks.items():
        both = fit_sensitivity.compared(before, check.terms)
        largest = both.loc[both["shift"].abs().idxmax()]
        line = shown.loc[name]
        assert line["Largest shift (s per 5 min)"] == signed(largest["shift"], 1).replace("-", "\u2212")
        assert line["Where"].startswith(largest["code"])
        assert line["Conclusion"].startswith("Changes" if len(fit_sensitivity.changed(both)) else "Stays")
    assert "of 24 people without one imputed 4 times" in said(app) and "142 recordings of 102 dyads" in said(app)
    table = app.dataframe[0].value
    np.testing.assert_allclose(table["Seconds per 5 min, this check"], pooled.check.terms["seconds"], atol=1e-9)
    np.testing.assert_allclose(table["Seconds per 5 min, as analysed"], before["seconds"], atol=1e-9)


def test_other_analyses_start_a_new_summary(demo_study, monkeypatch, few_dyads) -> None:
    """What was run belongs to one analysis; an exposure that nobody lacks and that has no time of answering is said."""
    app = opened(demo_study, monkeypatch, check="Each dyad left out", exposure="SAPAS: personality difficulties")
    assert summary(app).loc["Each dyad left out", "Conclusion"] != NOT_YET
    app.selectbox(key="check").set_value("Scores taken before the recording").run()
    assert summary(app).loc["Each dyad left out", "Conclusion"] != NOT_YET
    assert "scores taken before the recording only (110 recordings of" in said(app)
    app.selectbox(key="exposure").set_value("Infant age (months)").run()
    assert summary(app).loc["Each dyad left out", "Conclusion"] == NOT_YET
    assert summary(app).loc["Scores taken before the recording", "Conclusion"] == "Cannot be made"
    assert "This check cannot be made" in said(app) and "is not a questionnaire" in said(app)
    app.selectbox(key="check").set_value("Missing scores imputed").run()
    assert "is missing in this selection: there is nothing to impute" in said(app)


def test_the_view_loads_no_heavy_library(demo_study) -> None:
    """In a fresh process: imputation and the dyads left out, then look at what was imported."""
    script = (
        "import sys\n"
        "from pipeline.steps import fit_imputed\n"
        "from streamlit.testing.v1 import AppTest\n"
        "fit_imputed.IMPUTATIONS = 2\n"
        "app = AppTest.from_file('pages/_router.py', default_timeout=120).run()\n"
        "app.query_params['view'], app.query_params['check'] = 'Sensitivity', 'Missing scores imputed'\n"
        "assert not app.switch_page('models.py').run().exception\n"
        "assert any('imputed 2 times' in one.value for one in app.main.markdown)\n"
        "heavy = ('statsmodels', 'pymc', 'arviz', 'matplotlib', 'nutpie', 'xarray', 'torch')\n"
        "print([name for name in heavy if name in sys.modules])\n"
    )
    environment = os.environ | {"DYADSCOPE_HOME": str(demo_study), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip() == "[]"


def side_by_side() -> pd.DataFrame:
    """Two behaviours of two people: the first is clear before and nothing after."""
    frame = pd.DataFrame(
        {
            "response": ["infant", "caregiver"], "code": ["Smile", "Woe <face>"],
            "mean_before": [0.5, -0.2], "mean_after": [0.1, -0.3],
            "seconds_before": [20.0, -10.0], "seconds_after": [6.0, -14.0],
            "evidence_before": ["clear", "suggestive"], "evidence_after": ["none", "suggestive"],
            "shift": [-14.0, -4.0],
        }
    )  # fmt: skip
    for end, reach in (("before", 9.0), ("after", 16.0)):
        frame[f"seconds_low_{end}"] = frame[f"seconds_{end}"] - reach
        frame[f"seconds_high_{end}"] = frame[f"seconds_{end}"] + reach
    return frame


CHECK = Check(pd.DataFrame(), 100, 60)


def test_a_refit_in_words() -> None:
    both = side_by_side()
    found = words.of_refit(both, both[:1], CHECK, "With the other prior")
    assert found.sentence == (
        "**The conclusion changes.** With the other prior (100 recordings of 60 dyads) the largest shift is "
        "\u221214.0 s per 5 minutes, in Smile (infant) (from +20 to +6 s). Smile (infant): from clear, more "
        "to no clear evidence."
    )
    assert (found.conclusion, found.shift, found.where) == ("Changes in 1 behaviour", "\u221214.0", "Smile (infant)")
    same = words.of_refit(both, both[:0], CHECK, "With the other prior")
    assert same.sentence.startswith("**The conclusion stays the same.**") and same.conclusion == "Stays the same"
    bad = words.of_refit(both, both[:0], Check(pd.DataFrame(), 9, 9, ("few draws",)), "With it")
    assert "failed its own checks: few draws" in bad.sentence
    assert words.shrunk(both) == "Taken together the estimates are 67\u00a0% as large."
    gone = both.assign(evidence_after=[np.nan, "suggestive"], seconds_after=[np.nan, -14], shift=[np.nan, -4])
    assert "from clear, more to not estimable" in words.of_refit(gone, gone[:1], CHECK, "With it").sentence


def dots() -> pd.DataFrame:
    """Smile without each of three dyads; without d2 it is no longer clear."""
    return pd.DataFrame(
        {
            "dyad": ["d1", "d2", "d3"], "response": "infant", "code": "Smile", "recordings": [1, 2, 1],
            "shift": [1.0, -9.0, 2.0], "seconds": [21.0, 11.0, 22.0], "changed": [False, True, False],
            "clear": True, "person": "Infant",
        }
    )  # fmt: skip


def test_leaving_out_in_words() -> None:
    found = words.of_influence(Influence(pd.DataFrame(), 3, 3), dots())
    assert found.sentence == (
        "**1 of 3 dyads, left out alone, changes the conclusion (Smile (infant): 1 dyad); in 1 of these a clear result "
        "comes or goes.** The most influential dyad is d2 (2 recordings): without it Smile (infant) shifts by "
        "\u22129.0 s per 5 minutes."
    )
    calm = words.of_influence(Influence(pd.DataFrame(), 500, 300, ("d9",)), dots().assign(changed=False))
    assert calm.sentence.startswith("**No single dyad changes the conclusion.**") and calm.conclusion == words.SAME
    assert (
        "Of 500 dyads the 300 most influential" in calm.sentence and "Without d9 nothing can be fitted" in calm.sentence
    )


def test_behaviours_that_most_dyads_change_come_first() -> None:
    more = pd.concat([dots(), dots().assign(code="Negative", changed=True)], ignore_index=True)
    sentence = words.of_influence(Influence(pd.DataFrame(), 3, 3), more).sentence
    assert sentence.startswith(
        "**3 of 3 dyads, left out alone, change the conclusion (Negative (infant): 3 dyads; Smile"
    )


def contrasts() -> pd.DataFrame:
    nan = np.nan
    return pd.DataFrame(
        {
            "response": ["infant", "caregiver", "caregiver"], "code": ["Smile", "Smile", "Woe face"],
            "person": ["Infant", "Caregiver", "Caregiver"], "label": ["a", "b", "c"],
            "difference": [12.0, -3.0, 40.0], "low": [2.0, -9.0, nan], "high": [22.0, 3.0, nan],
            "ratio": [0.5, 1.1, nan], "ratio_low": [0.3, 0.8, nan], "ratio_high": [0.8, 1.4, nan],
        }
    )  # fmt: skip


def test_two_groups_in_words() -> None:
    found = words.of_contrasts(contrasts(), ("with EPDS", "without"))
    assert found.sentence == (
        "**1 of 2 durations differ clearly** between recordings with EPDS and without; about 0.1 would by chance alone "
        "(Smile (infant)). The largest difference is +12.0 s per 5 minutes, in Smile (infant) (95\u00a0% interval "
        "+2 to +22 s). The spread (SD) differs clearly in 1 of 2 (Smile (infant))."
    )
    none = words.of_contrasts(contrasts()[2:], ("with EPDS", "without"))
    assert "too few dyads" in none.sentence and not none.figure


def marks(figure) -> list:
    return [trace for trace in figure.data if trace.mode == "markers" and trace.text is not None]


def test_the_figure_of_two_analyses() -> None:
    frame = side_by_side().assign(person=["Infant", "Caregiver"], changed=[True, False], label=["Smile", "Woe"])
    figure = draw_pairs(frame, ("as analysed", "weak"), "Seconds")
    before, after = marks(figure)
    assert list(before.x) == [20, -10] and list(after.x) == [6, -14]
    assert list(after.marker.symbol) == ["diamond", "circle"] and list(after.marker.color) == [CHANGED, AFTER]
    assert (np.array(after.y) > np.array(before.y)).all() and "Woe &lt;face&gt;" in before.text[1]
    spans = {
        (a, b) for trace in figure.data if trace.mode == "lines" for a, b in zip(trace.x, trace.x[1:], strict=False)
    }
    assert {(11, 29), (-19, -1), (-10, 22), (-30, 2)} <= spans
    names = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert names == ["as analysed", "weak", "weak, other conclusion"]
    assert [note.text for note in figure.layout.annotations] == ["<b>Infant</b>", "Smile", "<b>Caregiver</b>", "Woe"]
    low, high = figure.layout.xaxis.range
    assert low < -30 and high > 29


def test_the_figure_of_two_groups() -> None:
    figure = draw_contrasts(contrasts(), "Seconds")
    (only,) = marks(figure)
    assert list(only.x) == [12, -3, 40] and list(only.marker.symbol) == ["diamond", "circle", "circle-open"]
    names = [trace.name for trace in figure.data if trace.showlegend is not False]
    assert names == ["interval includes 0", "interval excludes 0", "too few for an interval"]


def test_the_figure_of_dyads_left_out() -> None:
    frame = pd.DataFrame({"person": ["Infant"], "code": ["Smile"], "label": ["Smile (30 units)"], "seconds": [20.0]})
    figure = draw_influence(frame.assign(seconds_low=5.0, seconds_high=35.0), dots(), "Seconds")
    everybody, calm, other = marks(figure)
    assert list(everybody.x) == [20] and list(calm.x) == [21, 22] and list(other.x) == [11]
    assert other.text == ("Smile without d2<br>+11 s",) and set(other.marker.symbol) == {"diamond"}


@pytest.mark.parametrize("name", list(KINDS))
def test_every_check_says_what_it_does(name: str) -> None:
    assert KINDS[name].about.endswith(".") and len(name) < 40
