"""A trained model beside the people: on the timelines, in agreement and durations, and on the data page."""

import shutil

import pytest

from db import queries
from db.connect import current, open_reader
from pages.parts import agreement_words, timelines_lanes
from pages.parts.timelines_lanes import Shown
from pages.parts.words import coder, named_models
from pipeline.measures.agreement_method import Method
from pipeline.steps import agreement, timelines
from pipeline.steps.durations import level_rows
from pipeline.steps.model_coder import publish_models
from tests.model_files import write_annotation, write_model
from tests.opening import opened_page
from tests.test_model_coder import BOTH, CODER, silent, tiny

NAME = "model 3fa9c1d2 (engagement phases)"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The tiny study with a model, published: O1 and O2 have its predictions beside a person's, O3 its alone."""
    folder = tmp_path_factory.mktemp("pages")
    tiny(folder).run()
    write_model(folder / "home", BOTH)
    write_annotation(folder / "home", "O3 Smile 1000 31000 0.5")
    publish_models(folder / "home", silent)
    return folder / "home"


@pytest.fixture
def cursor(home):
    with open_reader(current(home).file) as connection:
        yield connection.cursor()


def test_coders_in_plain_words():
    assert coder(CODER) == NAME
    assert coder("model:blendshape") == "Dyadscope's own face model"
    assert coder("anna") == "anna" and coder("model:3fa9c1d2x") == "model:3fa9c1d2x"
    assert named_models(f"{CODER} is preferred in the manifest") == f"{NAME} is preferred in the manifest"


def test_a_lane_says_how_sure_the_model_is(cursor):
    recording = timelines.read_recording(cursor, "O1")
    shown = Shown(recording, queries.codes(cursor), (0, 10_000), ("anna", CODER), ("face",))
    hers, its, differ = timelines_lanes.lanes(shown)
    assert (hers["label"], its["label"], differ["label"]) == ("Face (anna)", f"Face ({NAME})", "They differ: 10 %")
    assert [bar[3] for bar in its["bars"]] == ["confidence 60 %", "confidence 90 %"]
    assert [bar[3] for bar in hers["bars"]] == ["", ""]


def test_kappa_of_a_person_and_the_model_by_hand(cursor):
    """O1: 4 s both Neutral, 5 s both Smile, 1 s Neutral against Smile: (.9 - .5) / (1 - .5) = .8."""
    found = agreement.measure(agreement.read_pairs(cursor), Method("weighted", 1, 1000, 1000, False, False)).pairs
    row = found[found["observation_id"] == "O1"].iloc[0]
    assert (row["first"], row["second"], row["comparison"]) == ("anna", CODER, "person and model")
    assert row["kappa"] == pytest.approx(0.8)


def test_agreement_says_that_a_model_names_classes(cursor):
    pairs = agreement.read_pairs(cursor).pairs
    assert agreement_words.basis(pairs, 3).endswith("the page Engagement compares classes with classes.")
    assert "classes" not in agreement_words.basis(pairs[pairs["first_kind"] == pairs["second_kind"]], 3)


def test_durations_stay_the_persons_until_she_chooses_the_model(home, cursor, tmp_path):
    def smiles(of) -> float:
        level = level_rows(of, "tiny", "face")
        mine = (level["observation_id"] == "O1") & (level["subject"] == "infant") & (level["code"] == "Smile")
        return float(level.loc[mine, "ms"].iloc[0])

    assert smiles(cursor) == 5000
    shutil.copytree(home, tmp_path / "home")
    study = tiny(tmp_path, f'\n[primary]\nprefer = ["{CODER}"]\n')
    with open_reader(study.run().outcome.generation.file) as connection:
        assert smiles(connection.cursor()) == 6000


def test_the_pages_show_a_recording_that_only_a_model_coded(home, monkeypatch, tmp_path):
    own = shutil.copytree(home, tmp_path / "home")
    page = opened_page("timelines", own, monkeypatch, {})
    for name in ("O3", "O1"):
        page.session_state["timeline_observation"] = name
        page.run()
        assert not page.exception, [one.message for one in page.exception]
    (choice,) = [box for box in page.selectbox if box.label == "Coder"]
    assert choice.options == ["Analysed coding", "anna alone", f"{NAME} alone", f"Compare anna and {NAME}"]
    data = opened_page("data", own, monkeypatch, {"data_panel": "Coders"})
    assert data.table[0].value["Coder"].tolist() == ["anna", NAME]
    files = opened_page("data", own, monkeypatch, {"data_panel": "Files"}).dataframe[0].value
    assert files.loc[files["File"] == "phase_models/3fa9c1d2", "Content"].tolist() == ["predictions of a model"]
