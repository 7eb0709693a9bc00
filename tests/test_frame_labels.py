"""Frame labels: the mid-time rule drawn by hand, against fractions one frame at a time, and there and back."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures.frame_labels import (
    UNCODED,
    OverlappingCodes,
    frame_count,
    frame_edges_ms,
    frame_labels,
    label_events,
    rate,
)

CODES = ("Ineg", "Inon", "Ineu", "Ipos")
NTSC = Fraction(30000, 1001)


def events(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["code", "onset_ms", "offset_ms"])


def drawn(labels: np.ndarray) -> str:
    """One letter per frame: the last of the code's name, '.' where nothing holds."""
    return "".join("." if label == UNCODED else "gnus"[label] for label in labels)


def one_by_one(frame: pd.DataFrame, frames: int, fps: Fraction, origin: int = 0) -> list[int]:
    """Second road: every frame asks every event, in fractions of a second."""
    found = []
    for number in range(frames):
        mid = Fraction(origin, 1000) + (number + Fraction(1, 2)) / fps
        at = [
            code
            for code, onset, offset in frame.itertuples(index=False)
            if Fraction(int(onset), 1000) <= mid < Fraction(int(offset), 1000)
        ]
        found.append(CODES.index(at[0]) if at else UNCODED)
    return found


def test_a_frame_has_the_code_of_its_middle():
    """25 fps: middles at 20, 60, 100, 140, 180 ms. What starts at 60 has it, what ends at 100 has it not."""
    found = frame_labels(events(("Ineu", 0, 60), ("Ipos", 60, 100), ("Ineg", 110, 181)), CODES, 6, Fraction(25))
    assert drawn(found) == "us.gg."


def test_a_segment_between_two_middles_gives_no_frame_and_moves_none():
    found = frame_labels(events(("Ineu", 0, 61), ("Ipos", 61, 99), ("Ineg", 99, 200)), CODES, 5, Fraction(25))
    assert drawn(found) == "uuggg"


def test_six_minutes_of_eighty_segments_are_nine_thousand_labels():
    """The golden of six minutes: millisecond times, 80 segments, no drift; the usual rounding up gives dozens more."""
    chance = np.random.default_rng(5)
    edges = np.sort(chance.choice(np.arange(1, 360_000), 79, replace=False))
    edges = np.concatenate([[0], edges, [360_000]])
    rows = [(CODES[chance.integers(4)], int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False)]
    frame = events(*rows)
    fps = Fraction(25)
    labels = frame_labels(frame, CODES, frame_count(360_000, fps), fps)
    assert len(labels) == 9_000 and (labels != UNCODED).all()
    assert sum(-(-(b - a) // 40) for _, a, b in rows) > 9_030
    for number, code in enumerate(CODES):
        of = frame[frame["code"] == code]
        exact = (of["offset_ms"] - of["onset_ms"]).sum() / 40
        assert abs((labels == number).sum() - exact) < 2 * len(of)
    for code, onset, offset in rows:
        covered = [number for number in range(9_000) if onset <= 40 * number + 20 < offset]
        assert (labels[covered] == CODES.index(code)).all()


@st.composite
def coded(draw) -> tuple[pd.DataFrame, int, Fraction, int]:
    """Segments without overlap, gaps allowed, at 25, 29.97, 24 or 120 frames per second, from some origin."""
    origin = draw(st.integers(-500, 5_000))
    edges = sorted(draw(st.sets(st.integers(0, 2_000), max_size=12)))
    rows = [
        (draw(st.sampled_from(CODES)), origin + a, origin + b)
        for a, b in zip(edges, edges[1:], strict=False)
        if draw(st.booleans())
    ]
    fps = draw(st.sampled_from([Fraction(25), NTSC, rate(24), rate(120)]))
    return events(*rows), draw(st.integers(0, 60)), fps, origin


@settings(max_examples=50)
@given(coded())
def test_labels_are_those_of_fractions_one_by_one(case):
    frame, frames, fps, origin = case
    assert frame_labels(frame, CODES, frames, fps, origin).tolist() == one_by_one(frame, frames, fps, origin)


@settings(max_examples=50)
@given(
    st.lists(st.integers(UNCODED, 3), max_size=60),
    st.sampled_from([Fraction(25), NTSC, rate(23.976), rate(15), Fraction(240)]),
    st.integers(-500, 10_000),
)
def test_labels_become_events_and_labels_again(labels, fps, origin):
    given_labels = np.array(labels, dtype=np.int16)
    made = label_events(given_labels, CODES, fps, origin)
    assert (frame_labels(made, CODES, len(labels), fps, origin) == given_labels).all()
    assert (made["offset_ms"] > made["onset_ms"]).all()
    assert made["frames"].sum() == (given_labels != UNCODED).sum()


def test_equal_neighbours_are_one_event():
    made = label_events(np.array([2, 2, UNCODED, 3, 3, 3, 0]), CODES, Fraction(25), origin_ms=1_000)
    assert made.to_numpy().tolist() == [
        ["Ineu", 1_000, 1_080, 0, 2],
        ["Ipos", 1_120, 1_240, 3, 3],
        ["Ineg", 1_240, 1_280, 6, 1],
    ]


def test_two_codes_at_one_time_are_refused():
    with pytest.raises(OverlappingCodes) as refusal:
        frame_labels(events(("Ineu", 0, 500), ("Ipos", 499, 900)), CODES, 20, Fraction(25))
    assert str(refusal.value) == (
        "'Ineu' and 'Ipos' overlap at 0.499 s, so frames there have no one label. Correct one of them in the coding "
        "tool and import again."
    )


def test_what_is_no_class_and_what_has_no_length_labels_nothing():
    assert drawn(frame_labels(events(("Islp", 0, 80), ("Ipos", 100, 100)), CODES, 3, Fraction(25))) == "..."
    assert drawn(frame_labels(events(), CODES, 2, Fraction(25))) == ".."
    assert len(label_events(np.array([], dtype=np.int16), CODES, Fraction(25))) == 0


@pytest.mark.parametrize("case", [(360_000, 25, 9_000), (20, 25, 0), (21, 25, 1), (1_001, NTSC, 30)])
def test_frames_of_a_length(case):
    """A frame counts when its middle lies before the end."""
    length, fps, frames = case
    assert frame_count(length, rate(fps)) == frames


def test_rates():
    assert (rate(25), rate("30000/1001"), rate(29.97)) == (25, NTSC, Fraction(2997, 100))
    assert frame_edges_ms(np.array([1]), NTSC).tolist() == [33]
    with pytest.raises(ValueError, match="positive"):
        rate(0)
