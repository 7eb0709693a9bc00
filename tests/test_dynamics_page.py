"""The dynamics page: its numbers are the step's, answers to distress by one statement; what is missing is said."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import dynamics_meaning, dynamics_panels, dynamics_score, store_dynamics
from pages.parts.charts_dynamics import draw_groups, draw_recordings
from pages.parts.charts_dynamics_matrix import IMPOSSIBLE, draw_diagram, draw_lags
from pages.parts.charts_dynamics_time import draw_profile, draw_waiting
from pages.parts.dynamics_choices import MEASURES, Asked, who_leads
from pages.parts.dynamics_matrices import RECORDING, p_words
from pages.parts.dynamics_options import MATCHES, SURROGATES
from pages.parts.dynamics_tables import GROUPS, NUMBER_COLUMNS
from pages.parts.dynamics_words import amount, between, recurrence, verdict
from pipeline.measures.dynamics_surrogates import Compared, beside
from pipeline.measures.splits import Split
from pipeline.steps.dynamics import Answer, ask, read_stream
from pipeline.steps.dynamics_groups import of_levels, pooled_of, profile_band
from pipeline.steps.dynamics_pools import profile, sequences
from pipeline.steps.dynamics_question import Question, Side
from pipeline.steps.observe import observation_frame
from pipeline.steps.release import release
from tests import studies
from tests.conftest import ROOT
from tests.opening import opened_page

DISTRESS = Side("mhint", "infant_vocalisation", "infant", "Distressed")
SPEECH = Side("mhint", "caregiver_vocalisation", "caregiver1", "Speech")
WORDS = {measure: word for word, measure in MEASURES.items()}
BAND = "by chance: codings shifted"


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it; without surrogates unless the link asks for them."""
    app = opened_page("dynamics", home, monkeypatch, {"dyn_draws": "0"} | query)
    assert not app.error
    return app


def table(app: AppTest, column: str) -> pd.DataFrame:
    """The first table of the page with such a column."""
    return next(one.value for one in app.dataframe if column in one.value).reset_index(drop=True)


def said(app: AppTest) -> str:
    parts = (app.main.markdown, app.info, app.main.caption)
    return " ".join(one.value for part in parts for one in part).replace("\u00a0", " ")


def figures(app: AppTest) -> list[dict]:
    return [json.loads(one.proto.spec) for one in app.get("plotly_chart")]


class Demo:
    """The published demo with both streams of the first question."""

    def __init__(self, home) -> None:
        self.cursor = connect.open_reader(connect.current(home).file).cursor()
        self.observations = observation_frame(self.cursor)
        self.sides = tuple(read_stream(self.cursor, side) for side in (DISTRESS, SPEECH))

    def ask(self, question: Question) -> Answer:
        return ask(question, *self.sides, self.observations)


@pytest.fixture(scope="module")
def demo(demo_study) -> Demo:
    return Demo(demo_study)


ANSWERS = """
    WITH mine AS (
        SELECT e.*, o.start_ms, o.end_ms, d.role FROM event e
        JOIN coding c USING (observation_id, coder_id, subject, behaviour_group)
        JOIN observation o USING (observation_id) JOIN dyad d USING (dyad_id) WHERE c.is_primary),
    cries AS (FROM mine WHERE subject = 'infant' AND code = 'Distressed' AND onset_ms > start_ms),
    words AS (FROM mine WHERE subject = 'caregiver1' AND code = 'Speech' AND onset_ms > start_ms)
    SELECT role, count(*) AS cries, count(*) FILTER (EXISTS (
        FROM words w WHERE w.observation_id = cries.observation_id
        AND w.onset_ms > cries.onset_ms AND w.onset_ms <= cries.onset_ms + 3000)) AS answered
    FROM cries GROUP BY role
"""


