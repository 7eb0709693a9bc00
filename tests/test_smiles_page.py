"""Smiles of one recording on the screen: what the component is told, parameters, sensitivity, what is missing."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect, queries_smiles
from pages.parts import smiles_one_lanes, smiles_one_sensitivity, smiles_one_words
from pages.parts.charts_smiles_track import draw_sensitivity
from pages.parts.smiles_one import feature_table
from pipeline.catalogue.smile_noise import ALL_FOUR, FRAME_NOISE, REAL_NOISE, WITHIN_TWO_FRAMES
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.errors import StudyError
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_noise import frame_noise, mouth_at_rest
from pipeline.measures.smiles import smiles
from pipeline.steps.smiles import (
    KEPT,
    LOUD,
    PAIRS,
    SMOOTHINGS,
    Tracked,
    agreement_with_au12,
    answer,
    read_tracked,
    replaced,
    sensitivity,
    stored_parameters,
)
from tests.conftest import ROOT, once
from tests.opening import opened_page
from tests.smile_pictures import drawn
from tests.test_smiles import REAL, SMILE, needs_real
from tests.tiny import Tiny
from tests.track_pictures import SMILE as FRAMES
from tests.track_pictures import TRACKS, rows, study, table

PAPER = SmileParameters()
LATER = (140, 150, 160, 180)
"""A second smile, from 5.6 to 7.2 s."""
SPEECH = '\n[tables.speech]\nfile = "speech.csv"\n'


def publish(folder: Path) -> None:
    """O1: two smiles, the second in speech, unsure from 1.0 to 1.2 s. O2: no smile. O3: no landmarks."""
    made = study(folder, TRACKS + SPEECH, O1=8, O2=8, O3=8)
    first = rows((FRAMES, LATER))
    for number in range(25, 30):
        first[number][3] = "0.5"
    made.write("/tracks/O1.csv", table(first))
    made.write("/tracks/O2.csv", table(rows(())))
    made.write("/tracks/O3.csv", table(rows(), without=("x_48",)))
    made.write("/speech.csv", "observation_id,onset,offset,unit\nO1,7,7.5,s\nO1,0.1,0.105,s\n")
    made.run()


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return once(tmp_path_factory, "smiles_page", publish) / "home"


@pytest.fixture(scope="module")
def reader(home):
    return connect.open_reader(connect.current(home).file).cursor()


@pytest.fixture(scope="module")
def first(reader, home) -> Tracked:
    return read_tracked(reader, home, "O1", "openface")


def page(home: Path, monkeypatch, **query: str) -> AppTest:
    return opened_page("smiles", home, monkeypatch, query)


def content(app: AppTest) -> dict:
    """What the component was told."""
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json or component.proto.mixed.json)


def said(app: AppTest) -> str:
    return " ".join(one.value for part in (app.main.markdown, app.info, app.main.caption) for one in part)


# ---- answers of one recording ---------------------------------------------------------------------------------------


def test_what_is_measured_anew_is_what_was_stored(reader, first):
    stored = queries_smiles.smiles(reader, ["O1"])
    found = answer(first, stored_parameters(reader)).episodes
    for name in ("episode", "status", "reason", "flags"):
        assert found[name].tolist() == stored[name].tolist()
    times = ["gate_on_s", "gate_off_s", "onset_s", "apex_s", "offset_s", "end_s", *FEATURES]
    np.testing.assert_allclose(found[times], stored[times], atol=1e-12)
    assert found["smile_number"].tolist() == [1, pd.NA] and found["reason"].tolist() == ["", "speech"]
    assert found["onset_s"].tolist() == [2.0, 5.6] and found["end_s"].tolist() == [4.0, 7.2]


def test_the_time_of_a_track_becomes_that_of_the_recording(home, tmp_path):
    """A film that began 1.2 s before the recording: everything is 1.2 s earlier."""
    made = study(tmp_path, TRACKS.replace('"openface"', '"openface"\noffset_ms = 1200'))
    made.write("/tracks/O1.csv", table(rows()))
    made.run()
    cursor = connect.open_reader(connect.current(tmp_path / "home").file).cursor()
    found = answer(read_tracked(cursor, tmp_path / "home", "O1", "openface"), PAPER)
    assert found.episodes["onset_s"].round(6).tolist() == [0.8] and found.tracked.track.t_s[0] == -1.2
    assert not found.tracked.has_speech and found.speech is None


def test_frames_that_are_gone_are_said_in_a_sentence(reader, home, tmp_path):
    with pytest.raises(StudyError, match=r"^The stored frames of this recording are gone or damaged\. Import"):
        read_tracked(reader, tmp_path, "O1", "openface")
    with pytest.raises(StudyError, match=r"^This recording has no face track by that coder\."):
        read_tracked(reader, home, "O9", "openface")


def test_the_mouth_at_rest_and_the_noise_of_a_track():
    """A mouth of 20 px at rest: 10 px are 1. Every step of 2 px up or down is 0.2."""
    assert mouth_at_rest(SMILE, PAPER) == 10.0
    assert np.isnan(frame_noise(SMILE, PAPER))  # fewer than thirty calm steps
    still = drawn("0" * 40, "." * 40)
    assert frame_noise(still, PAPER) == 0.0
    shaken = drawn("0202" * 10, "." * 40)
    assert frame_noise(shaken, PAPER) == pytest.approx(1.4826 * 0.2)
    smiling = drawn("0202" * 10 + "0909", "." * 40 + "####")
    assert frame_noise(smiling, PAPER) == pytest.approx(1.4826 * 0.2)  # smiles do not count
    assert np.isnan(mouth_at_rest(drawn("????", "...."), PAPER))


@needs_real
def test_how_each_pair_of_landmarks_goes_with_au12_on_a_real_face():
    from pipeline.readers.openface import read_openface
    from pipeline.readers.track import face_track

    found = read_openface(REAL)
    track = face_track(found.frame, found.au12_source)
    r = agreement_with_au12(track, PAPER)["r"].tolist()
    assert r == pytest.approx([0.849, 0.629, 0.614, 0.868, 0.948], abs=5e-4)
    low, high = REAL_NOISE
    assert low < frame_noise(track, PAPER) < high


# ---- sensitivity ----------------------------------------------------------------------------------------------------


def test_the_curve_of_exactness_is_the_published_table():
    text = (ROOT / "docs" / "smiles.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("| 0.0")]
    names = {"raw": "raw", "3": "3 frames", "5": "5 frames"}
    assert list(FRAME_NOISE) == list(dict.fromkeys(float(row[1]) for row in rows))
    for name, words in names.items():
        mine = [row for row in rows if row[2] == words]
        assert [f"{100 * share:.1f} %" for share in WITHIN_TWO_FRAMES[name]] == [row[4] for row in mine]
        assert [f"{100 * share:.1f} %" for share in ALL_FOUR[name]] == [row[5] for row in mine]


def test_every_choice_gives_what_measuring_with_it_gives(first):
    """The table is made faster (phases once for all choices about speech): one by one gives the same."""
    found = sensitivity([first, first], PAPER)
    assert len(found) == len(SMOOTHINGS) * len(PAIRS) * 2 and (found["recordings"] == 2).all()
    for row in found.to_dict("records"):
        chosen = replaced(PAPER, smoothing=row["smoothing"], corner=row["corner"], nostril=row["nostril"])
        speech = None if row["speech"] == KEPT else first.imported
        alone = smiles(first.track, chosen, speech)
        kept = alone[alone["status"] == "ok"]
        assert (row["episodes"], row["smiles"]) == (2 * len(alone), 2 * len(kept))
        assert row["with_speech"] == 2 * (alone["reason"] == "speech").sum()
        assert [row[name] for name in FEATURES] == pytest.approx(kept[list(FEATURES)].mean().tolist())


def test_thresholds_of_a_probability_track(first):
    """Speech of .6 in the first smile, .4 in the second: .3 leaves no smile, .5 one, .7 both."""
    t_s = np.arange(250) * 0.032
    probability = np.where(t_s < 4, 0.6, 0.4)
    heard = replace(first, imported=None, probable=pd.DataFrame({"t_s": t_s, "probability": probability}))
    found = sensitivity([heard], PAPER).query("smoothing == 'raw' and corner == 48 and nostril == 34")
    assert dict(zip(found["speech"], found["smiles"], strict=True)) == {"0.3": 0, "0.5": 1, "0.7": 2, KEPT: 2}
    both = sensitivity([heard, first], PAPER).query("smoothing == 'raw' and corner == 48 and nostril == 34")
    assert dict(zip(both["speech"], both["smiles"], strict=True)) == {"0.3": 1, "0.5": 2, "0.7": 3, KEPT: 4}
    assert (both["recordings"] == 2).all() and (both["episodes"] == 4).all()


def test_loudness_is_one_more_choice_about_speech(first):
    """Quiet speech in the first smile, a bang in the second: each rule loses the other one."""
    t_s = np.arange(250) * 0.032
    energy = np.where((t_s > 5.5) & (t_s < 7.5), -20.0, -80.0)
    probability = np.where(t_s < 4, 0.6, 0.0)
    heard = replace(first, imported=None, probable=pd.DataFrame(dict(t_s=t_s, probability=probability, energy=energy)))
    found = sensitivity([heard], PAPER).query("smoothing == 'raw' and corner == 48 and nostril == 34")
    assert dict(zip(found["speech"], found["smiles"], strict=True)) == {"0.3": 1, "0.5": 1, "0.7": 2, LOUD: 1, KEPT: 2}
    loud = replaced(PAPER, speech_method="energy")
    assert heard.by_loudness and not replace(heard, probable=heard.probable[["t_s", "probability"]]).by_loudness
    by_loudness, by_voice = (answer(heard, one).episodes for one in (loud, PAPER))
    assert by_loudness["reason"].tolist() == ["", "speech"] and by_voice["reason"].tolist() == ["speech", ""]


def test_what_smoothing_does_is_one_sentence(first):
    found = sensitivity([first], PAPER)
    level = found["speech"].iloc[0]
    assert smiles_one_sensitivity.finding(found, level, PAPER).startswith(
        "With smoothing alone the count stays at 1 smile; the mean onset duration lies between 0.40 and 0.56 s"
    )
    more = found.assign(smiles=np.where(found["smoothing"] == "5", 3, found["smiles"]))
    assert "the count goes from 1 to 3 smiles" in smiles_one_sensitivity.finding(more, level, PAPER)
    words = smiles_one_sensitivity.in_words(found)
    assert set(words["Speech"]) == {"Regarded", "Not regarded"} and len(words) == 24
    mine = words[(words["Speech"] == "Regarded") & (words["Landmarks"] == "Right corner, left nostril")]
    compared = smiles_one_sensitivity.by_smoothing(mine)
    assert list(compared.columns) == ["", "Not smoothed", "Mean of 3 frames", "Mean of 5 frames"]
    assert compared.iloc[0].tolist() == ["Smiles", "1", "1", "1"]
    assert compared.iloc[5].tolist() == ["Onset duration, mean (s)", "0.40", "0.48", "0.56"]


def test_the_figure_draws_every_choice_once_and_rings_the_chosen_one(first):
    words = smiles_one_sensitivity.in_words(sensitivity([first], PAPER))
    words = words[words["Speech"] == "Regarded"]
    column = "Onset duration (s)"
    figure = draw_sensitivity(words, column, ("Right corner, left nostril", "Mean of 3 frames"))
    marks, ring = figure.data[:3], figure.data[3]
    assert [list(trace.x) for trace in marks] == [
        words.loc[words["Smoothing"] == trace.name, column].tolist() for trace in marks
    ]
    assert (list(ring.x), list(ring.y)) == ([marks[1].x[0]], [marks[1].y[0]])
    assert len({(x, y) for trace in marks for x, y in zip(trace.x, trace.y, strict=True)}) == 12


# ---- what the component is told -------------------------------------------------------------------------------------


def test_lanes_show_phases_reasons_curves_and_shades(first):
    found = answer(first, PAPER)
    phases, left, r, au12, speech = smiles_one_lanes.lanes(found, "Mother")
    number = smiles_one_lanes.NUMBER
    assert [bar[:3] for bar in phases["bars"]] == [
        [2000, 2400, number["Onset"]], [2400, 3200, number["Apex"]], [3200, 4000, number["Offset"]],
    ]  # fmt: skip
    ((start, end, code, why, _),) = left["bars"]
    assert (code, why) == (number["Left out"], "overlap with speech") and 5600 < start < end < 7200
    assert [bar[:2] for bar in speech["bars"]] == [[100, 105], [7000, 7500]]
    assert len(r["values"]) == len(au12["values"]) == len(smiles_one_lanes.times(found)[0]) == 200
    assert [1000, 1200, number["Face not seen surely"]] in r["shades"] and [2000, 2400, number["Onset"]] in r["shades"]
    assert [2000, 2400, number["Onset"]] not in au12["shades"] and (au12["rule"], au12["ticks"]) == (1.5, [0, 1.5, 5])
    half = np.hypot(10, 0) / 30  # lip corner and nostril lie on one line: 35 px of 30 at rest
    assert r["values"][0] == pytest.approx(35 / 30, abs=5e-4) and half < r["low"] < r["values"][0] < r["high"]
    assert all(lane["subject"] == "Mother" for lane in (phases, left, r, au12, speech))
    json.dumps([phases, left, r, au12, speech], allow_nan=False)


def test_places_say_when_how_long_and_what_became_of_it(first):
    places = smiles_one_lanes.places(answer(first, PAPER).episodes)
    one, two = places["rows"]
    assert (one["cells"], one["quiet"]) == (["0:02.0", "2.0", "0.40", "Smile 1"], False)
    assert (two["cells"][-1], two["quiet"]) == ("Left out: overlap with speech", True)
    assert (one["at"], one["view"]) == (2000, [500, 5500])
    assert smiles_one_lanes.places(answer(first, PAPER).episodes.iloc[:0]) is None
    assert [smiles_one_lanes.clock(t) for t in (0, 59.96, 65.34, 3600)] == ["0:00.0", "1:00.0", "1:05.3", "60:00.0"]


def test_the_table_names_features_with_their_units(first):
    shown = feature_table(answer(first, PAPER).episodes)
    assert shown["Became"].tolist() == ["Smile", "Left out"] and shown["Onset duration (s)"].tolist() == [0.4, 0.4]
    assert shown["Why left out"].tolist() == ["", "overlap with speech"] and len(shown.columns) == 16


@pytest.mark.parametrize(
    ("reasons", "headline"),
    [
        ([], "No smile in this recording"),
        ([""], "1 smile, nothing left out"),
        (["", ""], "2 smiles, nothing left out"),
        (["speech", "speech"], "No smile; 2 episodes left out: overlap with speech"),
        (
            ["", "speech", "no_offset", "speech"],
            "1 smile; 3 episodes left out: overlap with speech (2), lip corner never moves back (1)",
        ),
    ],
)
def test_the_finding_in_one_sentence(reasons, headline):
    episodes = pd.DataFrame({"reason": reasons, "status": ["rejected" if reason else "ok" for reason in reasons]})
    assert smiles_one_words.headline(episodes) == headline


def test_coverage_speech_and_noise_in_words(first):
    found = answer(first, PAPER)
    assert smiles_one_words.coverage(found).startswith(
        "The face is seen surely (confidence of 0.8 or more) in 98 % of the frames (195 of 200). Tracked by OpenFace."
    )
    assert smiles_one_words.speech(found) == "Speech: 2 intervals from the study's own table."
    still, quiet, loud = (smiles_one_words.noise(replace(found, noise=noise)) for noise in (0.001, 0.0081, 0.03))
    assert still.endswith("So little noise leaves every boundary in its place.")
    assert "about 74 % of synthetic smiles came out right" in quiet and "and 98 % with a mean of 3" in quiet
    assert "no more than 5 % of synthetic smiles" in loud
    assert smiles_one_words.noise(replace(found, noise=float("nan"))) == ""
    shaky = [smiles_one_words.shaky(replace(found, noise=noise)) for noise in (0.001, 0.0062, 0.0081, float("nan"))]
    assert shaky == [False, False, True, False]
    smooth = answer(first, replaced(PAPER, smoothing="3"))
    assert not smiles_one_words.shaky(replace(smooth, noise=0.0161))
    changed = replaced(PAPER, smoothing="5", margin_s=2)
    assert smiles_one_words.not_usual(changed, PAPER).startswith(
        "Changed here, for looking only: time searched around and smoothing."
    )
    assert smiles_one_words.not_usual(PAPER, PAPER) == ""


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_page_opens_with_the_finding_the_lanes_and_the_choices(home, monkeypatch):
    app = page(home, monkeypatch)
    told = content(app)
    assert told["headline"] == "1 smile; 1 episode left out: overlap with speech"
    assert [lane["label"] for lane in told["lanes"]] == [
        "Smile phases", "Left out", "Lip to nose (IR)", "Smile muscle (AU12)", "Speech",
    ]  # fmt: skip
    assert "With smoothing alone" in said(app) and "the unsmoothed rule gets 50 %" in said(app)


def test_a_changed_choice_moves_the_answer_and_is_said(home, monkeypatch):
    app = page(home, monkeypatch, au12_min="2.6", margin_s="0.5")
    assert content(app)["headline"] == "No smile in this recording"
    assert "never reaches 2.6 where the face is seen surely" in content(app)["detail"]
    assert "Changed here, for looking only: smile muscle from and time searched around." in said(app)
    next(button for button in app.button if button.label == "Back to the study's choices").click()
    app.run()
    assert not app.exception and content(app)["headline"].startswith("1 smile;") and "Changed here" not in said(app)


def test_a_recording_without_smiles_says_why(home, monkeypatch):
    app = page(home, monkeypatch)
    next(button for button in app.button if button.label == "Next").click()
    app.run()
    told = content(app)
    assert not app.exception and told["headline"] == "No smile in this recording" and told["list"] is None
    assert told["detail"].startswith("The smile muscle (AU12) never reaches 1.5 where the face is seen surely.")
    assert "No choice finds an episode here." in said(app)
    assert [button.disabled for button in app.button if button.label == "Next"] == [True]  # O3 has no landmarks


def test_all_recordings_are_measured_when_asked(home, monkeypatch):
    app = page(home, monkeypatch, smiles_where="All selected recordings")
    assert "Measures the smiles of 2 recordings in every way" in said(app) and not app.get("plotly_chart")
    next(button for button in app.button if button.label == "Measure all").click()
    app.run()
    assert not app.exception and len(app.get("plotly_chart")) == 2 and "With smoothing alone" in said(app)


def test_a_study_without_tracks_says_how_to_bring_them(monkeypatch, tmp_path):
    tiny = Tiny(tmp_path)
    tiny.spans("good.csv", "| O1 | Infant | Sing | 0 | 5 |")
    tiny.run()
    words = said(page(tmp_path / "home", monkeypatch))
    assert "This study has no face tracks yet." in words and "python -m pipeline extract" in words


def test_a_recording_without_smiles_counts_among_all_timelines(home, monkeypatch):
    """O2 was looked through and nobody smiled; O3 could not be measured."""
    app = opened_page("timelines", home, monkeypatch, {"view": "All observations"})
    assert not app.exception and "2 observations (1 more without this coding)" in said(app)


def test_a_study_whose_tracks_cannot_serve_says_so(monkeypatch, tmp_path):
    made = study(tmp_path, TRACKS, O1=8)
    made.write("/tracks/O1.csv", table(rows(), without=("x_48",)))
    made.run()
    words = said(page(tmp_path / "home", monkeypatch))
    assert "Smiles cannot be measured on the face tracks of this study." in words and "In 1 track the smile" in words
