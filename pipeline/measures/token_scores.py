"""Features of a picture from the scores that are kept of its patches, for any components asked for later.

Of each patch the scores on `kept` axes are stored, not the patch itself (1,024 numbers). What a patch is along other
axes is got back from them, its mean over the session exactly; `held_share` says how much of the variance along those
axes the stored scores hold (1: all of it).
"""

from dataclasses import dataclass

import numpy as np

from pipeline.measures.pca import Components, Sums, components, signed

PER_PATCH = 4
"""Components that become features: 16 x 16 patches x 4 = 1,024 per picture."""
SCOPES = ("train_fold", "session", "frame")
"""Rows that components are fitted on: the training sessions of a fold, the session itself, each picture alone."""


@dataclass(frozen=True)
class TokenStore:
    """What is kept of a session's patches: `kept`, the components their scores are on, and the exact `sums` of all."""

    kept: Components
    sums: Sums

    @property
    def mean_beside(self) -> np.ndarray:
        """The mean (d,) of what the scores leave out: the same for every patch."""
        apart = self.sums.mean - self.kept.mean
        return apart - self.kept.axes @ (self.kept.axes.T @ apart)


def features(scores: np.ndarray, store: TokenStore, asked: Components) -> np.ndarray:
    """Scores (frames, patches, kept) -> (frames, patches x k) float32: each patch's place along the axes asked for,
    patch by patch (row by row of the picture), components of a patch side by side."""
    turn = store.kept.axes.T @ asked.axes
    shift = (store.kept.mean + store.mean_beside - asked.mean) @ asked.axes
    found = scores.astype(np.float32) @ turn.astype(np.float32) + shift.astype(np.float32)
    return found.reshape(len(scores), -1)


def session_features(scores: np.ndarray, store: TokenStore, count: int = PER_PATCH) -> np.ndarray:
    """Components fitted on the session's own pictures: (frames, patches x count)."""
    return features(scores, store, components(store.sums, count))


def frame_features(scores: np.ndarray, store: TokenStore, count: int = PER_PATCH) -> np.ndarray:
    """New components for every picture: (frames, patches x count). Each frame then has mean 0 per component, and what
    changes over time is gone; only for comparison with published features."""
    every = scores.astype(np.float64)
    centred = every - every.mean(axis=1, keepdims=True)
    _, vectors = np.linalg.eigh(centred.transpose(0, 2, 1) @ centred)
    axes = vectors[:, :, ::-1][:, :, :count]
    # The sign is decided on the axis as it lies among the model's own dimensions, as in the other scopes.
    whole = store.kept.axes @ axes
    turned = axes * np.where((signed(whole) * whole).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
    return (centred @ turned).reshape(len(scores), -1).astype(np.float32)


def held_share(store: TokenStore, asked: Components) -> np.ndarray:
    """Share (k,) of the session's variance along each axis asked for that the stored scores hold; 1 where it does not
    vary along it at all."""
    inside = store.kept.axes @ (store.kept.axes.T @ asked.axes)
    scatter = store.sums.scatter
    along = np.einsum("ik,ij,jk->k", asked.axes, scatter, asked.axes)
    left_out = asked.axes - inside
    missed = np.einsum("ik,ij,jk->k", left_out, scatter, left_out)
    return np.where(along > 0, 1 - missed / np.where(along > 0, along, 1.0), 1.0)
