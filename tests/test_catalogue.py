"""Every TOML of the catalogue, swept; the MHINT scheme counted; what a wrong manifest is told."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pipeline.catalogue.instrument import INSTRUMENT_FOLDER, Instrument, known_instruments, load_instrument
from pipeline.catalogue.manifest import Manifest, load_manifest
from pipeline.catalogue.scheme import SCHEME_FOLDER, SUBJECTS, known_schemes, load_scheme, scheme_path
from pipeline.catalogue.toml_file import load_toml
from pipeline.errors import CatalogueError, ManifestError

SCHEMES = known_schemes()
INSTRUMENTS = known_instruments()
MHINT = load_scheme(scheme_path("mhint"))
GROUPS = {group.name: group for group in MHINT.groups}
CAREGIVERS = ("caregiver1", "caregiver2")


# ---- schemes ------------------------------------------------------------------------------------------------------


def test_files_are_found_by_their_folder():
    assert set(SCHEMES) == {path.stem for path in SCHEME_FOLDER.glob("*.toml")} >= {"mhint"}
    assert set(INSTRUMENTS) == {path.stem for path in INSTRUMENT_FOLDER.glob("*.toml")}


@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_is_named_as_its_file_and_says_its_source(name):
    scheme = load_scheme(scheme_path(name))
    assert scheme.name == name and scheme.title and scheme.source
    assert set(scheme.subjects.values()) <= set(SUBJECTS)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_label_stands_in_one_group_only(name):
    labels = [code.label for group in load_scheme(scheme_path(name)).groups for code in group.codes]
    assert len(labels) == len(set(labels))
    assert all(label == " ".join(label.split()) for label in labels)


@pytest.mark.parametrize("name", SCHEMES)
def test_every_code_belongs_to_somebody_who_has_its_group(name):
    for group in load_scheme(scheme_path(name)).groups:
        assert group.subjects
        for code in group.codes:
            assert set(group.subjects_of(code)) <= set(group.subjects), (group.name, code.label)


# Machado, Oliveira & Fernandes 2009, full severity: how colours look with red-green colour blindness.
SEEN_AS = {
    "everyone": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
SMALLEST_DISTANCE = {"everyone": 15, "deuteranopia": 8, "protanopia": 8}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    ratio = TO_XYZ @ np.clip(light, 0, 1) / np.array([0.9505, 1, 1.089])
    root = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(linear(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", SCHEMES)
@pytest.mark.parametrize("eyes", SEEN_AS)
def test_colours_of_a_group_can_be_told_apart(name, eyes):
    for group in load_scheme(scheme_path(name)).groups:
        seen = {code.label: lab(SEEN_AS[eyes] @ linear(code.colour)) for code in group.codes}
        for one, other in combinations(seen, 2):
            distance = np.linalg.norm(seen[one] - seen[other])
            assert distance >= SMALLEST_DISTANCE[eyes], (group.name, one, other, round(distance, 1))


@pytest.mark.parametrize("name", SCHEMES)
def test_colours_stand_out_from_white_and_from_the_dark_theme(name):
    for group in load_scheme(scheme_path(name)).groups:
        for code in group.codes:
            assert contrast(code.colour, "#0e1117") >= 2, (group.name, code.label)
            assert contrast(code.colour, "#ffffff") >= (1.4 if code.unobservable else 1.5), (group.name, code.label)


def test_what_cannot_be_seen_is_one_light_grey():
    colours = {code.colour for group in MHINT.groups for code in group.codes if code.unobservable}
    assert len(colours) == 1
    [grey] = colours
    channels = [int(grey[place : place + 2], 16) for place in (1, 3, 5)]
    assert min(channels) > 200 and max(channels) - min(channels) < 12


# ---- MHINT, counted against the table in the formats reference ------------------------------------------------------

CODES_PER_GROUP = """
facial_expression 10  visual_attention 13  view 3  audio 3  alertness_state 5  caregiver_proximity 4
caregiver_body_orientation 6  infant_body_orientation 6  head_orientation 8  caregiver_posture 12  infant_posture 12
touch_right_hand 5  touch_left_hand 5  hand_movements 9  encouragement 9  agitation_soothing 4  acknowledgment 3
physical_imitation 3  physical_play 3  rough_and_tumble 4  caregiver_vocalisation 11  infant_vocalisation 10
caregiver_unusual_behaviours 14  infant_unusual_behaviours 10  role_reversal 3  eating 3
"""


def test_mhint_has_26_groups_and_178_codes():
    words = CODES_PER_GROUP.split()
    expected = {group: int(number) for group, number in zip(words[::2], words[1::2], strict=True)}
    assert {name: len(group.codes) for name, group in GROUPS.items()} == expected
    assert (len(expected), sum(expected.values())) == (26, 178)


@pytest.mark.parametrize(
    ("group", "label", "subjects"),
    [
        ("facial_expression", "Woe face", CAREGIVERS),
        ("facial_expression", "Mock surprise", CAREGIVERS),
        ("facial_expression", "Smile", SUBJECTS),
        ("visual_attention", "Look at infant", CAREGIVERS),
        ("visual_attention", "Look at caregiver 1", ("infant", "caregiver2", "sibling")),
        ("visual_attention", "Look at focus object", SUBJECTS),
        ("encouragement", "Caregiver encouragement to focus object", CAREGIVERS),
        ("caregiver_vocalisation", "Speech", CAREGIVERS),
        ("infant_vocalisation", "Babbling", ("infant",)),
        ("eating", "Yes, eating", SUBJECTS),
    ],
)
def test_who_may_be_given_a_code(group, label, subjects):
    [code] = [code for code in GROUPS[group].codes if code.label == label]
    assert GROUPS[group].subjects_of(code) == subjects


def test_groups_of_one_role_are_named_after_it():
    for name, group in GROUPS.items():
        if name.startswith("caregiver_"):
            assert group.subjects == CAREGIVERS
        elif name.startswith("infant_"):
            assert group.subjects == ("infant",)


def test_references_and_the_one_camera_modifier():
    references = {name: group.reference for name, group in GROUPS.items() if group.reference}
    assert references == {"facial_expression": "Face not visible", "visual_attention": "Look at focus object"}
    one_camera = {name: group.one_camera_modifier for name, group in GROUPS.items() if group.one_camera_modifier}
    assert one_camera == {"visual_attention": "Not possible to code gaze direction"}
    assert all(group.exclusive and group.exhaustive for group in MHINT.groups)


def test_every_group_has_one_code_that_says_cannot_see():
    for name, group in GROUPS.items():
        [unseen] = group.unobservable
        special = {"facial_expression": "Face not visible", "view": "No View", "audio": "No audio"}
        assert unseen == special.get(name, unseen) and (name in special or unseen.startswith("Not possible to code"))


def test_every_face_and_gaze_code_is_explained():
    for name in ("facial_expression", "visual_attention"):
        assert all(len(code.description) > 20 for code in GROUPS[name].codes)


def test_two_labels_differ_in_capitals_only():
    labels = [code.label for group in MHINT.groups for code in group.codes]
    alike = [label for label in labels if [other.casefold() for other in labels].count(label.casefold()) > 1]
    assert alike == ["Bodily sounds", "Bodily Sounds"]


def test_unknown_scheme_and_group_name_the_choices():
    assert scheme_path("MHINT") == scheme_path("mhint")
    with pytest.raises(CatalogueError, match="'mhnt' is not a known scheme. Did you mean 'mhint'.*mhint"):
        scheme_path("mhnt")
    with pytest.raises(CatalogueError, match="'gaze' is not a group of mhint. Choose one of: .*visual_attention"):
        MHINT.group("gaze")


# ---- instruments --------------------------------------------------------------------------------------------------

#   file            name             items reversed              range     bands
INSTRUMENT_TABLE = [
    ("epds", "EPDS", 10, (3, 5, 6, 7, 8, 9, 10), (0, 30), []),
    ("sapas", "SAPAS", 8, (3,), (0, 8), []),
    ("phq9", "PHQ-9", 9, (), (0, 27), [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)]),
    ("aces", "ACEs", 10, (), (0, 10), [(0, 0), (1, 3), (4, 10)]),
    ("pss10", "PSS-10", 10, (4, 5, 7, 8), (0, 40), [(0, 13), (14, 26), (27, 40)]),
    ("pearls", "PEARLS", 0, (), (0, 10), []),
    ("social_support", "Social Support", 0, (), (0, 100), []),
]


@pytest.mark.parametrize(("file", "name", "items", "turned", "span", "bands"), INSTRUMENT_TABLE)
def test_instruments_as_in_the_papers(file, name, items, turned, span, bands):
    instrument = load_instrument(file)
    assert load_instrument(name.upper()) == instrument and instrument.name == name
    assert (instrument.items.count if instrument.items else 0, instrument.low, instrument.high) == (items, *span)
    assert (instrument.items.reversed if instrument.items else ()) == turned
    assert [(band.low, band.high) for band in instrument.bands] == bands


@pytest.mark.parametrize("file", INSTRUMENTS)
def test_every_instrument_is_complete(file):
    instrument = load_instrument(file)
    assert instrument.title and instrument.short_title and re.search(r"\d{4}", instrument.citation)
    assert instrument.missing_rule == "any_missing_item"
    if instrument.bands:  # the bands cover every whole total once
        totals = [total for band in instrument.bands for total in range(int(band.low), int(band.high) + 1)]
        assert totals == list(range(int(instrument.low), int(instrument.high) + 1))


def test_the_table_above_is_the_whole_folder():
    assert {row[0] for row in INSTRUMENT_TABLE} == set(INSTRUMENTS)


def test_unknown_instrument_names_the_choices():
    with pytest.raises(CatalogueError, match=r"'EDPS' is not a known .* mean 'EPDS'.*: ACEs, EPDS, .*\.toml"):
        load_instrument("EDPS")


BAD_INSTRUMENTS = {
    "reversed = [11]": "'items': reversed items 11 are not among items 1 to 10.",
    "count = 9": "the range of X is not what its items add up to.",
    "counts = 9": "'items.counts' is not a known key. Did you mean 'count'? Choose one of: count, high, low, reversed.",
}


@pytest.mark.parametrize("line", BAD_INSTRUMENTS)
def test_a_wrong_instrument_file_is_told_in_one_sentence(tmp_path, line):
    head = 'name = "X"\ntitle = "X"\nshort_title = "X"\nlow = 0\nhigh = 30\ncitation = "1999"\n[items]\nhigh = 3\n'
    own = head + line + ("" if line.startswith("count =") else "\ncount = 10")
    (tmp_path / "x.toml").write_text(own)
    with pytest.raises(CatalogueError) as fault:
        load_toml(tmp_path / "x.toml", Instrument, CatalogueError)
    assert fault.value.message == f"x.toml: {BAD_INSTRUMENTS[line]}"


# ---- manifests ----------------------------------------------------------------------------------------------------

MANIFEST = """
[study]
id = "small"
title = "Small"
scheme = "mhint"
[[coded]]
files = ["coded/*.csv"]
format = "observer_event_log"
[tables.observations]
file = "observations.csv"
"""

BAD_MANIFESTS = {
    'colour = "red"': "'colour' is not a known key. Choose one of: coded, primary, scores, smiles, speech, streams, "
    "study, tables, tracks, variables.",
    '[tables.observation]\nfile = "x.csv"': (
        "'tables.observation' is not a known key. Did you mean 'observations'? "
        "Choose one of: covariates, dyads, episodes, families, media, observations, people, speech."
    ),
    '[tables.dyads]\nfle = "x.csv"': (
        "'tables.dyads.fle' is not a known key. Did you mean 'file'? Choose one of: "
        "columns, decimal, delimiter, encoding, file, missing, pattern, sheet, units, values."
    ),
    "[tables.dyads]\ncolumns = {}": (
        "'tables.dyads': give either file (a table) or pattern (rows made from the observation names)."
    ),
    '[[scores]]\nfile = "s.csv"\ninstrument = "EPDS"\nperson = "p"\nwave = "=a"\nphase = "=pregnancy"': (
        "'scores.1': give items, total or both."
    ),
    '[[variables]]\nname = "d"\nlabel = "D"\ntable = "dyads"\ncolumn = "d"\nkind = "date"': (
        "'variables.1': a date needs date_order: dmy, mdy or ymd (it is never guessed)."
    ),
    '[[variables]]\nname = "b"\nlabel = "B"\ntable = "dyads"\ncolumn = "b"\nkind = "binary"\nlevels = ["yes"]': (
        "'variables.1': a binary variable names its two levels."
    ),
}


def written(folder: Path, text: str) -> Path:
    (folder / "STUDY.toml").write_text(text, encoding="utf-8")
    return folder / "STUDY.toml"


def test_a_small_manifest_is_read(tmp_path):
    manifest = load_manifest(written(tmp_path, MANIFEST))
    assert isinstance(manifest, Manifest) and manifest.tables.observations.file == "observations.csv"


@pytest.mark.parametrize("lines", BAD_MANIFESTS)
def test_a_wrong_manifest_is_told_in_one_sentence(tmp_path, lines):
    text = f"{lines}\n{MANIFEST}" if lines.startswith("colour") else f"{MANIFEST}\n{lines}"
    with pytest.raises(ManifestError) as fault:
        load_manifest(written(tmp_path, text))
    assert fault.value.message == f"STUDY.toml: {BAD_MANIFESTS[lines]}"


def test_a_manifest_that_is_missing_or_no_toml(tmp_path):
    with pytest.raises(ManifestError, match="STUDY.toml: there is no such file."):
        load_manifest(tmp_path / "STUDY.toml")
    with pytest.raises(ManifestError, match=r"STUDY.toml: this is not valid TOML \(.*line 1.*\)"):
        load_manifest(written(tmp_path, "[study\nid = 1"))
