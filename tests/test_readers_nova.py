"""NOVA annotations: golden lines, both forms of each kind, names of people and codes, and a second reader in DuckDB."""

import struct
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnreadableFile
from pipeline.readers.nova_annotation import read_continuous
from pipeline.readers.nova_header import read_header
from pipeline.readers.nova_numbers import Seen, decimal_mark, plain_number
from pipeline.readers.reading import Reading
from tests.nova_files import AROUSAL, FREE, LAUGHTER, NAME, head, pair, segments, texts
from tests.reading_parts import read, rows
from tests.tiny import Tiny

LAUGHS = head("laugh speech", 6)
ICEPR = """
[study]
id = "faces"
title = "Faces"
scheme = "icepr"
protocol = "still_face"

[tables.observations]
file = "observations.csv"
"""
NOVA = '\n[[coded]]\nfiles = ["*/*.annotation"]\nformat = "nova"\n'


def annotation(folder: Path, head_text: str | bytes, data: str | bytes, name: str = NAME, **entry) -> Reading:
    return read(pair(folder / "NP001", name, head_text, data), "nova", folder, **entry)


def drawn(reading: Reading) -> list[str]:
    """Events as lines: '2.96-3.92 infant speech anna'."""
    return [f"{each.onset}-{each.offset} {each.subject} {each.code} {each.coder}" for each in reading.events()]


# ---- golden lines ----------------------------------------------------------------------------------------------------


def test_the_golden_lines_of_a_discrete_annotation(tmp_path):
    reading = annotation(tmp_path, LAUGHS, LAUGHTER)
    assert drawn(reading) == [
        "2.96-3.92 infant speech anna",
        "8-9.72 infant speech anna",
        "18.8-20.08 infant speech anna",
        "23.91-24.87 infant speech anna",
        "27.22-28.61 infant speech anna",
        "29.2-30.41 infant laugh anna",
    ]
    assert rows(reading)[3] == (4, ["23.91", "24.87", "1", "0.6", ""])
    assert reading.notes == () and reading.observation_name == "NP001"
    assert {each.behaviour_group for each in reading.events()} == {"face"}


def test_the_golden_lines_of_a_free_annotation(tmp_path):
    reading = annotation(tmp_path, head(size=2, kind='type="FREE"'), FREE)
    assert drawn(reading) == ["2-2.56 infant hi anna", "2.72-3.16 infant <LAUGH> anna"]
    assert rows(reading)[1] == (2, ["2.72", "3.16", "<LAUGH>", "1", "color=#FFFF0000"])


def test_the_golden_lines_of_a_continuous_annotation(tmp_path):
    path = pair(tmp_path, NAME, head(size=5, kind='type="CONTINUOUS" sr="25" min="-1" max="1"', classes=""), AROUSAL)
    found = read_continuous(path)
    expected = [[-0.021, 1], [-0.017, 1], [-0.016, 0.6], [0.011, 0.4], [0, 1]]
    assert found.rate == 25 and found.values.dtype == np.float32 and found.notes == ()
    assert found.values.tolist() == np.array(expected, np.float32).tolist()


@pytest.mark.parametrize("kind", ["discrete", "free", "continuous"])
def test_binary_says_the_same_as_text(tmp_path, kind):
    """The golden lines packed by hand with struct; numbers of 64 bits keep their decimals."""
    lines = {"discrete": LAUGHTER, "free": "2;2.56;hi;1\n2.72;3.16;<LAUGH>;0.5\n", "continuous": AROUSAL}[kind]
    parts = [line.split(";") for line in lines.splitlines()]
    if kind == "continuous":
        packed = b"".join(struct.pack("<ff", float(one), float(other)) for one, other in parts)
        shape = 'type="CONTINUOUS" sr="25.000"'
        found = [
            read_continuous(pair(tmp_path / form, NAME, head(kind=shape, form=form, size=5), data)).values.tolist()
            for form, data in (("ASCII", lines), ("BINARY", packed))
        ]
        assert found[0] == found[1] and len(found[0]) == 5
        return
    if kind == "discrete":
        packed, top = segments(*((float(a), float(b), int(c), float(d)) for a, b, c, d in parts)), 'type="DISCRETE"'
    else:
        packed, top = texts(*((float(a), float(b), c, float(d)) for a, b, c, d in parts)), 'type="FREE"'
    size = len(parts)
    text = annotation(tmp_path, head("laugh speech", size, kind=top), lines)
    binary = annotation(tmp_path / "binary", head("laugh speech", size, "BINARY", top), packed)
    assert [line for line, _ in rows(binary)] == list(range(1, size + 1))
    assert [float(cells[3]) for _, cells in rows(binary)] == [float(part[3]) for part in parts]

    def seconds(reading: Reading) -> list[tuple]:
        return [(Fraction(each.onset), Fraction(each.offset), each.code) for each in reading.events()]

    assert seconds(text) == seconds(binary)


