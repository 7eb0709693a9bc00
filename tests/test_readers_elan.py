"""ELAN: chains of annotations, slots without a time, vocabularies, and what may not be read as something else."""

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile
from pipeline.readers.eaf_file import read_eaf
from pipeline.readers.elan import slot_times
from pipeline.readers.reading import Reading
from tests.reading_parts import read, read_bytes, real, rows
from tests.tiered_files import eaf, slots, tier
from tests.tiny import Tiny

PARENT = tier("face", "a1 1-2 Smile", "a2 2-3 Neutral")
CHILD = tier("how", "b1 >a1 broad", "b2 >a2 tired", parent="face")
GRANDCHILD = tier("sure", "c1 >b1 certain", "c2 >b2 guess", parent="how")


def elan(folder, text: str, **entry) -> Reading:
    return read_bytes(folder, "OBS.eaf", text, "elan", **entry)


def drawn(reading: Reading) -> list[str]:
    """Events as lines: 'Infant face Smile (broad) 0-4000'."""
    return [
        f"{one.subject} {one.behaviour_group} {one.code}{f' ({one.modifier})' if one.modifier else ''} "
        f"{one.onset}-{one.offset}{f' by {one.coder}' if one.coder else ''}"
        for one in reading.events()
    ]


def kinds(reading: Reading) -> list[str]:
    return [note.kind for note in reading.notes]


def test_a_tier_with_times_is_events_and_knows_its_lines(tmp_path):
    reading = elan(tmp_path, eaf("0 4000 9000", PARENT))
    assert drawn(reading) == ["Infant face Smile 0-4000", "Infant face Neutral 4000-9000"]
    text = (tmp_path / "OBS.eaf").read_text().splitlines()
    assert [line for line, _ in rows(reading)] == [
        number for number, line in enumerate(text, 1) if "<ALIGNABLE_ANNOTATION" in line
    ]
    assert rows(reading)[0][1] == ["face", "Infant", "", "0", "4000", "Smile", ""]


def test_a_child_tier_is_never_events(tmp_path):
    """It is left out, and said so; it does not get its parent's time."""
    reading = elan(tmp_path, eaf("0 4000 9000", PARENT, CHILD))
    assert len(drawn(reading)) == 2
    assert [note.detail for note in reading.notes] == ["The manifest does not name the tiers 'how'."]


def test_a_chain_of_references_is_followed_to_the_annotation_with_times(tmp_path):
    tiers = {"face": {"modifiers": ["how", "sure"]}}
    reading = elan(tmp_path, eaf("0 4000 9000", GRANDCHILD, CHILD, PARENT), tiers=tiers)
    assert drawn(reading) == ["Infant face Smile (broad|certain) 0-4000", "Infant face Neutral (tired|guess) 4000-9000"]


@pytest.mark.parametrize("reference", ["b1 >b1 x", "b1 >nobody x", "b1 >b2 x", "b1 >z1 x"])
def test_a_chain_that_breaks_is_counted_and_left_out(tmp_path, reference):
    """A ring, an annotation that is not there, and one of another tier."""
    child = tier("how", reference, "b2 >b1 y", parent="face")
    other = tier("other", "z1 1-2 Cry")
    reading = elan(tmp_path, eaf("0 4000 9000", PARENT, child, other), tiers={"face": {"modifiers": ["how"]}})
    assert drawn(reading) == ["Infant face Smile 0-4000", "Infant face Neutral 4000-9000"]
    (note,) = [note for note in reading.notes if note.kind == "reference_broken"]
    assert note.count == 2


def test_slots_without_a_time_lie_evenly_between_known_ones_of_the_tier(tmp_path):
    """0, ?, ?, 100: 33 and 67. The slot at 50 is another tier's and does not count."""
    fine = tier("parts", "a1 1-2 Smile", "a2 2-4 Neutral", "a3 4-5 Cry")
    other = tier("other", "b1 1-3 Smile")
    reading = elan(tmp_path, eaf("0 ? 50 ? 100", fine, other))
    assert drawn(reading)[:3] == [
        "Infant parts Smile 0-33",
        "Infant parts Neutral 33-67",
        "Infant parts Cry 67-100",
    ]
    assert [(note.kind, note.count) for note in reading.notes] == [("time_interpolated", 3)]


def test_a_slot_at_the_edge_is_not_guessed(tmp_path):
    reading = elan(tmp_path, eaf("? 4000 9000 ?", tier("face", "a1 1-2 Smile", "a2 2-3 Neutral", "a3 3-4 Cry")))
    assert drawn(reading) == ["Infant face Neutral 4000-9000"]
    assert [(note.kind, note.rejects_row) for note in reading.notes] == [("time_slot_missing", True)] * 2
    assert len(rows(reading)) == 3


def test_nothing_is_worked_out_between_times_that_run_backwards(tmp_path):
    reading = elan(tmp_path, eaf("5000 ? 1000", tier("face", "a1 1-2 Smile", "a2 2-3 Neutral")))
    assert drawn(reading) == [] and kinds(reading) == ["time_slot_missing"] * 2


