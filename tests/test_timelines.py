"""The timelines page: what the component is told, and the page in its states."""

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect, queries
from pages.parts import stepper, store_timelines, timelines_all, timelines_choices, timelines_grid, timelines_lanes
from pages.parts.charts_timelines import many_timelines
from pages.parts.timelines_lanes import Shown
from pages.parts.words import coder, percent
from pipeline.measures.co_occurrence import Strand
from pipeline.selection import Selection
from pipeline.steps.timelines import differing, read_recording, together, together_everywhere
from tests import studies, timeline_study
from tests.timeline_study import FACE, HOSTILE

ROUTER = str(Path(__file__).parents[1] / "pages" / "_router.py")
BOTH = ["infant", "caregiver1"]
INFANT, CAREGIVER = (Strand(who, "face", "Negative") for who in BOTH)


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> Path:
    """The drawn study of `timeline_study.py`, with its clips."""
    return timeline_study.publish(tmp_path_factory.mktemp("timelines"))


@pytest.fixture(scope="module")
def reader(study):
    """A cursor on it."""
    return connect.open_reader(connect.current(study).file).cursor()


def shown(reader, observation: str, coders: tuple = (None,)) -> Shown:
    recording = read_recording(reader, observation)
    return Shown(recording, queries.codes(reader), (0, 12_000), coders, ("face", "gaze"), "mother")


def page(monkeypatch, home: Path, **session) -> AppTest:
    """The timelines page on a study, with session values set before it runs."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(ROUTER, default_timeout=30)
    for name, value in session.items():
        app.session_state[name] = value
    app.run()
    app.switch_page("timelines.py").run()
    assert not app.exception
    return app


def content(app: AppTest) -> dict:
    """What the component was told."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json or component.proto.mixed.json)


# ---- what is drawn ------------------------------------------------------------------------------------------------


def test_lanes_are_the_drawn_streams(reader):
    """T1: four lanes, infant first, facial expression before attention; bouts as drawn."""
    drawn = shown(reader, "T1")
    lanes = timelines_lanes.lanes(drawn)
    assert [(lane["subject"], lane["label"]) for lane in lanes] == [
        ("Infant", "Facial expression"), ("Infant", "Visual attention"),
        ("Caregiver (mother)", "Facial expression"), ("Caregiver (mother)", "Visual attention"),
    ]  # fmt: skip
    codes = timelines_lanes.code_list(drawn)
    spelled = [(codes[bar[2]]["label"], bar[0], bar[1], bar[3]) for bar in lanes[0]["bars"]]
    assert spelled == [
        ("Negative", 0, 3000, "mild|one camera"), ("Positive", 3000, 7000, ""),
        ("Negative", 7000, 10_000, ""), ("Positive", 10_000, 12_000, ""),
    ]  # fmt: skip


def test_both_negative_as_drawn(reader):
    """T1 both negative: seconds 1-3 and 8-10; caregiver's face hidden 10-12, so 4 of 10 s that both could be seen."""
    found = together(read_recording(reader, "T1"), None, (INFANT, CAREGIVER), (0, 12_000), ("Face not visible",))
    assert found.bouts == ((1000, 3000), (8000, 10_000))
    assert (found.together_ms, found.seen_ms) == (4000, 10_000)


def test_what_was_not_coded_is_not_known(reader):
    """T4: the caregiver was not coded: missing, not zero."""
    assert together(read_recording(reader, "T4"), None, (INFANT, CAREGIVER), (0, 12_000), ()) is None


def test_two_coders_one_above_the_other(reader):
    """T2: anna and ben differ on the infant for 2 of the 10 s both coded, on the caregiver for 1 of 12 s."""
    drawn = shown(reader, "T2", ("anna", "ben"))
    labels = [lane["label"] for lane in timelines_lanes.lanes(drawn)]
    face = ["Facial expression (anna)", "Facial expression (ben)"]
    assert labels == [*face, "They differ: 20 %", *face, "They differ: 8 %"]
    found = differing(drawn.recording, ("anna", "ben"), "infant", "face", (0, 12_000))
    assert found.bouts == ((3000, 4000), (7000, 8000))
    assert differing(drawn.recording, ("anna", "ben"), "infant", "gaze", (0, 12_000)) is None


