"""Patches reduced to components while a classifier is taught: which sessions have a part in them, and none besides."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.catalogue.phase_asked import PhasesAsked
from pipeline.errors import StudyError
from pipeline.features.feature_file import write_feature
from pipeline.features.stream_table import sums_table
from pipeline.measures.pca import components, merged, scores, sums_of
from pipeline.measures.phase_sessions import PhasesRefused
from pipeline.models.sampling import Silent
from pipeline.steps import phase_arms, phase_features, phase_keep, phase_models
from pipeline.steps.phase_features import Cached
from pipeline.steps.phase_plan import plan
from pipeline.steps.stream_store import sums_of as sums_place
from pipeline.steps.train_phases import train
from tests.phase_sessions import QUICK_LINEAR
from tests.phase_study import material

FRAMES, PATCHES, WIDTH, KEPT = 50, 3, 6, 6
TINY = replace(QUICK_LINEAR, hidden=(4,), epochs=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(phase_arms, "grid", lambda kind, name: (TINY,))
    monkeypatch.setattr(phase_keep, "build_report", lambda *parts: None)
    monkeypatch.setattr(phase_keep, "write_report", lambda report, folder: None)


def patches(number: int) -> np.ndarray:
    """Tokens (frames, patches, width) of a session, each session stretched along directions of its own."""
    rng = np.random.default_rng(number)
    return (rng.normal(size=(FRAMES, PATCHES, WIDTH)) * rng.uniform(0.2, 3, WIDTH) + rng.normal(size=WIDTH)).astype(
        "f4"
    )


@pytest.fixture
def study(tmp_path):
    """(home, function asked -> plan, tokens by session): four sessions with scores of patches and their sums."""
    tokens = {f"S{number:02d}": patches(number) for number in range(4)}
    kept = {name: components(sums_of(one.reshape(-1, WIDTH)), KEPT) for name, one in tokens.items()}

    def values(number, labels, rng):
        name = f"S{number:02d}"
        return scores(tokens[name], kept[name]).reshape(FRAMES, -1).astype(np.float32)

    def planned(**choices):
        given = {"role": "infant", "streams": ("dinov2",), "kind": "linear", "outer": 4, "inner": 2, "jobs": 1}
        asked = PhasesAsked(**(given | choices))
        found = material(tmp_path, asked, count=4, frames=FRAMES, values=values, streams=("dinov2",))
        for name, file in zip(found.streams["observation_id"], found.streams["file"], strict=True):
            sums = sums_of(tokens[name].reshape(-1, WIDTH))
            write_feature(sums_table(sums, kept[name]), tmp_path / sums_place(file), {"n": str(sums.n)})
        return plan(tmp_path, found, asked)

    return tmp_path, planned, tokens


def test_components_of_a_fold_come_from_its_teaching_sessions(study):
    """Beside tokens that are multiplied out by hand: the covariance is stored in single precision."""
    _, planned, tokens = study
    made = planned()
    for fold in made.main.work.plan.folds:
        sums = [sums_of(tokens[name].reshape(-1, WIDTH)) for name in fold.teaching]
        taught = sums[0]
        for one in sums[1:]:
            taught = merged(taught, one)
        axes = components(taught, 4)
        read = made.main.reading(fold.teaching)
        for name in (*fold.teaching, *fold.asked):
            expected = scores(tokens[name], axes).reshape(FRAMES, -1)
            np.testing.assert_allclose(read(name), expected, atol=2e-3)


def test_an_asked_session_has_no_part_in_them(study):
    home, planned, _ = study
    made = planned()
    fold = made.main.work.plan.folds[0]
    before = made.main.reading.components(fold.teaching)["dinov2"]
    file = str(made.cohort.rows.loc[made.cohort.rows["observation_id"] == fold.asked[0], "file"].iloc[0])
    other = sums_of(patches(99).reshape(-1, WIDTH) * 100)
    write_feature(sums_table(other, components(other, KEPT)), home / sums_place(file), {"n": str(other.n)})
    after = made.main.reading.components(fold.teaching)["dinov2"]
    np.testing.assert_array_equal(before.axes, after.axes)
    np.testing.assert_array_equal(before.mean, after.mean)
    everyone = made.main.reading.components(tuple(made.main.work.sessions))["dinov2"]
    assert np.abs(everyone.axes - before.axes).max() > 0.01, "the planted session does not show"


@pytest.mark.parametrize("scope", ["session", "frame"])
def test_in_the_other_scopes_nobody_else_has_a_part(study, scope):
    _, planned, tokens = study
    made = planned(pca_scope=scope)
    read = made.main.reading(())
    assert made.main.reading.components(("S00", "S01")) == {}
    found = read("S02")
    assert found.shape == (FRAMES, PATCHES * 4)
    if scope == "session":
        own = components(sums_of(tokens["S02"].reshape(-1, WIDTH)), 4)
        np.testing.assert_allclose(found, scores(tokens["S02"], own).reshape(FRAMES, -1), atol=2e-3)
    else:
        means = found.reshape(FRAMES, PATCHES, 4).mean(axis=1)
        np.testing.assert_allclose(means, 0, atol=1e-4)


def test_the_components_of_the_last_network_are_kept_with_it(study):
    home, planned, _ = study
    made = planned()
    card = train(made, Silent(), "here")
    found, fitted, axes = phase_models.read_model(phase_models.model_folder(home, card.id))
    assert found.pca_scope == "train_fold" and found.streams[0].dim == PATCHES * 4
    assert len(fitted.scaling.low) == PATCHES * 4
    everyone = made.main.reading(tuple(made.main.work.sessions))
    again = Cached(replace(made.main.reading, given=axes), dict(axes))
    np.testing.assert_array_equal(everyone("S01"), again("S01"))


def test_frames_without_numbers_stay_without(study):
    store = phase_features.token_store
    home, planned, tokens = study
    made = planned(pca_scope="session")
    file = str(made.cohort.rows["file"].iloc[0])
    values = np.ones((3, PATCHES * KEPT), dtype=np.float32)
    values[1, 5] = np.nan
    found = phase_features.reduced(values, store(home, file), None, "session")
    assert np.isfinite(found).all(axis=1).tolist() == [True, False, True]


def test_sums_that_are_torn_are_one_sentence(study):
    home, planned, _ = study
    made = planned()
    file = str(made.cohort.rows["file"].iloc[0])
    (home / sums_place(file)).write_bytes(b"PAR1")
    with pytest.raises(StudyError, match="sums of a stream of scores are missing or damaged"):
        made.main.reading.components(("S00", "S01"))


def test_no_more_is_kept_in_memory_than_there_is_room_for(study, monkeypatch):
    """Room for two sessions: those stay, the others are read anew each time."""
    _, planned, _ = study
    made = planned()
    one = made.main.reading(("S00",))("S00")
    monkeypatch.setattr(phase_features, "CACHE_BYTES", 2 * one.nbytes)
    read, names = made.main.reading(("S00", "S01")), ["S00", "S01", "S02", "S03"]
    first = {name: read(name) for name in names}
    assert [read(name) is first[name] for name in names] == [True, True, False, False]


def test_patches_as_they_are_cannot_be_taken(study):
    _, planned, _ = study
    with pytest.raises(PhasesRefused, match="dinov2 holds scores of patches, which must be reduced"):
        planned(pca_scope="as_imported")