@st.composite
def known_and_open(draw) -> list[int | None]:
    """Times that never run backwards, some of them left open."""
    times = sorted(draw(st.lists(st.integers(0, 10_000), min_size=2, max_size=10)))
    return [ms if draw(st.booleans()) else None for ms in times]


@settings(max_examples=50)
@given(known_and_open())
def test_open_times_by_a_second_road(times):
    """Slot by slot from its two known neighbours, in fractions; known times stay, order is kept."""
    found = interpolated(times)
    for place, ms in enumerate(times):
        before = max((n for n in range(place) if times[n] is not None), default=None)
        after = min((n for n in range(place + 1, len(times)) if times[n] is not None), default=None)
        if ms is not None:
            assert found[place] == ms
        elif before is None or after is None:
            assert found[place] is None
        else:
            share = Fraction(place - before, after - before)
            assert found[place] == round(times[before] + share * (times[after] - times[before]))
    kept = [ms for ms in found if ms is not None]
    assert kept == sorted(kept)


def interpolated(times: list[int | None]) -> list[int | None]:
    words = " ".join("?" if ms is None else str(ms) for ms in times)
    marks = tier("face", *(f"a{n} {n}-{n + 1} Smile" for n in range(1, len(times))))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.eaf"
        path.write_text(eaf(words, marks))
        found = slot_times(read_eaf(path), "face")
    return [found.get(f"ts{n}") for n in range(1, len(times) + 1)]


def test_the_manifest_says_who_what_and_by_whom(tmp_path):
    tiers = {"A": {"subject": "infant", "behaviour_group": "voice", "code": "Sing"}, "B": {"coder": "second"}}
    text = eaf("0 4000", tier("A", "a1 1-2 la la"), tier("B", "a2 1-2 Hum", who=""), tier("C", "a3 1-2 x"))
    reading = elan(tmp_path, text, tiers=tiers)
    assert drawn(reading) == ["infant voice Sing 0-4000", "B B Hum 0-4000 by second"]
    assert kinds(reading) == ["tier_not_read"]


def test_the_annotator_is_the_coder_unless_the_manifest_names_one(tmp_path):
    text = eaf("0 4000", tier("face", "a1 1-2 Smile", more=' ANNOTATOR="KL"'))
    assert drawn(elan(tmp_path, text)) == ["Infant face Smile 0-4000 by KL"]
    assert drawn(elan(tmp_path, text, coder="MB")) == ["Infant face Smile 0-4000"]


VOCABULARY = """<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="affect" CONTROLLED_VOCABULARY_REF="words"/>
<CONTROLLED_VOCABULARY CV_ID="words">
<CV_ENTRY_ML CVE_ID="cve1"><CVE_VALUE LANG_REF="und" DESCRIPTION="">Smile</CVE_VALUE></CV_ENTRY_ML>
<CV_ENTRY_ML CVE_ID="cve2"><CVE_VALUE LANG_REF="und" DESCRIPTION="">Cry</CVE_VALUE></CV_ENTRY_ML>
</CONTROLLED_VOCABULARY>"""
OLD_VOCABULARY = (
    VOCABULARY.replace("_ML", "").replace('<CVE_VALUE LANG_REF="und" DESCRIPTION="">', "").replace("</CVE_VALUE>", "")
)


@pytest.mark.parametrize("vocabulary", [VOCABULARY, OLD_VOCABULARY])
def test_words_outside_the_vocabulary_are_said(tmp_path, vocabulary):
    marks = tier("face", "a1 1-2 Smile", "a2 2-3 Grin", more=' LINGUISTIC_TYPE_REF="affect"')
    reading = elan(tmp_path, eaf("0 4000 9000", marks, vocabulary))
    (note,) = reading.notes
    assert note.detail == "1 annotations of the tier 'face' hold words that its controlled vocabulary lacks."
    assert [one.code for one in reading.events()] == ["Smile", "Grin"]


def test_an_annotation_may_name_an_entry_instead_of_a_word(tmp_path):
    marks = tier("face", "a1 1-2", more=' LINGUISTIC_TYPE_REF="affect"').replace(
        "TIME_SLOT_REF2", 'CVE_REF="cve2" TIME_SLOT_REF2'
    )
    reading = elan(tmp_path, eaf("0 4000", marks, VOCABULARY))
    assert drawn(reading) == ["Infant face Cry 0-4000"] and not reading.notes


def test_several_annotations_in_a_line_are_numbered(tmp_path):
    """A file without line breaks: lines would not tell one row from another."""
    reading = elan(tmp_path, eaf("0 4000 9000", PARENT).replace("\n", ""))
    assert [line for line, _ in rows(reading)] == [1, 2] and kinds(reading) == ["rows_numbered"]