def test_overlapping_bouts_get_rows_of_their_own():
    """
    A  ####......    row 0        a group whose codes may overlap: the second bout stands below,
    B  ..####....    row 1        the third finds the first row free again
    A  .....###..    row 0
    """
    events = pd.DataFrame({"code": ["A", "B", "A"], "modifier": "", "onset_ms": [0, 2, 5], "offset_ms": [4, 6, 8]})
    bars, rows = timelines_lanes._bars(events, {"A": 0, "B": 1})
    assert [bar[4] for bar in bars] == [0, 1, 0]
    assert rows == 2


def test_the_legend_names_what_occurs(reader):
    """T2 has no gaze: one block of the codes that occur, then uncoded and merged time."""
    drawn = shown(reader, "T2")
    blocks = timelines_lanes.legend(drawn, timelines_lanes.lanes(drawn))
    assert [block["title"] for block in blocks] == ["Facial expression", "Also"]
    assert [entry["label"] for entry in blocks[0]["entries"]] == list(FACE.values())
    assert [entry["look"] for entry in blocks[0]["entries"]] == ["code", "code", "unseen", "code"]


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((INFANT, CAREGIVER), "Both negative"),
        ((INFANT, Strand("caregiver1", "face", "Positive")), "Infant Negative with Caregiver Positive"),
        ((INFANT, Strand("infant", "gaze", "Negative")), "Infant Negative with Infant Negative"),
        ((CAREGIVER, CAREGIVER), "Caregiver Negative"),
    ],
)
def test_the_name_of_a_pair(pair, expected):
    assert timelines_choices.pair_label(*pair) == expected


@pytest.mark.parametrize(("kind", "subjects"), [("play", [CAREGIVER.subject]), (None, BOTH), ("other", BOTH)])
def test_streams_are_those_of_the_chosen_kind_of_recording(monkeypatch, kind, subjects):
    """Where nothing of a kind was coded, all of the study is offered."""
    found = pd.DataFrame(
        {"scheme": "s", "behaviour_group": "g", "subject": [*BOTH, "caregiver1"], "protocol": ["home", "home", "play"]}
    )
    monkeypatch.setattr(store_timelines, "_streams", lambda key: found)
    monkeypatch.setattr(store_timelines.store, "key", lambda: None)
    monkeypatch.setattr(store_timelines.store, "selection", lambda: Selection(protocol=kind))
    assert store_timelines.streams()["subject"].tolist() == subjects


def test_programs_that_code_are_called_by_their_own_name():
    names = [coder(name) for name in ("openface", "model:blendshape", "anna")]
    assert names == ["OpenFace", "Dyadscope's own face model", "anna"]


def test_a_pair_is_made_of_states(monkeypatch):
    """A point takes no time: of a pair with it the page would say 'never'."""
    both = {"scheme": ["s", "s"], "behaviour_group": ["hands", "hands"]}
    codes = pd.DataFrame({**both, "code": ["Wave", "Clap"], "kind": ["state", "point"], "subjects": "infant"})
    streams = pd.DataFrame({"scheme": ["s"], "behaviour_group": ["hands"], "subject": ["infant"]})
    groups = pd.DataFrame({"scheme": ["s"], "behaviour_group": ["hands"], "title": ["Hands"]})
    monkeypatch.setattr(timelines_choices.store, "codes", lambda: codes)
    monkeypatch.setattr(timelines_choices.store, "groups", lambda: groups)
    monkeypatch.setattr(timelines_choices.store_timelines, "streams", lambda: streams)
    assert list(timelines_choices.strands()) == ["Infant: Wave (Hands)"]


PAIR_SQL = """
SELECT a.observation_id, sum(least(a.offset_ms, b.offset_ms) - greatest(a.onset_ms, b.onset_ms))::BIGINT
FROM event a JOIN event b USING (observation_id, coder_id)
WHERE a.coder_id = 'anna' AND a.subject = 'infant' AND b.subject = 'caregiver1' AND a.code = 'Negative'
  AND b.code = 'Negative' AND a.onset_ms < b.offset_ms AND b.onset_ms < a.offset_ms
GROUP BY ALL"""


