"""The synthetic still-face sessions: labels, episodes and streams come out of the study as they were made, and the best
classifier reaches what truth.json says.
"""

import json
from dataclasses import asdict
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import connect
from db.queries_streams import feature_streams
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.demo import SEED
from pipeline.demo.still_face import (
    EPISODES,
    ROLES,
    codes_of,
    draw_bouts,
    draw_shares,
    still_face_parameters,
    typical_shares,
)
from pipeline.demo.still_face_ceiling import (
    MAPS,
    MODALITIES,
    Sequences,
    all_centres,
    ceiling,
    chain,
    class_map,
    confusion,
    expected_shares,
    frame_posterior,
    generator_sha256,
    scores,
    sequence_posterior,
    stored,
)
from pipeline.demo.still_face_features import (
    coordinates,
    frames_of,
    motion_directions,
    motion_scale,
    noise,
    sound_directions,
    states_of,
)
from pipeline.demo.still_face_files import VIEWS, coded_events, make_still_face, streams_of
from pipeline.demo.still_face_films import FPS, LONGEST_S, draw_picture, write_films
from pipeline.demo.still_face_tables import table_rows
from pipeline.features.choices import MotionGridChoices
from pipeline.features.feature_file import described
from pipeline.features.grid import grid_of
from pipeline.features.motion_grid import motion_grid
from pipeline.features.stream_table import read_stream
from pipeline.steps.feature_streams import read_rows

EVENT = ["observation_id", "coder_id", "subject", "behaviour_group", "code", "onset_ms", "offset_ms"]


@pytest.fixture(scope="module")
def made():
    return make_still_face(SEED, 97)


@pytest.fixture(scope="module")
def streams(made):
    """Streams of every session: movement of the infant, of the caregiver, and sound."""
    return [streams_of(SEED, number, session) for number, session in enumerate(made.sessions)]


@pytest.fixture(scope="module")
def database(demo_study):
    with connect.open_reader(connect.current(demo_study).file).cursor() as connection:
        yield connection


# --- Sessions and labels ----------------------------------------------------------------------------------------------


def test_twelve_families_of_their_own_came_for_two_minutes(made):
    rows = table_rows(np.random.default_rng(1), made.sessions)
    assert all(len(rows[name]) == 12 for name in ("families", "dyads", "covariates", "observations"))
    assert len(rows["people"]) == 24 and rows["people"]["person"].is_unique
    assert rows["families"]["family_id"].str.startswith("SF").all()
    for session in made.sessions:
        play, still, reunion = session.episodes
        assert [name for name, _, _ in session.episodes] == list(EPISODES)
        assert play[1] == 0 and 3_000 <= still[1] - play[2] <= 5_000
        assert still[2] == reunion[1] and reunion[2] == session.length_ms
        assert 119_000 < session.length_ms < 121_500
        assert all(36_000 < end - start < 43_000 for _, start, end in session.episodes)


def test_labels_fill_the_episodes_and_nothing_else(made):
    scheme = load_scheme(scheme_path("icepr"))
    seen = set()
    for session, role in product(made.sessions, ROLES):
        subject, group = ROLES[role]
        known = {code.label for code in scheme.group(group).codes if subject in scheme.group(group).subjects_of(code)}
        spans = session.labels[role]
        seen |= {code for code, _, _ in spans}
        assert {code for code, _, _ in spans} <= known
        gaps = [(end, start) for (_, _, end), (_, start, _) in zip(spans, spans[1:], strict=False) if end != start]
        assert gaps == [(session.episodes[0][2], session.episodes[1][1])]
        assert (spans[0][1], spans[-1][2]) == (0, session.length_ms)
        assert all(end > start for _, start, end in spans)
    assert seen == {"Ineg", "Ipro", "Iwit", "Inon", "Ineu", "Ipos", "Cneu", "Cpvc", "Cpos", "Cnon", "Cwit"}
    onsets = [start for session in made.sessions for _, start, _ in session.labels["infant"]]
    assert len({onset % 40 for onset in onsets}) > 30  # times are not those of frames


