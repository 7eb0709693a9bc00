"""The agreement page: its numbers are the step's, one kappa by a grid of 100 ms; what is undefined or few is said."""

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import agreement_closer, agreement_lanes, agreement_pulls, store_agreement
from pages.parts.agreement_choices import METHODS
from pages.parts.agreement_closer import chosen, confusion
from pages.parts.agreement_forest import CLOSER
from pages.parts.agreement_tables import KAPPAS
from pages.parts.agreement_words import ENOUGH, finding
from pages.parts.charts_agreement import draw_kappas, draw_matrix, kappa_text
from pipeline.measures.agreement_method import Method
from pipeline.steps.agreement import lane, measure, read_pairs
from pipeline.steps.agreement_pools import ALL, Pools, pool
from pipeline.steps.observe import observation_frame
from pipeline.steps.release import release
from tests import studies
from tests.conftest import ROOT
from tests.opening import opened_page
from tests.test_agreement_step import three_coders

PERSONS = {"infant": "Infant", "caregiver1": "Caregiver", "caregiver2": "Second caregiver", "sibling": "Sibling"}
TITLES = {
    "facial_expression": "Facial expression",
    "visual_attention": "Visual attention",
    "caregiver_vocalisation": "Caregiver vocalisation",
    "infant_vocalisation": "Infant vocalisation",
}


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it."""
    app = opened_page("agreement", home, monkeypatch, query)
    assert not app.error
    return app


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table of the page with such a column."""
    return next(one.value for one in app.dataframe if column in one.value).reset_index(drop=True)


def said(app: AppTest) -> str:
    return " ".join(one.value for part in (app.main.markdown, app.info, app.main.caption) for one in part)


def notes(app: AppTest, chart: int = 0) -> list[str]:
    """The words in a chart."""
    layout = json.loads(app.get("plotly_chart")[chart].proto.spec)["layout"]
    return [note["text"] for note in layout["annotations"]]


@pytest.fixture(scope="module")
def demo(demo_study):
    cursor = connect.open_reader(connect.current(demo_study).file).cursor()
    paired, observations = read_pairs(cursor), observation_frame(cursor)
    observations = observations[observations["protocol"] == "home_headcam"]
    return cursor, paired, pool(measure(paired, Method()), observations), observations


def overall(pools: Pools, frame: str = "kappas") -> pd.DataFrame:
    rows = getattr(pools, frame)
    return rows[(rows["role"] == ALL) & (rows["first"] == ALL)]


def test_the_page_shows_the_numbers_of_the_step(demo_study, demo, monkeypatch) -> None:
    *_, pools, _ = demo
    shown = table(opened(demo_study, monkeypatch), "Highest kappa possible").set_index(["Behaviour", "Of whom"])
    expected = overall(pools)
    assert len(shown) == len(expected) == 10
    few = expected["recordings"] < ENOUGH
    assert few.any() and expected.loc[few, "low"].notna().any()
    expected = expected.assign(low=expected["low"].mask(few), high=expected["high"].mask(few))
    for row in expected.to_dict("records"):
        mine = shown.loc[(TITLES[row["behaviour_group"]], PERSONS[row["subject"]])]
        for column, name in (("Kappa", "kappa"), ("95 % from", "low"), ("95 % to", "high"), ("Gwet's AC1", "ac1")):
            assert mine[column] == pytest.approx(row[name], nan_ok=True)
        assert mine["Agreement (%)"] == pytest.approx(100 * row["agreement"])
        assert (mine["Recordings"], mine["Pairs of codings"]) == (row["recordings"], row["pairs"])


GRID = """
    WITH pairs AS (
        SELECT c.observation_id, c.coder_id AS first, d.coder_id AS second FROM coding c
        JOIN coding d ON d.observation_id = c.observation_id AND d.subject = c.subject
             AND d.behaviour_group = c.behaviour_group AND c.coder_id < d.coder_id
        WHERE c.subject = 'infant' AND c.behaviour_group = 'facial_expression'),
    looks AS (
        SELECT b.*, unnest(range(o.start_ms + 50, o.end_ms, 100)) AS at
        FROM pairs b JOIN observation o USING (observation_id)),
    mine AS (FROM event WHERE subject = 'infant' AND behaviour_group = 'facial_expression')
    SELECT coalesce(a.code, 'Uncoded') AS one, coalesce(b.code, 'Uncoded') AS other, count(*) AS n
    FROM looks l
    LEFT JOIN mine a ON a.observation_id = l.observation_id AND a.coder_id = l.first
         AND a.onset_ms <= l.at AND l.at < a.offset_ms
    LEFT JOIN mine b ON b.observation_id = l.observation_id AND b.coder_id = l.second
         AND b.onset_ms <= l.at AND l.at < b.offset_ms
    GROUP BY ALL
"""


