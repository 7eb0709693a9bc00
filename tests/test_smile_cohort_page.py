"""Smiles of all mothers on the screen: rows of the database, numbers of the measures, what is missing is said."""

import json

import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import show, store_smiles_cohort
from pages.parts import smiles_cohort_tables as tables
from pages.parts import smiles_cohort_words as words
from pages.parts.charts_smiles_cohort import draw_contrasts, draw_means, draw_numbers
from pages.parts.smiles_cohort import PANELS
from pipeline.measures.smile_features import FEATURES
from pipeline.selection import Selection
from pipeline.steps import smile_cohort, smile_cohort_answers
from pipeline.steps.observe import observation_frame
from pipeline.steps.release import release
from pipeline.steps.smile_cohort import SmileCohort, gathered, read_smiles, smile_frame
from tests import smile_study
from tests.conftest import once
from tests.smile_rows import VISITS, smile_rows

SCRIPT = "from pages.parts import smiles_cohort\nsmiles_cohort.cohort()\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return once(tmp_path_factory, "smile_study", smile_study.publish)


def cursor(home) -> duckdb.DuckDBPyConnection:
    return connect.open_reader(connect.current(home).file).cursor()


@pytest.fixture(scope="module")
def cohort(home) -> SmileCohort:
    return gathered(read_smiles(cursor(home)), observation_frame(cursor(home)))


def opened(home, monkeypatch, selection: Selection | None = None, **query: str) -> AppTest:
    """The view of all mothers as a link with these choices opens it."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    for key, value in query.items():
        app.query_params[key] = value
    if selection is not None:
        app.session_state["selection"] = selection
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    assert not app.error
    return app


def said(app: AppTest) -> str:
    parts = (app.main.markdown, app.info, app.main.caption)
    return " ".join(one.value for part in parts for one in part).replace("\u00a0", " ")


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table of the view with such a column."""
    return next(one.value for one in [*app.dataframe, *app.table] if column in one.value).reset_index(drop=True)


def test_the_frame_is_one_statement(home) -> None:
    """Kept smiles of the caregiver's first track with its scores; smiles of a second track do not count."""
    frame = smile_frame(cursor(home), observation_frame(cursor(home)))
    asked = cursor(home).execute(
        "SELECT s.observation_id, o.dyad_id, d.family_id, d.caregiver_id, o.visit, o.activity, s.smile_number, "
        "s.onset_s AS start_s, s.* EXCLUDE (observation_id, smile_number, onset_s, subject, coder_id, episode, status, "
        "reason, gate_on_s, gate_off_s, apex_s, offset_s, end_s, flags), q.total AS phq, p.total AS pss "
        "FROM smile s JOIN observation o USING (observation_id) JOIN dyad d USING (dyad_id) "
        "JOIN observation_score q ON q.observation_id = s.observation_id AND q.instrument = 'PHQ-9' "
        "JOIN observation_score p ON p.observation_id = s.observation_id AND p.instrument = 'PSS-10' "
        "WHERE coder_id = 'openface' AND status = 'ok' ORDER BY 1, s.smile_number"
    ).df()  # fmt: skip
    asked = asked.rename(columns={"phq": "score:PHQ-9", "pss": "score:PSS-10"})
    assert list(frame) == list(asked)
    pd.testing.assert_frame_equal(frame, asked, check_dtype=False)
    assert frame["onset_amplitude"].max() < 99


def test_sessions_hold_recordings_without_a_smile(home, cohort) -> None:
    sessions = cohort.sessions.set_index("observation_id")
    assert len(sessions) == 95 and "unfit" not in sessions.index
    assert sessions.loc[smile_study.WITHOUT, ["smiles", "in_speech"]].tolist() == [0, 0]
    assert (sessions["in_speech"].drop(smile_study.WITHOUT) == 1).all()
    assert sessions["smiles"].sum() == len(cohort.smiles)
    assert cohort.visits == VISITS and cohort.instruments == ("PHQ-9", "PSS-10")
    assert cohort.bands["PHQ-9"]["band"].tolist()[0] == "minimal"


def test_a_mean_of_fewer_than_five_mothers_has_no_interval(cohort) -> None:
    means = smile_cohort_answers.band_means(cohort, "PHQ-9")
    few = means["mothers"] < 5
    assert few.any() and means.loc[few, "low"].isna().all() and means.loc[~few, "low"].notna().all()


