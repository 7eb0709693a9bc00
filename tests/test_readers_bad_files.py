"""Every bad file earns its sentence, word for word, and loses no row."""

import re
from pathlib import Path

import pytest

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile
from pipeline.readers.registry import read_coded
from tests.bad_files.every import CASES, ROWS, WHOLE


def read(case, folder: Path):
    path = folder / case.file
    for name, content in case.parts.items():
        (folder / name).write_bytes(content)
    scratch = folder / "scratch"
    scratch.mkdir()
    return read_coded(path, Coded(files=(case.file,), format=case.format, **case.entry), scratch)


def same(sentence: str, expected: str) -> bool:
    return re.fullmatch(re.escape(expected).replace(re.escape("{digits}"), r"\d\d"), sentence) is not None


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_a_file_is_refused_with_its_sentence(case, tmp_path):
    with pytest.raises(UnreadableFile) as refusal:
        reading = read(case, tmp_path)
        list(reading.chunks())
    assert same(str(refusal.value), case.refused), str(refusal.value)
    assert refusal.value.file == case.file


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_issues_are_noted_and_no_row_is_lost(case, tmp_path):
    reading = read(case, tmp_path)
    rows = [row for chunk in reading.chunks() for row in chunk]
    notes = [*reading.notes, *reading.found]
    assert tuple((note.line, note.kind, note.detail) for note in notes) == case.noted
    assert all(note.action.endswith(".") and note.detail.endswith(".") for note in notes)
    assert len(rows) == case.rows
    assert all(len(cells) == reading.width for _, cells in rows)
    lines = [line for line, _ in rows]
    assert lines == sorted(lines)
    assert {note.line for note in notes if note.rejects_row} <= set(lines)


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_a_second_walk_gives_the_same(case, tmp_path):
    reading = read(case, tmp_path)
    first, notes = list(reading.chunks()), list(reading.found)
    assert list(reading.chunks()) == first
    assert reading.found == notes


def test_no_sentence_names_a_folder_and_names_are_unique(tmp_path):
    assert len({case.name for case in CASES}) == len(CASES)
    for case in WHOLE:
        assert "/tmp" not in case.refused
        assert case.refused.startswith(case.file)