def test_duckdb_reads_the_same_segments(tmp_path):
    """Second road: the data file as a table of DuckDB, joined with the classes of the head, in whole milliseconds."""
    reading = annotation(tmp_path, LAUGHS, LAUGHTER)
    columns = "{'a': 'DECIMAL(12,3)', 'b': 'DECIMAL(12,3)', 'id': 'INT', 'sure': 'DOUBLE'}"
    table = f"read_csv('{tmp_path}/NP001/{NAME}~', delim=';', header=false, columns={columns})"
    classes = "(VALUES (0, 'laugh'), (1, 'speech')) c(id, name)"
    question = (
        f"SELECT name, count(*), (1000 * sum(b - a))::INT FROM {table} JOIN {classes} USING (id) GROUP BY 1 ORDER BY 1"
    )
    ours: dict[str, list[Fraction]] = {}
    for each in reading.events():
        ours.setdefault(each.code, []).append(1000 * (Fraction(each.offset) - Fraction(each.onset)))
    expected = [(code, len(spans), sum(spans)) for code, spans in sorted(ours.items())]
    with duckdb.connect() as connection:
        found = connection.execute(question).fetchall()
    assert found == expected == [("laugh", 1, 1210), ("speech", 5, 6310)]


# ---- names -----------------------------------------------------------------------------------------------------------


def test_a_caretaker_is_the_caregiver_and_the_annotator_the_coder(tmp_path):
    name = "caretaker.CaretakerEngagement.gold.annotation"
    reading = annotation(tmp_path, head("CPOS", meta="", scheme="CaretakerEngagement"), "0;1;0;1\n", name)
    assert drawn(reading) == ["0-1 caregiver1 CPOS gold"]
    mapped = annotation(
        tmp_path, head("CPOS", meta=""), "0;1;0;1\n", name, subjects={"Caretaker": "caregiver2"}, coder="x"
    )
    assert drawn(mapped) == ["0-1 caretaker CPOS "]


def test_a_name_without_parts_leaves_the_word_to_the_content(tmp_path):
    reading = annotation(
        tmp_path, head(meta='<meta annotator="anna" role="caretaker"/>'), "0;1;0;1\n", "mine.annotation"
    )
    assert drawn(reading) == ["0-1 caregiver1 Smile anna"]


def test_an_annotator_that_no_file_name_can_hold_is_spelt_as_in_the_content(tmp_path):
    content = head(meta='<meta annotator="model:v1.2" role="infant"/>')
    reading = annotation(tmp_path, content, "0;1;0;1\n", "infant.face.model_v1_2.annotation")
    assert drawn(reading) == ["0-1 infant Smile model:v1.2"] and reading.notes == ()


def test_tiers_say_what_a_scheme_is(tmp_path):
    tiers = {"infant.face": {"subject": "sibling", "behaviour_group": "voice", "code": "Hum", "coder": "second"}}
    (event,) = annotation(tmp_path, head(), "0;1;0;1\n", tiers=tiers).events()
    assert (event.subject, event.behaviour_group, event.code, event.coder) == ("sibling", "voice", "Hum", "second")
    assert list(annotation(tmp_path, head(), "0;1;0;1\n", tiers={"other": {}}).events()) == []


