"""Annotating with a trained model: who is asked and how, files to correct, the way back, and what is refused."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from db.connect import current
from pipeline.__main__ import main
from pipeline.errors import StudyError
from pipeline.features.choices import Dinov2Choices, MotionGridChoices
from pipeline.features.stream_table import read_stream
from pipeline.features.video import length_s
from pipeline.features.weights import Weights
from pipeline.measures.phase_sessions import Session
from pipeline.models.phases import predict
from pipeline.steps import annotate_video
from tests import model_files
from tests.annotated import GRID, SOUND, features, keep_model, study, taught, used
from tests.feature_clips import tone, write_clip
from tests.model_files import ID
from tests.test_model_coder import ask
from tests.tiny import Tiny

CODER = f"model:{ID}"
REAL = Path(__file__).parents[1].parent / "shared" / "data" / "face_video" / "one_face_20s.mp4"
FOLDS = "O1 Neutral 0 4960 0.7\nO1 Smile 4960 8000 0.8"


@pytest.fixture(scope="module")
def fitted():
    """A network taught once."""
    return taught()


@pytest.fixture(scope="module")
def imported(tmp_path_factory, fitted) -> Path:
    """The study of `annotated.study`, imported, with a model."""
    folder = tmp_path_factory.mktemp("annotated")
    study(folder).run()
    keep_model(folder / "home", fitted, FOLDS)
    return folder


@pytest.fixture
def one(imported, tmp_path, monkeypatch) -> Tiny:
    """A study of one's own with a model; DYADSCOPE_HOME is its folder, and we stand in an empty one."""
    shutil.copytree(imported / "home", tmp_path / "home")
    (tmp_path / "here").mkdir()
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path / "here")
    return study(tmp_path)