def test_answers_to_distress_by_one_statement(demo_study, demo, monkeypatch) -> None:
    """Counts and shares per role, and of all together, from raw events."""
    counts = demo.cursor.execute(ANSWERS).df().set_index("role").astype(float)
    counts.index = [name.capitalize() for name in counts.index]
    counts.loc["All recordings"] = counts.sum()
    app = opened(demo_study, monkeypatch, dyn_window="3.0")
    shown = table(app, "Share answered (%)").set_index("Group")
    assert set(shown.index) == set(counts.index)
    for group, row in counts.iterrows():
        assert shown.loc[group, "Cases"] == row["cries"]
        assert shown.loc[group, "Share answered (%)"] == pytest.approx(100 * row["answered"] / row["cries"])
    every = counts.loc["All recordings"]
    sentence = (
        "After the infant begins “Distressed”, the caregiver begins “Speech” within 3 s in "
        f"**{amount(100 * every['answered'] / every['cries'], '%')}** of {every['cries']:.0f} cases; by chance"
    )
    assert sentence.replace("\u00a0", " ") in said(app)


def test_the_page_shows_the_numbers_of_the_step(demo_study, demo, monkeypatch) -> None:
    """Odds ratios with their intervals, chance, recordings, and the number of every recording."""
    app = opened(demo_study, monkeypatch)
    row = table(app, "Odds ratio").iloc[0]
    found = demo.ask(Question("contingent", DISTRESS, SPEECH, "odds_ratio")).pooled.iloc[0]
    assert row[["Odds ratio", "Odds ratio from", "Odds ratio to"]].tolist() == pytest.approx(
        found[["value", "low", "high"]].tolist()
    )
    assert row[["Recordings", "Dyads", "Families"]].tolist() == found[["recordings", "dyads", "families"]].tolist()
    share = demo.ask(Question("contingent", DISTRESS, SPEECH))
    shown = table(app, "Recording").set_index("Recording")["Share answered (%)"]
    expected = 100 * share.rows.set_index("observation_id")["value"]
    assert shown.to_numpy() == pytest.approx(expected.reindex(shown.index).to_numpy(), nan_ok=True)
    assert expected.drop(shown.index).isna().all(), "other protocols have no such numbers"


def test_surrogates_stand_in_the_sentence_and_behind_the_first_row(demo_study, demo, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, dyn_draws="20", dyn_seed="3")
    compared = demo.ask(Question("contingent", DISTRESS, SPEECH, surrogates=20, seed=3)).compared
    band = between(100 * compared.low[0], 100 * compared.high[0], "%").replace("\u00a0", " ")
    assert f"cases; by chance {band}: **" in said(app)
    assert "20 times (seed 3)" in said(app)
    trace = next(one for one in figures(app)[0]["data"] if one["name"] == BAND)
    assert (min(trace["x"]), max(trace["x"])) == pytest.approx((100 * compared.low[0], 100 * compared.high[0]))


def test_what_follows_what(demo_study, hand_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, dyn_ask=WORDS["lag"], dyn_who="Within the infant")
    text = said(app)
    assert "likelihood ratio G² =" in text and "Pearson X² =" in text and "degrees of freedom" in text
    assert "Event-based" in text and "cannot follow itself" in text
    cells = table(app, "Adjusted residual")
    assert (cells.loc[cells["First"] == cells["Then"], "Can occur"] == "No").all()
    shares = cells.groupby("First")["Share of the row (%)"].sum()
    assert shares[shares > 0].to_numpy() == pytest.approx(100)
    heat = figures(app)[0]["data"][0]
    assert IMPOSSIBLE in [text for line in heat["text"] for text in line]
    query = {"dyn_ask": WORDS["lag"], "dyn_basis": "Time-sampled: moment to moment", "dyn_lag": "2"}
    app = opened(hand_study, monkeypatch, **query)
    assert "Time-sampled: a look every 1 s" in said(app)
    assert "2 s after “Positive”" in said(app)


def test_time_together_by_hand(hand_study, monkeypatch) -> None:
    """In every recording both are Positive in the first third: nothing comes later, so most is at lag 0."""
    app = opened(hand_study, monkeypatch, dyn_ask=WORDS["recurrence"])
    assert "The infant shows “Positive” and the caregiver “Positive” at the same moment in **3" in said(app)
    assert "Most at the very same moment" in said(app)
    curve = table(app, "Lag (s)").set_index("Lag (s)")["Together (%)"]
    assert curve[0] == curve.max()
    assert curve[-3] == pytest.approx(curve[3]), "both are the same stream"
    assert "Recurrence rate **" in said(app) and "Laminarity" in said(app)