def test_visits_without_ages_stand_by_the_number_in_their_name() -> None:
    frame = pd.DataFrame({"visit": ["12 months", "6 months", "b", "a", None], "infant_age_months": None})
    assert smile_cohort.visits_in_order(frame.astype({"infant_age_months": float})) == (*VISITS, "a", "b")


def test_a_selection_narrows_the_smiles(home, monkeypatch) -> None:
    app = opened(home, monkeypatch, Selection(choices=(("visit", ("6 months",)),)), smiles_ask="How many")
    assert [cell.split(", ")[1] for cell in table(app, "Per minute")["Visit, n"]] == ["48\u00a0(48)"] * 2
    app = opened(home, monkeypatch, Selection(choices=(("visit", ("6 months",)),)), smiles_ask="Between visits")
    assert "These recordings are all of one visit." in said(app)


@pytest.mark.parametrize("panel", list(PANELS))
def test_every_panel_shows_a_finding_and_figures(home, monkeypatch, panel) -> None:
    app = opened(home, monkeypatch, smiles_ask=panel)
    assert next(one.value for one in app.main.markdown).startswith("### ")
    assert len(app.get("plotly_chart")) == {"Over the play": 2, "Between visits": 2, "Between score bands": 1}.get(
        panel, 0
    )
    assert not any(f"M{number}" in said(app).split() for number in range(47))


def test_the_play_shows_the_measures_numbers(home, monkeypatch, cohort) -> None:
    app = opened(home, monkeypatch, smiles_features="All eight")
    grown = smile_cohort_answers.growths(cohort, "PHQ-9")
    clear = grown[(grown["least"] == 1) & (grown["mixed_q"] <= 0.05)]
    assert len(clear) and f"**grows** for {len(clear)} of 8 features" in said(app)
    numbers = table(app, "Number of the smile")
    expected = smile_cohort_answers.numbers(cohort, "PHQ-9")
    assert numbers["r smile by smile"].tolist() == pytest.approx(expected["r"].tolist(), nan_ok=True)
    assert numbers["r by mothers"].tolist() == pytest.approx(expected["mixed_r"].tolist(), nan_ok=True)
    assert numbers["n"].tolist() == expected["n"].tolist()
    many = table(app, "By mothers")
    row = grown[(grown["least"] == 5) & (grown["feature"] == "onset_amplitude")].iloc[0]
    assert many.iloc[0]["By mothers"].startswith(f"**{words.amount(row['mixed_growth'])}**")


def test_the_score_can_be_chosen_and_eight_features_asked_for(home, monkeypatch) -> None:
    """Every choice is worked out once; the growth does not depend on how many features are drawn."""
    calls = []
    for name in ("numbers", "growths"):
        real = getattr(smile_cohort_answers, name)
        monkeypatch.setattr(
            smile_cohort_answers, name, lambda *given, name=name, real=real: calls.append(name) or real(*given)
        )
    store_smiles_cohort._answer.clear()
    app = opened(home, monkeypatch)
    assert len(table(app, "Number of the smile")["Feature"].unique()) == 4
    app.selectbox(key="smiles_features").set_value("All eight").run()
    assert calls == ["growths", "numbers", "numbers"]
    app.selectbox(key="smiles_score").set_value("PSS-10: perceived stress").run()
    assert not app.exception and "PSS-10" in said(app)
    assert len(table(app, "Number of the smile")["Feature"].unique()) == 8


def test_table_iii_names_the_order_and_both_tests(home, monkeypatch, cohort) -> None:
    app = opened(home, monkeypatch, smiles_ask="Between visits")
    assert "Every difference and pair of means: 6 months, then 12 months; " in said(app)
    shown = table(app, "Smile by smile")
    row = smile_cohort_answers.visits(cohort, *VISITS).set_index("feature").loc["total_duration_s"]
    cell = shown.set_index("Feature").loc["Total duration (s)", "Smile by smile"].replace("\u00a0", " ")
    assert cell.startswith(f"d **{words.amount(row['d'])}**, t({row['df']:.2f}) = {words.amount(row['t'])}, p")
    assert len(shown) == 8 and "in pairs" in said(app).lower()
    printed = table(app, "d printed (from t and df)").set_index("Feature")
    assert printed.loc["Offset amplitude", "d printed (from t and df)"] == "0.29 (0.285)"


