"""Damaged files of every format: read or refused in words, in bounded time and memory; on import no row is lost."""

import gzip
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from pipeline.readers.registry import FORMATS
from tests.bad_files.case import packed
from tests.fuzzing import CPU_S, ENTRIES, SAMPLES, SPANS, case, fuzz, proposed, put, understood
from tests.reading_parts import read, rows
from tests.test_bad_files import GOOD, coded
from tests.test_publish import ROOT
from tests.tiny import Tiny, entry

SECONDS = float(os.environ.get("DYADSCOPE_FUZZ_S", "600"))
LARGEST_MB = 500
CASES_IN_THE_SUITE = 12


def test_every_format_has_sound_files_to_damage(tmp_path: Path) -> None:
    assert set(FORMATS) | {"observer_template", "openface"} == set(SAMPLES)
    for format, samples in SAMPLES.items():
        for name, content in samples.items():
            assert understood(format, put(tmp_path, name, content), tmp_path), (format, name)


@pytest.mark.parametrize("format", SAMPLES)
def test_a_few_damaged_files_are_read_or_refused_in_words(format: str) -> None:
    tally = fuzz(format, seed=1, cases=CASES_IN_THE_SUITE)
    assert tally.broke == [] and tally.cases == CASES_IN_THE_SUITE


def torn(archive: bytes, member: str) -> bytes:
    """The zip with bytes of one member's packed content turned round."""
    found = bytearray(archive)
    begin = archive.index(member.encode()) + len(member) + 20
    found[begin : begin + 8] = bytes(255 - byte for byte in found[begin : begin + 8])
    return bytes(found)