def test_the_profile_has_the_band_of_its_surrogates(demo_study, demo, monkeypatch) -> None:
    query = {"dyn_ask": WORDS["recurrence"], "dyn_draws": "9", "dyn_reach": "3.0"}
    shown = table(opened(demo_study, monkeypatch, **query), "Lag (s)")
    question = Question("recurrence", DISTRESS, SPEECH, "at_lag", lag=0, reach=3, surrogates=9)
    answer = demo.ask(question)
    band = profile_band(answer, question)
    assert shown["By chance from (%)"].to_numpy() == pytest.approx(100 * band["low"].to_numpy())
    assert shown["Together (%)"].to_numpy() == pytest.approx(100 * profile(answer)["share"].to_numpy())
    middle = band.loc[band["lag"] == 0].iloc[0]
    assert (middle["low"], middle["high"]) == pytest.approx((answer.compared.low[0], answer.compared.high[0]))
    assert profile_band(answer, replace(question, surrogates=0)).empty


def test_the_grid_and_the_way_of_one_pair(hand_study, monkeypatch) -> None:
    """By hand: a third Positive with Positive, the rest of what can be seen Neutral with Neutral; two visits each."""
    app = opened(hand_study, monkeypatch, dyn_ask=WORDS["grid"])
    cells = table(app, "Visits").set_index(["First side", "Second side"])
    assert cells.loc[("Positive", "Neutral"), "Visits"] == 0
    assert cells.loc[("Positive", "Positive"), "Visits"] == 8
    assert cells.loc[("Positive", "Positive"), "Share of time (%)"] + cells.loc[
        ("Neutral", "Neutral"), "Share of time (%)"
    ] == pytest.approx(100)
    assert len(figures(app)) == 3
    app.selectbox(key=RECORDING).set_value("O03").run()
    way = table(app, "From (s)")
    assert way["From (s)"].tolist() == [0, 80]
    assert way["To (s)"].tolist() == [80, 210]
    assert not any("O03" in str(value) for value in app.query_params.values()), "no name in a link"


def test_waits_by_hand(hand_study, monkeypatch) -> None:
    """Neutral begins when Positive ends: every wait is answered at once."""
    query = {"dyn_ask": WORDS["latency"], "dyn_first": "Face: Positive", "dyn_then": "Face: Neutral"}
    title = opened(hand_study, monkeypatch).selectbox(key="dyn_first").options[0].split(":")[0]
    query = {key: value.replace("Face", title) for key, value in query.items()}
    app = opened(hand_study, monkeypatch, **query)
    assert "half of the waits are answered by “Neutral” of the caregiver within **0.0 s**" in said(app)
    assert "8 waits, 100 % of them answered" in said(app)
    assert table(app, "Answered")["Answered"].sum() == 8


def test_three_clicks_to_slower_answers_to_distress(demo_study, monkeypatch) -> None:
    """How long until an answer, the score, the button: a Cox model with its interval, and none before the click."""
    app = opened(demo_study, monkeypatch, dyn_ask=WORDS["latency"])
    assert "At any moment an answer is" not in said(app)
    app.selectbox(key="dyn_score").set_value("EPDS: depressive symptoms")
    button = next(one for one in app.main.button if one.label == dynamics_score.BUTTON)
    button.click().run()
    assert not app.exception
    assert "EPDS: depressive symptoms, 1 SD (" in said(app)
    assert "At any moment an answer is" in said(app) and "times as likely (95 %" in said(app)
    row = table(app, "Ratio").iloc[0]
    assert row["95 % from"] < row["Ratio"] < row["95 % to"]
    app.selectbox(key="dyn_split").set_value("No split").run()
    assert "At any moment an answer is" in said(app), "it stays while the question is the same"
    app.selectbox(key="dyn_score").set_value("SAPAS: personality difficulties").run()
    assert "At any moment an answer is" not in said(app)


