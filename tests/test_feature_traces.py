"""Feature traces: steps of a second from each episode's start, means over dyads, bands by families, read in blocks."""

import base64
import shutil
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from db import connect
from pipeline.errors import StudyError
from pipeline.measures.feature_traces import (
    along,
    episode_means,
    from_play,
    mean_cells,
    mean_patches,
    session_steps,
    traces,
)
from pipeline.measures.pca import Sums, components, scores, sums_of
from pipeline.measures.token_scores import TokenStore
from pipeline.steps import feature_traces, token_picture
from pipeline.steps.feature_traces import CELLS, FRAMES, IMPORTED, LEVEL, TOKENS, Stream, traceable
from pipeline.steps.observe import observation_frame
from tests import still_face_study as study


def marks(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["episode", "onset_ms", "offset_ms"])


def test_steps_by_mid_time_read_off_the_picture():
    """Five frames per second: frame k lies at 200 k ms, its middle at 200 k + 100. The still face begins at 1,100 ms,
    the middle of frame 5, which is its first; its rest of 400 ms is no whole second."""
    numbers = np.arange(20, dtype=np.float32)[:, None]
    steps = session_steps(numbers, Fraction(5), marks(("play", 0, 1000), ("still_face", 1100, 3500)), 1000)
    assert steps["episode"].tolist() == ["play", "still_face", "still_face"] and steps["step"].tolist() == [0, 0, 1]
    assert steps[0].tolist() == [2.0, 7.0, 12.0]
    later = session_steps(numbers, Fraction(5), marks(("still_face", 1101, 2101)), 1000)
    assert later[0].tolist() == [8.0], "frame 5 lies a millisecond before"


def test_missing_frames_and_pieces_of_an_episode():
    numbers = np.array([[1.0], [np.nan], [3.0], [np.nan], [np.nan], [6.0], [7.0], [8.0]])
    rows = marks(("play", 0, 2000), ("play", 3000, 4000), ("reunion", 2000, 3000), ("still_face", 9000, 9999))
    steps = session_steps(numbers, Fraction(2), rows, 1000)
    assert steps["episode"].tolist() == ["play", "play", "reunion", "play"] and steps["step"].tolist() == [0, 1, 0, 2]
    assert steps[0].tolist() == [1.0, 3.0, 6.0, 7.5]
    assert np.isnan(session_steps(numbers[3:5], Fraction(2), marks(("play", 0, 1000)), 1000)[0]).all()
    assert session_steps(numbers, Fraction(2), marks(("play", 0, 900)), 1000).empty


def test_steps_are_what_a_loop_over_frames_finds():
    random = np.random.default_rng(5)
    numbers, rate = random.normal(size=(900, 2)), Fraction(30000, 1001)
    numbers[random.random(900) < 0.2] = np.nan
    rows = marks(("play", 137, 9_870), ("still_face", 10_010, 29_000))
    for row in session_steps(numbers, rate, rows, 700).to_dict("records"):
        onset = dict(zip(rows["episode"], rows["onset_ms"], strict=True))[row["episode"]] + 700 * row["step"]
        mine = [k for k in range(900) if onset <= (k + Fraction(1, 2)) / rate * 1000 < onset + 700]
        assert row[1] == pytest.approx(np.nanmean(numbers[mine, 1]), abs=1e-12)


def rows_of(seed: int = 3) -> pd.DataFrame:
    """Values of 12 sessions of 9 dyads of 6 families, two episodes of three steps."""
    random, rows = np.random.default_rng(seed), []
    for session in range(12):
        dyad = session % 9
        base = random.normal()
        for episode, step in ((one, step) for one in ("play", "still_face") for step in range(3)):
            value = base - (episode == "still_face") + random.normal(0, 0.1)
            rows.append((f"S{session}", f"D{dyad}", f"F{dyad % 6}", episode, step, value))
    return pd.DataFrame(rows, columns=["observation_id", "dyad_id", "family_id", "episode", "step", "value"])


def test_a_band_by_a_second_road():
    """Dyads count once however many sessions they have; the interval is that of a clustered regression."""
    found = traces(rows_of())
    assert found["dyads"].eq(9).all() and found["families"].eq(6).all()
    assert found["episode"].tolist() == ["play"] * 3 + ["still_face"] * 3
    mine = rows_of().query("episode == 'play' and step == 1").groupby(["family_id", "dyad_id"])["value"].mean()
    groups = mine.index.get_level_values(0).astype("category").codes
    fit = sm.OLS(mine.to_numpy(), np.ones(9)).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False, "df_correction": True}, use_t=True
    )
    reach = 2.5705818366147395 * float(fit.bse[0]) * np.sqrt(6 / 5)
    assert found.loc[1, "mean"] == pytest.approx(mine.mean(), abs=1e-12)
    assert (found.loc[1, "low"], found.loc[1, "high"]) == pytest.approx((mine.mean() - reach, mine.mean() + reach))


