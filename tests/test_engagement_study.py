"""The views "The study" and "One session" of the engagement page: findings, figures, lanes."""

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import engagement_study_words as words
from pages.parts import timelines_jump
from pages.parts.charts_engagement_study import draw_changes
from pages.parts.engagement_session_lanes import confidence_lane, confidence_times
from pages.parts.engagement_study_beside import says
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.errors import CatalogueError
from pipeline.features.one_picture import heat, picture_at, seen
from pipeline.measures.phase_lanes import in_classes, scores
from pipeline.steps import engagement_session, still_face, token_picture
from pipeline.steps.feature_streams import read_rows
from pipeline.steps.feature_traces import IMPORTED, TOKENS, Stream, traceable
from pipeline.steps.observe import observation_frame
from pipeline.steps.still_face import Asked
from pipeline.steps.timelines import read_recording
from tests import still_face_study as study

SCRIPT = """
from pages.parts import store
store.pin()
from pages.parts.engagement_{view} import {view}
{view}()
"""
INFANT = Asked("icepr", "infant_engagement", "infant")
CAREGIVER = Asked("icepr", "caregiver_engagement", "caregiver1")


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return study.build(tmp_path_factory.mktemp("engagement"), film=True, random_weights=True)


@pytest.fixture(scope="module")
def cursor(home):
    return connect.open_reader(connect.current(home).file).cursor()


def opened(monkeypatch, home: Path, view: str = "study", state: dict | None = None, **query: str) -> AppTest:
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_string(SCRIPT.format(view=view), default_timeout=60)
    app.query_params.update(query)
    for key, value in (state or {}).items():
        app.session_state[key] = value
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    assert not app.exception, [one.message for one in app.exception]
    return app


def said(app: AppTest) -> str:
    parts = [*app.main.markdown, *app.info, *app.error, *app.warning, *app.caption]
    return " ".join(one.value.replace("\\", "").replace("\u00a0", " ") for one in parts)


def figures(app: AppTest) -> list[dict]:
    return [json.loads(one.proto.spec) for one in app.get("plotly_chart")]


# ---- the still-face effect ------------------------------------------------------------------------------------------


def test_the_effect_of_a_model_is_measured_on_its_own_predictions(cursor):
    observations = observation_frame(cursor)
    human, model = (
        still_face.effect(cursor, Asked(*place, coder), observations)
        for place, coder in (
            (("icepr", "infant_engagement", "infant"), ""),
            (("icepr", "infant_engagement", "infant"), study.MODEL),
        )
    )
    assert human.left_out == model.left_out == {"without reunion": 1} and human.sessions == 7 and human.families == 6
    shares = [one.means.set_index(["code", "episode"])["mean"] for one in (human, model)]
    assert shares[0]["Ipro", "still_face"] > 0 and shares[1]["Ipro", "still_face"] == 0
    assert shares[0]["Ineg", "still_face"] == 0 and shares[1]["Ineg", "still_face"] > 0
    assert all(one.groupby(level="episode").sum().round(9).eq(1).all() for one in shares)


def test_the_effect_by_a_second_road(cursor):
    """Mean share and change of one code in one statement over events and episodes."""
    found = still_face.effect(cursor, INFANT, observation_frame(cursor))
    rows = cursor.execute("""
        WITH cut AS (
            SELECT observation_id, p.episode, e.code,
                   greatest(0, least(e.offset_ms, p.offset_ms) - greatest(e.onset_ms, p.onset_ms)) AS ms
            FROM event e JOIN episode p USING (observation_id)
            WHERE e.coder_id = 'anna' AND e.behaviour_group = 'infant_engagement'),
        share AS (
            SELECT observation_id, episode, sum(ms) FILTER (code = 'Ipos') / sum(ms) AS share FROM cut GROUP BY ALL)
        SELECT avg(a.share), avg(b.share), avg(b.share - a.share)
        FROM share a JOIN share b USING (observation_id) JOIN share c USING (observation_id)
        WHERE a.episode = 'play' AND b.episode = 'still_face' AND c.episode = 'reunion'
    """).fetchone()
    means = found.means.set_index(["code", "episode"])["mean"]
    change = found.changes.set_index(["code", "first", "second"])["mean"]
    mine = (means["Ipos", "play"], means["Ipos", "still_face"], change["Ipos", "play", "still_face"])
    assert mine == pytest.approx(rows, abs=1e-12)


