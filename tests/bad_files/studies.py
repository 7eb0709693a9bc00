"""Studies that are refused as a whole: what is done to a good one, and the words it must earn."""

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.catalogue.scheme import known_schemes
from tests.bad_files.case import packed
from tests.bad_files.files import WORKBOOK, XML_BOMB
from tests.tiny import SCHEME, Tiny, entry

BOMB = b'<?xml version="1.0" encoding="utf-16"?>' + XML_BOMB.partition(b"?>")[2]
OTHER_SCHEME = SCHEME.replace('name = "tiny"', 'name = "other"', 1)
SCORES = """
[[scores]]
file = "scores.csv"
instrument = "EPDS"
person = "who"
wave = "=one"
phase = "=pregnancy"
total = "sum"
"""


@dataclass(frozen=True)
class BadStudy:
    """`spoil` changes a good study before its files are written, `after` afterwards; `said` is the whole sentence."""

    name: str
    said: str
    spoil: Callable[[Tiny], object] = lambda study: None
    after: Callable[[Tiny], object] = lambda study: None


def head(old: str, new: str) -> Callable[[Tiny], None]:
    """Replaces something in the first part of the manifest."""

    def spoil(study: Tiny) -> None:
        assert old in study.head
        study.head = study.head.replace(old, new, 1)

    return spoil


def coded(text: str) -> Callable[[Tiny], None]:
    """Other coded entries."""

    def spoil(study: Tiny) -> None:
        study.coded = text

    return spoil


def tail(text: str) -> Callable[[Tiny], None]:
    """Something more at the end of the manifest."""

    def spoil(study: Tiny) -> None:
        study.tail = text

    return spoil


def content(name: str, bytes_or_text: str | bytes) -> Callable[[Tiny], object]:
    """Another content of one file of the study."""
    return lambda study: study.write(name, bytes_or_text)


def folder(name: str) -> Callable[[Tiny], None]:
    """A folder where a file should be."""

    def spoil(study: Tiny) -> None:
        (study.folder / name).unlink()
        (study.folder / name).mkdir()

    return spoil


def gone(name: str) -> Callable[[Tiny], None]:
    """A file that is not there."""
    return lambda study: (study.folder / name).unlink()


def scheme(old: str, new: str) -> Callable[[Tiny], object]:
    """Another text in the scheme."""
    assert old in SCHEME
    return content("/tiny.toml", SCHEME.replace(old, new, 1))


