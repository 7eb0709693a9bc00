"""The ICEP-R scheme and its class maps, against the table of the reference typed in by hand."""

import pytest

from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.scheme import Scheme, load_scheme, scheme_path
from pipeline.errors import CatalogueError

ICEPR = load_scheme(scheme_path("icepr"))
INFANT = ["Ipro", "Iwit", "Ineg", "Inon", "Ineu", "Ipos", "Islp", "Iusc"]
CAREGIVER = ["Cwit", "Cint", "Chos", "Cneg", "Cnon", "Cneu", "Cpvc", "Cpos", "Cusc"]


def test_the_scheme_has_the_phases_of_both():
    infant, caregiver = ICEPR.groups
    assert [code.label for code in infant.codes] == INFANT and infant.subjects == ("infant",)
    assert [code.label for code in caregiver.codes] == CAREGIVER and caregiver.subjects == ("caregiver1", "caregiver2")
    assert infant.exclusive and caregiver.exclusive
    assert (infant.unobservable, caregiver.unobservable) == (("Iusc",), ("Cusc",))


@pytest.mark.parametrize(
    ("name", "classes", "meant"),
    [
        (
            "infant4",
            "Ineg Inon Ineu Ipos",
            "Ipro>Ineg Iwit>Ineg Ineg>Ineg Inon>Inon Ineu>Ineu Ipos>Ipos Islp> Iusc>",
        ),
        ("caregiver3", "Cneu Cpvc Cpos", "Cwit> Cint> Chos> Cneg> Cnon> Cneu>Cneu Cpvc>Cpvc Cpos>Cpos Cusc>"),
        (
            "caregiver4",
            "Cneg Cneu Cpvc Cpos",
            "Cwit>Cneg Cint>Cneg Chos>Cneg Cneg>Cneg Cnon> Cneu>Cneu Cpvc>Cpvc Cpos>Cpos Cusc>",
        ),
    ],
)
def test_what_each_code_becomes(name, classes, meant):
    class_map = ICEPR.class_map(name)
    assert class_map.classes == tuple(classes.split())
    expected = dict(pair.split(">") for pair in meant.split())
    assert {code: class_map.of(code) or "" for code in expected} == expected
    assert set(expected) == {code.label for code in ICEPR.group(class_map.group).codes}
    assert [class_map.of(word) for word in ("", "Garbage", "NoAnno")] == [None, None, None]


def test_a_code_the_map_does_not_name_is_not_guessed():
    with pytest.raises(CatalogueError) as refusal:
        ICEPR.class_map("infant4").of("INEG")
    assert str(refusal.value).startswith(
        "'INEG' is not a code of the class map 'Infant, 4 classes'. Did you mean 'Ineg'?"
    )
    with pytest.raises(CatalogueError, match=r"^'infant' is not a class map of icepr\. Did you mean 'infant4'\?"):
        ICEPR.class_map("infant")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"drop": ("Islp",)}, "the class map infant4 says nothing of the code Iusc; merge it into a class or drop it"),
        ({"drop": ("Islp", "Iusc", "Cusc")}, "names the code Cusc, which the group infant_engagement lacks"),
        ({"drop": ("Islp", "Iusc", "Ipos")}, "Ipos is both merged and dropped"),
        ({"group": "voice"}, "the class map infant4 is for the group voice, which the scheme lacks"),
    ],
)
def test_a_map_that_leaves_something_open_is_refused(change, said):
    content = ICEPR.model_dump()
    content["class_maps"] = {"infant4": content["class_maps"]["infant4"] | change}
    with pytest.raises(ValueError, match=said):
        Scheme.model_validate(content)


def test_a_map_cannot_be_changed():
    class_map = ICEPR.class_map("infant4")
    with pytest.raises(ValueError, match="frozen"):
        class_map.title = "other"
    assert isinstance(class_map, ClassMap)