def test_a_kappa_by_looking_every_tenth_of_a_second(demo_study, demo, monkeypatch) -> None:
    """The kappa, the agreement and the largest cells of the matrix on the page, from raw events in one statement."""
    cursor, *_ = demo
    counts = cursor.execute(GRID).df().pivot(index="one", columns="other", values="n").fillna(0)
    every = sorted({*counts.index, *counts.columns})
    share = counts.reindex(index=every, columns=every, fill_value=0).to_numpy()
    looks = share.sum()
    share = share / looks
    chance = share.sum(0) @ share.sum(1)
    app = opened(demo_study, monkeypatch, agree_on="Facial expression", agree_who="Infant")
    row = table(app, "Highest kappa possible").iloc[0]
    assert row["Kappa"] == pytest.approx((np.trace(share) - chance) / (1 - chance), abs=0.002)
    assert row["Agreement (%)"] == pytest.approx(100 * np.trace(share), abs=0.2)
    assert row["Compared (s)"] == pytest.approx(looks / 10, rel=0.001)
    ticks = json.loads(app.get("plotly_chart")[1].proto.spec)["layout"]["yaxis"]["ticktext"]
    assert (ticks[0], ticks[-1]) == ("Neutral/Alert", "Uncoded"), "in the order of the scheme"
    matrix = table(app, "Weight (s)").set_index(["First coder", "Second coder"])["Weight (s)"]
    for code in ("Neutral/Alert", "Positive", "Face not visible"):
        assert matrix[code, code] == pytest.approx(counts.loc[code, code] / 10, rel=0.01)


def test_families_are_those_of_one_statement(demo_study, demo, monkeypatch) -> None:
    cursor, *_ = demo
    counted = cursor.execute(
        """SELECT subject, count(DISTINCT family_id) FROM (
               SELECT observation_id, subject FROM coding WHERE behaviour_group = 'facial_expression'
               GROUP BY ALL HAVING count(*) > 1)
           JOIN observation USING (observation_id) JOIN dyad USING (dyad_id) GROUP BY subject"""
    ).fetchall()
    shown = table(opened(demo_study, monkeypatch, agree_on="Facial expression"), "Families")
    assert dict(zip(shown["Of whom"], shown["Families"], strict=True)) == {PERSONS[who]: n for who, n in counted}


def test_the_finding_leaves_out_what_rests_on_few_recordings() -> None:
    rows = [("Face", "Infant", 0.8, 20), ("Face", "Caregiver", 0.7, 20), ("Gaze", "Infant", 0.9, 20)]
    rows += [("Face", "Sibling", 0.1, 2), ("Voice", "Infant", np.nan, 20)]
    frame = pd.DataFrame(rows, columns=["behaviour", "person", "kappa", "recordings"])
    frame = frame.assign(compared="Two people", low=frame["kappa"] - 0.05, high=frame["kappa"] + 0.05)
    assert finding(frame) == [
        "Two coders agree most on “Gaze”: kappa **.90** (95 % interval .85 to .95). "
        "Least on “Face” of caregivers: **.70** (.65 to .75)."
    ]
    assert ".10" in finding(frame[frame["person"] == "Sibling"])[0], "where nothing else is there"
    assert finding(frame[frame["kappa"].isna()]) == []


@pytest.mark.parametrize("method", list(METHODS.values()))
def test_every_method(demo_study, monkeypatch, method) -> None:
    app = opened(demo_study, monkeypatch, agree_method=method, agree_on="Visual attention")
    kind = next(kind for kind, word in METHODS.items() if word == method)
    assert Method(kind).definition in said(app)
    shown = table(app, "Highest kappa possible")
    assert len(shown) == 4 * len(Method(kind).directions)
    assert shown["Kappa"].between(0.6, 0.95).all()


