"""The synthetic study: its shape is the published one, its files import as intended, its truth can be found again."""

import json
from collections import Counter
from fractions import Fraction
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalogue.manifest import load_manifest
from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.demo import SEED, make_study, write_demo
from pipeline.demo.clips import FPS, choose_clips, draw_frame, media_table, write_clips
from pipeline.demo.coders import code_again
from pipeline.demo.marks import Mark
from pipeline.demo.observer_files import clock, observer_row
from pipeline.demo.parameters import Codes, parameters
from pipeline.demo.pseudo_true import FILE, REFERENCES, generator_sha256, least_squares, pseudo_true
from pipeline.demo.questionnaires import to_moments
from pipeline.demo.simulate import simulate
from pipeline.steps.import_study import import_study


@pytest.fixture(scope="module")
def study():
    return make_study()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The files of the demo study, with clips of two seconds and a few face tracks (the unusual ones)."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder, clip_seconds=2, tracks=4)
    return folder


@pytest.fixture(scope="module")
def database(folder, tmp_path_factory):
    """The demo study, imported by the ordinary road."""
    outcome = import_study(folder / "STUDY.toml", tmp_path_factory.mktemp("home"), report=lambda line: None)
    with duckdb.connect(str(outcome.generation.file), read_only=True) as connection:
        yield connection


# --- Who was filmed -------------------------------------------------------------------------------------------------


def test_the_counts_are_the_published_ones(study):
    sample = study.sample
    assert (len(sample.families), len(sample.dyads), len(sample.observations)) == (97, 102, 142)
    activities = sample.observations["activity"].replace({"bedtime": "other", "reading": "other"})
    assert Counter(activities) == {"feeding": 86, "stacking": 40, "free_play": 6, "other": 10}
    assert Counter(sample.observations["role"]) == {"mother": 105, "father": 37}
    assert Counter(sample.dyads["birth_order"])["first"] == 67
    assert Counter(sample.families["children"]) == {1: 92, 2: 5}
    assert sample.families["both_enrolled"].sum() == 10
    assert len(sample.caregivers) == 97 + 10
    assert Counter(sample.families["camera"]) == {"old": 66, "new": 31}


def test_a_recording_is_one_dyad_in_one_activity(study):
    table = study.sample.observations
    assert not table.duplicated(["dyad", "activity"]).any()
    assert table["observation_id"].is_unique
    paired = study.sample.dyads[study.sample.families["children"].to_numpy()[study.sample.dyads["family"]] == 2]
    assert paired.groupby("family")["role"].nunique().eq(1).all()
    assert sorted(paired["birth_order"]) == ["first"] * 5 + ["second"] * 5


def test_ages_and_lengths_have_the_published_quartiles(study):
    filmed = study.sample.caregivers[study.sample.caregivers["filmed"]]
    assert _quartiles(filmed.loc[filmed["role"] == "mother", "age_years"]) == [25, 26, 28]
    assert _quartiles(filmed.loc[filmed["role"] == "father", "age_years"]) == [26, 28, 30]
    assert _quartiles(study.sample.dyads["infant_age_months"]) == [6, 7, 8]
    minutes = study.sample.observations["length_ms"] / 60_000
    assert [round(value, 2) for value in minutes.quantile([0.25, 0.5, 0.75])] == [4.98, 5.00, 5.00]


def _quartiles(values):
    return [round(value) for value in values.quantile([0.25, 0.5, 0.75])]


# --- Questionnaires ---------------------------------------------------------------------------------------------------


def test_the_items_of_the_epds_file_add_up_to_the_published_mean_and_sd(folder, study):
    table = pd.read_csv(folder / "tables/epds.csv", dtype=str).set_index("person")
    items = table[[f"epds_{item}" for item in range(1, 11)]].astype(int)
    for item in (3, 5, 6, 7, 8, 9, 10):
        items[f"epds_{item}"] = (3 - items[f"epds_{item}"]).where(items[f"epds_{item}"] >= 0, -9)
    whole = items[(items >= 0).all(axis=1)]
    assert whole.max(axis=None) <= 3
    totals = whole.sum(axis=1)[lambda total: total.index.isin(_filmed(study))]
    assert (len(totals), len(items) - len(whole)) == (73, 3)
    assert (round(totals.mean(), 2), round(totals.std(), 2)) == (6.15, 4.46)
    assert Counter(table.loc[totals.index, "phase"]) == {"during pregnancy": 71, "before conception": 2}