def altered(archive: bytes, member: str, old: bytes, new: bytes) -> bytes:
    """The zip with words of one member replaced."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    assert old in members[member]
    return packed(members | {member: members[member].replace(old, new)})()


def misnamed(archive: bytes) -> bytes:
    """The zip whose list of contents says that its first name is UTF-8, which it is not."""
    found, entry = bytearray(archive), archive.index(b"PK\x01\x02")
    found[entry + 9] |= 0x08
    found[entry + 46] = 0xD1
    return bytes(found)


BOOK, TEMPLATES = SAMPLES["boris_aggregated"]["a.xlsx"], SAMPLES["observer_template"]["a.otb"]
STRINGS, SHEETS, TYPES = "xl/sharedStrings.xml", "xl/workbook.xml", "[Content_Types].xml"
FOUND = {
    "a workbook with a torn stream": ("boris_aggregated", "a.xlsx", torn(BOOK, "xl/theme/theme1.xml")),
    "a workbook in an unknown encoding": ("boris_aggregated", "a.xlsx", altered(BOOK, STRINGS, b"UTF-8", b"UTF-88")),
    "a workbook that names none": ("boris_aggregated", "a.xlsx", altered(BOOK, TYPES, b"sheet.main", b"sheet.mean")),
    "a workbook of a sheet without a place": ("boris_aggregated", "a.xlsx", altered(BOOK, SHEETS, b"r:id=", b"r:ie=")),
    "a torn archive of a template": ("observer_template", "a.otb", torn(TEMPLATES, "a.otx")),
    "an archive with a name that is no text": ("datavyu", "a.opf", misnamed(SAMPLES["datavyu"]["a.opf"])),
}
"""Files that broke a reader once."""
ENDLESS, LENGTH = b"9" * 5000, b"60.0"
NUMBERS = {
    "a column with an endless number": ("boris_events", "a.csv", b"Modifier #1", b"Modifier #" + ENDLESS),
    "an endless clock": ("observer_event_log", "b.csv", b"17:41:48,", ENDLESS + b":41:48,"),
    "an endless fraction": ("observer_event_log", "b.csv", b"17:41:48,883", b"17:41:48," + ENDLESS),
    "a fraction that is no digit": ("observer_event_log", "b.csv", b"17:41:48,883", "17:41:48,\u00b2".encode()),
    "an endless clock of samples": ("observer_sampled", "b.csv", b"00:32:05", ENDLESS + b":32:05"),
    "a fraction beyond all bounds": ("observer_sampled", "b.csv", b"712.5", b"1e999999999"),
    "a length beyond all bounds": ("boris_project", "a.boris", LENGTH, b"1e999999999"),
}
"""Numbers that broke a reader once, or would have taken all memory: in place of others of a sound file."""


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_beyond_all_bounds_is_read_past(tmp_path: Path, name: str) -> None:
    format, file, old, new = NUMBERS[name]
    content = SAMPLES[format][file]
    assert old in content
    (tmp_path / file).write_bytes(content.replace(old, new, 1))
    assert understood(format, tmp_path / file, tmp_path)


@pytest.mark.parametrize("name", FOUND)
def test_what_broke_a_reader_once_is_refused_in_words(tmp_path: Path, name: str) -> None:
    format, file, content = FOUND[name]
    (tmp_path / file).write_bytes(content)
    assert not understood(format, tmp_path / file, tmp_path)
    proposed(tmp_path / file)


def test_a_very_long_cell_takes_its_row_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(SPANS + f"O1,infant,{'A' * 200_000},9,10\nO1,infant,Smile,10,11\n")
    assert understood("long_csv", tmp_path / "a.csv", tmp_path)
    reading = read(tmp_path / "a.csv", "long_csv", tmp_path, **ENTRIES["long_csv"])
    assert [line for line, _ in rows(reading)] == [2, 3, 4, 5, 6]
    assert {note.line for note in reading.found if note.rejects_row} == {5}


def test_a_project_whose_film_is_a_list_is_read_without_its_length(tmp_path: Path) -> None:
    project = SAMPLES["boris_project"]["a.boris"].replace(b'"x.mp4"\n', b'["x.mp4"]\n')
    assert project != SAMPLES["boris_project"]["a.boris"]
    (tmp_path / "a.boris").write_bytes(project)
    assert understood("boris_project", tmp_path / "a.boris", tmp_path)
    assert read(tmp_path / "a.boris", "boris_project", tmp_path).lengths_ms == {}


def test_a_packed_table_without_sense_is_refused_by_its_own_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((SPANS + "x,y\n" * 10_100).encode()))
    assert not understood("long_csv", tmp_path / "a.csv.gz", tmp_path)


def test_a_workbook_with_a_style_it_lacks_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    old, new = (f'<cellStyle name="Normal" xfId="{number}"'.encode() for number in (0, 9))
    (tmp_path / "a.xlsx").write_bytes(altered(BOOK, "xl/styles.xml", old, new))
    understood("boris_aggregated", tmp_path / "a.xlsx", tmp_path)
    assert capsys.readouterr().out == ""


@pytest.mark.soak
@pytest.mark.parametrize("format", SAMPLES)
def test_ten_minutes_of_damaged_files_are_read_or_refused_in_words(format: str) -> None:
    """In a process of its own, so that its memory can be told."""
    command = [sys.executable, "-m", "tests.fuzzing", format, "--seed", "1", "--seconds", str(SECONDS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=2 * SECONDS + 60)
    assert done.returncode == 0, done.stderr[-2000:]
    tally = json.loads(done.stdout)
    print(f"{format}: {tally}")
    assert tally["broke"] == [] and 0 < tally["refused"] < tally["cases"]
    assert tally["slowest_s"] < CPU_S and tally["peak_mb"] < LARGEST_MB


def whole_import(folder: Path, seed: int, numbers: range) -> list[tuple[str, int, int]]:
    """One good file and damaged ones of every format in one study: (file, rows, accepted + refused + blank)."""
    study = Tiny(folder, {"GOOD": 10, "O1": 10}, entry("good.csv"))
    study.spans("good.csv", GOOD)
    for format in FORMATS:
        for number in numbers:
            name, content = case(format, seed, number)
            place = f"{format}{number}/{name}"
            put(study.write(place, b"").parent, name, content)
            study.coded += coded(place, format, coder=f"{format}{number}", **ENTRIES.get(format, {}))
    imported = study.run()
    assert imported.events("GOOD") == ["infant Sing 0-5000"]
    return imported.ask("SELECT path, rows, accepted + rejected + blank FROM source WHERE content = 'coded'")


def test_a_study_of_damaged_files_is_imported_with_every_row_accounted_for(tmp_path: Path) -> None:
    counts = whole_import(tmp_path, 3, range(2))
    assert len(counts) == 1 + 2 * len(FORMATS) and [rows for _, rows, _ in counts] == [sum for *_, sum in counts]


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_ten_studies_of_damaged_files_are_imported(tmp_path: Path, seed: int) -> None:
    counts = whole_import(tmp_path, seed, range(20))
    assert len(counts) == 1 + 20 * len(FORMATS) and [rows for _, rows, _ in counts] == [sum for *_, sum in counts]