REFUSED = [
    BadStudy("no manifest", "STUDY.toml: there is no such file.", after=gone("STUDY.toml")),
    BadStudy(
        "a folder for a manifest",
        "STUDY.toml: the file cannot be opened (Is a directory). Check that it is a file you may read.",
        after=folder("STUDY.toml"),
    ),
    BadStudy(
        "manifest not UTF-8",
        "STUDY.toml: the file is not UTF-8. Save it as UTF-8 and run again.",
        after=content("/STUDY.toml", 'title = "Zoë"'.encode("cp1252")),
    ),
    BadStudy(
        "manifest no TOML",
        "STUDY.toml: this is not valid TOML (Illegal character '\\n' (at line 2, column 11)). Correct that place "
        "and run again.",
        after=content("/STUDY.toml", '[study]\nid = "tiny\n'),
    ),
    BadStudy("manifest empty", "STUDY.toml: 'study' is missing. Add it.", after=content("/STUDY.toml", "")),
    BadStudy(
        "manifest nested without end",
        "STUDY.toml: this is nested too deeply. Correct that place and run again.",
        after=content("/STUDY.toml", "x = " + "[" * 20000),
    ),
    BadStudy(
        "manifest a picture",
        "STUDY.toml: the file is not UTF-8. Save it as UTF-8 and run again.",
        after=content("/STUDY.toml", b"\x89PNG\r\n\x1a\n\0\0\0"),
    ),
    BadStudy(
        "unknown key",
        "STUDY.toml: 'study.titel' is not a known key. Did you mean 'title'? Choose one of: attribution, id, "
        "protocol, scheme, synthetic, title.",
        head("title =", "titel = 'x'\ntitle ="),
    ),
    BadStudy(
        "unknown key of an entry",
        "STUDY.toml: 'coded.1.decimals' is not a known key. Did you mean 'decimal'? Choose one of: channels, coder, "
        "coder_column, coders, codes, columns, corrections, decimal, delimiter, encoding, files, format, "
        "observation, observation_ids, overlap, scheme, split_subjects, subject, subjects, tiers, "
        "time_offset_ms, tool_step_ms.",
        coded(entry("*.csv", "decimals = ','")),
    ),
    BadStudy("missing key", "STUDY.toml: 'study.id' is missing. Add it.", head('id = "tiny"', "")),
    BadStudy(
        "id with blanks",
        "STUDY.toml: 'study.id': 'My Study' is not allowed here; write small letters, digits, - and _ only.",
        head('id = "tiny"', 'id = "My Study"'),
    ),
    BadStudy(
        "wrong kind of value",
        "STUDY.toml: 'coded.1.time_offset_ms': 'one second' is not a whole number.",
        coded(entry("*.csv", "time_offset_ms = 'one second'")),
    ),
    BadStudy(
        "bad regular expression",
        "STUDY.toml: 'coded.1.observation': the pattern '(?P<coder>[a-z+' is not a valid regular expression "
        "(unterminated character set at position 10).",
        coded(entry("*.csv", "observation = '(?P<coder>[a-z+'")),
    ),
    BadStudy(
        "unknown format",
        "'boris_event' is not a known format. Did you mean 'boris_events'? Choose one of: boris_aggregated, "
        "boris_events, boris_project, datavyu, datavyu_csv, elan, interact_csv, long_csv, nova, observer_event_log, "
        "observer_sampled, observer_text.",
        coded('\n[[coded]]\nfiles = ["*.csv"]\nformat = "boris_event"\n'),
    ),
    BadStudy(
        "a tier of an unknown behaviour group",
        "coded entry 1, tier 'CHI': 'voices' is not a behaviour group of scheme tiny. Did you mean 'voice'? Choose one "
        "of: face, hands, voice.",
        coded('\n[[coded]]\nfiles = ["*.csv"]\nformat = "elan"\n[coded.tiers.CHI]\nbehaviour_group = "voices"\n'),
    ),
    BadStudy(
        "tiers of a format without them",
        "STUDY.toml: 'coded.1': tiers belong to the formats elan, datavyu, datavyu_csv, interact_csv, nova.",
        coded('\n[[coded]]\nfiles = ["*.csv"]\nformat = "boris_events"\n[coded.tiers.CHI]\nsubject = "infant"\n'),
    ),
    BadStudy(
        "unknown scheme",
        f"'mhimt' is not a known scheme. Did you mean 'mhint'? Choose one of: {', '.join(known_schemes())}, or a .toml "
        "file.",
        head("tiny.toml", "mhimt"),
    ),
    BadStudy(
        "no scheme at all",
        "STUDY.toml: every coded entry needs a scheme, its own or the study's.",
        head('scheme = "tiny.toml"', ""),
    ),
    BadStudy("scheme file not there", "tinny.toml: there is no such file.", head("tiny.toml", "tinny.toml")),
    BadStudy(
        "scheme no TOML",
        "tiny.toml: this is not valid TOML (Invalid value (at end of document)). Correct that place and run again.",
        after=content("/tiny.toml", "codes ="),
    ),
    BadStudy(
        "code twice in its group",
        "tiny.toml: 'groups.1': group face names the code Smile twice.",
        after=scheme('"Neutral"', '"Smile"'),
    ),
    BadStudy(
        "colour in words",
        "tiny.toml: 'groups.1.codes.2.colour': 'blue' is not allowed here; write a colour such as #5B8DB8.",
        after=scheme('"#5B8DB8"', '"blue"'),
    ),
    BadStudy(
        "scheme with an unknown subject",
        "tiny.toml: 'subjects.Infant': 'baby' is not known here. Choose one of: infant, caregiver1, caregiver2, "
        "sibling.",
        after=scheme('"Infant" = "infant"', '"Infant" = "baby"'),
    ),
    BadStudy(
        "two schemes with one name",
        "two different schemes are both named 'tiny'. Rename one.",
        coded(entry("*.csv") + entry("b/*.csv", 'scheme = "b.toml"')),
        lambda study: (content("/b.toml", SCHEME.replace("Hum", "Whistle"))(study), study.spans("b/b.csv", "")),
    ),
    BadStudy(
        "two schemes with one group",
        "schemes tiny and other both have a group 'face'. Rename one of the two groups.",
        coded(entry("*.csv") + entry("b/*.csv", 'scheme = "b.toml"')),
        lambda study: (content("/b.toml", OTHER_SCHEME)(study), study.spans("b/b.csv", "")),
    ),
    BadStudy(
        "XML bomb for a scheme",
        "bomb.otx: the file declares entities or a document type, which may be an attack. It was not opened. Export "
        "it again.",
        head("tiny.toml", "bomb.otx"),
        content("/bomb.otx", XML_BOMB),
    ),
    BadStudy(
        "template that is none",
        "empty.otx: no behaviours were found, so this is not an Observer XT template. Save the template as .otx.",
        head("tiny.toml", "empty.otx"),
        content("/empty.otx", "<a/>"),
    ),
    BadStudy(
        "unknown instrument",
        "'EDPS' is not a known instrument. Did you mean 'EPDS'? Choose one of: ACEs, EPDS, PEARLS, PHQ-9, PSS-10, "
        "SAPAS, Social Support, or a .toml file.",
        tail(SCORES.replace("EPDS", "EDPS")),
        content("/scores.csv", "who,sum\nx,1\n"),
    ),
    BadStudy("scores not there", "scores.csv: there is no such file. Check its name in the manifest.", tail(SCORES)),
    BadStudy(
        "scores without a column",
        "scores.csv: there is no column 'sum' ([[scores]] 1 total). Choose one of: total, who.",
        tail(SCORES),
        content("/scores.csv", "who,total\nx,1\n"),
    ),
    BadStudy(
        "no file fits the pattern",
        "coded entry 1: no file matches 'coded/*.txt'. Check the pattern; it is relative to the folder of the "
        "manifest.",
        coded(entry("*.txt")),
    ),
    BadStudy(
        "a folder for a coded file",
        "coded entry 1: no file matches 'coded/*.csv'. Check the pattern; it is relative to the folder of the "
        "manifest.",
        after=folder("coded/good.csv"),
    ),
    BadStudy(
        "files outside the study",
        "coded entry 1: 'coded/../*.csv' does not lie below the folder of the manifest. Write it relative to that "
        "folder, or name another folder with --data.",
        coded(entry("*.csv").replace('["*.csv"]', '["../*.csv"]')),
    ),
    BadStudy(
        "whole path",
        "coded entry 1: no file matches 'coded//data/*.csv'. Check the pattern; it is relative to the folder of the "
        "manifest.",
        coded(entry("*.csv").replace('["*.csv"]', '["/data/*.csv"]')),
    ),
    BadStudy(
        "pattern without sense",
        "coded entry 1: 'coded/**x/\\x00' is not a pattern of files. Correct it.",
        coded(entry("**x/\\u0000")),
    ),
    BadStudy(
        "file of two entries",
        "'coded/good.csv' is named by two coded entries. Name it in one of them.",
        coded(entry("*.csv") + entry("good.*")),
    ),
    BadStudy(
        "table not there",
        "observations.csv: there is no such file. Check its name in the manifest.",
        after=gone("observations.csv"),
    ),
    BadStudy(
        "a folder for a table",
        "observations.csv: the file cannot be opened (Is a directory). Check that it is a file you may read.",
        after=folder("observations.csv"),
    ),
    BadStudy(
        "table empty", "observations.csv: the file is empty. Export it again.", after=content("/observations.csv", "")
    ),
    BadStudy(
        "table with NUL bytes",
        "observations.csv, line 2: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
        after=content("/observations.csv", b"observation_id,dyad_id\nO1\0,D1\n"),
    ),
    BadStudy(
        "table an Excel workbook by another name",
        "observations.csv: this is a zip archive or Excel workbook, not a text file. Give it its own ending "
        "(.xlsx), or save it as .csv.",
        after=content("/observations.csv", packed(WORKBOOK)()),
    ),
    BadStudy(
        "table a zip bomb",
        "observations.xlsx: the file would unpack to 1,023 times its size; at most 100 times is allowed. It was not "
        "opened. Save the table as .csv.",
        head("observations.csv", "observations.xlsx"),
        content("/observations.xlsx", packed({"xl/worksheets/sheet1.xml": bytes(30_000_000)})()),
    ),
    BadStudy(
        "table without the column of dyads",
        "observations.csv: no column for dyad_id was found, and the manifest names no table of dyads. Add "
        "columns.dyad_id = '...' to [tables.observations]. Choose one of: length_s, observation_id.",
        after=content("/observations.csv", "observation_id,length_s\nO1,10\n"),
    ),
    BadStudy(
        "table with a column twice",
        "observations.csv: the column 'dyad_id' ([tables.observations] dyad_id) stands twice. Rename one of the two.",
        after=content("/observations.csv", "observation_id,dyad_id,Dyad_ID\nO1,D1,D1\n"),
    ),
    BadStudy(
        "unknown field of a table",
        "[tables.observations] columns: 'lenght_s' is not a known field. Did you mean 'length_s'? Choose one of: "
        "activity, birth_order, camera, camera_count, caregiver_age_years, caregiver_id, child_sex, dyad_id, "
        "family_id, infant_age_months, infant_id, infant_sex, length, length_ms, length_s, observation_id, "
        "parental_age, primary_caregiver, protocol, role, start_ms, start_s, visit, wave.",
        tail('[tables.observations.columns]\nlenght_s = "length_s"\n'),
    ),
    BadStudy(
        "the only coded file is damaged",
        "good.csv, line 2: the file holds a NUL byte, so it is damaged or not a text file. Export it again.",
        after=content("good.csv", b"obs,who\nO1\0"),
    ),
    BadStudy(
        "all coded files are damaged",
        "None of the coded files could be read; the sentences above say why. Nothing was imported.",
        after=lambda study: (study.write("good.csv", ""), study.write("b.csv", b"PK\x03\x04")),
    ),
]