def test_the_share_of_time_is_the_share_that_was_asked_for():
    """From the first second on: an episode begins in the middle of things."""
    rng, role = np.random.default_rng(4), "infant"
    share, found = typical_shares(role)[0], np.zeros((2, len(codes_of(role))))
    for _ in range(1_500):
        for code, start, end in draw_bouts(rng, role, share, 0, 12_000):
            place = codes_of(role).index(code)
            found[0, place] += max(min(end, 1_000) - start, 0)
            found[1, place] += end - max(start, 11_000) if end > 11_000 else 0
    assert np.abs(found / found.sum(axis=1, keepdims=True) - share).max() < 0.035


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from(list(ROLES)), st.integers(1, 60_000))
def test_bouts_tile_any_episode(seed, role, length):
    rng = np.random.default_rng(seed)
    spans = draw_bouts(rng, role, draw_shares(rng, role, 1)[0, 1], 500, 500 + length)
    assert (spans[0][1], spans[-1][2]) == (500, 500 + length)
    assert all(one[2] == other[1] for one, other in zip(spans, spans[1:], strict=False))
    assert min(end - start for _, start, end in spans) >= min(200, length)


def test_the_still_face_has_the_effect_that_truth_json_says(made):
    """Shares of time of many families are the expected ones, and those of the sessions lie about their own."""
    kept = stored()["expected_shares"]
    assert (
        kept["infant"]["Ineg"]["still_face_less_play"] > 0.15 > -0.15 > kept["infant"]["Ipos"]["still_face_less_play"]
    )
    assert kept["caregiver"]["Cneu"]["still_face_less_play"] > 0.5
    again = expected_shares(seed=1, families=8_000)
    for role, code, name in [(r, c, n) for r in ROLES for c in codes_of(r) for n in EPISODES]:
        assert again[role][code][name] == pytest.approx(kept[role][code][name], abs=0.01)
    for role in ROLES:
        away = np.stack([shares_of(session, role) - session.shares[role] for session in made.sessions])
        assert np.abs(away.mean(axis=0)).max() < 4 * away.std(axis=0).max() / np.sqrt(len(away)) < 0.3


def shares_of(session, role) -> np.ndarray:
    """Shares of time (episodes, codes) of what is shown."""
    found = np.zeros((len(EPISODES), len(codes_of(role))))
    for (place, (_, start, end)), (code, first, last) in product(enumerate(session.episodes), session.states[role]):
        found[place, codes_of(role).index(code)] += max(min(last, end) - max(first, start), 0) / (end - start)
    assert found.sum(axis=1) == pytest.approx(1)
    return found


def test_the_second_coder_errs_as_known(made):
    assert len(made.again) == 4
    wanted, agreed, whole = still_face_parameters()["second"], 0, 0
    for session in made.sessions:
        if session.observation_id not in made.again:
            continue
        for role in ROLES:
            one, other = session.labels[role], made.again[session.observation_id][role]
            assert sum(end - start for _, start, end in one) == sum(end - start for _, start, end in other)
            assert all(a[2] < b[1] or a[0] != b[0] for a, b in zip(other, other[1:], strict=False))
            for code, start, end in one:
                agreed += sum(max(min(end, b) - max(start, a), 0) for word, a, b in other if word == code)
                whole += end - start
    assert 0.75 < agreed / whole < 0.97
    known = {code for role in ROLES for session in made.sessions for code, _, _ in session.labels[role]}
    assert known <= set(wanted["mistaken_for"])


# --- Streams ----------------------------------------------------------------------------------------------------------


def test_directions_are_of_length_one_and_at_right_angles():
    for directions in (motion_directions(), np.vstack([sound_directions(role) for role in ROLES])):
        assert directions @ directions.T == pytest.approx(np.eye(len(directions)), abs=1e-12)


def test_movement_is_physically_possible(streams):
    """No negative energy, and no mean flow longer than the mean length of the flow."""
    for infant, caregiver, _ in streams:
        for stream in (infant, caregiver):
            energy, length, across, down = np.moveaxis(stream.values.astype(float).reshape(-1, 16, 4), -1, 0)
            assert energy.min() > 0 and (np.hypot(across, down) <= length).all()