@pytest.mark.parametrize(
    ("by", "label"), [("Per caregiver role", "Infant, with father"), ("Per two coders", "Infant, KL and RT")]
)
def test_pools_of_roles_and_coders(demo_study, demo, monkeypatch, by, label) -> None:
    *_, pools, _ = demo
    shown = table(opened(demo_study, monkeypatch, agree_by=by), "Highest kappa possible")
    row = shown[(shown["Of whom"] == label) & (shown["Behaviour"] == "Facial expression")].iloc[0]
    key = {"role": "father"} if "role" in by else {"first": "KL", "second": "RT"}
    rows = pools.kappas[(pools.kappas["behaviour_group"] == "facial_expression")]
    rows = rows[np.logical_and.reduce([rows[name] == value for name, value in ({"subject": "infant"} | key).items()])]
    assert len(rows) == 1
    assert row["Kappa"] == pytest.approx(rows["kappa"].iloc[0])


def test_parameters_come_from_the_link_and_are_kept_in_their_limits(demo_study, hand_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, agree_method=METHODS["scan"], agree_step="3.0")
    assert "every 3 s" in said(app)
    assert table(app, "Highest kappa possible")["Compared (looks)"].max() == pytest.approx(6219 / 3, rel=0.01)
    for strange in ("-5", "nan", "1e300", "x"):
        opened(hand_study, monkeypatch, agree_method=METHODS["alignment"], agree_tolerance=strange, agree_on=strange)


def test_pulls_are_listed_worst_first_and_the_lanes_are_those_of_the_choice(demo_study, demo, monkeypatch) -> None:
    _, paired, pools, _ = demo
    drawn = []
    monkeypatch.setattr(agreement_lanes, "timeline", lambda content, key: drawn.append(content))
    app = opened(demo_study, monkeypatch, agree_on="Facial expression", agree_who="Caregiver")
    expected = overall(pools, "pulls")
    expected = expected[
        (expected["behaviour_group"] == "facial_expression") & (expected["subject"] == "caregiver1")
    ].reset_index(drop=True)
    shown = table(app, "Change of kappa by it")
    assert shown["Observation"].tolist() == expected["observation_id"].tolist()
    assert shown["Change of kappa by it"].to_numpy() == pytest.approx(expected["pull"].to_numpy(), abs=5e-4)
    assert shown["Change of kappa by it"].is_monotonic_increasing
    assert drawn[-1]["title"].startswith(expected["observation_id"].iloc[0])
    last = expected.iloc[-1]
    app.selectbox(key=agreement_pulls.PAIR).set_value(int(last["pair"])).run()
    content = drawn[-1]
    assert content["title"].startswith(last["observation_id"])
    assert [one["kind"] for one in content["lanes"]] == ["codes", "codes", "differ"]
    assert [one["label"] for one in content["lanes"][:2]] == [
        f"Facial expression ({last[side]})" for side in ("first_coder", "second_coder")
    ]
    seconds = sum(offset - onset for onset, offset in content["lanes"][2]["bars"]) / 1000
    assert seconds == pytest.approx(last["disagreement_s"])
    assert len(content["pair"]["bouts"]) == len(lane(paired, int(last["pair"]), Method()))


def test_the_weakest_kappa_on_enough_recordings_is_looked_at_first(monkeypatch) -> None:
    state: dict[str, str] = {}
    monkeypatch.setattr(agreement_closer.st, "session_state", state)
    frame = pd.DataFrame({"label": ["a", "b", "c"], "kappa": [0.8, 0.7, 0.1], "recordings": [20, 20, 2]})
    assert chosen(frame) == "b"
    state[CLOSER] = "c"
    assert chosen(frame) == "c", "the reader's own choice"
    state[CLOSER] = "gone"
    assert chosen(frame[frame["label"] == "c"].reset_index(drop=True)) == "c"


def test_a_clicked_row_is_the_pair_that_is_shown(monkeypatch) -> None:
    state = {agreement_pulls.ORDER: [7, 3, 5], agreement_pulls.TABLE: {"selection": {"rows": [1]}}}
    monkeypatch.setattr(agreement_pulls.st, "session_state", state)
    agreement_pulls._clicked()
    assert state[agreement_pulls.PAIR] == 3
    state[agreement_pulls.TABLE] = {"selection": {"rows": []}}
    agreement_pulls._clicked()
    assert state[agreement_pulls.PAIR] == 3