def test_table_iv_and_its_assumptions(home, monkeypatch, cohort) -> None:
    app = opened(home, monkeypatch, smiles_ask="Between score bands", smiles_banded="PSS-10: perceived stress")
    shown = table(app, "By mothers")
    rows = smile_cohort_answers.bands(cohort)
    assert shown["Visit"].tolist() == ["6 months"] * 8 + ["12 months"] * 8
    mine = rows[(rows["instrument"] == "PSS-10") & (rows["visit"] == "12 months")].iloc[0]
    assert f"F({mine['df1']:.0f}, {mine['df2']:.0f})" in shown.iloc[8]["Smile by smile"]
    assert f"of {rows['mixed_p'].notna().sum()} comparisons" in said(app)
    assert table(app, "η² printed (from F)").iloc[0]["η² printed (from F)"] == ".06 (.0540)"
    assert "The first partial η² is printed .06" in said(app)
    scales = table(app, "From its bands").set_index("Score")
    assert scales.loc["ACEs"].tolist() == ["3.30 (2.62)", "3.67 (2.49)", "2.07 (2.55)"]
    assert scales.loc["PEARLS", "From its bands"] == "no bands"
    assert "clearly non-normal values" in said(app) and "Shapiro-Wilk W" in table(app, "Shapiro-Wilk W")


def test_how_many_and_how_stable(home, monkeypatch, cohort) -> None:
    app = opened(home, monkeypatch, smiles_ask="How many")
    counts = cohort.sessions["smiles"]
    assert f"**{counts.mean():.2f} smiles** on average" in said(app)
    stable = table(app, "Mean size of change").set_index("Score")
    means = cohort.sessions.pivot_table(index="caregiver_id", columns="visit", values="score:PHQ-9").dropna()
    size = (means["6 months"] - means["12 months"]).abs().mean()
    assert stable.loc["PHQ-9", "Mean size of change"] == f"**{size:.2f}** points"
    assert stable.loc["PHQ-9", "Mothers"] == "47"


def test_files_say_what_each_r_is_of(home, monkeypatch) -> None:
    """Recordings and mothers are no smiles: 'r smile by smile' stands over tests of smiles only."""
    files = {}
    take = lambda released, key, name, *rest, **more: files.update({name: list(released.frame)})  # noqa: E731
    monkeypatch.setattr(show, "take_away", take)
    opened(home, monkeypatch, smiles_ask="How many")
    assert {"r recording by recording", "p recording by recording"} <= {*files["smiles_per_recording_scores"]}
    assert "r between visits" in files["scores_between_visits"]
    assert not [name for file in files.values() for name in file if "smile by smile" in name]


def test_one_score_for_both_visits_is_no_stability(cohort) -> None:
    sessions = cohort.sessions.assign(**{"wave:PHQ-9": "antenatal"})
    once_taken = SmileCohort(cohort.smiles, sessions, cohort.bands, cohort.visits)
    row = smile_cohort_answers.score_stability(once_taken, *VISITS).iloc[0]
    assert row["n"] == 0 and row["note"] == "one and the same score stands for both visits"


def test_no_track_and_no_smile_say_so(home, monkeypatch, hand_study, tmp_path) -> None:
    assert "No selected recording has a face track." in said(opened(hand_study, monkeypatch))
    content = smile_study.tables(smile_rows(3))
    content["smile"] = content["smile"][content["smile"]["status"] != "ok"]
    silent = smile_study.studies.publish(tmp_path, content)
    assert "No smile was kept in these recordings." in said(opened(silent, monkeypatch))


def test_no_scores_and_few_mothers_say_so(tmp_path, monkeypatch) -> None:
    content = smile_study.tables(smile_rows(4))
    few = smile_study.studies.publish(tmp_path / "few", content)
    shown = said(opened(few, monkeypatch))
    assert "cannot be said here" in shown and "fewer than five mothers" in shown
    bare = {name: frame for name, frame in content.items() if name not in ("instrument", "band", "observation_score")}
    bare = smile_study.studies.publish(tmp_path / "bare", bare)
    assert "These mothers have no questionnaire scores." in said(opened(bare, monkeypatch))
    assert "No score of these mothers has bands." in said(opened(bare, monkeypatch, smiles_ask="Between score bands"))


def test_a_hidden_band_takes_another_along() -> None:
    """Nine families in all and seven in two bands would give the two of the third away."""
    frame = pd.DataFrame({"feature": "onset_amplitude", "visit": "v", "band": list("abc"), "families": [9, 7, 2]})
    shown = release(frame.assign(mean=1.0, low=0.0, high=2.0, n=9, mothers=9), tables.BAND_MEANS, "presenting")
    assert shown.hidden["mean"].all() and shown.hidden["families"].tolist() == [False, True, True]