def test_the_words_of_the_sapas_file_add_up_to_the_published_mean_and_sd(folder, study):
    table = pd.read_csv(folder / "tables/sapas.csv", sep=";", dtype=str).set_index("ID")
    points = table[[f"Q{item}" for item in range(1, 9)]].apply(lambda answers: answers.map({"Yes": 1, "No": 0}))
    points["Q3"] = 1 - points["Q3"]
    totals = points.dropna().sum(axis=1)[lambda total: total.index.isin(_filmed(study))]
    assert (len(totals), int(points.isna().any(axis=1).sum())) == (83, 2)
    assert (round(totals.mean(), 2), round(totals.std(), 2)) == (2.17, 1.56)
    assert set(table["Visit"]) == {"Clinic 24"}
    assert Counter(table.loc[totals.index, "Timing"])["after filming"] == 6  # 7 % of 83


def test_the_partners_of_ten_families_answered_too(folder, study):
    partners = set(study.sample.caregivers.loc[~study.sample.caregivers["filmed"], "person_id"])
    for file, column, sep in (("epds", "person", ","), ("sapas", "ID", ";")):
        people = set(pd.read_csv(folder / f"tables/{file}.csv", sep=sep, dtype=str)[column])
        assert len(partners & people) == 10


def test_recordings_with_a_score_are_as_many_as_in_the_published_models(study):
    family = study.sample.observations["family"].to_numpy()
    assert {name: int(answers.answered[family].sum()) for name, answers in study.answered.items()} == {
        "EPDS": 117,
        "SAPAS": 119,
    }


def _filmed(study):
    return set(study.sample.caregivers.loc[study.sample.caregivers["filmed"], "person_id"])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(40, 120))
def test_any_totals_can_be_brought_to_the_published_moments(seed, people):
    rng = np.random.default_rng(seed)
    totals = to_moments(rng, rng.integers(0, 15, people), 6.15, 4.46, 30)
    assert totals.min() >= 0 and totals.max() <= 30
    assert abs(totals.mean() - 6.15) <= 0.5 / people + 1e-9
    assert abs(totals.std(ddof=1) - 4.46) < 0.01


# --- Behaviour --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["first", "second"])
def test_every_stream_covers_its_recording_without_gap_or_overlap(study, which):
    table = getattr(study, which)
    lengths = dict(zip(study.units.frame["observation_id"], study.units.frame["length_ms"], strict=True))
    for (name, _, _), stream in table.groupby(["observation_id", "subject", "behaviour_group"]):
        stream = stream.sort_values("onset_ms")
        assert stream["onset_ms"].iloc[0] == 0 and stream["offset_ms"].iloc[-1] == lengths[name]
        assert (stream["offset_ms"].to_numpy()[:-1] == stream["onset_ms"].to_numpy()[1:]).all()
        assert (stream["offset_ms"] > stream["onset_ms"]).all()
        assert (stream["code"].to_numpy()[:-1] != stream["code"].to_numpy()[1:]).all()


def test_every_code_is_in_the_scheme_and_allowed_for_its_subject(study):
    scheme = load_scheme(scheme_path("mhint"))
    used = pd.concat([study.first, study.second])[["subject", "behaviour_group", "code"]].drop_duplicates()
    for subject, group_name, label in used.itertuples(index=False):
        group = scheme.group(group_name)
        code = next(code for code in group.codes if code.label == label)
        assert subject in group.subjects_of(code)
    assert scheme.group("visual_attention").one_camera_modifier in set(study.first["modifier"])


