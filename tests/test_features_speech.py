"""Speech: from sound to a track, from a track to intervals."""

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import UserError
from pipeline.features.audio import Sound, read_sound
from pipeline.features.speech import in_steps, speech_track
from pipeline.measures.speech import STEP_S, decibels, energy_intervals, heard_speech, speech_intervals
from tests.feature_clips import RATE, tone, write_clip


def track(picture: str, start_s: float = 0.0) -> pd.DataFrame:
    """One letter per step of 32 ms: `.` .1, `o` .4, `#` .9; loudness -60 dB, -41 dB, -20 dB."""
    values = {".": (0.1, -60), "o": (0.4, -41), "#": (0.9, -20)}
    rows = [(start_s + number * STEP_S, *values[letter]) for number, letter in enumerate(picture)]
    return pd.DataFrame(rows, columns=["t_s", "probability", "energy"])


def in_order(intervals: pd.DataFrame) -> list[tuple[float, float]]:
    """In steps."""
    return [tuple(row) for row in (intervals / STEP_S).round(6).itertuples(index=False)]


@pytest.mark.parametrize(
    ("picture", "threshold", "expected"),
    [
        ("..##..#.", 0.5, [(2, 4), (6, 7)]),
        ("##o#", 0.5, [(0, 2), (3, 4)]),
        ("##o#", 0.3, [(0, 4)]),
        ("....", 0.5, []),
        ("", 0.5, []),
        ("####", 0.9, [(0, 4)]),
        ("####", 0.91, []),
    ],
)
def test_speech_is_where_the_probability_reaches_the_threshold(picture, threshold, expected):
    assert in_order(speech_intervals(track(picture), threshold)) == expected


def test_only_longer_speech_counts():
    """One step lasts 32 ms: longer than 10 ms, not longer than 32 ms."""
    drawn = track(".#..##.")
    assert in_order(speech_intervals(drawn, 0.5, 0.010)) == [(1, 2), (4, 6)]
    assert in_order(speech_intervals(drawn, 0.5, 0.0321)) == [(4, 6)]


def test_a_late_start_and_a_gap_of_time_are_kept():
    late = track("###", start_s=2.43)
    assert speech_intervals(late).to_numpy().ravel() == pytest.approx([2.43, 2.43 + 3 * STEP_S])
    holed = pd.concat([track("##"), track("##", start_s=1.0)], ignore_index=True)
    assert speech_intervals(holed)["onset_s"].tolist() == [0, 1]


ISLANDS = """
    WITH step AS (SELECT row_number() OVER (PARTITION BY picture ORDER BY t_s) AS number, * FROM tracks),
    speech AS (
        SELECT picture, t_s, number - row_number() OVER (PARTITION BY picture ORDER BY t_s) AS island
        FROM step WHERE probability >= 0.5
    )
    SELECT picture, min(t_s), max(t_s) + 0.032 FROM speech
    GROUP BY picture, island HAVING max(t_s) + 0.032 - min(t_s) > 0.05 ORDER BY 1, 2
"""


def test_intervals_equal_one_statement_of_the_database():
    """Fifty drawn tracks: a step's number less its number among the steps of speech is the same within a run."""
    rng = np.random.default_rng(3)
    drawn = [track("".join(rng.choice(list("#.o"), rng.integers(0, 60)))) for _ in range(50)]
    tracks = pd.concat([one.assign(picture=number) for number, one in enumerate(drawn)])
    with duckdb.connect() as connection:
        expected = connection.register("tracks", tracks).execute(ISLANDS).fetchall()
    found = [(number, *row) for number, one in enumerate(drawn) for row in speech_intervals(one, 0.5, 0.05).to_numpy()]
    assert np.array(found) == pytest.approx(np.array(expected)) and len(found) > 100


@settings(max_examples=20)
@given(st.text("#.o", max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_adds_speech(picture, one, other):
    lengths = [speech_intervals(track(picture), limit, 0).diff(axis=1)["offset_s"].sum() for limit in (one, other)]
    assert lengths[0] >= lengths[1] - 1e-9 if one <= other else lengths[0] <= lengths[1] + 1e-9


def test_the_energy_rule_joins_short_pauses_and_drops_short_phrases():
    """Threshold 300 of 32768 is -40.8 dB: `#` is loud, `o` (-41 dB) is not. A pause of 24 steps (.77 s) stays in a
    phrase, one of 25 (.80 s) ends it; 9 steps (.29 s) are no phrase, 10 (.32 s) are one."""
    assert decibels(300) == pytest.approx(-40.767, abs=1e-3)
    assert in_order(energy_intervals(track("#" * 5 + "o" * 24 + "#" * 5))) == [(0, 34)]
    assert in_order(energy_intervals(track("#" * 10 + "." * 25 + "#" * 10))) == [(0, 10), (35, 45)]
    assert in_order(energy_intervals(track("#" * 9 + "." * 30))) == []
    assert in_order(energy_intervals(track(""))) == []


def test_steps_are_filled_up_with_silence():
    steps = in_steps(np.arange(1, 1030, dtype=np.int16))
    assert (
        steps.shape == (3, 512)
        and steps[1, 0] == 513
        and steps[2].tolist() == [1025, 1026, 1027, 1028, 1029, *[0] * 507]
    )
    assert in_steps(np.zeros(0, np.int16)).shape == (0, 512)


@pytest.fixture(scope="module")
def heard(tmp_path_factory):
    """Half a second of a loud sine that starts .25 s after the pictures, then half a second of silence."""
    sound = np.concatenate([tone(0.512, 8000), np.zeros(RATE // 2, np.int16)])
    pictures = [np.zeros((48, 64), np.uint8)] * 10
    path = write_clip(tmp_path_factory.mktemp("sound") / "a.mkv", pictures, sound=sound, sound_at_s=0.25)
    return speech_track(read_sound(path))


def test_a_track_has_a_row_per_step_from_the_start_of_the_sound(heard):
    assert heard["t_s"].tolist() == pytest.approx([0.25 + number * STEP_S for number in range(32)], abs=1e-3)
    assert heard["probability"].between(0, 1).all() and heard["energy"].between(-90.31, 0).all()


def test_loudness_is_that_of_the_sine(heard):
    """8000 / sqrt(2) of 32768 is -15.26 dB; silence is -90.3 dB."""
    assert heard["energy"].iloc[:16].to_numpy() == pytest.approx(-15.256, abs=0.05)
    assert heard["energy"].iloc[17:].to_numpy() == pytest.approx(-90.309, abs=1e-3)


def test_a_sine_is_loud_but_no_speech(heard):
    """What separates the two rules: the energy rule takes any noise for speech."""
    assert len(energy_intervals(heard)) == 1 and len(speech_intervals(heard)) == 0


def test_the_parameters_name_the_rule(heard):
    loud = SmileParameters(speech_method="energy")
    pd.testing.assert_frame_equal(heard_speech(heard, loud), energy_intervals(heard))
    assert len(heard_speech(heard, SmileParameters())) == 0
    assert heard_speech(heard, SmileParameters(speech_method="energy", speech_min_s=5)).empty
    for without in (heard[["t_s", "probability"]], heard.assign(energy=np.nan)):
        with pytest.raises(UserError, match="holds no loudness"):
            heard_speech(without, loud)


def test_the_same_sound_gives_the_same_track_twice():
    """The network's memory is cleared between recordings."""
    rng = np.random.default_rng(1)
    sound = Sound(rng.normal(0, 3000, 8192).astype(np.int16), 0, 0, 0)
    assert speech_track(sound).equals(speech_track(sound))
