"""Whatever a file holds, a reader either reads it or says a sentence: no other error, no lost line."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.readers.registry import FORMATS
from tests.bad_files.case import EVENT_LOG, START
from tests.reading_parts import read_bytes, rows

LONG = {"columns": {"observation": "Observation", "code": "Behavior", "onset": "a", "offset": "b", "unit": "s"}}
HEADERS = (
    EVENT_LOG.encode(),
    b"Time_Relative_sf,Observation,Subject,Behavior,Subject,Behavior\n",
    b"Observation id\tSubject\tBehavior\tBehavior type\tTime\n",
    b"Observation id;Behavior;Behavior type;Start (s);Stop (s)\n",
    b"Observation,Behavior,a,b\n",
    b'{"observations": {"O1": {"events": [',
    b"PK\x03\x04",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"",
)
PIECES = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [b'"', b"\n", b"\r", b"\r\n", b",", b";", b"\t", b"\0", b"\xe9", START.encode(), b'[1.5, "", "s", "", ""],']
    ),
)
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


ANYTHING = given(
    st.sampled_from(list(FORMATS)),
    st.sampled_from([".csv", ".xlsx", ".gz", ".boris"]),
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
    except UserError as refusal:
        assert str(refusal).startswith("file")
        assert str(refusal).endswith((".", ". "))
        return
    assert all(len(cells) == reading.width for _, cells in found)
    if reading.table is not None:
        assert len(found) <= reading.table.data_lines
