"""Folders of trained models: written whole, read back exactly, refused in one sentence when damaged."""

import os
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from pipeline.catalogue.phase_card import Card, StreamUsed
from pipeline.catalogue.phase_recipe import LINEAR
from pipeline.measures.pca import Components
from pipeline.models.phases import fit, predict
from pipeline.models.phases_lesson import lesson
from pipeline.steps import phase_models
from pipeline.steps.phase_models import Kept, ModelDamaged, ModelUnknown, card, cards, keep, read_model
from tests.phase_sessions import cohort

RECIPE = replace(LINEAR, hidden=(4,), epochs=1)
PREDICTIONS = pd.DataFrame(
    [["s1", "infant", "infant_engagement", "Ipos", 0, 1000, 0.8]], columns=list(phase_models.PREDICTED)
)
ANSWERS = pd.DataFrame({"observation_id": ["s1"], "frame": [0], "p_Ipos": np.float32([0.8])})


def a_card(id: str = "0a1b2c3d", **changes) -> Card:
    """A card as a training writes it."""
    given = {
        "id": id,
        "title": "Infant engagement from motion_grid",
        "role": "infant",
        "subject": "infant",
        "behaviour_group": "infant_engagement",
        "class_map": "infant4",
        "classes": ("Ineg", "Ipos"),
        "kind": "linear",
        "streams": (StreamUsed(stream="motion_grid", dim=2, fps=25),),
        "pca_scope": "as_imported",
        "recipe": RECIPE,
        "grid": (RECIPE,),
        "outer": 3,
        "inner": 2,
        "seed": 42,
        "study_id": "hand",
        "generation": 1,
        "generation_sha256": "ab",
        "sessions": 6,
        "families": 6,
        "metrics": {"accuracy": 0.5, "kappa": None},
        "scored_frames": 10,
        "seconds": 1.0,
        "version": "0.1.0",
        "created": "2026-01-02T03:04:05+00:00",
    }
    return Card(**(given | changes))


@pytest.fixture(scope="module")
def taught():
    """Six sessions, their features, and a network taught by them."""
    sessions, features = cohort(6, 60, 3, 0)
    fitted = fit(lesson(sessions, features.__getitem__, 3), RECIPE, (1,), 1)
    return sessions, features, fitted


def kept(fitted, components=None, **changes) -> Kept:
    return Kept(a_card(**changes), fitted, components, ANSWERS, PREDICTIONS)


def test_a_model_read_back_answers_the_same(tmp_path, taught):
    sessions, features, fitted = taught
    axes = Components(np.arange(3.0), np.eye(3)[:, :2], np.array([2.0, 1.0]))
    folder = keep(tmp_path, kept(fitted, {"dinov2": axes}))
    found, again, components = read_model(folder)
    assert found == a_card() and found.coder_id == "model:0a1b2c3d"
    one, name = sessions[0], sessions[0].name
    np.testing.assert_array_equal(
        predict(fitted, one, features[name]).probabilities, predict(again, one, features[name]).probabilities
    )
    assert again.epochs == fitted.epochs and (again.taught == fitted.taught).all()
    np.testing.assert_array_equal(components["dinov2"].axes, axes.axes)
    pd.testing.assert_frame_equal(phase_models.read_answers(folder), ANSWERS)
    pd.testing.assert_frame_equal(phase_models.read_predictions(folder), PREDICTIONS)


def test_there_is_no_pickle_in_it(tmp_path, taught):
    folder = keep(tmp_path, kept(taught[2]))
    assert sorted(path.name for path in folder.iterdir()) == [
        "answers.parquet",
        "card.json",
        "predictions.parquet",
        "weights.safetensors",
    ]
    assert not any(b"cnumpy" in path.read_bytes() or path.read_bytes()[:2] == b"\x80\x04" for path in folder.iterdir())


def test_a_write_that_fails_leaves_the_model_that_was_there(tmp_path, taught):
    folder = keep(tmp_path, kept(taught[2]))

    def full(partial):
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        keep(tmp_path, replace(kept(taught[2], title="another"), fill=full))
    assert card(tmp_path, "0a1b2c3d").title == a_card().title
    assert [path.name for path in folder.parent.iterdir()] == ["0a1b2c3d"]


def test_trained_again_its_annotations_stay(tmp_path, taught):
    folder = keep(tmp_path, kept(taught[2]))
    (folder / "annotations").mkdir()
    PREDICTIONS.to_parquet(folder / "annotations" / "s9.parquet")
    keep(tmp_path, kept(taught[2], title="again"))
    assert card(tmp_path, "0a1b2c3d").title == "again"
    assert (folder / "annotations" / "s9.parquet").is_file()
    assert [path.name for path in folder.parent.iterdir()] == ["0a1b2c3d"]


def test_killed_while_one_is_replaced_the_old_one_comes_back(tmp_path, taught, monkeypatch):
    folder = keep(tmp_path, kept(taught[2]))
    real, calls = os.replace, []

    def killed(one, other):
        calls.append(one)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(one, other)

    monkeypatch.setattr(phase_models.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        keep(tmp_path, kept(taught[2], title="again"))
    monkeypatch.undo()
    assert not folder.exists()
    phase_models.sweep(tmp_path)
    assert card(tmp_path, "0a1b2c3d").title == a_card().title


def test_newest_first_and_damaged_ones_left_out(tmp_path, taught):
    for id, created in (("aaaaaaaa", "2026-01-01"), ("bbbbbbbb", "2026-03-01"), ("cccccccc", "2026-02-01")):
        keep(tmp_path, kept(taught[2], id=id, created=created))
    assert [one.id for one in cards(tmp_path)] == ["bbbbbbbb", "cccccccc", "aaaaaaaa"]
    (tmp_path / "phase_models" / "cccccccc" / "card.json").write_text("{", encoding="utf-8")
    assert [one.id for one in cards(tmp_path)] == ["bbbbbbbb", "aaaaaaaa"]
    with pytest.raises(ModelDamaged, match="cccccccc/card.json: this file is missing or damaged"):
        card(tmp_path, "cccccccc")
    assert cards(tmp_path / "nowhere") == []


def test_unknown_names_are_refused_with_the_choices(tmp_path, taught):
    with pytest.raises(ModelUnknown, match="Train one with"):
        card(tmp_path, "aaaaaaaa")
    keep(tmp_path, kept(taught[2]))
    with pytest.raises(ModelUnknown, match="Choose one of: 0a1b2c3d"):
        card(tmp_path, "aaaaaaaa")
    for name in ("..", "../../etc", "AAAAAAAA", "unfinished"):
        with pytest.raises(ModelUnknown, match="eight digits"):
            card(tmp_path, name)


def test_torn_weights_are_one_sentence(tmp_path, taught):
    folder = keep(tmp_path, kept(taught[2]))
    whole = (folder / "weights.safetensors").read_bytes()
    for torn in (b"", whole[:7], whole[: len(whole) // 2], b"\xff" * 64):
        (folder / "weights.safetensors").write_bytes(torn)
        with pytest.raises(ModelDamaged, match="weights.safetensors: this file is missing or damaged"):
            read_model(folder)
    (folder / "answers.parquet").write_bytes(b"PAR1")
    with pytest.raises(ModelDamaged, match="answers.parquet"):
        phase_models.read_answers(folder)


def test_only_a_model_without_published_choices_and_random_weights_may_be_a_coder():
    random = StreamUsed(stream="dinov2", dim=2, fps=25, random_weights=True)
    assert a_card().may_be_coder
    assert not a_card(compat=("scaling_on_all",)).may_be_coder
    assert not a_card(streams=(random,)).may_be_coder