def test_face_not_visible_is_the_most_frequent_value_and_rare_codes_are_rare(study):
    faces = _values(study.first, "facial_expression")
    counts = faces["code"].value_counts()
    assert counts.index[0] == "Face not visible"
    assert 0.21 < counts.iloc[0] / len(faces) < 0.28
    assert set(counts.index[1:4]) == {"Neutral/Alert", "Positive", "Smile"}
    assert counts["Woe face"] < 15 and counts["Disgust"] < 35
    looks = _values(study.first, "visual_attention")
    assert looks["code"].value_counts().index[0] == "Look at focus object"


def _values(events, group):
    """One row per recording, person and code that occurs, as the models use them."""
    rows = events[(events["behaviour_group"] == group) & events["subject"].isin(["infant", "caregiver1"])]
    return rows.drop_duplicates(["observation_id", "subject", "code"])


def test_smiles_answer_smiles(study):
    """While the infant smiles the caregiver smiles more than otherwise: the coupling can be seen."""
    faces = study.first[study.first["behaviour_group"] == "facial_expression"]
    query = """
        SELECT i.code = 'Smile' AS infant_smiles, sum(shared) FILTER (c.code = 'Smile') / sum(shared)
        FROM faces i JOIN faces c ON i.observation_id = c.observation_id AND i.subject = 'infant'
             AND c.subject = 'caregiver1' AND i.onset_ms < c.offset_ms AND c.onset_ms < i.offset_ms,
             LATERAL (SELECT least(i.offset_ms, c.offset_ms) - greatest(i.onset_ms, c.onset_ms) AS shared)
        GROUP BY ALL ORDER BY ALL
    """
    with duckdb.connect() as connection:
        connection.register("faces", faces)
        found = connection.execute(query).fetchall()
    otherwise, smiling = (row[1] for row in found)
    assert smiling > 1.3 * otherwise


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(1, 400_000))
def test_simulated_bouts_tile_any_recording(seed, count, length):
    rng = np.random.default_rng(seed)
    codes = _codes(count)
    shares = {side: rng.dirichlet(np.ones(count), 3) for side in ("infant", "caregiver")}
    bouts = simulate(rng, shares, dict.fromkeys(shares, codes), np.full(3, length))
    for unit in range(3):
        for side in (0, 1):
            rows = (bouts.unit == unit) & (bouts.side == side)
            assert (bouts.offset_ms - bouts.onset_ms)[rows].sum() == length
            assert (bouts.onset_ms[rows][1:] == bouts.offset_ms[rows][:-1]).all()


def test_without_coupling_the_share_of_time_is_the_target_share():
    rng, target = np.random.default_rng(1), np.array([0.5, 0.3, 0.15, 0.05])
    shares = dict.fromkeys(("infant", "caregiver"), np.tile(target, (1500, 1)))
    bouts = simulate(rng, shares, dict.fromkeys(shares, _codes(4)), np.full(1500, 300_000))
    found = np.bincount(bouts.code, bouts.offset_ms - bouts.onset_ms) / (2 * 1500 * 300_000)
    assert np.abs(found - target).max() < 0.006


def _codes(count):
    labels = tuple(f"code {number}" for number in range(count))
    return Codes(labels, np.ones(count), np.full(count, 1 / count), np.linspace(2, 6, count), ("",) * count)


# --- Second coder -----------------------------------------------------------------------------------------------------


def test_fifteen_per_cent_were_coded_twice_and_first_coders_coded_more(study):
    assert len(study.coding.second) == 21
    counts = Counter(study.coding.first.values()) + Counter(study.coding.second.values())
    assert counts == {"KL": 90, "MS": 60, "RT": 13}
    assert all(counts[study.coding.first[name]] > counts[coder] for name, coder in study.coding.second.items())


@pytest.mark.parametrize(
    ("group", "low", "high"), [("facial_expression", 0.67, 0.85), ("visual_attention", 0.75, 0.84)]
)
@pytest.mark.parametrize("subject", ["infant", "caregiver1"])
def test_kappa_lies_where_the_paper_reports_it(study, group, subject, low, high):
    assert low <= _kappa(study, group, subject) <= high