def test_no_identifier_stands_in_the_link(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, agree_by="Per two coders")
    app.selectbox(key=CLOSER).set_value("Visual attention: caregiver, MS and RT").run()
    app.selectbox(key=agreement_pulls.PAIR).set_value(app.selectbox(key=agreement_pulls.PAIR).value).run()
    assert app.selectbox(key=CLOSER).value == "Visual attention: caregiver, MS and RT"
    bound = {one.proto.query_param_key for one in app.main.selectbox}
    assert {"agree_on", "agree_who", "agree_by", "agree_method"} <= bound
    assert not bound & {agreement_pulls.PAIR, CLOSER}
    assert not any("MS" in value or "A.1" in value for value in map(str, app.query_params.values()))


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    return studies.publish(tmp_path_factory.mktemp("mixed page"), three_coders())


def test_people_and_models_stand_on_one_scale(mixed, monkeypatch) -> None:
    """By hand: the model agrees with nobody beyond chance in O01 and fully in O02."""
    app = opened(mixed, monkeypatch)
    shown = table(app, "Who is compared")
    assert shown["Of whom"].tolist() == ["Infant", "Infant, person and model", "Caregiver"]
    assert "by 2 people and 1 model" in said(app)
    assert "A person and a model agree on “Facial expression” with kappa" in said(app)
    layout = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert {trace.get("xaxis", "x") for trace in layout["data"]} == {"x"}
    assert [trace["name"].split(":")[0] for trace in layout["data"]] == [
        "highest kappa possible", "Two people", "Person and model",
    ]  # fmt: skip


def test_streams_one_coder_left_out_are_counted(mixed, monkeypatch) -> None:
    app = opened(mixed, monkeypatch)
    assert "Not counted: 1 person and behaviour was marked by one coder" in said(app)
    row = table(app, "Not by").iloc[0]
    assert row.tolist() == ["O04", "Facial expression", "Infant", "anna", "ben"]
    assert "Not counted" not in said(opened(mixed, monkeypatch, agree_who="Caregiver"))


def test_undefined_is_said_with_the_reason_and_ac1(tmp_path, monkeypatch) -> None:
    """Both coders say Neutral for all of O01 and O04."""
    content = studies.tables()
    event = content["event"]
    neutral = event.drop_duplicates(["observation_id", "coder_id", "subject"]).assign(code="Neutral", onset_ms=0)
    neutral = neutral.assign(offset_ms=300_000)
    app = opened(studies.publish(tmp_path, content | {"event": neutral}), monkeypatch)
    assert "undefined: both coders used one code only" in notes(app)
    shapes = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["shapes"]
    assert [shape["type"] for shape in shapes] == ["rect"], "no line runs through the reason"
    assert any(note.startswith("AC1 1.00") for note in notes(app))
    shown = table(app, "Gwet's AC1")
    assert "Kappa" not in shown, "no column without a number"
    assert shown["Gwet's AC1"].tolist() == [1, 1]
    assert "Kappa is undefined: both coders used one code only." in said(app)
    assert "undefined: every value is the same" in table(app, "Total of")["Note"].tolist()


def test_a_study_coded_once_says_so(tmp_path, monkeypatch) -> None:
    content = studies.tables()
    once = {name: content[name][content[name]["coder_id"] == "anna"] for name in ("event", "coding", "duration")}
    app = opened(studies.publish(tmp_path, content | once), monkeypatch)
    assert "No recording of this study was coded twice" in said(app)
    assert "second person" in said(app)
    assert not app.dataframe and not app.get("plotly_chart")


def test_a_selection_without_second_codings_says_so(hand_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(hand_study))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.session_state["family"] = ["F4"]
    app.run()
    app.switch_page("agreement.py").run()
    assert "None of the selected observations was coded more than once" in said(app)
    assert "2 observations of the study were" in said(app)


def test_kappas_of_few_families_are_masked(demo) -> None:
    *_, pools, observations = demo
    rows = store_agreement.with_families(pools, observations)
    rows = rows[(rows["role"] == ALL) & (rows["first"] == ALL)]
    rows = rows.rename(columns={"subject": "person", "behaviour_group": "behaviour"})
    masked = release(rows.assign(compared="", note=""), KAPPAS, "presenting").frame.set_index(["person", "behaviour"])
    numbers = masked.drop(columns="compared")
    assert numbers.loc[["caregiver2", "sibling"]].isna().all(axis=None)
    assert numbers.loc[("infant", "facial_expression"), "kappa"] == pytest.approx(0.765, abs=0.001)