def test_time_together_in_all_observations(reader, study):
    """T1 and T2 4 s each, T3 never; T4 and T5 are not known: the caregiver was not coded. SQL agrees."""
    everywhere = together_everywhere(reader, (INFANT, CAREGIVER))
    assert everywhere.to_dict() == {"T1": 4000, "T2": 4000, "T3": 0}
    with duckdb.connect(str(connect.current(study).file), read_only=True, config=connect.READER_CONFIG) as again:
        assert dict(again.execute(PAIR_SQL).fetchall()) == {"T1": 4000, "T2": 4000}
    alone = together_everywhere(reader, (INFANT, INFANT))
    assert alone["T4"] == 6000, "a strand with itself: its own duration"


# ---- all observations -----------------------------------------------------------------------------------------------


CELLS_SQL = """
SELECT s.s, (SELECT arg_max(code, ms) FROM (
    SELECT code, sum(least(offset_ms, 1000 * (s.s + 1)) - greatest(onset_ms, 1000 * s.s)) AS ms FROM event
    WHERE observation_id = $one AND coder_id = 'anna' AND subject = 'infant' AND behaviour_group = 'face'
      AND onset_ms < 1000 * (s.s + 1) AND offset_ms > 1000 * s.s GROUP BY code))
FROM range(12) s(s)"""


def test_cells_are_the_drawn_seconds(reader, study):
    """A picture of one character per second comes back character by character; uncoded seconds have no row."""
    cells = queries.timeline_cells(reader, ["T1", "T2", "T4"], "infant", "face", 1000)
    letters = {code: letter for letter, code in FACE.items()}
    for observation, picture in (("T1", "NNNPPPPNNNPP"), ("T2", "NNNNhhhhNN.."), ("T4", "NNNNNN......")):
        mine = cells[cells["observation_id"] == observation].set_index("cell")["code"]
        assert "".join(letters[mine[i]] if i in mine.index else "." for i in range(12)) == picture
    with duckdb.connect(str(connect.current(study).file), read_only=True, config=connect.READER_CONFIG) as again:
        second = dict(again.execute(CELLS_SQL, {"one": "T1"}).fetchall())
    assert second == cells[cells["observation_id"] == "T1"].set_index("cell")["code"].to_dict()


def test_a_cell_has_the_code_that_fills_most_of_it(tmp_path):
    """
    cell 0: A 0.4 s, B 0.5 s, uncoded 0.1 s -> B      cell 1: A 0.4 s, uncoded 0.6 s -> nothing
    cell 2: A 0.5 s, B 0.5 s -> A (first in the scheme); the session ends at 2.5 s: cell 2 holds 0.25 s of each
    """
    rows = [("A", 0, 400), ("B", 400, 900), ("A", 1000, 1400), ("B", 2000, 2250), ("A", 2250, 9000)]
    tables = timeline_study.tables(None)
    tables["event"] = pd.DataFrame(rows, columns=["code", "onset_ms", "offset_ms"]).assign(
        observation_id="T4", coder_id="anna", subject="infant", behaviour_group="face", modifier="", kind="state",
        repaired="", source_id=1, start_line=2,
    )  # fmt: skip
    tables["code"] = tables["code"].head(2).assign(code=["A", "B"])
    tables["observation"] = tables["observation"].assign(end_ms=2500)
    home = studies.publish(tmp_path, tables)
    cursor = connect.open_reader(connect.current(home).file).cursor()
    cells = queries.timeline_cells(cursor, ["T4"], "infant", "face", 1000)
    assert list(zip(cells["cell"], cells["code"], strict=True)) == [(0, "B"), (2, "A")]


