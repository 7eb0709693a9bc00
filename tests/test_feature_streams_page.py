"""Feature streams on the data page: what there is, of whom, how long, and which numbers mean nothing."""

import pytest

from db import connect, queries_streams
from pipeline.features.choices import LogMelChoices
from tests.feature_streams import extracted, numbers, study, view
from tests.opening import opened_page


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two recordings: movement of the infant in both, sound of one session, and pictures from random weights."""
    folder = tmp_path_factory.mktemp("streams page")
    one = study(folder, O1=8, O2=8)
    for place, name in enumerate(("O1", "O2")):
        extracted(folder / "streams", name, numbers(200, 3, place), choices=view("infant"))
    extracted(folder / "streams", "O1", numbers(200, 5), stream="log_mel", choices=LogMelChoices())
    extracted(folder / "streams", "O1", numbers(200, 4), stream="dinov2", about={"random_weights": "true"})
    one.run()
    return folder / "home"


def test_streams_are_added_up_as_a_look_at_each_says(home):
    cursor = connect.open_reader(connect.current(home).file).cursor()
    frame, each = queries_streams.data_streams(cursor), queries_streams.feature_streams(cursor)
    assert frame[["stream", "subject", "dim", "observations", "frames", "seconds"]].to_numpy().tolist() == [
        ["dinov2", "", 4, 1, 200, 8.0], ["log_mel", "", 5, 1, 200, 8.0], ["motion_grid", "infant", 3, 2, 400, 16.0],
    ]  # fmt: skip
    assert frame["frames"].sum() == each["frames"].sum() == 800
    assert queries_streams.feature_streams(cursor, ["O2"])["stream"].tolist() == ["motion_grid"]


def test_the_page_says_what_each_stream_describes_and_which_means_nothing(home, monkeypatch):
    app = opened_page("data", home, monkeypatch, {"data_panel": "Feature streams"})
    shown = app.table[0].value.set_index("What it describes")
    assert shown.loc["**Movement in cells of the picture**, infant (motion\\_grid)"].tolist() == [
        "2 recordings, 0.3 min, 400 frames", "3 per frame, 25 frames per second", "yes",
    ]  # fmt: skip
    wild = shown.loc["**What the picture shows (DINOv2)**, whole session (dinov2)"].tolist()
    assert wild[1:] == ["4 per frame, 25 frames per second", "no: random weights"]
    [warning] = app.warning
    assert warning.value.startswith("**dinov2**: made by a network with random weights") and "log" not in warning.value
    rows = app.dataframe[0].value
    assert rows["Recording"].tolist() == ["O1", "O1", "O1", "O2"] and rows["File"].str.startswith("streams/").all()


def test_a_study_without_streams_says_how_to_get_some(hand_study, monkeypatch):
    app = opened_page("data", hand_study, monkeypatch, {"data_panel": "Feature streams"})
    assert "This study has no feature streams." in app.info[0].value and "[[streams]]" in app.info[0].value
