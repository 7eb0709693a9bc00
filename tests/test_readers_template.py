"""Observer XT templates as coding schemes, and schemes written as TOML."""

import io
import tomllib
import zipfile

import pytest

from pipeline.catalogue.scheme import Scheme, known_schemes, load_scheme, scheme_path
from pipeline.errors import UnreadableFile
from pipeline.readers.observer_template import guess_subjects, open_template, read_template, slug
from pipeline.readers.scheme_text import scheme_toml
from tests.reading_parts import real


def element(kind: str, name: str, number: int, parent: int | None = None, **flags: str) -> str:
    group = "N" if parent else flags.pop("group", "Y")
    tags = {"CDS_ELE_NAME": name, "CDS_ELE_ID": str(number), "CDS_ELE_GROUP": group}
    if parent:
        tags["CDS_ELE_PARENT_ID"] = str(parent)
    tags |= {"CDS_ELE_MUT_EXCLUSIVE": flags.get("exclusive", "N"), "CDS_ELE_EXHAUSTIVE": flags.get("exhaustive", "N")}
    return f"<{kind}>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in tags.items()) + f"</{kind}>"


TEMPLATE = (
    '<?xml version="1.0"?>\r\n<NXMLINTERCHANGE xmlns="nxml"><MET_PROJECT_NAME>Play</MET_PROJECT_NAME>'
    '<CDS_VOSCODINGSCHEME xmlns="nxmlvoscodingscheme">'
    + element("CDS_SUBJECT", "Infant", 1, group="N")
    + element("CDS_SUBJECT", "Teddy", 2, group="N")
    + element("CDS_BEHAVIOR", "Facial expression", 10, exclusive="Y", exhaustive="Y")
    + element("CDS_BEHAVIOR", "Smile", 11, 10)
    + element("CDS_BEHAVIOR", "Face not visible", 12, 10)
    + element("CDS_BEHAVIOR", "Wave", 13, group="N")
    + "</CDS_VOSCODINGSCHEME><VL_VARIABLE><VL_LABEL>Gender</VL_LABEL></VL_VARIABLE></NXMLINTERCHANGE>"
)


def otx(tmp_path, text: str, encoding: str = "utf-16"):
    path = tmp_path / "play-study.otx"
    path.write_bytes(text.encode(encoding))
    return path


def test_groups_flags_codes_and_subjects(tmp_path):
    scheme = read_template(otx(tmp_path, TEMPLATE))
    assert (scheme.name, scheme.title, scheme.subjects) == ("play_study", "Play", {"Infant": "infant"})
    assert [(group.name, group.exclusive, group.exhaustive) for group in scheme.groups] == [
        ("facial_expression", True, True),
        ("ungrouped", False, False),
    ]
    assert [code.label for group in scheme.groups for code in group.codes] == ["Smile", "Face not visible", "Wave"]
    assert scheme.groups[0].unobservable == ("Face not visible",)


def test_a_zipped_template(tmp_path):
    path = tmp_path / "play-study.otb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inside.otx", TEMPLATE.encode("utf-16"))
    assert read_template(path).groups == read_template(otx(tmp_path, TEMPLATE)).groups


def test_a_zip_without_a_template_is_refused(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "hello")
    (tmp_path / "x.otb").write_bytes(buffer.getvalue())
    with pytest.raises(UnreadableFile, match=r"^x\.otb: there is no \.otx template inside\."):
        read_template(tmp_path / "x.otb")


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]><a>&j;</a>"
)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            BOMB,
            "play-study.otx: the file declares entities or a document type, which may be an attack. "
            "It was not opened. Export it again.",
        ),
        (
            "<a>" * 101,
            "play-study.otx: the file is nested more than 100 levels deep. It was not opened. Export it again.",
        ),
        ("<a>\n<b></a>", "play-study.otx, line 2: the file is not valid XML. Export it again."),
        (
            "<a/>",
            "play-study.otx: no behaviours were found, so this is not an Observer XT template. "
            "Save the template as .otx.",
        ),
    ],
)
def test_hostile_and_damaged_templates_are_refused(tmp_path, text, sentence):
    with pytest.raises(UnreadableFile) as refusal:
        read_template(otx(tmp_path, text, "utf-8"))
    assert str(refusal.value) == sentence


def test_the_real_template(tmp_path):
    """24 behaviours = 2 groups of 17 and 5 codes, no group exclusive or exhaustive; 14 subjects = 1 group + 13."""
    path = real("boris/otx_parser_test.otx")
    template = open_template(path)
    assert (len(template.behaviours), len(template.subjects), len(template.variables)) == (24, 14, 5)
    assert sum(each.is_group for each in template.subjects) == 1
    scheme = read_template(path)
    assert [(group.title, len(group.codes)) for group in scheme.groups] == [("Food items", 17), ("Behavior", 5)]
    assert not any(group.exclusive or group.exhaustive for group in scheme.groups)


@pytest.mark.parametrize("name", known_schemes())
def test_a_scheme_survives_being_written(name):
    scheme = load_scheme(scheme_path(name))
    assert Scheme.model_validate(tomllib.loads(scheme_toml(scheme))) == scheme


def test_quotes_and_backslashes_survive(tmp_path):
    text = TEMPLATE.replace("Smile", 'Says "hi\\bye" &lt;b&gt;')
    scheme = read_template(otx(tmp_path, text))
    assert Scheme.model_validate(tomllib.loads(scheme_toml(scheme))) == scheme


def test_words_for_people():
    found = guess_subjects(["Child", "Adult", "Caregiver 2", "Teddy"])
    assert found == {"Child": "infant", "Adult": "caregiver1", "Caregiver 2": "caregiver2"}
    assert (slug("Food items!"), slug("2 hands")) == ("food_items", "group_2_hands")