def test_order_grid_and_mean_picture():
    """Two bands; within each most of code N first. Three rows, two go on for 3 s, one for 2 s."""
    observations = pd.DataFrame(
        {"observation_id": ["a", "b", "c"], "role": ["mother", "father", "mother"], "length_ms": [3000, 3000, 2000]}
    )
    cells = pd.DataFrame(
        [("a", 0, "P"), ("a", 1, "N"), ("a", 2, "P"), ("b", 0, "N"), ("b", 2, "P"), ("c", 0, "N"), ("c", 1, "N")],
        columns=["observation_id", "cell", "code"],
    )
    frame = timelines_grid.ordered(observations, cells, timelines_grid.Order("Caregiver", "role"), "N")
    assert frame["observation_id"].tolist() == ["b", "c", "a"]
    assert timelines_grid.bands(frame) == [("Father", 1), ("Mother", 2)]
    picture = timelines_grid.grid(frame, cells, ["N", "P"], 1000)
    assert picture.tolist() == [[0, -1, 1], [0, 0, -1], [1, 0, 1]]
    mean = timelines_grid.mean_picture(observations, cells, ["N", "P"], 1000)
    assert mean["N"].tolist() == [pytest.approx(2 / 3), pytest.approx(2 / 3), 0]
    assert mean["P"].tolist() == [pytest.approx(1 / 3), 0, 1]
    assert mean["going_on"].tolist() == [3, 3, 2]


def test_the_picture_keeps_labels_as_text():
    """A label that looks like markup is text in the figure."""
    codes = pd.DataFrame({"code": [HOSTILE], "colour": ["#112233"], "unobservable": [False]})
    shares = pd.DataFrame({HOSTILE: [1.0], "going_on": [1]})
    figure = many_timelines(np.array([[0]]), ["a"], [(HOSTILE, 1)], shares, codes, 1000)
    assert "<img" not in figure.to_json()


# ---- the page -------------------------------------------------------------------------------------------------------


def test_one_observation(monkeypatch, study):
    """The finding in one sentence, both denominators, rings around the two lanes, three videos with their offsets."""
    told = content(page(monkeypatch, study))
    assert told["headline"] == "Both negative: 4.0 s of 12 s, in 2 bouts"
    assert told["detail"].startswith("33.3 % of the session, 40.0 % of the time in which both could be seen.")
    assert told["pair"] == {"label": "Both negative", "lanes": [0, 2], "bouts": [[1000, 3000], [8000, 10_000]]}
    assert [(view["title"], view["offset"]) for view in told["views"]] == [
        ("Infant camera", 0), ("Parent camera", 1500), ("Room camera", -2000),
    ]  # fmt: skip
    assert all(view["url"].startswith("/film/") and "T1" not in view["url"] for view in told["views"])


def test_next_and_previous_and_the_table(monkeypatch, study):
    app = page(monkeypatch, study)
    following = next(button for button in app.button if button.label == "Next")
    app = following.click().run()
    assert content(app)["title"].startswith("T2")
    assert content(app)["views"] == []
    events = app.dataframe[0].value
    assert len(events) == 3 + 5 and events["Code"].tolist().count(HOSTILE) == 1
    app = next(button for button in app.button if button.label == "Previous").click().run()
    assert content(app)["title"].startswith("T1")


def test_coder_switch(monkeypatch, study):
    app = page(monkeypatch, study, timeline_observation="T2")
    assert len(content(app)["lanes"]) == 3
    app.selectbox(key="timeline_coder").select("Compare anna and ben").run()
    assert not app.exception
    assert [lane["kind"] for lane in content(app)["lanes"]] == ["codes", "codes", "differ"] * 2 + ["together"]
    app.selectbox(key="timeline_coder").select("ben alone").run()
    assert "Coded by ben; also coded by anna." in content(app)["detail"]


def test_another_pair(monkeypatch, study):
    app = page(monkeypatch, study)
    app.selectbox(key="pair2").select("Caregiver: Look at infant (Visual attention)").run()
    assert content(app)["headline"] == "Infant Negative with Caregiver Look at infant: 5.0 s of 12 s, in 2 bouts"


def test_missing_and_unknown_videos_are_told(monkeypatch, study):
    gone, broken = content(page(monkeypatch, study, timeline_observation="T3"))["views"]
    assert gone["url"] == "" and gone["note"].startswith("The video gone.webm is not where the study says.")
    assert broken["url"] and broken["unplayable"].startswith("This browser cannot play broken.mp4.")


def test_never_and_not_known(monkeypatch, study):
    assert content(page(monkeypatch, study, timeline_observation="T3"))["headline"] == "Both negative: never in 12 s"
    told = content(page(monkeypatch, study, timeline_observation="T4"))
    assert told["headline"] == "Both negative: not known, because one of the two was not coded in this observation"
    assert told["pair"] is None