def test_few_families_are_refused_by_the_model(hand_study, monkeypatch) -> None:
    app = opened(hand_study, monkeypatch, dyn_ask=WORDS["recurrence"])
    next(one for one in app.main.button if one.label == dynamics_score.BUTTON).click().run()
    assert "The model cannot answer this." in said(app)
    assert "a model needs at least 10" in said(app)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"dyn_ask": WORDS["contingent"]}, "There is no number: the first behaviour never begins."),
        ({"dyn_ask": WORDS["grid"], "dyn_who": "Within the infant"}, "A grid needs two different streams."),
    ],
)
def test_what_cannot_be_answered_is_said(hand_study, monkeypatch, query, words) -> None:
    assert words in said(opened(hand_study, monkeypatch, **query))


def test_sides_without_a_common_behaviour_are_refused(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, dyn_ask=WORDS["recurrence"], dyn_match=MATCHES[True])
    assert "The two sides have no behaviour in common" in said(app)
    assert not app.get("plotly_chart")


def test_strange_links_open_the_page(hand_study, monkeypatch) -> None:
    for strange in ("-5", "nan"):
        keys = ("dyn_ask", "dyn_who", "dyn_first", "dyn_window", "dyn_seed", "dyn_split", "dyn_chance")
        opened(hand_study, monkeypatch, **dict.fromkeys(keys, strange))


def test_a_behaviour_is_not_set_against_itself() -> None:
    asked = Asked(Question("recurrence", DISTRESS, DISTRESS), ("Voice", "Voice"))
    assert dynamics_panels.impossible(asked)[0] == "A behaviour is always together with itself."
    assert dynamics_panels.impossible(Asked(Question("recurrence", DISTRESS, SPEECH), ("", ""))) is None


def test_nothing_selected_says_so(hand_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(hand_study))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.session_state["family"] = ["F1"]
    app.session_state["dyad"] = ["F2-M"]
    app.run()
    app.switch_page("dynamics.py").run()
    assert not app.exception
    assert "No observation is left after the filters." in said(app)


def test_why_chance_is_missing_is_said(hand_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(hand_study))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.session_state["family"] = ["F1"]
    app.run()
    for key, value in {"dyn_ask": WORDS["recurrence"], "dyn_chance": SURROGATES["partner"], "dyn_draws": "5"}.items():
        app.query_params[key] = value
    app.switch_page("dynamics.py").run()
    assert not app.exception and not app.error
    assert "Not compared with chance. Partners cannot be exchanged" in said(app)
    assert "; by chance" not in said(app)


def test_nobody_coded_on_one_side_says_so(tmp_path, monkeypatch) -> None:
    content = studies.tables()
    one = {name: content[name] for name in ("event", "coding", "duration")}
    first = content["observation"]["observation_id"].iloc[:5]
    for name, frame in one.items():
        infant = frame["subject"] == "infant"
        one[name] = frame[infant == frame["observation_id"].isin(first)]
    app = opened(studies.publish(tmp_path, content | one), monkeypatch)
    assert "In no selected recording were both sides coded." in said(app)
    assert not app.get("plotly_chart")


def test_a_hidden_group_takes_the_other_along() -> None:
    """Nine families in all and seven mothers would give the two fathers away."""
    frame = pd.DataFrame(
        {"label": ["All", "Mother", "Father"], "kind": ["all", "level", "level"], "families": [9, 7, 2]}
    )
    shown = release(frame.assign(**dict.fromkeys(NUMBER_COLUMNS, 1.0)), GROUPS, "presenting")
    assert shown.hidden["value"].tolist() == [False, True, True]
    assert shown.hidden["families"].tolist() == [False, True, True]


def test_chance_of_what_follows_is_that_of_the_table(demo_study, demo, monkeypatch) -> None:
    """By chance: how often anything is followed by speech, in bouts of all kinds."""
    cells = sequences(demo.ask(Question("lag", DISTRESS, SPEECH, "share"))).cells
    app = opened(demo_study, monkeypatch, dyn_ask=WORDS["lag"], dyn_split="No split")
    speech = cells.loc[cells["target"] == "Speech", "observed"].sum() / cells["observed"].sum()
    assert table(app, "Group")["By chance"].iloc[0] == pytest.approx(100 * speech)


