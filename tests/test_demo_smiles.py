"""The free play of the demo: its shape is the published one, its true smiles come back out of the files, and so do the
associations they were made with.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.smile_noise import RECORDINGS, error_curve
from db import connect
from pipeline.catalogue.instrument import load_instrument
from pipeline.catalogue.manifest import load_manifest
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.demo import SEED, make_study, write_demo
from pipeline.demo.parameters import smile_parameters
from pipeline.demo.smile_films import smile_clips
from pipeline.demo.smile_record import ASSOCIATED, COLUMNS, expected_features, expected_slopes, true_smiles
from pipeline.demo.smile_tracks import draw_face, radius_of
from pipeline.demo.smiling import make_smiling
from pipeline.demo.track_files import table
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_correlation import by_number
from pipeline.measures.smile_growth import growth
from pipeline.measures.smiles import smiles as measured_smiles
from pipeline.readers.openface import read_openface
from pipeline.readers.track import face_track

TIMES = ("onset_s", "apex_s", "offset_s", "end_s")
QUIET = 0.002
"""Landmark noise (IR) up to which every boundary is found again."""


@pytest.fixture(scope="module")
def sample():
    return make_study().sample


@pytest.fixture(scope="module")
def made(sample):
    return make_smiling(1, sample)


@dataclass(frozen=True)
class Found:
    """The truth of the demo, one row per true smile, and the episodes that its import found."""

    truth: dict
    true: pd.DataFrame
    episodes: pd.DataFrame
    recordings: pd.DataFrame
    scores: pd.DataFrame


@pytest.fixture(scope="module")
def found(demo_study):
    truth = json.loads((demo_study / "demo/truth.json").read_text(encoding="utf-8"))["free_play"]
    rows = [
        (name, one["fps"], one["landmark_noise"], *smile)
        for name, one in truth["recordings"].items()
        for smile in one["smiles"]
    ]
    true = pd.DataFrame(rows, columns=["observation_id", "fps", "noise", *COLUMNS])
    with connect.open_reader(connect.current(demo_study).file).cursor() as connection:
        episodes = connection.execute("SELECT * FROM smile ORDER BY observation_id, gate_on_s").df()
        recordings = connection.execute(
            "SELECT * FROM observation JOIN track USING (observation_id) WHERE protocol = 'free_play'"
        ).df()
        scores = connection.execute(
            "SELECT * FROM observation_score JOIN observation USING (observation_id) WHERE protocol = 'free_play'"
        ).df()
    return Found(truth, true, episodes, recordings, scores)


# --- Who came, and what they answered ---------------------------------------------------------------------------------


def test_forty_seven_mothers_came_at_six_and_twelve_months(made, sample):
    table = made.play.recordings
    assert len(table) == 94 and table["person_id"].nunique() == 47 and table["observation_id"].is_unique
    assert set(sample.dyads.iloc[table["dyad"]]["role"]) == {"mother"}
    assert Counter(table["visit"]) == {0: 47, 1: 47}
    off = table["infant_age_months"] - np.where(table["visit"] == 0, 6, 12)
    assert off.abs().max() <= 1
    lengths = [session.frames / session.fps / 60 for session in made.sessions.values()]
    assert np.quantile(lengths, 0.02) > 1.9 and np.max(lengths) < 4.6 and 2.7 < np.mean(lengths) < 3.3


@pytest.mark.parametrize("name", ["PHQ-9", "ACEs", "PSS-10", "PEARLS", "Social Support"])
def test_totals_have_the_published_mean_and_sd_and_are_stable(made, name):
    wanted, totals = smile_parameters()["scores"][name], made.play.scores.totals[name]
    assert totals.mean() == pytest.approx(wanted["mean"], abs=0.006)
    assert totals.std(ddof=1) == pytest.approx(wanted["sd"], abs=0.006)
    instrument = load_instrument(name)
    assert instrument.low <= totals.min() and totals.max() <= instrument.high
    first, second = totals.reshape(47, 2).T
    assert np.corrcoef(first, second)[0, 1] > 0.3
    if name == "ACEs":
        assert np.abs(first - second).mean() == pytest.approx(0.89, abs=0.05)
    items = made.play.scores.items.get(name)
    if items is not None:
        reversed_items = [item - 1 for item in (instrument.items.reversed or ())]
        items = items.copy()
        items[:, reversed_items] = instrument.items.high - items[:, reversed_items]
        assert (items.sum(axis=1) == totals).all()


def test_scores_go_together_as_adversity_does(made):
    totals, load = made.play.scores.totals, made.play.scores.load
    assert load.mean() == pytest.approx(0) and load.std(ddof=1) == pytest.approx(1)
    together = {name: np.corrcoef(load, values)[0, 1] for name, values in totals.items()}
    assert together["Social Support"] < -0.4 and min(together["PHQ-9"], together["PSS-10"], together["ACEs"]) > 0.4


# --- How many smiles --------------------------------------------------------------------------------------------------


def test_smiles_are_as_many_as_published(made):
    counts = pd.crosstab(made.smiles["recording"], made.smiles["kind"]).reindex(range(94), fill_value=0)
    assert 5.0 <= counts["kept"].mean() <= 5.3 and 4.3 <= counts["kept"].std() <= 5.0
    assert counts["spoken"].sum() / (counts["spoken"].sum() + counts["kept"].sum()) == pytest.approx(0.324, abs=0.002)
    visit = made.play.recordings["visit"].to_numpy()
    assert counts["kept"][visit == 1].sum() > 1.4 * counts["kept"][visit == 0].sum()
    kept = made.smiles[made.smiles["kind"] == "kept"]
    assert all(rows["number"].tolist() == list(range(1, len(rows) + 1)) for _, rows in kept.groupby("recording"))


# --- One track --------------------------------------------------------------------------------------------------------


def test_the_true_radius_rises_in_onsets_falls_in_offsets_and_turns_back_outside(made):
    for session in made.sessions.values():
        steps = np.diff(radius_of(session))
        for smile in session.smiles:
            a, b, c, d = smile.frames
            if smile.kind == "twitch":
                assert (steps[a:d] == 0).all()
                continue
            assert (steps[a:b] > 0).all() and (steps[c:d] < 0).all()
            assert steps[a - 1] < 0 and (smile.cut or steps[c - 1] > 0)
            assert steps[b] < 0 and (d + 1 == session.frames or steps[d] > 0)
            assert np.sum(steps[a:b]) == pytest.approx(smile.rise)


def test_landmarks_lie_where_the_radius_says(made):
    """Without noise the distance of lip corner 48 and nostril 34 in the picture is the radius, on both sides."""
    session = max(made.sessions.values(), key=lambda one: len(one.smiles))
    face = draw_face(np.random.default_rng(0), session, noise=0.0)
    scale = smile_parameters()["track"]["focal_px"] * smile_parameters()["track"]["face_mm"] / face.distance_mm
    inside = np.zeros(session.frames, bool)
    for smile in session.smiles:
        inside[smile.frames[0] : smile.frames[3]] = True
    for corner, nostril in ((48, 34), (54, 32)):
        apart = np.hypot(*(face.points[corner] - face.points[nostril]).T) / scale
        assert np.abs(apart - radius_of(session))[inside].max() < 0.2 / scale.min()


def test_speech_meets_the_spoken_smiles_and_no_other(made):
    for session in made.sessions.values():
        long = session.speech[session.speech[:, 1] - session.speech[:, 0] > 0.010]
        assert (session.speech[:, 1] > session.speech[:, 0]).all()
        for smile, (start, end) in zip(session.smiles, true_smiles(session)[["onset_s", "end_s"]].values, strict=True):
            meets = ((long[:, 0] < end) & (long[:, 1] > start)).any()
            assert meets or smile.kind != "spoken"
            assert not meets or smile.kind not in ("kept", "cut")


def test_drop_outs_spare_the_smiles_that_should_be_found(made):
    for session in made.sessions.values():
        for smile in session.smiles:
            lost = session.hidden[smile.frames[0] : smile.frames[3] + 1]
            assert lost.all() if smile.kind == "hidden" else not lost.any()


def test_half_the_noise_finds_every_boundary_in_its_frame(made):
    """Frame-to-frame noise of the radius of .002 IR (landmarks .001), 0.1 px rounding: nothing is off by a frame."""
    for variant in made.variants[-12:]:
        session = made.sessions[variant.number]
        errors = boundary_errors(session, np.random.default_rng(variant.number), QUIET / 2)
        assert np.abs(errors).max(initial=0) <= 1


def test_the_error_curve_of_the_docs_is_that_of_the_script(sample):
    """Two of its noises again: unsmoothed, little noise finds everything, real noise hardly anything."""
    text = (Path(__file__).parents[1] / "docs/smiles.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([\d.]+) \| [\d.]+ \| (raw|[35] frames) \| [\d.]+ % \| [\d.]+ % \| ([\d.]+) % \|", text, re.M
    )
    printed = {(float(noise), words[0]): float(share) / 100 for noise, words, share in rows}
    assert len(printed) == 27
    for row in error_curve(make_smiling(SEED, sample), RECORDINGS, noises=(QUIET, 0.0125)).itertuples():
        assert row.all_4 == pytest.approx(printed[row.noise, row.smoothing[0]], abs=0.01)
        if row.smoothing == "raw":
            assert row.all_4 > 0.98 if row.noise == QUIET else row.all_4 < 0.15


def boundary_errors(session, rng, noise, smoothing="raw"):
    """Errors of the four boundaries in frames (smiles, 4) of the smiles that should be found, straight from a track."""
    face = draw_face(rng, session, noise)
    track = FaceTrack(session.seconds, face.confidence, face.au12, face.points, face.distance_mm)
    rows = measured_smiles(track, SmileParameters(smoothing=smoothing)).assign(observation_id="one")
    true = true_smiles(session).assign(observation_id="one", fps=session.fps)
    return errors_of(matched(true[true["kind"].isin(["kept", "spoken"])], rows))


def matched(true, episodes):
    """True smiles and the episodes that meet them, side by side (suffixes _x and _y); unmet ones without an episode."""
    true = true.reset_index(names="smile")
    both = true.merge(episodes, on="observation_id")
    met = both[(both["gate_on_s"] <= both["end_s_x"]) & (both["gate_off_s"] >= both["onset_s_x"])]
    assert not met["smile"].duplicated().any()
    return pd.concat([met, true[~true["smile"].isin(met["smile"])]], ignore_index=True)


def errors_of(both):
    """Found minus true times in frames (smiles, 4); infinite where nothing was found."""
    gaps = np.column_stack([both[f"{name}_y"] - both[f"{name}_x"] for name in TIMES])
    return np.nan_to_num(gaps * both["fps"].to_numpy()[:, None], nan=np.inf)


# --- The files --------------------------------------------------------------------------------------------------------


def test_files_differ_as_files_do(made, tmp_path):
    seen = Counter()
    for variant in made.variants[:20]:
        text = table(np.random.default_rng(3), made.sessions[variant.number], variant)
        path = tmp_path / f"{variant.number}.csv"
        path.write_bytes(text)
        read = read_openface(path)
        assert not read.unfit and read.rows == len(read.frame)
        header = text.split(b"\n", 1)[0]
        times = read.frame["t_s"].to_numpy()
        seen["blanks"] += b", " in header
        seen["face_id"] += b"face_id" in header
        seen["two faces"] += len(read.faces) == 2
        seen["late"] += times[0] > 0.5
        seen["gap"] += bool(np.diff(times).max() > 0.25) and len(read.faces) == 1
        tenths = read.frame[["x_48", "y_34"]].dropna().to_numpy() * 10
        assert np.abs(tenths - np.round(tenths)).max() < 1e-6
        assert len(face_track(read.frame, read.au12_source).t_s) > 0.9 * made.sessions[variant.number].frames
    assert seen["two faces"] == 1 and seen["late"] == 4 and seen["gap"] == 3
    assert 0 < seen["blanks"] < 15 and 0 < seen["face_id"] < 20


def test_films_of_mothers_smile_when_their_tracks_do(made):
    clips = smile_clips(made.play, made.sessions, made.variants)
    names = made.play.recordings["observation_id"].tolist()
    assert sorted(clip.offset_ms for clip in clips) == [640, 1280]
    for clip in clips:
        true = true_smiles(made.sessions[names.index(clip.observation_id)])
        for one in true[true["kind"] == "kept"].itertuples():
            shown = [clip.shown(round(1000 * at))[2] for at in (one.onset_s - 0.2, one.apex_s, one.end_s + 0.2)]
            assert shown == ["Neutral/Alert", "Smile", "Neutral/Alert"]


def test_as_many_tracks_as_wanted_are_written_and_the_others_do_not_change(tmp_path):
    few = write_demo(tmp_path / "few", families=20, clip_seconds=0, tracks=2).parent
    none = write_demo(tmp_path / "none", families=20, clip_seconds=0, tracks=0).parent
    assert len(list((few / "tracks").rglob("*.csv"))) == 2 and not list((none / "tracks").rglob("*.csv"))
    assert load_manifest(none / "STUDY.toml").tracks == () and len(load_manifest(few / "STUDY.toml").tracks) == 1
    for name in ("observations.csv", "speech.csv", "phq9.csv", "epds.csv"):
        assert (few / "tables" / name).read_bytes() == (none / "tables" / name).read_bytes()


# --- Out of the files and into the database ---------------------------------------------------------------------------


def test_the_import_finds_the_recordings_and_their_coverage(found):
    table = found.recordings
    assert Counter(table["visit"]) == {"6 months": 47, "12 months": 47}
    share = table["confident_frames"] / table["frames"]
    by_visit = share.groupby(table["visit"]).mean()
    assert by_visit["6 months"] == pytest.approx(0.906, abs=0.01)
    assert by_visit["12 months"] == pytest.approx(0.887, abs=0.01)
    assert sorted(table["faces"])[-2:] == [1, 2]
    assert (table.loc[table["faces"] == 2, "face"] == 1).all()
    assert Counter(table["offset_ms"]) == {0: 92, 1280: 1, 640: 1}
    own = found.scores[found.scores["instrument"].isin(smile_parameters()["scores"])]
    assert len(own) == 5 * 94 and (own["wave"] == own["visit"]).all()


def test_what_was_made_is_what_was_found(found):
    """Each kind of true smile ends as it should: kept, removed for speech, too small, not over, or never seen."""
    both = matched(found.true[found.true["noise"] <= QUIET], found.episodes)
    ends = pd.crosstab(both["kind"], both["reason"].fillna("unseen").replace("", "ok"))
    for kind, reason in (("kept", "ok"), ("spoken", "speech"), ("cut", "clip_ends"), ("hidden", "unseen")):
        assert ends.loc[kind, reason] == ends.loc[kind].sum() > 0
    assert ends.loc["kept", "ok"] > 450
    assert set(ends.columns[ends.loc["twitch"] > 0]) <= {"offset_too_small", "no_offset", "speech"}
    assert "at_clip_end" in set(found.episodes["flags"])
    assert both["flags"].fillna("").str.contains("head_moved")[both["head_leans"].astype(bool)].all()


def test_boundaries_of_the_imported_smiles_are_the_true_ones(found):
    """Landmark noise .002 IR and 0.1 px rounding: within two frames, nearly always in the very frame."""
    both = matched(found.true[found.true["kind"].isin(["kept", "spoken"])], found.episodes)
    errors, quiet = np.abs(errors_of(both)), both["noise"].to_numpy() <= QUIET
    assert (errors[quiet] <= 2.05).mean() > 0.998 and (errors[quiet] <= 0.5).mean() > 0.99
    assert (errors[~quiet] <= 2.05).all(axis=1).mean() < 0.5


def test_features_of_the_imported_smiles_are_near_the_true_ones(found):
    ok = found.episodes[found.episodes["status"] == "ok"]
    true = found.true[(found.true["kind"] == "kept") & (found.true["noise"] <= QUIET)]
    both = true.merge(ok, left_on=["observation_id", "number"], right_on=["observation_id", "smile_number"])
    assert len(both) == len(true)
    assert (both["onset_amplitude"] - both["rise"]).abs().quantile(0.95) < 0.03
    calm = both[~both["head_leans"].astype(bool)]
    assert (calm["offset_amplitude"] - calm["fall"]).abs().quantile(0.95) < 0.03
    durations = both["onset_duration_s"] - (both["apex_s_x"] - both["onset_s_x"])
    assert durations.abs().mean() < 0.005
    fastest = both["rise"] / both["onset_duration_s"] * (1 + smile_parameters()["track"]["unevenness"])
    assert (both["max_onset_speed"] / fastest).median() == pytest.approx(1.1, abs=0.1)


def test_six_months_differ_from_twelve_as_published(found):
    ok = found.episodes[found.episodes["status"] == "ok"].merge(found.recordings[["observation_id", "visit"]])
    early, late = (ok[ok["visit"] == visit] for visit in ("6 months", "12 months"))
    larger = ("onset_amplitude", "offset_amplitude", "max_onset_speed", "max_offset_speed", "total_duration_s")
    assert all(early[name].mean() < late[name].mean() for name in larger)
    assert early["onset_amplitude"].var() > late["onset_amplitude"].var()


def test_speech_removes_about_a_third(found):
    ok, spoken = ((found.episodes["reason"] == reason).sum() for reason in ("", "speech"))
    assert spoken / (ok + spoken) == pytest.approx(1 - 0.676, abs=0.02)
    per_session = ok / len(found.recordings)
    assert 5.0 <= per_session <= 5.3


# --- Associations -----------------------------------------------------------------------------------------------------


def coverage(sample, seeds, upto=6):
    """Shares of expected slopes inside the 95 % intervals of the page's estimator: (naive, by mothers)."""
    inside = []
    for seed in seeds:
        made = make_smiling(seed, sample)
        rows, wanted = cohort(made), expected_slopes(made.play, made.smiles)
        for name in made.play.scores.totals:
            lines = by_number(rows[rows["smile_number"] <= upto], ASSOCIATED, f"score:{name}")
            both = lines.merge(wanted[wanted["instrument"] == name], on=["feature", "smile_number"])
            both = both[both["note"] == ""]
            ratio = both["mixed_slope"] / both["mixed_r"]
            inside.append(
                np.column_stack(
                    [
                        both["slope_y"].between(both["slope_low"], both["slope_high"]),
                        both["slope_y"].between(both["mixed_low"] * ratio, both["mixed_high"] * ratio),
                    ]
                )
            )
    return np.concatenate(inside).mean(axis=0)


