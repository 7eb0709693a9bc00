"""Whatever a file holds, a reader either reads it or says a sentence: no other error, no lost line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.readers.registry import FORMATS
from tests.bad_files.case import EVENT_LOG, START
from tests.reading_parts import read_bytes, rows
from tests.tiered_files import DB, HANDS, INTERACT, eaf, opf, tier

LONG = {"columns": {"observation": "Observation", "code": "Behavior", "onset": "a", "offset": "b", "unit": "s"}}
HEADERS = (
    EVENT_LOG.encode(),
    b"Time_Relative_sf,Observation,Subject,Behavior,Subject,Behavior\n",
    b"Observation id\tSubject\tBehavior\tBehavior type\tTime\n",
    b"Observation id;Behavior;Behavior type;Start (s);Stop (s)\n",
    b"Observation,Behavior,a,b\n",
    b'{"observations": {"O1": {"events": [',
    b"file,column,ordinal,onset,offset,hand,look\n",
    INTERACT.encode(),
    eaf("0 4000 ?", tier("face", "a1 1-2 Smile"))[:-30].encode(),
    eaf("0 4000 ?", tier("face", "a1 1-2 Smile"))[:150].encode(),
    opf(DB + HANDS),
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"",
)
TIERED = (
    b'<REF_ANNOTATION ANNOTATION_ID="a1" ANNOTATION_REF="a1"/>',
    b'<ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts9" TIME_SLOT_REF2="ts1"/>',
    b'<TIER TIER_ID="face" PARENT_REF="face">',
    b"<CV_ENTRY>x",
    b"</TIER></ANNOTATION_DOCUMENT>",
    b"3,Event,1,0,4,4,Smile,\n",
    b"2,DataSet,1,5,NaN,4,,\n",
    b"O1,hands,1,0,1000,left,1\n",
)
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [
            b'"',
            b"\n",
            b"\r",
            b"\r\n",
            b",",
            b";",
            b"\t",
            b"\0",
            b"\xe9",
            START.encode(),
            b'[1.5, "", "s", "", ""],',
            *TIERED,
        ]
    ),
)
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


ANYTHING = given(
    st.sampled_from(list(FORMATS)),
    st.sampled_from([".csv", ".xlsx", ".gz", ".boris", ".eaf", ".opf"]),
    st.sampled_from(HEADERS),
    st.lists(PIECES, max_size=12),
)


@QUIET
@ANYTHING
def test_any_bytes_are_read_or_refused_in_words(tmp_path, format, ending, header, pieces):
    read_or_refused(tmp_path, format, ending, header, pieces)


@pytest.mark.soak
@settings(QUIET, max_examples=5_000, derandomize=False)
@ANYTHING
def test_five_thousand_odd_files_are_read_or_refused_in_words(tmp_path, format, ending, header, pieces):
    read_or_refused(tmp_path, format, ending, header, pieces)


def read_or_refused(tmp_path, format, ending, header, pieces) -> None:
    entry = LONG if format == "long_csv" else {}
    try:
        reading = read_bytes(tmp_path, f"file{ending}", header + b"".join(pieces), format, subject="infant", **entry)
        found = rows(reading)
        lines = {line for line, _ in found}
        assert all(event.line in lines for event in reading.events())
    except UserError as refusal:
        assert str(refusal).startswith("file")
        assert str(refusal).endswith((".", ". "))
        return
    assert all(len(cells) == reading.width for _, cells in found)
    if reading.table is not None:
        assert len(found) <= reading.table.data_lines


DATABASES = st.lists(
    st.sampled_from(
        [
            "#4",
            "hands (MATRIX,true,)-hand|NOMINAL",
            "x (TEXT)",
            "\n",
            "\r\n",
            "00:00:01:000,00:00:02:000,(a)",
            "(",
            "\\",
        ]
        + [",", "9", "-", "\0", "é", "hands (MATRIX,false,", "\\,", "|"]
    ),
    max_size=14,
)


@QUIET
@given(DATABASES)
def test_any_datavyu_database_is_read_or_refused_in_words(tmp_path, pieces):
    """Fuzzed inside the archive: the outer zip is sound, its `db` is anything."""
    try:
        reading = read_bytes(tmp_path, "file.opf", opf("#4\n" + "".join(pieces)), "datavyu", subject="infant")
        found = rows(reading)
        lines = {line for line, _ in found}
    except UserError as refusal:
        assert str(refusal).startswith("file.opf") and str(refusal).endswith(".")
        return
    assert len(lines) == len(found) and all(event.line in lines for event in reading.events())