def test_a_tier_without_times_cannot_be_read_as_events(tmp_path):
    with pytest.raises(UnreadableFile, match="^OBS.eaf: the tier 'sure' has no times of its own; it hangs on 'face'"):
        elan(tmp_path, eaf("0 4000 9000", PARENT, CHILD, GRANDCHILD), tiers={"sure": {}})


def test_many_tiers_that_hang_on_each_other_take_no_time(tmp_path):
    """A chain of a thousand tiers, the last of which hangs on the first."""
    chain = [tier(f"t{n}", parent=f"t{n - 1 if n else 999}") for n in range(1000)]
    assert drawn(elan(tmp_path, eaf("0 4000", *chain, tier("face", "a1 1-2 Smile")))) == ["Infant face Smile 0-4000"]


def test_the_whole_import_of_a_tier_with_a_gap_in_time(tmp_path):
    study = Tiny(tmp_path, {"OBS": 10})
    marks = tier("Face", "a1 1-2 Smile", "a2 2-3 Neutral", "a3 3-9 Cry", "a4 3-2 Smile")
    study.write("OBS.eaf", eaf("0 4000 9000", marks))
    study.coded = '\n[[coded]]\nfiles = ["OBS.eaf"]\nformat = "elan"\n'
    done = study.run()
    assert done.events("OBS") == ["infant Smile 0-4000", "infant Neutral 4000-9000"]
    assert [reason for reason in done.outcomes().values()] == [
        "accepted",
        "accepted",
        "time_slot_missing",
        "offset_before_onset",
    ]


def test_the_example_of_a_real_recording(tmp_path):
    """592 slots, none open; 13 tiers, 6 with times, 296 annotations; 416 that refer to others."""
    path = real("elan/example.eaf")
    content = read_eaf(path)
    assert len(content.slots) == 592 and all(slot.ms is not None for slot in content.slots.values())
    assert (len(content.tiers), len(content.timed), len(content.annotations)) == (13, 6, 296 + 416)
    reading = read(path, "elan", tmp_path)
    spoken: dict[str, list[int]] = {}
    for one in reading.events():
        spoken.setdefault(one.subject, []).append(int(one.offset) - int(one.onset))
    assert {name: (len(ms), sum(ms)) for name, ms in spoken.items()} == {
        "CHI": (134, 116_877),
        "FA1": (91, 81_202),
        "UC2": (30, 38_918),
        "FA2": (18, 19_879),
        "UC1": (18, 18_665),
        "UC3": (5, 4_486),
    }
    assert [(one.onset, one.offset) for one in reading.events()][:2] == [("3150", "3332"), ("4409", "5699")]
    assert max(int(one.offset) for one in reading.events()) == 300_113
    assert kinds(reading) == ["tier_not_read", "empty_vocabulary"] and reading.notes[1].count == 4


def test_two_chains_of_the_real_recording(tmp_path):
    """mwu@CHI hangs on lex@CHI, which hangs on CHI: 120 of 134 have both words."""
    tiers = {"CHI": {"modifiers": ["lex@CHI", "mwu@CHI"]}}
    reading = read(real("elan/example.eaf"), "elan", tmp_path, tiers=tiers)
    words = [one.modifier for one in reading.events()]
    assert {word: words.count(word) for word in set(words)} == {"W|1": 71, "W|M": 49, "0": 14}


def test_tiers_belong_to_formats_that_have_them():
    with pytest.raises(ValueError, match="tiers belong to the formats elan, datavyu, datavyu_csv, interact_csv"):
        Coded(files=("a.csv",), format="observer_event_log", tiers={"face": {}})


def test_the_slots_of_the_drawings():
    assert slots("5 ?").splitlines()[1:3] == [
        '<TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="5"/>',
        '<TIME_SLOT TIME_SLOT_ID="ts2"/>',
    ]


def test_a_file_that_is_too_large_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr("pipeline.readers.eaf_file.LARGEST_BYTES", 200)
    with pytest.raises(UnreadableFile, match="^OBS.eaf: the file is larger than 0 MB. It was not opened. Split it"):
        elan(tmp_path, eaf("0 4000 9000", PARENT))


def test_a_chain_of_tiers_is_followed_to_a_hundred_and_no_further(tmp_path):
    """A file of a hundred thousand tiers must not keep anybody waiting; no real one is ten deep."""
    chain = [tier(f"t{n}", parent=f"t{n - 1}" if n else "face") for n in range(150)]
    path = tmp_path / "a.eaf"
    path.write_text(eaf("0 4000 9000", PARENT, *chain))
    roots = read_eaf(path).roots
    assert roots["t0"] == roots["t90"] == "face" and roots["t149"] == "t48"


def test_of_two_slots_of_one_name_the_first_counts(tmp_path):
    text = eaf("0 4000", tier("face", "a1 1-2 Smile")).replace(
        "</TIME_ORDER>", '<TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="7"/></TIME_ORDER>'
    )
    assert drawn(elan(tmp_path, text)) == ["Infant face Smile 0-4000"]
