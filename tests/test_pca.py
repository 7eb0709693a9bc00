"""Principal components from sums: exact, without an accidental sign, in any order; scopes from what is stored."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures import token_scores
from pipeline.measures.pca import Sums, components, merged, no_rows, pooled, scores, signed, sums_of, variance_explained
from pipeline.measures.token_scores import TokenStore, features, frame_features, held_share, session_features


def rows(seed: int, count: int, width: int = 6, far: float = 0.0) -> np.ndarray:
    """Rows whose dimensions spread by 6, 5, 4, ... around a mean that is `far` away."""
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(width, width)))
    return (rng.normal(size=(count, width)) * np.arange(width, 0, -1)) @ turn + far


def by_svd(data: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """A second road: axes and variances from the rows themselves."""
    _, sizes, axes = np.linalg.svd(data - data.mean(axis=0), full_matrices=False)
    return axes[:count].T, sizes[:count] ** 2 / len(data)


def test_three_points_on_a_line():
    """(0,0), (1,2), (2,4): all variance, (2 + 8) / 3, lies along (1, 2) / sqrt 5."""
    found = components(sums_of(np.array([[0.0, 0], [1, 2], [2, 4]])), 2)
    assert found.axes[:, 0] == pytest.approx(np.array([1, 2]) / np.sqrt(5))
    assert found.variance == pytest.approx([10 / 3, 0]) and found.mean == pytest.approx([1, 2])


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 40), min_size=1, max_size=5), st.sampled_from([0.0, 1e4]))
def test_sums_of_sessions_are_those_of_all_rows(seed, sizes, far):
    data = rows(seed, sum(sizes) + 8, far=far)
    parts = np.split(data, np.cumsum(sizes))
    found, whole = pooled(sums_of(part) for part in parts), sums_of(data)
    assert found.n == len(data) and found.mean == pytest.approx(data.mean(axis=0))
    expected = np.cov(data.T, bias=True) * len(data)
    scale = np.abs(expected).max()
    assert (
        np.abs(found.scatter - expected).max() < 1e-9 * scale and np.abs(whole.scatter - expected).max() < 1e-9 * scale
    )


def test_single_precision_is_centred_before_it_is_multiplied():
    """A mean of 1,000 and an SD of 1 in float32: without centring every digit of the covariance would be lost."""
    data = rows(3, 20_000, far=1000.0).astype(np.float32)
    expected = np.cov(data.astype(np.float64).T, bias=True)
    assert sums_of(data).covariance == pytest.approx(expected, rel=1e-4, abs=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 10_000))
def test_components_are_those_of_a_singular_value_decomposition(seed):
    data = rows(seed, 60)
    axes, variance = by_svd(data, 4)
    found = components(sums_of(data), 4)
    assert found.variance == pytest.approx(variance)
    assert found.axes == pytest.approx(signed(axes), abs=1e-6)
    assert scores(data, found) == pytest.approx((data - data.mean(axis=0)) @ signed(axes), abs=1e-5)
    assert variance_explained(sums_of(data), found).sum() == pytest.approx(variance.sum() / data.var(axis=0).sum())


def test_the_order_of_sessions_does_not_matter():
    parts = [sums_of(rows(seed, 30)) for seed in (1, 2, 3)]
    axes = [components(pooled(order), 3).axes for order in permutations(parts)]
    assert all(one == pytest.approx(axes[0], abs=1e-9) for one in axes)
    with pytest.raises(ValueError):
        pooled([])
    assert merged(no_rows(6), parts[0]) is parts[0] and merged(parts[0], no_rows(6)) is parts[0]


def test_the_sign_is_that_of_the_largest_entry_and_of_the_first_among_equals():
    axes = np.array([[0.6, -0.5, -0.7], [-0.8, 0.5, 0.1], [0.0, -0.5, 0.7], [0.0, 0.5, 0.1]])
    turned = signed(axes)
    assert turned[:, 0].tolist() == [-0.6, 0.8, 0, 0] and turned[0, 1:].tolist() == [0.5, 0.7]
    nearly = np.array([[-0.5], [0.5 + 1e-13]])
    assert signed(nearly)[0, 0] == 0.5


@pytest.fixture(scope="module")
def session() -> tuple[np.ndarray, np.ndarray, TokenStore]:
    """Tokens (12 pictures, 9 patches, 6), their scores on five axes that were fitted on every third picture, and what
    is kept of them."""
    tokens = rows(7, 12 * 9, far=2.0).reshape(12, 9, 6)
    kept = components(sums_of(tokens[::3].reshape(-1, 6)), 5)
    return tokens, scores(tokens, kept), TokenStore(kept, sums_of(tokens.reshape(-1, 6)))


@pytest.fixture(scope="module")
def training() -> Sums:
    """Sums of two other sessions."""
    return pooled(sums_of(rows(seed, 50)) for seed in (11, 12))


def test_stored_scores_give_any_fold_its_components(session, training):
    """From six axes of six the features are exact; from five, as good as `held_share` says."""
    tokens, _, store = session
    asked = components(training, 4)
    direct = scores(tokens, asked).reshape(12, -1)
    whole = TokenStore(components(store.sums, 6), store.sums)
    assert features(scores(tokens, whole.kept), whole, asked) == pytest.approx(direct, abs=1e-4)
    assert held_share(whole, asked) == pytest.approx(np.ones(4))
    found, share = features(session[1], store, asked).reshape(-1, 4), held_share(store, asked)
    missed = ((found - direct.reshape(-1, 4)) ** 2).mean(axis=0) / direct.reshape(-1, 4).var(axis=0)
    assert missed == pytest.approx(1 - share, abs=1e-5) and (share < 1 - 1e-4).any() and (share > 0.5).all()
    assert found.mean(axis=0) == pytest.approx(direct.reshape(-1, 4).mean(axis=0), abs=1e-4)


def test_a_solver_that_turns_axes_around_changes_nothing(session, training, monkeypatch):
    before = [features(session[1], session[2], components(training, 4)), session_features(session[1], session[2], 4)]
    before.append(frame_features(session[1], session[2], 4))
    solver = np.linalg.eigh

    def turned(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, vectors = solver(matrix)
        return values, vectors * np.where(np.arange(vectors.shape[-1]) % 2, -1.0, 1.0)

    monkeypatch.setattr(np.linalg, "eigh", turned)
    after = [features(session[1], session[2], components(training, 4)), session_features(session[1], session[2], 4)]
    after.append(frame_features(session[1], session[2], 4))
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    monkeypatch.setattr("pipeline.measures.pca.signed", lambda axes: axes)
    assert not np.array_equal(before[0], features(session[1], session[2], components(training, 4)))


def test_components_of_a_session_and_of_a_frame(session):
    """A frame on its own has mean 0 along each of its components: a constant added to a picture is lost there, and
    survives in the other scopes."""
    tokens, stored, store = session
    axes, _ = by_svd(tokens.reshape(-1, 6), 2)
    expected = ((tokens - tokens.mean(axis=(0, 1))) @ signed(axes)).reshape(12, -1)
    whole = TokenStore(components(store.sums, 6), store.sums)
    exact = scores(tokens, whole.kept)
    assert session_features(exact, whole, 2) == pytest.approx(expected, abs=1e-4)
    one, _ = by_svd(tokens[4], 2)
    alone = frame_features(exact, whole, 2)
    assert alone[4] == pytest.approx(((tokens[4] - tokens[4].mean(axis=0)) @ signed(one)).ravel(), abs=1e-4)
    assert alone.reshape(12, 9, 2).mean(axis=1) == pytest.approx(np.zeros((12, 2)), abs=1e-5)
    brighter = exact + np.where(np.arange(12) == 4, 3.0, 0.0)[:, None, None]
    assert frame_features(brighter, whole, 2)[4] == pytest.approx(alone[4], abs=1e-4)
    assert np.abs(session_features(brighter, whole, 2)[4] - expected[4]).max() > 1
    assert token_scores.SCOPES == ("train_fold", "session", "frame")