def films(folder: Path, seconds: int = 9, sound: bool = False) -> Path:
    """A film of noise that moves."""
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(2).normal(0, 1, (48, 64)).cumsum(axis=0).cumsum(axis=1)
    picture = np.interp(noise, (noise.min(), noise.max()), (0, 255)).astype(np.uint8)
    pictures = [np.roll(picture, k * (k // 50) // 4, axis=1) for k in range(25 * seconds)]
    return write_clip(folder / "four.mkv", pictures, sound=tone(seconds) if sound else None)


def rows(home: Path, observation: str) -> list[tuple]:
    """The model's events of a recording."""
    return ask(
        home,
        f"SELECT code, onset_ms, offset_ms FROM event WHERE coder_id = '{CODER}' AND observation_id = '{observation}'"
        " ORDER BY onset_ms",
    )


def test_a_session_that_nobody_coded_is_predicted_by_the_final_network(one, fitted, capsys):
    """Second road: the network asked by hand, frame by frame. The ten frames without features are a gap."""
    home = one.folder / "home"
    assert main(["annotate", "O2", "--model", ID]) == 0
    said = capsys.readouterr().out
    assert f"O2 was coded by nobody: the final network of model {ID} predicts it." in said
    values = read_stream(next((one.folder / "streams").glob("O2.*"))).values.astype(np.float32)
    present = np.ones(200, dtype=bool)
    present[60:70] = False
    values[~present] = np.nan
    answers = predict(fitted, Session("O2", "", np.full(200, -1), present), values)
    told = np.full(200, -1)
    told[answers.frames] = answers.probabilities.argmax(axis=1)
    assert set(answers.frames) == set(np.flatnonzero(present)), "windows tile the whole session"
    kept = np.full(200, -1)
    for code, onset, offset in rows(home, "O2"):
        kept[onset // 40 : offset // 40] = ("Neutral", "Smile").index(code)
    np.testing.assert_array_equal(kept, told)
    right = (told == np.repeat([0, 1, 0, 1], 50))[present].mean()
    assert right > 0.9, "so the classes are not mixed up"
    table = pd.read_csv("annotations/O2.model_3fa9c1d2.csv")
    assert list(table.columns[:5]) == ["observation_id", "coder", "subject", "behaviour_group", "code"]
    assert len(table) == len(rows(home, "O2")) and table["confidence"].between(0.5, 1).all()
    assert len(ask(home, "SELECT * FROM confidence WHERE observation_id = 'O2'")) == len(table)
    assert Path("annotations/O2/infant.face.model_3fa9c1d2.annotation~").is_file()


def test_a_session_that_a_person_coded_is_given_its_out_of_fold_predictions(one, capsys):
    home = one.folder / "home"
    assert main(["annotate", "O1", "--model", CODER, "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert "O1 was coded by a person: these are the predictions of networks that were taught without its family" in said
    assert rows(home, "O1") == [("Neutral", 0, 4960), ("Smile", 4960, 8000)]
    assert not (home / "phase_models" / ID / "annotations").exists()
    lines = Path("out/O1/infant.face.model_3fa9c1d2.annotation~").read_text().splitlines()
    assert lines == ["0.000;4.960;1;0.7", "4.960;8.000;0;0.8"], "ids are places in the scheme: Smile, Neutral, ..."


def test_a_corrected_file_comes_back_as_a_coder(one):
    """The whole circle: predicted, corrected by a person in NOVA, imported as hers, compared with the model."""
    home = one.folder / "home"
    main(["annotate", "O2", "--model", ID])
    written = Path("annotations/O2")
    data = next(written.glob("*.annotation~"))
    before = data.read_text().splitlines()
    first = before[0].split(";")
    data.write_text("\n".join([";".join([*first[:2], "2", "1"]), *before[1:]]) + "\n")
    shutil.copytree(written, one.folder / "coded" / "O2")
    one.coded += '\n[[coded]]\nfiles = ["*/*.annotation"]\nformat = "nova"\ncoder = "berta"\n'
    proposed = rows(home, "O2")
    done = one.run()
    assert done.issues("predicted_and_coded") == []
    hers = ask(home, "SELECT code, onset_ms, offset_ms FROM event WHERE coder_id = 'berta' ORDER BY onset_ms")
    model = rows(home, "O2")
    assert model == proposed and len(model) > 1, "an import loses nothing of the model"
    assert hers == [("Cry", *model[0][1:]), *model[1:]], "to the millisecond, but for what she corrected"
    assert ask(home, "SELECT coder_id FROM coding WHERE is_primary AND observation_id = 'O2'") == [("berta",)]
    later = main(["annotate", "O2", "--model", ID, "--out", "again"])
    assert later == 1, "she coded it, and the model was not taught without her: no honest prediction exists"


def test_exported_predictions_are_those_of_the_study(one):
    """Every writer takes a model as coder; long CSV read again gives its events."""
    home = one.folder / "home"
    main(["annotate", "O2", "--model", ID])
    for name in ("long_csv", "boris", "nova"):
        assert main(["export", name, "--coder", CODER, "--out", name]) == 0
    read = pd.read_csv(next(Path("long_csv").glob("*.csv")), encoding="utf-8-sig")
    assert len(read) == len(rows(home, "O1")) + len(rows(home, "O2"))
    assert Path(f"nova/O2/infant.face.model_{ID}.annotation").is_file()


def test_a_video_of_an_observation_is_extracted_as_the_card_says_and_published(imported, one, fitted, capsys):
    """The film begins 2 s before the recording: what is predicted at 3 s of the film is at 1 s of the recording."""
    home, film = one.folder / "home", films(imported / "films")
    assert main(["annotate", str(film), "--model", ID]) == 0
    assert "four.mkv: motion_grid: 64 numbers" in capsys.readouterr().out
    assert (film.parent / "O4" / f"infant.face.model_{ID}.annotation").is_file()
    found = rows(home, "O4")
    file = next((home / "features" / "extracted").glob("four.motion_grid.*"))
    made, measured = read_stream(file), pq.read_table(file)["measured"].to_numpy()[50:200]
    assert made.values.shape == (225, 64)
    values = made.values[50:200].astype(np.float32)
    answers = predict(
        fitted, Session("O4", "", np.full(150, -1), measured), np.where(measured[:, None], values, np.nan)
    )
    told, kept = np.full((2, 150), -1)
    told[answers.frames] = answers.probabilities.argmax(axis=1)
    for code, onset, offset in found:
        kept[onset // 40 : offset // 40] = ("Neutral", "Smile").index(code)
    np.testing.assert_array_equal(kept, told)
    assert measured.mean() > 0.9 and found[-1][2] == 6000
    again = one.run()
    assert again.ask(f"SELECT count(*) FROM event WHERE coder_id = '{CODER}' AND observation_id = 'O4'") == [
        (len(found),)
    ]


def test_a_video_of_no_observation_leaves_files_only(one, capsys):
    film = films(one.folder / "elsewhere", 3).rename(one.folder / "elsewhere" / "new.mkv")
    number = current(one.folder / "home").number
    assert main(["annotate", str(film), "--model", ID, "--out", "out"]) == 0
    assert "belongs to no observation of the study" in capsys.readouterr().out
    assert Path(f"out/new/infant.face.model_{ID}.annotation").is_file()
    assert len(pd.read_csv(f"out/new.model_{ID}.csv")) > 0
    assert ask(one.folder / "home", "SELECT count(*) FROM event WHERE observation_id = 'new'") == [(0,)]
    assert current(one.folder / "home").number == number + 1, "the out-of-fold predictions of the model"


def test_nothing_is_written_over(one, capsys):
    assert main(["annotate", "O2", "--model", ID]) == 0
    assert main(["annotate", "O2", "--model", ID]) == 1
    assert "is in that folder already, and a person may have corrected it." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "target", "said"),
    [
        ({}, "nowhere", "'nowhere' is no observation of this study and no video file. Nothing was annotated."),
        ({}, "O3", "O3: the study has no stream motion_grid of this recording. Give its video instead of its name,"),
        (
            {"streams": (used(dim=128),)},
            "O2",
            "O2: the stream motion_grid has 64 numbers per frame; model 3fa9c1d2 was ",
        ),
        (
            {"streams": (used(choices=MotionGridChoices(cells=4, long_side=160)),)},
            "O2",
            "O2: the stream motion_grid was extracted with another choice (long_side: 320, not 160) than those of",
        ),
        ({"streams": (used(fps=30.0),)}, "O2", "O2: the stream motion_grid has 25 frames per second; model 3fa9c1d2 "),
        ({"streams": (used(random_weights=True),)}, "O2", "Model 3fa9c1d2 was trained on streams of random weights: "),
        ({"streams": (used(), SOUND)}, "film", "four.mkv: the video has no sound track, and model 3fa9c1d2 needs the "),
        (
            {"streams": (used("dino", choices=GRID),)},
            "film",
            "dino: this stream of the model was imported from another",
        ),
    ],
)
def test_who_cannot_be_annotated_is_told_in_one_sentence(one, fitted, capsys, changes, target, said):
    keep_model(one.folder / "home", fitted, FOLDS, **changes)
    film = films(one.folder / "films", 1) if target == "film" else ""
    number = current(one.folder / "home").number
    assert main(["annotate", str(film or target), "--model", ID]) == 1
    told = capsys.readouterr().err
    assert told.startswith(said) and told.count("\n") == 1, told
    assert current(one.folder / "home").number == number and not list(Path().rglob("*.annotation"))


def test_two_of_one_name_are_not_mixed(one, capsys):
    films(one.folder / "a", 1), films(one.folder / "b", 1)
    both = [str(one.folder / name / "four.mkv") for name in ("a", "b")]
    assert main(["annotate", *both, "--model", ID, "--out", "out"]) == 1
    assert capsys.readouterr().err.startswith("Two of them are called four, and their files would go to one folder.")


def test_other_weights_than_those_of_the_training_are_refused(tmp_path, monkeypatch):
    choices = Dinov2Choices(revision="aaaaaaaaaa", model="facebook/dinov2-small")
    card = model_files.card(streams=(used("dinov2", choices),))
    found = {"folder": tmp_path, "model": choices.model}
    monkeypatch.setattr(annotate_video, "find_weights", lambda *given, **more: Weights(**found, revision="bbbbbbbbbb"))
    with pytest.raises(
        StudyError, match=r"small bbbbbbbb\) are not those that .* with \(facebook/dinov2-small aaaaaaaa\)"
    ):
        annotate_video.task_of(tmp_path, card, card.streams[0], Path("a.mp4"))
    monkeypatch.setattr(annotate_video, "find_weights", lambda *given, **more: Weights(**found, revision="aaaaaaaaaa"))
    task = annotate_video.task_of(tmp_path, card, card.streams[0], Path("a.mp4"))
    assert task.choices == choices and task.model == tmp_path


@pytest.mark.parametrize(
    ("id", "said"),
    [
        ("00000009", "There is no trained model 00000009 in this study folder. Choose one of: 3fa9c1d2."),
        ("phases", "'phases' is not the name of a trained model"),
    ],
)
def test_an_unknown_model_is_named(one, capsys, id, said):
    assert main(["annotate", "O2", "--model", id]) == 1
    assert capsys.readouterr().err.startswith(said)


def test_random_weights_and_published_choices_never_enter_a_study(one, fitted, capsys):
    home = one.folder / "home"
    keep_model(home, fitted, FOLDS, streams=(used(random_weights=True),))
    assert main(["annotate", "O2", "--model", ID, "--allow-random-weights", "--out", "a"]) == 0
    keep_model(home, fitted, FOLDS, compat=("no_refit",))
    assert main(["annotate", "O2", "--model", ID, "--out", "b"]) == 0
    assert "its predictions do not enter the study" in capsys.readouterr().out
    one.run()
    assert rows(home, "O2") == [] and not (home / "phase_models" / ID / "annotations").exists()


def test_several_at_a_time_go_on_after_a_refusal(one, capsys):
    assert main(["annotate", "O1", "O3", "O2", "--model", ID]) == 0
    said = capsys.readouterr().out
    assert "1 of 3 could not be annotated" in said and "O3: the study has no stream" in said
    assert len(rows(one.folder / "home", "O2")) > 0


@pytest.mark.skipif(not REAL.exists(), reason="the recording of a real face is not on this computer")
def test_real_media_with_no_network(one, fitted, capsys, monkeypatch):
    """A real recording of 20 s: pictures to motion_grid, and to a NOVA annotation that the reader takes."""
    import socket

    monkeypatch.setattr(socket.socket, "connect", lambda *where: pytest.fail("no network"))
    assert main(["annotate", str(REAL), "--model", ID, "--out", "out"]) == 0
    table = pd.read_csv(f"out/one_face_20s.model_{ID}.csv")
    length = length_s(REAL)
    assert table["onset_s"].min() == 0.08, "the second picture is the first with a movement, and it comes after 40 ms"
    assert table["offset_s"].max() == pytest.approx(length, abs=0.1)
    assert (table["onset_s"].iloc[1:].to_numpy() >= table["offset_s"].iloc[:-1].to_numpy()).all()


def test_the_drawn_features_show_their_class():
    """The network could not learn from wrong numbers: the two halves of the numbers differ by class."""
    shown = features(np.array([0, 1]))
    assert shown[0, ::2].mean() > 0.5 > shown[0, 1::2].mean() and shown[1, 1::2].mean() > 0.5 > shown[1, ::2].mean()
    assert model_files.card().coder_id == CODER