def test_the_finding_stands_first(monkeypatch, home, cursor):
    app = opened(monkeypatch, home)
    heading = next(one.value for one in app.main.markdown if one.value.startswith("### "))
    found = still_face.effect(cursor, INFANT, observation_frame(cursor)).means.set_index(["code", "episode"])["mean"]
    ends = [f"{100 * found['Ipos', one]:.0f}" for one in ("play", "still_face")]
    assert f"**Ipos (social positive engagement)** falls from {ends[0]} % to {ends[1]} %" in heading.replace(
        "\u00a0", " "
    )
    assert "7 sessions of 6 families" in said(app) and "Left out: 1 session without “Reunion”" in said(app)
    lines, changes = figures(app)
    assert [one["name"].split(" ")[0] for one in lines["data"]] == ["Ipro", "Inon", "Ineu", "Ipos"]
    assert [one["name"] for one in changes["data"]] == [
        "Play → Still face", "Still face → Reunion", "Play → Reunion",
    ]  # fmt: skip
    assert all(abs(sum(one)) < 300 for one in [trace["y"] for trace in lines["data"] if isinstance(trace["y"], list)])


def test_coder_classes_and_units_are_choices_in_the_link(monkeypatch, home):
    app = opened(
        monkeypatch, home, phase_behaviour="Caregiver engagement", phase_codes="In classes: Caregiver, 3 classes",
        phase_coder=f"Model {study.MODEL[6:]}", phase_shown_as="Seconds per minute",
    )  # fmt: skip
    text = said(app)
    assert "By the predictions of model 0a1b2c3d (engagement phases)." in text and "s per minute" in text
    assert "both come to the same conclusion" in text
    (beside,) = [one.value for one in app.table if "Class" in one.value]
    assert set(beside["Class"].str[:4]) == {"Cneu", "Cpvc", "Cpos"} and len(beside) == 9
    assert any(one.value.startswith("### Predicted: ") for one in app.main.markdown)
    assert "negative engagement can never be predicted" in text
    assert figures(app)[0]["layout"]["yaxis"]["title"]["text"] == "Mean seconds per coded minute"
    opened(monkeypatch, home, phase_coder="Nobody", phase_behaviour="Nothing", phase_codes="x", phase_shown_as="y")


def test_without_still_face_sessions_the_page_says_what_is_needed(monkeypatch, hand_study):
    assert "This study has no still-face sessions yet." in said(opened(monkeypatch, hand_study))
    assert "This study has no still-face sessions yet." in said(opened(monkeypatch, hand_study, "session"))


def test_nothing_or_one_family_is_left(monkeypatch, home):
    """The last session has no reunion: alone it is compared in two episodes, without an interval."""
    every = observation_frame(connect.open_reader(connect.current(home).file).cursor())
    for rows, text in ((every.tail(1), "Too few families to say how codes change"), (every.head(0), "No observation")):
        monkeypatch.setattr("pages.parts.store.selected", lambda rows=rows: rows)
        monkeypatch.setattr("pages.parts.store_engagement_study.select", lambda frame, selection, rows=rows: rows)
        monkeypatch.setattr("pages.parts.store_engagement_study.store.selection", lambda rows=rows: len(rows))
        assert text in said(opened(monkeypatch, home))


def test_without_episodes_the_panel_says_how_to_mark_them(monkeypatch, home):
    empty = pd.DataFrame(columns=["observation_id", "episode", "onset_ms", "offset_ms"])
    monkeypatch.setattr("pages.parts.store_engagement_study.episodes", lambda: empty)
    assert "[tables.episodes]" in said(opened(monkeypatch, home))


def test_words_of_a_code_and_of_a_change():
    assert words.meaning("Cpvc", "Social monitor, positive vocalisations (motherese).") == (
        "Cpvc (social monitor, positive vocalisations)"
    )
    assert words.meaning("Ipro", "Protest: cries, fusses.") == "Ipro (protest)" and words.meaning("X", None) == "X"
    row = SimpleNamespace(mean=-0.3, low=-0.44, high=0.04)
    assert words.figures(row, "share") == "−0.3 (−0.4 to 0)" and words.figures(row, "seconds") == "−0.3 (−0.4 to 0.0)"


def test_whether_predictions_and_codes_conclude_the_same():
    """A clear fall twice, and again, a clear rise against none, a rise against a fall, none twice."""
    ends = ((-2, -1, -3, -1), (-3, -2, -3, -1), (1, 2, -1, 1), (1, 2, -2, -1), (-1, 1, -2, 2))
    frame = pd.DataFrame(ends, columns=["low", "high", "low_coded", "high_coded"], dtype=float)
    text = says(frame)
    assert text.startswith("In 3 of 5 changes both") and "In 1 change they point in opposite directions." in text
    assert "too few families" in says(frame * np.nan)