def _kappa(study, group, subject):
    """Duration-weighted Cohen's kappa, pooled over recordings by summing the matrices, in exact fractions."""
    cells: Counter = Counter()
    for name in study.coding.second:
        streams = []
        for table in (study.first, study.second):
            rows = table[(table["observation_id"] == name) & (table["subject"] == subject)]
            streams.append(rows[rows["behaviour_group"] == group].sort_values("onset_ms"))
        for a in streams[0].itertuples():
            for b in streams[1].itertuples():
                if (shared := min(a.offset_ms, b.offset_ms) - max(a.onset_ms, b.onset_ms)) > 0:
                    cells[a.code, b.code] += shared
    total = sum(cells.values())
    agreed = Fraction(sum(ms for (a, b), ms in cells.items() if a == b), total)
    rows, columns = Counter(), Counter()
    for (a, b), ms in cells.items():
        rows[a] += ms
        columns[b] += ms
    expected = Fraction(sum(rows[code] * columns[code] for code in rows), total**2)
    return float((agreed - expected) / (1 - expected))


def test_a_second_coding_is_another_one_but_covers_the_same_time(study):
    stream = study.first[study.first["observation_id"] == study.first["observation_id"].iloc[0]]
    again = code_again(np.random.default_rng(0), stream)
    whole = ["subject", "behaviour_group"]
    first = stream.assign(ms=stream["offset_ms"] - stream["onset_ms"]).groupby(whole)["ms"].sum()
    assert first.equals(again.assign(ms=again["offset_ms"] - again["onset_ms"]).groupby(whole)["ms"].sum())
    assert len(again) != len(stream)


# --- Files ------------------------------------------------------------------------------------------------------------


def test_an_observer_row_is_written_as_the_program_writes_it():
    mark = Mark("0012.A.1.feeding KL", 93_426, "start", "Infant", "facial_expression", "Smile", "", 12_470)
    assert ";".join(observer_row(mark, ",")) == (
        "01-03-2021 10:31:33,426;01-03-2021;10:31:33;426;00:01:33,426;00:01:33;426;93,426;12,47;Results;"
        "0012.A.1.feeding KL;Event log;Infant;Smile;;State start;"
    )
    assert clock(3_723_004) == "01:02:03.004"
    assert observer_row(Mark("a", 80_022, "stop", "Infant", "g", "Smile", "", 0), ".")[6:9] == ["22", "80.022", "0"]


def test_the_same_seed_writes_the_same_bytes_also_over_an_earlier_demo(tmp_path):
    for name, seed in (("one", 5), ("two", 5), ("other", 6)):
        write_demo(tmp_path / name, seed=seed, families=20, clip_seconds=0, tracks=2)
    assert _bytes(tmp_path / "one") == _bytes(tmp_path / "two") != _bytes(tmp_path / "other")
    write_demo(tmp_path / "two", seed=6, families=20, clip_seconds=0, tracks=2)
    assert _bytes(tmp_path / "two") == _bytes(tmp_path / "other")


def test_files_of_other_people_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "coded").mkdir()
    (tmp_path / "coded/mine.txt").write_text("mine")
    write_demo(tmp_path, seed=5, families=20, clip_seconds=0, tracks=2)
    assert (tmp_path / "coded/mine.txt").read_text() == "mine"


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_the_manifest_is_valid_and_every_pattern_finds_files(folder):
    manifest = load_manifest(folder / "STUDY.toml")
    assert manifest.study.id == "demo" and manifest.study.synthetic and manifest.study.protocol == "home_headcam"
    for entry in manifest.coded:
        assert all(list(folder.glob(pattern)) for pattern in entry.files)
    formats = {entry.format for entry in manifest.coded}
    assert formats == {"observer_event_log", "boris_aggregated", "boris_events", "boris_project", "long_csv", "nova"}


