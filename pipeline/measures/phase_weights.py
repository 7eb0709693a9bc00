"""Weights of classes in the loss: rare ones count as much as common ones."""

import numpy as np


def class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """n / (k n_c) per class, float64 (classes,): n frames, k classes that occur, n_c of this one; 0 for one that does
    not. `labels` (n,) of the training frames, UNCODED (negative) ones left out; their mean weight is 1.
    """
    counts = np.bincount(labels[labels >= 0], minlength=classes).astype(np.float64)
    occurs = counts > 0
    weights = counts.sum() / (max(1, occurs.sum()) * np.where(occurs, counts, 1))
    return np.where(occurs, weights, 0.0)