def cohort(made):
    """True features of the kept smiles as the cohort frame has them."""
    kept = made.smiles[made.smiles["kind"] == "kept"].reset_index(drop=True)
    rows = kept["recording"].to_numpy()
    people = made.play.recordings["person_id"].to_numpy()[rows]
    durations = kept[["onset_duration_s", "apex_duration_s", "offset_duration_s"]].sum(axis=1)
    scores = {f"score:{name}": totals[rows] for name, totals in made.play.scores.totals.items()}
    return kept.assign(
        smile_number=kept["number"], caregiver_id=people, family_id=people, total_duration_s=durations, **scores
    )


def test_associations_lie_in_their_intervals_at_about_the_nominal_rate(sample):
    naive, by_mothers = coverage(sample, range(3), upto=4)
    assert 0.88 < naive <= 1 and 0.90 < by_mothers <= 1


@pytest.mark.soak
def test_associations_lie_in_their_intervals_at_the_nominal_rate(sample):
    naive, by_mothers = coverage(sample, range(40))
    assert 0.92 < naive < 0.97 and 0.93 < by_mothers < 0.98


@pytest.mark.soak
def test_growth_over_the_interaction_lies_in_its_intervals(sample):
    """The product of score and smile number, in the expected values and around them."""
    inside = []
    for seed in range(8):
        made = make_smiling(seed, sample)
        names = np.array(["6 months", "12 months"])[made.play.recordings["visit"]]
        rows = cohort(made).assign(observation_id=lambda frame: frame["recording"])
        rows = rows.assign(visit=names[rows["recording"]])
        truth = rows.assign(**expected_features(made.play, rows))
        for name in ("PHQ-9", "Social Support"):
            pair = [growth(frame, ASSOCIATED, f"score:{name}").set_index("feature") for frame in (rows, truth)]
            wanted = pair[1]["growth"] * truth[list(ASSOCIATED)].std() / rows[list(ASSOCIATED)].std()
            inside.append(wanted.between(pair[0]["mixed_low"], pair[0]["mixed_high"]))
            assert (np.sign(wanted) == (1 if name == "PHQ-9" else -1)).all()
    assert 0.85 < np.mean(inside) <= 1


def test_associations_grow_with_the_number_of_the_smile(made, sample):
    """Large sample of the same generator: the slope of the load rises straight and then stays."""
    slopes = expected_slopes(made.play, made.smiles)
    wanted = smile_parameters()["smile"]
    for name in ("onset_amplitude", "onset_duration_s", "offset_duration_s"):
        entry = wanted["features"][name]
        load = pd.DataFrame({"recording": np.arange(94).repeat(12), "number": np.tile(np.arange(1, 13), 94)})
        values = expected_features(made.play, load)[name].to_numpy().reshape(94, 12)
        late = made.play.recordings["visit"].to_numpy()
        design = np.column_stack([np.ones(94), late, made.play.scores.load])
        found = np.linalg.lstsq(design, values, rcond=None)[0][2] / (entry["mean"] * entry["cv"])
        assert found[0] == pytest.approx(entry["at_first"])
        assert np.diff(found)[: wanted["grows_until"] - 1] == pytest.approx(entry["per_smile"])
        assert np.diff(found)[wanted["grows_until"] :] == pytest.approx(0)
    phq = slopes[(slopes["instrument"] == "PHQ-9") & (slopes["feature"] == "onset_amplitude")]["slope"].to_numpy()
    assert phq[6] > phq[0] > 0