def test_who_follows_whom_in_words() -> None:
    frame = pd.DataFrame({"lag": [-1, 0, 1], "lag_s": [-0.5, 0, 0.5], "share": [0.1, 0.2, 0.3]})
    pooled = pd.Series({"value": 0.2, "low": 0.1, "high": 0.3})
    asked = Asked(Question("recurrence", DISTRESS, SPEECH, "at_lag"), ("", ""))
    late = recurrence(asked, frame, pooled, None)[1].replace("\u00a0", " ")
    assert late.endswith("Most, 30 %, when the caregiver follows the infant by 0.5 s.")
    early = recurrence(asked, frame.assign(share=frame["share"].to_numpy()[::-1]), pooled, None)[1]
    assert "when the infant follows the caregiver" in early
    level = recurrence(asked, frame.assign(share=[0.1, 0.2, 0.2001]), pooled, None)[1].replace("\u00a0", " ")
    assert level.endswith("Not more than 20 % with either of them later.")


def test_streams_are_read_once_and_asked_once(hand_study, monkeypatch) -> None:
    calls = []
    for name in ("read_stream", "ask"):
        real = getattr(store_dynamics.dynamics, name)
        monkeypatch.setattr(
            store_dynamics.dynamics, name, lambda *given, name=name, real=real: calls.append(name) or real(*given)
        )
    for cache in (store_dynamics._stream, store_dynamics._answer, store_dynamics._levels):
        cache.clear()
    app = opened(hand_study, monkeypatch, dyn_ask=WORDS["recurrence"])
    asked = calls.count("ask")
    app.selectbox(key="dyn_per").set_value("Dyad").run()
    app.selectbox(key="dyn_split").set_value("No split").run()
    assert calls.count("read_stream") == 2
    assert calls.count("ask") == asked == 1


def test_groups_are_the_answer_of_their_recordings_alone(demo) -> None:
    question = Question("contingent", DISTRESS, SPEECH)
    found = pooled_of(of_levels(question, demo.sides, demo.observations, Split("role")))
    mothers = demo.observations[demo.observations["role"] == "mother"]
    alone = ask(question, *demo.sides, mothers.reset_index(drop=True)).pooled.iloc[0]
    row = found[found["level"] == "mother"].iloc[0]
    assert row["value"] == alone["value"]
    assert found["n"].sum() == demo.ask(question).pooled["n"].iloc[0]
    assert pooled_of([]).empty


def test_who_leads_offers_both_directions_and_each_alone() -> None:
    pairs = who_leads(["caregiver1", "infant", "sibling"])
    assert list(pairs)[:4] == [
        "Infant → caregiver", "Caregiver → infant", "Within the infant", "Within the caregiver",
    ]  # fmt: skip
    assert len(pairs) == 9
    assert pairs["Sibling → infant"] == ("sibling", "infant")


@pytest.mark.parametrize(
    ("draws", "words"),
    [
        (np.linspace(0.1, 0.2, 99), ": **more often than by chance**"),
        (np.linspace(0.4, 0.5, 99), ": **less often than by chance**"),
        (np.linspace(0.2, 0.4, 99), ": **not clearly different from chance**"),
    ],
)
def test_the_verdict(draws, words) -> None:
    compared: Compared = beside(np.array([0.3]), draws[:, None])
    assert verdict(Question("contingent", DISTRESS, SPEECH), compared) == words
    assert verdict(Question("contingent", DISTRESS, SPEECH), None) == ""


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(16.2, "%", "16 %"), (4.24, "%", "4.2 %"), (0, "%", "0 %"), (1.5, "", "1.50"), (-0.123, "", "−0.12"),
     (-0.001, "", "0.00"), (36.74, "s", "36.7 s"), (np.nan, "s", "")],
)  # fmt: skip
def test_amounts(value, unit, text) -> None:
    assert amount(value, unit).replace("\u00a0", " ") == text