def test_no_clear_change_is_said():
    means = pd.DataFrame({"code": ["A", "A"], "episode": ["play", "still_face"], "mean": [30.0, 20.0]})
    change = pd.DataFrame(
        [{"code": "A", "first": "play", "second": "still_face", "mean": -10.0, "low": -30, "high": 9}]
    )
    asked = ("play", "still_face")
    assert words.finding(means, change, asked, {}, "share") == "No code clearly changes from play to the still face."
    clear = words.finding(means, change.assign(high=-1.0), asked, {"A": "A (calm)"}, "share").replace("\u00a0", " ")
    assert clear == "From play to the still face, **A (calm)** falls from 30 % to 20 % of coded time."


def test_the_figure_of_changes_shows_its_table():
    frame = pd.DataFrame(
        [
            ("A <b>", "x", 1.0, -1.0, 2.0, "+1"),
            ("A <b>", "y", np.nan, np.nan, np.nan, ""),
            ("B", "x", 3.0, 2.0, 4.0, "+3"),
        ],
        columns=["name", "step", "mean", "low", "high", "said"],
    )
    figure = draw_changes(frame, ["x", "y"], "Change")
    assert [list(trace.x) for trace in figure.data] == [[1.0, 3.0], []]
    assert list(figure.data[0].error_x.array) == [1.0, 1.0]
    assert any(note.text == "<b>A &lt;b&gt;</b>" for note in figure.layout.annotations)


# ---- labels ---------------------------------------------------------------------------------------------------------


def test_labels_before_and_after_the_class_map(cursor):
    """Frames before and after are the same frames; the drop and the merge can be added up by hand."""
    asked = Asked("icepr", "infant_engagement", "infant", "", "infant4")
    found = still_face.label_counts(cursor, asked, observation_frame(cursor))
    before, after = (found[found["level"] == one].set_index("name") for one in ("code", "class"))
    assert before["frames"].sum() == after["frames"].sum() == 8 * study.LENGTH_S * study.FPS
    assert after.loc["Ineg", "frames"] == before.loc[["Ipro", "Iwit", "Ineg"], "frames"].sum()
    assert after.loc["", "frames"] == before.loc[["Islp", "Iusc", ""], "frames"].sum()
    assert before["of"].to_dict() == {
        "Ipro": "Ineg", "Iwit": "Ineg", "Ineg": "Ineg", "Inon": "Inon", "Ineu": "Ineu", "Ipos": "Ipos", "Islp": "",
        "Iusc": "", "": "",
    }  # fmt: skip
    asked = "SELECT sum(offset_ms - onset_ms), count(*) FROM event WHERE code = 'Ipos' AND coder_id = 'anna'"
    ms, bouts = cursor.execute(asked).fetchone()
    assert abs(before.loc["Ipos", "frames"] - ms / 40) < bouts
    assert before.loc["Iusc", "sessions"] == 8 and before.loc["Iusc", "families"] == 7


def test_the_panel_of_labels_names_what_is_dropped(monkeypatch, home):
    app = opened(monkeypatch, home, phase_ask="Labels")
    text = said(app)
    assert (
        "Dropped: Iusc (24 s)." in text
        and "Cusc (24 s)." in text
        and "Negative engagement can never be predicted." in text
        and len(figures(app)) == 2
    )
    assert any("25 per second" in column for one in app.dataframe for column in one.value)


# ---- traces and pictures --------------------------------------------------------------------------------------------


def test_the_panel_of_traces(monkeypatch, home):
    app = opened(monkeypatch, home, phase_ask="Traces")
    text = said(app)
    assert "**Change of the picture** falls from" in text and "Not shown: w2vbert." in text
    assert len(figures(app)[0]["data"]) == 6, "a band and a line per episode"
    app = opened(monkeypatch, home, phase_ask="Traces", trace_values="Less the session's mean in play")
    assert "less its mean in play" in figures(app)[0]["layout"]["yaxis"]["title"]["text"]


def test_a_large_stream_is_read_on_a_click_only(monkeypatch, home):
    monkeypatch.setattr("pipeline.steps.feature_traces.AT_ONCE_S", 0)
    monkeypatch.setattr("pipeline.steps.feature_traces.VERSION", "of this test")
    app = opened(monkeypatch, home, phase_ask="Traces")
    assert "has not been read yet" in said(app) and not figures(app)
    app = whole(app.button(key="trace_read").click().run())
    assert figures(app)