def test_all_observations(monkeypatch, study):
    app = page(monkeypatch, study, view="All observations")
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    assert [trace["type"] for trace in figure["data"]].count("heatmap") == 1
    assert "<img" not in json.dumps(figure)
    twin = app.dataframe[0].value
    assert len(twin) == 12 and twin["Observations"].tolist() == [5] * 12
    assert twin.loc[0, "Negative"] == pytest.approx(80.0)
    order = app.dataframe[1].value
    assert order["Observation"].tolist()[-1] == "T3"


def test_many_observations_are_turned_over_page_by_page(monkeypatch, study):
    monkeypatch.setattr(timelines_all, "ROWS", 2)
    app = page(monkeypatch, study, view="All observations")
    assert app.dataframe[1].value["Observation"].tolist() == ["T4", "T5"]
    assert app.dataframe[0].value["Observations"].tolist() == [5] * 12, "the mean picture is of all of them"
    app.session_state["page"] = 3
    app.run()
    assert app.dataframe[1].value["Observation"].tolist() == ["T3"]


def test_one_person_was_never_coded(monkeypatch, study):
    """The link leaves T4 and T5 (the father's), in which the caregiver was not coded."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(study))
    app = AppTest.from_file(ROUTER, default_timeout=30)
    for name, value in {"view": "All observations", "role": "Father", "who": "Caregiver"}.items():
        app.query_params[name] = value
    app.run()
    app.switch_page("timelines.py").run()
    assert not app.exception and not app.get("plotly_chart")
    assert "This was not coded in any of the selected observations." in app.info[0].value


def test_the_order_of_previous_and_next(monkeypatch, study):
    app = page(monkeypatch, study, order="With videos first")
    next(button for button in app.button if button.label == "Next").click().run()
    assert content(app)["title"].startswith("T3")


def test_a_study_without_negative(monkeypatch, hand_study):
    """The pair starts with the first code of each when the study has no code Negative."""
    assert content(page(monkeypatch, hand_study))["pair"]["label"] == "Both positive"


def test_the_mean_picture_and_its_words_do_not_rest_on_a_few_long_recordings():
    """Six recordings, one of them longer: the picture ends with the five; a tiny share is '<1 %', never '0 %'."""
    length = [2000] * 5 + [4000]
    observations = pd.DataFrame({"observation_id": list("abcdef"), "length_ms": length})
    shares = timelines_grid.mean_picture(observations, pd.DataFrame({"cell": [0], "code": ["N"]}), ["N"], 1000)
    assert shares["going_on"].tolist() == [6, 6, 1, 1] and timelines_all.enough(shares) == 5
    assert timelines_all.enough(shares.assign(going_on=2)) == 2, "a selection of two is drawn all the same"
    assert [percent(share) for share in (0, 0.001, 0.005, 0.386)] == ["0 %", "<1 %", "<1 %", "39 %"]


@pytest.mark.parametrize(
    ("position", "length", "first", "last"),
    [(0, 3, 0, 3), (0, 2000, 0, 500), (900, 2000, 650, 1150), (1999, 2000, 1500, 2000)],
)
def test_the_list_of_observations_is_a_window_around_the_one_shown(position, length, first, last):
    near = range(length)[stepper.window(position, length)]
    assert (near.start, near.stop) == (first, last) and position in near


def test_next_walks_past_the_end_of_the_list(monkeypatch, study):
    """With a list of two, previous and next still reach every observation, and the list says that it is not all."""
    monkeypatch.setattr(stepper, "LISTED", 2)
    app = page(monkeypatch, study)
    seen = [app.session_state[timelines_choices.OBSERVATION]]
    while not (forward := next(one for one in app.button if one.label == "Next")).disabled:
        app = forward.click().run()
        seen.append(app.session_state[timelines_choices.OBSERVATION])
    chooser = next(one for one in app.selectbox if one.label.startswith("Observation ("))
    assert len(seen) == len(set(seen)) > 2 and len(chooser.options) == 2
    assert chooser.label.endswith(", 2 listed)") and "choose its family" in chooser.help