def test_the_truth_is_written_beside_the_files(folder):
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert truth["synthetic"] is True and truth["seed"] == SEED
    assert truth["generator"] == parameters()
    assert len(truth["second_coder"]) == 21
    kinds = {fault["kind"] for fault in truth["faults"] if not fault["follows"]}
    assert kinds == {
        *("start_without_stop", "unknown_code", "duplicate_row", "wrong_role", "after_end", "case_variant"),
        *("overlap_in_group", "stop_without_start", "unknown_subject", "offset_before_onset", "gap_closed"),
        "several_faces",
    }
    assert sum(truth["blank_rows"].values()) == 2


# --- Import -----------------------------------------------------------------------------------------------------------


def test_the_import_finds_exactly_the_faults_that_were_put_in(folder, database):
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    meant = Counter((fault["kind"], fault["file"], fault["line"], fault["count"]) for fault in truth["faults"])
    rows = database.execute("SELECT kind, file, line, count FROM issue WHERE severity <> 'info' OR kind = 'gap_closed'")
    assert Counter(rows.fetchall()) == meant
    blank = database.execute("SELECT path, blank FROM source WHERE blank > 0 AND content = 'coded'").fetchall()
    assert dict(blank) == truth["blank_rows"]


def test_the_imported_study_has_the_published_shape(database):
    def one(query: str):
        return database.execute(query).fetchall()

    assert one(
        "SELECT (SELECT count(*) FROM family), (SELECT count(*) FROM dyad), (SELECT count(*) FROM observation)"
    ) == [(97 + 12, 102 + 12, 142 + 94 + 12)]
    assert one("SELECT protocol, count(*), count(DISTINCT dyad_id) FROM observation GROUP BY ALL ORDER BY ALL") == [
        *(("free_play", 94, 47), ("home_headcam", 142, 102), ("still_face", 12, 12)),
    ]
    assert one("SELECT activity, count(*) FROM observation WHERE visit = 'home visit' GROUP BY ALL ORDER BY ALL") == [
        *(("feeding", 86), ("free_play", 6), ("other", 10), ("stacking", 40)),
    ]
    scored = """SELECT instrument, count(total) FROM observation_score JOIN observation USING (observation_id)
                WHERE protocol = 'home_headcam' GROUP BY ALL ORDER BY ALL"""
    assert one(scored) == [("EPDS", 117), ("SAPAS", 119)]
    assert one("SELECT count(DISTINCT observation_id) FROM coding WHERE NOT is_primary") == [(21 + 4,)]
    assert one("SELECT DISTINCT coder_id FROM coding WHERE NOT is_primary ORDER BY 1") == [("LW",), ("MS",), ("RT",)]
    assert one("SELECT name, kind FROM variable ORDER BY position") == [
        *(("income", "categorical"), ("education", "numeric"), ("language", "binary")),
    ]


def test_imported_durations_are_those_of_the_generator_where_no_fault_is(folder, study, database):
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    spoilt = {fault["observation_id"] for fault in truth["faults"]}
    made = study.first[~study.first["observation_id"].isin(spoilt)]
    made = made.assign(ms=made["offset_ms"] - made["onset_ms"])
    expected = made.groupby(["observation_id", "subject", "behaviour_group", "code"])["ms"].sum()
    rows = database.execute(
        "SELECT observation_id, subject, behaviour_group, code, ms FROM duration "
        "JOIN coding USING (observation_id, coder_id, subject, behaviour_group) "
        "JOIN observation USING (observation_id) WHERE is_primary AND protocol = 'home_headcam'"
    )
    found = {row[:4]: row[4] for row in rows.fetchall() if row[0] not in spoilt}
    assert found == expected.to_dict()


# --- Clips ------------------------------------------------------------------------------------------------------------


def test_eight_recordings_have_clips_and_three_of_them_three_views(folder, study):
    media = pd.read_csv(folder / "tables/media.csv", dtype={"observation_id": str})
    media = media[media["observation_id"].isin(study.sample.observations["observation_id"])]
    views = media.groupby("observation_id")["view"].agg(set)
    assert len(views) == 8
    assert sum(seen == {"infant_camera", "parent_camera", "room"} for seen in views) == 3
    assert all((folder / path).stat().st_size > 1000 for path in media["path"])
    assert media["offset_ms"].nunique() > 4
    assert media.equals(media_table(choose_clips(study.first)))