def test_classes_are_found_by_their_ids_not_their_places(tmp_path):
    reading = annotation(tmp_path, head("Cry=7 Smile=0 NoAnno=3"), "0;1;7;1\n1;2;0;1\n2;3;3;1\n")
    assert drawn(reading) == ["0-1 infant Cry anna", "1-2 infant Smile anna"]


def test_a_head_as_older_programs_write_it(tmp_path):
    content = head(first="").replace("ssi-v=", "ssi-v =").replace('color="#FFC0504D" ', "")
    path = pair(tmp_path, NAME, b"\xef\xbb\xbf" + content.encode(), "0;1;0;1\n")
    assert read_header(path).classes == {0: "Smile", 1: "Neutral"}
    wide = pair(tmp_path / "wide", NAME, content.encode("utf-16"), "0;1;0;1\n")
    assert read_header(wide).classes == {0: "Smile", 1: "Neutral"}


def test_text_in_the_windows_code_page(tmp_path):
    reading = annotation(tmp_path, head(kind='type="FREE"'), "0;1;zufried\xe9n;1\n".encode("cp1252"))
    assert [each.code for each in reading.events()] == ["zufriedén"]
    assert [note.kind for note in reading.notes] == ["encoding_assumed"]
    packed = struct.pack("<ddI", 0, 1, 2) + b"h\xe9" + struct.pack("<f", 1)
    binary = annotation(tmp_path / "b", head(kind='type="FREE"', form="BINARY"), packed)
    assert [each.code for each in binary.events()] == ["hé"]


# ---- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "mark", "plain"),
    [
        ("1,234.50 2", ".", "1234.50 2"),
        ("1,234,567 1,234", ".", "1234567 1234"),
        ("0,500 1,234", ",", "0.500 1.234"),
        ("1.234,50 12,5", ",", "1234.50 12.5"),
        ("12 3.5", ".", "12 3.5"),
        ("5E-05 1e3", ".", "0.00005 1000"),
        ("1234,567 2", ",", "1234.567 2"),
    ],
)
def test_numbers_as_they_are_written(texts, mark, plain):
    seen = Seen()
    seen.look(texts.split())
    assert decimal_mark(seen, None, "a")[0] == mark
    assert " ".join(plain_number(text, mark) for text in texts.split()) == plain


@pytest.mark.parametrize("texts", ["1,234", "1,234 5.5 7", "1,5 2.5", "1,234.50 0,5"])
def test_numbers_that_may_be_two_things_are_not_guessed(texts):
    seen = Seen()
    seen.look(texts.split())
    with pytest.raises(UnreadableFile):
        decimal_mark(seen, None, "a")
    assert decimal_mark(seen, ",", "a") == (",", ())


def test_the_manifest_decides_between_two_readings(tmp_path):
    data = "1,234;2,345;0;1\n"
    assert drawn(annotation(tmp_path, head(), data, decimal=",")) == ["1.234-2.345 infant Smile anna"]
    assert drawn(annotation(tmp_path, head(), data, decimal=".")) == ["1234-2345 infant Smile anna"]


@given(st.text("0123456789.,eE+-", max_size=14))
def test_any_text_is_a_number_or_stays_as_it_is(text):
    for mark in ".,":
        found = plain_number(text, mark)
        assert found == text.strip() or float(found) is not None


# ---- values over time ------------------------------------------------------------------------------------------------


def test_lines_that_are_no_values_keep_their_place(tmp_path):
    content = head(size=4, kind='type="CONTINUOUS" sr="25"', classes="")
    found = read_continuous(pair(tmp_path, NAME, content, "0.5;1\nNaN;0\n0.5;1;2\n0.25;1\n"))
    assert np.isnan(found.values[:, 0]).tolist() == [False, True, True, False] and found.refused == 1


@pytest.mark.parametrize("rate", ['sr=""', 'sr="0"', 'sr="fast"', ""])
def test_values_need_a_rate(tmp_path, rate):
    path = pair(tmp_path, NAME, head(kind=f'type="CONTINUOUS" {rate}', classes=""), AROUSAL)
    with pytest.raises(UnreadableFile, match=r"the head names no samples per second \(sr\)"):
        read_continuous(path)


