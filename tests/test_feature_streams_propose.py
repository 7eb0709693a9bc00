"""Drafted manifests for feature streams: they name what the files are, and can be imported as they are."""

import tomllib
from pathlib import Path

import pytest

from pipeline.errors import UnreadableFile
from pipeline.features.stream_table import sums_file
from pipeline.readers.propose import draft, propose
from pipeline.steps.import_study import import_study
from tests.feature_streams import extracted, hdf5, nova, numbers, table, view
from tests.tiny import Imported


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """Streams of three programs, with the files that belong to some of them."""
    monkeypatch.chdir(tmp_path)
    sums_file(extracted(tmp_path, "P1", stream="dinov2")).write_bytes(b"sums")
    extracted(tmp_path, "P1", choices=view("infant"))
    extracted(tmp_path, "P2", choices=view("left"))
    nova(tmp_path / "P3", "caretaker.dino.stream")
    hdf5(tmp_path, "P4")
    return tmp_path


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_each_kind_of_file_gets_its_entry_and_what_belongs_to_one_gets_none(folder):
    entries = tomllib.loads(propose(files(folder)))["streams"]
    key = "0123456789abcdef.parquet"
    assert [(entry["format"], entry["files"], entry.get("subject")) for entry in entries] == [
        ("extracted", [f"P1.dinov2.{key}", f"P1.motion_grid-infant.{key}"], None),
        ("extracted", [f"P2.motion_grid-left.{key}"], "infant"),
        ("nova_stream", ["P3/caretaker.dino.stream"], None),
        ("hdf5", ["P4_w2v_dino_labels_data.hdf5"], None),
    ]
    text = propose(files(folder))
    assert 'subject = "infant"  # GUESS: whom these describe' in text and "fps = 25  # GUESS" in text
    assert "# They describe: the session, infant; subject = '...' says otherwise" in text
    assert "left out" not in text and "sums" not in text
    assert draft(files(folder)).scheme == ""


def test_the_draft_is_a_study_that_can_be_imported(folder, tmp_path_factory):
    (folder / "STUDY.toml").write_text(propose(files(folder)), encoding="utf-8")
    home = tmp_path_factory.mktemp("home")
    found = Imported(import_study(folder / "STUDY.toml", home, report=lambda line: None), [])
    assert [row[:3] for row in table(found)] == [
        ("P1", "dinov2", ""), ("P1", "motion_grid", "infant"), ("P2", "motion_grid", "infant"),
        ("P3", "dino", "caregiver1"), ("P4", "dino_v2_embeddings", "caregiver1"),
        ("P4", "dino_v2_embeddings", "infant"), ("P4", "w2v_bert_2_embeddings", ""),
    ]  # fmt: skip


def test_a_stream_that_cannot_be_read_says_why_and_does_not_stop_the_others(folder):
    path = nova(folder / "P5", "infant.dino.stream", numbers(10))
    path.with_name(path.name + "~").unlink()
    assert "P5" not in str(tomllib.loads(propose(files(folder)))["streams"])
    with pytest.raises(UnreadableFile, match=r"infant\.dino\.stream: its data file infant\.dino\.stream~ is missing"):
        propose([path])