def test_less_its_mean_in_play_the_spread_between_sessions_is_gone():
    """Sessions differ by 1 SD in level and by 0.1 within: the band of the still face shrinks, its mean becomes -1."""
    shown = from_play(rows_of())
    assert shown[shown["episode"] == "play"].groupby("observation_id")["value"].mean().abs().max() < 1e-12
    plain, centred = (traces(one).query("episode == 'still_face'") for one in (rows_of(), shown))
    assert centred["mean"].mean() == pytest.approx(-1, abs=0.1)
    assert (centred["high"] - centred["low"]).mean() < 0.3 * (plain["high"] - plain["low"]).mean()
    lacking = rows_of().query("observation_id != 'S0' or episode != 'play'")
    assert "S0" not in set(from_play(lacking)["observation_id"])
    assert episode_means(rows_of()).shape == (24, 4)


# ---- numbers of a frame ---------------------------------------------------------------------------------------------


def test_cells_of_a_picture_and_missing_frames():
    values = np.arange(32, dtype=np.float16).reshape(2, 16)
    assert mean_cells(values, 4).tolist() == [[6, 7, 8, 9], [22, 23, 24, 25]]
    assert np.isnan(mean_cells(np.full((1, 8), np.nan), 4)).all()


def test_the_mean_patch_is_the_mean_of_the_patches_and_a_flipped_component_flips_the_trace():
    """Turning the mean patch gives what turning every patch and then averaging gives."""
    random = np.random.default_rng(2)
    patches = random.normal(size=(7, 9, 6)) @ np.diag([3, 2, 1, 0.5, 0.2, 0.1]) + 5
    sums = sums_of(patches.reshape(-1, 6))
    store = TokenStore(components(sums, 6), sums)
    kept = scores(patches, store.kept).reshape(7, -1)
    asked = components(Sums(sums.n, sums.mean, sums.scatter), 3)
    every = scores(patches, asked).mean(axis=1)
    assert mean_patches(kept, store, asked) == pytest.approx(every, abs=1e-4)
    largest = np.abs(asked.axes).argmax(axis=0)
    assert (asked.axes[largest, range(3)] > 0).all(), "the sign that the page states"
    turned = along(patches[:, 0], asked)
    assert turned == pytest.approx(scores(patches[:, 0], asked), abs=1e-4)


# ---- through a study ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return study.build(tmp_path_factory.mktemp("traces"), 4, model=False, random_weights=True)


@pytest.fixture(scope="module")
def tokens(tmp_path_factory) -> tuple[Path, list[np.ndarray]]:
    """Two sessions with scores of patches, of which the second has its axes turned; and the patches themselves."""
    folder, random = tmp_path_factory.mktemp("tokens"), np.random.default_rng(4)
    seen = [study.patches(random), study.patches(random) + 1]
    for number, one in enumerate(seen):
        study.write_tokens(folder / "streams", f"S{number}", one, turned=number == 1)
    return study.build(folder, 2, model=False), seen


def opened(home: Path):
    return connect.open_reader(connect.current(home).file).cursor()


def test_random_weights_are_barred_and_named(home):
    streams, barred = traceable(opened(home), home)
    assert [(one.stream, one.kind, len(one.rows)) for one in streams] == [("motion_grid", CELLS, 4)]
    assert barred == ["w2vbert"]


def test_a_stream_is_read_once_and_its_trace_follows_the_still_face(home):
    """Half of the picture stands still in the still face, so that the mean over the cells halves."""
    cursor, (stream,) = opened(home), traceable(opened(home), home)[0]
    assert not feature_traces.is_kept(home, stream)
    told: list[int] = []
    file = feature_traces.keep(home, stream, told.append)
    assert feature_traces.is_kept(home, stream) and told == [1, 2, 3, 4]
    kept = pd.read_parquet(file)
    assert len(kept) == 4 * study.LENGTH_S * study.FPS and list(kept) == ["0", "1", "2", "3", "observation_id"]
    steps = feature_traces.stepped(cursor, home, stream)
    found = feature_traces.answer(steps, 0, observation_frame(cursor), centred=False)
    assert found.asked == ("play", "still_face", "reunion") and found.sessions == 4
    means = found.means.set_index("episode")["share"]
    assert means["still_face"] / means["play"] == pytest.approx(0.5, abs=0.03)
    change = found.changes.set_index(["first", "second"]).loc[("play", "still_face")]
    assert change["high"] < 0 and change["observations"] == 3, "the last session lacks its reunion"
    assert found.traces.groupby("episode")["step"].max().to_dict() == {"play": 19, "still_face": 18, "reunion": 19}