def test_strange_links_open_the_view(home, monkeypatch) -> None:
    keys = ("smiles_ask", "smiles_score", "smiles_features", "smiles_banded", "smiles_first")
    opened(home, monkeypatch, **dict.fromkeys(keys, "<b>"))


def test_figures_hold_the_numbers() -> None:
    rows = pd.DataFrame({"title": "A", "smile_number": [1, 2], "n": [9, 8], "r": [0.1, 0.2], "low": [0, 0.1]})
    rows["mark"] = ["", " †"]
    rows = rows.assign(high=0.4, mixed_r=[0.15, None], mixed_low=0.0, mixed_high=0.5)
    drawn = json.loads(draw_numbers(rows).to_json())
    assert [trace["name"] for trace in drawn["data"]] == ["smile by smile", "by mothers"]
    assert drawn["layout"]["xaxis"]["ticktext"] == ["1<br>n\u00a09", "2<br>n\u00a08 †"]
    frame = pd.DataFrame(
        {"title": "<i>", "group": ["Low", "High"], "kind": ["v", "w"], "mean": [1.0, 2], "low": 0.5, "high": 3}
    )
    means = draw_means(frame.assign(few=[True, False], n=[2, 9]), "axis")
    assert [trace.marker.symbol[0] for trace in means.data] == ["circle-open", "diamond"]
    assert (
        list(means.layout.xaxis.ticktext) == ["Low<br>n\u00a02 / –", "High<br>n\u00a0– / 9"]
        and "&lt;i&gt;" in means.to_json()
    )
    one = pd.DataFrame({"label": ["x"], "text": ["y"], "value": 0.1, "low": 0.0, "high": 0.2})
    assert len(draw_contrasts(one.assign(mixed=0.1, mixed_low=0.0, mixed_high=0.2), "axis").data) == 2


@pytest.mark.parametrize(
    ("p", "text"), [(0.0004, "p < .001"), (0.004, "p = .004"), (0.0432, "p = .043"), (0.21, "p = .21"), (1, "p = 1.00")]
)
def test_p_in_words(p, text) -> None:
    assert words.chance(p).replace("\u00a0", " ") == text


def test_findings_in_words() -> None:
    row = {"least": 1, "feature": "onset_amplitude", "mixed_growth": -0.05, "mixed_low": -0.08, "mixed_high": -0.02}
    rows = pd.DataFrame([row | {"mixed_p": 0.001, "mixed_q": 0.008, "p": 0.2, "q": 0.4}] * 2)
    assert "the link with PHQ-9 **becomes more negative** for 2 of 2 features" in words.play_finding(rows, "PHQ-9")
    none = words.play_finding(rows.assign(mixed_q=0.2), "PHQ-9")
    assert none.startswith("No smile feature's link") and none.endswith("Smile by smile it would be 0\u00a0of\u00a02.")
    assert "cannot be said" in words.play_finding(rows.assign(mixed_p=None), "PHQ-9")
    visit = {"first": "a", "second": "b", "mixed_difference": -0.2, "feature": "apex_duration_s"}
    visits = pd.DataFrame([visit | {"mixed_p": 0.01, "mixed_q": 0.02, "q": 0.01}])
    found = words.visit_finding(visits).replace("\u00a0", " ")
    assert "At a, compared with b, 1 of 1 smile features differ" in found and "0.20 s lower" in found
    assert "not clearly different" in words.visit_finding(visits.assign(mixed_q=0.5))


def test_every_column_of_a_table_has_a_name() -> None:
    specs = (tables.NUMBERS, tables.GROWTH, tables.VISITS, tables.BANDS, tables.VISIT_MEANS, tables.CHECKS,
             tables.COUNTS, tables.COUNTS_AND_SCORES, tables.STABILITY)  # fmt: skip
    for spec in specs:
        columns = {*spec.labels, *spec.counts, *(name for name, _ in spec.statistics)}
        assert columns <= set(tables.TABLE_NAMES), columns - set(tables.TABLE_NAMES)
    assert {one.name for one in words_features()} == set(FEATURES)


def words_features() -> tuple:
    from pipeline.catalogue.smile_feature_names import SMILE_FEATURES

    return SMILE_FEATURES