def test_residuals_of_neighbouring_moments_are_not_said_to_be_rare() -> None:
    question = Question("lag", Side("s", "g", "infant", "a"), Side("s", "g", "caregiver1", "b"))
    assert "beyond 2 is rare by chance" in dynamics_meaning.lag(question)
    assert "beyond 2 is common by chance" in dynamics_meaning.lag(replace(question, basis="time-sampled"))


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(8.02, 13.6, "8 to 14 %"), (0.9, 3.5, "0.9 to 3.5 %"), (-2, 12, "−2 to 12 %"), (-0.2, 12, "0 to 12 %")],
)
def test_both_ends_have_the_same_decimals(low, high, text) -> None:
    assert between(low, high, "%").replace("\u00a0", " ") == text


def test_p_as_it_is_printed() -> None:
    assert [p_words(p).replace("\u00a0", " ") for p in (0.0004, 0.0042, 0.2)] == ["p < .001", "p = .004", "p = .20"]


def cells() -> pd.DataFrame:
    rows = [("A", "A", 0, np.nan, 0.0, False), ("A", "B", 8, 2.5, 1.0, True)]
    rows += [("B", "A", 6, -1.5, 0.75, True), ("B", "B", 2, 0.1, 0.25, True)]
    return pd.DataFrame(rows, columns=["given", "target", "observed", "residual", "share", "possible"])


def test_the_table_of_lags_has_first_codes_in_rows() -> None:
    figure = draw_lags(cells(), ("A", "B"), ("first", "second"), "share")
    heat = figure.data[0]
    assert [list(line) for line in heat.text] == [[IMPOSSIBLE, "100"], ["75", "25"]]
    assert heat.z[0][1] == 2.5
    frame = figure.layout.shapes[0]
    assert (frame.x0, frame.y0) == (0.5, -0.5), "second column of the first row"
    assert draw_lags(cells(), ("A", "B"), ("", ""), "observed").data[0].text[1][0] == "6"


def test_arrows_below_the_threshold_are_left_out_and_wide_as_probable() -> None:
    wide, narrow = draw_diagram(cells(), 0.5, ("", ""), True).data
    assert wide.line.width > narrow.line.width
    assert len(draw_diagram(cells(), 0.8, ("", ""), True).data) == 1
    notes = [note.text for note in draw_diagram(cells(), 0.2, ("", ""), True).layout.annotations]
    assert any("again 25" in text for text in notes), "a code that follows itself"


def test_marks_lie_below_their_words_and_recordings_stay_in_order() -> None:
    frame = pd.DataFrame(
        {"label": ["All", "Mother"], "value": [16.0, 15.0], "low": [14.0, np.nan], "high": [18.0, np.nan]}
    )
    figure = draw_groups(frame.assign(chance=[12.0, np.nan], text="16 %"), "axis", "%", (11, 13), ("by chance", BAND))
    words = {note.text: note.y for note in figure.layout.annotations}
    marks = next(one for one in figure.data if one.name == "observed")
    assert words["<b>All</b>"] < marks.y[0] < words["<b>Mother</b>"] < marks.y[1]
    boxes = draw_recordings(pd.DataFrame({"label": ["A", "A", "B"], "value": [1.0, 3.0, np.nan]}), "axis", "s").data
    assert len(boxes) == 1 and boxes[0].median[0] == 2


def test_curves() -> None:
    frame = pd.DataFrame({"lag": [-1, 0, 1], "lag_s": [-1.0, 0, 1], "share": [0.1, 0.2, 0.3]})
    band = pd.DataFrame({"lag": [-1, 0, 1], "mean": 0.1, "low": 0.05, "high": 0.15})
    chance, observed = draw_profile(frame, band, ("left", "right"), BAND).data
    assert (max(chance.y), min(chance.y)) == pytest.approx((15, 5))
    assert list(observed.y) == pytest.approx([10, 20, 30])
    curve = pd.DataFrame({"time_s": [2.0, 4.0], "waiting": [0.5, 0.0], "low": [0.1, 0.0], "high": [0.9, 0.0]})
    line = draw_waiting([("All", curve)], 4).data[-1]
    assert list(line.x) == [0, 2, 4] and list(line.y) == [100, 50, 0]