def test_a_picture_is_decoded_on_a_click_only(monkeypatch, home):
    app = opened(monkeypatch, home, phase_ask="Picture")
    assert not figures(app) and "What DINOv2 sees of it needs its stream" in said(app)
    app = whole(app.button(key="picture_show").click().run())
    (figure,) = figures(app)
    assert [one["source"][:15] for one in figure["layout"]["images"]] == ["data:image/jpeg", "data:image/png;"]
    app = whole(app.selectbox(key="picture_session").set_value("S1").run())
    assert not figures(app)
    app = whole(app.button(key="picture_show").click().run())
    assert "No video belongs to this session." in said(app) and len(figures(app)[0]["layout"]["images"]) == 1


def test_cells_of_the_picture_are_those_of_the_frame(home, cursor):
    """The moment 1,000 ms is frame 25 of the stream, and row 2, column 3 are its numbers 24 to 27."""
    (stream,) = traceable(cursor, home)[0]
    found = token_picture.picture(home, stream, "S0", 1000, None, 0)
    frame = read_rows(home, stream.rows["file"].iloc[0]).values[25]
    at = found.numbers.set_index(["Row", "Column"])["Change of the picture"]
    assert at[2, 3] == pytest.approx(float(frame[24])) and len(at) == 16
    with pytest.raises(Exception, match="no numbers at 99.00 s"):
        token_picture.picture(home, stream, "S0", 99_000, None, 0)


def test_components_as_imported_become_colours(home, cursor):
    (stream,) = traceable(cursor, home)[0]
    found = token_picture.picture(home, Stream("dino", "", IMPORTED, stream.rows, 0), "S0", 1000, None, 0)
    assert list(found.numbers) == ["Row", "Column", "Component 1", "Component 2", "Component 3"]
    odd = Stream("dino", "", TOKENS, stream.rows.assign(choices='{"components": 5}'), 0)
    assert token_picture.picturable([odd]) == [], "64 numbers are no square of patches with 5 each"


def test_the_picture_that_is_shown_at_a_time(home):
    """The clip says its time in grey: 40 + 6 x (frame of 25); at 1.5 s the picture of 1.48 s is shown."""
    film = home.parent / "film.webm"
    assert abs(int(np.median(picture_at(film, 1.5))) - (40 + 37 % 25 * 6)) < 8
    assert abs(int(np.median(picture_at(film, -1.0))) - 40) < 8, "before the first there is the first"
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, 100:] = 255
    assert seen(picture, (0.5, 0, 1, 1)).min() == 255 and seen(picture, (0, 0, 1, 1), "centre").shape == (224, 224, 3)
    assert (seen(picture, (0, 0, 1, 1), "letterbox")[0] == 0).all()
    assert heat(np.array([[0.0, 2.0]]), 2.0).tolist()[0][1] != heat(np.array([[0.0, 1.0]]), 2.0).tolist()[0][1]


# ---- one session ----------------------------------------------------------------------------------------------------