def test_noise_has_sd_one_and_follows_itself():
    found = noise(np.random.default_rng(1), 4_000, 50)
    assert found.std() == pytest.approx(1, abs=0.02)
    together = np.corrcoef(found[1:].ravel(), found[:-1].ravel())[0, 1]
    assert together == pytest.approx(still_face_parameters()["follows"], abs=0.02)


def test_sessions_differ_where_the_code_cannot_be_told(made, streams):
    """What is special of a session lies at right angles to the directions that tell the code: along them, the numbers
    lie about the centres of the codes."""
    apart, means = [], []
    for session, (infant, _, _) in zip(made.sessions, streams, strict=True):
        along = coordinates(infant.values, "motion", "infant")
        apart.append((along - all_centres("infant", "video")[states_of(session, "infant")]).mean(axis=0))
        mean, sd = motion_scale()
        means.append((infant.values.astype(float) - mean).mean(axis=0) / sd)
    assert np.abs(apart).max() < 0.25 and np.std(apart) < 0.1
    beside = np.array(means) @ (np.eye(64) - motion_directions().T @ motion_directions())
    assert beside.std() == pytest.approx(still_face_parameters()["between_sd"], abs=0.03)


def test_files_say_of_themselves_what_extraction_says(made, streams, tmp_path):
    """The choices and the size of `extract --streams motion_grid --cells 4 --view infant=0.5,0,1,1`; and synthetic."""
    pytest.importorskip("cv2")
    stream = streams[0][0]
    stream.write(tmp_path)
    about = described(tmp_path / stream.file)
    choices = MotionGridChoices(view=("infant", 0.5, 0, 1, 1), cells=4)
    assert json.loads(about["choices"]) == json.loads(json.dumps(asdict(choices)))
    assert about["synthetic"] == "true" and about["view"] == "infant=0.5,0,1,1" and about["dim"] == "64"
    assert (read_stream(tmp_path / stream.file).values == stream.values).all()
    write_films(tmp_path, made.films[2:], 2)
    path = tmp_path / made.films[2].path
    values, measured, _ = motion_grid(path, grid_of(path, 25), choices)
    assert values.shape == (2 * FPS, stream.values.shape[1]) and measured[1:].all()


def test_films_are_short_and_move_as_coded(made):
    cv2 = pytest.importorskip("cv2")
    assert len(made.films) == 3 and LONGEST_S <= 20
    seen: dict[str, list[float]] = {}
    for film in made.films:
        times = range(-film.offset_ms, -film.offset_ms + 1000 * LONGEST_S, 120)
        pictures = [draw_picture(cv2, film, at)[45:215, 160:].astype(int) for at in times]
        for at, one, other in zip(times[1:], pictures, pictures[1:], strict=False):
            seen.setdefault(film.shown("infant", at), []).append(np.abs(one - other).mean())
    calm, lively = (
        np.median([change for code in codes for change in seen.get(code, [])])
        for codes in (("Ineu", "Inon"), ("Ipos", "Ineg", "Ipro"))
    )
    assert lively > 0.1 > 2 * calm


# --- The ceiling ------------------------------------------------------------------------------------------------------


def test_the_stored_ceiling_belongs_to_these_numbers():
    assert stored()["generator_sha256"] == generator_sha256(), "run: python -m pipeline.demo.still_face_ceiling"