def test_segments_are_no_values(tmp_path):
    with pytest.raises(UnreadableFile, match="this is a DISCRETE annotation: segments, not values over time"):
        read_continuous(pair(tmp_path, NAME, head(), "0;1;0;1\n"))


# ---- a whole import --------------------------------------------------------------------------------------------------


def test_engagement_phases_of_two_people_by_two_coders(tmp_path):
    """NOVA's capitals become the scheme's codes; gaps and Garbage are not coded; the folder is the recording."""
    study = Tiny(tmp_path, {"NP001": 360, "NP002": 360}, NOVA, head=ICEPR)
    infant = head("INEG INON INEU IPOS", 3, scheme="InfantEngagement", meta="")
    caretaker = head("CPOS CNEU", 1, scheme="CaretakerEngagement", meta="")
    for session in ("NP001", "NP002"):
        for coder in ("gold", "berta"):
            data = "0;1.5;1;1\n1.5;2.0004;2;1\n2.5;3;-1;1\n"
            study.write(f"{session}/infant.InfantEngagement.{coder}.annotation", infant)
            study.write(f"{session}/infant.InfantEngagement.{coder}.annotation~", data)
        study.write(f"{session}/caretaker.CaretakerEngagement.gold.annotation", caretaker)
        study.write(f"{session}/caretaker.CaretakerEngagement.gold.annotation~", "0;120;0;0.8\n")
    done = study.run()
    assert done.outcome.rejected == 0
    for session in ("NP001", "NP002"):
        assert done.events(session, "gold") == [
            "infant Inon 0-1500",
            "infant Ineu 1500-2000",
            "caregiver1 Cpos 0-120000",
        ]
        assert done.events(session, "berta") == ["infant Inon 0-1500", "infant Ineu 1500-2000"]
    groups = done.ask("SELECT DISTINCT behaviour_group, subject FROM event ORDER BY 1")
    assert groups == [("caregiver_engagement", "caregiver1"), ("infant_engagement", "infant")]
    assert (
        sum(
            done.ask(
                "SELECT sum(rows), -sum(accepted), -sum(rejected), -sum(blank) FROM source WHERE content = 'coded'"
            )[0]
        )
        == 0
    )


def test_a_corrected_data_file_is_read_again(tmp_path):
    """The head stays the same to the byte; only the rows beside it changed."""
    study = Tiny(tmp_path, {"NP001": 360}, NOVA, head=ICEPR)
    study.write(
        "NP001/infant.InfantEngagement.gold.annotation", head("INEG INON", 1, scheme="InfantEngagement", meta="")
    )
    study.write("NP001/infant.InfantEngagement.gold.annotation~", "0;1;0;1\n")
    assert study.run().events("NP001") == ["infant Ineg 0-1000"]
    study.write("NP001/infant.InfantEngagement.gold.annotation~", "0;1;1;1\n")
    assert study.run().events("NP001") == ["infant Inon 0-1000"]
    again = study.run()
    assert not again.outcome.new


def test_each_person_has_files_of_their_own(tmp_path):
    """Both are coded for one group in two files; a new file of the infant replaces the infant's coding alone."""
    study = Tiny(tmp_path, {"NP001": 10}, NOVA)
    for role, data in (("infant", "0;10;0;1\n"), ("caretaker", "0;10;1;1\n")):
        pair(tmp_path / "coded" / "NP001", f"{role}.face.gold.annotation", head(meta=""), data)
    assert study.run().events("NP001") == ["infant Smile 0-10000", "caregiver1 Neutral 0-10000"]
    for path in (tmp_path / "coded" / "NP001").glob("infant.*"):
        path.rename(path.with_name(path.name.replace("face", "face2")))
    (tmp_path / "coded" / "NP001" / "infant.face2.gold.annotation~").write_text("0;10;1;1\n")
    done = study.run()
    assert done.events("NP001") == ["infant Neutral 0-10000", "caregiver1 Neutral 0-10000"]
    assert len(done.issues("superseded")) == 1
