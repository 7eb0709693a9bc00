"""Co-occurrence and disagreement: a drawn golden, laws, and a second road in one SQL statement."""

import duckdb
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures.co_occurrence import Strand, co_occurrence, disagreement

LETTERS = {"N": "Negative", "P": "Positive", "x": "Face not visible"}
INFANT, CAREGIVER = (Strand(who, "facial_expression", "Negative") for who in ("infant", "caregiver1"))
TOGETHER_SQL = """
SELECT coalesce(sum(least(a.offset_ms, b.offset_ms, $end) - greatest(a.onset_ms, b.onset_ms, $start)), 0)::BIGINT
FROM events a JOIN events b ON greatest(a.onset_ms, b.onset_ms, $start) < least(a.offset_ms, b.offset_ms, $end)
WHERE a.subject = 'infant' AND b.subject = 'caregiver1' AND a.code = 'Negative' AND b.code = 'Negative'"""
DIFFER_SQL = """
SELECT coalesce(sum(least(a.offset_ms, b.offset_ms, $end) - greatest(a.onset_ms, b.onset_ms, $start)), 0)::BIGINT
FROM one a JOIN two b ON greatest(a.onset_ms, b.onset_ms, $start) < least(a.offset_ms, b.offset_ms, $end)
WHERE a.code <> b.code"""


def stream(subject: str, picture: str) -> pd.DataFrame:
    """Events of a drawn stream: every character is one second, '.' is uncoded."""
    edges = [0, *(i for i in range(1, len(picture)) if picture[i] != picture[i - 1]), len(picture)]
    bouts = [(a, b) for a, b in zip(edges, edges[1:], strict=False) if a < b and picture[a] != "."]
    return pd.DataFrame(
        [(subject, "facial_expression", LETTERS[picture[a]], a * 1000, b * 1000) for a, b in bouts],
        columns=["subject", "behaviour_group", "code", "onset_ms", "offset_ms"],
    )


def dyad(infant: str, caregiver: str) -> pd.DataFrame:
    """Both streams of one observation."""
    return pd.concat([stream("infant", infant), stream("caregiver1", caregiver)], ignore_index=True)


def test_the_drawn_observation():
    """
    infant      NNNNPPPPNNNNxx      both negative: seconds 2-4 and 8-10 = 4 s of 14 s
    caregiver   PPNNNNPPNNPPPx      not seen (either): the last 2 s, so 12 s could be seen
    """
    found = co_occurrence(
        dyad("NNNNPPPPNNNNxx", "PPNNNNPPNNPPPx"), INFANT, CAREGIVER, (0, 14_000), ["Face not visible"]
    )
    assert found.bouts == ((2000, 4000), (8000, 10_000))
    assert (found.together_ms, found.session_ms, found.seen_ms) == (4000, 14_000, 12_000)
    assert found.share_of_session == pytest.approx(4 / 14)
    assert found.share_of_seen == pytest.approx(1 / 3)


def test_only_time_inside_the_session_counts():
    """A session from 3 s to 9 s keeps 3-4 and 8-9."""
    found = co_occurrence(dyad("NNNNPPPPNNNNxx", "PPNNNNPPNNPPPx"), INFANT, CAREGIVER, (3000, 9000))
    assert found.bouts == ((3000, 4000), (8000, 9000))
    assert found.share_of_session == pytest.approx(2 / 6)


def test_a_measure_of_nothing_is_decided():
    """No time together is 0; a share of no time is missing."""
    nothing = dyad("", "")
    assert co_occurrence(nothing, INFANT, CAREGIVER, (0, 5000)).together_ms == 0
    unseen = co_occurrence(dyad("xxx", "PPP"), INFANT, CAREGIVER, (0, 3000), ["Face not visible"])
    assert (unseen.share_of_session, unseen.share_of_seen) == (0, None)
    assert co_occurrence(nothing, INFANT, CAREGIVER, (5000, 5000)).share_of_session is None


def test_the_drawn_disagreement():
    """
    one   NNNNPPPP..NN      differ: seconds 3-4 and 6-8 = 3 s of the 9 s that both coded
    two   NNNPPPNNNNN.      (seconds 8-10 and 11-12 were coded by one of them only)
    """
    found = disagreement(stream("infant", "NNNNPPPP..NN"), stream("infant", "NNNPPPNNNNN."), (0, 12_000))
    assert found.bouts == ((3000, 4000), (6000, 8000))
    assert (found.differing_ms, found.both_coded_ms) == (3000, 9000)
    assert found.share == pytest.approx(1 / 3)
    assert disagreement(stream("infant", "NN"), stream("infant", ""), (0, 2000)).share is None


PICTURE = st.text(alphabet="NPx.", min_size=0, max_size=30)
WINDOW = st.tuples(st.integers(0, 15_000), st.integers(15_000, 31_000))


@settings(max_examples=50)
@given(PICTURE, PICTURE, WINDOW)
def test_seconds_equal_one_sql_statement(infant, caregiver, window):
    """Interval join in DuckDB gives the same milliseconds, together and in disagreement."""
    events = dyad(infant, caregiver)
    start, end = window
    with duckdb.connect() as con:
        con.register("events", events)
        ((together,),) = con.execute(TOGETHER_SQL, {"start": start, "end": end}).fetchall()
        con.register("one", stream("infant", infant))
        con.register("two", stream("infant", caregiver))
        ((differ,),) = con.execute(DIFFER_SQL, {"start": start, "end": end}).fetchall()
    assert co_occurrence(events, INFANT, CAREGIVER, window).together_ms == together
    assert disagreement(stream("infant", infant), stream("infant", caregiver), window).differing_ms == differ


@settings(max_examples=50)
@given(PICTURE, PICTURE, st.integers(0, 5000), st.randoms(use_true_random=False))
def test_laws(infant, caregiver, shift, order):
    """Swapping the partners, permuting rows, shifting time and cutting every event in two change no bout."""
    events, session = dyad(infant, caregiver), (0, 30_000)
    found = co_occurrence(events, INFANT, CAREGIVER, session)
    assert co_occurrence(events, CAREGIVER, INFANT, session).bouts == found.bouts
    rows = list(events.index)
    order.shuffle(rows)
    assert co_occurrence(events.loc[rows], INFANT, CAREGIVER, session).bouts == found.bouts
    moved = events.assign(onset_ms=events["onset_ms"] + shift, offset_ms=events["offset_ms"] + shift)
    later = co_occurrence(moved, INFANT, CAREGIVER, (shift, 30_000 + shift))
    assert later.bouts == tuple((a + shift, b + shift) for a, b in found.bouts)
    middle = (events["onset_ms"] + events["offset_ms"]) // 2
    cut = pd.concat([events.assign(offset_ms=middle), events.assign(onset_ms=middle)], ignore_index=True)
    assert co_occurrence(cut, INFANT, CAREGIVER, session).bouts == found.bouts
    assert 0 <= found.together_ms <= found.session_ms