def drawn(**rows: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two codings, one letter per second."""
    frames = []
    for letters in rows.values():
        bouts = [(code, 1000 * at, 1000 * at + 1000) for at, code in enumerate(letters) if code != "."]
        frames.append(pd.DataFrame(bouts, columns=["code", "onset_ms", "offset_ms"]))
    return tuple(frames)


def test_agreement_by_time_read_off_the_picture():
    """Compared: 6 s, the same in 4. Margins a 3 and 2, b 3 and 4: chance 18 / 36, so kappa is (4/6 - 1/2) / (1/2)."""
    first, second = drawn(first="aaabbb..", second="aabbba.b")
    found, right, kappa = scores(first, second, (0, 8000))
    assert found.bouts == ((2000, 3000), (5000, 6000)) and found.both_coded_ms == 6000
    assert right == pytest.approx(4 / 6) and kappa == pytest.approx((4 / 6 - 18 / 36) / (18 / 36))
    assert np.isnan(scores(*drawn(first="aa..", second="..bb"), (0, 4000))[1])
    assert np.isnan(scores(*drawn(first="aa", second="aa"), (0, 2000))[2])


@settings(max_examples=25)
@given(st.text("ab.c", min_size=1, max_size=12), st.text("ab.c", min_size=1, max_size=12))
def test_agreement_by_time_is_that_of_seconds(one, other):
    both = [(a, b) for a, b in zip(one, other, strict=False) if "." not in (a, b)]
    found, right, kappa = scores(*drawn(first=one, second=other), (0, 12_000))
    assert found.both_coded_ms == 1000 * len(both)
    if both:
        assert right == pytest.approx(sum(a == b for a, b in both) / len(both))
    if len({letter for pair in both for letter in pair}) > 1:
        margins = [Counter(side) for side in zip(*both, strict=True)]
        chance = sum(Fraction(margins[0][code] * margins[1][code], len(both) ** 2) for code in "abc")
        observed = Fraction(sum(a == b for a, b in both), len(both))
        assert kappa == pytest.approx(float((observed - chance) / (1 - chance)), abs=1e-9)


def test_codes_of_no_class_are_not_compared():
    infant4 = load_scheme(scheme_path("icepr")).class_map("infant4")
    events = pd.DataFrame({"code": ["Ipro", "Iusc", "Ipos"], "onset_ms": [0, 1, 2], "offset_ms": [1, 2, 3]})
    assert in_classes(events, infant4)["code"].tolist() == ["Ineg", "Ipos"]
    with pytest.raises(CatalogueError):
        in_classes(events.assign(code="Xyz"), infant4)


def test_every_session_is_scored_and_the_least_right_stands_first(cursor, home):
    recording = read_recording(cursor, "S2")
    (infant, caregiver) = engagement_session.pairs(recording, home)
    assert (infant.person, infant.model, infant.known) == ("anna", study.MODEL, False)
    assert infant.class_map.classes == ("Ineg", "Inon", "Ineu", "Ipos")
    assert caregiver.class_map.classes == ("Cneu", "Cpvc", "Cpos")
    rows = engagement_session.session_scores(cursor, home, infant, observation_frame(cursor))
    assert len(rows) == 8 and rows["accuracy"].is_monotonic_increasing
    mine = rows.set_index("observation_id").loc["S2"]
    found = engagement_session.compared(recording, infant, (0, 64_000))
    assert (mine["accuracy"], mine["kappa"]) == (found.accuracy, found.kappa) and mine["compared_s"] == 57


def content(app: AppTest) -> dict:
    """What the component was told."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def test_one_session_has_bands_lanes_and_a_red_one(monkeypatch, home):
    app = opened(monkeypatch, home, "session")
    told = content(app)
    assert [band[:3] for band in told["bands"]] == [
        [0, 20_040, "Play"], [24_040, 44_000, "Still face"], [44_000, 64_000, "Reunion"],
    ]  # fmt: skip
    labels = [(one["subject"], one["label"].split(":")[0]) for one in told["lanes"]]
    mine = ["Coded by anna", "Predicted", "They differ"]
    assert labels == [("Infant", one) for one in mine] + [("Caregiver", one) for one in mine]
    assert all(one["thin"] and one["colour"] == "#D0021B" for one in told["lanes"] if one["kind"] == "differ")
    assert told["pair"]["bouts"] == told["lanes"][2]["bars"], "fewer than ten, so all are listed"
    assert told["pair"]["bouts"] and "of the time predicted as coded" in told["headline"]
    assert told["views"][0]["offset"] == 500 and len(figures(app)) == 1
    clicked = opened(monkeypatch, home, "session", {"engagement_session_clicked": "S3"})
    assert clicked.selectbox(key="engagement_session").value == "S3" and content(clicked)["title"].startswith("S3")


def test_a_jump_to_the_timelines(monkeypatch, home):
    asked = []
    monkeypatch.setattr("pages.parts.engagement_session.jump", lambda *place: asked.append(place))
    app = opened(monkeypatch, home, "session")
    whole(app.button(key="engagement_open").click().run())
    assert asked == [("S0", 0, study.MODEL)] and callable(timelines_jump.jump)


def test_how_sure_the_model_is_becomes_a_staircase():
    said = pd.DataFrame(
        {"onset_ms": [0, 1000, 3000], "offset_ms": [1000, 2000, 4000], "confidence": [0.9, 0.4, np.nan]}
    )
    times = confidence_times([said])
    assert times == [0, 999, 1000, 1999, 3000, 3999]
    lane = confidence_lane("Infant", said, times)
    assert lane["values"] == [0.9, 0.9, 0.4, 0.4, None, None]
    assert confidence_lane("Infant", said.assign(confidence=np.nan), times) is None


def test_a_session_that_nobody_predicted(monkeypatch, home):
    every = engagement_session.pairs
    alone = {"model": "", "class_map": None}
    monkeypatch.setattr(engagement_session, "pairs", lambda *asked: [replace(one, **alone) for one in every(*asked)])
    app = opened(monkeypatch, home, "session", {"engagement_session": "S6"})
    told = content(app)
    assert [one["label"] for one in told["lanes"]] == ["Coded by anna"] * 2 and not figures(app)
    assert told["pair"] is None and told["headline"].startswith("Coded only")