def test_a_session_whose_stream_ends_before_an_episode_has_no_changes():
    """B's film ends before the reunion: with it the change to still face would not be the difference of the means."""
    values = {"A": [1.0, 3.0, 2.0], "B": [9.0, 4.0, np.nan], "C": [2.0, 5.0, 4.0], "D": [np.nan] * 3}
    rows = [
        {"observation_id": name, "episode": episode, "step": 0, "0": value}
        for name, own in values.items()
        for episode, value in zip(("play", "still_face", "reunion"), own, strict=True)
    ]
    about = pd.DataFrame({"observation_id": list(values), "dyad_id": list(values), "family_id": list(values)})
    found = feature_traces.answer(pd.DataFrame(rows), 0, about, centred=False)
    assert found.means.set_index("episode")["share"].to_dict() == {"play": 1.5, "still_face": 4.0, "reunion": 3.0}
    change = found.changes.set_index(["first", "second"])["mean"]
    assert change.to_dict() == {("play", "still_face"): 2.5, ("play", "reunion"): 1.5, ("still_face", "reunion"): -1.0}
    assert (found.changes["observations"] == 2).all() and found.sessions == 3
    short = feature_traces.answer(pd.DataFrame(rows[3:5]), 0, about, centred=False)
    assert short.asked == ("play", "still_face") and short.changes["mean"].tolist() == [-5.0]


def test_a_torn_or_missing_file_is_made_anew(home, tmp_path):
    copy = tmp_path / "home"
    shutil.copytree(home, copy)
    (stream,) = traceable(opened(copy), copy)[0]
    file = feature_traces.keep(copy, stream)
    whole = file.read_bytes()
    file.write_bytes(whole[:1000])
    assert not feature_traces.is_kept(copy, stream)
    assert feature_traces.keep(copy, stream).read_bytes() == whole
    (copy / stream.rows["file"].iloc[0]).unlink()
    file.unlink()
    with pytest.raises(StudyError, match="missing or damaged"):
        feature_traces.keep(copy, stream)
    assert not file.exists()


def test_other_streams_are_reduced_to_components_of_all_sessions(home):
    """The stream's own rows, called by other names: loudness has one number, an unknown stream four components, and a
    picture that came reduced keeps the order of its own."""
    (stream,) = traceable(opened(home), home)[0]
    rows = stream.rows.head(2)
    kinds = {
        name: feature_traces._kind(name, 64, home, rows["file"].iloc[0])
        for name in ("log_mel", "lab", "dino_v2_embeddings")
    }
    assert kinds == {"log_mel": LEVEL, "lab": FRAMES, "dino_v2_embeddings": IMPORTED}
    for name, kind in kinds.items():
        kept = pd.read_parquet(feature_traces.keep(home, Stream(name, "", kind, rows, 0)))
        assert kept.shape[1] == (2 if kind == LEVEL else 5)
        if kind == FRAMES:
            spread = kept.drop(columns="observation_id").var()
            assert spread.is_monotonic_decreasing and kept["0"].mean() == pytest.approx(0, abs=1e-3)


def test_scores_of_patches_go_along_components_of_all_sessions(tokens):
    """The numbers are those of the patches themselves; that a session's axes were turned changes nothing."""
    home, seen = tokens
    stream = next(one for one in traceable(opened(home), home)[0] if one.stream == "dinov2")
    assert stream.kind == TOKENS and stream.numbers == 4
    kept = pd.read_parquet(feature_traces.keep(home, stream))
    asked = components(sums_of(np.concatenate(seen).reshape(-1, 6)), 3)
    for number, one in enumerate(seen):
        mine = kept[kept["observation_id"] == f"S{number}"][["0", "1", "2"]].to_numpy()
        assert mine == pytest.approx(scores(one, asked).mean(axis=1), abs=0.02), "stored with half precision"


def test_the_patches_of_a_picture_as_colours(tokens):
    """Components of the session itself, two standard deviations to each side."""
    home, seen = tokens
    stream = next(one for one in traceable(opened(home), home)[0] if one.stream == "dinov2")
    assert token_picture.picturable([stream]) == [stream]
    own = components(sums_of(seen[1].reshape(-1, 6)), 3)
    found = token_picture.picture(home, stream, "S1", 2000, None, 0)
    expected = scores(seen[1][50], own)
    shown = found.numbers[["Component 1", "Component 2", "Component 3"]].to_numpy()
    assert shown == pytest.approx(expected, abs=0.02)
    picture = base64.b64decode(found.cells.split(",")[1])
    colours = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)[::192, ::192, ::-1].reshape(4, 3)
    part = np.clip(expected / (4 * np.sqrt(own.variance)) + 0.5, 0, 1)
    assert np.abs(colours - 255 * part).max() <= 2