def test_forward_and_backward_equal_the_sum_over_all_paths():
    """Three frames, every one of (5 codes x 3 stages) ** 3 paths."""
    rng, role, modality = np.random.default_rng(5), "caregiver", "multimodal"
    follows, stages = still_face_parameters()["follows"], still_face_parameters()["stages"]
    middle = all_centres(role, modality)
    given = Sequences(np.zeros((1, 3), int), rng.normal(size=(1, 3, middle.shape[1])), draw_shares(rng, role, 1)[0, :1])
    first, step = chain(role, given.shares)
    assert step.sum(axis=2) == pytest.approx(1) and first @ step[0] == pytest.approx(first, abs=1e-9)
    x, found = given.features[0], np.zeros((3, len(middle)))
    for path in product(range(first.shape[1]), repeat=3):
        codes = [state // stages for state in path]
        away = [x[now] - middle[code] for now, code in enumerate(codes)]
        weight = first[0, path[0]] * np.exp(-(away[0] @ away[0]) / 2)
        for now in (1, 2):
            change = away[now] - follows * away[now - 1]
            weight *= step[0, path[now - 1], path[now]] * np.exp(-(change @ change) / (2 * (1 - follows**2)))
        for now, code in enumerate(codes):
            found[now, code] += weight
    assert sequence_posterior(role, modality, given)[0] == pytest.approx(found / found.sum(axis=1, keepdims=True))


def test_time_after_the_end_of_an_episode_changes_nothing():
    rng, role, modality = np.random.default_rng(6), "infant", "video"
    features, shares = rng.normal(size=(1, 30, 3)), draw_shares(rng, role, 1)[0, :1]
    truth = np.zeros((1, 30), int)
    longer = Sequences(np.where(np.arange(30) < 20, truth, -1), features, shares)
    short = sequence_posterior(role, modality, Sequences(truth[:, :20], features[:, :20], shares))
    assert sequence_posterior(role, modality, longer)[:, :20] == pytest.approx(short)


def test_the_ceiling_is_found_again_in_other_families():
    """A single frame is ambiguous, an episode is not."""
    kept, again = stored()["ceiling"], ceiling(seed=7, families=8, batches=1)
    for name, modality in product(MAPS, MODALITIES):
        for kind, within in (("frame", 0.05), ("sequence", 0.06)):
            assert again[name][modality][kind]["accuracy"] == pytest.approx(
                kept[name][modality][kind]["accuracy"], abs=within
            )
        assert kept[name][modality]["frame"]["accuracy"] < 0.66 < kept[name][modality]["sequence"]["accuracy"] < 0.96


def padded(arrays: list[np.ndarray], fill: float) -> np.ndarray:
    longest = max(len(one) for one in arrays)
    return np.stack(
        [np.pad(one, [(0, longest - len(one))] + [(0, 0)] * (one.ndim - 1), constant_values=fill) for one in arrays]
    )


@pytest.mark.parametrize(("role", "modality"), [("infant", "multimodal"), ("caregiver", "video"), ("infant", "audio")])
def test_the_best_classifier_reaches_the_ceiling_on_the_streams_of_the_study(
    role, modality, made, demo_study, database
):
    """On the stored streams and the coded labels, with the known centres: no more and no less than truth.json says."""
    told = json.loads((demo_study / "demo/truth.json").read_text(encoding="utf-8"))["still_face"]["ceiling"]
    given = sequences_of(made, role, modality, demo_study, database)
    answers = {
        "frame": frame_posterior(role, modality, given.features),
        "sequence": sequence_posterior(role, modality, given),
    }
    for name, kind in product([name for name, whose in MAPS.items() if whose == role], answers):
        reached = scores(confusion(class_map(name), role, given.truth, answers[kind]))["accuracy"]
        assert reached == pytest.approx(told[name][modality][kind]["accuracy"], abs=0.05), (name, kind)


def sequences_of(made, role: str, modality: str, home: Path, database) -> Sequences:
    """The episodes of the study: coded labels, and stored streams along the known directions."""
    subject = ROLES[role][0]
    wanted = {"motion": ("motion_grid", subject), "sound": ("log_mel", "")}
    files = feature_streams(database).set_index(["observation_id", "stream", "subject"])["file"]
    coded = events_of(database).set_index(["observation_id", "coder_id", "subject"]).sort_index()
    truth, features, shares = [], [], []
    for session in made.sessions:
        name = session.observation_id
        rows = [read_rows(home, files[(name, *wanted[stream])]).values for stream in MODALITIES[modality]]
        parts = [coordinates(one, stream, role) for one, stream in zip(rows, MODALITIES[modality], strict=True)]
        labels = labels_at(coded.loc[(name, "gold", subject)], frames_of(session), role)
        for place, (_, start, end) in enumerate(session.episodes):
            part = slice(-(-(start - 20) // 40), -(-(end - 20) // 40))
            truth.append(labels[part])
            features.append(np.hstack(parts)[part])
            shares.append(session.shares[role][place])
    return Sequences(padded(truth, -1), padded(features, 0.0), np.stack(shares))


def labels_at(events: pd.DataFrame, frames: int, role: str) -> np.ndarray:
    """Code of the event that holds in the middle of each frame, one frame after the other; -1 where none does."""
    found = np.full(frames, -1)
    for code, start, end in events[["code", "onset_ms", "offset_ms"]].itertuples(index=False):
        place = codes_of(role).index("Ineg" if code in ("Ipro", "Iwit") else code)
        for frame in range(max(start // 40 - 1, 0), min(end // 40 + 2, frames)):
            if start <= Fraction(2 * frame + 1) * 20 < end:
                found[frame] = place
    return found


# --- Out of the files and into the database ---------------------------------------------------------------------------


def events_of(database) -> pd.DataFrame:
    return database.execute(
        f"SELECT {', '.join(EVENT)} FROM event JOIN observation USING (observation_id) "
        "WHERE protocol = 'still_face' ORDER BY ALL"
    ).df()


def test_labels_and_episodes_come_out_of_the_study_as_they_were_made(made, demo_study, database):
    told = json.loads((demo_study / "demo/truth.json").read_text(encoding="utf-8"))["still_face"]["recordings"]
    expected = coded_events(made)[EVENT].sort_values(EVENT).to_numpy().tolist()
    found = events_of(database)
    assert found.to_numpy().tolist() == expected
    rows = [
        (name, coder, *ROLES[role], *span)
        for name, one in told.items()
        for coder, labels in (("gold", one["labels"]), ("LW", one["again"]))
        for role, spans in (labels or {}).items()
        for span in spans
    ]
    assert sorted(map(list, rows)) == sorted(expected)
    episodes = database.execute(
        "SELECT observation_id, episode, onset_ms, offset_ms FROM episode ORDER BY ALL"
    ).fetchall()
    assert episodes == sorted((name, *episode) for name, one in told.items() for episode in map(tuple, one["episodes"]))


def test_streams_come_out_of_the_study_as_they_were_made(made, streams, demo_study, database):
    table = feature_streams(database)
    assert len(table) == 36 and not table["random_weights"].any() and (table["fps"] == 25).all()
    views = {"infant": "infant", "caregiver": "caregiver1"}
    for session, files in zip(made.sessions, streams, strict=True):
        rows = table[table["observation_id"] == session.observation_id].set_index(["stream", "subject"])
        for stream, subject in zip(files, [*(views[name] for name in VIEWS), ""], strict=True):
            row = rows.loc[(stream.name, subject)]
            stored_rows = read_rows(demo_study, row["file"]).values
            assert row["frames"] == frames_of(session) == len(stored_rows)
            assert (stored_rows == stream.values).all()


def test_the_import_has_nothing_to_say_about_them(database):
    said = "SELECT kind, file FROM issue WHERE file LIKE '%nova%' OR file LIKE 'streams%' OR file LIKE '%episodes%'"
    assert database.execute(said).fetchall() == []
    raw = "SELECT count(*), sum(rejected) FROM source WHERE path LIKE 'streams/%' OR path LIKE 'coded/nova/%'"
    count, rejected = database.execute(raw).fetchone()
    assert count >= 12 * 3 + 12 * 2 + 4 * 2 and rejected == 0


def test_states_and_labels_are_the_same_where_something_is_coded(made):
    for session, role in product(made.sessions, ROLES):
        spans = pd.DataFrame(session.labels[role], columns=["code", "onset_ms", "offset_ms"])
        labels = labels_at(spans, frames_of(session), role)
        coded = labels >= 0
        assert (labels[coded] == states_of(session, role)[coded]).all()
        shown = states_of(session, role)[~coded]
        assert set(shown) == {codes_of(role).index(still_face_parameters()["transition"][role])}