def test_a_clip_is_vp8_video_that_shows_the_recording_at_its_own_offset(study, tmp_path):
    cv2 = pytest.importorskip("cv2")
    clip = next(clip for clip in choose_clips(study.first) if clip.offset_ms > 2000)
    write_clips(tmp_path, [clip], seconds=2)
    video = cv2.VideoCapture(str(tmp_path / clip.path))
    frames = [video.read()[1] for _ in range(2 * FPS)]
    assert not video.read()[0]
    fourcc = int(video.get(cv2.CAP_PROP_FOURCC))
    assert fourcc.to_bytes(4, "little") == b"VP80" and video.get(cv2.CAP_PROP_FPS) == FPS
    video.release()
    shown = frames[12].astype(int)
    right, wrong = (draw_frame(cv2, clip, 12 * 1000 // FPS - clip.offset_ms + shift).astype(int) for shift in (0, 5000))
    clock_area = (slice(5, 40), slice(5, 190))
    assert np.abs(shown - right)[clock_area].mean() < 8 < np.abs(shown - wrong)[clock_area].mean()


# --- Pseudo-true coefficients -----------------------------------------------------------------------------------------


def test_the_stored_coefficients_belong_to_these_numbers():
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    assert stored["generator_sha256"] == generator_sha256(), f"generator.toml changed: run {stored['command']}"
    assert stored["families"] == 20_000


def test_a_smaller_sample_finds_the_stored_coefficients_within_monte_carlo_error():
    stored, small = json.loads(FILE.read_text(encoding="utf-8")), pseudo_true(seed=7, families=1200)
    scores = [
        (mine["z"] - big["z"]) / np.hypot(mine["se"], big["se"])
        for mine, big in zip(_terms(small), _terms(stored), strict=True)
        if mine["rows"] >= 40
    ]
    assert len(scores) > 100
    assert np.abs(scores).max() < 4.5
    assert 0.7 < np.sqrt(np.mean(np.square(scores))) < 1.35


def _terms(result):
    """All coefficients of both groups, exposures, rungs and sides, codes in one order; absent ones with no rows."""
    labels = {group: parameters()["groups"][group] for group in REFERENCES}
    return [
        result["groups"][group][name][rung][side]["codes"].get(code, {"z": 0.0, "se": 1.0, "rows": 0})
        for group in labels
        for name in ("EPDS", "SAPAS")
        for rung in ("rung_2", "rung_4")
        for side in ("infant", "caregiver")
        for code in labels[group][side]
        if code != REFERENCES[group]
    ]


def test_strong_effects_have_the_direction_they_were_given():
    stored = json.loads(FILE.read_text(encoding="utf-8"))["groups"]
    for name, groups in parameters()["effects"].items():
        for group, sides in groups.items():
            for side, codes in sides.items():
                for code, points in codes.items():
                    if abs(points) >= 2:
                        found = stored[group][name]["rung_4"][side]["codes"][code]
                        assert np.sign(found["z"]) == np.sign(points), (name, side, code)
                        assert abs(found["z"]) > 2 * found["se"]


def test_least_squares_and_its_clustered_errors_agree_with_statsmodels():
    api = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(3)
    design = np.column_stack([np.ones(200), rng.normal(size=(200, 2))])
    cluster = np.repeat(np.arange(40), 5)
    outcome = design @ [1.0, 2.0, -1.0] + rng.normal(size=40)[cluster] + rng.normal(size=200)
    estimate, error = least_squares(design, outcome, cluster)
    other = api.OLS(outcome, design).fit(cov_type="cluster", cov_kwds={"groups": cluster, "use_correction": False})
    assert estimate == pytest.approx(other.params)
    assert error == pytest.approx(other.bse)