def test_a_correlation_of_means_far_below_minus_one_is_a_note() -> None:
    """ICC(1,k) has no lower limit: recordings alike, coders apart. A number like -325.9 would only puzzle."""
    forms = dict.fromkeys(agreement_closer.CORRELATIONS, [0.5, 0.5, -0.2]) | {"icc_1_k": [0.7, -325.9, -1.0]}
    frame = pd.DataFrame(forms | {"note": ["", "", "few"], "code": ["a", "b", "c"]})
    found = agreement_closer.meaningful(frame)
    assert found["icc_1_k"].fillna(9).tolist() == [0.7, 9, -1.0] and found["icc_1_1"].tolist() == [0.5, 0.5, -0.2]
    assert found["note"].tolist() == ["", agreement_closer.BEYOND, "few"]


def test_pairs_are_read_once_and_measured_once_per_method(hand_study, monkeypatch) -> None:
    calls = []
    for name in ("read_pairs", "measure"):
        real = getattr(store_agreement.agreement, name)
        monkeypatch.setattr(
            store_agreement.agreement, name, lambda *given, name=name, real=real: calls.append(name) or real(*given)
        )
    for cache in (store_agreement._paired, store_agreement._measured, store_agreement._pools):
        cache.clear()
    app = opened(hand_study, monkeypatch)
    for value in (METHODS["scan"], METHODS["weighted"], METHODS["scan"]):
        app.selectbox(key="agree_method").set_value(value).run()
    app.selectbox(key="agree_by").set_value("Per caregiver role").run()
    assert sorted(calls) == ["measure", "measure", "read_pairs"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.784, ".78"), (1.0, "1.00"), (0.996, "1.00"), (-0.036, "−.04"), (0, ".00"), (-1, "−1.00"), (-0.001, ".00")],
)
def test_kappa_as_it_is_printed(value, text) -> None:
    assert kappa_text(value) == text


def rows(**columns: object) -> pd.DataFrame:
    frame = {"behaviour": "Face", "who": "Infant", "compared": "Two people", "label": "Face: infant", "kappa": 0.7}
    frame |= {"low": 0.6, "high": 0.8, "kappa_max": 0.9, "agreement": 80.0, "ac1": 0.75, "recordings": 9}
    return pd.DataFrame([frame | {"reason": ""} | columns])


def test_marks_lie_below_their_words_and_carry_their_label() -> None:
    frame = pd.concat([rows(), rows(who="Sibling", label="Face: sibling", kappa=-0.2, low=-0.3)], ignore_index=True)
    figure = draw_kappas(frame, "Face: sibling")
    ceiling, marks = figure.data
    assert list(ceiling.x) == [0.9, 0.9]
    assert list(marks.customdata) == ["Face: infant", "Face: sibling"]
    assert list(marks.error_x.arrayminus) == pytest.approx([0.1, 0.1])
    words = {note.text: note.y for note in figure.layout.annotations}
    assert words["Infant"] < marks.y[0] < words["Sibling"] < marks.y[1]
    assert figure.layout.xaxis.range[0] < -0.3, "a kappa below chance is on the axis"
    assert len([shape for shape in figure.layout.shapes if shape.type == "rect"]) == 1


def test_the_matrix_has_first_coders_in_rows() -> None:
    codes = pd.CategoricalDtype(["A", "B"], ordered=False)
    cells = pd.DataFrame(
        {"first_code": ["A", "A", "B", "B"], "second_code": ["A", "B", "A", "B"], "weight": [90, 10, 0, 0.2]}
    ).astype({"first_code": codes, "second_code": codes})
    same, other = draw_matrix(cells, "s").data
    assert [list(line) for line in same.text] == [["90", ""], ["", "<1"]]
    assert [list(line) for line in other.text] == [["", "10"], ["0", ""]]
    assert other.z[0][1] == pytest.approx(0.1)
    assert confusion(cells, "s") == "Most often taken for each other: “A” and “B”, 10 s or 100 % of all disagreement."
